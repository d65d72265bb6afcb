//! A module block breaks the rules for module blocks.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::sources::add_root_problem;
use crate::rules::sources::root_problems;
use crate::trace::PublicStage;
use crate::trace::fact::ConfigProblemKind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR021",
    name: "module-call-invalid",
    stage: PublicStage::Config,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "Module block is not valid",
    page: include_str!("tfr021_module_call_invalid.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, problem) in root_problems(case.trace, ConfigProblemKind::ModuleCall) {
        let summary = "A module block is not valid.".to_owned();
        let finding = add_root_problem(found, &RULE, case, (step, problem), summary);
        if finding.fixes.is_empty() {
            finding.explain("The client installs the rest; of two calls with one name it installs the second. It fails in the end.");
            finding.tell(Owner::Configuration, "correct the block that is named");
        }
    }
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
        let problem = root_problem(ConfigProblemKind::ModuleCall, 1, "Duplicate module call");
        let story = Story::local().fact(Stage::Calls, Subject::Run, problem);
        assert_eq!(story.codes(), ["TFR021"]);
        assert!(
            story
                .findings(&RULE)
                .iter()
                .all(|finding| finding.explains_stop)
        );
    }

    #[test]
    fn another_problem_is_quiet() {
        let problem = root_problem(ConfigProblemKind::Syntax, 1, "another");
        assert!(
            !Story::local()
                .fact(Stage::Calls, Subject::Run, problem)
                .fires(&RULE)
        );
    }
}
