//! JSON as Go's `encoding/json` reads it.
//!
//! Never recurses, never nests deeper than [`MAX_DEPTH`] (Go goes on to 10 000) and never holds more than [`MAX_VALUES`].
//! Repeated members are kept in order, so that a reader can let the last one win or merge them, as Go does into its
//! structs. Bytes that are no UTF-8 and lone surrogates become U+FFFD, a byte order mark is an error, and numbers stay
//! text.

#![deny(clippy::indexing_slicing)]

mod error;
mod reader;

pub use error::{Expected, Had, JsonError};
use reader::Reader;

/// How deep arrays and objects may nest.
pub const MAX_DEPTH: usize = 128;

/// How many values a document may hold; tiny ones take many times their size in memory.
pub const MAX_VALUES: usize = 1_000_000;

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it was written.
    Number(String),
    /// A string, unescaped.
    Text(String),
    /// An array.
    Array(Vec<Self>),
    /// An object with its members as written, repeated ones included.
    Object(Vec<Member>),
}

/// One member of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name, unescaped.
    pub key: String,
    /// Where the name begins in the document.
    pub at: usize,
    /// Its value.
    pub value: Value,
}

/// The first value of a document, and where what follows it begins; what follows is not looked at.
///
/// This is how Go's `Decoder` reads.
pub fn parse_first(document: &[u8]) -> Result<(Value, usize), JsonError> {
    let mut reader = Reader {
        document,
        at: 0,
        values: 0,
        whole: false,
    };
    let value = reader.value()?;
    Ok((value, reader.at))
}

/// The value that is all there is in a document.
///
/// This is how Go's `Unmarshal` reads.
pub fn parse_whole(document: &[u8]) -> Result<Value, JsonError> {
    let mut reader = Reader {
        document,
        at: 0,
        values: 0,
        whole: true,
    };
    let value = reader.value()?;
    reader.skip_space();
    match reader.peek() {
        Some(_) => Err(reader.unexpected(Expected::End)),
        None => Ok(value),
    }
}

/// Whether Go takes the key of a member for this field: exactly, or without regard to case.
pub fn key_matches(key: &str, field: &str) -> bool {
    key == field || key.chars().map(folded).eq(field.chars().map(folded))
}

impl Value {
    /// The value Go is left with for a field: of the last member whose key matches without regard to case.
    pub fn folded_member(&self, field: &str) -> Option<&Self> {
        let members = self.members()?;
        members
            .iter()
            .rev()
            .find(|member| key_matches(&member.key, field))
            .map(|member| &member.value)
    }

    /// The value Go is left with for a key of a map: of the last member with exactly this key.
    pub fn exact_member(&self, key: &str) -> Option<&Self> {
        let members = self.members()?;
        members
            .iter()
            .rev()
            .find(|member| member.key == key)
            .map(|member| &member.value)
    }

    /// The text of a string.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Array(_) | Self::Object(_) => None,
        }
    }

    /// The members of an object.
    pub fn members(&self) -> Option<&[Member]> {
        match self {
            Self::Object(members) => Some(members),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::Array(_) => None,
        }
    }

    /// What Go calls the value in its messages.
    pub fn go_kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }
}

/// The character that stands for all that differ from it by case only, as far as they fold to ASCII.
fn folded(character: char) -> char {
    match character {
        'ſ' => 's',
        '\u{212a}' => 'k',
        _ => character.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    fn whole_message(document: &str) -> String {
        parse_whole(document.as_bytes())
            .expect_err("the document of a test is broken")
            .go_message()
            .unwrap_or_default()
    }

    #[test]
    fn values_are_read_with_their_members_in_order() {
        let document = br#" {"a": [1, -0.5e+3, true, null, {}, []], "A": "x", "a": false} "#;
        let value = parse_whole(document).expect("the document of a test is valid");
        let members = value.members().expect("it is an object");
        let keys: Vec<(&str, usize)> = members
            .iter()
            .map(|member| (member.key.as_str(), member.at))
            .collect();
        assert_eq!(keys, [("a", 2), ("A", 41), ("a", 51)]);
        assert_eq!(value.folded_member("A"), Some(&Value::Bool(false)));
        assert_eq!(value.exact_member("A").and_then(Value::as_text), Some("x"));
        let numbers = [
            Value::Number(String::from("1")),
            Value::Number(String::from("-0.5e+3")),
        ];
        let rest = [
            Value::Bool(true),
            Value::Null,
            Value::Object(vec![]),
            Value::Array(vec![]),
        ];
        assert_eq!(
            members.first().map(|member| &member.value),
            Some(&Value::Array([&numbers[..], &rest[..]].concat()))
        );
    }

    #[test]
    fn strings_are_unescaped_and_repaired() {
        for (document, expected) in [
            (
                &br#""\"\\\/\b\f\n\r\t\u00e9""#[..],
                "\"\\/\u{8}\u{c}\n\r\t\u{e9}",
            ),
            (br#""\ud83d\ude00""#, "\u{1f600}"),
            (br#""\ud800""#, "\u{fffd}"),
            (br#""\ud800\u0041\udc00x""#, "\u{fffd}A\u{fffd}x"),
            (br#""\ud800\ud83d\ude00""#, "\u{fffd}\u{1f600}"),
            (
                b"\"\xff\xe2\x82z\xed\xa0\x80\"",
                "\u{fffd}\u{fffd}\u{fffd}z\u{fffd}\u{fffd}\u{fffd}",
            ),
        ] {
            assert_eq!(parse_whole(document), Ok(text(expected)));
        }
    }

    #[test]
    fn errors_are_worded_as_go_words_them() {
        for (document, message) in [
            (
                "<html>",
                "invalid character '<' looking for beginning of value",
            ),
            (
                "\u{feff}{}",
                "invalid character 'ï' looking for beginning of value",
            ),
            (
                "{\"a\":1,}",
                "invalid character '}' looking for beginning of object key string",
            ),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            (
                "{\"a\":1 \"b\"}",
                "invalid character '\"' after object key:value pair",
            ),
            ("[1 2]", "invalid character '2' after array element"),
            ("{} x", "invalid character 'x' after top-level value"),
            ("01", "invalid character '1' after top-level value"),
            (
                "'a'",
                "invalid character '\\'' looking for beginning of value",
            ),
            ("\"a\nb\"", "invalid character '\\n' in string literal"),
            ("\"\\x\"", "invalid character 'x' in string escape code"),
            (
                "\"\\u00g0\"",
                "invalid character 'g' in \\u hexadecimal character escape",
            ),
            ("-x", "invalid character 'x' in numeric literal"),
            (
                "1.x",
                "invalid character 'x' after decimal point in numeric literal",
            ),
            (
                "1ex",
                "invalid character 'x' in exponent of numeric literal",
            ),
            (
                "nuLl",
                "invalid character 'L' in literal null (expecting 'l')",
            ),
            ("", "unexpected end of JSON input"),
            ("{\"a", "unexpected end of JSON input"),
            ("[1", "unexpected end of JSON input"),
            (
                "tru",
                "invalid character ' ' in literal true (expecting 'e')",
            ),
            (
                "1.",
                "invalid character ' ' after decimal point in numeric literal",
            ),
        ] {
            assert_eq!(whole_message(document), message, "{document}");
        }
    }

    #[test]
    fn only_the_first_value_is_read_where_more_may_follow() {
        assert_eq!(parse_first(b" {} <html>"), Ok((Value::Object(vec![]), 3)));
        assert_eq!(parse_first(b"nullx"), Ok((Value::Null, 4)));
        let message = |document: &[u8]| {
            parse_first(document).map_err(|error| error.go_message().unwrap_or_default())
        };
        assert_eq!(message(b" \n"), Err(String::from("EOF")));
        assert_eq!(
            message(b"{\"modules\":["),
            Err(String::from("unexpected EOF"))
        );
        assert_eq!(message(b"tru"), Err(String::from("unexpected EOF")));
    }

    #[test]
    fn nesting_has_a_limit_that_takes_no_stack() {
        let nested = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
        assert!(parse_whole(&nested(128)).is_ok());
        assert_eq!(
            parse_whole(&nested(129)),
            Err(JsonError::TooDeep {
                at: 128,
                expected: 128
            })
        );
        assert_eq!(
            parse_whole(&nested(200_000)),
            Err(JsonError::TooDeep {
                at: 128,
                expected: 128
            })
        );
        let objects = "{\"a\":".repeat(200_000);
        assert_eq!(
            parse_first(objects.as_bytes()),
            Err(JsonError::TooDeep {
                at: 640,
                expected: 128
            })
        );
    }

    #[test]
    fn the_number_of_values_has_a_limit() {
        let list = |length: usize| format!("[{}0]", "0,".repeat(length - 1));
        assert!(parse_whole(list(MAX_VALUES - 1).as_bytes()).is_ok());
        let error = parse_whole(list(MAX_VALUES).as_bytes()).map_err(|error| error.go_message());
        assert_eq!(error, Err(None));
    }

    #[test]
    fn keys_match_without_regard_to_case() {
        assert!(key_matches("VERSIONS", "versions"));
        assert!(key_matches("ver\u{17f}ion\u{17f}", "versions"));
        assert!(key_matches("\u{212a}ey", "Key"));
        assert!(!key_matches("version", "versions"));
        assert!(!key_matches("versïons", "versions"));
    }
}
