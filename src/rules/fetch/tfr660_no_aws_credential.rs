//! An S3 source, and no access key to ask with.

use crate::finding::Case;
use crate::finding::Confidence;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::store_of;
use crate::rules::common::store_stops;
use crate::trace::PublicStage;
use crate::trace::stop::STORE_NO_CREDENTIAL;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR660",
    name: "no-aws-credential",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Environment,
    yields_to: &[],
    title: "No usable AWS credential, typically SSO",
    page: include_str!("tfr660_no_aws_credential.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, getter, code, _) in store_stops(case.trace) {
        if getter != "s3" || code != STORE_NO_CREDENTIAL {
            continue;
        }
        let summary =
            "No AWS access key was found in the address, the environment or the shared files.";
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.client_says(
            "init",
            "NoCredentialProviders: no valid providers in chain. Deprecated.",
        );
        if store_of(step).is_some_and(|store| store.sso) {
            finding.reason("sso").explain(
                "The profile gets its key by single sign-on, which the library inside the client does not read.",
            );
        } else {
            finding.confidence(Confidence::Likely).explain(
                "The role of an instance or a container may still give one there: those services are not asked here.",
            );
        }
        finding.fix(
            Fix::tell(
                Owner::Environment,
                "export temporary keys before the client runs",
            )
            .command("eval \"$(aws configure export-credentials --format env)\""),
        );
        finding.tell(Owner::Registry, "or serve the archive by https");
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
    fn a_missing_key_fires() {
        assert_eq!(story("NoCredentialProviders").codes(), ["TFR660"]);
    }

    #[test]
    fn a_refused_key_is_quiet() {
        assert!(!story("SignatureDoesNotMatch").fires(&RULE));
    }
}
