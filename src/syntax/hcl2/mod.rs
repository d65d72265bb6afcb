//! Native syntax of `*.tf` files: blocks, arguments and constant values, with positions, recovering after errors as the client does.
//!
//! Never fails and never reads files: whatever the bytes are, there is a body and a list of errors. What counts is which
//! blocks are still seen behind an error, because the client installs those. Surprises:
//! - once a body goes wrong at the start of an item, the rest of that body is lost, and at top level the rest of the file;
//! - arguments keep the part of their value that was understood (`source = "./x" oops` still names `./x`);
//! - brackets nested deeper than [`MAX_DEPTH`] are passed over unread and taken for correct; the client has no limit.

mod body;
mod collection;
mod cursor;
mod expression;
mod fault;
mod fault_words;
mod scanner;
mod template;
mod token;
mod value;

pub use fault::{SyntaxError, SyntaxFault};
pub use scanner::is_identifier;
pub use value::{Scope, Value, ValueKind};

use std::ops::Range;

use cursor::Parser;

/// How deep brackets, templates and blocks may nest before they are passed over.
pub const MAX_DEPTH: usize = 64;

/// A range of a file with the line and column of its beginning, both counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte behind the last.
    pub end: usize,
    /// The line of the first byte.
    pub line: u32,
    /// The column of the first byte, in characters.
    pub column: u32,
}

impl Span {
    /// The bytes, as a range.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// What stands between braces, or in a whole file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// The arguments in order; of two with one name the first.
    pub attributes: Vec<Attribute>,
    /// The blocks in order.
    pub blocks: Vec<Block>,
}

/// `name = expression`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The name.
    pub name: String,
    /// Where the name stands.
    pub name_span: Span,
    /// The value.
    pub expression: Expression,
}

/// `kind "label" { … }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The first word.
    pub kind: String,
    /// Where the first word stands: the place the client names for the block.
    pub span: Span,
    /// The labels, quoted or not.
    pub labels: Vec<Label>,
    /// Where the opening brace stands.
    pub open: Span,
    /// What is inside.
    pub body: Body,
}

/// One label of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The label without its quotes.
    pub text: String,
    /// Where it stands, quotes included.
    pub span: Span,
}

/// A value as written, and what can be said of it without evaluating anything that is not constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    /// Where it stands.
    pub span: Span,
    /// Its value, as far as it is constant.
    pub value: Value,
    /// Its form.
    pub shape: Shape,
    /// The names it refers to, except variables of its own `for`.
    pub references: Vec<Reference>,
    /// Whether it calls a function.
    pub calls: bool,
}

/// The form of an expression, where the client asks for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A single name.
    Keyword,
    /// A name with attributes and constant indexes.
    Traversal,
    /// A quoted string or a heredoc.
    Template,
    /// A number, a bool or null.
    Literal,
    /// A list in brackets.
    List,
    /// An object in braces.
    Object,
    /// A function call.
    Call,
    /// Anything else.
    Other,
}

/// A name an expression refers to, as ranges of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The first name, such as `var`.
    pub root: Range<usize>,
    /// The attribute behind it, if one follows.
    pub attribute: Option<Range<usize>>,
}

/// A file as it was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// What was understood.
    pub body: Body,
    /// What was not, in order; only the first ones of a long row.
    pub errors: Vec<SyntaxError>,
}

/// Reads a whole file.
#[must_use]
pub fn parse(source: &[u8]) -> Parsed {
    let mut parser = Parser::new(source, None);
    parser.check_tokens();
    let body = parser.file();
    Parsed {
        body,
        errors: parser.into_errors(),
    }
}

/// Reads one expression that stands at `span` of a file, with the names `scope` knows.
#[must_use]
pub fn evaluate(source: &[u8], span: Span, scope: &dyn Scope) -> Value {
    let text = source.get(span.range()).unwrap_or_default();
    let mut parser = Parser::new(text, Some(scope));
    let expression = parser.lone_expression();
    if parser.into_errors().is_empty() {
        expression.value
    } else {
        Value::Unknown
    }
}

/// Reads a text as a template, as strings of JSON syntax are read where names are known.
#[must_use]
pub fn evaluate_template(text: &str, scope: &dyn Scope) -> Value {
    let mut parser = Parser::of_template(text.as_bytes(), scope);
    let value = parser.bare_template();
    if parser.into_errors().is_empty() {
        value
    } else {
        Value::Unknown
    }
}

#[cfg(test)]
mod tests;
