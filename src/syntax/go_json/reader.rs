//! The reader itself: one pass, with a list of open containers in place of recursion.
//!
//! Never looks behind the value it is asked for.

use super::error::{Expected, Had, JsonError};
use super::{MAX_DEPTH, MAX_VALUES};
use super::{Member, Value};

/// A position in a document.
pub(super) struct Reader<'a> {
    pub(super) document: &'a [u8],
    pub(super) at: usize,
    /// How many values were begun.
    pub(super) values: usize,
    /// Whether nothing may follow the value; Go words early ends differently then.
    pub(super) whole: bool,
}

/// An array or object that has begun and not ended.
enum Open {
    Array(Vec<Value>),
    /// The members so far, and key and position of the one whose value comes next.
    Object(Vec<Member>, String, usize),
}

/// What comes behind an element of an array or object.
enum Next {
    /// Another element of it.
    Element(Open),
    /// Its end: it is complete.
    End(Value),
}

impl Reader<'_> {
    pub(super) fn value(&mut self) -> Result<Value, JsonError> {
        let mut open = Vec::new();
        loop {
            let Some(mut complete) = self.begin_value(&mut open)? else {
                continue;
            };
            loop {
                let Some(container) = open.pop() else {
                    return Ok(complete);
                };
                match self.end_element(container, complete)? {
                    Next::Element(container) => {
                        open.push(container);
                        break;
                    }
                    Next::End(value) => complete = value,
                }
            }
        }
    }

    /// The value that begins here, unless it is an array or object with elements: that is opened.
    fn begin_value(&mut self, open: &mut Vec<Open>) -> Result<Option<Value>, JsonError> {
        self.skip_space();
        if self.values >= MAX_VALUES {
            return Err(JsonError::TooMany {
                at: self.at,
                expected: MAX_VALUES,
            });
        }
        self.values += 1;
        let container = match self.peek() {
            Some(b'{') => Open::Object(Vec::new(), String::new(), self.at),
            Some(b'[') => Open::Array(Vec::new()),
            Some(_) | None => return self.scalar().map(Some),
        };
        if open.len() >= MAX_DEPTH {
            return Err(JsonError::TooDeep {
                at: self.at,
                expected: MAX_DEPTH,
            });
        }
        self.at += 1;
        self.skip_space();
        match (container, self.peek()) {
            (Open::Object(members, ..), Some(b'}')) => {
                self.at += 1;
                Ok(Some(Value::Object(members)))
            }
            (Open::Array(elements), Some(b']')) => {
                self.at += 1;
                Ok(Some(Value::Array(elements)))
            }
            (Open::Object(members, ..), Some(_) | None) => {
                open.push(self.key(members)?);
                Ok(None)
            }
            (array @ Open::Array(_), Some(_) | None) => {
                open.push(array);
                Ok(None)
            }
        }
    }

    /// Puts a value into its container, and reads on to the next element or the end.
    fn end_element(&mut self, container: Open, value: Value) -> Result<Next, JsonError> {
        self.skip_space();
        match container {
            Open::Array(mut elements) => {
                elements.push(value);
                match self.peek() {
                    Some(b',') => self.at += 1,
                    Some(b']') => {
                        self.at += 1;
                        elements.shrink_to_fit();
                        return Ok(Next::End(Value::Array(elements)));
                    }
                    Some(_) | None => return Err(self.unexpected(Expected::MoreElements)),
                }
                Ok(Next::Element(Open::Array(elements)))
            }
            Open::Object(mut members, key, at) => {
                members.push(Member { key, at, value });
                match self.peek() {
                    Some(b',') => self.at += 1,
                    Some(b'}') => {
                        self.at += 1;
                        members.shrink_to_fit();
                        return Ok(Next::End(Value::Object(members)));
                    }
                    Some(_) | None => return Err(self.unexpected(Expected::MoreMembers)),
                }
                self.skip_space();
                self.key(members).map(Next::Element)
            }
        }
    }

    /// The key of the next member and its colon.
    fn key(&mut self, members: Vec<Member>) -> Result<Open, JsonError> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected(Expected::Key));
        }
        let at = self.at;
        let key = self.text()?;
        self.skip_space();
        if self.peek() != Some(b':') {
            return Err(self.unexpected(Expected::Colon));
        }
        self.at += 1;
        Ok(Open::Object(members, key, at))
    }

    fn scalar(&mut self) -> Result<Value, JsonError> {
        match self.peek() {
            Some(b'"') => self.text().map(Value::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            Some(_) | None => Err(self.unexpected(Expected::Value)),
        }
    }

    fn word(&mut self, word: &'static str, value: Value) -> Result<Value, JsonError> {
        for next in word.bytes() {
            if self.peek() != Some(next) {
                return Err(self.unexpected(Expected::Letter { word, next }));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, JsonError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        // A number does not go on behind a leading zero.
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits(Expected::Digit)?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits(Expected::FractionDigit)?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits(Expected::ExponentDigit)?;
        }
        Ok(Value::Number(self.decoded(start)))
    }

    fn digits(&mut self, expected: Expected) -> Result<(), JsonError> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start {
            Err(self.unexpected(expected))
        } else {
            Ok(())
        }
    }

    /// The string whose opening quote is here.
    fn text(&mut self) -> Result<String, JsonError> {
        self.at += 1;
        let mut text = String::new();
        let mut start = self.at;
        loop {
            match self.peek() {
                Some(b'"') => {
                    text.push_str(&self.decoded(start));
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => {
                    text.push_str(&self.decoded(start));
                    self.at += 1;
                    text.push(self.escape()?);
                    start = self.at;
                }
                Some(0x20..) => self.at += 1,
                Some(..0x20) | None => return Err(self.unexpected(Expected::StringByte)),
            }
        }
    }

    /// The character of the escape whose backslash was just read.
    fn escape(&mut self) -> Result<char, JsonError> {
        let character = match self.peek() {
            Some(b'u') => return self.unicode_escape(),
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\x08',
            Some(b'f') => '\x0c',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(_) | None => return Err(self.unexpected(Expected::Escape)),
        };
        self.at += 1;
        Ok(character)
    }

    fn unicode_escape(&mut self) -> Result<char, JsonError> {
        self.at += 1;
        let first = self.hex_digits()?;
        if !(0xd800..0xdc00).contains(&first) || !self.rest().starts_with(b"\\u") {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let behind_first = self.at;
        self.at += 2;
        let second = self.hex_digits()?;
        if (0xdc00..0xe000).contains(&second) {
            let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        self.at = behind_first;
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hex_digits(&mut self) -> Result<u32, JsonError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            code = code * 16 + digit.ok_or_else(|| self.unexpected(Expected::HexDigit))?;
            self.at += 1;
        }
        Ok(code)
    }

    /// The bytes from `start` to here, with each byte that is not part of a UTF-8 character replaced on its own.
    fn decoded(&self, start: usize) -> String {
        let bytes = self.document.get(start..self.at).unwrap_or_default();
        let mut text = String::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
        }
        text
    }

    pub(super) fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.document.get(self.at).copied()
    }

    fn rest(&self) -> &[u8] {
        self.document.get(self.at..).unwrap_or_default()
    }

    /// The error that this position is not what was expected.
    pub(super) fn unexpected(&self, expected: Expected) -> JsonError {
        let at = self.at;
        match self.peek() {
            Some(got) => JsonError::Unexpected { at, got, expected },
            None if self.whole && expected.is_inside_a_token() => JsonError::Unexpected {
                at,
                got: b' ',
                expected,
            },
            None if self.whole => JsonError::Ended {
                at,
                had: Had::PartOfDocument,
            },
            None if self.document.trim_ascii().is_empty() => JsonError::Ended {
                at,
                had: Had::NoValue,
            },
            None => JsonError::Ended {
                at,
                had: Had::PartOfValue,
            },
        }
    }
}
