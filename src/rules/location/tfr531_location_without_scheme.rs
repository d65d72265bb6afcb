//! The location has no scheme.

use crate::finding::Case;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::finding::Trial;
use crate::foreign::visible;
use crate::rules::common::bad_locations;
use crate::rules::common::code;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR531",
    name: "location-without-scheme",
    stage: PublicStage::Location,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Location without scheme",
    page: include_str!("tfr531_location_without_scheme.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, got, error, speaks) in bad_locations(case.trace) {
        if speaks != RULE.code {
            continue;
        }
        let summary = format!(
            "The registry answers with {}, which is no address: it has no scheme.",
            code(got.raw())
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .owner(Owner::Registry)
            .evidence("location", got.shown())
            .requests_of(step);
        finding.client_says("init", visible(&error.client_text()));
        offer(got.raw(), finding);
    }
}

fn offer(given: &str, finding: &mut Finding) {
    let Some(call) = finding.calls.first().cloned() else {
        finding.tell(Owner::Registry, "give a full URL, or begin with a slash");
        return;
    };
    let first = given.split('/').next().unwrap_or_default();
    let mut candidates = vec![format!("/{given}")];
    if first.contains('.') && given.contains('/') {
        candidates.insert(0, format!("https://{given}"));
    }
    for location in candidates {
        finding.fix(
            Fix::tell(Owner::Registry, "give a full URL, or begin with a slash")
                .value(format!("X-Terraform-Get: {}", visible(&location)))
                .trial(Trial::Location {
                    call: call.clone(),
                    location,
                }),
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
        assert_eq!(answered_with("files/flat.tgz").codes(), ["TFR531"]);
    }

    #[test]
    fn another_fault_is_quiet() {
        assert!(!answered_with("reg.example.com/net/sg/aws").fires(&RULE));
    }
}
