//! A call has no record, so nothing is known to be installed for it.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::call_of;
use crate::rules::common::code;
use crate::rules::common::facts;
use crate::rules::common::records_files;
use crate::trace::Fact;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Subject;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR813",
    name: "call-without-record",
    stage: PublicStage::Manifest,
    severity: Severity::Warning,
    owner: Owner::WorkingDirectory,
    yields_to: &[],
    title: "Call without a record in `modules.json`",
    page: include_str!("tfr813_call_without_record.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    let Some(whole) = case.trace.step(&Subject::Run, Stage::Manifest) else {
        return;
    };
    let installed_before = records_files(case.trace).any(|(_, file)| file.data_dir_exists);
    let mut lost = Vec::new();
    for (step, fact) in facts(case.trace) {
        let Fact::NoRecord { dir, exists } = fact else {
            continue;
        };
        let Some(call) = call_of(case.trace, step) else {
            continue;
        };
        let is_local = call.kind == crate::trace::call::SourceKind::Local;
        if *exists && !is_local {
            lost.push(code(dir));
        }
        let summary = "Module calls have no record in `modules.json`.".to_owned();
        found
            .add_about(&RULE, case, &Subject::Run, Some(whole.key.clone()), summary)
            .hit(&call.key, call.place.as_ref());
    }
    let is_there = found
        .as_slice()
        .iter()
        .any(|finding| finding.rule.code == RULE.code);
    if !is_there {
        return;
    }
    let summary = String::new();
    let finding = found.add_about(&RULE, case, &Subject::Run, None, summary);
    finding.client_says("plan", "Module not installed");
    if !installed_before {
        finding.severity(Severity::Note).reason("nothing-installed");
    }
    lost.truncate(10);
    if !lost.is_empty() {
        finding.evidence_lines("directories", lost);
        finding.explain("`init` removes what lies there before it installs.");
    }
    finding.tell(Owner::WorkingDirectory, "run `terraform init`");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::finding::Severity;
    use crate::rules::testing::Story;
    use crate::rules::testing::call;
    use crate::rules::testing::records_file;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Subject;

    fn story(data_dir_exists: bool) -> Story {
        let mut file = records_file();
        file.data_dir_exists = data_dir_exists;
        Story::registry()
            .fact(Stage::Manifest, Subject::Run, Fact::Records(file))
            .fact(
                Stage::Manifest,
                call(),
                Fact::NoRecord {
                    dir: ".terraform/modules/m".to_owned(),
                    exists: false,
                },
            )
    }

    #[test]
    fn a_call_without_a_record_fires() {
        for (before, severity) in [(true, Severity::Warning), (false, Severity::Note)] {
            let findings = story(before).findings(&RULE);
            assert_eq!(
                findings.first().map(|finding| finding.severity),
                Some(severity)
            );
            assert_eq!(findings.first().map(|finding| finding.calls.len()), Some(1));
        }
    }

    #[test]
    fn a_call_that_installs_is_quiet() {
        assert!(!Story::registry().fires(&RULE));
    }
}
