//! The download endpoint and the address it gives.

pub mod tfr501_no_location;
pub mod tfr502_json_only;
pub mod tfr503_body_not_json;
pub mod tfr535_glob_in_location;
pub mod tfr541_no_archive_suffix;
