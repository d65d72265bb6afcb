//! Sources are recorded in full, and tools that compare them as text see a difference.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::call_of;
use crate::rules::common::code;
use crate::rules::common::records;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Subject;
use crate::trace::fact::RecordFate;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR809",
    name: "source-not-normalised",
    stage: PublicStage::Manifest,
    severity: Severity::Note,
    owner: Owner::Environment,
    yields_to: &["TFR810"],
    title: "Tool compares `Source` without normalising",
    page: include_str!("tfr809_source_not_normalised.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    let Some(whole) = case.trace.step(&Subject::Run, Stage::Manifest) else {
        return;
    };
    for (step, fact) in records(case.trace) {
        let Some(call) = call_of(case.trace, step) else {
            continue;
        };
        let is_kept = fact.on_disk.is_some() && fact.fate == RecordFate::Kept;
        if !is_kept || call.source.raw() == fact.source.raw() {
            continue;
        }
        let summary = "Sources are recorded in another spelling than they are written in.";
        if let Some(finding) = found.once(&RULE, case, whole, summary) {
            finding.aside().severity(Severity::Note);
            finding.evidence("written", code(call.source.raw()));
            finding.evidence("recorded", code(fact.source.raw()));
            finding.explain("The client does so on purpose and is content; a tool that compares the two as text is not.");
            finding.tell(
                Owner::Environment,
                "let tools read both as addresses before they compare them",
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
    fn another_spelling_fires() {
        let mut fact = record(".terraform/modules/m", RecordFate::Kept);
        fact.source = crate::rules::testing::foreign("elsewhere/net/sg/aws");
        let story = Story::registry()
            .fact(
                Stage::Manifest,
                crate::trace::Subject::Run,
                Fact::Records(crate::rules::testing::records_file()),
            )
            .fact(Stage::Manifest, call(), Fact::Record(fact));
        assert!(story.fires(&RULE));
    }

    #[test]
    fn the_same_text_is_quiet() {
        assert!(!story(".terraform/modules/m", RecordFate::Kept).fires(&RULE));
    }
}
