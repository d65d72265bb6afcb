//! The data directory is elsewhere, and the project has another one that is not in use.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::code;
use crate::rules::common::records_files;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR812",
    name: "data-dir-elsewhere",
    stage: PublicStage::Manifest,
    severity: Severity::Note,
    owner: Owner::Environment,
    yields_to: &[],
    title: "Data directory is elsewhere",
    page: include_str!("tfr812_data_dir_elsewhere.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, file) in records_files(case.trace) {
        let Some(leftover) = &file.leftover else {
            continue;
        };
        let summary = format!(
            "Modules are in {}; {} is there too and not in use.",
            code(&format!("{}/modules", file.data_dir)),
            code(leftover)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.aside().severity(Severity::Note);
        finding.tell(Owner::Environment, "give `TF_DATA_DIR` to every tool");
        finding.tell(
            Owner::WorkingDirectory,
            format!("remove {}", code(leftover)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::records_file;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Subject;

    fn story(leftover: Option<&str>) -> Story {
        let mut file = records_file();
        file.leftover = leftover.map(str::to_owned);
        Story::registry().fact(Stage::Manifest, Subject::Run, Fact::Records(file))
    }

    #[test]
    fn a_second_directory_fires() {
        assert!(story(Some(".terraform/modules")).fires(&RULE));
    }

    #[test]
    fn one_directory_is_quiet() {
        assert!(!story(None).fires(&RULE));
    }
}
