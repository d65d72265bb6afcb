//! Records and directories that no module call needs.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::Foreign;
use crate::foreign::visible;
use crate::rules::common::count;
use crate::rules::common::records;
use crate::rules::common::records_files;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Subject;
use crate::trace::fact::RecordFate;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR808",
    name: "stale-records",
    stage: PublicStage::Manifest,
    severity: Severity::Note,
    owner: Owner::WorkingDirectory,
    yields_to: &[],
    title: "Stale records and directories",
    page: include_str!("tfr808_stale_records.md"),
    check,
};

/// The most names that are shown.
const SHOWN: usize = 10;

fn check(case: &Case<'_>, found: &mut Findings) {
    let stale: Vec<String> = records(case.trace)
        .filter(|(_, fact)| fact.fate == RecordFate::Stale)
        .map(|(_, fact)| visible(&fact.key))
        .collect();
    let unrecorded: Vec<String> = records_files(case.trace)
        .flat_map(|(_, file)| &file.unrecorded)
        .map(Foreign::shown)
        .collect();
    if stale.is_empty() && unrecorded.is_empty() {
        return;
    }
    let Some(step) = case.trace.step(&Subject::Run, Stage::Manifest) else {
        return;
    };
    let summary = match (stale.len(), unrecorded.len()) {
        (records, 0) => format!("{} without a module call.", count(records, "record")),
        (0, directories) => format!(
            "{} of modules without a record.",
            if directories == 1 {
                "1 directory".to_owned()
            } else {
                format!("{directories} directories")
            }
        ),
        (records, directories) => format!(
            "{} without a module call, and {directories} of the directories without a record.",
            count(records, "record")
        ),
    };
    let Some(finding) = found.once(&RULE, case, step, summary) else {
        return;
    };
    finding.aside().severity(Severity::Note);
    if !stale.is_empty() {
        finding.evidence_lines("records", stale.into_iter().take(SHOWN).collect());
    }
    if !unrecorded.is_empty() {
        finding.evidence_lines("directories", unrecorded.into_iter().take(SHOWN).collect());
    }
    finding.explain("The client neither uses nor removes them; tools that scan the directory report their code.");
    finding.tell(
        Owner::WorkingDirectory,
        "remove `.terraform/modules` and run `terraform init`",
    );
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::records_file;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Subject;

    fn story(unrecorded: &[&str]) -> Story {
        let mut file = records_file();
        file.unrecorded = unrecorded.iter().map(|name| foreign(name)).collect();
        Story::registry().fact(Stage::Manifest, Subject::Run, Fact::Records(file))
    }

    #[test]
    fn a_directory_without_a_record_fires() {
        assert!(story(&["old"]).fires(&RULE));
    }

    #[test]
    fn a_tidy_directory_is_quiet() {
        assert!(!story(&[]).fires(&RULE));
    }
}
