//! The versions endpoint is throttled or fails; the client waits in silence.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::authority;
use crate::rules::common::code;
use crate::rules::common::status_text;
use crate::trace::End;
use crate::trace::Exchange;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Step;
use crate::trace::Stop;
use crate::trace::Unsure;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR410",
    name: "versions-throttled",
    stage: PublicStage::Versions,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Throttled or failing versions endpoint; silent waiting",
    page: include_str!("tfr410_versions_throttled.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for step in case.trace.stage(Stage::Versions) {
        match &step.end {
            End::Stopped(Stop::Status { got, .. }) if is_passing(*got) => {
                stopped(case, step, *got, found);
            }
            End::Unsure(Unsure::RateLimited { status, reset }) => {
                limited(case, step, *status, *reset, found);
            }
            End::Stopped(_) | End::Unsure(_) | End::Done | End::Interrupted => {
                mended(case, step, found);
            }
        }
    }
}

fn is_passing(status: u16) -> bool {
    status == 429 || status >= 500
}

fn stopped(case: &Case<'_>, step: &Step, status: u16, found: &mut Findings) {
    let summary = format!(
        "The list of versions answers {} again and again.",
        status_text(status)
    );
    let Some(finding) = found.once(&RULE, case, step, summary) else {
        return;
    };
    let attempts = step
        .exchanges()
        .map(|exchange| exchange.attempt)
        .max()
        .unwrap_or(1);
    finding
        .reason(if status == 429 {
            "throttled"
        } else {
            "failing"
        })
        .requests_of(step);
    if let Some(wait) = step
        .last_exchange()
        .and_then(Exchange::reply)
        .and_then(|reply| reply.header("retry-after"))
    {
        finding.evidence("retry-after", visible(wait));
        finding.explain("The client honours `Retry-After` without an upper bound and prints nothing while it waits.");
    }
    finding.client_says(
        "init",
        format!("the request failed after {attempts} attempts, please try again later: {} returned from URL", status_text(status)),
    );
    finding.tell(
        Owner::Registry,
        "repair the endpoint, or answer 429 with a small `Retry-After`",
    );
    finding.tell(
        Owner::Environment,
        "run fewer jobs at once, or raise `TF_REGISTRY_DISCOVERY_RETRY`",
    );
}

fn limited(case: &Case<'_>, step: &Step, status: u16, reset: Option<u64>, found: &mut Findings) {
    let host = step.last_exchange().map(authority).unwrap_or_default();
    let summary = format!(
        "The list of versions could not be asked for: {} limits how often it is asked ({}).",
        code(&host),
        status_text(status)
    );
    let Some(finding) = found.once(&RULE, case, step, summary) else {
        return;
    };
    finding
        .severity(Severity::Inconclusive)
        .reason("limit")
        .requests_of(step);
    if let Some(seconds) = reset {
        finding.explain(format!("The limit ends in {seconds} s."));
    }
    finding.tell(Owner::Environment, "run again when the limit has ended");
}

/// An attempt failed, and a later one was answered.
fn mended(case: &Case<'_>, step: &Step, found: &mut Findings) {
    let fails = |exchange: &Exchange| exchange.status().is_none_or(is_passing);
    let last = step
        .exchanges()
        .map(|exchange| exchange.attempt)
        .max()
        .unwrap_or(1);
    let first_failed = step
        .exchanges()
        .any(|exchange| exchange.attempt < last && fails(exchange));
    let answered = step
        .last_exchange()
        .is_some_and(|exchange| !fails(exchange));
    if !first_failed || !answered {
        return;
    }
    let summary = "The list of versions came only at a later attempt.";
    if let Some(finding) = found.once(&RULE, case, step, summary) {
        finding.aside().reason("mended").requests_of(step);
        finding.explain("The client repeats this request once and says nothing about it.");
        finding.tell(Owner::Registry, "find out why the first attempt failed");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::finding::Severity;
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::module;
    use crate::trace::End;
    use crate::trace::Exchange;
    use crate::trace::Stage;
    use crate::trace::Stop;

    fn attempt(status: u16, number: u32) -> Exchange {
        let mut exchange = answered(status, &[], "");
        exchange.attempt = number;
        exchange
    }

    #[test]
    fn two_failures_fire() {
        let stop = Stop::Status {
            got: 500,
            expected: "200",
        };
        assert_eq!(
            Story::registry()
                .stop(Stage::Versions, module(), stop)
                .codes(),
            ["TFR410"]
        );
    }

    #[test]
    fn a_later_answer_is_a_warning_and_a_first_one_quiet() {
        let story = Story::registry().step(
            Stage::Versions,
            module(),
            vec![attempt(500, 1), attempt(200, 2)],
            Vec::new(),
            End::Done,
        );
        assert_eq!(
            story
                .findings(&RULE)
                .first()
                .map(|finding| finding.severity),
            Some(Severity::Warning)
        );
        assert!(
            !Story::registry()
                .asked(Stage::Versions, module(), attempt(200, 1))
                .fires(&RULE)
        );
    }
}
