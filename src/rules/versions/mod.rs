//! The list of versions and the choice among them.

pub mod tfr455_client_excluded;
