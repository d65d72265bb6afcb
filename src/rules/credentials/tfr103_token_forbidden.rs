//! 403 although a token was sent.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::first_line;
use crate::rules::common::host_of_step;
use crate::rules::common::ladder_of;
use crate::rules::common::ladder_rows;
use crate::rules::common::refused_steps;
use crate::rules::common::sent_credential;
use crate::trace::Exchange;
use crate::trace::PublicStage;
use crate::trace::Step;
use crate::trace::Subject;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR103",
    name: "token-forbidden",
    stage: PublicStage::Credentials,
    severity: Severity::Error,
    owner: Owner::Environment,
    yields_to: &[
        "TFR104", "TFR106", "TFR107", "TFR108", "TFR109", "TFR113", "TFR506", "TFR208",
    ],
    title: "403 with a token",
    page: include_str!("tfr103_token_forbidden.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, status) in refused_steps(case.trace) {
        let Some(credential) = sent_credential(step) else {
            continue;
        };
        let Some(host) = host_of_step(case.trace, step).map(str::to_owned) else {
            continue;
        };
        if status != 403 || is_limited(step) {
            continue;
        }
        let summary = format!(
            "{} knows the token and does not allow this module.",
            code(&host)
        );
        let about = Subject::Host(host.clone());
        let Some(finding) = found.cause(&RULE, case, &about, step, summary) else {
            continue;
        };
        finding.explain(format!(
            "The token comes from {} and has the fingerprint #{}.",
            visible(&credential.origin),
            credential.fingerprint.digits
        ));
        if let Some(rungs) = ladder_of(case.trace, &host) {
            finding.evidence_table("ladder", ladder_rows(rungs));
        }
        if let Some(line) = step
            .last_exchange()
            .and_then(Exchange::reply)
            .and_then(first_line)
        {
            finding.evidence("body", line);
        }
        finding.requests_of(step);
        finding.client_says("init", "error looking up module versions: 403 Forbidden");
        finding.tell(
            Owner::Environment,
            "use a token whose scope or role covers this module",
        );
        finding.tell(Owner::Registry, "or allow the token's owner to read it");
    }
}

/// Whether the answer is a limit in disguise.
fn is_limited(step: &Step) -> bool {
    let reply = step.last_exchange().and_then(Exchange::reply);
    reply.is_some_and(|reply| {
        reply.header("retry-after").is_some() || reply.header("x-ratelimit-remaining") == Some("0")
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::module;
    use crate::rules::testing::with_token;
    use crate::trace::Stage;
    use crate::trace::Stop;

    #[test]
    fn a_forbidden_token_fires() {
        let story = Story::registry().stop_after(
            Stage::Versions,
            module(),
            with_token(answered(403, &[], "")),
            Stop::Status {
                got: 403,
                expected: "200",
            },
        );
        assert_eq!(story.codes(), ["TFR103"]);
    }

    #[test]
    fn a_limit_is_quiet() {
        let story = Story::registry().stop_after(
            Stage::Versions,
            module(),
            with_token(answered(403, &[("retry-after", "60")], "")),
            Stop::Status {
                got: 403,
                expected: "200",
            },
        );
        assert!(!story.fires(&RULE));
    }
}
