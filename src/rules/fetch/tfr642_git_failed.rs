//! git ends badly for a reason that no other rule knows: a broken installation, too little memory, a transfer cut off.

use crate::finding::Case;
use crate::finding::Confidence;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::code;
use crate::rules::common::package_stops;
use crate::rules::fetched::git_failures;
use crate::rules::fetched::show_git;
use crate::trace::PublicStage;
use crate::trace::Stop;
use crate::trace::stop::ProcessStop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR642",
    name: "git-failed",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Environment,
    yields_to: &[
        "TFR028", "TFR537", "TFR630", "TFR631", "TFR632", "TFR633", "TFR634", "TFR635", "TFR637",
        "TFR638", "TFR640", "TFR641", "TFR643",
    ],
    title: "Git itself fails",
    page: include_str!("tfr642_git_failed.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, failure) in git_failures(case.trace) {
        let reason = match failure.status {
            126 | 127 => "cannot-run",
            status if !(0..=128).contains(&status) => "signal",
            _ if failure.says(&[
                "early eof",
                "hung up",
                "rpc failed",
                "unexpected disconnect",
                "reset by peer",
            ]) =>
            {
                "cut-off"
            }
            _ if failure.says(&[
                "could not resolve",
                "failed to connect",
                "couldn't connect",
                "connection refused",
                "timed out",
            ]) =>
            {
                "network"
            }
            _ if failure.says(&["certificate", "ssl"]) => "tls",
            _ => "other",
        };
        let Some(finding) = found.once(
            &RULE,
            case,
            step,
            format!("git failed with {}.", failure.status),
        ) else {
            continue;
        };
        finding.reason(reason);
        show_git(&failure, finding);
        if reason == "other" {
            finding.confidence(Confidence::Possible);
        }
        finding.tell(Owner::Environment, advice(reason));
    }
    for (step, stop) in package_stops(case.trace) {
        let Stop::Process(ProcessStop::TimedOut { program }) = stop else {
            continue;
        };
        let summary = format!(
            "{} did not come to an end within this tool's limits.",
            code(program)
        );
        if let Some(finding) = found.once(&RULE, case, step, summary) {
            finding.reason("limit");
            finding.explain("The client has no such limits.");
            finding.tell(
                Owner::Environment,
                "try the same command by hand; a smaller clone needs `depth=1`",
            );
        }
    }
}

fn advice(reason: &str) -> &'static str {
    match reason {
        "cannot-run" => "repair the installation of git: `git version` has to work",
        "signal" => "look for a lack of memory; a smaller clone needs `depth=1`",
        "cut-off" => "try again; a smaller clone needs `depth=1`",
        "network" => {
            "let this machine reach the host of the repository; git has proxies of its own"
        }
        "tls" => "let git trust the host's certificate: `http.sslCAInfo`",
        _ => "run the same command by hand",
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::Story;

    fn failed_git(words: &[&str], output: &str) -> Story {
        Story::direct().git(words, output)
    }

    #[test]
    fn such_an_output_fires() {
        assert_eq!(
            failed_git(
                &["clone", "--", "https://git.example.com/a"],
                "fatal: early EOF"
            )
            .codes(),
            ["TFR642"]
        );
    }

    #[test]
    fn what_another_rule_explains_is_quiet() {
        assert!(
            !failed_git(&["clone", "--", "https://git.example.com/a?x=1"], "")
                .codes()
                .contains(&"TFR642")
        );
    }
}
