//! Which JSON types Go's struct fields take, and how repeated members pile up in them.
//!
//! Never fails on unknown members, and takes `null` for anything. The first mismatch in document order is the one Go
//! reports, after it has read the rest.

#![deny(clippy::indexing_slicing)]

use super::go_json::{Member, Value, key_matches};

/// What a field of a Go struct takes.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// A string.
    Text,
    /// A list.
    List {
        /// What its elements are.
        of: &'static Self,
        /// Go's name of the list's type.
        go_type: &'static str,
    },
    /// An object.
    Struct(&'static StructShape),
    /// Anything, because it decodes itself.
    Any,
}

/// The fields of a Go struct.
#[derive(Debug)]
pub struct StructShape {
    /// Go's name of the type.
    pub name: &'static str,
    /// The same with its package.
    pub go_type: &'static str,
    /// The JSON names of the fields, and what they take.
    pub fields: &'static [(&'static str, Shape)],
}

/// A value that its field does not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongType {
    /// Where it is, as a JSON pointer.
    pub pointer: String,
    /// Go's word for the value's type.
    pub got: &'static str,
    /// Go's name of the type the field takes.
    pub expected: &'static str,
    /// The name of the innermost struct, and the path of fields to it; empty for the document itself.
    pub field: Option<(&'static str, String)>,
}

/// Whether Go can read the value into this struct.
pub fn check(value: &Value, shape: &'static StructShape) -> Result<(), WrongType> {
    let mut path = Path {
        steps: Vec::new(),
        fields: Vec::new(),
        structs: Vec::new(),
    };
    path.check(value, Shape::Struct(shape))
}

/// Whether an object of this shape, here or below, has a field twice in whatever spelling.
pub fn has_repeated_fields(value: &Value, shape: Shape) -> bool {
    match (value, shape) {
        (Value::Array(elements), Shape::List { of, .. }) => elements
            .iter()
            .any(|element| has_repeated_fields(element, *of)),
        (Value::Object(members), Shape::Struct(shape)) => {
            shape.fields.iter().any(|(name, field)| {
                let mut named = members
                    .iter()
                    .filter(|member| key_matches(&member.key, name));
                let deeper = named
                    .next()
                    .is_some_and(|first| has_repeated_fields(&first.value, *field));
                deeper || named.next().is_some()
            })
        }
        (_, Shape::Text | Shape::Any | Shape::List { .. } | Shape::Struct(_)) => false,
    }
}

impl WrongType {
    /// The message of Go's library.
    pub fn go_message(&self) -> String {
        let Self { got, expected, .. } = self;
        match &self.field {
            Some((name, path)) => {
                format!(
                    "json: cannot unmarshal {got} into Go struct field {name}.{path} of type {expected}"
                )
            }
            None => format!("json: cannot unmarshal {got} into Go value of type {expected}"),
        }
    }
}

/// A list of a Go struct, filled again by each member that has its name.
///
/// Go shortens the list to the new length but does not clear what it held: an element that stood there before, even one
/// cut off in between, is written over field by field.
#[derive(Debug)]
pub struct Refilled<T> {
    slots: Vec<T>,
    length: usize,
}

impl<T> Default for Refilled<T> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            length: 0,
        }
    }
}

impl<T: Default> Refilled<T> {
    /// Fills the list from a member's value; other types than lists leave it alone.
    pub fn fill(&mut self, value: &Value, mut element: impl FnMut(&mut T, &Value)) {
        match value {
            Value::Null => *self = Self::default(),
            Value::Array(values) if values.is_empty() => *self = Self::default(),
            Value::Array(values) => {
                self.slots
                    .resize_with(self.slots.len().max(values.len()), T::default);
                self.slots
                    .iter_mut()
                    .zip(values)
                    .for_each(|(slot, value)| element(slot, value));
                self.length = values.len();
            }
            Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Object(_) => {}
        }
    }

    /// The elements, in order.
    pub fn into_elements(self) -> impl Iterator<Item = T> {
        self.slots.into_iter().take(self.length)
    }
}

/// Overwrites a string field; `null` and other types leave it alone.
pub fn fill_text(field: &mut String, value: &Value) {
    if let Value::Text(text) = value {
        field.clone_from(text);
    }
}

/// Hands each member of an object that has the name of a field to `fill`, in order.
pub fn for_each_field(
    value: &Value,
    fields: &[&'static str],
    mut fill: impl FnMut(&'static str, &Value),
) {
    for Member { key, value, .. } in value.members().unwrap_or_default() {
        let exact = fields.iter().find(|field| key == **field);
        if let Some(field) = exact.or_else(|| fields.iter().find(|field| key_matches(key, field))) {
            fill(field, value);
        }
    }
}

/// The way from the document to the value in hand.
struct Path<'a> {
    steps: Vec<Step<'a>>,
    fields: Vec<&'static str>,
    structs: Vec<&'static str>,
}

enum Step<'a> {
    Member(&'a str),
    Element(usize),
}

impl<'a> Path<'a> {
    /// Its recursion is bounded by the depth of the shape.
    fn check(&mut self, value: &'a Value, shape: Shape) -> Result<(), WrongType> {
        match (value, shape) {
            (Value::Null, _) | (_, Shape::Any) | (Value::Text(_), Shape::Text) => Ok(()),
            (Value::Array(elements), Shape::List { of, .. }) => self.check_elements(elements, *of),
            (Value::Object(members), Shape::Struct(shape)) => self.check_members(members, shape),
            (_, Shape::Text) => Err(self.wrong(value, "string")),
            (_, Shape::List { go_type, .. }) => Err(self.wrong(value, go_type)),
            (_, Shape::Struct(shape)) => Err(self.wrong(value, shape.go_type)),
        }
    }

    fn check_elements(&mut self, elements: &'a [Value], of: Shape) -> Result<(), WrongType> {
        for (index, element) in elements.iter().enumerate() {
            self.steps.push(Step::Element(index));
            self.check(element, of)?;
            self.steps.pop();
        }
        Ok(())
    }

    fn check_members(
        &mut self,
        members: &'a [Member],
        shape: &'static StructShape,
    ) -> Result<(), WrongType> {
        for member in members {
            let exact = shape.fields.iter().find(|(name, _)| member.key == *name);
            let folded = || {
                shape
                    .fields
                    .iter()
                    .find(|(name, _)| key_matches(&member.key, name))
            };
            let Some((name, field)) = exact.or_else(folded) else {
                continue;
            };
            self.steps.push(Step::Member(&member.key));
            self.fields.push(name);
            self.structs.push(shape.name);
            self.check(&member.value, *field)?;
            self.steps.pop();
            self.fields.pop();
            self.structs.pop();
        }
        Ok(())
    }

    fn wrong(&self, value: &Value, expected: &'static str) -> WrongType {
        let mut pointer = String::new();
        for step in &self.steps {
            pointer.push('/');
            match step {
                Step::Member(key) => pointer.push_str(&key.replace('~', "~0").replace('/', "~1")),
                Step::Element(index) => pointer.push_str(&index.to_string()),
            }
        }
        let field = self
            .structs
            .last()
            .map(|name| (*name, self.fields.join(".")));
        WrongType {
            pointer,
            got: value.go_kind(),
            expected,
            field,
        }
    }
}
