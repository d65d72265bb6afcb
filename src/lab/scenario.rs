//! The file that describes a case: the client's files, what the server answers, and how it fails.
//!
//! The words are those of the conformance scenarios, with further ones for cases of our own: `hosts`, `command`,
//! `plant`, and the faults `hang`, `reset` and `raw`. Unknown words are errors. It reads no files: folders to be
//! packed, and files of the root module that lie on disk, are added by the caller.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::archives::{ArchiveWord, Archives};
use super::entries::{Entries, Entry, Pairs, Text};
use super::git_words::{Repositories, Repository};
use super::placeholders::keys;

const SIMPLE_PLACEHOLDERS: [&str; 13] = [
    "base",
    "port",
    "base2",
    "port2",
    "tls_base",
    "tls_port",
    "dead_port",
    "work",
    "root",
    "home",
    "tmp",
    "ca_file",
    "ca_dir",
];

/// The hashes that placeholders can ask for.
pub const HASHES: [&str; 4] = ["md5", "sha1", "sha256", "sha512"];

/// A case to be played.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// The folder it belongs to.
    pub category: String,
    /// One line on what it shows.
    pub story: String,
    /// What the machine must have.
    pub needs: Vec<String>,
    /// The files of the root module.
    pub root: Entries,
    /// Files below the home folder.
    pub home: Entries,
    /// Files below the working folder.
    pub files: Entries,
    /// The CLI configuration.
    pub cli_config: Option<Text>,
    /// Where the CLI configuration goes: `env`, or a path below the home folder.
    pub cli_config_at: Option<String>,
    /// Further environment variables; `None` removes one.
    pub env: Pairs,
    /// Further arguments of `get`.
    pub args: Vec<String>,
    /// Where the modules folder is.
    pub modules_dir: Option<String>,
    /// What the server answers; the first that fits.
    pub routes: Vec<Route>,
    /// Archives by name.
    pub archives: Archives,
    /// The certificate of the TLS listener.
    pub tls: Option<Tls>,
    /// Whether the client is to use the server as its proxy.
    pub proxy: bool,
    /// Further steps.
    pub then: Vec<Step>,
    /// Aspects not to be compared, with reasons.
    pub deviates: Pairs,
    /// Virtual hosts by name, with a port where it is not the usual one.
    pub hosts: BTreeMap<String, Host>,
    /// The command line that plays the case.
    pub command: Vec<String>,
    /// Secrets that must never be printed.
    pub plant: Vec<String>,
    /// Folders to pack, by name.
    #[serde(skip)]
    pub packages: BTreeMap<String, Vec<Entry>>,
    /// Git repositories by name.
    pub git: Repositories,
    hg: Map<String, Value>,
    #[serde(skip)]
    mentions_tls: bool,
}

impl Scenario {
    /// Reads a scenario file.
    pub fn from_json(text: &str) -> Result<Self, ScenarioError> {
        let mut scenario: Self =
            serde_json::from_str(text).map_err(|error| ScenarioError::Malformed {
                line: error.line(),
                column: error.column(),
                problem: error.to_string(),
            })?;
        scenario.mentions_tls = text.contains("{{tls_") || text.contains("{{ca_");
        scenario.check(text)?;
        Ok(scenario)
    }

    /// Adds a folder that archives can be made of.
    pub fn add_package(&mut self, name: &str, entries: Vec<Entry>) {
        self.packages.insert(name.to_owned(), entries);
    }

    /// Adds a file to the root module.
    pub fn add_root_entry(&mut self, entry: Entry) {
        self.root.0.push(entry);
    }

    /// Whether there is a TLS listener.
    pub fn wants_tls(&self) -> bool {
        self.mentions_tls || self.tls.is_some() || self.proxy || !self.hosts.is_empty()
    }

    fn check(&self, text: &str) -> Result<(), ScenarioError> {
        if !self.hg.is_empty() {
            return Err(ScenarioError::NotSupported("hg".to_owned()));
        }
        for route in self.all_routes() {
            if let Some(ArchiveWord::Named(name)) = &route.archive {
                self.check_archive(name)?;
            }
        }
        for key in keys(text) {
            match key.split_once(':') {
                Some((kind, name)) if HASHES.contains(&kind) => self.check_archive(name)?,
                Some(("git" | "git7", name)) if self.has_commit(name) => {}
                None if SIMPLE_PLACEHOLDERS.contains(&key) => {}
                Some(_) | None => return Err(ScenarioError::UnknownPlaceholder(key.to_owned())),
            }
        }
        Ok(())
    }

    fn check_archive(&self, name: &str) -> Result<(), ScenarioError> {
        let known = self.archives.0.iter().any(|(known, _)| known == name);
        if known {
            Ok(())
        } else {
            Err(ScenarioError::NoSuchArchive(name.to_owned()))
        }
    }

    fn has_commit(&self, name: &str) -> bool {
        name.split_once(':').is_some_and(|(repository, revision)| {
            let mut all = self.git.0.iter();
            all.any(|(name, made)| name == repository && Repository::has(made, revision))
        })
    }

    fn all_routes(&self) -> impl Iterator<Item = &Route> {
        self.routes
            .iter()
            .chain(self.then.iter().flat_map(|step| &step.routes))
    }
}

/// What is wrong with a scenario file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScenarioError {
    /// It is no JSON, or a word is unknown or has a value of the wrong form.
    Malformed {
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1.
        column: usize,
        /// What the JSON reader said.
        problem: String,
    },
    /// The lab cannot play this word.
    NotSupported(String),
    /// No archive has this name.
    NoSuchArchive(String),
    /// No placeholder has this name.
    UnknownPlaceholder(String),
}

/// The certificate of the TLS listener, for names that are no virtual hosts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    /// What is wrong with it.
    pub certificate: Certificate,
}

/// What is wrong with a certificate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certificate {
    /// Nothing.
    #[default]
    Good,
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYetValid,
    /// It is for another name.
    #[serde(rename = "wronghost")]
    WrongHost,
    /// Its authority is one that nobody trusts.
    Other,
    /// It was issued by an intermediate that is not sent.
    Incomplete,
}

/// A virtual host.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Host {
    /// What is wrong with its certificate.
    pub certificate: Certificate,
    /// What becomes of a connection to its TLS port.
    pub connection: Connection,
}

/// What becomes of a connection to the TLS port of a virtual host.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Connection {
    /// TLS is spoken.
    #[default]
    Tls,
    /// It is refused.
    Refused,
    /// HTTP without TLS is spoken.
    Plain,
    /// The handshake is never answered.
    Hang,
    /// The server hangs up on the handshake.
    Drop,
    /// The handshake is answered with the alert `protocol_version`.
    Alert,
}

/// One thing the server answers.
#[expect(
    clippy::struct_excessive_bools,
    reason = "one field for each word of the file"
)]
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The path as sent, or `*`. For the method `CONNECT`, host and port.
    pub path: String,
    /// The host without port.
    pub host: Option<String>,
    /// The listener: `http`, `http2` or `https`.
    pub listener: Option<String>,
    /// The methods; without any, `GET` and `HEAD`.
    #[serde(default)]
    pub method: Methods,
    /// Parameters that must be there.
    #[serde(default)]
    pub query: Pairs,
    /// Request headers that must be there.
    #[serde(default)]
    pub when: Pairs,
    /// How many requests it answers.
    pub times: Option<u64>,
    /// The status.
    pub status: Option<u16>,
    /// The reason phrase.
    pub reason: Option<String>,
    /// Headers; `None` suppresses a default.
    #[serde(default)]
    pub headers: Pairs,
    /// A text body.
    #[serde(default)]
    pub body: Text,
    /// A JSON body.
    pub json: Option<Value>,
    /// An archive as body.
    pub archive: Option<ArchiveWord>,
    /// How many bytes of the body are missing, the stated length fitting the rest.
    pub cut: Option<usize>,
    /// How many bytes of the body are missing, the stated length being that of the whole.
    pub short: Option<usize>,
    /// Whether the body is sent in chunks.
    #[serde(default)]
    pub chunked: bool,
    /// Whether the end of the connection is the end of the body.
    #[serde(default)]
    pub no_length: bool,
    /// Whether the server hangs up without an answer.
    #[serde(default)]
    pub drop: bool,
    /// Whether nothing more comes: no answer at all, or with `short` or `raw` none after those bytes.
    #[serde(default)]
    pub hang: bool,
    /// Whether the connection is reset: instead of an answer, or with `short` or `raw` after those bytes.
    #[serde(default)]
    pub reset: bool,
    /// Bytes sent instead of an HTTP reply.
    pub raw: Option<Text>,
    /// How late the answer is.
    #[serde(default)]
    pub delay_ms: u64,
    /// Access keys and secrets: a request whose signature does not fit is refused.
    pub aws: Option<Pairs>,
}

/// The methods a route answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Methods {
    /// `GET` and `HEAD`.
    #[default]
    Usual,
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

impl Methods {
    /// Whether `method` is one of them.
    pub fn contain(&self, method: &str) -> bool {
        match self {
            Self::Usual => matches!(method, "GET" | "HEAD"),
            Self::One(one) => one == method,
            Self::Several(several) => several.iter().any(|one| one == method),
        }
    }
}

/// A further step of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Step {
    /// One line on what it shows.
    pub story: String,
    /// Files to write in the root module.
    pub write: Entries,
    /// Paths to delete in the root module.
    pub delete: Vec<String>,
    /// Routes tried before the others.
    pub routes: Vec<Route>,
    /// Arguments of `get` instead of the first ones.
    pub args: Option<Vec<String>>,
    /// Further environment variables.
    pub env: Pairs,
}

/// A host name and the port behind it.
pub fn split_port(host: &str) -> (&str, Option<u16>) {
    match host.rsplit_once(':') {
        Some((name, port))
            if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            (name, port.parse().ok())
        }
        Some(_) | None => (host, None),
    }
}

#[cfg(test)]
mod tests {
    use super::{Certificate, Scenario, ScenarioError};

    #[test]
    fn unknown_words_are_errors_with_a_place() {
        let error =
            Scenario::from_json("{\"name\": \"a\",\n \"rotes\": []}").expect_err("unknown word");
        assert!(
            matches!(error, ScenarioError::Malformed { line: 2, .. }),
            "{error:?}"
        );
        let route = r#"{"routes": [{"path": "/", "statsu": 1}]}"#;
        assert!(matches!(
            Scenario::from_json(route),
            Err(ScenarioError::Malformed { .. })
        ));
        let entry = r#"{"archives": {"a": {"format": "zip", "entries": {"x": {"txt": ""}}}}}"#;
        assert!(matches!(
            Scenario::from_json(entry),
            Err(ScenarioError::Malformed { .. })
        ));
    }

    #[test]
    fn words_of_later_are_refused_by_name() {
        let refused = |text| Scenario::from_json(text).expect_err("refused");
        let unsupported = |word: &str| ScenarioError::NotSupported(word.to_owned());
        assert_eq!(refused(r#"{"hg": {"r": {}}}"#), unsupported("hg"));
    }

    #[test]
    fn names_that_nothing_has_are_errors() {
        let archive = r#"{"routes": [{"path": "/", "archive": "sg"}]}"#;
        assert_eq!(
            Scenario::from_json(archive),
            Err(ScenarioError::NoSuchArchive("sg".to_owned()))
        );
        let hash = r#"{"cli_config": "{{sha256:sg}}"}"#;
        assert_eq!(
            Scenario::from_json(hash),
            Err(ScenarioError::NoSuchArchive("sg".to_owned()))
        );
        let other = r#"{"cli_config": "{{prot}}"}"#;
        assert_eq!(
            Scenario::from_json(other),
            Err(ScenarioError::UnknownPlaceholder("prot".to_owned()))
        );
        let commit = |revision: &str| {
            let git = r#""git": {"r": {"commits": [{"files": {}, "tag": "v1"}]}}"#;
            Scenario::from_json(&format!(
                "{{{git}, \"story\": \"{{{{git:r:{revision}}}}}\"}}"
            ))
        };
        assert!(commit("v1").is_ok() && commit("main").is_ok());
        assert_eq!(
            commit("v2"),
            Err(ScenarioError::UnknownPlaceholder("git:r:v2".to_owned()))
        );
    }

    #[test]
    fn tls_is_there_when_a_word_needs_it() {
        let wants = |text| Scenario::from_json(text).expect("a scenario").wants_tls();
        assert!(!wants(r#"{"routes": [{"path": "/", "body": "{{base}}"}]}"#));
        assert!(wants(
            r#"{"routes": [{"path": "/", "body": "{{tls_base}}"}]}"#
        ));
        assert!(wants(r#"{"hosts": {"tf.example.com": {}}}"#));
        assert!(wants(r#"{"proxy": true}"#));
        let hosts = r#"{"hosts": {"a.example": {"certificate": "not-yet-valid"}}}"#;
        let scenario = Scenario::from_json(hosts).expect("a scenario");
        assert_eq!(
            scenario.hosts["a.example"].certificate,
            Certificate::NotYetValid
        );
    }
}
