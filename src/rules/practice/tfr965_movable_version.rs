//! A version of a registry stands for a git reference that can be moved.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::packages;
use crate::rules::common::repositories;
use crate::trace::PublicStage;
use crate::trace::call::SourceKind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR965",
    name: "movable-version",
    stage: PublicStage::Location,
    severity: Severity::Warning,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Version backed by something movable",
    page: include_str!("tfr965_movable_version.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, fact) in packages(case.trace) {
        let users = case.trace.users(&step.key.subject);
        let is_answer = users.iter().any(|call| call.kind == SourceKind::Registry) || fact.hop > 0;
        if fact.getter != "git" || !is_answer {
            continue;
        }
        let wanted = reference(fact.address.raw());
        if wanted.is_some_and(is_commit) {
            continue;
        }
        let what = wanted.map_or_else(
            || "no `ref` at all".to_owned(),
            |wanted| format!("the `ref` {}", code(wanted)),
        );
        let summary = format!("The version stands for a repository with {what}, which can move.");
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.aside().evidence("address", fact.address.shown());
        let commit = repositories(case.trace)
            .filter(|(other, _)| other.key == step.key)
            .find_map(|(_, seen)| seen.commit.as_deref());
        finding.explain("The same version can be other code tomorrow.");
        let fix = Fix::tell(Owner::Registry, "answer with the id of the commit");
        match commit {
            Some(commit) => {
                finding.evidence("commit", visible(commit));
                finding.fix(fix.value(visible(&format!("?ref={commit}"))));
            }
            None => {
                finding.fix(fix);
            }
        }
    }
}

/// The value of `ref=`.
fn reference(address: &str) -> Option<&str> {
    let (_, query) = address.split_once('?')?;
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix("ref="))
        .filter(|value| !value.is_empty())
}

fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::archive_package;
    use crate::rules::testing::foreign;
    use crate::rules::testing::package;
    use crate::trace::Fact;
    use crate::trace::Stage;

    fn story(base: Story, address: &str) -> Story {
        let mut fact = archive_package(None);
        fact.getter = "git".to_owned();
        fact.address = foreign(address);
        base.fact(Stage::Fetch, package(), Fact::Package(fact))
    }

    #[test]
    fn a_tag_in_a_registrys_answer_fires() {
        assert!(story(Story::registry(), "git::https://h/r.git?ref=v1.0.0").fires(&RULE));
        assert!(story(Story::registry(), "git::https://h/r.git").fires(&RULE));
    }

    #[test]
    fn a_commit_and_the_callers_own_tag_are_quiet() {
        let commit = "git::https://h/r.git?ref=0123456789abcdef0123456789abcdef01234567";
        assert!(!story(Story::registry(), commit).fires(&RULE));
        assert!(!story(Story::direct(), "git::https://h/r.git?ref=v1.0.0").fires(&RULE));
    }
}
