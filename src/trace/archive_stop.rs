//! What ended an unpacking, with what was found and what was expected.
//!
//! Nothing here is prose of ours. `client_text` quotes the words of the client, so that a report can show what
//! the user saw or would see; where the client would go on, or its words carry a number that only it knows, there is
//! no text.

use crate::trace::archive::Kind;
use crate::trace::sniff::Sniffed;

/// What ended an unpacking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveStop {
    /// The compressed stream could not be opened.
    Opening {
        /// As what it was opened.
        kind: Kind,
        /// What was found instead.
        fault: StreamFault,
    },
    /// The compressed stream is damaged or cut.
    Stream(StreamFault),
    /// A tar header is invalid.
    Tar(TarFault),
    /// The zip, or an entry of it, is invalid.
    Zip(ZipFault),
    /// No entry that is a file; in a zip, no entry at all.
    Empty,
    /// A single compressed file where a directory is needed.
    SingleFile {
        /// Its kind.
        kind: Kind,
    },
    /// A format that is recognised but not unpacked.
    Unsupported {
        /// What it is.
        found: Sniffed,
    },
    /// A name with a `..` component.
    ParentInName {
        /// The name.
        name: Vec<u8>,
    },
    /// A name with a NUL, which no file system takes.
    NulInName {
        /// The name.
        name: Vec<u8>,
        /// What the client was about to do.
        call: Call,
    },
    /// A file whose name means the destination itself.
    NamesDestination {
        /// The name.
        name: Vec<u8>,
    },
    /// A file where a directory is needed.
    FileInTheWay {
        /// Path of the file.
        file: Vec<u8>,
        /// Path of the entry that needs a directory there.
        wanted: Vec<u8>,
        /// What the client was about to do.
        call: Call,
    },
    /// A directory where a file is to be written.
    DirectoryInTheWay {
        /// Path of both.
        path: Vec<u8>,
    },
    /// A name, or a part of it, that no file system takes.
    NameTooLong {
        /// The name.
        name: Vec<u8>,
        /// Bytes found.
        got: usize,
        /// Bytes allowed.
        limit: usize,
        /// What the client was about to do.
        call: Call,
    },
    /// A name of too many levels; the client would go on.
    TooDeep {
        /// The name.
        name: Vec<u8>,
        /// Levels found.
        got: usize,
        /// Levels allowed.
        limit: usize,
    },
    /// A limit of ours; the client would go on.
    Limit {
        /// Which.
        name: LimitName,
        /// Its number.
        number: u64,
    },
    /// The disk refused.
    Disk(DiskFault),
    /// The caller called it off.
    Interrupted,
}

/// Call of the file system that a message of the client begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Making a directory.
    Mkdir,
    /// Opening a file for writing.
    Open,
    /// Writing into it.
    Write,
    /// Setting permission bits.
    Chmod,
}

impl Call {
    fn word(self) -> &'static str {
        match self {
            Self::Mkdir => "mkdir",
            Self::Open => "open",
            Self::Write => "write",
            Self::Chmod => "chmod",
        }
    }
}

/// What the disk refused, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskFault {
    /// What was tried.
    pub call: Call,
    /// Path below the destination.
    pub path: Vec<u8>,
    /// The system's word for it, as the client prints it.
    pub why: String,
}

/// A limit by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LimitName {
    /// Bytes of all files together.
    UnpackedBytes,
    /// Bytes of one file.
    FileBytes,
    /// Bytes of one file with holes.
    SparseBytes,
    /// Number of entries.
    Entries,
    /// Bytes of one extended header.
    ExtendedHeader,
    /// Extended headers in a row.
    ConsecutiveExtended,
    /// Dictionary of an xz stream.
    XzDictionary,
    /// Zip entries that share bytes; there is no number.
    Overlap,
}

/// What is wrong with a compressed stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamFault {
    /// Nothing at all.
    Nothing,
    /// It ends too early.
    Cut,
    /// No gzip header, or one with a fault.
    GzipHeader,
    /// The checksum behind a gzip member differs.
    GzipChecksum,
    /// The length behind a gzip member differs.
    GzipLength,
    /// Compressed data that cannot be.
    Deflate,
    /// No bzip2 header.
    Bzip2Magic,
    /// Bzip2 data that cannot be.
    Bzip2Data,
    /// No xz header.
    XzMagic,
    /// A filter other than LZMA2, which the client does not know.
    XzFilter(u64),
    /// Xz data that cannot be.
    XzData,
    /// The archive file itself could not be read.
    Read(String),
}

/// What is wrong with a tar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TarFault {
    /// The sum over the header differs.
    HeaderSum,
    /// A number field holds no number, or too large a one.
    Number,
    /// A negative size.
    NegativeSize,
    /// A single block of zeros between entries.
    LoneZeroBlock,
    /// A record of an extended header is malformed.
    PaxRecord,
    /// A number in an extended header is none.
    PaxNumber,
    /// The map of a sparse file is malformed.
    SparseMap,
    /// A sparse file lacks data that its map names.
    SparseMissing,
    /// A sparse file has data that its map does not name.
    SparseUnreferenced,
}

/// What is wrong with a zip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ZipFault {
    /// No record of the end.
    NoEnd,
    /// The record of the end points nowhere.
    BadEnd,
    /// The zip64 record of the end is out of reach.
    NoEnd64,
    /// The directory is damaged or shorter than stated.
    Directory,
    /// The file ends where a record of the directory would go on.
    DirectoryMissing,
    /// The directory ends within a record.
    DirectoryCut,
    /// An entry's own header is not where the directory says.
    LocalHeader {
        /// Name of the entry.
        name: Vec<u8>,
    },
    /// The place where an entry's own header should be is not in the file.
    LocalMissing {
        /// Name of the entry.
        name: Vec<u8>,
        /// The place.
        offset: i64,
    },
    /// An entry is cut, or shorter than stated.
    Short {
        /// Name of the entry.
        name: Vec<u8>,
    },
    /// An entry is longer than stated.
    Long {
        /// Name of the entry.
        name: Vec<u8>,
    },
    /// The checksum of an entry differs.
    Checksum {
        /// Name of the entry.
        name: Vec<u8>,
    },
    /// Compressed data of an entry that cannot be.
    Data {
        /// Name of the entry.
        name: Vec<u8>,
        /// Whether the entry is marked as encrypted.
        encrypted: bool,
    },
    /// A method other than stored and deflate.
    Method {
        /// Name of the entry.
        name: Vec<u8>,
        /// Number of the method.
        method: u16,
    },
}

/// Paths that appear in the client's messages.
#[derive(Debug, Clone, Copy)]
pub struct ClientPaths<'a> {
    /// The downloaded archive.
    pub archive: &'a str,
    /// The directory it is unpacked into.
    pub destination: &'a str,
}

impl ArchiveStop {
    /// The client's message, where it has one and its words are known.
    pub fn client_text(&self, paths: ClientPaths<'_>) -> Option<String> {
        let ClientPaths {
            archive,
            destination,
        } = paths;
        let at = |call: Call, path: &[u8], why: &str| {
            let path = String::from_utf8_lossy(path);
            let slash = if path.is_empty() { "" } else { "/" };
            Some(format!("{} {destination}{slash}{path}: {why}", call.word()))
        };
        match self {
            Self::Opening { kind, fault } => opening_text(*kind, fault, archive),
            Self::Stream(fault) => stream_text(fault),
            Self::Tar(fault) => Some(tar_text(*fault).to_owned()),
            Self::Zip(ZipFault::LocalMissing { offset, .. }) if *offset < 0 => {
                Some(format!("readat {archive}: negative offset"))
            }
            Self::Zip(fault) => zip_text(fault).map(ToOwned::to_owned),
            Self::Empty => Some(format!("empty archive: {archive}")),
            Self::SingleFile { kind } => single_file_text(*kind),
            Self::ParentInName { name } => Some(format!(
                "entry contains '..': {}",
                String::from_utf8_lossy(name)
            )),
            Self::NulInName { name, call } => at(*call, &cleaned(name), "invalid argument"),
            Self::NamesDestination { .. } => at(Call::Open, b"", "is a directory"),
            Self::FileInTheWay { file, wanted, call } => {
                let path = if *call == Call::Mkdir { file } else { wanted };
                at(*call, path, "not a directory")
            }
            Self::DirectoryInTheWay { path } => at(Call::Open, path, "is a directory"),
            Self::NameTooLong { name, call, .. } => at(*call, &cleaned(name), "file name too long"),
            Self::Limit {
                name: LimitName::ExtendedHeader,
                ..
            } => Some("archive/tar: header field too long".to_owned()),
            Self::Disk(fault) => at(fault.call, &fault.path, &fault.why),
            Self::Unsupported { .. }
            | Self::TooDeep { .. }
            | Self::Limit { .. }
            | Self::Interrupted => None,
        }
    }
}

fn opening_text(kind: Kind, fault: &StreamFault, archive: &str) -> Option<String> {
    let reader = match kind {
        Kind::TarGz | Kind::Gz => "a gzip reader",
        Kind::TarXz | Kind::Xz => "an xz reader",
        Kind::Tar | Kind::TarBz2 | Kind::TarZst | Kind::Zip | Kind::Bz2 | Kind::Zst => {
            return stream_text(fault);
        }
    };
    let why = stream_text(fault)?;
    Some(format!("Error opening {reader} for {archive}: {why}"))
}

fn stream_text(fault: &StreamFault) -> Option<String> {
    let text = match fault {
        StreamFault::Nothing => "EOF",
        StreamFault::Cut => "unexpected EOF",
        StreamFault::GzipHeader => "gzip: invalid header",
        StreamFault::GzipChecksum | StreamFault::GzipLength => "gzip: invalid checksum",
        StreamFault::Bzip2Magic => "bzip2 data invalid: bad magic value",
        StreamFault::XzMagic => "xz: invalid header magic bytes",
        StreamFault::Deflate
        | StreamFault::Bzip2Data
        | StreamFault::XzFilter(_)
        | StreamFault::XzData
        | StreamFault::Read(_) => return None,
    };
    Some(text.to_owned())
}

fn tar_text(fault: TarFault) -> &'static str {
    match fault {
        TarFault::HeaderSum
        | TarFault::Number
        | TarFault::NegativeSize
        | TarFault::LoneZeroBlock
        | TarFault::PaxRecord
        | TarFault::PaxNumber
        | TarFault::SparseMap => "archive/tar: invalid tar header",
        TarFault::SparseMissing => "archive/tar: sparse file references non-existent data",
        TarFault::SparseUnreferenced => "archive/tar: sparse file contains unreferenced data",
    }
}

fn zip_text(fault: &ZipFault) -> Option<&'static str> {
    Some(match fault {
        ZipFault::NoEnd
        | ZipFault::BadEnd
        | ZipFault::Directory
        | ZipFault::LocalHeader { .. }
        | ZipFault::Long { .. } => "zip: not a valid zip file",
        ZipFault::NoEnd64 | ZipFault::DirectoryMissing | ZipFault::LocalMissing { .. } => "EOF",
        ZipFault::DirectoryCut | ZipFault::Short { .. } => "unexpected EOF",
        ZipFault::Checksum { .. } => "zip: checksum error",
        ZipFault::Method { .. } => "zip: unsupported compression algorithm",
        ZipFault::Data { .. } => return None,
    })
}

fn single_file_text(kind: Kind) -> Option<String> {
    let name = match kind {
        Kind::Gz => "gzip",
        Kind::Bz2 => "bzip2",
        Kind::Xz => "xz",
        Kind::Zst => "zstd",
        Kind::Tar | Kind::TarGz | Kind::TarBz2 | Kind::TarXz | Kind::TarZst | Kind::Zip => {
            return None;
        }
    };
    Some(format!(
        "{name}-compressed files can only unarchive to a single file"
    ))
}

/// A name as the client joins it to the destination.
fn cleaned(name: &[u8]) -> Vec<u8> {
    let parts: Vec<&[u8]> = name
        .split(|byte| *byte == b'/')
        .filter(|part| !part.is_empty() && *part != b".")
        .collect();
    parts.join(&b'/')
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test ends at the first surprise"
)]
mod tests {
    use super::*;

    const PATHS: ClientPaths<'_> = ClientPaths {
        archive: "/tmp/getter1/archive",
        destination: ".terraform/modules/m",
    };

    fn text(stop: &ArchiveStop) -> String {
        stop.client_text(PATHS).unwrap_or_default()
    }

    #[test]
    fn messages_are_the_ones_that_the_client_prints() {
        let gzip = ArchiveStop::Opening {
            kind: Kind::TarGz,
            fault: StreamFault::GzipHeader,
        };
        assert_eq!(
            text(&gzip),
            "Error opening a gzip reader for /tmp/getter1/archive: gzip: invalid header"
        );
        let xz = ArchiveStop::Opening {
            kind: Kind::TarXz,
            fault: StreamFault::XzMagic,
        };
        assert_eq!(
            text(&xz),
            "Error opening an xz reader for /tmp/getter1/archive: xz: invalid header magic bytes"
        );
        assert_eq!(
            text(&ArchiveStop::Empty),
            "empty archive: /tmp/getter1/archive"
        );
        let parent = ArchiveStop::ParentInName {
            name: b"../evil.tf".to_vec(),
        };
        assert_eq!(text(&parent), "entry contains '..': ../evil.tf");
        let single = ArchiveStop::SingleFile { kind: Kind::Gz };
        assert_eq!(
            text(&single),
            "gzip-compressed files can only unarchive to a single file"
        );
    }

    #[test]
    fn a_conflict_names_the_path_that_the_client_was_at() {
        let mut stop = ArchiveStop::FileInTheWay {
            file: b"a".to_vec(),
            wanted: b"a/b/c".to_vec(),
            call: Call::Mkdir,
        };
        assert_eq!(text(&stop), "mkdir .terraform/modules/m/a: not a directory");
        if let ArchiveStop::FileInTheWay { call, .. } = &mut stop {
            *call = Call::Open;
        }
        assert_eq!(
            text(&stop),
            "open .terraform/modules/m/a/b/c: not a directory"
        );
        let destination = ArchiveStop::NamesDestination {
            name: b".".to_vec(),
        };
        assert_eq!(
            text(&destination),
            "open .terraform/modules/m: is a directory"
        );
    }

    #[test]
    fn a_limit_of_ours_is_no_message_of_the_client() {
        let stop = ArchiveStop::Limit {
            name: LimitName::Entries,
            number: 1,
        };
        assert_eq!(stop.client_text(PATHS), None);
    }
}
