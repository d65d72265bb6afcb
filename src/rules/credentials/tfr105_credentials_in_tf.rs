//! A block of the CLI configuration stands in a configuration file of the root module.

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
    code: "TFR105",
    name: "credentials-in-tf",
    stage: PublicStage::Credentials,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "`credentials` block in a `.tf` file",
    page: include_str!("tfr105_credentials_in_tf.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, problem) in root_problems(case.trace, ConfigProblemKind::CredentialsBlock) {
        let summary = "A block of the CLI configuration stands in a `.tf` file.".to_owned();
        let finding = add_root_problem(found, &RULE, case, (step, problem), summary);
        if finding.fixes.is_empty() {
            finding.explain("Credentials and hosts belong to the machine, not to the module, and are read from the CLI configuration only.");
            finding.tell(
                Owner::Configuration,
                "move the block to the CLI configuration file, such as `~/.terraformrc`",
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
            ConfigProblemKind::CredentialsBlock,
            1,
            "Unsupported block type",
        );
        let story = Story::local().fact(Stage::Calls, Subject::Run, problem);
        assert_eq!(story.codes(), ["TFR105"]);
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
