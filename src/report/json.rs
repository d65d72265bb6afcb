//! The report document as JSON.

use crate::foreign::is_invisible;
use crate::report::document::Document;
use crate::secret::mask_user_info;
use std::io;
use std::io::Write;

/// Writes the document.
pub fn write(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(document)?;
    writeln!(out, "{}", escape_invisible(&mask_user_info(&text)))
}

/// Writes what does something else than being seen as an escape; outside of strings there is none but the line end.
fn escape_invisible(text: &str) -> String {
    if !text.chars().any(is_raw_invisible) {
        return text.to_owned();
    }
    let mut escaped = String::with_capacity(text.len() + 64);
    for character in text.chars() {
        if is_raw_invisible(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                escaped.push_str("\\u");
                escaped.push_str(&hex::encode(unit.to_be_bytes()));
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

fn is_raw_invisible(character: char) -> bool {
    character != '\n' && is_invisible(character)
}
