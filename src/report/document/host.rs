//! What the document says of each registry.

use serde::Deserialize;
use serde::Serialize;

/// A registry.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HostInfo {
    /// Its name, with the port where one was given.
    pub host: String,
    /// The address spoken with.
    pub address: Option<String>,
    /// The port.
    pub port: Option<u16>,
    /// The TLS session.
    pub tls: Option<TlsInfo>,
    /// The proxy in between.
    pub proxy: Option<String>,
    /// What its discovery document offers.
    pub services: Vec<ServiceInfo>,
    /// Where a token could come from, first to last.
    pub credentials: Vec<CredentialInfo>,
    /// What it said about its limits.
    pub limits: Option<LimitsInfo>,
}

/// A TLS session.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TlsInfo {
    /// The protocol version.
    pub version: String,
    /// Who signed the server's certificate.
    pub issuer: Option<String>,
    /// When it ends, RFC 3339.
    pub not_after: Option<String>,
    /// The trust store that was asked.
    pub store: String,
}

/// A service of a discovery document.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceInfo {
    /// Its identifier.
    pub id: String,
    /// Where it is.
    pub url: String,
}

/// A place a token can come from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CredentialInfo {
    /// From 1, first to last.
    pub rank: usize,
    /// `env`, `cli-config`, `helper` or `netrc`.
    pub source: String,
    /// The variable, the file or the helper.
    pub name: String,
    /// `used`, `hidden`, `absent`, …
    pub state: String,
    /// Enough to see that two tokens differ.
    pub fingerprint: Option<String>,
    /// What came of a request with it.
    pub tried: Option<Tried>,
}

/// What came of a request with a token.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tried {
    /// The status of the answer.
    pub status: u16,
}

/// What a host said about its limits.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LimitsInfo {
    /// Requests allowed in its window.
    pub limit: Option<u64>,
    /// Requests left.
    pub remaining: Option<u64>,
    /// When the window ends, RFC 3339.
    pub reset_at: Option<String>,
    /// Answers with 429.
    pub seen_429: usize,
}
