//! The archive host redirects more often than clients follow.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::package_stops;
use crate::trace::PublicStage;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR613",
    name: "archive-redirect-limit",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Redirect loop, or more than nine, on the archive",
    page: include_str!("tfr613_archive_redirect_limit.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in package_stops(case.trace) {
        let Stop::Redirects { limit } = stop else {
            continue;
        };
        let hops: Vec<&str> = step
            .exchanges()
            .filter(|exchange| exchange.sent.method == "GET")
            .map(|exchange| exchange.sent.url.as_str())
            .collect();
        let is_loop = hops
            .iter()
            .enumerate()
            .any(|(at, hop)| hops.iter().skip(at + 1).any(|later| later == hop));
        let summary = if is_loop {
            "The redirects of the archive go round in a circle.".to_owned()
        } else {
            format!("The archive needs more than {limit} redirects.")
        };
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .reason(if is_loop { "loop" } else { "too-many" })
            .evidence_lines("hops", hops.iter().map(|hop| visible(hop)).collect())
            .requests_of(step);
        finding.client_says("init", "stopped after 10 redirects");
        finding.tell(
            Owner::Registry,
            "let the location name the last address of the chain",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::package;
    use crate::rules::testing::release;
    use crate::trace::Stage;
    use crate::trace::Stop;

    #[test]
    fn too_many_redirects_fire() {
        let stop = Stop::Redirects { limit: 9 };
        let story = Story::direct().stop_after(
            Stage::Fetch,
            package(),
            answered(302, &[("location", "/x")], ""),
            stop,
        );
        assert_eq!(story.codes(), ["TFR613"]);
    }

    #[test]
    fn redirects_elsewhere_are_quiet() {
        let story =
            Story::registry().stop(Stage::Location, release(), Stop::Redirects { limit: 9 });
        assert!(!story.fires(&RULE));
    }
}
