//! A host that wants to be left alone.

use std::time::Duration;

/// An answer that says that too much was asked, and what was made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThrottleFact {
    /// The host, with its port where that is not the usual one.
    pub host: String,
    /// The status.
    pub status: u16,
    /// How many requests are allowed, where the host says so.
    pub limit: Option<u64>,
    /// How many of them are left, where the host says so.
    pub remaining: Option<u64>,
    /// When asking is allowed again, in RFC 3339 and UTC, where the host says so.
    pub reset: Option<String>,
    /// How long the question waited because of it.
    pub waited: Duration,
    /// Whether nothing more was asked.
    pub gave_up: bool,
}
