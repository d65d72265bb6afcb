//! Names that must be declared once, and those an override file must find. Never keeps what was declared.

use std::collections::HashMap;
use std::collections::HashSet;

use crate::syntax::hcl2::Span;

use super::Layer;
use super::content::Sink;
use super::problem::{Declared, Overridden, ProblemKind};

/// The names seen in one module.
#[derive(Default)]
pub(super) struct Names {
    seen: HashSet<(&'static str, String)>,
    /// Where each module call was declared, as the client names places.
    calls: HashMap<String, String>,
}

impl Names {
    /// Notes a declaration: a second one, or an override of nothing, is a problem.
    pub(super) fn declare(
        &mut self,
        declared: Declared,
        name: &str,
        span: Span,
        sink: &mut Sink<'_>,
    ) {
        let (space, overridden) = place(&declared);
        let key = (space, name.to_owned());
        match sink.layer {
            Layer::Primary => {
                let is_new = self.seen.insert(key);
                if is_new && declared == Declared::Call {
                    self.calls.insert(name.to_owned(), header(span, sink));
                } else if !is_new {
                    let detail = self.duplicate_words(&declared, name);
                    sink.add_saying(span, ProblemKind::Duplicate(declared), detail);
                }
            }
            Layer::Override if matches!(declared, Declared::Backend | Declared::Cloud) => {
                if !self.seen.insert((space, sink.file.to_owned())) {
                    sink.add(span, ProblemKind::Duplicate(declared));
                }
            }
            Layer::Override => {
                if let Some(overridden) = overridden.filter(|_| !self.seen.contains(&key)) {
                    let detail = match overridden {
                        Overridden::Call => format!(
                            "There is no module call named \"{name}\". An override file can only override a module call \
                             that was defined in a primary configuration file."
                        ),
                        _ => String::new(),
                    };
                    sink.add_saying(span, ProblemKind::NothingToOverride(overridden), detail);
                }
            }
        }
    }

    fn duplicate_words(&self, declared: &Declared, name: &str) -> String {
        match self.calls.get(name) {
            Some(place) if *declared == Declared::Call && !place.is_empty() => format!(
                "A module call named \"{name}\" was already defined at {place}. Module calls must have unique names within \
                 a module."
            ),
            Some(_) | None => String::new(),
        }
    }

    /// Notes a provider configuration; an override without alias needs no base.
    pub(super) fn declare_provider(
        &mut self,
        name: &str,
        alias: Option<&str>,
        span: Span,
        sink: &mut Sink<'_>,
    ) {
        match alias {
            Some(alias) => self.declare(Declared::Provider, &format!("{name}.{alias}"), span, sink),
            None if sink.layer == Layer::Override => {
                self.seen.insert(("provider", name.to_owned()));
            }
            None => self.declare(Declared::Provider, name, span, sink),
        }
    }

    /// Whether something that may stand once was seen in an ordinary file.
    pub(super) fn has(&self, declared: &Declared) -> bool {
        self.seen.contains(&(place(declared).0, String::new()))
    }
}

/// The place of a block's header as the client names it; empty in JSON syntax.
fn header(span: Span, sink: &Sink<'_>) -> String {
    let block = sink.source.get(span.start..).unwrap_or_default();
    let end = block.iter().position(|byte| *byte == b'{');
    let words = String::from_utf8_lossy(block.get(..end.unwrap_or_default()).unwrap_or_default());
    let words = words.trim_end();
    if !words.starts_with("module") || words.contains('\n') {
        return String::new();
    }
    let width = u32::try_from(words.chars().count()).unwrap_or_default();
    let (line, column) = (span.line, span.column);
    let last = column.saturating_add(width);
    format!("{}:{line},{column}-{last}", sink.file)
}

fn place(declared: &Declared) -> (&'static str, Option<Overridden>) {
    match declared {
        Declared::Call => ("module", Some(Overridden::Call)),
        Declared::Variable => ("variable", Some(Overridden::Variable)),
        Declared::Output => ("output", Some(Overridden::Output)),
        Declared::Local => ("local", Some(Overridden::Local)),
        Declared::Resource(_) => ("resource", Some(Overridden::Resource)),
        Declared::Data(_) => ("data", Some(Overridden::Data)),
        Declared::Provider => ("provider", Some(Overridden::Provider)),
        Declared::Ephemeral(_) => ("ephemeral", None),
        Declared::Check(_) => ("check", None),
        Declared::RequiredProviders => ("required_providers", None),
        Declared::Backend => ("backend", None),
        Declared::Cloud => ("cloud", None),
    }
}
