//! Reads a CLI configuration file the way the client's HCL **1** reader does, native syntax and JSON alike.
//!
//! It never reads files, never evaluates anything and never decides what a key means: that is `cli_config`.
//!
//! Surprises of this syntax, all measured with terraform 1.11.4:
//!
//! - The form is chosen by content: after Unicode white space a `{` means JSON, whatever the file is called.
//! - `${…}` is plain text, but changes where a string ends.
//! - A closing brace can swallow an error in front of it: `services = }` inside braces reads as nothing at all.
//! - `key =` at the very end of a file is no error; the key is dropped.
//! - The JSON reader stops at the first thing it does not expect behind a value, and keeps what it has.
//! - When the characters are wrong several times, the *last* place is the one reported.
//! - Some strings are accepted here and crash the client once it looks at them; see [`Value::Unreadable`].
#![deny(clippy::indexing_slicing)]

use std::fmt;
use std::sync::Arc;

use super::utf8::decode;

mod cursor;
mod error;
mod json;
mod lexer;
mod parser;
mod text;

pub use error::{Foreign, InList, SyntaxError, SyntaxErrorKind, TokenKind};

/// Deepest nesting, and most keys in front of one value, that are read; the client itself has no limit.
pub const MAX_DEPTH: usize = 100;

/// A place in a file: line and column count from 1, columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Which of the two forms a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// HCL 1.
    Native,
    /// JSON, in HCL 1's own lenient reading.
    Json,
}

/// One file as a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// How it is written. In JSON the client forgets all positions, so its messages say `At -`.
    pub form: Form,
    /// The items at top level, in order.
    pub items: Vec<Item>,
    /// Where the JSON reader stopped although text follows; that text has no effect and no message.
    pub unread_from: Option<Position>,
}

/// One entry: keys, then a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The keys in front of the value, never empty: `host "a" {` has two.
    pub keys: Vec<Key>,
    /// Whether it is written with `=` (always in JSON).
    pub assigned: bool,
    /// The value.
    pub node: Node,
}

/// One key or label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its text, escapes resolved; empty if unreadable.
    pub text: Arc<str>,
    /// False if the client crashes when it looks at this key (see [`Value::Unreadable`]).
    pub readable: bool,
    /// Where it starts.
    pub position: Position,
}

/// A value and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it starts.
    pub position: Position,
}

/// A value. `Debug` hides texts and numbers, which may be tokens.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// A quoted string, escapes resolved, `${…}` kept as written.
    Text(String),
    /// A heredoc: always ends in a line feed, unless empty.
    Heredoc(String),
    /// A string that scans but does not unquote (`"\400"`, a surrogate in JSON): reading it crashes the client.
    Unreadable,
    /// JSON `null`, which decodes as an empty string.
    Null,
    /// A whole number as written, possibly too large or malformed (`08`).
    Number(String),
    /// A fraction or exponent as written, possibly malformed (`1ex`).
    Float(String),
    /// `true` or `false`.
    Bool(bool),
    /// A list.
    List(Vec<Node>),
    /// A block or an object: the same thing in HCL 1.
    Object(Vec<Item>),
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Text(***)"),
            Self::Heredoc(_) => f.write_str("Heredoc(***)"),
            Self::Unreadable => f.write_str("Unreadable"),
            Self::Null => f.write_str("Null"),
            Self::Number(_) => f.write_str("Number(***)"),
            Self::Float(_) => f.write_str("Float(***)"),
            Self::Bool(value) => write!(f, "Bool({value})"),
            Self::List(nodes) => f.debug_tuple("List").field(nodes).finish(),
            Self::Object(items) => f.debug_tuple("Object").field(items).finish(),
        }
    }
}

/// Parses one file. Linear in its size, which the caller limits.
///
/// # Errors
///
/// The first syntax error, or the last wrong character, as the client reports it. The client then drops the whole file.
pub fn parse(bytes: &[u8]) -> Result<Document, SyntaxError> {
    match form(bytes) {
        Form::Native => parser::parse(bytes),
        Form::Json => json::parse(bytes),
    }
}

fn form(mut bytes: &[u8]) -> Form {
    loop {
        let (character, size) = decode(bytes);
        match character {
            Some(space) if space.is_whitespace() => bytes = bytes.get(size..).unwrap_or_default(),
            Some('{') => return Form::Json,
            _ => return Form::Native,
        }
    }
}

#[cfg(test)]
mod tests;
