//! Text in quotes as Go writes it (`%q`), for the client's own messages.
//!
//! Never used for text shown to people outside a quoted message of the client.

#![deny(clippy::indexing_slicing)]

use std::fmt::Write;

/// The text in double quotes, with Go's escapes.
pub fn go_quote(text: &str) -> String {
    go_quote_bytes(text.as_bytes())
}

/// The bytes in double quotes, with Go's escapes; what is no UTF-8 is written byte by byte.
pub fn go_quote_bytes(bytes: &[u8]) -> String {
    let mut quoted = String::with_capacity(bytes.len() + 2);
    quoted.push('"');
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if character == '"' {
                quoted.push_str("\\\"");
            } else {
                push_escaped(&mut quoted, character);
            }
        }
        for byte in chunk.invalid() {
            push_code(&mut quoted, 'x', 2, u32::from(*byte));
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
        match u32::from(character) {
            code @ 0..0x80 => push_code(quoted, 'x', 2, code),
            code @ 0x80..0x1_0000 => push_code(quoted, 'u', 4, code),
            code => push_code(quoted, 'U', 8, code),
        }
    }
}

fn push_code(quoted: &mut String, form: char, digits: usize, code: u32) {
    write!(quoted, "\\{form}{code:0digits$x}").expect("writing to a string does not fail");
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
    fn what_cannot_be_seen_or_read_is_written_as_its_code() {
        assert_eq!(
            go_quote("a\"b\\\n\u{1b}é\u{200b}\u{e0001}"),
            "\"a\\\"b\\\\\\n\\x1bé\\u200b\\U000e0001\""
        );
        assert_eq!(go_quote_bytes(b"%z\xc3"), "\"%z\\xc3\"");
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
