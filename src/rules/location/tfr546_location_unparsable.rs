//! The location is no valid URL.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::finding::Trial;
use crate::foreign::Foreign;
use crate::foreign::visible;
use crate::rules::common::bad_locations;
use crate::rules::common::code;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Step;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR546",
    name: "location-unparsable",
    stage: PublicStage::Location,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Location is not a valid URL",
    page: include_str!("tfr546_location_unparsable.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, got, error, speaks) in bad_locations(case.trace) {
        if speaks == RULE.code {
            report(case, step, got, &error.client_text(), found);
        }
    }
    for (step, stop) in case.trace.stopped(Stage::Location) {
        if let Stop::Undecodable {
            pointer,
            words,
            head,
        } = stop
            && pointer == "X-Terraform-Get"
        {
            report(case, step, head, words, found);
        }
    }
}

fn report(case: &Case<'_>, step: &Step, got: &Foreign, words: &str, found: &mut Findings) {
    let summary = format!(
        "The registry answers with {}, which is no valid URL.",
        code(got.raw())
    );
    let Some(finding) = found.once(&RULE, case, step, summary) else {
        return;
    };
    finding
        .evidence("location", got.shown())
        .requests_of(step)
        .client_says("init", visible(words));
    let repaired = got.raw().replace('%', "%25");
    let mut fix = Fix::tell(
        Owner::Registry,
        "escape what is no part of a URL, a percent sign as `%25`",
    );
    if repaired != got.raw()
        && let Some(call) = finding.calls.first()
    {
        fix = fix
            .value(format!("X-Terraform-Get: {}", visible(&repaired)))
            .trial(Trial::Location {
                call: call.clone(),
                location: repaired,
            });
    }
    finding.fix(fix);
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
            answered_with("cdn.example.com/%zz/x.tgz").codes(),
            ["TFR546"]
        );
    }

    #[test]
    fn another_fault_is_quiet() {
        assert!(!answered_with("files/flat.tgz").fires(&RULE));
    }
}
