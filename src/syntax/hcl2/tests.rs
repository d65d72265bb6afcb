//! Cases settled with Terraform 1.11.4.
#[test] fn placeholder() {}
