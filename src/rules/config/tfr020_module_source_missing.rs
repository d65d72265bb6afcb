//! A module block has no source, or a null one.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::call_of;
use crate::rules::common::stops;
use crate::rules::sources::add_root_problem;
use crate::rules::sources::root_problems;
use crate::rules::sources::writer;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;
use crate::trace::fact::ConfigProblemKind;
use crate::trace::stop::CallProblem;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR020",
    name: "module-source-missing",
    stage: PublicStage::Config,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "Module call without a source",
    page: include_str!("tfr020_module_source_missing.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Source) {
        let (summary, says) = match stop {
            Stop::BadCall(CallProblem::SourceMissing) => {
                ("The call has no `source`.", "Missing required argument")
            }
            Stop::BadCall(CallProblem::SourceNull) => {
                ("The `source` of the call is null.", "Unsuitable value type")
            }
            _ => continue,
        };
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        if let Some(call) = call_of(case.trace, step) {
            finding.owner(writer(case.trace, call));
        }
        finding.client_says("init", says);
        let owner = finding.owner;
        finding.tell(
            owner,
            "give the call a literal `source`, and see whether an override file takes it away",
        );
    }
    let of_a_call = stops(case.trace).any(|(_, stop)| matches!(stop, Stop::BadCall(_)));
    for (step, problem) in root_problems(case.trace, ConfigProblemKind::SourceMissing) {
        if of_a_call {
            continue;
        }
        let summary = "A module block has no usable `source`.".to_owned();
        let finding = add_root_problem(found, &RULE, case, (step, problem), summary);
        if finding.fixes.is_empty() {
            finding.tell(Owner::Configuration, "give the call a literal `source`");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::call;
    use crate::rules::testing::root_problem;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::Subject;
    use crate::trace::fact::ConfigProblemKind;
    use crate::trace::stop::CallProblem;

    #[test]
    fn no_source_fires() {
        for problem in [CallProblem::SourceMissing, CallProblem::SourceNull] {
            let story = Story::local().stop(Stage::Source, call(), Stop::BadCall(problem));
            assert_eq!(story.codes(), ["TFR020"]);
        }
    }

    #[test]
    fn an_expression_is_quiet() {
        let problem = root_problem(ConfigProblemKind::SourceMissing, 2, "Unsuitable value type");
        let story = Story::local()
            .fact(Stage::Calls, Subject::Run, problem)
            .stop(
                Stage::Source,
                call(),
                Stop::BadCall(CallProblem::SourceNotAString),
            );
        assert!(!story.fires(&RULE));
    }
}
