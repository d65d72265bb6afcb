//! The report of `compat` for people: the matrix, why it is so, and what works.

use crate::client::releases::Span;
use crate::finding::Finding;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::report::Run;
use crate::report::Section;
use crate::report::Style;
use crate::report::human::wrap;
use crate::report::matrix;
use crate::report::matrix::Matrix;
use crate::report::matrix::Rows;
use crate::report::matrix::View;
use crate::report::matrix_table;
use crate::report::style::Detail;
use crate::report::style::Mark;
use crate::report::style::Tone;
use crate::report::style::counted;
use crate::report::style::spread;
use crate::trace::Fact;
use crate::trace::Trace;
use std::io;
use std::io::Write;
use unicode_width::UnicodeWidthStr;

/// The most causes that are told.
const MOST_CAUSES: usize = 4;

/// Writes the report.
pub(super) fn write(run: &Run, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for (index, section) in run.sections.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        if style.detail > Detail::Quiet {
            write_heading(run, section, style, out)?;
            let matrix = Matrix::of(&run.about, section, Rows::All);
            matrix_table::write(&matrix, style, out)?;
            writeln!(out)?;
        }
        write_causes(run, section, style, out)?;
        write_end(run, section, style, out)?;
    }
    Ok(())
}

fn write_heading(
    run: &Run,
    section: &Section,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let title = visible(section.target.title());
    let right = format!(
        "{}, {}",
        counted(section.others.len() + 1, "client"),
        counted(sent(section), "request")
    );
    let strong = style.paint(Tone::Strong, &title);
    writeln!(
        out,
        "{}",
        spread(&strong, title.width(), &right, style.width)
    )?;
    if let Some(note) = &run.about.client_note {
        writeln!(out, "{}", style.paint(Tone::Dim, note))?;
    }
    for line in sources(section) {
        writeln!(out, "  {}", style.plain(&visible(&line)))?;
    }
    writeln!(out)
}

/// What the registry answers, where that is one location for one call.
fn sources(section: &Section) -> Vec<String> {
    let [call] = section.trace.calls.as_slice() else {
        return Vec::new();
    };
    let facts = section.trace.steps.iter().flat_map(|step| &step.facts);
    let header = facts.rev().find_map(|fact| match fact {
        Fact::Location(location) => location.header.as_ref().or(location.taken.as_ref()),
        _ => None,
    });
    let source = call.source.shown();
    let mut lines = Vec::new();
    if source != section.target.title() {
        let wants = call.constraint.as_ref();
        let wants = wants.map(|wants| format!("   version \"{}\"", wants.shown()));
        lines.push(format!("source    {source}{}", wants.unwrap_or_default()));
    }
    lines.extend(header.map(|header| format!("location  {}", header.shown())));
    lines
}

/// Requests that were sent for any client.
pub(super) fn sent(section: &Section) -> usize {
    std::iter::once(&section.trace)
        .chain(section.others.iter().map(|other| &other.trace))
        .flat_map(Trace::exchanges)
        .filter(|(_, exchange)| !exchange.shared)
        .count()
}

/// Errors of any client, each once, with the clients that have it.
fn write_causes(
    run: &Run,
    section: &Section,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let views = matrix::views(&run.about, section);
    let mut causes: Vec<(&Finding, Vec<Span>)> = Vec::new();
    let first = run.about.clients.first().map(|(client, _)| client);
    let is_first = |view: &&View<'_>| Some(view.client) == first;
    let rest = views.iter().filter(|view| !is_first(view));
    for view in views.iter().filter(is_first).chain(rest) {
        for finding in view.findings {
            if !matches!(finding.severity, Severity::Error | Severity::Inconclusive) {
                continue;
            }
            let same = |known: &&mut (&Finding, Vec<Span>)| {
                known.0.rule.code == finding.rule.code && known.0.about == finding.about
            };
            match causes.iter_mut().find(same) {
                Some((_, spans)) => spans.push(view.span.clone()),
                None => causes.push((finding, vec![view.span.clone()])),
            }
        }
    }
    let more = causes.len().saturating_sub(MOST_CAUSES);
    for (finding, spans) in causes.into_iter().take(MOST_CAUSES) {
        write_cause(finding, spans, style, out)?;
    }
    if more > 0 {
        writeln!(
            out,
            "  and {}; --format json has them all\n",
            counted(more, "further cause")
        )?;
    }
    Ok(())
}

fn write_cause(
    finding: &Finding,
    spans: Vec<Span>,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let head = format!("{} {}", finding.rule.code, finding.rule.name);
    let right = format!("fix in: {}", finding.owner.word());
    let tone = Tone::Bad;
    let painted = style.paint(tone, &head);
    writeln!(
        out,
        "{}",
        spread(&painted, head.width(), &right, style.width)
    )?;
    let room = style.width.min(100).saturating_sub(2);
    let told = std::iter::once(&finding.summary).chain(finding.explanation.iter().take(2));
    let told: Vec<&str> = told.map(String::as_str).collect();
    let whom = plain(&matrix::named(spans), style);
    for line in wrap(&style.plain(&visible(&told.join(" "))), room) {
        writeln!(out, "  {line}")?;
    }
    for line in wrap(&format!("Hits {whom}."), room) {
        writeln!(out, "  {line}")?;
    }
    writeln!(out)
}

fn write_end(run: &Run, section: &Section, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let views = matrix::views(&run.about, section);
    let spans = |wanted: bool| {
        let those = views
            .iter()
            .filter(move |view: &&View<'_>| view.works() == wanted);
        plain(&matrix::named(those.map(|view| view.span.clone())), style)
    };
    let (works, fails) = (spans(true), spans(false));
    let (mark, text) = match (works.is_empty(), fails.is_empty()) {
        (_, true) => (Mark::Pass, format!("works for {works}")),
        (true, false) => (Mark::Fail, format!("works for none of {fails}")),
        (false, false) => (Mark::Fail, format!("works for {works}; not for {fails}")),
    };
    let code = run.verdict.code();
    let right = if code == 0 {
        String::new()
    } else {
        format!("exit {code}")
    };
    let lead = style.pick("x", "xxxx").width() + 1;
    let room = style.width.saturating_sub(lead + right.width() + 1).max(20);
    let lines = wrap(&text, room);
    for (number, line) in lines.iter().enumerate() {
        let left = if number == 0 {
            format!("{} {line}", style.mark(mark))
        } else {
            format!("{}{line}", " ".repeat(lead))
        };
        let right = if number + 1 == lines.len() {
            right.as_str()
        } else {
            ""
        };
        writeln!(
            out,
            "{}",
            spread(&left, lead + line.width(), right, style.width)
        )?;
    }
    Ok(())
}

fn plain(text: &str, style: &Style) -> String {
    text.replace('–', style.pick("–", "-"))
}
