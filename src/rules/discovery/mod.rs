//! The discovery document.

pub mod tfr301_no_discovery;
pub mod tfr302_no_modules_service;
pub mod tfr303_discovery_content_type;
pub mod tfr304_discovery_not_json;
pub mod tfr305_discovery_status;
pub mod tfr306_modules_not_a_string;
pub mod tfr307_base_url_refused;
pub mod tfr308_base_url_relative;
pub mod tfr309_discovery_redirects;
pub mod tfr311_base_url_query_dropped;
