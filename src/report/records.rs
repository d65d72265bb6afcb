//! The overview of `modules.json`: a line per record, with what is on the disk.

use crate::finding::Finding;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::report::Section;
use crate::report::Style;
use crate::report::human::plain_table;
use crate::report::human::shorten;
use crate::report::style::Mark;
use crate::report::style::counted;
use crate::trace::Fact;
use crate::trace::Stage;
use crate::trace::Subject;
use crate::trace::Trace;
use crate::trace::fact::RecordFact;
use crate::trace::fact::RecordFate;
use crate::trace::fact::RecordsFact;
use std::collections::HashMap;
use std::io;
use std::io::Write;

/// The most records without a call that the table shows.
const MOST_STALE: usize = 20;

/// The file and how many records it has; nothing where it could not be read.
pub(super) fn heading(section: &Section) -> Option<String> {
    let file = file_of(&section.trace)?;
    let number = if file.exists {
        counted(file.records, "record")
    } else {
        "not there".to_owned()
    };
    Some(format!("{}   {number}", visible(&file.path)))
}

/// Writes the table.
pub(super) fn write(section: &Section, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let Some(file) = file_of(&section.trace) else {
        return Ok(());
    };
    let mut table = plain_table();
    table.set_header(["", "key", "source", "version", "dir", "disk"]);
    table.add_row([
        format!("  {}", style.mark(Mark::Pass)),
        String::new(),
        "root module".to_owned(),
        String::new(),
        ".".to_owned(),
        files(file.root_files),
    ]);
    let known: HashMap<&str, &RecordFact> = records(&section.trace)
        .map(|record| (record.key.as_str(), record))
        .collect();
    for call in &section.trace.calls {
        let (version, dir, disk) = match known.get(call.key.as_str()) {
            Some(record) => (
                record.version.as_ref().map(crate::foreign::Foreign::shown),
                shorten(&record.dir.shown(), style),
                disk_of(record),
            ),
            None => (None, String::new(), "no record".to_owned()),
        };
        table.add_row([
            format!("  {}", style.mark(mark_of(section, &call.key))),
            style.plain(&visible(&call.key)),
            shorten(&call.source.shown(), style),
            version.unwrap_or_default(),
            dir,
            disk,
        ]);
    }
    let stale = records(&section.trace).filter(|record| record.fate == RecordFate::Stale);
    for record in stale.take(MOST_STALE) {
        table.add_row([
            format!("  {}", style.mark(Mark::Dot)),
            visible(&record.key),
            shorten(&record.source.shown(), style),
            record
                .version
                .as_ref()
                .map(crate::foreign::Foreign::shown)
                .unwrap_or_default(),
            shorten(&record.dir.shown(), style),
            "no call".to_owned(),
        ]);
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// How many records have nothing against them, and how many there are, calls without one included.
pub(super) fn fine(section: &Section) -> (usize, usize) {
    let bad = section
        .trace
        .calls
        .iter()
        .filter(|call| !matches!(mark_of(section, &call.key), Mark::Pass))
        .count();
    let all = file_of(&section.trace).map_or(0, |file| file.records);
    (all.saturating_sub(bad), all)
}

fn mark_of(section: &Section, key: &str) -> Mark {
    let worst = section
        .findings
        .iter()
        .filter(|finding| finding.calls.iter().any(|call| call == key))
        .map(|finding: &Finding| finding.severity)
        .min();
    match worst {
        Some(Severity::Error) => Mark::Fail,
        Some(Severity::Inconclusive) => Mark::Unsure,
        Some(Severity::Warning) => Mark::Warn,
        Some(Severity::Note) | None => Mark::Pass,
    }
}

fn disk_of(record: &RecordFact) -> String {
    match &record.on_disk {
        _ if !record.dir_exists => "missing".to_owned(),
        Some(on_disk) if !on_disk.opened => "not opened".to_owned(),
        Some(_) | None => files(record.config_files),
    }
}

fn files(number: usize) -> String {
    format!("{number} .tf")
}

fn file_of(trace: &Trace) -> Option<&RecordsFact> {
    let step = trace.step(&Subject::Run, Stage::Manifest)?;
    step.facts.iter().find_map(|fact| match fact {
        Fact::Records(file) => Some(file),
        _ => None,
    })
}

fn records(trace: &Trace) -> impl Iterator<Item = &RecordFact> {
    trace
        .stage(Stage::Manifest)
        .flat_map(|step| &step.facts)
        .filter_map(as_record)
}

fn as_record(fact: &Fact) -> Option<&RecordFact> {
    match fact {
        Fact::Record(record) => Some(record),
        _ => None,
    }
}
