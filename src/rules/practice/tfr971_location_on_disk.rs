//! A server, or a fetched package, names a path of the local disk as a package.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::code;
use crate::rules::common::packages;
use crate::rules::fetched::beside;
use crate::trace::PublicStage;
use crate::trace::Stop;
use crate::trace::stop::PathProblem;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR971",
    name: "location-on-disk",
    stage: PublicStage::Location,
    severity: Severity::Warning,
    owner: Owner::Registry,
    yields_to: &["TFR538"],
    title: "Registry can point at local files",
    page: include_str!("tfr971_location_on_disk.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, fact) in packages(case.trace) {
        let address = fact.address.raw();
        let is_local =
            fact.getter == "file" || address.contains("file://") || address.starts_with('/');
        if !is_local || !(fact.server_named || fact.hop > 0) {
            continue;
        }
        let summary = format!(
            "The package is a path of the local disk, {}, and not the caller named it.",
            code(address)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .evidence("address", fact.address.shown())
            .requests_of(step);
        let refused = matches!(
            step.stop(),
            Some(Stop::LocalPackage {
                problem: PathProblem::OutsideProject,
                ..
            })
        );
        if refused {
            finding.severity(Severity::Error).reason("refused");
            finding.explain(
                "The client would take it; this tool opens only paths inside the project.",
            );
        } else {
            beside(step, finding);
            finding.explain("The client takes whatever lies there for the module.");
        }
        finding.tell(Owner::Registry, "serve the package over https");
        finding.tell(
            Owner::Configuration,
            "if nobody set this up, treat the registry as hostile",
        );
    }
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

    fn local(server_named: bool) -> Story {
        let mut fact = archive_package(None);
        "file".clone_into(&mut fact.getter);
        fact.address = foreign("file:///srv/sg");
        fact.server_named = server_named;
        Story::registry().fact(Stage::Fetch, package(), Fact::Package(fact))
    }

    #[test]
    fn a_path_that_a_server_names_fires() {
        assert_eq!(local(true).codes(), ["TFR971"]);
    }

    #[test]
    fn a_path_of_the_caller_is_quiet() {
        assert!(!local(false).fires(&RULE));
    }
}
