//! Runs that the client does not bring to an end: it crashes, or asks for ever. Then it has written nothing.

use crate::cli::failure::Failure;
use crate::client::Behaviour;
use crate::client::Client;
use crate::io::files;
use crate::report::Verdict;
use crate::trace::Stop;
use crate::trace::Trace;
use crate::trace::archive_stop::ArchiveStop;
use crate::trace::archive_stop::ZipFault;
use crate::trace::stop::STORE_BAD_ADDRESS;
use std::path::Path;

/// How a run does not end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Endless {
    /// The client crashes.
    Crash,
    /// The client asks until somebody stops it.
    Loop,
}

/// How the client fails to end this run, if it does.
pub(super) fn of(client: &Client, trace: &Trace) -> Option<Endless> {
    let stops = || trace.steps.iter().filter_map(|step| step.stop());
    let asks_for_ever = !client.does(Behaviour::LimitsLocationChain);
    if stops().any(|stop| is_crash(client, stop)) {
        Some(Endless::Crash)
    } else if asks_for_ever && stops().any(|stop| matches!(stop, Stop::LocationChain { .. })) {
        Some(Endless::Loop)
    } else {
        None
    }
}

fn is_crash(client: &Client, stop: &Stop) -> bool {
    match stop {
        Stop::ClientCrashes { .. } => true,
        Stop::Archive(ArchiveStop::Zip(
            ZipFault::Method { .. } | ZipFault::LocalHeader { .. } | ZipFault::LocalMissing { .. },
        )) => client.does(Behaviour::CrashesOnUnopenableZipEntry),
        Stop::Store { code, words } => {
            code == STORE_BAD_ADDRESS && words.raw().starts_with("panic:")
        }
        _ => false,
    }
}

/// Leaves what the client leaves; the verdict.
pub(super) fn leave(client: &Client, end: Endless, root: &Path) -> Result<Verdict, Failure> {
    if end == Endless::Crash && client.does(Behaviour::WritesCrashLog) {
        let path = root.join("crash.log");
        let text = format!(
            "{} {} crashes here.\n",
            client.product.title(),
            client.version()
        );
        files::write_atomic(&path, text.as_bytes(), 0o644).map_err(|error| {
            Failure::Machine(format!("{}: {}", path.display(), files::word(&error)))
        })?;
    }
    Ok(Verdict::Findings)
}
