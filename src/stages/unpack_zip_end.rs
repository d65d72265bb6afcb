//! The end of a zip, from which everything else is found.
//!
//! Looked for as Go's `archive/zip` does: the last record that the file has room for, of which the comment may be shorter than
//! what follows. Never reads more than 65 KiB.

#![deny(clippy::indexing_slicing)]

use std::io::{Read, Seek};

use crate::stages::unpack_zip_directory::{ZipFile, u16_at, u32_at, u64_at};
use crate::trace::archive::{Layer, Remark, ZipDifference};
use crate::trace::archive_stop::{ArchiveStop, ZipFault};

const END: &[u8] = b"PK\x05\x06";
const END_LENGTH: usize = 22;

/// What the end says about the directory.
pub(super) struct End {
    /// Where the record is.
    pub(super) at: i64,
    /// Records of the directory, of which 16 bits count.
    pub(super) records: u64,
    /// Bytes of the directory.
    pub(super) size: u64,
    /// Where it begins, counted from the first byte of the zip proper.
    pub(super) offset: u64,
}

/// The record of the end: in the last kibibyte, or else in the last 65.
pub(super) fn find_end<R: Read + Seek>(
    file: &mut ZipFile<R>,
) -> Result<(End, Vec<Remark>), ArchiveStop> {
    for length in [1024, 65 * 1024] {
        let length = file.size().min(length);
        let from = (file.size() - length).cast_signed();
        let mut tail = vec![0; usize::try_from(length).unwrap_or(0)];
        let read = file.read_at(from, &mut tail)?;
        tail.truncate(read);
        let Some(place) = end_in(&tail) else {
            if length == file.size() {
                break;
            }
            continue;
        };
        let bytes = tail.get(place..).unwrap_or_default();
        let mut end = End {
            at: from + i64::try_from(place).unwrap_or(0),
            records: u16_at(bytes, 10).into(),
            size: u32_at(bytes, 12).into(),
            offset: u32_at(bytes, 16).into(),
        };
        let comment = END_LENGTH + usize::from(u16_at(bytes, 20));
        let remarks = remarks_on_end(bytes, comment);
        // The mark for the size is the client's own mistake: it is looked for in 16 bits.
        if end.records == 0xffff || end.size == 0xffff || end.offset == 0xffff_ffff {
            read_end64(file, &mut end)?;
        }
        return Ok((end, remarks));
    }
    Err(ArchiveStop::Zip(ZipFault::NoEnd))
}

/// Where the last record of the end is; one whose comment is cut ends the search.
fn end_in(tail: &[u8]) -> Option<usize> {
    let last = tail.len().checked_sub(END_LENGTH)?;
    let place = (0..=last)
        .rev()
        .find(|at| tail.get(*at..).is_some_and(|rest| rest.starts_with(END)))?;
    let comment = usize::from(u16_at(tail, place + 20));
    (place + END_LENGTH + comment <= tail.len()).then_some(place)
}

fn remarks_on_end(bytes: &[u8], length: usize) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let behind = bytes.len().saturating_sub(length);
    if behind > 0 {
        remarks.push(Remark::TrailingData {
            layer: Layer::Archive,
            bytes: behind as u64,
        });
    }
    if bytes.windows(4).skip(1).any(|window| window == END) {
        remarks.push(Remark::ZipDisagrees {
            name: Vec::new(),
            what: ZipDifference::SecondEnd,
        });
    }
    remarks
}

fn read_end64<R: Read + Seek>(file: &mut ZipFile<R>, end: &mut End) -> Result<(), ArchiveStop> {
    let mut locator = [0; 20];
    let place = end.at - 20;
    if place < 0 || file.read_at(place, &mut locator)? < 20 || !locator.starts_with(b"PK\x06\x07") {
        return Ok(());
    }
    let at = u64_at(&locator, 8).cast_signed();
    if u32_at(&locator, 4) != 0 || u32_at(&locator, 16) != 1 || at < 0 {
        return Ok(());
    }
    let mut bytes = [0; 56];
    if file.read_at(at, &mut bytes)? < 56 {
        return Err(ArchiveStop::Zip(ZipFault::NoEnd64));
    }
    if !bytes.starts_with(b"PK\x06\x06") {
        return Err(ArchiveStop::Zip(ZipFault::BadEnd));
    }
    *end = End {
        at,
        records: u64_at(&bytes, 32),
        size: u64_at(&bytes, 40),
        offset: u64_at(&bytes, 48),
    };
    Ok(())
}
