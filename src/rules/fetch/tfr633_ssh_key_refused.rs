//! The SSH server takes none of the keys that were offered.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::package_stops;
use crate::rules::fetched::git_failures;
use crate::rules::fetched::named_owner;
use crate::rules::fetched::show_git;
use crate::trace::PublicStage;
use crate::trace::Stop;
use crate::trace::stop::ProcessStop;

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
    for (step, stop) in package_stops(case.trace) {
        let Stop::Process(ProcessStop::Parameter(words)) = stop else {
            continue;
        };
        let summary = "The value of `sshkey` cannot be used.";
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        let owner = named_owner(case.trace, step);
        finding.owner(owner).reason("parameter");
        finding.client_says("init", visible(words));
        finding.explain("It is a private key in base64, without line breaks; in an address `+` must be written `%2B`, else it is read as a blank.");
        finding.tell(owner, "write `base64 -w0 KEYFILE`, with `%2B` for `+`");
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
    fn a_key_that_cannot_be_decoded_fires() {
        let words = "illegal base64 data at input byte 3".to_owned();
        let stop = Stop::Process(ProcessStop::Parameter(words));
        let story = Story::direct().stop(Stage::Fetch, package(), stop);
        assert_eq!(story.codes(), ["TFR633"]);
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
