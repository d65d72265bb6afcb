//! What cuts across the stages: conformance, performance, security, and what nothing explains.

pub mod tfr901_one_client_only;
pub mod tfr911_head_refused;
pub mod tfr935_redirect_chain;
pub mod tfr963_http_without_checksum;
pub mod tfr964_netrc_default;
pub mod tfr967_secret_in_address;
pub mod tfr968_hostile_entry;
pub mod tfr969_world_writable;
pub mod tfr971_location_on_disk;
pub mod tfr973_oversized;
pub mod tfr999_unexplained;
