//! What is put on the wire for a route, right or wrong.
//!
//! A reply is bytes and an ending, so that every fault is one of both: too few bytes, other bytes, none, a connection
//! that ends early, hard, or never.

use std::fmt::Write;
use std::time::Duration;

use bytes::Bytes;

use super::routes::Ready;

const LONGEST_DELAY_MS: u64 = 5000;
const CHUNK: usize = 1 << 16;

/// What is put on the wire.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// How late it is.
    pub(super) delay: Duration,
    /// The status line and headers, or nothing.
    pub(super) head: String,
    /// What comes after the head.
    pub(super) body: Bytes,
    /// How the connection ends.
    pub(super) ending: Ending,
}

impl Reply {
    /// A reply of the server itself.
    pub(super) fn own(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let mut head = status_line(status, None);
        for (name, value) in headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        let _ = write!(head, "Content-Length: {}\r\n", body.len());
        head.push_str("Connection: close\r\n\r\n");
        Self {
            delay: Duration::ZERO,
            head,
            body,
            ending: Ending::Orderly,
        }
    }

    /// The reply of a route to a request with `method`.
    pub(super) fn of(ready: &Ready, method: &str) -> Self {
        let route = &ready.route;
        let delay = Duration::from_millis(route.delay_ms.min(LONGEST_DELAY_MS));
        let ending = if route.drop {
            Ending::Abrupt
        } else if route.reset {
            Ending::Reset
        } else if route.hang {
            Ending::Never
        } else {
            Ending::Orderly
        };
        let (head, body) = match status(ready) {
            Some(status) => (head(ready, status), sent_body(ready, status, method)),
            None => (
                String::new(),
                ready
                    .raw
                    .clone()
                    .filter(|_| !route.drop)
                    .unwrap_or_default(),
            ),
        };
        Self {
            delay,
            head,
            body,
            ending,
        }
    }
}

/// How a connection ends after a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// As it should, with a farewell of TLS.
    Orderly,
    /// Without a farewell of TLS.
    Abrupt,
    /// With a reset.
    Reset,
    /// When the client gives up.
    Never,
}

/// The status a route answers with; nothing where it sends no HTTP reply.
pub(super) fn status(ready: &Ready) -> Option<u16> {
    let route = &ready.route;
    let silent = (route.hang || route.reset) && route.short.is_none();
    (!route.drop && !silent && ready.raw.is_none()).then(|| route.status.unwrap_or(200))
}

fn head(ready: &Ready, status: u16) -> String {
    let route = &ready.route;
    let has = |wanted: &str| {
        route
            .headers
            .0
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case(wanted))
    };
    let mut head = status_line(status, route.reason.as_deref());
    for (name, value) in &ready.headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    if route.chunked && !is_bare(status) {
        head.push_str("Transfer-Encoding: chunked\r\n");
    } else if !route.no_length && !has("Content-Length") && !is_bare(status) {
        let _ = write!(head, "Content-Length: {}\r\n", ready.body.len());
    }
    if !has("Connection") {
        head.push_str("Connection: close\r\n");
    }
    head.push_str("\r\n");
    head
}

fn sent_body(ready: &Ready, status: u16, method: &str) -> Bytes {
    let route = &ready.route;
    if method == "HEAD" || is_bare(status) {
        return Bytes::new();
    }
    let body = if route.chunked {
        chunked(&ready.body)
    } else {
        ready.body.clone()
    };
    body.slice(..body.len().saturating_sub(route.short.unwrap_or(0)))
}

fn chunked(body: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(body.len() + 64);
    for piece in body.chunks(CHUNK) {
        out.extend(format!("{:x}\r\n", piece.len()).into_bytes());
        out.extend(piece);
        out.extend(b"\r\n");
    }
    out.extend(b"0\r\n\r\n");
    out.into()
}

/// Whether replies with this status have no body and state no length.
fn is_bare(status: u16) -> bool {
    matches!(status, 204 | 304)
}

fn status_line(status: u16, reason: Option<&str>) -> String {
    format!(
        "HTTP/1.1 {status} {}\r\n",
        reason.unwrap_or(usual_reason(status))
    )
}

fn usual_reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        203 => "Non-Authoritative Information",
        204 => "No Content",
        206 => "Partial Content",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        451 => "Unavailable For Legal Reasons",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        511 => "Network Authentication Required",
        _ => "Status",
    }
}

#[cfg(test)]
mod tests {
    use super::{Ending, Reply};
    use crate::lab::pack::Shelf;
    use crate::lab::placeholders::Placeholders;
    use crate::lab::routes::Ready;
    use crate::lab::scenario::Scenario;

    fn reply(method: &str, words: &str) -> Reply {
        let text = format!(
            r#"{{"routes": [{{"path": "/", "headers": {{"Content-Type": null}}, {words}}}]}}"#
        );
        let scenario = Scenario::from_json(&text).expect("a scenario");
        let shelf = Shelf::pack(&scenario, Placeholders::default()).expect("packed");
        Reply::of(
            &Ready::new(&scenario.routes[0], &shelf).expect("ready"),
            method,
        )
    }

    #[test]
    fn a_short_body_states_the_whole_length() {
        let short = reply("GET", r#""body": "abcdef", "short": 2"#);
        assert_eq!(
            short.head,
            "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\n"
        );
        assert_eq!((short.body, short.ending), ("abcd".into(), Ending::Orderly));
        let cut = reply("GET", r#""body": "abcdef", "cut": 2"#);
        assert!(cut.head.contains("Content-Length: 4\r\n"));
        assert_eq!(cut.body, "abcd");
    }

    #[test]
    fn the_end_of_a_body_is_told_as_asked() {
        let chunks = reply("GET", r#""body": "abc", "chunked": true"#);
        assert!(
            chunks.head.contains("Transfer-Encoding: chunked\r\n")
                && !chunks.head.contains("Length")
        );
        assert_eq!(chunks.body, "3\r\nabc\r\n0\r\n\r\n");
        let open = reply("GET", r#""body": "abc", "no_length": true"#);
        assert_eq!(open.head, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        assert!(
            reply("HEAD", r#""body": "abc""#)
                .head
                .contains("Content-Length: 3")
        );
        assert_eq!(reply("HEAD", r#""body": "abc""#).body, "");
        let bare = reply(
            "GET",
            r#""status": 204, "body": "abc", "reason": "Nothing""#,
        );
        assert_eq!(
            bare.head,
            "HTTP/1.1 204 Nothing\r\nConnection: close\r\n\r\n"
        );
        assert_eq!(bare.body, "");
    }

    #[test]
    fn faults_end_the_connection_in_their_own_way() {
        let silent = |words, ending| {
            let reply = reply("GET", words);
            assert_eq!((reply.head.as_str(), reply.ending), ("", ending), "{words}");
            reply.body
        };
        assert_eq!(silent(r#""body": "a", "drop": true"#, Ending::Abrupt), "");
        assert_eq!(silent(r#""body": "a", "reset": true"#, Ending::Reset), "");
        assert_eq!(silent(r#""body": "a", "hang": true"#, Ending::Never), "");
        assert_eq!(
            silent(r#""raw": "SSH-2.0\r\n""#, Ending::Orderly),
            "SSH-2.0\r\n"
        );
        assert_eq!(
            silent(r#""raw": {"hex": "ff"}, "hang": true"#, Ending::Never),
            &b"\xff"[..]
        );
        let stalled = reply("GET", r#""body": "abc", "short": 1, "hang": true"#);
        assert_eq!((stalled.body, stalled.ending), ("ab".into(), Ending::Never));
    }
}
