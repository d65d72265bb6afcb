//! The content of a body by a schema, the same for both syntaxes. Never knows what the content is for.
//!
//! Surprises: a block with too few or too many labels is lost; in JSON syntax a list of objects stands for one object,
//! a label is the name of a member, and `//` members are comments in closed bodies.

use std::collections::HashSet;

use crate::syntax::hcl2::{Body, Expression, Shape, Span, Value};
use crate::syntax::tf_json::{Json, JsonKind, Member};

use super::problem::{Problem, ProblemKind};
use super::schema::{BlockSchema, Schema};
use super::{ConfigRules, Layer};

const MAX_PROBLEMS: usize = 200;

/// Where problems of one file go, and what they depend on.
pub(super) struct Sink<'a> {
    pub(super) file: &'a str,
    pub(super) source: &'a [u8],
    pub(super) layer: Layer,
    pub(super) rules: &'a ConfigRules,
    pub(super) problems: &'a mut Vec<Problem>,
    /// How many problems were added, those beyond the limit included.
    pub(super) count: usize,
}

impl Sink<'_> {
    pub(super) fn add(&mut self, span: Span, kind: ProblemKind) {
        self.put(Problem::new(self.file, span, kind));
    }

    /// Adds a problem whose words name more than its kind says.
    pub(super) fn add_saying(&mut self, span: Span, kind: ProblemKind, detail: String) {
        let problem = Problem::new(self.file, span, kind);
        self.put(Problem { detail, ..problem });
    }

    fn put(&mut self, problem: Problem) {
        self.count += 1;
        if self.problems.len() < MAX_PROBLEMS && self.problems.last() != Some(&problem) {
            self.problems.push(problem);
        }
    }
}

/// A body of either syntax.
#[derive(Clone, Copy)]
pub(super) enum Node<'a> {
    /// Native, with the place where something missing is reported.
    Native(&'a Body, Span),
    /// JSON.
    Json(&'a Json),
}

/// A value of either syntax.
#[derive(Clone, Copy)]
pub(super) enum Term<'a> {
    Native(&'a Expression),
    Json(&'a Json),
}

/// An argument that was given.
#[derive(Clone)]
pub(super) struct Given<'a> {
    pub(super) name: &'a str,
    pub(super) name_span: Span,
    pub(super) term: Term<'a>,
}

/// A block that was given, with as many labels as its schema asks for.
#[derive(Clone)]
pub(super) struct Inner<'a> {
    pub(super) kind: &'a str,
    pub(super) labels: Vec<(&'a str, Span)>,
    pub(super) span: Span,
    pub(super) body: Node<'a>,
}

/// What a body holds of a schema.
#[derive(Default)]
pub(super) struct Content<'a> {
    pub(super) arguments: Vec<Given<'a>>,
    pub(super) blocks: Vec<Inner<'a>>,
}

impl<'a> Content<'a> {
    pub(super) fn argument(&self, name: &str) -> Option<&Given<'a>> {
        self.arguments.iter().find(|argument| argument.name == name)
    }
}

impl<'a> Node<'a> {
    /// The content; what the schema does not know is a problem unless the schema is open.
    pub(super) fn content(self, schema: &Schema, sink: &mut Sink<'_>) -> Content<'a> {
        let content = match self {
            Self::Native(body, _) => native_content(body, schema, sink),
            Self::Json(json) => json_content(json, schema, sink),
        };
        let enforced = sink.layer == Layer::Primary;
        for argument in schema
            .arguments
            .iter()
            .filter(|argument| argument.required && enforced)
        {
            if argument.since.holds(sink.rules) && content.argument(argument.name).is_none() {
                sink.add(
                    self.missing_span(),
                    ProblemKind::MissingArgument(argument.name.to_owned()),
                );
            }
        }
        content
    }

    /// All arguments; any block is a problem.
    pub(super) fn just_arguments(self, sink: &mut Sink<'_>) -> Vec<Given<'a>> {
        match self {
            Self::Native(body, _) => {
                if let Some(block) = body.blocks.first() {
                    sink.add(block.span, ProblemKind::UnexpectedBlock(block.kind.clone()));
                }
                body.attributes.iter().map(native_argument).collect()
            }
            Self::Json(json) => {
                let JsonKind::Object(members, _) = &json.kind else {
                    sink.add(json.span, ProblemKind::WrongJsonType);
                    return Vec::new();
                };
                distinct_members(members, sink)
            }
        }
    }

    /// The arguments of a body whose schema is not known here.
    pub(super) fn known_arguments(self) -> Vec<Given<'a>> {
        match self {
            Self::Native(body, _) => body.attributes.iter().map(native_argument).collect(),
            Self::Json(json) => deep_members(json).into_iter().map(json_argument).collect(),
        }
    }

    pub(super) fn missing_span(self) -> Span {
        match self {
            Self::Native(_, span) => span,
            Self::Json(json) => match &json.kind {
                JsonKind::Object(_, close) => *close,
                _ => json.span,
            },
        }
    }
}

impl Term<'_> {
    pub(super) fn span(&self) -> Span {
        match self {
            Self::Native(expression) => expression.span,
            Self::Json(json) => json.span,
        }
    }

    pub(super) fn value(&self) -> Value {
        match self {
            Self::Native(expression) => expression.value.clone(),
            Self::Json(json) => json_value(json),
        }
    }

    /// The form in native syntax; JSON has none of its own.
    pub(super) fn shape(&self) -> Option<Shape> {
        match self {
            Self::Native(expression) => Some(expression.shape),
            Self::Json(_) => None,
        }
    }

    /// Whether it is a list in its own syntax; what is unreadable counts as one.
    pub(super) fn is_list(&self) -> bool {
        match self {
            Self::Native(expression) => expression.shape == Shape::List,
            Self::Json(json) => matches!(json.kind, JsonKind::Array(_) | JsonKind::Unreadable),
        }
    }

    pub(super) fn has_references(&self) -> bool {
        matches!(self, Self::Native(expression) if !expression.references.is_empty())
    }

    pub(super) fn has_calls(&self) -> bool {
        matches!(self, Self::Native(expression) if expression.calls)
    }
}

fn native_argument(attribute: &crate::syntax::hcl2::Attribute) -> Given<'_> {
    Given {
        name: &attribute.name,
        name_span: attribute.name_span,
        term: Term::Native(&attribute.expression),
    }
}

fn json_argument(member: &Member) -> Given<'_> {
    Given {
        name: &member.name,
        name_span: member.name_span,
        term: Term::Json(&member.value),
    }
}

fn native_content<'a>(body: &'a Body, schema: &Schema, sink: &mut Sink<'_>) -> Content<'a> {
    let mut content = Content::default();
    for attribute in &body.attributes {
        if schema.knows_argument(&attribute.name, sink.rules) {
            content.arguments.push(native_argument(attribute));
        } else if !schema.open {
            sink.add_saying(
                attribute.name_span,
                ProblemKind::UnsupportedArgument(attribute.name.clone()),
                format!(
                    "An argument named \"{}\" is not expected here.{}",
                    attribute.name,
                    schema.hint_for_argument(&attribute.name, sink.rules)
                ),
            );
        }
    }
    for block in &body.blocks {
        let Some(known) = schema.block(&block.kind, sink.rules) else {
            if !schema.open {
                sink.add_saying(
                    block.span,
                    ProblemKind::UnsupportedBlock(block.kind.clone()),
                    format!(
                        "Blocks of type \"{}\" are not expected here.{}",
                        block.kind,
                        schema.hint_for_block(&block.kind, sink.rules)
                    ),
                );
            }
            continue;
        };
        if let Some(extra) = block.labels.get(known.labels.len()) {
            sink.add(extra.span, ProblemKind::ExtraneousLabel(block.kind.clone()));
        } else if let Some(label) = known.labels.get(block.labels.len()) {
            sink.add(
                block.open,
                ProblemKind::MissingLabel {
                    label,
                    block: block.kind.clone(),
                },
            );
        } else {
            content.blocks.push(Inner {
                kind: &block.kind,
                labels: block
                    .labels
                    .iter()
                    .map(|label| (label.text.as_str(), label.span))
                    .collect(),
                span: block.span,
                body: Node::Native(&block.body, block.open),
            });
        }
    }
    content
}

fn json_content<'a>(json: &'a Json, schema: &Schema, sink: &mut Sink<'_>) -> Content<'a> {
    let mut content = Content::default();
    let mut seen = HashSet::new();
    check_deep_members(json, "to define arguments and child blocks", sink);
    for member in deep_members(json) {
        if schema.knows_argument(&member.name, sink.rules) {
            if seen.insert(member.name.as_str()) {
                content.arguments.push(json_argument(member));
            } else {
                sink.add(
                    member.name_span,
                    ProblemKind::DuplicateArgument(member.name.clone()),
                );
            }
        } else if let Some(block) = schema.block(&member.name, sink.rules) {
            unpack(member, block, &mut content.blocks, sink);
        } else if !schema.open && member.name != "//" {
            sink.add_saying(
                member.name_span,
                ProblemKind::ExtraneousProperty(member.name.clone()),
                format!(
                    "No argument or block type is named \"{}\".{}",
                    member.name,
                    schema.hint(&member.name, sink.rules)
                ),
            );
        }
    }
    content
}

/// The blocks of one type below a member: first the levels of labels, then the bodies.
fn unpack<'a>(
    member: &'a Member,
    schema: &BlockSchema,
    blocks: &mut Vec<Inner<'a>>,
    sink: &mut Sink<'_>,
) {
    let mut level: Vec<(Vec<(&'a str, Span)>, &'a Json)> = vec![(Vec::new(), &member.value)];
    for _ in schema.labels {
        let mut next = Vec::new();
        for (labels, json) in level {
            check_deep_members(json, "to specify name labels for this block", sink);
            let members = deep_members(json);
            if members.is_empty() {
                let (label, block) = (schema.labels.get(labels.len()), &member.name);
                let detail = format!(
                    "At least one object property is required, whose name represents the {block} block's {}.",
                    label.copied().unwrap_or("name")
                );
                sink.add_saying(json.span, ProblemKind::MissingJsonLabel, detail);
            }
            for inner in members {
                let mut labels = labels.clone();
                labels.push((inner.name.as_str(), inner.name_span));
                next.push((labels, &inner.value));
            }
        }
        level = next;
    }
    for (labels, json) in level {
        let mut push = |body: &'a Json| {
            blocks.push(Inner {
                kind: &member.name,
                labels: labels.clone(),
                span: json.span,
                body: Node::Json(body),
            });
        };
        match &json.kind {
            JsonKind::Null => {}
            JsonKind::Object(..) => push(json),
            JsonKind::Array(items) => items.iter().for_each(push),
            JsonKind::Text(_) | JsonKind::Number(_) | JsonKind::Bool(_) | JsonKind::Unreadable => {
                let detail = format!(
                    "Either a JSON object or a JSON array is required, representing the contents of one or more \"{}\" \
                     blocks.",
                    member.name
                );
                sink.add_saying(json.span, ProblemKind::WrongJsonType, detail);
            }
        }
    }
}

/// The members of an object, or of all objects of an array.
fn deep_members(json: &Json) -> Vec<&Member> {
    match &json.kind {
        JsonKind::Object(members, _) => members.iter().collect(),
        JsonKind::Array(items) => items
            .iter()
            .filter_map(|item| match &item.kind {
                JsonKind::Object(members, _) => Some(members),
                _ => None,
            })
            .flatten()
            .collect(),
        _ => Vec::new(),
    }
}

fn check_deep_members(json: &Json, what_for: &str, sink: &mut Sink<'_>) {
    match &json.kind {
        JsonKind::Object(..) | JsonKind::Null => {}
        JsonKind::Array(items) => {
            for item in items
                .iter()
                .filter(|item| !matches!(item.kind, JsonKind::Object(..)))
            {
                let detail = format!("A JSON object is required here, {what_for}.");
                sink.add_saying(item.span, ProblemKind::WrongJsonType, detail);
            }
        }
        JsonKind::Text(_) | JsonKind::Number(_) | JsonKind::Bool(_) | JsonKind::Unreadable => {
            let detail = format!(
                "Either a JSON object or JSON array of objects is required here, {what_for}."
            );
            sink.add_saying(json.span, ProblemKind::WrongJsonType, detail);
        }
    }
}

fn distinct_members<'a>(members: &'a [Member], sink: &mut Sink<'_>) -> Vec<Given<'a>> {
    let mut seen = HashSet::new();
    let mut arguments = Vec::new();
    for member in members.iter().filter(|member| member.name != "//") {
        if seen.insert(member.name.as_str()) {
            arguments.push(json_argument(member));
        } else {
            sink.add(
                member.name_span,
                ProblemKind::DuplicateName(member.name.clone()),
            );
        }
    }
    arguments
}

/// The value of JSON, strings taken literally. The depth was limited when it was read.
fn json_value(json: &Json) -> Value {
    match &json.kind {
        JsonKind::Object(members, _) => Value::Object(
            members
                .iter()
                .map(|member| (member.name.clone(), json_value(&member.value)))
                .collect(),
        ),
        JsonKind::Array(items) => Value::List(items.iter().map(json_value).collect()),
        JsonKind::Text(text) => Value::Text(text.clone()),
        JsonKind::Number(digits) => json_number(digits),
        JsonKind::Bool(value) => Value::Bool(*value),
        JsonKind::Null => Value::Null,
        JsonKind::Unreadable => Value::Unknown,
    }
}

fn json_number(digits: &str) -> Value {
    let unsigned = digits.strip_prefix('-').unwrap_or(digits);
    match Value::number(unsigned) {
        Some(Value::Number(text)) if unsigned.len() < digits.len() && text != "0" => {
            Value::Number(format!("-{text}"))
        }
        Some(value) => value,
        None => Value::Unknown,
    }
}
