//! A registry refuses, and no credential was sent.
//! The client prints the same text whether a token was sent or not; the record tells them apart.

use crate::finding::Case;
use crate::finding::Confidence;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::challenge;
use crate::rules::common::code;
use crate::rules::common::host_of_step;
use crate::rules::common::ladder_of;
use crate::rules::common::ladder_rows;
use crate::rules::common::refused_steps;
use crate::rules::common::sent_credential;
use crate::rules::common::shell_word;
use crate::rules::common::status_text;
use crate::rules::common::token_variable;
use crate::trace::PublicStage;
use crate::trace::Subject;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR101",
    name: "token-missing",
    stage: PublicStage::Credentials,
    severity: Severity::Error,
    owner: Owner::Environment,
    yields_to: &[
        "TFR104", "TFR106", "TFR107", "TFR108", "TFR109", "TFR113", "TFR010", "TFR013", "TFR601",
        "TFR208", "TFR962",
    ],
    title: "Refused and no credential was found",
    page: include_str!("tfr101_token_missing.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, status) in refused_steps(case.trace) {
        if !matches!(status, 401 | 403) || sent_credential(step).is_some() {
            continue;
        }
        let Some(host) = host_of_step(case.trace, step).map(str::to_owned) else {
            continue;
        };
        let summary = format!(
            "{} answers {status}, and no credential for it was found.",
            code(&host)
        );
        let about = Subject::Host(host.clone());
        let Some(finding) = found.cause(&RULE, case, &about, step, summary) else {
            continue;
        };
        if status == 403 {
            finding.confidence(Confidence::Likely);
        }
        if let Some(rungs) = ladder_of(case.trace, &host) {
            finding.evidence_table("ladder", ladder_rows(rungs));
        }
        if let Some(challenge) = challenge(step) {
            finding.evidence("www-authenticate", challenge);
        }
        finding.requests_of(step);
        finding.client_says(
            "init",
            format!("error looking up module versions: {}", status_text(status)),
        );
        offer(&host, finding);
    }
}

fn offer(host: &str, finding: &mut Finding) {
    if let Some(name) = token_variable(host) {
        finding.fix(
            Fix::tell(Owner::Environment, "set a token in the environment")
                .value(format!("{name}=TOKEN")),
        );
    }
    finding.fix(
        Fix::tell(
            Owner::Environment,
            "or write a `credentials` block into the CLI configuration",
        )
        .value(format!(
            "credentials \"{}\" {{ token = \"TOKEN\" }}",
            visible(host)
        )),
    );
    let login = Fix::tell(Owner::Environment, "or log in, if the registry offers it");
    finding.fix(match shell_word(host) {
        Some(word) => login.command(format!("terraform login {word}")),
        None => login,
    });
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
    fn a_401_without_token_fires() {
        let story = Story::registry().stop_after(
            Stage::Versions,
            module(),
            answered(401, &[("www-authenticate", "Bearer")], ""),
            Stop::Status {
                got: 401,
                expected: "200",
            },
        );
        assert_eq!(story.codes(), ["TFR101"]);
        let findings = story.findings(&RULE);
        let fix = findings.first().and_then(|finding| finding.fixes.first());
        assert_eq!(
            fix.and_then(|fix| fix.value.as_deref()),
            Some("TF_TOKEN_reg_example_com=TOKEN")
        );
    }

    #[test]
    fn a_401_with_token_is_quiet() {
        let story = Story::registry().stop_after(
            Stage::Versions,
            module(),
            with_token(answered(401, &[], "")),
            Stop::Status {
                got: 401,
                expected: "200",
            },
        );
        assert!(!story.fires(&RULE));
    }
}
