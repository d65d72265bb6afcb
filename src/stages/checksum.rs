//! The `checksum` parameter of an address: what it asks for, and whether an archive has it.
//!
//! Never fetches anything: a list of checksums named by `file:` is only told from a digest here.

use std::fmt::Write as _;
use std::io::Read;

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

/// Kind of a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DigestKind {
    /// MD5.
    Md5,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl DigestKind {
    const ALL: [Self; 4] = [Self::Md5, Self::Sha1, Self::Sha256, Self::Sha512];

    /// Name, as the parameter spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    /// Bytes of a digest.
    pub fn length(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// A digest that is asked for. Its length need not be that of its kind: then nothing matches it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    /// Its kind.
    pub kind: DigestKind,
    /// Its bytes.
    pub value: Vec<u8>,
}

/// What the parameter asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A digest.
    Value(Checksum),
    /// Whatever the list at that address says.
    List(String),
}

/// Why there is nothing to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChecksumFault {
    /// A byte that is no hexadecimal digit.
    NotHex {
        /// The byte.
        byte: u8,
    },
    /// An odd number of digits.
    OddLength,
    /// A kind that is not known.
    UnknownKind {
        /// Its name.
        name: String,
    },
    /// No kind, and a length that is none of theirs.
    UnknownLength {
        /// The value.
        value: String,
    },
    /// Nothing for the archive in the list.
    NotListed {
        /// Address of the list.
        list: String,
    },
}

impl ChecksumFault {
    /// The client's message.
    pub fn client_text(&self) -> String {
        let why = match self {
            Self::NotHex { byte } => format!(
                "invalid checksum: encoding/hex: invalid byte: {}",
                code_point(*byte)
            ),
            Self::OddLength => "invalid checksum: encoding/hex: odd length hex string".to_owned(),
            Self::UnknownKind { name } => format!("unsupported checksum type: {name}"),
            Self::UnknownLength { value } => format!("Unknown type for checksum {value}"),
            Self::NotListed { list } => format!("no checksum found in: {list}"),
        };
        format!("invalid checksum: {why}")
    }
}

/// A byte as Go prints a code point: the number, and the character if it can be seen.
fn code_point(byte: u8) -> String {
    let character = char::from(byte);
    let visible =
        character == ' ' || !(character.is_control() || character.is_whitespace() || byte == 0xad);
    if visible {
        format!("U+{byte:04X} '{character}'")
    } else {
        format!("U+{byte:04X}")
    }
}

/// Reads the parameter; nothing if it is empty.
pub fn parse(text: &str) -> Result<Option<Wanted>, ChecksumFault> {
    if text.is_empty() {
        return Ok(None);
    }
    let wanted = match text.split_once(':') {
        None => Wanted::Value(by_length(text)?),
        Some(("file", list)) => Wanted::List(list.to_owned()),
        Some((kind, value)) => Wanted::Value(by_kind(kind, value)?),
    };
    Ok(Some(wanted))
}

pub(super) fn by_kind(kind: &str, value: &str) -> Result<Checksum, ChecksumFault> {
    let value = hex(value)?;
    let lower = kind.to_lowercase();
    let found = DigestKind::ALL
        .into_iter()
        .find(|known| known.name() == lower);
    let kind = found.ok_or_else(|| ChecksumFault::UnknownKind {
        name: kind.to_owned(),
    })?;
    Ok(Checksum { kind, value })
}

pub(super) fn by_length(text: &str) -> Result<Checksum, ChecksumFault> {
    let value = hex(text)?;
    let found = DigestKind::ALL
        .into_iter()
        .find(|known| known.length() == value.len());
    let kind = found.ok_or_else(|| ChecksumFault::UnknownLength {
        value: text.to_owned(),
    })?;
    Ok(Checksum { kind, value })
}

/// Bytes of hexadecimal text. A wrong digit is told before an odd number of them.
fn hex(text: &str) -> Result<Vec<u8>, ChecksumFault> {
    if let Some(byte) = text.bytes().find(|byte| !byte.is_ascii_hexdigit()) {
        return Err(ChecksumFault::NotHex { byte });
    }
    hex::decode(text).map_err(|_| ChecksumFault::OddLength)
}

/// A digest in the making.
#[derive(Debug, Clone)]
pub struct Digester(Inner);

#[derive(Debug, Clone)]
enum Inner {
    Md5(Md5),
    Sha1(Sha1),
    Sha256(Sha256),
    Sha512(Sha512),
}

impl Digester {
    /// A digest of nothing yet.
    pub fn new(kind: DigestKind) -> Self {
        Self(match kind {
            DigestKind::Md5 => Inner::Md5(Md5::new()),
            DigestKind::Sha1 => Inner::Sha1(Sha1::new()),
            DigestKind::Sha256 => Inner::Sha256(Sha256::new()),
            DigestKind::Sha512 => Inner::Sha512(Sha512::new()),
        })
    }

    /// Takes further bytes in.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            Inner::Md5(digest) => digest.update(bytes),
            Inner::Sha1(digest) => digest.update(bytes),
            Inner::Sha256(digest) => digest.update(bytes),
            Inner::Sha512(digest) => digest.update(bytes),
        }
    }

    /// The digest of everything.
    pub fn finish(self) -> Vec<u8> {
        match self.0 {
            Inner::Md5(digest) => digest.finalize().to_vec(),
            Inner::Sha1(digest) => digest.finalize().to_vec(),
            Inner::Sha256(digest) => digest.finalize().to_vec(),
            Inner::Sha512(digest) => digest.finalize().to_vec(),
        }
    }
}

/// A digest that is not the one asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// What was asked for.
    pub expected: Checksum,
    /// What it is.
    pub got: Vec<u8>,
}

impl Mismatch {
    /// The client's message for an archive at that path.
    pub fn client_text(&self, archive: &str) -> String {
        let mut text = format!("Checksums did not match for {archive}.");
        // Writing to a string does not fail.
        let _ = write!(text, "\nExpected: {}", hex::encode(&self.expected.value));
        let _ = write!(text, "\nGot: {}", hex::encode(&self.got));
        let _ = write!(text, "\n*{}.digest", self.expected.kind.name());
        text
    }
}

/// Compares an archive with a digest.
pub fn verify(
    expected: &Checksum,
    mut archive: impl Read,
) -> std::io::Result<Result<(), Mismatch>> {
    let mut digester = Digester::new(expected.kind);
    let mut buffer = vec![0; 64 << 10];
    loop {
        match archive.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => digester.update(buffer.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let got = digester.finish();
    Ok(if got == expected.value {
        Ok(())
    } else {
        Err(Mismatch {
            expected: expected.clone(),
            got,
        })
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

    const MD5_OF_A: &str = "0cc175b9c0f1b6a831c399e269772661";
    const SHA1_OF_A: &str = "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8";

    fn value(text: &str) -> Checksum {
        match parse(text) {
            Ok(Some(Wanted::Value(checksum))) => checksum,
            other => panic!("{other:?}"),
        }
    }

    fn text(parameter: &str) -> String {
        parse(parameter).unwrap_err().client_text()
    }

    #[test]
    fn the_kind_is_named_or_told_by_the_length() {
        assert_eq!(value(MD5_OF_A).kind, DigestKind::Md5);
        assert_eq!(value(SHA1_OF_A).kind, DigestKind::Sha1);
        assert_eq!(value(&"ab".repeat(32)).kind, DigestKind::Sha256);
        assert_eq!(value(&"AB".repeat(64)).kind, DigestKind::Sha512);
        assert_eq!(value("ShA256:00").value, [0]);
        assert_eq!(
            parse("file:http://h/SUMS"),
            Ok(Some(Wanted::List("http://h/SUMS".to_owned())))
        );
        assert_eq!(parse(""), Ok(None));
    }

    #[test]
    fn faults_are_told_in_the_words_of_the_client() {
        assert_eq!(
            text("sha224:00"),
            "invalid checksum: unsupported checksum type: sha224"
        );
        assert_eq!(
            text("CRC32:00"),
            "invalid checksum: unsupported checksum type: CRC32"
        );
        assert_eq!(text("00"), "invalid checksum: Unknown type for checksum 00");
        assert_eq!(
            text("md5:0g"),
            "invalid checksum: invalid checksum: encoding/hex: invalid byte: U+0067 'g'"
        );
        assert_eq!(
            text("md5:0\u{1}0"),
            "invalid checksum: invalid checksum: encoding/hex: invalid byte: U+0001"
        );
        assert_eq!(
            text("FILE:000"),
            "invalid checksum: invalid checksum: encoding/hex: odd length hex string"
        );
    }

    #[test]
    fn an_archive_is_compared_with_every_kind() {
        for kind in DigestKind::ALL {
            let mut digester = Digester::new(kind);
            digester.update(b"a");
            let sum = Checksum {
                kind,
                value: digester.finish(),
            };
            assert_eq!(sum.value.len(), kind.length());
            assert_eq!(verify(&sum, &b"a"[..]).unwrap(), Ok(()));
            assert!(verify(&sum, &b"b"[..]).unwrap().is_err());
        }
        assert_eq!(verify(&value(MD5_OF_A), &b"a"[..]).unwrap(), Ok(()));
        let wrong = verify(&value("sha1:00"), &b"a"[..]).unwrap().unwrap_err();
        let expected =
            format!("Checksums did not match for T.\nExpected: 00\nGot: {SHA1_OF_A}\n*sha1.digest");
        assert_eq!(wrong.client_text("T"), expected);
    }
}
