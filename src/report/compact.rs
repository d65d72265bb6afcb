//! One line a finding, `file:line:col: error TFR740 nested-root: …`, as editors and `grep` like it.

use crate::report::common;
use crate::report::document::Document;
use crate::report::document::FindingInfo;
use crate::report::style::counted;
use std::io;
use std::io::Write;

/// Writes the findings and a last line with the verdict.
pub fn write(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    for finding in common::open(document) {
        writeln!(out, "{}", line(document, finding))?;
    }
    let summary = &document.summary;
    writeln!(
        out,
        "{}: {}, {}, {} inconclusive, {} of {} fine; exit {}{}",
        if document.run.exit.code == 0 {
            "ok"
        } else {
            "FAILED"
        },
        counted(summary.error, "error"),
        counted(summary.warning, "warning"),
        summary.inconclusive,
        summary.fine,
        summary.targets,
        document.run.exit.code,
        if document.run.complete {
            ""
        } else {
            "; not complete"
        }
    )
}

fn line(document: &Document, finding: &FindingInfo) -> String {
    let place = match common::place_of(finding) {
        Some(place) => format!(
            "{}:{}:{}",
            common::one_line(&place.file),
            place.line,
            place.column
        ),
        None => common::affected(document, finding),
    };
    let others = match finding.locations.as_slice() {
        [] | [_] => String::new(),
        [_, rest @ ..] => {
            let also = rest
                .iter()
                .map(|place| format!("{}:{}", common::one_line(&place.file), place.line));
            format!(" (also {})", also.collect::<Vec<_>>().join(", "))
        }
    };
    let fix = common::best_fix(finding)
        .map_or_else(String::new, |fix| format!(". {}", common::tried_fix(fix)));
    format!(
        "{place}: {} {}: {}{others}. {}{fix}",
        common::one_line(&finding.severity),
        common::head_of(finding),
        common::one_line(&finding.message).trim_end_matches('.'),
        common::owner_of(finding),
    )
}
