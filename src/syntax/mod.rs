//! Readers of text formats where no crate reads as the client does: pure, no I/O.

pub mod cli_config;
pub mod der;
pub mod glob;
pub mod go_json;
pub mod hcl1;
pub mod hcl2;
pub mod ini;
pub mod meta_tag;
pub mod netrc;
pub mod registry_json;
pub mod tf_files;
pub mod tf_json;
mod utf8;
