//! A record that a call uses names a directory that is not there.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::call_of;
use crate::rules::common::code;
use crate::rules::common::records;
use crate::trace::PublicStage;
use crate::trace::call::SourceKind;
use crate::trace::fact::RecordFate;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR803",
    name: "dir-missing",
    stage: PublicStage::Manifest,
    severity: Severity::Error,
    owner: Owner::WorkingDirectory,
    yields_to: &["TFR806", "TFR807"],
    title: "Record without directory",
    page: include_str!("tfr803_dir_missing.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, fact) in records(case.trace) {
        let Some(on_disk) = fact
            .on_disk
            .as_ref()
            .filter(|_| fact.fate == RecordFate::DirMissing)
        else {
            continue;
        };
        let summary = format!(
            "The record of `{}` names {}, which is no directory.",
            crate::foreign::visible(&fact.key),
            code(fact.dir.raw())
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.client_says("plan", "Module not installed");
        let is_local = call_of(case.trace, step).is_some_and(|call| call.kind == SourceKind::Local);
        if on_disk.blocked {
            finding.reason("file-in-the-way");
            finding.explain(format!(
                "A file lies at {}, so the client cannot install there either.",
                code(&on_disk.expected)
            ));
            finding.tell(
                Owner::WorkingDirectory,
                format!(
                    "remove {} and run `terraform init`",
                    code(&on_disk.expected)
                ),
            );
        } else if is_local {
            finding.reason("local");
            finding.explain(
                "It is a directory of the configuration itself, so `init` cannot bring it back.",
            );
            finding.tell(
                Owner::Configuration,
                "restore the directory, or change the source",
            );
        } else {
            finding.severity(Severity::Warning).reason("gone");
            finding.explain("The next `init` installs the module again.");
            finding.tell(Owner::WorkingDirectory, "run `terraform init`");
            finding.tell(
                Owner::WorkingDirectory,
                "cache `modules.json` and the directories together or neither",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::call;
    use crate::rules::testing::record;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::fact::RecordFate;

    fn story(dir: &str, fate: RecordFate) -> Story {
        Story::registry().fact(Stage::Manifest, call(), Fact::Record(record(dir, fate)))
    }

    #[test]
    fn a_missing_directory_fires() {
        assert!(story(".terraform/modules/m", RecordFate::DirMissing).fires(&RULE));
    }

    #[test]
    fn a_directory_that_is_there_is_quiet() {
        assert!(!story(".terraform/modules/m", RecordFate::Kept).fires(&RULE));
    }
}
