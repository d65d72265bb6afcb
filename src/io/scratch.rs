//! Scratch directories: a run's own place for what it makes, which leaves nothing behind.

use super::files::Kind;
use super::files::exists;
use super::files::kind;
use super::files::resolved;
use super::leftovers::Leftover;
use super::trees::remove_tree;
use std::fs::File;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::SystemTime;

const PREFIX: &str = ".tfreg-doctor-";
/// Of scratch directories that may hold what an exchange set aside; age is no reason to remove them.
pub(super) const EXCHANGE_PREFIX: &str = ".tfreg-doctor-get-";
/// The name inside such a directory that says that an exchange is not over: whoever finds it puts things back first.
pub(super) const JOURNAL: &str = "journal";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A directory of this run's own: made with a random name and mode 0700, removed when the value is dropped.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    /// How many parts it has, which are named by number.
    parts: AtomicUsize,
    /// Locked as long as the run lives, so that another run can tell leftovers from work.
    _lock: Option<File>,
    /// What lies inside another one goes with it.
    _leftover: Option<Leftover>,
}

impl Scratch {
    /// A scratch directory inside another one.
    pub fn new_in(parent: &Path) -> io::Result<Self> {
        Self::named_in(parent, PREFIX)
    }

    /// A scratch directory inside another one, with the beginning of its name.
    pub(super) fn named_in(parent: &Path, prefix: &str) -> io::Result<Self> {
        let parent = resolved(parent)
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such directory"))?;
        let path = private(&parent, prefix)?;
        let lock = lock(&path);
        let leftover = (prefix != EXCHANGE_PREFIX).then(|| Leftover::at(&path));
        Ok(Self {
            path,
            parts: AtomicUsize::new(0),
            _lock: lock,
            _leftover: leftover,
        })
    }

    /// A scratch directory inside this one, for a part of the run; it is made when something goes into it.
    #[must_use]
    pub fn within(&self) -> Self {
        let number = self.parts.fetch_add(1, Ordering::Relaxed);
        // The directory above is locked, and thousands of locks would use up the files that may be open. Nobody else can
        // look into it, so the name need not be random.
        Self {
            path: self.path.join(format!("part{number}")),
            parts: AtomicUsize::new(0),
            _lock: None,
            _leftover: None,
        }
    }

    /// The directory, which need not be there yet.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A new directory inside it, with mode 0700.
    pub fn directory(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.path.join(name);
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        match builder.create(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                builder.recursive(true).create(&self.path)?;
                builder.recursive(false).create(&path)?;
            }
            made => made?,
        }
        Ok(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What could not be put back is not lost: the next exchange tries again.
        if exists(&self.path.join(JOURNAL)) {
            return;
        }
        // Nobody is left who could be told; the next run tries again.
        let _ = remove_tree(&self.path);
    }
}

/// A new directory with a random name that nobody else may look into.
fn private(parent: &Path, prefix: &str) -> io::Result<PathBuf> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o700));
    }
    Ok(builder.tempdir_in(parent)?.keep())
}

/// Removes scratch directories that runs left behind: older than a day, and nobody's.
pub fn sweep(parent: &Path) {
    let Ok(entries) = std::fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_ours = name.starts_with(PREFIX) && !name.starts_with(EXCHANGE_PREFIX);
        let path = entry.path();
        if is_ours && kind(&path) == Kind::Directory && is_old(&path) && lock(&path).is_some() {
            let _ = remove_tree(&path);
        }
    }
}

pub(super) fn is_old(path: &Path) -> bool {
    let modified = path
        .symlink_metadata()
        .and_then(|metadata| metadata.modified());
    modified
        .ok()
        .and_then(|modified| SystemTime::now().duration_since(modified).ok())
        .is_some_and(|age| age > DAY)
}

fn lock(path: &Path) -> Option<File> {
    try_lock(path).ok()
}

/// Locks a directory as long as the handle lives; the error of one that is locked is `WouldBlock`.
#[cfg(unix)]
pub(super) fn try_lock(path: &Path) -> io::Result<File> {
    let handle = File::open(path)?;
    rustix::fs::flock(
        &handle,
        rustix::fs::FlockOperation::NonBlockingLockExclusive,
    )?;
    Ok(handle)
}

/// There is no lock of a directory here.
#[cfg(not(unix))]
pub(super) fn try_lock(_: &Path) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(all(test, unix))]
mod tests {
    use super::Scratch;
    use super::lock;
    use super::sweep;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    fn set_mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
    }

    #[test]
    fn a_scratch_directory_is_private_and_leaves_nothing_behind() {
        let parent = tempfile::tempdir().expect("a directory");
        let scratch = Scratch::new_in(parent.path()).expect("a scratch directory");
        let mode = |path: &Path| path.metadata().expect("metadata").permissions().mode() & 0o777;
        assert_eq!(mode(scratch.path()), 0o700);
        let inner = scratch.directory("a").expect("a directory");
        std::fs::create_dir_all(inner.join("b/c")).expect("directories");
        std::fs::write(inner.join("b/c/f"), "x").expect("a file");
        symlink(parent.path(), inner.join("up")).expect("a link");
        set_mode(&inner.join("b/c/f"), 0);
        set_mode(&inner.join("b/c"), 0);
        set_mode(&inner.join("b"), 0o500);
        drop(scratch);
        assert_eq!(
            std::fs::read_dir(parent.path()).expect("a listing").count(),
            0
        );
    }

    #[test]
    fn a_part_is_made_when_something_goes_into_it() {
        let parent = tempfile::tempdir().expect("a directory");
        let scratch = Scratch::new_in(parent.path()).expect("a scratch directory");
        let (first, second) = (scratch.within(), scratch.within());
        assert_ne!(first.path(), second.path());
        assert!(!first.path().exists());
        let inner = first.directory("a").expect("a directory");
        let mode = |path: &Path| path.metadata().expect("metadata").permissions().mode() & 0o777;
        assert_eq!((mode(first.path()), mode(&inner)), (0o700, 0o700));
        assert!(first.directory("a").is_err());
        drop((first, second));
        let left = std::fs::read_dir(scratch.path()).expect("a listing");
        assert_eq!(left.count(), 0);
    }

    #[test]
    fn leftovers_are_removed_only_when_old_and_nobodys() {
        let parent = tempfile::tempdir().expect("a directory");
        let make = |name: &str| {
            let path = parent.path().join(name);
            std::fs::create_dir(&path).expect("a directory");
            path
        };
        let (old, held, young) = (
            make(".tfreg-doctor-old"),
            make(".tfreg-doctor-held"),
            make(".tfreg-doctor-young"),
        );
        let foreign = make("other");
        let _lock = lock(&held).expect("a lock");
        let past = std::time::SystemTime::now() - std::time::Duration::from_secs(200_000);
        for path in [&old, &held, &foreign] {
            let handle = std::fs::File::open(path).expect("a handle");
            handle.set_modified(past).expect("a time");
        }
        sweep(parent.path());
        assert!(!old.exists());
        assert!(held.exists() && young.exists() && foreign.exists());
    }
}
