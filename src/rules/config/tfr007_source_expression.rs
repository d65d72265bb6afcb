//! A source or version is an expression that the client does not evaluate.

use crate::finding::Case;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::call_of;
use crate::rules::sources::add_root_problem;
use crate::rules::sources::located;
use crate::rules::sources::root_problems;
use crate::rules::sources::writer;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Step;
use crate::trace::Stop;
use crate::trace::Trace;
use crate::trace::call::Call;
use crate::trace::fact::ConfigProblem;
use crate::trace::fact::ConfigProblemKind;
use crate::trace::stop::CallProblem;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR007",
    name: "source-expression",
    stage: PublicStage::Config,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &["TFR009", "TFR020", "TFR022"],
    title: "Expression in `source` or `version`",
    page: include_str!("tfr007_source_expression.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Source) {
        let what = match stop {
            Stop::BadCall(CallProblem::SourceExpression) => "is an expression",
            Stop::BadCall(CallProblem::SourceNotAString) => "is a list or an object",
            _ => continue,
        };
        let summary = format!("The source of the call {what}; the client wants a literal string.");
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        if let Some(call) = call_of(case.trace, step) {
            finding.owner(writer(case.trace, call));
            if !call.source.raw().is_empty() {
                finding.evidence("source", call.source.shown());
            }
        }
        finding.client_says(
            "init",
            if what == "is an expression" {
                "Variables not allowed"
            } else {
                "Unsuitable value type"
            },
        );
        advise(finding);
    }
    for (step, problem) in root_problems(case.trace, ConfigProblemKind::Expression) {
        match call_at(case.trace, problem) {
            Some(call) if is_refused(case.trace, call) => {}
            Some(call) => version(case, found, (step, problem), call),
            None => {
                let summary = "An expression stands where the client wants a literal.".to_owned();
                advise(add_root_problem(
                    found,
                    &RULE,
                    case,
                    (step, problem),
                    summary,
                ));
            }
        }
    }
}

fn version(
    case: &Case<'_>,
    found: &mut Findings,
    (step, problem): (&Step, &ConfigProblem),
    call: &Call,
) {
    let summary = "The `version` of the call is no literal string.".to_owned();
    let finding = found.add_about(
        &RULE,
        case,
        &call.subject(),
        Some(step.key.clone()),
        summary,
    );
    if finding.explains_stop {
        return;
    }
    finding.explains_stop = true;
    finding
        .evidence("problem", located(problem))
        .client_says("init", visible(&problem.summary));
    finding.explain(
        "The call is installed as if it had no `version`, and the client fails all the same.",
    );
    advise(finding);
}

fn advise(finding: &mut Finding) {
    finding.explain("Modules are installed before anything is evaluated.");
    let owner = finding.owner;
    finding.tell(owner, "write a literal string");
    finding.tell(
        Owner::Environment,
        "for tokens in addresses use git's `insteadOf` or a netrc file instead of a variable",
    );
}

/// The call of the root in whose block a problem lies.
fn call_at<'a>(trace: &'a Trace, problem: &ConfigProblem) -> Option<&'a Call> {
    let line = |call: &Call| {
        let place = call.place.as_ref()?;
        (place.file == problem.place.file && place.line <= problem.place.line).then_some(place.line)
    };
    let own = trace.calls.iter().filter(|call| call.parent().is_empty());
    own.filter_map(|call| Some((line(call)?, call)))
        .max_by_key(|(line, _)| *line)
        .map(|(_, call)| call)
}

/// Whether the source of a call was refused already for what it is.
fn is_refused(trace: &Trace, call: &Call) -> bool {
    let stop = trace
        .step(&call.subject(), Stage::Source)
        .and_then(Step::stop);
    matches!(stop, Some(Stop::BadCall(_)))
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
    fn a_variable_in_the_source_fires_once() {
        let story = Story::local()
            .fact(
                Stage::Calls,
                Subject::Run,
                root_problem(ConfigProblemKind::Expression, 2, "Variables not allowed"),
            )
            .stop(
                Stage::Source,
                call(),
                Stop::BadCall(CallProblem::SourceExpression),
            );
        assert_eq!(story.codes(), ["TFR007"]);
        assert_eq!(story.findings(&RULE).len(), 1);
    }

    #[test]
    fn a_variable_in_the_version_fires_and_explains_the_failure() {
        let problem = root_problem(ConfigProblemKind::Expression, 3, "Variables not allowed");
        let story = Story::registry().fact(Stage::Calls, Subject::Run, problem);
        assert_eq!(story.codes(), ["TFR007"]);
        assert!(
            story
                .findings(&RULE)
                .iter()
                .all(|finding| finding.explains_stop && finding.calls == ["m"])
        );
    }

    #[test]
    fn a_missing_source_is_quiet() {
        let story = Story::local().stop(
            Stage::Source,
            call(),
            Stop::BadCall(CallProblem::SourceMissing),
        );
        assert!(!story.fires(&RULE));
    }
}
