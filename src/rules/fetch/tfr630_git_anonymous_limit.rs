//! A forge limits what it gives to those who do not say who they are.

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
    code: "TFR630",
    name: "git-anonymous-limit",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Environment,
    yields_to: &[],
    title: "Public repository refused to anonymous git",
    page: include_str!("tfr630_git_anonymous_limit.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, failure) in git_failures(case.trace) {
        let is_limited = failure.says(&[
            "limiting some unauthenticated",
            "returned error: 429",
            "too many requests",
            "expected flush after ref listing",
        ]);
        if !is_limited || failure.command == "submodule" {
            continue;
        }
        let address = failure.address().unwrap_or_default();
        let summary = format!(
            "The host of {} limits what it gives to anonymous git.",
            code(address)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        show_git(&failure, finding);
        finding.explain("A credential helper is not asked as long as the first request is answered without a login.");
        finding.tell(
            Owner::Environment,
            "send a token with the first request: `insteadOf` with a token, or `http.<url>.extraheader`",
        );
        finding.tell(Owner::Registry, "or serve archives instead of repositories");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;

    #[test]
    fn such_an_output_fires() {
        let words = ["clone", "--", "https://git.example.com/a"];
        let story = Story::direct().git(&words, "error: The requested URL returned error: 429");
        assert_eq!(story.codes(), ["TFR630"]);
    }

    #[test]
    fn a_missing_login_is_quiet() {
        let words = ["clone", "--", "https://git.example.com/a"];
        let output = "fatal: could not read Username for 'https://git.example.com': terminal prompts disabled";
        assert!(!Story::direct().git(&words, output).fires(&RULE));
    }
}
