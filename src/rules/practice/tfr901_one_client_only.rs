//! A download answer that only one of the two products understands.
//! Where the body is no JSON object at all, TFR503 says it more exactly.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::locations;
use crate::trace::PublicStage;
use crate::trace::fact::LocationBody;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR901",
    name: "one-client-only",
    stage: PublicStage::Location,
    severity: Severity::Warning,
    owner: Owner::Registry,
    yields_to: &["TFR503"],
    title: "Answers only one of the two clients",
    page: include_str!("tfr901_one_client_only.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, location) in locations(case.trace) {
        if location.status != 200 {
            continue;
        }
        let has_header = location
            .header
            .as_ref()
            .is_some_and(|header| !header.raw().is_empty());
        let has_body = location.body_location.is_some();
        let is_object = match location.body {
            LocationBody::Object => true,
            LocationBody::Empty | LocationBody::OtherJson | LocationBody::NotJson => false,
        };
        let (reason, summary) = match (has_header, has_body) {
            (true, true) | (false, false) => continue,
            (false, true) => (
                "body-only",
                "The location stands in the body only: Terraform cannot read it.",
            ),
            (true, false) if is_object => (
                "header-only",
                "The body is JSON without `location`: early releases of OpenTofu cannot read it.",
            ),
            (true, false) => (
                "no-object",
                "The body is no JSON object: OpenTofu cannot read it.",
            ),
        };
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .aside()
            .reason(reason)
            .stage(PublicStage::Location)
            .requests_of(step);
        if reason == "header-only" {
            finding.severity(Severity::Note);
        }
        finding.tell(
            Owner::Registry,
            "answer 204 with the header, or 200 with the same address in header and body",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::location;
    use crate::rules::testing::release;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::fact::LocationBody;

    #[test]
    fn a_location_in_the_body_only_fires() {
        let mut answer = location(200, None);
        answer.body = LocationBody::Object;
        answer.body_location = Some(foreign("https://cdn.example.com/sg.tgz"));
        let story = Story::registry().client("opentofu@1.12").fact(
            Stage::Location,
            release(),
            Fact::Location(answer),
        );
        assert_eq!(story.codes(), ["TFR901"]);
    }

    #[test]
    fn a_204_is_quiet_and_an_empty_200_is_left_to_another_rule() {
        let answer = location(204, Some("https://cdn.example.com/sg.tgz"));
        assert!(
            !Story::registry()
                .fact(Stage::Location, release(), Fact::Location(answer))
                .fires(&RULE)
        );
        let answer = location(200, Some("https://cdn.example.com/sg.tgz"));
        let story = Story::registry().fact(Stage::Location, release(), Fact::Location(answer));
        assert_eq!(story.codes(), ["TFR503"]);
    }
}
