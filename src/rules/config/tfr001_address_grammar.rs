//! A source looks like a registry address and breaks its grammar.

use crate::addr::RegistryError;
use crate::addr::registry::parse_registry;
use crate::finding::Case;
use crate::finding::Confidence;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::Foreign;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::sources::SourceFault;
use crate::rules::sources::add_refused;
use crate::rules::sources::host_as_scheme;
use crate::rules::sources::parts;
use crate::rules::sources::refused;
use crate::rules::sources::rules_of;
use crate::rules::sources::writer;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;
use crate::trace::call::Call;
use crate::trace::stop::ProcessStop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR001",
    name: "address-grammar",
    stage: PublicStage::Config,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &["TFR006", "TFR026"],
    title: "Address fails the registry grammar; the client hides why",
    page: include_str!("tfr001_address_grammar.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, got, error, fault) in refused(case.trace) {
        if fault != SourceFault::Grammar {
            continue;
        }
        let summary = format!(
            "{} is no registry address: {}.",
            code(got.raw()),
            visible(&error.strict.client_text())
        );
        let Some(finding) = add_refused(found, &RULE, case, step, error, summary) else {
            continue;
        };
        if error.remote.is_some() {
            finding.explain("Without `version` the client does not print this reason, but that of its last attempt to read the address.");
        }
        finding.tell(finding.owner, advice(&error.strict));
    }
    for (step, stop) in case.trace.stopped(Stage::Fetch) {
        for call in case.trace.users(&step.key.subject) {
            let strict = match stop {
                Stop::NoGetter { .. } => host_as_scheme(case.client, call),
                Stop::Process(ProcessStop::Exited { output, .. }) => {
                    reserved_host(case, call, output)
                }
                _ => None,
            };
            let Some(strict) =
                strict.filter(|strict| !matches!(strict, RegistryError::HostWithoutDot(_)))
            else {
                continue;
            };
            let summary = format!(
                "{} is no registry address: {}.",
                code(call.source.raw()),
                visible(&strict.client_text())
            );
            let Some(finding) = found.once(&RULE, case, step, summary) else {
                continue;
            };
            finding
                .owner(writer(case.trace, call))
                .confidence(Confidence::Likely);
            finding.explain(
                "So the client takes it for an address of another kind, and fails to fetch that.",
            );
            finding.tell(finding.owner, advice(&strict));
        }
    }
}

/// Four components below a host of repositories, and no such repository.
fn reserved_host(case: &Case<'_>, call: &Call, output: &Foreign) -> Option<RegistryError> {
    let is_four = parts(call.source.raw()).len() == 4;
    let is_missing = output.raw().to_ascii_lowercase().contains("not found");
    let error = parse_registry(call.source.raw(), rules_of(case.client).default_host).err()?;
    (is_four && is_missing && matches!(error, RegistryError::ReservedHost(_))).then_some(error)
}

fn advice(strict: &RegistryError) -> String {
    match strict {
        RegistryError::System(_) => {
            "write the system in lower-case letters and digits only".to_owned()
        }
        RegistryError::Namespace(_) | RegistryError::Name(_) => {
            "use letters, digits, and inside also `-` and `_`, at most 64 of them".to_owned()
        }
        RegistryError::Query(_) => {
            "take the query away: a registry module is pinned by `version`".to_owned()
        }
        RegistryError::ReservedHost(_) => {
            "name the registry's host, or write a git address with `git::`".to_owned()
        }
        RegistryError::ComponentMissingAfterHost(_) => {
            "write `HOST/NAMESPACE/NAME/SYSTEM`, or put `git::https://` in front of a repository"
                .to_owned()
        }
        RegistryError::Host { .. } => {
            "correct the host, which is written in its Unicode form, with a port up to 65535"
                .to_owned()
        }
        RegistryError::LocalPath(_)
        | RegistryError::SubdirLeavesPackage(_)
        | RegistryError::Components(_)
        | RegistryError::HostWithoutDot(_) => "write `HOST/NAMESPACE/NAME/SYSTEM`".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::package;
    use crate::rules::testing::refused_source;
    use crate::trace::Stage;
    use crate::trace::Stop;

    #[test]
    fn a_system_in_capitals_fires() {
        assert_eq!(
            refused_source("reg.example.com/net/sg/AWS", false).codes(),
            ["TFR001"]
        );
        assert_eq!(
            refused_source("reg.example.com/net/sg/aws?ref=v1", false).codes(),
            ["TFR001"]
        );
    }

    #[test]
    fn a_port_that_is_none_fires_at_the_fetch() {
        let stop = Stop::NoGetter {
            scheme: "reg.example.com".to_owned(),
        };
        let story = Story::direct()
            .with_call(|call| call.source = foreign("reg.example.com:70000/net/sg/aws"));
        assert!(story.stop(Stage::Fetch, package(), stop).fires(&RULE));
    }

    #[test]
    fn two_components_are_quiet() {
        assert!(!refused_source("net/sg", false).fires(&RULE));
    }
}
