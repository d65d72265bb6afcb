//! Text in quotes as Go writes it (`%q`), for the client's own messages.
//!
//! Never used for text shown to people outside a quoted message of the client.

#![deny(clippy::indexing_slicing)]

use std::fmt::Write;

/// The text in double quotes, with Go's escapes.
pub fn go_quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        if character == '"' {
            quoted.push('\\');
            quoted.push('"');
        } else {
            push_escaped(&mut quoted, character);
        }
    }
    quoted.push('"');
    quoted
}

/// The byte in single quotes, read as the character of that number: Go's JSON errors name bytes so.
pub fn go_quote_byte(byte: u8) -> String {
    let mut quoted = String::from("'");
    if byte == b'\'' {
        quoted.push_str("\\'");
    } else {
        push_escaped(&mut quoted, char::from(byte));
    }
    quoted.push('\'');
    quoted
}

fn push_escaped(quoted: &mut String, character: char) {
    let short = match character {
        '\\' => "\\\\",
        '\x07' => "\\a",
        '\x08' => "\\b",
        '\x0c' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\x0b' => "\\v",
        _ => "",
    };
    if !short.is_empty() {
        quoted.push_str(short);
    } else if is_printable(character) {
        quoted.push(character);
    } else {
        let code = u32::from(character);
        let written = match code {
            0..0x80 => write!(quoted, "\\x{code:02x}"),
            0x80..0x1_0000 => write!(quoted, "\\u{code:04x}"),
            _ => write!(quoted, "\\U{code:08x}"),
        };
        written.expect("writing to a string does not fail");
    }
}

/// Whether the character is shown as it is.
fn is_printable(character: char) -> bool {
    // Behind a letter the standard library leaves combining marks alone, as Go does everywhere.
    let behind_a_letter = ['a', character];
    let text: String = behind_a_letter.iter().collect();
    character == '\'' || character == '"' || text.escape_debug().count() == behind_a_letter.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_those_of_go() {
        assert_eq!(
            go_quote("a\"b\\c\n\x01\x7f'é"),
            "\"a\\\"b\\\\c\\n\\x01\\x7f'é\""
        );
        assert_eq!(
            go_quote("\u{a0}\u{301}\u{feff}\u{e0001}"),
            "\"\\u00a0\u{301}\\ufeff\\U000e0001\""
        );
    }

    #[test]
    fn bytes_are_quoted_as_the_character_of_their_number() {
        for (byte, quoted) in [
            (b'<', "'<'"),
            (b'\'', "'\\''"),
            (b'"', "'\"'"),
            (0xef, "'ï'"),
            (0x80, "'\\u0080'"),
            (0, "'\\x00'"),
        ] {
            assert_eq!(go_quote_byte(byte), quoted);
        }
    }
}
