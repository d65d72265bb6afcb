//! Extended headers and maps of sparse files, read as Go's `archive/tar` reads them.
//!
//! Pure. The last record of a key wins, an empty value changes nothing, and one malformed record spoils the whole
//! header. The offsets of the first sparse format come one by one and are put together here.

#![deny(clippy::indexing_slicing)]

use std::collections::HashMap;

use crate::stages::unpack_tar_header::{BLOCK, field, number};
use crate::trace::archive_stop::TarFault;

/// Keys that change an entry, or spoil it with a value that is no number.
const KEYS: [&[u8]; 15] = [
    b"path",
    b"linkpath",
    b"size",
    b"uid",
    b"gid",
    b"atime",
    b"mtime",
    b"ctime",
    b"GNU.sparse.major",
    b"GNU.sparse.minor",
    b"GNU.sparse.name",
    b"GNU.sparse.size",
    b"GNU.sparse.realsize",
    b"GNU.sparse.numblocks",
    b"GNU.sparse.map",
];

/// The records of an extended header that matter here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pax {
    records: HashMap<&'static [u8], Vec<u8>>,
}

/// How a sparse file keeps its map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MapPlace {
    /// In the extended header.
    Records,
    /// In front of the data.
    Data,
}

/// A piece of a sparse file that is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    /// Where it begins in the file.
    pub(super) offset: i64,
    /// Its length.
    pub(super) length: i64,
}

impl Pax {
    /// Reads all records.
    pub(super) fn parse(mut rest: &[u8]) -> Result<Self, TarFault> {
        let mut pax = Self::default();
        let mut pieces: Vec<&[u8]> = Vec::new();
        while !rest.is_empty() {
            let (key, value, after) = record(rest).ok_or(TarFault::PaxRecord)?;
            rest = after;
            if matches!(key, b"GNU.sparse.offset" | b"GNU.sparse.numbytes") {
                let starts = pieces.len().is_multiple_of(2);
                if starts != (key == b"GNU.sparse.offset") || value.contains(&b',') {
                    return Err(TarFault::PaxRecord);
                }
                pieces.push(value);
            } else if let Some(known) = KEYS.iter().find(|known| **known == key) {
                pax.records.insert(known, value.to_vec());
            }
        }
        if !pieces.is_empty() {
            pax.records.insert(b"GNU.sparse.map", pieces.join(&b','));
        }
        Ok(pax)
    }

    /// Value of a key, if it is there and not empty.
    pub(super) fn get(&self, key: &[u8]) -> Option<&[u8]> {
        self.records
            .get(key)
            .map(Vec::as_slice)
            .filter(|value| !value.is_empty())
    }

    /// Size, after a look at every number that the client reads.
    pub(super) fn size(&self) -> Result<Option<i64>, TarFault> {
        for key in [&b"uid"[..], b"gid"] {
            self.get(key).map_or(Ok(0), decimal)?;
        }
        for key in [&b"atime"[..], b"mtime", b"ctime"] {
            self.get(key).map_or(Ok(()), time)?;
        }
        self.get(b"size").map(decimal).transpose()
    }

    /// Where the map is, if the records are those of a sparse file of a known format.
    pub(super) fn sparse_map(&self) -> Option<MapPlace> {
        match (self.get(b"GNU.sparse.major"), self.get(b"GNU.sparse.minor")) {
            (Some(b"0"), Some(b"0" | b"1")) => Some(MapPlace::Records),
            (Some(b"1"), Some(b"0")) => Some(MapPlace::Data),
            (Some(_), _) | (_, Some(_)) => None,
            (None, None) => self.get(b"GNU.sparse.map").map(|_| MapPlace::Records),
        }
    }

    /// Size of a sparse file with its holes.
    pub(super) fn sparse_size(&self) -> Result<Option<i64>, TarFault> {
        let size = self
            .get(b"GNU.sparse.size")
            .or_else(|| self.get(b"GNU.sparse.realsize"));
        size.map(decimal).transpose()
    }

    /// The map that the records hold.
    pub(super) fn sparse_pieces(&self) -> Result<Vec<Piece>, TarFault> {
        let count = decimal(self.get(b"GNU.sparse.numblocks").unwrap_or_default())?;
        let map = self.get(b"GNU.sparse.map").unwrap_or_default();
        let numbers: Vec<&[u8]> = if map.is_empty() {
            Vec::new()
        } else {
            map.split(|byte| *byte == b',').collect()
        };
        if usize::try_from(count)
            .ok()
            .and_then(|count| count.checked_mul(2))
            != Some(numbers.len())
        {
            return Err(TarFault::SparseMap);
        }
        pieces_of(numbers.into_iter())
    }
}

/// Splits off one record: its key, its value, and what follows.
fn record(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    // No length has more digits, however many zeros are in front.
    let blank = bytes.iter().position(|byte| *byte == b' ')?;
    let length = usize::try_from(decimal(bytes.get(..blank)?).ok()?).ok()?;
    if length < 5 {
        return None;
    }
    let (record, after) = bytes.split_at_checked(length)?;
    let line = record.get(blank + 1..)?.strip_suffix(b"\n")?;
    let equals = line.iter().position(|byte| *byte == b'=')?;
    let (key, value) = (line.get(..equals)?, line.get(equals + 1..)?);
    let checked = if matches!(key, b"path" | b"linkpath" | b"uname" | b"gname") {
        value
    } else {
        key
    };
    (!key.is_empty() && !checked.contains(&0)).then_some((key, value, after))
}

/// A whole number with an optional sign.
fn decimal(bytes: &[u8]) -> Result<i64, TarFault> {
    std::str::from_utf8(bytes)
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or(TarFault::PaxNumber)
}

/// Seconds with an optional fraction.
fn time(bytes: &[u8]) -> Result<(), TarFault> {
    let mut parts = bytes.splitn(2, |byte| *byte == b'.');
    decimal(parts.next().unwrap_or_default())?;
    if parts
        .next()
        .unwrap_or_default()
        .iter()
        .all(u8::is_ascii_digit)
    {
        Ok(())
    } else {
        Err(TarFault::PaxNumber)
    }
}

/// Pieces from offsets and lengths in turn.
pub(super) fn pieces_of<'a>(
    mut numbers: impl Iterator<Item = &'a [u8]>,
) -> Result<Vec<Piece>, TarFault> {
    let mut pieces = Vec::new();
    while let (Some(offset), Some(length)) = (numbers.next(), numbers.next()) {
        let bad = |_| TarFault::SparseMap;
        pieces.push(Piece {
            offset: decimal(offset).map_err(bad)?,
            length: decimal(length).map_err(bad)?,
        });
    }
    Ok(pieces)
}

/// What the GNU header of a sparse file, or a block that continues it, says.
pub(super) struct OldMap {
    /// Pieces in this block.
    pub(super) pieces: Vec<Piece>,
    /// Whether another block continues it.
    pub(super) continues: bool,
}

/// Reads the map in a header of GNU's oldest format, and the size of the file.
pub(super) fn old_map(block: &[u8; BLOCK]) -> Result<(i64, OldMap), TarFault> {
    Ok((number(field(block, 483, 12))?, old_map_at(block, 386, 4)?))
}

/// Reads a block that continues such a map.
pub(super) fn old_map_continued(block: &[u8; BLOCK]) -> Result<OldMap, TarFault> {
    old_map_at(block, 0, 21)
}

fn old_map_at(block: &[u8; BLOCK], at: usize, count: usize) -> Result<OldMap, TarFault> {
    let mut pieces = Vec::new();
    for entry in 0..count {
        let start = at + entry * 24;
        let offset = field(block, start, 12);
        if offset.first() == Some(&0) {
            break;
        }
        pieces.push(Piece {
            offset: number(offset)?,
            length: number(field(block, start + 12, 12))?,
        });
    }
    let continues = field(block, at + count * 24, 1)
        .first()
        .is_some_and(|flag| *flag != 0);
    Ok(OldMap { pieces, continues })
}

/// Whether the pieces lie in order within a file of that size.
pub(super) fn is_valid_map(pieces: &[Piece], size: i64) -> bool {
    let mut end = 0;
    size >= 0
        && pieces.iter().all(|piece| {
            let in_order = piece.offset >= end && piece.length >= 0;
            end = piece.offset.saturating_add(piece.length);
            in_order
                && piece
                    .offset
                    .checked_add(piece.length)
                    .is_some_and(|end| end <= size)
        })
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test ends at the first surprise"
)]
mod tests {
    use super::*;

    fn line(key: &str, value: &str) -> String {
        let rest = key.len() + value.len() + 3;
        let mut length = rest + 1;
        while length.to_string().len() + rest != length {
            length += 1;
        }
        format!("{length} {key}={value}\n")
    }

    #[test]
    fn the_last_record_of_a_key_wins_and_an_empty_one_is_none() {
        let pax = Pax::parse((line("path", "a") + &line("path", "b")).as_bytes()).unwrap();
        assert_eq!(pax.get(b"path"), Some(&b"b"[..]));
        let pax = Pax::parse((line("path", "a") + &line("path", "")).as_bytes()).unwrap();
        assert_eq!(pax.get(b"path"), None);
    }

    #[test]
    fn every_malformed_record_is_a_fault() {
        for bytes in [
            "0 a=b\n",
            "3 a\n",
            "7 a=b\n",
            "5 a=b\n",
            "6 a=b ",
            "6 abc\n",
            "x a=b\n",
            "6 =bb\n",
            "-6 a=b\n",
            "6a=bc\n",
            "999999999999999999999999999999 a=b\n",
            "8 a\0b=c\n",
            "11 path=a\0b\n",
            "6",
            " ",
        ] {
            assert_eq!(
                Pax::parse(bytes.as_bytes()),
                Err(TarFault::PaxRecord),
                "{bytes:?}"
            );
        }
        assert!(Pax::parse(b"6 a=b\n").is_ok());
        assert!(Pax::parse(b"+07 a=\n").is_ok());
    }

    #[test]
    fn a_number_that_is_none_spoils_the_entry() {
        let size = |key: &str, value: &str| Pax::parse(line(key, value).as_bytes()).unwrap().size();
        assert_eq!(size("size", "12"), Ok(Some(12)));
        for (key, value) in [
            ("size", "1x"),
            ("uid", "0x1"),
            ("mtime", "1.2.3"),
            ("size", "999999999999999999999999999999"),
        ] {
            assert_eq!(size(key, value), Err(TarFault::PaxNumber), "{key}");
        }
        assert_eq!(size("mtime", "-1577836800.5"), Ok(None));
    }

    #[test]
    fn offsets_that_come_one_by_one_are_a_map() {
        let text = line("GNU.sparse.numblocks", "2")
            + &line("GNU.sparse.offset", "0")
            + &line("GNU.sparse.numbytes", "3")
            + &line("GNU.sparse.offset", "10")
            + &line("GNU.sparse.numbytes", "2");
        let pax = Pax::parse(text.as_bytes()).unwrap();
        assert_eq!(pax.sparse_map(), Some(MapPlace::Records));
        let pieces = pax.sparse_pieces().unwrap();
        assert_eq!(
            pieces,
            [
                Piece {
                    offset: 0,
                    length: 3
                },
                Piece {
                    offset: 10,
                    length: 2
                }
            ]
        );
        assert_eq!(
            Pax::parse(line("GNU.sparse.numbytes", "3").as_bytes()),
            Err(TarFault::PaxRecord)
        );
    }

    #[test]
    fn a_map_holds_only_pieces_in_order() {
        let piece = |offset, length| Piece { offset, length };
        assert!(is_valid_map(&[piece(0, 2), piece(2, 0), piece(4, 4)], 8));
        assert!(!is_valid_map(&[piece(0, 2), piece(1, 1)], 8));
        assert!(!is_valid_map(&[piece(4, 5)], 8));
        assert!(!is_valid_map(&[piece(i64::MAX, 5)], i64::MAX));
        assert!(!is_valid_map(&[piece(-1, 5)], 8));
        assert!(!is_valid_map(&[], -1));
    }
}
