//! A credential exists for a host whose name is near the one that is asked.

use crate::finding::Case;
use crate::finding::Confidence;
use crate::finding::Findings;
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
use crate::trace::PublicStage;
use crate::trace::Subject;
use crate::trace::fact::RungKind;
use crate::trace::fact::RungState;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR104",
    name: "token-near-miss",
    stage: PublicStage::Credentials,
    severity: Severity::Warning,
    owner: Owner::Environment,
    yields_to: &["TFR107", "TFR106"],
    title: "Credential exists for a near-miss host",
    page: include_str!("tfr104_token_near_miss.md"),
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
            .find_map(|rung| match &rung.state {
                RungState::NearMiss(other) => Some((rung, other)),
                RungState::Used
                | RungState::Hidden
                | RungState::Absent
                | RungState::Unreadable(_)
                | RungState::Unusable(_)
                | RungState::NoUse => None,
            });
        let Some((rung, other)) =
            near.filter(|(rung, _)| matches!(rung.kind, RungKind::Block | RungKind::Helper))
        else {
            continue;
        };
        let about = Subject::Host(host.clone());
        let summary = format!(
            "There is a token for {}, but {} is asked.",
            code(other),
            code(&host)
        );
        let Some(finding) = found.cause(&RULE, case, &about, step, summary) else {
            continue;
        };
        finding
            .severity(Severity::Error)
            .confidence(Confidence::Likely);
        finding
            .evidence("source", visible(&rung.name))
            .requests_of(step);
        finding.client_says(
            "init",
            format!("error looking up module versions: {}", status_text(status)),
        );
        finding.tell(
            Owner::Environment,
            format!(
                "name the block in {} after {}",
                visible(&rung.name),
                code(&host)
            ),
        );
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

    fn near(state: RungState) -> Story {
        let ladder = vec![rung(RungKind::Block, ".terraformrc:1", state, None)];
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
    fn a_token_for_a_near_name_fires() {
        assert_eq!(
            near(RungState::NearMiss("www.reg.example.com".to_owned())).codes(),
            ["TFR104"]
        );
    }

    #[test]
    fn no_token_at_all_is_quiet() {
        assert_eq!(near(RungState::Absent).codes(), ["TFR101"]);
    }
}
