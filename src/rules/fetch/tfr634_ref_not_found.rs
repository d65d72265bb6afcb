//! The repository is there and has no such branch, tag or commit.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::code;
use crate::rules::fetched::address_of;
use crate::rules::fetched::git_failures;
use crate::rules::fetched::named_owner;
use crate::rules::fetched::query_pairs;
use crate::rules::fetched::show_git;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR634",
    name: "ref-not-found",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &["TFR635"],
    title: "Ref does not exist",
    page: include_str!("tfr634_ref_not_found.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, failure) in git_failures(case.trace) {
        let lacks = failure.says(&[
            "did not match any file(s) known to git",
            "remote branch",
            "couldn't find remote ref",
            "unknown revision",
            "reference is not a tree",
            "not our ref",
            "is not a commit",
            "unable to read tree",
            "not a valid object name",
        ]);
        if !lacks || failure.command == "submodule" {
            continue;
        }
        let address = address_of(step).map_or("", |fact| fact.address.raw());
        let wanted = failure.option("--branch").or_else(|| {
            let pairs = query_pairs(address);
            pairs
                .into_iter()
                .find(|(name, _)| *name == "ref")
                .map(|(_, value)| value)
        });
        let wanted = wanted.unwrap_or("HEAD");
        let summary = format!("The repository has no {}.", code(wanted));
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.owner(named_owner(case.trace, step));
        show_git(&failure, finding);
        let other = match wanted.strip_prefix('v') {
            Some(bare) => bare.to_owned(),
            None => format!("v{wanted}"),
        };
        finding.tell(
            finding.owner,
            format!("name a tag that is there; perhaps it is {}", code(&other)),
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
                &["checkout", "v9"],
                "error: pathspec 'v9' did not match any file(s) known to git"
            )
            .codes(),
            ["TFR634"]
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
