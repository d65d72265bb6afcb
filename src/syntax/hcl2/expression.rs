//! Expressions: operators, names with what follows them, literals. Never evaluates arithmetic or functions.

use super::cursor::{Parser, span};
use super::fault::SyntaxFault;
use super::token::{Token, TokenKind};
use super::{Expression, Reference, Shape, Span, Value};

/// A part of an expression.
pub(super) struct Operand {
    pub(super) value: Value,
    pub(super) shape: Shape,
}

impl Operand {
    pub(super) fn unknown(shape: Shape) -> Self {
        Self {
            value: Value::Unknown,
            shape,
        }
    }
}

impl Parser<'_> {
    /// An expression with all that is known about it.
    pub(super) fn whole_expression(&mut self) -> Expression {
        let start = self.peek();
        self.references.clear();
        self.calls = false;
        let operand = self.expression();
        let end = self.previous().end.max(start.start);
        Expression {
            span: Span {
                end: end as usize,
                ..span(start)
            },
            value: operand.value,
            shape: operand.shape,
            references: std::mem::take(&mut self.references),
            calls: self.calls,
        }
    }

    /// The only expression of a text, line ends inside it allowed.
    pub(super) fn lone_expression(&mut self) -> Expression {
        self.with_newlines(false, Self::whole_expression)
    }

    pub(super) fn expression(&mut self) -> Operand {
        self.deeper(Self::conditional).unwrap_or_else(|| {
            self.pass_over_expression();
            Operand::unknown(Shape::Other)
        })
    }

    /// `a`, or `a ? b : c ? d : e` as a row.
    fn conditional(&mut self) -> Operand {
        let mut choices: Vec<(Value, Value)> = Vec::new();
        let last = loop {
            let before = self.error_count;
            let condition = self.binary(0);
            if self.lost(before) || self.peek_kind() != TokenKind::Question {
                break condition;
            }
            self.read();
            let before = self.error_count;
            let yes = self.expression();
            if self.lost(before) {
                break condition;
            }
            let colon = self.peek();
            if colon.kind != TokenKind::Colon {
                self.fault(SyntaxFault::FalseExpression, colon);
                break condition;
            }
            self.read();
            choices.push((condition.value, yes.value));
        };
        if choices.is_empty() {
            return last;
        }
        let value = choices
            .into_iter()
            .rev()
            .fold(last.value, |no, (condition, yes)| match condition {
                Value::Bool(true) => yes,
                Value::Bool(false) => no,
                Value::Text(_)
                | Value::Number(_)
                | Value::Null
                | Value::List(_)
                | Value::Object(_)
                | Value::Unknown => Value::Unknown,
            });
        Operand {
            value,
            shape: Shape::Other,
        }
    }

    fn binary(&mut self, weakest: u8) -> Operand {
        let before = self.error_count;
        let mut left = self.operand();
        if self.lost(before) {
            return left;
        }
        while let Some(strength) = self.peek_kind().binding() {
            if strength < weakest {
                break;
            }
            let operator = self.read().kind;
            let before = self.error_count;
            let right = self.binary(strength + 1);
            if self.lost(before) {
                return left;
            }
            left = Operand {
                value: combine(operator, left.value, right.value),
                shape: Shape::Other,
            };
        }
        left
    }

    fn operand(&mut self) -> Operand {
        let start = self.peek();
        let operand = self.term();
        if start.kind == TokenKind::Identifier && matches!(operand.shape, Shape::Keyword) {
            return self.name(start);
        }
        self.traversals(operand)
    }

    /// A name that is no literal and no call, with what follows it.
    fn name(&mut self, root: Token) -> Operand {
        if self.loop_names.contains(&self.bytes(root)) {
            return self.traversals(Operand::unknown(Shape::Keyword));
        }
        let root_range = span(root).range();
        let attribute = self.first_attribute();
        let value = attribute.and_then(|attribute| {
            let root = std::str::from_utf8(self.bytes(root)).ok()?;
            let attribute = std::str::from_utf8(self.bytes(attribute)).ok()?;
            self.scope?.lookup(root, attribute)
        });
        self.references.push(Reference {
            root: root_range,
            attribute: attribute.map(|attribute| span(attribute).range()),
        });
        let shape = if attribute.is_some() {
            Shape::Traversal
        } else {
            Shape::Keyword
        };
        self.traversals(Operand {
            value: value.unwrap_or(Value::Unknown),
            shape,
        })
    }

    /// `.attribute`, if that is what comes next. Anything else is left for `traversals`.
    fn first_attribute(&mut self) -> Option<Token> {
        let dot = self.peek();
        if dot.kind != TokenKind::Dot {
            return None;
        }
        let here = self.mark();
        self.read();
        let attribute = self.peek();
        if attribute.kind != TokenKind::Identifier {
            self.reset(here);
            return None;
        }
        self.read();
        Some(attribute)
    }

    fn traversals(&mut self, mut operand: Operand) -> Operand {
        loop {
            operand = match self.peek_kind() {
                TokenKind::Dot => self.attribute(&operand),
                TokenKind::OpenBracket => self.index(&operand),
                _ => return operand,
            };
        }
    }

    fn attribute(&mut self, operand: &Operand) -> Operand {
        self.read();
        let token = self.peek();
        let shape = extended(operand.shape);
        match token.kind {
            TokenKind::Identifier => {
                self.read();
                Operand {
                    value: operand.value.member(&self.text(token)),
                    shape,
                }
            }
            TokenKind::Number => {
                self.read();
                self.legacy_index(token);
                Operand {
                    value: operand.value.member(&self.text(token)),
                    shape,
                }
            }
            TokenKind::Star => {
                self.read();
                self.attribute_splat();
                Operand::unknown(Shape::Other)
            }
            _ => {
                self.fault(SyntaxFault::AttributeName, token);
                self.recovering = true;
                Operand::unknown(Shape::Other)
            }
        }
    }

    fn legacy_index(&mut self, number: Token) {
        if self.bytes(number).contains(&b'.') {
            self.fault(SyntaxFault::LegacyIndex, number);
        } else {
            self.number(number);
        }
    }

    /// What follows `a.*`: attributes and numbers only.
    fn attribute_splat(&mut self) {
        while self.peek_kind() == TokenKind::Dot {
            self.read();
            let token = self.peek();
            match token.kind {
                TokenKind::Number => {
                    self.read();
                    self.legacy_index(token);
                }
                TokenKind::Identifier => {
                    self.read();
                }
                _ => {
                    if !self.recovering {
                        let nested = token.kind == TokenKind::Star;
                        let fault = if nested {
                            SyntaxFault::NestedSplat
                        } else {
                            SyntaxFault::AttributeName
                        };
                        self.fault(fault, token);
                    }
                    self.recovering = true;
                    return;
                }
            }
        }
    }

    fn index(&mut self, operand: &Operand) -> Operand {
        self.read();
        if self.peek_kind() == TokenKind::Star {
            self.read();
            let close = self.read();
            if close.kind != TokenKind::CloseBracket && !self.recovering {
                let end = self.recover(TokenKind::CloseBracket);
                self.fault(SyntaxFault::SplatBracket, end);
            }
            return Operand::unknown(Shape::Other);
        }
        let key = self.with_newlines(false, |parser| {
            let before = parser.error_count;
            let key = parser.expression();
            if parser.lost(before) {
                parser.recover(TokenKind::CloseBracket);
                return key;
            }
            let close = parser.read();
            if close.kind != TokenKind::CloseBracket && !parser.recovering {
                let end = parser.recover(TokenKind::CloseBracket);
                parser.fault(SyntaxFault::IndexBracket, end);
            }
            key
        });
        let shape = match key.value {
            Value::Text(_) | Value::Number(_) => extended(operand.shape),
            Value::Bool(_) | Value::Null | Value::List(_) | Value::Object(_) | Value::Unknown => {
                Shape::Other
            }
        };
        let value = key
            .value
            .to_text()
            .map_or(Value::Unknown, |key| operand.value.member(&key));
        Operand { value, shape }
    }

    fn term(&mut self) -> Operand {
        let start = self.peek();
        match start.kind {
            TokenKind::OpenParenthesis => self.parentheses(),
            TokenKind::Number => {
                self.read();
                Operand {
                    value: self.number(start),
                    shape: Shape::Literal,
                }
            }
            TokenKind::Identifier => self.word(),
            TokenKind::OpenQuote | TokenKind::OpenHeredoc => self.template(),
            TokenKind::Minus | TokenKind::Bang => self.unary(),
            TokenKind::OpenBracket => self.list(),
            TokenKind::OpenBrace => self.object(),
            _ => {
                if !self.recovering {
                    let end = start.kind == TokenKind::End;
                    let fault = if end {
                        SyntaxFault::ExpressionMissing
                    } else {
                        SyntaxFault::Expression
                    };
                    self.fault(fault, start);
                }
                self.recovering = true;
                Operand::unknown(Shape::Other)
            }
        }
    }

    fn parentheses(&mut self) -> Operand {
        self.read();
        self.with_newlines(false, |parser| {
            let before = parser.error_count;
            let inner = parser.expression();
            if parser.error_count > before {
                parser.recover(TokenKind::CloseParenthesis);
                return Operand {
                    shape: Shape::Other,
                    ..inner
                };
            }
            let close = parser.peek();
            if close.kind != TokenKind::CloseParenthesis {
                parser.fault(SyntaxFault::Parentheses, close);
                parser.recovering = true;
            }
            parser.read();
            Operand {
                shape: Shape::Other,
                ..inner
            }
        })
    }

    fn word(&mut self) -> Operand {
        let token = self.read();
        if matches!(
            self.peek_kind(),
            TokenKind::OpenParenthesis | TokenKind::DoubleColon
        ) {
            self.calls = true;
            self.call(token);
            return Operand::unknown(Shape::Call);
        }
        let value = match self.bytes(token) {
            b"true" => Value::Bool(true),
            b"false" => Value::Bool(false),
            b"null" => Value::Null,
            _ => return Operand::unknown(Shape::Keyword),
        };
        Operand {
            value,
            shape: Shape::Literal,
        }
    }

    fn unary(&mut self) -> Operand {
        let sign = self.read().kind;
        let operand = self.deeper(Self::operand).unwrap_or_else(|| {
            self.pass_over_expression();
            Operand::unknown(Shape::Other)
        });
        let value = match (sign, operand.value) {
            (TokenKind::Bang, Value::Bool(value)) => Value::Bool(!value),
            (TokenKind::Minus, Value::Number(digits)) => match digits.strip_prefix('-') {
                Some(positive) => Value::Number(positive.to_owned()),
                None if digits == "0" => Value::Number(digits),
                None => Value::Number(format!("-{digits}")),
            },
            _ => Value::Unknown,
        };
        Operand {
            value,
            shape: Shape::Other,
        }
    }

    fn number(&mut self, token: Token) -> Value {
        let value = std::str::from_utf8(self.bytes(token))
            .ok()
            .and_then(Value::number);
        value.unwrap_or_else(|| {
            self.fault(SyntaxFault::Number, token);
            Value::Unknown
        })
    }
}

/// The shape of a name with one more constant step.
fn extended(shape: Shape) -> Shape {
    match shape {
        Shape::Keyword | Shape::Traversal => Shape::Traversal,
        Shape::Template
        | Shape::Literal
        | Shape::List
        | Shape::Object
        | Shape::Call
        | Shape::Other => Shape::Other,
    }
}

fn combine(operator: TokenKind, left: Value, right: Value) -> Value {
    match (operator, left, right) {
        (TokenKind::And, Value::Bool(left), Value::Bool(right)) => Value::Bool(left && right),
        (TokenKind::Or, Value::Bool(left), Value::Bool(right)) => Value::Bool(left || right),
        (TokenKind::EqualTo, left, right) if comparable(&left, &right) => {
            Value::Bool(left == right)
        }
        (TokenKind::NotEqualTo, left, right) if comparable(&left, &right) => {
            Value::Bool(left != right)
        }
        _ => Value::Unknown,
    }
}

fn comparable(left: &Value, right: &Value) -> bool {
    matches!(
        (left, right),
        (Value::Text(_), Value::Text(_))
            | (Value::Number(_), Value::Number(_))
            | (Value::Bool(_), Value::Bool(_))
    )
}
