//! The directory of a zip, read as Go's `archive/zip` reads it.
//!
//! The directory at the end is the truth; what the entries say in front of their data is only compared with it. Memory grows
//! with the records that are there, never with the number that the end states. Nothing is unpacked here.

#![deny(clippy::indexing_slicing)]

use std::io::{BufReader, Read, Seek, SeekFrom};

use crate::stages::unpack_zip_end::{End, find_end};
use crate::trace::archive::{Remark, UnpackLimits, ZipDifference};
use crate::trace::archive_stop::{ArchiveStop, Call, LimitName, StreamFault, ZipFault};

/// A zip file that is read at any place.
pub(super) struct ZipFile<R> {
    inner: BufReader<R>,
    size: u64,
    at: Option<u64>,
}

/// A record of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// Name as found.
    pub(super) name: Vec<u8>,
    /// System that made it.
    pub(super) system: u8,
    /// Flags.
    pub(super) flags: u16,
    /// Method.
    pub(super) method: u16,
    /// Checksum.
    pub(super) crc: u32,
    /// Bytes stored.
    pub(super) packed: u64,
    /// Bytes of the file.
    pub(super) unpacked: u64,
    /// Attributes, of which the upper half are Unix modes.
    pub(super) attributes: u32,
    /// Where its local header is.
    pub(super) header: i64,
    disk: u16,
    unicode_path: Option<Vec<u8>>,
    broken_extra: bool,
}

/// A directory that was read.
pub(super) struct Directory {
    /// Its records in order.
    pub(super) records: Vec<Record>,
    /// Where it begins.
    pub(super) start: u64,
    /// What is odd about the file as a whole.
    pub(super) remarks: Vec<Remark>,
}

/// The header in front of an entry's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Local {
    /// Name as found.
    pub(super) name: Vec<u8>,
    /// Flags.
    pub(super) flags: u16,
    /// Method.
    pub(super) method: u16,
    /// Checksum.
    pub(super) crc: u32,
    /// Bytes stored.
    pub(super) packed: u32,
    /// Bytes of the file.
    pub(super) unpacked: u32,
    /// Where the data begin.
    pub(super) data: u64,
}

/// What was found where a local header should be.
pub(super) enum Found {
    /// One.
    Local(Local),
    /// Something else.
    Other,
    /// Not enough bytes, or no such place.
    Nothing,
}

const RECORD: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";
const RECORD_LENGTH: usize = 46;
const LOCAL_LENGTH: usize = 30;

/// What follows `length` bytes at `offset`; a place that cannot be is the last one that can.
fn behind(offset: i64, length: usize) -> i64 {
    offset.saturating_add(i64::try_from(length).unwrap_or(i64::MAX))
}

impl<R: Read + Seek> ZipFile<R> {
    /// A file of which nothing was read yet.
    pub(super) fn new(mut inner: R) -> Result<Self, ArchiveStop> {
        let size = inner
            .seek(SeekFrom::End(0))
            .map_err(|error| unreadable(&error))?;
        Ok(Self {
            inner: BufReader::new(inner),
            size,
            at: None,
        })
    }

    /// Its length.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Reads as much of `into` as there is at `offset`, and tells how much that is.
    pub(super) fn read_at(&mut self, offset: i64, into: &mut [u8]) -> Result<usize, ArchiveStop> {
        let Ok(offset) = u64::try_from(offset) else {
            return Ok(0);
        };
        self.go_to(offset)?;
        let mut filled = 0;
        while let Some(rest) = into.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.inner.read(rest) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unreadable(&error)),
            }
        }
        self.at = Some(offset + filled as u64);
        Ok(filled)
    }

    /// The bytes at `offset`, up to a length.
    pub(super) fn section(
        &mut self,
        offset: u64,
        length: u64,
    ) -> Result<impl Read + '_, ArchiveStop> {
        self.go_to(offset)?;
        self.at = None;
        Ok((&mut self.inner).take(length))
    }

    fn go_to(&mut self, offset: u64) -> Result<(), ArchiveStop> {
        if self.at != Some(offset) {
            self.inner
                .seek(SeekFrom::Start(offset))
                .map_err(|error| unreadable(&error))?;
            self.at = Some(offset);
        }
        Ok(())
    }

    /// What is at `offset`, where a local header should be.
    pub(super) fn local(&mut self, offset: i64) -> Result<Found, ArchiveStop> {
        let mut fixed = [0; LOCAL_LENGTH];
        if self.read_at(offset, &mut fixed)? < LOCAL_LENGTH {
            return Ok(Found::Nothing);
        }
        if !fixed.starts_with(LOCAL) {
            return Ok(Found::Other);
        }
        let (name, extra) = (u16_at(&fixed, 26), u16_at(&fixed, 28));
        let start = behind(offset, LOCAL_LENGTH);
        let mut bytes = vec![0; name.into()];
        let read = self.read_at(start, &mut bytes)?;
        bytes.truncate(read);
        Ok(Found::Local(Local {
            name: bytes,
            flags: u16_at(&fixed, 6),
            method: u16_at(&fixed, 8),
            crc: u32_at(&fixed, 14),
            packed: u32_at(&fixed, 18),
            unpacked: u32_at(&fixed, 22),
            data: start
                .cast_unsigned()
                .saturating_add(u64::from(name) + u64::from(extra)),
        }))
    }
}

fn unreadable(error: &std::io::Error) -> ArchiveStop {
    ArchiveStop::Stream(StreamFault::Read(error.kind().to_string()))
}

/// A number of little-endian bytes; zero where there are none.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    let part = bytes.get(at..at + 2).and_then(|part| part.try_into().ok());
    u16::from_le_bytes(part.unwrap_or_default())
}

/// A number of little-endian bytes; zero where there are none.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let part = bytes.get(at..at + 4).and_then(|part| part.try_into().ok());
    u32::from_le_bytes(part.unwrap_or_default())
}

/// A number of little-endian bytes; zero where there are none.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let part = bytes.get(at..at + 8).and_then(|part| part.try_into().ok());
    u64::from_le_bytes(part.unwrap_or_default())
}

/// Finds and reads the directory.
pub(super) fn read<R: Read + Seek>(
    file: &mut ZipFile<R>,
    limits: &UnpackLimits,
) -> Result<Directory, ArchiveStop> {
    let (end, mut remarks) = find_end(file)?;
    let base = base(file, &end)?;
    if base > 0 {
        let what = ZipDifference::Prefix(base.cast_unsigned());
        remarks.push(Remark::ZipDisagrees {
            name: Vec::new(),
            what,
        });
    }
    let start = base.wrapping_add(end.offset.cast_signed());
    let (mut at, mut records) = (start, Vec::new());
    let fault = loop {
        match record(file, at, limits)? {
            Step::Record(mut record, after) => {
                if records.len() as u64 >= limits.entries {
                    return Err(ArchiveStop::Limit {
                        name: LimitName::Entries,
                        number: limits.entries,
                    });
                }
                record.header = record.header.wrapping_add(base);
                records.push(*record);
                at = after;
            }
            // The end of the file falls between two parts of a record, which Go does not forgive.
            Step::End => return Err(ArchiveStop::Zip(ZipFault::DirectoryMissing)),
            Step::Fault(fault) => break fault,
        }
    };
    // The number is kept in 16 bits by many writers.
    if records.len() as u64 & 0xffff != end.records & 0xffff {
        return Err(ArchiveStop::Zip(fault));
    }
    Ok(Directory {
        records,
        start: start.cast_unsigned(),
        remarks,
    })
}

/// How many bytes are in front of the zip proper.
fn base<R: Read + Seek>(file: &mut ZipFile<R>, end: &End) -> Result<i64, ArchiveStop> {
    let bad = || ArchiveStop::Zip(ZipFault::BadEnd);
    let size = i64::try_from(end.size).map_err(|_| bad())?;
    let offset = i64::try_from(end.offset).map_err(|_| bad())?;
    let base = end.at.wrapping_sub(size).wrapping_sub(offset);
    let start = base.wrapping_add(offset);
    if start < 0 || start.cast_unsigned() >= file.size {
        return Err(bad());
    }
    // Some writers state an end that asks for a base where there is none.
    let any = UnpackLimits {
        name: usize::MAX,
        ..UnpackLimits::default()
    };
    if base > 0 && matches!(record(file, offset, &any)?, Step::Record(..)) {
        return Ok(0);
    }
    Ok(base)
}

enum Step {
    Record(Box<Record>, i64),
    End,
    Fault(ZipFault),
}

/// One record of the directory, and where the next one begins.
fn record<R: Read + Seek>(
    file: &mut ZipFile<R>,
    at: i64,
    limits: &UnpackLimits,
) -> Result<Step, ArchiveStop> {
    let mut fixed = [0; RECORD_LENGTH];
    match file.read_at(at, &mut fixed)? {
        0 => return Ok(Step::End),
        RECORD_LENGTH => {}
        _ => return Ok(Step::Fault(ZipFault::DirectoryCut)),
    }
    if !fixed.starts_with(RECORD) {
        return Ok(Step::Fault(ZipFault::Directory));
    }
    let (name, extra, comment) = (u16_at(&fixed, 28), u16_at(&fixed, 30), u16_at(&fixed, 32));
    let length = usize::from(name) + usize::from(extra) + usize::from(comment);
    let mut bytes = vec![0; length];
    let start = behind(at, RECORD_LENGTH);
    let read = file.read_at(start, &mut bytes)?;
    if read < length {
        return Ok(if read == 0 {
            Step::End
        } else {
            Step::Fault(ZipFault::DirectoryCut)
        });
    }
    let (name, rest) = bytes.split_at_checked(name.into()).unwrap_or_default();
    if name.len() > limits.name {
        return Err(ArchiveStop::NameTooLong {
            name: name.to_vec(),
            got: name.len(),
            limit: limits.name,
            call: Call::Open,
        });
    }
    let mut record = Record {
        name: name.to_vec(),
        system: fixed.get(5).copied().unwrap_or(0),
        flags: u16_at(&fixed, 8),
        method: u16_at(&fixed, 10),
        crc: u32_at(&fixed, 16),
        packed: u32_at(&fixed, 20).into(),
        unpacked: u32_at(&fixed, 24).into(),
        attributes: u32_at(&fixed, 38),
        header: u32_at(&fixed, 42).into(),
        disk: u16_at(&fixed, 34),
        unicode_path: None,
        broken_extra: false,
    };
    let whole = record.read_extra(rest.get(..usize::from(extra)).unwrap_or_default());
    let after = behind(start, length);
    Ok(if whole {
        Step::Record(Box::new(record), after)
    } else {
        Step::Fault(ZipFault::Directory)
    })
}

impl Record {
    /// Reads the extra fields; false if sizes that must be there are not.
    fn read_extra(&mut self, mut extra: &[u8]) -> bool {
        const MARK: u64 = 0xffff_ffff;
        let (mut unpacked, mut packed) = (self.unpacked == MARK, self.packed == MARK);
        let mut header = self.header == 0xffff_ffff;
        while let [a, b, c, d, rest @ ..] = extra {
            let length = usize::from(u16::from_le_bytes([*c, *d]));
            let Some((mut field, after)) = rest.split_at_checked(length) else {
                self.broken_extra = true;
                break;
            };
            extra = after;
            match u16::from_le_bytes([*a, *b]) {
                1 => {
                    let mut next = |wanted: &mut bool| {
                        let number = if *wanted {
                            Some(take_u64(&mut field)?)
                        } else {
                            None
                        };
                        *wanted = false;
                        Some(number)
                    };
                    let (Some(first), Some(second)) = (next(&mut unpacked), next(&mut packed))
                    else {
                        return false;
                    };
                    let Some(third) = next(&mut header) else {
                        return false;
                    };
                    self.unpacked = first.unwrap_or(self.unpacked);
                    self.packed = second.unwrap_or(self.packed);
                    self.header = third.map_or(self.header, u64::cast_signed);
                }
                0x7075 => self.unicode_path = field.get(5..).map(<[u8]>::to_vec),
                _ => {}
            }
        }
        self.broken_extra |= !extra.is_empty();
        !packed && !header
    }

    /// What is odd about the record itself.
    pub(super) fn remarks(&self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        let differs = |what| Remark::ZipDisagrees {
            name: self.name.clone(),
            what,
        };
        if self.flags & 1 != 0 {
            remarks.push(Remark::EncryptedFlag {
                name: self.name.clone(),
            });
        }
        if self.disk != 0 {
            remarks.push(differs(ZipDifference::Disk(self.disk)));
        }
        if let Some(path) = self
            .unicode_path
            .as_ref()
            .filter(|path| **path != self.name)
        {
            remarks.push(differs(ZipDifference::UnicodePath(path.clone())));
        }
        if self.broken_extra {
            remarks.push(differs(ZipDifference::Extra));
        }
        remarks
    }

    /// In what the local header disagrees.
    pub(super) fn differences(&self, local: &Local) -> Vec<Remark> {
        // With a descriptor behind the data, zeros here are no statement.
        let stated = |number: u32| self.flags & 8 == 0 || number != 0;
        let same = |number: u32, truth: u64| {
            number == u32::MAX || u64::from(number) == truth || !stated(number)
        };
        let mut differences = Vec::new();
        if local.name != self.name {
            differences.push(ZipDifference::Name(local.name.clone()));
        }
        if local.method != self.method {
            differences.push(ZipDifference::Method(local.method));
        }
        if (local.flags ^ self.flags) & 0x0809 != 0 {
            differences.push(ZipDifference::Flags(local.flags));
        }
        if stated(local.crc) && local.crc != self.crc {
            differences.push(ZipDifference::Checksum(local.crc));
        }
        if !same(local.packed, self.packed) || !same(local.unpacked, self.unpacked) {
            differences.push(ZipDifference::Sizes {
                packed: local.packed,
                unpacked: local.unpacked,
            });
        }
        differences
            .into_iter()
            .map(|what| Remark::ZipDisagrees {
                name: self.name.clone(),
                what,
            })
            .collect()
    }
}

/// Takes a number off the front.
fn take_u64(field: &mut &[u8]) -> Option<u64> {
    let (number, rest) = field.split_at_checked(8)?;
    *field = rest;
    Some(u64_at(number, 0))
}
