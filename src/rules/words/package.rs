//! What clients print where a package cannot be fetched, unpacked or put into its place.
//!
//! The fetch library wraps an error of its directory mode in `error downloading`, once for each address of a chain; what goes
//! wrong with an archive or a checksum it hands on as it is.

use crate::addr::package::split_forced;
use crate::addr::package::split_subdir;
use crate::client::Behaviour;
use crate::client::Client;
use crate::finding::Said;
use crate::rules::words::calls::About;
use crate::rules::words::fill::Values;
use crate::rules::words::go;
use crate::rules::words::layout;
use crate::rules::words::store;
use crate::rules::words::table::Kind;
use crate::rules::words::table::said;
use crate::rules::words::table::words;
use crate::syntax::go_quote::go_quote;
use crate::trace::Fact;
use crate::trace::Step;
use crate::trace::Stop;
use crate::trace::Subject;
use crate::trace::archive_stop::ArchiveStop;
use crate::trace::archive_stop::ClientPaths;
use crate::trace::call::SourceKind;
use crate::trace::fact::PackageFact;
use crate::trace::stop::ChecksumStop;
use crate::trace::stop::PathProblem;
use crate::trace::stop::ProcessStop;

/// Where the way to a package ended, or the package found no place.
pub(super) fn said_of(about: &About<'_>, step: &Step, stop: &Stop) -> Option<Said> {
    if let (Stop::LocalPackage { .. }, Subject::Call(_)) = (stop, &step.key.subject) {
        let values = about.call().with("url", url(about, step));
        return said(Kind::NotResolved, about.client, &values);
    }
    if let Some(why) = lookup(about, step, stop) {
        let values = about
            .call()
            .with("url", split_subdir(about.call.source.raw()).0)
            .with("why", why);
        return said(Kind::Lookup, about.client, &values);
    }
    let why = match stop {
        Stop::InTheWay { path } => format!("mkdir {path}: not a directory"),
        other => chain(about, step, other)?,
    };
    download(about, step, &why)
}

/// Why a short form could not be looked up, where that was the question.
fn lookup(about: &About<'_>, step: &Step, stop: &Stop) -> Option<String> {
    if !step
        .key
        .subject
        .name()
        .starts_with("https://api.bitbucket.org/")
    {
        return None;
    }
    match stop {
        Stop::Failed(failure) => {
            let failed = go::failed(step.last_exchange()?, failure, about.client)?;
            Some(format!("error looking up BitBucket URL: {failed}"))
        }
        Stop::Status { got: 403, .. } => Some(
            "shorthand BitBucket URL can't be used for private repos, please use a full URL"
                .to_owned(),
        ),
        Stop::Undecodable { words, .. } => Some(words.clone()),
        _ => None,
    }
}

/// The message that a package could not be downloaded.
pub(super) fn download(about: &About<'_>, step: &Step, why: &str) -> Option<Said> {
    let kind = if about.call.kind == SourceKind::Registry {
        Kind::DownloadNamed
    } else {
        Kind::Download
    };
    let values = about.call().with("url", url(about, step)).with("why", why);
    said(kind, about.client, &values)
}

/// The address of a package as messages name it: early clients print it as it was written.
fn url(about: &About<'_>, step: &Step) -> String {
    let call = about.call;
    let is_early = about.client.does(Behaviour::ExpandsRegistryGlob);
    if is_early && call.kind == SourceKind::Registry {
        let releases = releases(about);
        let taken = releases
            .iter()
            .filter_map(|release| about.index.location(release))
            .find_map(|fact| fact.taken.as_ref());
        if let Some(taken) = taken {
            return taken.raw().to_owned();
        }
    }
    if is_early {
        return split_subdir(call.source.raw()).0;
    }
    let package = call.used.iter().rev().find_map(|subject| match subject {
        Subject::Package(address) => Some(address.as_str()),
        _ => None,
    });
    package
        .unwrap_or_else(|| step.key.subject.name())
        .to_owned()
}

/// The releases of a registry that a call used.
fn releases(about: &About<'_>) -> Vec<Subject> {
    let version = about.call.version.as_deref().unwrap_or_default();
    let used = about.call.used.iter();
    used.filter_map(|used| match used {
        Subject::Module(module) => Some(Subject::Release(format!("{module} {version}"))),
        Subject::Release(_) => Some(used.clone()),
        _ => None,
    })
    .collect()
}

/// The error, wrapped for each address on the way.
fn chain(about: &About<'_>, step: &Step, stop: &Stop) -> Option<String> {
    let client = about.client;
    let legs: Vec<&PackageFact> = step
        .facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Package(package) => Some(package),
            _ => None,
        })
        .collect();
    let mut why = inner(about, step, legs.last().copied(), stop)?;
    let mut addresses: Vec<String> = legs.iter().map(|leg| asked(client, leg)).collect();
    if matches!(stop, Stop::LocationChain { .. }) {
        addresses.extend(step.facts.iter().rev().find_map(|fact| match fact {
            Fact::SecondLocation { value, .. } => Some(split_subdir(value.raw()).0),
            _ => None,
        }));
    } else if is_plain(stop) || legs.last().is_some_and(|leg| leg.archive.is_some()) {
        addresses.pop();
    }
    for address in addresses.iter().rev() {
        let values = Values::default().with("url", address).with("why", why);
        why = words(Kind::Getting, client, &values);
    }
    Some(why)
}

/// The address that the fetch library names: early releases of it name parameters for itself too.
fn asked(client: &Client, leg: &PackageFact) -> String {
    if client.does(Behaviour::ExpandsRegistryGlob) {
        split_forced(leg.address.raw()).1.to_owned()
    } else {
        leg.asked.raw().to_owned()
    }
}

/// Errors that the fetch library hands on as they are.
fn is_plain(stop: &Stop) -> bool {
    matches!(
        stop,
        Stop::NoGetter { .. } | Stop::Checksum(_) | Stop::Archive(_) | Stop::NoModuleDir(_)
    )
}

fn inner(about: &About<'_>, step: &Step, leg: Option<&PackageFact>, stop: &Stop) -> Option<String> {
    let client = about.client;
    Some(match stop {
        Stop::Failed(failure) if is_store(leg) => store::failed(step, failure, client)?,
        Stop::Failed(failure) => go::failed(step.last_exchange()?, failure, client)?,
        Stop::Status { got, .. } => format!("bad response code: {got}"),
        Stop::Redirects { limit } => go::redirects(
            step.last_exchange()?,
            &format!("stopped after {} redirects", limit + 1),
        ),
        Stop::BadRedirect(to) if to.raw().is_empty() => {
            format!("bad response code: {}", step.last_exchange()?.status()?)
        }
        Stop::BadRedirect(to) => go::bad_redirect(step.last_exchange()?, to.raw()).0,
        Stop::NoGetter { scheme } => format!("download not supported for scheme '{scheme}'"),
        Stop::NoSourceUrl => "no source URL was returned".to_owned(),
        Stop::PageUnreadable { words } | Stop::BadSecondLocation { words, .. } => words.clone(),
        Stop::LocationChain { limit } => {
            format!("too many X-Terraform-Get redirects: {}", limit + 1)
        }
        Stop::Checksum(stop) => checksum(client, leg, stop),
        Stop::Netrc { path, words } => {
            format!("Error parsing netrc file at {}: {words}", go_quote(path))
        }
        Stop::Archive(stop) => archive(about, leg, stop)?,
        Stop::Process(stop) => process(about, leg, stop)?,
        Stop::LocalPackage { path, problem } => match problem {
            PathProblem::Missing => {
                format!("source path error: stat {path}: no such file or directory")
            }
            PathProblem::NotADirectory if leg.is_some_and(|leg| leg.archive.is_some()) => {
                "source path must be a file".to_owned()
            }
            PathProblem::NotADirectory => "source path must be a directory".to_owned(),
            PathProblem::OutsideProject => return None,
        },
        // Of a crash nothing is printed but the crash.
        Stop::Store { words, .. } if words.raw().starts_with("panic: ") => return None,
        Stop::Store { code, words } => store::refused(step, leg, code, words.raw(), client),
        Stop::NoModuleDir(problem) => layout::glob(problem)?,
        _ => return None,
    })
}

fn is_store(leg: Option<&PackageFact>) -> bool {
    leg.is_some_and(|leg| leg.getter == "s3")
}

fn checksum(client: &Client, leg: Option<&PackageFact>, stop: &ChecksumStop) -> String {
    match stop {
        ChecksumStop::Unusable(text) | ChecksumStop::List(text) => {
            match text.strip_prefix("invalid checksum: Unknown type for checksum ") {
                Some(sum) => words(
                    Kind::UnknownSum,
                    client,
                    &Values::default().with("sum", sum),
                ),
                None if text.starts_with("invalid checksum: ") => text.clone(),
                None => format!("invalid checksum: {text}"),
            }
        }
        ChecksumStop::DirectoryDownload => {
            "checksum cannot be specified for directory download".to_owned()
        }
        ChecksumStop::Mismatch {
            expected,
            got,
            algorithm,
        } => {
            let values = Values::default()
                .with("archive", stored(leg))
                .with("expected", expected)
                .with("got", got)
                .with("sum", algorithm);
            words(Kind::Mismatch, client, &values)
        }
    }
}

/// The file that the client downloads an archive into.
fn stored(leg: Option<&PackageFact>) -> &str {
    leg.map_or("archive", |leg| leg.stored.as_str())
}

fn archive(about: &About<'_>, leg: Option<&PackageFact>, stop: &ArchiveStop) -> Option<String> {
    let destination = about.install_dir();
    stop.client_text(ClientPaths {
        archive: stored(leg),
        destination: &destination,
    })
}

fn process(about: &About<'_>, leg: Option<&PackageFact>, stop: &ProcessStop) -> Option<String> {
    Some(match stop {
        ProcessStop::Missing { program } => {
            format!("{program} must be available and on the PATH")
        }
        ProcessStop::Exited {
            program,
            status,
            output,
            place,
            here,
        } => {
            let printed = printed(about, output.raw(), place, here);
            let note = shallow_note(about.client, leg, &printed);
            exited(about.client, program, *status, &format!("{printed}{note}"))
        }
        ProcessStop::TimedOut { .. } => return None,
        ProcessStop::Parameter(words) => words.clone(),
    })
}

/// What a program of the client prints: with its directories, and without what only ours is told.
fn printed(about: &About<'_>, output: &str, place: &str, here: &str) -> String {
    let lines: Vec<&str> = output
        .lines()
        .filter(|line| !line.starts_with("error: unable to read askpass response"))
        .collect();
    let text = lines.join("\n");
    if place.is_empty() {
        return text;
    }
    let dir = about.install_dir();
    text.replace(&format!("'{place}'"), &format!("'{dir}'"))
        .replace(place, &format!("{here}/{dir}"))
}

/// What the fetch library adds where it could not clone a part of the history.
fn shallow_note(client: &Client, leg: Option<&PackageFact>, printed: &str) -> &'static str {
    let query = leg
        .and_then(|leg| leg.asked.raw().split_once('?'))
        .map_or("", |(_, query)| query);
    let has = |name: &str| query.split('&').any(|word| word.starts_with(name));
    let is_shallow = has("depth=") && !has("depth=0") && has("ref=");
    if is_shallow
        && client.does(Behaviour::AsksForDefaultBranch)
        && printed.starts_with("Cloning into ")
    {
        " (note that setting 'depth' requires 'ref' to be a branch or tag name)"
    } else {
        ""
    }
}

/// A ref that is not there: later releases of the fetch library look for it themselves.
fn exited(client: &Client, program: &str, status: i32, printed: &str) -> String {
    let name = printed
        .strip_prefix("error: pathspec '")
        .and_then(|rest| rest.split_once("' did not match any file(s) known to git"))
        .map(|(name, _)| name);
    let values = Values::default()
        .with("program", program)
        .with("status", status.to_string())
        .with("printed", printed)
        .with("ref", name.unwrap_or_default());
    let kind = if name.is_some() {
        Kind::NoRef
    } else {
        Kind::Exited
    };
    words(kind, client, &values)
}

#[cfg(test)]
mod tests {
    use crate::client::Behaviour;
    use crate::client::Client;

    #[test]
    fn short_locations_of_pages_end_with_1_2() {
        let refuses = |text: &str| {
            Client::parse(text)
                .expect("a client")
                .does(Behaviour::RefusesShortLocations)
        };
        assert!(refuses("terraform@1.2.9") && refuses("opentofu@1.6.3"));
        assert!(!refuses("terraform@1.1.9"));
    }
}
