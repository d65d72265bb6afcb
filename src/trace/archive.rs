//! What an archive held and what was done with it.

/// What was unpacked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unpacked {}

/// What ended an unpacking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveStop {}
