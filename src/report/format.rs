//! The formats of a report, and which function writes each.

use crate::finding::Rule;
use crate::report::bundle;
use crate::report::compact;
use crate::report::csv;
use crate::report::document::Document;
use crate::report::github;
use crate::report::gitlab;
use crate::report::har;
use crate::report::html;
use crate::report::json;
use crate::report::junit;
use crate::report::markdown;
use crate::report::ndjson;
use crate::report::prometheus;
use crate::report::sarif;
use std::io;
use std::io::Write;

/// A format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Human,
    /// A line a finding.
    Compact,
    /// The document.
    Json,
    /// Events, a line each.
    Ndjson,
    /// Test cases.
    Junit,
    /// Code scanning.
    Sarif,
    /// GitLab's Code Quality.
    Gitlab,
    /// GitHub's annotations.
    Github,
    /// A job summary.
    Markdown,
    /// A textfile collector.
    Prometheus,
    /// A spreadsheet.
    Csv,
    /// The requests.
    Har,
    /// One page with everything.
    Html,
    /// A zip file to send to others.
    Bundle,
}

const NAMES: [(&str, Format); 15] = [
    ("human", Format::Human),
    ("compact", Format::Compact),
    ("json", Format::Json),
    ("json-v1", Format::Json),
    ("ndjson", Format::Ndjson),
    ("junit", Format::Junit),
    ("sarif", Format::Sarif),
    ("gitlab", Format::Gitlab),
    ("github", Format::Github),
    ("markdown", Format::Markdown),
    ("prometheus", Format::Prometheus),
    ("csv", Format::Csv),
    ("har", Format::Har),
    ("html", Format::Html),
    ("bundle", Format::Bundle),
];

impl Format {
    /// The format with this name.
    pub fn from_word(word: &str) -> Option<Self> {
        NAMES
            .iter()
            .find(|(name, _)| *name == word)
            .map(|(_, format)| *format)
    }

    /// All names, for messages.
    pub const WORDS: &'static str = "human, compact, json, ndjson, junit, sarif, gitlab, github, markdown, prometheus, csv, har, html, bundle";
}

/// Writes a document in a format. The one for people shows a saved document a line a finding.
pub fn write_document(
    format: Format,
    document: &Document,
    catalogue: &[&Rule],
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Human | Format::Compact => compact::write(document, out),
        Format::Json => json::write(document, out),
        Format::Ndjson => ndjson::write(document, out),
        Format::Junit => junit::write(document, out),
        Format::Sarif => sarif::write(document, catalogue, out),
        Format::Gitlab => gitlab::write(document, out),
        Format::Github => github::write(document, out),
        Format::Markdown => markdown::write(document, out),
        Format::Prometheus => prometheus::write(document, out),
        Format::Csv => csv::write(document, out),
        Format::Har => har::write(document, out),
        Format::Html => html::write(document, out),
        Format::Bundle => bundle::write(document, out),
    }
}
