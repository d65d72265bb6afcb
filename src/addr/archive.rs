//! Which kind of archive an address promises.
//!
//! Never looks at content, nor at what a redirect leads to.
//! Surprises: see the tour of [`crate::addr::package`]; capital letters do not count as a suffix, escapes in the path
//! are undone first, and the client that follows a location found in a page knows more kinds than the first one.

use crate::addr::package::PackageAddr;
use crate::addr::url::UrlError;

/// A kind of archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ArchiveKind {
    /// One file in bzip2; never a module.
    Bzip2,
    /// One file in gzip; never a module.
    Gzip,
    /// One file in xz; never a module.
    Xz,
    /// One file in zstd; never a module.
    Zstd,
    /// tar without compression.
    Tar,
    /// tar in bzip2.
    TarBzip2,
    /// tar in gzip.
    TarGzip,
    /// tar in xz.
    TarXz,
    /// tar in zstd.
    TarZstd,
    /// zip.
    Zip,
}

impl ArchiveKind {
    /// Whether it holds one file and no tree, so that no module can come out of it.
    pub fn is_single_file(self) -> bool {
        match self {
            Self::Bzip2 | Self::Gzip | Self::Xz | Self::Zstd => true,
            Self::Tar
            | Self::TarBzip2
            | Self::TarGzip
            | Self::TarXz
            | Self::TarZstd
            | Self::Zip => false,
        }
    }
}

/// Which fetch of a chain it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Hop {
    /// The address of a source or of a registry's answer.
    First,
    /// An address that a package URL answered with.
    Nested,
}

/// How an address was unpacked, or was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ArchiveHow {
    /// The `archive` parameter names the kind.
    Parameter,
    /// The path ends in the kind.
    Suffix,
    /// The `archive` parameter says no, or names no kind, which is the same.
    DisabledByParameter,
    /// Nothing says anything.
    None,
}

/// What an address says about its archive.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArchiveChoice {
    /// The kind; `None` means that a directory is asked for.
    pub kind: Option<ArchiveKind>,
    /// What decided it.
    pub how: ArchiveHow,
    /// The value of the `archive` parameter, unless it is empty.
    pub parameter: Option<String>,
    /// The address the getter sees: without `archive` and `checksum`, the query written anew.
    pub stripped: PackageAddr,
}

/// Decides what a package address is unpacked as.
pub fn archive_choice(package: &PackageAddr, hop: Hop) -> Result<ArchiveChoice, UrlError> {
    let mut url = package.url()?;
    let mut query = url.query();
    let parameter = query.first("archive").filter(|value| !value.is_empty());
    let (kind, how) = match &parameter {
        Some(name) => match kind_named(name, hop) {
            Some(kind) => (Some(kind), ArchiveHow::Parameter),
            None => (None, ArchiveHow::DisabledByParameter),
        },
        None => match kind_of_path(&url.path, hop) {
            Some(kind) => (Some(kind), ArchiveHow::Suffix),
            None => (None, ArchiveHow::None),
        },
    };
    if parameter.is_some() {
        query.remove("archive");
    }
    query.remove("checksum");
    url.raw_query = query.encode();
    let stripped = match package.forced_getter() {
        Some(getter) => format!("{getter}::{url}"),
        None => url.to_string(),
    };
    Ok(ArchiveChoice {
        kind,
        how,
        parameter,
        stripped: PackageAddr::from_normalised(stripped),
    })
}

/// Names that every fetch knows.
const COMMON: [(&str, ArchiveKind); 11] = [
    ("bz2", ArchiveKind::Bzip2),
    ("gz", ArchiveKind::Gzip),
    ("xz", ArchiveKind::Xz),
    ("tbz2", ArchiveKind::TarBzip2),
    ("tar.bz2", ArchiveKind::TarBzip2),
    ("tar.tbz2", ArchiveKind::TarBzip2),
    ("tgz", ArchiveKind::TarGzip),
    ("tar.gz", ArchiveKind::TarGzip),
    ("txz", ArchiveKind::TarXz),
    ("tar.xz", ArchiveKind::TarXz),
    ("zip", ArchiveKind::Zip),
];

/// Names that only a nested fetch knows.
const NESTED: [(&str, ArchiveKind); 4] = [
    ("tar", ArchiveKind::Tar),
    ("tar.zst", ArchiveKind::TarZstd),
    ("tzst", ArchiveKind::TarZstd),
    ("zst", ArchiveKind::Zstd),
];

fn names(hop: Hop) -> impl Iterator<Item = (&'static str, ArchiveKind)> {
    let nested: &[(&str, ArchiveKind)] = match hop {
        Hop::First => &[],
        Hop::Nested => &NESTED,
    };
    COMMON.iter().chain(nested).copied()
}

fn kind_named(name: &str, hop: Hop) -> Option<ArchiveKind> {
    names(hop)
        .find(|(known, _)| *known == name)
        .map(|(_, kind)| kind)
}

fn kind_of_path(path: &[u8], hop: Hop) -> Option<ArchiveKind> {
    names(hop)
        .filter(|(name, _)| {
            path.strip_suffix(name.as_bytes())
                .is_some_and(|before| before.ends_with(b"."))
        })
        .max_by_key(|(name, _)| name.len())
        .map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::{ArchiveHow, ArchiveKind, Hop, archive_choice};
    use crate::addr::package::PackageAddr;

    fn choice(text: &str, hop: Hop) -> (Option<ArchiveKind>, ArchiveHow, String) {
        let package = PackageAddr::from_normalised(text.to_owned());
        let choice = archive_choice(&package, hop).expect("a URL");
        (choice.kind, choice.how, choice.stripped.to_string())
    }

    #[test]
    fn the_longest_suffix_of_the_decoded_path_counts() {
        for (text, kind) in [
            ("https://h/x.tar.gz", Some(ArchiveKind::TarGzip)),
            ("https://h/x.gz", Some(ArchiveKind::Gzip)),
            ("https://h/x.zip?a=x.tgz", Some(ArchiveKind::Zip)),
            ("https://h/x%2Etar.bz2", Some(ArchiveKind::TarBzip2)),
            ("https://h/x.tbz2", Some(ArchiveKind::TarBzip2)),
            ("https://h/x.zip#part", Some(ArchiveKind::Zip)),
            ("https://h/.zip", Some(ArchiveKind::Zip)),
            ("https://h/X.TAR.GZ", None),
            ("https://h/zip", None),
            ("https://h/x.zip/y", None),
            ("https://h/x?file=x.zip", None),
            ("https://h/x.tar", None),
        ] {
            assert_eq!(choice(text, Hop::First).0, kind, "{text}");
        }
    }

    #[test]
    fn a_parameter_beats_the_suffix_even_when_it_is_nonsense() {
        for (text, kind, how) in [
            (
                "https://h/x?archive=tgz",
                Some(ArchiveKind::TarGzip),
                ArchiveHow::Parameter,
            ),
            (
                "https://h/x.tgz?archive=zip",
                Some(ArchiveKind::Zip),
                ArchiveHow::Parameter,
            ),
            (
                "https://h/x?archive=tgz&archive=zip",
                Some(ArchiveKind::TarGzip),
                ArchiveHow::Parameter,
            ),
            (
                "https://h/x.zip?archive=false",
                None,
                ArchiveHow::DisabledByParameter,
            ),
            (
                "https://h/x.zip?archive=0",
                None,
                ArchiveHow::DisabledByParameter,
            ),
            (
                "https://h/x.zip?archive=true",
                None,
                ArchiveHow::DisabledByParameter,
            ),
            (
                "https://h/x.zip?archive=TAR.GZ",
                None,
                ArchiveHow::DisabledByParameter,
            ),
            (
                "https://h/x.zip?archive=.zip",
                None,
                ArchiveHow::DisabledByParameter,
            ),
            (
                "https://h/x.zip?archive=",
                Some(ArchiveKind::Zip),
                ArchiveHow::Suffix,
            ),
            (
                "https://h/x.zip?Archive=tgz",
                Some(ArchiveKind::Zip),
                ArchiveHow::Suffix,
            ),
            (
                "https://h/x?archive=tar.gz//*",
                None,
                ArchiveHow::DisabledByParameter,
            ),
            ("https://h/x", None, ArchiveHow::None),
        ] {
            let (found, why, _) = choice(text, Hop::First);
            assert_eq!((found, why), (kind, how), "{text}");
        }
    }

    #[test]
    fn what_the_getter_sees_is_written_anew() {
        for (text, expected) in [
            (
                "https://h/get.tgz?b=2&a=%7E1&c=x%20y&archive=tgz",
                "https://h/get.tgz?a=~1&b=2&c=x+y",
            ),
            ("https://h/x?archive=tgz&archive=zip", "https://h/x"),
            ("https://h/x.zip?archive=", "https://h/x.zip?archive="),
            (
                "https://h/x.zip?checksum=md5:00&a=*",
                "https://h/x.zip?a=%2A",
            ),
            ("https://h/a b.zip?x=%zz&b=1;2", "https://h/a%20b.zip"),
            ("https://h/x.zip?checksum=&a=1", "https://h/x.zip?a=1"),
            (
                "git::https://h/r.git?ref=a b",
                "git::https://h/r.git?ref=a+b",
            ),
            ("http::HTTP://h/x.tgz", "http::http://h/x.tgz"),
        ] {
            assert_eq!(choice(text, Hop::First).2, expected, "{text}");
        }
        let package =
            PackageAddr::from_normalised("git::ssh://git@github.com%2Forg/repo".to_owned());
        assert!(archive_choice(&package, Hop::First).is_err());
    }

    #[test]
    fn a_nested_fetch_knows_more_kinds() {
        for (text, kind) in [
            ("https://h/x.tar", ArchiveKind::Tar),
            ("https://h/x.tar.zst", ArchiveKind::TarZstd),
            ("https://h/x.tzst", ArchiveKind::TarZstd),
            ("https://h/x.zst", ArchiveKind::Zstd),
            ("https://h/x?archive=tar", ArchiveKind::Tar),
            ("https://h/x.zip", ArchiveKind::Zip),
        ] {
            assert_eq!(choice(text, Hop::Nested).0, Some(kind), "{text}");
        }
        assert_eq!(
            choice("https://h/x?archive=tar", Hop::First).1,
            ArchiveHow::DisabledByParameter
        );
    }
}
