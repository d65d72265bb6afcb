//! Error texts of the Go library: requests that failed, statuses, certificates, limits of redirects.
//!
//! What only the machine of the client knows, such as its own port or its resolver, stands there as a placeholder.

use crate::addr::url::GoUrl;
use crate::client::Client;
use crate::foreign::Foreign;
use crate::rules::words::fill::Values;
use crate::rules::words::table::Kind;
use crate::rules::words::table::words;
use crate::syntax::go_quote::go_quote;
use crate::trace::Exchange;
use crate::trace::exchange::CertificateFailure;
use crate::trace::exchange::ConnectFailure;
use crate::trace::exchange::Failure;
use crate::trace::exchange::LookupFailure;
use std::net::IpAddr;

/// Why a request failed: `Get "URL": …`, or the bare reason where the body broke off.
pub(super) fn failed(exchange: &Exchange, failure: &Failure, client: &Client) -> Option<String> {
    let cause = cause(exchange, failure, client)?;
    if exchange.reply().is_some() {
        return Some(cause);
    }
    Some(format!(
        "{} {}: {cause}",
        verb(&exchange.sent.method),
        go_quote(&exchange.sent.url)
    ))
}

/// Why a chain of redirects was given up: the last location stands as the server wrote it.
pub(super) fn redirects(exchange: &Exchange, words: &str) -> String {
    let location = exchange
        .reply()
        .and_then(|reply| reply.header("location"))
        .unwrap_or_default();
    format!(
        "{} {}: {words}",
        verb(&exchange.sent.method),
        go_quote(location)
    )
}

/// A method as Go names it in errors: its first letter is a capital.
fn verb(method: &str) -> String {
    let (first, rest) = method.split_at_checked(1).unwrap_or((method, ""));
    format!("{first}{}", rest.to_ascii_lowercase())
}

fn cause(exchange: &Exchange, failure: &Failure, client: &Client) -> Option<String> {
    let peer = peer(exchange);
    let host = &exchange.sent.host;
    Some(match failure {
        Failure::Lookup(LookupFailure::NotFound | LookupFailure::NoAddress) => {
            format!("dial tcp: lookup {host} on {{{{resolver}}}}: no such host")
        }
        Failure::Lookup(LookupFailure::Timeout) => {
            format!("dial tcp: lookup {host} on {{{{resolver}}}}: i/o timeout")
        }
        Failure::Connect(ConnectFailure::Refused) => {
            format!("dial tcp {peer}: connect: connection refused")
        }
        Failure::Connect(ConnectFailure::Reset) => {
            format!("read tcp {{{{local}}}}->{peer}: read: connection reset by peer")
        }
        Failure::Connect(ConnectFailure::Unreachable) => {
            format!("dial tcp {peer}: connect: no route to host")
        }
        Failure::Certificate(failure) => certificate(exchange, failure, client)?,
        Failure::NotTls => "tls: first record does not look like a TLS handshake".to_owned(),
        Failure::Timeout { .. } => {
            "context deadline exceeded (Client.Timeout exceeded while awaiting headers)".to_owned()
        }
        Failure::BadUrl(_) => bad_url(&exchange.sent.url)?,
        Failure::Closed => "EOF".to_owned(),
        Failure::ShortBody { .. } => "unexpected EOF".to_owned(),
        Failure::Proxy(word) if word.raw() == "connection refused" => {
            let proxy = exchange.proxy.as_ref()?;
            format!(
                "proxyconnect tcp: dial tcp {}: connect: connection refused",
                authority(&proxy.url)
            )
        }
        Failure::Lookup(LookupFailure::Other(_))
        | Failure::Connect(ConnectFailure::Other)
        | Failure::Handshake(_)
        | Failure::Malformed(_)
        | Failure::Coding(_)
        | Failure::Proxy(_)
        | Failure::Limit { .. }
        | Failure::Forbidden(_)
        | Failure::BadHeader { .. }
        | Failure::Disk(_)
        | Failure::Other(_) => return None,
    })
}

/// Why nothing could be sent to an address.
fn bad_url(url: &str) -> Option<String> {
    let authority = authority(url);
    if authority.is_empty() || !url.contains("://") {
        return Some("http: no Host in request URL".to_owned());
    }
    let (_, port) = authority.rsplit_once(':')?;
    let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && port.parse::<u16>().is_err())
        .then(|| format!("dial tcp: address {port}: invalid port"))
}

/// Why a redirect could not be followed, and whether asking again may help.
pub(super) fn bad_redirect(exchange: &Exchange, to: &str) -> (String, bool) {
    let verb = verb(&exchange.sent.method);
    match GoUrl::parse(to) {
        Err(error) => {
            let why = format!(
                "{verb} {}: failed to parse Location header {}: {}",
                go_quote(&exchange.sent.url),
                go_quote(to),
                error.client_text()
            );
            (why, true)
        }
        Ok(url) => {
            let why = format!(
                "{verb} {}: unsupported protocol scheme {}",
                go_quote(to),
                go_quote(&url.scheme)
            );
            (why, false)
        }
    }
}

/// The address that was tried.
fn peer(exchange: &Exchange) -> String {
    let address = exchange.peer.or_else(|| exchange.addresses.last().copied());
    match address {
        Some(address) => address.to_string(),
        None => format!("{}:{}", exchange.sent.host, exchange.sent.port),
    }
}

/// Host and port of an address without path.
fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split('/').next().unwrap_or_default();
    rest.rsplit_once('@').map_or(rest, |(_, host)| host)
}

fn certificate(
    exchange: &Exchange,
    failure: &CertificateFailure,
    client: &Client,
) -> Option<String> {
    let host = &exchange.sent.host;
    let leaf = exchange.tls.as_ref().and_then(|tls| tls.chain.first());
    let why = match failure {
        CertificateFailure::UnknownIssuer => "certificate signed by unknown authority".to_owned(),
        CertificateFailure::WrongName => {
            let is_address = |name: &str| name.parse::<IpAddr>().is_ok();
            let names = leaf?.names.iter().map(Foreign::raw);
            let names: Vec<&str> = names
                .filter(|name| is_address(name) == is_address(host))
                .collect();
            if names.is_empty() && is_address(host) {
                format!(
                    "cannot validate certificate for {host} because it doesn't contain any IP SANs"
                )
            } else if names.is_empty() {
                format!("certificate is not valid for any names, but wanted to match {host}")
            } else {
                format!("certificate is valid for {}, not {host}", names.join(", "))
            }
        }
        CertificateFailure::Expired | CertificateFailure::NotYetValid => {
            "certificate has expired or is not yet valid: current time {{now}}".to_owned()
        }
        CertificateFailure::Other(_) => return None,
    };
    Some(words(
        Kind::Certificate,
        client,
        &Values::default().with("why", why),
    ))
}

#[cfg(test)]
mod tests {
    use super::authority;
    use super::verb;

    #[test]
    fn methods_have_one_capital() {
        assert_eq!(verb("GET"), "Get");
        assert_eq!(verb(""), "");
    }

    #[test]
    fn an_authority_has_no_password() {
        assert_eq!(authority("http://u:p@h:8/x"), "h:8");
        assert_eq!(authority("h:8"), "h:8");
    }
}
