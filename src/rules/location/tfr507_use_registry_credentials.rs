//! The answer asks for registry credentials on the archive, which this client does not send.

use crate::client::Behaviour;
use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::locations;
use crate::rules::common::product;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR507",
    name: "use-registry-credentials",
    stage: PublicStage::Location,
    severity: Severity::Note,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Answer asks for registry credentials on the archive",
    page: include_str!("tfr507_use_registry_credentials.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    if case.client.does(Behaviour::DirectPackages) {
        return;
    }
    for (step, location) in locations(case.trace) {
        if location.registry_credentials != Some(true) {
            continue;
        }
        let summary = format!(
            "The answer asks for registry credentials on the archive, and {} {} does not know that.",
            product(case),
            case.client.version()
        );
        if let Some(finding) = found.once(&RULE, case, step, summary) {
            finding.aside().severity(Severity::Note);
            finding.explain("The request for the archive goes out without a credential.");
            finding.tell(Owner::Registry, "offer a signed or public location as well");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::location;
    use crate::rules::testing::release;
    use crate::trace::Fact;
    use crate::trace::Stage;

    fn asking(client: &str) -> Story {
        let mut answer = location(200, Some("https://cdn.example.com/sg.tgz"));
        answer.registry_credentials = Some(true);
        Story::registry()
            .client(client)
            .fact(Stage::Location, release(), Fact::Location(answer))
    }

    #[test]
    fn a_client_that_does_not_know_it_fires() {
        assert!(asking("terraform@1.11.4").fires(&RULE));
    }

    #[test]
    fn one_that_does_is_quiet() {
        assert!(!asking("opentofu@1.12").fires(&RULE));
    }
}
