//! One row a finding, for spreadsheets (RFC 4180). A field never begins like a formula.

use crate::foreign::visible;
use crate::report::common;
use crate::report::document::Document;
use crate::report::document::FindingInfo;
use std::io;
use std::io::Write;

const HEAD: [&str; 17] = [
    "severity",
    "code",
    "name",
    "status",
    "confidence",
    "stage",
    "owner",
    "host",
    "target",
    "file",
    "line",
    "column",
    "message",
    "fix",
    "verified",
    "targets",
    "fingerprint",
];

/// Writes all findings, those set aside too.
pub fn write(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    row(out, HEAD.iter().map(|word| (*word).to_owned()))?;
    for finding in &document.findings {
        row(out, fields(document, finding).into_iter())?;
    }
    Ok(())
}

fn fields(document: &Document, finding: &FindingInfo) -> [String; 17] {
    let place = common::place_of(finding);
    let fix = common::best_fix(finding);
    let number = |number: Option<usize>| number.map_or_else(String::new, |it| it.to_string());
    let host = finding
        .targets
        .first()
        .and_then(|id| document.target(id))
        .and_then(|target| target.host.clone());
    [
        finding.severity.clone(),
        finding.code.clone(),
        finding.name.clone(),
        finding.status.clone(),
        finding.confidence.clone(),
        finding.stage.clone(),
        finding.owner.clone(),
        host.unwrap_or_default(),
        common::affected(document, finding),
        place.map(|place| place.file.clone()).unwrap_or_default(),
        number(place.map(|place| place.line)),
        number(place.map(|place| place.column)),
        finding.message.clone(),
        fix.map(common::fix_text).unwrap_or_default(),
        fix.map(|fix| fix.verified.clone()).unwrap_or_default(),
        finding.targets.len().to_string(),
        finding.fingerprint.clone(),
    ]
}

fn row(out: &mut dyn Write, fields: impl Iterator<Item = String>) -> io::Result<()> {
    let fields: Vec<String> = fields.map(|text| field(&text)).collect();
    write!(out, "{}\r\n", fields.join(","))
}

/// A field as it is written: visible, no formula, and in quotes where it has to be.
fn field(text: &str) -> String {
    let mut shown = visible(text);
    if shown.starts_with(['=', '+', '-', '@']) {
        shown.insert(0, '\'');
    }
    if shown.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", shown.replace('"', "\"\""))
    } else {
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn fields_are_quoted_and_never_a_formula() {
        assert_eq!(field("a,b"), "\"a,b\"");
        assert_eq!(field("say \"x\""), "\"say \"\"x\"\"\"");
        assert_eq!(field("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(field("@SUM(1,2)"), "\"'@SUM(1,2)\"");
        assert_eq!(field("two\nlines\u{1b}"), "two\\nlines\\x1b");
    }
}
