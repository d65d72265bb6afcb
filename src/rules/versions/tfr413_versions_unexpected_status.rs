//! The versions endpoint answers with a status that means nothing here.

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
    code: "TFR413",
    name: "versions-unexpected-status",
    stage: PublicStage::Versions,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Versions endpoint answers with an unexpected status",
    page: include_str!("tfr413_versions_unexpected_status.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Versions) {
        let Stop::Status { got, .. } = stop else {
            continue;
        };
        if matches!(got, 200 | 401 | 403 | 404 | 429 | 500..) {
            continue;
        }
        let summary = format!("The list of versions answers {}.", status_text(*got));
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.requests_of(step);
        finding.client_says(
            "init",
            format!("error looking up module versions: {}", status_text(*got)),
        );
        finding.tell(
            Owner::Registry,
            "answer 200 with the list, or 404 for a module that is not known",
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

    fn status(got: u16) -> Story {
        Story::registry().stop(
            Stage::Versions,
            module(),
            Stop::Status {
                got,
                expected: "200",
            },
        )
    }

    #[test]
    fn a_204_fires() {
        assert_eq!(status(204).codes(), ["TFR413"]);
    }

    #[test]
    fn a_500_is_quiet() {
        assert!(!status(500).fires(&RULE));
    }
}
