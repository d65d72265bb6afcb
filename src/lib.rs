//! Diagnoses Terraform and `OpenTofu` module installation.

pub mod addr;
pub mod io;
pub mod lab;
pub mod stages;
pub mod syntax;
pub mod trace;
