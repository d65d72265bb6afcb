//! A constraint that cannot be read; the client downloads something before it says so.

use crate::finding::Case;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::finding::Trial;
use crate::foreign::Foreign;
use crate::foreign::visible;
use crate::rules::common::choices;
use crate::rules::common::code;
use crate::rules::common::config_problems;
use crate::rules::common::numbers;
use crate::trace::PublicStage;
use crate::trace::Trace;
use crate::trace::call::Call;
use crate::trace::fact::ConfigProblem;
use crate::trace::fact::ConfigProblemKind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR452",
    name: "invalid-constraint",
    stage: PublicStage::Selection,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "Invalid constraint, yet something was downloaded",
    page: include_str!("tfr452_invalid_constraint.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, choice) in choices(case.trace) {
        if choice.readable {
            continue;
        }
        let constraint = choice.constraint.as_ref().map_or("", Foreign::raw);
        let users = case.trace.users(&step.key.subject);
        let call = users
            .iter()
            .find(|call| call.constraint == choice.constraint)
            .or(users.first());
        let about = call.map_or_else(|| step.key.subject.clone(), |call| call.subject());
        if let Some(finding) = found.cause(&RULE, case, &about, step, summary(constraint)) {
            describe(constraint, finding);
        }
    }
    for (step, problem) in config_problems(case.trace) {
        if problem.kind != ConfigProblemKind::Constraint {
            continue;
        }
        let call = call_at(case.trace, problem);
        let constraint = call
            .and_then(|call| call.constraint.as_ref())
            .map_or("", Foreign::raw);
        let about = call.map_or_else(|| step.key.subject.clone(), Call::subject);
        let known = found
            .as_slice()
            .iter()
            .any(|finding| finding.about == about);
        if known {
            continue;
        }
        let Some(finding) = found.cause(&RULE, case, &about, step, summary(constraint)) else {
            continue;
        };
        if let Some(call) = call {
            finding.hit(&call.key, call.place.as_ref());
        }
        finding.explains_stop = true;
        describe(constraint, finding);
    }
}

/// The last call that begins before the problem in its file.
fn call_at<'a>(trace: &'a Trace, problem: &ConfigProblem) -> Option<&'a Call> {
    let calls = trace
        .calls
        .iter()
        .filter(|call| call.parent() == problem.module);
    calls
        .filter_map(|call| Some((call, call.place.as_ref()?)))
        .filter(|(_, place)| place.file == problem.place.file && place.line <= problem.place.line)
        .max_by_key(|(_, place)| place.line)
        .map(|(call, _)| call)
}

fn summary(constraint: &str) -> String {
    if constraint.is_empty() {
        "A version constraint cannot be read.".to_owned()
    } else {
        format!(
            "The version constraint {} cannot be read.",
            code(constraint)
        )
    }
}

fn describe(constraint: &str, finding: &mut Finding) {
    finding.severity(Severity::Error);
    finding.explain("The client downloads a version all the same and complains only afterwards.");
    finding.client_says("init", "Invalid version constraint");
    let Some(translated) = translated(constraint) else {
        let text = if constraint.trim() == "latest" {
            "leave the argument out: then the newest version is taken"
        } else {
            "write it with the operators `=`, `!=`, `>`, `>=`, `<`, `<=` or `~>`"
        };
        finding.tell(Owner::Configuration, text);
        return;
    };
    let mut fix = Fix::tell(Owner::Configuration, "say it in the client's words")
        .value(format!("version = \"{}\"", visible(&translated)));
    if let Some(call) = finding.calls.first() {
        fix = fix.trial(Trial::Constraint {
            call: call.clone(),
            constraint: translated,
        });
    }
    finding.fix(fix);
}

/// The same in the client's words, for what other tools write.
fn translated(constraint: &str) -> Option<String> {
    let text = constraint.trim();
    if let Some(version) = text.strip_prefix('^').or_else(|| text.strip_prefix('~')) {
        let parts = numbers(version.trim())?;
        return Some(match parts.as_slice() {
            [major, minor, patch] if text.starts_with('~') => format!("~> {major}.{minor}.{patch}"),
            [major, minor, ..] => format!("~> {major}.{minor}"),
            [major] => format!("~> {major}.0"),
            [] => return None,
        });
    }
    let front = text
        .strip_suffix(".x")
        .or_else(|| text.strip_suffix(".*"))?;
    let parts = numbers(front)?;
    match parts.as_slice() {
        [major] => Some(format!("~> {major}.0")),
        [major, minor] => Some(format!("~> {major}.{minor}.0")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::call;
    use crate::rules::testing::choice;
    use crate::rules::testing::foreign;
    use crate::trace::Fact;
    use crate::trace::Stage;

    fn unreadable(constraint: &str) -> Story {
        let mut fact = choice(Some(constraint));
        fact.readable = false;
        Story::registry()
            .with_call(|call| {
                call.constraint = Some(foreign(constraint));
            })
            .fact(Stage::Versions, call(), Fact::Chosen(fact))
    }

    fn value(constraint: &str) -> Option<String> {
        unreadable(constraint)
            .findings(&RULE)
            .first()?
            .fixes
            .first()?
            .value
            .clone()
    }

    #[test]
    fn the_words_of_others_are_translated() {
        assert_eq!(value("^1.0").as_deref(), Some("version = \"~> 1.0\""));
        assert_eq!(value("1.x").as_deref(), Some("version = \"~> 1.0\""));
        assert_eq!(value("~1.2.3").as_deref(), Some("version = \"~> 1.2.3\""));
        assert_eq!(value("latest"), None);
        assert!(unreadable("latest").fires(&RULE));
    }

    #[test]
    fn a_readable_one_is_quiet() {
        let story = Story::registry().fact(
            Stage::Versions,
            call(),
            Fact::Chosen(choice(Some("~> 1.0"))),
        );
        assert!(!story.fires(&RULE));
    }
}
