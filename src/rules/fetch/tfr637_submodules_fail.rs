//! The clone worked, and the update of its submodules did not. Clients always update them, to every depth.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::package_stops;
use crate::rules::fetched::git_failures;
use crate::rules::fetched::show_git;
use crate::trace::PublicStage;
use crate::trace::Stop;
use crate::trace::stop::Refusal;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR637",
    name: "submodules-fail",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Author,
    yields_to: &[],
    title: "Submodules of the repository fail",
    page: include_str!("tfr637_submodules_fail.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, failure) in git_failures(case.trace) {
        if failure.command != "submodule" {
            continue;
        }
        let summary = "The repository was cloned, and its submodules cannot be fetched.";
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        show_git(&failure, finding);
        finding.explain("Clients update the submodules of each repository, whether the module needs them or not.");
        if failure.says(&["transport 'file' not allowed"]) {
            finding.reason("file-protocol");
            finding.explain("git refuses local paths as addresses of submodules.");
        }
        finding.tell(
            Owner::Author,
            "take the submodules out of repositories that hold modules",
        );
        finding.tell(
            Owner::Environment,
            "or let `insteadOf` lead to an address that can be read here",
        );
    }
    for (step, stop) in package_stops(case.trace) {
        let Stop::Refused(Refusal::Submodule { entry, why }) = stop else {
            continue;
        };
        let summary = format!(
            "None of the repository's submodules was fetched because of `{}`: {why}.",
            entry.shown()
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .reason("refused")
            .evidence("submodule", entry.shown().clone());
        finding.explain("Clients hand every entry of `.gitmodules` to git; what git makes of this one depends on its version and settings.");
        finding.tell(
            Owner::Author,
            "take the submodules out of repositories that hold modules",
        );
        finding.tell(
            Owner::Configuration,
            "treat the source as hostile if nobody wrote the entry on purpose",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::package;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::stop::Refusal;

    fn failed_git(words: &[&str], output: &str) -> Story {
        Story::direct().git(words, output)
    }

    #[test]
    fn such_an_output_fires() {
        assert_eq!(
            failed_git(
                &["submodule", "update", "--init", "--recursive"],
                "fatal: transport 'file' not allowed"
            )
            .codes(),
            ["TFR637"]
        );
    }

    #[test]
    fn a_refused_entry_fires() {
        let stop = Stop::Refused(Refusal::Submodule {
            entry: foreign("ext::sh"),
            why: "git is not let near this transport",
        });
        let story = Story::direct().stop(Stage::Fetch, package(), stop);
        assert_eq!(story.codes(), ["TFR637"]);
    }

    #[test]
    fn another_output_is_quiet() {
        assert!(
            !failed_git(
                &["clone", "--", "https://git.example.com/a"],
                "fatal: early EOF"
            )
            .fires(&RULE)
        );
    }
}
