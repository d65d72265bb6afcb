//! A registry redirects in a loop, or more often than the client follows.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::asked_for;
use crate::rules::common::count;
use crate::rules::common::registry_stops;
use crate::rules::common::status_text;
use crate::trace::Exchange;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Step;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR309",
    name: "discovery-redirects",
    stage: PublicStage::Discovery,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &["TFR208"],
    title: "Redirect loop or many hops",
    page: include_str!("tfr309_discovery_redirects.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in registry_stops(case.trace) {
        let reason = match stop {
            Stop::Redirects { .. } => "too-many",
            Stop::BadRedirect(_) => "broken",
            _ => continue,
        };
        let what = if reason == "broken" {
            "a redirect that cannot be followed"
        } else {
            "more redirects than the client follows"
        };
        let summary = format!("On the way to {} there is {what}.", asked_for(step));
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .reason(reason)
            .stage(step.key.stage.public())
            .evidence_lines("hops", hops(step));
        finding.requests_of(step);
        finding.client_says(
            "init",
            if step.key.stage == Stage::Discovery {
                "too many redirects"
            } else {
                "stopped after 10 redirects"
            },
        );
        finding.tell(
            Owner::Registry,
            format!("answer {} directly", asked_for(step)),
        );
    }
    for step in case.trace.stage(Stage::Discovery) {
        let redirects = step.exchanges().filter(|exchange| exchange.hop > 0).count();
        if step.stop().is_some() || redirects < 2 {
            continue;
        }
        let summary = format!(
            "The discovery document lies behind {}.",
            count(redirects, "redirect")
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .aside()
            .reason("several")
            .evidence_lines("hops", hops(step));
        finding.explain("The documents promise one redirect; the fourth one ends the way.");
        finding.tell(Owner::Registry, "serve the document directly");
    }
}

fn hops(step: &Step) -> Vec<String> {
    let line = |exchange: &Exchange| {
        let status = exchange
            .status()
            .map_or_else(|| "no reply".to_owned(), status_text);
        format!("{status}  {}", visible(&exchange.sent.url))
    };
    step.exchanges().take(12).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::finding::Severity;
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::host;
    use crate::trace::End;
    use crate::trace::Exchange;
    use crate::trace::Stage;
    use crate::trace::Stop;

    fn hop(number: u32) -> Exchange {
        let mut exchange = answered(302, &[], "");
        exchange.hop = number;
        exchange
    }

    #[test]
    fn too_many_redirects_fire() {
        let stop = Stop::Redirects { limit: 3 };
        assert_eq!(
            Story::registry()
                .stop(Stage::Discovery, host(), stop)
                .codes(),
            ["TFR309"]
        );
    }

    #[test]
    fn two_redirects_are_a_warning_and_one_is_quiet() {
        let chain = |hops: u32| {
            Story::registry().step(
                Stage::Discovery,
                host(),
                (0..=hops).map(hop).collect(),
                Vec::new(),
                End::Done,
            )
        };
        assert_eq!(
            chain(2)
                .findings(&RULE)
                .first()
                .map(|finding| finding.severity),
            Some(Severity::Warning)
        );
        assert!(!chain(1).fires(&RULE));
    }
}
