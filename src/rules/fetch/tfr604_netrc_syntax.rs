//! The netrc file does not parse: then every download over http fails, whatever host it goes to.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::package_stops;
use crate::trace::PublicStage;
use crate::trace::Stop;
use crate::trace::Subject;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR604",
    name: "netrc-syntax",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Environment,
    yields_to: &[],
    title: "netrc does not parse",
    page: include_str!("tfr604_netrc_syntax.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in package_stops(case.trace) {
        let Stop::Netrc { path, words } = stop else {
            continue;
        };
        let about = Subject::Run;
        let summary = format!("The netrc file {} does not parse.", code(path));
        let Some(finding) = found.cause(&RULE, case, &about, step, summary) else {
            continue;
        };
        finding.evidence("words", visible(words));
        finding
            .explain("Every archive over http fails then, not only those of the host concerned.");
        finding.client_says(
            "init",
            format!(
                "Error parsing netrc file at \"{}\": {}",
                visible(path),
                visible(words)
            ),
        );
        finding.fix(
            Fix::tell(
                Owner::Environment,
                "repair the line named; an entry looks like this",
            )
            .value("machine HOST login NAME password SECRET"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::package;
    use crate::trace::Stage;
    use crate::trace::Stop;

    #[test]
    fn a_file_that_does_not_parse_fires() {
        let stop = Stop::Netrc {
            path: "/home/me/.netrc".to_owned(),
            words: "line 1: keyword expected".to_owned(),
        };
        assert_eq!(
            Story::direct().stop(Stage::Fetch, package(), stop).codes(),
            ["TFR604"]
        );
    }

    #[test]
    fn another_stop_is_quiet() {
        let story = Story::direct().stop(Stage::Fetch, package(), Stop::NoSourceUrl);
        assert!(!story.fires(&RULE));
    }
}
