//! A CLI configuration file does not parse, and all of it is dropped.

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
use crate::trace::PublicStage;
use crate::trace::fact::ConfigPlace;
use crate::trace::fact::ConfigState;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR011",
    name: "cli-config-syntax",
    stage: PublicStage::Config,
    severity: Severity::Error,
    owner: Owner::Environment,
    yields_to: &[],
    title: "Config file does not parse",
    page: include_str!("tfr011_cli_config_syntax.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, file) in config_files(case.trace) {
        let (at, words, reason) = match &file.state {
            ConfigState::Syntax {
                line,
                column,
                words,
            } => (format!("{}:{line}:{column}", file.path), words, "syntax"),
            ConfigState::WrongType { line, words } => {
                (format!("{}:{line}", file.path), words, "type")
            }
            ConfigState::Read | ConfigState::Missing | ConfigState::Unreadable(_) => continue,
        };
        if matches!(file.place, ConfigPlace::NotRead(_)) {
            continue;
        }
        let summary = format!(
            "The CLI configuration file {} is dropped: it does not parse.",
            code(&file.path)
        );
        let finding = add_setting(found, &RULE, case, step, &wanting(case.trace), summary);
        finding.severity(Severity::Error).reason(reason);
        finding.evidence("error", format!("{}: {}", visible(&at), visible(words)));
        finding.explain("The client reports it and goes on without the whole file, so that a registry error may follow.");
        finding.client_says("init", "There are some problems with the CLI configuration");
        finding.tell(Owner::Environment, format!("correct {}", visible(&at)));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::config_file;
    use crate::rules::testing::host;
    use crate::rules::testing::no_document;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Subject;
    use crate::trace::fact::ConfigPlace;
    use crate::trace::fact::ConfigState;

    fn broken() -> Fact {
        let state = ConfigState::Syntax {
            line: 6,
            column: 2,
            words: "object expected closing RBRACE got: EOF".to_owned(),
        };
        config_file(ConfigPlace::Home, state)
    }

    #[test]
    fn a_syntax_error_fires_and_explains_a_missing_host() {
        let story = Story::registry().fact(Stage::CliConfig, Subject::Run, broken());
        assert_eq!(story.codes(), ["TFR011"]);
        assert_eq!(
            story.stop(Stage::Discovery, host(), no_document()).codes(),
            ["TFR011"]
        );
    }

    #[test]
    fn a_file_that_was_read_is_quiet() {
        let file = config_file(ConfigPlace::Home, ConfigState::Read);
        assert!(
            !Story::registry()
                .fact(Stage::CliConfig, Subject::Run, file)
                .fires(&RULE)
        );
    }
}
