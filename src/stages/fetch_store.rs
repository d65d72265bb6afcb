//! What packages of object stores share: the objects of a folder, and where each of them goes.
//!
//! Never asks a store. Objects whose names only begin like the folder's end beside the module's directory, as with the client,
//! but never in that of another call.

use crate::client::Behaviour;
use crate::foreign::Foreign;
use crate::io::ask::Answer;
use crate::io::ask::Got;
use crate::io::ask::GotBody;
use crate::io::ask::GotFile;
use crate::io::ask::Take;
use crate::io::cloud;
use crate::io::files;
use crate::stages::Cx;
use crate::stages::Manner;
use crate::stages::fetch::Leg;
use crate::stages::fetch::Package;
use crate::stages::fetch_store_address::below;
use crate::trace::Stop;
use crate::trace::stop::STORE_EMPTY;
use std::path::Path;
use std::path::PathBuf;

/// Neighbours that are named in a fact.
const NEIGHBOURS: usize = 20;
/// The client writes this one itself, last.
const MANIFEST: &str = "modules.json";

/// What was written of a folder.
#[derive(Default)]
pub struct Written {
    /// How many objects were listed.
    pub listed: usize,
    /// Objects that only share the beginning of their names with the folder.
    pub neighbours: Vec<Foreign>,
    files: u64,
    bytes: u64,
    beside: Vec<(String, PathBuf)>,
}

/// Where an object goes.
pub struct Target {
    /// What takes it there.
    pub take: Take,
    is_own: bool,
}

impl Written {
    /// Makes room for an object of a folder; nothing where it has no place.
    pub fn target(
        &mut self,
        cx: &Cx,
        leg: &Leg,
        folder: &str,
        key: &str,
    ) -> Result<Option<Target>, Stop> {
        if key.ends_with('/') {
            return Ok(None);
        }
        self.listed += 1;
        if self.listed as u64 > cx.io.limits.entries {
            return Err(Stop::Limit {
                name: "entries".to_owned(),
                number: cx.io.limits.entries,
            });
        }
        let Some((root, names)) = self.place(leg, folder, key) else {
            return Ok(None);
        };
        let Some((name, parents)) = names.split_last() else {
            return Ok(None);
        };
        let is_own = root == leg.into;
        let directory = parents.iter().fold(root, |path, name| path.join(name));
        files::make_directories(&directory).map_err(disk)?;
        let left = cx.io.limits.unpacked_bytes.saturating_sub(self.bytes);
        Ok(Some(Target {
            take: Take::File {
                directory,
                name: (*name).to_owned(),
                limit: left.min(cx.io.limits.file_bytes),
            },
            is_own,
        }))
    }

    /// Counts an object that came.
    pub fn came(&mut self, cx: &Cx, target: &Target, path: &Path, size: u64) -> Result<(), Stop> {
        self.files += u64::from(target.is_own);
        self.bytes = self.bytes.saturating_add(size);
        let is_client = cx.manner == Manner::Get && !cx.client.does(Behaviour::ObjectsKeepUmask);
        cloud::set_mode(path, if is_client { 0o666 } else { 0o644 }).map_err(disk)
    }

    /// The package that a folder makes.
    pub fn package(self, cx: &Cx, leg: &Leg) -> Result<Package, Stop> {
        if self.files == 0 && cx.client.does(Behaviour::LooksForPackageRoot) {
            return Err(stop(STORE_EMPTY, "subdir \"\" not found"));
        }
        Ok(Package {
            root: leg.into.clone(),
            linked: false,
            beside: self.beside,
        })
    }

    /// The directory of an object, and the names below it.
    fn place<'a>(
        &mut self,
        leg: &Leg,
        folder: &str,
        key: &'a str,
    ) -> Option<(PathBuf, Vec<&'a str>)> {
        if let Some(path) = below(folder, key) {
            return Some((leg.into.clone(), safe_names(path)?));
        }
        if self.neighbours.len() < NEIGHBOURS {
            self.neighbours.push(Foreign::new(key.to_owned()));
        }
        let parent = folder.rfind('/').map_or(0, |at| at + 1);
        let names = safe_names(key.get(parent..)?)?;
        let top = names.first().filter(|name| **name != MANIFEST)?;
        let root = leg.work.join(format!("beside{}", leg.hop));
        if !self.beside.iter().any(|(known, _)| known == top) {
            self.beside.push(((*top).to_owned(), root.join(top)));
        }
        Some((root, names))
    }
}

/// What takes one object into a file of that name.
pub fn into_file(cx: &Cx, leg: &Leg, name: &str) -> Take {
    Take::File {
        directory: leg.work.clone(),
        name: name.to_owned(),
        limit: cx.io.limits.package_bytes,
    }
}

/// The file that an object went into.
pub fn file_of(got: Got) -> Result<GotFile, Stop> {
    match got.body {
        GotBody::File(file) => Ok(file),
        GotBody::None | GotBody::Bytes(_) => Err(Stop::NoSourceUrl),
    }
}

/// A stop with a code of the store's or of ours.
pub fn stop(code: &str, words: impl Into<String>) -> Stop {
    Stop::Store {
        code: code.to_owned(),
        words: Foreign::new(words.into()),
    }
}

/// Whether asking again may help.
pub fn is_passing(answer: &Answer) -> bool {
    match answer.status() {
        Some(status) => {
            answer.failure().is_none() && (status == 429 || (status >= 500 && status != 501))
        }
        None => answer.failure().is_some(),
    }
}

fn disk(word: String) -> Stop {
    Stop::Disk {
        path: "package".to_owned(),
        word,
    }
}

/// The names of a path that stays below its directory.
fn safe_names(path: &str) -> Option<Vec<&str>> {
    let names: Vec<&str> = path
        .split('/')
        .filter(|name| !name.is_empty() && *name != ".")
        .collect();
    let is_safe = names
        .iter()
        .all(|name| *name != ".." && !name.contains(['\0', '\\']));
    is_safe.then_some(names)
}

#[cfg(test)]
mod tests {
    use super::safe_names;

    #[test]
    fn names_that_lead_elsewhere_have_no_place() {
        assert_eq!(safe_names("a//./b"), Some(vec!["a", "b"]));
        assert_eq!(safe_names("a/../b"), None);
        assert_eq!(safe_names("a\\b"), None);
        assert_eq!(safe_names("a\0b"), None);
    }
}
