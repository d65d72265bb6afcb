//! The answer to the archive is a redirect that cannot be followed.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::code;
use crate::rules::common::package_stops;
use crate::rules::common::status_text;
use crate::trace::Exchange;
use crate::trace::PublicStage;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR612",
    name: "archive-redirect-broken",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Redirect of the archive cannot be followed",
    page: include_str!("tfr612_archive_redirect_broken.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in package_stops(case.trace) {
        let (reason, summary) = if let Stop::Status { got, .. } = stop
            && (300..400).contains(got)
        {
            (
                "status",
                format!(
                    "The archive host answers {}, which no client follows.",
                    status_text(*got)
                ),
            )
        } else if let Stop::BadRedirect(to) = stop {
            if to.raw().is_empty() {
                (
                    "no-location",
                    "The archive host redirects without saying where to.".to_owned(),
                )
            } else {
                (
                    "target",
                    format!(
                        "The archive host redirects to {}, which cannot be followed.",
                        code(to.raw())
                    ),
                )
            }
        } else {
            continue;
        };
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.reason(reason).requests_of(step);
        if let Some(got) = step.last_exchange().and_then(Exchange::status) {
            finding.client_says("init", format!("bad response code: {got}"));
        }
        finding.tell(
            Owner::Registry,
            "answer 302 or 307 with a `Location`, or the archive itself",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::foreign;
    use crate::rules::testing::package;
    use crate::trace::Stage;
    use crate::trace::Stop;

    fn status(got: u16) -> Story {
        let stop = Stop::Status {
            got,
            expected: "200 or 206",
        };
        Story::registry().stop_after(Stage::Fetch, package(), answered(got, &[], ""), stop)
    }

    #[test]
    fn such_a_status_fires() {
        assert!(status(300).fires(&RULE));
        assert!(status(304).fires(&RULE));
    }

    #[test]
    fn another_status_is_quiet() {
        assert!(!status(204).fires(&RULE));
        assert!(!status(404).fires(&RULE));
    }

    #[test]
    fn a_redirect_to_nowhere_fires() {
        let stop = Stop::BadRedirect(foreign(""));
        let story =
            Story::direct().stop_after(Stage::Fetch, package(), answered(302, &[], ""), stop);
        assert_eq!(story.codes(), ["TFR612"]);
    }
}
