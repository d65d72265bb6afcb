//! Standard output, standard error and report files.

use crate::cli::failure::Failure;
use crate::cli::settings::Outputs;
use crate::foreign::visible;
use crate::io::files;
use crate::report;
use crate::report::Format;
use crate::report::Run;
use crate::report::Style;
use crate::report::document::Document;
use crate::report::human;
use crate::report::style::Colour;
use crate::rules;
use std::cell::OnceCell;
use std::io;
use std::io::BufWriter;
use std::io::Write;
use std::path::Path;

/// Writes to standard output; a reader that went away ends it quietly.
pub fn stdout(bytes: &[u8]) -> Result<(), Failure> {
    stdout_with(|out| out.write_all(bytes))
}

/// The same for content that is made as it is written.
fn stdout_with(make: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    match make(&mut out).and_then(|()| out.flush()) {
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
        let what = files::target_kind(path);
        if what == files::Kind::Special {
            continue;
        }
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
        let is_directory = what == files::Kind::Directory;
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

/// The reports of a run; all but the one for people are made from one document.
pub struct Reports<'a> {
    /// The run.
    pub run: &'a Run,
    document: OnceCell<Document>,
}

impl<'a> Reports<'a> {
    /// The reports of a run.
    pub fn of(run: &'a Run) -> Self {
        Self {
            run,
            document: OnceCell::new(),
        }
    }

    /// Writes the report in a format.
    fn write(&self, format: Format, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        if format == Format::Human {
            return human::write(self.run, style, out);
        }
        let make = || Document::of(self.run, style.steady);
        let document = self.document.get_or_init(make);
        report::write_document(format, document, rules::ALL, out)
    }

    /// The report in a format, as text.
    pub fn text(&self, format: Format, style: &Style) -> Result<String, Failure> {
        let mut bytes = Vec::new();
        self.write(format, style, &mut bytes).map_err(|error| {
            Failure::Machine(format!(
                "the report cannot be made: {}",
                files::word(&error)
            ))
        })?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// Writes the main output and all reports.
pub fn write(reports: &Reports<'_>, outputs: &Outputs) -> Result<(), Failure> {
    deliver(outputs, |format, style, out| {
        reports.write(format, style, out)
    })
}

/// Writes a saved document as the main output and all reports.
pub fn write_document(document: &Document, outputs: &Outputs) -> Result<(), Failure> {
    deliver(outputs, |format, _, out| {
        report::write_document(format, document, rules::ALL, out)
    })
}

fn deliver(
    outputs: &Outputs,
    write: impl Fn(Format, &Style, &mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let main = |out: &mut dyn Write| write(outputs.format, &outputs.style, out);
    let main = match &outputs.file {
        Some(path) => save(path, main),
        None => stdout_with(main),
    };
    let plain = Style {
        colour: Colour::Off,
        width: 100,
        ..outputs.style.clone()
    };
    let reports = outputs.reports.iter();
    let further = reports.map(|(format, path)| save(path, |out| write(*format, &plain, out)));
    all(std::iter::once(main).chain(further))
}

/// Does all of several things, whichever of them fail: each failure but the last is told here.
pub fn all(done: impl IntoIterator<Item = Result<(), Failure>>) -> Result<(), Failure> {
    let mut last = None;
    for failure in done.into_iter().filter_map(Result::err) {
        if let Some(before) = last.replace(failure) {
            tell(&before);
        }
    }
    last.map_or(Ok(()), Err)
}

/// Tells a failure.
pub fn tell(failure: &Failure) {
    stderr(&format!("tfreg-doctor: {}", visible(&failure.to_string())));
}

fn save(path: &Path, make: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    // A device or a pipe is no file that could be replaced.
    let written = match files::target_kind(path) {
        files::Kind::Special => files::write_into(path, make),
        files::Kind::Missing
        | files::Kind::File
        | files::Kind::Directory
        | files::Kind::Link
        | files::Kind::Unreadable => files::write_atomic_with(path, 0o644, make),
    };
    written.map_err(|error| Failure::Report {
        path: path.display().to_string(),
        word: files::word(&error),
    })
}
