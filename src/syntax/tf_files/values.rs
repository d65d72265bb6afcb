//! Checks of single values: constants, lists, keywords, references. Never reports what it cannot be sure of.

use crate::syntax::hcl2::{Shape, Value, is_identifier};

use super::content::{Content, Given, Inner, Sink, Term};
use super::problem::{Named, ProblemKind};
use super::schema::CONDITION;
use super::{ConfigRules, Dialect, Layer};

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
        (Wanted::Anything, _) => true,
        (Wanted::Text | Wanted::Bool, Value::Unknown) => {
            !term.has_references() && !term.has_calls()
        }
        (Wanted::Text, value) => value.to_text().is_some(),
        (Wanted::Bool, Value::Text(text)) => matches!(text.as_str(), "true" | "false"),
        (Wanted::Bool, value) => matches!(value, Value::Bool(_)),
    };
    if !fits {
        let why = match (wanted, term.value()) {
            (_, Value::Unknown) => "value must be known",
            (_, Value::Null) => "null value is not allowed",
            (Wanted::Bool, _) => "bool required",
            (Wanted::Text | Wanted::Anything, value) => kind_of(&value, sink.rules),
        };
        unsuitable(term, why, sink);
    }
}

/// A value of another type than the one needed, as the client says it.
pub(super) fn unsuitable(term: &Term<'_>, why: &str, sink: &mut Sink<'_>) {
    let detail = format!("Unsuitable value: {why}");
    sink.add_saying(term.span(), ProblemKind::UnsuitableValue, detail);
}

/// Whether a value is none because of an error in its syntax; later clients say nothing more of that.
pub(super) fn is_broken(term: &Term<'_>, sink: &Sink<'_>) -> bool {
    let is_told = match sink.rules.dialect {
        Dialect::Terraform => sink.rules.release < (1, 15),
        Dialect::OpenTofu => sink.rules.release < (1, 10),
    };
    let line = term.span().line;
    is_told
        && matches!(term.value(), Value::Unknown)
        && sink.problems.iter().any(|problem| {
            problem.file == sink.file
                && problem.line == line
                && matches!(problem.kind, ProblemKind::Syntax(_))
        })
}

/// What is said of a value that is no string; later clients say what it is instead.
fn kind_of(value: &Value, rules: &ConfigRules) -> &'static str {
    let is_told = match rules.dialect {
        Dialect::Terraform => rules.release >= (1, 13),
        Dialect::OpenTofu => rules.release >= (1, 10),
    };
    match value {
        Value::List(_) if is_told => "string required, but have tuple",
        Value::Object(_) if is_told => "string required, but have object",
        _ => "string required",
    }
}

/// A name that must be an identifier.
pub(super) fn check_name(
    label: Option<&(&str, crate::syntax::hcl2::Span)>,
    named: Named,
    sink: &mut Sink<'_>,
) {
    if let Some((name, span)) = label
        && !is_identifier(name)
    {
        sink.add(*span, ProblemKind::InvalidName(named));
    }
}

/// An argument that must be written as a list of references; override files must not have one that is not empty.
pub(super) fn check_depends_on(argument: Option<&Given<'_>>, sink: &mut Sink<'_>) {
    let Some(argument) = argument else { return };
    if !argument.term.is_list() || argument.term.has_calls() {
        let detail = "A static list expression is required.".to_owned();
        sink.add_saying(argument.term.span(), ProblemKind::StaticExpression, detail);
    }
    let given = !matches!(argument.term.value(), Value::List(items) if items.is_empty());
    if sink.layer == Layer::Override && given {
        sink.add(argument.term.span(), ProblemKind::UnsupportedOverride);
    }
}

/// A reference to a provider configuration.
pub(super) fn check_provider_reference(argument: Option<&Given<'_>>, sink: &mut Sink<'_>) {
    let Some(argument) = argument else { return };
    let span = argument.term.span();
    let indexed = sink.rules.dialect == Dialect::OpenTofu;
    let written = argument.term.shape().zip(text_of(&argument.term, sink));
    let problem = match written {
        Some((Shape::Keyword | Shape::Traversal, text)) => {
            let mut steps = text.split('.');
            let name = steps.next().unwrap_or_default();
            if steps.count() > 1 || (text.contains('[') && !indexed) {
                Some(ProblemKind::ProviderReference)
            } else {
                (!is_provider_name(name)).then_some(ProblemKind::ProviderName)
            }
        }
        Some((Shape::Other, _)) if indexed => None,
        Some((Shape::Literal | Shape::List | Shape::Object | Shape::Call | Shape::Other, _)) => {
            Some(ProblemKind::ProviderReference)
        }
        Some((Shape::Template, _)) | None => None,
    };
    if let Some(problem) = problem {
        sink.add(span, problem);
    }
}

/// Local names of providers are lower case; outside ASCII nothing is decided here.
pub(super) fn is_provider_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_ascii()
        || (!name.is_empty()
            && name.bytes().all(fits)
            && !name.starts_with('-')
            && !name.ends_with('-'))
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

/// The words an argument may be, and whether quotes around them still count.
pub(super) struct Keywords {
    pub(super) argument: &'static str,
    pub(super) words: &'static [&'static str],
    pub(super) quoted: bool,
}

/// A word out of a list; returns what was written.
pub(super) fn check_keyword(
    content: &Content<'_>,
    keywords: &Keywords,
    sink: &mut Sink<'_>,
) -> Option<String> {
    let Keywords {
        argument: name,
        words,
        quoted,
    } = keywords;
    let argument = content.argument(name)?;
    let written = match argument.term {
        Term::Native(expression) if expression.shape == Shape::Keyword => {
            text_of(&argument.term, sink)
        }
        Term::Native(_) if !quoted => None,
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

/// An expression as written.
pub(super) fn text_of(term: &Term<'_>, sink: &Sink<'_>) -> Option<String> {
    let bytes = sink.source.get(term.span().range())?;
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}

/// What a condition is about.
#[derive(Clone, Copy)]
pub(super) enum About<'a> {
    /// A variable, which it must look at.
    Variable(&'a str),
    /// A resource, which it must not look at, by type and name.
    Resource(&'a str, &'a str),
    /// Nothing that matters here.
    Anything,
}

/// `condition` and `error_message` of a validation, a precondition and the like.
pub(super) fn check_condition(block: &Inner<'_>, about: About<'_>, sink: &mut Sink<'_>) {
    if sink.layer == Layer::Override {
        return sink.add(
            block.span,
            ProblemKind::CannotOverride(block.kind.to_owned()),
        );
    }
    let content = block.body.content(&CONDITION, sink);
    let Some(condition) = content.argument("condition") else {
        return;
    };
    let span = condition.term.span();
    let nothing = ProblemKind::ConditionWithoutReference(block.kind.to_owned());
    let condition = match condition.term {
        Term::Native(condition) => condition,
        Term::Json(_) => {
            let template = matches!(condition.term.value(), Value::Text(text) if text.contains("${") || text.contains("%{"));
            if !template {
                sink.add(span, nothing);
            }
            return;
        }
    };
    if condition.references.is_empty() {
        sink.add(span, nothing);
    }
    let refers = |root: &str, name: &str| {
        let bytes =
            |range: &std::ops::Range<usize>| sink.source.get(range.clone()).unwrap_or_default();
        condition.references.iter().any(|reference| {
            let attribute = reference.attribute.as_ref().map(bytes);
            bytes(&reference.root) == root.as_bytes() && attribute == Some(name.as_bytes())
        })
    };
    match about {
        About::Variable(name) if !refers("var", name) => {
            sink.add(span, ProblemKind::ValidationCondition);
        }
        About::Resource(kind, name) if refers(kind, name) => {
            sink.add(span, ProblemKind::SelfReference(block.kind.to_owned()));
        }
        About::Variable(_) | About::Resource(..) | About::Anything => {}
    }
}
