//! A server names a path of the local disk, and nothing is there: it was meant for the machine of the registry.

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
    code: "TFR538",
    name: "file-location",
    stage: PublicStage::Location,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "`file://` location",
    page: include_str!("tfr538_file_location.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in package_stops(case.trace) {
        let Stop::LocalPackage {
            path,
            problem: PathProblem::Missing | PathProblem::NotADirectory,
        } = stop
        else {
            continue;
        };
        let is_second = address_of(step).is_some_and(|fact| fact.hop > 0);
        if !registry_named(case.trace, &step.key.subject) && !is_second {
            continue;
        }
        let summary = format!(
            "The location is the path {} of the local disk, and the package is not there.",
            code(path)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.requests_of(step);
        finding.explain("It works where the registry runs, and nowhere else.");
        finding.client_says(
            "init",
            format!(
                "source path error: stat {}: no such file or directory",
                visible(path)
            ),
        );
        finding.tell(Owner::Registry, "serve the archive over https");
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
    fn a_path_that_a_registry_names_fires() {
        assert_eq!(missing(Story::registry()).codes(), ["TFR538"]);
    }

    #[test]
    fn a_path_of_the_caller_is_quiet() {
        assert!(!missing(Story::direct()).fires(&RULE));
    }
}
