//! What can be wrong with the syntax of a CLI configuration file, and the client's words for it.
//!
//! Some of these words quote the file, where a token may stand: [`SyntaxError::foreign`] names what has to be masked.

use std::fmt;

use super::Form;
use super::Position;

/// Text taken from the file. `Debug` hides it, because it may be a token.
#[derive(Clone, PartialEq, Eq)]
pub struct Foreign(pub String);

impl fmt::Debug for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// One syntax error and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where it is. Known for JSON too, though the client does not always say it.
    pub position: Position,
    /// Which form the file is in: the client words positions differently.
    pub form: Form,
    /// What is wrong.
    pub kind: SyntaxErrorKind,
}

/// What is wrong with the syntax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyntaxErrorKind {
    /// A byte that is not UTF-8.
    IllegalUtf8,
    /// A NUL (native syntax; in JSON it ends the text).
    NulCharacter,
    /// U+E123 (native syntax only).
    ReservedCodePoint,
    /// A character that starts nothing. In JSON the client names the character, but not for bare words and `-`.
    IllegalChar(Option<char>),
    /// A single `/`.
    CommentSlash,
    /// `/*` without `*/`.
    CommentNotTerminated,
    /// `0x` without digits.
    IllegalHexadecimal,
    /// 8 or 9 in a number that starts with 0.
    IllegalOctal,
    /// A JSON number that starts with 0.
    LeadingZero,
    /// A single `<`.
    HeredocStart,
    /// A heredoc whose closing line is missing; with `<<-` that line needs at least one blank in front.
    HeredocNotTerminated,
    /// Something behind the name of a heredoc.
    HeredocAnchor,
    /// A heredoc without a name.
    HeredocNoAnchor,
    /// A string without its closing quote on the same line.
    LiteralNotTerminated,
    /// An escape that does not exist or lacks digits.
    IllegalEscape,
    /// An escape with digits as the last thing in a JSON file: the client crashes.
    EscapeAtEnd,
    /// `=` behind more than one key.
    NestedAssign,
    /// `=` without a key.
    NoKeys,
    /// Something else where a key is expected.
    KeyExpected {
        /// What is there.
        got: TokenKind,
    },
    /// `{` without a key.
    LabelExpected,
    /// Keys with neither `=` nor `{` behind them.
    ValueExpected {
        /// The keys as written, with blanks between.
        keys: Foreign,
    },
    /// Something behind `=` that starts no value, such as a bare word.
    UnknownToken {
        /// What is there.
        got: TokenKind,
        /// Its text.
        text: Foreign,
    },
    /// An object that is not closed.
    UnclosedObject {
        /// What stands in place of the brace.
        got: TokenKind,
    },
    /// Two list elements without a comma.
    ListSeparator {
        /// What stands in place of the comma.
        got: TokenKind,
    },
    /// Something that cannot be a list element.
    ListElement {
        /// What is there.
        got: TokenKind,
    },
    /// An error inside an object or a list within a list.
    Nested {
        /// Which of the two.
        what: InList,
        /// The error.
        inner: Box<SyntaxError>,
    },
    /// Something else where JSON needs a key.
    JsonKeyExpected {
        /// What is there.
        got: TokenKind,
    },
    /// Something behind a JSON colon that starts no value.
    JsonUnknownToken {
        /// What is there.
        got: TokenKind,
        /// Its text.
        text: Foreign,
    },
    /// Nested deeper than [`super::MAX_DEPTH`]: this reader's limit, not the client's.
    TooDeep,
    /// So many keys after flattening that reading on is not safe: this reader's limit, not the client's.
    TooLarge,
}

/// What kind of list element holds an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InList {
    /// An object.
    Object,
    /// A list.
    List,
}

/// The kinds of tokens the client's messages speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A wrong character.
    Illegal,
    /// The end of the file.
    End,
    /// A bare word.
    Identifier,
    /// A whole number.
    Number,
    /// A fraction or exponent.
    Float,
    /// `true` or `false`.
    Bool,
    /// A quoted string.
    Text,
    /// A heredoc.
    Heredoc,
    /// JSON `null`.
    Null,
    /// `[`
    LeftBracket,
    /// `]`
    RightBracket,
    /// `{`
    LeftBrace,
    /// `}`
    RightBrace,
    /// `,`
    Comma,
    /// `.`
    Period,
    /// `:`
    Colon,
    /// `=`
    Assign,
    /// `+`
    Add,
    /// `-`
    Sub,
}

impl SyntaxError {
    /// The client's text, without `Error parsing FILE: `. Empty for this reader's own limits and for a crash.
    pub fn client_text(&self) -> String {
        let words = self.kind.words(self.position);
        match (self.form, self.kind.is_lexical()) {
            _ if words.is_empty() => words,
            (Form::Native, _) => format!("At {}: {words}", self.position),
            (Form::Json, true) => format!("{}: {words}", self.position),
            (Form::Json, false) => words,
        }
    }

    /// The innermost error, which is where to point.
    pub fn innermost(&self) -> &Self {
        let mut error = self;
        while let SyntaxErrorKind::Nested { inner, .. } = &error.kind {
            error = inner;
        }
        error
    }

    /// The text of the file that [`Self::client_text`] quotes: it may be a token.
    pub fn foreign(&self) -> Option<&str> {
        if let SyntaxErrorKind::ValueExpected { keys: text }
        | SyntaxErrorKind::UnknownToken { text, .. }
        | SyntaxErrorKind::JsonUnknownToken { text, .. } = &self.innermost().kind
        {
            return Some(&text.0);
        }
        None
    }

    /// Whether the client crashes instead of saying anything.
    pub fn crashes_client(&self) -> bool {
        self.innermost().kind == SyntaxErrorKind::EscapeAtEnd
    }

    /// Whether only this reader gives up, and the client reads on.
    pub fn is_own_limit(&self) -> bool {
        matches!(
            self.innermost().kind,
            SyntaxErrorKind::TooDeep | SyntaxErrorKind::TooLarge
        )
    }
}

impl SyntaxErrorKind {
    fn is_lexical(&self) -> bool {
        !self.lexical_words().is_empty() || matches!(self, Self::IllegalChar(Some(_)))
    }

    fn words(&self, position: Position) -> String {
        match self {
            Self::IllegalChar(Some(character)) => format!("illegal char: {character}"),
            Self::KeyExpected { got } => format!(
                "expected: IDENT | STRING | ASSIGN | LBRACE got: {}",
                got.name()
            ),
            Self::ValueExpected { keys } => {
                format!(
                    "key '{}' expected start of object ('{{') or assignment ('=')",
                    keys.0
                )
            }
            Self::UnknownToken { got, text } => {
                format!("Unknown token: {position} {} {}", got.name(), text.0)
            }
            Self::UnclosedObject { got } => {
                format!("object expected closing RBRACE got: {}", got.name())
            }
            Self::ListSeparator { got } => {
                format!(
                    "error parsing list, expected comma or list end, got: {}",
                    got.name()
                )
            }
            Self::ListElement { got } => {
                format!("unexpected token while parsing list: {}", got.name())
            }
            Self::Nested { what, inner } => {
                format!(
                    "error while trying to parse {} within list: {}",
                    what.name(),
                    inner.client_text()
                )
            }
            Self::JsonKeyExpected { got } => format!("expected: STRING got: {}", got.name()),
            Self::JsonUnknownToken { got, text } => {
                format!(
                    "Expected object value, got unknown token: {position} {} {}",
                    got.name(),
                    text.0
                )
            }
            Self::NestedAssign => "nested object expected: LBRACE got: ASSIGN".to_owned(),
            Self::NoKeys => "no object keys found!".to_owned(),
            Self::LabelExpected => "expected: IDENT | STRING got: LBRACE".to_owned(),
            Self::IllegalUtf8
            | Self::NulCharacter
            | Self::ReservedCodePoint
            | Self::IllegalChar(None)
            | Self::CommentSlash
            | Self::CommentNotTerminated
            | Self::IllegalHexadecimal
            | Self::IllegalOctal
            | Self::LeadingZero
            | Self::HeredocStart
            | Self::HeredocNotTerminated
            | Self::HeredocAnchor
            | Self::HeredocNoAnchor
            | Self::LiteralNotTerminated
            | Self::IllegalEscape
            | Self::EscapeAtEnd
            | Self::TooDeep
            | Self::TooLarge => self.lexical_words().to_owned(),
        }
    }

    fn lexical_words(&self) -> &'static str {
        match self {
            Self::IllegalUtf8 => "illegal UTF-8 encoding",
            Self::NulCharacter => "unexpected null character (0x00)",
            Self::ReservedCodePoint => "unicode code point U+E123 reserved for internal use",
            Self::IllegalChar(None) => "illegal char",
            Self::CommentSlash => "expected '/' for comment",
            Self::CommentNotTerminated => "comment not terminated",
            Self::IllegalHexadecimal => "illegal hexadecimal number",
            Self::IllegalOctal => "illegal octal number",
            Self::LeadingZero => "numbers cannot start with 0",
            Self::HeredocStart => "heredoc expected second '<', didn't see it",
            Self::HeredocNotTerminated => "heredoc not terminated",
            Self::HeredocAnchor => "invalid characters in heredoc anchor",
            Self::HeredocNoAnchor => "zero-length heredoc anchor",
            Self::LiteralNotTerminated => "literal not terminated",
            Self::IllegalEscape => "illegal char escape",
            Self::IllegalChar(Some(_))
            | Self::EscapeAtEnd
            | Self::NestedAssign
            | Self::NoKeys
            | Self::KeyExpected { .. }
            | Self::LabelExpected
            | Self::ValueExpected { .. }
            | Self::UnknownToken { .. }
            | Self::UnclosedObject { .. }
            | Self::ListSeparator { .. }
            | Self::ListElement { .. }
            | Self::Nested { .. }
            | Self::JsonKeyExpected { .. }
            | Self::JsonUnknownToken { .. }
            | Self::TooDeep
            | Self::TooLarge => "",
        }
    }
}

impl InList {
    fn name(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::List => "list",
        }
    }
}

impl TokenKind {
    /// The client's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Illegal => "ILLEGAL",
            Self::End => "EOF",
            Self::Identifier => "IDENT",
            Self::Number => "NUMBER",
            Self::Float => "FLOAT",
            Self::Bool => "BOOL",
            Self::Text => "STRING",
            Self::Heredoc => "HEREDOC",
            Self::Null => "NULL",
            Self::LeftBracket => "LBRACK",
            Self::RightBracket => "RBRACK",
            Self::LeftBrace => "LBRACE",
            Self::RightBrace => "RBRACE",
            Self::Comma => "COMMA",
            Self::Period => "PERIOD",
            Self::Colon => "COLON",
            Self::Assign => "ASSIGN",
            Self::Add => "ADD",
            Self::Sub => "SUB",
        }
    }
}
