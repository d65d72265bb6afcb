//! One file, by any getter: an archive, or a list of checksums.

use crate::addr::PackageAddr;
use crate::stages::Cx;
use crate::stages::fetch::Leg;
use crate::stages::fetch_file;
use crate::stages::fetch_gcs;
use crate::stages::fetch_http;
use crate::stages::fetch_repository;
use crate::stages::fetch_s3;
use crate::trace::Stop;
use crate::trace::tracer::OpenStep;
use std::path::PathBuf;

/// What a file is fetched with, and under which name it is kept.
#[derive(Debug, Clone, Copy)]
pub struct One<'a> {
    /// The getter.
    pub getter: &'a str,
    /// The address, without what the client takes out of it.
    pub package: &'a PackageAddr,
    /// The name in the working directory of its leg.
    pub name: &'a str,
}

/// Fetches one file; where it is.
pub async fn run(cx: &Cx, step: &mut OpenStep, leg: &Leg, one: One<'_>) -> Result<PathBuf, Stop> {
    let One {
        getter,
        package,
        name,
    } = one;
    // On the heap, as every future of a walk holds these.
    match getter {
        "http" | "https" => fetch_http::one_file(cx, step, leg, package, name).await,
        "file" => fetch_file::one_file(cx, leg, package),
        "git" | "hg" => Box::pin(fetch_repository::one_file(cx, step, leg, one)).await,
        "s3" => Box::pin(fetch_s3::one_file(cx, step, leg, package, name)).await,
        "gcs" => Box::pin(fetch_gcs::one_file(cx, step, leg, package, name)).await,
        other => Err(Stop::NoGetter {
            scheme: other.to_owned(),
        }),
    }
}
