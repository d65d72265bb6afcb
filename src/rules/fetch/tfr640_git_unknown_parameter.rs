//! The address has a parameter that clients do not take out, so git gets it as part of the address.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::fetched::git_failures;
use crate::rules::fetched::named_owner;
use crate::rules::fetched::offer_parameter;
use crate::rules::fetched::query_pairs;
use crate::rules::fetched::show_git;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR640",
    name: "git-unknown-parameter",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &["TFR641"],
    title: "Unknown parameter becomes part of the repository URL",
    page: include_str!("tfr640_git_unknown_parameter.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, failure) in git_failures(case.trace) {
        let Some(address) = failure.address().filter(|address| address.contains('?')) else {
            continue;
        };
        let pairs = query_pairs(address);
        let Some((name, _)) = pairs.first().filter(|_| failure.command == "clone") else {
            continue;
        };
        let summary = format!(
            "The parameter {} stays in the address that git gets.",
            code(name)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .owner(named_owner(case.trace, step))
            .evidence("address", visible(address));
        show_git(&failure, finding);
        finding.explain("Only `ref`, `depth`, `sshkey`, `archive` and `checksum` are taken out.");
        offer_parameter(case, step, (name, ""), "remove the parameter", finding);
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
                &["clone", "--", "https://git.example.com/a?x=1"],
                "fatal: repository 'https://git.example.com/a?x=1/' not found"
            )
            .codes(),
            ["TFR640"]
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
