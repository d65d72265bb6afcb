//! Resolves the text of string and heredoc tokens.
//!
//! It never reports an error: what the scanner let through and cannot be resolved crashes the client when it looks
//! at it, so `None` is a fact of its own. Bytes that are no UTF-8 afterwards (`"\xff"`) become U+FFFD.

use std::borrow::Cow;

use super::Form;

/// The text of a quoted string token, quotes included.
pub(super) fn unquote(token: &[u8], form: Form) -> Option<String> {
    let mut rest = token.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let mut text = Vec::with_capacity(rest.len());
    while let Some((&first, tail)) = rest.split_first() {
        match first {
            b'$' if form == Form::Native && tail.first() == Some(&b'{') => {
                let literal = interpolation(rest)?;
                text.extend_from_slice(literal);
                rest = rest.get(literal.len()..)?;
            }
            b'\\' => rest = escape(tail, form, &mut text)?,
            b'\n' => return None,
            _ => {
                text.push(first);
                rest = tail;
            }
        }
    }
    Some(into_text(text))
}

/// The text of a heredoc token, from `<<` to the line feed behind the closing line.
///
/// The client finds the end by counting back the length of the opening line, so whatever stands in front of the
/// closing name (blanks) or behind it (carriage returns) shifts the cut; that is kept here.
pub(super) fn heredoc(token: &[u8]) -> Option<String> {
    let opening = token.iter().position(|byte| *byte == b'\n')?;
    let start = opening + 1;
    let end = token.len().checked_sub(opening)?;
    if token.get(2) != Some(&b'-') {
        return Some(into_text(token.get(start..end + 1)?.to_vec()));
    }
    let body = token.get(start..end + 2)?;
    let indent = body
        .rsplit(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let lines: Option<Vec<&[u8]>> = body
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_prefix(indent))
        .collect();
    let Some(lines) = lines else {
        let whole = token.get(start..end + 1)?;
        let blanks = whole
            .iter()
            .rev()
            .take_while(|byte| matches!(byte, b' ' | b'\t'));
        return Some(into_text(
            whole.get(..whole.len() - blanks.count())?.to_vec(),
        ));
    };
    let (_, kept) = lines.split_last()?;
    let mut text = kept.join(&b'\n');
    if !kept.is_empty() {
        text.push(b'\n');
    }
    Some(into_text(text))
}

/// Text for a message or a number.
pub(super) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// `${…}` at the start of `rest`, braces balanced. A U+FFFD inside, even one written as such, is what the client
/// takes for a broken character.
fn interpolation(rest: &[u8]) -> Option<&[u8]> {
    let mut braces = 0_usize;
    for (index, byte) in rest.iter().enumerate() {
        match byte {
            b'{' => braces += 1,
            b'}' => braces -= 1,
            _ => {}
        }
        if braces == 0 && index > 0 {
            let literal = rest.get(..=index)?;
            let broken = literal
                .windows(3)
                .any(|bytes| bytes == "\u{fffd}".as_bytes());
            return (!broken).then_some(literal);
        }
    }
    None
}

fn escape<'a>(tail: &'a [u8], form: Form, text: &mut Vec<u8>) -> Option<&'a [u8]> {
    let (&letter, rest) = tail.split_first()?;
    let simple = match letter {
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        b'\\' | b'"' => letter,
        b'0'..=b'7' => {
            text.push(u8::try_from(digits(tail, 3, 8)?).ok()?);
            return tail.get(3..);
        }
        b'x' => {
            text.push(u8::try_from(digits(rest, 2, 16)?).ok()?);
            return rest.get(2..);
        }
        b'u' => return character(rest, 4, form, text),
        b'U' => return character(rest, 8, form, text),
        _ => return None,
    };
    text.push(simple);
    Some(rest)
}

fn character<'a>(rest: &'a [u8], count: usize, form: Form, text: &mut Vec<u8>) -> Option<&'a [u8]> {
    let code = digits(rest, count, 16)?;
    let character = match (char::from_u32(code), form) {
        (Some(character), _) => character,
        // Half a surrogate pair: the native reader writes a replacement, the JSON reader fails.
        (None, Form::Native) if code <= 0x10_ffff => char::REPLACEMENT_CHARACTER,
        (None, _) => return None,
    };
    text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    rest.get(count..)
}

fn digits(bytes: &[u8], count: usize, base: u32) -> Option<u32> {
    bytes.get(..count)?.iter().try_fold(0_u32, |value, byte| {
        value
            .checked_mul(base)?
            .checked_add(char::from(*byte).to_digit(base)?)
    })
}

fn into_text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
