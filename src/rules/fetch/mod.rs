//! From an address to the bytes of a package.

pub mod tfr660_no_aws_credential;
pub mod tfr661_s3_url_shape;
pub mod tfr662_s3_region_or_permission;
pub mod tfr663_s3_credential_refused;
pub mod tfr664_s3_host_ignored;
pub mod tfr665_s3_prefix_empty;
pub mod tfr666_s3_prefix_neighbour;
pub mod tfr670_gcs_credential;
