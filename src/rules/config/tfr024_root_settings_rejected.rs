//! The settings of the root module exclude the client, or cannot be read.

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
    code: "TFR024",
    name: "root-settings-rejected",
    stage: PublicStage::Config,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "The root's `terraform` block is refused",
    page: include_str!("tfr024_root_settings_rejected.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, problem) in root_problems(case.trace, ConfigProblemKind::Settings) {
        let summary = "The settings of the root module are refused.".to_owned();
        let finding = add_root_problem(found, &RULE, case, (step, problem), summary);
        if finding.fixes.is_empty() {
            finding.explain("All calls are installed, and the client fails all the same.");
            finding.tell(
                Owner::Configuration,
                "correct the setting that is named, or use a client that fits it",
            );
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
        let problem = root_problem(
            ConfigProblemKind::Settings,
            1,
            "Unsupported Terraform Core version",
        );
        let story = Story::local().fact(Stage::Calls, Subject::Run, problem);
        assert_eq!(story.codes(), ["TFR024"]);
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
