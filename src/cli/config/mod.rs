//! `tfreg-doctor.toml`: settings of a repository, the checks of a registry, and what is set aside.
//!
//! A key is a flag's name, or one of `required-version`, `hosts`, `check`, `ignore` and `report`. Whatever is not understood is a
//! mistake with file, line and column; nothing is passed over in silence.

pub mod find;
pub mod keys;
mod read;
mod tables;

pub use read::nearest;

use crate::cli::failure::Failure;
use crate::filter::Ignore;
use crate::io::files;
use crate::report::Format;
use crate::trace::act::ReadOutcome;
use crate::trace::expected::Expected;
use keys::Key;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

/// The largest configuration file.
const LIMIT: u64 = 1 << 20;

/// What a configuration file says.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The file, as it is shown.
    pub shown: String,
    /// The directory that its paths start from.
    pub base: PathBuf,
    /// Values of flags.
    pub values: Vec<Value>,
    /// Hosts with settings of their own.
    pub hosts: Vec<HostSettings>,
    /// Targets with what is expected of them.
    pub checks: Vec<Entry>,
    /// What is set aside.
    pub ignores: Vec<Ignore>,
    /// Further reports.
    pub reports: Vec<(Format, PathBuf)>,
    /// The reports as `FORMAT=PATH`, with the line of each.
    pub report_words: Vec<(String, usize)>,
}

/// The value of a flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The flag without its dashes.
    pub name: String,
    /// What stands there; several for a list.
    pub words: Vec<String>,
    /// The line, from 1.
    pub line: usize,
}

/// Settings of one host.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HostSettings {
    /// The host as it is shown, without the usual port.
    pub host: String,
    /// The host as it is asked for, without the usual port.
    pub ascii: String,
    /// A module that proves the rest of the host.
    pub canary: Option<String>,
    /// Requests a second.
    pub rate: Option<f64>,
    /// A stage slower than this is a finding.
    pub slow: Option<Duration>,
    /// Further trusted roots.
    pub ca_file: Option<PathBuf>,
    /// The line of its table.
    pub line: usize,
}

/// A target of the configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The target, as written.
    pub target: String,
    /// What is expected of it.
    pub expected: Expected,
}

/// Finds and reads the configuration file; `named` is the one that a flag or a variable names. What it may hold is asked for only
/// where there is one.
pub fn load(
    directory: &Path,
    named: Option<&Path>,
    keys: impl FnOnce() -> Vec<Key>,
) -> Result<Option<Config>, Failure> {
    let (path, base) = match named {
        Some(path) => {
            let path = directory.join(path);
            let base = find::base(&path);
            (path, base)
        }
        None => match find::find(directory) {
            Some(found) => found,
            None => return Ok(None),
        },
    };
    let shown = shown(&path, directory);
    let (record, bytes) = files::read(&path, LIMIT);
    let Some(bytes) = bytes else {
        return Err(Failure::Usage(format!(
            "{shown}: {}",
            match record.outcome {
                ReadOutcome::Read(_) => "cannot be read".to_owned(),
                ReadOutcome::Missing => "no such file".to_owned(),
                ReadOutcome::Directory => "it is a directory".to_owned(),
                ReadOutcome::Unreadable(word) => word,
                ReadOutcome::TooLarge { .. } =>
                    "larger than a configuration file may be (1 MiB)".to_owned(),
            }
        )));
    };
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::Usage(format!("{shown}: not UTF-8, from byte {at} on"))
    })?;
    let keys = keys();
    let mut config = read::read(&shown, &text, &keys)?;
    config.base = base;
    settle_paths(&mut config, directory, &keys);
    Ok(Some(config))
}

/// The path as a person names it from a directory: `../tfreg-doctor.toml`.
fn shown(path: &Path, directory: &Path) -> String {
    for (level, ancestor) in directory.ancestors().enumerate().take(8) {
        if let Ok(rest) = path.strip_prefix(ancestor)
            && ancestor.parent().is_some()
        {
            return format!("{}{}", "../".repeat(level), rest.display());
        }
    }
    path.display().to_string()
}

/// Paths in the file start from the directory that the file speaks for.
fn settle_paths(config: &mut Config, directory: &Path, keys: &[Key]) {
    let base = config.base.clone();
    let settle = |path: &Path| {
        if base == directory {
            path.to_owned()
        } else {
            base.join(path)
        }
    };
    for value in &mut config.values {
        let is_file = keys
            .iter()
            .any(|key| key.name == value.name && key.kind == keys::Kind::File);
        for word in value.words.iter_mut().filter(|_| is_file) {
            *word = settle(Path::new(word)).display().to_string();
        }
    }
    for (_, path) in &mut config.reports {
        *path = settle(path);
    }
    for host in &mut config.hosts {
        host.ca_file = host.ca_file.as_deref().map(settle);
    }
    for entry in &mut config.checks {
        let is_path = matches!(entry.target.as_str(), "." | "..")
            || ["./", "../", ".\\", "..\\"]
                .iter()
                .any(|start| entry.target.starts_with(start));
        if is_path {
            entry.target = settle(Path::new(&entry.target)).display().to_string();
        }
    }
}
