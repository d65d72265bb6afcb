//! The archive comes over plain http from another machine, and no checksum says what it should be.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::authority;
use crate::rules::common::code;
use crate::rules::fetched::address_of;
use crate::rules::fetched::is_loopback;
use crate::rules::fetched::named_owner;
use crate::trace::PublicStage;
use crate::trace::Stage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR963",
    name: "http-without-checksum",
    stage: PublicStage::Package,
    severity: Severity::Warning,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Code over http without checksum",
    page: include_str!("tfr963_http_without_checksum.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for step in case.trace.stage(Stage::Fetch) {
        let Some(fact) = address_of(step) else {
            continue;
        };
        let open = step.exchanges().find(|exchange| {
            exchange.sent.method == "GET"
                && exchange.sent.scheme == "http"
                && !is_loopback(&exchange.sent.host)
        });
        let Some(open) = open
            .filter(|_| step.stop().is_none() && fact.archive.is_some() && fact.checksum.is_none())
        else {
            continue;
        };
        let summary = format!(
            "The archive comes from {} over http, and no checksum says what it should be.",
            code(&authority(open))
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.aside().owner(named_owner(case.trace, step));
        finding
            .evidence("address", visible(&open.sent.url))
            .requests_of(step);
        finding.explain("Whoever is in between can put other code into it.");
        finding.tell(Owner::Registry, "serve the archive over https");
        finding.fix(Fix::tell(finding.owner, "or state its checksum").value("checksum=sha256:HEX"));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::archive_package;
    use crate::rules::testing::package;
    use crate::rules::testing::sent_to;
    use crate::rules::testing::stored;
    use crate::trace::End;
    use crate::trace::Fact;
    use crate::trace::Stage;

    fn story(host: &str) -> Story {
        let exchange = sent_to(stored(&[], b"\x1f\x8b"), "http", host, 80);
        Story::registry().step(
            Stage::Fetch,
            package(),
            vec![exchange],
            vec![Fact::Package(archive_package(Some("tar.gz")))],
            End::Done,
        )
    }

    #[test]
    fn another_machine_fires() {
        assert_eq!(story("cdn.example.com").codes(), ["TFR963"]);
    }

    #[test]
    fn this_machine_is_quiet() {
        assert!(!story("127.0.0.1").fires(&RULE));
    }
}
