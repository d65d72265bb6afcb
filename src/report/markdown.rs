//! A summary in Markdown, as job summaries show it: the table first, then the details, within a budget of bytes.
//!
//! A summary that is too large is not shown at all by the service that reads it; what does not fit is counted instead.

use crate::foreign::visible;
use crate::report::common;
use crate::report::document::Document;
use crate::report::document::FindingInfo;
use crate::report::document::HostInfo;
use crate::report::style::counted;
use std::fmt::Write as _;
use std::io;
use std::io::Write;

/// The most bytes written; the limit there is 1024 KiB.
const BUDGET: usize = 1_000 * 1_024;
/// Kept for the last lines.
const RESERVE: usize = 512;

/// Writes the summary.
pub fn write(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(text(document, BUDGET).as_bytes())
}

fn text(document: &Document, budget: usize) -> String {
    let mut page = Page {
        text: String::new(),
        budget: budget.saturating_sub(RESERVE),
    };
    page.push(&heading(document));
    let findings: Vec<&FindingInfo> = common::open(document).collect();
    let mut in_table = 0;
    if !findings.is_empty() {
        page.push("\n| | Finding | Where | Fix in | Try |\n|---|---|---|---|---|\n");
        in_table = page.push_all(findings.iter().map(|finding| row(document, finding)));
    }
    page.push("\n");
    let hosts = page.push_all(document.hosts.iter().map(|host| host_line(document, host)));
    let details = page.push_all(findings.iter().map(|finding| detail(document, finding)));
    let mut left = String::new();
    let missing = |left: &mut String, what: &str, shown: usize, all: usize| {
        if shown < all {
            let _ = writeln!(left, "\n{} more {what} in the full report.", all - shown);
        }
    };
    missing(&mut left, "findings", in_table, findings.len());
    missing(&mut left, "hosts", hosts, document.hosts.len());
    missing(&mut left, "details", details, findings.len());
    let command = document.run.command.join(" ");
    if command.len() < 200 {
        let _ = writeln!(
            left,
            "\nReproduce: {}",
            code(&format!("tfreg-doctor {command}"))
        );
    }
    page.text.push_str(&left);
    page.text
}

struct Page {
    text: String,
    budget: usize,
}

impl Page {
    fn push(&mut self, part: &str) -> bool {
        let fits = self.text.len() + part.len() <= self.budget;
        if fits {
            self.text.push_str(part);
        }
        fits
    }

    /// Adds parts until one does not fit; how many did.
    fn push_all(&mut self, parts: impl Iterator<Item = String>) -> usize {
        let mut count = 0;
        for part in parts {
            if !self.push(&part) {
                break;
            }
            count += 1;
        }
        count
    }
}

fn heading(document: &Document) -> String {
    let summary = &document.summary;
    let mark = match document.run.exit.code {
        0 => "✓",
        3 => "?",
        _ => "✗",
    };
    let shards = document
        .run
        .partition
        .as_ref()
        .map_or_else(String::new, |partition| {
            format!(
                " · partition {} {}/{}",
                escape(&partition.kind),
                partition.index,
                partition.total
            )
        });
    let incomplete = if document.run.complete {
        ""
    } else {
        " · **not complete**"
    };
    format!(
        "### {mark} tfreg-doctor: {}, {}, {} inconclusive, {} fine\n\n{} · {} · {}{shards}{incomplete}\n",
        counted(summary.error, "error"),
        counted(summary.warning, "warning"),
        summary.inconclusive,
        summary.fine,
        counted(summary.targets, "target"),
        counted(summary.requests, "request"),
        escape(&common::clients_of(document)),
    )
}

fn row(document: &Document, finding: &FindingInfo) -> String {
    let places: Vec<String> = finding
        .locations
        .iter()
        .take(3)
        .map(|place| code(&format!("{}:{}", place.file, place.line)))
        .collect();
    let wh = if places.is_empty() {
        code(&common::affected(document, finding))
    } else {
        let more = finding.locations.len().saturating_sub(3);
        let more = if more > 0 {
            format!(" +{more}")
        } else {
            String::new()
        };
        format!("{}{more}", places.join(", "))
    };
    let fix = common::best_fix(finding).map_or_else(String::new, |fix| {
        let mark = if fix.verified == "verified" {
            " ✓"
        } else {
            ""
        };
        format!("{}{mark}", code(&common::fix_text(fix)))
    });
    format!(
        "| {} | {} {} | {wh} | {} | {fix} |\n",
        escape(&finding.severity),
        escape(&finding.code),
        escape(&finding.name),
        escape(&finding.owner)
    )
}

fn host_line(document: &Document, host: &HostInfo) -> String {
    let mut waits: Vec<f64> = document
        .requests
        .iter()
        .filter(|request| of_host(&request.url, &host.host))
        .map(|request| request.phases_ms.total)
        .collect();
    waits.sort_by(f64::total_cmp);
    let refused = host.limits.as_ref().map_or(0, |limits| limits.seen_429);
    let at = |percent: usize| {
        let rank = (waits.len() * percent).div_ceil(100);
        waits.get(rank.saturating_sub(1)).copied()
    };
    let times = match (at(50), at(95)) {
        (Some(half), Some(most)) => format!(" · p50 {half:.0} ms · p95 {most:.0} ms"),
        (_, _) => String::new(),
    };
    format!(
        "- {}: {} requests{times} · 429s: {refused}\n",
        code(&host.host),
        waits.len()
    )
}

fn of_host(url: &str, host: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    authority == host || authority.split(':').next() == Some(host)
}

fn detail(document: &Document, finding: &FindingInfo) -> String {
    let mut text = format!(
        "\n<details><summary>{} {} {}: {}</summary>\n\n{}\n",
        escape(&finding.severity),
        escape(&finding.code),
        escape(&finding.name),
        code(&common::affected(document, finding)),
        prose(&finding.message),
    );
    if !finding.fixes.is_empty() {
        text.push('\n');
    }
    for fix in &finding.fixes {
        let value = fix
            .value
            .as_ref()
            .map_or_else(String::new, |value| format!(": {}", code(value)));
        let _ = writeln!(
            text,
            "- {} ({}): {}{value}",
            escape(&fix.verified),
            escape(&fix.audience),
            prose(&fix.text)
        );
        for command in &fix.commands {
            let _ = writeln!(text, "  - {}", code(command));
        }
    }
    for line in &finding.reproduce.curl {
        let _ = writeln!(text, "- reproduce: {}", code(line));
    }
    text.push_str("\n</details>\n");
    text
}

/// A text as code, whatever is in it.
fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(&common::one_line(text)))
}

/// A sentence; what stands in backticks is code.
fn prose(text: &str) -> String {
    let text = common::one_line(text);
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escape(&text);
    }
    let parts = parts.iter().enumerate();
    parts
        .map(|(at, part)| {
            if at % 2 == 1 {
                code(part)
            } else {
                escape(part)
            }
        })
        .collect()
}

/// A text in which nothing is markup, a mention or a link.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in visible(text).chars() {
        let plain = character.is_alphanumeric()
            || matches!(
                character,
                ' ' | '.' | ',' | '/' | '"' | '\'' | '(' | ')' | ';' | '%' | '-' | '?'
            )
            || !character.is_ascii();
        if plain {
            escaped.push(character);
        } else {
            let _ = write!(escaped, "&#{};", u32::from(character));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::text;
    use crate::report::document::Document;
    use crate::report::document::FindingInfo;

    fn finding(number: usize) -> FindingInfo {
        FindingInfo {
            code: format!("TFR{number}"),
            severity: "error".to_owned(),
            status: "open".to_owned(),
            message: "long ".repeat(40),
            ..FindingInfo::default()
        }
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let document = Document {
            findings: (0..500).map(finding).collect(),
            ..Document::default()
        };
        let page = text(&document, 20_000);
        assert!(page.len() <= 20_000, "{}", page.len());
        assert!(page.contains("more findings in the full report"));
        assert!(text(&document, 1_000_000).contains("TFR499"));
    }

    #[test]
    fn nothing_foreign_is_markup() {
        let evil = FindingInfo {
            message: "<script> | `x` [a](b) @you #1 ::error".to_owned(),
            status: "open".to_owned(),
            ..FindingInfo::default()
        };
        let page = text(
            &Document {
                findings: vec![evil],
                ..Document::default()
            },
            10_000,
        );
        for bad in ["<script>", "`x`", "[a]", "@you", "#1 ", "::error"] {
            assert!(!page.contains(bad), "{bad}: {page}");
        }
    }
}
