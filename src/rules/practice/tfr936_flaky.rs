//! A request failed once and was answered when it was repeated, although the client would not repeat it.

use crate::client::Behaviour;
use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::asked_for;
use crate::rules::common::status_text;
use crate::trace::End;
use crate::trace::Exchange;
use crate::trace::PublicStage;
use crate::trace::Stage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR936",
    name: "flaky",
    stage: PublicStage::Discovery,
    severity: Severity::Warning,
    owner: Owner::Registry,
    yields_to: &["TFR410"],
    title: "Passed only on a later attempt",
    page: include_str!("tfr936_flaky.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for step in &case.trace.steps {
        if step.end != End::Done {
            continue;
        }
        let Some(client_tries) = client_tries(case, step.key.stage) else {
            continue;
        };
        let tries: Vec<&Exchange> = step
            .exchanges()
            .filter(|exchange| has_failed(exchange) || exchange.attempt > 1)
            .collect();
        let (Some(first), Some(last)) = (
            tries.iter().find(|exchange| has_failed(exchange)),
            step.last_exchange(),
        ) else {
            continue;
        };
        let client_passes = last.attempt <= client_tries
            && tries.iter().all(|exchange| exchange.status() != Some(408));
        if last.attempt <= first.attempt || has_failed(last) || client_passes {
            continue;
        }
        let summary = format!(
            "Asking for {} failed at first and worked at attempt {}.",
            asked_for(step),
            last.attempt
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .aside()
            .stage(step.key.stage.public())
            .requests_of(step);
        finding.evidence_lines(
            "attempts",
            tries
                .iter()
                .take(10)
                .map(|exchange| line(exchange))
                .collect(),
        );
        finding.explain(if client_tries == 1 {
            "The client asks this once: for it a failure like that ends the run."
        } else {
            "The client would have given up before that attempt, and the run with it."
        });
        finding.tell(
            Owner::Registry,
            "look at the load and the restarts of the server",
        );
        finding.tell(Owner::Network, "or at what loses connections on the way");
    }
}

/// How often the client asks; nothing for stages that ask nothing.
fn client_tries(case: &Case<'_>, stage: Stage) -> Option<u32> {
    match stage {
        Stage::Versions | Stage::Location if case.client.does(Behaviour::RetriesRegistryCalls) => {
            Some(2)
        }
        Stage::Discovery | Stage::Fetch | Stage::Versions | Stage::Location => Some(1),
        Stage::CliConfig
        | Stage::Calls
        | Stage::Manifest
        | Stage::Credentials
        | Stage::Source
        | Stage::Unpack
        | Stage::Place
        | Stage::ModuleDir
        | Stage::Probe => None,
    }
}

fn has_failed(exchange: &Exchange) -> bool {
    match exchange.status() {
        Some(status) => matches!(status, 408 | 429 | 500..) || exchange.failure().is_some(),
        None => true,
    }
}

fn line(exchange: &Exchange) -> String {
    let came = exchange
        .status()
        .map_or_else(|| "no reply".to_owned(), status_text);
    format!(
        "attempt {}  {came}  {} ms",
        exchange.attempt,
        exchange.phases.total.as_millis()
    )
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::host;
    use crate::rules::testing::release;
    use crate::trace::End;
    use crate::trace::Stage;

    fn story(first: u16) -> Story {
        let mut second = answered(200, &[], "{}");
        second.attempt = 2;
        Story::registry().step(
            Stage::Discovery,
            host(),
            vec![answered(first, &[], ""), second],
            Vec::new(),
            End::Done,
        )
    }

    #[test]
    fn a_failure_that_passed_fires() {
        assert!(story(503).fires(&RULE));
    }

    #[test]
    fn what_the_client_repeats_too_is_quiet() {
        let story = |attempts: &[(u16, u32)]| {
            let asked = attempts.iter().map(|(status, number)| {
                let mut exchange = answered(*status, &[], "{}");
                exchange.attempt = *number;
                exchange
            });
            Story::registry().step(
                Stage::Location,
                release(),
                asked.collect(),
                Vec::new(),
                End::Done,
            )
        };
        assert!(!story(&[(503, 1), (204, 2)]).fires(&RULE));
        assert!(story(&[(503, 1), (503, 2), (204, 3)]).fires(&RULE));
        assert!(story(&[(408, 1), (204, 2)]).fires(&RULE));
    }

    #[test]
    fn a_first_answer_that_is_fine_is_quiet() {
        assert!(!story(200).fires(&RULE));
    }
}
