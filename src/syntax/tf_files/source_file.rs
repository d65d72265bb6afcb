//! One file of either syntax, parsed. Never decides what it means.

use crate::syntax::hcl2::{self, Parsed, Span, SyntaxError, SyntaxFault};
use crate::syntax::tf_json::{self, Json, JsonError};

use super::content::{Node, Sink};
use super::problem::{Problem, ProblemKind};
use super::{ConfigRules, Dialect, Layer, Place, is_json};

/// A file of either syntax, parsed.
pub(super) struct SourceFile<'a> {
    pub(super) name: &'a str,
    pub(super) bytes: &'a [u8],
    pub(super) layer: Layer,
    root: Root,
}

enum Root {
    Native(Parsed),
    Json(Json, Vec<JsonError>),
}

impl<'a> SourceFile<'a> {
    pub(super) fn new(name: &'a str, bytes: &'a [u8]) -> Self {
        let root = if is_json(name) {
            let (json, errors) = tf_json::parse(bytes);
            Root::Json(json, errors)
        } else {
            Root::Native(hcl2::parse(bytes))
        };
        Self {
            name,
            bytes,
            layer: layer(name),
            root,
        }
    }

    pub(super) fn node(&self) -> Node<'_> {
        match &self.root {
            Root::Native(parsed) => Node::Native(
                &parsed.body,
                Span {
                    line: 1,
                    column: 1,
                    ..Span::default()
                },
            ),
            Root::Json(json, _) => Node::Json(json),
        }
    }

    pub(super) fn sink<'s>(
        &'s self,
        rules: &'s ConfigRules,
        problems: &'s mut Vec<Problem>,
    ) -> Sink<'s> {
        Sink {
            file: self.name,
            source: self.bytes,
            layer: self.layer,
            rules,
            problems,
            count: 0,
        }
    }

    /// Early clients meet the end of the file where later ones name the block that it leaves open.
    fn as_reported(&self, error: &SyntaxError, rules: &ConfigRules) -> (Span, SyntaxFault) {
        let is_early = rules.dialect == Dialect::Terraform && rules.release < (1, 1);
        if !is_early || error.fault != SyntaxFault::UnclosedBlock {
            return (error.span, error.fault);
        }
        let lines: Vec<&[u8]> = self.bytes.split(|byte| *byte == b'\n').collect();
        let last = String::from_utf8_lossy(lines.last().copied().unwrap_or_default());
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let end = Span {
            start: self.bytes.len(),
            end: self.bytes.len(),
            line: number(lines.len()),
            column: number(last.chars().count().saturating_add(1)),
        };
        (end, SyntaxFault::ItemRequired)
    }

    pub(super) fn report_syntax(&self, sink: &mut Sink<'_>) {
        match &self.root {
            Root::Native(parsed) => {
                for error in &parsed.errors {
                    let (span, fault) = self.as_reported(error, sink.rules);
                    let detail = fault.client_words(self.name, self.bytes, span);
                    sink.add_saying(span, ProblemKind::Syntax(fault), detail);
                }
            }
            Root::Json(_, errors) => {
                for error in errors {
                    sink.add(error.span, ProblemKind::Json(error.fault));
                }
            }
        }
    }

    pub(super) fn place(&self, span: Span) -> Place {
        Place::new(self.name, span)
    }
}

fn layer(name: &str) -> Layer {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let base = base.strip_suffix(".json").unwrap_or(base);
    let base = base.rsplit_once('.').map_or(base, |(base, _)| base);
    if base == "override" || base.ends_with("_override") {
        Layer::Override
    } else {
        Layer::Primary
    }
}
