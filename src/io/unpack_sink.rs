//! Where unpacked files go: a trait for the unpacking stages, and its form on disk.
//!
//! Never makes a link, a device or anything but regular files and directories, and never leaves the directory it was
//! given: every step down is a single name opened without following links. What was written stays after an error;
//! the caller decides about its removal. Owners, times and extended attributes of an archive are not applied.

use crate::trace::archive_stop::DiskFault;

#[cfg(unix)]
pub use on_unix::DiskSink;

/// Receives files and directories. Paths are components without `..`, `.`, slashes and NUL.
pub trait Sink {
    /// Makes a directory and those above it; one that is there is fine.
    fn directory(&mut self, path: &[Vec<u8>]) -> Result<(), DiskFault>;

    /// Sets the permission bits of a directory that was made; an empty path is the destination.
    fn directory_mode(&mut self, path: &[Vec<u8>], mode: u32) -> Result<(), DiskFault>;

    /// Begins a file, with the directories above it, in place of an earlier file of that name.
    fn file(&mut self, path: &[Vec<u8>], mode: u32) -> Result<(), DiskFault>;

    /// Appends to the file that was begun last.
    fn write(&mut self, chunk: &[u8]) -> Result<(), DiskFault>;

    /// Ends the file that was begun last.
    fn close(&mut self) -> Result<(), DiskFault>;

    /// Whether to stop; asked at every entry and every mebibyte.
    fn interrupted(&self) -> bool {
        false
    }
}

#[cfg(unix)]
mod on_unix {
    use std::os::fd::OwnedFd;
    use std::path::Path;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use rustix::fs::{AtFlags, Mode, OFlags};
    use rustix::io::Errno;

    use super::Sink;
    use crate::trace::archive::Modes;
    use crate::trace::archive_stop::{Call, DiskFault};

    /// A sink below an open directory.
    #[derive(Debug)]
    pub struct DiskSink {
        root: OwnedFd,
        modes: Modes,
        stop: Option<Arc<AtomicBool>>,
        // Files of one directory mostly follow each other.
        last: Option<(Vec<Vec<u8>>, OwnedFd)>,
        open: Option<OpenFile>,
    }

    #[derive(Debug)]
    struct OpenFile {
        handle: OwnedFd,
        path: Vec<u8>,
        mode: u32,
    }

    impl DiskSink {
        /// A sink below `directory`, which must be there.
        pub fn below(directory: &Path, modes: Modes) -> std::io::Result<Self> {
            let flags = OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::RDONLY;
            let root = rustix::fs::open(directory, flags, Mode::empty())?;
            Ok(Self {
                root,
                modes,
                stop: None,
                last: None,
                open: None,
            })
        }

        /// The same, stopping as soon as `stop` is set.
        #[must_use]
        pub fn until(mut self, stop: Arc<AtomicBool>) -> Self {
            self.stop = Some(stop);
            self
        }

        /// A handle of the directory at `path`, with those above made where they are missing.
        fn enter(&mut self, path: &[Vec<u8>]) -> Result<OwnedFd, DiskFault> {
            if let Some((last, handle)) = &self.last
                && last == path
            {
                return handle
                    .try_clone()
                    .map_err(|error| fault(Call::Open, path, errno_of(&error)));
            }
            let mut handle = self
                .root
                .try_clone()
                .map_err(|error| fault(Call::Open, path, errno_of(&error)))?;
            for (depth, name) in path.iter().enumerate() {
                let so_far = || path.get(..=depth).unwrap_or(path);
                handle = self
                    .step(&handle, name)
                    .map_err(|errno| fault(Call::Mkdir, so_far(), errno))?;
            }
            if let Ok(kept) = handle.try_clone() {
                self.last = Some((path.to_vec(), kept));
            }
            Ok(handle)
        }

        /// One level down, made if it is missing.
        fn step(&self, parent: &OwnedFd, name: &[u8]) -> Result<OwnedFd, Errno> {
            match open_directory(parent, name) {
                // A link reads as a loop under this flag; to the client a name that is no directory is just that.
                Err(Errno::LOOP) => Err(Errno::NOTDIR),
                Err(Errno::NOENT) => {
                    rustix::fs::mkdirat(parent, name, Mode::from_raw_mode(0o755))?;
                    let made = open_directory(parent, name)?;
                    if self.modes == Modes::Safe {
                        rustix::fs::fchmod(&made, Mode::from_raw_mode(0o755))?;
                    }
                    Ok(made)
                }
                other => other,
            }
        }

        /// Makes room for a second file of one name.
        fn remove_earlier(&self, parent: &OwnedFd, name: &[u8]) -> Result<(), Errno> {
            if self.modes == Modes::Client {
                // The client opens the earlier file for writing, which its mode may forbid.
                let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
                let opened = rustix::fs::openat(parent, name, flags, Mode::empty());
                if let Err(errno @ (Errno::ISDIR | Errno::ACCESS)) = opened {
                    return Err(errno);
                }
            }
            match rustix::fs::unlinkat(parent, name, AtFlags::empty()) {
                // Unlinking a directory is "not permitted" on some systems.
                Err(Errno::PERM) => Err(Errno::ISDIR),
                other => other,
            }
        }
    }

    impl Sink for DiskSink {
        fn directory(&mut self, path: &[Vec<u8>]) -> Result<(), DiskFault> {
            self.enter(path).map(drop)
        }

        fn directory_mode(&mut self, path: &[Vec<u8>], mode: u32) -> Result<(), DiskFault> {
            let handle = self.enter(path)?;
            rustix::fs::fchmod(&handle, Mode::from_raw_mode(mode & 0o777))
                .map_err(|errno| fault(Call::Chmod, path, errno))
        }

        fn file(&mut self, path: &[Vec<u8>], mode: u32) -> Result<(), DiskFault> {
            let Some((name, parents)) = path.split_last() else {
                return Err(fault(Call::Open, path, Errno::ISDIR));
            };
            let parent = self.enter(parents)?;
            let flags =
                OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            // What is cut short keeps these bits less the umask, as it does with the client.
            let bits = Mode::from_raw_mode(mode & 0o777);
            let create = || rustix::fs::openat(&parent, name.as_slice(), flags, bits);
            let handle = match create() {
                Err(Errno::EXIST) => self.remove_earlier(&parent, name).and_then(|()| create()),
                other => other,
            };
            let handle = handle.map_err(|errno| fault(Call::Open, path, errno))?;
            self.open = Some(OpenFile {
                handle,
                path: path.join(&b'/'),
                mode,
            });
            Ok(())
        }

        fn write(&mut self, mut chunk: &[u8]) -> Result<(), DiskFault> {
            let Some(open) = &self.open else {
                return Err(fault(Call::Write, &[], Errno::BADF));
            };
            while !chunk.is_empty() {
                match rustix::io::write(&open.handle, chunk) {
                    Ok(0) => return Err(open.fault(Call::Write, Errno::NOSPC)),
                    Ok(written) => chunk = chunk.get(written..).unwrap_or_default(),
                    Err(Errno::INTR) => {}
                    Err(errno) => return Err(open.fault(Call::Write, errno)),
                }
            }
            Ok(())
        }

        fn close(&mut self) -> Result<(), DiskFault> {
            let Some(open) = self.open.take() else {
                return Err(fault(Call::Write, &[], Errno::BADF));
            };
            rustix::fs::fchmod(&open.handle, Mode::from_raw_mode(open.mode & 0o777))
                .map_err(|errno| open.fault(Call::Chmod, errno))
        }

        fn interrupted(&self) -> bool {
            self.stop
                .as_ref()
                .is_some_and(|stop| stop.load(Ordering::Relaxed))
        }
    }

    impl OpenFile {
        fn fault(&self, call: Call, errno: Errno) -> DiskFault {
            DiskFault {
                call,
                path: self.path.clone(),
                why: word(errno),
            }
        }
    }

    fn open_directory(parent: &OwnedFd, name: &[u8]) -> Result<OwnedFd, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        rustix::fs::openat(parent, name, flags, Mode::empty())
    }

    fn fault(call: Call, path: &[Vec<u8>], errno: Errno) -> DiskFault {
        DiskFault {
            call,
            path: path.join(&b'/'),
            why: word(errno),
        }
    }

    fn errno_of(error: &std::io::Error) -> Errno {
        Errno::from_io_error(error).unwrap_or(Errno::IO)
    }

    /// The system's word in small letters, as the client prints it.
    fn word(errno: Errno) -> String {
        match errno {
            Errno::NOSPC => "no space left on device".to_owned(),
            Errno::DQUOT => "disk quota exceeded".to_owned(),
            Errno::ACCESS => "permission denied".to_owned(),
            Errno::PERM => "operation not permitted".to_owned(),
            Errno::ROFS => "read-only file system".to_owned(),
            Errno::NAMETOOLONG => "file name too long".to_owned(),
            Errno::NOTDIR => "not a directory".to_owned(),
            Errno::ISDIR => "is a directory".to_owned(),
            Errno::INVAL => "invalid argument".to_owned(),
            Errno::ILSEQ => "illegal byte sequence".to_owned(),
            Errno::MFILE => "too many open files".to_owned(),
            Errno::FBIG => "file too large".to_owned(),
            Errno::IO => "input/output error".to_owned(),
            Errno::NOENT => "no such file or directory".to_owned(),
            other => std::io::Error::from(other).kind().to_string(),
        }
    }

    #[cfg(test)]
    #[allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test ends at the first surprise"
    )]
    mod tests {
        use std::fs;
        use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

        use super::*;

        fn path(text: &str) -> Vec<Vec<u8>> {
            text.split('/')
                .map(|part| part.as_bytes().to_vec())
                .collect()
        }

        fn put(sink: &mut DiskSink, name: &str, mode: u32, bytes: &[u8]) -> Result<(), DiskFault> {
            sink.file(&path(name), mode)?;
            sink.write(bytes)?;
            sink.close()
        }

        #[test]
        fn files_get_their_bytes_and_exactly_their_mode() {
            let place = tempfile::tempdir().unwrap();
            let mut sink = DiskSink::below(place.path(), Modes::Client).unwrap();
            put(&mut sink, "a/b/c.tf", 0o666, b"one").unwrap();
            put(&mut sink, "a/b/run", 0o755, b"").unwrap();
            sink.directory_mode(&path("a"), 0o700).unwrap();
            let file = fs::metadata(place.path().join("a/b/c.tf")).unwrap();
            assert_eq!(file.permissions().mode() & 0o7777, 0o666);
            assert_eq!(fs::read(place.path().join("a/b/c.tf")).unwrap(), b"one");
            assert_eq!(
                fs::metadata(place.path().join("a"))
                    .unwrap()
                    .permissions()
                    .mode()
                    & 0o777,
                0o700
            );
        }

        #[test]
        fn a_second_file_of_one_name_replaces_the_first() {
            let place = tempfile::tempdir().unwrap();
            let mut sink = DiskSink::below(place.path(), Modes::Safe).unwrap();
            put(&mut sink, "main.tf", 0o644, b"first, longer").unwrap();
            put(&mut sink, "main.tf", 0o644, b"second").unwrap();
            assert_eq!(fs::read(place.path().join("main.tf")).unwrap(), b"second");
        }

        #[test]
        fn a_link_that_is_there_is_replaced_and_never_followed() {
            let outside = tempfile::tempdir().unwrap();
            fs::write(outside.path().join("canary"), b"alive").unwrap();
            let place = tempfile::tempdir().unwrap();
            symlink(outside.path().join("canary"), place.path().join("main.tf")).unwrap();
            symlink(outside.path(), place.path().join("folder")).unwrap();
            let mut sink = DiskSink::below(place.path(), Modes::Client).unwrap();
            put(&mut sink, "main.tf", 0o644, b"new").unwrap();
            assert_eq!(fs::read(outside.path().join("canary")).unwrap(), b"alive");
            assert_eq!(
                fs::symlink_metadata(place.path().join("main.tf"))
                    .unwrap()
                    .nlink(),
                1
            );
            let refused = put(&mut sink, "folder/evil.tf", 0o644, b"x").unwrap_err();
            assert_eq!(refused.why, "not a directory");
            assert!(!outside.path().join("evil.tf").exists());
        }

        #[test]
        fn a_name_that_is_both_file_and_directory_is_refused_in_the_words_of_the_system() {
            let place = tempfile::tempdir().unwrap();
            let mut sink = DiskSink::below(place.path(), Modes::Client).unwrap();
            put(&mut sink, "a", 0o644, b"").unwrap();
            sink.directory(&path("d")).unwrap();
            let below = sink.directory(&path("a/b")).unwrap_err();
            assert_eq!(
                (below.call, below.path.as_slice(), below.why.as_str()),
                (Call::Mkdir, &b"a"[..], "not a directory")
            );
            let over = put(&mut sink, "d", 0o644, b"").unwrap_err();
            assert_eq!(
                (over.call, over.why.as_str()),
                (Call::Open, "is a directory")
            );
            let long = sink.directory(&[vec![b'x'; 300]]).unwrap_err();
            assert_eq!(long.why, "file name too long");
        }

        #[test]
        fn a_set_flag_is_seen() {
            let place = tempfile::tempdir().unwrap();
            let flag = Arc::new(AtomicBool::new(false));
            let sink = DiskSink::below(place.path(), Modes::Client)
                .unwrap()
                .until(flag.clone());
            assert!(!sink.interrupted());
            flag.store(true, Ordering::Relaxed);
            assert!(sink.interrupted());
        }
    }
}
