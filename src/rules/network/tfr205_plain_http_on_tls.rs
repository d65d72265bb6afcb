//! Plain HTTP where TLS is expected.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::code;
use crate::rules::common::failures;
use crate::rules::common::peer_of;
use crate::trace::PublicStage;
use crate::trace::exchange::Failure;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR205",
    name: "plain-http-on-tls",
    stage: PublicStage::Network,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Plain HTTP where TLS is required",
    page: include_str!("tfr205_plain_http_on_tls.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, failure) in failures(case.trace) {
        let Failure::NotTls = failure else {
            continue;
        };
        let (about, peer) = peer_of(step);
        let summary = format!("{} speaks plain HTTP where TLS is expected.", code(&peer));
        let Some(finding) = found.cause(&RULE, case, &about, step, summary) else {
            continue;
        };
        finding.requests_of(step);
        finding.client_says(
            "init",
            "tls: first record does not look like a TLS handshake",
        );
        finding.tell(Owner::Registry, "put TLS in front of that port");
        finding.tell(Owner::Environment, "for development, a `host` block with an `http://` base URL: only discovery demands TLS");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::failed;
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
        assert_eq!(failing(Failure::NotTls).codes(), ["TFR205"]);
    }

    #[test]
    fn another_failure_is_quiet() {
        assert!(!failing(Failure::Closed).fires(&RULE));
    }
}
