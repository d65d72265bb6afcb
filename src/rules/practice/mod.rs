//! What cuts across the stages: conformance, performance, security, and what nothing explains.

pub mod tfr901_one_client_only;
pub mod tfr902_base_url_no_slash;
pub mod tfr903_modules_not_one;
pub mod tfr905_not_semver;
pub mod tfr906_versions_content_type;
pub mod tfr936_flaky;
pub mod tfr960_token_in_clear;
pub mod tfr961_redirect_to_http;
pub mod tfr962_discovery_moves_host;
pub mod tfr965_movable_version;
pub mod tfr972_foreign_domain;
pub mod tfr980_client_defect;
pub mod tfr999_unexplained;
