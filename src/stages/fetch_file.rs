//! Local paths and `file://`.
//!
//! The client makes a link to a directory and unpacks an archive. A path that a server named is opened only inside the
//! project.

use crate::addr::PackageAddr;
use crate::io::ask::NamedBy;
use crate::io::files;
use crate::stages::Cx;
use crate::stages::fetch::Leg;
use crate::stages::fetch::Package;
use crate::stages::fetch::read_url;
use crate::stages::place::project_of;
use crate::trace::Stop;
use crate::trace::stop::PathProblem;
use std::path::Path;
use std::path::PathBuf;

/// Takes a directory of the local disk.
pub fn directory(cx: &Cx, leg: &Leg, package: &PackageAddr) -> Result<Package, Stop> {
    let (text, path) = allowed(cx, leg, package)?;
    match files::target_kind(&path) {
        files::Kind::Missing => Err(stop(text, PathProblem::Missing)),
        files::Kind::Directory => Ok(Package {
            root: path,
            linked: true,
            beside: Vec::new(),
        }),
        files::Kind::File | files::Kind::Link | files::Kind::Special | files::Kind::Unreadable => {
            Err(stop(text, PathProblem::NotADirectory))
        }
    }
}

/// Takes a file of the local disk: where it is.
pub fn one_file(cx: &Cx, leg: &Leg, package: &PackageAddr) -> Result<PathBuf, Stop> {
    let (text, path) = allowed(cx, leg, package)?;
    match files::target_kind(&path) {
        files::Kind::Missing => Err(stop(text, PathProblem::Missing)),
        files::Kind::File => Ok(path),
        files::Kind::Directory
        | files::Kind::Link
        | files::Kind::Special
        | files::Kind::Unreadable => Err(stop(text, PathProblem::NotADirectory)),
    }
}

/// The path, where it may be opened.
fn allowed(cx: &Cx, leg: &Leg, package: &PackageAddr) -> Result<(String, PathBuf), Stop> {
    let url = read_url(package)?;
    let text = url.path_text();
    let path = PathBuf::from(&text);
    // A path that is not there tells nothing about the disk that the client's own message does not.
    let is_missing = files::target_kind(&path) == files::Kind::Missing;
    if leg.named_by == NamedBy::Server && !is_missing && !inside_project(cx, &path) {
        return Err(stop(text, PathProblem::OutsideProject));
    }
    Ok((text, path))
}

fn stop(path: String, problem: PathProblem) -> Stop {
    Stop::LocalPackage { path, problem }
}

fn inside_project(cx: &Cx, path: &Path) -> bool {
    let Some(project) = project_of(&cx.io.env) else {
        return false;
    };
    files::resolved(path).is_some_and(|resolved| resolved.starts_with(&project))
}
