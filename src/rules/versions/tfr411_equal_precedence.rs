//! Several listed versions have the same precedence; their order in the list decides.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::Foreign;
use crate::rules::common::choices;
use crate::rules::common::code;
use crate::rules::common::module_subject;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR411",
    name: "equal-precedence",
    stage: PublicStage::Versions,
    severity: Severity::Warning,
    owner: Owner::Author,
    yields_to: &[],
    title: "Equal precedence",
    page: include_str!("tfr411_equal_precedence.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, choice) in choices(case.trace) {
        let Some(chosen) = &choice.chosen_listed else {
            continue;
        };
        let others: Vec<String> = choice
            .equals
            .iter()
            .filter(|other| *other != chosen)
            .map(Foreign::shown)
            .collect();
        if others.is_empty() {
            continue;
        }
        let summary = format!(
            "{} and {} are the same version to the client; the first one listed wins.",
            code(chosen.raw()),
            others.join(", ")
        );
        let about = module_subject(case.trace, step);
        let Some(finding) = found.cause(&RULE, case, &about, step, summary) else {
            continue;
        };
        finding.aside();
        finding.explain("What follows a plus sign does not count when versions are compared.");
        finding.tell(Owner::Author, "publish versions without build metadata");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::choice;
    use crate::rules::testing::foreign;
    use crate::rules::testing::module;
    use crate::trace::Fact;
    use crate::trace::Stage;

    #[test]
    fn build_metadata_fires() {
        let mut fact = choice(None);
        fact.chosen_listed = Some(foreign("1.0.0+a"));
        fact.equals = vec![foreign("1.0.0+b")];
        assert!(
            Story::registry()
                .fact(Stage::Versions, module(), Fact::Chosen(fact))
                .fires(&RULE)
        );
    }

    #[test]
    fn an_exact_repetition_is_quiet() {
        let mut fact = choice(None);
        fact.equals = vec![foreign("1.0.0")];
        assert!(
            !Story::registry()
                .fact(Stage::Versions, module(), Fact::Chosen(fact))
                .fires(&RULE)
        );
    }
}
