//! Values that must never be shown, and the mask that keeps them out of every text.
//!
//! A [`Secret`] has no `Display`, no `Serialize` and prints as `***`. Only `io` may call [`Secret::wire`]; a test counts
//! the callers. [`Redactor`] masks known values and known parameter names in any text before it is recorded.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE;
use std::fmt;
use std::sync::Mutex;
use std::sync::PoisonError;

/// A value that reaches the wire and nothing else.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value; the caller must drop every other copy.
    pub fn new(value: String) -> Self {
        Self(value)
    }

    /// The value itself, for headers, signatures and key files.
    pub fn wire(&self) -> &str {
        &self.0
    }

    /// The number of characters, which may be shown.
    pub fn characters(&self) -> usize {
        self.0.chars().count()
    }

    /// Whether nothing would be sent.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is odd about the value's form, without showing it.
    pub fn oddities(&self) -> Vec<Oddity> {
        oddities(&self.0)
    }

    /// Four hexadecimal digits that tell two secrets of one run apart; the salt is the run's own.
    pub fn fingerprint(&self, salt: u64) -> Fingerprint {
        // FNV-1a over salt and value: not reversible from 16 bits, and nobody can compare runs.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ salt;
        for byte in self.0.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        let folded = (hash >> 48) ^ (hash >> 32) ^ (hash >> 16) ^ hash;
        Fingerprint {
            digits: format!("{:04x}", folded & 0xffff),
            characters: self.characters(),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// What can be seen of a secret: enough to tell two of one run apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    /// Four hexadecimal digits, salted per run.
    pub digits: String,
    /// The number of characters of the secret.
    pub characters: usize,
}

/// Something in the form of a secret that explains why it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Oddity {
    /// Nothing at all.
    Empty,
    /// White space around the value.
    SurroundingBlanks,
    /// A line end inside, which no header can carry.
    LineBreak,
    /// Quotes around the value.
    Quotes,
    /// `${NAME}` or `$NAME`, which the client sends as it is.
    Variable,
    /// `<your token>`, `xxx`, `changeme` and the like.
    Placeholder,
    /// Begins with `Bearer ` or `Token `, so the header says it twice.
    SchemeInside,
    /// `user:password`, the form of Basic credentials.
    Pair,
    /// Shorter than six characters.
    Short,
}

fn oddities(value: &str) -> Vec<Oddity> {
    let lower = value.trim().to_ascii_lowercase();
    let wordy = [
        "changeme",
        "change-me",
        "token",
        "your-token",
        "your_token",
        "yourtoken",
        "xxx",
        "xxxx",
        "todo",
        "secret",
        "placeholder",
    ];
    let checks = [
        (value.is_empty(), Oddity::Empty),
        (
            !value.is_empty() && value.trim() != value && !value.contains('\n'),
            Oddity::SurroundingBlanks,
        ),
        (value.contains(['\n', '\r']), Oddity::LineBreak),
        (
            value.len() > 1 && (value.starts_with('"') || value.starts_with('\'')),
            Oddity::Quotes,
        ),
        (
            value.contains("${") || (value.starts_with('$') && value.len() > 1),
            Oddity::Variable,
        ),
        (
            wordy.contains(&lower.as_str()) || (lower.starts_with('<') && lower.ends_with('>')),
            Oddity::Placeholder,
        ),
        (
            lower.starts_with("bearer ") || lower.starts_with("token "),
            Oddity::SchemeInside,
        ),
        (
            value.contains(':') && !value.contains("//") && !value.contains("${"),
            Oddity::Pair,
        ),
        (
            !value.is_empty() && value.chars().count() < 6,
            Oddity::Short,
        ),
    ];
    checks
        .into_iter()
        .filter_map(|(holds, oddity)| holds.then_some(oddity))
        .collect()
}

/// Parameter and field names whose values are masked wherever they stand.
pub const MASKED_NAMES: &[&str] = &[
    "access_token",
    "token",
    "id_token",
    "refresh_token",
    "api_key",
    "apikey",
    "key",
    "secret",
    "client_secret",
    "password",
    "passwd",
    "pwd",
    "sig",
    "signature",
    "x-amz-signature",
    "x-amz-credential",
    "x-amz-security-token",
    "awsaccesskeyid",
    "x-goog-signature",
    "x-goog-credential",
    "googleaccessid",
    "sshkey",
    "aws_access_key_id",
    "aws_access_key_secret",
    "aws_access_token",
    "private_token",
    "job_token",
    "x-api-key",
    "accesskeyid",
    "secretaccesskey",
    "sessiontoken",
    "accesskey",
    "access_key",
    "secretkey",
    "secret_key",
    "access_key_id",
    "secret_access_key",
    "session_token",
    "aws_secret_access_key",
    "aws_session_token",
    "webidentitytoken",
    "assertion",
    "private_key",
];

/// Header names whose values never enter a record.
pub const MASKED_HEADERS: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "x-amz-security-token",
    "x-amz-sso_bearer_token",
    "x-aws-ec2-metadata-token",
    "x-vault-token",
    "private-token",
    "job-token",
];

/// What stands where a secret stood.
pub const MASK: &str = "***";

/// All secrets of a run, and the function that keeps them out of a text.
#[derive(Default)]
pub struct Redactor {
    forms: Mutex<Vec<String>>,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Redactor")
    }
}

impl Redactor {
    /// Remembers a secret in all forms in which it may come back; shorter ones than six characters are masked by place only.
    pub fn learn(&self, secret: &Secret) {
        if secret.characters() < 6 {
            return;
        }
        let mut forms = self.forms.lock().unwrap_or_else(PoisonError::into_inner);
        for form in forms_of(&secret.0) {
            if form.len() >= 6 && !forms.contains(&form) {
                forms.push(form);
            }
        }
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    }

    /// The text without any known secret, and without the values of masked parameters and of user information.
    pub fn mask(&self, text: &str) -> String {
        let by_name = mask_names(&mask_user_info(text));
        let forms = self.forms.lock().unwrap_or_else(PoisonError::into_inner);
        forms.iter().fold(by_name, |text, form| {
            if text.contains(form.as_str()) {
                text.replace(form.as_str(), MASK)
            } else {
                text
            }
        })
    }
}

fn forms_of(value: &str) -> Vec<String> {
    let percent = percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC)
        .to_string();
    let twice = percent_encoding::utf8_percent_encode(&percent, percent_encoding::NON_ALPHANUMERIC)
        .to_string();
    let json = serde_json_escape(value);
    let html = value
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;");
    let mut forms = vec![
        value.to_owned(),
        percent.to_lowercase(),
        percent,
        twice,
        json,
        html,
    ];
    for shift in 0..3_usize {
        let padded: Vec<u8> = std::iter::repeat_n(b' ', shift)
            .chain(value.bytes())
            .collect();
        for encoded in [STANDARD.encode(&padded), URL_SAFE.encode(&padded)] {
            // The first and the last characters mix with the neighbours: only what is surely the secret's own is kept.
            let skip = if shift == 0 { 0 } else { shift + 1 };
            let core = encoded.trim_end_matches('=');
            let end = core
                .len()
                .saturating_sub(usize::from(!(value.len() + shift).is_multiple_of(3)));
            if let Some(part) = core.get(skip..end).filter(|part| part.len() >= 8) {
                forms.push(part.to_owned());
            }
        }
    }
    if let Some((user, password)) = value.split_once(':') {
        forms.push(format!("{password}:{user}"));
    }
    forms
}

fn serde_json_escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Masks `scheme://user:password@host`, wherever it stands in the text.
pub fn mask_user_info(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        masked.push_str(before);
        let end = after
            .find(|c: char| {
                c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '<' | '>')
            })
            .unwrap_or(after.len());
        let (authority, tail) = after.split_at(end);
        match authority.rsplit_once('@') {
            // A bare `git@` or `user@` names an account and no secret.
            Some((user, host)) if user.contains(':') => {
                masked.push_str(user.split(':').next().unwrap_or_default());
                masked.push(':');
                masked.push_str(MASK);
                masked.push('@');
                masked.push_str(host);
            }
            Some((user, host)) if user.len() >= 16 => {
                masked.push_str(MASK);
                masked.push('@');
                masked.push_str(host);
            }
            _ => masked.push_str(authority),
        }
        rest = tail;
    }
    masked.push_str(rest);
    masked
}

/// Masks user information and the values of parameters whose names say that they are secret.
pub fn mask_places(text: &str) -> String {
    mask_names(&mask_user_info(text))
}

/// Masks the value behind `name=` and `"name": "` for every name of [`MASKED_NAMES`].
fn mask_names(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut word_start = 0;
    let mut skip_until = 0;
    for (at, character) in text.char_indices() {
        if at < skip_until {
            continue;
        }
        if character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.' | '%') {
            masked.push(character);
            continue;
        }
        let name = text.get(word_start..at).unwrap_or_default();
        masked.push(character);
        word_start = at + character.len_utf8();
        if !is_masked_name(name) {
            continue;
        }
        let value_start = match character {
            '=' => Some(word_start),
            '"' => json_value_start(text, word_start),
            _ => None,
        };
        if let Some(start) = value_start {
            let end = value_end(text, start, character);
            if end > start {
                masked.push_str(text.get(word_start..start).unwrap_or_default());
                masked.push_str(MASK);
                skip_until = end;
                word_start = end;
            }
        }
    }
    masked
}

/// Whether the value of a parameter with this name is a secret.
pub fn is_masked_name(name: &str) -> bool {
    !name.is_empty()
        && MASKED_NAMES
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
}

fn json_value_start(text: &str, after_quote: usize) -> Option<usize> {
    let rest = text.get(after_quote..)?;
    let after_colon = rest.trim_start().strip_prefix(':')?.trim_start();
    let value = after_colon.strip_prefix('"')?;
    Some(text.len() - value.len())
}

fn value_end(text: &str, start: usize, opener: char) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let stops: &[char] = if opener == '"' {
        &['"']
    } else {
        &[
            '&', '#', '"', '\'', ' ', '\n', '\r', '\t', '<', '>', ';', ',', ')',
        ]
    };
    start + rest.find(stops).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::{Oddity, Redactor, Secret};

    #[test]
    fn a_secret_is_masked_in_every_form() {
        let redactor = Redactor::default();
        redactor.learn(&Secret::new("s3cr3t/t0ken+value".to_owned()));
        for text in [
            "x s3cr3t/t0ken+value y",
            "q=s3cr3t%2Ft0ken%2Bvalue",
            "q=s3cr3t%2ft0ken%2bvalue",
        ] {
            assert!(
                !redactor.mask(text).contains("t0ken"),
                "{}",
                redactor.mask(text)
            );
        }
        let basic = base64::Engine::encode(
            &base64::engine::general_purpose::STANDARD,
            "user:s3cr3t/t0ken+value",
        );
        assert!(!redactor.mask(&basic).contains(&basic[10..20]));
    }

    #[test]
    fn parameters_and_user_information_are_masked_by_name() {
        let redactor = Redactor::default();
        let masked =
            redactor.mask("https://u:pw123@h/p?X-Amz-Signature=abcdef&Expires=5&token=zzz#k");
        assert_eq!(
            masked,
            "https://u:***@h/p?X-Amz-Signature=***&Expires=5&token=***#k"
        );
        assert_eq!(
            redactor.mask("{\"token\": \"abc\", \"a\": 1}"),
            "{\"token\": \"***\", \"a\": 1}"
        );
        assert_eq!(
            redactor.mask("git::ssh://git@h/o/r.git"),
            "git::ssh://git@h/o/r.git"
        );
    }

    #[test]
    fn oddities_name_what_a_person_would_overlook() {
        assert_eq!(
            Secret::new("${TOKEN}".to_owned()).oddities(),
            [Oddity::Variable]
        );
        assert_eq!(Secret::new(String::new()).oddities(), [Oddity::Empty]);
        assert!(
            Secret::new("Bearer abcdefgh".to_owned())
                .oddities()
                .contains(&Oddity::SchemeInside)
        );
    }
}
