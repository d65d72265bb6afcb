//! Strings and heredocs: text, escapes, `${…}` and `%{…}`. Never evaluates a directive: a template with one is `Unknown`.

use super::cursor::Parser;
use super::expression::Operand;
use super::fault::SyntaxFault;
use super::token::{Token, TokenKind};
use super::{Shape, Value};

/// A piece of a template.
enum Piece {
    Text(String),
    Value(Value),
}

/// A directive that is still open.
#[derive(PartialEq, Eq)]
enum Open {
    If,
    Else,
    For { names: usize },
}

#[derive(Default)]
struct Template {
    pieces: Vec<Piece>,
    open: Vec<Open>,
    directives: bool,
    /// The last sequence ended with `~}`.
    trim_next: bool,
}

impl Parser<'_> {
    pub(super) fn template(&mut self) -> Operand {
        let opening = self.read();
        let close = if opening.kind == TokenKind::OpenQuote {
            TokenKind::CloseQuote
        } else {
            TokenKind::CloseHeredoc
        };
        let flush = self.bytes(opening).starts_with(b"<<-");
        Operand {
            value: self.template_parts(close).value(flush),
            shape: Shape::Template,
        }
    }

    /// A whole text as a template.
    pub(super) fn bare_template(&mut self) -> Value {
        self.template_parts(TokenKind::End).value(false)
    }

    fn template_parts(&mut self, close: TokenKind) -> Template {
        let names = self.loop_names.len();
        let first = self.peek();
        let mut template = Template::default();
        loop {
            let token = self.read();
            match token.kind {
                kind if kind == close => break,
                TokenKind::QuotedText | TokenKind::HeredocText => {
                    let text = self.unescape(token);
                    template.text(text);
                }
                TokenKind::Interpolation => {
                    self.interpolation(&mut template, token, (close, first));
                }
                TokenKind::Directive => self.directive(&mut template, token),
                _ => {
                    self.quiet_fault(SyntaxFault::UnterminatedTemplate, token);
                    self.recover(close);
                    break;
                }
            }
        }
        if !template.open.is_empty() {
            self.fault(SyntaxFault::UnexpectedEnd, self.previous());
        }
        self.loop_names.truncate(names);
        template
    }

    fn interpolation(
        &mut self,
        template: &mut Template,
        token: Token,
        (end, first): (TokenKind, Token),
    ) {
        template.trim_before(self.bytes(token));
        self.with_newlines(false, |parser| {
            let value = parser.expression().value;
            template.pieces.push(Piece::Value(value));
            let close = parser.peek();
            let unclosed = match close.kind {
                TokenKind::CloseQuote | TokenKind::OpenQuote => end == TokenKind::CloseQuote,
                kind => kind == TokenKind::End,
            };
            if unclosed {
                parser.quiet_fault(SyntaxFault::UnclosedInterpolation, first);
                parser.recover(TokenKind::SequenceEnd);
            } else {
                parser.sequence_end(template, SyntaxFault::AfterInterpolation);
            }
        });
    }

    fn sequence_end(&mut self, template: &mut Template, fault: SyntaxFault) {
        let close = self.peek();
        if close.kind == TokenKind::SequenceEnd {
            self.read();
            template.trim_next = self.bytes(close).starts_with(b"~");
            return;
        }
        self.quiet_fault(fault, close);
        self.recover(TokenKind::SequenceEnd);
    }

    fn directive(&mut self, template: &mut Template, token: Token) {
        template.directives = true;
        template.trim_before(self.bytes(token));
        self.with_newlines(false, |parser| match parser.directive_parts(template) {
            Some(trailing) => parser.sequence_end(template, trailing),
            None => {
                parser.recover(TokenKind::SequenceEnd);
            }
        });
    }

    /// The directive without its braces, and what is wrong if more follows.
    fn directive_parts(&mut self, template: &mut Template) -> Option<SyntaxFault> {
        let keyword = self.peek();
        if keyword.kind != TokenKind::Identifier {
            self.quiet_fault(SyntaxFault::Directive, keyword);
            return None;
        }
        self.read();
        Some(match self.bytes(keyword) {
            b"if" => {
                self.expression();
                template.open.push(Open::If);
                SyntaxFault::AfterIf
            }
            b"for" => {
                let names = self.for_names(SyntaxFault::ForDirective)?;
                self.expression();
                template.open.push(Open::For {
                    names: self.loop_names.len(),
                });
                self.loop_names.extend(names);
                SyntaxFault::AfterFor
            }
            b"else" => {
                self.close_directive(template, keyword, SyntaxFault::UnexpectedElse);
                SyntaxFault::AfterElse
            }
            b"endif" => {
                self.close_directive(template, keyword, SyntaxFault::UnexpectedEndif);
                SyntaxFault::AfterEndif
            }
            b"endfor" => {
                self.close_directive(template, keyword, SyntaxFault::UnexpectedEndfor);
                SyntaxFault::AfterEndfor
            }
            _ => {
                self.quiet_fault(SyntaxFault::DirectiveKeyword, keyword);
                return None;
            }
        })
    }

    /// Matches `else`, `endif` or `endfor` with the directive it belongs to.
    fn close_directive(
        &mut self,
        template: &mut Template,
        keyword: Token,
        unexpected: SyntaxFault,
    ) {
        let closed = template.open.pop();
        if let Some(Open::For { names }) = closed {
            self.loop_names.truncate(names);
        }
        match (unexpected, closed) {
            (SyntaxFault::UnexpectedElse, Some(Open::If)) => template.open.push(Open::Else),
            (SyntaxFault::UnexpectedEndif, Some(Open::If | Open::Else))
            | (SyntaxFault::UnexpectedEndfor, Some(Open::For { .. })) => {}
            _ => self.fault(unexpected, keyword),
        }
    }

    /// The text a literal token stands for.
    pub(super) fn unescape(&mut self, token: Token) -> String {
        let text = self.text(token);
        if text.starts_with("$${") || text.starts_with("%%{") {
            return text.chars().skip(1).collect();
        }
        if token.kind == TokenKind::HeredocText || !text.contains('\\') {
            return text;
        }
        let mut plain = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some((before, escape)) = rest.split_once('\\') {
            plain.push_str(before);
            let (character, length) = escaped(escape);
            match character {
                Some(character) => plain.push(character),
                None => self.fault(SyntaxFault::Escape, token),
            }
            rest = escape.get(length..).unwrap_or_default();
        }
        plain.push_str(rest);
        plain
    }
}

impl Template {
    fn text(&mut self, text: String) {
        let trim = std::mem::take(&mut self.trim_next);
        self.pieces.push(Piece::Text(if trim {
            text.trim_start().to_owned()
        } else {
            text
        }));
    }

    /// `${~` and `%{~` take the space before them away.
    fn trim_before(&mut self, opener: &[u8]) {
        self.trim_next = false;
        if !opener.ends_with(b"~") {
            return;
        }
        if let Some(Piece::Text(text)) = self.pieces.last_mut() {
            text.truncate(text.trim_end().len());
        }
    }

    fn value(mut self, flush: bool) -> Value {
        if self.directives {
            return Value::Unknown;
        }
        if self.pieces.len() == 1
            && let Some(Piece::Value(value)) =
                self.pieces.pop_if(|piece| matches!(piece, Piece::Value(_)))
        {
            return value;
        }
        let mut whole = String::new();
        for piece in self.pieces {
            match piece {
                Piece::Text(text) => whole.push_str(&text),
                Piece::Value(value) => match value.to_text() {
                    Some(text) => whole.push_str(&text),
                    None => return Value::Unknown,
                },
            }
        }
        Value::Text(if flush { without_indent(&whole) } else { whole })
    }
}

/// The character an escape stands for, and how many bytes behind the backslash belong to it.
fn escaped(escape: &str) -> (Option<char>, usize) {
    let selector = escape.chars().next();
    match selector {
        Some('n') => (Some('\n'), 1),
        Some('r') => (Some('\r'), 1),
        Some('t') => (Some('\t'), 1),
        Some('"') => (Some('"'), 1),
        Some('\\') => (Some('\\'), 1),
        Some('u') => (hexadecimal(escape.get(1..5)), 5),
        Some('U') => (hexadecimal(escape.get(1..9)), 9),
        Some(other) => (None, other.len_utf8()),
        None => (None, 0),
    }
}

fn hexadecimal(digits: Option<&str>) -> Option<char> {
    let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16)
        .ok()
        .and_then(char::from_u32)
}

/// The text of a `<<-` heredoc without the indentation all its lines share.
fn without_indent(text: &str) -> String {
    let indent = |line: &str| {
        line.chars()
            .take_while(|character| character.is_whitespace() && *character != '\n')
            .count()
    };
    let shared = text
        .split_inclusive('\n')
        .filter(|line| !line.trim().is_empty())
        .map(indent)
        .min()
        .unwrap_or(0);
    text.split_inclusive('\n')
        .map(|line| {
            if line.trim().is_empty() {
                line.to_owned()
            } else {
                line.chars().skip(shared).collect()
            }
        })
        .collect()
}
