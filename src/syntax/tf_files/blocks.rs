//! Top-level blocks other than resources: what the client finds wrong with each. Never compares blocks with each other.

use crate::syntax::hcl2::{Shape, Value, is_identifier, parse};

use super::content::{Content, Given, Inner, Node, Sink, Term};
use super::problem::{Named, ProblemKind};
use super::resources::{check_provisioner, check_single};
use super::schema::{
    IMPORT, MODULE, MOVED, OUTPUT, PROVIDER, REMOVED, REMOVED_LIFECYCLE, VARIABLE,
};
use super::values::{
    About, Wanted, check_condition, check_constant, check_depends_on, check_name,
    check_provider_reference, check_reference, is_broken, is_provider_name, text_of, unsuitable,
};
use super::{Dialect, EarlyEvaluation, Layer};

/// A `module` block; returns its content.
pub(super) fn check_module<'a>(block: &Inner<'a>, sink: &mut Sink<'_>) -> Content<'a> {
    let content = block.body.content(&MODULE, sink);
    check_name(block.labels.first(), Named::Call, sink);
    check_version(content.argument("version"), sink);
    check_source(content.argument("source"), sink);
    if let (Some(_), Some(for_each)) = (content.argument("count"), content.argument("for_each")) {
        sink.add(for_each.name_span, ProblemKind::CountAndForEach);
    }
    check_depends_on(content.argument("depends_on"), sink);
    if let Some(providers) = content.argument("providers") {
        let fits = match providers.term {
            Term::Native(expression) => expression.shape == Shape::Object,
            Term::Json(_) => matches!(providers.term.value(), Value::Object(_) | Value::Unknown),
        };
        if !fits {
            let detail = "A static map expression is required.".to_owned();
            sink.add_saying(providers.term.span(), ProblemKind::StaticExpression, detail);
        }
    }
    check_single(&content, "_", "escaping", sink);
    for inner in content.blocks.iter().filter(|inner| inner.kind != "_") {
        let allowed = inner.kind == "lifecycle"
            && sink.rules.dialect == Dialect::OpenTofu
            && sink.rules.release >= (1, 11);
        if !allowed {
            let product = sink.rules.dialect.title();
            let detail = format!(
                "The block type name \"{}\" is reserved for use by {product} in a future version.",
                inner.kind
            );
            sink.add_saying(inner.span, ProblemKind::ReservedBlock("module"), detail);
        }
    }
    content
}

/// The `source` of a call or a run.
pub(super) fn check_source(source: Option<&Given<'_>>, sink: &mut Sink<'_>) {
    let Some(source) = source else { return };
    let open = source.term.has_references() || source.term.has_calls();
    if open && sink.rules.early_evaluation() != EarlyEvaluation::Never {
        return;
    }
    check_constant(&source.term, Wanted::Text, sink);
    if open || is_broken(&source.term, sink) {
        unsuitable(&source.term, "value must be known", sink);
    }
}

/// A version constraint: a string, a number or null.
pub(super) fn check_version(version: Option<&Given<'_>>, sink: &mut Sink<'_>) {
    let Some(version) = version else { return };
    let open = version.term.has_references() || version.term.has_calls();
    if open && sink.rules.early_evaluation() != EarlyEvaluation::Never {
        return;
    }
    check_constant(&version.term, Wanted::Anything, sink);
    if matches!(version.term.value(), Value::List(_) | Value::Object(_)) {
        sink.add(version.term.span(), ProblemKind::VersionNotText);
    }
}

/// A `variable` block; returns its content.
pub(super) fn check_variable<'a>(block: &Inner<'a>, sink: &mut Sink<'_>) -> Content<'a> {
    let content = block.body.content(&VARIABLE, sink);
    check_name(block.labels.first(), Named::Variable, sink);
    let name = block.labels.first().map_or("", |(name, _)| name);
    if MODULE.knows_argument(name, sink.rules) || MODULE.block(name, sink.rules).is_some() {
        let detail = format!(
            "The variable name \"{name}\" is reserved due to its special meaning inside module blocks."
        );
        sink.add_saying(
            block.span,
            ProblemKind::InvalidName(Named::Variable),
            detail,
        );
    }
    check_constants(
        &content,
        (
            &["description", "deprecated"],
            &["sensitive", "ephemeral", "nullable", "const"],
        ),
        sink,
    );
    let wanted = content
        .argument("type")
        .and_then(|argument| check_type(&argument.term, sink));
    if let Some(default) = content.argument("default") {
        check_constant(&default.term, Wanted::Anything, sink);
        check_default(&content, default, wanted, sink);
    }
    for validation in &content.blocks {
        check_condition(validation, About::Variable(name), sink);
    }
    content
}

fn check_constants(content: &Content<'_>, (texts, flags): (&[&str], &[&str]), sink: &mut Sink<'_>) {
    for argument in &content.arguments {
        if texts.contains(&argument.name) {
            check_constant(&argument.term, Wanted::Text, sink);
        } else if flags.contains(&argument.name) {
            check_constant(&argument.term, Wanted::Bool, sink);
        }
    }
}

/// The outermost word of a type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Bool,
    List,
    Map,
}

fn check_type(term: &Term<'_>, sink: &mut Sink<'_>) -> Option<Kind> {
    let (shape, text) = match (term.shape(), term.value()) {
        (Some(shape), _) => (shape, text_of(term, sink)?),
        (None, Value::Text(text)) => (shape_of(&text), text),
        (None, _) => return None,
    };
    let word = text.split('(').next().unwrap_or_default().trim();
    let problem = match (shape, word) {
        // Something that did not parse has the shape of a traversal or of anything.
        (Shape::Keyword, "any") | (Shape::Traversal | Shape::Other, _) => return None,
        (Shape::Keyword, "string") => return Some(Kind::Text),
        (Shape::Keyword, "number") => return Some(Kind::Number),
        (Shape::Keyword, "bool") => return Some(Kind::Bool),
        (Shape::Keyword, "list") | (Shape::Call, "list" | "set" | "tuple") => {
            return Some(Kind::List);
        }
        (Shape::Keyword, "map") | (Shape::Call, "map" | "object") => return Some(Kind::Map),
        (Shape::Template, "\"string\"" | "\"list\"" | "\"map\"") => ProblemKind::QuotedType,
        (Shape::Template, _) => ProblemKind::LegacyType,
        (Shape::Keyword | Shape::Call | Shape::Literal | Shape::List | Shape::Object, _) => {
            ProblemKind::TypeConstraint
        }
    };
    sink.add(term.span(), problem);
    None
}

/// The form of a type that JSON syntax gives as a string; what does not parse has the form of no type.
fn shape_of(text: &str) -> Shape {
    let parsed = parse(format!("type = {text}\n").as_bytes());
    match parsed.body.attributes.first() {
        Some(attribute) if parsed.errors.is_empty() => attribute.expression.shape,
        _ => Shape::Literal,
    }
}

/// Reports only a default that cannot fit whatever stands inside the type.
fn check_default(
    content: &Content<'_>,
    default: &Given<'_>,
    wanted: Option<Kind>,
    sink: &mut Sink<'_>,
) {
    let value = default.term.value();
    if value == Value::Null {
        let nullable = content
            .argument("nullable")
            .map(|argument| argument.term.value());
        if nullable == Some(Value::Bool(false)) {
            sink.add(default.term.span(), ProblemKind::DefaultValue);
        }
        return;
    }
    let Some(wanted) = wanted else { return };
    let number = |text: &str| text.parse::<f64>().is_ok();
    let fits = match (wanted, &value) {
        (Kind::Number, Value::Text(text)) => number(text),
        (Kind::Bool, Value::Text(text)) => matches!(text.as_str(), "true" | "false" | "1" | "0"),
        (_, Value::Unknown)
        | (Kind::Text, Value::Text(_) | Value::Number(_) | Value::Bool(_))
        | (Kind::Number, Value::Number(_))
        | (Kind::Bool, Value::Bool(_))
        | (Kind::List, Value::List(_))
        | (Kind::Map, Value::Object(_)) => true,
        (
            Kind::Text | Kind::Number | Kind::Bool | Kind::List | Kind::Map,
            Value::Text(_)
            | Value::Number(_)
            | Value::Bool(_)
            | Value::Null
            | Value::List(_)
            | Value::Object(_),
        ) => false,
    };
    if !fits {
        sink.add(default.term.span(), ProblemKind::DefaultValue);
    }
}

/// An `output` block.
pub(super) fn check_output(block: &Inner<'_>, sink: &mut Sink<'_>) {
    let content = block.body.content(&OUTPUT, sink);
    check_name(block.labels.first(), Named::Output, sink);
    check_constants(
        &content,
        (&["description", "deprecated"], &["sensitive", "ephemeral"]),
        sink,
    );
    check_depends_on(content.argument("depends_on"), sink);
    for inner in &content.blocks {
        if inner.kind == "precondition" {
            check_condition(inner, About::Anything, sink);
        } else {
            sink.add(inner.span, ProblemKind::OutputPostcondition);
        }
    }
}

/// A `provider` block; returns its alias.
pub(super) fn check_provider(block: &Inner<'_>, sink: &mut Sink<'_>) -> Option<String> {
    let content = block.body.content(&PROVIDER, sink);
    if let Some((name, _)) = block.labels.first()
        && !is_provider_name(name)
    {
        sink.add(block.span, ProblemKind::ProviderName);
    }
    let mut alias = None;
    if let Some(argument) = content.argument("alias") {
        check_constant(&argument.term, Wanted::Text, sink);
        alias = argument.term.value().to_text();
        if alias.as_deref().is_some_and(|alias| !is_identifier(alias)) {
            sink.add(argument.term.span(), ProblemKind::InvalidName(Named::Alias));
        }
    }
    check_version(content.argument("version"), sink);
    for name in ["count", "depends_on", "for_each", "source"] {
        let repeated = name == "for_each"
            && sink.rules.dialect == Dialect::OpenTofu
            && sink.rules.release >= (1, 9);
        if let Some(argument) = content.argument(name).filter(|_| !repeated) {
            sink.add(argument.name_span, ProblemKind::ReservedArgument);
        }
    }
    check_single(&content, "_", "escaping", sink);
    for inner in content.blocks.iter().filter(|inner| inner.kind != "_") {
        sink.add(inner.span, ProblemKind::ReservedBlock("provider"));
    }
    alias
}

/// The entries of `required_providers`.
pub(super) fn check_required_providers(block: &Inner<'_>, sink: &mut Sink<'_>) {
    for entry in block.body.just_arguments(sink) {
        match entry.term.value() {
            Value::Object(members) => {
                let known =
                    |key: &str| matches!(key, "version" | "source" | "configuration_aliases");
                if members.iter().any(|(key, _)| !known(key)) {
                    sink.add(entry.term.span(), ProblemKind::RequiredProvider);
                }
                for source in members
                    .iter()
                    .filter(|(key, _)| key == "source")
                    .filter_map(|(_, value)| value.to_text())
                {
                    check_provider_source(&source, &entry, sink);
                }
                if !is_provider_name(entry.name) {
                    sink.add(entry.term.span(), ProblemKind::ProviderName);
                }
            }
            Value::List(_) => sink.add(entry.term.span(), ProblemKind::RequiredProvider),
            Value::Text(_) | Value::Number(_) | Value::Bool(_) | Value::Null | Value::Unknown => {}
        }
    }
}

/// `[HOST/][NAMESPACE/]TYPE`; outside ASCII nothing is decided here.
fn check_provider_source(source: &str, entry: &Given<'_>, sink: &mut Sink<'_>) {
    let fits = |part: &str| part == "-" || is_provider_name(&part.to_ascii_lowercase());
    let mut parts = source.rsplit('/');
    if !parts.next().is_some_and(fits) {
        sink.add(entry.term.span(), ProblemKind::ProviderType);
    } else if !parts.next().is_none_or(fits) {
        sink.add(entry.term.span(), ProblemKind::ProviderNamespace);
    }
}

/// A `moved`, `removed` or `import` block.
pub(super) fn check_refactoring(block: &Inner<'_>, sink: &mut Sink<'_>) {
    match block.kind {
        "moved" => {
            let content = block.body.content(&MOVED, sink);
            check_reference(content.argument("from"), sink);
            check_reference(content.argument("to"), sink);
        }
        "removed" => check_removed(block, sink),
        _ => check_import(block.body, sink),
    }
    if sink.layer == Layer::Override && block.kind != "removed" {
        sink.add(
            block.span,
            ProblemKind::CannotOverride(block.kind.to_owned()),
        );
    }
}

fn check_removed(block: &Inner<'_>, sink: &mut Sink<'_>) {
    let content = block.body.content(&REMOVED, sink);
    check_reference(content.argument("from"), sink);
    for inner in &content.blocks {
        match inner.kind {
            "lifecycle" => {
                let lifecycle = inner.body.content(&REMOVED_LIFECYCLE, sink);
                if let Some(destroy) = lifecycle.argument("destroy") {
                    check_constant(&destroy.term, Wanted::Bool, sink);
                }
            }
            "provisioner" => {
                check_provisioner(inner, sink);
            }
            _ => {}
        }
    }
}

fn check_import(body: Node<'_>, sink: &mut Sink<'_>) {
    let content = body.content(&IMPORT, sink);
    if content.argument("id").is_none()
        && sink.rules.release < (1, 12)
        && sink.layer == Layer::Primary
    {
        sink.add(
            body.missing_span(),
            ProblemKind::MissingArgument("id".to_owned()),
        );
    }
    check_reference(content.argument("to"), sink);
    check_provider_reference(content.argument("provider"), sink);
}
