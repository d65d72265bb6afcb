//! A `TF_TOKEN_*` variable names another host than the one that is asked.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::host_of_step;
use crate::rules::common::ladder_of;
use crate::rules::common::refused_steps;
use crate::rules::common::sent_credential;
use crate::rules::common::status_text;
use crate::rules::common::token_variable;
use crate::trace::PublicStage;
use crate::trace::Subject;
use crate::trace::fact::RungKind;
use crate::trace::fact::RungState;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR108",
    name: "token-variable-name",
    stage: PublicStage::Credentials,
    severity: Severity::Error,
    owner: Owner::Environment,
    yields_to: &["TFR107", "TFR106"],
    title: "Environment variable name does not map to the host",
    page: include_str!("tfr108_token_variable_name.md"),
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
        let near = ladder_of(case.trace, &host)
            .into_iter()
            .flatten()
            .find_map(|rung| {
                let RungState::NearMiss(other) = &rung.state else {
                    return None;
                };
                (rung.kind == RungKind::Variable).then_some((rung, other))
            });
        let Some((rung, other)) = near else {
            continue;
        };
        let about = Subject::Host(host.clone());
        let summary = format!(
            "{} stands for {}, and {} is asked.",
            code(&rung.name),
            code(other),
            code(&host)
        );
        let Some(finding) = found.cause(&RULE, case, &about, step, summary) else {
            continue;
        };
        finding.requests_of(step).client_says(
            "init",
            format!("error looking up module versions: {}", status_text(status)),
        );
        finding.explain("In the name a dot is `_` and a hyphen is `__`; a port cannot be written.");
        match token_variable(&host) {
            Some(name) => {
                finding.fix(Fix::tell(Owner::Environment, "rename the variable").value(name))
            }
            None => finding.fix(
                Fix::tell(
                    Owner::Environment,
                    "use a `credentials` block: a variable cannot name a port",
                )
                .value(format!(
                    "credentials \"{}\" {{ token = \"TOKEN\" }}",
                    visible(&host)
                )),
            ),
        };
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::host;
    use crate::rules::testing::module;
    use crate::rules::testing::rung;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::fact::RungKind;
    use crate::trace::fact::RungState;

    fn near(kind: RungKind) -> Story {
        let state = RungState::NearMiss("reg.exam.ple.com".to_owned());
        let ladder = vec![rung(kind, "TF_TOKEN_reg_exam_ple_com", state, None)];
        Story::registry()
            .fact(Stage::Credentials, host(), Fact::Ladder(ladder))
            .stop_after(
                Stage::Versions,
                module(),
                answered(401, &[], ""),
                Stop::Status {
                    got: 401,
                    expected: "200",
                },
            )
    }

    #[test]
    fn a_variable_for_a_near_host_fires() {
        assert_eq!(near(RungKind::Variable).codes(), ["TFR108"]);
    }

    #[test]
    fn a_block_is_another_matter() {
        assert_eq!(near(RungKind::Block).codes(), ["TFR104"]);
    }
}
