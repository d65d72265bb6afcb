//! What makes bytes no JSON, and how Go words it.
//!
//! Never holds text: the words are Go's own, made on demand.

use crate::syntax::go_quote::go_quote_byte;

/// What makes bytes no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonError {
    /// A byte that cannot stand here.
    Unexpected {
        /// Where it is; behind the end if Go would name a space there.
        at: usize,
        /// The byte.
        got: u8,
        /// What could stand there.
        expected: Expected,
    },
    /// The document ends too early.
    Ended {
        /// Its length.
        at: usize,
        /// How much of it was there.
        had: Had,
    },
    /// It nests deeper than is read; Go would read on.
    TooDeep {
        /// Where the first level too many begins.
        at: usize,
        /// How many levels are read.
        expected: usize,
    },
    /// It holds more values than are read; Go would read on.
    TooMany {
        /// Where the first value too many begins.
        at: usize,
        /// How many are read.
        expected: usize,
    },
}

/// What could have stood in place of a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// The beginning of a value.
    Value,
    /// A member's name, in quotes.
    Key,
    /// The colon behind a member's name.
    Colon,
    /// A comma or the end of the object.
    MoreMembers,
    /// A comma or the end of the array.
    MoreElements,
    /// Nothing but white space.
    End,
    /// Any character that may stand in a string unescaped.
    StringByte,
    /// What makes an escape behind a backslash.
    Escape,
    /// A hexadecimal digit.
    HexDigit,
    /// The first digit of a number.
    Digit,
    /// A digit behind the decimal point.
    FractionDigit,
    /// A digit of the exponent.
    ExponentDigit,
    /// The next letter of a word.
    Letter {
        /// The word begun.
        word: &'static str,
        /// Its letter for this place.
        next: u8,
    },
}

/// How much there was when a document ended too early, in a way that Go words differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Had {
    /// Nothing but white space, where one value of several is read.
    NoValue,
    /// The beginning of a value, where one value of several is read.
    PartOfValue,
    /// Anything, where the whole document is read.
    PartOfDocument,
}

impl JsonError {
    /// The message of Go's library; none where Go would read on.
    pub fn go_message(&self) -> Option<String> {
        let message = match self {
            Self::Unexpected { got, expected, .. } => {
                format!(
                    "invalid character {} {}",
                    go_quote_byte(*got),
                    expected.go_context()
                )
            }
            Self::Ended {
                had: Had::NoValue, ..
            } => String::from("EOF"),
            Self::Ended {
                had: Had::PartOfValue,
                ..
            } => String::from("unexpected EOF"),
            Self::Ended {
                had: Had::PartOfDocument,
                ..
            } => String::from("unexpected end of JSON input"),
            Self::TooDeep { .. } | Self::TooMany { .. } => return None,
        };
        Some(message)
    }

    /// Where in the document the error is.
    pub fn offset(&self) -> usize {
        match self {
            Self::Unexpected { at, .. }
            | Self::Ended { at, .. }
            | Self::TooDeep { at, .. }
            | Self::TooMany { at, .. } => *at,
        }
    }
}

impl Expected {
    fn go_context(self) -> String {
        let context = match self {
            Self::Value => "looking for beginning of value",
            Self::Key => "looking for beginning of object key string",
            Self::Colon => "after object key",
            Self::MoreMembers => "after object key:value pair",
            Self::MoreElements => "after array element",
            Self::End => "after top-level value",
            Self::StringByte => "in string literal",
            Self::Escape => "in string escape code",
            Self::HexDigit => "in \\u hexadecimal character escape",
            Self::Digit => "in numeric literal",
            Self::FractionDigit => "after decimal point in numeric literal",
            Self::ExponentDigit => "in exponent of numeric literal",
            Self::Letter { word, next } => {
                return format!("in literal {word} (expecting '{}')", char::from(next));
            }
        };
        context.to_owned()
    }

    /// Whether Go, at the end of a whole document, names a space that it made up.
    pub(super) fn is_inside_a_token(self) -> bool {
        match self {
            Self::Value
            | Self::Key
            | Self::Colon
            | Self::MoreMembers
            | Self::MoreElements
            | Self::End
            | Self::StringByte => false,
            Self::Escape
            | Self::HexDigit
            | Self::Digit
            | Self::FractionDigit
            | Self::ExponentDigit
            | Self::Letter { .. } => true,
        }
    }
}
