//! The directory of a record is not the one that the client computes.
//! The client keeps such a record as long as source and version match, and reads whatever lies there.

use crate::finding::Case;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::finding::Tried;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::count;
use crate::rules::common::records;
use crate::rules::common::records_files;
use crate::trace::PublicStage;
use crate::trace::Step;
use crate::trace::fact::ComputedDir;
use crate::trace::fact::OnDisk;
use crate::trace::fact::RecordFact;
use crate::trace::fact::RecordFate;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR804",
    name: "dir-differs",
    stage: PublicStage::Manifest,
    severity: Severity::Error,
    owner: Owner::WorkingDirectory,
    yields_to: &["TFR807"],
    title: "Dir in `modules.json` differs from the computed Dir",
    page: include_str!("tfr804_dir_differs.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    check_root(case, found);
    for (step, fact) in records(case.trace) {
        let Some(on_disk) = &fact.on_disk else {
            continue;
        };
        if !matches!(fact.fate, RecordFate::Kept | RecordFate::DirMissing) {
            continue;
        }
        let version = fact.version.as_ref().map(crate::foreign::Foreign::raw);
        let behind = on_disk.computed.as_ref().filter(|computed| {
            computed.version.as_deref() == version && plain(&computed.dir) != plain(fact.dir.raw())
        });
        if let Some(computed) = behind {
            report_behind(case, step, fact, computed, found);
        } else if !on_disk.agrees && on_disk.computed.is_none() {
            report_elsewhere(case, step, fact, on_disk, found);
        }
    }
}

/// The root's own record: the client puts it right by itself.
fn check_root(case: &Case<'_>, found: &mut Findings) {
    for (step, file) in records_files(case.trace) {
        let Some(dir) = file.root_dir.as_ref().filter(|dir| dir.raw() != ".") else {
            continue;
        };
        let summary = format!("The record of the root module names {}.", code(dir.raw()));
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.severity(Severity::Note).reason("root");
        finding.explain("The client writes `.` there the next time.");
    }
}

/// An installation of today gives another directory.
fn report_behind(
    case: &Case<'_>,
    step: &Step,
    fact: &RecordFact,
    computed: &ComputedDir,
    found: &mut Findings,
) {
    let summary = format!(
        "The record of `{}` names another directory than an installation of today.",
        visible(&fact.key)
    );
    let Some(finding) = found.once(&RULE, case, step, summary) else {
        return;
    };
    finding.reason("behind");
    if fact.fate == RecordFate::DirMissing {
        finding.severity(Severity::Warning);
    }
    finding.evidence_table(
        "dirs",
        vec![
            vec![String::new(), "dir".to_owned(), "disk".to_owned()],
            vec![
                "recorded".to_owned(),
                fact.dir.shown(),
                count(fact.config_files, "configuration file"),
            ],
            vec![
                "computed".to_owned(),
                visible(&computed.dir),
                count(computed.config_files, "configuration file"),
            ],
        ],
    );
    kept(finding);
    let mut fix = upgrade();
    let tried = if computed.config_files > 0 {
        Tried::Verified
    } else {
        Tried::Refuted
    };
    fix.tried = vec![(case.client.clone(), tried)];
    fix.text = format!("replace the record: Dir becomes {}", visible(&computed.dir));
    "the recorded version was installed anew beside it".clone_into(&mut fix.how);
    finding.fix(fix);
    if fact.fate == RecordFate::Kept {
        let mut fix = Fix::tell(Owner::WorkingDirectory, "run `terraform init` alone")
            .command("terraform init")
            .tempting();
        fix.tried = vec![(case.client.clone(), Tried::Refuted)];
        "source and version match, so the record is used again".clone_into(&mut fix.how);
        finding.fix(fix);
    }
}

/// The directory is not where modules of this key are.
fn report_elsewhere(
    case: &Case<'_>,
    step: &Step,
    fact: &RecordFact,
    on_disk: &OnDisk,
    found: &mut Findings,
) {
    let summary = format!(
        "The record of `{}` names {}; the module belongs at {}.",
        visible(&fact.key),
        code(fact.dir.raw()),
        code(&on_disk.expected)
    );
    let Some(finding) = found.once(&RULE, case, step, summary) else {
        return;
    };
    finding.reason("elsewhere");
    if fact.fate == RecordFate::DirMissing {
        finding.severity(Severity::Warning);
        finding.tell(Owner::WorkingDirectory, "run `terraform init`");
        return;
    }
    if on_disk.opened {
        finding.evidence(
            "disk",
            format!(
                "{} in {}",
                count(fact.config_files, "configuration file"),
                code(fact.dir.raw())
            ),
        );
    } else {
        finding.explain("That is outside this project; it was not opened.");
    }
    kept(finding);
    finding.fix(upgrade());
}

fn kept(finding: &mut Finding) {
    finding.explain("The client keeps a record whose source and version still match, and reads what lies at its directory, so a plain `init` does not mend it.");
}

fn upgrade() -> Fix {
    Fix::tell(Owner::WorkingDirectory, "replace the record").command("terraform init -upgrade")
}

/// A directory without `./` and slashes that say nothing.
fn plain(dir: &str) -> String {
    let parts: Vec<&str> = dir
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    let lead = if dir.starts_with('/') { "/" } else { "" };
    format!("{lead}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::call;
    use crate::rules::testing::record;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::fact::ComputedDir;
    use crate::trace::fact::RecordFact;
    use crate::trace::fact::RecordFate;

    fn story(fact: RecordFact) -> Story {
        Story::registry().fact(Stage::Manifest, call(), Fact::Record(fact))
    }

    #[test]
    fn a_directory_elsewhere_fires() {
        let mut fact = record("lib/sg", RecordFate::Kept);
        if let Some(on_disk) = &mut fact.on_disk {
            on_disk.agrees = false;
        }
        assert!(story(fact).fires(&RULE));
    }

    #[test]
    fn a_record_that_is_behind_shows_both_directories() {
        let mut fact = record(".terraform/modules/m", RecordFate::Kept);
        let computed = ComputedDir {
            dir: ".terraform/modules/m/sg".to_owned(),
            config_files: 2,
            version: Some("1.0.0".to_owned()),
        };
        if let Some(on_disk) = &mut fact.on_disk {
            on_disk.computed = Some(computed);
        }
        let findings = story(fact).findings(&RULE);
        assert_eq!(
            findings.first().and_then(|finding| finding.reason),
            Some("behind")
        );
    }

    #[test]
    fn a_record_that_fits_is_quiet() {
        assert!(!story(record(".terraform/modules/m", RecordFate::Kept)).fires(&RULE));
    }
}
