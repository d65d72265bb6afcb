//! The directory of a record is a path of another platform or machine.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::records;
use crate::rules::common::records_files;
use crate::trace::PublicStage;
use crate::trace::fact::RecordFate;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR807",
    name: "dir-not-portable",
    stage: PublicStage::Manifest,
    severity: Severity::Error,
    owner: Owner::WorkingDirectory,
    yields_to: &[],
    title: "Dir with backslashes or an absolute path",
    page: include_str!("tfr807_dir_not_portable.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    let data_dir = records_files(case.trace)
        .next()
        .map_or("", |(_, file)| file.data_dir.as_str());
    for (step, fact) in records(case.trace) {
        let Some(on_disk) = &fact.on_disk else {
            continue;
        };
        let dir = fact.dir.raw();
        let backslashes = dir.contains('\\');
        let foreign_root =
            is_absolute(dir) && !(is_absolute(data_dir) && dir.starts_with(data_dir));
        let is_used = matches!(fact.fate, RecordFate::Kept | RecordFate::DirMissing);
        if !is_used || on_disk.agrees || !(backslashes || foreign_root) {
            continue;
        }
        let summary = format!(
            "The record of `{}` names {}, a path of another {}.",
            visible(&fact.key),
            code(dir),
            if backslashes {
                "platform"
            } else {
                "machine or directory"
            }
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.reason(if backslashes {
            "backslashes"
        } else {
            "absolute"
        });
        if fact.dir_exists {
            finding.explain("Something is there, and the client reads it in place of the module, as source and version match.");
            if !on_disk.opened {
                finding.explain("It is outside this project; it was not opened.");
            }
        } else {
            finding.severity(Severity::Warning);
            finding.client_says(
                "plan",
                format!(
                    "This module's local cache directory {} could not be read.",
                    fact.dir.shown()
                ),
            );
        }
        finding.tell(
            Owner::WorkingDirectory,
            "run `terraform init -upgrade` on the machine that uses it",
        );
    }
}

/// A path with a root, of any platform.
fn is_absolute(path: &str) -> bool {
    let mut characters = path.chars();
    let drive = characters
        .next()
        .is_some_and(|letter| letter.is_ascii_alphabetic())
        && characters.next() == Some(':');
    path.starts_with(['/', '\\']) || drive
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

    fn story(dir: &str) -> Story {
        let mut fact = record(dir, RecordFate::DirMissing);
        if let Some(on_disk) = &mut fact.on_disk {
            on_disk.agrees = dir == on_disk.expected;
        }
        Story::registry().fact(Stage::Manifest, call(), Fact::Record(fact))
    }

    #[test]
    fn backslashes_and_roots_fire() {
        for dir in [".terraform\\modules\\m", "/home/x/m", "C:/x/m"] {
            assert!(story(dir).fires(&RULE), "{dir}");
        }
    }

    #[test]
    fn a_directory_of_this_project_is_quiet() {
        assert!(!story(".terraform/modules/m").fires(&RULE));
    }
}
