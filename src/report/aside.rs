//! What does not count and what is said of it: findings set aside, known ones, remarks on ignores; and the name of a canary.

use crate::finding::Finding;
use crate::finding::Status;
use crate::foreign::visible;
use crate::report::Run;
use crate::report::Style;
use crate::report::style::Detail;
use crate::report::style::Mark;
use crate::trace::Trace;
use std::fmt::Write;

/// The lines before the summary, each with its line end: known findings, with `-v` suppressed ones too, then the remarks.
pub fn lines(run: &Run, style: &Style) -> String {
    let mut text = String::new();
    let dot = style.mark(Mark::Dot);
    for (_, finding) in &run.judged.aside {
        let rule = finding.rule;
        let name = format!("{} {}   {}", rule.code, rule.name, whom(finding));
        match &finding.status {
            Status::Known => {
                let _ = writeln!(text, "{dot} known {}", visible(&name));
            }
            Status::Suppressed(reason) if style.detail >= Detail::Verbose => {
                let _ = writeln!(
                    text,
                    "{dot} suppressed {}   {}",
                    visible(&name),
                    visible(reason)
                );
            }
            Status::Suppressed(_) | Status::Open => {}
        }
    }
    for remark in &run.judged.remarks {
        let _ = writeln!(text, "{dot} {}", visible(remark));
    }
    text
}

/// The part of the summary: `, 2 suppressed, 1 known`.
pub fn counts(run: &Run) -> String {
    let (suppressed, known) = numbers(run);
    let part = |number: usize, word: &str| match number {
        0 => String::new(),
        _ => format!(", {number} {word}"),
    };
    part(suppressed, "suppressed") + &part(known, "known")
}

/// The end of the summary: the exit status, where it is not 0.
pub fn exit(run: &Run) -> String {
    match run.code() {
        0 => String::new(),
        code => format!("exit {code}"),
    }
}

/// How many findings are suppressed, and how many known.
pub fn numbers(run: &Run) -> (usize, usize) {
    let aside = &run.judged.aside;
    let known = aside
        .iter()
        .filter(|(_, finding)| finding.status == Status::Known)
        .count();
    (aside.len() - known, known)
}

/// The calls of a finding, or what it is about.
fn whom(finding: &Finding) -> String {
    if finding.calls.is_empty() {
        finding.about.name().to_owned()
    } else {
        finding.calls.join(", ")
    }
}

/// The module that proves the rest of a host, ahead of what is told of it.
pub fn canary(trace: &Trace) -> String {
    trace
        .expected
        .canary
        .as_ref()
        .map(|canary| format!("canary {}: ", visible(canary)))
        .unwrap_or_default()
}
