//! Decodes values whose type the client leaves open: services and the arguments of `credentials`.
//!
//! It never keeps what is inside lists and maps, but looks at all of it, because a malformed number or an unreadable
//! string in there ends the file or crashes the client. A value that comes second for a key is read as the kind of
//! the first; lists and blocks are appended to.

use super::Got;
use super::TypeErrorKind;
use super::ordered::Ordered;
use super::views::Halt;
use super::views::Shape;
use super::views::View;
use super::views::Walk;
use super::views::unreadable;
use crate::syntax::hcl1::Foreign;
use crate::syntax::hcl1::Node;
use crate::syntax::hcl1::Value;

/// A decoded value.
#[derive(Clone)]
pub(super) enum Argument {
    Text(String),
    Null,
    Integer,
    Float,
    Bool,
    /// A list, and whether there is a block somewhere inside.
    List(bool),
    /// A block, or an object outside lists: the client makes a list of maps of it.
    Blocks,
    /// An object in a list, and whether there is a block somewhere inside.
    Map(bool),
}

/// What surrounds a value: in a list, objects become maps, elsewhere blocks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Inside {
    Map,
    List,
}

impl Argument {
    /// Whether it is, or holds, what the client cannot convert when it stands in `credentials`.
    pub(super) fn has_blocks(&self) -> bool {
        match self {
            Self::Blocks => true,
            Self::List(inside) | Self::Map(inside) => *inside,
            Self::Text(_) | Self::Null | Self::Integer | Self::Float | Self::Bool => false,
        }
    }
}

/// Decodes a value, given the one the key had before.
pub(super) fn argument(
    walk: &mut Walk,
    old: Option<&Argument>,
    shape: &Shape<'_>,
    inside: Inside,
) -> Result<Argument, Halt> {
    match old {
        None => fresh(walk, shape, inside),
        Some(Argument::Text(_) | Argument::Null) => text(walk, shape),
        Some(Argument::Integer) => integer(walk, shape).map(|_| Argument::Integer),
        Some(Argument::Float) => float(walk, shape),
        Some(Argument::Bool) => boolean(walk, shape).map(|()| Argument::Bool),
        Some(Argument::List(blocks)) => Ok(Argument::List(list(walk, shape)? || *blocks)),
        Some(Argument::Blocks) => blocks(walk, shape),
        Some(Argument::Map(blocks)) => Ok(Argument::Map(map(walk, shape)? || *blocks)),
    }
}

/// A string, also from a whole number; fractions and booleans are refused.
pub(super) fn string(walk: &Walk, shape: &Shape<'_>) -> Result<String, Halt> {
    if let Argument::Text(text) = text(walk, shape)? {
        return Ok(text);
    }
    Ok(String::new())
}

/// A boolean, written without quotes.
pub(super) fn boolean(walk: &Walk, shape: &Shape<'_>) -> Result<(), Halt> {
    match shape {
        Shape::Node(Node {
            value: Value::Bool(_),
            ..
        }) => Ok(()),
        other => Err(walk.mismatch(other, TypeErrorKind::NotABool)),
    }
}

/// A whole number, also from a string.
pub(super) fn integer(walk: &Walk, shape: &Shape<'_>) -> Result<i64, Halt> {
    match shape {
        Shape::Node(node) => match &node.value {
            Value::Number(text) | Value::Text(text) => parse_integer(walk, text),
            Value::Null => parse_integer(walk, ""),
            Value::Unreadable => Err(unreadable(node.position)),
            Value::Heredoc(_)
            | Value::Float(_)
            | Value::Bool(_)
            | Value::List(_)
            | Value::Object(_) => Err(walk.mismatch(shape, TypeErrorKind::NotAnInteger)),
        },
        other => Err(walk.mismatch(other, TypeErrorKind::NotAnInteger)),
    }
}

fn fresh(walk: &mut Walk, shape: &Shape<'_>, inside: Inside) -> Result<Argument, Halt> {
    match shape {
        Shape::Node(node) => match &node.value {
            Value::List(_) => list(walk, shape).map(Argument::List),
            Value::Object(_) => object(walk, shape, inside),
            Value::Number(_) => integer(walk, shape).map(|_| Argument::Integer),
            Value::Float(_) => float(walk, shape),
            Value::Bool(_) => Ok(Argument::Bool),
            Value::Text(_) | Value::Heredoc(_) | Value::Null | Value::Unreadable => {
                text(walk, shape)
            }
        },
        Shape::Views(_) => object(walk, shape, inside),
        Shape::One(_) => Err(walk.error(TypeErrorKind::NotAValue(Got::ObjectItem), None)),
    }
}

fn object(walk: &mut Walk, shape: &Shape<'_>, inside: Inside) -> Result<Argument, Halt> {
    match inside {
        Inside::Map => blocks(walk, shape),
        Inside::List => map(walk, shape).map(Argument::Map),
    }
}

fn text(walk: &Walk, shape: &Shape<'_>) -> Result<Argument, Halt> {
    match shape {
        Shape::Node(node) => match &node.value {
            Value::Text(text) | Value::Heredoc(text) | Value::Number(text) => {
                Ok(Argument::Text(text.clone()))
            }
            Value::Null => Ok(Argument::Null),
            Value::Unreadable => Err(unreadable(node.position)),
            Value::Float(_) | Value::Bool(_) | Value::List(_) | Value::Object(_) => {
                Err(walk.mismatch(shape, TypeErrorKind::NotAString))
            }
        },
        other => Err(walk.mismatch(other, TypeErrorKind::NotAString)),
    }
}

fn float(walk: &Walk, shape: &Shape<'_>) -> Result<Argument, Halt> {
    let Shape::Node(Node {
        value: Value::Number(text) | Value::Float(text),
        position,
    }) = shape
    else {
        return Err(walk.mismatch(shape, TypeErrorKind::NotAFloat));
    };
    let problem = match text.parse::<f64>() {
        Ok(value) if value.is_finite() => return Ok(Argument::Float),
        Ok(_) => TypeErrorKind::BadFloat {
            text: Foreign(text.clone()),
            range: true,
        },
        // A prefix of 0x is only read with an exponent, which cannot be written here.
        Err(_) => TypeErrorKind::BadFloat {
            text: Foreign(text.clone()),
            range: false,
        },
    };
    Err(walk.error(problem, Some(*position)))
}

/// The elements of a list; true if there is a block somewhere inside.
fn list(walk: &mut Walk, shape: &Shape<'_>) -> Result<bool, Halt> {
    let mut has_blocks = false;
    for (index, element) in elements(walk, shape)?.into_iter().enumerate() {
        let value = walk.at(format!("[{index}]"), |walk| {
            fresh(walk, &element, Inside::List)
        })?;
        has_blocks |= value.has_blocks();
    }
    Ok(has_blocks)
}

fn blocks(walk: &mut Walk, shape: &Shape<'_>) -> Result<Argument, Halt> {
    for (index, element) in elements(walk, shape)?.into_iter().enumerate() {
        walk.at(format!("[{index}]"), |walk| map(walk, &element))?;
    }
    Ok(Argument::Blocks)
}

/// What a list is made of: its elements, the entries of blocks, or the one object there is.
pub(super) fn elements<'a>(walk: &Walk, shape: &Shape<'a>) -> Result<Vec<Shape<'a>>, Halt> {
    match shape {
        Shape::Views(views) => Ok(views
            .iter()
            .map(|view: &View<'a>| Shape::One(*view))
            .collect()),
        Shape::Node(Node {
            value: Value::List(nodes),
            ..
        }) => Ok(nodes.iter().map(Shape::Node).collect()),
        Shape::Node(Node {
            value: Value::Object(_),
            ..
        }) => Ok(vec![shape.clone()]),
        Shape::Node(_) | Shape::One(_) => Err(walk.mismatch(shape, TypeErrorKind::NotAList)),
    }
}

/// The entries of a map; true if there is a block somewhere inside.
fn map(walk: &mut Walk, shape: &Shape<'_>) -> Result<bool, Halt> {
    let Some(views) = shape.views() else {
        return Err(walk.mismatch(shape, TypeErrorKind::NotAMap));
    };
    let mut has_blocks = false;
    let mut values: Ordered<Argument> = Ordered::default();
    walk.entries(&views, |walk, entry| {
        let old = values.entry(&entry.key.text).cloned();
        let value = argument(walk, old.as_ref(), &entry.shape, Inside::Map)?;
        has_blocks |= value.has_blocks();
        values.insert(&entry.key.text, value);
        Ok(())
    })?;
    Ok(has_blocks)
}

fn parse_integer(walk: &Walk, text: &str) -> Result<i64, Halt> {
    parse_go_integer(text).map_err(|range| {
        let text = Foreign(text.to_owned());
        walk.error(TypeErrorKind::BadInteger { text, range }, None)
    })
}

/// Go's `ParseInt` with base 0; the error tells whether the number is only too large.
fn parse_go_integer(text: &str) -> Result<i64, bool> {
    let (negative, unsigned) = match text.as_bytes().first() {
        Some(b'-') => (true, text.get(1..).unwrap_or_default()),
        Some(b'+') => (false, text.get(1..).unwrap_or_default()),
        _ => (false, text),
    };
    let lower = unsigned.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, lower.get(2..)),
        [b'0', b'b', ..] => (2, lower.get(2..)),
        [b'0', b'o', ..] => (8, lower.get(2..)),
        [b'0', _, ..] => (8, lower.get(1..)),
        _ => (10, Some(lower.as_str())),
    };
    let digits = digits.unwrap_or_default();
    let bare: String = digits.chars().filter(|digit| *digit != '_').collect();
    if bare.is_empty()
        || !bare.chars().all(|digit| digit.is_digit(radix))
        || !underscores_fit(digits, radix)
    {
        return Err(false);
    }
    let signed = if negative { format!("-{bare}") } else { bare };
    i64::from_str_radix(&signed, radix).map_err(|_| true)
}

/// Underscores must stand between digits, or between a prefix and a digit.
fn underscores_fit(digits: &str, radix: u32) -> bool {
    let leading = radix == 10 && digits.starts_with('_');
    !leading && !digits.ends_with('_') && !digits.contains("__")
}
