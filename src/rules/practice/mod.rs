//! What cuts across the stages: conformance, performance, security, and what nothing explains.

pub mod tfr901_one_client_only;
pub mod tfr902_base_url_no_slash;
pub mod tfr903_modules_not_one;
pub mod tfr905_not_semver;
pub mod tfr906_versions_content_type;
pub mod tfr911_head_refused;
pub mod tfr935_redirect_chain;
pub mod tfr936_flaky;
pub mod tfr938_slow_stage;
pub mod tfr940_expectation_failed;
pub mod tfr960_token_in_clear;
pub mod tfr961_redirect_to_http;
pub mod tfr962_discovery_moves_host;
pub mod tfr963_http_without_checksum;
pub mod tfr964_netrc_default;
pub mod tfr965_movable_version;
pub mod tfr967_secret_in_address;
pub mod tfr968_hostile_entry;
pub mod tfr969_world_writable;
pub mod tfr971_location_on_disk;
pub mod tfr972_foreign_domain;
pub mod tfr973_oversized;
pub mod tfr980_client_defect;
pub mod tfr999_unexplained;
