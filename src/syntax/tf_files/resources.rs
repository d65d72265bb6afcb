//! Resources, data sources and what stands inside them. Never looks at what belongs to a provider.

use crate::syntax::hcl2::{Shape, Value};

use super::content::{Content, Inner, Node, Sink, Term};
use super::problem::{Named, ProblemKind};
use super::schema::{CHECK, DATA, LIFECYCLE, PROVISIONER, RESOURCE};
use super::values::{
    About, Keywords, Wanted, check_condition, check_constant, check_depends_on, check_keyword,
    check_name, check_provider_reference, text_of,
};
use super::{Dialect, Layer};

const REMOVED_PROVISIONERS: [&str; 4] = ["chef", "habitat", "puppet", "salt-masterless"];

const WHEN: Keywords = Keywords {
    argument: "when",
    words: &["create", "destroy"],
    quoted: true,
};
const ON_FAILURE: Keywords = Keywords {
    argument: "on_failure",
    words: &["continue", "fail"],
    quoted: true,
};

/// A `resource` block.
pub(super) fn check_resource(block: &Inner<'_>, sink: &mut Sink<'_>) {
    let content = block.body.content(&RESOURCE, sink);
    check_name(block.labels.first(), Named::ResourceType, sink);
    check_name(block.labels.get(1), Named::Resource, sink);
    check_common(&content, sink);
    check_single(&content, "lifecycle", "lifecycle", sink);
    check_single(&content, "connection", "connection", sink);
    check_single(&content, "_", "escaping", sink);
    let mut destroys = false;
    for inner in &content.blocks {
        match inner.kind {
            "lifecycle" => check_lifecycle(inner, about(block), sink),
            "provisioner" => destroys |= check_provisioner(inner, sink),
            "locals" => sink.add(inner.span, ProblemKind::ReservedBlock("resource")),
            _ => {}
        }
    }
    if destroys {
        for inner in content
            .blocks
            .iter()
            .filter(|inner| inner.kind == "connection")
        {
            check_self_references(inner.body, sink);
        }
    }
}

/// A `data` block.
pub(super) fn check_data(block: &Inner<'_>, sink: &mut Sink<'_>) {
    let content = block.body.content(&DATA, sink);
    check_name(block.labels.first(), Named::DataType, sink);
    check_name(block.labels.get(1), Named::Data, sink);
    check_common(&content, sink);
    check_unmanaged(&content, "data", sink);
}

/// An `ephemeral` block.
pub(super) fn check_ephemeral(block: &Inner<'_>, sink: &mut Sink<'_>) {
    let content = block.body.content(&DATA, sink);
    check_name(block.labels.first(), Named::EphemeralType, sink);
    check_name(block.labels.get(1), Named::Ephemeral, sink);
    check_common(&content, sink);
    check_unmanaged(&content, "ephemeral", sink);
}

/// A `check` block; returns the data source inside, which shares its name space with the others.
pub(super) fn check_check<'a>(block: &Inner<'a>, sink: &mut Sink<'_>) -> Option<Inner<'a>> {
    if sink.layer == Layer::Override {
        sink.add(block.span, ProblemKind::CannotOverride("check".to_owned()));
        return None;
    }
    let content = block.body.content(&CHECK, sink);
    check_name(block.labels.first(), Named::Check, sink);
    let mut data = None;
    let mut asserts = 0;
    for inner in &content.blocks {
        if inner.kind == "assert" {
            let before = sink.count;
            check_condition(inner, About::Anything, sink);
            asserts += usize::from(sink.count == before);
        } else {
            let nested = inner.body.content(&DATA, sink);
            for repeated in ["count", "for_each"] {
                if let Some(argument) = nested.argument(repeated) {
                    sink.add(argument.name_span, ProblemKind::NestedRepetition(repeated));
                }
            }
            data.get_or_insert_with(|| inner.clone());
        }
    }
    if asserts == 0 {
        sink.add(block.span, ProblemKind::ZeroAsserts);
    }
    data
}

/// A `provisioner` block; returns whether it runs at destroy time.
pub(super) fn check_provisioner(block: &Inner<'_>, sink: &mut Sink<'_>) -> bool {
    let content = block.body.content(&PROVISIONER, sink);
    let removed = block
        .labels
        .first()
        .filter(|(kind, _)| REMOVED_PROVISIONERS.contains(kind));
    if let Some((kind, span)) = removed {
        sink.add(*span, ProblemKind::RemovedProvisioner((*kind).to_owned()));
        return false;
    }
    let when = check_keyword(&content, &WHEN, sink);
    check_keyword(&content, &ON_FAILURE, sink);
    let destroys = when.as_deref() == Some("destroy");
    if destroys {
        check_self_references(block.body, sink);
    }
    for inner in &content.blocks {
        match inner.kind {
            "connection" if destroys => check_self_references(inner.body, sink),
            "lifecycle" => sink.add(inner.span, ProblemKind::ReservedBlock("provisioner")),
            _ => {}
        }
    }
    check_single(&content, "connection", "connection", sink);
    check_single(&content, "_", "escaping", sink);
    destroys
}

/// Reports the second and further blocks of a type that may stand once.
pub(super) fn check_single(
    content: &Content<'_>,
    kind: &str,
    word: &'static str,
    sink: &mut Sink<'_>,
) {
    for again in content
        .blocks
        .iter()
        .filter(|inner| inner.kind == kind)
        .skip(1)
    {
        sink.add(again.span, ProblemKind::SecondBlock(word));
    }
}

fn check_common(content: &Content<'_>, sink: &mut Sink<'_>) {
    if let (Some(_), Some(for_each)) = (content.argument("count"), content.argument("for_each")) {
        sink.add(for_each.name_span, ProblemKind::CountAndForEach);
    }
    check_provider_reference(content.argument("provider"), sink);
    check_depends_on(content.argument("depends_on"), sink);
}

fn check_lifecycle(block: &Inner<'_>, about: About<'_>, sink: &mut Sink<'_>) {
    let content = block.body.content(&LIFECYCLE, sink);
    for flag in ["create_before_destroy", "prevent_destroy"] {
        let dynamic = flag == "prevent_destroy" && sink.rules.dialect == Dialect::OpenTofu;
        if let Some(argument) = content.argument(flag).filter(|_| !dynamic) {
            check_constant(&argument.term, Wanted::Bool, sink);
        }
    }
    if let Some(argument) = content.argument("ignore_changes") {
        check_ignore_changes(&argument.term, sink);
    }
    if let Some(argument) = content.argument("replace_triggered_by")
        && !argument.term.is_list()
    {
        sink.add(argument.term.span(), ProblemKind::StaticExpression);
    }
    check_conditions(&content, about, sink);
}

/// `all`, or a list of attributes.
fn check_ignore_changes(term: &Term<'_>, sink: &mut Sink<'_>) {
    let all = match term {
        Term::Native(expression) if expression.shape == Shape::Keyword => {
            text_of(term, sink).as_deref() == Some("all")
        }
        Term::Native(_) => false,
        Term::Json(_) => matches!(term.value(), Value::Text(_)),
    };
    if !all && !term.is_list() {
        sink.add(term.span(), ProblemKind::StaticExpression);
    }
    if matches!(term.value(), Value::List(items) if items.contains(&Value::Text("*".to_owned()))) {
        sink.add(term.span(), ProblemKind::IgnoreWildcard);
    }
}

/// The resource a block declares.
fn about<'a>(block: &Inner<'a>) -> About<'a> {
    match block.labels.as_slice() {
        [(kind, _), (name, _)] => About::Resource(kind, name),
        _ => About::Anything,
    }
}

fn check_unmanaged(content: &Content<'_>, word: &'static str, sink: &mut Sink<'_>) {
    check_single(content, "lifecycle", "lifecycle", sink);
    check_single(content, "_", "escaping", sink);
    for inner in &content.blocks {
        match inner.kind {
            "lifecycle" => {
                let lifecycle = inner.body.content(&LIFECYCLE, sink);
                for argument in lifecycle
                    .arguments
                    .iter()
                    .filter(|argument| argument.name != "enabled")
                {
                    sink.add(argument.name_span, ProblemKind::LifecycleArgument(word));
                }
                check_conditions(&lifecycle, About::Anything, sink);
            }
            "locals" => sink.add(inner.span, ProblemKind::ReservedBlock(word)),
            _ => {}
        }
    }
}

fn check_conditions(content: &Content<'_>, about: About<'_>, sink: &mut Sink<'_>) {
    for inner in content
        .blocks
        .iter()
        .filter(|inner| matches!(inner.kind, "precondition" | "postcondition"))
    {
        check_condition(inner, about, sink);
    }
}

/// Destroy-time provisioners may look only at their own resource.
fn check_self_references(body: Node<'_>, sink: &mut Sink<'_>) {
    for argument in body.known_arguments() {
        let Term::Native(expression) = argument.term else {
            continue;
        };
        let bytes =
            |range: &std::ops::Range<usize>| sink.source.get(range.clone()).unwrap_or_default();
        let foreign = !matches!(argument.name, "when" | "on_failure")
            && expression.references.iter().any(|reference| {
                !matches!(
                    (
                        bytes(&reference.root),
                        reference.attribute.as_ref().map(bytes),
                    ),
                    (b"self" | b"path" | b"terraform", _)
                        | (b"count", Some(b"index"))
                        | (b"each", Some(b"key"))
                )
            });
        if foreign {
            sink.add(expression.span, ProblemKind::DestroyReference);
        }
    }
}
