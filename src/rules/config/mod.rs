//! Source addresses, module calls and CLI configuration.

pub mod tfr001_address_grammar;
pub mod tfr002_single_slash;
pub mod tfr003_version_without_registry;
pub mod tfr004_web_url_as_source;
pub mod tfr005_missing_dot_slash;
pub mod tfr006_host_without_dot;
pub mod tfr007_source_expression;
pub mod tfr009_source_not_an_address;
pub mod tfr020_module_source_missing;
pub mod tfr021_module_call_invalid;
pub mod tfr022_config_syntax;
pub mod tfr023_config_file_unreadable;
pub mod tfr024_root_settings_rejected;
