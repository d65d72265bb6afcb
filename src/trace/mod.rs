//! What happened: data only.

pub mod archive;
pub mod archive_stop;
pub mod sniff;
