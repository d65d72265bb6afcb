//! The host of an S3 address is not asked; Amazon is.

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
    code: "TFR664",
    name: "s3-host-ignored",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "Host of an `s3::` address is ignored, AWS is asked",
    page: include_str!("tfr664_s3_host_ignored.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, store) in stores(case.trace) {
        let is_amazon = store.written_host.raw().contains("amazonaws.com");
        if is_amazon || store.written_host == store.host {
            continue;
        }
        let summary = format!(
            "The address names {}, but the client asks {}.",
            store.written_host.shown(),
            store.host.shown()
        );
        let owner = address_owner(case.trace, &step.key.subject);
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.owner(owner).requests_of(step);
        finding.explain(
            "Without keys in the address, the region alone decides whom it asks: a bucket of that name at Amazon may be another's.",
        );
        finding.tell(owner, "serve the archive by https");
        finding.tell(
            owner,
            "or put keys into the address, which everybody can read who sees it",
        );
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

    fn story(written: &str, host: &str) -> Story {
        Story::direct().fact(Stage::Fetch, package(), Fact::Store(store(written, host)))
    }

    #[test]
    fn a_host_that_is_not_asked_fires() {
        assert!(story("minio.example.com:9000", "bucket.s3.amazonaws.com").fires(&RULE));
    }

    #[test]
    fn a_host_of_amazon_or_one_that_is_asked_is_quiet() {
        assert!(!story("s3.amazonaws.com", "bucket.s3.amazonaws.com").fires(&RULE));
        assert!(!story("minio.example.com", "minio.example.com").fires(&RULE));
    }
}
