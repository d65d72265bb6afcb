//! Readers of text formats where no crate reads as the client does: pure, no I/O.
#![deny(clippy::indexing_slicing)]

pub mod hcl2;
pub mod tf_files;
pub mod tf_json;
