//! One call while the files of a module are merged. Never checks anything.

use std::collections::BTreeMap;

use crate::syntax::hcl2::{Span, Value, ValueKind};

use super::content::{Content, Given, Inner, Term};
use super::early::{EarlyScope, Written};
use super::schema::MODULE;
use super::source_file::SourceFile;
use super::{Argument, ArgumentValue, CallDecl, ConfigRules};

/// An argument and the file it was given in.
#[derive(Clone)]
struct From<'a> {
    file: &'a SourceFile<'a>,
    given: Given<'a>,
}

/// A call while files are merged.
pub(super) struct Merging<'a> {
    file: &'a SourceFile<'a>,
    span: Span,
    name_span: Span,
    source: Option<From<'a>>,
    version: Option<From<'a>>,
    version_beside_source: bool,
    count: bool,
    for_each: bool,
    inputs: BTreeMap<&'a str, Written<'a>>,
}

impl<'a> Merging<'a> {
    pub(super) fn new(
        file: &'a SourceFile<'a>,
        block: &Inner<'a>,
        content: &Content<'a>,
        name_span: Span,
        rules: &ConfigRules,
    ) -> Self {
        let from = |name: &str| {
            content.argument(name).map(|given| From {
                file,
                given: given.clone(),
            })
        };
        // In JSON syntax `//` is a comment.
        let own =
            |given: &Given<'_>| given.name != "//" && !MODULE.knows_argument(given.name, rules);
        let escaped = content.blocks.iter().filter(|inner| inner.kind == "_");
        let escaped = escaped.flat_map(|inner| inner.body.known_arguments());
        let escaped = escaped.filter(|given| given.name != "//");
        let inputs = block.body.known_arguments().into_iter().filter(own);
        let inputs = inputs.chain(escaped);
        Self {
            file,
            span: block.span,
            name_span,
            source: from("source"),
            version: from("version"),
            version_beside_source: content.argument("version").is_some(),
            count: content.argument("count").is_some(),
            for_each: content.argument("for_each").is_some(),
            inputs: inputs
                .map(|given| {
                    (
                        given.name,
                        Written {
                            source: file.bytes,
                            term: given.term,
                        },
                    )
                })
                .collect(),
        }
    }

    /// Lays an override over this call. A version of null does not take one away.
    pub(super) fn merge(&mut self, over: Self) {
        if over.source.is_some() {
            self.source = over.source;
            self.version_beside_source = over.version_beside_source;
        }
        if over
            .version
            .as_ref()
            .is_some_and(|version| version.given.term.value() != Value::Null)
        {
            self.version = over.version;
        }
        self.count |= over.count;
        self.for_each |= over.for_each;
        self.inputs.extend(over.inputs);
    }

    pub(super) fn finish(self, name: &str, scope: &EarlyScope<'_>) -> CallDecl {
        let place = self.file.place(self.span);
        let argument = |from: Option<&From<'_>>| match from {
            Some(from) => Argument {
                value: argument_value(from.file.bytes, &from.given, scope),
                place: from.file.place(from.given.term.span()),
                layer: from.file.layer,
            },
            None => Argument {
                value: ArgumentValue::Missing,
                place: place.clone(),
                layer: self.file.layer,
            },
        };
        CallDecl {
            name: name.to_owned(),
            name_range: self.name_span.range(),
            source: argument(self.source.as_ref()),
            version: argument(self.version.as_ref()),
            version_beside_source: self.version_beside_source,
            count: self.count,
            for_each: self.for_each,
            inputs: self
                .inputs
                .into_iter()
                .map(|(name, input)| (name.to_owned(), scope.value(input)))
                .collect(),
            place,
        }
    }
}

/// The value of `source` or `version` as this client sees it before installing.
pub(super) fn argument_value(
    source: &[u8],
    given: &Given<'_>,
    scope: &EarlyScope<'_>,
) -> ArgumentValue {
    let value = scope.value(Written {
        source,
        term: given.term,
    });
    match value {
        Value::Null => ArgumentValue::Null,
        Value::List(_) => ArgumentValue::NotText(ValueKind::List),
        Value::Object(_) => ArgumentValue::NotText(ValueKind::Object),
        Value::Text(text) | Value::Number(text) => ArgumentValue::Text(text),
        Value::Bool(value) => ArgumentValue::Text(value.to_string()),
        Value::Unknown => {
            let bytes = source.get(given.term.span().range()).unwrap_or_default();
            let references = match given.term {
                Term::Native(expression) => !expression.references.is_empty(),
                Term::Json(_) => true,
            };
            ArgumentValue::Expression {
                text: String::from_utf8_lossy(bytes).into_owned(),
                references,
            }
        }
    }
}
