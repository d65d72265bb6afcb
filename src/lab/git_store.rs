//! A repository in memory: history, branches and tags made from their description.
//!
//! It is bare, and nothing in it changes once it is made.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::fmt;
use std::io;

use super::entries::{Entry, Kind};
use super::git_objects::{Id, Mode, Object, TreeEntry};
use super::git_words::{Commit, Repository};
use super::placeholders::Placeholders;

/// The repository.
#[derive(Debug)]
pub(super) struct Store {
    objects: BTreeMap<Id, Object>,
    /// Branches and tags by their full names.
    refs: BTreeMap<String, Id>,
    /// The commits that annotated tags are of, by the full names of the tags.
    peeled: BTreeMap<String, Id>,
    head: String,
}

impl Store {
    /// Makes the history that `repository` describes.
    pub(super) fn new(
        repository: &Repository,
        values: &Placeholders,
    ) -> Result<Self, RepositoryError> {
        let mut store = Self {
            objects: BTreeMap::new(),
            refs: BTreeMap::new(),
            peeled: BTreeMap::new(),
            head: format!("refs/heads/{}", repository.head()),
        };
        let mut trees: BTreeMap<Id, Files> = BTreeMap::new();
        for (number, commit) in repository.commits.iter().enumerate() {
            let branch = format!("refs/heads/{}", repository.branch(commit));
            let parent = store.parent(&branch, commit)?;
            let mut files = parent
                .and_then(|id| trees.get(&id))
                .cloned()
                .unwrap_or_default();
            files.change(commit, &mut store, values)?;
            let tree = store.put_tree(&files);
            let usual = format!("commit {}", number + 1);
            let message = commit.message.as_deref().unwrap_or(&usual);
            let id = store.put(Object::commit(tree, parent, message));
            trees.insert(id, files);
            store.refs.insert(branch, id);
            if let Some(tag) = &commit.tag {
                store.refs.insert(format!("refs/tags/{tag}"), id);
            }
            if let Some(tag) = &commit.annotated {
                let note = store.put(Object::tag(id, tag));
                store.refs.insert(format!("refs/tags/{tag}"), note);
                store.peeled.insert(format!("refs/tags/{tag}"), id);
            }
        }
        Ok(store)
    }

    /// The branch that is checked out unless another is asked for, with its commit where it has one.
    pub(super) fn head(&self) -> (&str, Option<Id>) {
        (&self.head, self.refs.get(&self.head).copied())
    }

    /// Branches and tags by their full names, sorted; an annotated tag comes with the commit it is of.
    pub(super) fn refs(&self) -> impl Iterator<Item = (&str, Id, Option<Id>)> {
        self.refs
            .iter()
            .map(|(name, id)| (name.as_str(), *id, self.peeled.get(name).copied()))
    }

    /// The commit of every branch and tag, by its short name.
    pub(super) fn revisions(&self) -> impl Iterator<Item = (&str, Id)> {
        self.refs().filter_map(|(name, id, peeled)| {
            let short = name
                .strip_prefix("refs/heads/")
                .or_else(|| name.strip_prefix("refs/tags/"))?;
            Some((short, peeled.unwrap_or(id)))
        })
    }

    /// Whether it has an object.
    pub(super) fn has(&self, id: Id) -> bool {
        self.objects.contains_key(&id)
    }

    /// Everything that these objects need, with at most `depth` commits in a row.
    pub(super) fn reached(&self, wanted: &[Id], depth: Option<usize>) -> Reached<'_> {
        let mut reached = Reached::default();
        let mut seen = BTreeSet::new();
        // Commits nearest to the wanted ones come first, so that each is met at its least distance.
        let mut waiting: VecDeque<(Id, usize)> = wanted.iter().map(|id| (*id, 1)).collect();
        while let Some((id, distance)) = waiting.pop_front() {
            let Some(object) = self.objects.get(&id).filter(|_| seen.insert(id)) else {
                continue;
            };
            reached.objects.push(object);
            waiting.extend(object.holds.iter().map(|held| (*held, distance)));
            if depth.is_none_or(|depth| distance < depth) {
                waiting.extend(object.parents.iter().map(|parent| (*parent, distance + 1)));
            } else if object.is_commit() {
                // Git marks the first commit of all too, though it has no parents to leave out.
                reached.shallow.push(id);
            }
        }
        reached
    }

    /// Its files on disk, relative to its folder; a folder where there is no content.
    pub(super) fn files(&self) -> Vec<(String, Option<Vec<u8>>)> {
        let text = |path: &str, text: String| (path.to_owned(), Some(text.into_bytes()));
        let mut files = vec![
            ("objects".to_owned(), None),
            ("refs".to_owned(), None),
            text("HEAD", format!("ref: {}\n", self.head)),
            text(
                "config",
                "[core]\n\trepositoryformatversion = 0\n\tbare = true\n".to_owned(),
            ),
        ];
        for (name, id) in &self.refs {
            files.push(text(name, format!("{id}\n")));
        }
        for (id, object) in &self.objects {
            let name = id.to_string();
            let (folder, rest) = name.split_at(2);
            files.push((format!("objects/{folder}/{rest}"), Some(object.loose())));
        }
        files
    }

    fn parent(&self, branch: &str, commit: &Commit) -> Result<Option<Id>, RepositoryError> {
        match (self.refs.get(branch), &commit.from) {
            (Some(tip), _) => Ok(Some(*tip)),
            (None, None) => Ok(None),
            (None, Some(from)) => self
                .refs
                .get(&format!("refs/heads/{from}"))
                .map(|tip| Some(*tip))
                .ok_or_else(|| RepositoryError::NoSuchBranch(from.clone())),
        }
    }

    fn put(&mut self, object: Object) -> Id {
        let id = object.id();
        self.objects.insert(id, object);
        id
    }

    /// The folder with these files and all below it, the deepest first.
    fn put_tree(&mut self, files: &Files) -> Id {
        let mut folders: BTreeMap<String, BTreeMap<String, TreeEntry>> = BTreeMap::new();
        folders.insert(String::new(), BTreeMap::new());
        for (path, entry) in &files.0 {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            for parent in parents(path) {
                folders.entry(parent.to_owned()).or_default();
            }
            let entries = folders.entry(folder.to_owned()).or_default();
            entries.insert(name.to_owned(), *entry);
        }
        let mut names: Vec<String> = folders.keys().cloned().collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.matches('/').count()));
        for name in names.iter().filter(|name| !name.is_empty()) {
            let id = self.put(Object::tree(&folders.remove(name).unwrap_or_default()));
            let (parent, last) = name.rsplit_once('/').unwrap_or(("", name));
            let entry = TreeEntry {
                mode: Mode::Folder,
                id,
            };
            folders
                .entry(parent.to_owned())
                .or_default()
                .insert(last.to_owned(), entry);
        }
        self.put(Object::tree(&folders.remove("").unwrap_or_default()))
    }
}

/// What can be reached from some objects.
#[derive(Debug, Default)]
pub(super) struct Reached<'a> {
    /// The objects.
    pub(super) objects: Vec<&'a Object>,
    /// The commits whose parents are left out.
    pub(super) shallow: Vec<Id>,
}

/// Why a repository cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RepositoryError {
    /// No earlier commit is on this branch.
    NoSuchBranch(String),
    /// No earlier repository has this commit.
    NoSuchCommit(String),
}

impl fmt::Display for RepositoryError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}

impl std::error::Error for RepositoryError {}

impl From<RepositoryError> for io::Error {
    fn from(error: RepositoryError) -> Self {
        Self::new(io::ErrorKind::InvalidInput, error)
    }
}

/// The files of a commit by path.
#[derive(Debug, Clone, Default)]
struct Files(BTreeMap<String, TreeEntry>);

impl Files {
    fn change(
        &mut self,
        commit: &Commit,
        store: &mut Store,
        values: &Placeholders,
    ) -> Result<(), RepositoryError> {
        for path in &commit.delete {
            self.delete(path);
        }
        for entry in &commit.files.0 {
            self.delete(&entry.path);
            for parent in parents(&entry.path) {
                self.0.remove(parent);
            }
            let entry_made = made(entry, store, values)?;
            self.0.insert(entry.path.clone(), entry_made);
        }
        Ok(())
    }

    fn delete(&mut self, path: &str) {
        let below = format!("{path}/");
        self.0
            .retain(|name, _| name != path && !name.starts_with(&below));
    }
}

fn made(
    entry: &Entry,
    store: &mut Store,
    values: &Placeholders,
) -> Result<TreeEntry, RepositoryError> {
    if let Some(gitlink) = &entry.gitlink {
        let id = values
            .value(&format!("git:{gitlink}"))
            .and_then(Id::from_hex);
        let id = id.ok_or_else(|| RepositoryError::NoSuchCommit(gitlink.clone()))?;
        let mode = Mode::Submodule;
        return Ok(TreeEntry { mode, id });
    }
    let (mode, body) = match &entry.symlink {
        Some(target) => (Mode::Symlink, values.expand(target).into_bytes()),
        None if entry.kind() == Kind::File && entry.mode() & 0o100 != 0 => {
            (Mode::Executable, entry.text.render(values))
        }
        None => (Mode::File, entry.text.render(values)),
    };
    let id = store.put(Object::blob(body));
    Ok(TreeEntry { mode, id })
}

/// The folders that a path lies in, the outermost first.
fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(|(at, _)| path.get(..at))
}

#[cfg(test)]
mod tests {
    use super::{RepositoryError, Store};
    use crate::lab::git_words::Repository;
    use crate::lab::placeholders::Placeholders;

    fn store(text: &str) -> Result<Store, RepositoryError> {
        let repository: Repository = serde_json::from_str(text).expect("a repository");
        Store::new(&repository, &Placeholders::default())
    }

    fn revision(store: &Store, name: &str) -> String {
        let mut all = store.revisions();
        let found = all.find(|(known, _)| *known == name);
        found.expect("a revision").1.to_string()
    }

    #[test]
    fn branches_begin_where_they_are_told_and_tags_stay() {
        let store = store(
            r#"{"commits": [{"files": {"a/b": "1", "c": "2"}, "tag": "v1"},
                {"branch": "x", "from": "main", "delete": ["a"], "annotated": "v2"},
                {"files": {"a": "now a file"}}]}"#,
        )
        .expect("a store");
        let names: Vec<&str> = store.refs().map(|(name, ..)| name).collect();
        let wanted = [
            "refs/heads/main",
            "refs/heads/x",
            "refs/tags/v1",
            "refs/tags/v2",
        ];
        assert_eq!(names, wanted);
        assert_eq!(revision(&store, "x"), revision(&store, "v2"));
        let tip = store.head().1.expect("a tip");
        // The commit, its folder and two files; one level more brings the first commit, two folders and a file.
        let flat = store.reached(&[tip], Some(1));
        assert_eq!((flat.objects.len(), flat.shallow), (4, vec![tip]));
        let whole = store.reached(&[tip], None);
        assert_eq!((whole.objects.len(), whole.shallow.len()), (8, 0));
    }

    #[test]
    fn what_does_not_exist_cannot_be_built_on() {
        let branch = r#"{"commits": [{"branch": "x", "from": "y"}]}"#;
        assert_eq!(
            store(branch).err(),
            Some(RepositoryError::NoSuchBranch("y".to_owned()))
        );
        let commit = r#"{"commits": [{"files": {"sub": {"gitlink": "other:main"}}}]}"#;
        assert_eq!(
            store(commit).err(),
            Some(RepositoryError::NoSuchCommit("other:main".to_owned()))
        );
    }
}
