//! Readers of text formats where no crate reads as the client does: pure, no I/O.

pub mod der;
pub mod glob;
pub mod go_json;
pub mod meta_tag;
pub mod registry_json;
