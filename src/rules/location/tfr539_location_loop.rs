//! A chain of locations that does not end.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::count;
use crate::rules::common::package_stops;
use crate::trace::Fact;
use crate::trace::PublicStage;
use crate::trace::Step;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR539",
    name: "location-loop",
    stage: PublicStage::Location,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Location chain loops",
    page: include_str!("tfr539_location_loop.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in package_stops(case.trace) {
        let Stop::LocationChain { limit } = stop else {
            continue;
        };
        let summary = format!(
            "One location leads to the next, more often than the {limit} times that the client follows."
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .reason("endless")
            .evidence_lines("chain", chain(step))
            .requests_of(step);
        finding.client_says(
            "init",
            format!("too many X-Terraform-Get redirects: {}", limit + 1),
        );
        finding.tell(Owner::Registry, "answer with the address of the archive");
    }
    for step in &case.trace.steps {
        let hops = chain(step).len();
        if step.stop().is_some() || hops <= 2 {
            continue;
        }
        let summary = format!(
            "The package lies behind a chain of {}.",
            count(hops, "location")
        );
        if let Some(finding) = found.once(&RULE, case, step, summary) {
            finding
                .aside()
                .reason("long")
                .evidence_lines("chain", chain(step));
            finding.tell(Owner::Registry, "answer with the address of the archive");
        }
    }
}

fn chain(step: &Step) -> Vec<String> {
    step.facts
        .iter()
        .filter_map(|fact| {
            if let Fact::SecondLocation { value, .. } = fact {
                Some(value.shown())
            } else {
                None
            }
        })
        .take(12)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::package;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;

    #[test]
    fn an_endless_chain_fires() {
        let stop = Stop::LocationChain { limit: 10 };
        assert_eq!(
            Story::registry()
                .stop(Stage::Fetch, package(), stop)
                .codes(),
            ["TFR539"]
        );
    }

    #[test]
    fn a_second_location_is_quiet() {
        let fact = Fact::SecondLocation {
            from: foreign("https://cdn.example.com/a"),
            value: foreign("https://cdn.example.com/a.tgz"),
            header: true,
        };
        assert!(
            !Story::registry()
                .fact(Stage::Fetch, package(), fact)
                .fires(&RULE)
        );
    }
}
