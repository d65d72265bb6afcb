//! The host knows no such repository, or shows it only to some.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::code;
use crate::rules::fetched::git_failures;
use crate::rules::fetched::named_owner;
use crate::rules::fetched::show_git;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR638",
    name: "git-repository-not-found",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &["TFR631", "TFR635", "TFR640", "TFR641"],
    title: "Git repository not found",
    page: include_str!("tfr638_git_repository_not_found.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, failure) in git_failures(case.trace) {
        let lacks = failure.says(&[
            "' not found",
            "repository not found",
            "404 page not found",
            "returned error: 404",
            "does not appear to be a git repository",
            "does not exist",
            "could not be found",
            "no such file or directory",
        ]);
        if !lacks
            || failure.command == "submodule"
            || failure.command == "checkout"
            || failure.says(&["remote branch"])
        {
            continue;
        }
        let address = failure.address().unwrap_or_default();
        let summary = format!("There is no repository at {}.", code(address));
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.owner(named_owner(case.trace, step));
        show_git(&failure, finding);
        finding.explain("A forge may also say this of a repository that it shows only to some.");
        finding.tell(finding.owner, "correct host, path or name");
        finding.fix(Fix::tell(
            Owner::Environment,
            "or give git a credential, if the repository is private",
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;

    fn failed_git(words: &[&str], output: &str) -> Story {
        Story::direct().git(words, output)
    }

    #[test]
    fn such_an_output_fires() {
        assert_eq!(
            failed_git(
                &["clone", "--", "https://git.example.com/a"],
                "fatal: repository 'https://git.example.com/a/' not found"
            )
            .codes(),
            ["TFR638"]
        );
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
