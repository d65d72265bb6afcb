//! Lists, objects, `for` expressions and function calls. Never evaluates the last two.

use super::cursor::Parser;
use super::expression::Operand;
use super::fault::SyntaxFault;
use super::token::{Token, TokenKind};
use super::{Shape, Value};

impl<'a> Parser<'a> {
    /// The rest of a call, from the parenthesis or the `::` behind its first name.
    pub(super) fn call(&mut self, function: Token) {
        let mut open = self.read();
        while open.kind == TokenKind::DoubleColon {
            let name = self.read();
            if name.kind != TokenKind::Identifier {
                self.fault(SyntaxFault::FunctionName, name);
                return self.recover_over_parentheses();
            }
            open = self.read();
        }
        if open.kind != TokenKind::OpenParenthesis {
            self.fault(SyntaxFault::OpenParenthesis, open);
            return self.recover_over_parentheses();
        }
        self.with_newlines(false, |parser| parser.call_arguments(function));
    }

    fn call_arguments(&mut self, function: Token) {
        loop {
            if self.peek_kind() == TokenKind::CloseParenthesis {
                self.read();
                return;
            }
            let before = self.error_count;
            self.expression();
            if self.lost(before) {
                self.recover(TokenKind::CloseParenthesis);
                return;
            }
            let separator = self.read();
            match separator.kind {
                TokenKind::CloseParenthesis => return,
                TokenKind::Comma => {}
                TokenKind::Ellipsis => return self.after_ellipsis(separator),
                kind => {
                    match kind {
                        TokenKind::End => self.fault(SyntaxFault::UnterminatedCall, function),
                        _ => self.fault(SyntaxFault::ArgumentSeparator, separator),
                    }
                    self.recover(TokenKind::CloseParenthesis);
                    return;
                }
            }
        }
    }

    fn after_ellipsis(&mut self, ellipsis: Token) {
        if self.peek_kind() == TokenKind::CloseParenthesis {
            self.read();
            return;
        }
        if !self.recovering {
            self.fault(SyntaxFault::ClosingParenthesis, ellipsis);
        }
        self.recover(TokenKind::CloseParenthesis);
    }

    pub(super) fn list(&mut self) -> Operand {
        let open = self.read();
        self.with_newlines(false, |parser| {
            if parser.at_word(b"for") {
                parser.for_expression(TokenKind::CloseBracket);
                return Operand::unknown(Shape::Other);
            }
            let items = parser.items(open);
            Operand {
                value: Value::List(items),
                shape: Shape::List,
            }
        })
    }

    fn items(&mut self, open: Token) -> Vec<Value> {
        let mut items = Vec::new();
        loop {
            if self.peek_kind() == TokenKind::CloseBracket {
                self.read();
                return items;
            }
            let before = self.error_count;
            items.push(self.expression().value);
            if self.lost(before) {
                self.recover(TokenKind::CloseBracket);
                return items;
            }
            let next = self.peek();
            match next.kind {
                TokenKind::CloseBracket => {}
                TokenKind::Comma => {
                    self.read();
                }
                kind => {
                    if !self.recovering {
                        match kind {
                            TokenKind::End => self.fault(SyntaxFault::UnterminatedList, open),
                            _ => self.fault(SyntaxFault::ItemSeparator, next),
                        }
                    }
                    self.recover(TokenKind::CloseBracket);
                    return items;
                }
            }
        }
    }

    pub(super) fn object(&mut self) -> Operand {
        let open = self.read();
        if self.with_newlines(false, |parser| parser.at_word(b"for")) {
            self.with_newlines(false, |parser| parser.for_expression(TokenKind::CloseBrace));
            return Operand::unknown(Shape::Other);
        }
        let members = self.with_newlines(true, |parser| parser.members(open));
        Operand {
            value: members.map_or(Value::Unknown, Value::Object),
            shape: Shape::Object,
        }
    }

    /// The members up to the closing brace; `None` if a key is not constant.
    fn members(&mut self, open: Token) -> Option<Vec<(String, Value)>> {
        let mut members = Some(Vec::new());
        loop {
            match self.peek_kind() {
                TokenKind::Newline => {
                    self.read();
                    continue;
                }
                TokenKind::CloseBrace => {
                    self.read();
                    return members;
                }
                _ => {}
            }
            let Some((key, value)) = self.member(open) else {
                self.recover(TokenKind::CloseBrace);
                return None;
            };
            match (key, &mut members) {
                (Some(key), Some(members)) => members.push((key, value)),
                _ => members = None,
            }
            let next = self.peek();
            match next.kind {
                TokenKind::CloseBrace => {}
                TokenKind::Comma | TokenKind::Newline => {
                    self.read();
                }
                kind => {
                    if !self.recovering {
                        match kind {
                            TokenKind::End => self.fault(SyntaxFault::UnterminatedObject, open),
                            _ => self.fault(SyntaxFault::AttributeSeparator, next),
                        }
                    }
                    self.recover(TokenKind::CloseBrace);
                    return None;
                }
            }
        }
    }

    /// `key = value`; `None` if it goes wrong.
    fn member(&mut self, open: Token) -> Option<(Option<String>, Value)> {
        let first = self.peek();
        let references = self.references.len();
        let before = self.error_count;
        let key = self.expression();
        if self.lost(before) {
            return None;
        }
        let name = if key.shape == Shape::Keyword && first.kind == TokenKind::Identifier {
            self.references.truncate(references);
            Some(self.text(first))
        } else if key.shape == Shape::Literal && first.kind == TokenKind::Identifier {
            Some(self.text(first))
        } else {
            key.value.to_text()
        };
        let separator = self.peek();
        if !matches!(separator.kind, TokenKind::Equal | TokenKind::Colon) {
            if !self.recovering {
                match separator.kind {
                    TokenKind::Newline | TokenKind::Comma => {
                        self.fault(SyntaxFault::AttributeValue, separator);
                    }
                    TokenKind::End => self.fault(SyntaxFault::UnterminatedObject, open),
                    _ => self.fault(SyntaxFault::KeySeparator, separator),
                }
            }
            return None;
        }
        self.read();
        let before = self.error_count;
        let value = self.expression().value;
        if self.lost(before) {
            None
        } else {
            Some((name, value))
        }
    }

    pub(super) fn at_word(&self, word: &[u8]) -> bool {
        let token = self.peek();
        token.kind == TokenKind::Identifier && self.bytes(token) == word
    }

    /// `for a, b in c : d => e... if f`, up to the closing bracket.
    fn for_expression(&mut self, close: TokenKind) {
        self.read();
        let names = self.loop_names.len();
        if self.for_parts(close).is_none() {
            self.recover(close);
        }
        self.loop_names.truncate(names);
    }

    fn for_parts(&mut self, close: TokenKind) -> Option<()> {
        let names = self.for_names(SyntaxFault::ForExpression)?;
        self.checked_expression()?;
        self.loop_names.extend(names);
        self.want(TokenKind::Colon)?;
        self.read();
        let before = self.error_count;
        self.expression();
        let keyed = self.peek_kind() == TokenKind::FatArrow;
        if keyed {
            self.read();
            self.expression();
        }
        if self.lost(before) {
            return None;
        }
        let grouped = self.peek_kind() == TokenKind::Ellipsis;
        if grouped {
            self.read();
        }
        if self.at_word(b"if") {
            self.read();
            self.checked_expression()?;
        }
        let end = self.peek();
        if end.kind == close {
            self.read();
        } else {
            self.quiet_fault(SyntaxFault::ForExpression, end);
            self.recover(close);
        }
        let object = close == TokenKind::CloseBrace;
        if keyed != object || (grouped && !object) {
            self.fault(SyntaxFault::ForExpression, end);
        }
        Some(())
    }

    /// `a, b in`, of an expression or a directive.
    pub(super) fn for_names(&mut self, fault: SyntaxFault) -> Option<Vec<&'a [u8]>> {
        let mut names = Vec::new();
        loop {
            let name = self.peek();
            if name.kind != TokenKind::Identifier {
                self.quiet_fault(fault, name);
                return None;
            }
            self.read();
            names.push(self.bytes(name));
            if names.len() == 2 || self.peek_kind() != TokenKind::Comma {
                break;
            }
            self.read();
        }
        if !self.at_word(b"in") {
            self.quiet_fault(fault, self.peek());
            return None;
        }
        self.read();
        Some(names)
    }

    fn checked_expression(&mut self) -> Option<()> {
        let before = self.error_count;
        self.expression();
        (!self.lost(before)).then_some(())
    }

    fn want(&mut self, kind: TokenKind) -> Option<()> {
        let token = self.peek();
        if token.kind == kind {
            return Some(());
        }
        self.quiet_fault(SyntaxFault::ForExpression, token);
        None
    }

    /// A fault that is not worth a word after an earlier one.
    pub(super) fn quiet_fault(&mut self, fault: SyntaxFault, token: Token) {
        if !self.recovering {
            self.fault(fault, token);
        }
    }
}
