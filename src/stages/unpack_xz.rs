//! Xz streams, with a look at the first header before anything is decoded.
//!
//! A header may ask for a dictionary of 4 GiB, and for filters that the client does not know: the decoder here would take both.
//! Known difference: the client decodes a chunk of up to 2 MiB before it hands any of it out, so it meets damage behind
//! the end of a tar that is not met here.

#![deny(clippy::indexing_slicing)]

use std::io::{ErrorKind, Read};

use flate2::Crc;

use crate::stages::unpack_stream::{Packed, Stream};
use crate::trace::archive::UnpackLimits;
use crate::trace::archive_stop::{ArchiveStop, LimitName, StreamFault};

/// Xz with all its streams.
pub(super) struct Unxz<R: Read> {
    raw: lzma_rust2::XzReader<Packed<R>>,
    dictionary: u64,
    fault: Option<ArchiveStop>,
}

impl<R: Read> Unxz<R> {
    /// A stream of which nothing was read yet.
    pub(super) fn open(packed: Packed<R>, limits: &UnpackLimits) -> Self {
        // The decoder counts some overhead on top of the dictionary.
        let kibibytes = u32::try_from(limits.xz_dictionary.div_ceil(1024)).unwrap_or(u32::MAX);
        let raw = lzma_rust2::XzReader::new_mem_limit(packed, true, kibibytes.saturating_add(2048));
        Self {
            raw,
            dictionary: limits.xz_dictionary,
            fault: None,
        }
    }
}

impl<R: Read> Stream for Unxz<R> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, ArchiveStop> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let error = match self.raw.read(into) {
            Ok(read) => return Ok(read.min(into.len())),
            Err(error) => error,
        };
        let fault = match error.kind() {
            ErrorKind::OutOfMemory => ArchiveStop::Limit {
                name: LimitName::XzDictionary,
                number: self.dictionary,
            },
            ErrorKind::UnexpectedEof => ArchiveStop::Stream(StreamFault::Cut),
            _ => ArchiveStop::Stream(StreamFault::XzData),
        };
        // The decoder is not meant to be asked again after a fault.
        self.fault = Some(fault.clone());
        Err(fault)
    }

    fn packed(&self) -> u64 {
        self.raw.inner().packed()
    }
}

/// A stream header and the largest block header.
pub(super) const XZ_HEAD: usize = 12 + 1024;
const XZ_MAGIC: &[u8] = b"\xfd7zXZ\0";
const XZ_LZMA2: u64 = 0x21;

/// Looks at the first block's header: filters and dictionary.
pub(super) fn check_xz(
    head: &[u8],
    limits: &UnpackLimits,
    opening: impl Fn(StreamFault) -> ArchiveStop,
) -> Result<(), ArchiveStop> {
    if head.len() < 12 {
        return Err(opening(StreamFault::Cut));
    }
    if !head.starts_with(XZ_MAGIC) {
        return Err(opening(StreamFault::XzMagic));
    }
    let Some([flags, rest @ ..]) = xz_block_header(head.get(12..).unwrap_or_default()) else {
        return Ok(());
    };
    let mut rest = rest;
    let sizes = [0x40, 0x80]
        .iter()
        .filter(|flag| flags & **flag != 0)
        .count();
    for _ in 0..sizes {
        let Some((_, after)) = xz_number(rest) else {
            return Ok(());
        };
        rest = after;
    }
    let Some((filter, after)) = xz_number(rest) else {
        return Ok(());
    };
    if filter != XZ_LZMA2 || flags & 3 != 0 {
        return Err(ArchiveStop::Stream(StreamFault::XzFilter(filter)));
    }
    if let [1, bits, ..] = after
        && xz_dictionary(*bits) > limits.xz_dictionary
    {
        return Err(ArchiveStop::Limit {
            name: LimitName::XzDictionary,
            number: limits.xz_dictionary,
        });
    }
    Ok(())
}

/// The first block's header without its size and sum, if it is whole; the decoder tells what else is wrong.
fn xz_block_header(bytes: &[u8]) -> Option<&[u8]> {
    let size = (usize::from(*bytes.first()?) + 1) * 4;
    let (header, stated) = bytes.get(..size)?.split_last_chunk::<4>()?;
    let mut crc = Crc::new();
    crc.update(header);
    if u32::from_le_bytes(*stated) == crc.sum() {
        header.get(1..)
    } else {
        None
    }
}

/// A number of seven bits a byte, at most nine bytes long.
fn xz_number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    for (at, byte) in bytes.iter().take(9).enumerate() {
        number |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((number, bytes.get(at + 1..)?));
        }
    }
    None
}

fn xz_dictionary(bits: u8) -> u64 {
    let bits = bits.min(40);
    u64::from(2 | (bits & 1)) << (bits / 2 + 11)
}
