//! Addresses: pure parsing, no I/O.

/// Why a source is no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddrError {}

/// Why a location is no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocationError {}
