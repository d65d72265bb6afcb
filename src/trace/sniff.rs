//! What a body is, by its first bytes.
//!
//! Never decides how something is unpacked: the client goes by name alone. It only tells what was in the body when
//! the name was wrong.

/// What the first bytes look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sniffed {
    /// Gzip.
    Gzip,
    /// Bzip2.
    Bzip2,
    /// Xz.
    Xz,
    /// Zip.
    Zip,
    /// Zstandard.
    Zstd,
    /// 7-Zip.
    SevenZip,
    /// RAR.
    Rar,
    /// A tar without compression.
    TarPlain,
    /// A web page.
    Html,
    /// Any other text.
    Text,
    /// Nothing.
    Empty,
    /// None of these.
    Unknown,
}

/// Bytes that `sniff` can make use of.
pub const SNIFFED_BYTES: usize = 512;

const MAGIC: [(&[u8], Sniffed); 10] = [
    (b"\x1f\x8b", Sniffed::Gzip),
    (b"BZh", Sniffed::Bzip2),
    (b"\xfd7zXZ\0", Sniffed::Xz),
    (b"PK\x03\x04", Sniffed::Zip),
    (b"PK\x05\x06", Sniffed::Zip),
    (b"PK\x07\x08", Sniffed::Zip),
    (b"\x28\xb5\x2f\xfd", Sniffed::Zstd),
    (b"7z\xbc\xaf\x27\x1c", Sniffed::SevenZip),
    (b"Rar!\x1a\x07", Sniffed::Rar),
    (b"%PDF-", Sniffed::Unknown),
];

/// What begins with `first`; of a longer body the first 512 bytes are enough.
pub fn sniff(first: &[u8]) -> Sniffed {
    if first.is_empty() {
        return Sniffed::Empty;
    }
    if let Some((_, found)) = MAGIC.iter().find(|(magic, _)| first.starts_with(magic)) {
        return *found;
    }
    // A skippable frame may stand before the first real one.
    if matches!(first, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]) {
        return Sniffed::Zstd;
    }
    if is_tar(first) {
        return Sniffed::TarPlain;
    }
    match as_text(first) {
        Some(text) if is_page(text) => Sniffed::Html,
        Some(_) => Sniffed::Text,
        None => Sniffed::Unknown,
    }
}

/// A tar by its magic, or by the sum over its first header, as the oldest tars have no magic.
fn is_tar(first: &[u8]) -> bool {
    if first.get(257..262) == Some(b"ustar") {
        return true;
    }
    let (Some(block), Some(field)) = (first.get(..512), first.get(148..156)) else {
        return false;
    };
    let digits: String = field
        .iter()
        .map(|byte| char::from(*byte))
        .filter(|character| character.is_digit(8))
        .collect();
    let Ok(stated) = u32::from_str_radix(&digits, 8) else {
        return false;
    };
    let others = block
        .iter()
        .enumerate()
        .filter(|(at, _)| !(148..156).contains(at));
    stated == others.map(|(_, byte)| u32::from(*byte)).sum::<u32>() + 8 * 32
}

/// The text, if it is one; a character cut at the end does not count against it.
fn as_text(first: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(first) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => {
            std::str::from_utf8(first.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    let binary = |character: char| {
        character.is_control() && !matches!(character, '\t' | '\n' | '\r' | '\x0c' | '\x1b')
    };
    (!text.contains(binary)).then_some(text)
}

fn is_page(text: &str) -> bool {
    let start = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n', '\x0c']);
    let start: String = start
        .chars()
        .take(14)
        .collect::<String>()
        .to_ascii_lowercase();
    [
        "<!doctype html",
        "<html",
        "<head",
        "<body",
        "<title",
        "<script",
        "<!--",
        "<meta",
    ]
    .iter()
    .any(|opening| start.starts_with(opening))
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test ends at the first surprise"
)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        assert_eq!(sniff(b""), Sniffed::Empty);
        assert_eq!(sniff(b"\x1f\x8b\x08"), Sniffed::Gzip);
        assert_eq!(sniff(b"PK\x05\x06"), Sniffed::Zip);
        assert_eq!(sniff(b"PK\x03"), Sniffed::Unknown);
        assert_eq!(sniff(b"\x28\xb5\x2f\xfd"), Sniffed::Zstd);
        assert_eq!(sniff(b"\x50\x2a\x4d\x18\0"), Sniffed::Zstd);
        assert_eq!(sniff(b"7z\xbc\xaf\x27\x1c\0"), Sniffed::SevenZip);
        assert_eq!(sniff(b"Rar!\x1a\x07\x01"), Sniffed::Rar);
        assert_eq!(sniff(b"\0"), Sniffed::Unknown);
    }

    #[test]
    fn a_page_is_told_from_other_text() {
        assert_eq!(sniff(b"\n <!DOCTYPE HTML><title>"), Sniffed::Html);
        assert_eq!(sniff(b"<HTML>"), Sniffed::Html);
        assert_eq!(sniff(b"{\"error\": \"no\"}"), Sniffed::Text);
        assert_eq!(
            sniff("caf\u{e9}".as_bytes().get(..4).unwrap_or_default()),
            Sniffed::Text
        );
    }

    #[test]
    fn a_tar_without_magic_is_told_by_its_sum() {
        let mut block = [0_u8; 512];
        block[0] = b'a';
        let sum = 97 + 8 * 32;
        block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        block[155] = b' ';
        assert_eq!(sniff(&block), Sniffed::TarPlain);
        block[0] = b'b';
        assert_eq!(sniff(&block), Sniffed::Unknown);
    }
}
