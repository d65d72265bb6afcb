//! A token would be sent to a base URL without TLS.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::finding::Trial;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::facts;
use crate::rules::common::ladder_of;
use crate::trace::Fact;
use crate::trace::PublicStage;
use crate::trace::fact::RungState;
use crate::trace::fact::ServiceFrom;
use std::net::IpAddr;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR960",
    name: "token-in-clear",
    stage: PublicStage::Discovery,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Token would travel in clear text",
    page: include_str!("tfr960_token_in_clear.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, fact) in facts(case.trace) {
        let Fact::Service { url, from, .. } = fact else {
            continue;
        };
        let host = step.key.subject.name();
        let rung = ladder_of(case.trace, host)
            .into_iter()
            .flatten()
            .find(|rung| rung.state == RungState::Used);
        let Some(rung) = rung.filter(|_| is_clear(url.raw())) else {
            continue;
        };
        let summary = format!(
            "The client would send the token for {} in clear text to {}.",
            code(host),
            code(url.raw())
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.explains_stop = false;
        if matches!(from, ServiceFrom::HostBlock(_)) {
            finding.owner(Owner::Environment);
        }
        finding
            .evidence("credential", visible(&rung.name))
            .evidence("base", url.shown());
        finding.explain("It does so without a word, and everyone on the way can read it. This tool asked without the token.");
        let owner = finding.owner;
        let safe = url.raw().replacen("http://", "https://", 1);
        let trial = Trial::ServiceUrl {
            host: host.to_owned(),
            url: safe.clone(),
        };
        finding.fix(
            Fix::tell(owner, "serve the registry with TLS")
                .value(visible(&safe))
                .trial(trial),
        );
    }
}

/// Whether a URL has no TLS and does not stay on this machine.
fn is_clear(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else {
        return false;
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let name = match authority.strip_prefix('[') {
        Some(inner) => inner.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let is_loopback = name
        .parse::<IpAddr>()
        .is_ok_and(|address| address.is_loopback());
    !is_loopback && name != "localhost"
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::host;
    use crate::rules::testing::rung;
    use crate::rules::testing::service;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::fact::RungKind;
    use crate::trace::fact::RungState;

    fn story(url: &str) -> Story {
        let ladder = vec![rung(
            RungKind::Variable,
            "TF_TOKEN_reg_example_com",
            RungState::Used,
            Some("a41f"),
        )];
        Story::registry()
            .fact(Stage::Credentials, host(), Fact::Ladder(ladder))
            .fact(
                Stage::Discovery,
                host(),
                service(
                    url,
                    url,
                    "https://reg.example.com/.well-known/terraform.json",
                ),
            )
    }

    #[test]
    fn a_token_to_plain_http_fires() {
        assert!(story("http://reg.example.com/v1/").fires(&RULE));
    }

    #[test]
    fn tls_and_this_machine_are_quiet() {
        assert!(!story("https://reg.example.com/v1/").fires(&RULE));
        assert!(!story("http://127.0.0.1:8080/v1/").fires(&RULE));
    }
}
