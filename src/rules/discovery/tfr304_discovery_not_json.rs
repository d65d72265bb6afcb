//! The discovery document is no JSON object.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;
use crate::trace::exchange::Failure;
use crate::trace::stop::NoService;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR304",
    name: "discovery-not-json",
    stage: PublicStage::Discovery,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[
        "TFR208", "TFR010", "TFR011", "TFR013", "TFR014", "TFR016", "TFR018",
    ],
    title: "Not a JSON object",
    page: include_str!("tfr304_discovery_not_json.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Discovery) {
        let (reason, summary) = match stop {
            Stop::Undecodable { head, .. } if head.raw().starts_with('\u{feff}') => (
                "byte-order-mark",
                "The discovery document begins with a byte-order mark.",
            ),
            Stop::Undecodable { .. } | Stop::ClientCrashes { .. } => {
                ("undecodable", "The discovery document is no JSON object.")
            }
            Stop::TooLarge { .. } | Stop::Failed(Failure::Limit { .. }) => (
                "too-large",
                "The discovery document is larger than the client reads.",
            ),
            Stop::NoService(NoService::Null) => ("null", "The discovery document is JSON `null`."),
            _ => continue,
        };
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.reason(reason).requests_of(step);
        if let Stop::Undecodable { words, head, .. } = stop {
            let beginning: String = head.raw().chars().take(80).collect();
            finding.evidence("body", visible(&beginning));
            finding.client_says(
                "init",
                format!(
                    "failed to decode discovery document as a JSON object: {}",
                    visible(words)
                ),
            );
        } else if reason == "null" {
            finding.client_says("init", "host does not provide a modules service");
        }
        finding.tell(
            Owner::Registry,
            "serve one plain JSON object in UTF-8, without a byte-order mark",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::host;
    use crate::rules::testing::module;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::stop::NoService;

    #[test]
    fn text_that_is_no_json_fires() {
        let stop = Stop::Undecodable {
            pointer: String::new(),
            words: "invalid character 'h'".to_owned(),
            head: foreign("hello"),
        };
        assert_eq!(
            Story::registry()
                .stop(Stage::Discovery, host(), stop)
                .codes(),
            ["TFR304"]
        );
        let stop = Stop::NoService(NoService::Null);
        assert_eq!(
            Story::registry()
                .stop(Stage::Discovery, host(), stop)
                .codes(),
            ["TFR304"]
        );
    }

    #[test]
    fn the_same_in_the_list_of_versions_is_quiet() {
        let stop = Stop::Undecodable {
            pointer: String::new(),
            words: "EOF".to_owned(),
            head: foreign(""),
        };
        assert!(
            !Story::registry()
                .stop(Stage::Versions, module(), stop)
                .fires(&RULE)
        );
    }
}
