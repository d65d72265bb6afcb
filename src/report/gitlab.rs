//! GitLab's Code Quality report: one entry a finding that counts.

use crate::report::common;
use crate::report::document::Document;
use crate::report::document::FindingInfo;
use serde_json::Value;
use serde_json::json;
use std::collections::HashMap;
use std::io;
use std::io::Write;

/// Writes the report.
pub fn write(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let entries: Vec<Value> = common::open(document)
        .map(|finding| {
            let again = seen.entry(&finding.fingerprint).or_default();
            *again += 1;
            entry(document, finding, *again)
        })
        .collect();
    common::write_json(&entries, out)
}

fn entry(document: &Document, finding: &FindingInfo, again: usize) -> Value {
    let place = common::place_of(finding);
    let path = place.map_or_else(
        || common::affected(document, finding),
        |place| common::one_line(&place.file),
    );
    let digits = finding.fingerprint.trim_start_matches("sha256:");
    json!({
        "description": format!("{}: {}", common::head_of(finding), common::one_line(&finding.message)),
        "check_name": finding.code,
        // Entries with the same fingerprint are one entry there.
        "fingerprint": if again == 1 { digits.to_owned() } else { format!("{digits}-{again}") },
        "severity": severity(&finding.severity),
        "location": { "path": path, "lines": { "begin": place.map_or(1, |place| place.line.max(1)) } },
    })
}

fn severity(word: &str) -> &'static str {
    match word {
        "error" => "major",
        "warning" => "minor",
        _ => "info",
    }
}
