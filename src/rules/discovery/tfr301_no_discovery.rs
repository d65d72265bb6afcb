//! The discovery document is not there.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::probes;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;
use crate::trace::fact::ProbeQuestion;
use crate::trace::stop::NoService;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR301",
    name: "no-discovery",
    stage: PublicStage::Discovery,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &["TFR010", "TFR011", "TFR013", "TFR014", "TFR016", "TFR018"],
    title: "No discovery document",
    page: include_str!("tfr301_no_discovery.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Discovery) {
        let Stop::NoService(NoService::NotFound) = stop else {
            continue;
        };
        let host = visible(step.key.subject.name());
        let summary = format!("`{host}` has no discovery document.");
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.requests_of(step);
        finding.client_says("init", "host does not provide a modules service");
        finding.explain("The client names no host in this message, and that is the only trace of a missing document.");
        for (_, probe) in probes(case.trace)
            .filter(|(other, probe)| other.key.subject == step.key.subject && probe.confirms)
        {
            if let ProbeQuestion::OtherAddress(address) = &probe.question {
                finding.evidence("found-at", visible(address));
            }
        }
        finding.tell(
            Owner::Registry,
            format!("serve `https://{host}/.well-known/terraform.json` as JSON with the key `modules.v1`"),
        );
        finding.fix(
            Fix::tell(
                Owner::Environment,
                "until then, name the service in the CLI configuration",
            )
            .value(format!(
                "host \"{host}\" {{ services = {{ \"modules.v1\" = \"https://...\" }} }}"
            )),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::host;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::stop::NoService;

    #[test]
    fn a_missing_document_fires() {
        let stop = Stop::NoService(NoService::NotFound);
        assert_eq!(
            Story::registry()
                .stop(Stage::Discovery, host(), stop)
                .codes(),
            ["TFR301"]
        );
    }

    #[test]
    fn a_document_without_the_key_is_quiet() {
        let stop = Stop::NoService(NoService::NoKey);
        assert!(
            !Story::registry()
                .stop(Stage::Discovery, host(), stop)
                .fires(&RULE)
        );
    }
}
