//! The subdirectory leads out of the package.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::bad_locations;
use crate::rules::common::bad_sources;
use crate::rules::common::code;
use crate::trace::PublicStage;

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
    let sources = bad_sources(case.trace)
        .map(|(step, got, _, speaks)| (step, got, speaks, Owner::Configuration));
    let answers = bad_locations(case.trace)
        .map(|(step, got, _, speaks)| (step, got, speaks, Owner::Registry));
    for (step, got, speaks, owner) in sources.chain(answers) {
        if speaks != RULE.code {
            continue;
        }
        let summary = format!(
            "The subdirectory of {} leads out of the package.",
            code(got.raw())
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.owner(owner).stage(if owner == Owner::Registry {
            PublicStage::Location
        } else {
            PublicStage::Config
        });
        finding.client_says(
            "init",
            "subdirectory path leads outside of the module package",
        );
        finding.tell(
            owner,
            "name a directory inside the package, or package the sibling together with it",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::addr::AddrRules;
    use crate::addr::parse_location;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::release;
    use crate::trace::Stage;
    use crate::trace::Stop;

    fn answered_with(text: &str) -> Story {
        let rules = AddrRules::terraform((1, 11, 4));
        let error = parse_location(text, &rules).expect_err("no location");
        Story::registry().stop(
            Stage::Location,
            release(),
            Stop::BadLocation {
                got: foreign(text),
                error,
            },
        )
    }

    #[test]
    fn it_fires() {
        assert_eq!(
            answered_with("https://cdn.example.com/x.tgz//../y").codes(),
            ["TFR026"]
        );
    }

    #[test]
    fn another_fault_is_quiet() {
        assert!(!answered_with("files/flat.tgz").fires(&RULE));
    }
}
