//! A package or directory is among its own callers.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::call_of;
use crate::rules::common::stops;
use crate::rules::sources::writer;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR853",
    name: "module-cycle",
    stage: PublicStage::Layout,
    severity: Severity::Error,
    owner: Owner::Author,
    yields_to: &[],
    title: "Module calls itself without end",
    page: include_str!("tfr853_module_cycle.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in stops(case.trace) {
        let (summary, reason, chain) = match stop {
            Stop::Cycle { chain } => (
                "A module calls itself, directly or over others.".to_owned(),
                "cycle",
                chain.join(" -> "),
            ),
            Stop::Limit { name, number }
                if matches!(step.key.stage, Stage::Source | Stage::ModuleDir) =>
            {
                let name = visible(name);
                (
                    format!("The tree of modules does not end: more than {number} for {name}."),
                    "limit",
                    step.key.subject.name().replace('.', " -> "),
                )
            }
            _ => continue,
        };
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        if let Some(call) = call_of(case.trace, step) {
            finding.owner(writer(case.trace, call));
            finding.evidence("source", call.source.shown());
        }
        finding.reason(reason).evidence("chain", visible(&chain));
        finding.explain("The client does not look for it and installs until a name becomes too long for the disk.");
        finding.client_says("init", "Failed to remove local module cache");
        let owner = finding.owner;
        finding.tell(owner, "take the call out that leads back");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::call;
    use crate::trace::Stage;
    use crate::trace::Stop;

    #[test]
    fn a_cycle_fires() {
        let stop = Stop::Cycle {
            chain: vec!["m".to_owned(), "m".to_owned()],
        };
        assert_eq!(
            Story::registry()
                .stop(Stage::ModuleDir, call(), stop)
                .codes(),
            ["TFR853"]
        );
    }

    #[test]
    fn a_module_that_does_not_load_is_quiet() {
        let stop = Stop::ModuleConfig { problems: 1 };
        assert!(
            !Story::registry()
                .stop(Stage::ModuleDir, call(), stop)
                .fires(&RULE)
        );
    }
}
