//! Everything about a run in one zip file to send to others: document, page, requests, settings, and what is in it.

use crate::report::common;
use crate::report::document::Document;
use crate::report::har;
use crate::report::html;
use crate::report::json;
use std::fmt::Write as _;
use std::io;
use std::io::Cursor;
use std::io::Write;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

type Part = fn(&Document, &mut dyn Write) -> io::Result<()>;

const PARTS: [(&str, Part, &str); 5] = [
    ("README.txt", readme, "this list"),
    (
        "report.json",
        json::write,
        "the document, schema tfreg-doctor/report/v1",
    ),
    (
        "report.html",
        html::write,
        "the same as a page; it loads nothing",
    ),
    (
        "requests.har",
        har::write,
        "the requests, for the developer tools of a browser",
    ),
    (
        "settings.txt",
        settings,
        "the settings in force, with where each came from",
    ),
];

/// Writes the file.
pub fn write(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, part, _) in PARTS {
        archive.start_file(name, SimpleFileOptions::default())?;
        part(document, &mut archive)?;
    }
    out.write_all(archive.finish()?.get_ref())
}

fn readme(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    let mut text = format!(
        "tfreg-doctor {} ({}), run {} of {}\nclients: {}\n\n",
        common::one_line(&document.tool.version),
        common::one_line(&document.tool.target),
        common::one_line(&document.run.id),
        common::one_line(&document.run.started_at),
        common::clients_of(document)
    );
    for (name, _, what) in PARTS {
        let _ = writeln!(text, "{name:<14}{what}");
    }
    text.push_str(
        "\nTokens, passwords and signatures were taken out before anything was written; a token shows as its source and four\n\
         digits of a digest. Host names, addresses, paths and module names are in it. Read it before you send it.\n",
    );
    out.write_all(text.as_bytes())
}

fn settings(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    for setting in &document.settings {
        writeln!(
            out,
            "{} = {}   ({})",
            common::one_line(&setting.name),
            common::one_line(&setting.value),
            common::one_line(&setting.origin)
        )?;
    }
    Ok(())
}
