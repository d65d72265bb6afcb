//! Makes archives from their descriptions, byte for byte the same in every run.
//!
//! Everything is written by hand where a library would be too polite: the point of many cases is an archive that no
//! well-behaved tool would make. Times, owners and the systems named in headers are constants.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::io::Write;

use bytes::Bytes;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::archives::{Archive, Format};
use super::entries::Entry;
use super::pack_tar::pack_tar;
use super::pack_xz::xz;
use super::pack_zip::pack_zip;
use super::placeholders::Placeholders;
use super::scenario::Scenario;

/// The packed archives of one run, and the placeholders with the hashes of all of them.
#[derive(Debug)]
pub struct Shelf {
    placeholders: Placeholders,
    packages: BTreeMap<String, Vec<Entry>>,
    packed: BTreeMap<String, Bytes>,
}

impl Shelf {
    /// Packs every archive of `scenario`, each after those it mentions.
    pub fn pack(scenario: &Scenario, placeholders: Placeholders) -> Result<Self, PackError> {
        let packages = scenario.packages.clone();
        let mut shelf = Self {
            placeholders,
            packages,
            packed: BTreeMap::new(),
        };
        let mut waiting: Vec<&(String, Archive)> = scenario.archives.0.iter().collect();
        while !waiting.is_empty() {
            let before = waiting.len();
            let mut still = Vec::new();
            for entry in waiting {
                let (name, archive) = entry;
                if shelf.has_all(scenario, archive) {
                    let bytes = shelf.pack_one(archive)?;
                    shelf.put(name, bytes);
                } else {
                    still.push(entry);
                }
            }
            if still.len() == before {
                return Err(PackError::Cycle(
                    still.into_iter().map(|(name, _)| name.clone()).collect(),
                ));
            }
            waiting = still;
        }
        Ok(shelf)
    }

    /// The bytes of one archive.
    pub fn pack_one(&self, archive: &Archive) -> Result<Bytes, PackError> {
        let values = &self.placeholders;
        let mut bytes = match archive.format {
            Format::Zip => pack_zip(archive, &self.entries(archive)?, values),
            Format::Tar | Format::TarGz | Format::TarBz2 | Format::TarXz => {
                let tar = pack_tar(archive, &self.entries(archive)?, values);
                let step = tar.len() / archive.members.max(1) + usize::from(archive.members > 1);
                tar.chunks(step.max(1))
                    .flat_map(|part| compress(archive.format, part))
                    .collect()
            }
            Format::Gz | Format::Bz2 | Format::Xz | Format::Raw => {
                let inner = match &archive.of {
                    Some(name) => self
                        .archive(name)
                        .ok_or_else(|| PackError::NoSuchArchive(name.clone()))?,
                    None => archive.text.render(values).into(),
                };
                compress(archive.format, &inner)
            }
        };
        bytes.truncate(bytes.len().saturating_sub(archive.cut.unwrap_or(0)));
        if let Some(offset) = archive.flip {
            let length = bytes.len();
            let byte = bytes
                .get_mut(offset)
                .ok_or(PackError::FlipOutside { offset, length })?;
            *byte ^= 0xff;
        }
        let parts = [
            archive.prefix.render(values),
            bytes,
            archive.append.render(values),
        ];
        Ok(parts.concat().into())
    }

    /// The bytes of the archive called `name`.
    pub fn archive(&self, name: &str) -> Option<Bytes> {
        self.packed.get(name).cloned()
    }

    /// The placeholders of the run.
    pub fn placeholders(&self) -> &Placeholders {
        &self.placeholders
    }

    fn has_all(&self, scenario: &Scenario, archive: &Archive) -> bool {
        // A name that no archive has does not keep others waiting: it is an error of its own.
        let known = |name: &str| scenario.archives.0.iter().any(|(known, _)| known == name);
        let hashes = archive
            .mentions
            .iter()
            .filter_map(|key| Some(key.split_once(':')?.1));
        let mut names = hashes.chain(archive.of.as_deref());
        names.all(|name| self.packed.contains_key(name) || !known(name))
    }

    fn put(&mut self, name: &str, bytes: Bytes) {
        let hashes = [
            ("md5", hex::encode(Md5::digest(&bytes))),
            ("sha1", hex::encode(Sha1::digest(&bytes))),
            ("sha256", hex::encode(Sha256::digest(&bytes))),
            ("sha512", hex::encode(Sha512::digest(&bytes))),
        ];
        for (kind, value) in hashes {
            self.placeholders.set(&format!("{kind}:{name}"), value);
        }
        self.packed.insert(name.to_owned(), bytes);
    }

    fn entries(&self, archive: &Archive) -> Result<Vec<Entry>, PackError> {
        let mut entries = archive.entries.0.clone();
        if let Some(name) = &archive.package {
            let package = self
                .packages
                .get(name)
                .ok_or_else(|| PackError::NoSuchPackage(name.clone()))?;
            let moved = |entry: &Entry| Entry {
                path: format!("{}{}", archive.under, entry.path),
                ..entry.clone()
            };
            entries.extend(package.iter().map(moved));
        }
        Ok(entries)
    }
}

/// Why an archive cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackError {
    /// No archive has this name.
    NoSuchArchive(String),
    /// No folder was given under this name.
    NoSuchPackage(String),
    /// These archives need each other.
    Cycle(Vec<String>),
    /// The byte to invert is not there.
    FlipOutside {
        /// The offset asked for.
        offset: usize,
        /// The length of the archive.
        length: usize,
    },
}

impl fmt::Display for PackError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}

impl std::error::Error for PackError {}

impl From<PackError> for io::Error {
    fn from(error: PackError) -> Self {
        Self::new(io::ErrorKind::InvalidInput, error)
    }
}

fn compress(format: Format, data: &[u8]) -> Vec<u8> {
    match format {
        Format::Gz | Format::TarGz => gzip(data),
        Format::Bz2 | Format::TarBz2 => bzip2(data),
        Format::Xz | Format::TarXz => xz(data),
        Format::Raw | Format::Tar | Format::Zip => data.to_vec(),
    }
}

fn gzip(data: &[u8]) -> Vec<u8> {
    // Named, since the default is the system it was built for: 3 is Unix.
    let builder = flate2::GzBuilder::new().mtime(0).operating_system(3);
    let mut encoder = builder.write(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).expect("memory takes all bytes");
    encoder.finish().expect("memory takes all bytes")
}

/// `data` in one bzip2 stream.
pub(super) fn bzip2(data: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    encoder.write_all(data).expect("memory takes all bytes");
    encoder.finish().expect("memory takes all bytes")
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::{PackError, Shelf};
    use crate::lab::entries::Entry;
    use crate::lab::placeholders::Placeholders;
    use crate::lab::scenario::Scenario;

    fn shelf(archives: &str) -> Result<Shelf, PackError> {
        let scenario =
            Scenario::from_json(&format!(r#"{{"archives": {archives}}}"#)).expect("a scenario");
        Shelf::pack(&scenario, Placeholders::default())
    }

    fn bytes_of(archives: &str) -> Vec<u8> {
        shelf(archives)
            .expect("packed")
            .archive("a")
            .expect("an archive")
            .to_vec()
    }

    fn read_all(mut reader: impl Read) -> Vec<u8> {
        let mut out = Vec::new();
        reader.read_to_end(&mut out).expect("readable");
        out
    }

    #[test]
    fn every_compression_is_read_back() {
        let tar = bytes_of(
            r#"{"a": {"format": "tar", "entries": {"main.tf": {"repeat": ["x", 200000]}}}}"#,
        );
        let packed = |format: &str| {
            bytes_of(&format!(
                r#"{{"a": {{"format": "{format}", "entries": {{"main.tf": {{"repeat": ["x", 200000]}}}}}}}}"#
            ))
        };
        assert_eq!(
            read_all(flate2::read::GzDecoder::new(&packed("tar.gz")[..])),
            tar
        );
        assert_eq!(
            read_all(bzip2::read::BzDecoder::new(&packed("tar.bz2")[..])),
            tar
        );
        assert_eq!(
            read_all(lzma_rust2::XzReader::new(&packed("tar.xz")[..], false)),
            tar
        );
    }

    #[test]
    fn packing_twice_gives_the_same_bytes() {
        let text = r#"{"a": {"format": "tar.gz", "entries": {"main.tf": "a = 1"}}}"#;
        let bytes = bytes_of(text);
        assert_eq!(bytes, bytes_of(text));
        assert_eq!(bytes[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3]);
    }

    #[test]
    fn members_are_streams_of_their_own() {
        let text = r#"{"a": {"format": "tar.gz", "members": 3, "entries": {"main.tf": "a = 1"}}}"#;
        let bytes = bytes_of(text);
        let tar = bytes_of(r#"{"a": {"format": "tar", "entries": {"main.tf": "a = 1"}}}"#);
        assert!(read_all(flate2::read::GzDecoder::new(&bytes[..])).len() < tar.len());
        assert_eq!(read_all(flate2::read::MultiGzDecoder::new(&bytes[..])), tar);
    }

    #[test]
    fn damage_is_done_where_it_was_asked_for() {
        assert_eq!(
            bytes_of(r#"{"a": {"format": "raw", "text": "abcdef", "cut": 2}}"#),
            b"abcd"
        );
        assert_eq!(
            bytes_of(r#"{"a": {"format": "raw", "text": "abc", "cut": 9}}"#),
            b""
        );
        assert_eq!(
            bytes_of(r#"{"a": {"format": "raw", "text": "ab", "flip": 1}}"#),
            [b'a', !b'b']
        );
        let wrapped =
            r#"{"a": {"format": "raw", "text": ["b"], "prefix": "a", "append": {"hex": "00ff"}}}"#;
        assert_eq!(bytes_of(wrapped), b"ab\n\x00\xff");
        let outside =
            shelf(r#"{"a": {"format": "raw", "text": "ab", "flip": 2}}"#).expect_err("outside");
        assert_eq!(
            outside,
            PackError::FlipOutside {
                offset: 2,
                length: 2
            }
        );
    }

    #[test]
    fn an_archive_may_hold_another_and_its_hash() {
        let text = r#"{"c": {"format": "raw", "text": "{{md5:a}}"}, "a": {"format": "gz", "of": "b"},
                       "b": {"format": "raw", "text": "x"}}"#;
        let shelf = shelf(text).expect("packed");
        let inner = read_all(flate2::read::GzDecoder::new(
            &shelf.archive("a").expect("a")[..],
        ));
        assert_eq!(inner, b"x");
        let hash = shelf
            .placeholders()
            .value("md5:a")
            .expect("a hash")
            .to_owned();
        assert_eq!(shelf.archive("c").expect("c"), hash);
    }

    #[test]
    fn archives_that_need_each_other_are_refused() {
        let text =
            r#"{"a": {"format": "gz", "of": "b"}, "b": {"format": "raw", "text": "{{md5:a}}"}}"#;
        assert_eq!(
            shelf(text).expect_err("a cycle"),
            PackError::Cycle(vec!["a".to_owned(), "b".to_owned()])
        );
        let unknown = shelf(r#"{"a": {"format": "gz", "of": "z"}}"#).expect_err("unknown");
        assert_eq!(unknown, PackError::NoSuchArchive("z".to_owned()));
    }

    #[test]
    fn a_folder_of_the_caller_is_packed_below_a_prefix() {
        let text =
            r#"{"archives": {"a": {"format": "tar", "package": "vpc", "under": "vpc-1.0/"}}}"#;
        let mut scenario = Scenario::from_json(text).expect("a scenario");
        let missing = Shelf::pack(&scenario, Placeholders::default()).expect_err("missing");
        assert_eq!(missing, PackError::NoSuchPackage("vpc".to_owned()));
        scenario.add_package(
            "vpc",
            vec![Entry::file("main.tf", b"# \xff".to_vec(), 0o600)],
        );
        let shelf = Shelf::pack(&scenario, Placeholders::default()).expect("packed");
        let bytes = shelf.archive("a").expect("an archive");
        let mut tar = tar::Archive::new(&bytes[..]);
        let entry = tar
            .entries()
            .expect("entries")
            .next()
            .expect("one")
            .expect("readable");
        assert_eq!(entry.path_bytes().as_ref(), b"vpc-1.0/main.tf");
        assert_eq!(entry.header().mode().expect("a mode"), 0o600);
    }
}
