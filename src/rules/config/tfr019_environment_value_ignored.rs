//! A variable has a value that the client does not take.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::ignored_settings;
use crate::rules::sources::add_setting;
use crate::trace::PublicStage;
use crate::trace::fact::WhyIgnored;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR019",
    name: "environment-value-ignored",
    stage: PublicStage::Config,
    severity: Severity::Note,
    owner: Owner::Environment,
    yields_to: &[],
    title: "Environment setting has a value the client ignores",
    page: include_str!("tfr019_environment_value_ignored.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, setting) in ignored_settings(case.trace) {
        let WhyIgnored::BadValue(value) = &setting.why else {
            continue;
        };
        let name = setting.name.raw();
        let summary = format!(
            "The value {} of {} is ignored; the default stays.",
            code(value.raw()),
            code(name)
        );
        let finding = add_setting(found, &RULE, case, step, &[], summary);
        finding.severity(Severity::Note);
        finding.evidence("variable", format!("{}={}", visible(name), value.shown()));
        finding.tell(
            Owner::Environment,
            format!(
                "give {} a positive whole number without a unit, or unset it",
                code(name)
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::ignored;
    use crate::trace::Stage;
    use crate::trace::Subject;
    use crate::trace::fact::WhyIgnored;

    #[test]
    fn a_value_with_a_unit_fires() {
        let fact = ignored(
            "TF_REGISTRY_CLIENT_TIMEOUT",
            WhyIgnored::BadValue(foreign("30s")),
        );
        assert_eq!(
            Story::registry()
                .fact(Stage::CliConfig, Subject::Run, fact)
                .codes(),
            ["TFR019"]
        );
    }

    #[test]
    fn a_variable_of_another_program_is_quiet() {
        let fact = ignored(
            "TFE_TOKEN",
            WhyIgnored::OtherProgram("a provider".to_owned()),
        );
        assert!(
            !Story::registry()
                .fact(Stage::CliConfig, Subject::Run, fact)
                .fires(&RULE)
        );
    }
}
