//! Diagnoses Terraform and OpenTofu module installation.

pub mod addr;
pub mod io;
pub mod lab;
pub mod manifest;
pub mod stages;
pub mod syntax;
pub mod trace;
pub mod version;
