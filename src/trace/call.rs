//! The tree of module calls.

use crate::foreign::Foreign;
use crate::trace::Subject;

/// One `module` block, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Names from the root, joined with dots: `tom.labels`.
    pub key: String,
    /// Where the block stands; `None` for a module named on the command line.
    pub place: Option<Place>,
    /// The `source` argument as written.
    pub source: Foreign,
    /// The `version` argument as written.
    pub constraint: Option<Foreign>,
    /// What kind of address it is.
    pub kind: SourceKind,
    /// The source as `modules.json` records it.
    pub recorded_source: String,
    /// The version that was chosen, canonical.
    pub version: Option<String>,
    /// The hosts, modules and packages that were used for it.
    pub used: Vec<Subject>,
    /// The directory as `modules.json` records it.
    pub dir: Option<String>,
    /// What became of it.
    pub state: CallState,
    /// Whether this is the first use of its package in the client's order; later ones are copies.
    pub first_use: bool,
}

impl Call {
    /// The key of the calling module; empty for the root.
    pub fn parent(&self) -> &str {
        self.key.rsplit_once('.').map_or("", |(parent, _)| parent)
    }

    /// The subject of this call's own steps.
    pub fn subject(&self) -> Subject {
        Subject::Call(self.key.clone())
    }
}

/// Where something stands in a configuration file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The file, as the client names it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
}

/// What kind of address a call has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SourceKind {
    /// A directory beside the caller.
    Local,
    /// A registry module.
    Registry,
    /// A package address.
    Remote,
    /// No address the client accepts.
    Invalid,
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CallState {
    /// Installed.
    Installed,
    /// An old record and its directory were kept.
    Kept,
    /// The client stops at it.
    Failed,
    /// The run ended before it, or was asked to stop earlier.
    NotReached,
}
