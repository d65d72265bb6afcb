//! A list of checksums: which line is for the archive.
//!
//! Never fetches it. What is no list is not refused, as the client does not refuse it either; only lines that it can read count.

use crate::stages::checksum::Checksum;
use crate::stages::checksum::ChecksumFault;
use crate::stages::checksum::by_kind;
use crate::stages::checksum::by_length;

/// What becomes of a last line without an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastLine {
    /// It is read like the others.
    Read,
    /// It is not read.
    NeedsEnd,
}

/// Names under which a list may have the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedNames(Vec<String>);

impl ListedNames {
    /// Names of the archive at path `archive` in a list at path `list`, both as in their addresses, decoded.
    pub fn of(archive: &str, list: &str) -> Self {
        let base = base(archive);
        let absolute = clean(archive);
        let mut names = vec![
            base.to_owned(),
            format!("*{base}"),
            format!("?{base}"),
            absolute.clone(),
        ];
        let list = clean(list);
        if list.starts_with('/') && absolute.starts_with('/') {
            let folder = list.rsplit_once('/').map_or("", |(folder, _)| folder);
            let relative = relative(folder, &absolute);
            names.push(format!("./{relative}"));
            names.push(relative);
        }
        names.retain(|name| !name.is_empty());
        Self(names)
    }
}

/// Last part of a path.
fn base(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" if path.is_empty() => ".",
        "" => "/",
        trimmed => trimmed.rsplit_once('/').map_or(trimmed, |(_, last)| last),
    }
}

/// A path without `.`, `..` and doubled slashes.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            other => parts.push(other),
        }
    }
    let joined = parts.join("/");
    if rooted { format!("/{joined}") } else { joined }
}

/// The way from one folder to a path, both clean and from the root.
fn relative(folder: &str, path: &str) -> String {
    let parts = |path: &str| {
        path.split('/')
            .filter(|part| !part.is_empty())
            .map(ToOwned::to_owned)
            .collect::<Vec<_>>()
    };
    let (from, to) = (parts(folder), parts(path));
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let ups = std::iter::repeat_n("..", from.len() - common);
    let way: Vec<&str> = ups
        .chain(to.iter().skip(common).map(String::as_str))
        .collect();
    if way.is_empty() {
        ".".to_owned()
    } else {
        way.join("/")
    }
}

/// The first digest in a list that is for one of the names, or for any name.
///
/// `address` is that of the list.
pub fn listed(
    list: &[u8],
    last: LastLine,
    names: &ListedNames,
    address: &str,
) -> Result<Checksum, ChecksumFault> {
    let not_listed = || ChecksumFault::NotListed {
        list: address.to_owned(),
    };
    let end = match last {
        LastLine::Read => list.len(),
        LastLine::NeedsEnd => list
            .iter()
            .rposition(|byte| *byte == b'\n')
            .unwrap_or_default(),
    };
    let whole = list.get(..end).unwrap_or_default();
    for line in whole.split(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(line);
        if let Some((checksum, name)) = list_line(&line)
            && name.is_none_or(|name| names.0.contains(&name))
        {
            return Ok(checksum);
        }
    }
    Err(not_listed())
}

/// Digest and name of a line, if it is one; without a name it is for any.
fn list_line(line: &str) -> Option<(Checksum, Option<String>)> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    match fields.as_slice() {
        [] => None,
        [kind, name, _, value] => {
            let name = name
                .strip_prefix('(')?
                .strip_suffix(')')
                .filter(|name| !name.is_empty())?;
            Some((by_kind(kind, value).ok()?, Some(name.to_owned())))
        }
        [value, name] => Some((by_length(value).ok()?, Some((*name).to_owned()))),
        [value, ..] => Some((by_length(value).ok()?, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::checksum::DigestKind;

    const MD5_OF_A: &str = "0cc175b9c0f1b6a831c399e269772661";
    const SHA1_OF_A: &str = "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8";

    #[test]
    fn a_list_is_read_line_by_line_until_a_name_fits() {
        let names = ListedNames::of("/pkg/a/sg.tgz", "/pkg/SUMS");
        let found = |list: &str| {
            listed(list.as_bytes(), LastLine::Read, &names, "U").map(|checksum| checksum.kind)
        };
        for name in [
            "sg.tgz",
            "*sg.tgz",
            "?sg.tgz",
            "a/sg.tgz",
            "./a/sg.tgz",
            "/pkg/a/sg.tgz",
        ] {
            assert_eq!(
                found(&format!("{MD5_OF_A}  {name}\n")),
                Ok(DigestKind::Md5),
                "{name}"
            );
        }
        assert_eq!(
            found(&format!("SHA1 (sg.tgz) = {SHA1_OF_A}\n")),
            Ok(DigestKind::Sha1)
        );
        assert_eq!(
            found(&format!("# a comment of words\nzz  sg.tgz\n\n{MD5_OF_A}\n")),
            Ok(DigestKind::Md5)
        );
        assert_eq!(
            found(&format!("{MD5_OF_A}  other\n{SHA1_OF_A}  sg.tgz\n")),
            Ok(DigestKind::Sha1)
        );
        assert!(found(&format!("{MD5_OF_A}  other\n")).is_err());
        assert!(found(&format!("SHA1 () = {SHA1_OF_A}\n")).is_err());
        let last = format!("{MD5_OF_A}  sg.tgz");
        assert_eq!(found(&last), Ok(DigestKind::Md5));
        let unread = listed(last.as_bytes(), LastLine::NeedsEnd, &names, "U");
        assert_eq!(
            unread.map_err(|fault| fault.client_text()),
            Err("invalid checksum: no checksum found in: U".to_owned())
        );
    }

    #[test]
    fn paths_are_cleaned_before_they_are_compared() {
        assert_eq!(relative("/a/b", "/a/c/d"), "../c/d");
        assert_eq!(relative("", "/a"), "a");
        assert_eq!(clean("/a//./b/../c"), "/a/c");
        assert_eq!((base("/a/b/"), base("/"), base("")), ("b", "/", "."));
    }
}
