//! `modules.json` read from its place: what every command does that needs records.
//!
//! It says whether the client would refuse the file, and in which words; what the records mean is not its business.

use crate::addr::package::clean_path;
use crate::client::Behaviour;
use crate::io::files;
use crate::manifest::Manifest;
use crate::manifest::ManifestError;
use crate::stages::Cx;
use crate::stages::json_limit;
use crate::trace::Act;
use crate::trace::Stop;
use crate::trace::act::ReadOutcome;
use crate::trace::tracer::OpenStep;
use crate::trace::tracer::Stopped;
use std::path::Path;

/// The `modules.json` of a root module.
#[derive(Debug)]
pub struct RecordsFile {
    /// The records; none where there is no file.
    pub manifest: Manifest,
    /// Whether the file is there.
    pub exists: bool,
}

/// Reads the file in a step that is open; the step ends where the client would refuse the file.
pub fn read_file(
    cx: &Cx,
    mut step: OpenStep,
    root: &Path,
    data_dir: &str,
) -> Result<(OpenStep, RecordsFile), Stopped> {
    let name = format!("{data_dir}/modules/modules.json");
    let (read, bytes) = files::read(&root.join(clean_path(&name)), cx.io.limits.manifest_bytes);
    let refused = match &read.outcome {
        ReadOutcome::Read(_) | ReadOutcome::Missing => None,
        ReadOutcome::Directory => Some(Stop::Manifest {
            path: name.clone(),
            words: format!("failed to read module manifest: read {name}: is a directory"),
        }),
        ReadOutcome::Unreadable(word) => Some(Stop::Manifest {
            path: name.clone(),
            words: format!("failed to read module manifest: open {name}: {word}"),
        }),
        ReadOutcome::TooLarge { limit } => Some(Stop::Limit {
            name: "bytes of modules.json".to_owned(),
            number: *limit,
        }),
    };
    step.act(Act::File(read));
    if let Some(stop) = refused {
        return step.stop(stop);
    }
    let exists = bytes.is_some();
    let manifest = match Manifest::read(&bytes.unwrap_or_default()) {
        Ok(manifest) => manifest,
        Err(error @ (ManifestError::Json(_) | ManifestError::WrongType(_)))
            if cx.client.does(Behaviour::ToleratesCorruptManifest)
                && error.go_message().is_some() =>
        {
            Manifest::default()
        }
        Err(error) => return step.stop(stop_of(&name, &error)),
    };
    Ok((step, RecordsFile { manifest, exists }))
}

fn stop_of(path: &str, error: &ManifestError) -> Stop {
    let (name, number) = match error {
        ManifestError::TooLarge { expected, .. } => ("bytes of modules.json", *expected),
        ManifestError::TooManyRecords { expected, .. } => ("records of modules.json", *expected),
        ManifestError::Json(_)
        | ManifestError::WrongType(_)
        | ManifestError::BadVersion { .. }
        | ManifestError::TwoRecords { .. } => {
            let words = error.go_message().unwrap_or_default();
            let limit = if let ManifestError::Json(error) = error {
                json_limit(error)
            } else {
                None
            };
            return limit.unwrap_or_else(|| Stop::Manifest {
                path: path.to_owned(),
                words: format!("failed to read module manifest: {words}"),
            });
        }
    };
    Stop::Limit {
        name: name.to_owned(),
        number: number as u64,
    }
}
