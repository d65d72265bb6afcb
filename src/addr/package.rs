//! Package addresses: what is fetched, and the directory in it.
//!
//! Never fetches and never sniffs: the archive type is a matter of the address alone.
//! Surprises: the first `//` behind the scheme ends the package, wherever it stands, and the query moves in front of it;
//! an `archive` parameter the client does not know turns unpacking off, even for a path that ends in `.zip`; before
//! anything is fetched the query is sorted and written anew.
//! See <https://developer.hashicorp.com/terraform/language/modules/sources#fetching-archives-over-http>.

use std::fmt;

use crate::addr::query::Query;
use crate::addr::url::{GoUrl, UrlError};

/// The normalised address of a package: two calls with the same one share one fetch.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PackageAddr(String);

/// A directory in a package.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RemoteAddr {
    /// The package.
    pub package: PackageAddr,
    /// The directory in it, cleaned; `None` for the package itself.
    pub subdir: Option<String>,
}

impl PackageAddr {
    /// Takes an address that is normalised already.
    pub fn from_normalised(text: String) -> Self {
        Self(text)
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The getter the address demands with `NAME::`.
    pub fn forced_getter(&self) -> Option<&str> {
        split_forced(&self.0).0
    }

    /// The address without the getter it demands.
    pub fn inner(&self) -> &str {
        split_forced(&self.0).1
    }

    /// The address without getter, as a URL; a normalised address need not be one.
    pub fn url(&self) -> Result<GoUrl, UrlError> {
        GoUrl::parse(self.inner())
    }

    /// The value of the `checksum` parameter; the client takes an empty one for none.
    pub fn checksum(&self) -> Option<String> {
        let (_, query) = self.inner().split_once('?')?;
        let query = query.split('#').next().unwrap_or_default();
        Query::parse(query)
            .first("checksum")
            .filter(|value| !value.is_empty())
    }
}

impl fmt::Display for PackageAddr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl RemoteAddr {
    /// The address as clients before Terraform 1.4 record it, the directory behind the query.
    pub fn with_subdir_last(&self) -> String {
        match &self.subdir {
            Some(subdir) => format!("{}//{subdir}", self.package),
            None => self.package.to_string(),
        }
    }

    /// The same package and the directory that a caller of it named on top.
    pub fn below(&self, subdir: Option<&str>) -> Self {
        Self {
            package: self.package.clone(),
            subdir: join_subdirs(self.subdir.as_deref(), subdir),
        }
    }
}

impl fmt::Display for RemoteAddr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(subdir) = &self.subdir else {
            return formatter.write_str(self.package.as_str());
        };
        match self.package.as_str().split_once('?') {
            Some((package, query)) => write!(formatter, "{package}//{subdir}?{query}"),
            None => write!(formatter, "{}//{subdir}", self.package),
        }
    }
}

/// Splits an address into package and cleaned sub-directory; the query stays with the package.
pub fn split_subdir(text: &str) -> (String, Option<String>) {
    let query_at = text.find('?').unwrap_or(text.len());
    let (before, query) = text.split_at(query_at);
    let offset = before.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = before.split_at(offset);
    match rest.split_once("//") {
        Some((package, subdir)) => {
            let subdir = Some(subdir)
                .filter(|subdir| !subdir.is_empty())
                .map(clean_path);
            (format!("{scheme}{package}{query}"), subdir)
        }
        None => (text.to_owned(), None),
    }
}

/// Splits off a getter that is demanded with `NAME::`.
pub fn split_forced(text: &str) -> (Option<&str>, &str) {
    match text.split_once("::") {
        // The client's pattern does not reach across line breaks.
        Some((name, rest))
            if !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
                && !rest.is_empty()
                && !rest.contains('\n') =>
        {
            (Some(name), rest)
        }
        Some(_) | None => (None, text),
    }
}

/// The directory that the second names below the first; either may be absent.
pub fn join_subdirs(first: Option<&str>, second: Option<&str>) -> Option<String> {
    match (first, second) {
        (Some(first), Some(second)) => Some(clean_path(&format!("{first}/{second}"))),
        (Some(one), None) | (None, Some(one)) => Some(one.to_owned()),
        (None, None) => None,
    }
}

/// The shortest form of a path, found without looking at a disk.
pub fn clean_path(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    for element in path.split('/') {
        match (element, kept.last()) {
            ("" | ".", _) => {}
            ("..", Some(last)) if *last != ".." => {
                kept.pop();
            }
            ("..", None) if rooted => {}
            _ => kept.push(element),
        }
    }
    let joined = kept.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::{PackageAddr, RemoteAddr, clean_path, join_subdirs, split_forced, split_subdir};
    use proptest::prelude::{ProptestConfig, proptest};

    fn split(text: &str) -> (String, String) {
        let (package, subdir) = split_subdir(text);
        (package, subdir.unwrap_or_else(|| "-".to_owned()))
    }

    #[test]
    fn the_first_double_slash_behind_the_scheme_splits() {
        for (text, package, subdir) in [
            ("https://h/a.zip//sub?x=1", "https://h/a.zip?x=1", "sub"),
            ("https://h//pkg//sg.zip", "https://h", "pkg/sg.zip"),
            (
                "https://h/a?url=https://x//y",
                "https://h/a?url=https://x//y",
                "-",
            ),
            ("git::ssh://git@h/o/r//a//b", "git::ssh://git@h/o/r", "a/b"),
            ("a/b/c//a/./x/../y/", "a/b/c", "a/y"),
            ("P//", "P", "-"),
            ("P//?q", "P?q", "-"),
            ("P//.", "P", "."),
            ("P///sub", "P", "/sub"),
            ("P#x//y", "P#x", "y"),
            ("///", "", "/"),
            ("P//../x", "P", "../x"),
        ] {
            assert_eq!(
                split(text),
                (package.to_owned(), subdir.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn a_getter_is_forced_by_letters_and_digits() {
        assert_eq!(split_forced("git::https://h"), (Some("git"), "https://h"));
        assert_eq!(split_forced("GIT::x::y"), (Some("GIT"), "x::y"));
        for text in ["git::", "::x", "g-t::x", "git:x", "git::a\nb"] {
            assert_eq!(split_forced(text), (None, text));
        }
        let package = PackageAddr::from_normalised("git::https://h/r.git?ref=x".to_owned());
        assert_eq!(package.forced_getter(), Some("git"));
        assert_eq!(package.inner(), "https://h/r.git?ref=x");
    }

    #[test]
    fn the_directory_is_written_in_front_of_the_query() {
        let address = RemoteAddr {
            package: PackageAddr::from_normalised("git::https://h/r.git?ref=x".to_owned()),
            subdir: Some("a/b".to_owned()),
        };
        assert_eq!(address.to_string(), "git::https://h/r.git//a/b?ref=x");
        assert_eq!(
            address.with_subdir_last(),
            "git::https://h/r.git?ref=x//a/b"
        );
        assert_eq!(address.below(Some("..")).subdir, Some("a".to_owned()));
    }

    #[test]
    fn directories_are_joined_and_cleaned() {
        assert_eq!(
            join_subdirs(Some("sub"), Some("deep")),
            Some("sub/deep".to_owned())
        );
        assert_eq!(
            join_subdirs(Some("sub/deep"), Some("..")),
            Some("sub".to_owned())
        );
        assert_eq!(join_subdirs(None, Some("*")), Some("*".to_owned()));
        assert_eq!(join_subdirs(None, None), None);
        for (path, expected) in [
            ("", "."),
            ("a//b/../c/.", "a/c"),
            ("../../a", "../../a"),
            ("a/../../b", "../b"),
            ("/../a", "/a"),
            ("/", "/"),
            ("./", "."),
            (".../x", ".../x"),
        ] {
            assert_eq!(clean_path(path), expected, "{path}");
        }
    }

    #[test]
    fn a_checksum_is_taken_from_the_query() {
        let checksum = |text: &str| PackageAddr::from_normalised(text.to_owned()).checksum();
        assert_eq!(
            checksum("https://h/a.zip?checksum=md5:abc&x=1"),
            Some("md5:abc".to_owned())
        );
        assert_eq!(
            checksum("https://h/a.zip?checksum=file:https://h/s%3Fx"),
            Some("file:https://h/s?x".to_owned())
        );
        assert_eq!(checksum("https://h/a.zip?checksum="), None);
        assert_eq!(checksum("https://h/a.zip"), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn a_written_address_splits_into_its_parts(text in "[a-z:/?.*]{0,20}") {
            let (package, subdir) = split_subdir(&text);
            let address = RemoteAddr { package: PackageAddr::from_normalised(package), subdir };
            let (again, below) = split_subdir(&address.to_string());
            if address.subdir.is_some() && !address.package.as_str().contains("//") {
                assert_eq!((again.as_str(), below), (address.package.as_str(), address.subdir.clone()));
            }
        }
    }
}
