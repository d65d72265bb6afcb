//! A token in a `credentials` block is no string, so it is never sent.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::host_of_step;
use crate::rules::common::ignored_settings;
use crate::rules::common::refused_steps;
use crate::trace::PublicStage;
use crate::trace::Subject;
use crate::trace::fact::WhyIgnored;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR113",
    name: "token-not-a-string",
    stage: PublicStage::Credentials,
    severity: Severity::Warning,
    owner: Owner::Environment,
    yields_to: &[],
    title: "Token is not a string and is never sent",
    page: include_str!("tfr113_token_not_a_string.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, setting) in ignored_settings(case.trace) {
        let WhyIgnored::NotAString { host, kind } = &setting.why else {
            continue;
        };
        let failing = refused_steps(case.trace)
            .map(|(step, _)| step)
            .find(|step| host_of_step(case.trace, step) == Some(host.as_str()));
        let about = Subject::Host(host.clone());
        let summary = format!(
            "The token for {} is {} and no string, so it is never sent.",
            code(host),
            visible(kind)
        );
        let Some(finding) = found.cause(&RULE, case, &about, failing.unwrap_or(step), summary)
        else {
            continue;
        };
        if failing.is_some() {
            finding.severity(Severity::Error);
        } else {
            finding.aside();
        }
        finding.evidence("setting", visible(&setting.at));
        finding.explain("A credentials helper is not asked either.");
        finding.tell(
            Owner::Environment,
            format!("put quotes around the token in {}", visible(&setting.at)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::finding::Severity;
    use crate::rules::testing::HOST;
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::foreign;
    use crate::rules::testing::module;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::Subject;
    use crate::trace::fact::IgnoredSetting;
    use crate::trace::fact::WhyIgnored;

    fn number() -> Story {
        let setting = IgnoredSetting {
            name: foreign("token"),
            at: ".terraformrc:2".to_owned(),
            why: WhyIgnored::NotAString {
                host: HOST.to_owned(),
                kind: "a number".to_owned(),
            },
        };
        Story::registry().fact(
            Stage::CliConfig,
            Subject::Run,
            Fact::SettingIgnored(setting),
        )
    }

    #[test]
    fn a_number_explains_the_refusal() {
        let story = number().stop_after(
            Stage::Versions,
            module(),
            answered(401, &[], ""),
            Stop::Status {
                got: 401,
                expected: "200",
            },
        );
        assert_eq!(story.codes(), ["TFR113"]);
    }

    #[test]
    fn without_a_refusal_it_is_a_warning() {
        assert_eq!(
            number()
                .findings(&RULE)
                .first()
                .map(|finding| finding.severity),
            Some(Severity::Warning)
        );
        assert!(!Story::registry().fires(&RULE));
    }
}
