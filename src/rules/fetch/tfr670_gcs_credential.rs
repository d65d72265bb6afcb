//! A GCS address that the client does not take, or no credential for it.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::address_owner;
use crate::rules::common::store_of;
use crate::rules::common::store_stops;
use crate::trace::PublicStage;
use crate::trace::stop::STORE_BAD_ADDRESS;
use crate::trace::stop::STORE_NO_CREDENTIAL;
use crate::trace::stop::STORE_NOT_EXCHANGED;
use crate::trace::stop::STORE_TOKEN_REFUSED;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR670",
    name: "gcs-credential",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Environment,
    yields_to: &[],
    title: "GCS credential or URL shape",
    page: include_str!("tfr670_gcs_credential.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, getter, code, words) in store_stops(case.trace) {
        if getter != "gcs" {
            continue;
        }
        let (reason, summary) = match code {
            STORE_BAD_ADDRESS => (
                "shape",
                "The client cannot read bucket and object from this GCS address.",
            ),
            STORE_NO_CREDENTIAL => ("credential", "No Google credential was found."),
            STORE_TOKEN_REFUSED | "InvalidToken" => (
                "token",
                "The Google credential is refused, or gives no token.",
            ),
            STORE_NOT_EXCHANGED => (
                "not-exchanged",
                "The Google credential is of a kind that this tool does not exchange for a token.",
            ),
            _ => continue,
        };
        let owner = address_owner(case.trace, &step.key.subject);
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.client_says("init", words.shown().clone());
        finding.reason(reason);
        if let Some(origin) = store_of(step).and_then(|store| store.key_origin.clone()) {
            finding.evidence("token", format!("from {}", visible(&origin)));
        }
        match reason {
            "shape" => {
                finding.owner(owner).fix(
                    Fix::tell(owner, "write the whole address of the object")
                        .value("gcs::https://www.googleapis.com/storage/v1/BUCKET/OBJECT"),
                );
            }
            "not-exchanged" => {
                finding
                    .severity(Severity::Inconclusive)
                    .explain("The client exchanges it; whether that works is not known here.");
                finding.fix(
                    Fix::tell(Owner::Environment, "give this tool a token").command(
                        "export GOOGLE_OAUTH_ACCESS_TOKEN=\"$(gcloud auth print-access-token)\"",
                    ),
                );
            }
            _ => {
                finding.fix(
                    Fix::tell(Owner::Environment, "give the job default credentials")
                        .command("gcloud auth application-default login"),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::archive_package;
    use crate::rules::testing::foreign;
    use crate::rules::testing::package;
    use crate::trace::End;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;

    fn story(getter: &str, code: &str) -> Story {
        let mut fact = archive_package(None);
        fact.getter = getter.to_owned();
        let stop = Stop::Store {
            code: code.to_owned(),
            words: foreign(""),
        };
        Story::direct().step(
            Stage::Fetch,
            package(),
            Vec::new(),
            vec![Fact::Package(fact)],
            End::Stopped(stop),
        )
    }

    #[test]
    fn a_missing_credential_and_a_short_address_fire() {
        assert_eq!(story("gcs", "NoCredentialProviders").codes(), ["TFR670"]);
        assert_eq!(story("gcs", "InvalidAddress").codes(), ["TFR670"]);
        assert_eq!(story("gcs", "TokenRefused").codes(), ["TFR670"]);
        assert_eq!(story("gcs", "NotExchanged").codes(), ["TFR670"]);
    }

    #[test]
    fn an_s3_address_is_quiet() {
        assert!(!story("s3", "InvalidAddress").fires(&RULE));
    }
}
