//! The digest that an archive must have; a list of them is fetched first, by any getter.
//!
//! Surprises: the list's own address may name an archive type, and then the list is what is inside; a subdirectory in it is taken
//! off, and what was fetched is then not looked at.

use crate::addr::archive::ArchiveKind;
use crate::addr::archive::Hop;
use crate::addr::archive::archive_choice;
use crate::addr::url::GoUrl;
use crate::client::Behaviour;
use crate::io::files;
use crate::stages::Cx;
use crate::stages::checksum::Checksum;
use crate::stages::checksum::Wanted;
use crate::stages::checksum_list::LastLine;
use crate::stages::checksum_list::ListedNames;
use crate::stages::checksum_list::listed;
use crate::stages::fetch::Leg;
use crate::stages::fetch::getter_of;
use crate::stages::fetch::kind_word;
use crate::stages::fetch_http::second_location;
use crate::stages::fetch_one;
use crate::stages::fetch_one::One;
use crate::stages::unpack_stream;
use crate::stages::unpack_stream::Stream;
use crate::trace::Stop;
use crate::trace::archive::Kind;
use crate::trace::archive::UnpackLimits;
use crate::trace::stop::ChecksumStop;
use crate::trace::stop::PathProblem;
use crate::trace::stop::ProcessStop;
use crate::trace::tracer::OpenStep;
use std::path::Path;

/// The digest to compare with.
pub async fn wanted_sum(
    cx: &Cx,
    step: &mut OpenStep,
    leg: &Leg,
    archive: &GoUrl,
    wanted: Option<Wanted>,
) -> Result<Option<Checksum>, Stop> {
    let list = match wanted {
        None => return Ok(None),
        Some(Wanted::Value(sum)) => return Ok(Some(sum)),
        Some(Wanted::List(list)) => list,
    };
    let broken = |words: String| Stop::Checksum(ChecksumStop::List(words));
    let address = GoUrl::parse(&list).map_err(|error| broken(error.client_text()))?;
    let fetched = fetch(cx, step, leg, &list).await;
    let bytes = fetched.map_err(|stop| {
        broken(format!(
            "Error downloading checksum file: {}",
            words_of(&stop)
        ))
    })?;
    let names = ListedNames::of(&archive.path_text(), &address.path_text());
    let last = if cx.client.does(Behaviour::ReadsLineWithoutEnd) {
        LastLine::Read
    } else {
        LastLine::NeedsEnd
    };
    match listed(&bytes, last, &names, &list) {
        Ok(sum) => Ok(Some(sum)),
        Err(fault) => Err(broken(fault.client_text())),
    }
}

async fn fetch(cx: &Cx, step: &mut OpenStep, leg: &Leg, list: &str) -> Result<Vec<u8>, Stop> {
    let remote = second_location(cx, leg, list)?;
    let place = if leg.hop == 0 {
        Hop::First
    } else {
        Hop::Nested
    };
    let bad = |words: String| Stop::Checksum(ChecksumStop::List(words));
    let choice =
        archive_choice(&remote.package, place).map_err(|error| bad(error.client_text()))?;
    let getter = getter_of(&choice.stripped)?;
    let name = format!("list{}", leg.hop);
    let one = One {
        getter: &getter,
        package: &choice.stripped,
        name: &name,
    };
    let path = Box::pin(fetch_one::run(cx, step, leg, one)).await?;
    if remote.subdir.is_some() {
        return Ok(Vec::new());
    }
    let limit = cx.io.limits.metadata_bytes;
    match choice.kind {
        None => read(&path, limit),
        Some(kind) if kind.is_single_file() => unpacked(&path, kind, limit),
        Some(kind) => Err(bad(format!(
            "a list inside an archive of the type {} is not read",
            kind_word(kind)
        ))),
    }
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Stop> {
    let (_, bytes) = files::read(path, limit);
    bytes.ok_or(Stop::Limit {
        name: "checksum list".to_owned(),
        number: limit,
    })
}

/// What is inside a compressed list.
fn unpacked(path: &Path, kind: ArchiveKind, limit: u64) -> Result<Vec<u8>, Stop> {
    let file = files::open(path).map_err(|word| Stop::Disk {
        path: "checksum list".to_owned(),
        word,
    })?;
    let kind = Kind::named(kind_word(kind)).expect("every archive type of an address is known");
    let limits = UnpackLimits::default();
    let mut opened = unpack_stream::open(kind, file, &limits).map_err(Stop::Archive)?;
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut bytes = vec![0; size];
    let read = opened.stream.read_full(&mut bytes).map_err(Stop::Archive)?;
    bytes.truncate(read);
    Ok(bytes)
}

/// What the client says of a list that it cannot fetch.
fn words_of(stop: &Stop) -> String {
    match stop {
        Stop::Status { got, .. } => format!("bad response code: {got}"),
        Stop::BadSecondLocation { words, .. }
        | Stop::Netrc { words, .. }
        | Stop::Checksum(ChecksumStop::List(words))
        | Stop::Process(ProcessStop::Parameter(words)) => words.clone(),
        Stop::NoGetter { scheme } => format!("download not supported for scheme '{scheme}'"),
        Stop::LocalPackage {
            path,
            problem: PathProblem::Missing,
        } => format!("source path error: stat {path}: no such file or directory"),
        Stop::LocalPackage { .. } => "source path must be a file".to_owned(),
        Stop::Process(ProcessStop::Missing { program }) => {
            format!("{program} must be available and on the PATH")
        }
        Stop::Store { code, words } => format!("{code}: {}", words.raw()),
        _ => "no answer".to_owned(),
    }
}
