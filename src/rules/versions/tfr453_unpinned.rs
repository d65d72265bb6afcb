//! A registry module without a version constraint: the newest is taken.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::finding::Trial;
use crate::finding::View;
use crate::foreign::visible;
use crate::rules::common::numbers;
use crate::trace::PublicStage;
use crate::trace::call::SourceKind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR453",
    name: "unpinned",
    stage: PublicStage::Selection,
    severity: Severity::Warning,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "No constraint: newest is taken",
    page: include_str!("tfr453_unpinned.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    if case.view == View::Records {
        return;
    }
    for call in &case.trace.calls {
        let chosen = call
            .version
            .as_deref()
            .filter(|_| call.place.is_some() && call.parent().is_empty());
        let (SourceKind::Registry, None, Some(version)) = (call.kind, &call.constraint, chosen)
        else {
            continue;
        };
        let summary = format!(
            "No version is asked for, so the newest one is taken: today {}.",
            visible(version)
        );
        let finding = found.add_about(&RULE, case, &call.subject(), None, summary);
        finding.aside();
        let Some([major, minor, ..]) = numbers(version).as_deref().map(|parts| {
            [
                parts.first().copied().unwrap_or(0),
                parts.get(1).copied().unwrap_or(0),
            ]
        }) else {
            finding.tell(Owner::Configuration, "add a `version`");
            continue;
        };
        let constraint = format!("~> {major}.{minor}");
        finding.fix(
            Fix::tell(Owner::Configuration, "stay within the major version")
                .value(format!("version = \"{constraint}\""))
                .trial(Trial::Constraint {
                    call: call.key.clone(),
                    constraint,
                }),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;

    fn unpinned(constraint: Option<&str>) -> Story {
        Story::registry().with_call(|call| {
            call.constraint = constraint.map(foreign);
            call.version = Some("21.3.0".to_owned());
        })
    }

    #[test]
    fn no_constraint_fires() {
        let findings = unpinned(None).findings(&RULE);
        let fix = findings.first().and_then(|finding| finding.fixes.first());
        assert_eq!(
            fix.and_then(|fix| fix.value.as_deref()),
            Some("version = \"~> 21.3\"")
        );
    }

    #[test]
    fn a_constraint_is_quiet() {
        assert!(!unpinned(Some("21.3.0")).fires(&RULE));
    }
}
