//! Nothing accepts the connection, or it hangs up.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::asked_for;
use crate::rules::common::code;
use crate::rules::common::failures;
use crate::rules::common::peer_of;
use crate::trace::PublicStage;
use crate::trace::exchange::ConnectFailure;
use crate::trace::exchange::Failure;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR202",
    name: "connection-refused",
    stage: PublicStage::Network,
    severity: Severity::Error,
    owner: Owner::Network,
    yields_to: &[
        "TFR203", "TFR204", "TFR205", "TFR206", "TFR209", "TFR212", "TFR014",
    ],
    title: "Connection refused, reset or unreachable",
    page: include_str!("tfr202_connection_refused.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, failure) in failures(case.trace) {
        let (reason, words) = match failure {
            Failure::Connect(ConnectFailure::Refused) => ("refused", "connection refused"),
            Failure::Connect(ConnectFailure::Reset) => ("reset", "connection reset by peer"),
            Failure::Connect(ConnectFailure::Unreachable) => ("unreachable", "no route to host"),
            Failure::Connect(ConnectFailure::Other) => ("other", "connection failed"),
            Failure::Closed => ("closed", "EOF"),
            Failure::Lookup(_)
            | Failure::Certificate(_)
            | Failure::Handshake(_)
            | Failure::NotTls
            | Failure::Timeout { .. }
            | Failure::Malformed(_)
            | Failure::ShortBody { .. }
            | Failure::Coding(_)
            | Failure::Proxy(_)
            | Failure::Limit { .. }
            | Failure::Forbidden(_)
            | Failure::BadUrl(_)
            | Failure::BadHeader { .. }
            | Failure::Disk(_)
            | Failure::Other(_) => continue,
        };
        let (about, peer) = peer_of(step);
        let summary = format!(
            "{} does not accept the connection for {}: {words}.",
            code(&peer),
            asked_for(step)
        );
        let Some(finding) = found.cause(&RULE, case, &about, step, summary) else {
            continue;
        };
        finding.requests_of(step);
        finding.reason(reason);
        if let Some(exchange) = step.last_exchange() {
            let addresses: Vec<String> =
                exchange.addresses.iter().map(ToString::to_string).collect();
            if !addresses.is_empty() {
                finding.evidence_lines("addresses", addresses);
            }
        }
        finding.client_says(
            "init",
            match reason {
                "closed" => "EOF".to_owned(),
                _ => format!("dial tcp: connect: {words}"),
            },
        );
        finding.tell(
            Owner::Network,
            "open the port on the way: listener, firewall, route",
        );
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
    use crate::trace::exchange::ConnectFailure;
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
            failing(Failure::Connect(ConnectFailure::Refused)).codes(),
            ["TFR202"]
        );
    }

    #[test]
    fn another_failure_is_quiet() {
        assert!(!failing(Failure::NotTls).fires(&RULE));
    }
}
