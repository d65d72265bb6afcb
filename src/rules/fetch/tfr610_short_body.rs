//! Fewer bytes of an archive came than the host announced.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::failures;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::exchange::Failure;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR610",
    name: "short-body",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Short body",
    page: include_str!("tfr610_short_body.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, failure) in failures(case.trace) {
        let Failure::ShortBody { got, expected } = failure else {
            continue;
        };
        if step.key.stage != Stage::Fetch {
            continue;
        }
        let announced = expected.map_or_else(
            || "the end of the last chunk is missing".to_owned(),
            |expected| format!("{expected} were announced"),
        );
        let summary = format!("The archive is cut off on its way: {got} bytes came, {announced}.");
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.requests_of(step);
        finding.client_says("init", "unexpected EOF");
        finding.tell(
            Owner::Registry,
            "look at the limits and buffers of the proxy in front of the archives, and at `Content-Length`",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::failed;
    use crate::rules::testing::package;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::exchange::Failure;

    #[test]
    fn fewer_bytes_than_announced_fire() {
        let failure = Failure::ShortBody {
            got: 5,
            expected: Some(9),
        };
        let story = Story::direct().stop_after(
            Stage::Fetch,
            package(),
            failed(failure.clone()),
            Stop::Failed(failure),
        );
        assert_eq!(story.codes(), ["TFR610"]);
    }

    #[test]
    fn a_closed_connection_is_quiet() {
        let story = Story::direct().stop(Stage::Fetch, package(), Stop::Failed(Failure::Closed));
        assert!(!story.fires(&RULE));
    }
}
