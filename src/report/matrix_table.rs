//! A matrix on the screen: as many columns as fit beside each other, the others below.

use crate::client::releases::Span;
use crate::finding::Tried;
use crate::foreign::visible;
use crate::report::Run;
use crate::report::Section;
use crate::report::Style;
use crate::report::human::wrap;
use crate::report::matrix::Cell;
use crate::report::matrix::Column;
use crate::report::matrix::Kind;
use crate::report::matrix::Matrix;
use crate::report::matrix::Row;
use crate::report::matrix::Rows;
use crate::report::style::Mark;
use crate::report::style::Tone;
use std::io;
use std::io::Write;
use unicode_width::UnicodeWidthStr;

/// Room for the text of a row.
const LEAST: usize = 30;
const MOST: usize = 58;

/// Writes in what the clients of a run differ.
pub(super) fn write_differences(
    run: &Run,
    section: &Section,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let count = section.others.len() + 1;
    if count == 1 {
        return Ok(());
    }
    let matrix = Matrix::of(&run.about, section, Rows::Differing);
    writeln!(out)?;
    if matrix.rows.is_empty() {
        let all = if count == 2 { "both" } else { "all" };
        return writeln!(
            out,
            "  {} the same for {all} {count} clients",
            style.mark(Mark::Dot)
        );
    }
    write(&matrix, style, out)
}

/// The clients of a run, as a heading names them.
pub(super) fn clients(run: &Run, style: &Style) -> String {
    let names: Vec<String> = run
        .about
        .clients
        .iter()
        .map(|(client, _)| run.about.span(client).to_string())
        .collect();
    let shown = match names.split_first() {
        Some((first, rest)) if rest.len() > 2 => {
            format!("{first} and {} further clients", rest.len())
        }
        Some(_) | None => names.join(", "),
    };
    shown.replace('–', style.pick("–", "-"))
}

/// Writes a matrix.
pub(super) fn write(matrix: &Matrix, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let lead = lead(matrix, style);
    for (number, part) in parts(&matrix.columns, style.width.saturating_sub(lead), style)
        .into_iter()
        .enumerate()
    {
        if number > 0 {
            writeln!(out)?;
        }
        write_part(matrix, &part, lead, style, out)?;
    }
    Ok(())
}

/// A column with its place and its room.
struct Place {
    at: usize,
    product: &'static str,
    label: String,
    width: usize,
}

fn lead(matrix: &Matrix, style: &Style) -> usize {
    let longest = matrix
        .rows
        .iter()
        .map(|row| text_of(row).width() + 4)
        .max()
        .unwrap_or(LEAST);
    longest.clamp(LEAST, MOST.min((style.width * 3 / 5).max(LEAST)))
}

/// As many columns together as fit.
fn parts(columns: &[Column], room: usize, style: &Style) -> Vec<Vec<Place>> {
    let mut parts: Vec<Vec<Place>> = Vec::new();
    let mut used = 0;
    let mut last = "";
    for (at, column) in columns.iter().enumerate() {
        let product = column.spans.first().map_or("", |span| span.product.word());
        let numbers: Vec<String> = column.spans.iter().map(Span::numbers).collect();
        let label = style
            .plain(&numbers.join(", "))
            .replace('–', style.pick("–", "-"));
        let least = if product == last { 0 } else { product.len() };
        let width = label.width().max(least).max(4) + 2;
        if parts.is_empty() || used + width > room {
            parts.push(Vec::new());
            used = 0;
        }
        used += width;
        last = product;
        if let Some(part) = parts.last_mut() {
            part.push(Place {
                at,
                product,
                label,
                width,
            });
        }
    }
    parts
}

fn write_part(
    matrix: &Matrix,
    part: &[Place],
    lead: usize,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut products = " ".repeat(lead);
    let mut numbers = " ".repeat(lead);
    let mut last = "";
    for place in part {
        let product = if place.product == last {
            ""
        } else {
            place.product
        };
        last = place.product;
        products.push_str(&filled(product, place.width));
        numbers.push_str(&filled(&place.label, place.width));
    }
    writeln!(out, "{}", style.paint(Tone::Strong, products.trim_end()))?;
    writeln!(out, "{}", numbers.trim_end())?;
    let several = matrix.rows.iter().any(|row| {
        let first = matrix.rows.first();
        row.kind == Kind::Outcome && first.is_some_and(|first| first.call != row.call)
    });
    let mut call = "";
    let mut kind = Kind::Outcome;
    for row in &matrix.rows {
        if several && row.kind == Kind::Outcome && row.call != call {
            writeln!(out, "module.{}", visible(&row.call))?;
        }
        if row.kind == Kind::Fix && kind != Kind::Fix {
            writeln!(out, "\n{}", style.paint(Tone::Strong, "What would work"))?;
        }
        call = &row.call;
        kind = row.kind;
        write_row(row, part, lead, style, out)?;
    }
    Ok(())
}

fn write_row(
    row: &Row,
    part: &[Place],
    lead: usize,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let text = style.plain(&visible(&text_of(row)));
    let lines = wrap(&text, lead.saturating_sub(4));
    for (number, line) in lines.iter().enumerate() {
        let mut shown = format!("  {}", filled(line, lead.saturating_sub(2)));
        if number == 0 {
            for place in part {
                let cell = row.cells.get(place.at).copied().unwrap_or(Cell::Absent);
                shown.push_str(&mark(cell, style));
                let used = style.pick("x", "xxxx").width();
                shown.push_str(&" ".repeat(place.width.saturating_sub(used)));
            }
        }
        writeln!(out, "{}", shown.trim_end())?;
    }
    match (row.kind, &row.value) {
        (Kind::Fix, Some(value)) => {
            for line in wrap(&visible(value), style.width.saturating_sub(4)) {
                writeln!(out, "    {}", style.plain(&line))?;
            }
            Ok(())
        }
        (Kind::Outcome, _) if !row.codes.is_empty() => {
            let codes = row.codes.join(", ");
            writeln!(out, "    {}", style.paint(Tone::Dim, &codes))
        }
        (Kind::Fix | Kind::Finding | Kind::Outcome, _) => Ok(()),
    }
}

/// The text of a row: of what a client says, its headline.
fn text_of(row: &Row) -> String {
    match row.kind {
        Kind::Outcome if row.text.starts_with("fails: ") => {
            let parts: Vec<&str> = row.text.splitn(3, ": ").collect();
            match parts.as_slice() {
                [fails, words, _] => format!("{fails}: {words}"),
                _ => row.text.clone(),
            }
        }
        Kind::Outcome | Kind::Finding | Kind::Fix => row.text.clone(),
    }
}

fn mark(cell: Cell, style: &Style) -> String {
    style.mark(match cell {
        Cell::Works | Cell::Tried(Tried::Verified) => Mark::Pass,
        Cell::Fails | Cell::Tried(Tried::Refuted) => Mark::Fail,
        Cell::Flawed | Cell::Found => Mark::Warn,
        Cell::Tried(Tried::Untested) => Mark::Unsure,
        Cell::Absent => Mark::Dot,
    })
}

fn filled(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}
