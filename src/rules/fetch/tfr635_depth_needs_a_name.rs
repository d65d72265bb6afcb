//! A shallow clone starts from a branch or tag by its short name; a commit id or a full ref does not do.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::code;
use crate::rules::fetched::git_failures;
use crate::rules::fetched::named_owner;
use crate::rules::fetched::offer_parameter;
use crate::rules::fetched::show_git;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR635",
    name: "depth-needs-a-name",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "`depth` with something that is not a branch or tag name",
    page: include_str!("tfr635_depth_needs_a_name.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, failure) in git_failures(case.trace) {
        let Some(wanted) = failure
            .option("--branch")
            .filter(|_| failure.option("--depth").is_some())
        else {
            continue;
        };
        let is_id =
            (7..=40).contains(&wanted.len()) && wanted.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_full = wanted.starts_with("refs/") || wanted.starts_with("tags/");
        if failure.command != "clone" || !(is_id || is_full) {
            continue;
        }
        let summary = format!(
            "`depth` needs a branch or a tag by its short name, and {} is none.",
            code(wanted)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .owner(named_owner(case.trace, step))
            .reason(if is_id { "commit" } else { "full-ref" });
        show_git(&failure, finding);
        offer_parameter(case, step, ("depth", ""), "drop `depth`", finding);
        finding.tell(finding.owner, "or name a tag");
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
                &[
                    "clone",
                    "--depth",
                    "1",
                    "--branch",
                    "0123456789abcdef",
                    "--",
                    "https://git.example.com/a"
                ],
                "fatal: Remote branch 0123456789abcdef not found in upstream origin"
            )
            .codes(),
            ["TFR635"]
        );
    }

    #[test]
    fn another_output_is_quiet() {
        assert!(
            !failed_git(
                &[
                    "clone",
                    "--depth",
                    "1",
                    "--branch",
                    "v1",
                    "--",
                    "https://git.example.com/a"
                ],
                "fatal: Remote branch v1 not found in upstream origin"
            )
            .fires(&RULE)
        );
    }
}
