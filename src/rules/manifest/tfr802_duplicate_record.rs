//! `modules.json` has two records for one key, and the client refuses it.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::code;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR802",
    name: "duplicate-record",
    stage: PublicStage::Manifest,
    severity: Severity::Error,
    owner: Owner::WorkingDirectory,
    yields_to: &[],
    title: "Two records for one key",
    page: include_str!("tfr802_duplicate_record.md"),
    check,
};

const WORDS: &str = "failed to read module manifest: snapshot file contains two records for path ";

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Manifest) {
        let Stop::Manifest { words, .. } = stop else {
            continue;
        };
        let Some(key) = words.strip_prefix(WORDS) else {
            continue;
        };
        let summary = format!("`modules.json` has two records for {}.", code(key));
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.client_says("init", words.clone());
        finding.explain(
            "Every command that loads modules stops at it; `init` does too and repairs nothing.",
        );
        finding.fix(
            Fix::tell(Owner::WorkingDirectory, "delete the file and install anew")
                .command("rm .terraform/modules/modules.json")
                .command("terraform init"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use super::WORDS;
    use crate::rules::testing::Story;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::Subject;

    fn story(words: impl Into<String>) -> Story {
        Story::registry().stop(
            Stage::Manifest,
            Subject::Run,
            Stop::Manifest {
                path: ".terraform/modules/modules.json".to_owned(),
                words: words.into(),
            },
        )
    }

    #[test]
    fn two_records_fire() {
        assert!(story(format!("{WORDS}m")).fires(&RULE));
    }

    #[test]
    fn other_words_are_quiet() {
        let words = "failed to read module manifest: invalid version";
        assert!(!story(words).fires(&RULE));
    }
}
