//! A 200 of the download endpoint whose body is no JSON object: one product reads it, the other does not.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::locations;
use crate::rules::common::product;
use crate::trace::PublicStage;
use crate::trace::fact::LocationBody;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR503",
    name: "body-not-json",
    stage: PublicStage::Location,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "200 with an empty or non-JSON body: OpenTofu fails",
    page: include_str!("tfr503_body_not_json.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, location) in locations(case.trace) {
        let is_object = match location.body {
            LocationBody::Object => true,
            LocationBody::Empty | LocationBody::OtherJson | LocationBody::NotJson => false,
        };
        let has_header = location
            .header
            .as_ref()
            .is_some_and(|header| !header.raw().is_empty());
        if location.status != 200 || is_object || !has_header {
            continue;
        }
        let summary = "The download endpoint answers 200 with a header and without a JSON object: OpenTofu cannot read that.";
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        let kind = match location.body {
            LocationBody::Empty | LocationBody::Object => "nothing",
            LocationBody::OtherJson => "JSON that is no object",
            LocationBody::NotJson => "no JSON",
        };
        finding.evidence("body", kind).requests_of(step);
        if step.stop().is_some() {
            finding.client_says("init", "failed to deserialize response body");
        } else {
            finding.explain("OpenTofu stops there: failed to deserialize response body.");
        }
        if step.stop().is_none() {
            finding.aside();
            finding.explain(format!(
                "{} reads the header and is content.",
                product(case)
            ));
        }
        finding.tell(
            Owner::Registry,
            "answer 204 with `X-Terraform-Get` and without a body",
        );
        if let Some(header) = &location.header {
            finding.fix(
                Fix::tell(
                    Owner::Registry,
                    "or answer 200 with the same address in header and body",
                )
                .value(format!("{{\"location\": \"{}\"}}", header.shown())),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::finding::Severity;
    use crate::rules::testing::Story;
    use crate::rules::testing::location;
    use crate::rules::testing::release;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::fact::LocationBody;

    #[test]
    fn an_empty_body_under_200_is_a_warning() {
        let answer = location(200, Some("https://cdn.example.com/sg.tgz"));
        let story = Story::registry().fact(Stage::Location, release(), Fact::Location(answer));
        let findings = story.findings(&RULE);
        assert_eq!(
            findings.first().map(|finding| finding.severity),
            Some(Severity::Warning)
        );
        assert_eq!(story.codes(), ["TFR503"]);
    }

    #[test]
    fn a_204_and_an_object_are_quiet() {
        let answer = location(204, Some("https://cdn.example.com/sg.tgz"));
        assert!(
            !Story::registry()
                .fact(Stage::Location, release(), Fact::Location(answer))
                .fires(&RULE)
        );
        let mut answer = location(200, Some("https://cdn.example.com/sg.tgz"));
        answer.body = LocationBody::Object;
        assert!(
            !Story::registry()
                .fact(Stage::Location, release(), Fact::Location(answer))
                .fires(&RULE)
        );
    }
}
