//! SARIF 2.1.0: results for code scanning, each with the rule's page, whether it fired or not.

use crate::finding::Rule;
use crate::finding::Severity;
use crate::report::common;
use crate::report::document::Document;
use crate::report::document::FindingInfo;
use crate::report::document::Location;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;
use std::fmt::Write as _;
use std::io;
use std::io::Write;

/// The most results that code scanning takes.
const MOST: usize = 5_000;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Writes the log.
pub fn write(document: &Document, catalogue: &[&Rule], out: &mut dyn Write) -> io::Result<()> {
    let results = document.findings.iter().take(MOST);
    let results: Vec<Value> = results
        .map(|finding| result(document, catalogue, finding))
        .collect();
    let left_out = document.findings.len().saturating_sub(MOST);
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "tfreg-doctor",
                "version": document.tool.version,
                "semanticVersion": document.tool.version,
                "rules": catalogue.iter().map(|rule| describe(rule)).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "automationDetails": { "id": "tfreg-doctor/" },
            "invocations": [{
                "executionSuccessful": document.run.complete,
                "exitCode": document.run.exit.code,
                "exitCodeDescription": document.run.exit.reason,
                "startTimeUtc": document.run.started_at,
            }],
            "results": results,
            "properties": { "clients": common::clients_of(document), "resultsLeftOut": left_out },
        }],
    });
    common::write_json(&log, out)
}

fn describe(rule: &Rule) -> Value {
    json!({
        "id": rule.code,
        "name": pascal(rule.name),
        "shortDescription": { "text": rule.title },
        "help": { "text": rule.page, "markdown": rule.page },
        "defaultConfiguration": { "level": level(rule.severity.word()) },
        "properties": { "stage": rule.stage.word(), "owner": rule.owner.word(), "tags": [rule.stage.word(), rule.name] },
    })
}

/// `nested-root` as the names of rules are written there.
fn pascal(name: &str) -> String {
    name.split('-')
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(letters)
        })
        .collect()
}

fn level(severity: &str) -> &'static str {
    match severity {
        "error" => "error",
        "warning" => "warning",
        "inconclusive" => "none",
        _ => "note",
    }
}

fn result(document: &Document, catalogue: &[&Rule], finding: &FindingInfo) -> Value {
    let mut members = Map::new();
    let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
    set("ruleId", json!(finding.code));
    if let Some(index) = catalogue.iter().position(|rule| rule.code == finding.code) {
        set("ruleIndex", json!(index));
    }
    set("level", json!(level(&finding.severity)));
    let unsure = finding.severity == Severity::Inconclusive.word();
    set("kind", json!(if unsure { "open" } else { "fail" }));
    set("message", json!({ "text": text(finding) }));
    set("locations", json!(locations(document, finding)));
    set(
        "partialFingerprints",
        json!({ "tfregDoctor/v1": finding.fingerprint.trim_start_matches("sha256:") }),
    );
    if !common::is_open(finding) {
        let why = finding.suppressed.as_deref().unwrap_or("in the baseline");
        set(
            "suppressions",
            json!([{ "kind": "external", "status": "accepted", "justification": common::one_line(why) }]),
        );
    }
    set(
        "properties",
        json!({ "owner": finding.owner, "stage": finding.stage, "confidence": finding.confidence,
            "targets": common::affected(document, finding) }),
    );
    Value::Object(members)
}

fn text(finding: &FindingInfo) -> String {
    let mut text = format!(
        "{} Fix in: {}.",
        common::one_line(&finding.message),
        finding.owner
    );
    for fix in &finding.fixes {
        let _ = write!(text, "\n{}: {}", fix.verified, common::one_line(&fix.text));
        if let Some(value) = &fix.value {
            let _ = write!(text, ": {}", common::one_line(value));
        }
    }
    text
}

/// Places in files; where there is none, the name of the target.
fn locations(document: &Document, finding: &FindingInfo) -> Vec<Value> {
    if finding.locations.is_empty() {
        let names = finding.targets.iter().filter_map(|id| document.target(id));
        return names
            .take(10)
            .map(|target| {
                let name = common::name_of(target);
                json!({ "logicalLocations": [{ "name": name, "fullyQualifiedName": name, "kind": "module" }] })
            })
            .collect();
    }
    let places = finding.locations.iter();
    places.map(|place| physical(document, place)).collect()
}

fn physical(document: &Document, place: &Location) -> Value {
    let file = if place.file.starts_with('/') {
        format!("file://{}", uri(&place.file))
    } else {
        uri(&format!("{}{}", document.run.directory, place.file))
    };
    let mut artifact = json!({ "uri": file });
    if !place.file.starts_with('/') {
        artifact["uriBaseId"] = json!("%SRCROOT%");
    }
    json!({ "physicalLocation": {
        "artifactLocation": artifact,
        "region": { "startLine": place.line.max(1), "startColumn": place.column.max(1) },
    } })
}

/// A path as a relative URI reference.
fn uri(path: &str) -> String {
    const KEPT: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
        .remove(b'/')
        .remove(b'.')
        .remove(b'-')
        .remove(b'_')
        .remove(b'~');
    percent_encoding::utf8_percent_encode(path, KEPT).to_string()
}

#[cfg(test)]
mod tests {
    use super::pascal;
    use super::uri;

    #[test]
    fn names_and_paths_are_spelt_as_the_format_wants_them() {
        assert_eq!(pascal("nested-root"), "NestedRoot");
        assert_eq!(uri("a b/é:1.tf"), "a%20b/%C3%A9%3A1.tf");
    }
}
