//! Readers of text formats where no crate reads as the client does: pure, no I/O.

pub mod discovery_json;
pub mod go_json;
pub mod go_quote;
pub mod go_shape;
pub mod location_json;
pub mod versions_json;
