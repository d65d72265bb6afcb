//! The place of a parser in its tokens, and how it finds its way after an error. Never decides what is an error.

use super::fault::{SyntaxError, SyntaxFault};
use super::scanner::{scan, scan_template};
use super::token::{Token, TokenKind};
use super::{MAX_DEPTH, Reference, Scope, Span};

const MAX_ERRORS: usize = 32;
const EARLY_DEPTH: usize = 16;

/// A parser over the tokens of one file.
pub(super) struct Parser<'a> {
    pub(super) source: &'a [u8],
    tokens: Vec<Token>,
    next: usize,
    /// Whether line ends count, innermost construct last.
    newlines: Vec<bool>,
    /// Set by the first recovery and never cleared: the client keeps quiet about many things from there on.
    pub(super) recovering: bool,
    errors: Vec<SyntaxError>,
    /// All errors, also those beyond the limit of `errors`.
    pub(super) error_count: usize,
    depth: usize,
    /// Variables of the `for` expressions around this place.
    pub(super) loop_names: Vec<&'a [u8]>,
    pub(super) references: Vec<Reference>,
    pub(super) calls: bool,
    pub(super) scope: Option<&'a dyn Scope>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(source: &'a [u8], scope: Option<&'a dyn Scope>) -> Self {
        Self::with_tokens(source, scan(source), scope)
    }

    pub(super) fn of_template(source: &'a [u8], scope: &'a dyn Scope) -> Self {
        Self::with_tokens(source, scan_template(source), Some(scope))
    }

    fn with_tokens(source: &'a [u8], tokens: Vec<Token>, scope: Option<&'a dyn Scope>) -> Self {
        Self {
            source,
            tokens,
            next: 0,
            newlines: vec![true],
            recovering: false,
            errors: Vec::new(),
            error_count: 0,
            // Values of locals are parsed inside each other: each of them may use only part of the stack.
            depth: if scope.is_some() {
                MAX_DEPTH - EARLY_DEPTH
            } else {
                0
            },
            loop_names: Vec::new(),
            references: Vec::new(),
            calls: false,
            scope,
        }
    }

    pub(super) fn into_errors(self) -> Vec<SyntaxError> {
        self.errors
    }

    pub(super) fn peek(&self) -> Token {
        self.find().0
    }

    pub(super) fn peek_kind(&self) -> TokenKind {
        self.find().0.kind
    }

    pub(super) fn read(&mut self) -> Token {
        let (token, next) = self.find();
        self.next = next;
        token
    }

    /// A place to come back to.
    pub(super) fn mark(&self) -> usize {
        self.next
    }

    pub(super) fn reset(&mut self, mark: usize) {
        self.next = mark;
    }

    /// The token read last.
    pub(super) fn previous(&self) -> Token {
        self.next
            .checked_sub(1)
            .and_then(|index| self.tokens.get(index))
            .or_else(|| self.tokens.last())
            .copied()
            .unwrap_or(END)
    }

    /// The next token that counts, and the index behind it. A comment up to the line end counts as that line end.
    fn find(&self) -> (Token, usize) {
        let newlines = self.newlines.last().copied().unwrap_or(true);
        let mut index = self.next;
        while let Some(&token) = self.tokens.get(index) {
            index += 1;
            match token.kind {
                TokenKind::Comment if newlines && self.bytes(token).ends_with(b"\n") => {
                    return (
                        Token {
                            kind: TokenKind::Newline,
                            ..token
                        },
                        index,
                    );
                }
                TokenKind::Comment => {}
                TokenKind::Newline if !newlines => {}
                _ => return (token, index),
            }
        }
        (
            self.tokens.last().copied().unwrap_or(END),
            self.tokens.len(),
        )
    }

    pub(super) fn bytes(&self, token: Token) -> &'a [u8] {
        self.source
            .get(token.start as usize..token.end as usize)
            .unwrap_or_default()
    }

    pub(super) fn text(&self, token: Token) -> String {
        String::from_utf8_lossy(self.bytes(token)).into_owned()
    }

    /// Runs `part` with line ends counting or not.
    pub(super) fn with_newlines<T>(&mut self, count: bool, part: impl FnOnce(&mut Self) -> T) -> T {
        self.newlines.push(count);
        let result = part(self);
        self.newlines.pop();
        result
    }

    /// Runs `part` one level deeper; `None` if that is too deep.
    pub(super) fn deeper<T>(&mut self, part: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let result = part(self);
        self.depth -= 1;
        Some(result)
    }

    pub(super) fn fault(&mut self, fault: SyntaxFault, token: Token) {
        self.error_count += 1;
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(SyntaxError {
                fault,
                span: span(token),
            });
        }
    }

    /// Whether a part that began when there were `before` errors left the parser at an odd place.
    pub(super) fn lost(&self, before: usize) -> bool {
        self.recovering && self.error_count > before
    }

    /// Notes every token that the language never uses.
    pub(super) fn check_tokens(&mut self) {
        let odd = |token: &Token| match token.kind {
            TokenKind::Bitwise => Some(SyntaxFault::Operator),
            TokenKind::Backtick
            | TokenKind::Apostrophe
            | TokenKind::Semicolon
            | TokenKind::Invalid => Some(SyntaxFault::Character),
            TokenKind::BadUtf8 => Some(SyntaxFault::Encoding),
            TokenKind::QuotedNewline => Some(SyntaxFault::MultiLineString),
            _ => None,
        };
        let found: Vec<_> = self
            .tokens
            .iter()
            .filter_map(|token| Some((odd(token)?, *token)))
            .take(MAX_ERRORS / 2)
            .collect();
        for (fault, token) in found {
            self.fault(fault, token);
        }
    }

    /// Reads up to and including the `end` that belongs to the current bracket.
    pub(super) fn recover(&mut self, end: TokenKind) -> Token {
        self.recovering = true;
        self.pass_over(end)
    }

    /// The same without the memory of an error.
    pub(super) fn pass_over(&mut self, end: TokenKind) -> Token {
        let start = end.opener();
        let mut nested = 0_usize;
        loop {
            let token = self.read();
            let directive = end == TokenKind::SequenceEnd && token.kind == TokenKind::Directive;
            if Some(token.kind) == start || directive {
                nested += 1;
            } else if token.kind == TokenKind::End {
                return token;
            } else if token.kind == end {
                if nested == 0 {
                    return token;
                }
                nested -= 1;
            }
        }
    }

    /// Reads up to the end of the next parentheses.
    pub(super) fn recover_over_parentheses(&mut self) {
        while !matches!(
            self.read().kind,
            TokenKind::OpenParenthesis | TokenKind::End
        ) {}
        self.recover(TokenKind::CloseParenthesis);
    }

    /// Reads up to the line end behind the current item.
    pub(super) fn recover_after_item(&mut self) {
        self.recovering = true;
        let mut open: Vec<TokenKind> = Vec::new();
        loop {
            let kind = self.read().kind;
            match kind {
                TokenKind::End => return,
                TokenKind::Newline if open.is_empty() => return,
                _ if kind.opens() => open.push(kind),
                _ => {
                    let Some(opener) = kind.opener() else {
                        continue;
                    };
                    let answers = |last: &TokenKind| {
                        *last == opener
                            || (opener == TokenKind::Interpolation && *last == TokenKind::Directive)
                    };
                    while open.last().is_some_and(|last| !answers(last)) {
                        open.pop();
                    }
                    open.pop();
                }
            }
        }
    }

    /// Reads an expression that nests too deep without looking at it.
    pub(super) fn pass_over_expression(&mut self) {
        let mut nested = 0_usize;
        loop {
            let kind = self.peek_kind();
            match kind {
                TokenKind::End => return,
                TokenKind::Newline
                | TokenKind::Comma
                | TokenKind::Colon
                | TokenKind::Equal
                | TokenKind::FatArrow
                | TokenKind::Ellipsis
                    if nested == 0 =>
                {
                    return;
                }
                _ if kind.opens() => nested += 1,
                _ if kind.opener().is_some() => match nested.checked_sub(1) {
                    Some(left) => nested = left,
                    None => return,
                },
                _ => {}
            }
            self.read();
        }
    }
}

const END: Token = Token {
    kind: TokenKind::End,
    start: 0,
    end: 0,
    line: 1,
    column: 1,
};

/// The place of a token.
pub(super) fn span(token: Token) -> Span {
    Span {
        start: token.start as usize,
        end: token.end as usize,
        line: token.line,
        column: token.column,
    }
}
