//! Entries of a tar, in the order and with the bodies that Go's `archive/tar` sees.
//!
//! Reads nothing beyond what the client reads. Surprises that are kept: a missing last padding is a proper end; an extended
//! header is forgotten at a global one; a size counts for neither links, directories nor devices, so that what follows
//! is read as entries; the size of an extended header wins. Bounds: special headers are 1 MiB at most, so many in a row,
//! and all together no more than what may be unpacked.

#![deny(clippy::indexing_slicing)]

use crate::stages::unpack_stream::Stream;
use crate::stages::unpack_tar_header::{BLOCK, Dialect, Header, text};
use crate::stages::unpack_tar_pax::{
    MapPlace, Pax, Piece, is_valid_map, old_map, old_map_continued, pieces_of,
};
use crate::trace::archive::{Remark, UnpackLimits};
use crate::trace::archive_stop::{ArchiveStop, LimitName, StreamFault, TarFault};

/// Reads entries one after the other.
pub(super) struct TarReader<S> {
    stream: S,
    limits: UnpackLimits,
    // Bytes of the current body that were not read, and of the padding behind it.
    left: u64,
    padding: usize,
    special_bytes: u64,
    in_a_row: u32,
    buffer: Vec<u8>,
}

/// An entry, with everything that other headers said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TarEntry {
    /// Type flag.
    pub(super) flag: u8,
    /// Name.
    pub(super) name: Vec<u8>,
    /// Target of a link.
    pub(super) link: Vec<u8>,
    /// Mode as stated.
    pub(super) mode: i64,
    /// Size of the file, holes included.
    pub(super) size: u64,
    /// The pieces that are stored, if it has holes.
    pub(super) pieces: Option<Vec<Piece>>,
    /// What is odd about its headers.
    pub(super) remarks: Vec<Remark>,
}

#[derive(Default)]
struct Extras {
    pax: Option<Pax>,
    long_name: Vec<u8>,
    long_link: Vec<u8>,
}

impl<S: Stream> TarReader<S> {
    /// A reader at the beginning of a tar.
    pub(super) fn new(stream: S, limits: &UnpackLimits) -> Self {
        Self {
            stream,
            limits: limits.clone(),
            left: 0,
            padding: 0,
            special_bytes: 0,
            in_a_row: 0,
            buffer: vec![0; 64 << 10],
        }
    }

    /// The stream, wherever it stands.
    pub(super) fn stream(&mut self) -> &mut S {
        &mut self.stream
    }

    /// The next entry; nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<TarEntry>, ArchiveStop> {
        let mut extras = Extras::default();
        loop {
            self.skip_body()?;
            let Some((header, block)) = self.header()? else {
                return Ok(None);
            };
            self.start_body(&header, header.size)?;
            match header.flag {
                b'x' => extras.pax = Some(Pax::parse(&self.special()?).map_err(ArchiveStop::Tar)?),
                b'g' => {
                    let pax = Pax::parse(&self.special()?).map_err(ArchiveStop::Tar)?;
                    return Ok(Some(global(header, &pax)));
                }
                b'L' => extras.long_name = text(&self.special()?).to_vec(),
                b'K' => extras.long_link = text(&self.special()?).to_vec(),
                _ => {
                    self.in_a_row = 0;
                    return self.entry(header, &block, extras).map(Some);
                }
            }
        }
    }

    /// Hands out the body of the entry that was returned last.
    pub(super) fn copy(
        &mut self,
        entry: &TarEntry,
        mut out: impl FnMut(&[u8]) -> Result<(), ArchiveStop>,
    ) -> Result<(), ArchiveStop> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let result = match &entry.pieces {
            None => self.copy_stored(self.left, &mut buffer, &mut out),
            Some(pieces) => self.copy_pieces(entry.size, pieces, &mut buffer, &mut out),
        };
        self.buffer = buffer;
        result
    }

    fn copy_pieces(
        &mut self,
        size: u64,
        pieces: &[Piece],
        buffer: &mut [u8],
        out: &mut impl FnMut(&[u8]) -> Result<(), ArchiveStop>,
    ) -> Result<(), ArchiveStop> {
        let mut at = 0;
        for piece in pieces.iter().filter(|piece| piece.length > 0) {
            let (offset, length) = (piece.offset.cast_unsigned(), piece.length.cast_unsigned());
            zeros(offset.saturating_sub(at), buffer, out)?;
            let stored = length.min(self.left);
            self.copy_stored(stored, buffer, out)?;
            if stored < length {
                return Err(ArchiveStop::Tar(TarFault::SparseMissing));
            }
            at = offset.saturating_add(length);
        }
        zeros(size.saturating_sub(at), buffer, out)?;
        if self.left > 0 {
            return Err(ArchiveStop::Tar(TarFault::SparseUnreferenced));
        }
        Ok(())
    }

    fn copy_stored(
        &mut self,
        mut count: u64,
        buffer: &mut [u8],
        out: &mut impl FnMut(&[u8]) -> Result<(), ArchiveStop>,
    ) -> Result<(), ArchiveStop> {
        while count > 0 {
            let most = usize::try_from(count)
                .unwrap_or(usize::MAX)
                .min(buffer.len());
            let place = buffer.get_mut(..most).unwrap_or_default();
            let read = self.stream.read(place)?;
            if read == 0 {
                return Err(ArchiveStop::Stream(StreamFault::Cut));
            }
            count = count.saturating_sub(read as u64);
            self.left = self.left.saturating_sub(read as u64);
            out(place.get(..read).unwrap_or_default())?;
        }
        Ok(())
    }

    /// Skips what is left of a body. The padding behind it is skipped with the next header.
    fn skip_body(&mut self) -> Result<(), ArchiveStop> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let result = self.copy_stored(self.left, &mut buffer, &mut |_| Ok(()));
        self.buffer = buffer;
        result
    }

    /// The next header with its block; nothing at the end.
    fn header(&mut self) -> Result<Option<(Header, [u8; BLOCK])>, ArchiveStop> {
        let mut block = [0; BLOCK];
        let padding = block.get_mut(..self.padding).unwrap_or_default();
        if self.stream.read_full(padding)? < self.padding {
            return Ok(None);
        }
        self.padding = 0;
        if !self.block(&mut block)? {
            return Ok(None);
        }
        if block == [0; BLOCK] {
            if !self.block(&mut block)? || block == [0; BLOCK] {
                return Ok(None);
            }
            return Err(ArchiveStop::Tar(TarFault::LoneZeroBlock));
        }
        Ok(Some((
            Header::parse(&block).map_err(ArchiveStop::Tar)?,
            block,
        )))
    }

    /// Reads a block; false if the stream ended before it.
    fn block(&mut self, block: &mut [u8; BLOCK]) -> Result<bool, ArchiveStop> {
        match self.stream.read_full(block)? {
            0 => Ok(false),
            BLOCK => Ok(true),
            _ => Err(ArchiveStop::Stream(StreamFault::Cut)),
        }
    }

    fn start_body(&mut self, header: &Header, size: i64) -> Result<(), ArchiveStop> {
        let size = if header.is_bodyless() { 0 } else { size };
        self.left = u64::try_from(size).map_err(|_| ArchiveStop::Tar(TarFault::NegativeSize))?;
        self.padding = padding_behind(self.left);
        Ok(())
    }

    /// The body of an extended header.
    fn special(&mut self) -> Result<Vec<u8>, ArchiveStop> {
        let limit = |name, number| Err(ArchiveStop::Limit { name, number });
        self.in_a_row += 1;
        if self.in_a_row > self.limits.consecutive_extended {
            return limit(
                LimitName::ConsecutiveExtended,
                self.limits.consecutive_extended.into(),
            );
        }
        let size = self.left;
        if size > self.limits.extended_header {
            return limit(LimitName::ExtendedHeader, self.limits.extended_header);
        }
        self.count_special(size)?;
        let mut body = vec![0; usize::try_from(size).unwrap_or(0)];
        let read = self.stream.read_full(&mut body)?;
        self.left -= read as u64;
        if self.left > 0 {
            return Err(ArchiveStop::Stream(StreamFault::Cut));
        }
        Ok(body)
    }

    fn count_special(&mut self, bytes: u64) -> Result<(), ArchiveStop> {
        self.special_bytes = self.special_bytes.saturating_add(bytes);
        let number = self.limits.unpacked_bytes;
        if self.special_bytes > number {
            return Err(ArchiveStop::Limit {
                name: LimitName::UnpackedBytes,
                number,
            });
        }
        Ok(())
    }

    /// Puts a header and what was said before it together.
    fn entry(
        &mut self,
        header: Header,
        block: &[u8; BLOCK],
        extras: Extras,
    ) -> Result<TarEntry, ArchiveStop> {
        let mut remarks = Vec::new();
        let pax = extras.pax.unwrap_or_default();
        let extended = pax.size().map_err(ArchiveStop::Tar)?;
        let mut name = pax
            .get(b"path")
            .map_or_else(|| header.name.clone(), <[u8]>::to_vec);
        let mut link = pax
            .get(b"linkpath")
            .map_or_else(|| header.link.clone(), <[u8]>::to_vec);
        if !extras.long_name.is_empty() {
            if pax.get(b"path").is_some() && name != extras.long_name {
                remarks.push(Remark::NameDisagrees {
                    used: extras.long_name.clone(),
                    other: name,
                });
            }
            name = extras.long_name;
        }
        if !extras.long_link.is_empty() {
            link = extras.long_link;
        }
        let mut flag = header.flag;
        if flag == 0 {
            // The oldest archives tell directories by their names alone.
            flag = if name.ends_with(b"/") { b'5' } else { b'0' };
        }
        let header = Header { flag, ..header };
        let size = extended.unwrap_or(header.size);
        if let Some(extended) =
            extended.filter(|extended| *extended != header.size && !header.is_bodyless())
        {
            remarks.push(Remark::SizeDisagrees {
                name: name.clone(),
                header: header.size,
                extended,
            });
        }
        if header.is_bodyless() && size != 0 {
            remarks.push(Remark::BodyNotSkipped {
                name: name.clone(),
                size,
            });
        }
        self.start_body(&header, size)?;
        let mut entry = TarEntry {
            flag,
            name,
            link,
            mode: header.mode,
            size: u64::try_from(size).unwrap_or(0),
            pieces: None,
            remarks,
        };
        self.sparse(&mut entry, &header, block, &pax)?;
        Ok(entry)
    }

    /// Reads the map of a sparse file and gives the entry its full size.
    fn sparse(
        &mut self,
        entry: &mut TarEntry,
        header: &Header,
        block: &[u8; BLOCK],
        pax: &Pax,
    ) -> Result<(), ArchiveStop> {
        let (size, pieces) = if header.flag == b'S' {
            if header.dialect != Dialect::Gnu {
                return Err(ArchiveStop::Tar(TarFault::SparseMap));
            }
            self.old_map(block)?
        } else {
            let Some(place) = pax.sparse_map() else {
                return Ok(());
            };
            if let Some(name) = pax.get(b"GNU.sparse.name") {
                entry.name = name.to_vec();
            }
            let size = pax.sparse_size().map_err(ArchiveStop::Tar)?;
            let pieces = match place {
                MapPlace::Records => pax.sparse_pieces().map_err(ArchiveStop::Tar)?,
                MapPlace::Data => self.map_in_data()?,
            };
            (size.unwrap_or_else(|| entry.size.cast_signed()), pieces)
        };
        if header.is_bodyless() || !is_valid_map(&pieces, size) {
            return Err(ArchiveStop::Tar(TarFault::SparseMap));
        }
        entry.size = size.cast_unsigned();
        entry.pieces = Some(pieces);
        Ok(())
    }

    fn old_map(&mut self, block: &[u8; BLOCK]) -> Result<(i64, Vec<Piece>), ArchiveStop> {
        let (size, first) = old_map(block).map_err(ArchiveStop::Tar)?;
        let (mut pieces, mut continues) = (first.pieces, first.continues);
        let mut block = *block;
        let mut map_bytes = BLOCK as u64;
        while continues {
            map_bytes += BLOCK as u64;
            self.count_map(map_bytes)?;
            if !self.block(&mut block)? {
                return Err(ArchiveStop::Stream(StreamFault::Cut));
            }
            let more = old_map_continued(&block).map_err(ArchiveStop::Tar)?;
            pieces.extend(more.pieces);
            continues = more.continues;
        }
        Ok((size, pieces))
    }

    /// Reads the map in front of the data: lines of numbers, padded to whole blocks.
    fn map_in_data(&mut self) -> Result<Vec<Piece>, ArchiveStop> {
        let mut lines = Vec::new();
        let mut newlines = 0;
        let count = self.map_lines(&mut lines, &mut newlines, 1)?;
        let count = std::str::from_utf8(count)
            .ok()
            .and_then(|text| text.parse::<i64>().ok());
        let wanted = count
            .and_then(|count| usize::try_from(count).ok())
            .and_then(|count| count.checked_mul(2));
        let wanted = wanted.ok_or(ArchiveStop::Tar(TarFault::SparseMap))?;
        self.map_lines(&mut lines, &mut newlines, wanted.saturating_add(1))?;
        let numbers = lines.split(|byte| *byte == b'\n').skip(1).take(wanted);
        pieces_of(numbers).map_err(ArchiveStop::Tar)
    }

    /// Reads blocks until there are so many lines, and returns the first one.
    fn map_lines<'a>(
        &mut self,
        lines: &'a mut Vec<u8>,
        newlines: &mut usize,
        wanted: usize,
    ) -> Result<&'a [u8], ArchiveStop> {
        while *newlines < wanted {
            self.count_map(lines.len() as u64 + BLOCK as u64)?;
            if self.left < BLOCK as u64 {
                return Err(ArchiveStop::Stream(StreamFault::Cut));
            }
            let mut block = [0; BLOCK];
            if !self.block(&mut block)? {
                return Err(ArchiveStop::Stream(StreamFault::Cut));
            }
            self.left -= BLOCK as u64;
            *newlines += block.split(|byte| *byte == b'\n').count() - 1;
            lines.extend_from_slice(&block);
        }
        Ok(lines
            .split(|byte| *byte == b'\n')
            .next()
            .unwrap_or_default())
    }

    fn count_map(&mut self, so_far: u64) -> Result<(), ArchiveStop> {
        if so_far > self.limits.extended_header {
            let number = self.limits.extended_header;
            return Err(ArchiveStop::Limit {
                name: LimitName::ExtendedHeader,
                number,
            });
        }
        self.count_special(BLOCK as u64)
    }
}

/// A global header is an entry of its own, which the client then leaves out.
fn global(header: Header, pax: &Pax) -> TarEntry {
    let ignored = |key: &[u8]| {
        pax.get(key)
            .map(|_| Remark::GlobalIgnored { key: key.to_vec() })
    };
    TarEntry {
        flag: header.flag,
        remarks: [&b"path"[..], b"size", b"linkpath"]
            .into_iter()
            .filter_map(ignored)
            .collect(),
        name: header.name,
        link: Vec::new(),
        mode: header.mode,
        size: u64::try_from(header.size).unwrap_or(0),
        pieces: None,
    }
}

fn padding_behind(size: u64) -> usize {
    let over = usize::try_from(size % BLOCK as u64).unwrap_or(0);
    (BLOCK - over) % BLOCK
}

fn zeros(
    mut count: u64,
    buffer: &mut [u8],
    out: &mut impl FnMut(&[u8]) -> Result<(), ArchiveStop>,
) -> Result<(), ArchiveStop> {
    buffer.fill(0);
    while count > 0 {
        let most = usize::try_from(count)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        out(buffer.get(..most).unwrap_or_default())?;
        count -= most as u64;
    }
    Ok(())
}
