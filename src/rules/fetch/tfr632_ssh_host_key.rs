//! The SSH server's key is not known on this machine, and nobody can be asked.

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
    code: "TFR632",
    name: "ssh-host-key",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Environment,
    yields_to: &[],
    title: "SSH host key unknown",
    page: include_str!("tfr632_ssh_host_key.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, failure) in git_failures(case.trace) {
        let is_unknown = failure.says(&[
            "host key verification failed",
            "remote host identification has changed",
            "no host key is known for",
        ]);
        if !is_unknown || failure.command == "submodule" {
            continue;
        }
        let address = failure.address().unwrap_or_default();
        let summary = format!(
            "The SSH key of the host of {} is not known on this machine.",
            code(address)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        show_git(&failure, finding);
        if failure.says(&["remote host identification has changed"]) {
            finding.reason("changed");
            finding.explain(
                "Another key is known for it: the server has a new one, or it is another server.",
            );
        }
        finding.tell(
            Owner::Environment,
            "add the key that the host publishes to `known_hosts`",
        );
        finding.tell(Owner::Registry, "or give an HTTPS address");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;

    #[test]
    fn such_an_output_fires() {
        let words = ["clone", "--", "ssh://git@git.example.com/a"];
        let story = Story::direct().git(&words, "Host key verification failed.");
        assert_eq!(story.codes(), ["TFR632"]);
    }

    #[test]
    fn a_refused_key_is_quiet() {
        let words = ["clone", "--", "ssh://git@git.example.com/a"];
        let story = Story::direct().git(&words, "Permission denied (publickey).");
        assert!(!story.fires(&RULE));
    }
}
