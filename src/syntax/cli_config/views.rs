//! Items seen without their first keys, and the walk over them that all maps and blocks share.
//!
//! It never copies values. Names of arguments match whatever their case. Entries of one map that have several keys
//! are gathered under their first key, and there case does not count either: the client filters with the same
//! comparison it uses for names.

use std::collections::HashMap;
use std::collections::HashSet;

use super::Crash;
use super::CrashKind;
use super::Got;
use super::TypeError;
use super::TypeErrorKind;
use crate::syntax::hcl1::Form;
use crate::syntax::hcl1::Item;
use crate::syntax::hcl1::Key;
use crate::syntax::hcl1::MAX_DEPTH;
use crate::syntax::hcl1::Node;
use crate::syntax::hcl1::Position;
use crate::syntax::hcl1::Value;

/// Most items that are looked at for one file: gathering can look at an item once for every spelling of its key.
const MAX_STEPS: usize = 4_000_000;

/// Longest path; in JSON, keys and nesting together can be longer than either may be.
const MAX_PATH: usize = 2 * MAX_DEPTH + 20;

/// An item without the keys already used up.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) keys: &'a [Key],
    pub(super) node: &'a Node,
}

/// What is decoded: a value, the content of blocks, or one entry of those.
#[derive(Clone)]
pub(super) enum Shape<'a> {
    Node(&'a Node),
    Views(Vec<View<'a>>),
    One(View<'a>),
}

/// Why decoding ends.
#[derive(Debug)]
pub(super) enum Halt {
    Type(Box<TypeError>),
    Crash(Crash),
    Limit,
}

/// One entry of a map: its key and what belongs to it.
pub(super) struct Entry<'a> {
    pub(super) key: &'a Key,
    pub(super) shape: Shape<'a>,
}

/// What an argument of a block holds: what has further keys in front, and plain values.
pub(super) struct Field<'a> {
    pub(super) labelled: Vec<View<'a>>,
    pub(super) plain: Vec<&'a Node>,
}

/// The walk over one file: where it is, and how much it has looked at.
pub(super) struct Walk {
    pub(super) form: Form,
    path: Vec<String>,
    steps: usize,
}

impl Walk {
    /// A walk that starts at the root.
    pub(super) fn new(form: Form) -> Self {
        Self {
            form,
            path: Vec::new(),
            steps: 0,
        }
    }

    /// Runs `inner` with one more step in the path.
    pub(super) fn at<T>(&mut self, step: String, inner: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step);
        let outcome = inner(self);
        self.path.pop();
        outcome
    }

    /// The type error `kind` at the current path.
    pub(super) fn error(&self, kind: TypeErrorKind, position: Option<Position>) -> Halt {
        let path = format!("root{}", self.path.concat());
        Halt::Type(Box::new(TypeError {
            path,
            kind,
            position,
            form: self.form,
        }))
    }

    /// The error for a shape of the wrong type. The client crashes when it asks an empty block for its place.
    pub(super) fn mismatch(&self, shape: &Shape<'_>, kind: fn(Got) -> TypeErrorKind) -> Halt {
        if let Shape::Views(views) = shape
            && views.is_empty()
        {
            let kind = CrashKind::EmptyBlock;
            return Halt::Crash(Crash {
                kind,
                position: None,
            });
        }
        self.error(kind(shape.got()), shape.position())
    }

    /// The items that belong to the argument `name`, taken apart.
    pub(super) fn field<'a>(&mut self, views: &[View<'a>], name: &str) -> Result<Field<'a>, Halt> {
        let mut field = Field {
            labelled: Vec::new(),
            plain: Vec::new(),
        };
        for view in views {
            self.step()?;
            let Some((first, rest)) = view.keys.split_first() else {
                continue;
            };
            if !same_name(readable(first)?, name) {
                continue;
            }
            if rest.is_empty() {
                field.plain.push(view.node);
            } else {
                field.labelled.push(View {
                    keys: rest,
                    node: view.node,
                });
            }
        }
        Ok(field)
    }

    /// The entries of a map in the client's order, given to `each` one after the other.
    pub(super) fn entries<'a>(
        &mut self,
        views: &[View<'a>],
        mut each: impl FnMut(&mut Self, Entry<'a>) -> Result<(), Halt>,
    ) -> Result<(), Halt> {
        let mut groups: Option<HashMap<String, Vec<View<'a>>>> = None;
        let mut done: HashSet<&str> = HashSet::new();
        for view in views {
            self.step()?;
            let Some((key, rest)) = view.keys.split_first() else {
                return Err(self.error(TypeErrorKind::NoKey, first_position(views)));
            };
            let text = readable(key)?;
            if done.contains(text) {
                continue;
            }
            let shape = if rest.is_empty() {
                Shape::Node(view.node)
            } else {
                done.insert(text);
                let groups = match &mut groups {
                    Some(groups) => groups,
                    none => none.insert(gathered(views)?),
                };
                let group = groups.get(&folded(text)).cloned().unwrap_or_default();
                self.steps += group.len();
                Shape::Views(group)
            };
            self.at(format!(".{text}"), |walk| each(walk, Entry { key, shape }))?;
        }
        Ok(())
    }

    fn step(&mut self) -> Result<(), Halt> {
        self.steps += 1;
        if self.steps > MAX_STEPS || self.path.len() > MAX_PATH {
            return Err(Halt::Limit);
        }
        Ok(())
    }
}

impl<'a> Shape<'a> {
    /// The content, if this is a block, an object or the content of one.
    pub(super) fn views(&self) -> Option<Vec<View<'a>>> {
        match self {
            Self::Node(Node {
                value: Value::Object(items),
                ..
            }) => Some(views(items)),
            Self::Node(_) => None,
            Self::Views(views) => Some(views.clone()),
            Self::One(view) => Some(vec![*view]),
        }
    }

    /// The client's word for this shape.
    pub(super) fn got(&self) -> Got {
        match self {
            Self::Node(node) => match &node.value {
                Value::List(_) => Got::List,
                Value::Object(_) => Got::Object,
                Value::Text(_)
                | Value::Heredoc(_)
                | Value::Unreadable
                | Value::Null
                | Value::Number(_)
                | Value::Float(_)
                | Value::Bool(_) => Got::Literal,
            },
            Self::Views(_) => Got::ObjectList,
            Self::One(_) => Got::ObjectItem,
        }
    }

    /// Where it starts, as far as the client knows in native syntax.
    pub(super) fn position(&self) -> Option<Position> {
        match self {
            Self::Node(node) => Some(node.position),
            Self::Views(views) => first_position(views),
            Self::One(view) => view.keys.first().map(|key| key.position),
        }
    }
}

/// A plain argument value: a block there counts by its content.
pub(super) fn plain(node: &Node) -> Shape<'_> {
    if let Value::Object(items) = &node.value {
        return Shape::Views(views(items));
    }
    Shape::Node(node)
}

/// Items with all their keys.
pub(super) fn views(items: &[Item]) -> Vec<View<'_>> {
    items
        .iter()
        .map(|item| View {
            keys: &item.keys,
            node: &item.node,
        })
        .collect()
}

/// The text of a key, or the crash that comes of looking at it.
pub(super) fn readable(key: &Key) -> Result<&str, Halt> {
    if key.readable {
        Ok(&key.text)
    } else {
        Err(unreadable(key.position))
    }
}

/// The crash that comes of looking at an unreadable string.
pub(super) fn unreadable(position: Position) -> Halt {
    Halt::Crash(Crash {
        kind: CrashKind::UnreadableText,
        position: Some(position),
    })
}

/// Whether two names are the same to the client.
pub(super) fn same_name(left: &str, right: &str) -> bool {
    if left.is_ascii() && right.is_ascii() {
        return left.eq_ignore_ascii_case(right);
    }
    folded(left) == folded(right)
}

fn gathered<'a>(views: &[View<'a>]) -> Result<HashMap<String, Vec<View<'a>>>, Halt> {
    let mut groups: HashMap<String, Vec<View<'a>>> = HashMap::new();
    for view in views {
        if let Some((key, rest)) = view.keys.split_first() {
            groups
                .entry(folded(readable(key)?))
                .or_default()
                .push(View {
                    keys: rest,
                    node: view.node,
                });
        }
    }
    Ok(groups)
}

fn first_position(views: &[View<'_>]) -> Option<Position> {
    views.first()?.keys.first().map(|key| key.position)
}

/// Simple case folding, one character for one: only such pairs are equal to the client.
fn folded(text: &str) -> String {
    text.chars().map(fold).collect()
}

fn fold(character: char) -> char {
    let single = |mut characters: Vec<char>| match (characters.pop(), characters.is_empty()) {
        (Some(only), true) => Some(only),
        _ => None,
    };
    let upper = single(character.to_uppercase().collect()).unwrap_or(character);
    single(upper.to_lowercase().collect()).unwrap_or(upper)
}
