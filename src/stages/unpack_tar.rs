//! Unpacks a tar with any of its compressions.
//!
//! Reads from front to back and never twice. Behind the end of the archive, where the client reads nothing, it looks
//! on for a while, only to remark on damage that nobody noticed.

#![deny(clippy::indexing_slicing)]

use std::io::Read;

use crate::stages::unpack::Job;
use crate::stages::unpack_names::Asked;
use crate::stages::unpack_stream::{Stream, open};
use crate::stages::unpack_tar_reader::{TarEntry, TarReader};
use crate::trace::archive::{EntryKind, Layer, Remark, Trailer, Why};
use crate::trace::archive_stop::{ArchiveStop, Call, StreamFault};

/// Unpacks everything.
pub(super) fn run<R: Read>(source: R, job: &mut Job<'_>) -> Result<(), ArchiveStop> {
    let opened = open(job.kind(), source, job.limits)?;
    if opened.reserved_flags != 0 {
        job.remark(Remark::ReservedFlags {
            flags: opened.reserved_flags,
        });
    }
    let mut reader = TarReader::new(opened.stream, job.limits);
    let result = entries(&mut reader, job);
    job.packed(reader.stream().packed());
    result?;
    for remark in behind_the_end(reader.stream()) {
        job.remark(remark);
    }
    if job.files() == 0 {
        Err(ArchiveStop::Empty)
    } else {
        Ok(())
    }
}

fn entries<S: Stream>(reader: &mut TarReader<S>, job: &mut Job<'_>) -> Result<(), ArchiveStop> {
    while let Some(mut entry) = reader.next()? {
        job.count_entry()?;
        job.remark_all(std::mem::take(&mut entry.remarks));
        let asked = asked(&entry);
        if entry.flag == b'g' {
            job.skip(asked, Why::GlobalHeader);
        } else if let Err(stop) = one(reader, job, &entry, &asked) {
            job.refuse(asked);
            return Err(stop);
        } else if asked.directory {
            let mode = asked.mode;
            job.made(asked, Some(mode));
        } else {
            job.written(asked)?;
        }
    }
    Ok(())
}

fn one<S: Stream>(
    reader: &mut TarReader<S>,
    job: &mut Job<'_>,
    entry: &TarEntry,
    asked: &Asked,
) -> Result<(), ArchiveStop> {
    // What a directory has for a body is skipped, but it was unpacked all the same.
    job.charge(if has_body(entry.flag) { entry.size } else { 0 })?;
    if job.begin(asked)? {
        reader.copy(entry, |chunk| job.write(chunk))?;
    }
    Ok(())
}

fn asked(entry: &TarEntry) -> Asked {
    // The client cuts the mode to 32 bits and looks for the bits of a directory in it, whatever the flag says.
    let mode = u32::try_from(entry.mode & i64::from(u32::MAX)).unwrap_or(0);
    let kind = kind(entry);
    Asked {
        name: entry.name.clone(),
        kind,
        directory: entry.flag == b'5' || mode & !0o7777 == 0o40000,
        mode: mode & 0o7777,
        size: if has_body(entry.flag) { entry.size } else { 0 },
        link: matches!(kind, EntryKind::Symlink | EntryKind::HardLink).then(|| entry.link.clone()),
        parents_by: Call::Open,
    }
}

fn has_body(flag: u8) -> bool {
    !matches!(flag, b'1'..=b'6')
}

fn kind(entry: &TarEntry) -> EntryKind {
    if entry.pieces.is_some() {
        return EntryKind::Sparse;
    }
    match entry.flag {
        b'0' => EntryKind::File,
        b'1' => EntryKind::HardLink,
        b'2' => EntryKind::Symlink,
        b'3' => EntryKind::CharDevice,
        b'4' => EntryKind::BlockDevice,
        b'5' => EntryKind::Directory,
        b'6' => EntryKind::Fifo,
        b'7' => EntryKind::Contiguous,
        b'g' => EntryKind::PaxGlobal,
        b'V' => EntryKind::Volume,
        other => EntryKind::Other(other),
    }
}

/// How far behind the end of the tar is looked, in bytes.
const LOOK_ON: u64 = 64 << 20;

/// What is odd about the rest of the stream.
fn behind_the_end<S: Stream>(stream: &mut S) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    let (mut seen, mut bytes) = (0, 0);
    let fault = loop {
        match stream.read(&mut buffer) {
            Ok(0) => break None,
            Ok(read) => {
                seen += read as u64;
                let chunk = buffer.get(..read).unwrap_or_default();
                if let Some(last) = chunk.iter().rposition(|byte| *byte != 0) {
                    bytes = seen - (read - last - 1) as u64;
                }
                if seen > LOOK_ON {
                    break None;
                }
            }
            Err(stop) => break Some(stop),
        }
    };
    if bytes > 0 {
        remarks.push(Remark::TrailingData {
            layer: Layer::Archive,
            bytes,
        });
    }
    if let Some(ArchiveStop::Stream(fault)) = fault {
        remarks.extend(trailer_remark(&fault));
    }
    remarks
}

fn trailer_remark(fault: &StreamFault) -> Option<Remark> {
    let why = match fault {
        StreamFault::GzipChecksum => Trailer::Checksum,
        StreamFault::GzipLength => Trailer::Length,
        StreamFault::Cut | StreamFault::Nothing => Trailer::Missing,
        StreamFault::GzipHeader | StreamFault::Bzip2Magic => {
            return Some(Remark::TrailingData {
                layer: Layer::Compressed,
                bytes: 0,
            });
        }
        StreamFault::Deflate
        | StreamFault::Bzip2Data
        | StreamFault::XzMagic
        | StreamFault::XzFilter(_)
        | StreamFault::XzData => Trailer::Damaged,
        StreamFault::Read(_) => return None,
    };
    Some(Remark::TrailerWrong { why })
}
