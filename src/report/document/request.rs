//! What the document says of each request.

use serde::Deserialize;
use serde::Serialize;

/// A request and what came of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestInfo {
    /// Its identifier in this document.
    pub id: String,
    /// The public name of the stage whose question it answers.
    pub stage: String,
    /// What it is about.
    pub subject: String,
    /// The method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// When it was sent, RFC 3339 with milliseconds, UTC.
    pub started_at: String,
    /// From 1.
    pub attempt: u32,
    /// How many redirects led here.
    pub hop: u32,
    /// The status of the answer.
    pub status: Option<u16>,
    /// Why there is no answer.
    pub failure: Option<String>,
    /// The protocol version.
    pub http: Option<String>,
    /// The credential, by its source.
    pub credential: Option<CredentialSent>,
    /// Where the answer leads on to.
    pub redirects: Vec<String>,
    /// The size of the body.
    pub bytes: u64,
    /// The address spoken with.
    pub peer: Option<String>,
    /// How long each phase took.
    pub phases_ms: PhasesInfo,
    /// What was sent.
    pub request_headers: Vec<(String, String)>,
    /// What was received.
    pub response_headers: Option<Vec<(String, String)>>,
}

/// A credential that went with a request, or was held back.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CredentialSent {
    /// `Bearer`, `Basic`, …
    pub scheme: String,
    /// Where it came from.
    pub source: String,
    /// Enough to see that two tokens differ.
    pub fingerprint: String,
    /// Whether it was sent.
    pub sent: bool,
}

/// How long each phase of a request took.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PhasesInfo {
    /// Looking up the name.
    pub dns: Option<f64>,
    /// Connecting.
    pub connect: Option<f64>,
    /// The TLS handshake.
    pub tls: Option<f64>,
    /// Waiting for the answer.
    pub wait: Option<f64>,
    /// Receiving the body.
    pub transfer: Option<f64>,
    /// All of it.
    pub total: f64,
}
