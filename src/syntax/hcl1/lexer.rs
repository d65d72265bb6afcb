//! Cuts a file into tokens, native syntax and JSON; comments are left out.
//!
//! It never stops at a wrong character: it records it and goes on, and the parser asks at the end.

use super::Form;
use super::Position;
use super::SyntaxErrorKind;
use super::TokenKind;
use super::cursor::Cursor;
use super::cursor::is_digit;
use super::cursor::is_letter;

/// One token: what it is, its bytes, and where it starts.
#[derive(Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) kind: TokenKind,
    pub(super) text: &'a [u8],
    pub(super) position: Position,
}

/// The tokens of one file.
pub(super) struct Lexer<'a> {
    cursor: Cursor<'a>,
    form: Form,
}

impl<'a> Lexer<'a> {
    /// A lexer at the start of `bytes`.
    pub(super) fn new(bytes: &'a [u8], form: Form) -> Self {
        Self {
            cursor: Cursor::new(bytes, form),
            form,
        }
    }

    /// The next token; the end is returned as often as asked for.
    pub(super) fn next(&mut self) -> Token<'a> {
        loop {
            let (first, start) = self.cursor.next_visible();
            let position = self.cursor.position();
            let kind = match self.form {
                Form::Native => self.native(first, start),
                Form::Json => Some(self.json(first, start)),
            };
            if let Some(kind) = kind {
                return Token {
                    kind,
                    text: self.cursor.since(start),
                    position,
                };
            }
        }
    }

    /// The last wrong character met so far.
    pub(super) fn error(&self) -> Option<(Position, SyntaxErrorKind)> {
        self.cursor.error.clone()
    }

    /// The place of the next visible character, if there is one.
    pub(super) fn rest(&mut self) -> Option<Position> {
        let (character, _) = self.cursor.next_visible();
        character.map(|_| self.cursor.position())
    }

    fn native(&mut self, first: Option<char>, start: usize) -> Option<TokenKind> {
        let Some(first) = first else {
            return Some(TokenKind::End);
        };
        Some(match first {
            letter if is_letter(letter) => {
                self.cursor.identifier();
                word(self.cursor.since(start)).unwrap_or(TokenKind::Identifier)
            }
            '0'..='9' => self.number(first),
            '"' => {
                self.cursor.text();
                TokenKind::Text
            }
            '#' | '/' => {
                self.comment(first);
                return None;
            }
            '<' => {
                self.heredoc();
                TokenKind::Heredoc
            }
            '=' => TokenKind::Assign,
            '+' => TokenKind::Add,
            '-' => self.minus().unwrap_or(TokenKind::Sub),
            other => self.punctuation(other).unwrap_or_else(|| {
                self.cursor.fail(SyntaxErrorKind::IllegalChar(None));
                TokenKind::Illegal
            }),
        })
    }

    fn json(&mut self, first: Option<char>, start: usize) -> TokenKind {
        let Some(first) = first else {
            return TokenKind::End;
        };
        let found = match first {
            letter if is_letter(letter) => {
                self.cursor.identifier();
                match self.cursor.since(start) {
                    b"null" => Some(TokenKind::Null),
                    other => word(other),
                }
            }
            '0'..='9' => Some(self.number(first)),
            '"' => {
                self.cursor.text();
                Some(TokenKind::Text)
            }
            ':' => Some(TokenKind::Colon),
            '-' => self.minus(),
            other => {
                let found = self.punctuation(other);
                if found.is_none() {
                    self.cursor.fail(SyntaxErrorKind::IllegalChar(Some(other)));
                    return TokenKind::Illegal;
                }
                found
            }
        };
        found.unwrap_or_else(|| {
            self.cursor.fail(SyntaxErrorKind::IllegalChar(None));
            TokenKind::Illegal
        })
    }

    fn punctuation(&mut self, first: char) -> Option<TokenKind> {
        match first {
            '[' => Some(TokenKind::LeftBracket),
            ']' => Some(TokenKind::RightBracket),
            '{' => Some(TokenKind::LeftBrace),
            '}' => Some(TokenKind::RightBrace),
            ',' => Some(TokenKind::Comma),
            '.' => Some(self.period()),
            _ => None,
        }
    }

    fn period(&mut self) -> TokenKind {
        let next = self.cursor.peek();
        if !next.is_some_and(|digit| digit.is_ascii_digit()) {
            return TokenKind::Period;
        }
        let behind = self.cursor.decimals(next);
        self.cursor.exponent(behind);
        TokenKind::Float
    }

    fn minus(&mut self) -> Option<TokenKind> {
        if !self
            .cursor
            .peek()
            .is_some_and(|digit| digit.is_ascii_digit())
        {
            return None;
        }
        let first = self.cursor.next()?;
        Some(self.number(first))
    }

    fn number(&mut self, first: char) -> TokenKind {
        match (first, self.form) {
            ('0', Form::Native) => self.number_with_prefix(),
            _ => self.plain_number(first),
        }
    }

    fn plain_number(&mut self, first: char) -> TokenKind {
        let start = self.cursor.offset();
        self.cursor.decimals(Some(first));
        let behind = self.cursor.next();
        if self.cursor.fraction(behind) {
            return TokenKind::Float;
        }
        if behind.is_some() {
            self.cursor.unread();
        }
        // At the end of the text the client's position has moved, so there even a lone 0 is refused.
        let alone = behind.is_some() && self.cursor.offset() == start;
        if first == '0' && self.form == Form::Json && !alone {
            self.cursor.fail(SyntaxErrorKind::LeadingZero);
        }
        TokenKind::Number
    }

    fn number_with_prefix(&mut self) -> TokenKind {
        let mut character = self.cursor.next();
        if matches!(character, Some('x' | 'X')) {
            return self.hexadecimal();
        }
        let mut illegal = false;
        while character.is_some_and(|digit| digit.is_ascii_digit()) {
            character = self.cursor.next();
            illegal |= matches!(character, Some('8' | '9'));
        }
        if self.cursor.fraction(character) {
            return TokenKind::Float;
        }
        if illegal {
            self.cursor.fail(SyntaxErrorKind::IllegalOctal);
        }
        if character.is_some() {
            self.cursor.unread();
        }
        TokenKind::Number
    }

    fn hexadecimal(&mut self) -> TokenKind {
        let mut character = self.cursor.next();
        let mut found = false;
        while character.is_some_and(|digit| digit.is_ascii_hexdigit()) {
            character = self.cursor.next();
            found = true;
        }
        if !found {
            self.cursor.fail(SyntaxErrorKind::IllegalHexadecimal);
        }
        if character.is_some() {
            self.cursor.unread();
        }
        TokenKind::Number
    }

    fn comment(&mut self, first: char) {
        match (first, self.cursor.peek()) {
            ('/', Some('*')) => self.block_comment(),
            ('/', next) if next != Some('/') => self.cursor.fail(SyntaxErrorKind::CommentSlash),
            _ => loop {
                match self.cursor.next() {
                    Some('\n') => return self.cursor.unread(),
                    Some(_) => {}
                    None => return,
                }
            },
        }
    }

    fn block_comment(&mut self) {
        self.cursor.next();
        let mut character = self.cursor.next();
        loop {
            let Some(previous) = character else {
                return self.cursor.fail(SyntaxErrorKind::CommentNotTerminated);
            };
            character = self.cursor.next();
            if previous == '*' && character == Some('/') {
                return;
            }
        }
    }

    fn heredoc(&mut self) {
        if self.cursor.next() != Some('<') {
            return self.cursor.fail(SyntaxErrorKind::HeredocStart);
        }
        let start = self.cursor.offset();
        let mut character = self.cursor.next();
        if character == Some('-') {
            character = self.cursor.next();
        }
        while character.is_some_and(|letter| is_letter(letter) || is_digit(letter)) {
            character = self.cursor.next();
        }
        match character {
            None => return self.cursor.fail(SyntaxErrorKind::HeredocNotTerminated),
            Some('\n') => {}
            Some(_) => return self.cursor.fail(SyntaxErrorKind::HeredocAnchor),
        }
        let written = self.cursor.since(start);
        let anchor = written.strip_suffix(b"\n").unwrap_or(written);
        if matches!(anchor, b"" | b"-") {
            return self.cursor.fail(SyntaxErrorKind::HeredocNoAnchor);
        }
        self.heredoc_lines(anchor);
    }

    fn heredoc_lines(&mut self, anchor: &[u8]) {
        let mut start = self.cursor.offset();
        loop {
            match self.cursor.next() {
                None => return self.cursor.fail(SyntaxErrorKind::HeredocNotTerminated),
                Some('\n') if closes(self.cursor.since(start), anchor) => return,
                Some('\n') => start = self.cursor.offset(),
                Some(_) => {}
            }
        }
    }
}

fn word(text: &[u8]) -> Option<TokenKind> {
    matches!(text, b"true" | b"false").then_some(TokenKind::Bool)
}

/// Whether a line, its line feed included, closes a heredoc.
///
/// The length of the anchor counts with its `-`, so that `<<-EOF` is not closed by an `EOF` at the margin.
fn closes(line: &[u8], anchor: &[u8]) -> bool {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    if line.len() < anchor.len() {
        return false;
    }
    let name = anchor.strip_prefix(b"-").unwrap_or(anchor);
    let blanks = line
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'..=b'\r'))
        .count();
    let mut rest = line.get(blanks..).unwrap_or_default();
    while let Some(shorter) = rest.strip_suffix(b"\r") {
        rest = shorter;
    }
    rest == name
}
