//! `report`: saved documents, rendered, merged and compared, without any network.

use crate::cli::args::Global;
use crate::cli::args::Report;
use crate::cli::args::ReportDiff;
use crate::cli::args::ReportMerge;
use crate::cli::args::ReportRender;
use crate::cli::failure::Failure;
use crate::cli::output;
use crate::cli::settings;
use crate::io::env::Env;
use crate::io::files;
use crate::report::diff;
use crate::report::document::Document;
use crate::report::document::SCHEMA;
use crate::report::merge;
use crate::report::merge::NotWhole;
use std::path::Path;
use std::path::PathBuf;

/// The largest document that is read.
const MOST: u64 = 1 << 30;

/// Runs the command.
pub fn run(global: &Global, report: &Report, env: &Env) -> Result<i32, Failure> {
    match report {
        Report::Render(arguments) => render(global, arguments, env),
        Report::Merge(arguments) => merge_all(global, arguments, env),
        Report::Diff(arguments) => compare(arguments),
    }
}

fn render(global: &Global, arguments: &ReportRender, env: &Env) -> Result<i32, Failure> {
    let outputs = settings::outputs(global, &arguments.output, env)?;
    output::prepare(&outputs)?;
    output::write_document(&read(&arguments.file)?, &outputs)?;
    Ok(0)
}

fn merge_all(global: &Global, arguments: &ReportMerge, env: &Env) -> Result<i32, Failure> {
    let outputs = settings::outputs(global, &arguments.output, env)?;
    output::prepare(&outputs)?;
    let documents = arguments
        .files
        .iter()
        .map(|file| read(file))
        .collect::<Result<Vec<_>, _>>()?;
    let proved = arguments
        .expect_partitions
        .map_or(Ok(()), |expected| merge::prove(&documents, expected));
    let mut merged = merge::merge(documents);
    if let Err(problem) = &proved {
        merged.run.complete = false;
        merged.run.exit.code = 3;
        merged.run.exit.reason = told(problem, &arguments.files);
    }
    output::write_document(&merged, &outputs)?;
    if proved.is_err() {
        output::stderr(&format!("tfreg-doctor: {}", merged.run.exit.reason));
    }
    Ok(merged.run.exit.code)
}

fn told(problem: &NotWhole, files: &[PathBuf]) -> String {
    let name = |at: &usize| {
        files
            .get(*at)
            .map_or_else(String::new, |file| file.display().to_string())
    };
    match problem {
        NotWhole::NoPartition(at) => format!("{} is no share of a partition", name(at)),
        NotWhole::Total(at, total) => {
            format!(
                "{} is one of {total} shares, another number than expected",
                name(at)
            )
        }
        NotWhole::OtherList(at) => format!("{} saw another list of targets", name(at)),
        NotWhole::Twice(index) => format!("share {index} is there twice"),
        NotWhole::Missing(index) => format!("share {index} is missing"),
        NotWhole::Incomplete(index) => format!("share {index} did not come to its end"),
    }
}

fn compare(arguments: &ReportDiff) -> Result<i32, Failure> {
    let left = read(&arguments.left)?;
    let right = read(&arguments.right)?;
    let found = diff::differences(&left, &right);
    let text = if arguments.format == "json" {
        let text = serde_json::to_string_pretty(&found)
            .map_err(|error| Failure::Machine(error.to_string()))?;
        format!("{text}\n")
    } else if found.is_empty() {
        "no difference\n".to_owned()
    } else {
        diff::text(&found)
    };
    output::stdout(text.as_bytes())?;
    Ok(i32::from(!found.is_empty()))
}

/// Reads a saved document.
fn read(path: &Path) -> Result<Document, Failure> {
    let shown = path.display();
    let bytes = files::read_bounded(path, MOST)
        .map_err(|word| Failure::Usage(format!("{shown}: cannot be read: {word}")))?;
    let document: Document = serde_json::from_slice(&bytes).map_err(|error| {
        Failure::Usage(format!(
            "{shown}: a report of this tool (--format json) is expected: {error}"
        ))
    })?;
    if document.schema != SCHEMA {
        return Err(Failure::Usage(format!(
            "{shown}: its schema is \"{}\"; {SCHEMA} is expected",
            crate::foreign::visible(&document.schema)
        )));
    }
    Ok(document)
}
