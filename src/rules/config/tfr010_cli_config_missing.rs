//! A variable or flag names a CLI configuration file that is not there.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::code;
use crate::rules::common::config_files;
use crate::rules::common::wanting;
use crate::rules::sources::add_setting;
use crate::rules::sources::place_words;
use crate::trace::PublicStage;
use crate::trace::fact::ConfigPlace;
use crate::trace::fact::ConfigState;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR010",
    name: "cli-config-missing",
    stage: PublicStage::Config,
    severity: Severity::Warning,
    owner: Owner::Environment,
    yields_to: &[],
    title: "Config file named by the environment does not exist",
    page: include_str!("tfr010_cli_config_missing.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, file) in config_files(case.trace) {
        let (ConfigPlace::Variable(_) | ConfigPlace::Flag) = &file.place else {
            continue;
        };
        if file.state != ConfigState::Missing {
            continue;
        }
        let summary = format!(
            "The CLI configuration file {} does not exist.",
            code(&file.path)
        );
        let finding = add_setting(found, &RULE, case, step, &wanting(case.trace), summary);
        finding.evidence("named-by", place_words(&file.place));
        finding.explain("The client warns and goes on without any CLI configuration.");
        finding.client_says("init", "Unable to open CLI configuration file");
        finding.tell(Owner::Environment, "correct the path, or create the file");
        if let ConfigPlace::Variable(name) = &file.place {
            finding.fix(
                Fix::tell(Owner::Environment, "or unset the variable")
                    .command(format!("unset {name}")),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::finding::Severity;
    use crate::rules::testing::Story;
    use crate::rules::testing::config_file;
    use crate::rules::testing::host;
    use crate::rules::testing::no_document;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Subject;
    use crate::trace::fact::ConfigPlace;
    use crate::trace::fact::ConfigState;

    fn missing() -> Fact {
        config_file(
            ConfigPlace::Variable("TF_CLI_CONFIG_FILE".to_owned()),
            ConfigState::Missing,
        )
    }

    #[test]
    fn a_missing_file_warns_and_is_the_error_where_something_is_wanting() {
        let story = Story::registry().fact(Stage::CliConfig, Subject::Run, missing());
        assert_eq!(
            story
                .findings(&RULE)
                .first()
                .map(|finding| finding.severity),
            Some(Severity::Warning)
        );
        assert_eq!(
            story.stop(Stage::Discovery, host(), no_document()).codes(),
            ["TFR010"]
        );
    }

    #[test]
    fn a_file_that_was_read_is_quiet() {
        let file = config_file(
            ConfigPlace::Variable("TF_CLI_CONFIG_FILE".to_owned()),
            ConfigState::Read,
        );
        assert!(
            !Story::registry()
                .fact(Stage::CliConfig, Subject::Run, file)
                .fires(&RULE)
        );
    }
}
