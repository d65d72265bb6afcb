//! What an archive held and what was done with it.

/// What was unpacked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unpacked {}

/// What ended an unpacking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveStop {}

impl ArchiveStop {
    /// What is wrong, as a phrase.
    pub fn phrase(&self) -> String {
        String::new()
    }
}
