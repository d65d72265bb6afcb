//! A token was sent and refused with 401.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::challenge;
use crate::rules::common::code;
use crate::rules::common::count;
use crate::rules::common::host_of_step;
use crate::rules::common::ladder_of;
use crate::rules::common::ladder_rows;
use crate::rules::common::refused_steps;
use crate::rules::common::sent_credential;
use crate::trace::PublicStage;
use crate::trace::Subject;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR102",
    name: "token-refused",
    stage: PublicStage::Credentials,
    severity: Severity::Error,
    owner: Owner::Environment,
    yields_to: &[
        "TFR104", "TFR106", "TFR107", "TFR108", "TFR109", "TFR113", "TFR506", "TFR960",
    ],
    title: "Refused although a token was sent",
    page: include_str!("tfr102_token_refused.md"),
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
        if status != 401 {
            continue;
        }
        let about = Subject::Host(host.clone());
        let summary = format!("{} refuses the token that was sent.", code(&host));
        let Some(finding) = found.cause(&RULE, case, &about, step, summary) else {
            continue;
        };
        finding.explain(format!(
            "It comes from {}, has {} and the fingerprint #{}.",
            visible(&credential.origin),
            count(credential.fingerprint.characters, "character"),
            credential.fingerprint.digits
        ));
        if let Some(rungs) = ladder_of(case.trace, &host) {
            finding.evidence_table("ladder", ladder_rows(rungs));
        }
        if let Some(challenge) = challenge(step) {
            finding.evidence("www-authenticate", challenge);
        }
        finding.requests_of(step);
        finding.client_says("init", "error looking up module versions: 401 Unauthorized");
        finding.tell(
            Owner::Environment,
            format!(
                "renew the token in {}: it may have expired, been revoked, or be of another kind",
                visible(&credential.origin)
            ),
        );
    }
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
    fn a_refused_token_fires() {
        let story = Story::registry().stop_after(
            Stage::Versions,
            module(),
            with_token(answered(401, &[], "")),
            Stop::Status {
                got: 401,
                expected: "200",
            },
        );
        assert_eq!(story.codes(), ["TFR102"]);
    }

    #[test]
    fn no_token_is_quiet() {
        let story = Story::registry().stop_after(
            Stage::Versions,
            module(),
            answered(401, &[], ""),
            Stop::Status {
                got: 401,
                expected: "200",
            },
        );
        assert!(!story.fires(&RULE));
    }
}
