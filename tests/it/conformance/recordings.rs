//! The files of `fixtures/conformance/`: scenarios, and what the real clients did in them.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use crate::support::package;

/// The folder of the recordings.
pub(crate) fn folder() -> PathBuf {
    package().join("fixtures/conformance")
}

/// The recorded clients, the versions of each name in order.
pub(crate) fn clients() -> Vec<String> {
    let text = fs::read_to_string(folder().join("clients.json")).expect("a list of clients");
    serde_json::from_str(&text).expect("names with versions")
}

/// Every scenario by its folder and name.
pub(crate) fn all() -> BTreeMap<String, Recorded> {
    let mut found = BTreeMap::new();
    for path in paths() {
        let name = path
            .strip_prefix(folder())
            .unwrap()
            .with_extension("")
            .display()
            .to_string();
        if name.contains('/') {
            let text = fs::read_to_string(&path).unwrap();
            let recorded = serde_json::from_str(&text)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            found.insert(name, recorded);
        }
    }
    found
}

/// Every file of data, sorted.
pub(crate) fn paths() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "json") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A scenario with what every client did in it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recorded {
    /// The scenario, in the words of the lab.
    pub(crate) scenario: Value,
    /// What was done, each with those who did it.
    pub(crate) recordings: Vec<Recording>,
    /// What those printed who failed, each with those who printed the same.
    #[serde(default)]
    pub(crate) said: Vec<Printed>,
}

/// What clients that print alike printed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Printed {
    /// Names with versions, or with the first and the last of a row of versions.
    clients: Vec<String>,
    /// For each run the errors: summary and detail, in one line each.
    pub(crate) steps: Vec<Vec<(String, String)>>,
}

impl Printed {
    /// The clients, out of `all` of them.
    pub(crate) fn clients(&self, all: &[String]) -> Vec<String> {
        in_ranges(&self.clients, all)
    }
}

/// What clients that behave alike did.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recording {
    /// Names with versions, or with the first and the last of a row of versions.
    clients: Vec<String>,
    /// One for each run.
    pub(crate) steps: Vec<Step>,
}

impl Recording {
    /// The clients, out of `all` of them.
    pub(crate) fn clients(&self, all: &[String]) -> Vec<String> {
        in_ranges(&self.clients, all)
    }
}

fn in_ranges(ranges: &[String], all: &[String]) -> Vec<String> {
    let place = |name: &str, version: &str| {
        let wanted = format!("{name}@{version}");
        all.iter()
            .position(|client| *client == wanted)
            .unwrap_or_else(|| panic!("{wanted} is no recorded client"))
    };
    let mut found = Vec::new();
    for range in ranges {
        let (name, versions) = range.split_once(' ').expect("a name and versions");
        let (first, last) = versions.split_once('-').unwrap_or((versions, versions));
        let (from, to) = (place(name, first), place(name, last));
        assert!(from <= to, "{range} goes backwards");
        found.extend_from_slice(&all[from..=to]);
    }
    found
}

/// What a client did in one run.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// How it ended.
    pub(crate) exit: Exit,
    /// Whether it writes the records in a random order: they are sorted here.
    #[serde(default)]
    pub(crate) unordered: bool,
    /// The text of `modules.json`.
    pub(crate) modules_json: Option<String>,
    /// The modules folder; nothing where the client gave up and kept no record.
    pub(crate) tree: Option<BTreeMap<String, String>>,
    /// What was made outside of it, or is gone.
    #[serde(default)]
    pub(crate) outside: Vec<String>,
    /// The requests; nothing where there was no end to them.
    pub(crate) requests: Option<Vec<String>>,
}

/// How a client ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub(crate) enum Exit {
    /// With success.
    Success,
    /// With an error.
    Failure,
    /// It crashed, or was stopped: a failure here.
    Broken,
}

impl TryFrom<Value> for Exit {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        match (value.as_u64(), value.as_str()) {
            (Some(0), _) => Ok(Self::Success),
            (Some(1), _) => Ok(Self::Failure),
            // A crash is 2 before the version 1.1 and 11 from then on.
            (Some(2 | 11), _) | (_, Some("timeout")) => Ok(Self::Broken),
            _ => Err(format!("{value} is no way to end")),
        }
    }
}

impl Exit {
    /// The status that the binary must have.
    pub(crate) fn status(self) -> i32 {
        match self {
            Self::Success => 0,
            Self::Failure | Self::Broken => 1,
        }
    }
}
