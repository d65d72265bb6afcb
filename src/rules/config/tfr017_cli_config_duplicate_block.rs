//! Two blocks of the CLI configuration are about one host and differ.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::host_of_step;
use crate::rules::common::ignored_settings;
use crate::rules::common::wanting;
use crate::trace::PublicStage;
use crate::trace::Step;
use crate::trace::Subject;
use crate::trace::fact::WhyIgnored;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR017",
    name: "cli-config-duplicate-block",
    stage: PublicStage::Config,
    severity: Severity::Warning,
    owner: Owner::Environment,
    yields_to: &[],
    title: "Two CLI config blocks for one host",
    page: include_str!("tfr017_cli_config_duplicate_block.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, setting) in ignored_settings(case.trace) {
        let WhyIgnored::Duplicate {
            host,
            wins,
            differs: true,
        } = &setting.why
        else {
            continue;
        };
        let about = Subject::Host(host.clone());
        let is_used = case
            .trace
            .steps
            .iter()
            .any(|step| step.key.subject == about);
        let failing: Vec<&Step> = wanting(case.trace)
            .into_iter()
            .filter(|step| host_of_step(case.trace, step) == Some(host))
            .collect();
        let summary = format!(
            "Two blocks {} of the CLI configuration differ, and one of them does not count.",
            code(setting.name.raw())
        );
        let key = failing.first().copied().unwrap_or(step).key.clone();
        let finding = found.add_about(&RULE, case, &about, Some(key), summary);
        if failing.is_empty() {
            finding.aside();
            if !is_used {
                finding.severity(Severity::Note);
            }
        } else {
            finding.severity(Severity::Error);
        }
        finding.evidence("dropped", visible(&setting.at));
        if !wins.is_empty() {
            finding.evidence("counts", visible(wins));
        }
        if finding.fixes.is_empty() {
            finding.explain("A later `host` block replaces an earlier one whole, with all its services; of two tokens the later one counts.");
            finding.tell(
                Owner::Environment,
                "delete the block that does not count, or join the two",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::finding::Severity;
    use crate::rules::testing::HOST;
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::host;
    use crate::rules::testing::ignored;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Subject;
    use crate::trace::fact::WhyIgnored;

    fn duplicate(differs: bool) -> Fact {
        let why = WhyIgnored::Duplicate {
            host: HOST.to_owned(),
            wins: ".terraformrc:9".to_owned(),
            differs,
        };
        ignored("host \"reg.example.com\"", why)
    }

    #[test]
    fn two_blocks_that_differ_fire() {
        let story = Story::registry()
            .fact(Stage::CliConfig, Subject::Run, duplicate(true))
            .asked(Stage::Discovery, host(), answered(200, &[], "{}"));
        assert_eq!(
            story
                .findings(&RULE)
                .first()
                .map(|finding| finding.severity),
            Some(Severity::Warning)
        );
    }

    #[test]
    fn two_equal_blocks_are_quiet() {
        assert!(
            !Story::registry()
                .fact(Stage::CliConfig, Subject::Run, duplicate(false))
                .fires(&RULE)
        );
    }
}
