//! The JSON Schemas of what is public.

/// Of `tfreg-doctor.toml`, without the keys that are flags.
pub const CONFIG: &str = include_str!("config.json");
