//! Writes zip files record by record.
//!
//! It checks nothing: names may repeat, leave the folder or end in a slash with content. An entry of the method `lzma`
//! is only labelled so and an `encrypted` file only says so, since no client gets as far as the data.

use std::io::Write;

use flate2::Crc;

use super::archives::Archive;
use super::entries::{Entry, Kind, MadeOn, Method};
use super::pack::bzip2;
use super::placeholders::Placeholders;

/// The first day of 2020.
const DATE: u16 = (40 << 9) | (1 << 5) | 1;
const FLAG_ENCRYPTED: u16 = 1;
const FLAG_LZMA_END: u16 = 2;
const FLAG_UTF8: u16 = 0x800;

/// The zip file of `archive` with `entries` in it.
pub(super) fn pack_zip(archive: &Archive, entries: &[Entry], values: &Placeholders) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for entry in entries {
        let member = Member::new(archive, entry, values);
        let offset = short(out.len());
        out.extend(b"PK\x03\x04");
        out.extend(member.common());
        out.extend(&member.name);
        out.extend(&member.packed);
        directory.extend(member.directory_entry(offset));
    }
    let offset = short(out.len());
    let count = u16::try_from(entries.len())
        .unwrap_or(u16::MAX)
        .to_le_bytes();
    let comment = archive.comment.as_bytes();
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count);
    out.extend(count);
    out.extend(short(directory.len()).to_le_bytes());
    out.extend(offset.to_le_bytes());
    out.extend(
        u16::try_from(comment.len())
            .unwrap_or(u16::MAX)
            .to_le_bytes(),
    );
    out.extend(comment.iter().take(usize::from(u16::MAX)));
    out
}

struct Member {
    name: Vec<u8>,
    method: Method,
    flags: u16,
    sum: u32,
    size: u32,
    packed: Vec<u8>,
    system: u8,
    attributes: u32,
}

impl Member {
    fn new(archive: &Archive, entry: &Entry, values: &Placeholders) -> Self {
        let kind = entry.kind();
        let name = values.expand(&entry.path);
        let (data, method) = match kind {
            Kind::Symlink => (
                values
                    .expand(entry.symlink.as_deref().unwrap_or(""))
                    .into_bytes(),
                Method::Store,
            ),
            Kind::Dir => (entry.text.render(values), Method::Store),
            Kind::File
            | Kind::Hardlink
            | Kind::Char
            | Kind::Block
            | Kind::Fifo
            | Kind::Contiguous
            | Kind::Global
            | Kind::Pax => (entry.text.render(values), entry.method),
        };
        let mut flags = if name.is_ascii() { 0 } else { FLAG_UTF8 };
        if method == Method::Lzma {
            flags |= FLAG_LZMA_END;
        }
        if archive.encrypted {
            flags |= FLAG_ENCRYPTED;
        }
        let mut crc = Crc::new();
        crc.update(&data);
        let (system, attributes) = attributes(entry, kind);
        let size = short(data.len());
        let (sum, packed) = (crc.sum(), compress(method, data));
        Self {
            name: name.into_bytes(),
            method,
            flags,
            sum,
            size,
            packed,
            system,
            attributes,
        }
    }

    /// The fields that the local header and the directory share.
    fn common(&self) -> Vec<u8> {
        let (number, version) = match self.method {
            Method::Store => (0u16, 20u16),
            Method::Deflate => (8, 20),
            Method::Bzip2 => (12, 46),
            Method::Lzma => (14, 63),
        };
        let mut out = Vec::with_capacity(26);
        for field in [version, self.flags, number, 0, DATE] {
            out.extend(field.to_le_bytes());
        }
        for field in [self.sum, short(self.packed.len()), self.size] {
            out.extend(field.to_le_bytes());
        }
        out.extend(
            u16::try_from(self.name.len())
                .unwrap_or(u16::MAX)
                .to_le_bytes(),
        );
        out.extend([0, 0]);
        out
    }

    fn directory_entry(&self, offset: u32) -> Vec<u8> {
        let common = self.common();
        let mut out = b"PK\x01\x02".to_vec();
        // The version that made it is the one needed to read it, as most writers have it.
        out.extend([common.first().copied().unwrap_or(20), self.system]);
        out.extend(&common);
        // No comment, the first disk, no internal attributes.
        out.extend([0; 6]);
        out.extend(self.attributes.to_le_bytes());
        out.extend(offset.to_le_bytes());
        out.extend(&self.name);
        out
    }
}

fn attributes(entry: &Entry, kind: Kind) -> (u8, u32) {
    match entry.made_on {
        Some(MadeOn::Dos) if kind == Kind::Dir => (0, 0x10),
        Some(MadeOn::Dos) => (0, entry.dos_attr.unwrap_or(0x20)),
        None => {
            let file_type = match kind {
                Kind::Dir => 0o040_000,
                Kind::Symlink => 0o120_000,
                Kind::Fifo => 0o010_000,
                Kind::File
                | Kind::Hardlink
                | Kind::Char
                | Kind::Block
                | Kind::Contiguous
                | Kind::Global
                | Kind::Pax => 0o100_000,
            };
            (3, (file_type | (entry.mode() & 0o7777)) << 16)
        }
    }
}

fn compress(method: Method, data: Vec<u8>) -> Vec<u8> {
    match method {
        Method::Store => data,
        Method::Deflate => {
            let mut encoder =
                flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(&data).expect("memory takes all bytes");
            encoder.finish().expect("memory takes all bytes")
        }
        Method::Bzip2 => bzip2(&data),
        Method::Lzma => [&[9, 4, 5, 0, 0x5d, 0, 0, 0x80, 0], &data[..]].concat(),
    }
}

/// A length that has to fit in 32 bits; the descriptions cannot make longer ones.
fn short(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::io::Read;

    use super::pack_zip;
    use crate::lab::archives::Archive;
    use crate::lab::placeholders::Placeholders;

    fn packed(words: &str) -> Vec<u8> {
        let archive: Archive =
            serde_json::from_str(&format!(r#"{{"format": "zip", {words}}}"#)).expect("words");
        pack_zip(&archive, &archive.entries.0, &Placeholders::default())
    }

    #[test]
    fn entries_are_read_back() {
        let bytes = packed(
            r#""comment": "hello", "entries": [{"path": "d/"}, {"path": "d/a.tf", "text": "abc", "mode": "600"},
               {"path": "é", "text": {"repeat": ["x", 70000]}}, {"path": "l", "symlink": "d/a.tf"},
               {"path": "s", "text": "", "method": "store"}]"#,
        );
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip file");
        assert_eq!(archive.comment(), b"hello");
        let mut rows = Vec::new();
        for index in 0..archive.len() {
            let mut file = archive.by_index(index).expect("an entry");
            let mut content = Vec::new();
            file.read_to_end(&mut content).expect("content");
            rows.push((
                String::from_utf8_lossy(file.name_raw()).into_owned(),
                content.len(),
                file.unix_mode(),
            ));
        }
        let row = |name: &str, size, mode| (name.to_owned(), size, Some(mode));
        let wanted = [
            row("d/", 0, 0o040_755),
            row("d/a.tf", 3, 0o100_600),
            row("é", 70_000, 0o100_644),
            row("l", 6, 0o120_777),
            row("s", 0, 0o100_644),
        ];
        assert_eq!(rows, wanted);
    }

    #[test]
    fn marks_of_other_systems_and_methods_are_set() {
        let bytes = packed(
            r#""entries": [{"path": "a", "made_on": "dos", "dos_attr": "21", "method": "bzip2"}]"#,
        );
        assert_eq!(bytes[8..10], [12, 0]);
        let at = bytes
            .windows(4)
            .position(|four| four == b"PK\x01\x02")
            .expect("a directory");
        assert_eq!(bytes[at + 5], 0);
        assert_eq!(bytes[at + 38..at + 42], [0x21, 0, 0, 0]);
        let encrypted = packed(r#""encrypted": true, "entries": {"a": "x"}"#);
        assert_eq!(encrypted[6..8], [1, 0]);
    }
}
