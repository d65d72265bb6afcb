//! No listed version satisfies the constraint.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::finding::Trial;
use crate::foreign::visible;
use crate::rules::common::choice_of;
use crate::rules::common::code;
use crate::rules::common::count;
use crate::rules::common::first_call;
use crate::rules::common::module_subject;
use crate::rules::common::numbers;
use crate::rules::common::version_lists;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Step;
use crate::trace::Stop;
use crate::trace::fact::ChoiceFact;
use crate::trace::fact::ClauseFact;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR450",
    name: "no-matching-version",
    stage: PublicStage::Selection,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &["TFR409", "TFR451"],
    title: "No version satisfies the constraint",
    page: include_str!("tfr450_no_matching_version.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Versions) {
        let Stop::NoMatch { constraint, newest } = stop else {
            continue;
        };
        let choice = choice_of(case.trace, step);
        let listed = choice.map_or(0, |choice| choice.listed);
        let summary = format!(
            "None of the {} satisfies {}.",
            count(listed, "listed version"),
            code(constraint.raw())
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.requests_of(step);
        finding.client_says(
            "init",
            format!(
                "There is no available version of module {} which matches the given version constraint. The newest available version is {}.",
                first_call(case.trace, step),
                visible(newest)
            ),
        );
        if let Some(choice) = choice {
            finding.evidence_table("clauses", clause_rows(choice));
            finding.evidence_lines("listed", nearby(case, step, choice));
        }
        let key = finding.calls.first().cloned();
        if let Some(key) = key {
            for (constraint, version) in proposals(case, step, choice) {
                finding.fix(
                    Fix::tell(
                        Owner::Configuration,
                        format!("resolves to {}", visible(&version)),
                    )
                    .value(format!("version = \"{}\"", visible(&constraint)))
                    .trial(Trial::Constraint {
                        call: key.clone(),
                        constraint,
                    }),
                );
            }
        }
        if finding.fixes.is_empty() {
            finding.tell(
                Owner::Configuration,
                format!(
                    "allow a version that is listed, such as {}",
                    visible(newest)
                ),
            );
        }
    }
}

fn clause_rows(choice: &ChoiceFact) -> Vec<Vec<String>> {
    let mut rows = vec![["clause", "reads as", "keeps"].map(str::to_owned).to_vec()];
    for clause in &choice.clauses {
        rows.push(vec![
            visible(&clause.text),
            meaning(clause),
            format!("{} of {}", clause.keeps, choice.listed),
        ]);
    }
    rows
}

fn meaning(clause: &ClauseFact) -> String {
    if let Some(not) = &clause.not {
        return format!("not {}", visible(not));
    }
    let from = clause.from.as_ref().map(|(version, counts)| {
        format!("{} {}", if *counts { ">=" } else { ">" }, visible(version))
    });
    let to = clause.to.as_ref().map(|(version, counts)| {
        format!("{} {}", if *counts { "<=" } else { "<" }, visible(version))
    });
    let words: Vec<String> = from.into_iter().chain(to).collect();
    if words.is_empty() {
        "anything".to_owned()
    } else {
        words.join(", ")
    }
}

/// The versions that count, newest first.
fn sorted(case: &Case<'_>, step: &Step) -> Vec<(Vec<u64>, String)> {
    let module = module_subject(case.trace, step);
    let lists = version_lists(case.trace)
        .filter(|(other, _)| other.key.subject == module || other.key == step.key);
    let mut versions: Vec<(Vec<u64>, String)> = lists
        .flat_map(|(_, list)| list.listed.iter())
        .filter_map(|version| Some((numbers(version.raw())?, version.raw().to_owned())))
        .collect();
    versions.sort();
    versions.dedup();
    versions.reverse();
    versions
}

fn nearby(case: &Case<'_>, step: &Step, choice: &ChoiceFact) -> Vec<String> {
    let mut lines: Vec<String> = sorted(case, step)
        .iter()
        .take(8)
        .map(|(_, version)| visible(version))
        .collect();
    if lines.is_empty() {
        lines.extend(choice.newest.as_deref().map(visible));
    }
    lines.extend(
        choice
            .prereleases
            .iter()
            .take(3)
            .map(|version| format!("{} (prerelease)", visible(version))),
    );
    lines
}

/// Constraints that should resolve, with what they resolve to: the newest below the range, the next above, the newest.
fn proposals(case: &Case<'_>, step: &Step, choice: Option<&ChoiceFact>) -> Vec<(String, String)> {
    let versions = sorted(case, step);
    let low = choice.and_then(|choice| {
        choice
            .clauses
            .iter()
            .filter_map(|clause| numbers(&clause.from.as_ref()?.0))
            .max()
    });
    let below = low
        .as_ref()
        .and_then(|low| versions.iter().find(|(version, _)| version < low));
    let above = low
        .as_ref()
        .and_then(|low| versions.iter().rev().find(|(version, _)| version >= low));
    let mut proposed: Vec<(String, String)> = Vec::new();
    for (parts, version) in [below, above, versions.first()].into_iter().flatten() {
        let (Some(major), Some(minor)) = (parts.first(), parts.get(1)) else {
            continue;
        };
        let constraint = format!("~> {major}.{minor}");
        if !proposed.iter().any(|(known, _)| *known == constraint) {
            proposed.push((constraint, version.clone()));
        }
    }
    proposed
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::choice;
    use crate::rules::testing::foreign;
    use crate::rules::testing::module;
    use crate::trace::End;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::fact::ClauseFact;
    use crate::trace::fact::VersionsFact;

    fn no_match() -> Story {
        let mut fact = choice(Some("~> 4.2"));
        fact.chosen = None;
        fact.listed = 3;
        fact.clauses = vec![ClauseFact {
            text: "~> 4.2".to_owned(),
            from: Some(("4.2".to_owned(), true)),
            to: Some(("5.0".to_owned(), false)),
            not: None,
            keeps: 0,
            unbounded: false,
        }];
        let list = VersionsFact {
            listed: vec![foreign("4.0.2"), foreign("4.1.7"), foreign("5.1.0")],
            ..VersionsFact::default()
        };
        Story::registry().step(
            Stage::Versions,
            module(),
            Vec::new(),
            vec![Fact::Versions(list), Fact::Chosen(fact)],
            End::Stopped(Stop::NoMatch {
                constraint: foreign("~> 4.2"),
                newest: "5.1.0".to_owned(),
            }),
        )
    }

    #[test]
    fn no_match_fires_with_constraints_that_resolve() {
        assert_eq!(no_match().codes(), ["TFR450"]);
        let findings = no_match().findings(&RULE);
        let fixes = findings
            .first()
            .map(|finding| finding.fixes.clone())
            .unwrap_or_default();
        let values: Vec<&str> = fixes
            .iter()
            .filter_map(|fix| fix.value.as_deref())
            .collect();
        assert_eq!(values, ["version = \"~> 4.1\"", "version = \"~> 5.1\""]);
    }

    #[test]
    fn a_choice_is_quiet() {
        let story = Story::registry().fact(
            Stage::Versions,
            module(),
            Fact::Chosen(choice(Some("1.0.0"))),
        );
        assert!(!story.fires(&RULE));
    }
}
