//! A call was changed after its module was installed, or its record lacks the version that the call asks about.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::Foreign;
use crate::foreign::visible;
use crate::rules::common::call_of;
use crate::rules::common::code;
use crate::rules::common::records;
use crate::trace::PublicStage;
use crate::trace::Step;
use crate::trace::call::Call;
use crate::trace::call::SourceKind;
use crate::trace::fact::RecordFact;
use crate::trace::fact::RecordFate;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR810",
    name: "call-changed",
    stage: PublicStage::Manifest,
    severity: Severity::Warning,
    owner: Owner::WorkingDirectory,
    yields_to: &[],
    title: "Installed code no longer matches the call",
    page: include_str!("tfr810_call_changed.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, fact) in records(case.trace) {
        let Some(call) = call_of(case.trace, step).filter(|_| fact.on_disk.is_some()) else {
            continue;
        };
        match fact.fate {
            RecordFate::SourceDiffers => source_differs(case, step, fact, call, found),
            RecordFate::VersionDiffers => version_differs(case, step, fact, call, found),
            RecordFate::Kept | RecordFate::DirMissing => {
                unversioned(case, step, fact, call, found);
            }
            RecordFate::Updated | RecordFate::Stale => {}
        }
    }
}

fn source_differs(
    case: &Case<'_>,
    step: &Step,
    fact: &RecordFact,
    call: &Call,
    found: &mut Findings,
) {
    let summary = format!(
        "{} is installed, and the call of `{}` asks for {}.",
        code(fact.source.raw()),
        visible(&call.key),
        code(call.source.raw())
    );
    let Some(finding) = found.once(&RULE, case, step, summary) else {
        return;
    };
    finding.reason("source");
    finding.client_says("plan", "Module source has changed");
    finding.tell(Owner::WorkingDirectory, "run `terraform init`");
}

fn version_differs(
    case: &Case<'_>,
    step: &Step,
    fact: &RecordFact,
    call: &Call,
    found: &mut Findings,
) {
    let summary = format!(
        "{} is installed, and the call of `{}` asks for \"{}\".",
        fact.version
            .as_ref()
            .map(Foreign::shown)
            .unwrap_or_default(),
        visible(&call.key),
        call.constraint
            .as_ref()
            .map(Foreign::shown)
            .unwrap_or_default()
    );
    let Some(finding) = found.once(&RULE, case, step, summary) else {
        return;
    };
    finding.reason("version");
    finding.client_says("plan", "Module version requirements have changed");
    finding.tell(Owner::WorkingDirectory, "run `terraform init`");
}

/// `get` is content with such a record, `init` and `plan` are not, and `init` keeps it.
fn unversioned(case: &Case<'_>, step: &Step, fact: &RecordFact, call: &Call, found: &mut Findings) {
    let asks = call.kind == SourceKind::Registry && call.constraint.is_some();
    if !asks || fact.version.is_some() || fact.fate == RecordFate::DirMissing {
        return;
    }
    let summary = format!(
        "The record of `{}` has no version, and its call asks for \"{}\".",
        visible(&call.key),
        call.constraint
            .as_ref()
            .map(Foreign::shown)
            .unwrap_or_default()
    );
    let Some(finding) = found.once(&RULE, case, step, summary) else {
        return;
    };
    finding.severity(Severity::Error).reason("no-version");
    finding.client_says("init", "Module version requirements have changed");
    finding.explain("`get` accepts the record; `init` and `plan` refuse it and send people back to `init`, which keeps it.");
    finding.fix(
        Fix::tell(Owner::WorkingDirectory, "replace the record").command("terraform get -update"),
    );
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
    fn a_changed_call_is_a_warning() {
        for fate in [RecordFate::SourceDiffers, RecordFate::VersionDiffers] {
            assert!(story(".terraform/modules/m", fate).fires(&RULE));
        }
    }

    #[test]
    fn a_record_without_a_version_is_an_error() {
        let mut fact = record(".terraform/modules/m", RecordFate::Kept);
        fact.version = None;
        let story = Story::registry().fact(Stage::Manifest, call(), Fact::Record(fact));
        let findings = story.findings(&RULE);
        assert_eq!(
            findings.first().map(|finding| finding.severity),
            Some(crate::finding::Severity::Error)
        );
    }

    #[test]
    fn a_record_that_fits_is_quiet() {
        assert!(!story(".terraform/modules/m", RecordFate::Kept).fires(&RULE));
    }
}
