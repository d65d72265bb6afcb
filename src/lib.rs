//! Diagnoses Terraform and `OpenTofu` module installation.

pub mod addr;
pub mod cli;
pub mod client;
pub mod filter;
pub mod finding;
pub mod foreign;
pub mod io;
pub mod lab;
pub mod manifest;
pub mod origin;
pub mod report;
pub mod rules;
pub mod secret;
pub mod stages;
pub mod syntax;
pub mod trace;
pub mod verify;
pub mod version;
pub mod walk;
