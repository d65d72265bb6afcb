//! What the document says of each finding.

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

/// A finding.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FindingInfo {
    /// Its identifier in this document.
    pub id: String,
    /// The code.
    pub code: String,
    /// The name.
    pub name: String,
    /// `error`, `warning`, `note` or `inconclusive`.
    pub severity: String,
    /// `certain`, `likely` or `possible`.
    pub confidence: String,
    /// `open`, `known` or `suppressed`.
    pub status: String,
    /// What the rule is about.
    pub title: String,
    /// What is wrong here.
    pub message: String,
    /// Which case of its rule it is.
    pub reason: Option<String>,
    /// The public name of the stage.
    pub stage: String,
    /// Who must fix it.
    pub owner: String,
    /// The targets it affects.
    pub targets: Vec<String>,
    /// Where it is caused or shows.
    pub locations: Vec<Location>,
    /// What it rests on.
    pub evidence: Vec<EvidenceInfo>,
    /// What the client says about it.
    pub client_message: Option<ClientWords>,
    /// What helps, and what only seems to.
    pub fixes: Vec<FixInfo>,
    /// How to see it again.
    pub reproduce: Reproduce,
    /// The same for the same problem in every run.
    pub fingerprint: String,
    /// Why it is set aside.
    pub suppressed: Option<String>,
    /// A page about the code.
    pub docs: Option<String>,
}

/// A place in a file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Location {
    /// The file, relative to the root module.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
}

/// Something a finding rests on: a value, or a request.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EvidenceInfo {
    /// What it is.
    pub kind: String,
    /// A text, a list of lines, or a table of rows.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub value: Value,
    /// The identifier of a request.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
}

/// What a client prints.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientWords {
    /// The client.
    pub client: Option<String>,
    /// When it says so.
    pub phase: String,
    /// Its words, in short.
    pub text: String,
    /// The words behind `Error: `; none where it does not stop.
    pub summary: Option<String>,
    /// The text below, in one line.
    pub detail: Option<String>,
    /// What it prints besides: for other calls that this hits, or in further messages.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<SaidInfo>,
}

/// A message as a client prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SaidInfo {
    /// The words behind `Error: `.
    pub summary: String,
    /// The text below, in one line.
    pub detail: String,
}

/// A fix.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FixInfo {
    /// Who does it.
    pub audience: String,
    /// What to do.
    pub text: String,
    /// The new value.
    pub value: Option<String>,
    /// Commands that do it.
    pub commands: Vec<String>,
    /// `verified`, `refuted` or `untested`, for all clients asked for.
    pub verified: String,
    /// How it was tried.
    pub how: String,
    /// The same for each client.
    pub by_client: Vec<ByClient>,
}

/// What a fix does for a client.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ByClient {
    /// The client with its version.
    pub client: String,
    /// `verified`, `refuted` or `untested`.
    pub verified: String,
}

/// How to see a finding again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reproduce {
    /// The same check, of this alone.
    pub command: Option<String>,
    /// The requests, with the sources of secrets in place of secrets.
    pub curl: Vec<String>,
}

/// What a further client makes of the targets.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OtherClientInfo {
    /// The client with its version.
    pub client: String,
    /// Each call.
    pub calls: Vec<OtherCall>,
    /// Its findings.
    pub findings: Vec<OtherFinding>,
    /// Its requests, in order.
    pub requests: Vec<OtherRequest>,
}

/// A request of a further client.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OtherRequest {
    /// The method.
    pub method: String,
    /// The address.
    pub url: String,
    /// The status, where a reply came.
    pub status: Option<u16>,
    /// Whether it was sent for an earlier client, and its answer used again.
    pub shared: bool,
}

/// What a further client makes of a call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OtherCall {
    /// The key of the call.
    pub key: String,
    /// The version chosen.
    pub selected: Option<String>,
    /// The directory recorded.
    pub dir: Option<String>,
    /// Whether it is installed.
    pub installed: bool,
}

/// A finding for a further client.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OtherFinding {
    /// The code.
    pub code: String,
    /// Its severity.
    pub severity: String,
}
