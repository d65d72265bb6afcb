//! A stage took longer than a person wants it to.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::host_of_step;
use crate::trace::Exchange;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Step;
use crate::trace::Trace;
use crate::trace::expected::SlowLimit;
use std::time::Duration;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR938",
    name: "slow-stage",
    stage: PublicStage::Network,
    severity: Severity::Warning,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Stage slower than asked for",
    page: include_str!("tfr938_slow_stage.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    let expected = &case.trace.expected;
    let of_entries = expected.entries.iter().flat_map(|entry| {
        entry.max_ms.iter().map(|(stage, limit)| SlowLimit {
            stage: Some(*stage),
            host: None,
            limit: Duration::from_millis(*limit),
            origin: entry.place.as_ref().map_or_else(
                || "max-ms".to_owned(),
                |place| format!("max-ms, {}:{}", place.file, place.line),
            ),
        })
    });
    let limits: Vec<SlowLimit> = of_entries.chain(expected.slow.iter().cloned()).collect();
    if limits.is_empty() {
        return;
    }
    for (stage, steps) in groups(case.trace) {
        let Some(step) = steps.first() else { continue };
        let took = match stage {
            PublicStage::Network => connecting(step),
            _ => steps.iter().map(|step| step.took).sum(),
        };
        let host = host_of_step(case.trace, step);
        let broken = limits.iter().filter(|limit| {
            took > limit.limit
                && limit.stage.is_none_or(|wanted| wanted == stage)
                && limit
                    .host
                    .as_deref()
                    .is_none_or(|wanted| Some(wanted) == host)
        });
        if let Some(limit) = broken.min_by_key(|limit| limit.limit) {
            tell(case, found, stage, &steps, took, limit);
        }
    }
}

/// The steps of each public stage of each subject; the connection of a host stands for the network.
fn groups(trace: &Trace) -> Vec<(PublicStage, Vec<&Step>)> {
    let mut groups: Vec<(PublicStage, Vec<&Step>)> = Vec::new();
    for step in &trace.steps {
        // The choice among versions and the reading of an address are part of what was asked before.
        let only_thinks =
            step.acts.is_empty() && matches!(step.key.stage, Stage::Versions | Stage::Source);
        if step.key.stage == Stage::Probe || only_thinks {
            continue;
        }
        let stage = step.key.stage.public();
        let same = groups.iter_mut().find(|(known, steps)| {
            *known == stage
                && steps
                    .iter()
                    .any(|first| first.key.subject == step.key.subject)
        });
        match same {
            Some((_, steps)) => steps.push(step),
            None => groups.push((stage, vec![step])),
        }
        if step.key.stage == Stage::Discovery && step.key.round == 1 {
            groups.push((PublicStage::Network, vec![step]));
        }
    }
    groups
}

fn connecting(step: &Step) -> Duration {
    step.exchanges().next().map_or(Duration::ZERO, |exchange| {
        [
            exchange.phases.dns,
            exchange.phases.connect,
            exchange.phases.tls,
        ]
        .into_iter()
        .flatten()
        .sum()
    })
}

fn tell(
    case: &Case<'_>,
    found: &mut Findings,
    stage: PublicStage,
    steps: &[&Step],
    took: Duration,
    limit: &SlowLimit,
) {
    let Some(step) = steps.iter().max_by_key(|step| step.took).or(steps.first()) else {
        return;
    };
    let summary = format!(
        "The stage {} took {} ms; {} ms are asked for ({}).",
        stage.word(),
        took.as_millis(),
        limit.limit.as_millis(),
        limit.origin
    );
    let Some(finding) = found.once(&RULE, case, step, summary) else {
        return;
    };
    finding.aside().stage(stage).requests_of(step);
    let slowest = steps
        .iter()
        .flat_map(|step| step.exchanges())
        .max_by_key(|exchange| exchange.phases.total);
    if let Some(exchange) = slowest {
        let phases = phases(exchange);
        if let Some((name, time)) = phases.iter().max_by_key(|(_, time)| *time) {
            finding.explain(format!(
                "Of its slowest request, {name} took the most: {} ms of {} ms.",
                time.as_millis(),
                exchange.phases.total.as_millis()
            ));
        }
        let mut rows = vec![["phase", "took"].map(str::to_owned).to_vec()];
        rows.extend(
            phases
                .iter()
                .map(|(name, time)| vec![(*name).to_owned(), format!("{} ms", time.as_millis())]),
        );
        finding.evidence_table("phases", rows);
    }
    finding.tell(
        Owner::Registry,
        "look at the load and the caches of the server",
    );
    finding.tell(
        Owner::Network,
        "or at the way to it, where lookup, connection or TLS take the time",
    );
}

fn phases(exchange: &Exchange) -> Vec<(&'static str, Duration)> {
    let phases = &exchange.phases;
    [
        ("lookup", phases.dns),
        ("connection", phases.connect),
        ("TLS", phases.tls),
        ("waiting", phases.wait),
        ("transfer", phases.transfer),
    ]
    .into_iter()
    .filter_map(|(name, time)| Some((name, time?)))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::module;
    use crate::trace::PublicStage;
    use crate::trace::Stage;
    use crate::trace::expected::Expected;
    use crate::trace::expected::SlowLimit;
    use std::time::Duration;

    fn story() -> Story {
        Story::registry()
            .asked(Stage::Versions, module(), answered(200, &[], "{}"))
            .taking(Duration::from_millis(900))
    }

    fn limit(host: Option<&str>, limit: u64) -> SlowLimit {
        SlowLimit {
            stage: None,
            host: host.map(str::to_owned),
            limit: Duration::from_millis(limit),
            origin: "--slow".to_owned(),
        }
    }

    #[test]
    fn a_stage_slower_than_a_limit_fires() {
        let findings = story().slower_than(limit(None, 800)).findings(&RULE);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].stage, PublicStage::Versions);
        assert_eq!(
            findings[0].summary,
            "The stage versions took 900 ms; 800 ms are asked for (--slow)."
        );
        let entry = Expected {
            max_ms: vec![(PublicStage::Versions, 899)],
            ..Expected::default()
        };
        assert!(story().expecting(entry).fires(&RULE));
    }

    #[test]
    fn another_host_another_stage_or_a_wider_limit_is_quiet() {
        assert!(!story().fires(&RULE));
        assert!(!story().slower_than(limit(None, 900)).fires(&RULE));
        assert!(
            !story()
                .slower_than(limit(Some("other.example.com"), 1))
                .fires(&RULE)
        );
        let entry = Expected {
            max_ms: vec![(PublicStage::Location, 1)],
            ..Expected::default()
        };
        assert!(!story().expecting(entry).fires(&RULE));
    }
}
