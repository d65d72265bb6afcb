//! The list of versions is empty.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::module_subject;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR406",
    name: "versions-empty",
    stage: PublicStage::Versions,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &["TFR407", "TFR451"],
    title: "Empty lists",
    page: include_str!("tfr406_versions_empty.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Versions) {
        let (reason, summary, message) = match stop {
            Stop::NoModules => (
                "no-modules",
                "The registry answers 200 without any module.",
                "Invalid response from remote module registry",
            ),
            Stop::NoVersions => (
                "no-versions",
                "The registry lists no version of the module.",
                "Module has no versions",
            ),
            _ => continue,
        };
        let about = module_subject(case.trace, step);
        let Some(finding) = found.cause(&RULE, case, &about, step, summary) else {
            continue;
        };
        finding
            .reason(reason)
            .requests_of(step)
            .client_says("init", message);
        finding.tell(Owner::Author, "publish a version");
        finding.tell(Owner::Registry, "answer 404 for a module that is not known");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::module;
    use crate::trace::Stage;
    use crate::trace::Stop;

    #[test]
    fn no_versions_fire() {
        assert_eq!(
            Story::registry()
                .stop(Stage::Versions, module(), Stop::NoVersions)
                .codes(),
            ["TFR406"]
        );
        assert_eq!(
            Story::registry()
                .stop(Stage::Versions, module(), Stop::NoModules)
                .codes(),
            ["TFR406"]
        );
    }

    #[test]
    fn an_unknown_module_is_quiet() {
        assert!(
            !Story::registry()
                .stop(Stage::Versions, module(), Stop::ModuleNotFound)
                .fires(&RULE)
        );
    }
}
