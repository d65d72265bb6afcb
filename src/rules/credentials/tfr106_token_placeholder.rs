//! The token that counts is empty, a placeholder, or was never filled in.

use crate::finding::Case;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::host_of;
use crate::rules::common::host_of_step;
use crate::rules::common::ladder_rows;
use crate::rules::common::ladders;
use crate::rules::common::registry_stops;
use crate::rules::common::shell_word;
use crate::rules::common::token_variable;
use crate::secret::Oddity;
use crate::trace::PublicStage;
use crate::trace::Step;
use crate::trace::Stop;
use crate::trace::Subject;
use crate::trace::Trace;
use crate::trace::exchange::Failure;
use crate::trace::fact::Rung;
use crate::trace::fact::RungKind;
use crate::trace::fact::RungState;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR106",
    name: "token-placeholder",
    stage: PublicStage::Credentials,
    severity: Severity::Error,
    owner: Owner::Environment,
    yields_to: &[],
    title: "Token is empty, a placeholder, or was never interpolated",
    page: include_str!("tfr106_token_placeholder.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, rungs) in ladders(case.trace) {
        let Some(host) = host_of(&step.key.subject).map(str::to_owned) else {
            continue;
        };
        let used = rungs.iter().find(|rung| rung.state == RungState::Used);
        let Some((rung, (reason, words))) = used.and_then(|rung| Some((rung, oddity_of(rung)?)))
        else {
            continue;
        };
        let failing = failing_step(case.trace, &host);
        let summary = format!(
            "The token for {} in {} {words}.",
            code(&host),
            visible(&rung.name)
        );
        let about = Subject::Host(host.clone());
        let Some(finding) = found.cause(&RULE, case, &about, failing.unwrap_or(step), summary)
        else {
            continue;
        };
        finding
            .reason(reason)
            .evidence_table("ladder", ladder_rows(rungs));
        match failing {
            Some(failing) => {
                finding.requests_of(failing);
            }
            None => {
                finding.aside();
            }
        }
        if reason == "uninterpolated" {
            finding.explain(
                "CLI configuration has no variables: the client sends the text as it stands.",
            );
        }
        offer(&host, rung, finding);
    }
}

fn oddity_of(rung: &Rung) -> Option<(&'static str, &'static str)> {
    rung.oddities.iter().find_map(|oddity| match oddity {
        Oddity::Empty => Some(("empty", "is empty")),
        Oddity::Variable => Some((
            "uninterpolated",
            "is the name of a variable that nobody filled in",
        )),
        Oddity::Placeholder => Some(("placeholder", "is a placeholder")),
        Oddity::LineBreak => Some((
            "line-break",
            "holds a line break, which no header can carry",
        )),
        Oddity::SurroundingBlanks => Some(("blanks", "has white space around it")),
        Oddity::Quotes => Some(("quotes", "has quotes around it")),
        Oddity::SchemeInside | Oddity::Pair | Oddity::Short => None,
    })
}

/// The step that fails for it: one that is refused, or one that cannot even be sent.
fn failing_step<'a>(trace: &'a Trace, host: &str) -> Option<&'a Step> {
    registry_stops(trace)
        .filter(|(step, _)| host_of_step(trace, step) == Some(host))
        .find(|(_, stop)| {
            matches!(
                stop,
                Stop::Status { got: 401 | 403, .. } | Stop::Failed(Failure::Other(_))
            )
        })
        .map(|(step, _)| step)
}

fn offer(host: &str, rung: &Rung, finding: &mut Finding) {
    if let (RungKind::Variable, Some(name)) = (rung.kind, shell_word(&rung.name)) {
        finding.fix(
            Fix::tell(
                Owner::Environment,
                "unset the variable, so that the next source counts",
            )
            .command(format!("unset {name}")),
        );
    }
    finding.tell(
        Owner::Environment,
        format!("put the token itself into {}", visible(&rung.name)),
    );
    if let (RungKind::Block, Some(name)) = (rung.kind, token_variable(host)) {
        finding.tell(Owner::Environment, format!("or give it in {}", code(&name)));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::finding::Severity;
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

    fn with_oddity(oddity: Oddity) -> Story {
        let mut used = rung(
            RungKind::Block,
            ".terraformrc:3",
            RungState::Used,
            Some("a41f"),
        );
        used.oddities = vec![oddity];
        Story::registry().fact(Stage::Credentials, host(), Fact::Ladder(vec![used]))
    }

    #[test]
    fn a_variable_that_was_not_filled_in_explains_the_refusal() {
        let story = with_oddity(Oddity::Variable).stop_after(
            Stage::Versions,
            module(),
            with_token(answered(401, &[], "")),
            Stop::Status {
                got: 401,
                expected: "200",
            },
        );
        assert_eq!(story.codes(), ["TFR106"]);
    }

    #[test]
    fn an_empty_token_that_nobody_minds_is_a_warning() {
        let story = with_oddity(Oddity::Empty);
        let findings = story.findings(&RULE);
        assert_eq!(
            findings.first().map(|finding| finding.severity),
            Some(Severity::Warning)
        );
        assert!(!with_oddity(Oddity::Short).fires(&RULE));
    }
}
