//! The exchange of old and new modules: either the old or the new state is on the disk, whatever ends the run.
//!
//! The next state of the modules directory is made whole in a scratch directory: what is new, a second name for every
//! file that stays, and the manifest. Then one rename puts it in place. Where the system has no such rename (the
//! directory is a mount point, the file system cannot swap names or give a file two), single directories are set aside
//! and moved in, with the manifest last; a journal lets the next run undo what was cut off in between.
//!
//! Nothing here waits for the network, and no journal is followed that names another directory or another owner's work.

use super::files;
use super::scratch;
use super::scratch::EXCHANGE_PREFIX;
use super::scratch::JOURNAL;
use super::scratch::Scratch;
use super::trees;
use std::collections::BTreeSet;
use std::fs;
use std::fs::File;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

/// The directory in the scratch directory that becomes the modules directory.
const NEXT: &str = "modules";
/// Where old directories are set aside.
const ASIDE: &str = "aside";
const MANIFEST: &str = "modules.json";
/// The largest journal that is read, in bytes.
const MOST_JOURNAL: u64 = 64 * 1024 * 1024;
/// The most directories above the modules directory that are searched for leftovers.
const MOST_ABOVE: usize = 4;
/// How often the lock of another run is tried, and how long is waited in between.
const LOCK_ATTEMPTS: u32 = 200;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// What is exchanged.
#[derive(Debug, Clone)]
pub struct Order {
    /// The modules directory.
    pub modules: PathBuf,
    /// The scratch directory of [`open`], where new directories lie in `modules/KEY`.
    pub scratch: PathBuf,
    /// Keys whose old directories go.
    pub removed: Vec<String>,
    /// New directories by key; one outside the scratch directory is linked to.
    pub staged: Vec<(String, PathBuf)>,
    /// The bytes of the manifest.
    pub manifest: Vec<u8>,
}

/// Puts back what an earlier run left between two states, and makes the scratch directory for a new one.
pub fn open(modules: &Path) -> Result<Scratch, String> {
    let place = place_for(modules);
    let _lock = lock(&place)?;
    for directory in places(modules) {
        recover_in(&directory, modules)?;
    }
    let made = Scratch::named_in(&place, EXCHANGE_PREFIX);
    // Where nothing may be made beside the modules directory, there may still be room inside it.
    let made = match made {
        Err(_) if files::target_kind(modules) == files::Kind::Directory => {
            Scratch::named_in(modules, EXCHANGE_PREFIX)
        }
        made => made,
    };
    made.map_err(|error| {
        format!(
            "{}: no directory can be made there: {}",
            place.display(),
            files::word(&error)
        )
    })
}

/// Exchanges; the error is a sentence with the path and the system's word.
pub fn run(order: &Order) -> Result<(), String> {
    let _lock = lock(&place_for(&order.modules))?;
    let next = order.scratch.join(NEXT);
    prepare(order, &next)?;
    if changed(order).is_empty() && files::target_kind(&order.modules) == files::Kind::Directory {
        let to = order.modules.join(MANIFEST);
        return rename(&next.join(MANIFEST), &to).map(|()| settle(&order.modules));
    }
    if whole(order, &next)? {
        return Ok(());
    }
    let result = piecewise(order, &next, &mut Steps::default());
    if result.is_err() {
        // Where this fails too, the journal stays, and with it what it names.
        let _ = undo(&order.scratch, &order.modules);
    }
    result
}

/// A scratch directory on the file system where something is to appear.
pub fn beside(target: &Path) -> Result<Scratch, String> {
    let place = place_for(target);
    scratch::sweep(&place);
    Scratch::new_in(&place).map_err(|error| {
        format!(
            "{}: no directory can be made there: {}",
            place.display(),
            files::word(&error)
        )
    })
}

/// Puts a tree where nothing or an empty directory is; one that lies outside the scratch directory is copied.
pub fn put(tree: &Path, target: &Path, scratch: &Path) -> Result<(), String> {
    let said = |error: io::Error| format!("{}: {}", target.display(), files::word(&error));
    let copy = scratch.join("copy");
    let from = if tree.starts_with(scratch) {
        tree
    } else {
        trees::copy_tree(tree, &copy, trees::Names::All).map_err(said)?;
        &copy
    };
    match target.parent() {
        Some(above) if !above.as_os_str().is_empty() => {
            files::make_directories(above)
                .map_err(|word| format!("{}: {word}", above.display()))?;
        }
        Some(_) | None => {}
    }
    if files::exists(target) {
        fs::remove_dir(target).map_err(said)?;
    }
    trees::move_tree(from, target).map_err(said)
}

/// The keys whose directories change.
fn changed(order: &Order) -> BTreeSet<&str> {
    let staged = order.staged.iter().map(|(key, _)| key);
    order
        .removed
        .iter()
        .filter(|key| files::exists(&order.modules.join(key)))
        .chain(staged)
        .map(String::as_str)
        .collect()
}

/// Makes what the new state needs and the scratch directory does not have: links, and the manifest.
fn prepare(order: &Order, next: &Path) -> Result<(), String> {
    files::make_directories(next).map_err(|word| format!("{}: {word}", next.display()))?;
    for (key, path) in &order.staged {
        let at = next.join(key);
        if !path.starts_with(&order.scratch) {
            link(path, &at)
                .map_err(|error| format!("{}: {}", at.display(), files::word(&error)))?;
        }
    }
    let manifest = next.join(MANIFEST);
    files::write_atomic(&manifest, &order.manifest, 0o644)
        .map_err(|error| format!("{}: {}", manifest.display(), files::word(&error)))
}

/// One rename, where the system allows it; whether it was done.
fn whole(order: &Order, next: &Path) -> Result<bool, String> {
    let Some(modules) = files::resolved(&order.modules) else {
        if files::exists(&order.modules) {
            return Ok(false);
        }
        if let Some(data) = order.modules.parent() {
            files::make_directories(data).map_err(|word| format!("{}: {word}", data.display()))?;
        }
        rename(next, &order.modules)?;
        settle(&order.modules);
        return Ok(true);
    };
    let done = !order.scratch.starts_with(&modules)
        && keep_others(order, &modules, next).is_ok()
        && swap(next, &modules).is_ok();
    if done {
        settle(&modules);
    }
    Ok(done)
}

/// Gives everything that stays a second name in the new state.
fn keep_others(order: &Order, modules: &Path, next: &Path) -> io::Result<()> {
    let changed = changed(order);
    for entry in fs::read_dir(modules)? {
        let name = entry?.file_name();
        let is_changed = name.to_str().is_some_and(|name| changed.contains(name));
        if is_changed || name == MANIFEST {
            continue;
        }
        trees::link_tree(&modules.join(&name), &next.join(&name))?;
    }
    trees::be_alike(modules, next)
}

/// The steps of an exchange in pieces; a test ends it after a number of them, as a kill would.
#[derive(Debug, Default)]
struct Steps {
    #[cfg(test)]
    left: Option<usize>,
}

impl Steps {
    #[cfg(not(test))]
    #[expect(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "tests end it here"
    )]
    fn take(&mut self) -> Result<(), String> {
        Ok(())
    }

    #[cfg(test)]
    fn take(&mut self) -> Result<(), String> {
        match &mut self.left {
            Some(0) => Err("killed".to_owned()),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

/// Directory by directory, the manifest last: its rename is what makes the new state the valid one.
fn piecewise(order: &Order, next: &Path, steps: &mut Steps) -> Result<(), String> {
    let aside = order.scratch.join(ASIDE);
    files::make_directories(&aside).map_err(|word| format!("{}: {word}", aside.display()))?;
    files::make_directories(&order.modules)
        .map_err(|word| format!("{}: {word}", order.modules.display()))?;
    let keys = changed(order);
    steps.take()?;
    write_journal(order, &keys)?;
    for key in &keys {
        let from = order.modules.join(key);
        if files::exists(&from) {
            steps.take()?;
            rename(&from, &aside.join(key))?;
        }
    }
    for (key, _) in &order.staged {
        steps.take()?;
        rename(&next.join(key), &order.modules.join(key))?;
    }
    steps.take()?;
    rename(&next.join(MANIFEST), &order.modules.join(MANIFEST))?;
    settle(&order.modules);
    steps.take()?;
    let journal = order.scratch.join(JOURNAL);
    fs::remove_file(&journal)
        .map_err(|error| format!("{}: {}", journal.display(), files::word(&error)))
}

/// What an exchange in pieces changes: the modules directory as seen from beside the scratch directory, the keys whose old
/// directories are set aside, and the keys that come.
type Journal = (String, Vec<String>, Vec<String>);

fn write_journal(order: &Order, keys: &BTreeSet<&str>) -> Result<(), String> {
    let modules = files::resolved(&order.modules).unwrap_or_else(|| order.modules.clone());
    let beside = order.scratch.parent().unwrap_or(&order.scratch);
    let journal: Journal = (
        modules
            .strip_prefix(beside)
            .unwrap_or(&modules)
            .to_string_lossy()
            .into_owned(),
        keys.iter().map(|key| (*key).to_owned()).collect(),
        order.staged.iter().map(|(key, _)| key.clone()).collect(),
    );
    let path = order.scratch.join(JOURNAL);
    serde_json::to_vec(&journal)
        .map_err(io::Error::from)
        .and_then(|bytes| files::write_atomic(&path, &bytes, 0o600))
        .map_err(|error| format!("{}: {}", path.display(), files::word(&error)))
}

/// Whose work a scratch directory is.
#[derive(Debug, PartialEq, Eq)]
enum Whose {
    /// Nothing is left to be undone.
    Nobodys,
    /// It belongs to another modules directory.
    Anothers,
}

/// Goes back to the old state, from wherever an exchange in pieces ended; behind the manifest there is no way back.
fn undo(scratch: &Path, modules: &Path) -> Result<Whose, String> {
    let path = scratch.join(JOURNAL);
    if !files::exists(&path) {
        return Ok(Whose::Nobodys);
    }
    let journal: Option<Journal> = files::read(&path, MOST_JOURNAL)
        .1
        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let Some((named, keys, staged)) = journal else {
        return Ok(Whose::Anothers);
    };
    let beside = scratch.parent().unwrap_or(scratch);
    let named = files::resolved(&beside.join(named));
    let are_names = keys.iter().chain(&staged).all(|key| is_one_name(key));
    if named.is_none() || named != files::resolved(modules) || !are_names {
        return Ok(Whose::Anothers);
    }
    let (next, aside) = (scratch.join(NEXT), scratch.join(ASIDE));
    if files::exists(&next.join(MANIFEST)) {
        for key in &staged {
            let (new, at) = (next.join(key), modules.join(key));
            if !files::exists(&new) && files::exists(&at) {
                rename(&at, &new)?;
            }
        }
        for key in &keys {
            let old = aside.join(key);
            if files::exists(&old) {
                rename(&old, &modules.join(key))?;
            }
        }
    }
    fs::remove_file(&path)
        .map(|()| Whose::Nobodys)
        .map_err(|error| format!("{}: {}", path.display(), files::word(&error)))
}

/// Whether a text is one name in a directory.
fn is_one_name(text: &str) -> bool {
    !matches!(text, "" | "." | "..") && !text.contains(['/', '\\', '\0'])
}

/// Where a scratch directory for a modules directory is made: beside it, or the nearest directory above.
fn place_for(modules: &Path) -> PathBuf {
    let resolved = files::resolved(modules);
    let from = resolved.as_deref().unwrap_or(modules);
    let above = from
        .ancestors()
        .skip(1)
        .find(|above| files::target_kind(above) == files::Kind::Directory)
        .map_or_else(|| PathBuf::from("."), Path::to_owned);
    match resolved {
        // No rename crosses the edge of a file system.
        Some(modules) if device(&modules) != device(&above) => modules,
        Some(_) | None => above,
    }
}

/// Where a scratch directory for a modules directory may have been left.
fn places(modules: &Path) -> BTreeSet<PathBuf> {
    let resolved = files::resolved(modules);
    modules
        .ancestors()
        .take(MOST_ABOVE)
        .chain(resolved.iter().flat_map(|path| path.ancestors().take(2)))
        .filter_map(files::resolved)
        .filter(|path| files::target_kind(path) == files::Kind::Directory)
        .collect()
}

/// Puts back, and then removes, what runs left behind in a directory.
fn recover_in(directory: &Path, modules: &Path) -> Result<(), String> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Ok(());
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        let is_ours = name.to_string_lossy().starts_with(EXCHANGE_PREFIX)
            && files::kind(&path) == files::Kind::Directory
            && is_own(&path);
        if !is_ours {
            continue;
        }
        // A lock that is held is another run at work; where there are no locks, age tells.
        let _held = match scratch::try_lock(&path) {
            Ok(held) => Some(held),
            Err(error) if error.kind() != io::ErrorKind::WouldBlock && scratch::is_old(&path) => {
                None
            }
            Err(_) => continue,
        };
        if undo(&path, modules)? == Whose::Nobodys {
            let _ = trees::remove_tree(&path);
        }
    }
    Ok(())
}

/// Keeps other runs away from a directory as long as the value lives; nothing where there are no locks.
fn lock(place: &Path) -> Result<Option<File>, String> {
    for _ in 0..LOCK_ATTEMPTS {
        match scratch::try_lock(place) {
            Ok(held) => return Ok(Some(held)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                std::thread::sleep(LOCK_PAUSE);
            }
            Err(_) => return Ok(None),
        }
    }
    Err(format!("{}: another run is at work there", place.display()))
}

fn rename(from: &Path, to: &Path) -> Result<(), String> {
    fs::rename(from, to).map_err(|error| format!("{}: {}", to.display(), files::word(&error)))
}

/// Makes names that were changed in a directory last; no file system needs it to be correct.
fn settle(directory: &Path) {
    if let Ok(handle) = File::open(directory) {
        let _ = handle.sync_all();
    }
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn swap(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::CWD;
    rustix::fs::renameat_with(CWD, one, CWD, other, rustix::fs::RenameFlags::EXCHANGE)
        .map_err(io::Error::from)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn swap(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(unix)]
fn device(path: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    path.metadata().ok().map(|metadata| metadata.dev())
}

#[cfg(not(unix))]
fn device(_: &Path) -> Option<u64> {
    None
}

#[cfg(unix)]
fn is_own(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    path.symlink_metadata()
        .is_ok_and(|metadata| metadata.uid() == rustix::process::geteuid().as_raw())
}

#[cfg(not(unix))]
fn is_own(_: &Path) -> bool {
    true
}

#[cfg(unix)]
fn link(target: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, at)
}

#[cfg(not(unix))]
fn link(target: &Path, at: &Path) -> io::Result<()> {
    trees::copy_tree(target, at, trees::Names::All)
}

#[cfg(all(test, unix))]
#[path = "exchange_tests.rs"]
mod tests;
