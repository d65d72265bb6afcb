//! A step stopped, and no finding says why.
//!
//! It runs after all others and sees what they found: so no failed run is without a finding.

use crate::finding::Case;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::trace::End;
use crate::trace::PublicStage;
use crate::trace::Step;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR999",
    name: "unexplained",
    stage: PublicStage::Config,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Stopped, and no rule knows why",
    page: include_str!("tfr999_unexplained.md"),
    check,
};

/// It cannot speak before the others did: see [`unclaimed`].
fn check(_: &Case<'_>, _: &mut Findings) {}

/// A finding for each step that ended badly and that none of the findings given explains.
pub fn unclaimed(case: &Case<'_>, findings: &[Finding]) -> Vec<Finding> {
    let mut found = Findings::default();
    for step in &case.trace.steps {
        let (severity, reason) = match &step.end {
            End::Stopped(_) => (Severity::Error, "stopped"),
            End::Unsure(_) => (Severity::Inconclusive, "unsure"),
            End::Done | End::Interrupted => continue,
        };
        if findings.iter().any(|finding| claims(case, finding, step)) {
            continue;
        }
        let stage = step.key.stage.public();
        let summary = format!(
            "{} ended at the stage `{}`, and no rule knows why.",
            subject_words(step),
            stage.word()
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .severity(severity)
            .stage(stage)
            .owner(owner_of(stage))
            .reason(reason);
        finding.explain("The trace holds what was asked and what came back; the client's own message says the rest.");
        finding
            .evidence("stop", format!("{:?}", step.end))
            .requests_of(step);
        finding.tell(
            owner_of(stage),
            "report it together with the saved document, so that a rule can be written",
        );
    }
    found.into_vec()
}

/// Whether a finding explains the end of a step.
fn claims(case: &Case<'_>, finding: &Finding, step: &Step) -> bool {
    let same_question = finding
        .step
        .as_ref()
        .is_some_and(|key| key.stage == step.key.stage && key.subject == step.key.subject);
    if same_question {
        return true;
    }
    let users = case.trace.users(&step.key.subject);
    let explains = finding.explains_stop || finding.severity == Severity::Inconclusive;
    explains && !users.is_empty() && users.iter().all(|call| finding.calls.contains(&call.key))
}

fn subject_words(step: &Step) -> String {
    let name = crate::foreign::visible(step.key.subject.name());
    if name.is_empty() {
        "The run".to_owned()
    } else {
        format!("The work on `{name}`")
    }
}

fn owner_of(stage: PublicStage) -> Owner {
    match stage {
        PublicStage::Config => Owner::Configuration,
        PublicStage::Network => Owner::Network,
        PublicStage::Credentials => Owner::Environment,
        PublicStage::Manifest => Owner::WorkingDirectory,
        PublicStage::Layout => Owner::Author,
        PublicStage::Discovery
        | PublicStage::Versions
        | PublicStage::Selection
        | PublicStage::Location
        | PublicStage::Package => Owner::Registry,
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::Story;
    use crate::rules::testing::call;
    use crate::rules::testing::module;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::Unsure;

    #[test]
    fn a_stop_that_nothing_claims_fires() {
        let stop = Stop::Disk {
            path: "p".to_owned(),
            word: "full".to_owned(),
        };
        let story = Story::registry().stop(Stage::Place, call(), stop);
        assert_eq!(story.codes(), ["TFR999"]);
        let unsure = Unsure::RateLimited {
            status: 429,
            reset: None,
        };
        let story = Story::registry().unsure(Stage::Manifest, module(), unsure);
        assert_eq!(story.codes(), ["TFR999"]);
    }

    #[test]
    fn a_stop_that_another_rule_claims_is_quiet() {
        let story = Story::registry().stop(Stage::Versions, module(), Stop::ModuleNotFound);
        assert!(!story.codes().contains(&"TFR999"));
    }
}
