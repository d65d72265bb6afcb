//! What a person expects of a target, as data beside what happened.

use crate::trace::PublicStage;
use crate::trace::call::Place;
use std::time::Duration;

/// Everything that is expected of a run's target.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expectations {
    /// The entries about it.
    pub entries: Vec<Expected>,
    /// How long stages may take.
    pub slow: Vec<SlowLimit>,
    /// The host alone is asked for, and this module proves the rest of it.
    pub canary: Option<String>,
}

/// What an entry of the configuration file, or a line of a list, expects.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Expected {
    /// Where the entry stands.
    pub place: Option<Place>,
    /// The constraint that the selected version meets.
    pub version: Option<String>,
    /// How many versions are published at least.
    pub min_versions: Option<u64>,
    /// The module's directory within its package; empty for the package root.
    pub dir: Option<String>,
    /// Files of the module's directory.
    pub files: Vec<String>,
    /// Those of them that are not there; only where the directory was looked at.
    pub missing: Option<Vec<String>>,
    /// The digest of the package.
    pub sha256: Option<String>,
    /// The most that stages take.
    pub max_ms: Vec<(PublicStage, u64)>,
}

impl Expected {
    /// Whether it expects nothing.
    pub fn is_empty(&self) -> bool {
        self.version.is_none()
            && self.min_versions.is_none()
            && self.dir.is_none()
            && self.files.is_empty()
            && self.sha256.is_none()
            && self.max_ms.is_empty()
    }
}

/// How long a stage may take before somebody wants to hear of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlowLimit {
    /// The stage; every one where none is named.
    pub stage: Option<PublicStage>,
    /// The host whose stages are meant; every one where none is named.
    pub host: Option<String>,
    /// The limit.
    pub limit: Duration,
    /// Who says so: a flag, or a place of the configuration file.
    pub origin: String,
}
