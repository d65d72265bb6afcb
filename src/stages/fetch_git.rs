//! Repositories, by the git program: the client's own sequence of commands.
//!
//! The user's git configuration is part of the truth and stays in force; what a server or a ref could turn against the
//! user is switched off (hooks, templates, `ext::`, prompts). Surprise: with a ref and without depth the client checks it out
//! twice.

use crate::addr::PackageAddr;
use crate::foreign::Foreign;
use crate::io::files;
use crate::secret::Secret;
use crate::stages::Cx;
use crate::stages::fetch::Leg;
use crate::stages::fetch::Package;
use crate::stages::fetch::read_url;
use crate::stages::fetch_git_run::Git;
use crate::stages::fetch_git_run::Wanted;
use crate::stages::fetch_repository::find_program;
use crate::stages::fetch_repository::refuse;
use crate::syntax::go_base64;
use crate::trace::Fact;
use crate::trace::Stop;
use crate::trace::fact::RepositoryFact;
use crate::trace::stop::ProcessStop;
use crate::trace::tracer::OpenStep;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

/// The most directories of a clone that are looked into for links.
const MOST_DIRECTORIES: usize = 20_000;
/// The most names that are looked at in one directory.
const MOST_NAMES: usize = 100_000;
/// The most links that a record keeps.
const KEPT_LINKS: usize = 20;

/// Clones a repository.
pub async fn run(
    cx: &Cx,
    step: &mut OpenStep,
    leg: &Leg,
    package: &PackageAddr,
) -> Result<Package, Stop> {
    let mut url = read_url(package)?;
    let mut query = url.query();
    let wanted = query.first("ref").unwrap_or_default();
    let depth = query
        .first("depth")
        .and_then(|depth| depth.parse::<i64>().ok())
        .filter(|depth| *depth > 0);
    let key = query.first("sshkey").filter(|key| !key.is_empty());
    for name in ["ref", "sshkey", "depth"] {
        query.remove(name);
    }
    url.raw_query = query.encode();
    let address = url.to_string();
    if let Some(key) = &key {
        cx.io.redactor.learn(&Secret::new(key.clone()));
    }
    refuse(cx, leg, &url, &address, &wanted)?;
    let path = find_program(cx, "git")?;
    let mut git = Git::new(cx, path, leg, &url);
    if let Some(key) = &key {
        git.check_version(step).await?;
        git.key = Some(key_file(cx, leg, key)?);
    }
    git.clone_repository(
        step,
        &Wanted {
            address: &address,
            name: &wanted,
            depth,
        },
    )
    .await?;
    let commit = git.commit(step).await;
    let fixed = wanted.len() == 40 && wanted.bytes().all(|byte| byte.is_ascii_hexdigit());
    let wanted = (!wanted.is_empty()).then(|| Foreign::new(wanted));
    let links_outside = links_outside(&leg.into);
    step.note(Fact::Repository(RepositoryFact {
        commit,
        wanted,
        fixed,
        links_outside,
    }));
    Ok(Package {
        root: leg.into.clone(),
        linked: false,
        beside: Vec::new(),
    })
}

/// The file that ssh reads the key from; gone with its value.
fn key_file(cx: &Cx, leg: &Leg, key: &str) -> Result<files::PrivateFile, Stop> {
    let decoded = go_base64::decode(key)
        .map_err(|fault| Stop::Process(ProcessStop::Parameter(fault.client_text())))?;
    let text = String::from_utf8_lossy(&decoded).into_owned();
    for line in text.lines().filter(|line| !line.starts_with("-----")) {
        cx.io.redactor.learn(&Secret::new(line.to_owned()));
    }
    files::private_file(&leg.work, &decoded).map_err(|word| Stop::Disk {
        path: "key".to_owned(),
        word,
    })
}

/// Links of a clone that lead out of it, with their targets.
pub fn links_outside(root: &Path) -> Vec<Foreign> {
    let mut found = Vec::new();
    let mut todo = vec![(PathBuf::new(), 0_usize)];
    let mut seen = 0;
    while let Some((below, depth)) = todo.pop() {
        seen += 1;
        if seen > MOST_DIRECTORIES || found.len() >= KEPT_LINKS {
            break;
        }
        for name in files::list_directory(&root.join(&below), MOST_NAMES).unwrap_or_default() {
            let path = below.join(&name.name);
            match name.kind {
                files::Kind::Directory if depth > 0 || name.name != *".git" => {
                    todo.push((path, depth + 1));
                }
                files::Kind::Link => {
                    let target = files::link_target(&root.join(&path)).unwrap_or_default();
                    if leads_outside(depth, &target) && found.len() < KEPT_LINKS {
                        found.push(Foreign::new(format!(
                            "{} -> {}",
                            path.display(),
                            target.display()
                        )));
                    }
                }
                files::Kind::Directory
                | files::Kind::File
                | files::Kind::Special
                | files::Kind::Missing
                | files::Kind::Unreadable => {}
            }
        }
    }
    found.sort();
    found
}

/// Whether a link in a directory so many levels deep leads above the top.
fn leads_outside(depth: usize, target: &Path) -> bool {
    let mut level = depth;
    for part in target.components() {
        match part {
            Component::RootDir | Component::Prefix(_) => return true,
            Component::CurDir => {}
            Component::Normal(_) => level += 1,
            Component::ParentDir if level == 0 => return true,
            Component::ParentDir => level -= 1,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::leads_outside;
    use std::path::Path;

    #[test]
    fn a_link_leads_outside_by_its_levels() {
        for (depth, target, outside) in [
            (0, "x", false),
            (0, "../x", true),
            (1, "../x", false),
            (1, "a/../../../x", true),
            (5, "/x", true),
        ] {
            assert_eq!(leads_outside(depth, Path::new(target)), outside, "{target}");
        }
    }
}
