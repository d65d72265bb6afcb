//! Where the configuration file is: the nearest ancestor that has one, not above the repository root.
//!
//! A directory that everybody may write to is passed over unless the run starts in it: what others left in `/tmp` is no setting.

use crate::io::files;
use crate::io::files::Kind;
use std::path::Path;
use std::path::PathBuf;

/// The names, the nearer one first.
pub const NAMES: [&str; 2] = ["tfreg-doctor.toml", ".config/tfreg-doctor.toml"];

/// What marks the root of a repository.
const ROOTS: [&str; 3] = [".git", ".hg", ".jj"];

/// The configuration file of a directory: its path and the directory that it speaks for.
pub fn find(directory: &Path) -> Option<(PathBuf, PathBuf)> {
    for (level, ancestor) in directory.ancestors().enumerate() {
        if level == 0 || !files::is_open_to_all(ancestor) {
            for name in NAMES {
                let path = ancestor.join(name);
                if files::target_kind(&path) == Kind::File {
                    return Some((path, ancestor.to_owned()));
                }
            }
        }
        if ROOTS.iter().any(|root| files::exists(&ancestor.join(root))) {
            return None;
        }
    }
    None
}

/// The directory that a named file speaks for: its own, or the one that `.config` lies in.
pub fn base(path: &Path) -> PathBuf {
    let parent = path.parent().unwrap_or(Path::new(""));
    if parent.file_name().is_some_and(|name| name == ".config") {
        parent.parent().unwrap_or(Path::new("")).to_owned()
    } else {
        parent.to_owned()
    }
}
