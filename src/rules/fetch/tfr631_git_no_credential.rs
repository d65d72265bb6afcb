//! The repository asks for a login and git has none that it takes.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::code;
use crate::rules::fetched::git_failures;
use crate::rules::fetched::show_git;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR631",
    name: "git-no-credential",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Environment,
    yields_to: &["TFR630"],
    title: "Private repository, no credential",
    page: include_str!("tfr631_git_no_credential.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, failure) in git_failures(case.trace) {
        let asks = failure.says(&[
            "could not read username",
            "could not read password",
            "terminal prompts disabled",
            "authentication failed",
            "access denied",
            "invalid credentials",
            "returned error: 401",
            "returned error: 403",
        ]);
        if !asks || failure.command == "submodule" {
            continue;
        }
        let address = failure.address().unwrap_or_default();
        let summary = format!(
            "The repository {} asks for a login, and git has none that it takes.",
            code(address)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        show_git(&failure, finding);
        finding
            .explain("Tokens of a registry are not for git; git has its own helpers and settings.");
        if failure.says(&["terminal prompts disabled"]) {
            finding
                .explain("On a terminal the client would let git ask there; here nobody is asked.");
        }
        finding.tell(
            Owner::Environment,
            "give git a credential for this host: a helper, or `insteadOf` with a token or with SSH",
        );
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
        assert_eq!(failed_git(&["clone", "--", "https://git.example.com/a"], "fatal: could not read Username for 'https://git.example.com': terminal prompts disabled").codes(), ["TFR631"]);
    }

    #[test]
    fn another_output_is_quiet() {
        assert!(
            !failed_git(
                &["clone", "--", "https://git.example.com/a"],
                "fatal: repository not found"
            )
            .fires(&RULE)
        );
    }
}
