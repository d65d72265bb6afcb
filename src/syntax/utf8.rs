//! Decodes characters one by one as Go does.
//!
//! It never fails: an invalid byte is U+FFFD and one byte long.
#![deny(clippy::indexing_slicing)]

/// The first character and its size; the end is `None` of size 0.
pub(super) fn decode(bytes: &[u8]) -> (Option<char>, usize) {
    let Some(&first) = bytes.first() else {
        return (None, 0);
    };
    if first.is_ascii() {
        return (Some(char::from(first)), 1);
    }
    let window = bytes.get(..4).unwrap_or(bytes);
    let valid = match std::str::from_utf8(window) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(window.get(..error.valid_up_to()).unwrap_or_default())
            .unwrap_or_default(),
    };
    match valid.chars().next() {
        Some(character) => (Some(character), character.len_utf8()),
        None => (Some(char::REPLACEMENT_CHARACTER), 1),
    }
}
