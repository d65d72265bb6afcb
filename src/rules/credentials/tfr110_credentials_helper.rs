//! The credentials helper is not there, or fails, and the client goes on without a token.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::host_of_step;
use crate::rules::common::ladders;
use crate::rules::common::shell_word;
use crate::rules::common::wanting;
use crate::trace::PublicStage;
use crate::trace::Stop;
use crate::trace::fact::RungKind;
use crate::trace::fact::RungState;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR110",
    name: "credentials-helper",
    stage: PublicStage::Credentials,
    severity: Severity::Warning,
    owner: Owner::Environment,
    yields_to: &[],
    title: "Credentials helper missing or failing",
    page: include_str!("tfr110_credentials_helper.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, rungs) in ladders(case.trace) {
        for rung in rungs.iter().filter(|rung| rung.kind == RungKind::Helper) {
            let (RungState::Unreadable(why) | RungState::Unusable(why)) = &rung.state else {
                continue;
            };
            let host = step.key.subject.name();
            let failing = wanting(case.trace).into_iter().find(|step| {
                host_of_step(case.trace, step) == Some(host)
                    && matches!(step.stop(), Some(Stop::Status { got: 401 | 403, .. }))
            });
            let summary = format!(
                "The credentials helper {} gave no token for {}: {}.",
                code(&rung.name),
                code(host),
                visible(why)
            );
            let Some(finding) = found.cause(
                &RULE,
                case,
                &step.key.subject,
                failing.unwrap_or(step),
                summary,
            ) else {
                continue;
            };
            if failing.is_some() {
                finding.severity(Severity::Error);
            } else {
                finding.aside();
            }
            finding
                .evidence("helper", visible(&rung.name))
                .evidence("problem", visible(why));
            finding.explain("The client says so in its log only, and asks without a token.");
            let fix = Fix::tell(
                Owner::Environment,
                "install the helper in the plugin directory, or run it by hand to see what it says",
            );
            let words = (shell_word(&rung.name), shell_word(host));
            finding.fix(match words {
                (Some(name), Some(host)) => {
                    fix.command(format!("terraform-credentials-{name} get {host}"))
                }
                _ => fix,
            });
        }
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
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::fact::RungKind;
    use crate::trace::fact::RungState;

    fn story(state: RungState) -> Story {
        let ladder = vec![rung(RungKind::Helper, "vault", state, None)];
        Story::registry().fact(Stage::Credentials, host(), Fact::Ladder(ladder))
    }

    #[test]
    fn a_failing_helper_warns_and_is_the_error_after_a_refusal() {
        let story = story(RungState::Unreadable("it exited with 1".to_owned()));
        assert_eq!(
            story
                .findings(&RULE)
                .first()
                .map(|finding| finding.severity),
            Some(Severity::Warning)
        );
        let refused = Stop::Status {
            got: 401,
            expected: "200",
        };
        let story = story.stop_after(Stage::Versions, module(), answered(401, &[], ""), refused);
        assert_eq!(
            story
                .findings(&RULE)
                .first()
                .map(|finding| finding.severity),
            Some(Severity::Error)
        );
    }

    #[test]
    fn a_helper_that_knows_nothing_is_quiet() {
        assert!(!story(RungState::Absent).fires(&RULE));
    }
}
