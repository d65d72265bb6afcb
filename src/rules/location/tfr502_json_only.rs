//! The location stands in a JSON body, where this client does not look.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::finding::Trial;
use crate::rules::common::locations;
use crate::rules::common::product;
use crate::rules::common::status_text;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR502",
    name: "json-only",
    stage: PublicStage::Location,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "200 with JSON only: Terraform cannot read it",
    page: include_str!("tfr502_json_only.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Location) {
        let Stop::NoLocation { status } = stop else {
            continue;
        };
        let body = locations(case.trace)
            .filter(|(other, _)| other.key == step.key)
            .find_map(|(_, location)| location.body_location.as_ref());
        let Some(body) = body else {
            continue;
        };
        let summary = format!(
            "The location stands in the body only, and {} {} reads only the header.",
            product(case),
            case.client.version()
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .evidence("body-location", body.shown())
            .requests_of(step);
        finding.client_says(
            "init",
            format!(
                "failed to get download URL for \"...\": {} resp:{{\"location\":...}}",
                status_text(*status)
            ),
        );
        let mut fix = Fix::tell(
            Owner::Registry,
            "send the same address in the header as well",
        )
        .value(format!("X-Terraform-Get: {}", body.shown()));
        if let Some(call) = finding.calls.first() {
            fix = fix.trial(Trial::Location {
                call: call.clone(),
                location: body.raw().to_owned(),
            });
        }
        finding.fix(fix);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::location;
    use crate::rules::testing::release;
    use crate::trace::End;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::fact::LocationBody;

    #[test]
    fn a_location_in_the_body_fires_in_place_of_its_absence() {
        let mut answer = location(200, None);
        answer.body = LocationBody::Object;
        answer.body_location = Some(foreign("git::https://example.com/x.git"));
        let story = Story::registry().step(
            Stage::Location,
            release(),
            Vec::new(),
            vec![Fact::Location(answer)],
            End::Stopped(Stop::NoLocation { status: 200 }),
        );
        assert_eq!(story.codes().first(), Some(&"TFR502"));
    }

    #[test]
    fn no_location_anywhere_is_quiet() {
        let story =
            Story::registry().stop(Stage::Location, release(), Stop::NoLocation { status: 200 });
        assert!(!story.fires(&RULE));
    }
}
