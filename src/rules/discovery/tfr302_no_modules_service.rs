//! The document names no modules service of version 1.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;
use crate::trace::stop::NoService;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR302",
    name: "no-modules-service",
    stage: PublicStage::Discovery,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &["TFR010", "TFR011", "TFR013", "TFR014", "TFR016", "TFR018"],
    title: "`modules.v1` missing",
    page: include_str!("tfr302_no_modules_service.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Discovery) {
        let Stop::NoService(problem) = stop else {
            continue;
        };
        let host = visible(step.key.subject.name());
        let (reason, message) = match problem {
            NoService::NoKey => (
                "no-key",
                format!("host {host} does not provide a modules service"),
            ),
            NoService::OtherVersion { key, .. } if key.raw() != "modules.v1" => (
                "other-version",
                format!("host {host} does not support modules version v1"),
            ),
            NoService::OtherVersion { .. } | NoService::NotFound | NoService::Null => continue,
        };
        let summary = format!("The discovery document of `{host}` has no `modules.v1`.");
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .reason(reason)
            .client_says("init", message)
            .requests_of(step);
        if let NoService::OtherVersion { key, .. } = problem {
            finding.evidence("key", key.shown());
        }
        finding.fix(
            Fix::tell(Owner::Registry, "add the key to the document")
                .value("\"modules.v1\": \"/v1/modules/\""),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::host;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::stop::NoService;

    #[test]
    fn another_version_fires() {
        let stop = Stop::NoService(NoService::OtherVersion {
            key: foreign("modules.v2"),
            kind: "a string".to_owned(),
        });
        assert_eq!(
            Story::registry()
                .stop(Stage::Discovery, host(), stop)
                .codes(),
            ["TFR302"]
        );
    }

    #[test]
    fn a_missing_document_is_quiet() {
        let stop = Stop::NoService(NoService::NotFound);
        assert!(
            !Story::registry()
                .stop(Stage::Discovery, host(), stop)
                .fires(&RULE)
        );
    }
}
