//! What the document says of each thing that was checked.

use serde::Deserialize;
use serde::Serialize;

/// Something that was checked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TargetInfo {
    /// Its identifier in this document.
    pub id: String,
    /// The key of the module call; empty for a host.
    pub key: String,
    /// The registry.
    pub host: Option<String>,
    /// The module on that registry, the source address, or what was named.
    pub address: String,
    /// The directory inside the package.
    pub subdir: String,
    /// The version constraint, as written.
    pub constraint: Option<String>,
    /// The version that was chosen.
    pub selected: Option<String>,
    /// `pass`, `fail`, `inconclusive`, `skipped` or `not-reached`.
    pub status: String,
    /// What it belongs to: the target as it was named on the command line.
    pub asked: String,
    /// In a share: the place of what was named in the whole list, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<usize>,
    /// Where it is called.
    pub calls: Vec<CallInfo>,
    /// The package.
    pub package: Option<PackageInfo>,
    /// Directories as recorded and as they should be.
    pub manifest: Option<ManifestInfo>,
    /// What each stage came to.
    pub stages: Vec<StageInfo>,
}

/// A module call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CallInfo {
    /// The file, relative to the root module.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
    /// The key of the call.
    pub key: String,
}

/// A package.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PackageInfo {
    /// Its address.
    pub url: String,
    /// The archive kind, or the getter.
    pub kind: Option<String>,
    /// The size of the archive.
    pub bytes: Option<u64>,
    /// The digest of the archive.
    pub sha256: Option<String>,
    /// The digest of the unpacked tree.
    pub content_sha256: Option<String>,
    /// What lies at the top of it.
    pub root: Option<Vec<String>>,
}

/// Directories of a module call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ManifestInfo {
    /// Where the module is.
    pub expected_dir: Option<String>,
    /// Where the client says it is.
    pub recorded_dir: Option<String>,
}

/// What a stage came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StageInfo {
    /// Its public name.
    pub name: String,
    /// `pass`, `fail`, `inconclusive`, `skipped` or `not-reached`.
    pub status: String,
    /// What came of it, in words.
    pub text: String,
    /// How long it took.
    pub duration_ms: Option<f64>,
    /// Its requests.
    pub requests: Vec<String>,
    /// Its findings.
    pub findings: Vec<String>,
}
