//! Text from outside, printable only through an escape.

use std::fmt;

/// Bytes or text that a server, an archive or a file wrote.
///
/// It has no `Display`: a report shows it through [`Foreign::shown`], so that no control character and no invisible mark
/// reaches a terminal or a log.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Foreign(String);

impl Foreign {
    /// Text as it came.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Bytes as they came; what is no UTF-8 becomes U+FFFD.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(String::from_utf8_lossy(bytes).into_owned())
    }

    /// The text for comparing and parsing, never for printing.
    pub fn raw(&self) -> &str {
        &self.0
    }

    /// The text with everything invisible made visible.
    pub fn shown(&self) -> String {
        visible(&self.0)
    }
}

impl fmt::Debug for Foreign {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.shown(), formatter)
    }
}

/// Makes control characters, direction marks and other invisible characters visible (`\x1b`, `\u{202e}`); a line end becomes `\n`.
pub fn visible(text: &str) -> String {
    if !text.chars().any(is_invisible) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            other if is_invisible(other) => shown.push_str(&escaped(other)),
            other => shown.push(other),
        }
    }
    shown
}

fn escaped(character: char) -> String {
    let code = u32::from(character);
    if code < 0x100 {
        format!("\\x{code:02x}")
    } else {
        format!("\\u{{{code:x}}}")
    }
}

/// Whether a character does something else than being seen.
pub fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn control_characters_become_visible() {
        assert_eq!(
            visible("a\u{1b}[31mb\nc\u{202e}"),
            "a\\x1b[31mb\\nc\\u{202e}"
        );
        assert_eq!(visible("plain é 漢"), "plain é 漢");
    }
}
