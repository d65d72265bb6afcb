//! Compressed streams, read byte for byte as far as the client reads them.
//!
//! A fault shows only when bytes behind it are asked for, and everything in front of it is handed out first: that
//! is how an archive whose end is damaged installs all the same. Ready-made decoders drop what they had decoded when
//! they meet a fault, so the two that matter are driven by hand.

#![deny(clippy::indexing_slicing)]

use std::io::Read;

use flate2::{Crc, Decompress, FlushDecompress, Status};

use crate::stages::unpack_xz::{Unxz, XZ_HEAD, check_xz};
use crate::trace::archive::{Kind, UnpackLimits};
use crate::trace::archive_stop::{ArchiveStop, StreamFault};

const BUFFER: usize = 64 << 10;

/// A stream whose faults are told apart.
pub(super) trait Stream {
    /// Reads some bytes; zero is the end.
    fn read(&mut self, into: &mut [u8]) -> Result<usize, ArchiveStop>;

    /// Bytes of the archive file used so far.
    fn packed(&self) -> u64;

    /// Reads until `into` is full or the stream ends.
    fn read_full(&mut self, into: &mut [u8]) -> Result<usize, ArchiveStop> {
        let mut filled = 0;
        while let Some(rest) = into.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.read(rest)? {
                0 => break,
                read => filled += read,
            }
        }
        Ok(filled)
    }
}

impl Stream for Box<dyn Stream + '_> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, ArchiveStop> {
        self.as_mut().read(into)
    }

    fn packed(&self) -> u64 {
        self.as_ref().packed()
    }
}

/// The tar inside the compressed file.
pub(super) fn open<'a, R: Read + 'a>(
    kind: Kind,
    source: R,
    limits: &UnpackLimits,
) -> Result<Opened<'a>, ArchiveStop> {
    let opening = |fault| ArchiveStop::Opening { kind, fault };
    let mut packed = Packed::new(source);
    let mut reserved_flags = 0;
    let stream: Box<dyn Stream + 'a> = match kind {
        Kind::TarGz | Kind::Gz => {
            let gunzip = Gunzip::open(packed).map_err(opening)?;
            reserved_flags = gunzip.reserved_flags;
            Box::new(gunzip)
        }
        Kind::TarBz2 | Kind::Bz2 => Box::new(Bunzip::open(packed)),
        Kind::TarXz | Kind::Xz => {
            let head = packed.peek(XZ_HEAD).map_err(opening)?;
            check_xz(head, limits, opening)?;
            Box::new(Unxz::open(packed, limits))
        }
        Kind::Tar | Kind::Zip | Kind::TarZst | Kind::Zst => Box::new(packed),
    };
    Ok(Opened {
        stream,
        reserved_flags,
    })
}

/// An open stream, and what its header has in it that it should not.
pub(super) struct Opened<'a> {
    /// The stream.
    pub(super) stream: Box<dyn Stream + 'a>,
    /// Reserved flags of a gzip header.
    pub(super) reserved_flags: u8,
}

/// The archive file, with a buffer and a count.
pub(super) struct Packed<R> {
    inner: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    taken: u64,
}

impl<R: Read> Packed<R> {
    /// A buffered source.
    pub(super) fn new(inner: R) -> Self {
        Self::with_buffer(inner, BUFFER)
    }

    /// A source with a buffer of that size, which is not zero.
    pub(super) fn with_buffer(inner: R, size: usize) -> Self {
        Self {
            inner,
            buffer: vec![0; size.max(1)],
            start: 0,
            end: 0,
            taken: 0,
        }
    }

    /// What is in the buffer, filled if it was empty; nothing is the end.
    fn fill(&mut self) -> Result<&[u8], StreamFault> {
        if self.start == self.end {
            self.start = 0;
            self.end = read_some(&mut self.inner, &mut self.buffer)?;
        }
        Ok(self.buffer.get(self.start..self.end).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
        self.taken += count as u64;
    }

    fn byte(&mut self) -> Result<Option<u8>, StreamFault> {
        let first = self.fill()?.first().copied();
        if first.is_some() {
            self.consume(1);
        }
        Ok(first)
    }

    /// The first bytes of an untouched source, fewer if there are no more.
    fn peek(&mut self, count: usize) -> Result<&[u8], StreamFault> {
        while self.end < count {
            let Some(rest) = self
                .buffer
                .get_mut(self.end..)
                .filter(|rest| !rest.is_empty())
            else {
                break;
            };
            match read_some(&mut self.inner, rest)? {
                0 => break,
                read => self.end += read,
            }
        }
        Ok(self
            .buffer
            .get(self.start..self.end.min(count))
            .unwrap_or_default())
    }
}

impl<R: Read> Stream for Packed<R> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, ArchiveStop> {
        let available = self.fill().map_err(ArchiveStop::Stream)?;
        let count = available.len().min(into.len());
        if let (Some(target), Some(bytes)) = (into.get_mut(..count), available.get(..count)) {
            target.copy_from_slice(bytes);
        }
        self.consume(count);
        Ok(count)
    }

    fn packed(&self) -> u64 {
        self.taken
    }
}

impl<R: Read> Read for Packed<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        Stream::read(self, into).map_err(|_| std::io::Error::from(std::io::ErrorKind::Other))
    }
}

fn read_some(inner: &mut impl Read, into: &mut [u8]) -> Result<usize, StreamFault> {
    loop {
        match inner.read(into) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(StreamFault::Read(error.kind().to_string())),
            Ok(read) => return Ok(read.min(into.len())),
        }
    }
}

/// Raw deflate, handing out everything in front of a fault.
pub(super) struct Inflate {
    raw: Decompress,
    damaged: bool,
    ended: bool,
}

impl Inflate {
    /// A fresh decoder.
    pub(super) fn new() -> Self {
        Self {
            raw: Decompress::new(false),
            damaged: false,
            ended: false,
        }
    }

    /// Decodes some bytes; zero is the end of the deflate data, behind which `packed` then stands.
    pub(super) fn read<R: Read>(
        &mut self,
        packed: &mut Packed<R>,
        into: &mut [u8],
    ) -> Result<usize, StreamFault> {
        while !self.ended && !into.is_empty() {
            if self.damaged {
                return Err(StreamFault::Deflate);
            }
            let input = packed.fill()?;
            let at_end = input.is_empty();
            let (read_before, wrote_before) = (self.raw.total_in(), self.raw.total_out());
            let result = self.raw.decompress(input, into, FlushDecompress::None);
            let read = usize::try_from(self.raw.total_in() - read_before).unwrap_or(usize::MAX);
            let wrote = usize::try_from(self.raw.total_out() - wrote_before).unwrap_or(usize::MAX);
            packed.consume(read);
            match result {
                Ok(Status::StreamEnd) => self.ended = true,
                Ok(Status::Ok | Status::BufError) if wrote == 0 && at_end => {
                    return Err(StreamFault::Cut);
                }
                // Neither taking nor giving would go on for ever.
                Ok(Status::Ok | Status::BufError) => self.damaged = wrote == 0 && read == 0,
                Err(_) => self.damaged = true,
            }
            if wrote > 0 {
                return Ok(wrote);
            }
        }
        Ok(0)
    }
}

/// Gzip with all its members.
struct Gunzip<R> {
    packed: Packed<R>,
    inflate: Inflate,
    crc: Crc,
    reserved_flags: u8,
    done: bool,
}

impl<R: Read> Gunzip<R> {
    fn open(mut packed: Packed<R>) -> Result<Self, StreamFault> {
        let Some(reserved_flags) = gzip_header(&mut packed)? else {
            return Err(StreamFault::Nothing);
        };
        Ok(Self {
            packed,
            inflate: Inflate::new(),
            crc: Crc::new(),
            reserved_flags,
            done: false,
        })
    }

    fn read_member(&mut self, into: &mut [u8]) -> Result<usize, StreamFault> {
        while !self.done {
            let read = self.inflate.read(&mut self.packed, into)?;
            if read > 0 {
                self.crc.update(into.get(..read).unwrap_or_default());
                return Ok(read);
            }
            self.trailer()?;
            self.inflate = Inflate::new();
            self.crc.reset();
            self.done = gzip_header(&mut self.packed)?.is_none();
        }
        Ok(0)
    }

    fn trailer(&mut self) -> Result<(), StreamFault> {
        let mut word = || {
            let mut bytes = [0; 4];
            for byte in &mut bytes {
                *byte = self.packed.byte()?.ok_or(StreamFault::Cut)?;
            }
            Ok(u32::from_le_bytes(bytes))
        };
        let (sum, length) = (word()?, word()?);
        if sum != self.crc.sum() {
            return Err(StreamFault::GzipChecksum);
        }
        if length != self.crc.amount() {
            return Err(StreamFault::GzipLength);
        }
        Ok(())
    }
}

impl<R: Read> Stream for Gunzip<R> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, ArchiveStop> {
        if into.is_empty() {
            return Ok(0);
        }
        self.read_member(into).map_err(ArchiveStop::Stream)
    }

    fn packed(&self) -> u64 {
        self.packed.taken
    }
}

/// Longest name or comment that the client reads, its NUL included.
const GZIP_TEXT: usize = 512;

/// Reads a member's header and returns its reserved flags; nothing if there is no further member.
fn gzip_header<R: Read>(packed: &mut Packed<R>) -> Result<Option<u8>, StreamFault> {
    let mut header = HeaderBytes {
        packed,
        crc: Crc::new(),
    };
    let mut first = [0; 10];
    for (at, place) in first.iter_mut().enumerate() {
        match header.packed.byte()? {
            Some(byte) => *place = byte,
            None if at == 0 => return Ok(None),
            None => return Err(StreamFault::Cut),
        }
    }
    header.crc.update(&first);
    let [0x1f, 0x8b, 8, flags, ..] = first else {
        return Err(StreamFault::GzipHeader);
    };
    if flags & 4 != 0 {
        let length = u16::from_le_bytes([header.next()?, header.next()?]);
        for _ in 0..length {
            header.next()?;
        }
    }
    if flags & 8 != 0 {
        header.skip_text()?;
    }
    if flags & 16 != 0 {
        header.skip_text()?;
    }
    if flags & 2 != 0 {
        let sum = header.crc.sum() & 0xffff;
        let stated = u16::from_le_bytes([header.next()?, header.next()?]);
        if u32::from(stated) != sum {
            return Err(StreamFault::GzipHeader);
        }
    }
    Ok(Some(flags & 0xe0))
}

struct HeaderBytes<'a, R> {
    packed: &'a mut Packed<R>,
    crc: Crc,
}

impl<R: Read> HeaderBytes<'_, R> {
    fn next(&mut self) -> Result<u8, StreamFault> {
        let byte = self.packed.byte()?.ok_or(StreamFault::Cut)?;
        self.crc.update(&[byte]);
        Ok(byte)
    }

    fn skip_text(&mut self) -> Result<(), StreamFault> {
        for _ in 0..GZIP_TEXT {
            if self.next()? == 0 {
                return Ok(());
            }
        }
        Err(StreamFault::GzipHeader)
    }
}

/// Bzip2 with all its streams.
struct Bunzip<R> {
    packed: Packed<R>,
    raw: bzip2::Decompress,
    fault: Option<StreamFault>,
    done: bool,
}

impl<R: Read> Bunzip<R> {
    fn open(packed: Packed<R>) -> Self {
        Self {
            packed,
            raw: bzip2::Decompress::new(false),
            fault: None,
            done: false,
        }
    }

    fn read_some(&mut self, into: &mut [u8]) -> Result<usize, StreamFault> {
        while !self.done && !into.is_empty() {
            if let Some(fault) = &self.fault {
                return Err(fault.clone());
            }
            let input = self.packed.fill()?;
            let at_end = input.is_empty();
            let (read_before, wrote_before) = (self.raw.total_in(), self.raw.total_out());
            let result = self.raw.decompress(input, into);
            let read = usize::try_from(self.raw.total_in() - read_before).unwrap_or(usize::MAX);
            let wrote = usize::try_from(self.raw.total_out() - wrote_before).unwrap_or(usize::MAX);
            self.packed.consume(read);
            match result {
                Ok(bzip2::Status::StreamEnd) => {
                    self.raw = bzip2::Decompress::new(false);
                    self.done = self.packed.fill()?.is_empty();
                }
                Ok(_) if wrote == 0 && at_end => return Err(StreamFault::Cut),
                Ok(_) if wrote == 0 && read == 0 => self.fault = Some(StreamFault::Bzip2Data),
                Ok(_) => {}
                Err(bzip2::Error::DataMagic) => self.fault = Some(StreamFault::Bzip2Magic),
                Err(_) => self.fault = Some(StreamFault::Bzip2Data),
            }
            if wrote > 0 {
                return Ok(wrote);
            }
        }
        Ok(0)
    }
}

impl<R: Read> Stream for Bunzip<R> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, ArchiveStop> {
        self.read_some(into).map_err(ArchiveStop::Stream)
    }

    fn packed(&self) -> u64 {
        self.packed.taken
    }
}
