//! `~> N` with a single number has no upper bound.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::finding::Trial;
use crate::foreign::visible;
use crate::rules::common::choices;
use crate::rules::common::code;
use crate::rules::common::numbers;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR454",
    name: "unbounded-pessimistic",
    stage: PublicStage::Selection,
    severity: Severity::Warning,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "`~> N` with one number has no upper bound",
    page: include_str!("tfr454_unbounded_pessimistic.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, choice) in choices(case.trace) {
        let Some(clause) = choice.clauses.iter().find(|clause| clause.unbounded) else {
            continue;
        };
        let users = case.trace.users(&step.key.subject);
        let call = users
            .iter()
            .find(|call| call.constraint == choice.constraint)
            .or(users.first());
        let about = call.map_or_else(|| step.key.subject.clone(), |call| call.subject());
        let wanted = clause
            .from
            .as_ref()
            .and_then(|(version, _)| numbers(version))
            .and_then(|parts| parts.first().copied());
        let got = choice
            .chosen
            .as_deref()
            .and_then(numbers)
            .and_then(|parts| parts.first().copied());
        let passed = got > wanted && got.is_some();
        let summary = format!(
            "{} has no upper bound: the last number written may grow, and here it is the first one.",
            code(&clause.text)
        );
        let Some(finding) = found.cause(&RULE, case, &about, step, summary) else {
            continue;
        };
        finding.aside();
        if passed {
            let chosen = choice.chosen.as_deref().map(visible).unwrap_or_default();
            finding.reason("passed").explain(format!(
                "It already let a later major version in: {chosen}."
            ));
        } else {
            finding.reason("open");
        }
        let Some(major) = wanted else {
            finding.tell(Owner::Configuration, "write `~> N.0`");
            continue;
        };
        let constraint = format!("~> {major}.0");
        let mut fix = Fix::tell(Owner::Configuration, "write two numbers")
            .value(format!("version = \"{constraint}\""));
        if let Some(call) = call {
            fix = fix.trial(Trial::Constraint {
                call: call.key.clone(),
                constraint,
            });
        }
        finding.fix(fix);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::call;
    use crate::rules::testing::choice;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::fact::ClauseFact;

    fn pessimistic(unbounded: bool) -> Story {
        let mut fact = choice(Some("~> 1"));
        fact.chosen = Some("2.0.0".to_owned());
        fact.clauses = vec![ClauseFact {
            text: "~> 1".to_owned(),
            from: Some(("1".to_owned(), true)),
            to: None,
            not: None,
            keeps: 2,
            unbounded,
        }];
        Story::registry().fact(Stage::Versions, call(), Fact::Chosen(fact))
    }

    #[test]
    fn one_number_fires() {
        let findings = pessimistic(true).findings(&RULE);
        assert_eq!(
            findings.first().and_then(|finding| finding.reason),
            Some("passed")
        );
    }

    #[test]
    fn a_bounded_clause_is_quiet() {
        assert!(!pessimistic(false).fires(&RULE));
    }
}
