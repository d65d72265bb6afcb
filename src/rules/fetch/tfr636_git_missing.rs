//! The program that fetches repositories is not on this machine.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::package_stops;
use crate::trace::PublicStage;
use crate::trace::Stop;
use crate::trace::Subject;
use crate::trace::stop::ProcessStop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR636",
    name: "git-missing",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Environment,
    yields_to: &[],
    title: "git missing",
    page: include_str!("tfr636_git_missing.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in package_stops(case.trace) {
        let Stop::Process(ProcessStop::Missing { program }) = stop else {
            continue;
        };
        let summary = format!(
            "{} is not on the PATH, and the source is a repository.",
            code(program)
        );
        let Some(finding) = found.cause(&RULE, case, &Subject::Run, step, summary) else {
            continue;
        };
        finding.client_says(
            "init",
            format!("{} must be available and on the PATH", visible(program)),
        );
        finding.tell(
            Owner::Environment,
            format!(
                "install {} where modules are installed, also in images",
                code(program)
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::package;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::stop::ProcessStop;

    #[test]
    fn a_missing_program_fires() {
        let stop = Stop::Process(ProcessStop::Missing {
            program: "git".to_owned(),
        });
        assert_eq!(
            Story::direct().stop(Stage::Fetch, package(), stop).codes(),
            ["TFR636"]
        );
    }

    #[test]
    fn a_failing_program_is_quiet() {
        let stop = Stop::Process(ProcessStop::TimedOut {
            program: "git".to_owned(),
        });
        assert!(
            !Story::direct()
                .stop(Stage::Fetch, package(), stop)
                .fires(&RULE)
        );
    }
}
