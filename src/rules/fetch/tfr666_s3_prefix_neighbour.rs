//! A prefix that other folders begin with, too.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::address_owner;
use crate::rules::common::stores;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR666",
    name: "s3-prefix-neighbour",
    stage: PublicStage::Package,
    severity: Severity::Warning,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "S3 or GCS prefix also matches a neighbour",
    page: include_str!("tfr666_s3_prefix_neighbour.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, store) in stores(case.trace) {
        if store.neighbours.is_empty() {
            continue;
        }
        let summary = format!(
            "The prefix {} also fits objects of other folders.",
            store.key.shown()
        );
        let owner = address_owner(case.trace, &step.key.subject);
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        let lines = store.neighbours.iter().map(|key| key.shown().clone());
        finding
            .owner(owner)
            .aside()
            .explain("The prefix is compared without a slash at its end; the client writes them beside the module's directory.")
            .evidence_lines("neighbours", lines.collect());
        let value = format!("{}/", store.key.shown());
        finding
            .fix(Fix::tell(owner, "end the prefix with a slash, or name one archive").value(value));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::package;
    use crate::rules::testing::store;
    use crate::trace::Fact;
    use crate::trace::Stage;

    fn story(neighbours: &[&str]) -> Story {
        let mut fact = store("h", "h");
        fact.listed = Some(3);
        fact.neighbours = neighbours.iter().map(|key| foreign(key)).collect();
        Story::direct().fact(Stage::Fetch, package(), Fact::Store(fact))
    }

    #[test]
    fn an_object_of_a_neighbour_fires() {
        assert_eq!(story(&["sg2/main.tf"]).codes(), ["TFR666"]);
    }

    #[test]
    fn a_folder_for_itself_is_quiet() {
        assert!(!story(&[]).fires(&RULE));
    }
}
