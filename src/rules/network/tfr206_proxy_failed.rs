//! The proxy failed.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::failures;
use crate::rules::common::peer_of;
use crate::rules::common::shell_word;
use crate::trace::PublicStage;
use crate::trace::exchange::Failure;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR206",
    name: "proxy-failed",
    stage: PublicStage::Network,
    severity: Severity::Error,
    owner: Owner::Environment,
    yields_to: &[],
    title: "Proxy wrong, needed or unreachable",
    page: include_str!("tfr206_proxy_failed.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, failure) in failures(case.trace) {
        let Failure::Proxy(words) = failure else {
            continue;
        };
        let proxy = step
            .last_exchange()
            .and_then(|exchange| exchange.proxy.as_ref());
        let (about, peer) = peer_of(step);
        let summary = match proxy {
            Some(proxy) => format!(
                "The proxy {} from {} does not let {} through.",
                code(&proxy.url),
                visible(&proxy.rule),
                code(&peer)
            ),
            None => format!("A proxy does not let {} through.", code(&peer)),
        };
        let Some(finding) = found.cause(&RULE, case, &about, step, summary) else {
            continue;
        };
        finding.requests_of(step);
        finding.evidence("proxy", words.shown());
        finding.client_says("init", format!("proxyconnect tcp: {}", words.shown()));
        if words.raw().contains("407") {
            finding.reason("login").tell(
                Owner::Environment,
                "put user and password into the proxy's URL",
            );
        }
        if let Some(name) = proxy.and_then(|proxy| shell_word(&proxy.rule)) {
            finding.fix(
                Fix::tell(Owner::Environment, "if no proxy is needed")
                    .command(format!("unset {name}")),
            );
        }
        finding.fix(
            Fix::tell(Owner::Environment, "or except the host").value(format!("NO_PROXY={peer}")),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::failed;
    use crate::rules::testing::foreign;
    use crate::rules::testing::host;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::exchange::Failure;

    fn failing(failure: Failure) -> Story {
        Story::registry().stop_after(
            Stage::Discovery,
            host(),
            failed(failure.clone()),
            Stop::Failed(failure),
        )
    }

    #[test]
    fn the_failure_fires() {
        assert_eq!(
            failing(Failure::Proxy(foreign("connection refused"))).codes(),
            ["TFR206"]
        );
    }

    #[test]
    fn another_failure_is_quiet() {
        assert!(!failing(Failure::Closed).fires(&RULE));
    }
}
