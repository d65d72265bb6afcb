//! The discovery document came from another host, and the registry moves there.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::facts;
use crate::rules::common::ladder_of;
use crate::trace::Fact;
use crate::trace::PublicStage;
use crate::trace::fact::RungState;
use crate::trace::fact::ServiceFrom;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR962",
    name: "discovery-moves-host",
    stage: PublicStage::Discovery,
    severity: Severity::Warning,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Discovery redirect moves the registry to another host",
    page: include_str!("tfr962_discovery_moves_host.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, fact) in facts(case.trace) {
        let Fact::Service {
            url,
            written,
            from: ServiceFrom::Document { asked, answered },
        } = fact
        else {
            continue;
        };
        let (Some(origin), Some(target)) = (origin_of(asked), origin_of(answered)) else {
            continue;
        };
        let host = step.key.subject.name();
        let is_relative = !written.raw().contains("://");
        let has_token = ladder_of(case.trace, host)
            .into_iter()
            .flatten()
            .any(|rung| rung.state == RungState::Used);
        if origin.1 == target.1 || !(is_relative || has_token) {
            continue;
        }
        let summary = format!(
            "Discovery of {} is redirected to {}, which is the registry from then on.",
            code(host),
            code(&target.1)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.aside();
        if target.0 == "http" {
            finding.severity(Severity::Error);
        }
        finding.evidence_lines("hops", vec![visible(asked), visible(answered)]);
        finding.evidence("base", url.shown());
        if is_relative {
            finding.explain("A relative base URL counts from the address that answered last.");
        }
        if has_token {
            finding.explain(
                "The token of the first host is sent to the other one with every further request.",
            );
        }
        finding.tell(
            Owner::Registry,
            "name an absolute https base URL on the intended host",
        );
    }
}

/// Scheme, and host with port.
fn origin_of(url: &str) -> Option<(&str, String)> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?.to_ascii_lowercase();
    let port = if scheme == "https" { ":443" } else { ":80" };
    let bare = authority
        .strip_suffix(port)
        .unwrap_or(&authority)
        .to_owned();
    Some((scheme, bare))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::finding::Severity;
    use crate::rules::testing::Story;
    use crate::rules::testing::host;
    use crate::rules::testing::service;
    use crate::trace::Stage;

    fn story(written: &str, answered: &str) -> Story {
        Story::registry().fact(
            Stage::Discovery,
            host(),
            service(written, "https://x/v1/", answered),
        )
    }

    #[test]
    fn a_document_from_another_host_fires() {
        let severity = |story: Story| {
            story
                .findings(&RULE)
                .first()
                .map(|finding| finding.severity)
        };
        assert_eq!(
            severity(story("/v1/", "https://other.example.com/t.json")),
            Some(Severity::Warning)
        );
        assert_eq!(
            severity(story("/v1/", "http://other.example.com/t.json")),
            Some(Severity::Error)
        );
    }

    #[test]
    fn an_absolute_base_without_token_and_the_same_host_are_quiet() {
        assert!(
            !story(
                "https://reg.example.com/v1/",
                "https://other.example.com/t.json"
            )
            .fires(&RULE)
        );
        assert!(!story("/v1/", "https://reg.example.com:443/t.json").fires(&RULE));
    }
}
