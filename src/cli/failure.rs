//! The tool's own failures: each is one message and one exit status.

use thiserror::Error;

/// A failure of the tool itself; what happens to a module is data and no error.
#[derive(Debug, Error)]
pub enum Failure {
    /// The command line or a named file cannot be used; nothing was checked.
    #[error("{0}")]
    Usage(String),
    /// A report cannot be written.
    #[error("{path}: the report cannot be written: {word}")]
    Report {
        /// The path.
        path: String,
        /// The system's word.
        word: String,
    },
    /// What was fetched cannot be put in place; what was there before stands.
    #[error("{0}")]
    Install(String),
    /// The machine does not allow the run.
    #[error("{0}")]
    Machine(String),
}

impl Failure {
    /// The exit status.
    pub fn code(&self) -> i32 {
        match self {
            Self::Install(_) => 1,
            Self::Usage(_) | Self::Report { .. } | Self::Machine(_) => 2,
        }
    }
}
