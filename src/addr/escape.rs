//! Percent escapes as the client's language writes them.
//!
//! Never decides which part of an address a text is: callers name the [`Part`].
//! Surprises: which bytes stay bare differs per part (`*` is escaped in a path but not in a fragment, `:` only in a
//! password), and in a host only bytes outside ASCII may be escaped.

use crate::syntax::go_quote::go_quote;
use crate::syntax::go_quote::go_quote_bytes;
use std::fmt::Write as _;

/// A part of a URL with rules of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// A path, slashes included.
    Path,
    /// One segment of a path.
    PathSegment,
    /// A host with its port.
    Host,
    /// The zone of an IPv6 address.
    Zone,
    /// A user name or password.
    User,
    /// A key or value of a query.
    Query,
    /// A fragment.
    Fragment,
}

/// Why a text cannot be unescaped.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EscapeError {
    /// Not a percent sign and two hexadecimal digits, or an escape that has no place there.
    Escape(Vec<u8>),
    /// A character that cannot be in a host name.
    HostCharacter(String),
}

impl EscapeError {
    /// The words the client prints.
    pub fn client_text(&self) -> String {
        match self {
            Self::Escape(bytes) => format!("invalid URL escape {}", go_quote_bytes(bytes)),
            Self::HostCharacter(text) => {
                format!("invalid character {} in host name", go_quote(text))
            }
        }
    }
}

/// Escapes what cannot stand bare in that part.
pub fn escaped(bytes: &[u8], part: Part) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        if part == Part::Query && *byte == b' ' {
            text.push('+');
        } else if needs_escape(*byte, part) {
            push_escape(&mut text, *byte);
        } else {
            text.push(char::from(*byte));
        }
    }
    text
}

/// Undoes the escapes of that part.
pub fn unescaped(text: &str, part: Part) -> Result<Vec<u8>, EscapeError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        match first {
            b'%' => {
                let value = escape_value(behind, part)
                    .ok_or_else(|| EscapeError::Escape(escape_text(behind)))?;
                bytes.push(value);
                rest = behind.get(2..).unwrap_or_default();
            }
            b'+' if part == Part::Query => bytes.push(b' '),
            byte if matches!(part, Part::Host | Part::Zone)
                && byte.is_ascii()
                && needs_escape(*byte, part) =>
            {
                return Err(EscapeError::HostCharacter(char::from(*byte).to_string()));
            }
            byte => bytes.push(*byte),
        }
    }
    Ok(bytes)
}

/// Whether a byte must be escaped in that part.
pub fn needs_escape(byte: u8, part: Part) -> bool {
    if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
        return false;
    }
    match part {
        Part::Host | Part::Zone => !matches!(
            byte,
            b'!' | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
                | b':'
                | b'['
                | b']'
                | b'<'
                | b'>'
                | b'"'
        ),
        Part::Path => !matches!(
            byte,
            b'$' | b'&' | b'+' | b',' | b'/' | b':' | b';' | b'=' | b'@'
        ),
        Part::PathSegment => !matches!(byte, b'$' | b'&' | b'+' | b':' | b'=' | b'@'),
        Part::User => !matches!(byte, b'$' | b'&' | b'+' | b',' | b';' | b'='),
        Part::Query => true,
        Part::Fragment => !matches!(
            byte,
            b'$' | b'&'
                | b'+'
                | b','
                | b'/'
                | b':'
                | b';'
                | b'='
                | b'?'
                | b'@'
                | b'!'
                | b'('
                | b')'
                | b'*'
        ),
    }
}

/// Whether a text could be the escaped form of that part, though not the one [`escaped`] makes.
pub fn is_escaped_form(text: &str, part: Part) -> bool {
    text.bytes().all(|byte| {
        matches!(
            byte,
            b'!' | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
                | b':'
                | b'@'
                | b'['
                | b']'
                | b'%'
        ) || !needs_escape(byte, part)
    })
}

fn push_escape(text: &mut String, byte: u8) {
    let written = write!(text, "%{byte:02X}");
    debug_assert!(written.is_ok(), "a String takes everything");
}

/// The byte that the two characters behind a percent sign stand for, if they may stand there.
fn escape_value(behind: &[u8], part: Part) -> Option<u8> {
    let digit = |at: usize| {
        behind
            .get(at)
            .and_then(|byte| char::from(*byte).to_digit(16))
    };
    let value = u8::try_from(digit(0)? * 16 + digit(1)?).ok()?;
    let allowed = match part {
        // RFC 6874 writes the percent sign of a zone as `%25`.
        Part::Host => !value.is_ascii() || value == b'%',
        Part::Zone => value == b'%' || value == b' ' || !needs_escape(value, Part::Host),
        Part::Path | Part::PathSegment | Part::User | Part::Query | Part::Fragment => true,
    };
    allowed.then_some(value)
}

/// A percent sign and what follows, three bytes at most.
fn escape_text(behind: &[u8]) -> Vec<u8> {
    let shown = behind.get(..2).unwrap_or(behind);
    [b"%", shown].concat()
}

#[cfg(test)]
mod tests {
    use super::{Part, escaped, unescaped};

    #[test]
    fn each_part_has_its_own_bare_characters() {
        let all = b" !\"#$%&'()*+,/:;<=>?@[]^_~";
        for (part, expected) in [
            (
                Part::Path,
                "%20%21%22%23$%25&%27%28%29%2A+,/:;%3C=%3E%3F@%5B%5D%5E_~",
            ),
            (
                Part::Query,
                "+%21%22%23%24%25%26%27%28%29%2A%2B%2C%2F%3A%3B%3C%3D%3E%3F%40%5B%5D%5E_~",
            ),
            (
                Part::Fragment,
                "%20!%22%23$%25&%27()*+,/:;%3C=%3E?@%5B%5D%5E_~",
            ),
            (
                Part::User,
                "%20%21%22%23$%25&%27%28%29%2A+,%2F%3A;%3C=%3E%3F%40%5B%5D%5E_~",
            ),
            (Part::Host, "%20!\"%23$%25&'()*+,%2F:;<=>%3F%40[]%5E_~"),
        ] {
            assert_eq!(escaped(all, part), expected, "{part:?}");
        }
    }

    #[test]
    fn bad_escapes_are_named_with_three_bytes_at_most() {
        let error = |text: &str, part| unescaped(text, part).expect_err("bad").client_text();
        assert_eq!(error("/pkg/%zz", Part::Path), "invalid URL escape \"%zz\"");
        assert_eq!(error("a%4", Part::Path), "invalid URL escape \"%4\"");
        assert_eq!(error("%", Part::Query), "invalid URL escape \"%\"");
        assert_eq!(error("h%41", Part::Host), "invalid URL escape \"%41\"");
        assert_eq!(
            error("h h", Part::Host),
            "invalid character \" \" in host name"
        );
        assert_eq!(unescaped("%25eth0", Part::Zone), Ok(b"%eth0".to_vec()));
        assert_eq!(unescaped("a+b", Part::Query), Ok(b"a b".to_vec()));
        assert_eq!(unescaped("a+b", Part::Path), Ok(b"a+b".to_vec()));
        assert_eq!(unescaped("%C3", Part::Host), Ok(vec![0xc3]));
        assert_eq!(error("%zé", Part::Path), "invalid URL escape \"%z\\xc3\"");
    }
}
