//! Readers of text formats where no crate reads as the client does: pure, no I/O.

pub mod cli_config;
pub mod der;
pub mod discovery_json;
pub mod glob;
pub mod go_base64;
pub mod go_json;
pub mod go_quote;
pub mod go_shape;
pub mod hcl1;
pub mod hcl2;
pub mod ini;
pub mod location_json;
pub mod messages;
pub mod meta_tag;
pub mod netrc;
pub mod repository_json;
pub mod store_json;
pub mod store_xml;
pub mod tf_files;
pub mod tf_json;
mod utf8;
pub mod versions_json;
