//! No trusted root signed the certificate.

use crate::finding::Case;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::asked_for;
use crate::rules::common::code;
use crate::rules::common::failures;
use crate::rules::common::peer_of;
use crate::trace::PublicStage;
use crate::trace::Step;
use crate::trace::exchange::CertificateFailure;
use crate::trace::exchange::Failure;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR203",
    name: "untrusted-certificate",
    stage: PublicStage::Network,
    severity: Severity::Error,
    owner: Owner::Environment,
    yields_to: &[],
    title: "Certificate issuer not trusted",
    page: include_str!("tfr203_untrusted_certificate.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, failure) in failures(case.trace) {
        let Failure::Certificate(CertificateFailure::UnknownIssuer) = failure else {
            continue;
        };
        let (about, peer) = peer_of(step);
        let summary = format!(
            "The certificate of {} is signed by an authority that this machine does not trust.",
            code(&peer)
        );
        let Some(finding) = found.cause(&RULE, case, &about, step, summary) else {
            continue;
        };
        finding.requests_of(step);
        finding.explain(format!(
            "It was refused when {} was asked for.",
            asked_for(step)
        ));
        finding.client_says(
            "init",
            "tls: failed to verify certificate: x509: certificate signed by unknown authority",
        );
        describe(step, finding);
        finding.tell(
            Owner::Environment,
            "name the authority's file in `SSL_CERT_FILE` (Linux), or add it to the system's store",
        );
        finding.tell(
            Owner::Environment,
            "git has its own setting: `GIT_SSL_CAINFO`",
        );
    }
}

fn describe(step: &Step, finding: &mut Finding) {
    let Some(tls) = step
        .last_exchange()
        .and_then(|exchange| exchange.tls.as_ref())
    else {
        return;
    };
    let chain: Vec<String> = tls
        .chain
        .iter()
        .map(|one| format!("{}, issued by {}", one.subject.shown(), one.issuer.shown()))
        .collect();
    if let [only] = tls.chain.as_slice() {
        if only.self_signed {
            finding
                .reason("self-signed")
                .explain("The certificate signed itself.");
        } else {
            finding.reason("single").explain(
                "The server sent one certificate only: the intermediate one may be missing.",
            );
            finding.tell(Owner::Registry, "send the whole chain");
        }
    }
    if !chain.is_empty() {
        finding.evidence_lines("certificates", chain);
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
            failing(Failure::Certificate(CertificateFailure::UnknownIssuer)).codes(),
            ["TFR203"]
        );
    }

    #[test]
    fn another_failure_is_quiet() {
        assert!(!failing(Failure::Certificate(CertificateFailure::Expired)).fires(&RULE));
    }
}
