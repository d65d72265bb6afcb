//! The directory that counts: subdirectory, globs, nested roots.
//!
//! A registry module's directory is its package joined with a subdirectory, taken literally since Terraform 1.1 and
//! expanded before; a direct source's subdirectory is expanded. An empty directory is a valid module for the client.

use crate::foreign::Foreign;
use crate::io::files;
use crate::stages::Cx;
use crate::syntax::glob;
use crate::syntax::tf_files;
use crate::trace::fact::TreeFact;
use crate::trace::stop::DirProblem;
use std::path::Path;
use std::path::PathBuf;

/// The most names that are looked at in one directory.
const MOST_NAMES: usize = 100_000;
/// The most directories that are looked into for nested roots.
const MOST_DIRECTORIES: usize = 2_000;
/// The most names that a record keeps.
const KEPT_NAMES: usize = 200;

/// The single path below a package that a subdirectory pattern means.
pub fn expand(root: &Path, subdir: &str) -> Result<PathBuf, DirProblem> {
    let none = || DirProblem::GlobNone {
        subdir: Foreign::new(subdir),
    };
    let mut found = vec![(root.to_owned(), String::new())];
    for component in subdir.split('/').filter(|component| !component.is_empty()) {
        let mut next = Vec::new();
        for (path, below) in &found {
            next.extend(
                matching(path, below, component).map_err(|()| DirProblem::BadPattern {
                    subdir: Foreign::new(subdir),
                })?,
            );
        }
        found = next;
    }
    match found.as_slice() {
        [] => Err(none()),
        [(path, _)] if files::target_kind(path) == files::Kind::Missing && !files::exists(path) => {
            Err(none())
        }
        [(path, _)] => Ok(path.clone()),
        several => {
            let mut matches: Vec<Foreign> = several
                .iter()
                .map(|(_, below)| Foreign::new(below.trim_start_matches('/')))
                .collect();
            matches.sort();
            Err(DirProblem::GlobSeveral {
                subdir: Foreign::new(subdir),
                matches,
            })
        }
    }
}

fn matching(path: &Path, below: &str, component: &str) -> Result<Vec<(PathBuf, String)>, ()> {
    if !glob::is_pattern(component) {
        let joined = path.join(component);
        return Ok(if files::exists(&joined) {
            vec![(joined, format!("{below}/{component}"))]
        } else {
            Vec::new()
        });
    }
    let mut found = Vec::new();
    for name in files::list_directory(path, MOST_NAMES).unwrap_or_default() {
        let name = name.name.to_string_lossy().into_owned();
        if glob::match_name(component.as_bytes(), name.as_bytes()).map_err(|_| ())? {
            found.push((path.join(&name), format!("{below}/{name}")));
        }
    }
    Ok(found)
}

/// The configuration files directly in a directory: those this client reads, and those only the other one reads.
pub fn config_files(directory: &Path, cx: &Cx) -> (Vec<String>, Vec<String>) {
    let names = plain_names(directory);
    let borrowed: Vec<&str> = names.iter().map(String::as_str).collect();
    let reads_tofu = cx.client.does(crate::client::Behaviour::ReadsTofuFiles);
    let pick = |reads_tofu: bool| {
        let selection = tf_files::select(&borrowed, reads_tofu);
        let mut all = selection.primary;
        all.extend(selection.overrides);
        all
    };
    let mine = pick(reads_tofu);
    let other = pick(!reads_tofu)
        .into_iter()
        .filter(|name| !mine.contains(name))
        .collect();
    (mine, other)
}

/// The names of a directory that are no directories; links are followed.
pub fn plain_names(directory: &Path) -> Vec<String> {
    files::list_directory(directory, MOST_NAMES)
        .unwrap_or_default()
        .into_iter()
        .filter(|name| name.kind != files::Kind::Directory)
        .map(|name| name.name.to_string_lossy().into_owned())
        .filter(|name| files::target_kind(&directory.join(name)) != files::Kind::Directory)
        .collect()
}

/// The chain of single directories below a directory without configuration that leads to some, and how many files are there.
pub fn nested(directory: &Path, cx: &Cx) -> Option<(String, usize)> {
    let mut below = String::new();
    let mut at = directory.to_owned();
    for _ in 0..8 {
        let directories = directories_of(&at);
        let [only] = directories.as_slice() else {
            return None;
        };
        at = at.join(only);
        below = if below.is_empty() {
            only.clone()
        } else {
            format!("{below}/{only}")
        };
        let (mine, other) = config_files(&at, cx);
        if !mine.is_empty() || !other.is_empty() {
            return Some((below, mine.len().max(other.len())));
        }
    }
    None
}

fn directories_of(directory: &Path) -> Vec<String> {
    files::list_directory(directory, MOST_NAMES)
        .unwrap_or_default()
        .into_iter()
        .filter(|name| name.kind == files::Kind::Directory)
        .map(|name| name.name.to_string_lossy().into_owned())
        .filter(|name| {
            name != ".git" && name != ".hg" && name != ".terraform" && name != "__MACOSX"
        })
        .collect()
}

/// What a package looks like on disk.
pub fn tree_fact(root: &Path, cx: &Cx) -> TreeFact {
    let names = files::list_directory(root, MOST_NAMES).unwrap_or_default();
    let shown = |names: &[files::Name], most: usize| -> Vec<Foreign> {
        names
            .iter()
            .take(most)
            .map(|name| {
                let slash = if name.kind == files::Kind::Directory {
                    "/"
                } else {
                    ""
                };
                Foreign::new(format!("{}{slash}", name.name.to_string_lossy()))
            })
            .collect()
    };
    let wrapper = match names.as_slice() {
        [only] if only.kind == files::Kind::Directory => {
            Some(only.name.to_string_lossy().into_owned())
        }
        _ => None,
    };
    let wrapped = wrapper
        .as_ref()
        .map(|wrapper| files::list_directory(&root.join(wrapper), MOST_NAMES).unwrap_or_default())
        .unwrap_or_default();
    TreeFact {
        top: shown(&names, KEPT_NAMES),
        top_count: names.len(),
        wrapper: wrapper.map(Foreign::new),
        config_dirs: config_dirs(root, cx),
        wrapped: shown(&wrapped, 50),
        wrapped_count: wrapped.len(),
    }
}

fn config_dirs(root: &Path, cx: &Cx) -> Vec<(Foreign, usize)> {
    let mut found = Vec::new();
    let mut todo = vec![(root.to_owned(), String::new())];
    let mut seen = 0;
    while let Some((path, below)) = todo.pop() {
        seen += 1;
        if seen > MOST_DIRECTORIES || found.len() >= KEPT_NAMES {
            break;
        }
        let (mine, _) = config_files(&path, cx);
        if !mine.is_empty() {
            found.push((Foreign::new(below.clone()), mine.len()));
        }
        let mut inner = directories_of(&path);
        inner.reverse();
        todo.extend(inner.into_iter().map(|name| {
            (
                path.join(&name),
                if below.is_empty() {
                    name
                } else {
                    format!("{below}/{name}")
                },
            )
        }));
    }
    found
}
