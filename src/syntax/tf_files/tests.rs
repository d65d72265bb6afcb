//! Cases settled with Terraform 1.11.4.
