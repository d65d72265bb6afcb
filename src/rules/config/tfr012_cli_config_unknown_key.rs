//! A setting of the CLI configuration is ignored, as nothing of that name is known.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::ignored_settings;
use crate::rules::common::wanting;
use crate::rules::sources::add_setting;
use crate::trace::PublicStage;
use crate::trace::fact::WhyIgnored;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR012",
    name: "cli-config-unknown-key",
    stage: PublicStage::Config,
    severity: Severity::Warning,
    owner: Owner::Environment,
    yields_to: &[],
    title: "Unknown block or attribute silently ignored",
    page: include_str!("tfr012_cli_config_unknown_key.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, setting) in ignored_settings(case.trace) {
        let name = code(setting.name.raw());
        let (summary, fix, is_close) = match &setting.why {
            WhyIgnored::Unknown { inside, near } => {
                let inside = if inside.is_empty() {
                    String::new()
                } else {
                    format!(" in {}", code(inside))
                };
                let summary =
                    format!("The client does not know the setting {name}{inside} and ignores it.");
                let fix = match near {
                    Some(near) => {
                        Fix::tell(Owner::Environment, "write the known name").value(near.clone())
                    }
                    None => Fix::tell(
                        Owner::Environment,
                        "take the setting away, or write what was meant",
                    ),
                };
                (summary, fix, near.is_some())
            }
            WhyIgnored::SecondHelper => {
                let summary = format!("Only one helper counts, and {name} is not the one.");
                (
                    summary,
                    Fix::tell(Owner::Environment, "keep one `credentials_helper` block"),
                    false,
                )
            }
            WhyIgnored::Crashes => {
                let summary = format!("A block inside {name} makes the client crash.");
                (
                    summary,
                    Fix::tell(Owner::Environment, "take the inner block away"),
                    false,
                )
            }
            WhyIgnored::BadHost(_)
            | WhyIgnored::Duplicate { .. }
            | WhyIgnored::NotAString { .. }
            | WhyIgnored::Unread { .. }
            | WhyIgnored::BadValue(_)
            | WhyIgnored::OtherProgram(_) => continue,
        };
        let failing = if is_close {
            wanting(case.trace)
        } else {
            Vec::new()
        };
        let finding = add_setting(found, &RULE, case, step, &failing, summary);
        if setting.why == WhyIgnored::Crashes {
            finding.severity(Severity::Error);
        }
        finding.evidence(
            "setting",
            format!("{}: {}", visible(&setting.at), visible(setting.name.raw())),
        );
        if finding.fixes.is_empty() {
            finding.explain("Nothing is said about it, not even in the log.");
        }
        if !finding.fixes.contains(&fix) {
            finding.fix(fix);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::finding::Severity;
    use crate::rules::testing::Story;
    use crate::rules::testing::host;
    use crate::rules::testing::ignored;
    use crate::rules::testing::no_document;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Subject;
    use crate::trace::fact::WhyIgnored;

    fn unknown(near: Option<&str>) -> Fact {
        ignored(
            "credential",
            WhyIgnored::Unknown {
                inside: String::new(),
                near: near.map(str::to_owned),
            },
        )
    }

    #[test]
    fn an_unknown_word_warns() {
        let story = Story::registry().fact(Stage::CliConfig, Subject::Run, unknown(None));
        assert_eq!(story.codes(), ["TFR012"]);
        assert_eq!(
            story
                .findings(&RULE)
                .first()
                .map(|finding| finding.severity),
            Some(Severity::Warning)
        );
    }

    #[test]
    fn a_near_miss_is_an_error_where_something_is_wanting() {
        let story = Story::registry()
            .fact(Stage::CliConfig, Subject::Run, unknown(Some("credentials")))
            .stop(Stage::Discovery, host(), no_document());
        assert_eq!(
            story
                .findings(&RULE)
                .first()
                .map(|finding| finding.severity),
            Some(Severity::Error)
        );
    }

    #[test]
    fn a_bad_host_is_quiet() {
        let fact = ignored("host", WhyIgnored::BadHost(String::new()));
        assert!(
            !Story::registry()
                .fact(Stage::CliConfig, Subject::Run, fact)
                .fires(&RULE)
        );
    }
}
