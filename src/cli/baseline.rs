//! The baseline: findings that are known, by what makes each the same in another run.

use crate::cli::failure::Failure;
use crate::filter::Known;
use crate::finding::Finding;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::io::files;
use crate::report::Run;
use crate::report::fingerprint::fingerprint;
use serde_json::Value;
use serde_json::json;
use std::path::Path;

/// The schema's name.
const SCHEMA: &str = "tfreg-doctor/baseline/v1";

/// The largest baseline.
const LIMIT: u64 = 64 << 20;

/// Reads a baseline.
pub fn read(path: &Path) -> Result<Vec<Known>, Failure> {
    let wrong = |what: &str| Failure::Usage(format!("--baseline {}: {what}", path.display()));
    let (record, bytes) = files::read(path, LIMIT);
    let Some(bytes) = bytes else {
        return Err(wrong(match record.outcome {
            crate::trace::act::ReadOutcome::Missing => "no such file",
            _ => "cannot be read",
        }));
    };
    let document: Value =
        serde_json::from_slice(&bytes).map_err(|error| wrong(&format!("no JSON: {error}")))?;
    if document["schema"] != SCHEMA {
        return Err(wrong(&format!(
            "no baseline: \"schema\" is not {SCHEMA}; --write-baseline writes one"
        )));
    }
    let findings = document["findings"].as_array();
    let findings = findings.ok_or_else(|| wrong("\"findings\" is no list"))?;
    findings
        .iter()
        .map(|finding| {
            let text = |key: &str| finding[key].as_str().unwrap_or_default();
            let fingerprint = finding["fingerprint"]
                .as_str()
                .ok_or_else(|| wrong("a finding has no \"fingerprint\""))?;
            Ok(Known {
                fingerprint: fingerprint.to_owned(),
                name: format!("{} {} of {}", text("code"), text("name"), text("target")),
            })
        })
        .collect()
}

/// Writes what a run found; what could not be told is no finding to get used to.
pub fn write(path: &Path, run: &Run) -> Result<(), Failure> {
    let aside = run.judged.aside.iter();
    let known = aside
        .filter(|(_, finding)| finding.status == crate::finding::Status::Known)
        .map(|(index, finding)| (*index, finding));
    let open = run
        .sections
        .iter()
        .enumerate()
        .flat_map(|(index, section)| section.findings.iter().map(move |finding| (index, finding)));
    let mut entries: Vec<Value> = open
        .chain(known)
        .filter(|(_, finding)| finding.severity != Severity::Inconclusive)
        .filter_map(|(index, finding)| {
            let section = run.sections.get(index)?;
            Some(entry(section.target.title(), finding))
        })
        .collect();
    entries.sort_by_key(|entry| {
        ["target", "code", "fingerprint"]
            .map(|key| entry[key].as_str().unwrap_or_default().to_owned())
    });
    entries.dedup();
    let document = json!({ "schema": SCHEMA, "findings": entries });
    files::write_atomic(path, format!("{document:#}\n").as_bytes(), 0o644).map_err(|error| {
        Failure::Report {
            path: path.display().to_string(),
            word: files::word(&error),
        }
    })
}

fn entry(target: &str, finding: &Finding) -> Value {
    json!({
        "fingerprint": fingerprint(target, finding),
        "code": finding.rule.code,
        "name": finding.rule.name,
        "target": crate::secret::mask_user_info(target),
        "stage": finding.stage.word(),
        "calls": finding.calls.iter().map(|call| visible(call)).collect::<Vec<_>>(),
    })
}
