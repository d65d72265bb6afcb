//! A module in a package calls another one without pinning it.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::named_call;
use crate::rules::common::package_fact;
use crate::rules::common::package_of;
use crate::rules::sources::enclosing_package;
use crate::trace::PublicStage;
use crate::trace::Trace;
use crate::trace::call::Call;
use crate::trace::call::SourceKind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR855",
    name: "nested-unpinned",
    stage: PublicStage::Layout,
    severity: Severity::Warning,
    owner: Owner::Author,
    yields_to: &[],
    title: "Nested call is unpinned or follows a branch",
    page: include_str!("tfr855_nested_unpinned.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for call in &case.trace.calls {
        if enclosing_package(case.trace, call).is_none() {
            continue;
        }
        let (what, reason) = match call.kind {
            SourceKind::Registry if call.constraint.is_none() => ("has no `version`", "no-version"),
            SourceKind::Remote if is_unpinned_git(case.trace, call) => ("names no `ref`", "no-ref"),
            SourceKind::Registry | SourceKind::Remote | SourceKind::Local | SourceKind::Invalid => {
                continue;
            }
        };
        let summary = format!("The nested call {} {what}.", named_call(call));
        let finding = found.add_about(&RULE, case, &call.subject(), None, summary);
        finding.aside().reason(reason);
        finding.evidence("source", call.source.shown());
        finding
            .explain("What it installs can change without any change of the module that calls it.");
        finding.tell(
            Owner::Author,
            if reason == "no-ref" {
                "pin it with `?ref=` and a commit or tag"
            } else {
                "pin it with `version`"
            },
        );
    }
}

fn is_unpinned_git(trace: &Trace, call: &Call) -> bool {
    let fact = package_of(call).and_then(|package| package_fact(trace, package));
    fact.is_some_and(|fact| fact.getter == "git" && !fact.address.raw().contains("ref="))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::trace::call::SourceKind;

    fn story(constraint: Option<&str>) -> Story {
        Story::registry()
            .with_child("m.x", SourceKind::Registry, "reg.example.com/a/b/c")
            .with_last_call(|call| call.constraint = constraint.map(foreign))
    }

    #[test]
    fn a_nested_call_without_version_fires() {
        assert!(story(None).fires(&RULE));
    }

    #[test]
    fn a_nested_call_with_version_is_quiet() {
        assert!(!story(Some("1.0.0")).fires(&RULE));
    }
}
