//! Splits a file into tokens in one pass. Never fails: what no token can begin with becomes an `Invalid` token.
//!
//! Surprises: bytes that are no UTF-8 are harmless in comments; a heredoc ends only at its marker followed by a line end;
//! `$` and `%` are ordinary text unless a brace follows; a block comment without end is a slash and a star.

use super::token::{Token, TokenKind};

/// The tokens of `bytes`, the last of them `End`.
pub(super) fn scan(bytes: &[u8]) -> Vec<Token> {
    let mut scanner = Scanner::new(bytes);
    scanner.run();
    scanner.tokens
}

/// The tokens of a bare template, in which everything outside `${…}` and `%{…}` is text.
pub(super) fn scan_template(bytes: &[u8]) -> Vec<Token> {
    let mut scanner = Scanner::new(bytes);
    scanner.modes.push(Mode::Heredoc {
        marker: (0, 0),
        line_start: false,
    });
    scanner.run();
    scanner.tokens
}

/// Whether `text` is one identifier, as names of calls, variables and resources must be.
#[must_use]
pub fn is_identifier(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(starts_identifier) && characters.all(continues_identifier)
}

#[derive(Clone, Copy)]
enum Mode {
    Main,
    Quoted,
    Heredoc {
        marker: (usize, usize),
        line_start: bool,
    },
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    modes: Vec<Mode>,
    braces: i64,
    /// Brace levels at which a closing brace ends a template sequence.
    returns: Vec<i64>,
    /// No `*/` follows; said once, so that a file of `/*` stays linear.
    endless_comment: bool,
    tokens: Vec<Token>,
    counted: usize,
    line: u32,
    column: u32,
}

impl<'a> Scanner<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let at = if bytes.starts_with(b"\xef\xbb\xbf") {
            3
        } else {
            0
        };
        Self {
            bytes,
            at,
            modes: vec![Mode::Main],
            braces: 0,
            returns: Vec::new(),
            endless_comment: false,
            tokens: Vec::new(),
            counted: at,
            line: 1,
            column: 1,
        }
    }

    fn run(&mut self) {
        while self.at < self.bytes.len() {
            match self.modes.last().copied().unwrap_or(Mode::Main) {
                Mode::Main => self.main(),
                Mode::Quoted => self.quoted(),
                Mode::Heredoc { marker, line_start } => self.heredoc(marker, line_start),
            }
        }
        self.emit(TokenKind::End, 0);
    }

    fn main(&mut self) {
        let Some(byte) = self.peek(0) else { return };
        match (byte, self.peek(1)) {
            (b' ' | b'\t', _) => self.at += 1,
            (b'0'..=b'9', _) => self.number(),
            (b'\r', Some(b'\n')) => self.emit(TokenKind::Newline, 2),
            (b'#', _) | (b'/', Some(b'/')) => self.line_comment(),
            (b'/', Some(b'*')) => self.block_comment(),
            (b'"', _) => {
                self.emit(TokenKind::OpenQuote, 1);
                self.modes.push(Mode::Quoted);
            }
            (b'<', Some(b'<')) => self.heredoc_start(),
            (b'{', _) => {
                self.emit(TokenKind::OpenBrace, 1);
                self.braces += 1;
            }
            (b'}', _) => self.close_brace(1),
            (b'~', Some(b'}')) => self.close_brace(2),
            _ => self.symbol_or_word(byte),
        }
    }

    fn symbol_or_word(&mut self, byte: u8) {
        if let Some((kind, length)) = symbol(byte, self.peek(1), self.peek(2)) {
            return self.emit(kind, length);
        }
        let word = self.word_length(self.at);
        if word > 0 {
            return self.emit(TokenKind::Identifier, word);
        }
        self.odd_character();
    }

    fn odd_character(&mut self) {
        match self.character_length(self.at) {
            Some(length) => self.emit(TokenKind::Invalid, length),
            None => self.emit(TokenKind::BadUtf8, 1),
        }
    }

    fn number(&mut self) {
        let mut length = 1;
        loop {
            match (
                self.peek(length),
                self.peek(length + 1),
                self.peek(length + 2),
            ) {
                (Some(b'0'..=b'9' | b'.'), _, _) => length += 1,
                (Some(b'e' | b'E'), Some(b'0'..=b'9'), _) => length += 2,
                (Some(b'e' | b'E'), Some(b'+' | b'-'), Some(b'0'..=b'9')) => length += 3,
                _ => break,
            }
        }
        while length > 1 && self.peek(length - 1) == Some(b'.') {
            length -= 1;
        }
        self.emit(TokenKind::Number, length);
    }

    fn line_comment(&mut self) {
        let length = self
            .rest()
            .iter()
            .position(|&byte| byte == b'\n')
            .map_or(self.rest().len(), |at| at + 1);
        self.emit(TokenKind::Comment, length);
    }

    fn block_comment(&mut self) {
        let body = self.bytes.get(self.at + 2..).unwrap_or_default();
        let end = if self.endless_comment {
            None
        } else {
            body.windows(2).position(|pair| pair == b"*/")
        };
        if let Some(end) = end {
            self.emit(TokenKind::Comment, end + 4);
        } else {
            self.endless_comment = true;
            self.emit(TokenKind::Slash, 1);
        }
    }

    fn heredoc_start(&mut self) {
        let marker = self.at + 2 + usize::from(self.peek(2) == Some(b'-'));
        let end = marker + self.word_length(marker);
        let line_end = match (self.bytes.get(end), self.bytes.get(end + 1)) {
            (Some(b'\n'), _) => 1,
            (Some(b'\r'), Some(b'\n')) => 2,
            _ => 0,
        };
        if end == marker || line_end == 0 {
            return self.emit(TokenKind::Less, 1);
        }
        self.emit(TokenKind::OpenHeredoc, end + line_end - self.at);
        self.modes.push(Mode::Heredoc {
            marker: (marker, end),
            line_start: true,
        });
    }

    fn close_brace(&mut self, length: usize) {
        if self.returns.last() == Some(&self.braces) {
            self.returns.pop();
            self.modes.pop();
            self.emit(TokenKind::SequenceEnd, length);
        } else if length == 1 {
            self.emit(TokenKind::CloseBrace, 1);
        } else {
            self.emit(TokenKind::SequenceEnd, length);
        }
        self.braces -= 1;
    }

    fn quoted(&mut self) {
        match (self.peek(0), self.peek(1)) {
            (Some(b'"'), _) => {
                self.modes.pop();
                self.emit(TokenKind::CloseQuote, 1);
            }
            (Some(b'\n' | b'\r'), _) => {
                let length = self
                    .rest()
                    .iter()
                    .take_while(|&&byte| byte == b'\n' || byte == b'\r')
                    .count();
                self.emit(TokenKind::QuotedNewline, length);
            }
            (Some(sign @ (b'$' | b'%')), _) => self.sign(sign, TokenKind::QuotedText),
            _ => self.quoted_text(),
        }
    }

    fn quoted_text(&mut self) {
        let mut end = self.at;
        loop {
            match self.bytes.get(end) {
                Some(b'\\') => match self.text_character(end + 1) {
                    Some(length) => end += 1 + length,
                    None => break,
                },
                Some(b'$' | b'%' | b'"') | None => break,
                Some(_) => match self.text_character(end) {
                    Some(length) => end += length,
                    None => break,
                },
            }
        }
        if end > self.at {
            self.emit(TokenKind::QuotedText, end - self.at);
        } else {
            self.odd_character();
        }
    }

    fn heredoc(&mut self, marker: (usize, usize), line_start: bool) {
        if let Some(sign @ (b'$' | b'%')) = self.peek(0) {
            self.set_line_start(false);
            return self.sign(sign, TokenKind::HeredocText);
        }
        let mut end = self.at;
        while !matches!(self.bytes.get(end), Some(b'$' | b'%') | None) {
            match self.text_character(end) {
                Some(length) => end += length,
                None => break,
            }
        }
        let line_end = match (self.bytes.get(end), self.bytes.get(end + 1)) {
            (Some(b'\n'), _) => 1,
            (Some(b'\r'), Some(b'\n')) => 2,
            _ => 0,
        };
        if line_end > 0 {
            return self.heredoc_line(marker, line_start, (end, line_end));
        }
        if end > self.at {
            self.set_line_start(false);
            return self.emit(TokenKind::HeredocText, end - self.at);
        }
        if self.peek(0) == Some(b'\r') {
            return self.emit(TokenKind::Invalid, self.rest().len());
        }
        self.odd_character();
    }

    fn heredoc_line(
        &mut self,
        marker: (usize, usize),
        line_start: bool,
        (end, line_end): (usize, usize),
    ) {
        let line = self.bytes.get(self.at..end).unwrap_or_default();
        let wanted = self.bytes.get(marker.0..marker.1).unwrap_or_default();
        if line_start && !wanted.is_empty() && trim_space(line) == wanted {
            self.modes.pop();
            self.emit(TokenKind::CloseHeredoc, end - self.at);
            return self.emit(TokenKind::Newline, line_end);
        }
        self.set_line_start(true);
        self.emit(TokenKind::HeredocText, end + line_end - self.at);
    }

    /// A `$` or `%` inside a template: a sequence, an escaped sequence, or itself.
    fn sign(&mut self, sign: u8, text: TokenKind) {
        match (self.peek(1), self.peek(2)) {
            (Some(b'{'), trim) => {
                let kind = if sign == b'$' {
                    TokenKind::Interpolation
                } else {
                    TokenKind::Directive
                };
                self.emit(kind, 2 + usize::from(trim == Some(b'~')));
                self.braces += 1;
                self.returns.push(self.braces);
                self.modes.push(Mode::Main);
            }
            (Some(second), Some(b'{')) if second == sign => {
                self.emit(text, 3 + usize::from(self.peek(3) == Some(b'~')));
            }
            (Some(_), _) => self.emit(text, 1),
            (None, _) => self.emit(TokenKind::Invalid, 1),
        }
    }

    fn set_line_start(&mut self, at_start: bool) {
        if let Some(Mode::Heredoc { line_start, .. }) = self.modes.last_mut() {
            *line_start = at_start;
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// The length of a character that may stand in template text.
    fn text_character(&self, at: usize) -> Option<usize> {
        match self.bytes.get(at) {
            Some(b'\n' | b'\r') => None,
            _ => self.character_length(at),
        }
    }

    /// The length of a character by its shape; the client does not look for surrogates or overlong forms either.
    fn character_length(&self, at: usize) -> Option<usize> {
        let length = match self.bytes.get(at)? {
            0x00..=0x7f => 1,
            0xc0..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf7 => 4,
            _ => return None,
        };
        let tail = self.bytes.get(at + 1..at + length)?;
        tail.iter()
            .all(|byte| byte & 0xc0 == 0x80)
            .then_some(length)
    }

    fn word_length(&self, start: usize) -> usize {
        let mut end = start;
        while let Some(length) = self.character_length(end) {
            let Some(character) = self
                .bytes
                .get(end..end + length)
                .and_then(|raw| std::str::from_utf8(raw).ok()?.chars().next())
            else {
                break;
            };
            let fits = if end == start {
                starts_identifier(character)
            } else {
                continues_identifier(character)
            };
            if !fits {
                break;
            }
            end += length;
        }
        end - start
    }

    fn emit(&mut self, kind: TokenKind, length: usize) {
        for &byte in self.bytes.get(self.counted..self.at).unwrap_or_default() {
            if byte == b'\n' {
                self.line += 1;
                self.column = 1;
            } else if byte & 0xc0 != 0x80 {
                self.column += 1;
            }
        }
        self.counted = self.at;
        let end = self.at + length;
        self.tokens.push(Token {
            kind,
            start: small(self.at),
            end: small(end),
            line: self.line,
            column: self.column,
        });
        self.at = end;
    }
}

fn symbol(byte: u8, second: Option<u8>, third: Option<u8>) -> Option<(TokenKind, usize)> {
    let kind = match (byte, second, third) {
        (b'=', Some(b'='), _) => return Some((TokenKind::EqualTo, 2)),
        (b'=', Some(b'>'), _) => return Some((TokenKind::FatArrow, 2)),
        (b'!', Some(b'='), _) => return Some((TokenKind::NotEqualTo, 2)),
        (b'>', Some(b'='), _) => return Some((TokenKind::GreaterOrEqual, 2)),
        (b'<', Some(b'='), _) => return Some((TokenKind::LessOrEqual, 2)),
        (b'&', Some(b'&'), _) => return Some((TokenKind::And, 2)),
        (b'|', Some(b'|'), _) => return Some((TokenKind::Or, 2)),
        (b':', Some(b':'), _) => return Some((TokenKind::DoubleColon, 2)),
        (b'.', Some(b'.'), Some(b'.')) => return Some((TokenKind::Ellipsis, 3)),
        (b'\n', ..) => TokenKind::Newline,
        (b'[', ..) => TokenKind::OpenBracket,
        (b']', ..) => TokenKind::CloseBracket,
        (b'(', ..) => TokenKind::OpenParenthesis,
        (b')', ..) => TokenKind::CloseParenthesis,
        (b'.', ..) => TokenKind::Dot,
        (b',', ..) => TokenKind::Comma,
        (b':', ..) => TokenKind::Colon,
        (b'?', ..) => TokenKind::Question,
        (b'=', ..) => TokenKind::Equal,
        (b'<', ..) => TokenKind::Less,
        (b'>', ..) => TokenKind::Greater,
        (b'+', ..) => TokenKind::Plus,
        (b'-', ..) => TokenKind::Minus,
        (b'*', ..) => TokenKind::Star,
        (b'/', ..) => TokenKind::Slash,
        (b'%', ..) => TokenKind::Percent,
        (b'!', ..) => TokenKind::Bang,
        (b'&' | b'|' | b'^' | b'~', ..) => TokenKind::Bitwise,
        (b'`', ..) => TokenKind::Backtick,
        (b'\'', ..) => TokenKind::Apostrophe,
        (b';', ..) => TokenKind::Semicolon,
        _ => return None,
    };
    Some((kind, 1))
}

fn starts_identifier(character: char) -> bool {
    character == '_' || character.is_alphabetic()
}

fn continues_identifier(character: char) -> bool {
    matches!(character, '_' | '-' | '\u{b7}' | '\u{300}'..='\u{36f}') || character.is_alphanumeric()
}

fn trim_space(line: &[u8]) -> &[u8] {
    std::str::from_utf8(line).map_or(line.trim_ascii(), |text| text.trim().as_bytes())
}

/// Offsets fit: callers read at most a few mebibytes.
fn small(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<TokenKind> {
        scan(text.as_bytes())
            .into_iter()
            .map(|token| token.kind)
            .collect()
    }

    #[test]
    fn a_heredoc_ends_at_its_marker_and_a_line_end() {
        use TokenKind::{CloseHeredoc, End, HeredocText, Newline, OpenHeredoc};
        assert_eq!(
            kinds("<<E\nx\n  E\n"),
            [OpenHeredoc, HeredocText, CloseHeredoc, Newline, End]
        );
        assert_eq!(kinds("<<E\nE"), [OpenHeredoc, HeredocText, End]);
    }

    #[test]
    fn a_brace_inside_a_sequence_does_not_end_it() {
        use TokenKind::{
            CloseBrace, CloseQuote, End, Interpolation, OpenBrace, OpenQuote, SequenceEnd,
        };
        assert_eq!(
            kinds("\"${{}}\""),
            [
                OpenQuote,
                Interpolation,
                OpenBrace,
                CloseBrace,
                SequenceEnd,
                CloseQuote,
                End
            ]
        );
    }

    #[test]
    fn positions_count_characters_and_lines() {
        let tokens = scan("é = \"ü\"\nx".as_bytes());
        let last = tokens
            .iter()
            .rev()
            .nth(1)
            .expect("there are several tokens");
        assert_eq!((last.line, last.column, last.start), (2, 1, 10));
        let quote = tokens.get(4).expect("there are several tokens");
        assert_eq!((quote.line, quote.column), (1, 7));
    }

    #[test]
    fn a_file_of_comment_starts_is_read_in_linear_time() {
        assert!(scan("/* ".repeat(500_000).as_bytes()).len() > 500_000);
    }
}
