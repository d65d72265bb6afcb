//! A folder of an object store without objects.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::address_owner;
use crate::rules::common::stores;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR665",
    name: "s3-prefix-empty",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "Nothing below the S3 or GCS prefix",
    page: include_str!("tfr665_s3_prefix_empty.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, store) in stores(case.trace) {
        if store
            .listed
            .is_none_or(|listed| listed > store.neighbours.len())
        {
            continue;
        }
        let summary = format!(
            "The bucket {} has no object below {}.",
            store.bucket.shown(),
            store.key.shown()
        );
        let owner = address_owner(case.trace, &step.key.subject);
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .owner(owner)
            .client_says(
                "init",
                "Failed to expand subdir globs: subdir \"\" not found",
            )
            .explain("Without an archive suffix the key is taken as a folder.")
            .requests_of(step);
        if !store.neighbours.is_empty() {
            let lines = store.neighbours.iter().map(|key| key.shown().clone());
            finding.evidence_lines("neighbours", lines.collect());
        }
        finding.tell(owner, "correct bucket and prefix, or name an archive");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::package;
    use crate::rules::testing::store;
    use crate::trace::Fact;
    use crate::trace::Stage;

    fn story(listed: Option<usize>) -> Story {
        let mut fact = store("h", "h");
        fact.listed = listed;
        Story::direct().fact(Stage::Fetch, package(), Fact::Store(fact))
    }

    #[test]
    fn a_listing_without_objects_fires() {
        assert!(story(Some(0)).fires(&RULE));
    }

    #[test]
    fn objects_and_archives_are_quiet() {
        assert!(!story(Some(2)).fires(&RULE));
        assert!(!story(None).fires(&RULE));
    }
}
