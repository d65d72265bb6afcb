//! The report of many targets for people: a line each, and one block for a defect, however many targets share it.

use crate::finding::Finding;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::report::Asked;
use crate::report::Run;
use crate::report::Section;
use crate::report::Style;
use crate::report::shared;
use crate::report::style::Detail;
use crate::report::style::Mark;
use crate::report::style::Tone;
use crate::report::style::counted;
use crate::report::style::spread;
use std::collections::HashMap;
use std::io;
use std::io::Write;
use std::time::Duration;
use unicode_width::UnicodeWidthStr;

/// Up to so many targets each is told at length.
pub const FEW: usize = 5;
/// Up to so many targets those without a finding have a line too.
const LISTED: usize = 100;
/// Targets that are named at a defect.
const NAMED: usize = 3;

/// Writes one finding as a block.
pub type Block = fn(&Run, &Section, &Finding, &Style, &mut dyn Write) -> io::Result<()>;

/// Writes everything but the summary.
pub fn write(run: &Run, style: &Style, block: Block, out: &mut dyn Write) -> io::Result<()> {
    if style.detail > Detail::Quiet {
        write_heading(run, style, out)?;
        write_lines(run, style, out)?;
    }
    write_findings(run, style, block, out)?;
    write_slowest(run, style, out)?;
    write_rest(run, style, out)
}

fn write_heading(run: &Run, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let clients: Vec<String> = run
        .about
        .clients
        .iter()
        .map(|(client, _)| format!("{} {}", client.product.word(), client.version()))
        .collect();
    let hosts = shared::hosts(run).len();
    let left = format!(
        "{}, {}",
        counted(run.sections.len(), "target"),
        counted(hosts, "host")
    );
    let right = format!("as {}", clients.join(", "));
    let painted = style.paint(Tone::Strong, &left);
    writeln!(
        out,
        "{}",
        spread(&painted, left.width(), &right, style.width)
    )?;
    if let Some(note) = &run.about.client_note {
        writeln!(out, "{}", style.paint(Tone::Dim, note))?;
    }
    writeln!(out)
}

/// One line of the overview.
struct Row {
    mark: Mark,
    title: String,
    gets: String,
    last: String,
}

fn write_lines(run: &Run, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let all = run.sections.len() <= LISTED || style.detail >= Detail::Verbose;
    let rows: Vec<Row> = run
        .sections
        .iter()
        .filter(|section| all || worst(section).is_some_and(|worst| worst < Severity::Note))
        .map(|section| row(section, style))
        .collect();
    let width =
        |cell: fn(&Row) -> &str| rows.iter().map(|row| cell(row).width()).max().unwrap_or(0);
    let title = width(|row| &row.title);
    let gets = width(|row| &row.gets);
    for row in &rows {
        let line = format!(
            "  {} {}  {}  {}",
            style.mark(row.mark),
            padded(&row.title, title),
            padded(&row.gets, gets),
            row.last
        );
        writeln!(out, "{}", line.trim_end())?;
    }
    let unlisted = run.sections.len() - rows.len();
    if unlisted > 0 {
        let text = format!(
            "{} more without a finding; -v lists them",
            counted(unlisted, "target")
        );
        writeln!(
            out,
            "  {} {}",
            style.mark(Mark::Dot),
            style.paint(Tone::Dim, &text)
        )?;
    }
    writeln!(out)
}

fn row(section: &Section, style: &Style) -> Row {
    let mark = match worst(section) {
        _ if section.is_cut_off() => Mark::Dot,
        Some(Severity::Error) => Mark::Fail,
        Some(Severity::Inconclusive) => Mark::Unsure,
        Some(Severity::Warning) => Mark::Warn,
        Some(Severity::Note) | None => Mark::Pass,
    };
    let calls = &section.trace.calls;
    let gets = match (&section.target, calls.as_slice()) {
        (Asked::Dir(_) | Asked::Records(_), calls) => counted(calls.len(), "call"),
        (Asked::Host(_) | Asked::Module(_) | Asked::Package(_), [call, ..]) => {
            call.version.clone().unwrap_or_default()
        }
        (Asked::Host(_) | Asked::Module(_) | Asked::Package(_), []) => String::new(),
    };
    let serious = section
        .findings
        .iter()
        .filter(|finding| finding.severity < Severity::Note);
    let mut codes: Vec<String> = Vec::new();
    for finding in serious {
        let code = format!("{} {}", finding.rule.code, finding.rule.name);
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    let last = if section.is_cut_off() {
        "not checked".to_owned()
    } else if codes.is_empty() {
        style.duration(took(section))
    } else {
        codes.join(", ")
    };
    Row {
        mark,
        title: style.plain(&visible(section.target.title())),
        gets: visible(&gets),
        last,
    }
}

fn worst(section: &Section) -> Option<Severity> {
    section
        .findings
        .iter()
        .map(|finding| finding.severity)
        .min()
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// The time that the requests of a target took.
fn took(section: &Section) -> Duration {
    section
        .trace
        .exchanges()
        .map(|(_, exchange)| exchange.phases.total)
        .sum()
}

/// Findings that say the same of several targets.
struct Group<'a> {
    section: &'a Section,
    finding: &'a Finding,
    titles: Vec<&'a str>,
}

fn write_findings(run: &Run, style: &Style, block: Block, out: &mut dyn Write) -> io::Result<()> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut known: HashMap<(&str, &str), usize> = HashMap::new();
    for section in &run.sections {
        for finding in &section.findings {
            let next = groups.len();
            let at = *known
                .entry((finding.rule.code, finding.summary.as_str()))
                .or_insert(next);
            match groups.get_mut(at) {
                Some(group) => group.titles.push(section.target.title()),
                None => groups.push(Group {
                    section,
                    finding,
                    titles: vec![section.target.title()],
                }),
            }
        }
    }
    groups.sort_by_key(|group| {
        (
            group.finding.severity,
            std::cmp::Reverse(group.titles.len()),
        )
    });
    for group in groups {
        block(run, group.section, group.finding, style, out)?;
        let named: Vec<String> = group
            .titles
            .iter()
            .take(NAMED)
            .map(|title| visible(title))
            .collect();
        let more = match group.titles.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        writeln!(out, "  in {}{more}", named.join(", "))?;
    }
    Ok(())
}

fn write_slowest(run: &Run, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if style.slowest == 0 {
        return Ok(());
    }
    let mut slowest: Vec<(Duration, &Section)> = run
        .sections
        .iter()
        .map(|section| (took(section), section))
        .collect();
    slowest.sort_by_key(|(took, _)| std::cmp::Reverse(*took));
    writeln!(out, "slowest")?;
    for (took, section) in slowest.into_iter().take(style.slowest) {
        let title = style.plain(&visible(section.target.title()));
        let left = format!("  {title}");
        writeln!(
            out,
            "{}",
            spread(&left, left.width(), &style.duration(took), style.width)
        )?;
    }
    writeln!(out)
}

/// Who throttled, which share this was, and what was not reached.
fn write_rest(run: &Run, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for (host, waited) in shared::throttled_by(run) {
        writeln!(
            out,
            "throttled {} by {}",
            style.duration(waited),
            visible(&host)
        )?;
    }
    if let Some(share) = &run.about.partition {
        let digest = share.list_digest.trim_start_matches("sha256:");
        writeln!(
            out,
            "partition {} {}/{}: {} of {}, list digest {}",
            share.kind,
            share.index,
            share.total,
            run.sections.len(),
            counted(share.list_size, "target"),
            digest.get(..8).unwrap_or(digest)
        )?;
    }
    let missed = run
        .sections
        .iter()
        .filter(|section| section.is_cut_off())
        .count();
    if missed > 0 {
        writeln!(
            out,
            "not checked: {missed} of {}, as the run ended early",
            counted(run.sections.len(), "target")
        )?;
    }
    Ok(())
}
