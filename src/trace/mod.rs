//! What happened: data only.
