//! `modules.json`: whether it can be read, and whether its records fit their calls and the disk.

pub mod tfr801_manifest_unreadable;
pub mod tfr802_duplicate_record;
pub mod tfr803_dir_missing;
pub mod tfr804_dir_differs;
pub mod tfr805_dir_changes;
pub mod tfr806_glob_in_dir;
pub mod tfr807_dir_not_portable;
pub mod tfr808_stale_records;
pub mod tfr809_source_not_normalised;
pub mod tfr810_call_changed;
pub mod tfr812_data_dir_elsewhere;
pub mod tfr813_call_without_record;
