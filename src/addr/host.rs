//! Names of registries: one form to compare and connect, one to show.
//!
//! Never resolves a name and never guesses: what the client refuses is refused.
//! Surprises: port 443 vanishes on every scheme, a trailing dot stays and makes another host, the client refuses names
//! written in punycode, and its `TF_TOKEN_*` variables are read with an older mapping in which `ß` is `ss`.

use std::fmt;

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

use crate::syntax::go_quote::go_quote;

/// A host that can be a registry, with its port.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Host {
    /// The name in lower case and ASCII, other labels in punycode: what is compared and connected to.
    pub ascii: String,
    /// The port; 443 is never written.
    pub port: Option<u16>,
    /// The name as people write it.
    pub display: String,
}

/// Why a text is no host.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HostError {
    /// Nothing is left of it.
    Empty,
    /// Two dots follow each other, or one comes first.
    EmptyLabel,
    /// A label is written in punycode.
    Punycode(String),
    /// A character that no host name may hold.
    Character(char),
    /// A label that breaks another rule of international names: hyphens, joiners, direction.
    Label(String),
    /// What follows the colon is no number.
    PortNotNumber,
    /// The port is greater than 65535.
    PortTooLarge,
    /// It is a URL.
    Url,
}

impl Host {
    /// Reads `NAME[:PORT]` as the client does.
    pub fn parse(text: &str) -> Result<Self, HostError> {
        let (name, port) = split_port(text)?;
        if name.is_empty() {
            return Err(HostError::Empty);
        }
        check_labels(name)?;
        // The client's tables are older than the rule that keeps the capital as `ß`.
        let name = name.replace('ẞ', "ss");
        let ascii = to_ascii(&name).ok_or_else(|| idna_error(&name))?;
        if ascii.is_empty() {
            return Err(HostError::Empty);
        }
        let display = to_unicode(&ascii);
        Ok(Self {
            ascii,
            port,
            display,
        })
    }

    /// The host that a `TF_TOKEN_*` variable names; `None` where the client ignores the variable without a word.
    pub fn from_token_variable(name_after_prefix: &str) -> Option<Self> {
        let name = name_after_prefix.replace("__", "-").replace('_', ".");
        let (name, port) = match name.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (name.as_str(), None),
        };
        let lenient = lenient_display(name);
        let host = match port {
            Some(port) => Self::parse(&format!("{lenient}:{port}")),
            None => Self::parse(&lenient),
        };
        host.ok()
    }

    /// The host as the client prints and records it.
    pub fn for_display(&self) -> String {
        with_port(&self.display, self.port)
    }

    /// The host as it is compared and asked for.
    pub fn ascii_with_port(&self) -> String {
        with_port(&self.ascii, self.port)
    }

    /// Whether it has characters outside ASCII, with which several clients fail.
    pub fn is_international(&self) -> bool {
        self.ascii != self.display
    }
}

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.for_display())
    }
}

impl HostError {
    /// The words the client prints.
    pub fn client_text(&self) -> String {
        match self {
            Self::Empty => "empty string is not a valid hostname".to_owned(),
            Self::EmptyLabel => {
                "hostname contains empty label (two consecutive periods)".to_owned()
            }
            Self::Punycode(label) => format!(
                "hostname label {} specified in punycode format; service hostnames must be given in unicode",
                go_quote(label)
            ),
            Self::Character(character) => {
                format!("idna: disallowed rune U+{:04X}", u32::from(*character))
            }
            Self::Label(label) => format!("idna: invalid label {}", go_quote(label)),
            Self::PortNotNumber => "port portion contains non-digit characters".to_owned(),
            Self::PortTooLarge => "port number is greater than 65535".to_owned(),
            Self::Url => "need just a hostname and optional port number, not a full URL".to_owned(),
        }
    }
}

fn with_port(name: &str, port: Option<u16>) -> String {
    match port {
        Some(port) => format!("{name}:{port}"),
        None => name.to_owned(),
    }
}

fn split_port(text: &str) -> Result<(&str, Option<u16>), HostError> {
    let Some((name, port)) = text.split_once(':') else {
        return Ok((text, None));
    };
    match parse_port(port) {
        Ok(port) => Ok((name, port)),
        Err(_) if name.eq_ignore_ascii_case("https") || name.eq_ignore_ascii_case("http") => {
            Err(HostError::Url)
        }
        Err(error) => Err(error),
    }
}

/// A decimal number, a plus in front of it allowed; nothing for 443.
fn parse_port(text: &str) -> Result<Option<u16>, HostError> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(HostError::PortNotNumber);
    }
    let number: i64 = digits.parse().map_err(|_| HostError::PortNotNumber)?;
    let port = u16::try_from(number).map_err(|_| HostError::PortTooLarge)?;
    Ok((port != 443).then_some(port))
}

fn check_labels(name: &str) -> Result<(), HostError> {
    let without_end = name
        .strip_suffix("..")
        .or_else(|| name.strip_suffix('.'))
        .unwrap_or(name);
    for label in without_end.split('.') {
        if label.is_empty() {
            return Err(HostError::EmptyLabel);
        }
        if label.starts_with("xn--") {
            return Err(HostError::Punycode(label.to_owned()));
        }
    }
    Ok(())
}

fn to_ascii(name: &str) -> Option<String> {
    Uts46::new()
        .to_ascii(
            name.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::Check,
            DnsLength::Ignore,
        )
        .ok()
        .map(std::borrow::Cow::into_owned)
}

fn to_unicode(name: &str) -> String {
    let (unicode, _) =
        Uts46::new().to_unicode(name.as_bytes(), AsciiDenyList::STD3, Hyphens::Check);
    unicode.into_owned()
}

/// Finds what the client names first: a character that is never allowed, else the label at fault.
fn idna_error(name: &str) -> HostError {
    let allowed = |character: char| {
        if character.is_ascii() {
            character.is_ascii_alphanumeric() || matches!(character, '.' | '-')
        } else {
            to_ascii(&format!("a{character}a")).is_some()
                || to_ascii(&character.to_string()).is_some()
        }
    };
    if let Some(character) = name.chars().find(|character| !allowed(*character)) {
        return HostError::Character(character);
    }
    // The client names the label as it is after mapping.
    let mapped: String = name.chars().map(mapped_char).collect();
    let label = mapped.split('.').find(|label| to_ascii(label).is_none());
    HostError::Label(label.unwrap_or(&mapped).to_owned())
}

fn mapped_char(character: char) -> String {
    if character.is_ascii() {
        character.to_ascii_lowercase().to_string()
    } else {
        to_unicode(&character.to_string())
    }
}

/// The display form, as lenient as the client is with variables: unreadable names stay as they are.
fn lenient_display(name: &str) -> String {
    let mut mapped = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            'ß' | 'ẞ' => mapped.push_str("ss"),
            'ς' => mapped.push('σ'),
            '\u{200c}' | '\u{200d}' => {}
            other => mapped.push(other),
        }
    }
    match to_ascii(&mapped) {
        Some(ascii) => to_unicode(&ascii),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Host, HostError};

    fn form(text: &str) -> String {
        match Host::parse(text) {
            Ok(host) => format!("{} {}", host.ascii_with_port(), host.for_display()),
            Err(error) => error.client_text(),
        }
    }

    #[test]
    fn hosts_have_a_form_to_compare_and_one_to_show() {
        for (text, expected) in [
            ("TF.Example.COM", "tf.example.com tf.example.com"),
            ("tf.example.com:443", "tf.example.com tf.example.com"),
            ("foo:08443", "foo:8443 foo:8443"),
            ("foo:+80", "foo:80 foo:80"),
            ("foo:0", "foo:0 foo:0"),
            ("foo.com.", "foo.com. foo.com."),
            ("foo..", "foo.. foo.."),
            (
                "CAFÉ.example.com",
                "xn--caf-dma.example.com café.example.com",
            ),
            ("faß.de", "xn--fa-hia.de faß.de"),
            ("ẞ.de", "ss.de ss.de"),
            ("a。b", "a.b a.b"),
            ("ａ.com", "a.com a.com"),
            ("a\u{ad}b.com", "ab.com ab.com"),
            ("127.0.0.1:8080", "127.0.0.1:8080 127.0.0.1:8080"),
            ("☃.com", "xn--n3h.com ☃.com"),
        ] {
            assert_eq!(form(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused_in_the_words_of_the_client() {
        for (text, expected) in [
            ("", "empty string is not a valid hostname"),
            (":80", "empty string is not a valid hostname"),
            (
                "a..b",
                "hostname contains empty label (two consecutive periods)",
            ),
            (
                ".foo.com",
                "hostname contains empty label (two consecutive periods)",
            ),
            (
                ".",
                "hostname contains empty label (two consecutive periods)",
            ),
            (
                "xn--caf-dma.fr",
                "hostname label \"xn--caf-dma\" specified in punycode format; service hostnames must be given in unicode",
            ),
            ("foo_bar.com", "idna: disallowed rune U+005F"),
            ("é_x.fr", "idna: disallowed rune U+005F"),
            ("a b", "idna: disallowed rune U+0020"),
            ("-a.com", "idna: invalid label \"-a\""),
            ("ab--c.com", "idna: invalid label \"ab--c\""),
            ("foo:bar", "port portion contains non-digit characters"),
            ("foo:", "port portion contains non-digit characters"),
            ("[::1]", "port portion contains non-digit characters"),
            ("foo.com:99999", "port number is greater than 65535"),
            (
                "foo:99999999999999999999",
                "port portion contains non-digit characters",
            ),
            (
                "https://foo.com",
                "need just a hostname and optional port number, not a full URL",
            ),
            (
                "HTTP:x",
                "need just a hostname and optional port number, not a full URL",
            ),
        ] {
            assert_eq!(form(text), expected, "{text}");
        }
        assert_eq!(Host::parse("\u{ad}"), Err(HostError::Empty));
    }

    #[test]
    fn token_variables_name_hosts() {
        for (name, expected) in [
            ("reg_example_com", Some("reg.example.com")),
            ("REG_EXAMPLE_COM", Some("reg.example.com")),
            ("my__reg_example_com", Some("my-reg.example.com")),
            ("my-reg.example.com", Some("my-reg.example.com")),
            ("reg_example_com:8443", Some("reg.example.com:8443")),
            ("reg_example_com:443", Some("reg.example.com")),
            ("xn____caf__dma_fr", Some("xn--caf-dma.fr")),
            ("xn--caf-dma.fr", Some("xn--caf-dma.fr")),
            ("café.fr", Some("xn--caf-dma.fr")),
            ("faß_de", Some("fass.de")),
            ("ΣΑΣ_gr", Some("xn--mxa9ab.gr")),
            ("a_b_", Some("a.b.")),
            ("_a", None),
            ("reg_example_com:x", None),
            ("", None),
        ] {
            let host = Host::from_token_variable(name).map(|host| host.ascii_with_port());
            assert_eq!(host.as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn the_shown_form_reads_as_the_same_host() {
        for text in ["café.fr:8443", "TF.example.com", "foo.", "א1.com"] {
            let host = Host::parse(text).expect("a host");
            assert_eq!(Host::parse(&host.for_display()), Ok(host));
        }
    }
}
