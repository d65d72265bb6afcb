//! The default report: a line per stage, a ruled block per finding, one summary line.

use crate::finding::Evidence;
use crate::finding::EvidenceValue;
use crate::finding::Finding;
use crate::finding::Fix;
use crate::finding::Severity;
use crate::finding::Tried;
use crate::foreign::visible;
use crate::report::Asked;
use crate::report::Run;
use crate::report::Section;
use crate::report::Style;
use crate::report::Verdict;
use crate::report::compat;
use crate::report::lines::Line;
use crate::report::lines::Row;
use crate::report::lines::State;
use crate::report::lines::stage_lines;
use crate::report::lines::tree_rows;
use crate::report::many;
use crate::report::matrix;
use crate::report::matrix_table;
use crate::report::records;
use crate::report::shared;
use crate::report::style::Detail;
use crate::report::style::Mark;
use crate::report::style::Scope;
use crate::report::style::Tone;
use crate::report::style::counted;
use crate::report::style::spread;
use crate::report::words;
use crate::secret::mask_places;
use comfy_table::ContentArrangement;
use comfy_table::Table;
use comfy_table::TableStyle;
use std::io;
use std::io::Write;
use unicode_width::UnicodeWidthStr;

/// Writes the report for people.
pub fn write(run: &Run, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if style.detail == Detail::Silent {
        return Ok(());
    }
    let mut text = Vec::new();
    write_run(run, style, &mut text)?;
    let text = mask_places(&String::from_utf8_lossy(&text));
    out.write_all(without_commands(&text).as_bytes())
}

/// The text without what a build log would take for a command of its own.
fn without_commands(text: &str) -> String {
    let mut tame = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let body = line.trim_start();
        let line = if body.starts_with("::") {
            tame.push_str(&line[..line.len() - body.len()]);
            tame.push_str("\\x3a");
            &body[1..]
        } else {
            line
        };
        tame.push_str(&line.replace("##[", "#\\x23["));
    }
    tame
}

fn write_run(run: &Run, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if style.scope == Scope::Matrix {
        return compat::write(run, style, out);
    }
    if run.sections.len() > many::FEW {
        many::write(run, style, write_finding, out)?;
        return writeln!(out, "{}", summary(run, style));
    }
    for (index, section) in run.sections.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        write_section(run, section, style, out)?;
    }
    write!(out, "{}", crate::report::aside::lines(run, style))?;
    writeln!(out, "{}", summary(run, style))
}

fn write_section(
    run: &Run,
    section: &Section,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    if style.detail > Detail::Quiet {
        write_heading(run, section, style, out)?;
        match &section.target {
            Asked::Dir(_) if section.trace.calls.len() != 1 => write_tree(section, style, out)?,
            Asked::Records(_) => records::write(section, style, out)?,
            Asked::Dir(_) | Asked::Host(_) | Asked::Module(_) | Asked::Package(_) => {
                for line in stage_lines(section, section.trace.calls.first()) {
                    writeln!(out, "{}", stage_line(&line, style))?;
                }
            }
        }
        matrix_table::write_differences(run, section, style, out)?;
        writeln!(out)?;
    }
    for finding in &section.findings {
        write_finding(run, section, finding, style, out)?;
    }
    if style.timings || style.curl || style.detail >= Detail::Verbose {
        words::write_requests(&section.trace, style, out)?;
    }
    Ok(())
}

fn write_heading(
    run: &Run,
    section: &Section,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let right = format!("as {}", matrix_table::clients(run, style));
    let title = visible(section.target.title());
    let left = match &section.target {
        Asked::Dir(_) if section.trace.calls.len() == 1 => call_heading(section, &title),
        Asked::Dir(_) => {
            let packages = section.trace.stage(crate::trace::Stage::Fetch).count();
            format!(
                "{title}   {}, {}",
                counted(section.trace.calls.len(), "module call"),
                counted(packages, "distinct package")
            )
        }
        Asked::Records(_) => match records::heading(section) {
            Some(heading) => format!("{title}   {heading}"),
            None => title.clone(),
        },
        Asked::Host(_) | Asked::Module(_) | Asked::Package(_) => title.clone(),
    };
    let strong = style.paint(Tone::Strong, &title);
    let painted = match left.strip_prefix(&title) {
        Some(rest) if title != "." => format!("{strong}{rest}"),
        Some(_) | None => left.clone(),
    };
    writeln!(out, "{}", heading(&painted, left.width(), &right, style))?;
    if let Some(note) = &run.about.client_note {
        writeln!(out, "{}", style.paint(Tone::Dim, note))?;
    }
    writeln!(out)
}

/// A heading, with the clients at the right edge or on a line of their own.
fn heading(painted: &str, width: usize, right: &str, style: &Style) -> String {
    if width + right.width() < style.width {
        return spread(painted, width, right, style.width);
    }
    format!("{painted}\n{}", spread("", 0, right, style.width))
}

/// A root module with one call is told like that call.
fn call_heading(section: &Section, title: &str) -> String {
    let Some(call) = section.trace.calls.first() else {
        return title.to_owned();
    };
    let place = call.place.as_ref();
    let place = place.map(|place| format!("   {}:{}", visible(&place.file), place.line));
    let wants = call.constraint.as_ref();
    let wants = wants.map(|wants| format!("   version \"{}\"", wants.shown()));
    let title = if title == "." { "" } else { title };
    let lead = if title.is_empty() { "" } else { "   " };
    format!(
        "{title}{lead}module.{}{}   {}{}",
        visible(&call.key),
        place.unwrap_or_default(),
        call.source.shown(),
        wants.unwrap_or_default()
    )
}

/// The room kept for a duration, so that its size does not decide where a line is broken.
const DURATION: usize = 7;

fn mark_of(state: State) -> Mark {
    match state {
        State::Pass => Mark::Pass,
        State::Fail => Mark::Fail,
        State::Warn => Mark::Warn,
        State::Inconclusive => Mark::Unsure,
        State::Skipped | State::NotReached => Mark::Dot,
    }
}

fn stage_line(line: &Line, style: &Style) -> String {
    let mark = mark_of(line.state);
    let right = line
        .took
        .map(|took| style.duration(took))
        .unwrap_or_default();
    let lead = format!("  {} {:<14}", style.pick("x", "xxxx"), line.name);
    let room = style
        .width
        .saturating_sub(lead.width() + right.width().max(DURATION) + 1)
        .max(20);
    let text = style.plain(&visible(&line.text));
    let tone = if line.state == State::NotReached || line.state == State::Skipped {
        Tone::Dim
    } else {
        Tone::Plain
    };
    // An address is never broken: it moves to the right edge's line as it is.
    if text.width() <= room {
        let left = format!(
            "  {} {:<14}{}",
            style.mark(mark),
            line.name,
            style.paint(tone, &text)
        );
        return spread(&left, lead.width() + text.width(), &right, style.width);
    }
    let wrapped = wrap(&text, room);
    let mut lines = wrapped.iter();
    let first = lines.next().cloned().unwrap_or_default();
    let left = format!("  {} {:<14}{first}", style.mark(mark), line.name);
    let mut all = spread(&left, lead.width() + first.width(), &right, style.width);
    for rest in lines {
        all.push('\n');
        all.push_str(&" ".repeat(lead.width()));
        all.push_str(rest);
    }
    all
}

/// Wraps prose at blanks; a word longer than the room (an address, a command) stays whole.
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let options = textwrap::Options::new(room.max(20))
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .word_separator(textwrap::WordSeparator::AsciiSpace);
    textwrap::wrap(text, options)
        .into_iter()
        .map(std::borrow::Cow::into_owned)
        .collect()
}

fn write_tree(section: &Section, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for line in crate::report::lines::host_lines(section) {
        writeln!(out, "{}", stage_line(&line, style))?;
    }
    let rows = tree_rows(section);
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let mut lines = tree_lines(&rows, style, |remark| remark);
    if lines.iter().any(|line| line.width() > style.width) {
        // The block below names the rule in full.
        lines = tree_lines(&rows, style, |remark| {
            remark.split(' ').next().unwrap_or_default()
        });
    }
    for line in lines {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn tree_lines(rows: &[Row], style: &Style, remark: fn(&str) -> &str) -> Vec<String> {
    let mut table = plain_table();
    table.set_header(["", "module", "source", "wants", "gets", ""]);
    for row in rows {
        let mark = mark_of(row.state);
        let last = if row.remark.is_empty() {
            row.took
                .map(|took| style.duration(took))
                .unwrap_or_default()
        } else {
            remark(&row.remark).to_owned()
        };
        table.add_row([
            format!("  {}", style.mark(mark)),
            style.plain(&visible(&row.module)),
            shorten(&visible(&row.source), style),
            visible(&row.wants),
            visible(&row.gets),
            last,
        ]);
    }
    table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// Cells of the overview may be shortened, on a terminal's width only.
pub(super) fn shorten(text: &str, style: &Style) -> String {
    let most = (style.width / 2).saturating_sub(8).max(24);
    if text.width() <= most {
        return text.to_owned();
    }
    let keep = most.saturating_sub(1) / 2;
    let head: String = text.chars().take(keep).collect();
    let tail: String = text
        .chars()
        .rev()
        .take(keep)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect();
    format!("{head}{}{tail}", style.pick("…", "..."))
}

pub(super) fn plain_table() -> Table {
    let mut table = Table::new();
    table.load_style(TableStyle::new());
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.force_no_tty();
    table
}

fn write_finding(
    run: &Run,
    section: &Section,
    finding: &Finding,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let tone = match finding.severity {
        Severity::Error => Tone::Bad,
        Severity::Warning | Severity::Inconclusive => Tone::Caution,
        Severity::Note => Tone::Dim,
    };
    let calls = if matches!(section.target, Asked::Dir(_) | Asked::Records(_)) {
        places(section, finding)
    } else {
        String::new()
    };
    let head = format!(
        "{} {} {}",
        finding.severity.word(),
        finding.rule.code,
        finding.rule.name
    );
    let corner = style.pick("╷", "+");
    let right = format!("fix in: {}", finding.owner.word());
    let plain = format!("{corner} {head}{calls}");
    let painted = format!(
        "{} {}{calls}",
        style.paint(tone, corner),
        style.paint(tone, &head)
    );
    writeln!(
        out,
        "{}",
        spread(&painted, plain.width(), &right, style.width)
    )?;
    let bar = style.paint(tone, style.pick("│", "|"));
    for line in body(run, section, finding, style) {
        writeln!(out, "{}", format!("{bar} {line}").trim_end())?;
    }
    writeln!(out, "{}", style.paint(tone, style.pick("╵", "+")))
}

fn places(section: &Section, finding: &Finding) -> String {
    let is_each = finding.calls.len() == 1 || finding.places.len() == finding.calls.len();
    let calls = finding.calls.iter().take(4).enumerate();
    let named: Vec<String> = calls
        .map(
            |(index, key)| match finding.places.get(index).filter(|_| is_each) {
                Some(at) => {
                    let file = visible(&shared::file_of(section, &at.file));
                    format!("{} ({file}:{})", visible(key), at.line)
                }
                None => visible(key),
            },
        )
        .collect();
    let more = finding.calls.len().saturating_sub(4);
    let tail = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    if named.is_empty() {
        String::new()
    } else {
        format!("   {}{tail}", named.join(", "))
    }
}

fn body(run: &Run, section: &Section, finding: &Finding, style: &Style) -> Vec<String> {
    let room = style.width.min(100).saturating_sub(2);
    let mut lines = vec![String::new()];
    lines.extend(wrap(&style.plain(&visible(&finding.summary)), room));
    for evidence in &finding.evidence {
        lines.extend(evidence_lines(evidence, style, room));
    }
    for sentence in &finding.explanation {
        lines.push(String::new());
        lines.extend(wrap(&style.plain(&visible(sentence)), room));
    }
    if let Some(message) = finding.short_message() {
        let name = run
            .about
            .clients
            .first()
            .map_or("the client", |(client, _)| client.product.title());
        lines.push(String::new());
        lines.extend(wrap(
            &format!(
                "{name} says, at {}: {}",
                message.phase,
                style.plain(&visible(&message.text))
            ),
            room,
        ));
    }
    lines.extend(fix_lines(run, finding, style, room));
    lines.push(String::new());
    for curl in words::reproduce(&section.trace, finding) {
        lines.push(format!("Reproduce   {curl}"));
    }
    lines.push(format!(
        "More        tfreg-doctor explain {}",
        finding.rule.code
    ));
    lines
}

fn evidence_lines(evidence: &Evidence, style: &Style, room: usize) -> Vec<String> {
    match &evidence.value {
        EvidenceValue::Text(text) => {
            let text = style.plain(&visible(text));
            let lead = format!("    {:<12} ", evidence.kind.replace('-', " "));
            let wrapped = wrap(&text, room.saturating_sub(lead.width()));
            wrapped
                .iter()
                .enumerate()
                .map(|(index, line)| {
                    if index == 0 {
                        format!("{lead}{line}")
                    } else {
                        format!("{}{line}", " ".repeat(lead.width()))
                    }
                })
                .collect()
        }
        EvidenceValue::Lines(rows) => std::iter::once(String::new())
            .chain(
                rows.iter()
                    .map(|row| format!("    {}", style.plain(&visible(row)))),
            )
            .collect(),
        EvidenceValue::Table(rows) if rows.len() < 2 => Vec::new(),
        EvidenceValue::Table(rows) => {
            let mut table = plain_table();
            for row in rows {
                table.add_row(row.iter().map(|cell| style.plain(&visible(cell))));
            }
            std::iter::once(String::new())
                .chain(table.lines().map(|line| format!("   {}", line.trim_end())))
                .collect()
        }
        EvidenceValue::Request(..) => Vec::new(),
    }
}

fn fix_lines(run: &Run, finding: &Finding, style: &Style, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut last_head = String::new();
    for fix in &finding.fixes {
        let head = if fix.tempting && fix.verdict() != Tried::Verified {
            "Tempting, but not a fix:".to_owned()
        } else if finding
            .fixes
            .iter()
            .filter(|other| other.owner == fix.owner && !other.tempting)
            .count()
            > 1
        {
            format!("Fix in the {}, either way:", owner_phrase(fix))
        } else {
            format!("Fix in the {}:", owner_phrase(fix))
        };
        if head != last_head {
            lines.push(String::new());
            lines.push(head.clone());
            last_head = head;
        }
        lines.extend(one_fix(run, fix, style, room));
    }
    lines
}

fn owner_phrase(fix: &Fix) -> &'static str {
    match fix.owner {
        crate::finding::Owner::Registry => "registry",
        crate::finding::Owner::Author => "module package",
        crate::finding::Owner::Configuration => "configuration",
        crate::finding::Owner::Environment => "environment",
        crate::finding::Owner::Network => "network",
        crate::finding::Owner::WorkingDirectory => "working directory",
    }
}

fn one_fix(run: &Run, fix: &Fix, style: &Style, room: usize) -> Vec<String> {
    let verdict = fix.verdict();
    let (mark, tone) = match verdict {
        Tried::Verified => (Mark::Pass, Tone::Good),
        Tried::Refuted => (Mark::Fail, Tone::Bad),
        Tried::Untested => (Mark::Dot, Tone::Dim),
    };
    let mixed = fix.tried.iter().any(|(_, tried)| *tried != verdict);
    let word = if mixed { "differs" } else { verdict.word() };
    let (mark, tone) = if mixed {
        (Mark::Warn, Tone::Caution)
    } else {
        (mark, tone)
    };
    let lead = 2 + style.pick("x", "xxxx").width() + 1 + 11;
    let mut text = style.plain(&visible(&fix.text));
    if mixed {
        let marks: Vec<String> = by_client(fix, run);
        text = format!("{text}   ({})", marks.join("; "));
    } else if fix.tried.len() > 1 && verdict != Tried::Untested {
        let all = if fix.tried.len() == 2 { "both" } else { "all" };
        text = format!("{text}   (for {all} clients)");
    }
    let wrapped = wrap(&text, room.saturating_sub(lead));
    let mut lines = Vec::new();
    for (index, line) in wrapped.iter().enumerate() {
        if index == 0 {
            lines.push(format!(
                "  {} {}{line}",
                style.mark(mark),
                style.paint(tone, &format!("{word:<11}"))
            ));
        } else {
            lines.push(format!("{}{line}", " ".repeat(lead)));
        }
    }
    for value in fix.value.iter().chain(&fix.commands) {
        lines.push(format!("{}  {}", " ".repeat(lead), visible(value)));
    }
    lines
}

fn by_client(fix: &Fix, run: &Run) -> Vec<String> {
    let known: Vec<_> = run.about.clients.iter().map(|(client, _)| client).collect();
    [Tried::Verified, Tried::Refuted, Tried::Untested]
        .into_iter()
        .filter_map(|tried| {
            let spans = fix
                .tried
                .iter()
                .filter(|(client, mark)| *mark == tried && known.contains(&client))
                .map(|(client, _)| run.about.span(client));
            let named = matrix::named(spans);
            (!named.is_empty()).then(|| format!("{} for {named}", tried.word()))
        })
        .collect()
}

fn summary(run: &Run, style: &Style) -> String {
    let counts = [
        (run.count(Severity::Error), "error"),
        (run.count(Severity::Warning), "warning"),
        (run.count(Severity::Note), "note"),
    ];
    let mut parts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| counted(*count, word))
        .collect();
    let unsure = run.count(Severity::Inconclusive);
    if unsure > 0 {
        parts.push(format!("{unsure} inconclusive"));
    }
    let (mark, word) = match run.verdict {
        Verdict::Clean if parts.is_empty() => (Mark::Pass, "healthy".to_owned()),
        Verdict::Clean => (Mark::Pass, format!("works, with {}", parts.join(", "))),
        Verdict::Findings => (Mark::Fail, parts.join(", ")),
        Verdict::Unsure if !parts.is_empty() => (Mark::Unsure, parts.join(", ")),
        Verdict::Nothing => (Mark::Fail, "nothing to check".to_owned()),
        Verdict::Interrupted(_) | Verdict::Unsure => (
            Mark::Fail,
            "interrupted; what is shown is incomplete".to_owned(),
        ),
    };
    let (passed, all) = crate::report::lines::passed(run);
    let requests = match run.about.clients.len() {
        0 | 1 => shared::requests(run),
        _ => run.sections.iter().map(compat::sent).sum(),
    };
    let judged = run
        .sections
        .iter()
        .find(|section| matches!(section.target, Asked::Records(_)));
    let checks = if let Some(section) = judged {
        let (fine, all) = records::fine(section);
        format!("{fine} of {} fine", counted(all, "record"))
    } else if passed == all {
        format!("{} passed", counted(all, "check"))
    } else {
        format!("{passed} of {all} checks passed")
    };
    let text = format!(
        "{word}   {checks}{}, {}, {}",
        crate::report::aside::counts(run),
        counted(requests, "request"),
        style.duration(run.about.took)
    );
    let left = format!("{} {text}", style.mark(mark));
    let right = crate::report::aside::exit(run);
    spread(
        &left,
        style.pick("x", "xxxx").width() + 1 + text.width(),
        &right,
        style.width,
    )
}
