//! The JSON Schemas of what is public.

/// Of the report document, `tfreg-doctor/report/v1`.
pub const REPORT: &str = include_str!("report.json");

/// Of one line of the event stream, `tfreg-doctor/event/v1`.
pub const EVENT: &str = include_str!("event.json");

/// Of `tfreg-doctor.toml`, without the keys that are flags.
pub const CONFIG: &str = include_str!("config.json");
