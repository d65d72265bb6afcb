//! What the tests of unpacking share: a place in memory, and archives made byte by byte.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::collections::BTreeMap;
use std::io::{Cursor, Write};

use crate::io::unpack_sink::Sink;
use crate::stages::unpack::{Halted, unpack};
use crate::trace::archive::{Kind, Modes, Remark, UnpackLimits, Unpacked};
use crate::trace::archive_stop::{ArchiveStop, ClientPaths, DiskFault};

/// A sink in memory. It takes no path that could lead anywhere else.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) files: BTreeMap<String, (u32, Vec<u8>)>,
    pub(super) directories: BTreeMap<String, u32>,
    open: String,
}

impl Memory {
    fn parents(&mut self, path: &[Vec<u8>]) {
        for depth in 1..=path.len() {
            let name = checked(&path[..depth]);
            assert!(!self.files.contains_key(&name), "{name} is a file");
            self.directories.entry(name).or_insert(0o755);
        }
    }

    /// Content of a file.
    pub(super) fn text(&self, name: &str) -> &[u8] {
        self.files.get(name).map_or(b"(none)", |(_, bytes)| bytes)
    }

    /// Names of all files.
    pub(super) fn names(&self) -> Vec<&str> {
        self.files.keys().map(String::as_str).collect()
    }
}

fn checked(path: &[Vec<u8>]) -> String {
    for part in path {
        assert!(!part.is_empty() && part != b"." && part != b".." && part.len() <= 255);
        assert!(!part.contains(&b'/') && !part.contains(&0));
    }
    path.iter()
        .map(|part| part.escape_ascii().to_string())
        .collect::<Vec<_>>()
        .join("/")
}

impl Sink for Memory {
    fn directory(&mut self, path: &[Vec<u8>]) -> Result<(), DiskFault> {
        self.parents(path);
        Ok(())
    }

    fn directory_mode(&mut self, path: &[Vec<u8>], mode: u32) -> Result<(), DiskFault> {
        self.directories.insert(checked(path), mode);
        Ok(())
    }

    fn file(&mut self, path: &[Vec<u8>], mode: u32) -> Result<(), DiskFault> {
        self.parents(&path[..path.len() - 1]);
        self.open = checked(path);
        assert!(!self.directories.contains_key(&self.open));
        self.files.insert(self.open.clone(), (mode, Vec::new()));
        Ok(())
    }

    fn write(&mut self, chunk: &[u8]) -> Result<(), DiskFault> {
        self.files
            .get_mut(&self.open)
            .expect("a file is open")
            .1
            .extend_from_slice(chunk);
        Ok(())
    }

    fn close(&mut self) -> Result<(), DiskFault> {
        Ok(())
    }
}

/// What came of an archive, and what is in memory then.
pub(super) struct Outcome {
    pub(super) memory: Memory,
    pub(super) unpacked: Unpacked,
    pub(super) stop: Option<ArchiveStop>,
}

impl Outcome {
    /// Asserts that it installed.
    pub(super) fn fine(self) -> Self {
        assert_eq!(self.stop, None);
        self
    }

    /// Asserts that it did not, and returns why.
    pub(super) fn stopped(&self) -> ArchiveStop {
        self.stop.clone().expect("it was refused")
    }

    /// The client's message.
    pub(super) fn message(&self) -> String {
        let paths = ClientPaths {
            archive: "A",
            destination: "D",
        };
        self.stopped().client_text(paths).unwrap_or_default()
    }

    /// Whether there is such a remark.
    pub(super) fn remarked(&self, wanted: impl Fn(&Remark) -> bool) -> bool {
        self.unpacked.remarks.iter().any(wanted)
    }
}

/// Unpacks as `get` does.
pub(super) fn run(kind: Kind, bytes: &[u8]) -> Outcome {
    run_with(kind, bytes, &UnpackLimits::default(), Modes::Client)
}

/// Unpacks within other limits or with other modes.
pub(super) fn run_with(kind: Kind, bytes: &[u8], limits: &UnpackLimits, modes: Modes) -> Outcome {
    let mut memory = Memory::default();
    match unpack(kind, Cursor::new(bytes), &mut memory, limits, modes) {
        Ok(unpacked) => Outcome {
            memory,
            unpacked,
            stop: None,
        },
        Err(halted) => {
            let Halted { stop, unpacked } = *halted;
            Outcome {
                memory,
                unpacked,
                stop: Some(stop),
            }
        }
    }
}

/// Compresses with gzip.
pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Compresses with bzip2.
pub(super) fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::new(1));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Wraps in xz, without compressing.
pub(super) fn xz(bytes: &[u8]) -> Vec<u8> {
    let crc = |bytes: &[u8]| {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        crc.sum().to_le_bytes()
    };
    let mut out = b"\xfd7zXZ\0\0\0".to_vec();
    out.extend(crc(&[0, 0]));
    let block_header = [2, 0, 0x21, 1, 0x10, 0, 0, 0];
    out.extend(block_header);
    out.extend(crc(&block_header));
    let block = out.len();
    for (at, chunk) in bytes.chunks(0x10000).enumerate() {
        out.push(if at == 0 { 1 } else { 2 });
        out.extend(u16::try_from(chunk.len() - 1).unwrap().to_be_bytes());
        out.extend(chunk);
    }
    out.push(0);
    let unpadded = out.len() - block + 12;
    out.resize(out.len().next_multiple_of(4), 0);
    let mut index = vec![0, 1];
    for mut number in [unpadded, bytes.len()] {
        while number > 0x7f {
            index.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
            number >>= 7;
        }
        index.push(u8::try_from(number).unwrap());
    }
    index.resize(index.len().next_multiple_of(4), 0);
    out.extend(&index);
    out.extend(crc(&index));
    let size = u32::try_from((index.len() + 4) / 4 - 1)
        .unwrap()
        .to_le_bytes();
    let footer = [&size[..], &[0, 0]].concat();
    out.extend(crc(&footer));
    out.extend(&footer);
    out.extend(b"YZ");
    out
}

/// A tar in the making.
#[derive(Debug, Clone, Default)]
pub(super) struct Tar(pub(super) Vec<u8>);

impl Tar {
    /// A header as it is, with its sum made right.
    pub(super) fn header(mut self, change: impl Fn(&mut [u8; 512])) -> Self {
        let mut block = [0; 512];
        block[100..108].copy_from_slice(b"0000644\0");
        block[124..136].copy_from_slice(b"00000000000\0");
        block[136..148].copy_from_slice(b"00000000000\0");
        block[156] = b'0';
        block[257..265].copy_from_slice(b"ustar\x0000");
        change(&mut block);
        block[148..156].copy_from_slice(b"        ");
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        self.0.extend(block);
        self
    }

    /// Bytes, padded to whole blocks.
    pub(super) fn body(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    /// An entry of any type.
    pub(super) fn entry(self, flag: u8, name: &str, mode: u32, body: &[u8]) -> Self {
        self.header(|block| set(block, flag, name, mode, body.len() as u64))
            .body(body)
    }

    /// A regular file.
    pub(super) fn file(self, name: &str, body: &[u8]) -> Self {
        self.entry(b'0', name, 0o644, body)
    }

    /// A link.
    pub(super) fn link(self, flag: u8, name: &str, target: &str) -> Self {
        self.header(|block| {
            set(block, flag, name, 0o777, 0);
            block[157..157 + target.len()].copy_from_slice(target.as_bytes());
        })
    }

    /// An extended header.
    pub(super) fn pax(self, flag: u8, records: &[(&str, &str)]) -> Self {
        let text: String = records
            .iter()
            .map(|(key, value)| record(key, value))
            .collect();
        self.entry(flag, "pax", 0o644, text.as_bytes())
    }

    /// The end, and all of it.
    pub(super) fn end(mut self) -> Vec<u8> {
        self.0.extend([0; 1024]);
        self.0
    }
}

/// Fills a header in.
pub(super) fn set(block: &mut [u8; 512], flag: u8, name: &str, mode: u32, size: u64) {
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[100..108].copy_from_slice(format!("{mode:07o}\0").as_bytes());
    block[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    block[156] = flag;
}

fn record(key: &str, value: &str) -> String {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length.to_string().len() + rest != length {
        length += 1;
    }
    format!("{length} {key}={value}\n")
}

/// One entry of a zip, with every field free.
#[derive(Debug, Clone)]
pub(super) struct ZipEntry {
    pub(super) name: Vec<u8>,
    pub(super) local_name: Vec<u8>,
    pub(super) system: u8,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) local_method: u16,
    pub(super) crc: u32,
    pub(super) local_crc: u32,
    pub(super) data: Vec<u8>,
    pub(super) packed: u32,
    pub(super) size: u32,
    pub(super) local_size: u32,
    pub(super) attributes: u32,
    pub(super) extra: Vec<u8>,
    pub(super) disk: u16,
    pub(super) descriptor: Vec<u8>,
    /// Where the local header is said to be, if not where it is.
    pub(super) header: Option<u32>,
    pub(super) in_directory: bool,
    pub(super) in_front: bool,
}

impl ZipEntry {
    /// A stored file.
    pub(super) fn stored(name: &str, body: &[u8]) -> Self {
        let mut crc = flate2::Crc::new();
        crc.update(body);
        let size = u32::try_from(body.len()).unwrap();
        Self {
            name: name.into(),
            local_name: name.into(),
            system: 3,
            flags: 0,
            method: 0,
            local_method: 0,
            crc: crc.sum(),
            local_crc: crc.sum(),
            data: body.to_vec(),
            packed: size,
            size,
            local_size: size,
            attributes: 0o100_644 << 16,
            extra: Vec::new(),
            disk: 0,
            descriptor: Vec::new(),
            header: None,
            in_directory: true,
            in_front: true,
        }
    }

    /// A deflated file.
    pub(super) fn deflated(name: &str, body: &[u8]) -> Self {
        let mut encoder =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::new(6));
        encoder.write_all(body).unwrap();
        let data = encoder.finish().unwrap();
        let packed = u32::try_from(data.len()).unwrap();
        Self {
            data,
            packed,
            method: 8,
            local_method: 8,
            ..Self::stored(name, body)
        }
    }

    /// The same with a Unix mode.
    pub(super) fn mode(self, mode: u32) -> Self {
        Self {
            attributes: mode << 16,
            ..self
        }
    }

    fn local(&self) -> Vec<u8> {
        let mut out = b"PK\x03\x04\x14\0".to_vec();
        out.extend(self.flags.to_le_bytes());
        out.extend(self.local_method.to_le_bytes());
        out.extend([0; 4]);
        for number in [self.local_crc, self.packed, self.local_size] {
            out.extend(number.to_le_bytes());
        }
        out.extend(u16::try_from(self.local_name.len()).unwrap().to_le_bytes());
        out.extend([0; 2]);
        out.extend(&self.local_name);
        out.extend(&self.data);
        out.extend(&self.descriptor);
        out
    }

    fn record(&self, header: u32) -> Vec<u8> {
        let mut out = b"PK\x01\x02\x14".to_vec();
        out.extend([self.system, 20, 0]);
        out.extend(self.flags.to_le_bytes());
        out.extend(self.method.to_le_bytes());
        out.extend([0; 4]);
        for number in [self.crc, self.packed, self.size] {
            out.extend(number.to_le_bytes());
        }
        for number in [self.name.len(), self.extra.len(), 0] {
            out.extend(u16::try_from(number).unwrap().to_le_bytes());
        }
        out.extend(self.disk.to_le_bytes());
        out.extend([0; 2]);
        out.extend(self.attributes.to_le_bytes());
        out.extend(self.header.unwrap_or(header).to_le_bytes());
        out.extend(&self.name);
        out.extend(&self.extra);
        out
    }
}

/// A zip of entries, its directory and its end.
pub(super) fn zip(entries: &[ZipEntry]) -> Vec<u8> {
    let (mut out, mut directory, mut count) = (Vec::new(), Vec::new(), 0_u16);
    for entry in entries {
        let header = u32::try_from(out.len()).unwrap();
        if entry.in_front {
            out.extend(entry.local());
        }
        if entry.in_directory {
            directory.extend(entry.record(header));
            count += 1;
        }
    }
    let start = u32::try_from(out.len()).unwrap();
    out.extend(&directory);
    out.extend(end(count, u32::try_from(directory.len()).unwrap(), start));
    out
}

/// The end of a zip.
pub(super) fn end(count: u16, size: u32, start: u32) -> Vec<u8> {
    let mut out = b"PK\x05\x06\0\0\0\0".to_vec();
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(size.to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0; 2]);
    out
}
