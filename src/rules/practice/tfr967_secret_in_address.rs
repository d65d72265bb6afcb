//! A user with a password, a token or a key stands in an address. Only the names of the parameters are shown.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::packages;
use crate::rules::fetched::beside;
use crate::rules::fetched::named_owner;
use crate::rules::fetched::query_pairs;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR967",
    name: "secret-in-address",
    stage: PublicStage::Package,
    severity: Severity::Warning,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "Secret inside an address",
    page: include_str!("tfr967_secret_in_address.md"),
    check,
};

/// Parameters that carry a secret.
const SECRETS: [&str; 11] = [
    "token",
    "access_token",
    "private_token",
    "job_token",
    "password",
    "api_key",
    "apikey",
    "sshkey",
    "aws_access_key_id",
    "aws_access_key_secret",
    "aws_access_token",
];
/// Signatures: what a registry hands out for a short while, and what nobody should write down.
const SIGNATURES: [&str; 4] = ["x-amz-signature", "x-goog-signature", "signature", "sig"];

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, fact) in packages(case.trace) {
        let address = fact.address.raw();
        let by_caller = named_owner(case.trace, step) == Owner::Configuration;
        let mut seen: Vec<String> = query_pairs(address)
            .into_iter()
            .filter(|(name, value)| !value.is_empty() && is_secret(name, by_caller))
            .map(|(name, _)| visible(name))
            .collect();
        if has_user(address) {
            seen.insert(0, "user name and password".to_owned());
        }
        if seen.is_empty() {
            continue;
        }
        let summary = format!("The address holds a secret: {}.", seen.join(", "));
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        beside(step, finding).owner(if by_caller {
            Owner::Configuration
        } else {
            Owner::Registry
        });
        finding.stage(if by_caller {
            PublicStage::Config
        } else {
            PublicStage::Location
        });
        finding.evidence_lines("parts", seen);
        finding.explain("Addresses are printed in errors, and a source ends up in `modules.json`.");
        if by_caller {
            finding.tell(Owner::Configuration, "take it out of the source");
            finding.tell(
                Owner::Environment,
                "give it to netrc, to a helper of git or to the environment",
            );
        } else {
            finding.tell(
                Owner::Registry,
                "answer links with a signature of short life",
            );
        }
    }
}

fn is_secret(name: &str, by_caller: bool) -> bool {
    let name = name.to_ascii_lowercase();
    SECRETS.contains(&name.as_str()) || (by_caller && SIGNATURES.contains(&name.as_str()))
}

/// Whether an address has a user with a password, or over http any user.
fn has_user(address: &str) -> bool {
    let Some((scheme, rest)) = address.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_http = scheme.rsplit("::").next().is_some_and(|scheme| {
        scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
    });
    authority
        .rsplit_once('@')
        .is_some_and(|(user, _)| user.contains(':') || (is_http && !matches!(user, "" | "git")))
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

    fn addressed(address: &str) -> Story {
        let mut fact = archive_package(Some("zip"));
        fact.address = foreign(address);
        Story::direct().fact(Stage::Fetch, package(), Fact::Package(fact))
    }

    #[test]
    fn a_password_and_a_token_fire() {
        assert_eq!(
            addressed("https://me:***@cdn.example.com/sg.zip").codes(),
            ["TFR967"]
        );
        assert_eq!(
            addressed("https://cdn.example.com/sg.zip?token=***").codes(),
            ["TFR967"]
        );
    }

    #[test]
    fn it_does_not_explain_a_stop() {
        let mut fact = archive_package(Some("zip"));
        fact.address = foreign("https://me:***@cdn.example.com/sg.zip");
        let stop = Stop::Disk {
            path: "archive".to_owned(),
            word: "no space left on device".to_owned(),
        };
        let story = Story::direct().step(
            Stage::Fetch,
            package(),
            Vec::new(),
            vec![Fact::Package(fact)],
            End::Stopped(stop),
        );
        assert_eq!(story.codes(), ["TFR999", "TFR967"]);
    }

    #[test]
    fn an_account_of_ssh_is_quiet() {
        assert!(!addressed("git::ssh://git@example.com/sg.git?ref=v1").fires(&RULE));
    }
}
