//! Listed versions that cannot be read, which the client skips.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::Foreign;
use crate::rules::common::choices;
use crate::rules::common::module_subject;
use crate::rules::common::product;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR407",
    name: "version-unparsable",
    stage: PublicStage::Versions,
    severity: Severity::Warning,
    owner: Owner::Author,
    yields_to: &[],
    title: "Version strings that do not parse are skipped",
    page: include_str!("tfr407_version_unparsable.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, choice) in choices(case.trace) {
        if choice.unparsable.is_empty() {
            continue;
        }
        let about = module_subject(case.trace, step);
        let summary = format!(
            "{} of the listed versions cannot be read and are skipped.",
            choice.unparsable.len()
        );
        let Some(finding) = found.cause(&RULE, case, &about, step, summary) else {
            continue;
        };
        finding.evidence_lines(
            "versions",
            choice
                .unparsable
                .iter()
                .take(10)
                .map(Foreign::shown)
                .collect(),
        );
        let first = choice
            .unparsable
            .first()
            .map(Foreign::shown)
            .unwrap_or_default();
        let all = choice.unparsable.len() >= choice.listed;
        if step.stop().is_some() && all {
            finding
                .severity(Severity::Error)
                .reason("all")
                .client_says("init", "Module has no versions");
        } else {
            finding.aside();
            finding.client_says(
                "init",
                format!(
                    "returned an invalid version string \"{first}\" for module, which {} ignored.",
                    product(case)
                ),
            );
        }
        finding.tell(
            Owner::Author,
            "publish versions of three numbers, such as `1.2.3`",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::finding::Severity;
    use crate::rules::testing::Story;
    use crate::rules::testing::choice;
    use crate::rules::testing::foreign;
    use crate::rules::testing::module;
    use crate::trace::End;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;

    fn listed(count: usize, stop: Option<Stop>) -> Story {
        let mut fact = choice(None);
        fact.unparsable = vec![foreign("DEV-123")];
        fact.listed = count;
        let end = stop.map_or(End::Done, End::Stopped);
        Story::registry().step(
            Stage::Versions,
            module(),
            Vec::new(),
            vec![Fact::Chosen(fact)],
            end,
        )
    }

    #[test]
    fn one_among_others_is_a_warning_and_nothing_else_an_error() {
        assert_eq!(
            listed(2, None)
                .findings(&RULE)
                .first()
                .map(|finding| finding.severity),
            Some(Severity::Warning)
        );
        assert_eq!(listed(1, Some(Stop::NoVersions)).codes(), ["TFR407"]);
    }

    #[test]
    fn readable_versions_are_quiet() {
        let story = Story::registry().fact(Stage::Versions, module(), Fact::Chosen(choice(None)));
        assert!(!story.fires(&RULE));
    }
}
