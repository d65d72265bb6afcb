//! Unpacks an archive as the client does, within limits, and keeps a record of every entry.
//!
//! Never makes a link or a device, never lets a library unpack on its own, never unpacks what it unpacked. Decides as
//! the client decides: links become plain files, absolute names land below the destination, a tar whose end is damaged
//! installs. Where the client would go on without bounds, this stops and says which bound it was. Synchronous: it
//! belongs on a blocking thread.

#![deny(clippy::indexing_slicing)]

use std::collections::HashMap;
use std::io::{Read, Seek};
use std::mem::Discriminant;

use sha2::{Digest, Sha256};

use crate::io::unpack_sink::Sink;
use crate::stages::unpack_names::{link_lost, remarks_on, remarks_on_mode};
use crate::stages::{unpack_tar, unpack_zip};
use crate::trace::archive::{
    Done, Entry, EntryKind, Kind, Modes, Remark, UnpackLimits, Unpacked, Why,
};
use crate::trace::archive_stop::{ArchiveStop, LimitName};
use crate::trace::sniff::Sniffed;

pub use crate::stages::unpack_names::{Asked, Plan, Seen, plan};

/// An unpacking that ended early: why, and what there was until then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Halted {
    /// What ended it.
    pub stop: ArchiveStop,
    /// What was done before.
    pub unpacked: Unpacked,
}

/// Unpacks an archive of any kind into `sink`.
///
/// What was written before a stop stays there.
pub fn unpack<R: Read + Seek>(
    kind: Kind,
    source: R,
    sink: &mut dyn Sink,
    limits: &UnpackLimits,
    modes: Modes,
) -> Result<Unpacked, Box<Halted>> {
    if kind != Kind::Zip {
        return unpack_stream(kind, source, sink, limits, modes);
    }
    let mut job = Job::new(kind, sink, limits, modes);
    let result = unpack_zip::run(source, &mut job);
    job.end(result)
}

/// Unpacks an archive that can be read from front to back only: every kind but zip.
pub fn unpack_stream<R: Read>(
    kind: Kind,
    source: R,
    sink: &mut dyn Sink,
    limits: &UnpackLimits,
    modes: Modes,
) -> Result<Unpacked, Box<Halted>> {
    let mut job = Job::new(kind, sink, limits, modes);
    let result = match kind {
        Kind::Tar | Kind::TarGz | Kind::TarBz2 | Kind::TarXz => unpack_tar::run(source, &mut job),
        Kind::TarZst => Err(ArchiveStop::Unsupported {
            found: Sniffed::Zstd,
        }),
        Kind::Zip => Err(ArchiveStop::Unsupported {
            found: Sniffed::Zip,
        }),
        Kind::Gz | Kind::Bz2 | Kind::Xz | Kind::Zst => Err(ArchiveStop::SingleFile { kind }),
    };
    job.end(result)
}

/// Names and targets that are kept for the record, in bytes.
const KEPT_BYTES: usize = 16 << 20;
/// Remarks of one sort that are kept.
const KEPT_REMARKS: u64 = 256;
/// How often the caller is asked whether to stop, in bytes.
const ASK_EVERY: u64 = 1 << 20;

/// One unpacking: where things go, what was done, how much is still allowed.
pub(super) struct Job<'a> {
    sink: &'a mut dyn Sink,
    /// The limits.
    pub(super) limits: &'a UnpackLimits,
    modes: Modes,
    unpacked: Unpacked,
    seen: Seen,
    entries: u64,
    kept: usize,
    charged: u64,
    unasked: u64,
    remarks: HashMap<Discriminant<Remark>, u64>,
    directories: Vec<(Vec<Vec<u8>>, u32)>,
    open: Option<OpenFile>,
}

struct OpenFile {
    path: Vec<Vec<u8>>,
    digest: Sha256,
    size: u64,
}

impl<'a> Job<'a> {
    fn new(kind: Kind, sink: &'a mut dyn Sink, limits: &'a UnpackLimits, modes: Modes) -> Self {
        Self {
            sink,
            limits,
            modes,
            unpacked: Unpacked::new(kind),
            seen: Seen::new(limits),
            entries: 0,
            kept: 0,
            charged: 0,
            unasked: 0,
            remarks: HashMap::new(),
            directories: Vec::new(),
            open: None,
        }
    }

    /// Which kind of archive it is.
    pub(super) fn kind(&self) -> Kind {
        self.unpacked.kind
    }

    /// Files written so far.
    pub(super) fn files(&self) -> u64 {
        self.unpacked.files
    }

    /// Counts an entry against the limit, whatever is done with it.
    pub(super) fn count_entry(&mut self) -> Result<(), ArchiveStop> {
        self.entries += 1;
        if self.entries > self.limits.entries {
            return Err(ArchiveStop::Limit {
                name: LimitName::Entries,
                number: self.limits.entries,
            });
        }
        if self.sink.interrupted() {
            Err(ArchiveStop::Interrupted)
        } else {
            Ok(())
        }
    }

    /// Counts bytes that an entry announces, before any of them is written.
    pub(super) fn charge(&mut self, bytes: u64) -> Result<(), ArchiveStop> {
        self.charged = self.charged.saturating_add(bytes);
        let number = self.limits.unpacked_bytes;
        if self.charged > number {
            return Err(ArchiveStop::Limit {
                name: LimitName::UnpackedBytes,
                number,
            });
        }
        Ok(())
    }

    /// Keeps an entry that the client leaves out.
    pub(super) fn skip(&mut self, asked: Asked, why: Why) {
        self.keep(asked, Done::Skipped(why));
    }

    /// Keeps an entry on which the unpacking ends.
    pub(super) fn refuse(&mut self, asked: Asked) {
        self.keep(asked, Done::Refused);
    }

    /// Plans an entry without beginning it.
    pub(super) fn check(&mut self, asked: &Asked) -> Result<(), ArchiveStop> {
        match plan(asked, self.limits, &self.seen) {
            Plan::Refuse(stop) => {
                self.remark_all(remarks_on(asked));
                Err(stop)
            }
            Plan::MakeDirectory(_) | Plan::Write(_) => Ok(()),
        }
    }

    /// Plans an entry and begins it: a directory is made, a file is open afterwards, which is when this is true.
    pub(super) fn begin(&mut self, asked: &Asked) -> Result<bool, ArchiveStop> {
        self.remark_all(remarks_on(asked));
        match plan(asked, self.limits, &self.seen) {
            Plan::Refuse(stop) => Err(stop),
            Plan::MakeDirectory(path) => {
                let remarks = self.seen.add(&path, false)?;
                self.remark_all(remarks);
                self.sink.directory(&path).map_err(ArchiveStop::Disk)?;
                Ok(false)
            }
            Plan::Write(path) => {
                let remarks = self.seen.add(&path, true)?;
                self.remark_all(remarks);
                self.remark_all(remarks_on_mode(asked));
                let mode = self.modes.of_file(asked.mode);
                self.sink.file(&path, mode).map_err(ArchiveStop::Disk)?;
                self.open = Some(OpenFile {
                    path,
                    digest: Sha256::new(),
                    size: 0,
                });
                Ok(true)
            }
        }
    }

    /// Keeps a directory that was made. `mode` is given where the archive's mode counts at the end.
    pub(super) fn made(&mut self, asked: Asked, mode: Option<u32>) {
        let path: Vec<Vec<u8>> = path_of(&asked.name);
        let itself = path.is_empty();
        if mode.is_some() && !itself {
            self.remark_all(remarks_on_mode(&asked));
        }
        if let Some(mode) = mode.filter(|_| self.modes == Modes::Client) {
            self.directories.push((path, self.modes.of_directory(mode)));
        }
        if itself {
            self.keep(asked, Done::Skipped(Why::DestinationItself));
        } else {
            self.unpacked.directories += 1;
            self.keep(asked, Done::Made);
        }
    }

    /// Appends to the open file.
    pub(super) fn write(&mut self, chunk: &[u8]) -> Result<(), ArchiveStop> {
        let size = chunk.len() as u64;
        if let Some(open) = &mut self.open {
            open.size = open.size.saturating_add(size);
            open.digest.update(chunk);
            if open.size > self.limits.file_bytes {
                return Err(ArchiveStop::Limit {
                    name: LimitName::FileBytes,
                    number: self.limits.file_bytes,
                });
            }
        }
        let number = self.limits.unpacked_bytes;
        if self.unpacked.bytes.saturating_add(size) > number {
            return Err(ArchiveStop::Limit {
                name: LimitName::UnpackedBytes,
                number,
            });
        }
        self.unasked += size;
        if self.unasked >= ASK_EVERY {
            self.unasked = 0;
            if self.sink.interrupted() {
                return Err(ArchiveStop::Interrupted);
            }
        }
        self.sink.write(chunk).map_err(ArchiveStop::Disk)?;
        self.unpacked.bytes += size;
        Ok(())
    }

    /// Ends the open file and keeps its entry.
    pub(super) fn written(&mut self, asked: Asked) -> Result<(), ArchiveStop> {
        self.sink.close().map_err(ArchiveStop::Disk)?;
        self.unpacked.files += 1;
        if let Some(open) = self.open.take() {
            let content = open.digest.finalize().into();
            let before = self.seen.replace_content(&open.path, content);
            if before.is_some_and(|before| before != content) {
                self.remark(Remark::Duplicate {
                    name: asked.name.clone(),
                });
            }
        }
        if let Some(target) = &asked.link
            && matches!(asked.kind, EntryKind::Symlink | EntryKind::HardLink)
        {
            let remark = link_lost(&asked.name, target, asked.kind);
            self.remark(remark);
        }
        self.keep(asked, Done::Written);
        Ok(())
    }

    /// Keeps a remark, up to a bound for each sort.
    pub(super) fn remark(&mut self, remark: Remark) {
        let count = self
            .remarks
            .entry(std::mem::discriminant(&remark))
            .or_default();
        *count += 1;
        if *count <= KEPT_REMARKS {
            self.unpacked.remarks.push(remark);
        } else {
            self.unpacked.remarks_left_out += 1;
        }
    }

    /// Keeps remarks.
    pub(super) fn remark_all(&mut self, remarks: Vec<Remark>) {
        for remark in remarks {
            self.remark(remark);
        }
    }

    /// Keeps how much of the archive file was used.
    pub(super) fn packed(&mut self, bytes: u64) {
        self.unpacked.packed = bytes;
    }

    fn keep(&mut self, asked: Asked, done: Done) {
        let Asked {
            name,
            kind,
            mode,
            size,
            link,
            ..
        } = asked;
        self.kept += name.len() + link.as_ref().map_or(0, Vec::len);
        if self.kept > KEPT_BYTES {
            self.unpacked.entries_left_out += 1;
        } else {
            self.unpacked.entries.push(Entry {
                name,
                kind,
                mode,
                size,
                link,
                done,
            });
        }
    }

    fn end(mut self, result: Result<(), ArchiveStop>) -> Result<Unpacked, Box<Halted>> {
        let result = result.and_then(|()| self.set_directory_modes());
        let Unpacked { bytes, packed, .. } = self.unpacked;
        let ratio = bytes / packed.max(1);
        if bytes >= self.limits.growth_from && ratio >= self.limits.growth {
            self.remark(Remark::Growth { ratio });
        }
        match result {
            Ok(()) => Ok(self.unpacked),
            Err(stop) => Err(Box::new(Halted {
                stop,
                unpacked: self.unpacked,
            })),
        }
    }

    /// Directories get their modes last, as one that must not be written to may hold files.
    fn set_directory_modes(&mut self) -> Result<(), ArchiveStop> {
        for (path, mode) in std::mem::take(&mut self.directories) {
            self.sink
                .directory_mode(&path, mode)
                .map_err(ArchiveStop::Disk)?;
        }
        Ok(())
    }
}

fn path_of(name: &[u8]) -> Vec<Vec<u8>> {
    crate::stages::unpack_names::components(name)
        .map(<[u8]>::to_vec)
        .collect()
}
