//! Submodules: each level's list is read and judged before anything of it is fetched.
//!
//! Lists are read by git itself, so that nothing is read otherwise than git will read it. One bad entry keeps all of its level from
//! being fetched. Surprise: the client updates submodules always, also where there is no list, and then a lost one fails.

use crate::foreign::Foreign;
use crate::io::dns;
use crate::io::files;
use crate::stages::fetch_git_run::Git;
use crate::stages::fetch_repository::is_inside_project;
use crate::stages::fetch_repository::is_odd;
use crate::trace::Stop;
use crate::trace::stop::Refusal;
use crate::trace::tracer::OpenStep;
use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

/// The most submodules of one repository, at all levels.
const MOST_ENTRIES: usize = 1_000;
/// The most levels.
const MOST_LEVELS: usize = 8;
/// The largest list.
const LIST_BYTES: usize = 1024 * 1024;
/// The name of a list.
const LIST: &str = ".gitmodules";

/// One submodule of a list.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Entry {
    path: String,
    url: String,
    update: String,
}

/// Fetches the submodules of a clone.
pub(super) async fn update(
    git: &mut Git<'_>,
    step: &mut OpenStep,
    depth: Option<&str>,
) -> Result<(), Stop> {
    let root = git.into.clone();
    if !files::exists(&root.join(LIST)) {
        let words = command("--recursive", depth);
        let updated = git.git(step, &words, Some(&root)).await?;
        return git.expect(&updated);
    }
    git.know_ssh(step).await;
    let mut count = 0;
    let mut todo = vec![(root, 0)];
    while let Some((directory, level)) = todo.pop() {
        let entries = list(git, step, &directory).await?;
        count += entries.len();
        if count > MOST_ENTRIES {
            return Err(refused(LIST, "more than 1000 submodules"));
        }
        if level >= MOST_LEVELS && !entries.is_empty() {
            return Err(refused(LIST, "more than 8 levels of submodules"));
        }
        for (name, entry) in &entries {
            judge(git, &directory, name, entry)?;
        }
        let updated = git.git(step, &command("", depth), Some(&directory)).await?;
        git.expect(&updated)?;
        let below = entries.values().map(|entry| directory.join(&entry.path));
        todo.extend(
            below
                .filter(|path| files::exists(&path.join(".git")))
                .map(|path| (path, level + 1)),
        );
    }
    Ok(())
}

fn command<'a>(further: &'a str, depth: Option<&'a str>) -> Vec<&'a str> {
    let mut words = vec!["submodule", "update", "--init"];
    words.extend(Some(further).filter(|word| !word.is_empty()));
    if let Some(depth) = depth {
        words.extend(["--depth", depth]);
    }
    words
}

fn refused(entry: &str, why: &'static str) -> Stop {
    Stop::Refused(Refusal::Submodule {
        entry: Foreign::new(entry),
        why,
    })
}

/// The list of a level, by name.
async fn list(
    git: &Git<'_>,
    step: &mut OpenStep,
    directory: &Path,
) -> Result<BTreeMap<String, Entry>, Stop> {
    match files::kind(&directory.join(LIST)) {
        files::Kind::Missing => return Ok(BTreeMap::new()),
        files::Kind::File => {}
        files::Kind::Directory
        | files::Kind::Link
        | files::Kind::Special
        | files::Kind::Unreadable => return Err(refused(LIST, "the list is no plain file")),
    }
    let words = ["config", "--no-includes", "-z", "--file", LIST, "--list"];
    let mut program = git.program(&words, Some(directory));
    program.kept = LIST_BYTES;
    let ran = git.run(step, &program).await?;
    if ran.exit != Some(0) || ran.output.len() >= LIST_BYTES {
        return Err(refused(LIST, "the list cannot be read"));
    }
    Ok(entries(&String::from_utf8_lossy(&ran.output)))
}

/// The entries of what git prints of a list.
fn entries(printed: &str) -> BTreeMap<String, Entry> {
    let mut found: BTreeMap<String, Entry> = BTreeMap::new();
    for setting in printed.split('\0') {
        let (name, value) = setting.split_once('\n').unwrap_or((setting, ""));
        let named = name
            .strip_prefix("submodule.")
            .and_then(|rest| rest.rsplit_once('.'));
        let Some((name, key)) = named else { continue };
        let entry = found.entry(name.to_owned()).or_default();
        match key {
            "path" => value.clone_into(&mut entry.path),
            "url" => value.clone_into(&mut entry.url),
            "update" => value.clone_into(&mut entry.update),
            _ => {}
        }
    }
    found
}

fn judge(git: &Git<'_>, directory: &Path, name: &str, entry: &Entry) -> Result<(), Stop> {
    let mask = |text: &str| git.cx.io.redactor.mask(text);
    if is_odd(name) || !stays_below(name) {
        return Err(refused(name, "its name leads elsewhere"));
    }
    if entry.update.starts_with('!') {
        return Err(refused(name, "it names a command"));
    }
    if let Some(why) = path_fault(directory, &entry.path) {
        return Err(refused(&entry.path, why));
    }
    if let Some(why) = url_fault(&entry.url) {
        return Err(refused(&mask(&entry.url), why));
    }
    if git.local
        && let Some(path) = local_path(&entry.url)
        && files::exists(&path)
        && !is_inside_project(git.cx, &path)
    {
        return Err(refused(&entry.url, "a path outside the project"));
    }
    Ok(())
}

fn stays_below(path: &str) -> bool {
    !path.starts_with('/')
        && path
            .split(['/', '\\'])
            .all(|part| part != ".." && !part.eq_ignore_ascii_case(".git"))
}

fn path_fault(directory: &Path, path: &str) -> Option<&'static str> {
    // Without a path there is nothing to fetch; git says so itself.
    if path.is_empty() {
        return None;
    }
    if is_odd(path) {
        return Some("its path would be read otherwise than it is written");
    }
    if !stays_below(path) {
        return Some("its path leads out of the clone");
    }
    let mut way = directory.to_owned();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        way.push(part);
        if files::kind(&way) == files::Kind::Link {
            return Some("its path leads through a link");
        }
    }
    None
}

/// What is wrong with an address; local paths are not judged here.
fn url_fault(url: &str) -> Option<&'static str> {
    if is_odd(url) || url.contains("://-") {
        return Some("its address would be read as an option");
    }
    if url.starts_with("./") || url.starts_with("../") {
        return None;
    }
    let before_slash = url.split('/').next().unwrap_or_default();
    if before_slash.contains("::") {
        return Some("git is not let near this transport");
    }
    if let Some((scheme, rest)) = url.split_once("://") {
        let known = ["http", "https", "ssh", "git", "git+ssh", "ssh+git", "file"];
        if !known.contains(&scheme.to_ascii_lowercase().as_str()) {
            return Some("git is not let near this transport");
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        return host_fault(authority);
    }
    match before_slash.split_once(':') {
        Some((host, _)) => host_fault(host),
        None => None,
    }
}

fn host_fault(authority: &str) -> Option<&'static str> {
    let host = authority.rsplit('@').next().unwrap_or_default();
    if host.starts_with('-') {
        return Some("its address would be read as an option");
    }
    let bare = if host.starts_with('[') {
        host.split(']')
            .next()
            .unwrap_or(host)
            .trim_start_matches('[')
    } else {
        host.split(':').next().unwrap_or(host)
    };
    dns::is_metadata_host(bare).then_some("its address is one at which clouds hand out credentials")
}

fn local_path(url: &str) -> Option<PathBuf> {
    if let Some(path) = url.strip_prefix("file://") {
        let path = path.get(path.find('/')?..)?;
        return Some(PathBuf::from(path));
    }
    url.starts_with('/').then(|| PathBuf::from(url))
}

#[cfg(test)]
mod tests {
    use super::entries;
    use super::path_fault;
    use super::stays_below;
    use super::url_fault;

    #[test]
    fn a_list_is_read_as_git_prints_it() {
        let found = entries(
            "submodule.a.b.path\nx\0submodule.a.b.url\n../s\0core.x\n1\0submodule.c.update\n!sh\0",
        );
        let entry = found.get("a.b").expect("an entry");
        assert_eq!((entry.path.as_str(), entry.url.as_str()), ("x", "../s"));
        assert_eq!(
            found.get("c").map(|entry| entry.update.as_str()),
            Some("!sh")
        );
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn addresses_are_judged_before_git_sees_them() {
        for url in [
            "https://h/r.git",
            "ssh://git@h:22/r",
            "git@h:o/r.git",
            "../r.git",
            "/srv/r.git",
            "file:///srv/r.git",
        ] {
            assert_eq!(url_fault(url), None, "{url}");
        }
        for url in [
            "ext::sh -c touch% x",
            "fd::17",
            "-u./x",
            "--upload-pack=x",
            "ssh://-oProxyCommand=x/r",
            "git@-oX:o/r",
            "ftp://h/r",
            "http://169.254.169.254/r",
            "http://[fd00:ec2::254]/r",
            "https://h/r\n",
        ] {
            assert!(url_fault(url).is_some(), "{url}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn paths_stay_in_the_clone() {
        let directory = tempfile::tempdir().expect("a directory");
        std::os::unix::fs::symlink("/", directory.path().join("l")).expect("a link");
        for path in ["a", "a/b", "a..b", ""] {
            assert_eq!(path_fault(directory.path(), path), None, "{path}");
        }
        for path in [
            "../x",
            "/x",
            "a/../../x",
            "a\r",
            ".git",
            "a/.GIT/x",
            "l/x",
            "l",
            "-a",
        ] {
            assert!(path_fault(directory.path(), path).is_some(), "{path:?}");
        }
        assert!(!stays_below("..\\x"));
    }
}
