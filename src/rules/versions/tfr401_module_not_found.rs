//! The registry does not know the module.

use crate::finding::Case;
use crate::finding::Confidence;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::first_call;
use crate::rules::common::host_of;
use crate::rules::common::probes;
use crate::rules::common::sent_credential;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;
use crate::trace::fact::ProbeQuestion;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR401",
    name: "module-not-found",
    stage: PublicStage::Versions,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &["TFR008", "TFR111", "TFR308", "TFR310", "TFR402", "TFR403"],
    title: "Module not found",
    page: include_str!("tfr401_module_not_found.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Versions) {
        if *stop != Stop::ModuleNotFound {
            continue;
        }
        let name = visible(step.key.subject.name());
        let host = host_of(&step.key.subject).map(visible).unwrap_or_default();
        let summary = format!("`{host}` does not know the module `{name}`.");
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.requests_of(step);
        finding.client_says(
            "init",
            format!(
                "Module {} cannot be found in the module registry at {host}.",
                first_call(case.trace, step).replace(" (", " (from ")
            ),
        );
        if sent_credential(step).is_none() {
            finding.confidence(Confidence::Likely).explain("Some registries answer the same for modules that the caller may not see, and no token was sent.");
            finding.tell(
                Owner::Environment,
                "if the module is private, give a token for the host",
            );
        }
        for (_, probe) in probes(case.trace)
            .filter(|(other, probe)| other.key.subject == step.key.subject && probe.confirms)
        {
            if let ProbeQuestion::OtherAddress(address) = &probe.question {
                finding.evidence("near", visible(address));
            }
        }
        finding.tell(
            Owner::Configuration,
            "correct the host, namespace, name or system of the source",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::module;
    use crate::trace::Stage;
    use crate::trace::Stop;

    #[test]
    fn a_404_fires() {
        assert_eq!(
            Story::registry()
                .stop(Stage::Versions, module(), Stop::ModuleNotFound)
                .codes(),
            ["TFR401"]
        );
    }

    #[test]
    fn an_empty_list_is_quiet() {
        assert!(
            !Story::registry()
                .stop(Stage::Versions, module(), Stop::NoVersions)
                .fires(&RULE)
        );
    }
}
