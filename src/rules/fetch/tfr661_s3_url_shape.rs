//! An S3 address that the client does not take, or reads as another bucket.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::Foreign;
use crate::rules::common::address_owner;
use crate::rules::common::store_of;
use crate::rules::common::store_stops;
use crate::trace::PublicStage;
use crate::trace::fact::StoreFact;
use crate::trace::stop::STORE_BAD_ADDRESS;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR661",
    name: "s3-url-shape",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "S3 URL shape not understood",
    page: include_str!("tfr661_s3_url_shape.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, getter, code, words) in store_stops(case.trace) {
        if getter != "s3" {
            continue;
        }
        let misread = store_of(step).filter(|store| is_misread(store));
        let summary = match misread {
            Some(store) => format!(
                "The address is read as an object of a bucket named `s3`, not as one of {}.",
                first_part(&store.key).shown()
            ),
            None if code == STORE_BAD_ADDRESS => {
                "The client cannot read bucket, key and region from this S3 address.".to_owned()
            }
            None => continue,
        };
        let owner = address_owner(case.trace, &step.key.subject);
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .owner(owner)
            .client_says("init", words.shown().clone())
            .explain("It counts the parts of the host name, and does not look at them.")
            .requests_of(step);
        let value = match misread {
            Some(store) => format!(
                "s3::https://{}.s3.{}.amazonaws.com/{}",
                first_part(&store.key).shown(),
                store.region,
                rest(&store.key).shown()
            ),
            None => "s3::https://BUCKET.s3.REGION.amazonaws.com/KEY".to_owned(),
        };
        finding.fix(Fix::tell(owner, "put bucket and region into the host").value(value));
        finding.tell(
            owner,
            "a signed link is fetched by plain `https://`, without `s3::`",
        );
    }
}

/// The host has four parts and begins with `s3`, so the bucket is the first segment of the path.
fn is_misread(store: &StoreFact) -> bool {
    let host = store.written_host.raw();
    store.bucket.raw() == "s3" && host.starts_with("s3.") && host.contains("amazonaws.com")
}

fn first_part(key: &Foreign) -> Foreign {
    Foreign::new(key.raw().split('/').next().unwrap_or_default())
}

fn rest(key: &Foreign) -> Foreign {
    Foreign::new(key.raw().split_once('/').map_or("", |(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::package;
    use crate::rules::testing::store;
    use crate::trace::End;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;

    fn stop(code: &str) -> Stop {
        Stop::Store {
            code: code.to_owned(),
            words: foreign("URL is not a valid S3 URL"),
        }
    }

    #[test]
    fn an_address_without_a_key_fires() {
        let story = Story::direct().stop(Stage::Fetch, package(), stop("InvalidAddress"));
        assert_eq!(story.codes(), ["TFR661"]);
    }

    #[test]
    fn a_bucket_named_s3_by_mistake_fires_in_place_of_the_refusal() {
        let mut fact = store(
            "s3.eu-west-1.amazonaws.com",
            "s3.s3.eu-west-1.amazonaws.com",
        );
        fact.bucket = foreign("s3");
        fact.key = foreign("bucket/sg.tgz");
        let story = Story::direct().step(
            Stage::Fetch,
            package(),
            Vec::new(),
            vec![Fact::Store(fact)],
            End::Stopped(stop("AccessDenied")),
        );
        assert_eq!(story.codes(), ["TFR661"]);
    }

    #[test]
    fn another_refusal_is_quiet() {
        assert!(
            !Story::direct()
                .stop(Stage::Fetch, package(), stop("AccessDenied"))
                .fires(&RULE)
        );
    }
}
