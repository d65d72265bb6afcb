//! What cuts across the stages: conformance, performance, security, and what nothing explains.

pub mod tfr901_one_client_only;
pub mod tfr999_unexplained;
