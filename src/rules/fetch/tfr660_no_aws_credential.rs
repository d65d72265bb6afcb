//! An S3 source, and no access key to ask with.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
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
    for (step, getter, code, words) in store_stops(case.trace) {
        if getter != "s3" || code != STORE_NO_CREDENTIAL {
            continue;
        }
        let summary = "No AWS access key was found at any place where the client looks.";
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
            finding.explain(
                "It looks at the address, the environment, the shared files, the container and the instance, in this order.",
            );
        }
        finding.evidence_lines("tried", tried(words.raw()));
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

/// The places that were asked, as lines.
fn tried(words: &str) -> Vec<String> {
    let (_, places) = words.split_once(": ").unwrap_or_default();
    places
        .split("; ")
        .filter(|place| !place.is_empty())
        .map(visible)
        .collect()
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
