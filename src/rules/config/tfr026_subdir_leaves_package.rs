//! The directory that a source or location names lies outside of its package.

use crate::addr::source::LocationCause;
use crate::addr::source::RemoteError;
use crate::finding::Case;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::Foreign;
use crate::foreign::visible;
use crate::rules::common::call_of;
use crate::rules::common::code;
use crate::rules::common::module_dirs;
use crate::rules::common::stops;
use crate::rules::sources::SourceFault;
use crate::rules::sources::add_refused;
use crate::rules::sources::refused;
use crate::rules::sources::writer;
use crate::trace::PublicStage;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR026",
    name: "subdir-leaves-package",
    stage: PublicStage::Config,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "Sub-directory climbs out of the package",
    page: include_str!("tfr026_subdir_leaves_package.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, got, error, fault) in refused(case.trace) {
        if fault != SourceFault::SubdirLeaves {
            continue;
        }
        let summary = format!(
            "The directory in {} climbs out of the package.",
            code(got.raw())
        );
        if let Some(finding) = add_refused(found, &RULE, case, step, error, summary) {
            advise(finding);
        }
    }
    for (step, stop) in stops(case.trace) {
        let Stop::BadLocation { got, error } = stop else {
            continue;
        };
        let LocationCause::Unreadable(cause) = &error.cause else {
            continue;
        };
        if !matches!(
            **cause,
            RemoteError::SubdirLeavesPackage(_) | RemoteError::DetectedSubdirLeavesPackage { .. }
        ) {
            continue;
        }
        let summary = format!(
            "The directory in the location {} climbs out of the package.",
            code(got.raw())
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .stage(PublicStage::Location)
            .owner(Owner::Registry)
            .requests_of(step);
        finding.client_says("init", visible(&error.client_text()));
        advise(finding);
    }
    passed(case, found);
}

/// Directories that the client lets pass: a bare `..`, or one behind a glob.
fn passed(case: &Case<'_>, found: &mut Findings) {
    for (step, fact) in module_dirs(case.trace) {
        let climbs = |subdir: Option<&Foreign>| {
            subdir.is_some_and(|subdir| subdir.raw().split('/').any(|part| part == ".."))
        };
        let by_location = climbs(fact.location_subdir.as_ref());
        if !by_location && !climbs(fact.caller_subdir.as_ref()) {
            continue;
        }
        let Some(call) = call_of(case.trace, step) else {
            continue;
        };
        let summary = format!(
            "The module is read from {}, above its own package.",
            code(&fact.dir)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.owner(if by_location {
            Owner::Registry
        } else {
            writer(case.trace, call)
        });
        if step.stop().is_none() {
            finding.aside();
        }
        finding.reason("passed").explain("The client lets this form of `..` pass and takes its own folder of modules for the module.");
        advise(finding);
    }
}

fn advise(finding: &mut Finding) {
    let owner = finding.owner;
    finding.tell(
        owner,
        "name a directory inside the package, or pack the directory beside it together with it",
    );
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::addr::AddrRules;
    use crate::addr::source::parse_location;
    use crate::finding::Owner;
    use crate::finding::Severity;
    use crate::rules::testing::Story;
    use crate::rules::testing::call;
    use crate::rules::testing::empty_dir;
    use crate::rules::testing::foreign;
    use crate::rules::testing::refused_source;
    use crate::rules::testing::release;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;

    #[test]
    fn a_source_that_climbs_out_fires() {
        assert_eq!(
            refused_source("reg.example.com/net/sg/aws//../x", false).codes(),
            ["TFR026"]
        );
    }

    #[test]
    fn a_location_that_climbs_out_is_the_registrys() {
        let text = "https://cdn.example.com/sg.tgz//../x";
        let error = parse_location(text, &AddrRules::default()).expect_err("it climbs out");
        let story = Story::registry().stop(
            Stage::Location,
            release(),
            Stop::BadLocation {
                got: foreign(text),
                error,
            },
        );
        let findings = story.findings(&RULE);
        assert_eq!(
            findings.first().map(|finding| finding.owner),
            Some(Owner::Registry)
        );
    }

    #[test]
    fn two_dots_alone_are_a_warning() {
        let mut dir = empty_dir(None);
        dir.caller_subdir = Some(foreign(".."));
        let story = Story::registry().fact(Stage::ModuleDir, call(), Fact::ModuleDir(dir));
        let findings = story.findings(&RULE);
        assert_eq!(
            findings.first().map(|finding| finding.severity),
            Some(Severity::Warning)
        );
    }

    #[test]
    fn a_directory_inside_is_quiet() {
        let mut dir = empty_dir(None);
        dir.caller_subdir = Some(foreign("modules/..x"));
        let story = Story::registry().fact(Stage::ModuleDir, call(), Fact::ModuleDir(dir));
        assert!(!story.fires(&RULE));
    }
}
