//! Tokens of the configuration language. Never holds text: a token is a range of the file it came from.

/// What a token is; the names follow the symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    OpenParenthesis,
    CloseParenthesis,
    OpenQuote,
    CloseQuote,
    OpenHeredoc,
    CloseHeredoc,
    /// `${` or `${~`.
    Interpolation,
    /// `%{` or `%{~`.
    Directive,
    /// The `}` or `~}` of the two above.
    SequenceEnd,
    QuotedText,
    HeredocText,
    Number,
    Identifier,
    Comment,
    Newline,
    QuotedNewline,
    Dot,
    Comma,
    Colon,
    DoubleColon,
    Ellipsis,
    FatArrow,
    Question,
    Equal,
    EqualTo,
    NotEqualTo,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Bang,
    Bitwise,
    Backtick,
    Apostrophe,
    Semicolon,
    Invalid,
    BadUtf8,
    End,
}

/// A token: its kind, its bytes, and where it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) line: u32,
    pub(super) column: u32,
}

impl TokenKind {
    /// The opening kind that a closing kind answers.
    pub(super) fn opener(self) -> Option<Self> {
        match self {
            Self::CloseBrace => Some(Self::OpenBrace),
            Self::CloseBracket => Some(Self::OpenBracket),
            Self::CloseParenthesis => Some(Self::OpenParenthesis),
            Self::CloseQuote => Some(Self::OpenQuote),
            Self::CloseHeredoc => Some(Self::OpenHeredoc),
            Self::SequenceEnd => Some(Self::Interpolation),
            _ => None,
        }
    }

    /// Whether the kind opens something that must be closed.
    pub(super) fn opens(self) -> bool {
        matches!(
            self,
            Self::OpenBrace
                | Self::OpenBracket
                | Self::OpenParenthesis
                | Self::OpenQuote
                | Self::OpenHeredoc
                | Self::Interpolation
                | Self::Directive
        )
    }

    /// How strongly a binary operator binds, weakest first.
    pub(super) fn binding(self) -> Option<u8> {
        match self {
            Self::Or => Some(0),
            Self::And => Some(1),
            Self::EqualTo | Self::NotEqualTo => Some(2),
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => Some(3),
            Self::Plus | Self::Minus => Some(4),
            Self::Star | Self::Slash | Self::Percent => Some(5),
            _ => None,
        }
    }
}
