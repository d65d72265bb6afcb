//! Git objects as bytes: blobs, trees, commits and tags, loose and in a pack.
//!
//! It knows no names and no history; `git_store` puts them together. Ids depend on the content alone, so that a
//! repository without ports in its files has the same ones in every run.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;

use sha1::{Digest, Sha1};

/// Who made every commit, and when.
const MAKER: &str = "Lab <lab@example.com> 1577836800 +0000";

/// The id of an object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id([u8; 20]);

impl Id {
    /// The id written as 40 hexadecimal digits.
    pub(super) fn from_hex(text: &str) -> Option<Self> {
        hex::decode(text).ok()?.try_into().ok().map(Self)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A commit.
    Commit,
    /// A folder.
    Tree,
    /// The content of a file, or the target of a link.
    Blob,
    /// A tag with a note.
    Tag,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }

    fn number(self) -> u8 {
        match self {
            Self::Commit => 1,
            Self::Tree => 2,
            Self::Blob => 3,
            Self::Tag => 4,
        }
    }
}

/// An object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Object {
    kind: Kind,
    body: Vec<u8>,
    /// What it needs of the same repository, but for the parents of a commit.
    pub(super) holds: Vec<Id>,
    /// The parents of a commit.
    pub(super) parents: Vec<Id>,
}

impl Object {
    /// The content of a file.
    pub(super) fn blob(body: Vec<u8>) -> Self {
        Self::new(Kind::Blob, body, Vec::new())
    }

    /// A folder with entries by name.
    pub(super) fn tree(entries: &BTreeMap<String, TreeEntry>) -> Self {
        let mut sorted: Vec<(&String, &TreeEntry)> = entries.iter().collect();
        // A folder is sorted as if its name ended in a slash.
        sorted.sort_by_key(|(name, entry)| match entry.mode {
            Mode::Folder => format!("{name}/"),
            Mode::File | Mode::Executable | Mode::Symlink | Mode::Submodule => (*name).clone(),
        });
        let mut body = Vec::new();
        let mut holds = Vec::new();
        for (name, entry) in sorted {
            body.extend(format!("{} {name}\0", entry.mode.digits()).into_bytes());
            body.extend(entry.id.0);
            if entry.mode != Mode::Submodule {
                holds.push(entry.id);
            }
        }
        Self::new(Kind::Tree, body, holds)
    }

    /// A commit.
    pub(super) fn commit(tree: Id, parent: Option<Id>, message: &str) -> Self {
        let parents: Vec<Id> = parent.into_iter().collect();
        let lines = parent.map_or(String::new(), |id| format!("parent {id}\n"));
        let body = format!("tree {tree}\n{lines}author {MAKER}\ncommitter {MAKER}\n\n{message}");
        Self {
            parents,
            ..Self::new(Kind::Commit, body.into_bytes(), vec![tree])
        }
    }

    /// A tag with a note.
    pub(super) fn tag(commit: Id, name: &str) -> Self {
        let body = format!("object {commit}\ntype commit\ntag {name}\ntagger {MAKER}\n\nannotated");
        Self::new(Kind::Tag, body.into_bytes(), vec![commit])
    }

    fn new(kind: Kind, body: Vec<u8>, holds: Vec<Id>) -> Self {
        Self {
            kind,
            body,
            holds,
            parents: Vec::new(),
        }
    }

    /// Whether it is a commit.
    pub(super) fn is_commit(&self) -> bool {
        self.kind == Kind::Commit
    }

    /// Its id.
    pub(super) fn id(&self) -> Id {
        let digest = Sha1::new()
            .chain_update(self.head())
            .chain_update(&self.body)
            .finalize();
        Id(digest.into())
    }

    /// The bytes of its own file.
    pub(super) fn loose(&self) -> Vec<u8> {
        deflate(&[self.head().as_bytes(), &self.body].concat())
    }

    fn head(&self) -> String {
        format!("{} {}\0", self.kind.word(), self.body.len())
    }
}

/// An entry of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TreeEntry {
    /// What it is.
    pub(super) mode: Mode,
    /// Its content.
    pub(super) id: Id,
}

/// What an entry of a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// A file.
    File,
    /// A file that can be run.
    Executable,
    /// A symbolic link.
    Symlink,
    /// A commit of another repository.
    Submodule,
    /// A folder.
    Folder,
}

impl Mode {
    fn digits(self) -> &'static str {
        match self {
            Self::File => "100644",
            Self::Executable => "100755",
            Self::Symlink => "120000",
            Self::Submodule => "160000",
            Self::Folder => "40000",
        }
    }
}

/// A pack of these objects, none of them as a difference to another.
pub(super) fn pack(objects: &[&Object]) -> Vec<u8> {
    let mut out = b"PACK\0\0\0\x02".to_vec();
    let count = u32::try_from(objects.len()).expect("fewer objects than fit in memory");
    out.extend(count.to_be_bytes());
    for object in objects {
        push_size(&mut out, object.kind.number(), object.body.len());
        out.extend(deflate(&object.body));
    }
    let digest = Sha1::digest(&out);
    out.extend(digest);
    out
}

/// The kind and size before an object: four bits of the size beside the kind, then seven in each byte.
fn push_size(out: &mut Vec<u8>, kind: u8, size: usize) {
    let low = |bits: usize, mask: usize| u8::try_from(bits & mask).expect("masked");
    let mut rest = size >> 4;
    let mut byte = (kind << 4) | low(size, 0x0f);
    while rest > 0 {
        out.push(byte | 0x80);
        byte = low(rest, 0x7f);
        rest >>= 7;
    }
    out.push(byte);
}

fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(data).expect("memory takes all bytes");
    encoder.finish().expect("memory takes all bytes")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Mode, Object, TreeEntry, push_size};

    #[test]
    fn ids_are_those_that_git_reckons() {
        let blob = Object::blob(b"test content\n".to_vec());
        assert_eq!(
            blob.id().to_string(),
            "d670460b4b4aece5915caf5c68d12f560a9fe3e4"
        );
        let empty = Object::tree(&BTreeMap::new());
        assert_eq!(
            empty.id().to_string(),
            "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
        );
    }

    #[test]
    fn a_folder_is_sorted_as_if_it_ended_in_a_slash() {
        let id = Object::blob(Vec::new()).id();
        let entry = |mode| TreeEntry { mode, id };
        let entries = [
            ("a".to_owned(), entry(Mode::Folder)),
            ("a.b".to_owned(), entry(Mode::File)),
        ];
        let tree = Object::tree(&entries.into());
        let text = String::from_utf8_lossy(&tree.body).into_owned();
        assert!(text.starts_with("100644 a.b\0"), "{text}");
    }

    #[test]
    fn sizes_take_as_many_bytes_as_they_need() {
        let written = |size| {
            let mut out = Vec::new();
            push_size(&mut out, 3, size);
            out
        };
        assert_eq!(written(15), [0x3f]);
        assert_eq!(written(16), [0xb0, 0x01]);
        assert_eq!(written(5000), [0xb8, 0xb8, 0x02]);
    }
}
