//! What a process must not leave behind where it ends at once: scratch directories, and files that are half written.
//!
//! Destructors remove all of it where a run ends in order. Directories in which an exchange may be under way are never in here:
//! the next run puts back what they hold.

use super::trees::remove_tree;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

static LEFT: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// A path that is removed where the process ends at once while this value lives.
#[derive(Debug)]
pub(super) struct Leftover(PathBuf);

impl Leftover {
    pub(super) fn at(path: &Path) -> Self {
        left().insert(path.to_owned());
        Self(path.to_owned())
    }
}

impl Drop for Leftover {
    fn drop(&mut self) {
        left().remove(&self.0);
    }
}

/// Removes what there is.
pub fn remove_all() {
    let paths = std::mem::take(&mut *left());
    for path in paths {
        let _ = remove_tree(&path);
    }
}

fn left() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    LEFT.lock().unwrap_or_else(PoisonError::into_inner)
}
