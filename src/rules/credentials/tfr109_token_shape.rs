//! A token in the wrong form for the registry.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::host_of;
use crate::rules::common::host_of_step;
use crate::rules::common::ladder_rows;
use crate::rules::common::ladders;
use crate::rules::common::refused_steps;
use crate::secret::Oddity;
use crate::trace::PublicStage;
use crate::trace::Subject;
use crate::trace::fact::RungState;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR109",
    name: "token-shape",
    stage: PublicStage::Credentials,
    severity: Severity::Error,
    owner: Owner::Environment,
    yields_to: &["TFR107"],
    title: "Token in the wrong shape for this registry",
    page: include_str!("tfr109_token_shape.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, rungs) in ladders(case.trace) {
        let Some(host) = host_of(&step.key.subject).map(str::to_owned) else {
            continue;
        };
        let used = rungs.iter().find(|rung| rung.state == RungState::Used);
        let Some(rung) = used.filter(|rung| rung.oddities.contains(&Oddity::SchemeInside)) else {
            continue;
        };
        let failing = refused_steps(case.trace)
            .map(|(step, _)| step)
            .find(|step| host_of_step(case.trace, step) == Some(host.as_str()));
        let about = Subject::Host(host.clone());
        let summary = format!(
            "The token in {} begins with the name of a scheme, so the header says it twice.",
            visible(&rung.name)
        );
        let Some(finding) = found.cause(&RULE, case, &about, failing.unwrap_or(step), summary)
        else {
            continue;
        };
        finding.evidence_table("ladder", ladder_rows(rungs));
        finding.explain("The client writes `Bearer ` in front of whatever stands there.");
        match failing {
            Some(failing) => {
                finding.requests_of(failing);
            }
            None => {
                finding.aside();
            }
        }
        finding.tell(
            Owner::Environment,
            format!("leave the word away in {}", visible(&rung.name)),
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
    use crate::rules::testing::with_token;
    use crate::secret::Oddity;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::fact::RungKind;
    use crate::trace::fact::RungState;

    fn with(oddities: Vec<Oddity>) -> Story {
        let mut used = rung(
            RungKind::Block,
            ".terraformrc:3",
            RungState::Used,
            Some("a41f"),
        );
        used.oddities = oddities;
        Story::registry()
            .fact(Stage::Credentials, host(), Fact::Ladder(vec![used]))
            .stop_after(
                Stage::Versions,
                module(),
                with_token(answered(401, &[], "")),
                Stop::Status {
                    got: 401,
                    expected: "200",
                },
            )
    }

    #[test]
    fn a_scheme_inside_fires_alone() {
        assert_eq!(with(vec![Oddity::SchemeInside]).codes(), ["TFR109"]);
    }

    #[test]
    fn a_plain_token_is_quiet() {
        assert_eq!(with(Vec::new()).codes(), ["TFR102"]);
    }
}
