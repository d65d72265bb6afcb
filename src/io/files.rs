//! Reads of small files with limits, listings, and writes that are whole or not there.
//!
//! Only regular files are ever opened: pipes and devices would block or never end. Nothing here decides where to write; that is
//! the caller's.

use super::leftovers::Leftover;
use crate::trace::act::FileRead;
use crate::trace::act::ReadOutcome;
use std::ffi::OsString;
use std::fs::File;
use std::fs::Metadata;
use std::io;
use std::io::ErrorKind;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Nothing.
    Missing,
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A pipe, a socket, a device.
    Special,
    /// Something that cannot be looked at.
    Unreadable,
}

/// One name of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub name: OsString,
    /// What it is, links not followed.
    pub kind: Kind,
}

/// Why a directory has no listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListError {
    /// It is not there.
    Missing,
    /// It is no directory.
    NotDirectory,
    /// It cannot be read; the word is the system's.
    Unreadable(String),
    /// It has more names than the limit.
    TooMany {
        /// The limit.
        limit: usize,
    },
}

/// Reads a regular file of at most so many bytes; the record names it by its path.
pub fn read(path: &Path, limit: u64) -> (FileRead, Option<Vec<u8>>) {
    let (outcome, bytes) = match read_bytes(path, limit) {
        Ok(bytes) => (ReadOutcome::Read(bytes.len() as u64), Some(bytes)),
        Err(outcome) => (outcome, None),
    };
    let record = FileRead {
        path: path.to_string_lossy().into_owned(),
        outcome,
    };
    (record, bytes)
}

/// Reads a regular file of at most so many bytes for a command; the error is what a person has to know.
pub fn read_bounded(path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    read_bytes(path, limit).map_err(|outcome| match outcome {
        ReadOutcome::Missing => "no such file".to_owned(),
        ReadOutcome::Directory => "it is a directory".to_owned(),
        ReadOutcome::Unreadable(word) => word,
        ReadOutcome::TooLarge { limit } => format!("it is larger than {limit} bytes"),
        ReadOutcome::Read(_) => "it cannot be read".to_owned(),
    })
}

/// What stands at a path, links not followed.
pub fn kind(path: &Path) -> Kind {
    kind_of(path.symlink_metadata())
}

/// What stands at a path, links followed.
pub fn target_kind(path: &Path) -> Kind {
    kind_of(path.metadata())
}

/// Whether anything stands at a path, a dangling link included.
pub fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// The names in a directory, sorted by their bytes.
pub fn list_directory(path: &Path, limit: usize) -> Result<Vec<Name>, ListError> {
    let entries = std::fs::read_dir(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => ListError::Missing,
        ErrorKind::NotADirectory => ListError::NotDirectory,
        _ => ListError::Unreadable(word(&error)),
    })?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| ListError::Unreadable(word(&error)))?;
        if names.len() >= limit {
            return Err(ListError::TooMany { limit });
        }
        names.push(Name {
            name: entry.file_name(),
            kind: kind(&entry.path()),
        });
    }
    names.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(names)
}

/// The path without links, as the system resolves it.
pub fn resolved(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}

/// The target of a link, as it is written.
pub fn link_target(path: &Path) -> Option<PathBuf> {
    path.read_link().ok()
}

/// Writes a file so that either the old or the new content stands there, whatever happens.
pub fn write_atomic(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    write_atomic_with(path, mode, |out| out.write_all(bytes))
}

/// The same for content that is made as it is written.
pub fn write_atomic_with(
    path: &Path,
    mode: u32,
    make: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tfreg-doctor-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(mode));
    }
    #[cfg(not(unix))]
    let _ = mode;
    let mut temporary = builder.tempfile_in(directory)?;
    let _leftover = Leftover::at(temporary.path());
    let mut buffered = io::BufWriter::new(temporary.as_file_mut());
    make(&mut buffered)?;
    buffered.flush()?;
    drop(buffered);
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|error| error.error)?;
    // The new name is safe only when the directory is; some file systems cannot do this, and none needs it to be correct.
    if let Ok(handle) = File::open(directory) {
        let _ = handle.sync_all();
    }
    Ok(())
}

/// Writes into what takes the place of a file: a pipe or a device, which no new file may replace.
pub fn write_into(
    path: &Path,
    make: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut buffered = io::BufWriter::new(File::options().write(true).open(path)?);
    make(&mut buffered)?;
    buffered.flush()
}

/// Adds to the end of a file, which is made where it is not there; the error is the system's word.
pub fn append(path: &Path, bytes: &[u8]) -> Result<(), String> {
    File::options()
        .create(true)
        .append(true)
        .open(path)
        .and_then(|mut file| file.write_all(bytes))
        .map_err(|error| word(&error))
}

/// A file that only its owner may read, gone with this value.
#[derive(Debug)]
pub struct PrivateFile(tempfile::NamedTempFile);

impl PrivateFile {
    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

/// Makes a private file in a directory; the error is the system's word.
pub fn private_file(directory: &Path, bytes: &[u8]) -> Result<PrivateFile, String> {
    let make = || {
        let mut file = tempfile::Builder::new()
            .prefix("key")
            .tempfile_in(directory)?;
        file.write_all(bytes)?;
        file.flush()?;
        Ok(PrivateFile(file))
    };
    make().map_err(|error: io::Error| word(&error))
}

/// The names in a directory, sorted; `None` where there is no listing.
pub fn names(path: &Path) -> Option<Vec<String>> {
    let listed = list_directory(path, 100_000).ok()?;
    Some(
        listed
            .into_iter()
            .map(|name| name.name.to_string_lossy().into_owned())
            .collect(),
    )
}

/// Whether everybody may make files in a directory, as in `/tmp`.
pub fn is_open_to_all(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o002 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

/// Opens a regular file for reading; the error is the system's word.
pub fn open(path: &Path) -> Result<File, String> {
    if target_kind(path) != Kind::File {
        return Err("not a regular file".to_owned());
    }
    File::open(path).map_err(|error| word(&error))
}

/// Makes a directory that must not exist.
pub fn make_directory(path: &Path) -> Result<(), String> {
    std::fs::create_dir(path).map_err(|error| word(&error))
}

/// Makes a directory and those above it; one that is there is fine.
pub fn make_directories(path: &Path) -> Result<(), String> {
    std::fs::create_dir_all(path).map_err(|error| word(&error))
}

/// Makes an empty file.
pub fn empty_file(path: &Path) -> Result<PathBuf, String> {
    File::create_new(path).map_err(|error| word(&error))?;
    Ok(path.to_owned())
}

/// Makes a link; the error is the system's word.
pub fn make_link(target: &str, at: &Path) -> Result<(), String> {
    #[cfg(unix)]
    let made = std::os::unix::fs::symlink(target, at);
    #[cfg(not(unix))]
    let made = std::fs::copy(target, at).map(drop);
    made.map_err(|error| word(&error))
}

/// Whether a file can be made in a directory; the error is the system's word.
pub fn check_writable(directory: &Path) -> Result<(), String> {
    tempfile::tempfile_in(directory)
        .map(drop)
        .map_err(|error| word(&error))
}

/// The system's word for an error, without its number.
pub fn word(error: &io::Error) -> String {
    error.kind().to_string()
}

fn kind_of(metadata: io::Result<Metadata>) -> Kind {
    match metadata {
        Ok(metadata) if metadata.is_file() => Kind::File,
        Ok(metadata) if metadata.is_dir() => Kind::Directory,
        Ok(metadata) if metadata.is_symlink() => Kind::Link,
        Ok(_) => Kind::Special,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Kind::Missing
        }
        Err(_) => Kind::Unreadable,
    }
}

fn read_bytes(path: &Path, limit: u64) -> Result<Vec<u8>, ReadOutcome> {
    let failed = |error: io::Error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => ReadOutcome::Missing,
        ErrorKind::IsADirectory => ReadOutcome::Directory,
        _ => ReadOutcome::Unreadable(word(&error)),
    };
    let file = open_regular(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(ReadOutcome::Directory);
    }
    if !metadata.is_file() {
        return Err(ReadOutcome::Unreadable("not a regular file".to_owned()));
    }
    if metadata.len() > limit {
        return Err(ReadOutcome::TooLarge { limit });
    }
    let mut bytes = Vec::new();
    // A file may grow while it is read.
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(ReadOutcome::TooLarge { limit });
    }
    Ok(bytes)
}

/// Opens without waiting for the other end of a pipe.
fn open_regular(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(i32::try_from(flags.bits()).unwrap_or_default());
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::Kind;
    use super::ListError;
    use super::exists;
    use super::kind;
    use super::list_directory;
    use super::read;
    use super::target_kind;
    use super::write_atomic;
    use crate::trace::act::ReadOutcome;
    use std::path::Path;

    fn outcome(path: &Path, limit: u64) -> ReadOutcome {
        read(path, limit).0.outcome
    }

    #[test]
    fn reads_keep_to_their_limit() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("f");
        std::fs::write(&path, "12345").expect("a file");
        assert_eq!(read(&path, 5).1.as_deref(), Some(b"12345".as_slice()));
        assert_eq!(outcome(&path, 6), ReadOutcome::Read(5));
        assert_eq!(outcome(&path, 4), ReadOutcome::TooLarge { limit: 4 });
        assert_eq!(outcome(directory.path(), 4), ReadOutcome::Directory);
        assert_eq!(outcome(&path.join("g"), 4), ReadOutcome::Missing);
        assert_eq!(
            outcome(&directory.path().join("h"), 4),
            ReadOutcome::Missing
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn pipes_and_devices_are_not_read() {
        let directory = tempfile::tempdir().expect("a directory");
        let pipe = directory.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .expect("a pipe");
        for path in [pipe.as_path(), Path::new("/dev/zero")] {
            assert!(matches!(outcome(path, 10), ReadOutcome::Unreadable(_)));
            assert_eq!(kind(path), Kind::Special);
        }
    }

    #[test]
    fn names_come_sorted_and_counted() {
        let directory = tempfile::tempdir().expect("a directory");
        for name in ["b", "a", "c"] {
            std::fs::write(directory.path().join(name), "").expect("a file");
        }
        let names = list_directory(directory.path(), 3).expect("names");
        assert_eq!(
            names
                .iter()
                .map(|name| name.name.as_os_str())
                .collect::<Vec<_>>(),
            ["a", "b", "c"]
        );
        assert_eq!(
            list_directory(directory.path(), 2),
            Err(ListError::TooMany { limit: 2 })
        );
        assert_eq!(
            list_directory(&directory.path().join("a"), 2),
            Err(ListError::NotDirectory)
        );
        assert_eq!(
            list_directory(&directory.path().join("x"), 2),
            Err(ListError::Missing)
        );
    }

    #[test]
    fn a_new_file_takes_the_place_of_the_old_one() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("modules.json");
        write_atomic(&path, b"one", 0o644).expect("written");
        write_atomic(&path, b"two", 0o644).expect("written");
        assert_eq!(std::fs::read(&path).expect("read"), b"two");
        assert_eq!(list_directory(directory.path(), 9).expect("names").len(), 1);
        assert!(write_atomic(&path.join("x"), b"", 0o644).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_told_from_what_they_lead_to() {
        let directory = tempfile::tempdir().expect("a directory");
        let link = directory.path().join("l");
        std::os::unix::fs::symlink("nowhere", &link).expect("a link");
        assert_eq!(
            (kind(&link), target_kind(&link)),
            (Kind::Link, Kind::Missing)
        );
        assert!(exists(&link));
    }
}
