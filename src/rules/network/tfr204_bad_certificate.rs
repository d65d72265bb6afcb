//! The certificate is for other names, or not valid now.

use crate::finding::Case;
use crate::finding::Confidence;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::Foreign;
use crate::rules::common::code;
use crate::rules::common::failures;
use crate::rules::common::peer_of;
use crate::trace::PublicStage;
use crate::trace::exchange::CertificateFailure;
use crate::trace::exchange::Failure;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR204",
    name: "bad-certificate",
    stage: PublicStage::Network,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Certificate name or dates wrong",
    page: include_str!("tfr204_bad_certificate.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, failure) in failures(case.trace) {
        let Failure::Certificate(problem) = failure else {
            continue;
        };
        let (reason, words) = match problem {
            CertificateFailure::UnknownIssuer => continue,
            CertificateFailure::WrongName => ("wrong-name", "is for other names"),
            CertificateFailure::Expired => ("expired", "has expired"),
            CertificateFailure::NotYetValid => ("not-yet-valid", "is not valid yet"),
            CertificateFailure::Other(_) => ("other", "cannot be accepted"),
        };
        let (about, peer) = peer_of(step);
        let summary = format!("The certificate of {} {words}.", code(&peer));
        let Some(finding) = found.cause(&RULE, case, &about, step, summary) else {
            continue;
        };
        finding.requests_of(step);
        finding.reason(reason);
        if let CertificateFailure::Other(text) = problem {
            finding
                .confidence(Confidence::Likely)
                .evidence("verifier", text.shown());
        }
        let host = step
            .last_exchange()
            .and_then(|exchange| exchange.tls.as_ref())
            .and_then(|tls| tls.chain.first());
        if let Some(certificate) = host {
            let names: Vec<String> = certificate
                .names
                .iter()
                .take(10)
                .map(Foreign::shown)
                .collect();
            finding.evidence_lines("names", names);
        }
        finding.client_says("init", match reason {
            "wrong-name" => format!("tls: failed to verify certificate: x509: certificate is valid for other names, not {peer}"),
            _ => "tls: failed to verify certificate: x509: certificate has expired or is not yet valid".to_owned(),
        });
        finding.tell(
            Owner::Registry,
            format!(
                "issue a certificate that is valid now and names {}",
                code(&peer)
            ),
        );
        if reason == "not-yet-valid" {
            finding.tell(
                Owner::Environment,
                "compare this machine's clock with the true time",
            );
        }
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
    use crate::trace::exchange::CertificateFailure;
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
            failing(Failure::Certificate(CertificateFailure::Expired)).codes(),
            ["TFR204"]
        );
    }

    #[test]
    fn another_failure_is_quiet() {
        assert!(!failing(Failure::Certificate(CertificateFailure::UnknownIssuer)).fires(&RULE));
    }
}
