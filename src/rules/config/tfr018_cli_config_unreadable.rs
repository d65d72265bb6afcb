//! A CLI configuration file is there and cannot be read.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
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
    code: "TFR018",
    name: "cli-config-unreadable",
    stage: PublicStage::Config,
    severity: Severity::Error,
    owner: Owner::Environment,
    yields_to: &[],
    title: "CLI config path is no readable file",
    page: include_str!("tfr018_cli_config_unreadable.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, file) in config_files(case.trace) {
        let ConfigState::Unreadable(words) = &file.state else {
            continue;
        };
        if matches!(file.place, ConfigPlace::NotRead(_)) {
            continue;
        }
        let summary = format!(
            "The CLI configuration file {} cannot be read.",
            code(&file.path)
        );
        let finding = add_setting(found, &RULE, case, step, &wanting(case.trace), summary);
        finding.severity(Severity::Error);
        finding
            .evidence("error", visible(words))
            .evidence("named-by", place_words(&file.place));
        finding.explain("The client goes on without it.");
        finding.client_says("init", visible(words));
        finding.tell(
            Owner::Environment,
            "put a readable file there, or unset the variable that names it",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::config_file;
    use crate::rules::testing::host;
    use crate::rules::testing::no_document;
    use crate::trace::Stage;
    use crate::trace::Subject;
    use crate::trace::fact::ConfigPlace;
    use crate::trace::fact::ConfigState;

    #[test]
    fn a_directory_in_place_of_the_file_fires() {
        let state = ConfigState::Unreadable("read /x: is a directory".to_owned());
        let story = Story::registry().fact(
            Stage::CliConfig,
            Subject::Run,
            config_file(ConfigPlace::Home, state),
        );
        assert_eq!(story.codes(), ["TFR018"]);
        assert_eq!(
            story.stop(Stage::Discovery, host(), no_document()).codes(),
            ["TFR018"]
        );
    }

    #[test]
    fn a_missing_file_is_quiet() {
        let file = config_file(ConfigPlace::Flag, ConfigState::Missing);
        assert!(
            !Story::registry()
                .fact(Stage::CliConfig, Subject::Run, file)
                .fires(&RULE)
        );
    }
}
