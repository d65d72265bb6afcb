//! Builds the tree of a file in JSON, then flattens it as the client does.
//!
//! It never follows the JSON grammar where HCL 1's reader does not: a missing comma ends the object, a missing brace
//! is fine, `true` in a list vanishes, and an opening bracket inside a list is skipped.
//!
//! Flattening: an object whose values are all objects, and a list that holds only objects, disappear into longer
//! keys: `{"host": {"a": {…}, "b": {…}}}` becomes two items, `host a` and `host b`.

use super::Document;
use super::Foreign;
use super::Form;
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

/// Most keys that flattening may copy; without a limit a small file could fill the memory.
const MAX_KEYS: usize = 1_000_000;

/// Parses a file in JSON, the first visible character of which is `{`.
pub(super) fn parse(bytes: &[u8]) -> Result<Document, SyntaxError> {
    let mut parser = Parser::new(bytes);
    parser.advance();
    let position = parser.token.position;
    let outcome = parser.root();
    if let Some((position, kind)) = parser.lexer.error() {
        return Err(error(position, kind));
    }
    let items = outcome?;
    let unread_from = parser.unread();
    let mut flattener = Flattener { keys: 0 };
    let items = flattener
        .items(items)
        .ok_or_else(|| error(position, SyntaxErrorKind::TooLarge))?;
    Ok(Document {
        form: Form::Json,
        items,
        unread_from,
    })
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    token: Token<'a>,
    depth: usize,
}

/// Why a value could not be read: the text ended, which is fine, or a real error.
enum Fault {
    End,
    At(SyntaxError),
}

impl<'a> Parser<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let start = Token {
            kind: TokenKind::Illegal,
            text: b"",
            position: Position { line: 0, column: 0 },
        };
        Self {
            lexer: Lexer::new(bytes, Form::Json),
            token: start,
            depth: 0,
        }
    }

    fn root(&mut self) -> Result<Vec<Item>, SyntaxError> {
        match self.object() {
            Ok(Node {
                value: Value::Object(items),
                ..
            }) => Ok(items),
            Ok(_) | Err(Fault::End) => Ok(Vec::new()),
            Err(Fault::At(error)) => Err(error),
        }
    }

    fn unread(&mut self) -> Option<Position> {
        match self.token.kind {
            TokenKind::RightBrace => self.lexer.rest(),
            TokenKind::End => None,
            _ => Some(self.token.position),
        }
    }

    fn object(&mut self) -> Result<Node, Fault> {
        let position = self.enter()?;
        let mut items = Vec::new();
        if let Err(fault) = self.items(&mut items)
            && self.token.kind != TokenKind::RightBrace
        {
            return Err(fault);
        }
        self.depth -= 1;
        Ok(Node {
            value: Value::Object(items),
            position,
        })
    }

    fn items(&mut self, items: &mut Vec<Item>) -> Result<(), Fault> {
        loop {
            match self.item() {
                Ok(item) => items.push(item),
                Err(Fault::End) => return Ok(()),
                Err(fault) => return Err(fault),
            }
            self.advance();
            if self.token.kind != TokenKind::Comma {
                return Ok(());
            }
        }
    }

    fn item(&mut self) -> Result<Item, Fault> {
        let mut keys = Vec::new();
        loop {
            self.advance();
            match self.token.kind {
                TokenKind::Text => keys.push(key(&self.token)),
                TokenKind::Colon if !keys.is_empty() => break,
                TokenKind::End => return Err(Fault::End),
                got => return Err(self.fault(SyntaxErrorKind::JsonKeyExpected { got })),
            }
        }
        if keys.len() > MAX_DEPTH {
            return Err(self.fault(SyntaxErrorKind::TooDeep));
        }
        Ok(Item {
            keys,
            assigned: true,
            node: self.value()?,
        })
    }

    fn value(&mut self) -> Result<Node, Fault> {
        self.advance();
        let position = self.token.position;
        let value = match self.token.kind {
            TokenKind::LeftBrace => return self.object(),
            TokenKind::LeftBracket => return self.list(),
            TokenKind::End => return Err(Fault::End),
            TokenKind::Null => Value::Null,
            TokenKind::Bool => Value::Bool(self.token.text == b"true"),
            got => scalar(&self.token).ok_or_else(|| {
                let text = Foreign(text::lossy(self.token.text).into_owned());
                self.fault(SyntaxErrorKind::JsonUnknownToken { got, text })
            })?,
        };
        Ok(Node { value, position })
    }

    fn list(&mut self) -> Result<Node, Fault> {
        let position = self.token.position;
        let mut nodes = Vec::new();
        loop {
            self.advance();
            match self.token.kind {
                TokenKind::RightBracket => {
                    return Ok(Node {
                        value: Value::List(nodes),
                        position,
                    });
                }
                TokenKind::LeftBrace => nodes.push(self.object()?),
                TokenKind::Comma | TokenKind::Bool | TokenKind::LeftBracket => {}
                got => {
                    let value = scalar(&self.token)
                        .ok_or_else(|| self.fault(SyntaxErrorKind::ListElement { got }))?;
                    nodes.push(Node {
                        value,
                        position: self.token.position,
                    });
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
        self.token = self.lexer.next();
    }

    fn fault(&self, kind: SyntaxErrorKind) -> Fault {
        Fault::At(error(self.token.position, kind))
    }
}

struct Flattener {
    keys: usize,
}

impl Flattener {
    fn items(&mut self, items: Vec<Item>) -> Option<Vec<Item>> {
        let mut flat = Vec::with_capacity(items.len());
        for item in items {
            self.spread(item, &mut flat)?;
        }
        for item in &mut flat {
            self.inside(&mut item.node)?;
        }
        Some(flat)
    }

    /// Puts an item into `flat`, or what it stands for once objects of objects and lists of objects are taken apart.
    fn spread(&mut self, item: Item, flat: &mut Vec<Item>) -> Option<()> {
        self.keys += item.keys.len();
        if self.keys > MAX_KEYS {
            return None;
        }
        let Item {
            keys,
            assigned,
            node: Node { value, position },
        } = item;
        match value {
            Value::Object(items)
                if !items.is_empty() && items.iter().all(|inner| is_object(&inner.node)) =>
            {
                for inner in items {
                    let keys = keys.iter().cloned().chain(inner.keys).collect();
                    self.spread(
                        Item {
                            keys,
                            assigned,
                            node: inner.node,
                        },
                        flat,
                    )?;
                }
            }
            Value::List(nodes) if !nodes.is_empty() && nodes.iter().all(is_object) => {
                for node in nodes {
                    self.spread(
                        Item {
                            keys: keys.clone(),
                            assigned,
                            node,
                        },
                        flat,
                    )?;
                }
            }
            value => flat.push(Item {
                keys,
                assigned,
                node: Node { value, position },
            }),
        }
        Some(())
    }

    fn inside(&mut self, node: &mut Node) -> Option<()> {
        match &mut node.value {
            Value::Object(items) => *items = self.items(std::mem::take(items))?,
            Value::List(nodes) => {
                for node in nodes {
                    self.inside(node)?;
                }
            }
            Value::Text(_)
            | Value::Heredoc(_)
            | Value::Unreadable
            | Value::Null
            | Value::Number(_)
            | Value::Float(_)
            | Value::Bool(_) => {}
        }
        Some(())
    }
}

fn is_object(node: &Node) -> bool {
    matches!(node.value, Value::Object(_))
}

fn key(token: &Token<'_>) -> Key {
    let text = text::unquote(token.text, Form::Json);
    Key {
        readable: text.is_some(),
        text: text.unwrap_or_default().into(),
        position: token.position,
    }
}

fn scalar(token: &Token<'_>) -> Option<Value> {
    match token.kind {
        TokenKind::Number => Some(Value::Number(text::lossy(token.text).into_owned())),
        TokenKind::Float => Some(Value::Float(text::lossy(token.text).into_owned())),
        TokenKind::Text => {
            Some(text::unquote(token.text, Form::Json).map_or(Value::Unreadable, Value::Text))
        }
        _ => None,
    }
}

fn error(position: Position, kind: SyntaxErrorKind) -> SyntaxError {
    SyntaxError {
        position,
        form: Form::Json,
        kind,
    }
}
