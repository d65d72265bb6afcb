//! Archives and the directory that counts.

pub mod tfr701_suffix_mismatch;
pub mod tfr702_unsupported_format;
pub mod tfr703_corrupt_archive;
pub mod tfr704_empty_archive;
pub mod tfr705_entry_name_conflict;
pub mod tfr706_links_lost;
pub mod tfr707_backslash_names;
pub mod tfr708_unreadable_modes;
pub mod tfr709_name_too_long;
pub mod tfr710_colliding_names;
pub mod tfr711_path_too_long;
pub mod tfr740_nested_root;
pub mod tfr741_no_config_files;
pub mod tfr742_opentofu_only;
pub mod tfr743_submodule_missing;
pub mod tfr745_glob_not_one;
pub mod tfr746_extra_top_entries;
pub mod tfr747_module_config_error;
pub mod tfr749_module_unusable_as_child;
pub mod tfr850_escapes_package;
pub mod tfr851_nested_needs_access;
pub mod tfr853_module_cycle;
pub mod tfr854_local_dir_missing;
pub mod tfr855_nested_unpinned;
pub mod tfr856_local_source_is_a_file;
