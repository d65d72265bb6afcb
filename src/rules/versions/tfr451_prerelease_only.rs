//! Only a prerelease would fit, and those have to be named exactly.

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
use crate::rules::common::module_subject;
use crate::rules::common::numbers;
use crate::rules::common::version_lists;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Step;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR451",
    name: "prerelease-only",
    stage: PublicStage::Selection,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "Only a prerelease would match",
    page: include_str!("tfr451_prerelease_only.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Versions) {
        let constraint = match stop {
            Stop::NoMatch { constraint, .. } => constraint.raw(),
            Stop::NoVersions => "",
            _ => continue,
        };
        let prereleases = prereleases(case, step);
        let Some(newest) = prereleases.first() else {
            continue;
        };
        let summary = if constraint.is_empty() {
            "Only prereleases are listed, and those count only when they are named exactly."
                .to_owned()
        } else {
            format!(
                "Only a prerelease fits {}, and those count only when they are named exactly.",
                code(constraint)
            )
        };
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.evidence_lines(
            "prereleases",
            prereleases
                .iter()
                .take(5)
                .map(|version| visible(version))
                .collect(),
        );
        finding.requests_of(step);
        finding
            .explain("An operator with a blank, a `v`, or a second clause makes the name inexact.");
        finding.client_says(
            "init",
            if constraint.is_empty() { "Module has no versions" } else { "There is no available version of module which matches the given version constraint." },
        );
        let key = finding.calls.first().cloned();
        let mut fix = Fix::tell(
            Owner::Configuration,
            "name the prerelease itself, without an operator",
        )
        .value(format!("version = \"{}\"", visible(newest)));
        if let Some(call) = key {
            fix = fix.trial(Trial::Constraint {
                call,
                constraint: newest.clone(),
            });
        }
        finding.fix(fix);
        finding.tell(Owner::Author, "or publish a release");
    }
}

fn prereleases(case: &Case<'_>, step: &Step) -> Vec<String> {
    let chosen = choice_of(case.trace, step).map(|choice| choice.prereleases.clone());
    if let Some(known) = chosen.filter(|known| !known.is_empty()) {
        return known;
    }
    if step.stop() != Some(&Stop::NoVersions) {
        return Vec::new();
    }
    let module = module_subject(case.trace, step);
    version_lists(case.trace)
        .filter(|(other, _)| other.key.subject == module)
        .flat_map(|(_, list)| list.listed.iter())
        .filter(|version| is_prerelease(version.raw()))
        .map(|version| version.raw().to_owned())
        .collect()
}

fn is_prerelease(version: &str) -> bool {
    let core = version.split('+').next().unwrap_or_default();
    core.split_once('-')
        .is_some_and(|(front, _)| numbers(front).is_some())
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::Story;
    use crate::rules::testing::choice;
    use crate::rules::testing::foreign;
    use crate::rules::testing::module;
    use crate::trace::End;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;

    fn no_match(prereleases: &[&str]) -> Story {
        let mut fact = choice(Some(">= 2.0.0-beta.1"));
        fact.chosen = None;
        fact.prereleases = prereleases.iter().map(|text| (*text).to_owned()).collect();
        Story::registry().step(
            Stage::Versions,
            module(),
            Vec::new(),
            vec![Fact::Chosen(fact)],
            End::Stopped(Stop::NoMatch {
                constraint: foreign(">= 2.0.0-beta.1"),
                newest: "1.0.0".to_owned(),
            }),
        )
    }

    #[test]
    fn a_prerelease_that_would_fit_fires_alone() {
        assert_eq!(no_match(&["2.0.0-beta.1"]).codes(), ["TFR451"]);
    }

    #[test]
    fn none_that_would_fit_is_quiet() {
        assert_eq!(no_match(&[]).codes(), ["TFR450"]);
    }
}
