//! The store refuses the access key itself.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::address_owner;
use crate::rules::common::store_of;
use crate::rules::common::store_stops;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR663",
    name: "s3-credential-refused",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "Object store refuses the access key",
    page: include_str!("tfr663_s3_credential_refused.md"),
    check,
};

const CODES: [&str; 8] = [
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSecurity",
    "InvalidToken",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
];

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, getter, code, words) in store_stops(case.trace) {
        if getter != "s3" || !CODES.contains(&code) {
            continue;
        }
        let summary = format!("The object store refuses the access key: {code}.");
        let origin = store_of(step).and_then(|store| store.key_origin.clone());
        let owner = match origin.as_deref() {
            Some("the address") | None => address_owner(case.trace, &step.key.subject),
            Some(_) => Owner::Environment,
        };
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.owner(owner);
        finding.client_says("init", format!("{code}: {}", words.shown()));
        finding.requests_of(step);
        if let Some(origin) = origin {
            finding.evidence("key", format!("from {origin}"));
        }
        if code == "RequestTimeTooSkewed" {
            finding
                .reason("clock")
                .owner(Owner::Environment)
                .explain("The clock of this machine is too far from that of the store.");
            finding.tell(Owner::Environment, "set the clock");
            continue;
        }
        finding.tell(owner, "correct or renew the key where it comes from");
        finding.tell(owner, "keep keys out of addresses");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::package;
    use crate::trace::Stage;
    use crate::trace::Stop;

    fn story(code: &str) -> Story {
        let stop = Stop::Store {
            code: code.to_owned(),
            words: foreign(""),
        };
        Story::direct().stop(Stage::Fetch, package(), stop)
    }

    #[test]
    fn a_wrong_secret_fires() {
        assert_eq!(story("SignatureDoesNotMatch").codes(), ["TFR663"]);
    }

    #[test]
    fn a_missing_object_is_quiet() {
        assert!(!story("NoSuchKey").fires(&RULE));
    }
}
