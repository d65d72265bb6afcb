//! Diagnoses Terraform and OpenTofu module installation.

pub mod addr;
pub mod client;
pub mod finding;
pub mod foreign;
pub mod io;
pub mod lab;
pub mod origin;
pub mod rules;
pub mod secret;
pub mod stages;
pub mod syntax;
pub mod trace;
