//! JSON as Go's `encoding/json` reads it: members without regard to case, the last one wins, the first value only where a
//! stream is read.
//!
//! serde_json does the lexical work of strings and numbers; this reader adds what Go adds. It never recurses deeper than
//! [`DEEPEST`] levels.

#![deny(clippy::indexing_slicing)]

/// The deepest nesting that is read.
pub const DEEPEST: usize = 128;

/// A JSON value; members keep their order, and doubles.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as written.
    Number(String),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Value>),
    /// An object.
    Object(Vec<(String, Value)>),
}

impl Value {
    /// Go's word for the kind of value, as its messages have it.
    pub fn go_kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::List(_) => "array",
            Self::Object(_) => "object",
        }
    }

    /// The values that Go stores into the member with this name, one after the other.
    pub fn folded<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        let members = match self {
            Self::Object(members) => members.as_slice(),
            _ => &[],
        };
        members
            .iter()
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The member with exactly this key; the last one wins.
    pub fn exact(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members
                .iter()
                .rev()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text, where it is a string.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Why a text is no JSON for Go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonError {
    /// A character that cannot stand there, with Go's words for where.
    Character {
        /// The character's byte.
        byte: u8,
        /// Go's words, such as `looking for beginning of value`.
        place: &'static str,
    },
    /// The text ends too early.
    End,
    /// There is nothing.
    Nothing,
    /// Deeper than the limit.
    TooDeep,
}

impl JsonError {
    /// Go's words; a stream says `unexpected EOF` where a whole text says `unexpected end of JSON input`.
    pub fn client_text(&self, stream: bool) -> String {
        match (self, stream) {
            (Self::Character { byte, place }, _) => {
                format!("invalid character {} {place}", quoted(*byte))
            }
            (Self::End, true) => "unexpected EOF".to_owned(),
            (Self::Nothing, true) => "EOF".to_owned(),
            (Self::End | Self::Nothing, false) => "unexpected end of JSON input".to_owned(),
            (Self::TooDeep, _) => "exceeded max depth".to_owned(),
        }
    }
}

fn quoted(byte: u8) -> String {
    match byte {
        b'\'' => "'\\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        b'\\' => "'\\\\'".to_owned(),
        b'\n' => "'\\n'".to_owned(),
        b'\r' => "'\\r'".to_owned(),
        b'\t' => "'\\t'".to_owned(),
        0x20..=0x7e => format!("'{}'", char::from(byte)),
        0x00..=0x1f | 0x7f => format!("'\\x{byte:02x}'"),
        // Go takes the byte for a character of its own.
        0x80..=0x9f | 0xad => format!("'\\u00{byte:02x}'"),
        0xa0..=0xff => format!("'{}'", char::from(byte)),
    }
}

/// Reads the first value; what follows it is given back as the offset where it begins.
pub fn parse_first(text: &[u8]) -> Result<(Value, usize), JsonError> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    Ok((value, reader.at))
}

/// Reads the whole text as one value.
pub fn parse_whole(text: &[u8]) -> Result<Value, JsonError> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.blanks();
    match reader.peek() {
        None => Ok(value),
        Some(byte) => Err(JsonError::Character {
            byte,
            place: "after top-level value",
        }),
    }
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// The next character that is no blank.
    fn next_byte(&mut self) -> Result<u8, JsonError> {
        self.blanks();
        self.peek()
            .ok_or(if self.text.iter().all(|byte| byte.is_ascii_whitespace()) {
                JsonError::Nothing
            } else {
                JsonError::End
            })
    }

    fn value(&mut self, depth: usize) -> Result<Value, JsonError> {
        if depth > DEEPEST {
            return Err(JsonError::TooDeep);
        }
        match self.next_byte()? {
            b'{' => self.object(depth),
            b'[' => self.list(depth),
            b'"' => self.string().map(Value::Text),
            b't' => self.word(b"true", Value::Bool(true)),
            b'f' => self.word(b"false", Value::Bool(false)),
            b'n' => self.word(b"null", Value::Null),
            b'-' | b'0'..=b'9' => self.number(),
            byte => Err(JsonError::Character {
                byte,
                place: "looking for beginning of value",
            }),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.at += 1;
        let mut members = Vec::new();
        if self.next_byte()? == b'}' {
            self.at += 1;
            return Ok(Value::Object(members));
        }
        loop {
            match self.next_byte()? {
                b'"' => {}
                byte => {
                    return Err(JsonError::Character {
                        byte,
                        place: "looking for beginning of object key string",
                    });
                }
            }
            let key = self.string()?;
            match self.next_byte()? {
                b':' => self.at += 1,
                byte => {
                    return Err(JsonError::Character {
                        byte,
                        place: "after object key",
                    });
                }
            }
            members.push((key, self.value(depth + 1)?));
            match self.next_byte()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(Value::Object(members));
                }
                byte => {
                    return Err(JsonError::Character {
                        byte,
                        place: "after object key:value pair",
                    });
                }
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.at += 1;
        let mut items = Vec::new();
        if self.next_byte()? == b']' {
            self.at += 1;
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            match self.next_byte()? {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Ok(Value::List(items));
                }
                byte => {
                    return Err(JsonError::Character {
                        byte,
                        place: "after array element",
                    });
                }
            }
        }
    }

    fn word(&mut self, word: &'static [u8], value: Value) -> Result<Value, JsonError> {
        for (index, expected) in word.iter().enumerate() {
            match self.text.get(self.at + index) {
                Some(byte) if byte == expected => {}
                Some(byte) => {
                    return Err(JsonError::Character {
                        byte: *byte,
                        place: literal_place(word, index),
                    });
                }
                None => return Err(JsonError::End),
            }
        }
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, JsonError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            Some(byte) => {
                return Err(JsonError::Character {
                    byte,
                    place: "in numeric literal",
                });
            }
            None => return Err(JsonError::End),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.some_digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.some_digits("in exponent of numeric literal")?;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        Ok(Value::Number(String::from_utf8_lossy(text).into_owned()))
    }

    fn digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    fn some_digits(&mut self, place: &'static str) -> Result<(), JsonError> {
        match self.peek() {
            Some(b'0'..=b'9') => {
                self.digits();
                Ok(())
            }
            Some(byte) => Err(JsonError::Character { byte, place }),
            None => Err(JsonError::End),
        }
    }

    fn string(&mut self) -> Result<String, JsonError> {
        self.at += 1;
        let mut bytes: Vec<u8> = Vec::new();
        loop {
            let byte = self.peek().ok_or(JsonError::End)?;
            self.at += 1;
            match byte {
                b'"' => return Ok(String::from_utf8_lossy(&bytes).into_owned()),
                b'\\' => self.escape(&mut bytes)?,
                0x00..=0x1f => {
                    return Err(JsonError::Character {
                        byte,
                        place: "in string literal",
                    });
                }
                other => bytes.push(other),
            }
        }
    }

    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), JsonError> {
        let byte = self.peek().ok_or(JsonError::End)?;
        self.at += 1;
        let plain = match byte {
            b'"' | b'\\' | b'/' => byte,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => return self.unicode(bytes),
            _ => {
                return Err(JsonError::Character {
                    byte,
                    place: "in string escape code",
                });
            }
        };
        bytes.push(plain);
        Ok(())
    }

    fn unicode(&mut self, bytes: &mut Vec<u8>) -> Result<(), JsonError> {
        let unit = self.unit()?;
        let low_follows =
            (0xd800..0xdc00).contains(&unit) && self.text.get(self.at..self.at + 2) == Some(b"\\u");
        let mut character = char::from_u32(unit);
        if low_follows {
            let back = self.at;
            self.at += 2;
            let low = self.unit()?;
            if (0xdc00..0xe000).contains(&low) {
                character = char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
            } else {
                // A lone half becomes U+FFFD, and what follows is read for itself.
                self.at = back;
            }
        }
        let mut buffer = [0; 4];
        bytes.extend_from_slice(
            character
                .unwrap_or('\u{fffd}')
                .encode_utf8(&mut buffer)
                .as_bytes(),
        );
        Ok(())
    }

    fn unit(&mut self) -> Result<u32, JsonError> {
        let mut unit = 0;
        for _ in 0..4 {
            let byte = self.peek().ok_or(JsonError::End)?;
            let digit = char::from(byte).to_digit(16).ok_or(JsonError::Character {
                byte,
                place: "in \\u hexadecimal character escape",
            })?;
            unit = unit * 16 + digit;
            self.at += 1;
        }
        Ok(unit)
    }
}

fn literal_place(word: &[u8], index: usize) -> &'static str {
    match (word, index) {
        (b"true", 1) => "in literal true (expecting 'r')",
        (b"true", 2) => "in literal true (expecting 'u')",
        (b"true", _) => "in literal true (expecting 'e')",
        (b"false", 1) => "in literal false (expecting 'a')",
        (b"false", 2) => "in literal false (expecting 'l')",
        (b"false", 3) => "in literal false (expecting 's')",
        (b"false", _) => "in literal false (expecting 'e')",
        (_, 1) => "in literal null (expecting 'u')",
        (_, _) => "in literal null (expecting 'l')",
    }
}

#[cfg(test)]
mod tests {
    use super::{JsonError, Value, parse_first, parse_whole};

    #[test]
    fn errors_are_worded_as_go_words_them() {
        let words =
            |text: &str| parse_whole(text.as_bytes()).map_err(|error| error.client_text(false));
        assert_eq!(
            words("<html>"),
            Err("invalid character '<' looking for beginning of value".to_owned())
        );
        assert_eq!(
            words("{\"a\": 1,}"),
            Err("invalid character '}' looking for beginning of object key string".to_owned())
        );
        assert_eq!(words(""), Err("unexpected end of JSON input".to_owned()));
        assert_eq!(
            words("{} x"),
            Err("invalid character 'x' after top-level value".to_owned())
        );
        assert_eq!(
            words("\u{feff}{}"),
            Err("invalid character 'ï' looking for beginning of value".to_owned())
        );
        assert_eq!(
            parse_first(b"").map_err(|error| error.client_text(true)),
            Err("EOF".to_owned())
        );
    }

    #[test]
    fn a_stream_ends_behind_its_first_value() {
        assert_eq!(
            parse_first(b"{} <html>"),
            Ok((Value::Object(Vec::new()), 2))
        );
    }

    #[test]
    fn nesting_has_a_limit() {
        assert_eq!(parse_whole(&b"[".repeat(200_000)), Err(JsonError::TooDeep));
        assert_eq!(
            parse_whole(&b"{\"a\":".repeat(200_000)),
            Err(JsonError::TooDeep)
        );
    }

    #[test]
    fn halves_of_pairs_and_bad_bytes_become_replacement_characters() {
        assert_eq!(
            parse_whole(b"\"\\ud800x\""),
            Ok(Value::Text("\u{fffd}x".to_owned()))
        );
        assert_eq!(
            parse_whole(b"\"\xff\""),
            Ok(Value::Text("\u{fffd}".to_owned()))
        );
        assert_eq!(
            parse_whole(b"\"\\ud83d\\ude00\""),
            Ok(Value::Text("\u{1f600}".to_owned()))
        );
    }
}
