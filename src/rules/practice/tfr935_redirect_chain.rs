//! A request is redirected more than three times. Each hop costs time, and clients give up after nine.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::authority;
use crate::rules::common::code;
use crate::rules::common::status_text;
use crate::rules::fetched::beside;
use crate::trace::PublicStage;
use crate::trace::Stage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR935",
    name: "redirect-chain",
    stage: PublicStage::Package,
    severity: Severity::Note,
    owner: Owner::Registry,
    yields_to: &["TFR309", "TFR504", "TFR539", "TFR613"],
    title: "Long redirect chains",
    page: include_str!("tfr935_redirect_chain.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for step in &case.trace.steps {
        let longest = step.exchanges().max_by_key(|exchange| exchange.hop);
        let Some(last) = longest.filter(|exchange| exchange.hop > 3) else {
            continue;
        };
        if step.key.stage == Stage::Discovery {
            continue;
        }
        let summary = format!("{} redirects lead to {}.", last.hop, code(&authority(last)));
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        let hops = step
            .exchanges()
            .filter(|exchange| exchange.sent.method == last.sent.method)
            .map(|exchange| {
                let seen = exchange
                    .status()
                    .map_or_else(|| "no reply".to_owned(), status_text);
                format!("{seen}  {}", visible(&exchange.sent.url))
            });
        finding.evidence_lines("hops", hops.take(12).collect());
        beside(step, finding).stage(step.key.stage.public());
        finding.explain("Clients follow nine.");
        finding.tell(Owner::Registry, "name the last address of the chain");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::package;
    use crate::trace::Stage;

    fn story(hop: u32) -> Story {
        let mut exchange = answered(200, &[], "");
        exchange.hop = hop;
        Story::direct().asked(Stage::Fetch, package(), exchange)
    }

    #[test]
    fn a_long_chain_fires() {
        assert_eq!(story(4).codes(), ["TFR935"]);
    }

    #[test]
    fn three_hops_are_quiet() {
        assert!(!story(3).fires(&RULE));
    }
}
