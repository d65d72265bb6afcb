//! Lookup, connection, TLS and proxy.

pub mod tfr201_no_such_host;
pub mod tfr202_connection_refused;
pub mod tfr203_untrusted_certificate;
pub mod tfr204_bad_certificate;
pub mod tfr205_plain_http_on_tls;
pub mod tfr206_proxy_failed;
pub mod tfr208_intercepted;
pub mod tfr209_archive_host_unreachable;
pub mod tfr210_no_answer_in_time;
pub mod tfr212_tls_handshake;
