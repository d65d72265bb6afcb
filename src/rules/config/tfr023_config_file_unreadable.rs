//! A file with the name of a configuration file cannot be opened.

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
    code: "TFR023",
    name: "config-file-unreadable",
    stage: PublicStage::Config,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "Configuration file cannot be read",
    page: include_str!("tfr023_config_file_unreadable.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, problem) in root_problems(case.trace, ConfigProblemKind::Unreadable) {
        let summary = "A configuration file cannot be read.".to_owned();
        let finding = add_root_problem(found, &RULE, case, (step, problem), summary);
        if finding.fixes.is_empty() {
            finding
                .explain("The client reads the others, installs their calls and fails in the end.");
            finding.tell(
                Owner::Configuration,
                "restore what the link points to or the permission, or remove the entry",
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
        let problem = root_problem(ConfigProblemKind::Unreadable, 1, "Failed to read file");
        let story = Story::local().fact(Stage::Calls, Subject::Run, problem);
        assert_eq!(story.codes(), ["TFR023"]);
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
