//! Unpacks a zip by its directory.
//!
//! Methods other than stored and deflate are not decoded, a link becomes a file that holds the target, the mode of a
//! directory counts for nothing: all as the client has it. Looked at before anything is written, and refused where the
//! client is not: entries that share bytes, and sizes beyond the limits. The flag of encryption is a remark; what is
//! read is the bytes as they are.

#![deny(clippy::indexing_slicing)]

use std::io::{Read, Seek};

use flate2::Crc;

use crate::stages::unpack::Job;
use crate::stages::unpack_names::Asked;
use crate::stages::unpack_stream::{Inflate, Packed, Stream};
use crate::stages::unpack_zip_directory::{Directory, Found, Local, Record, ZipFile, read};
use crate::trace::archive::{EntryKind, Remark, ZipDifference};
use crate::trace::archive_stop::{ArchiveStop, Call, LimitName, StreamFault, ZipFault};

/// Unpacks everything.
pub(super) fn run<R: Read + Seek>(source: R, job: &mut Job<'_>) -> Result<(), ArchiveStop> {
    let mut file = ZipFile::new(source)?;
    job.packed(file.size());
    let directory = read(&mut file, job.limits)?;
    job.remark_all(directory.remarks.clone());
    if directory.records.is_empty() {
        return Err(ArchiveStop::Empty);
    }
    for record in &directory.records {
        job.remark_all(record.remarks());
    }
    look_over(&mut file, &directory, job)?;
    for record in &directory.records {
        job.count_entry()?;
        let mut asked = asked(record);
        if let Err(stop) = one(&mut file, record, &mut asked, job) {
            job.refuse(asked);
            return Err(stop);
        }
        if asked.directory {
            job.made(asked, None);
        } else {
            job.written(asked)?;
        }
    }
    Ok(())
}

/// Compares local headers with the directory, and refuses what shares bytes or is too large, before anything is written.
fn look_over<R: Read + Seek>(
    file: &mut ZipFile<R>,
    directory: &Directory,
    job: &mut Job<'_>,
) -> Result<(), ArchiveStop> {
    let mut ranges = Vec::new();
    for record in &directory.records {
        let Found::Local(local) = file.local(record.header)? else {
            continue;
        };
        job.remark_all(record.differences(&local));
        if !is_directory(record) {
            job.charge(record.unpacked)?;
            let end = local.data.saturating_add(record.packed);
            ranges.push((record.header.cast_unsigned(), end, record.flags & 8 != 0));
        }
    }
    ranges.sort_unstable();
    let shared = ranges
        .windows(2)
        .any(|pair| matches!(pair, [(_, end, _), (start, _, _)] if start < end));
    if shared
        || ranges
            .last()
            .is_some_and(|(_, end, _)| *end > directory.start)
    {
        return Err(ArchiveStop::Limit {
            name: LimitName::Overlap,
            number: 0,
        });
    }
    let starts = ranges
        .iter()
        .skip(1)
        .map(|(start, _, _)| *start)
        .chain([directory.start]);
    for ((_, end, descriptor), next) in ranges.iter().zip(starts) {
        if let Some(local) = hidden(file, *end, *descriptor, next)? {
            job.remark(Remark::ZipDisagrees {
                name: local.name,
                what: ZipDifference::NotInDirectory,
            });
        }
    }
    Ok(())
}

/// A local entry between two of the directory, if one begins where there should be none.
fn hidden<R: Read + Seek>(
    file: &mut ZipFile<R>,
    end: u64,
    descriptor: bool,
    next: u64,
) -> Result<Option<Local>, ArchiveStop> {
    // A descriptor has 12 to 24 bytes, by its signature and the width of its sizes.
    let lengths: &[u64] = if descriptor {
        &[0, 12, 16, 20, 24]
    } else {
        &[0]
    };
    for length in lengths {
        let start = end.saturating_add(*length);
        if start < next
            && let Ok(start) = i64::try_from(start)
            && let Found::Local(local) = file.local(start)?
        {
            return Ok(Some(local));
        }
    }
    Ok(None)
}

fn one<R: Read + Seek>(
    file: &mut ZipFile<R>,
    record: &Record,
    asked: &mut Asked,
    job: &mut Job<'_>,
) -> Result<(), ArchiveStop> {
    if asked.directory {
        return job.begin(asked).map(drop);
    }
    // The client makes the directories above before it looks at the entry, which is of no account once it fails.
    job.check(asked)?;
    let name = || record.name.clone();
    let local = match file.local(record.header)? {
        Found::Local(local) => local,
        Found::Other => return Err(ArchiveStop::Zip(ZipFault::LocalHeader { name: name() })),
        Found::Nothing => {
            let offset = record.header;
            return Err(ArchiveStop::Zip(ZipFault::LocalMissing {
                name: name(),
                offset,
            }));
        }
    };
    if !matches!(record.method, STORED | DEFLATE) {
        return Err(ArchiveStop::Zip(ZipFault::Method {
            name: name(),
            method: record.method,
        }));
    }
    job.begin(asked)?;
    let mut target = Vec::new();
    let sum = copy(file, record, local.data, |chunk| {
        if asked.kind == EntryKind::Symlink && target.len() < TARGET {
            target.extend(chunk.iter().take(TARGET - target.len()));
        }
        job.write(chunk)
    })?;
    if asked.kind == EntryKind::Symlink {
        asked.link = Some(target);
    }
    check_sum(file, record, local.data, sum, job)
}

const STORED: u16 = 0;
const DEFLATE: u16 = 8;
/// Longest target of a link that is kept.
const TARGET: usize = 4096;

/// Hands out the file and returns its checksum.
fn copy<R: Read + Seek>(
    file: &mut ZipFile<R>,
    record: &Record,
    data: u64,
    mut out: impl FnMut(&[u8]) -> Result<(), ArchiveStop>,
) -> Result<u32, ArchiveStop> {
    let name = || record.name.clone();
    let stored = i64::try_from(record.packed).unwrap_or(0).cast_unsigned();
    let size = usize::try_from(stored).unwrap_or(usize::MAX).min(64 << 10);
    let mut packed = Packed::with_buffer(file.section(data, stored)?, size);
    let (mut inflate, mut crc, mut total) = (Inflate::new(), Crc::new(), 0_u64);
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = if record.method == STORED {
            Stream::read(&mut packed, &mut buffer)?
        } else {
            inflate
                .read(&mut packed, &mut buffer)
                .map_err(|fault| data_fault(fault, record))?
        };
        if read == 0 {
            break;
        }
        total = total.saturating_add(read as u64);
        if total > record.unpacked {
            return Err(ArchiveStop::Zip(ZipFault::Long { name: name() }));
        }
        let chunk = buffer.get(..read).unwrap_or_default();
        crc.update(chunk);
        out(chunk)?;
    }
    if total != record.unpacked {
        return Err(ArchiveStop::Zip(ZipFault::Short { name: name() }));
    }
    Ok(crc.sum())
}

fn data_fault(fault: StreamFault, record: &Record) -> ArchiveStop {
    let name = record.name.clone();
    match fault {
        StreamFault::Cut | StreamFault::Nothing => ArchiveStop::Zip(ZipFault::Short { name }),
        StreamFault::Read(_) => ArchiveStop::Stream(fault),
        StreamFault::GzipHeader
        | StreamFault::GzipChecksum
        | StreamFault::GzipLength
        | StreamFault::Deflate
        | StreamFault::Bzip2Magic
        | StreamFault::Bzip2Data
        | StreamFault::XzMagic
        | StreamFault::XzFilter(_)
        | StreamFault::XzData => ArchiveStop::Zip(ZipFault::Data {
            name,
            encrypted: record.flags & 1 != 0,
        }),
    }
}

/// Compares checksums as the client does: a zero is none, unless a descriptor repeats it.
fn check_sum<R: Read + Seek>(
    file: &mut ZipFile<R>,
    record: &Record,
    data: u64,
    sum: u32,
    job: &mut Job<'_>,
) -> Result<(), ArchiveStop> {
    let name = || record.name.clone();
    let wrong = || Err(ArchiveStop::Zip(ZipFault::Checksum { name: name() }));
    if record.flags & 8 == 0 {
        return if record.crc != 0 && record.crc != sum {
            wrong()
        } else {
            Ok(())
        };
    }
    let mut bytes = [0; 24];
    let at = i64::try_from(data.saturating_add(record.packed)).unwrap_or(i64::MAX);
    let read = file.read_at(at, &mut bytes)?;
    let signed = bytes.starts_with(b"PK\x07\x08");
    let needed = if signed { 16 } else { 12 };
    if read < needed {
        return Err(ArchiveStop::Zip(ZipFault::Short { name: name() }));
    }
    let rest = bytes.get(if signed { 4 } else { 0 }..).unwrap_or_default();
    let word = |at: usize| {
        let part = rest.get(at..at + 4).and_then(|part| part.try_into().ok());
        u32::from_le_bytes(part.unwrap_or_default())
    };
    if word(0) != record.crc || record.crc != sum {
        return wrong();
    }
    let narrow = u64::from(word(4)) == record.packed && u64::from(word(8)) == record.unpacked;
    let wide = u64::from(word(4)) | u64::from(word(8)) << 32 == record.packed
        && u64::from(word(12)) | u64::from(word(16)) << 32 == record.unpacked;
    if !narrow && !wide {
        job.remark(Remark::ZipDisagrees {
            name: name(),
            what: ZipDifference::Descriptor,
        });
    }
    Ok(())
}

fn asked(record: &Record) -> Asked {
    Asked {
        name: record.name.clone(),
        kind: kind(record),
        directory: is_directory(record),
        mode: mode(record),
        size: record.unpacked,
        link: None,
        parents_by: Call::Mkdir,
    }
}

/// Upper half of the attributes, if the system that made the record keeps Unix modes there.
fn unix_mode(record: &Record) -> Option<u32> {
    matches!(record.system, 3 | 19).then_some(record.attributes >> 16)
}

fn is_dos(record: &Record) -> bool {
    // The client takes eleven for NTFS, which is ten.
    matches!(record.system, 0 | 11 | 14)
}

fn mode(record: &Record) -> u32 {
    match unix_mode(record) {
        Some(mode) => mode & 0o7777,
        None if !is_dos(record) => 0,
        None => {
            let open = if record.attributes & 0x10 != 0 {
                0o777
            } else {
                0o666
            };
            if record.attributes & 1 != 0 {
                open & !0o222
            } else {
                open
            }
        }
    }
}

fn is_directory(record: &Record) -> bool {
    record.name.ends_with(b"/")
        || unix_mode(record).is_some_and(|mode| mode & 0o170_000 == 0o040_000)
        || is_dos(record) && record.attributes & 0x10 != 0
}

fn kind(record: &Record) -> EntryKind {
    if is_directory(record) {
        return EntryKind::Directory;
    }
    match unix_mode(record).unwrap_or(0) & 0o170_000 {
        0o120_000 => EntryKind::Symlink,
        0o020_000 => EntryKind::CharDevice,
        0o060_000 => EntryKind::BlockDevice,
        0o010_000 => EntryKind::Fifo,
        0o140_000 => EntryKind::Socket,
        _ => EntryKind::File,
    }
}
