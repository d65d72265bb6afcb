//! GitHub's workflow commands: annotations of findings that have a place in a file.
//!
//! The service shows ten of a level in a step and drops the rest without a word; so nine are written, and the tenth says
//! how many more there are.

use crate::foreign::visible;
use crate::report::common;
use crate::report::document::Document;
use crate::report::document::FindingInfo;
use std::io;
use std::io::Write;

const SHOWN: usize = 9;

/// Writes the commands, one a line.
pub fn write(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    for (level, severities) in [
        ("error", &["error"][..]),
        ("warning", &["warning", "inconclusive"]),
        ("notice", &["note"]),
    ] {
        let placed: Vec<&FindingInfo> = common::open(document)
            .filter(|finding| severities.contains(&finding.severity.as_str()))
            .filter(|finding| common::place_of(finding).is_some())
            .collect();
        for finding in placed.iter().take(SHOWN) {
            writeln!(out, "{}", command(level, finding))?;
        }
        if placed.len() > SHOWN {
            writeln!(
                out,
                "::{level} title=tfreg-doctor::and {} more, see the summary",
                placed.len() - SHOWN
            )?;
        }
    }
    Ok(())
}

fn command(level: &str, finding: &FindingInfo) -> String {
    let place = common::place_of(finding).map_or_else(String::new, |place| {
        format!(
            "file={},line={},col={},",
            property(&place.file),
            place.line,
            place.column
        )
    });
    let fix = common::best_fix(finding)
        .map_or_else(String::new, |fix| format!("\n{}", common::tried_fix(fix)));
    let text = format!(
        "{}\n{}{fix}",
        common::one_line(&finding.message),
        common::owner_of(finding)
    );
    format!(
        "::{level} {place}title={}::{}",
        property(&common::head_of(finding)),
        message(&text)
    )
}

fn message(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(&visible(text))
        .replace(':', "%3A")
        .replace(',', "%2C")
}
