//! What is wrong with a `source` argument, sorted into the one case that names it best, and who wrote it.
//!
//! Several rules share this so that exactly one of them speaks about an address; it never adds a finding itself.

use crate::addr::AddrError;
use crate::addr::AddrRules;
use crate::addr::RegistryError;
use crate::addr::registry::is_local;
use crate::addr::registry::parse_registry;
use crate::addr::shorthand::ShorthandError;
use crate::addr::source::RemoteError;
use crate::addr::source::parse_remote;
use crate::client::Client;
use crate::client::Product;
use crate::finding::Case;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::Foreign;
use crate::rules::common::call_of;
use crate::rules::common::config_problems;
use crate::trace::Stage;
use crate::trace::Step;
use crate::trace::Stop;
use crate::trace::Subject;
use crate::trace::Trace;
use crate::trace::call::Call;
use crate::trace::call::SourceKind;
use crate::trace::fact::ConfigPlace;
use crate::trace::fact::ConfigProblem;
use crate::trace::fact::ConfigProblemKind;
use crate::trace::fact::ProbeQuestion;

/// What is wrong with a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceFault {
    /// TFR006: a registry host without a dot.
    HostWithoutDot,
    /// TFR026: the sub-directory leads out of the package.
    SubdirLeaves,
    /// TFR003: a `version` beside a source that is no registry address.
    Version,
    /// TFR029: an address behind `git::` that is read as a path.
    GitPath,
    /// TFR027: a short form that names no repository.
    Shorthand,
    /// TFR005: a directory is there, and `./` is missing.
    MissingDotSlash,
    /// TFR002: one slash where two must be.
    SingleSlash,
    /// TFR001: the registry grammar.
    Grammar,
    /// TFR009: nothing of all that.
    NotAnAddress,
}

/// Every source that was refused, with the case it is.
pub fn refused(trace: &Trace) -> impl Iterator<Item = (&Step, &Foreign, &AddrError, SourceFault)> {
    trace.stopped(Stage::Source).filter_map(|(step, stop)| {
        let Stop::BadSource { got, error } = stop else {
            return None;
        };
        let is_beside = directory_beside(trace, step).is_some();
        let fault = if is_beside && error.remote.is_some() {
            SourceFault::MissingDotSlash
        } else {
            fault_of(error)
        };
        Some((step, got, error, fault))
    })
}

/// The directory beside the caller that a refused source may mean, with its `./`.
pub fn directory_beside<'a>(trace: &'a Trace, step: &Step) -> Option<&'a str> {
    crate::rules::common::probes(trace)
        .filter(|(other, probe)| other.key == step.key && probe.confirms)
        .find_map(|(_, probe)| match &probe.question {
            ProbeQuestion::OtherAddress(address) => Some(address.as_str()),
            ProbeQuestion::HiddenCredential(_)
            | ProbeQuestion::Anonymous
            | ProbeQuestion::PlainHttp
            | ProbeQuestion::Page => None,
        })
}

fn fault_of(error: &AddrError) -> SourceFault {
    let text = error.given.as_str();
    let count = parts(text).len();
    let is_registry_like = matches!(count, 3 | 4);
    if is_bare_host(text) && matches!(*error.strict, RegistryError::HostWithoutDot(_)) {
        return SourceFault::HostWithoutDot;
    }
    if matches!(*error.strict, RegistryError::SubdirLeavesPackage(_)) {
        return SourceFault::SubdirLeaves;
    }
    if single_slash(text, error.rules.default_host).is_some() {
        return SourceFault::SingleSlash;
    }
    match error.remote.as_deref() {
        None if is_local(text) || !is_registry_like => SourceFault::Version,
        None if is_shorthand(error) => SourceFault::Version,
        None => SourceFault::Grammar,
        Some(
            RemoteError::SubdirLeavesPackage(_) | RemoteError::DetectedSubdirLeavesPackage { .. },
        ) => SourceFault::SubdirLeaves,
        Some(RemoteError::Shorthand(ShorthandError::GithubIncomplete)) => SourceFault::Shorthand,
        Some(RemoteError::NotDetected(missed)) if missed.forced.is_some() => SourceFault::GitPath,
        Some(
            RemoteError::Shorthand(_)
            | RemoteError::DetectedUrl(_)
            | RemoteError::Empty(_)
            | RemoteError::NotDetected(_),
        ) => {
            if is_registry_like {
                SourceFault::Grammar
            } else {
                SourceFault::NotAnAddress
            }
        }
    }
}

/// Whether a source beside a `version` is an address of a repository or a file.
fn is_shorthand(error: &AddrError) -> bool {
    let is_reserved = matches!(*error.strict, RegistryError::ReservedHost(_));
    !is_reserved && parse_remote(&error.given, &error.rules).is_ok()
}

/// The components of an address before any sub-directory.
pub fn parts(text: &str) -> Vec<&str> {
    let package = text.split("//").next().unwrap_or_default();
    package.split('/').collect()
}

/// Whether the first of four components is a name without a dot, or one with a port.
fn is_bare_host(text: &str) -> bool {
    let parts = parts(text);
    let [host, _, _, _] = parts.as_slice() else {
        return false;
    };
    let (name, port) = host.split_once(':').unwrap_or((host, "0"));
    let is_label = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    is_label && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// What an address with one slash too few before its directory should read.
pub fn single_slash(text: &str, default_host: &str) -> Option<String> {
    if is_local(text) || text.contains(':') && text.contains("//") {
        return None;
    }
    let (package, query) = text.split_once('?').unwrap_or((text, ""));
    let parts: Vec<&str> = package.trim_end_matches('/').split('/').collect();
    if parts.len() < 5 || !query.is_empty() || parts.contains(&"") {
        return None;
    }
    [4, 3].into_iter().find_map(|count| {
        let (module, directory) = parts.split_at_checked(count)?;
        let module = module.join("/");
        parse_registry(&module, default_host).ok()?;
        Some(format!("{module}//{}", directory.join("/")))
    })
}

/// A source that was taken for a URL with a host's name as its scheme, and why it is no registry address.
pub fn host_as_scheme(client: &Client, call: &Call) -> Option<RegistryError> {
    let source = call.source.raw();
    let host = parts(source).first().copied()?;
    if parts(source).len() != 4 || !host.contains(':') || host.contains("::") {
        return None;
    }
    parse_registry(source, rules_of(client).default_host).err()
}

/// How a client reads addresses.
pub fn rules_of(client: &Client) -> AddrRules {
    match client.product {
        Product::Terraform => AddrRules::terraform(client.release),
        Product::OpenTofu => AddrRules::opentofu(client.release),
    }
}

/// Who wrote a call: the caller in the root's own tree, else the author of the package it stands in.
pub fn writer(trace: &Trace, call: &Call) -> Owner {
    match enclosing_package(trace, call) {
        Some(_) => Owner::Author,
        None => Owner::Configuration,
    }
}

/// The call whose package holds the block of this call; `None` in the root's own tree.
pub fn enclosing_package<'a>(trace: &'a Trace, call: &Call) -> Option<&'a Call> {
    let mut key = call.parent();
    while !key.is_empty() {
        if let Some(above) = trace
            .call(key)
            .filter(|above| above.kind != SourceKind::Local)
        {
            return Some(above);
        }
        key = key.rsplit_once('.').map_or("", |(parent, _)| parent);
    }
    None
}

/// Adds a finding about a refused source; `None` when the cause is known.
pub fn add_refused<'f>(
    found: &'f mut Findings,
    rule: &'static Rule,
    case: &Case<'_>,
    step: &Step,
    error: &AddrError,
    summary: String,
) -> Option<&'f mut Finding> {
    let call = call_of(case.trace, step);
    let finding = found.once(rule, case, step, summary)?;
    if let Some(call) = call {
        finding.owner(writer(case.trace, call));
        let place = call.place.as_ref().map_or_else(String::new, |place| {
            format!("{}:{}", place.file, place.line)
        });
        let detail = error.client_detail(call.key.rsplit('.').next().unwrap_or_default(), &place);
        let first = detail.lines().next().unwrap_or_default();
        let said = crate::foreign::visible(first);
        finding.client_says("init", format!("{}: {said}", error.client_summary()));
    }
    Some(finding)
}

/// Problems in the root module's own files.
pub fn root_problems(
    trace: &Trace,
    kind: ConfigProblemKind,
) -> impl Iterator<Item = (&Step, &ConfigProblem)> {
    config_problems(trace)
        .filter(move |(step, problem)| step.key.stage == Stage::Calls && problem.kind == kind)
}

/// Adds a problem of the root module's files: the client installs what it understood and fails all the same.
pub fn add_root_problem<'f>(
    found: &'f mut Findings,
    rule: &'static Rule,
    case: &Case<'_>,
    (step, problem): (&Step, &ConfigProblem),
    summary: String,
) -> &'f mut Finding {
    let finding = found.add_about(rule, case, &Subject::Run, Some(step.key.clone()), summary);
    finding.explains_stop = true;
    if !finding.places.contains(&problem.place) {
        finding.places.push(problem.place.clone());
    }
    finding.evidence("problem", located(problem));
    finding.client_says("init", crate::foreign::visible(&problem.summary))
}

/// A problem with its place.
pub fn located(problem: &ConfigProblem) -> String {
    let text = format!(
        "{}:{}:{}: {}",
        problem.place.file, problem.place.line, problem.place.column, problem.summary
    );
    crate::foreign::visible(&text)
}

/// Adds a finding about a setting of the machine: the error where steps fail for want of it, else a warning.
pub fn add_setting<'f>(
    found: &'f mut Findings,
    rule: &'static Rule,
    case: &Case<'_>,
    step: &Step,
    failing: &[&Step],
    summary: String,
) -> &'f mut Finding {
    let Some(first) = failing.first() else {
        let finding = found.add_about(
            rule,
            case,
            &step.key.subject,
            Some(step.key.clone()),
            summary,
        );
        finding.severity = finding.severity.max(Severity::Warning);
        return finding;
    };
    let about = first.key.subject.clone();
    let finding = found.add_about(rule, case, &about, Some(first.key.clone()), summary);
    for step in failing {
        for call in case.trace.users(&step.key.subject) {
            finding.hit(&call.key, call.place.as_ref());
        }
    }
    finding.severity(Severity::Error)
}

/// Why the client looks at a CLI configuration file, for people.
pub fn place_words(place: &ConfigPlace) -> String {
    match place {
        ConfigPlace::Variable(name) => name.clone(),
        ConfigPlace::Flag => "--cli-config".to_owned(),
        ConfigPlace::Home => "the home directory".to_owned(),
        ConfigPlace::Directory => "the configuration directory".to_owned(),
        ConfigPlace::NotRead(reason) => reason.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::SourceFault;
    use super::fault_of;
    use super::single_slash;
    use crate::addr::AddrRules;
    use crate::addr::parse_source;

    fn fault(text: &str, has_version: bool) -> SourceFault {
        let error = parse_source(text, has_version, &AddrRules::default());
        fault_of(&error.expect_err("no address"))
    }

    #[test]
    fn each_refused_source_is_one_case() {
        for (text, expected) in [
            ("localhost/a/b/c", SourceFault::HostWithoutDot),
            ("a/b/c//../x", SourceFault::SubdirLeaves),
            ("git::user@host:a/b.git", SourceFault::GitPath),
            ("github.com/owner", SourceFault::Shorthand),
            ("h.io/a/b/c/modules/x", SourceFault::SingleSlash),
            ("a/b/c/modules/x", SourceFault::SingleSlash),
            ("reg.example.com/a/b/AWS", SourceFault::Grammar),
            ("gitlab.com/mt5225/sg", SourceFault::Grammar),
            ("12", SourceFault::NotAnAddress),
            ("", SourceFault::NotAnAddress),
        ] {
            assert_eq!(fault(text, false), expected, "{text}");
        }
    }

    #[test]
    fn a_version_needs_a_registry_address() {
        for (text, expected) in [
            ("./a/b", SourceFault::Version),
            ("https://h.example/x.tgz", SourceFault::Version),
            ("github.com/owner/repo", SourceFault::Version),
            ("localhost:8443/a/b/c", SourceFault::HostWithoutDot),
            ("reg.example.com/a/b/AWS", SourceFault::Grammar),
        ] {
            assert_eq!(fault(text, true), expected, "{text}");
        }
    }

    #[test]
    fn two_slashes_are_put_where_they_belong() {
        assert_eq!(
            single_slash("h.io/a/b/c/modules/x", "registry.terraform.io").as_deref(),
            Some("h.io/a/b/c//modules/x")
        );
        assert_eq!(single_slash("https://h/a/b/c/d/e", "h.io"), None);
    }
}
