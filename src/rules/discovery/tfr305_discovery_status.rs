//! Discovery answers neither 200 nor 404.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::status_text;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR305",
    name: "discovery-status",
    stage: PublicStage::Discovery,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[
        "TFR208", "TFR106", "TFR107", "TFR010", "TFR011", "TFR013", "TFR014", "TFR016", "TFR018",
    ],
    title: "Discovery answers neither 200 nor 404",
    page: include_str!("tfr305_discovery_status.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Discovery) {
        let Stop::Status { got, .. } = stop else {
            continue;
        };
        let summary = format!("The discovery document answers {}.", status_text(*got));
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.requests_of(step);
        finding.client_says(
            "init",
            format!(
                "failed to request discovery document: {}",
                status_text(*got)
            ),
        );
        match got {
            401 | 403 => {
                finding
                    .reason("login")
                    .explain("Nobody should need a login for it: clients may come without one.");
                finding.tell(
                    Owner::Registry,
                    "let `/.well-known/terraform.json` be read without a login",
                );
                finding.tell(
                    Owner::Environment,
                    "or configure a token for this host: the client sends it here as well",
                );
            }
            429 => {
                finding
                    .reason("limit")
                    .tell(Owner::Registry, "except the document from the limit");
            }
            500.. => {
                finding
                    .reason("outage")
                    .explain("The client asks once and does not repeat.");
                finding.tell(
                    Owner::Registry,
                    "repair the service behind the path, or serve the document from a file",
                );
            }
            _ => {
                finding.tell(Owner::Registry, "answer 200 with the document");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::host;
    use crate::rules::testing::module;
    use crate::trace::Stage;
    use crate::trace::Stop;

    #[test]
    fn a_503_fires() {
        let stop = Stop::Status {
            got: 503,
            expected: "200",
        };
        assert_eq!(
            Story::registry()
                .stop(Stage::Discovery, host(), stop)
                .codes(),
            ["TFR305"]
        );
    }

    #[test]
    fn a_503_of_another_stage_is_quiet() {
        let stop = Stop::Status {
            got: 503,
            expected: "200",
        };
        assert!(
            !Story::registry()
                .stop(Stage::Versions, module(), stop)
                .fires(&RULE)
        );
    }
}
