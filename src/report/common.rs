//! What several formats ask a document: names of targets, places of findings, one line of text.

use crate::foreign::is_invisible;
use crate::foreign::visible;
use crate::report::document::Document;
use crate::report::document::FindingInfo;
use crate::report::document::FixInfo;
use crate::report::document::Location;
use crate::report::document::TargetInfo;
use crate::secret::mask_user_info;
use serde::Serialize;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;
use std::io::Write;

/// The text in one line, with nothing in it that a terminal or a reader's eye would obey.
pub(super) fn one_line(text: &str) -> String {
    visible(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A target as people name it: as it was asked for, with the key of the call where it is one of several.
pub(super) fn name_of(target: &TargetInfo) -> String {
    let asked = visible(&target.asked);
    match (target.calls.is_empty(), asked.as_str()) {
        (true, _) if target.key.is_empty() || !asked.is_empty() => asked,
        (_, "" | ".") => visible(&target.key),
        (_, _) => format!("{asked}: {}", visible(&target.key)),
    }
}

/// The names of a finding's targets, the first ones in words.
pub(super) fn affected(document: &Document, finding: &FindingInfo) -> String {
    let names: Vec<String> = finding
        .targets
        .iter()
        .filter_map(|id| document.target(id))
        .map(name_of)
        .collect();
    match names.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first, second] => format!("{first}, {second}"),
        [first, second, rest @ ..] => format!("{first}, {second} and {} more", rest.len()),
    }
}

/// Whether a finding counts: it is neither set aside nor known from before.
pub(super) fn is_open(finding: &FindingInfo) -> bool {
    finding.status == "open"
}

/// The findings that count, most important first.
pub(super) fn open(document: &Document) -> impl Iterator<Item = &FindingInfo> {
    document.findings.iter().filter(|finding| is_open(finding))
}

/// Where a finding shows, where it shows in a file.
pub(super) fn place_of(finding: &FindingInfo) -> Option<&Location> {
    finding.locations.first()
}

/// The first fix that was seen to work, or else the first that was not seen to fail.
pub(super) fn best_fix(finding: &FindingInfo) -> Option<&FixInfo> {
    let with = |word: &str| finding.fixes.iter().find(|fix| fix.verified == word);
    with("verified").or_else(|| with("untested"))
}

/// What to do, in one line: the value where there is one, else the words.
pub(super) fn fix_text(fix: &FixInfo) -> String {
    one_line(fix.value.as_deref().unwrap_or(&fix.text))
}

/// The head of a finding: code and name.
pub(super) fn head_of(finding: &FindingInfo) -> String {
    one_line(&format!("{} {}", finding.code, finding.name))
}

/// Who must fix it, in words.
pub(super) fn owner_of(finding: &FindingInfo) -> String {
    format!("fix in: {}", one_line(&finding.owner))
}

/// Whether a fix was seen to work, and what it is.
pub(super) fn tried_fix(fix: &FixInfo) -> String {
    format!("{}: {}", one_line(&fix.verified), fix_text(fix))
}

/// The clients of a run in words.
pub(super) fn clients_of(document: &Document) -> String {
    let clients = document.run.clients.iter();
    clients
        .map(|client| one_line(&format!("{} {}", client.name, client.version)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Writes a value as JSON over several lines.
pub(super) fn write_json(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut lines = CleanLines::onto(out);
    serde_json::to_writer_pretty(&mut lines, value)?;
    lines.end()
}

/// Writes a value as JSON in one line.
pub(super) fn write_json_line(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut lines = CleanLines::onto(out);
    serde_json::to_writer(&mut lines, value)?;
    lines.end()
}

/// Bytes that wait until they are looked at.
const CHUNK: usize = 32 * 1024;

/// Lines on their way out, looked at some at a time: no string of JSON goes over the end of a line. The document of a large
/// run is never in memory as text.
struct CleanLines<'a> {
    out: &'a mut dyn Write,
    lines: Vec<u8>,
    /// How much of them is whole lines.
    whole: usize,
}

impl<'a> CleanLines<'a> {
    fn onto(out: &'a mut dyn Write) -> Self {
        Self {
            out,
            lines: Vec::new(),
            whole: 0,
        }
    }

    fn end(mut self) -> io::Result<()> {
        self.lines.push(b'\n');
        self.whole = self.lines.len();
        self.pass_on()
    }

    fn pass_on(&mut self) -> io::Result<()> {
        let whole = self.lines.get(..self.whole).unwrap_or_default();
        let text = std::str::from_utf8(whole).map_err(io::Error::other)?;
        let masked = mask_user_info(text);
        self.out.write_all(escape_invisible(&masked).as_bytes())?;
        self.lines.drain(..self.whole);
        self.whole = 0;
        Ok(())
    }
}

impl Write for CleanLines<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lines.extend_from_slice(bytes);
        // The writer of JSON ends lines between two pieces, and never within one.
        if matches!(bytes, b"\n" | b",\n") {
            self.whole = self.lines.len();
            if self.whole >= CHUNK {
                self.pass_on()?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What does something else than being seen becomes an escape; outside of strings there is only the end of a line.
fn escape_invisible(text: &str) -> Cow<'_, str> {
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n'));
    let is_raw = |character: char| character != '\n' && is_invisible(character);
    if is_plain || !text.chars().any(is_raw) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 64);
    for character in text.chars() {
        if is_raw(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}
