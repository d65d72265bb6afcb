//! A configuration file of the root module does not parse, or holds what the language does not know.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::sources::add_root_problem;
use crate::rules::sources::root_problems;
use crate::trace::Call;
use crate::trace::PublicStage;
use crate::trace::Trace;
use crate::trace::call::Place;
use crate::trace::call::SourceKind;
use crate::trace::fact::ConfigProblemKind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR022",
    name: "config-syntax",
    stage: PublicStage::Config,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "Configuration file does not parse",
    page: include_str!("tfr022_config_syntax.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for kind in [ConfigProblemKind::Syntax, ConfigProblemKind::Other] {
        for (step, problem) in root_problems(case.trace, kind) {
            let summary = "A configuration file does not parse.".to_owned();
            let finding = add_root_problem(found, &RULE, case, (step, problem), summary);
            for call in unread_calls(case.trace, &problem.place) {
                finding.hit(&call.key, call.place.as_ref());
            }
            if finding.fixes.is_empty() {
                finding.explain("Calls that were understood are installed all the same; calls in the broken part are missing. The client fails in the end.");
                finding.tell(
                    Owner::Configuration,
                    "correct the first error; the others are often consequences",
                );
            }
        }
    }
}

/// Calls that could not be read, with the problem in their first lines.
fn unread_calls<'a>(trace: &'a Trace, problem: &'a Place) -> impl Iterator<Item = &'a Call> {
    trace.calls.iter().filter(|call| {
        let near = |place: &Place| {
            place.file == problem.file && (place.line..place.line + 10).contains(&problem.line)
        };
        call.kind == SourceKind::Invalid && call.place.as_ref().is_some_and(near)
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::root_problem;
    use crate::trace::Stage;
    use crate::trace::Subject;
    use crate::trace::fact::ConfigProblemKind;

    #[test]
    fn the_problem_fires_and_explains_the_failure() {
        let problem = root_problem(ConfigProblemKind::Syntax, 1, "Unclosed configuration block");
        let story = Story::local().fact(Stage::Calls, Subject::Run, problem);
        assert_eq!(story.codes(), ["TFR022"]);
        assert!(
            story
                .findings(&RULE)
                .iter()
                .all(|finding| finding.explains_stop)
        );
    }

    #[test]
    fn another_problem_is_quiet() {
        let problem = root_problem(ConfigProblemKind::ModuleCall, 1, "another");
        assert!(
            !Story::local()
                .fact(Stage::Calls, Subject::Run, problem)
                .fires(&RULE)
        );
    }
}
