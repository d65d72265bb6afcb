//! The list of versions is no JSON.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR404",
    name: "versions-not-json",
    stage: PublicStage::Versions,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &["TFR208"],
    title: "Versions body is not JSON",
    page: include_str!("tfr404_versions_not_json.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Versions) {
        let Stop::Undecodable { words, head, .. } = stop else {
            continue;
        };
        if words.starts_with("json: ") {
            continue;
        }
        let summary = "The list of versions is no JSON.";
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        if head.raw().trim().is_empty() {
            finding.reason("empty").explain("The body is empty.");
        } else {
            let beginning: String = head.raw().chars().take(80).collect();
            finding.evidence("body", visible(&beginning));
        }
        finding.requests_of(step);
        finding.client_says(
            "init",
            format!("error looking up module versions: {}", visible(words)),
        );
        finding.tell(
            Owner::Registry,
            "answer JSON below the API's path, never a page",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::module;
    use crate::trace::Stage;
    use crate::trace::Stop;

    fn undecodable(words: &str) -> Story {
        let stop = Stop::Undecodable {
            pointer: String::new(),
            words: words.to_owned(),
            head: foreign("<html>"),
        };
        Story::registry().stop(Stage::Versions, module(), stop)
    }

    #[test]
    fn a_page_fires() {
        assert_eq!(
            undecodable("invalid character '<' looking for beginning of value").codes(),
            ["TFR404"]
        );
    }

    #[test]
    fn json_of_another_shape_is_quiet() {
        assert_eq!(
            undecodable("json: cannot unmarshal array into Go value").codes(),
            ["TFR405"]
        );
    }
}
