//! What clients print about a call itself, and how they name it.

use crate::addr::RegistryPackage;
use crate::addr::registry::parse_registry;
use crate::client::Client;
use crate::finding::Said;
use crate::rules::words::fill::Values;
use crate::rules::words::index::Index;
use crate::rules::words::registry::plain_host;
use crate::rules::words::table::Kind;
use crate::rules::words::table::said;
use crate::trace::Call;
use crate::trace::Stop;
use crate::trace::Subject;
use crate::trace::stop::CallProblem;

/// A call and the client that it is told for.
#[derive(Debug, Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) index: &'a Index<'a>,
    pub(super) client: &'a Client,
    pub(super) call: &'a Call,
}

impl About<'_> {
    /// How messages name the call.
    pub(super) fn call(&self) -> Values {
        let (file, line) = match &self.call.place {
            Some(place) => (place.file.clone(), place.line.to_string()),
            None => ("{{file}}".to_owned(), "{{line}}".to_owned()),
        };
        Values::default()
            .with("name", name_of(&self.call.key))
            .with("place", format!("{file}:{line}"))
            .with("file", file)
            .with("line", line)
            .with("module", module_of(&self.call.key))
            .with("version", self.call.version.as_deref().unwrap_or_default())
            .with("address", self.call.recorded_source.clone())
    }

    /// How messages name the call, its registry and its module.
    pub(super) fn registry(&self) -> Values {
        let host = self.used(|subject| match subject {
            Subject::Host(name) => Some(name),
            _ => None,
        });
        let module = self.used(|subject| match subject {
            Subject::Module(name) => Some(name),
            _ => None,
        });
        let package = parse_registry(&self.call.recorded_source, self.client.default_registry());
        self.call()
            .with("host", host.map(plain_host).unwrap_or_default())
            .with("module", module.unwrap_or_default())
            .with(
                "path",
                package.map_or_else(|_| String::new(), |address| path_of(&address.package())),
            )
    }

    fn used<'a>(&'a self, wanted: fn(&'a Subject) -> Option<&'a String>) -> Option<&'a str> {
        self.call.used.iter().find_map(wanted).map(String::as_str)
    }
}

/// The name of a call in its module.
fn name_of(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or_default()
}

/// A module as messages name it: `module.a.module.b`.
pub(super) fn module_of(key: &str) -> String {
    let names: Vec<String> = key
        .split('.')
        .map(|name| format!("module.{name}"))
        .collect();
    names.join(".")
}

fn path_of(package: &RegistryPackage) -> String {
    let named = package.path();
    named.trim_matches('/').to_owned()
}

/// Where the source of a call ended the way.
pub(super) fn source(about: &About<'_>, stop: &Stop) -> Option<Said> {
    let values = about.call();
    match stop {
        Stop::BadSource { error, .. } => {
            let place = about.call.place.as_ref().map_or_else(
                || "{{file}}:{{line}}".to_owned(),
                |place| format!("{}:{}", place.file, place.line),
            );
            let detail = error.client_detail(name_of(&about.call.key), &place);
            Some(Said::plain(error.client_summary(), &detail))
        }
        Stop::BadCall(CallProblem::VersionWithoutRegistry) => {
            let is_local = about.call.source.raw().starts_with('.');
            let why = if is_local {
                "it has a relative local path"
            } else {
                "it has a non Registry URL"
            };
            said(Kind::VersionRefused, about.client, &values.with("why", why))
        }
        Stop::BadCall(
            CallProblem::SourceMissing
            | CallProblem::SourceNull
            | CallProblem::SourceExpression
            | CallProblem::SourceNotAString,
        ) => {
            let unknown = Stop::BadCall(CallProblem::SourceExpression);
            let is_unknown = *stop == unknown;
            said(Kind::SourceRefused, about.client, &values).or_else(|| {
                let told = said(Kind::SourceUnknown, about.client, &values);
                told.filter(|_| is_unknown)
            })
        }
        _ => None,
    }
}
