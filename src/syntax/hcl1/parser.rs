//! Builds the tree of a file in native syntax.
//!
//! It never recurses deeper than [`MAX_DEPTH`]. An error that is met while the current token is a closing brace is
//! forgiven by the enclosing object, which then wants a second brace: the client does so.

use std::borrow::Cow;

use super::Document;
use super::Foreign;
use super::Form;
use super::InList;
use super::Item;
use super::Key;
use super::MAX_DEPTH;
use super::Node;
use super::Position;
use super::SyntaxError;
use super::SyntaxErrorKind;
use super::TokenKind;
use super::Value;
use super::lexer::Lexer;
use super::lexer::Token;
use super::text;

/// Parses a file in native syntax.
pub(super) fn parse(bytes: &[u8]) -> Result<Document, SyntaxError> {
    let bytes = with_line_feeds(bytes);
    let mut parser = Parser::new(&bytes);
    let mut items = Vec::new();
    let outcome = parser.items(&mut items, Scope::File);
    if let Some((position, kind)) = parser.lexer.error() {
        return Err(SyntaxError {
            position,
            form: Form::Native,
            kind,
        });
    }
    match outcome {
        Err(Fault::At(error)) => Err(error),
        Ok(()) | Err(Fault::End) => Ok(Document {
            form: Form::Native,
            items,
            unread_from: None,
        }),
    }
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    token: Token<'a>,
    held: bool,
    depth: usize,
}

/// Why an item could not be read: the file ended where an item may be missing, or a real error.
enum Fault {
    End,
    At(SyntaxError),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    File,
    Braces,
}

impl<'a> Parser<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let start = Token {
            kind: TokenKind::Illegal,
            text: b"",
            position: Position { line: 0, column: 0 },
        };
        Self {
            lexer: Lexer::new(bytes, Form::Native),
            token: start,
            held: false,
            depth: 0,
        }
    }

    fn items(&mut self, items: &mut Vec<Item>, scope: Scope) -> Result<(), Fault> {
        loop {
            if scope == Scope::Braces {
                self.advance();
                self.hold();
                if self.token.kind == TokenKind::RightBrace {
                    return Ok(());
                }
            }
            match self.item() {
                Ok(item) => items.push(item),
                Err(Fault::End) => return Ok(()),
                Err(fault) => return Err(fault),
            }
            self.advance();
            if self.token.kind != TokenKind::Comma {
                self.hold();
            }
        }
    }

    fn item(&mut self) -> Result<Item, Fault> {
        let keys = self.keys()?;
        if keys.len() > MAX_DEPTH {
            return Err(self.fault(SyntaxErrorKind::TooDeep));
        }
        let (assigned, node) = match self.token.kind {
            TokenKind::Assign => (true, self.value()?),
            TokenKind::LeftBrace => (false, self.object()?),
            _ => {
                let written: Vec<_> = keys.iter().map(|token| text::lossy(token.text)).collect();
                let keys = Foreign(written.join(" "));
                return Err(self.fault(SyntaxErrorKind::ValueExpected { keys }));
            }
        };
        // The client looks ahead for a comment here; a wrong character behind the item counts from now on.
        self.advance();
        self.hold();
        Ok(Item {
            keys: keys.into_iter().map(key).collect(),
            assigned,
            node,
        })
    }

    /// The keys in front of a value; the current token then tells what kind of value follows, or that none does.
    fn keys(&mut self) -> Result<Vec<Token<'a>>, Fault> {
        let mut keys = Vec::new();
        loop {
            self.advance();
            match (self.token.kind, keys.len()) {
                (TokenKind::Identifier | TokenKind::Text, _) => keys.push(self.token),
                (TokenKind::Assign, 1) => return Ok(keys),
                (TokenKind::Assign, 0) => return Err(self.fault(SyntaxErrorKind::NoKeys)),
                (TokenKind::Assign, _) => return Err(self.fault(SyntaxErrorKind::NestedAssign)),
                (TokenKind::LeftBrace, 0) => return Err(self.fault(SyntaxErrorKind::LabelExpected)),
                (TokenKind::End, 0) => return Err(Fault::End),
                (TokenKind::LeftBrace | TokenKind::End, _) => return Ok(keys),
                (TokenKind::RightBrace, count) if count > 0 => {
                    // Not the brace that forgives errors: it belongs to an item without a value.
                    self.token.kind = TokenKind::End;
                    return Ok(keys);
                }
                (got, _) => return Err(self.fault(SyntaxErrorKind::KeyExpected { got })),
            }
        }
    }

    fn value(&mut self) -> Result<Node, Fault> {
        self.advance();
        match self.token.kind {
            TokenKind::LeftBrace => self.object(),
            TokenKind::LeftBracket => self.list(),
            TokenKind::End => Err(Fault::End),
            got => literal(&self.token).ok_or_else(|| {
                let text = Foreign(text::lossy(self.token.text).into_owned());
                self.fault(SyntaxErrorKind::UnknownToken { got, text })
            }),
        }
    }

    fn object(&mut self) -> Result<Node, Fault> {
        let position = self.enter()?;
        let mut items = Vec::new();
        if let Err(fault) = self.items(&mut items, Scope::Braces)
            && self.token.kind != TokenKind::RightBrace
        {
            return Err(fault);
        }
        self.advance();
        self.depth -= 1;
        match self.token.kind {
            TokenKind::RightBrace => Ok(Node {
                value: Value::Object(items),
                position,
            }),
            got => Err(self.fault(SyntaxErrorKind::UnclosedObject { got })),
        }
    }

    fn list(&mut self) -> Result<Node, Fault> {
        let position = self.enter()?;
        let mut nodes = Vec::new();
        let mut comma_due = false;
        loop {
            self.advance();
            let token = self.token;
            match token.kind {
                TokenKind::RightBracket => {
                    self.depth -= 1;
                    return Ok(Node {
                        value: Value::List(nodes),
                        position,
                    });
                }
                TokenKind::Comma => {
                    comma_due = false;
                    // Looked ahead here too.
                    self.advance();
                    self.hold();
                }
                got if comma_due => return Err(self.fault(SyntaxErrorKind::ListSeparator { got })),
                TokenKind::LeftBrace => {
                    nodes.push(
                        self.object()
                            .map_err(|fault| within(fault, token.position, InList::Object))?,
                    );
                    comma_due = true;
                }
                // No comma is asked for behind a list within a list.
                TokenKind::LeftBracket => {
                    nodes.push(
                        self.list()
                            .map_err(|fault| within(fault, token.position, InList::List))?,
                    );
                }
                got => {
                    let node = literal(&token)
                        .ok_or_else(|| self.fault(SyntaxErrorKind::ListElement { got }))?;
                    nodes.push(node);
                    comma_due = true;
                }
            }
        }
    }

    fn enter(&mut self) -> Result<Position, Fault> {
        if self.depth >= MAX_DEPTH {
            return Err(self.fault(SyntaxErrorKind::TooDeep));
        }
        self.depth += 1;
        Ok(self.token.position)
    }

    fn advance(&mut self) {
        if self.held {
            self.held = false;
        } else {
            self.token = self.lexer.next();
        }
    }

    fn hold(&mut self) {
        self.held = true;
    }

    fn fault(&self, kind: SyntaxErrorKind) -> Fault {
        Fault::At(SyntaxError {
            position: self.token.position,
            form: Form::Native,
            kind,
        })
    }
}

fn key(token: Token<'_>) -> Key {
    let text = match token.kind {
        TokenKind::Text => text::unquote(token.text, Form::Native),
        _ => Some(text::lossy(token.text).into_owned()),
    };
    Key {
        readable: text.is_some(),
        text: text.unwrap_or_default().into(),
        position: token.position,
    }
}

fn literal(token: &Token<'_>) -> Option<Node> {
    let value = match token.kind {
        TokenKind::Number => Value::Number(text::lossy(token.text).into_owned()),
        TokenKind::Float => Value::Float(text::lossy(token.text).into_owned()),
        TokenKind::Bool => Value::Bool(token.text == b"true"),
        TokenKind::Text => {
            text::unquote(token.text, Form::Native).map_or(Value::Unreadable, Value::Text)
        }
        TokenKind::Heredoc => text::heredoc(token.text).map_or(Value::Unreadable, Value::Heredoc),
        _ => return None,
    };
    Some(Node {
        value,
        position: token.position,
    })
}

fn within(fault: Fault, position: Position, what: InList) -> Fault {
    match fault {
        Fault::At(error) if !error.is_own_limit() => {
            let kind = SyntaxErrorKind::Nested {
                what,
                inner: Box::new(error),
            };
            Fault::At(SyntaxError {
                position,
                form: Form::Native,
                kind,
            })
        }
        other => other,
    }
}

fn with_line_feeds(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !bytes.contains(&b'\r') {
        return Cow::Borrowed(bytes);
    }
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter().peekable();
    while let Some(byte) = rest.next() {
        if *byte != b'\r' || rest.peek() != Some(&&b'\n') {
            plain.push(*byte);
        }
    }
    Cow::Owned(plain)
}
