//! The TLS handshake fails for another reason than the certificate.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::code;
use crate::rules::common::failures;
use crate::rules::common::peer_of;
use crate::trace::End;
use crate::trace::PublicStage;
use crate::trace::Unsure;
use crate::trace::exchange::Failure;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR212",
    name: "tls-handshake",
    stage: PublicStage::Network,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "TLS handshake fails for another reason",
    page: include_str!("tfr212_tls_handshake.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, failure) in failures(case.trace) {
        let Failure::Handshake(words) = failure else {
            continue;
        };
        let (about, peer) = peer_of(step);
        let summary = format!("The TLS handshake with {} fails.", code(&peer));
        let Some(finding) = found.cause(&RULE, case, &about, step, summary) else {
            continue;
        };
        finding.evidence("tls", words.shown()).requests_of(step);
        finding.client_says("init", "remote error: tls: handshake failure");
        finding.tell(
            Owner::Registry,
            "offer TLS 1.2 or 1.3 with current ciphers, and demand no client certificate",
        );
    }
    for step in &case.trace.steps {
        let End::Unsure(Unsure::CannotSpeak(words)) = &step.end else {
            continue;
        };
        let (about, peer) = peer_of(step);
        let summary = format!(
            "This tool cannot speak what {} speaks, so it cannot tell.",
            code(&peer)
        );
        if let Some(finding) = found.cause(&RULE, case, &about, step, summary) {
            finding
                .severity(Severity::Inconclusive)
                .reason("cannot-speak")
                .evidence("tls", words.shown());
            finding.tell(Owner::Registry, "offer TLS 1.2 or 1.3 with current ciphers");
        }
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
            failing(Failure::Handshake(foreign(
                "protocol version not supported"
            )))
            .codes(),
            ["TFR212"]
        );
    }

    #[test]
    fn another_failure_is_quiet() {
        assert!(!failing(Failure::NotTls).fires(&RULE));
    }
}
