//! Checks of single values: constants, lists, keywords, references. Never reports what it cannot be sure of.

use crate::syntax::hcl2::{Shape, Value, is_identifier};

use super::content::{Given, Inner, Sink, Term};
use super::problem::{Named, ProblemKind};
use super::schema::CONDITION;
use super::{Dialect, Layer};

/// What a constant must be convertible to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Text,
    Bool,
    Anything,
}

/// A value that is evaluated while loading: no names, no functions, the right type.
pub(super) fn check_constant(term: &Term<'_>, wanted: Wanted, sink: &mut Sink<'_>) {
    if term.has_references() {
        sink.add(term.span(), ProblemKind::VariablesNotAllowed);
    } else if term.has_calls() {
        sink.add(term.span(), ProblemKind::CallsNotAllowed);
    }
    let fits = match (wanted, term.value()) {
        (Wanted::Anything, _) | (Wanted::Text | Wanted::Bool, Value::Unknown) => true,
        (Wanted::Text, value) => value.to_text().is_some(),
        (Wanted::Bool, Value::Text(text)) => matches!(text.as_str(), "true" | "false"),
        (Wanted::Bool, value) => matches!(value, Value::Bool(_)),
    };
    if !fits {
        sink.add(term.span(), ProblemKind::UnsuitableValue);
    }
}

/// A name that must be an identifier.
pub(super) fn check_name(label: Option<&(&str, crate::syntax::hcl2::Span)>, named: Named, sink: &mut Sink<'_>) {
    if let Some((name, span)) = label {
        if !is_identifier(name) {
            sink.add(*span, ProblemKind::InvalidName(named));
        }
    }
}

/// An argument that must be written as a list of references; override files must not have one that is not empty.
pub(super) fn check_depends_on(argument: Option<&Given<'_>>, sink: &mut Sink<'_>) {
    let Some(argument) = argument else { return };
    if !argument.term.is_list() {
        sink.add(argument.term.span(), ProblemKind::StaticExpression);
    }
    let given = !matches!(argument.term.value(), Value::List(items) if items.is_empty());
    if sink.layer == Layer::Override && given {
        sink.add(argument.term.span(), ProblemKind::UnsupportedOverride);
    }
}

/// A reference to a provider configuration.
pub(super) fn check_provider_reference(argument: Option<&Given<'_>>, sink: &mut Sink<'_>) {
    let Some(argument) = argument else { return };
    let fits = match argument.term.shape() {
        Some(Shape::Keyword | Shape::Traversal | Shape::Template) | None => true,
        Some(Shape::Other) => sink.rules.dialect == Dialect::OpenTofu,
        Some(Shape::Literal | Shape::List | Shape::Object | Shape::Call) => false,
    };
    if !fits {
        sink.add(argument.term.span(), ProblemKind::ProviderReference);
    }
}

/// An argument that must be a reference, as in `moved`.
pub(super) fn check_reference(argument: Option<&Given<'_>>, sink: &mut Sink<'_>) {
    let Some(argument) = argument else { return };
    let fits = match argument.term.shape() {
        Some(Shape::Keyword | Shape::Traversal | Shape::Other) | None => true,
        Some(Shape::Template | Shape::Literal | Shape::List | Shape::Object | Shape::Call) => false,
    };
    if !fits {
        sink.add(argument.term.span(), ProblemKind::StaticExpression);
    }
}

/// A word out of a list; quoted ones still count.
pub(super) fn check_keyword(
    argument: Option<&Given<'_>>,
    name: &'static str,
    words: &[&str],
    sink: &mut Sink<'_>,
) -> Option<String> {
    let argument = argument?;
    let written = match argument.term {
        Term::Native(expression) if expression.shape == Shape::Keyword => keyword_text(&argument.term, sink),
        Term::Native(_) | Term::Json(_) => match argument.term.value() {
            Value::Text(text) => Some(text),
            _ => None,
        },
    };
    let fits = written.as_deref().is_some_and(|word| words.contains(&word));
    if !fits {
        sink.add(argument.term.span(), ProblemKind::Keyword(name));
    }
    written
}

fn keyword_text(term: &Term<'_>, sink: &Sink<'_>) -> Option<String> {
    let bytes = sink.source.get(term.span().range())?;
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}

/// `condition` and `error_message` of a validation, a precondition and the like.
pub(super) fn check_condition(block: &Inner<'_>, variable: Option<&str>, sink: &mut Sink<'_>) {
    if sink.layer == Layer::Override {
        return sink.add(block.span, ProblemKind::CannotOverride(block.kind.to_owned()));
    }
    let content = block.body.content(&CONDITION, sink);
    let Some(Given { term: Term::Native(condition), .. }) = content.argument("condition") else { return };
    if condition.references.is_empty() {
        return sink.add(condition.span, ProblemKind::ConditionWithoutReference(block.kind.to_owned()));
    }
    let Some(variable) = variable else { return };
    let bytes = |range: &std::ops::Range<usize>| sink.source.get(range.clone()).unwrap_or_default();
    let looks = condition.references.iter().any(|reference| {
        let attribute = reference.attribute.as_ref().map(bytes);
        bytes(&reference.root) == b"var" && attribute.is_none_or(|attribute| attribute == variable.as_bytes())
    });
    if !looks {
        sink.add(condition.span, ProblemKind::ValidationCondition);
    }
}
