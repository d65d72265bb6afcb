//! One HTML file: findings, hosts, targets, waterfalls and requests, in light and dark, on paper too.
//!
//! It loads nothing: its policy allows one style and one script, both by their digests, and no connection. Filters work without
//! the script; that adds search, copying and saving.

mod parts;
mod targets;
mod waterfall;

use crate::report::common;
use crate::report::document::Document;
use crate::report::document::Setting;
use crate::report::html::parts::Count;
use crate::report::html::parts::FindingPart;
use crate::report::html::parts::HostPart;
use crate::report::html::parts::Link;
use crate::report::html::targets::RequestPart;
use crate::report::html::targets::TargetPart;
use crate::report::html::waterfall::Waterfall;
use crate::report::style::counted;
use askama::Template;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::Digest;
use sha2::Sha256;
use std::io;
use std::io::Write;

const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");
/// The most requests shown one by one.
const MOST_REQUESTS: usize = 2_000;
/// The most bars of one waterfall.
const MOST_BARS: usize = 400;

#[derive(Template)]
#[template(path = "report.html", config = "src/report/html/askama.toml")]
struct Page {
    policy: String,
    title: String,
    style: &'static str,
    script: &'static str,
    verdict: &'static str,
    verdict_text: String,
    counts: Vec<Count>,
    about: String,
    complete: bool,
    sections: Vec<Link>,
    findings: Vec<FindingPart>,
    set_aside: Vec<FindingPart>,
    hosts: Vec<HostPart>,
    targets: Vec<TargetPart>,
    fall: Waterfall,
    requests: Vec<RequestPart>,
    more_requests: usize,
    settings: Vec<Setting>,
    command: String,
    json: String,
}

/// Writes the page.
pub fn write(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    let text = page(document)?.render().map_err(io::Error::other)?;
    writeln!(out, "{text}")
}

fn page(document: &Document) -> io::Result<Page> {
    let (findings, set_aside): (Vec<_>, Vec<_>) = document
        .findings
        .iter()
        .partition(|finding| common::is_open(finding));
    let (verdict, verdict_text) = verdict(document);
    let mut page = Page {
        policy: policy(),
        title: format!("tfreg-doctor report: {verdict_text}"),
        style: STYLE,
        script: SCRIPT,
        verdict,
        verdict_text,
        counts: parts::counts(document),
        about: about(document),
        complete: document.run.complete,
        sections: Vec::new(),
        findings: findings
            .into_iter()
            .map(|finding| parts::finding(document, finding))
            .collect(),
        set_aside: set_aside
            .into_iter()
            .map(|finding| parts::finding(document, finding))
            .collect(),
        hosts: document.hosts.iter().map(parts::host).collect(),
        targets: targets::targets(document),
        fall: Waterfall::of(document.requests.iter(), MOST_BARS),
        requests: document
            .requests
            .iter()
            .take(MOST_REQUESTS)
            .map(targets::request)
            .collect(),
        more_requests: document.requests.len().saturating_sub(MOST_REQUESTS),
        settings: parts::settings(document),
        command: parts::command(document),
        json: embedded(document)?,
    };
    page.sections = sections(&page, document);
    Ok(page)
}

/// One style and one script, known by their digests, and nothing from anywhere.
fn policy() -> String {
    let digest = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        digest(STYLE),
        digest(SCRIPT)
    )
}

fn verdict(document: &Document) -> (&'static str, String) {
    let reason = common::one_line(&document.run.exit.reason);
    match document.run.exit.code {
        0 => ("fine", "in order".to_owned()),
        3 => ("inconclusive", reason),
        _ => ("error", reason),
    }
}

fn about(document: &Document) -> String {
    let run = &document.run;
    let partition = run
        .partition
        .as_ref()
        .map_or_else(String::new, |partition| {
            format!(
                " · partition {} {}/{}, list of {}",
                common::one_line(&partition.kind),
                partition.index,
                partition.total,
                partition.list_size
            )
        });
    format!(
        "{} · {:.1} s · {} emulated · tfreg-doctor {} · run {}{partition} · exit {}",
        common::one_line(&run.started_at),
        run.duration_ms / 1000.0,
        common::clients_of(document),
        common::one_line(&document.tool.version),
        common::one_line(&run.id),
        run.exit.code
    )
}

fn sections(page: &Page, document: &Document) -> Vec<Link> {
    let all = [
        (
            "findings",
            format!("Findings {}", page.findings.len()),
            true,
        ),
        (
            "hosts",
            format!("Hosts {}", page.hosts.len()),
            !page.hosts.is_empty(),
        ),
        ("targets", counted(page.targets.len(), "target"), true),
        (
            "waterfall",
            "Waterfall".to_owned(),
            !page.fall.rows.is_empty(),
        ),
        (
            "requests",
            counted(document.requests.len(), "request"),
            true,
        ),
        ("settings", "Settings".to_owned(), !page.settings.is_empty()),
        (
            "set-aside",
            format!("Set aside {}", page.set_aside.len()),
            !page.set_aside.is_empty(),
        ),
        ("reproduce", "Reproduce".to_owned(), true),
    ];
    all.into_iter()
        .filter(|(_, _, shown)| *shown)
        .map(|(href, text, _)| Link {
            href: href.to_owned(),
            text,
        })
        .collect()
}

/// The document inside of a script element, which no text in it can end.
fn embedded(document: &Document) -> io::Result<String> {
    let mut bytes = Vec::new();
    common::write_json_line(document, &mut bytes)?;
    let text = String::from_utf8(bytes).map_err(io::Error::other)?;
    Ok(text
        .trim_end()
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026"))
}
