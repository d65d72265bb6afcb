//! The exchange of old and new modules: either the old or the new state is on the disk.
//!
//! Old directories are set aside, new ones moved in, and the manifest is replaced last; whatever fails before that is
//! undone.

use super::files;
use super::trees;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// What is exchanged.
#[derive(Debug, Clone)]
pub struct Order {
    /// The modules directory.
    pub modules: PathBuf,
    /// A directory on the same file system.
    pub scratch: PathBuf,
    /// Keys whose old directories go.
    pub removed: Vec<String>,
    /// New directories by key; one outside the scratch directory is linked to.
    pub staged: Vec<(String, PathBuf)>,
    /// The bytes of the manifest.
    pub manifest: Vec<u8>,
}

/// Exchanges; the error is a sentence with the path and the system's word.
pub fn run(order: &Order) -> Result<(), String> {
    let aside = order.scratch.join("aside");
    files::make_directories(&aside)?;
    files::make_directories(&order.modules)?;
    let mut done = Done {
        aside: Vec::new(),
        added: Vec::new(),
    };
    let result = steps(order, &aside, &mut done);
    if result.is_err() {
        done.undo();
    }
    result
}

/// What was done, for undoing it.
struct Done {
    aside: Vec<(PathBuf, PathBuf)>,
    added: Vec<PathBuf>,
}

impl Done {
    fn undo(&self) {
        for path in &self.added {
            let _ = trees::remove_tree(path);
        }
        for (from, to) in self.aside.iter().rev() {
            let _ = fs::rename(to, from);
        }
    }
}

fn steps(order: &Order, aside: &Path, done: &mut Done) -> Result<(), String> {
    let keys = order
        .removed
        .iter()
        .chain(order.staged.iter().map(|(key, _)| key));
    for key in keys {
        let from = order.modules.join(key);
        if files::exists(&from) {
            let to = aside.join(done.aside.len().to_string());
            fs::rename(&from, &to)
                .map_err(|error| format!("{}: {}", from.display(), files::word(&error)))?;
            done.aside.push((from, to));
        }
    }
    for (key, path) in &order.staged {
        let to = order.modules.join(key);
        let result = if path.starts_with(&order.scratch) {
            trees::move_tree(path, &to)
        } else {
            link(path, &to)
        };
        result.map_err(|error| format!("{}: {}", to.display(), files::word(&error)))?;
        done.added.push(to);
    }
    let manifest = order.modules.join("modules.json");
    files::write_atomic(&manifest, &order.manifest, 0o644)
        .map_err(|error| format!("{}: {}", manifest.display(), files::word(&error)))
}

#[cfg(unix)]
fn link(target: &Path, at: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, at)
}

#[cfg(not(unix))]
fn link(target: &Path, at: &Path) -> std::io::Result<()> {
    trees::copy_tree(target, at, trees::Names::All)
}
