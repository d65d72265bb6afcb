//! The location is the address of a registry module.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::bad_locations;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR532",
    name: "location-is-address",
    stage: PublicStage::Location,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Location is a registry address",
    page: include_str!("tfr532_location_is_address.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, got, error, speaks) in bad_locations(case.trace) {
        if speaks != RULE.code {
            continue;
        }
        let summary =
            "The registry answers with the address of a module, and not with that of a package."
                .to_owned();
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .owner(Owner::Registry)
            .evidence("location", got.shown())
            .requests_of(step);
        finding.client_says("init", visible(&error.client_text()));
        finding.tell(
            Owner::Registry,
            "answer with the final address of the package: a URL, or `git::` with one",
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
            answered_with("reg.example.com/net/sg/aws").codes(),
            ["TFR532"]
        );
    }

    #[test]
    fn another_fault_is_quiet() {
        assert!(!answered_with("files/flat.tgz").fires(&RULE));
    }
}
