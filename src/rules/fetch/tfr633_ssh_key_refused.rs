//! The SSH server takes none of the keys that were offered.

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
    code: "TFR633",
    name: "ssh-key-refused",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Environment,
    yields_to: &[],
    title: "SSH key refused, or the wrong one of several",
    page: include_str!("tfr633_ssh_key_refused.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, failure) in git_failures(case.trace) {
        let refused = failure.says(&[
            "permission denied (publickey",
            "public key authentication failed",
            "too many authentication failures",
            "load key",
        ]);
        if !refused || failure.command == "submodule" {
            continue;
        }
        let address = failure.address().unwrap_or_default();
        let summary = format!(
            "The host of {} takes none of the SSH keys that were offered.",
            code(address)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        show_git(&failure, finding);
        finding.explain("The first key that a host knows decides, even if another one would open the repository.");
        finding.tell(
            Owner::Environment,
            "name the key for this host in the SSH configuration, or use HTTPS with a token",
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
        assert_eq!(
            failed_git(
                &["clone", "--", "ssh://git@git.example.com/a"],
                "git@git.example.com: Permission denied (publickey)."
            )
            .codes(),
            ["TFR633"]
        );
    }

    #[test]
    fn another_output_is_quiet() {
        assert!(
            !failed_git(
                &["clone", "--", "ssh://git@git.example.com/a"],
                "Host key verification failed."
            )
            .fires(&RULE)
        );
    }
}
