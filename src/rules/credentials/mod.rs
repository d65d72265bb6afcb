//! Tokens: missing, refused, hidden.

pub mod tfr101_token_missing;
pub mod tfr102_token_refused;
pub mod tfr103_token_forbidden;
pub mod tfr104_token_near_miss;
pub mod tfr105_credentials_in_tf;
pub mod tfr106_token_placeholder;
pub mod tfr107_token_shadowed;
pub mod tfr108_token_variable_name;
pub mod tfr109_token_shape;
pub mod tfr110_credentials_helper;
pub mod tfr113_token_not_a_string;
