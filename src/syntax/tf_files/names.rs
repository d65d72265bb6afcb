//! Names that must be declared once, and those an override file must find. Never keeps what was declared.

use std::collections::HashSet;

use crate::syntax::hcl2::Span;

use super::Layer;
use super::content::Sink;
use super::problem::{Declared, Overridden, ProblemKind};

/// The names seen in one module.
#[derive(Default)]
pub(super) struct Names {
    seen: HashSet<(&'static str, String)>,
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
                if !self.seen.insert(key) {
                    sink.add(span, ProblemKind::Duplicate(declared));
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
