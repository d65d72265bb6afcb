//! Source addresses, module calls and CLI configuration: what is wrong before the first request.

pub mod tfr026_subdir_leaves_package;
