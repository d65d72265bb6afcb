//! What the document says of the run itself.

use serde::Deserialize;
use serde::Serialize;

/// What wrote a document.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The commit it was built from, where the build knew.
    pub commit: Option<String>,
    /// The machine it was built for.
    pub target: String,
}

/// A run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunInfo {
    /// An identifier that sorts by time.
    pub id: String,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// The whole run.
    pub duration_ms: f64,
    /// Whether it came to its end.
    pub complete: bool,
    /// The words of the command.
    pub command: Vec<String>,
    /// The working directory below the root of its repository, with a slash at its end; empty at the root.
    pub directory: String,
    /// The clients emulated, the first of which the stages are about.
    pub clients: Vec<ClientInfo>,
    /// Which part of the targets this run took.
    pub partition: Option<Partition>,
    /// How it ends.
    pub exit: Exit,
}

/// An emulated client.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientInfo {
    /// `terraform` or `opentofu`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// How it was chosen.
    pub chosen_by: String,
    /// The releases that it stands for, such as `1.1` or `1.3.7–1.3.10`.
    pub range: String,
    /// Where it is newer than everything known.
    pub note: Option<String>,
}

/// A share of the targets.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Partition {
    /// `slice` or `hash`.
    pub kind: String,
    /// From 1.
    pub index: u32,
    /// How many shares there are.
    pub total: u32,
    /// SHA-256 of the whole list, with `sha256:` in front.
    pub list_digest: String,
    /// How many targets the whole list has.
    pub list_size: usize,
}

/// How a run ends.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Exit {
    /// The exit status.
    pub code: i32,
    /// The reason in words.
    pub reason: String,
}

/// Counts of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// What was checked.
    pub targets: usize,
    /// Targets without a finding above a note.
    pub fine: usize,
    /// Findings of this severity.
    pub error: usize,
    /// Findings of this severity.
    pub warning: usize,
    /// Findings of this severity.
    pub note: usize,
    /// Findings of this severity.
    pub inconclusive: usize,
    /// Findings set aside on request.
    pub suppressed: usize,
    /// Findings of the baseline.
    pub known: usize,
    /// Requests sent.
    pub requests: usize,
    /// Bytes of the answers' bodies.
    pub bytes: u64,
    /// Time spent waiting for servers that throttle.
    pub throttled_ms: f64,
}

/// A setting in force.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Setting {
    /// Its name, as the flag is spelt.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Where it came from.
    pub origin: String,
}
