//! The directory of a record holds a pattern that nobody expanded.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::code;
use crate::rules::common::records;
use crate::trace::PublicStage;
use crate::trace::fact::RecordFate;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR806",
    name: "glob-in-dir",
    stage: PublicStage::Manifest,
    severity: Severity::Error,
    owner: Owner::WorkingDirectory,
    yields_to: &[],
    title: "Literal glob in Dir",
    page: include_str!("tfr806_glob_in_dir.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, fact) in records(case.trace) {
        let is_used = fact.fate != RecordFate::Stale && fact.on_disk.is_some();
        if !is_used || !fact.dir.raw().contains('*') {
            continue;
        }
        let summary = format!(
            "The record of `{}` names {}, with a pattern that is taken literally.",
            crate::foreign::visible(&fact.key),
            code(fact.dir.raw())
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.client_says(
            "init",
            format!("The directory {} does not exist.", fact.dir.shown()),
        );
        finding.explain("A registry answered a location with a pattern, and the failed `init` left this record behind.");
        finding.tell(Owner::Registry, "name the directory in the location");
        finding.tell(
            Owner::WorkingDirectory,
            "then run `terraform init -upgrade`, which replaces the record",
        );
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
    fn a_pattern_fires() {
        assert!(story(".terraform/modules/m/*", RecordFate::DirMissing).fires(&RULE));
    }

    #[test]
    fn a_plain_directory_is_quiet() {
        assert!(!story(".terraform/modules/m", RecordFate::Kept).fires(&RULE));
    }
}
