//! Names of entries: what is done with one, and what is odd about it.
//!
//! Pure; nothing here touches a disk. Whether a name is taken by a file or a directory is known from the entries seen
//! before, never from what the disk answers, so that the verdict is the same on every file system.

#![deny(clippy::indexing_slicing)]

use std::collections::HashMap;

use crate::stages::unpack_fold::{folded, illegal};
use crate::trace::archive::{EntryKind, Remark, UnpackLimits};
use crate::trace::archive_stop::{ArchiveStop, Call, LimitName};

/// What an entry asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Name as found.
    pub name: Vec<u8>,
    /// Kind as found.
    pub kind: EntryKind,
    /// Whether the client makes a directory of it.
    pub directory: bool,
    /// Permission bits as found, with setuid, setgid and sticky.
    pub mode: u32,
    /// Size of the file as stated, holes included.
    pub size: u64,
    /// Target, if it is a link and the archive keeps the target in the header.
    pub link: Option<Vec<u8>>,
    /// What the client is doing when it meets a file in place of a parent directory.
    pub parents_by: Call,
}

/// What is done with an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Write a plain file.
    Write(Vec<Vec<u8>>),
    /// Make a directory; the destination itself if the path is empty.
    MakeDirectory(Vec<Vec<u8>>),
    /// End the unpacking.
    Refuse(ArchiveStop),
}

/// Decides what is done with an entry, given those before it.
pub fn plan(asked: &Asked, limits: &UnpackLimits, seen: &Seen) -> Plan {
    match judge(asked, limits, seen) {
        Ok(path) if asked.directory => Plan::MakeDirectory(path),
        Ok(path) => Plan::Write(path),
        Err(stop) => Plan::Refuse(stop),
    }
}

fn judge(asked: &Asked, limits: &UnpackLimits, seen: &Seen) -> Result<Vec<Vec<u8>>, ArchiveStop> {
    let name = &asked.name;
    if has_parent(name) {
        return Err(ArchiveStop::ParentInName { name: name.clone() });
    }
    let path: Vec<Vec<u8>> = components(name).map(<[u8]>::to_vec).collect();
    let call = if asked.directory || path.len() > 1 {
        Call::Mkdir
    } else {
        Call::Open
    };
    if name.contains(&0) {
        return Err(ArchiveStop::NulInName {
            name: name.clone(),
            call,
        });
    }
    let longest = path.iter().map(Vec::len).max().unwrap_or(0);
    for (got, limit) in [(name.len(), limits.name), (longest, limits.component)] {
        if got > limit {
            return Err(ArchiveStop::NameTooLong {
                name: name.clone(),
                got,
                limit,
                call,
            });
        }
    }
    if path.len() > limits.depth {
        return Err(ArchiveStop::TooDeep {
            name: name.clone(),
            got: path.len(),
            limit: limits.depth,
        });
    }
    if !asked.directory && asked.size > limits.file_bytes {
        let name = if asked.kind == EntryKind::Sparse {
            LimitName::SparseBytes
        } else {
            LimitName::FileBytes
        };
        return Err(ArchiveStop::Limit {
            name,
            number: limits.file_bytes,
        });
    }
    if asked.directory {
        no_file_on(&path, path.len(), Call::Mkdir, seen)?;
    } else {
        if path.is_empty() {
            return Err(ArchiveStop::NamesDestination { name: name.clone() });
        }
        no_file_on(&path, path.len() - 1, asked.parents_by, seen)?;
        if seen.is_file(&path) == Some(false) {
            return Err(ArchiveStop::DirectoryInTheWay {
                path: path.join(&b'/'),
            });
        }
    }
    Ok(path)
}

/// Whether the first `depth` components of the path are free of files.
fn no_file_on(path: &[Vec<u8>], depth: usize, call: Call, seen: &Seen) -> Result<(), ArchiveStop> {
    match seen.first_file(path.iter().take(depth)) {
        None => Ok(()),
        Some(at) => Err(ArchiveStop::FileInTheWay {
            file: path.get(..at).unwrap_or(path).join(&b'/'),
            wanted: path.join(&b'/'),
            call,
        }),
    }
}

/// Whether the client sees a `..` in it, where a backslash separates like a slash.
fn has_parent(name: &[u8]) -> bool {
    name.split(|byte| matches!(byte, b'/' | b'\\'))
        .any(|part| part == b"..")
}

/// The parts of a name that count.
pub(super) fn components(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    name.split(|byte| *byte == b'/')
        .filter(|part| !part.is_empty() && *part != b".")
}

/// The names met so far, as a tree.
#[derive(Debug)]
pub struct Seen {
    nodes: Vec<Node>,
    limit: usize,
}

#[derive(Debug, Default)]
struct Node {
    file: bool,
    // Digest of the last content under this name.
    content: Option<[u8; 32]>,
    children: HashMap<Box<[u8]>, usize>,
    folded: HashMap<Box<[u8]>, Box<[u8]>>,
}

impl Seen {
    /// No names. With the directories that names imply there may be twice as many as entries.
    pub fn new(limits: &UnpackLimits) -> Self {
        let limit = usize::try_from(limits.entries.saturating_mul(2)).unwrap_or(usize::MAX);
        Self {
            nodes: vec![Node::default()],
            limit,
        }
    }

    /// Adds a path with its parents, and tells what is odd about the parts that are new.
    ///
    /// Fails if it implies too many directories.
    pub fn add(&mut self, path: &[Vec<u8>], file: bool) -> Result<Vec<Remark>, ArchiveStop> {
        let mut remarks = Vec::new();
        let mut at = 0;
        for (depth, name) in path.iter().enumerate() {
            if let Some(next) = self.child(at, name) {
                at = next;
                continue;
            }
            let next = self.nodes.len();
            if next > self.limit {
                return Err(ArchiveStop::Limit {
                    name: LimitName::Entries,
                    number: self.limit as u64 / 2,
                });
            }
            let above = path.get(..depth).unwrap_or_default();
            if let Some(why) = illegal(name) {
                remarks.push(Remark::IllegalElsewhere {
                    name: joined(above, name),
                    why,
                });
            }
            if let Some(parent) = self.nodes.get_mut(at) {
                parent.children.insert(name.clone().into(), next);
                let first = parent
                    .folded
                    .entry(folded(name).into())
                    .or_insert_with(|| name.clone().into());
                if **first != **name {
                    remarks.push(Remark::Collides {
                        first: joined(above, first),
                        second: joined(above, name),
                    });
                }
            }
            self.nodes.push(Node {
                file: file && depth + 1 == path.len(),
                ..Node::default()
            });
            at = next;
        }
        Ok(remarks)
    }

    /// Keeps the digest of a file's content and returns that of the file it replaces.
    pub fn replace_content(&mut self, path: &[Vec<u8>], content: [u8; 32]) -> Option<[u8; 32]> {
        let at = self.find(path)?;
        self.nodes.get_mut(at)?.content.replace(content)
    }

    fn child(&self, at: usize, name: &[u8]) -> Option<usize> {
        self.nodes.get(at)?.children.get(name).copied()
    }

    fn find(&self, path: &[Vec<u8>]) -> Option<usize> {
        path.iter().try_fold(0, |at, name| self.child(at, name))
    }

    /// Whether the path is a file; nothing if it is new.
    fn is_file(&self, path: &[Vec<u8>]) -> Option<bool> {
        self.nodes.get(self.find(path)?).map(|node| node.file)
    }

    /// How many components lead to the first file on the way.
    fn first_file<'a>(&self, path: impl Iterator<Item = &'a Vec<u8>>) -> Option<usize> {
        let mut at = 0;
        for (depth, name) in path.enumerate() {
            at = self.child(at, name)?;
            if self.nodes.get(at)?.file {
                return Some(depth + 1);
            }
        }
        None
    }
}

fn joined(above: &[Vec<u8>], name: &[u8]) -> Vec<u8> {
    let mut path = above.join(&b'/');
    if !path.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path
}

/// What is odd about an entry by its name and mode alone.
pub(super) fn remarks_on(asked: &Asked) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let name = || asked.name.clone();
    if asked.name.first() == Some(&b'/') && components(&asked.name).next().is_some() {
        remarks.push(Remark::AbsoluteName { name: name() });
    }
    if matches!(asked.name.as_slice(), [letter, b':', ..] if letter.is_ascii_alphabetic()) {
        remarks.push(Remark::DriveLetter { name: name() });
    }
    if asked.name.contains(&b'\\') {
        remarks.push(Remark::BackslashName { name: name() });
    }
    if asked.kind.is_special() {
        remarks.push(Remark::Special {
            name: name(),
            kind: asked.kind,
        });
    }
    remarks
}

/// What is odd about the permission bits of an entry; those of links and devices are no choice of anybody.
pub(super) fn remarks_on_mode(asked: &Asked) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let (mode, kind) = (asked.mode, asked.kind);
    if kind.is_special() || matches!(kind, EntryKind::Symlink | EntryKind::HardLink) {
        return remarks;
    }
    let name = || asked.name.clone();
    if mode & 0o7000 != 0 {
        remarks.push(Remark::SetId { name: name(), mode });
    }
    if mode & 0o002 != 0 {
        remarks.push(Remark::WorldWritable { name: name(), mode });
    }
    let needed = if asked.directory { 0o500 } else { 0o400 };
    if mode & needed != needed {
        remarks.push(Remark::Unreadable {
            name: name(),
            mode,
            kind,
        });
    }
    remarks
}

/// The remark that a link is lost.
pub(super) fn link_lost(name: &[u8], target: &[u8], kind: EntryKind) -> Remark {
    Remark::LinkLost {
        name: name.to_vec(),
        target: target.to_vec(),
        kind,
        outside: leads_outside(name, target, kind),
        config_file: is_config_file(name),
    }
}

/// Whether a link leads out of the archive. A hard link counts from the root, a symbolic one from its directory.
fn leads_outside(name: &[u8], target: &[u8], kind: EntryKind) -> bool {
    if target.first() == Some(&b'/') {
        return true;
    }
    let mut depth = if kind == EntryKind::HardLink {
        0
    } else {
        components(name).count().saturating_sub(1)
    };
    for part in components(target) {
        if part != b".." {
            depth += 1;
        } else if depth == 0 {
            return true;
        } else {
            depth -= 1;
        }
    }
    false
}

fn is_config_file(name: &[u8]) -> bool {
    let file = components(name).last().unwrap_or_default();
    let suffixes: [&[u8]; 4] = [b".tf", b".tf.json", b".tofu", b".tofu.json"];
    file.first() != Some(&b'.') && suffixes.iter().any(|suffix| file.ends_with(suffix))
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test ends at the first surprise"
)]
mod tests {
    use super::*;

    fn file(name: &[u8]) -> Asked {
        Asked {
            name: name.to_vec(),
            kind: EntryKind::File,
            directory: false,
            mode: 0o644,
            size: 0,
            link: None,
            parents_by: Call::Open,
        }
    }

    fn planned(asked: &Asked) -> Plan {
        let limits = UnpackLimits::default();
        plan(asked, &limits, &Seen::new(&limits))
    }

    fn stop(asked: &Asked, seen: &Seen) -> ArchiveStop {
        match plan(asked, &UnpackLimits::default(), seen) {
            Plan::Refuse(stop) => stop,
            other => panic!("{other:?}"),
        }
    }

    fn path(text: &str) -> Vec<Vec<u8>> {
        text.split('/')
            .map(|part| part.as_bytes().to_vec())
            .collect()
    }

    #[test]
    fn a_name_with_a_parent_is_refused_by_either_separator() {
        for name in [
            "../evil.tf",
            "a/../../evil.tf",
            "./a/b/../../../evil.tf",
            "..",
            "a/..",
            "..\\evil.tf",
            "a\\..",
            "../",
        ] {
            let name = name.as_bytes().to_vec();
            assert_eq!(
                planned(&file(&name)),
                Plan::Refuse(ArchiveStop::ParentInName { name })
            );
        }
    }

    #[test]
    fn two_dots_that_are_no_parent_are_names() {
        for name in ["a..b/x..tf", "...", "..a/main.tf"] {
            assert_eq!(planned(&file(name.as_bytes())), Plan::Write(path(name)));
        }
    }

    #[test]
    fn a_leading_slash_lands_below_and_is_remarked() {
        for name in ["/abs/evil.tf", "//abs/./evil.tf"] {
            assert_eq!(
                planned(&file(name.as_bytes())),
                Plan::Write(path("abs/evil.tf"))
            );
            assert_eq!(
                remarks_on(&file(name.as_bytes())),
                [Remark::AbsoluteName { name: name.into() }]
            );
        }
    }

    #[test]
    fn windows_forms_are_literal_names_and_remarked() {
        assert_eq!(
            planned(&file(b"modules\\a\\main.tf")),
            Plan::Write(vec![b"modules\\a\\main.tf".to_vec()])
        );
        let both = remarks_on(&file(b"C:\\evil.tf"));
        assert!(matches!(
            both.as_slice(),
            [Remark::DriveLetter { .. }, Remark::BackslashName { .. }]
        ));
        assert!(matches!(
            remarks_on(&file(b"\\\\host\\share\\x")).as_slice(),
            [Remark::BackslashName { .. }]
        ));
    }

    #[test]
    fn a_file_that_names_the_destination_is_refused_and_a_directory_is_fine() {
        for name in ["", ".", "./", "/", "./././"] {
            let name = name.as_bytes().to_vec();
            let mut asked = file(&name);
            assert_eq!(
                planned(&asked),
                Plan::Refuse(ArchiveStop::NamesDestination { name })
            );
            asked.directory = true;
            assert_eq!(planned(&asked), Plan::MakeDirectory(vec![]));
            assert_eq!(remarks_on(&asked), []);
        }
    }

    #[test]
    fn a_nul_is_refused_as_the_system_refuses_it() {
        assert!(matches!(
            planned(&file(b"a\0b")),
            Plan::Refuse(ArchiveStop::NulInName { .. })
        ));
    }

    #[test]
    fn each_limit_of_a_name_holds_exactly() {
        let limits = UnpackLimits {
            name: 20,
            component: 5,
            depth: 3,
            file_bytes: 10,
            ..UnpackLimits::default()
        };
        let refused = |name: &str, size| {
            let mut asked = file(name.as_bytes());
            asked.size = size;
            matches!(plan(&asked, &limits, &Seen::new(&limits)), Plan::Refuse(_))
        };
        assert!(
            !refused("aaaa", 9)
                && !refused("aaaaa", 10)
                && refused("aaaaaa", 0)
                && refused("a", 11)
        );
        assert!(!refused("a/a", 0) && !refused("a/a/a", 0) && refused("a/a/a/a", 0));
        let dotted = |count| format!("{}a", "./".repeat(count));
        assert!(
            !refused(&dotted(9), 0)
                && refused(&dotted(10), 0)
                && !refused(&format!("./{}", dotted(8)), 0)
        );
        assert!(
            !refused(&format!("{}aa", "./".repeat(9)), 0)
                && refused(&format!("{}aaa", "./".repeat(9)), 0)
        );
    }

    #[test]
    fn a_file_in_the_way_is_told_with_the_call_of_the_client() {
        let limits = UnpackLimits::default();
        let mut seen = Seen::new(&limits);
        seen.add(&path("a"), true).unwrap();
        seen.add(&path("d/e"), true).unwrap();
        let way = |call, wanted: &str| ArchiveStop::FileInTheWay {
            file: b"a".to_vec(),
            wanted: wanted.into(),
            call,
        };
        assert_eq!(stop(&file(b"a/b/c"), &seen), way(Call::Open, "a/b/c"));
        let mut folder = file(b"a/");
        folder.directory = true;
        assert_eq!(stop(&folder, &seen), way(Call::Mkdir, "a"));
        assert_eq!(
            stop(&file(b"d"), &seen),
            ArchiveStop::DirectoryInTheWay {
                path: b"d".to_vec()
            }
        );
        assert!(matches!(plan(&file(b"a"), &limits, &seen), Plan::Write(_)));
    }

    #[test]
    fn modes_are_remarked_by_what_is_asked_for() {
        let odd = |mode: u32, directory: bool| {
            let mut asked = file(b"x");
            (asked.mode, asked.directory) = (mode, directory);
            remarks_on_mode(&asked).len()
        };
        assert_eq!(
            [
                odd(0o644, false),
                odd(0o755, true),
                odd(0o4755, false),
                odd(0o666, false)
            ],
            [0, 0, 1, 1]
        );
        assert_eq!(
            [
                odd(0o0, false),
                odd(0o600, true),
                odd(0o444, false),
                odd(0o1777, true)
            ],
            [1, 1, 0, 2]
        );
    }

    #[test]
    fn a_link_outside_is_told_from_one_inside() {
        let outside = |name: &str, target: &str, kind| {
            leads_outside(name.as_bytes(), target.as_bytes(), kind)
        };
        assert!(outside("l", "/etc/passwd", EntryKind::Symlink));
        assert!(outside("l", "../../x", EntryKind::Symlink));
        assert!(outside("a/b/l", "../../../x", EntryKind::Symlink));
        assert!(!outside("a/b/l", "../../x", EntryKind::Symlink));
        assert!(outside("a/b/l", "../x", EntryKind::HardLink));
        assert!(!outside("l", "l", EntryKind::Symlink));
        assert!(matches!(
            link_lost(b"vars.tf", b"real/vars.tf", EntryKind::Symlink),
            Remark::LinkLost {
                config_file: true,
                outside: false,
                ..
            }
        ));
    }

    #[test]
    fn implied_directories_are_bounded() {
        let limits = UnpackLimits {
            entries: 3,
            ..UnpackLimits::default()
        };
        let mut seen = Seen::new(&limits);
        assert!(seen.add(&path("a/b/c/d/e"), true).is_ok());
        assert!(seen.add(&path("f"), true).is_ok());
        assert_eq!(
            seen.add(&path("g"), true),
            Err(ArchiveStop::Limit {
                name: LimitName::Entries,
                number: 3
            })
        );
    }

    #[test]
    fn names_that_meet_elsewhere_are_remarked_once() {
        for (first, second) in [
            ("Main.tf", "main.tf"),
            ("\u{e9}.tf", "e\u{301}.tf"),
            ("\u{17f}.tf", "s.tf"),
            ("\u{df}/x", "SS/x"),
            ("\u{1ea5}", "a\u{302}\u{301}"),
            ("\u{d55c}", "\u{1112}\u{1161}\u{11ab}"),
            ("\u{304c}", "\u{304b}\u{3099}"),
        ] {
            let mut seen = Seen::new(&UnpackLimits::default());
            assert_eq!(seen.add(&path(first), true).unwrap(), []);
            let remarks = seen.add(&path(second), true).unwrap();
            assert!(
                matches!(remarks.as_slice(), [Remark::Collides { .. }]),
                "{first} {second}"
            );
            assert_eq!(seen.add(&path(second), true).unwrap(), []);
        }
    }
}
