//! A call has a version, and its source is no registry address.

use crate::finding::Case;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::call_of;
use crate::rules::common::code;
use crate::rules::sources::SourceFault;
use crate::rules::sources::add_refused;
use crate::rules::sources::refused;
use crate::rules::sources::writer;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;
use crate::trace::stop::CallProblem;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR003",
    name: "version-without-registry",
    stage: PublicStage::Config,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &["TFR001", "TFR006", "TFR026"],
    title: "`version` on a source that is not a registry address",
    page: include_str!("tfr003_version_without_registry.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, got, error, fault) in refused(case.trace) {
        if fault != SourceFault::Version {
            continue;
        }
        let summary = format!(
            "The call has a `version`, and its source {} is no registry address.",
            code(got.raw())
        );
        if let Some(finding) = add_refused(found, &RULE, case, step, error, summary) {
            advise(finding, got.raw());
        }
    }
    for (step, stop) in case.trace.stopped(Stage::Source) {
        if *stop != Stop::BadCall(CallProblem::VersionWithoutRegistry) {
            continue;
        }
        let Some(call) = call_of(case.trace, step) else {
            continue;
        };
        let summary = format!(
            "The call has a `version`, and its source {} is no registry address.",
            code(call.source.raw())
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.owner(writer(case.trace, call));
        finding.client_says("init", "Cannot apply a version constraint to module");
        advise(finding, call.source.raw());
    }
}

fn advise(finding: &mut Finding, source: &str) {
    finding.explain("Versions are chosen from a registry's list; repositories and archives are pinned inside their address.");
    let owner = finding.owner;
    finding.tell(owner, "take the argument `version` away");
    let is_repository = source.contains("git") || source.contains("bitbucket");
    let is_local = source.starts_with('.') || source.starts_with('/');
    if is_repository {
        finding.tell(owner, "pin the repository with `?ref=TAG`");
    } else if !is_local {
        finding.tell(
            owner,
            "or name the module as `HOST/NAMESPACE/NAME/SYSTEM`, if the host is a registry",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::call;
    use crate::rules::testing::refused_source;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::stop::CallProblem;

    #[test]
    fn a_version_beside_another_source_fires() {
        assert_eq!(refused_source("./sg", true).codes(), ["TFR003"]);
        assert_eq!(
            refused_source("https://cdn.example.com/sg.tgz", true).codes(),
            ["TFR003"]
        );
    }

    #[test]
    fn an_older_client_that_refuses_it_later_fires() {
        let stop = Stop::BadCall(CallProblem::VersionWithoutRegistry);
        assert_eq!(
            Story::local().stop(Stage::Source, call(), stop).codes(),
            ["TFR003"]
        );
    }

    #[test]
    fn a_faulty_registry_address_is_quiet() {
        assert!(!refused_source("reg.example.com/net/sg/AWS", true).fires(&RULE));
    }
}
