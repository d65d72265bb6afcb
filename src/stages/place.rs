//! A package where the client puts it, and the mapping between its names of directories and the disk.
//!
//! Nothing is installed into the user's tree here: a workspace mirrors `modules/` in a scratch directory. Directories
//! that an old record keeps are read where they are.

use crate::addr::package::clean_path;
use crate::io::env::Env;
use crate::io::files;
use crate::io::scratch::Scratch;
use crate::io::trees;
use crate::stages::fetch::Package;
use std::collections::HashMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

/// The most links that are followed in one path.
const MOST_LINKS: usize = 255;

/// The scratch directory of one walk, and how the client's names map to it.
#[derive(Debug)]
pub struct Workspace {
    /// The root module's directory.
    pub root: PathBuf,
    /// The data directory as the client names it: `.terraform`.
    pub data_dir: String,
    scratch: Arc<Scratch>,
    staged: HashMap<String, PathBuf>,
    removed: Vec<String>,
}

/// Why a package is not where it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaceFault {
    /// Something is there already.
    InTheWay,
    /// The disk refuses; the word is the system's.
    Disk(String),
}

impl Workspace {
    /// A workspace for the root module in a directory.
    pub fn new(root: &Path, data_dir: &str, scratch: Arc<Scratch>) -> Self {
        Self {
            root: root.to_owned(),
            data_dir: data_dir.to_owned(),
            scratch,
            staged: HashMap::new(),
            removed: Vec::new(),
        }
    }

    /// The scratch directory.
    pub fn scratch(&self) -> &Path {
        self.scratch.path()
    }

    /// The directory of a call as the client names it.
    pub fn install_dir(&self, key: &str) -> String {
        clean_path(&format!("{}/modules/{key}", self.data_dir))
    }

    /// The modules that were placed: key and where they are now.
    pub fn staged(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.staged
            .iter()
            .map(|(key, path)| (key.as_str(), path.as_path()))
    }

    /// Marks the installed directory of a call, and of the calls below it, as gone.
    pub fn forget(&mut self, key: &str) {
        self.removed.push(key.to_owned());
    }

    /// Keys whose old directories are replaced.
    pub fn removed(&self) -> &[String] {
        &self.removed
    }

    /// Puts a fetched package into the place of its first call.
    pub fn place(&mut self, key: &str, package: &Package) -> Result<PathBuf, PlaceFault> {
        let target = self.scratch.path().join("modules").join(key);
        let disk = |error: std::io::Error| PlaceFault::Disk(files::word(&error));
        if package.linked {
            self.staged.insert(key.to_owned(), package.root.clone());
            return Ok(package.root.clone());
        }
        files::make_directories(&self.scratch.path().join("modules")).map_err(PlaceFault::Disk)?;
        // A package may be nothing at all.
        if files::exists(&package.root) {
            trees::move_tree(&package.root, &target).map_err(disk)?;
            self.staged.insert(key.to_owned(), target.clone());
        }
        for (name, path) in &package.beside {
            self.place_beside(name, path)?;
        }
        Ok(target)
    }

    /// Puts a fetched package over what lies in its place, as the client does where the record of a call stands but its
    /// directory is gone: it does not clear the place then.
    pub fn place_over(&mut self, key: &str, package: &Package) -> Result<PathBuf, PlaceFault> {
        if package.linked {
            return Err(PlaceFault::InTheWay);
        }
        let old = self.physical(&self.install_dir(key));
        let target = self.scratch.path().join("modules").join(key);
        let disk = |error: std::io::Error| PlaceFault::Disk(files::word(&error));
        files::make_directories(&self.scratch.path().join("modules")).map_err(PlaceFault::Disk)?;
        if trees::link_tree(&old, &target).is_err() {
            trees::remove_tree(&target).map_err(disk)?;
            trees::copy_tree(&old, &target, trees::Names::All).map_err(disk)?;
        }
        trees::merge_tree(&package.root, &target).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotADirectory | std::io::ErrorKind::IsADirectory => {
                PlaceFault::InTheWay
            }
            _ => disk(error),
        })?;
        self.staged.insert(key.to_owned(), target.clone());
        for (name, path) in &package.beside {
            self.place_beside(name, path)?;
        }
        Ok(target)
    }

    /// Whether a directory, and no link to one, stands in the place of a call.
    pub fn is_a_directory(&self, key: &str) -> bool {
        files::kind(&self.physical(&self.install_dir(key))) == files::Kind::Directory
    }

    /// Puts something beside the modules, where no other call has its directory; over what an earlier run left there.
    fn place_beside(&mut self, name: &str, path: &Path) -> Result<(), PlaceFault> {
        if self.staged.contains_key(name) {
            return Err(PlaceFault::InTheWay);
        }
        let disk = |error: std::io::Error| PlaceFault::Disk(files::word(&error));
        let target = self.scratch.path().join("modules").join(name);
        let there = self.physical(&self.install_dir(name));
        match files::kind(&there) {
            files::Kind::Missing | files::Kind::File => {
                trees::move_tree(path, &target).map_err(disk)?;
            }
            files::Kind::Directory if files::kind(path) == files::Kind::Directory => {
                trees::copy_tree(&there, &target, trees::Names::All).map_err(disk)?;
                trees::merge_tree(path, &target).map_err(disk)?;
            }
            files::Kind::Directory
            | files::Kind::Link
            | files::Kind::Special
            | files::Kind::Unreadable => {
                return Err(PlaceFault::InTheWay);
            }
        }
        self.staged.insert(name.to_owned(), target);
        Ok(())
    }

    /// Copies an installed package for another call, without the names that begin with a dot, as the client does.
    pub fn copy(&mut self, from: &Path, key: &str) -> Result<PathBuf, PlaceFault> {
        let target = self.scratch.path().join("modules").join(key);
        files::make_directories(&self.scratch.path().join("modules")).map_err(PlaceFault::Disk)?;
        trees::copy_tree(from, &target, trees::Names::Visible)
            .map_err(|error| PlaceFault::Disk(files::word(&error)))?;
        self.staged.insert(key.to_owned(), target.clone());
        Ok(target)
    }

    /// Whether the directory of a call is on the disk already and stays there.
    pub fn is_in_the_way(&self, key: &str) -> bool {
        files::exists(&self.physical(&self.install_dir(key)))
    }

    /// Whether a file stands where the directory of a call should be, and stays there.
    pub fn is_a_file(&self, key: &str) -> bool {
        files::target_kind(&self.physical(&self.install_dir(key))) == files::Kind::File
    }

    /// Where a directory that the client names is on the disk.
    pub fn physical(&self, dir: &str) -> PathBuf {
        let dir = clean_path(dir);
        let modules = clean_path(&format!("{}/modules", self.data_dir));
        if let Some(below) = dir
            .strip_prefix(&modules)
            .and_then(|rest| rest.strip_prefix('/'))
        {
            let (key, rest) = below.split_once('/').unwrap_or((below, ""));
            if let Some(path) = self.staged.get(key) {
                return if rest.is_empty() {
                    path.clone()
                } else {
                    path.join(rest)
                };
            }
            if self.removed.iter().any(|removed| removed == key) {
                return self.scratch.path().join("removed").join(key);
            }
        }
        self.root.join(dir)
    }

    /// A path with its links resolved as the client resolves them: relative as long as the links are; or the path at which
    /// that ended.
    pub fn resolve_links(&self, path: &str) -> Result<String, String> {
        let rooted = path.starts_with('/');
        let mut done = if rooted {
            "/".to_owned()
        } else {
            String::new()
        };
        let mut todo: Vec<String> = path
            .split('/')
            .filter(|part| !part.is_empty())
            .rev()
            .map(str::to_owned)
            .collect();
        let mut links = 0;
        while let Some(part) = todo.pop() {
            if part == "." {
                continue;
            }
            if part == ".." {
                done = up(&done);
                continue;
            }
            let next = join(&done, &part);
            let physical = self.physical(&next);
            if self.holds_staged(&next) && !files::exists(&physical) {
                done = next;
                continue;
            }
            if !files::exists(&physical) {
                return Err(next);
            }
            match files::link_target(&physical)
                .filter(|_| files::kind(&physical) == files::Kind::Link)
            {
                None => done = next,
                Some(target) => {
                    links += 1;
                    if links > MOST_LINKS {
                        return Err(next);
                    }
                    let target = target.to_string_lossy().into_owned();
                    if target.starts_with('/') {
                        "/".clone_into(&mut done);
                    }
                    todo.extend(
                        target
                            .split('/')
                            .filter(|part| !part.is_empty())
                            .rev()
                            .map(str::to_owned),
                    );
                }
            }
        }
        // A staged module that the client links to is the directory behind that link.
        Ok(if done.is_empty() {
            ".".to_owned()
        } else {
            self.through_link(&done)
        })
    }

    /// Whether a directory is one of those above the modules that were placed.
    fn holds_staged(&self, dir: &str) -> bool {
        let modules = clean_path(&format!("{}/modules", self.data_dir));
        !self.staged.is_empty() && (modules == dir || modules.starts_with(&format!("{dir}/")))
    }

    fn through_link(&self, dir: &str) -> String {
        let modules = clean_path(&format!("{}/modules", self.data_dir));
        let below = dir
            .strip_prefix(&modules)
            .and_then(|rest| rest.strip_prefix('/'));
        let Some(below) = below else {
            return dir.to_owned();
        };
        let (key, rest) = below.split_once('/').unwrap_or((below, ""));
        match self.staged.get(key) {
            Some(path) if !path.starts_with(self.scratch.path()) => {
                let path = path.display().to_string();
                if rest.is_empty() {
                    path
                } else {
                    format!("{path}/{rest}")
                }
            }
            _ => dir.to_owned(),
        }
    }
}

fn join(done: &str, part: &str) -> String {
    match done {
        "" => part.to_owned(),
        "/" => format!("/{part}"),
        _ => format!("{done}/{part}"),
    }
}

fn up(done: &str) -> String {
    match done {
        "/" => "/".to_owned(),
        "" => "..".to_owned(),
        _ if done == ".." || done.ends_with("/..") => format!("{done}/.."),
        _ => match done.rsplit_once('/') {
            Some(("", _)) => "/".to_owned(),
            Some((parent, _)) => parent.to_owned(),
            None => String::new(),
        },
    }
}

/// The project that a path of the local disk must lie in when a server named it: the git work tree that holds the working
/// directory, else the directory above it, unless that is the home directory or the root.
pub fn project_of(env: &Env) -> Option<PathBuf> {
    let here = files::resolved(env.directory())?;
    if let Some(work_tree) = here
        .ancestors()
        .find(|ancestor| files::exists(&ancestor.join(".git")))
    {
        return Some(work_tree.to_owned());
    }
    let home = env.home().and_then(|home| files::resolved(&home));
    let above = here.parent()?.to_owned();
    let is_too_much = above.parent().is_none() || home.is_some_and(|home| home == above);
    Some(if is_too_much { here } else { above })
}
