//! Standard output, standard error and report files.

use crate::cli::failure::Failure;
use crate::cli::settings::Outputs;
use crate::io::files;
use crate::report::Format;
use crate::report::Run;
use crate::report::Style;
use crate::report::document::Document;
use crate::report::style::Colour;
use crate::rules;
use std::io;
use std::io::Write;
use std::path::Path;

/// Writes to standard output; a reader that went away ends it quietly.
pub fn stdout(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Report {
            path: "standard output".to_owned(),
            word: files::word(&error),
        }),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes a line to standard error; nothing can be done if that fails.
pub fn stderr(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Looks whether the report files can be written, before anything is asked.
pub fn prepare(outputs: &Outputs) -> Result<(), Failure> {
    let paths = outputs
        .reports
        .iter()
        .map(|(_, path)| path.as_path())
        .chain(outputs.file.as_deref());
    for path in paths {
        let directory = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let problem = match files::target_kind(directory) {
            files::Kind::Directory => files::check_writable(directory).err(),
            files::Kind::Missing => Some(format!("no directory {}", directory.display())),
            files::Kind::File
            | files::Kind::Link
            | files::Kind::Special
            | files::Kind::Unreadable => Some(format!("{} is no directory", directory.display())),
        };
        let is_directory = files::target_kind(path) == files::Kind::Directory;
        if let Some(word) = problem.or_else(|| is_directory.then(|| "it is a directory".to_owned()))
        {
            return Err(Failure::Report {
                path: path.display().to_string(),
                word,
            });
        }
    }
    Ok(())
}

/// Writes the main output and all reports.
pub fn write(run: &Run, outputs: &Outputs) -> Result<(), Failure> {
    let main = render(outputs.format, run, &outputs.style)?;
    match &outputs.file {
        Some(path) => save(path, &main)?,
        None => stdout(&main)?,
    }
    for (format, path) in &outputs.reports {
        let plain = Style {
            colour: Colour::Off,
            width: 100,
            ..outputs.style.clone()
        };
        save(path, &render(*format, run, &plain)?)?;
    }
    Ok(())
}

/// Writes a saved document as the main output and all reports.
pub fn write_document(document: &Document, outputs: &Outputs) -> Result<(), Failure> {
    let render = |format: Format| {
        let mut bytes = Vec::new();
        crate::report::write_document(format, document, rules::ALL, &mut bytes)
            .map(|()| bytes)
            .map_err(|error| unmade(&error))
    };
    let main = render(outputs.format)?;
    match &outputs.file {
        Some(path) => save(path, &main)?,
        None => stdout(&main)?,
    }
    for (format, path) in &outputs.reports {
        save(path, &render(*format)?)?;
    }
    Ok(())
}

fn unmade(error: &io::Error) -> Failure {
    Failure::Machine(format!("the report cannot be made: {}", files::word(error)))
}

fn render(format: Format, run: &Run, style: &Style) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    crate::report::write(format, run, style, &mut bytes).map_err(|error| unmade(&error))?;
    Ok(bytes)
}

fn save(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    files::write_atomic(path, bytes, 0o644).map_err(|error| Failure::Report {
        path: path.display().to_string(),
        word: files::word(&error),
    })
}
