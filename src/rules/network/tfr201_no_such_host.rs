//! A name does not resolve.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::failures;
use crate::rules::common::peer_of;
use crate::trace::PublicStage;
use crate::trace::exchange::Failure;
use crate::trace::exchange::LookupFailure;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR201",
    name: "no-such-host",
    stage: PublicStage::Network,
    severity: Severity::Error,
    owner: Owner::Network,
    yields_to: &["TFR209"],
    title: "Name does not resolve",
    page: include_str!("tfr201_no_such_host.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, failure) in failures(case.trace) {
        let Failure::Lookup(problem) = failure else {
            continue;
        };
        let (reason, words) = match problem {
            LookupFailure::NotFound => ("not-found", "there is no such name"),
            LookupFailure::NoAddress => ("no-address", "the name has no address"),
            LookupFailure::Timeout => ("timeout", "the resolver does not answer"),
            LookupFailure::Other(_) => ("other", "the resolver reports a failure"),
        };
        let (about, peer) = peer_of(step);
        let summary = format!("The name of {} cannot be looked up: {words}.", code(&peer));
        let Some(finding) = found.cause(&RULE, case, &about, step, summary) else {
            continue;
        };
        finding.requests_of(step);
        finding.reason(reason);
        if let LookupFailure::Other(text) = problem {
            finding.evidence("resolver", text.shown());
        }
        let name = peer.split(':').next().unwrap_or_default();
        finding.client_says(
            "init",
            format!("dial tcp: lookup {}: no such host", visible(name)),
        );
        if is_example(name) {
            finding.explain("The name looks like the one of an example.");
            finding.tell(Owner::Configuration, "write the name of your registry");
        } else {
            finding.tell(
                Owner::Network,
                "make the name resolve here: spelling, VPN, internal zone, resolver",
            );
        }
    }
}

fn is_example(name: &str) -> bool {
    let is_reserved = |zone: &str| name == zone || name.ends_with(&format!(".{zone}"));
    ["example.com", "example.org", "example.net"]
        .into_iter()
        .any(is_reserved)
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
    use crate::trace::exchange::LookupFailure;

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
            failing(Failure::Lookup(LookupFailure::NotFound)).codes(),
            ["TFR201"]
        );
    }

    #[test]
    fn another_failure_is_quiet() {
        assert!(!failing(Failure::Closed).fires(&RULE));
    }
}
