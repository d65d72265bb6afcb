//! Archives and the directory that counts.

pub mod tfr740_nested_root;
pub mod tfr741_no_config_files;
pub mod tfr742_opentofu_only;
pub mod tfr743_submodule_missing;
pub mod tfr745_glob_not_one;
