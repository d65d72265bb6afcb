//! The archive stops coming. Clients have no limit of time for archives, so they wait without end.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::failures;
use crate::rules::common::product;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::exchange::Failure;
use crate::trace::exchange::Phase;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR609",
    name: "archive-stalls",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "No time limit on the archive",
    page: include_str!("tfr609_archive_stalls.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, failure) in failures(case.trace) {
        let Failure::Timeout {
            phase: Phase::Transfer,
            limit,
        } = failure
        else {
            continue;
        };
        if step.key.stage != Stage::Fetch {
            continue;
        }
        let summary = format!(
            "The archive stopped coming; after {} s this tool gave up.",
            limit.as_secs_f64()
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.requests_of(step);
        finding.explain(format!(
            "{} has no limit of time for archives and would wait without end.",
            product(case)
        ));
        finding.tell(Owner::Registry, "repair the host that sends the archive");
        finding.tell(
            Owner::Environment,
            "until then, give `init` a limit of time from outside",
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
    use crate::trace::exchange::Phase;

    fn stalled(phase: Phase) -> Story {
        let failure = Failure::Timeout {
            phase,
            limit: std::time::Duration::from_secs(30),
        };
        Story::direct().stop_after(
            Stage::Fetch,
            package(),
            failed(failure.clone()),
            Stop::Failed(failure),
        )
    }

    #[test]
    fn a_body_that_stops_coming_fires() {
        assert!(stalled(Phase::Transfer).fires(&RULE));
    }

    #[test]
    fn a_connection_in_vain_is_quiet() {
        assert!(!stalled(Phase::Connect).fires(&RULE));
    }
}
