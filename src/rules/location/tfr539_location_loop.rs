//! A location leads to a location, and so on without end.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::fetched::beside;
use crate::trace::Fact;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;
use crate::trace::fact::PackageFact;

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
    for step in case.trace.stage(Stage::Fetch) {
        let chain: Vec<&PackageFact> = step
            .facts
            .iter()
            .filter_map(|fact| {
                if let Fact::Package(package) = fact {
                    Some(package)
                } else {
                    None
                }
            })
            .collect();
        let hops = chain.last().map_or(0, |last| last.hop);
        let stopped = step.stop().and_then(|stop| {
            if let Stop::LocationChain { limit } = stop {
                Some(*limit)
            } else {
                None
            }
        });
        if stopped.is_none() && hops <= 2 {
            continue;
        }
        let summary = match stopped {
            Some(limit) => {
                format!("Each location names a further one; after {limit} the client gives up.")
            }
            None => format!("The package is behind {hops} further locations, one naming the next."),
        };
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .evidence_lines(
                "hops",
                chain
                    .iter()
                    .map(|package| package.address.shown())
                    .collect(),
            )
            .requests_of(step);
        match stopped {
            Some(limit) => {
                finding.client_says(
                    "init",
                    format!("too many X-Terraform-Get redirects: {}", limit + 1),
                );
            }
            None => {
                beside(step, finding);
            }
        }
        finding.tell(Owner::Registry, "answer the address of the archive itself");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::archive_package;
    use crate::rules::testing::package;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;

    #[test]
    fn a_chain_without_end_fires() {
        let stop = Stop::LocationChain { limit: 10 };
        assert_eq!(
            Story::registry()
                .stop(Stage::Fetch, package(), stop)
                .codes(),
            ["TFR539"]
        );
    }

    #[test]
    fn one_further_location_is_quiet() {
        let mut fact = archive_package(Some("zip"));
        fact.hop = 1;
        let story = Story::registry().fact(Stage::Fetch, package(), Fact::Package(fact));
        assert!(!story.fires(&RULE));
    }
}
