//! Package address → tree: which getter fetches it.
//!
//! Archives go through file mode (one file, its checksum, unpacking), everything else through directory mode. A page that
//! names another address leads to a nested fetch with the fetch library's own rules.

use crate::addr::PackageAddr;
use crate::addr::archive::ArchiveChoice;
use crate::addr::archive::ArchiveHow;
use crate::addr::archive::ArchiveKind;
use crate::addr::archive::Hop;
use crate::addr::archive::archive_choice;
use crate::addr::url::GoUrl;
use crate::client::Behaviour;
use crate::foreign::Foreign;
use crate::io::ask::NamedBy;
use crate::io::files;
use crate::io::trees;
use crate::stages::Cx;
use crate::stages::checksum;
use crate::stages::fetch_file;
use crate::stages::fetch_gcs;
use crate::stages::fetch_git;
use crate::stages::fetch_hg;
use crate::stages::fetch_http;
use crate::stages::fetch_one;
use crate::stages::fetch_one::One;
use crate::stages::fetch_s3;
use crate::stages::fetch_sum;
use crate::stages::module_dir;
use crate::trace::Fact;
use crate::trace::Stage;
use crate::trace::Stop;
use crate::trace::Subject;
use crate::trace::archive_stop::ArchiveStop;
use crate::trace::fact::ArchiveBy;
use crate::trace::fact::PackageFact;
use crate::trace::stop::ChecksumStop;
use crate::trace::tracer::OpenStep;
use std::path::Path;
use std::path::PathBuf;

/// A fetched package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Where its tree is; the user's own directory where the client makes a link to it.
    pub root: PathBuf,
    /// Whether the client makes a link to that directory.
    pub linked: bool,
    /// What the client writes beside the module's directory: names, and where they are.
    pub beside: Vec<(String, PathBuf)>,
}

/// A package that could not be fetched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unfetched {
    /// What was begun of its tree.
    pub left: Option<PathBuf>,
}

/// One address on the way to a package.
#[derive(Debug, Clone)]
pub struct Leg {
    /// The address.
    pub package: PackageAddr,
    /// Which hop of the chain, from 0.
    pub hop: u32,
    /// Who named it.
    pub named_by: NamedBy,
    /// The directory to fill; it does not exist.
    pub into: PathBuf,
    /// A directory for what is needed on the way.
    pub work: PathBuf,
}

/// Fetches a package into a directory that does not exist yet.
pub async fn run(
    cx: &Cx,
    package: &PackageAddr,
    named_by: NamedBy,
    into: &Path,
    work: &Path,
    round: u32,
) -> Result<Package, Unfetched> {
    let mut step = cx.open(
        Subject::Package(cx.io.redactor.mask(package.as_str())),
        Stage::Fetch,
        round,
    );
    let leg = Leg {
        package: package.clone(),
        hop: 0,
        named_by,
        into: into.to_owned(),
        work: work.to_owned(),
    };
    match fetch(cx, &mut step, leg).await {
        Ok(fetched) => {
            step.note(Fact::Tree(module_dir::tree_fact(&fetched.root, cx)));
            step.done(Ok(fetched))
        }
        Err(stop) => {
            let left = left(&stop, into);
            let _ = cx.end::<()>(step, stop);
            Err(Unfetched { left })
        }
    }
}

/// What a failed fetch leaves where the package should be; a single file is refused before anything is made.
fn left(stop: &Stop, into: &Path) -> Option<PathBuf> {
    let is_refused = matches!(stop, Stop::Archive(ArchiveStop::SingleFile { .. }));
    let is_there = files::kind(into) == files::Kind::Directory;
    (is_there && !is_refused).then(|| into.to_owned())
}

/// Fetches along a chain of addresses.
async fn fetch(cx: &Cx, step: &mut OpenStep, first: Leg) -> Result<Package, Stop> {
    let mut leg = first;
    let into = leg.into.clone();
    let mut subdirs: Vec<String> = Vec::new();
    loop {
        let fetched = match one(cx, step, &leg).await {
            Ok(fetched) => fetched,
            Err(stop) => {
                // Without a sub-directory on the way the client fetches into the place itself.
                if leg.hop > 0 && subdirs.is_empty() && files::exists(&leg.into) {
                    let _ = trees::move_tree(&leg.into, &into);
                }
                return Err(stop);
            }
        };
        match fetched {
            Fetched::Tree(package) => {
                return fetch_http::take_subdirs(&package, &subdirs, &into);
            }
            Fetched::Elsewhere(next) => {
                if leg.hop + 1 >= most_hops(cx) {
                    return Err(Stop::LocationChain {
                        limit: most_hops(cx),
                    });
                }
                if let Some(subdir) = next.subdir {
                    subdirs.push(subdir);
                }
                let hop = leg.hop + 1;
                leg = Leg {
                    package: next.package,
                    hop,
                    named_by: NamedBy::Server,
                    into: leg.work.join(format!("hop{hop}")),
                    work: leg.work.clone(),
                };
            }
        }
    }
}

/// How many addresses of a chain are followed; clients without a limit go on for ever, and this does not.
fn most_hops(cx: &Cx) -> u32 {
    let limit = cx.io.limits.location_hops;
    if cx.client.does(Behaviour::LimitsLocationChain) {
        limit
    } else {
        limit.saturating_mul(5)
    }
}

/// The URL of a package.
pub(super) fn read_url(package: &PackageAddr) -> Result<GoUrl, Stop> {
    package.url().map_err(|error| Stop::BadSecondLocation {
        got: Foreign::new(""),
        words: error.client_text(),
    })
}

/// What one address came to.
pub enum Fetched {
    /// A tree.
    Tree(Package),
    /// Another address.
    Elsewhere(crate::addr::RemoteAddr),
}

async fn one(cx: &Cx, step: &mut OpenStep, leg: &Leg) -> Result<Fetched, Stop> {
    let place = if leg.hop == 0 {
        Hop::First
    } else {
        Hop::Nested
    };
    let choice = archive_choice(&leg.package, place).map_err(|error| Stop::BadSecondLocation {
        got: Foreign::new(cx.io.redactor.mask(leg.package.as_str())),
        words: error.client_text(),
    })?;
    let getter = getter_of(&choice.stripped)?;
    step.note(Fact::Package(package_fact(cx, leg, &choice, &getter)));
    let known = ["http", "https", "git", "hg", "s3", "gcs", "file"];
    if !known.contains(&getter.as_str()) {
        return Err(Stop::NoGetter { scheme: getter });
    }
    let sum = expected_sum(cx, step, leg, &choice.stripped).await?;
    let Some(kind) = choice.kind else {
        if sum.is_some() {
            return Err(Stop::Checksum(ChecksumStop::DirectoryDownload));
        }
        return directory(cx, step, leg, &getter, &choice.stripped).await;
    };
    let name = format!("archive{}", leg.hop);
    let wanted = One {
        getter: &getter,
        package: &choice.stripped,
        name: &name,
    };
    let path = fetch_one::run(cx, step, leg, wanted).await?;
    if let Some(sum) = sum {
        fetch_http::verify(&path, "archive", &sum)?;
    }
    fetch_http::unpack_file(cx, step, &path, kind, &leg.into)
        .await
        .map(Fetched::Tree)
}

/// The digest that the address asks for; a list of them is fetched before anything else.
async fn expected_sum(
    cx: &Cx,
    step: &mut OpenStep,
    leg: &Leg,
    stripped: &PackageAddr,
) -> Result<Option<checksum::Checksum>, Stop> {
    let Some(text) = leg.package.checksum() else {
        return Ok(None);
    };
    let unusable = |fault: checksum::ChecksumFault| {
        Stop::Checksum(ChecksumStop::Unusable(fault.client_text()))
    };
    let wanted = checksum::parse(&text).map_err(unusable)?;
    let url = read_url(stripped)?;
    fetch_sum::wanted_sum(cx, step, leg, &url, wanted).await
}

/// Fetches a directory.
async fn directory(
    cx: &Cx,
    step: &mut OpenStep,
    leg: &Leg,
    getter: &str,
    package: &PackageAddr,
) -> Result<Fetched, Stop> {
    // On the heap, as every future of a walk holds these.
    let tree = match getter {
        "http" | "https" => return fetch_http::page(cx, step, leg, package).await,
        "file" => fetch_file::directory(cx, leg, package),
        "git" => Box::pin(fetch_git::run(cx, step, leg, package)).await,
        "hg" => Box::pin(fetch_hg::run(cx, step, leg, package)).await,
        "s3" => Box::pin(fetch_s3::folder(cx, step, leg, package)).await,
        "gcs" => Box::pin(fetch_gcs::folder(cx, step, leg, package)).await,
        other => Err(Stop::NoGetter {
            scheme: other.to_owned(),
        }),
    };
    tree.map(Fetched::Tree)
}

/// The getter that an address picks.
pub fn getter_of(package: &PackageAddr) -> Result<String, Stop> {
    if let Some(forced) = package.forced_getter() {
        return Ok(forced.to_owned());
    }
    let url = read_url(package)?;
    Ok(url.scheme.to_ascii_lowercase())
}

fn package_fact(cx: &Cx, leg: &Leg, choice: &ArchiveChoice, getter: &str) -> PackageFact {
    let mask = |text: &str| Foreign::new(cx.io.redactor.mask(text));
    let written = leg
        .package
        .inner()
        .split_once('?')
        .map(|(_, query)| query.to_owned());
    let sent = choice
        .stripped
        .inner()
        .split_once('?')
        .map(|(_, query)| query.to_owned());
    PackageFact {
        address: mask(leg.package.as_str()),
        asked: mask(choice.stripped.inner()),
        stored: stored(cx),
        getter: getter.to_owned(),
        archive: choice.kind.map(|kind| kind_word(kind).to_owned()),
        found_by: match choice.how {
            ArchiveHow::Parameter => ArchiveBy::Parameter,
            ArchiveHow::Suffix => ArchiveBy::Suffix,
            ArchiveHow::DisabledByParameter => ArchiveBy::Disabled,
            ArchiveHow::None => ArchiveBy::Nothing,
        },
        archive_parameter: choice.parameter.clone().map(Foreign::new),
        checksum: leg.package.checksum().map(Foreign::new),
        query_rebuilt: match (written, sent) {
            (Some(written), Some(sent)) if written != sent => Some((mask(&written), mask(&sent))),
            _ => None,
        },
        hop: leg.hop,
        server_named: leg.named_by == NamedBy::Server,
    }
}

/// The file that the client stores an archive in; the number in its path is a random one.
fn stored(cx: &Cx) -> String {
    let folder = cx.io.env.temporary();
    format!("{}/getter{{{{n}}}}/archive", folder.display())
}

/// The word for an archive kind, as `archive=` has it.
pub fn kind_word(kind: ArchiveKind) -> &'static str {
    match kind {
        ArchiveKind::Bzip2 => "bz2",
        ArchiveKind::Gzip => "gz",
        ArchiveKind::Xz => "xz",
        ArchiveKind::Zstd => "zst",
        ArchiveKind::Tar => "tar",
        ArchiveKind::TarBzip2 => "tar.bz2",
        ArchiveKind::TarGzip => "tar.gz",
        ArchiveKind::TarXz => "tar.xz",
        ArchiveKind::TarZstd => "tar.zst",
        ArchiveKind::Zip => "zip",
    }
}
