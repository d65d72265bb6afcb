//! JSON syntax of `*.tf.json` files: values with positions, duplicate keys kept, recovering after errors as the client does.
//!
//! Never interprets strings: `${…}` is text here. Surprises:
//! - an object with an error in it is lost whole, but what stands beside it is still read, and its calls are installed;
//! - an odd character ends the file there;
//! - values nested deeper than [`MAX_DEPTH`] are passed over unread; the client has no limit.

mod leaf;

use crate::syntax::hcl2::Span;

use leaf::{keyword, number, text};

/// How deep arrays and objects may nest before they are passed over.
pub const MAX_DEPTH: usize = 200;

const MAX_ERRORS: usize = 32;

/// A value and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: JsonKind,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonKind {
    /// The members in order, equal names included; and the place of the closing brace.
    Object(Vec<Member>, Span),
    /// The items.
    Array(Vec<Json>),
    /// A string, its escapes resolved.
    Text(String),
    /// A number as written.
    Number(String),
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
    /// Something that does not parse or that nests too deep.
    Unreadable,
}

/// `"name": value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The name.
    pub name: String,
    /// Where the name stands.
    pub name_span: Span,
    /// The value.
    pub value: Json,
}

/// A syntax error with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// What is wrong.
    pub fault: JsonFault,
    /// Where.
    pub span: Span,
}

macro_rules! faults {
    ($($(#[$meta:meta])* $name:ident = $summary:literal,)*) => {
        /// What is wrong with the syntax; each variant stands for one message of the client.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum JsonFault { $($(#[$meta])* $name,)* }

        impl JsonFault {
            /// The summary line the client prints.
            #[must_use]
            pub fn client_summary(self) -> &'static str {
                match self { $(Self::$name => $summary,)* }
            }
        }
    };
}

faults! {
    /// More behind the value.
    Extraneous = "Extraneous data after value",
    /// The file is neither an object nor an array.
    Root = "Root value must be object",
    /// A closing brace where a value must be.
    ValueMissing = "Missing JSON value",
    /// A closing bracket where a value must be.
    ItemMissing = "Missing array element value",
    /// The file ends where a value must be.
    EndOfFile = "Missing value",
    /// Something else where a value must be.
    StartOfValue = "Invalid start of value",
    /// A name that is no string.
    PropertyName = "Invalid object property name",
    /// A name without a value.
    ObjectValue = "Missing object value",
    /// No colon behind a name.
    Colon = "Missing property value colon",
    /// A comma behind the last member.
    TrailingCommaInObject = "Trailing comma in object",
    /// A comma behind the last item.
    TrailingCommaInArray = "Trailing comma in array",
    /// The file ends inside an object or array.
    Unclosed = "Unclosed object",
    /// An object closed with a bracket.
    Braces = "Mismatched braces",
    /// An array closed with a brace.
    Brackets = "Mismatched brackets",
    /// No comma between members or items.
    Separator = "Missing attribute seperator comma",
    /// A colon in an array.
    ColonInArray = "Invalid array value",
    /// Digits that are no number.
    Number = "Invalid JSON number",
    /// A string that does not end, or with a wrong escape or a control character.
    Text = "Invalid JSON string",
    /// A word other than `true`, `false` and `null`.
    Keyword = "Invalid JSON keyword",
}

/// Reads a whole file: its value, and what is wrong with it.
#[must_use]
pub fn parse(source: &[u8]) -> (Json, Vec<JsonError>) {
    let mut reader = Reader {
        source,
        tokens: scan(source),
        next: 0,
        errors: Vec::new(),
        depth: 0,
    };
    let root = reader.value();
    if reader.errors.is_empty() && reader.peek().kind != Kind::End {
        let token = reader.peek();
        reader.fault(JsonFault::Extraneous, token);
    }
    if !matches!(root.kind, JsonKind::Object(..) | JsonKind::Array(_)) {
        reader.errors.push(JsonError {
            fault: JsonFault::Root,
            span: root.span,
        });
        let empty = Json {
            span: root.span,
            kind: JsonKind::Object(Vec::new(), root.span),
        };
        return (empty, reader.errors);
    }
    (root, reader.errors)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    Comma,
    Colon,
    Equal,
    Keyword,
    Text,
    Number,
    Invalid,
    End,
}

#[derive(Clone, Copy)]
struct Token {
    kind: Kind,
    span: Span,
}

struct Reader<'a> {
    source: &'a [u8],
    tokens: Vec<Token>,
    next: usize,
    errors: Vec<JsonError>,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self) -> Json {
        let token = self.peek();
        let kind = match token.kind {
            Kind::OpenBrace | Kind::OpenBracket if self.depth >= MAX_DEPTH => {
                self.pass_over();
                None
            }
            Kind::OpenBrace => self.nested(Self::object),
            Kind::OpenBracket => self.nested(Self::array),
            Kind::Number => self.leaf(JsonFault::Number, number),
            Kind::Text => self.leaf(JsonFault::Text, text),
            Kind::Keyword => self.leaf(JsonFault::Keyword, keyword),
            Kind::CloseBrace => self.no_value(JsonFault::ValueMissing, token),
            Kind::CloseBracket => self.no_value(JsonFault::ItemMissing, token),
            Kind::End => self.no_value(JsonFault::EndOfFile, token),
            Kind::Comma | Kind::Colon | Kind::Equal | Kind::Invalid => {
                self.no_value(JsonFault::StartOfValue, token)
            }
        };
        let last = self
            .next
            .checked_sub(1)
            .and_then(|index| self.tokens.get(index))
            .map_or(0, |token| token.span.end);
        let span = Span {
            end: last.max(token.span.end),
            ..token.span
        };
        Json {
            span,
            kind: kind.unwrap_or(JsonKind::Unreadable),
        }
    }

    fn nested(&mut self, part: fn(&mut Self) -> Option<JsonKind>) -> Option<JsonKind> {
        self.depth += 1;
        let value = part(self);
        self.depth -= 1;
        value
    }

    fn leaf(&mut self, fault: JsonFault, read: fn(&[u8]) -> Option<JsonKind>) -> Option<JsonKind> {
        let token = self.read();
        let value = read(self.bytes(token));
        if value.is_none() {
            self.fault(fault, token);
        }
        value
    }

    fn no_value(&mut self, fault: JsonFault, token: Token) -> Option<JsonKind> {
        self.fault(fault, token);
        None
    }

    fn object(&mut self) -> Option<JsonKind> {
        let open = self.read();
        let mut members = Vec::new();
        while self.peek().kind != Kind::CloseBrace {
            let (name, name_span) = self.name()?;
            members.push(Member {
                name,
                name_span,
                value: self.value(),
            });
            let next = self.peek();
            match next.kind {
                Kind::CloseBrace => break,
                Kind::Comma => {
                    self.read();
                    if self.peek().kind == Kind::CloseBrace {
                        return self.no_value(JsonFault::TrailingCommaInObject, next);
                    }
                }
                Kind::End => return self.no_value(JsonFault::Unclosed, open),
                Kind::CloseBracket => {
                    self.read();
                    return self.no_value(JsonFault::Braces, next);
                }
                _ => {
                    self.recover((Kind::OpenBrace, Kind::CloseBrace));
                    return self.no_value(JsonFault::Separator, next);
                }
            }
        }
        let close = self.read();
        Some(JsonKind::Object(members, close.span))
    }

    /// `"name":`.
    fn name(&mut self) -> Option<(String, Span)> {
        let key = self.value();
        let JsonKind::Text(name) = key.kind else {
            self.errors.push(JsonError {
                fault: JsonFault::PropertyName,
                span: key.span,
            });
            return None;
        };
        let colon = self.peek();
        if colon.kind == Kind::Colon {
            self.read();
            return Some((name, key.span));
        }
        self.recover((Kind::OpenBrace, Kind::CloseBrace));
        let fault = match colon.kind {
            Kind::CloseBrace | Kind::Comma => JsonFault::ObjectValue,
            _ => JsonFault::Colon,
        };
        self.fault(fault, colon);
        None
    }

    fn array(&mut self) -> Option<JsonKind> {
        let open = self.read();
        let mut items = Vec::new();
        while self.peek().kind != Kind::CloseBracket {
            items.push(self.value());
            let next = self.peek();
            let fault = match next.kind {
                Kind::CloseBracket => break,
                Kind::Comma => {
                    self.read();
                    if self.peek().kind == Kind::CloseBracket {
                        return self.no_value(JsonFault::TrailingCommaInArray, next);
                    }
                    continue;
                }
                Kind::End => {
                    return self.no_value(JsonFault::Unclosed, open);
                }
                Kind::Colon => JsonFault::ColonInArray,
                Kind::CloseBrace => JsonFault::Brackets,
                _ => JsonFault::Separator,
            };
            self.recover((Kind::OpenBracket, Kind::CloseBracket));
            return self.no_value(fault, next);
        }
        self.read();
        Some(JsonKind::Array(items))
    }

    /// Reads on until the first closing token of the pair, the one of an inner value included.
    fn recover(&mut self, (open, close): (Kind, Kind)) {
        let mut nested = 1_usize;
        loop {
            let kind = self.read().kind;
            if kind == open {
                nested += 1;
            } else if kind == close {
                nested -= 1;
                if nested <= 1 {
                    return;
                }
            } else if kind == Kind::End {
                return;
            }
        }
    }

    /// Reads a value that nests too deep without looking at it.
    fn pass_over(&mut self) {
        let mut nested = 0_usize;
        loop {
            match self.read().kind {
                Kind::OpenBrace | Kind::OpenBracket => nested += 1,
                Kind::CloseBrace | Kind::CloseBracket => {
                    nested = nested.saturating_sub(1);
                    if nested == 0 {
                        return;
                    }
                }
                Kind::End => return,
                _ => {}
            }
        }
    }

    fn peek(&self) -> Token {
        self.tokens
            .get(self.next)
            .or_else(|| self.tokens.last())
            .copied()
            .unwrap_or(END)
    }

    fn read(&mut self) -> Token {
        let token = self.peek();
        self.next = (self.next + 1).min(self.tokens.len());
        token
    }

    fn bytes(&self, token: Token) -> &'a [u8] {
        self.source.get(token.span.range()).unwrap_or_default()
    }

    fn fault(&mut self, fault: JsonFault, token: Token) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(JsonError {
                fault,
                span: token.span,
            });
        }
    }
}

const END: Token = Token {
    kind: Kind::End,
    span: Span {
        start: 0,
        end: 0,
        line: 1,
        column: 1,
    },
};

fn scan(source: &[u8]) -> Vec<Token> {
    let mut tokens = Vec::new();
    let (mut at, mut line, mut column) = (0, 1, 1);
    loop {
        match source.get(at) {
            Some(b' ' | b'\r') => column += 1,
            Some(b'\t') => column += 2,
            Some(b'\n') => {
                line += 1;
                column = 1;
            }
            other => {
                let (kind, length) =
                    other.map_or((Kind::End, 0), |&first| token_at(source, at, first));
                tokens.push(Token {
                    kind,
                    span: Span {
                        start: at,
                        end: at + length,
                        line,
                        column,
                    },
                });
                if kind == Kind::End {
                    return tokens;
                }
                let bytes = source.get(at..at + length).unwrap_or_default();
                let width = bytes.iter().filter(|&&byte| byte & 0xc0 != 0x80).count();
                column = column.saturating_add(u32::try_from(width).unwrap_or(u32::MAX));
                if kind == Kind::Invalid {
                    let span = Span {
                        start: at + length,
                        end: at + length,
                        line,
                        column,
                    };
                    tokens.push(Token {
                        kind: Kind::End,
                        span,
                    });
                    return tokens;
                }
                at += length;
                continue;
            }
        }
        at += 1;
    }
}

fn token_at(source: &[u8], at: usize, first: u8) -> (Kind, usize) {
    let rest = source.get(at..).unwrap_or_default();
    let run = |fits: fn(u8) -> bool| rest.iter().take_while(|&&byte| fits(byte)).count();
    match first {
        b'{' => (Kind::OpenBrace, 1),
        b'}' => (Kind::CloseBrace, 1),
        b'[' => (Kind::OpenBracket, 1),
        b']' => (Kind::CloseBracket, 1),
        b',' => (Kind::Comma, 1),
        b':' => (Kind::Colon, 1),
        b'=' => (Kind::Equal, 1),
        b'"' => (Kind::Text, text_length(rest)),
        b'-' | b'+' | b'.' | b'0'..=b'9' => (
            Kind::Number,
            run(|byte| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')),
        ),
        b'a'..=b'z' | b'A'..=b'Z' => (
            Kind::Keyword,
            run(|byte| byte.is_ascii_alphabetic() || byte == b'_'),
        ),
        _ => (Kind::Invalid, 1),
    }
}

/// How long a string is; it ends before a control character, too.
fn text_length(rest: &[u8]) -> usize {
    let mut escaped = false;
    for (index, &byte) in rest.iter().enumerate().skip(1) {
        match byte {
            b'"' if !escaped => return index + 1,
            0..=31 => return index,
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summaries(source: &str) -> Vec<&'static str> {
        parse(source.as_bytes())
            .1
            .iter()
            .map(|error| error.fault.client_summary())
            .collect()
    }

    #[test]
    fn what_stands_beside_a_broken_object_is_still_read() {
        let (root, errors) = parse(br#"{"a": {"b": 1}, "module": {"x": {"source": "./x"},}}"#);
        assert_eq!(
            errors.iter().map(|error| error.fault).collect::<Vec<_>>(),
            [JsonFault::TrailingCommaInObject]
        );
        let JsonKind::Object(members, _) = root.kind else {
            panic!("the root is an object")
        };
        let names: Vec<_> = members
            .iter()
            .map(|member| (member.name.as_str(), &member.value.kind))
            .collect();
        assert!(matches!(
            names.as_slice(),
            [
                ("a", JsonKind::Object(..)),
                ("module", JsonKind::Unreadable)
            ]
        ));
    }

    #[test]
    fn a_string_ends_before_a_line_end() {
        assert_eq!(
            summaries("{\"a\": \"b\nc\"}"),
            [
                "Invalid JSON string",
                "Missing attribute seperator comma",
                "Root value must be object"
            ]
        );
    }

    #[test]
    fn deep_nesting_is_passed_over() {
        assert!(parse("[".repeat(100_000).as_bytes()).1.len() <= MAX_ERRORS + 1);
        let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
        assert_eq!(parse(deep.as_bytes()).1, []);
    }
}
