//! A module that is called needs a host or a credential that the caller's own calls do not need.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::named_call;
use crate::rules::common::peer_of;
use crate::rules::common::stops;
use crate::rules::sources::enclosing_package;
use crate::trace::PublicStage;
use crate::trace::Stop;
use crate::trace::call::Call;
use crate::trace::exchange::Failure;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR851",
    name: "nested-needs-access",
    stage: PublicStage::Layout,
    severity: Severity::Warning,
    owner: Owner::Environment,
    yields_to: &[],
    title: "Nested call needs other credentials or hosts",
    page: include_str!("tfr851_nested_needs_access.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in stops(case.trace) {
        let is_access = matches!(
            stop,
            Stop::Status { got: 401 | 403, .. }
                | Stop::Failed(Failure::Lookup(_) | Failure::Connect(_))
        );
        let users = case.trace.users(&step.key.subject);
        let nested: Vec<&Call> = users
            .iter()
            .copied()
            .filter(|call| enclosing_package(case.trace, call).is_some())
            .collect();
        let Some(call) = nested
            .first()
            .filter(|_| is_access && nested.len() == users.len())
        else {
            continue;
        };
        let Some(above) = enclosing_package(case.trace, call) else {
            continue;
        };
        let peer = peer_of(step).1;
        let summary = format!(
            "The module {} calls a module at {}, which this machine cannot use.",
            named_call(above),
            code(&peer)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.aside();
        finding
            .evidence("caller", named_call(call))
            .evidence("peer", visible(&peer));
        finding.explain("The hosts and credentials of the author are not those of the caller.");
        finding.tell(
            Owner::Environment,
            format!("give this machine access to {}", code(&peer)),
        );
        finding.tell(Owner::Author, "call modules of the same registry");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::module;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::Subject;
    use crate::trace::call::SourceKind;

    #[test]
    fn a_refused_nested_call_fires() {
        let other = Subject::Module("other.example.com/a/b/c".to_owned());
        let stop = Stop::Status {
            got: 401,
            expected: "200",
        };
        let story =
            Story::registry().with_child("m.x", SourceKind::Registry, "other.example.com/a/b/c");
        let story = story
            .with_child_using("m.x", other.clone())
            .stop(Stage::Versions, other, stop);
        assert!(story.fires(&RULE));
    }

    #[test]
    fn a_refused_call_of_the_root_is_quiet() {
        let stop = Stop::Status {
            got: 401,
            expected: "200",
        };
        assert!(
            !Story::registry()
                .stop(Stage::Versions, module(), stop)
                .fires(&RULE)
        );
    }
}
