//! Local paths and `file://`.
//!
//! The client makes a link to a directory and unpacks an archive. A path that a server named is opened only inside the
//! project.

use crate::addr::PackageAddr;
use crate::addr::archive::ArchiveKind;
use crate::io::ask::NamedBy;
use crate::io::files;
use crate::stages::Cx;
use crate::stages::checksum::Wanted;
use crate::stages::fetch::Leg;
use crate::stages::fetch::Package;
use crate::stages::fetch_http::unpack_file;
use crate::stages::fetch_http::verify;
use crate::stages::place::project_of;
use crate::trace::Stop;
use crate::trace::stop::PathProblem;
use crate::trace::tracer::OpenStep;
use std::path::Path;
use std::path::PathBuf;

/// Takes a package from the local disk.
pub async fn run(
    cx: &Cx,
    step: &mut OpenStep,
    leg: &Leg,
    package: &PackageAddr,
    kind: Option<ArchiveKind>,
    wanted: Option<Wanted>,
) -> Result<Package, Stop> {
    let url = package.url().map_err(|error| Stop::BadSecondLocation {
        got: crate::foreign::Foreign::new(""),
        words: error.client_text(),
    })?;
    let text = url.path_text();
    let path = PathBuf::from(&text);
    let stop = |problem| Stop::LocalPackage {
        path: text.clone(),
        problem,
    };
    // A path that is not there tells nothing about the disk that the client's own message does not.
    let is_missing = files::target_kind(&path) == files::Kind::Missing;
    if leg.named_by == NamedBy::Server && !is_missing && !inside_project(cx, &path) {
        return Err(stop(PathProblem::OutsideProject));
    }
    match (files::target_kind(&path), kind) {
        (files::Kind::Missing, _) => Err(stop(PathProblem::Missing)),
        (files::Kind::Directory, None) => Ok(Package {
            root: path,
            linked: true,
            beside: Vec::new(),
        }),
        (files::Kind::File, Some(kind)) => {
            if let Some(Wanted::Value(sum)) = wanted {
                verify(&path, &text, &sum)?;
            }
            unpack_file(cx, step, &path, kind, &leg.into).await
        }
        (_, None | Some(_)) => Err(stop(PathProblem::NotADirectory)),
    }
}

fn inside_project(cx: &Cx, path: &Path) -> bool {
    let Some(project) = project_of(&cx.io.env) else {
        return false;
    };
    files::resolved(path).is_some_and(|resolved| resolved.starts_with(&project))
}
