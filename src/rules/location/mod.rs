//! The download endpoint and the address it gives.

pub mod tfr501_no_location;
pub mod tfr502_json_only;
pub mod tfr503_body_not_json;
pub mod tfr504_download_redirects;
pub mod tfr505_download_missing;
pub mod tfr506_download_refused;
pub mod tfr507_use_registry_credentials;
pub mod tfr508_download_unaccepted_status;
pub mod tfr531_location_without_scheme;
pub mod tfr532_location_is_address;
pub mod tfr533_unsupported_scheme;
pub mod tfr534_query_before_subdir;
pub mod tfr535_glob_in_location;
pub mod tfr536_stray_characters;
pub mod tfr537_scp_in_ssh_url;
pub mod tfr538_file_location;
pub mod tfr539_location_loop;
pub mod tfr540_parameter_mismatch;
pub mod tfr541_no_archive_suffix;
pub mod tfr542_second_hop_not_absolute;
pub mod tfr543_terraform_get_meta_unreadable;
pub mod tfr544_checksum_unusable;
pub mod tfr545_checksum_list_unusable;
pub mod tfr546_location_unparsable;
