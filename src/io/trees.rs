//! Whole trees: removal, copies, sizes.
//!
//! Nothing here follows a link or calls itself, so depth and loops do no harm.

use super::files::Kind;
use super::files::kind;
use std::ffi::OsStr;
use std::io;
use std::path::Path;

/// Removes whatever stands at a path: iteratively, links not followed, and directories that forbid it made to allow it.
pub fn remove_tree(path: &Path) -> io::Result<()> {
    match kind(path) {
        Kind::Missing => return Ok(()),
        Kind::Directory => {}
        Kind::File | Kind::Link | Kind::Special | Kind::Unreadable => {
            return std::fs::remove_file(path);
        }
    }
    let mut todo = vec![(path.to_owned(), false)];
    while let Some((directory, is_empty)) = todo.pop() {
        if is_empty {
            std::fs::remove_dir(&directory)?;
            continue;
        }
        let entries = if let Ok(entries) = std::fs::read_dir(&directory) {
            entries
        } else {
            open_up(&directory)?;
            std::fs::read_dir(&directory)?
        };
        todo.push((directory.clone(), true));
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                todo.push((entry.path(), false));
            } else if std::fs::remove_file(entry.path()).is_err() {
                open_up(&directory)?;
                std::fs::remove_file(entry.path())?;
            }
        }
        // Children can be removed only where their parent may be written.
        if todo.last().is_some_and(|(last, _)| last != &directory) {
            open_up(&directory)?;
        }
    }
    Ok(())
}

/// Moves a tree; where it cannot be renamed it is copied and removed.
pub fn move_tree(from: &Path, to: &Path) -> io::Result<()> {
    match std::fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            copy_tree(from, to, Names::All)?;
            remove_tree(from)
        }
        other => other,
    }
}

/// Which names a copy takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Names {
    /// All.
    All,
    /// Those that do not begin with a dot, as the client copies a package for its second call.
    Visible,
}

/// Copies the content of a directory into a new one: links are made again as they are, file modes are kept.
pub fn copy_tree(from: &Path, to: &Path, names: Names) -> io::Result<()> {
    let from = from.canonicalize()?;
    std::fs::create_dir(to)?;
    let mut todo = vec![(from, to.to_owned())];
    while let Some((from, to)) = todo.pop() {
        for entry in std::fs::read_dir(&from)? {
            let entry = entry?;
            let name = entry.file_name();
            if names == Names::Visible && is_hidden(&name) {
                continue;
            }
            let (source, target) = (entry.path(), to.join(&name));
            match kind(&source) {
                Kind::Directory => {
                    std::fs::create_dir(&target)?;
                    todo.push((source, target));
                }
                Kind::Link => copy_link(&source, &target)?,
                Kind::File => {
                    std::fs::copy(&source, &target)?;
                }
                Kind::Special | Kind::Missing | Kind::Unreadable => {}
            }
        }
    }
    Ok(())
}

/// Gives a file a second name; where that cannot be, copies it.
pub fn link_file(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::hard_link(from, to).or_else(|_| std::fs::copy(from, to).map(|_| ()))
}

/// Makes a directory that holds the same files as another one: each file has a second name, links are made again, and the
/// directories have the modes of the first.
pub fn link_tree(from: &Path, to: &Path) -> io::Result<()> {
    match kind(from) {
        Kind::Directory => {}
        Kind::Link => return copy_link(from, to),
        Kind::File | Kind::Special | Kind::Missing | Kind::Unreadable => {
            return std::fs::hard_link(from, to);
        }
    }
    std::fs::create_dir(to)?;
    let mut todo = vec![(from.to_owned(), to.to_owned())];
    let mut made = todo.clone();
    while let Some((from, to)) = todo.pop() {
        for entry in std::fs::read_dir(&from)? {
            let entry = entry?;
            let (source, target) = (entry.path(), to.join(entry.file_name()));
            match kind(&source) {
                Kind::Directory => {
                    std::fs::create_dir(&target)?;
                    made.push((source.clone(), target.clone()));
                    todo.push((source, target));
                }
                Kind::Link => copy_link(&source, &target)?,
                Kind::File | Kind::Special | Kind::Missing | Kind::Unreadable => {
                    std::fs::hard_link(&source, &target)?;
                }
            }
        }
    }
    // Modes come last, and the innermost first: some forbid what was done above.
    made.iter()
        .rev()
        .try_for_each(|(from, to)| be_alike(from, to))
}

/// Moves the content of a directory over that of another one: directories become one and keep the mode they had, a file
/// takes the place of a file or link. Where one is a directory and the other is not, that ends it.
pub fn merge_tree(from: &Path, onto: &Path) -> io::Result<()> {
    let mut todo = vec![(from.to_owned(), onto.to_owned())];
    while let Some((from, onto)) = todo.pop() {
        for entry in std::fs::read_dir(&from)? {
            let entry = entry?;
            let (source, target) = (entry.path(), onto.join(entry.file_name()));
            match (kind(&source), kind(&target)) {
                (Kind::Directory, Kind::Directory) => todo.push((source, target)),
                (_, Kind::Missing) => move_tree(&source, &target)?,
                (Kind::Directory, Kind::Link) => {
                    std::fs::remove_file(&target)?;
                    move_tree(&source, &target)?;
                }
                (Kind::Directory, Kind::File | Kind::Special | Kind::Unreadable) => {
                    return Err(io::ErrorKind::NotADirectory.into());
                }
                (_, Kind::Directory) => return Err(io::ErrorKind::IsADirectory.into()),
                (_, Kind::File | Kind::Link | Kind::Special | Kind::Unreadable) => {
                    std::fs::rename(&source, &target)?;
                }
            }
        }
    }
    Ok(())
}

/// Gives a directory the owner and the mode of another one.
#[cfg(unix)]
pub(super) fn be_alike(from: &Path, to: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let (wanted, got) = (from.metadata()?, to.metadata()?);
    if (wanted.uid(), wanted.gid()) != (got.uid(), got.gid()) {
        std::os::unix::fs::chown(to, Some(wanted.uid()), Some(wanted.gid()))?;
    }
    std::fs::set_permissions(to, wanted.permissions())
}

/// Gives a directory the mode of another one.
#[cfg(not(unix))]
pub(super) fn be_alike(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::set_permissions(to, from.metadata()?.permissions())
}

/// The bytes of all regular files below a directory, counted no further than a little beyond the limit.
pub fn tree_size(path: &Path, limit: u64) -> u64 {
    let mut size = 0;
    let mut todo = vec![path.to_owned()];
    while let Some(directory) = todo.pop() {
        let Ok(entries) = std::fs::read_dir(&directory) else {
            continue;
        };
        for entry in entries.flatten() {
            let Ok(metadata) = entry.path().symlink_metadata() else {
                continue;
            };
            if metadata.is_dir() {
                todo.push(entry.path());
            } else if metadata.is_file() {
                size += metadata.len();
            }
        }
        if size > limit {
            break;
        }
    }
    size
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

#[cfg(unix)]
fn open_up(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn open_up(directory: &Path) -> io::Result<()> {
    let mut permissions = directory.metadata()?.permissions();
    permissions.set_readonly(false);
    std::fs::set_permissions(directory, permissions)
}

#[cfg(unix)]
fn copy_link(from: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(from.read_link()?, to)
}

#[cfg(not(unix))]
fn copy_link(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::copy(from, to).map(|_| ())
}

#[cfg(all(test, unix))]
mod tests {
    use super::Names;
    use super::copy_tree;
    use super::remove_tree;
    use super::tree_size;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    fn mode(path: &Path) -> u32 {
        path.metadata().expect("metadata").permissions().mode() & 0o777
    }

    fn set_mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
    }

    #[test]
    fn removal_copes_with_depth_and_does_not_follow_links() {
        let parent = tempfile::tempdir().expect("a directory");
        let keep = parent.path().join("keep");
        std::fs::create_dir(&keep).expect("a directory");
        std::fs::write(keep.join("f"), "x").expect("a file");
        let tree = parent.path().join("tree");
        let mut deep = tree.clone();
        for _ in 0..500 {
            deep.push("d");
        }
        std::fs::create_dir_all(&deep).expect("directories");
        symlink(&keep, tree.join("link")).expect("a link");
        remove_tree(&tree).expect("removed");
        remove_tree(&tree).expect("already removed");
        assert!(!tree.exists() && keep.join("f").exists());
    }

    #[test]
    fn what_comes_lies_over_what_is_there() {
        let parent = tempfile::tempdir().expect("a directory");
        let (old, new) = (parent.path().join("old"), parent.path().join("new"));
        for (path, text) in [
            ("old/d/kept", "k"),
            ("old/a", "old"),
            ("new/d/b", "b"),
            ("new/a", "new"),
        ] {
            let path = parent.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
            std::fs::write(path, text).expect("a file");
        }
        let onto = parent.path().join("onto");
        super::link_tree(&old, &onto).expect("linked");
        super::merge_tree(&new, &onto).expect("merged");
        let read = |name: &str| std::fs::read_to_string(parent.path().join(name)).expect(name);
        assert_eq!(
            read("onto/a") + &read("onto/d/kept") + &read("onto/d/b"),
            "newkb"
        );
        assert_eq!(read("old/a"), "old");
        std::fs::create_dir_all(new.join("a")).expect("a directory");
        let error = super::merge_tree(&new, &onto).expect_err("a file is there");
        assert_eq!(error.kind(), std::io::ErrorKind::NotADirectory);
    }

    #[test]
    fn copies_keep_modes_and_links_and_may_leave_hidden_names_out() {
        let parent = tempfile::tempdir().expect("a directory");
        let from = parent.path().join("from");
        std::fs::create_dir_all(from.join("sub/.hidden")).expect("directories");
        std::fs::write(from.join("sub/run"), "12345").expect("a file");
        set_mode(&from.join("sub/run"), 0o751);
        std::fs::write(from.join(".git"), "").expect("a file");
        symlink("sub/run", from.join("link")).expect("a link");
        let to = parent.path().join("to");
        copy_tree(&from, &to, Names::Visible).expect("a copy");
        assert_eq!(mode(&to.join("sub/run")), 0o751);
        assert_eq!(
            to.join("link").read_link().expect("a link"),
            Path::new("sub/run")
        );
        assert!(!to.join(".git").exists() && !to.join("sub/.hidden").exists());
        assert!(copy_tree(&from, &to, Names::All).is_err());
        assert_eq!(tree_size(&to, 100), 5);
    }
}
