//! Base64 as the client's language decodes it: padded, of the standard alphabet, with the place of the first fault.
//!
//! Surprise: line ends are skipped wherever they stand; a blank is a fault.
#![deny(clippy::indexing_slicing)]

/// Where decoding ended: the byte of the input, as the client counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Corrupt(pub usize);

impl Corrupt {
    /// The client's words.
    pub fn client_text(self) -> String {
        format!("illegal base64 data at input byte {}", self.0)
    }
}

/// Decodes a text.
pub fn decode(text: &str) -> Result<Vec<u8>, Corrupt> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3);
    let mut at = 0;
    loop {
        let mut digits = [0_u8; 4];
        let mut count = 0;
        while count < 4 {
            let Some(&byte) = bytes.get(at) else {
                if count == 0 {
                    return Ok(out);
                }
                return Err(Corrupt(at - count));
            };
            at += 1;
            if let Some(digit) = digit(byte) {
                if let Some(place) = digits.get_mut(count) {
                    *place = digit;
                }
                count += 1;
            } else if byte == b'=' {
                end(bytes, at, count)?;
                push(&mut out, digits, count);
                return Ok(out);
            } else if !is_line_end(byte) {
                return Err(Corrupt(at - 1));
            }
        }
        push(&mut out, digits, 4);
    }
}

/// What follows the first sign of padding.
fn end(bytes: &[u8], mut at: usize, count: usize) -> Result<(), Corrupt> {
    if count < 2 {
        return Err(Corrupt(at - 1));
    }
    if count == 2 {
        at = after_line_ends(bytes, at);
        match bytes.get(at) {
            None => return Err(Corrupt(bytes.len())),
            Some(b'=') => at += 1,
            Some(_) => return Err(Corrupt(at - 1)),
        }
    }
    at = after_line_ends(bytes, at);
    if at < bytes.len() {
        return Err(Corrupt(at));
    }
    Ok(())
}

fn after_line_ends(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| is_line_end(**byte)).count()
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

fn push(out: &mut Vec<u8>, digits: [u8; 4], count: usize) {
    let [a, b, c, d] = digits;
    let whole = [(a << 2) | (b >> 4), (b << 4) | (c >> 2), (c << 6) | d];
    out.extend(whole.iter().take(count.saturating_sub(1)));
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Corrupt;
    use super::decode;

    #[test]
    fn good_text_is_decoded_and_line_ends_are_skipped() {
        for (text, expected) in [
            ("", ""),
            ("aGVsbG8=", "hello"),
            ("aGVs\r\nbG8=\n", "hello"),
            ("aGVsbG9v", "helloo"),
            ("aA==", "h"),
            ("aA=\n=", "h"),
        ] {
            assert_eq!(decode(text), Ok(expected.as_bytes().to_vec()), "{text:?}");
        }
    }

    #[test]
    fn the_place_of_a_fault_is_the_clients() {
        for (text, at) in [
            ("abc$", 3),
            ("aGV bG8=", 3),
            ("abc", 0),
            ("aGVsab", 4),
            ("a===", 1),
            ("aA=", 3),
            ("aA=x", 2),
            ("aGVsbG8=x", 8),
        ] {
            assert_eq!(decode(text), Err(Corrupt(at)), "{text:?}");
        }
    }
}
