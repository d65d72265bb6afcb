//! The store refuses, or has no such object, bucket or region.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::address_owner;
use crate::rules::common::store_of;
use crate::rules::common::store_stops;
use crate::trace::Exchange;
use crate::trace::PublicStage;
use crate::trace::stop::STORE_NO_REGION;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR662",
    name: "s3-region-or-permission",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &["TFR661", "TFR663"],
    title: "Region or permission wrong",
    page: include_str!("tfr662_s3_region_or_permission.md"),
    check,
};

const CODES: [&str; 13] = [
    "AccessDenied",
    "AllAccessDisabled",
    "AuthorizationHeaderMalformed",
    "BucketRegionError",
    "Forbidden",
    "IllegalLocationConstraintException",
    "MovedPermanently",
    "NoSuchBucket",
    "NoSuchKey",
    "NoSuchVersion",
    "NotFound",
    "PermanentRedirect",
    STORE_NO_REGION,
];

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, getter, code, words) in store_stops(case.trace) {
        if !matches!(getter, "s3" | "gcs") || !CODES.contains(&code) {
            continue;
        }
        let summary = if code == STORE_NO_REGION {
            "The profile that the address names has no region, and the one in the address does not count."
                .to_owned()
        } else {
            format!("The object store answers {code}.")
        };
        let owner = address_owner(case.trace, &step.key.subject);
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.owner(owner);
        finding.client_says("init", format!("{code}: {}", words.shown()));
        finding.requests_of(step);
        if let Some(store) = store_of(step) {
            finding.evidence("bucket", store.bucket.shown().clone());
            finding.evidence("key", store.key.shown().clone());
            if !store.region.is_empty() {
                finding.evidence("region", store.region.clone());
            }
        }
        let region = step
            .last_exchange()
            .and_then(Exchange::reply)
            .and_then(|reply| reply.header("x-amz-bucket-region"));
        match (code, region) {
            (_, Some(region)) => {
                let region = crate::foreign::visible(region);
                finding.explain(format!("The bucket is in {region}."));
                finding.fix(Fix::tell(owner, "name the bucket's region in the host").value(region));
            }
            (STORE_NO_REGION, None) => {
                finding.tell(
                    Owner::Environment,
                    "set AWS_REGION, or a region in the profile",
                );
            }
            ("NoSuchKey" | "NoSuchBucket" | "NoSuchVersion" | "NotFound", None) => {
                finding.tell(owner, "correct bucket, key or version in the address");
            }
            _ => {
                finding.tell(owner, "correct bucket, key and region in the address");
                finding.tell(Owner::Environment, "let the access key read the object");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::foreign;
    use crate::rules::testing::package;
    use crate::trace::Stage;
    use crate::trace::Stop;

    fn story(code: &str, headers: &[(&str, &str)]) -> Story {
        let stop = Stop::Store {
            code: code.to_owned(),
            words: foreign("gone"),
        };
        Story::direct().stop_after(Stage::Fetch, package(), answered(404, headers, ""), stop)
    }

    #[test]
    fn a_missing_object_fires() {
        assert_eq!(story("NoSuchKey", &[]).codes(), ["TFR662"]);
    }

    #[test]
    fn the_region_that_the_store_names_is_the_fix() {
        let findings =
            story("PermanentRedirect", &[("x-amz-bucket-region", "eu-west-1")]).findings(&RULE);
        let value = findings
            .first()
            .and_then(|finding| finding.fixes.first())
            .and_then(|fix| fix.value.clone());
        assert_eq!(value.as_deref(), Some("eu-west-1"));
    }

    #[test]
    fn a_refused_key_is_quiet() {
        assert!(!story("InvalidAccessKeyId", &[]).fires(&RULE));
    }
}
