//! The report document, schema `tfreg-doctor/report/v1`: what a run has to say, as data that can be saved and read back.
//!
//! It grows only by addition. It is made from a run once; every format but the one for people is written from it, so that a saved
//! report gives the same bytes. It holds no secret, and text of others as it came: each format escapes for itself.

mod build;
mod build_findings;
mod build_hosts;
mod build_requests;
mod build_targets;
mod finding;
mod host;
mod matrix;
mod request;
mod run;
mod target;

pub use finding::ByClient;
pub use finding::ClientWords;
pub use finding::EvidenceInfo;
pub use finding::FindingInfo;
pub use finding::FixInfo;
pub use finding::Location;
pub use finding::OtherCall;
pub use finding::OtherClientInfo;
pub use finding::OtherFinding;
pub use finding::OtherRequest;
pub use finding::Reproduce;
pub use finding::SaidInfo;
pub use host::CredentialInfo;
pub use host::HostInfo;
pub use host::LimitsInfo;
pub use host::ServiceInfo;
pub use host::TlsInfo;
pub use host::Tried;
pub use matrix::MatrixColumn;
pub use matrix::MatrixInfo;
pub use matrix::MatrixRow;
pub use request::CredentialSent;
pub use request::PhasesInfo;
pub use request::RequestInfo;
pub use run::ClientInfo;
pub use run::Exit;
pub use run::Partition;
pub use run::RunInfo;
pub use run::Setting;
pub use run::Summary;
pub use run::Tool;
pub use target::CallInfo;
pub use target::ManifestInfo;
pub use target::PackageInfo;
pub use target::StageInfo;
pub use target::TargetInfo;

use serde::Deserialize;
use serde::Serialize;

/// The schema's name.
pub const SCHEMA: &str = "tfreg-doctor/report/v1";

/// Everything a run has to say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Document {
    /// The schema's name.
    pub schema: String,
    /// What wrote it.
    pub tool: Tool,
    /// The run.
    pub run: RunInfo,
    /// Counts.
    pub summary: Summary,
    /// The registries that were asked.
    pub hosts: Vec<HostInfo>,
    /// What was checked: a host, a module, or each call of a root module.
    pub targets: Vec<TargetInfo>,
    /// What is wrong, most important first.
    pub findings: Vec<FindingInfo>,
    /// What further clients make of the same targets.
    pub other_clients: Vec<OtherClientInfo>,
    /// What works for whom, where there are several clients.
    pub matrix: Vec<MatrixInfo>,
    /// Every request, in order of the steps.
    pub requests: Vec<RequestInfo>,
    /// The settings in force, with where each came from.
    pub settings: Vec<Setting>,
}

impl Default for Document {
    fn default() -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            tool: Tool::default(),
            run: RunInfo::default(),
            summary: Summary::default(),
            hosts: Vec::new(),
            targets: Vec::new(),
            findings: Vec::new(),
            other_clients: Vec::new(),
            matrix: Vec::new(),
            requests: Vec::new(),
            settings: Vec::new(),
        }
    }
}

impl Document {
    /// The target with this identifier.
    pub fn target(&self, id: &str) -> Option<&TargetInfo> {
        self.targets.iter().find(|target| target.id == id)
    }

    /// The request with this identifier.
    pub fn request(&self, id: &str) -> Option<&RequestInfo> {
        self.requests.iter().find(|request| request.id == id)
    }

    /// The findings about a target.
    pub fn findings_of<'a>(&'a self, target: &'a str) -> impl Iterator<Item = &'a FindingInfo> {
        self.findings
            .iter()
            .filter(move |finding| finding.targets.iter().any(|id| id == target))
    }
}
