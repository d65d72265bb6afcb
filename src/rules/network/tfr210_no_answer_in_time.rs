//! No answer came within the client's time limit.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::code;
use crate::rules::common::failures;
use crate::rules::common::peer_of;
use crate::trace::End;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Unsure;
use crate::trace::exchange::Failure;
use crate::trace::exchange::Phase;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR210",
    name: "no-answer-in-time",
    stage: PublicStage::Network,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &["TFR209", "TFR609"],
    title: "No answer in time",
    page: include_str!("tfr210_no_answer_in_time.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, failure) in failures(case.trace) {
        let Failure::Timeout { phase, limit } = failure else {
            continue;
        };
        let (about, peer) = peer_of(step);
        let (reason, words) = match phase {
            Phase::Dns => ("dns", "the name lookup"),
            Phase::Connect => ("connect", "the connection"),
            Phase::Tls => ("tls", "the TLS handshake"),
            Phase::Wait => ("wait", "the first byte of the reply"),
            Phase::Transfer => ("transfer", "the rest of the reply"),
        };
        let seconds = limit.as_secs_f64();
        let summary = format!(
            "{} does not answer in time: after {seconds} s {words} was still to come.",
            code(&peer)
        );
        let Some(finding) = found.cause(&RULE, case, &about, step, summary) else {
            continue;
        };
        finding.reason(reason).requests_of(step);
        finding.explain("Discovery has a limit of 11 s and one attempt; calls of the registry's API have 10 s and two attempts.");
        finding.client_says(
            "init",
            "context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
        );
        finding.tell(
            Owner::Registry,
            "answer faster; serve the discovery document from a file",
        );
        if matches!(step.key.stage, Stage::Versions | Stage::Location) {
            finding.fix(
                Fix::tell(Owner::Environment, "wait longer").value("TF_REGISTRY_CLIENT_TIMEOUT=30"),
            );
        } else if step.key.stage == Stage::Discovery {
            finding.tell(
                Owner::Environment,
                "a `host` block in the CLI configuration makes the request needless",
            );
        }
    }
    for step in &case.trace.steps {
        let (summary, reason, advice) = match &step.end {
            End::Unsure(Unsure::Deadline) => (
                "The time that the run was given ended before the answer.",
                "deadline",
                "run again with more time",
            ),
            End::Unsure(Unsure::HostDown) => (
                "One connection to this host after the other had failed, so it was not asked any more.",
                "host-down",
                "see what is wrong with the host, and run again",
            ),
            End::Unsure(_) | End::Stopped(_) | End::Done | End::Interrupted => continue,
        };
        if let Some(finding) = found.once(&RULE, case, step, summary) {
            finding
                .severity(Severity::Inconclusive)
                .stage(step.key.stage.public())
                .reason(reason);
            finding.tell(Owner::Environment, advice);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::finding::Severity;
    use crate::rules::testing::Story;
    use crate::rules::testing::failed;
    use crate::rules::testing::module;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::Unsure;
    use crate::trace::exchange::Failure;
    use crate::trace::exchange::Phase;
    use std::time::Duration;

    #[test]
    fn a_limit_that_was_reached_fires() {
        let failure = Failure::Timeout {
            phase: Phase::Wait,
            limit: Duration::from_secs(10),
        };
        let story = Story::registry().stop_after(
            Stage::Versions,
            module(),
            failed(failure.clone()),
            Stop::Failed(failure),
        );
        assert_eq!(story.codes(), ["TFR210"]);
    }

    #[test]
    fn the_own_deadline_is_inconclusive_and_a_refusal_quiet() {
        let story = Story::registry().unsure(Stage::Versions, module(), Unsure::Deadline);
        assert_eq!(
            story
                .findings(&RULE)
                .first()
                .map(|finding| finding.severity),
            Some(Severity::Inconclusive)
        );
        let failure = Failure::Closed;
        let story = Story::registry().stop_after(
            Stage::Versions,
            module(),
            failed(failure.clone()),
            Stop::Failed(failure),
        );
        assert!(!story.fires(&RULE));
    }
}
