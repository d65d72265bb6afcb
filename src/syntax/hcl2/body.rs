//! Bodies: arguments and blocks. Never looks at what they mean.

use std::collections::HashSet;

use super::cursor::{Parser, span};
use super::fault::SyntaxFault;
use super::token::{Token, TokenKind};
use super::{Attribute, Block, Body, Label};

enum Item {
    Argument(Attribute),
    Block(Block),
    Nothing,
}

impl Parser<'_> {
    /// Everything up to the end of the file.
    pub(super) fn file(&mut self) -> Body {
        self.body(TokenKind::End)
    }

    fn body(&mut self, end: TokenKind) -> Body {
        let start = self.previous();
        let mut body = Body::default();
        let mut names = HashSet::new();
        loop {
            let next = self.peek_kind();
            match next {
                _ if next == end => {
                    self.read();
                    return body;
                }
                TokenKind::Newline => {
                    self.read();
                }
                TokenKind::Identifier => match self.item() {
                    Item::Block(block) => body.blocks.push(block),
                    Item::Argument(argument) if names.insert(argument.name.clone()) => {
                        body.attributes.push(argument);
                    }
                    Item::Argument(again) => {
                        let place = self.token_at(again.name_span);
                        self.fault(SyntaxFault::Redefined, place);
                    }
                    Item::Nothing => {}
                },
                _ => {
                    self.lost_in_body(end, start);
                    return body;
                }
            }
        }
    }

    /// No item begins here: the rest of the body is given up.
    fn lost_in_body(&mut self, end: TokenKind, start: Token) {
        let bad = self.read();
        if !self.recovering {
            match bad.kind {
                TokenKind::OpenQuote => self.fault(SyntaxFault::QuotedArgumentName, bad),
                TokenKind::End => self.fault(SyntaxFault::UnclosedBlock, start),
                _ => self.fault(SyntaxFault::ItemRequired, bad),
            }
        }
        self.recover(end);
    }

    fn item(&mut self) -> Item {
        let name = self.read();
        match self.peek_kind() {
            TokenKind::Equal => Item::Argument(self.argument(name, Line::Own)),
            TokenKind::OpenQuote | TokenKind::OpenBrace | TokenKind::Identifier => {
                Item::Block(self.block(name))
            }
            _ => {
                self.recover_after_item();
                self.fault(SyntaxFault::ItemUnfinished, name);
                Item::Nothing
            }
        }
    }

    fn argument(&mut self, name: Token, line: Line) -> Attribute {
        self.read();
        let before = self.error_count;
        let expression = self.whole_expression();
        if self.lost(before) {
            self.recover_after_item();
        } else if line == Line::Own {
            self.end_of_argument();
        }
        Attribute {
            name: self.text(name),
            name_span: span(name),
            expression,
        }
    }

    fn end_of_argument(&mut self) {
        let end = self.peek();
        match end.kind {
            TokenKind::Newline | TokenKind::End => {
                self.read();
                return;
            }
            _ if self.recovering => {}
            TokenKind::Comma => self.fault(SyntaxFault::CommaAfterArgument, end),
            _ => self.fault(SyntaxFault::NewlineAfterArgument, end),
        }
        self.recover_after_item();
    }

    fn block(&mut self, kind: Token) -> Block {
        let mut block = Block {
            kind: self.text(kind),
            span: span(kind),
            labels: Vec::new(),
            open: span(kind),
            body: Body::default(),
        };
        loop {
            let token = self.peek();
            match token.kind {
                TokenKind::OpenBrace => break,
                TokenKind::OpenQuote => block.labels.push(self.label()),
                TokenKind::Identifier => {
                    self.read();
                    block.labels.push(Label {
                        text: self.text(token),
                        span: span(token),
                    });
                }
                _ => {
                    if !self.recovering
                        || matches!(token.kind, TokenKind::Equal | TokenKind::Newline)
                    {
                        self.fault(SyntaxFault::BlockDefinition, token);
                    }
                    self.recover_after_item();
                    return block;
                }
            }
        }
        let open = self.read();
        block.open = span(open);
        block.body = self.braced(open);
        self.end_of_block();
        block
    }

    fn braced(&mut self, open: Token) -> Body {
        let several = matches!(
            self.peek_kind(),
            TokenKind::Newline | TokenKind::End | TokenKind::CloseBrace
        );
        if !several {
            return self.one_line(open);
        }
        if let Some(body) = self.deeper(|parser| parser.body(TokenKind::CloseBrace)) {
            return body;
        }
        if self.pass_over(TokenKind::CloseBrace).kind == TokenKind::End && !self.recovering {
            self.fault(SyntaxFault::UnclosedBlock, open);
        }
        Body::default()
    }

    /// `{ name = value }`.
    fn one_line(&mut self, open: Token) -> Body {
        let mut body = Body::default();
        let name = self.read();
        match (name.kind, self.peek_kind()) {
            (TokenKind::Identifier, TokenKind::Equal) => {
                body.attributes.push(self.argument(name, Line::Shared));
            }
            (
                TokenKind::Identifier,
                TokenKind::OpenQuote | TokenKind::OpenBrace | TokenKind::Identifier,
            ) => {
                self.recover_after_item();
                self.fault(SyntaxFault::ArgumentRequired, name);
            }
            _ => {
                self.recover_after_item();
                self.fault(SyntaxFault::ItemUnfinished, name);
            }
        }
        let close = self.peek();
        match close.kind {
            TokenKind::CloseBrace => {
                self.read();
                return body;
            }
            TokenKind::Comma | TokenKind::Newline => self.fault(SyntaxFault::OneLineBlock, close),
            _ if self.recovering => {}
            TokenKind::End => self.fault(SyntaxFault::UnclosedBlock, open),
            _ => self.fault(SyntaxFault::OneLineBlock, close),
        }
        self.recover(TokenKind::CloseBrace);
        body
    }

    fn end_of_block(&mut self) {
        let end = self.peek();
        if matches!(end.kind, TokenKind::Newline | TokenKind::End) {
            self.read();
            return;
        }
        if !self.recovering {
            self.fault(SyntaxFault::NewlineAfterBlock, end);
        }
        self.recover_after_item();
    }

    /// A label in quotes, in which templates are not allowed.
    fn label(&mut self) -> Label {
        let open = self.read();
        let mut text = String::new();
        loop {
            let token = self.read();
            match token.kind {
                TokenKind::CloseQuote => break,
                TokenKind::QuotedText => {
                    let part = self.unescape(token);
                    text.push_str(&part);
                }
                TokenKind::Interpolation | TokenKind::Directive => {
                    self.fault(SyntaxFault::StringLiteral, token);
                    text.push_str("${ … }");
                    self.recover(TokenKind::SequenceEnd);
                }
                TokenKind::End => {
                    self.fault(SyntaxFault::UnterminatedString, token);
                    break;
                }
                _ => {
                    self.fault(SyntaxFault::StringLiteral, token);
                    self.recover(TokenKind::CloseQuote);
                    break;
                }
            }
        }
        let mut place = span(open);
        place.end = (self.previous().end as usize).max(place.end);
        Label { text, span: place }
    }

    fn token_at(&self, place: super::Span) -> Token {
        let mut token = self.previous();
        token.start = u32::try_from(place.start).unwrap_or(u32::MAX);
        token.end = u32::try_from(place.end).unwrap_or(u32::MAX);
        token.line = place.line;
        token.column = place.column;
        token
    }
}

/// Whether an argument has its line for itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Own,
    Shared,
}
