//! The list of versions has more than one module in it.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::count;
use crate::rules::common::version_lists;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR903",
    name: "modules-not-one",
    stage: PublicStage::Versions,
    severity: Severity::Warning,
    owner: Owner::Registry,
    yields_to: &[],
    title: "`modules` array is not exactly one element",
    page: include_str!("tfr903_modules_not_one.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, fact) in version_lists(case.trace) {
        if fact.modules < 2 {
            continue;
        }
        let summary = format!(
            "The list of versions names {} where one is meant.",
            count(fact.modules, "module")
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.aside().requests_of(step);
        finding.explain("Clients take the first one and drop the others.");
        finding.tell(
            Owner::Registry,
            "answer with the module that was asked for, and with no other",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::finding::Severity;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::module;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::fact::VersionsFact;

    fn story(modules: usize) -> Story {
        let fact = VersionsFact {
            listed: vec![foreign("1.0.0")],
            modules,
            ..VersionsFact::default()
        };
        Story::registry().fact(Stage::Versions, module(), Fact::Versions(fact))
    }

    #[test]
    fn two_modules_fire() {
        assert_eq!(
            story(2)
                .findings(&RULE)
                .first()
                .map(|finding| finding.severity),
            Some(Severity::Warning)
        );
    }

    #[test]
    fn one_module_is_quiet() {
        assert!(!story(1).fires(&RULE));
    }
}
