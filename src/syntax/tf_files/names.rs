//! Names that must be declared once, and those an override file must find. Never keeps what was declared.

use std::collections::HashMap;
use std::collections::HashSet;

use crate::syntax::hcl2::Span;

use super::Layer;
use super::content::Sink;
use super::problem::{Declared, Overridden, ProblemKind};

/// Longer headers of blocks are not looked at.
const LONGEST_HEADER: usize = 512;

/// The names seen in one module.
#[derive(Default)]
pub(super) struct Names {
    seen: HashSet<(&'static str, String)>,
    /// Where names were declared last, as the client names places.
    places: HashMap<(&'static str, String), String>,
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
                if !self.seen.insert(key.clone()) {
                    let place = self.places.get(&key).map_or("", String::as_str);
                    let detail = duplicate_words(&declared, name, place);
                    sink.add_saying(span, ProblemKind::Duplicate(declared), detail);
                }
                self.places.insert(key, header(span, sink));
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

/// What the client says of a second declaration; nothing where the place of the first is not known.
fn duplicate_words(declared: &Declared, name: &str, place: &str) -> String {
    let name = name.rsplit('.').next().unwrap_or(name);
    let (what, was, rule) = match declared {
        Declared::Call => (
            "module call".to_owned(),
            "defined",
            "Module calls must have unique names within a module.",
        ),
        Declared::Variable => (
            "variable".to_owned(),
            "declared",
            "Variable names must be unique within a module.",
        ),
        Declared::Output => (
            "output".to_owned(),
            "defined",
            "Output names must be unique within a module.",
        ),
        Declared::Resource(kind) => (
            format!("{kind} resource"),
            "declared",
            "Resource names must be unique per type in each module.",
        ),
        Declared::Data(kind) => (
            format!("{kind} data resource"),
            "declared",
            "Resource names must be unique per type in each module.",
        ),
        Declared::Backend if !place.is_empty() => {
            return format!(
                "A module may have only one backend configuration. The backend was previously configured at {place}."
            );
        }
        _ => return String::new(),
    };
    if place.is_empty() {
        return String::new();
    }
    let article = if *declared == Declared::Output {
        "An"
    } else {
        "A"
    };
    format!("{article} {what} named \"{name}\" was already {was} at {place}. {rule}")
}

/// The place of a block's header as the client names it; empty in JSON syntax.
fn header(span: Span, sink: &Sink<'_>) -> String {
    let rest = sink.source.get(span.start..).unwrap_or_default();
    let block = rest
        .get(..rest.len().min(LONGEST_HEADER))
        .unwrap_or_default();
    let end = block.iter().position(|byte| *byte == b'{');
    let words = String::from_utf8_lossy(block.get(..end.unwrap_or_default()).unwrap_or_default());
    let words = words.trim_end();
    let is_header = words.starts_with(|first: char| first.is_ascii_alphabetic());
    if !is_header || words.contains(['\n', '=', ':']) {
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
