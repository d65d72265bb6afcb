//! The archive lies on a third host that cannot be reached.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::authority;
use crate::rules::common::code;
use crate::rules::common::failures;
use crate::rules::common::peer_of;
use crate::rules::common::registry_hosts;
use crate::rules::common::registry_named;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::exchange::Failure;
use crate::trace::exchange::Phase;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR209",
    name: "archive-host-unreachable",
    stage: PublicStage::Network,
    severity: Severity::Error,
    owner: Owner::Network,
    yields_to: &["TFR203", "TFR204", "TFR205", "TFR206", "TFR212", "TFR530"],
    title: "Registry reachable, archive host not",
    page: include_str!("tfr209_archive_host_unreachable.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, failure) in failures(case.trace) {
        let reaches = match failure {
            Failure::Lookup(_) | Failure::Connect(_) | Failure::Closed => false,
            Failure::Timeout { phase, .. } => {
                !matches!(phase, Phase::Dns | Phase::Connect | Phase::Tls)
            }
            Failure::Certificate(_)
            | Failure::Handshake(_)
            | Failure::NotTls
            | Failure::Malformed(_)
            | Failure::ShortBody { .. }
            | Failure::Coding(_)
            | Failure::Proxy(_)
            | Failure::Limit { .. }
            | Failure::Forbidden(_)
            | Failure::BadUrl(_)
            | Failure::BadHeader { .. }
            | Failure::Disk(_)
            | Failure::Other(_) => true,
        };
        let hosts = registry_hosts(case.trace);
        let third = step
            .last_exchange()
            .map(authority)
            .filter(|host| !hosts.contains(host));
        if reaches
            || step.key.stage != Stage::Fetch
            || third.is_none()
            || !registry_named(case.trace, &step.key.subject)
        {
            continue;
        }
        let (about, peer) = peer_of(step);
        let summary = format!(
            "The registry answers, but {}, where it says the package is, cannot be reached.",
            code(&peer)
        );
        let Some(finding) = found.cause(&RULE, case, &about, step, summary) else {
            continue;
        };
        finding.requests_of(step);
        finding.explain("Rules for outgoing traffic often list the registry only.");
        let mut hosts = hosts;
        hosts.push(peer.clone());
        finding.evidence_lines("hosts", hosts.iter().map(|host| visible(host)).collect());
        finding.client_says("init", "Failed to download module");
        finding.tell(
            Owner::Network,
            format!("allow connections to {}", code(&peer)),
        );
        finding.tell(
            Owner::Registry,
            "or answer locations on a host that users can reach",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::HOST;
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::failed;
    use crate::rules::testing::module;
    use crate::rules::testing::package;
    use crate::rules::testing::sent_to;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::exchange::ConnectFailure;
    use crate::trace::exchange::Failure;

    fn unreachable(host: &str) -> Story {
        let failure = Failure::Connect(ConnectFailure::Refused);
        Story::registry()
            .asked(Stage::Versions, module(), answered(200, &[], "{}"))
            .stop_after(
                Stage::Fetch,
                package(),
                sent_to(failed(failure.clone()), "https", host, 443),
                Stop::Failed(failure),
            )
    }

    #[test]
    fn a_third_host_fires() {
        assert_eq!(unreachable("cdn.example.com").codes(), ["TFR209"]);
    }

    #[test]
    fn the_registry_itself_is_quiet() {
        assert_eq!(unreachable(HOST).codes(), ["TFR202"]);
    }
}
