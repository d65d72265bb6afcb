//! What an archive held and what became of it: every entry as found, what was made of it, and what is odd.
//!
//! Data only; nothing here reads or writes. Names are bytes as found: they are escaped where they are printed.
//! An entry that the client turns into a plain file (a link, a device) keeps the kind it had in the archive.

/// Kind of archive, as the client's table of suffixes names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A tar without compression; only known behind a second hop.
    Tar,
    /// A tar compressed with gzip.
    TarGz,
    /// A tar compressed with bzip2.
    TarBz2,
    /// A tar compressed with xz.
    TarXz,
    /// A tar compressed with zstd; only known behind a second hop, and not unpacked here.
    TarZst,
    /// A zip.
    Zip,
    /// One file compressed with gzip: never a module.
    Gz,
    /// One file compressed with bzip2: never a module.
    Bz2,
    /// One file compressed with xz: never a module.
    Xz,
    /// One file compressed with zstd: never a module.
    Zst,
}

impl Kind {
    /// Kind with that name, as in `archive=NAME` or behind the last dot of a path; case counts.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "tar" => Self::Tar,
            "tar.gz" | "tgz" => Self::TarGz,
            "tar.bz2" | "tbz2" | "tar.tbz2" => Self::TarBz2,
            "tar.xz" | "txz" => Self::TarXz,
            "tar.zst" | "tzst" => Self::TarZst,
            "zip" => Self::Zip,
            "gz" => Self::Gz,
            "bz2" => Self::Bz2,
            "xz" => Self::Xz,
            "zst" => Self::Zst,
            _ => return None,
        })
    }
}

/// Which permission bits files and directories get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Modes {
    /// The nine bits that the client writes, readable for the owner; never setuid, setgid or sticky.
    Client,
    /// 0644, or 0755 for what its owner may run; directories 0755.
    Safe,
}

impl Modes {
    /// Mode of a file for which the archive asks for `asked`.
    pub fn of_file(self, asked: u32) -> u32 {
        match self {
            Self::Client => (asked & 0o777) | 0o400,
            Self::Safe if asked & 0o100 != 0 => 0o755,
            Self::Safe => 0o644,
        }
    }

    /// Mode of a directory for which the archive asks for `asked`.
    pub fn of_directory(self, asked: u32) -> u32 {
        match self {
            Self::Client => (asked & 0o777) | 0o500,
            Self::Safe => 0o755,
        }
    }
}

/// Bounds of one unpacking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnpackLimits {
    /// Bytes of all files together, holes of sparse files included.
    pub unpacked_bytes: u64,
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Entries of any kind.
    pub entries: u64,
    /// Growth that is reported, as so many bytes for one.
    pub growth: u64,
    /// Unpacked bytes below which growth is not reported.
    pub growth_from: u64,
    /// Bytes of an entry's name.
    pub name: usize,
    /// Bytes between two slashes of a name.
    pub component: usize,
    /// Levels of a name.
    pub depth: usize,
    /// Bytes of one extended tar header.
    pub extended_header: u64,
    /// Extended tar headers without a file between them.
    pub consecutive_extended: u32,
    /// Bytes of the dictionary that an xz header may ask for.
    pub xz_dictionary: u64,
}

impl Default for UnpackLimits {
    fn default() -> Self {
        Self {
            unpacked_bytes: 1 << 30,
            file_bytes: 256 << 20,
            entries: 100_000,
            growth: 100,
            growth_from: 64 << 20,
            name: 4096,
            component: 255,
            depth: 128,
            extended_header: 1 << 20,
            consecutive_extended: 16,
            xz_dictionary: 64 << 20,
        }
    }
}

/// Kind of an entry, as the archive states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A hard link.
    HardLink,
    /// A character device.
    CharDevice,
    /// A block device.
    BlockDevice,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A contiguous file: a regular file to every reader of today.
    Contiguous,
    /// A global pax header: no file.
    PaxGlobal,
    /// A file with holes.
    Sparse,
    /// The label of a volume.
    Volume,
    /// Any other tar type flag.
    Other(u8),
}

impl EntryKind {
    /// Whether it is a device, a pipe, a socket or something unheard of.
    pub fn is_special(self) -> bool {
        match self {
            Self::CharDevice | Self::BlockDevice | Self::Fifo | Self::Socket | Self::Contiguous => {
                true
            }
            // Dumps of directories, parts of files and headers of other systems are plain files to the client.
            Self::Other(flag) => !matches!(flag, b'D' | b'M' | b'N' | b'X'),
            Self::File
            | Self::Directory
            | Self::Symlink
            | Self::HardLink
            | Self::PaxGlobal
            | Self::Sparse
            | Self::Volume => false,
        }
    }
}

/// An entry as found, and what was done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Name as found.
    pub name: Vec<u8>,
    /// Kind as found.
    pub kind: EntryKind,
    /// Permission bits as found, with setuid, setgid and sticky.
    pub mode: u32,
    /// Size as stated.
    pub size: u64,
    /// Target of a link.
    pub link: Option<Vec<u8>>,
    /// What was done.
    pub done: Done,
}

/// What was done with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// Written as a plain file.
    Written,
    /// Made as a directory, or was there already.
    Made,
    /// Left out, as the client leaves it out.
    Skipped(Why),
    /// It ended the unpacking.
    Refused,
}

/// Why an entry was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// A global header is no file.
    GlobalHeader,
    /// A directory entry that names the destination itself.
    DestinationItself,
}

/// What came of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpacked {
    /// What it was read as.
    pub kind: Kind,
    /// Entries in their order, up to a bound.
    pub entries: Vec<Entry>,
    /// Entries beyond that bound.
    pub entries_left_out: u64,
    /// Files written, each as often as it was.
    pub files: u64,
    /// Directory entries made.
    pub directories: u64,
    /// Bytes written into files.
    pub bytes: u64,
    /// Bytes of the archive read for it.
    pub packed: u64,
    /// What is odd, though the client installs it.
    pub remarks: Vec<Remark>,
    /// Remarks beyond a bound for each sort.
    pub remarks_left_out: u64,
}

impl Unpacked {
    /// An archive of which nothing was read yet.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            entries: Vec::new(),
            entries_left_out: 0,
            files: 0,
            directories: 0,
            bytes: 0,
            packed: 0,
            remarks: Vec::new(),
            remarks_left_out: 0,
        }
    }
}

/// Something odd that the client installs all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// One name twice, with different bytes; the last stays.
    Duplicate {
        /// Name of the later entry.
        name: Vec<u8>,
    },
    /// A name that begins with a slash; it lands below the destination.
    AbsoluteName {
        /// The name.
        name: Vec<u8>,
    },
    /// A name that begins with a drive letter.
    DriveLetter {
        /// The name.
        name: Vec<u8>,
    },
    /// A name with a backslash, which is an ordinary character outside Windows.
    BackslashName {
        /// The name.
        name: Vec<u8>,
    },
    /// A name that another system refuses or reads differently.
    IllegalElsewhere {
        /// The name.
        name: Vec<u8>,
        /// What is wrong with it.
        why: Illegal,
    },
    /// Two names that are one where case or Unicode form does not count.
    Collides {
        /// The name that came first, from the root of the archive.
        first: Vec<u8>,
        /// The name that came later.
        second: Vec<u8>,
    },
    /// A mode with setuid, setgid or sticky.
    SetId {
        /// The name.
        name: Vec<u8>,
        /// The mode asked for.
        mode: u32,
    },
    /// A mode that lets everybody write.
    WorldWritable {
        /// The name.
        name: Vec<u8>,
        /// The mode asked for.
        mode: u32,
    },
    /// A mode that keeps the owner from reading, or from entering a directory.
    Unreadable {
        /// The name.
        name: Vec<u8>,
        /// The mode asked for.
        mode: u32,
        /// What it is.
        kind: EntryKind,
    },
    /// A link, of which a plain file is left.
    LinkLost {
        /// Name of the link.
        name: Vec<u8>,
        /// Its target.
        target: Vec<u8>,
        /// Hard or symbolic.
        kind: EntryKind,
        /// Whether the target lies outside the archive.
        outside: bool,
        /// Whether its name is that of a configuration file.
        config_file: bool,
    },
    /// A device, a pipe or an unknown kind, of which a plain file is left.
    Special {
        /// The name.
        name: Vec<u8>,
        /// What it was.
        kind: EntryKind,
    },
    /// Header and extended header state different sizes; the extended one counts.
    SizeDisagrees {
        /// The name.
        name: Vec<u8>,
        /// Size in the header.
        header: i64,
        /// Size in the extended header.
        extended: i64,
    },
    /// A link, directory or device with a size: what follows is read as entries, not as its body.
    BodyNotSkipped {
        /// The name.
        name: Vec<u8>,
        /// The size stated.
        size: i64,
    },
    /// Two extended headers give different names; the first one here counts.
    NameDisagrees {
        /// Name that counts.
        used: Vec<u8>,
        /// Name that another reader may use.
        other: Vec<u8>,
    },
    /// A global header with a name, size or target, which the client ignores.
    GlobalIgnored {
        /// Key of the record.
        key: Vec<u8>,
    },
    /// The end of the compressed stream is wrong; the client never reads it.
    TrailerWrong {
        /// What is wrong.
        why: Trailer,
    },
    /// Other bytes behind the end of the archive; the client never reads them.
    TrailingData {
        /// Where they are.
        layer: Layer,
        /// How many were seen; of the compressed file, zero if they were not counted.
        bytes: u64,
    },
    /// Reserved flags of a gzip header are set.
    ReservedFlags {
        /// The flags.
        flags: u8,
    },
    /// Directory of a zip and the rest of the file disagree; the directory counts.
    ZipDisagrees {
        /// Name of the entry, empty where it is about the whole file.
        name: Vec<u8>,
        /// About what.
        what: ZipDifference,
    },
    /// A zip entry is marked as encrypted; the client reads the bytes as they are.
    EncryptedFlag {
        /// The name.
        name: Vec<u8>,
    },
    /// It grew more than so many times.
    Growth {
        /// Unpacked bytes for one packed.
        ratio: u64,
    },
}

/// What another system dislikes in a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Illegal {
    /// A device name of Windows.
    Reserved,
    /// A character that Windows does not allow.
    Character,
    /// A control character.
    Control,
    /// A dot or a blank at the end.
    TrailingDotOrBlank,
    /// Not UTF-8.
    NotUnicode,
}

/// What is wrong with the end of a compressed stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trailer {
    /// The checksum differs.
    Checksum,
    /// The length differs.
    Length,
    /// It is cut off.
    Missing,
    /// The compressed data behind the end of the tar are damaged.
    Damaged,
}

/// A layer of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// The compressed file.
    Compressed,
    /// The tar or zip itself.
    Archive,
}

/// In what the directory of a zip and the rest of the file disagree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ZipDifference {
    /// Another name in the local header.
    Name(Vec<u8>),
    /// Another method in the local header.
    Method(u16),
    /// Other flags in the local header.
    Flags(u16),
    /// Another checksum in the local header.
    Checksum(u32),
    /// Other sizes in the local header.
    Sizes {
        /// Compressed.
        packed: u32,
        /// Not compressed.
        unpacked: u32,
    },
    /// A local entry that the directory lacks; the name is its.
    NotInDirectory,
    /// A second record of the end.
    SecondEnd,
    /// So many bytes in front.
    Prefix(u64),
    /// An entry on another disk.
    Disk(u16),
    /// Another name in a Unicode path field.
    UnicodePath(Vec<u8>),
    /// An extra field that is broken.
    Extra,
    /// The data descriptor states other sizes.
    Descriptor,
}
