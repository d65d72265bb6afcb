//! Transport error → typed cause.
//!
//! The HTTP client wraps causes several times, and an I/O error does not name the error inside it as its source. So both ways
//! down are walked. The HTTP library's own errors have no public types here; their fixed words are compared, and tests with
//! real sockets hold them.

use super::limits::Limits;
use super::tls;
use super::watch::ConnectTimedOut;
use super::watch::Seen;
use crate::foreign::Foreign;
use crate::trace::exchange::ConnectFailure;
use crate::trace::exchange::Failure;
use std::error::Error;
use std::io;
use std::io::ErrorKind;

/// Deeper than any chain of causes that was seen.
const DEEPEST: usize = 32;

/// Why no reply came.
pub(super) fn of_request(
    error: &(dyn Error + 'static),
    seen: &Seen,
    through_proxy: bool,
) -> Failure {
    if let Some(certificate) = &seen.certificate {
        return Failure::Certificate(certificate.clone());
    }
    let causes = causes(error);
    if let Some(late) = find::<ConnectTimedOut>(&causes) {
        return Failure::Timeout {
            phase: late.phase,
            limit: late.limit,
        };
    }
    let failure = match &seen.lookup_failure {
        Some(failure) if seen.connected.is_none() => failure.clone(),
        _ => classified(&causes),
    };
    let before_the_host = seen.connected.is_none() && seen.tls_began.is_none();
    if through_proxy && before_the_host {
        return of_proxy(failure, &causes);
    }
    failure
}

/// Why a body ended too early: the error's own words decide only where it is no loss of connection.
pub(super) fn of_body(error: &(dyn Error + 'static), got: u64, expected: Option<u64>) -> Failure {
    let causes = causes(error);
    let malformed = causes
        .iter()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| {
            matches!(
                error.kind(),
                ErrorKind::InvalidInput | ErrorKind::InvalidData
            )
        });
    if malformed && find::<rustls::Error>(&causes).is_none() {
        return Failure::Malformed(words(&causes));
    }
    Failure::ShortBody { got, expected }
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut found: Vec<&'a (dyn Error + 'static)> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        if found.len() >= DEEPEST {
            break;
        }
        found.push(error);
        let inside = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
            .map(|inner| inner as &(dyn Error + 'static));
        next = inside.or_else(|| error.source());
    }
    found
}

fn find<'a, E: Error + 'static>(causes: &[&'a (dyn Error + 'static)]) -> Option<&'a E> {
    causes.iter().find_map(|cause| cause.downcast_ref::<E>())
}

fn classified(causes: &[&(dyn Error + 'static)]) -> Failure {
    if let Some(error) = find::<rustls::Error>(causes) {
        return of_tls(error);
    }
    let of_system = causes
        .iter()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .find_map(of_system);
    if let Some(failure) = of_system {
        return failure;
    }
    of_words(causes)
}

fn of_tls(error: &rustls::Error) -> Failure {
    use rustls::InvalidMessage;
    match error {
        rustls::Error::InvalidCertificate(error) => Failure::Certificate(tls::failure(error)),
        rustls::Error::InvalidMessage(
            InvalidMessage::InvalidContentType
            | InvalidMessage::UnknownProtocolVersion
            | InvalidMessage::MessageTooLarge
            | InvalidMessage::InvalidEmptyPayload,
        ) => Failure::NotTls,
        other => Failure::Handshake(Foreign::new(other.to_string())),
    }
}

fn of_system(error: &io::Error) -> Option<Failure> {
    match error.kind() {
        ErrorKind::ConnectionRefused => Some(Failure::Connect(ConnectFailure::Refused)),
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
            Some(Failure::Connect(ConnectFailure::Reset))
        }
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => {
            Some(Failure::Connect(ConnectFailure::Unreachable))
        }
        ErrorKind::UnexpectedEof => Some(Failure::Closed),
        ErrorKind::TimedOut | ErrorKind::AddrNotAvailable | ErrorKind::PermissionDenied => {
            Some(Failure::Connect(ConnectFailure::Other))
        }
        // Every other kind wraps an error that says more.
        _ => None,
    }
}

fn of_words(causes: &[&(dyn Error + 'static)]) -> Failure {
    let texts: Vec<String> = causes.iter().map(ToString::to_string).collect();
    let says = |wanted: &str| texts.iter().any(|text| text.starts_with(wanted));
    if says("connection closed before message completed") {
        return Failure::Closed;
    }
    if says("message head is too large") {
        return Failure::Limit {
            name: "header section".to_owned(),
            number: 256 * 1024,
        };
    }
    let malformed = [
        "invalid HTTP",
        "invalid content-length",
        "unexpected transfer-encoding",
        "invalid transfer-encoding",
        "received unexpected message",
        "http2 error",
        "internal error inside Hyper",
    ];
    if malformed.iter().any(|wanted| says(wanted)) {
        return Failure::Malformed(words(causes));
    }
    if says("client error (Connect)") || says("tcp connect error") {
        return Failure::Connect(ConnectFailure::Other);
    }
    Failure::Other(words(causes))
}

fn of_proxy(failure: Failure, causes: &[&(dyn Error + 'static)]) -> Failure {
    match failure {
        Failure::Forbidden(_) | Failure::Timeout { .. } | Failure::Limit { .. } => failure,
        Failure::Connect(ConnectFailure::Refused) => {
            Failure::Proxy(Foreign::new("connection refused"))
        }
        Failure::Connect(ConnectFailure::Reset) => Failure::Proxy(Foreign::new("connection reset")),
        Failure::Connect(ConnectFailure::Unreachable) => {
            Failure::Proxy(Foreign::new("unreachable"))
        }
        Failure::Lookup(_) => Failure::Proxy(Foreign::new("no such host")),
        Failure::NotTls => Failure::Proxy(Foreign::new("the proxy does not speak TLS")),
        Failure::Closed => Failure::Proxy(Foreign::new("connection closed")),
        Failure::Connect(ConnectFailure::Other)
        | Failure::Certificate(_)
        | Failure::Handshake(_)
        | Failure::Malformed(_)
        | Failure::ShortBody { .. }
        | Failure::Coding(_)
        | Failure::Proxy(_)
        | Failure::BadUrl(_)
        | Failure::BadHeader { .. }
        | Failure::Disk(_)
        | Failure::Other(_) => Failure::Proxy(words(causes)),
    }
}

/// The innermost words, which say most.
fn words(causes: &[&(dyn Error + 'static)]) -> Foreign {
    Foreign::new(causes.last().map(ToString::to_string).unwrap_or_default())
}

/// The limit that a header section goes over.
pub(super) fn of_headers(headers: &[(String, Vec<u8>)], limits: &Limits) -> Option<Failure> {
    let limit = |name: &str, number: usize| {
        Some(Failure::Limit {
            name: name.to_owned(),
            number: number as u64,
        })
    };
    if headers.len() > limits.header_fields {
        return limit("header fields", limits.header_fields);
    }
    if headers
        .iter()
        .any(|(_, value)| value.len() > limits.header_value)
    {
        return limit("one header value", limits.header_value);
    }
    let size: usize = headers
        .iter()
        .map(|(name, value)| name.len() + value.len() + 4)
        .sum();
    if size > limits.header_bytes {
        return limit("header section", limits.header_bytes);
    }
    None
}
