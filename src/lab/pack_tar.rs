//! Writes tar files block by block.
//!
//! It checks nothing: a name may leave the folder, a link may have content, a header may be of no known kind.

use super::archives::{Archive, Dialect};
use super::entries::{Entry, Kind, Pairs};
use super::placeholders::Placeholders;

/// The time of every entry: the beginning of 2020.
const MTIME: usize = 1_577_836_800;
const POSIX_MAGIC: [u8; 8] = *b"ustar\x0000";
const GNU_MAGIC: [u8; 8] = *b"ustar  \0";
const NAME_LENGTH: usize = 100;
const PREFIX_LENGTH: usize = 155;

/// The tar file of `archive` with `entries` in it.
pub(super) fn pack_tar(archive: &Archive, entries: &[Entry], values: &Placeholders) -> Vec<u8> {
    let mut out = Vec::new();
    for entry in entries {
        pack_entry(&mut out, archive.dialect, entry, values);
    }
    if archive.end {
        out.resize(out.len() + 1024, 0);
    }
    out
}

fn pack_entry(out: &mut Vec<u8>, dialect: Option<Dialect>, entry: &Entry, values: &Placeholders) {
    let kind = entry.kind();
    let name = values.expand(&entry.path).into_bytes();
    let link = entry
        .symlink
        .as_deref()
        .or(entry.hardlink.as_deref())
        .unwrap_or("");
    let data = match kind {
        Kind::Global => records(entry.global.as_ref().or(entry.records.as_ref())),
        Kind::Pax => records(entry.pax.as_ref().or(entry.records.as_ref())),
        Kind::File
        | Kind::Hardlink
        | Kind::Symlink
        | Kind::Char
        | Kind::Block
        | Kind::Dir
        | Kind::Fifo
        | Kind::Contiguous => entry.text.render(values),
    };
    if kind != Kind::Pax
        && let Some(pax) = &entry.pax
    {
        extension(
            out,
            b"PaxHeaders.0/x",
            b'x',
            &records(Some(pax)),
            POSIX_MAGIC,
        );
    }
    let (prefix, name) = long_name(out, dialect, &name);
    let sized = matches!(
        kind,
        Kind::File | Kind::Contiguous | Kind::Global | Kind::Pax
    ) || entry.flag.is_some();
    let data = if sized { data } else { Vec::new() };
    let header = Header {
        name,
        prefix,
        link: values.expand(link).into_bytes(),
        flag: entry.flag.unwrap_or(type_flag(kind)),
        mode: entry.mode(),
        size: data.len(),
        magic: if dialect == Some(Dialect::Gnu) {
            GNU_MAGIC
        } else {
            POSIX_MAGIC
        },
    };
    out.extend(header.block());
    padded(out, &data);
}

/// Writes what a name that is too long needs beforehand; returns the prefix and the name of the header.
fn long_name(out: &mut Vec<u8>, dialect: Option<Dialect>, name: &[u8]) -> (Vec<u8>, Vec<u8>) {
    if name.len() <= NAME_LENGTH {
        return (Vec::new(), name.to_vec());
    }
    let whole = || {
        let mut data = Vec::new();
        record(&mut data, b"path", name);
        data
    };
    match dialect {
        Some(Dialect::Gnu) => {
            extension(
                out,
                b"././@LongLink",
                b'L',
                &[name, b"\0"].concat(),
                GNU_MAGIC,
            );
        }
        Some(Dialect::Ustar) => match split(name) {
            Some((prefix, name)) => return (prefix.to_vec(), name.to_vec()),
            None => extension(out, b"PaxHeaders.0/long", b'x', &whole(), POSIX_MAGIC),
        },
        Some(Dialect::Pax) | None => {
            extension(out, b"PaxHeaders.0/long", b'x', &whole(), POSIX_MAGIC);
        }
    }
    (Vec::new(), name.iter().copied().take(NAME_LENGTH).collect())
}

/// A long path as prefix and name, where a slash is at the right place.
fn split(name: &[u8]) -> Option<(&[u8], &[u8])> {
    let fits =
        |at: &usize| *at <= PREFIX_LENGTH && (1..=NAME_LENGTH).contains(&(name.len() - at - 1));
    let slashes = name
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'/')
        .map(|(at, _)| at);
    let at = slashes.into_iter().find(fits)?;
    Some((name.get(..at)?, name.get(at + 1..)?))
}

struct Header {
    name: Vec<u8>,
    prefix: Vec<u8>,
    link: Vec<u8>,
    flag: u8,
    mode: u32,
    size: usize,
    magic: [u8; 8],
}

impl Header {
    fn block(&self) -> Vec<u8> {
        let mode = usize::try_from(self.mode).unwrap_or(0);
        let before = [
            field(&self.name, NAME_LENGTH),
            octal(mode, 8),
            octal(0, 8),
            octal(0, 8),
            octal(self.size, 12),
            octal(MTIME, 12),
        ]
        .concat();
        let after = [
            vec![self.flag],
            field(&self.link, NAME_LENGTH),
            self.magic.to_vec(),
            field(b"root", 32),
            field(b"root", 32),
            octal(0, 8),
            octal(0, 8),
            field(&self.prefix, PREFIX_LENGTH),
            vec![0; 12],
        ]
        .concat();
        // The sum is taken with spaces in its own place.
        let sum = before
            .iter()
            .chain(&after)
            .map(|byte| usize::from(*byte))
            .sum::<usize>()
            + 8 * 32;
        [before, format!("{sum:06o}\0 ").into_bytes(), after].concat()
    }
}

fn extension(out: &mut Vec<u8>, name: &[u8], flag: u8, data: &[u8], magic: [u8; 8]) {
    let (prefix, link) = (Vec::new(), Vec::new());
    let header = Header {
        name: name.to_vec(),
        prefix,
        link,
        flag,
        mode: 0o644,
        size: data.len(),
        magic,
    };
    out.extend(header.block());
    padded(out, data);
}

fn padded(out: &mut Vec<u8>, data: &[u8]) {
    out.extend(data);
    out.resize(out.len().next_multiple_of(512), 0);
}

fn field(value: &[u8], width: usize) -> Vec<u8> {
    let mut field: Vec<u8> = value.iter().copied().take(width).collect();
    field.resize(width, 0);
    field
}

fn octal(number: usize, width: usize) -> Vec<u8> {
    let digits = width - 1;
    field(format!("{number:0digits$o}\0").as_bytes(), width)
}

fn type_flag(kind: Kind) -> u8 {
    match kind {
        Kind::File => b'0',
        Kind::Hardlink => b'1',
        Kind::Symlink => b'2',
        Kind::Char => b'3',
        Kind::Block => b'4',
        Kind::Dir => b'5',
        Kind::Fifo => b'6',
        Kind::Contiguous => b'7',
        Kind::Global => b'g',
        Kind::Pax => b'x',
    }
}

fn records(pairs: Option<&Pairs>) -> Vec<u8> {
    let mut out = Vec::new();
    for (key, value) in pairs.iter().flat_map(|pairs| pairs.given()) {
        record(&mut out, key.as_bytes(), value.as_bytes());
    }
    out
}

/// One pax record; its length counts the digits of itself.
fn record(out: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    let body = [b" ", key, b"=", value, b"\n"].concat();
    let mut length = body.len();
    while length.to_string().len() + body.len() != length {
        length = length.to_string().len() + body.len();
    }
    out.extend(length.to_string().into_bytes());
    out.extend(body);
}

#[cfg(test)]
mod tests {
    use super::pack_tar;
    use crate::lab::archives::Archive;
    use crate::lab::placeholders::Placeholders;

    fn packed(words: &str) -> Vec<u8> {
        let archive: Archive =
            serde_json::from_str(&format!(r#"{{"format": "tar", {words}}}"#)).expect("words");
        pack_tar(&archive, &archive.entries.0, &Placeholders::default())
    }

    fn listed(bytes: &[u8]) -> Vec<(String, u8, u64, u32)> {
        let mut archive = tar::Archive::new(bytes);
        let row = |entry: std::io::Result<tar::Entry<'_, &[u8]>>| {
            let entry = entry.expect("a valid header");
            let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let header = entry.header();
            (
                path,
                header.as_bytes()[156],
                entry.size(),
                header.mode().expect("a mode"),
            )
        };
        archive.entries().expect("entries").map(row).collect()
    }

    #[test]
    fn entries_of_every_kind_are_read_back() {
        let bytes = packed(
            r#""entries": [{"path": "d/"}, {"path": "d/a", "text": "abc", "mode": "600"},
               {"path": "l", "symlink": "d/a"}, {"path": "h", "hardlink": "d/a"}, {"path": "f", "type": "fifo"},
               {"path": "c", "type": "char"}, {"path": "o", "type": "contiguous", "text": "x"},
               {"path": "v", "flag": "V", "text": "xy"}, {"path": "n", "flag": "\u0000", "text": ""}]"#,
        );
        let row = |path: &str, flag, size, mode| (path.to_owned(), flag, size, mode);
        let wanted = [
            row("d/", b'5', 0, 0o755),
            row("d/a", b'0', 3, 0o600),
            row("l", b'2', 0, 0o777),
            row("h", b'1', 0, 0o644),
            row("f", b'6', 0, 0o644),
            row("c", b'3', 0, 0o644),
            row("o", b'7', 1, 0o644),
            row("v", b'V', 2, 0o644),
            row("n", 0, 0, 0o644),
        ];
        assert_eq!(listed(&bytes), wanted);
        assert_eq!(bytes.len() % 512, 0);
        assert!(bytes.ends_with(&[0; 1024]));
    }

    #[test]
    fn long_names_survive_in_every_dialect() {
        let name = format!("{}/{}", "d".repeat(90), "f".repeat(90));
        for dialect in ["gnu", "ustar", "pax"] {
            let bytes = packed(&format!(
                r#""dialect": "{dialect}", "entries": {{"{name}": "x"}}"#
            ));
            assert_eq!(
                listed(&bytes),
                [(name.clone(), b'0', 1, 0o644)],
                "{dialect}"
            );
        }
        let unsplittable = "f".repeat(150);
        let bytes = packed(&format!(
            r#""dialect": "ustar", "entries": {{"{unsplittable}": "x"}}"#
        ));
        assert_eq!(listed(&bytes), [(unsplittable, b'0', 1, 0o644)]);
    }

    #[test]
    fn pax_records_count_their_own_length() {
        let bytes = packed(r#""entries": [{"path": "x", "text": "a", "pax": {"path": "real"}}]"#);
        assert_eq!(listed(&bytes), [("real".to_owned(), b'0', 1, 0o644)]);
        assert_eq!(bytes[512..525], *b"13 path=real\n");
        let bytes =
            packed(r#""entries": [{"path": "pax_global_header", "global": {"comment": "c"}}]"#);
        assert_eq!(bytes[512..526], *b"13 comment=c\n\0");
        assert_eq!(bytes[156], b'g');
    }

    #[test]
    fn the_end_can_be_left_out() {
        assert_eq!(packed(r#""end": false, "entries": {"a": "x"}"#).len(), 1024);
    }
}
