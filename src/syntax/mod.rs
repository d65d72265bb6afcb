//! Readers of text formats where no crate reads as the client does: pure, no I/O.
#![deny(clippy::indexing_slicing)]

pub mod cli_config;
pub mod hcl1;
pub mod ini;
pub mod netrc;
mod utf8;
