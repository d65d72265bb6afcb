//! Numbers, words and strings of JSON syntax. Never more lenient than JSON.

use super::JsonKind;

pub(super) fn number(bytes: &[u8]) -> Option<JsonKind> {
    let literal = std::str::from_utf8(bytes).ok()?;
    let unsigned = literal.strip_prefix('-').unwrap_or(literal);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (
            mantissa,
            Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)),
        ),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let whole_fits = digits(whole) && (whole == "0" || !whole.starts_with('0'));
    let fits = whole_fits && fraction.is_none_or(digits) && exponent.is_none_or(digits);
    fits.then(|| JsonKind::Number(literal.to_owned()))
}

pub(super) fn keyword(bytes: &[u8]) -> Option<JsonKind> {
    match bytes {
        b"true" => Some(JsonKind::Bool(true)),
        b"false" => Some(JsonKind::Bool(false)),
        b"null" => Some(JsonKind::Null),
        _ => None,
    }
}

pub(super) fn text(bytes: &[u8]) -> Option<JsonKind> {
    let inner = bytes.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let inner = String::from_utf8_lossy(inner);
    let mut plain = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        match characters.next()? {
            plainly @ ('"' | '\\' | '/') => plain.push(plainly),
            'b' => plain.push('\u{8}'),
            'f' => plain.push('\u{c}'),
            'n' => plain.push('\n'),
            'r' => plain.push('\r'),
            't' => plain.push('\t'),
            'u' => plain.push(unicode(&mut characters)?),
            _ => return None,
        }
    }
    Some(JsonKind::Text(plain))
}

/// The character behind `\u`; half of a pair alone stands for the replacement character.
fn unicode(characters: &mut std::str::Chars<'_>) -> Option<char> {
    let high = four_digits(characters)?;
    if !(0xd800..0xdc00).contains(&high) {
        return Some(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    let mut ahead = characters.clone();
    if ahead.next() == Some('\\') && ahead.next() == Some('u') {
        let low = four_digits(&mut ahead)?;
        if (0xdc00..0xe000).contains(&low) {
            *characters = ahead;
            return char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
        }
    }
    Some(char::REPLACEMENT_CHARACTER)
}

fn four_digits(characters: &mut std::str::Chars<'_>) -> Option<u32> {
    (0..4).try_fold(0, |number, _| {
        Some(number * 16 + characters.next()?.to_digit(16)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_read_as_strictly_as_json_asks() {
        assert_eq!(
            text(br#""a\u0041\ud83d\ude00\/""#),
            Some(JsonKind::Text("aA😀/".into()))
        );
        assert_eq!(
            text(br#""\ud800""#),
            Some(JsonKind::Text("\u{fffd}".into()))
        );
        assert_eq!(text(br#""\x""#), None);
    }

    #[test]
    fn numbers_are_read_as_strictly_as_json_asks() {
        for good in ["0", "-1", "1.5", "1e5", "1E+5"] {
            assert!(number(good.as_bytes()).is_some(), "{good}");
        }
        for bad in ["01", "+1", "1.", ".5", "1e", "--1"] {
            assert!(number(bad.as_bytes()).is_none(), "{bad}");
        }
    }
}
