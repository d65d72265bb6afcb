//! What went through a door to the outside.

use crate::foreign::Foreign;
use crate::trace::exchange::Exchange;
use std::time::Duration;

/// What went through a door to the outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// A request.
    Http(Box<Exchange>),
    /// A program.
    Process(ProcessRun),
    /// A file that was read.
    File(FileRead),
}

/// One run of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessRun {
    /// The words of the command, masked.
    pub argv: Vec<String>,
    /// The exit status; `None` when it was ended by a signal or never began.
    pub exit: Option<i32>,
    /// Why it never began.
    pub not_started: Option<String>,
    /// The beginning of what it printed, at most 64 KiB, masked.
    pub output: Foreign,
    /// How long it took.
    pub took: Duration,
    /// Whether a limit of ours ended it.
    pub timed_out: bool,
}

/// One file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRead {
    /// The path as the client would name it.
    pub path: String,
    /// What came of it.
    pub outcome: ReadOutcome,
}

/// What came of reading a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadOutcome {
    /// Its size in bytes.
    Read(u64),
    /// It is not there.
    Missing,
    /// It is a directory.
    Directory,
    /// It cannot be opened; the word is the system's.
    Unreadable(String),
    /// It is larger than a limit of ours.
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
}
