//! `modules.json` cannot be read, and the client refuses every command that needs it.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;
use crate::trace::Subject;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR801",
    name: "manifest-unreadable",
    stage: PublicStage::Manifest,
    severity: Severity::Error,
    owner: Owner::WorkingDirectory,
    yields_to: &["TFR802"],
    title: "Manifest unreadable",
    page: include_str!("tfr801_manifest_unreadable.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Manifest) {
        if step.key.subject != Subject::Run {
            continue;
        }
        match stop {
            Stop::Manifest { words, .. } => {
                let summary = "`modules.json` cannot be read.";
                let Some(finding) = found.once(&RULE, case, step, summary) else {
                    continue;
                };
                finding.client_says("init", words.clone());
                finding.explain("Every command that loads modules stops at it; `init` does too and repairs nothing.");
                finding.fix(
                    Fix::tell(Owner::WorkingDirectory, "delete the file and install anew")
                        .command("rm .terraform/modules/modules.json")
                        .command("terraform init"),
                );
            }
            Stop::Limit { name, number } => {
                let summary = format!("`modules.json` is beyond the limit of {number} {name}.");
                let Some(finding) = found.once(&RULE, case, step, summary) else {
                    continue;
                };
                finding.severity(Severity::Inconclusive).reason("limit");
                finding.explain("The client reads on, so nothing can be said of it here.");
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::Subject;

    fn refused(words: &str) -> Story {
        Story::registry().stop(
            Stage::Manifest,
            Subject::Run,
            Stop::Manifest {
                path: ".terraform/modules/modules.json".to_owned(),
                words: format!("failed to read module manifest: {words}"),
            },
        )
    }

    #[test]
    fn a_refused_file_fires() {
        let story = refused("error unmarshalling snapshot: unexpected end of JSON input");
        assert!(story.fires(&RULE));
        assert_eq!(story.codes(), ["TFR801"]);
    }

    #[test]
    fn two_records_are_another_rules() {
        let story = refused("snapshot file contains two records for path m");
        assert_eq!(story.codes(), ["TFR802"]);
    }

    #[test]
    fn a_healthy_story_is_quiet() {
        assert!(!Story::registry().fires(&RULE));
    }
}
