//! The source is a path of the local disk, and nothing usable is there.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::package_stops;
use crate::rules::common::registry_named;
use crate::rules::fetched::address_of;
use crate::trace::PublicStage;
use crate::trace::Stop;
use crate::trace::stop::PathProblem;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR680",
    name: "file-source-missing",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &["TFR538"],
    title: "Absolute path or `file://` source does not exist",
    page: include_str!("tfr680_file_source_missing.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in package_stops(case.trace) {
        let Stop::LocalPackage { path, problem } = stop else {
            continue;
        };
        let is_second = address_of(step).is_some_and(|fact| fact.hop > 0);
        if registry_named(case.trace, &step.key.subject) || is_second {
            continue;
        }
        let (reason, summary) = match problem {
            PathProblem::Missing => (
                "missing",
                format!("The source {} does not exist on this machine.", code(path)),
            ),
            PathProblem::NotADirectory => (
                "no-directory",
                format!(
                    "The source {} is no directory and no archive that the client knows.",
                    code(path)
                ),
            ),
            PathProblem::OutsideProject => continue,
        };
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.reason(reason);
        finding.client_says(
            "init",
            format!(
                "source path error: stat {}: no such file or directory",
                visible(path)
            ),
        );
        finding.tell(
            Owner::Configuration,
            "correct the path, or use a relative one: `./modules/NAME`",
        );
        finding.tell(
            Owner::Configuration,
            "a registry, git or https works on every machine",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::package;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::stop::PathProblem;

    fn missing(story: Story) -> Story {
        let stop = Stop::LocalPackage {
            path: "/srv/sg".to_owned(),
            problem: PathProblem::Missing,
        };
        story.stop(Stage::Fetch, package(), stop)
    }

    #[test]
    fn a_path_that_is_not_there_fires() {
        assert_eq!(missing(Story::direct()).codes(), ["TFR680"]);
    }

    #[test]
    fn a_path_of_a_registry_is_quiet() {
        assert!(!missing(Story::registry()).fires(&RULE));
    }
}
