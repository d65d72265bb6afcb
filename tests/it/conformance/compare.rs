//! Whether a run did what was recorded, aspect by aspect.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::play::Did;
use super::recordings::{Exit, Step};

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Aspect {
    /// The exit status.
    Exit,
    /// The records of `modules.json`.
    Json,
    /// `modules.json`, byte for byte.
    Bytes,
    /// The modules folder, and nothing outside of it.
    Tree,
    /// The requests, each as often.
    Requests,
}

impl fmt::Display for Aspect {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Exit => "exit",
            Self::Json => "json",
            Self::Bytes => "bytes",
            Self::Tree => "tree",
            Self::Requests => "requests",
        })
    }
}

/// An aspect that differs, and how.
pub(crate) type Difference = (Aspect, String);

/// What differs between a recorded run and one of ours.
pub(crate) fn compare(wanted: &Step, did: &Did) -> Vec<Difference> {
    let mut found = Vec::new();
    if did.exit != Some(wanted.exit.status()) {
        let problem = format!("{:?} instead of {:?}", did.exit, wanted.exit);
        found.push((Aspect::Exit, problem));
    }
    compare_records(wanted, did, &mut found);
    compare_trees(wanted, did, &mut found);
    if let Some(requests) = &wanted.requests {
        found.extend(changes(
            &counted(requests),
            &counted(&did.requests),
            Aspect::Requests,
        ));
    }
    found
}

fn compare_records(wanted: &Step, did: &Did, found: &mut Vec<Difference>) {
    let (left, right) = (wanted.modules_json.as_deref(), did.modules_json.as_deref());
    if sorted(left, whole) != sorted(right, whole) {
        found.push((Aspect::Json, format!("{right:?} instead of {left:?}")));
    }
    let ordered = |text: Option<&str>| {
        if wanted.unordered {
            sorted(text, key).map(|value| Ok(value.to_string()))
        } else {
            text.map(|text| Err(text.to_owned()))
        }
    };
    if ordered(left) != ordered(right) {
        found.push((Aspect::Bytes, format!("{right:?} instead of {left:?}")));
    }
}

/// A `modules.json` with its records in order, as a document; nothing where it is none.
fn sorted(text: Option<&str>, order: fn(&Value) -> String) -> Option<Value> {
    let mut document: Value = serde_json::from_str(text?).ok()?;
    if let Some(records) = document.get_mut("Modules").and_then(Value::as_array_mut) {
        records.sort_by_cached_key(order);
    }
    Some(document)
}

fn key(record: &Value) -> String {
    record["Key"].as_str().unwrap_or_default().to_owned()
}

fn whole(record: &Value) -> String {
    let fields = record.as_object().into_iter().flatten();
    let sorted: BTreeMap<&String, String> = fields
        .map(|(name, value)| (name, value.to_string()))
        .collect();
    format!("{sorted:?}")
}

fn compare_trees(wanted: &Step, did: &Did, found: &mut Vec<Difference>) {
    if let Some(tree) = &wanted.tree {
        found.extend(changes(tree, &did.tree, Aspect::Tree));
    }
    // A run that is stopped, or an order that is random, can look like a record that was kept.
    let is_certain = wanted.exit != Exit::Broken && !wanted.unordered;
    if is_certain && wanted.tree.is_some() != did.installed {
        let problem = format!("installed: {}", did.installed);
        found.push((Aspect::Tree, problem));
    }
    if wanted.outside != did.outside {
        let problem = format!("outside: {:?} instead of {:?}", did.outside, wanted.outside);
        found.push((Aspect::Tree, problem));
    }
}

/// Requests with how often they were sent; a repository counts as one, and so do all tunnels to one host.
fn counted(requests: &[String]) -> BTreeMap<String, String> {
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    for request in requests {
        let count = counts.entry(request).or_default();
        *count += 1;
        if request.starts_with("git ") || request.starts_with("CONNECT ") {
            *count = 1;
        }
    }
    counts
        .into_iter()
        .map(|(request, count)| (request.clone(), format!("{count} times")))
        .collect()
}

fn changes(
    wanted: &BTreeMap<String, String>,
    did: &BTreeMap<String, String>,
    aspect: Aspect,
) -> Vec<Difference> {
    let mut found = Vec::new();
    for (name, value) in wanted {
        match did.get(name) {
            None => found.push((aspect, format!("missing: {name} ({value})"))),
            Some(ours) if ours != value => {
                found.push((aspect, format!("{name}: {ours} instead of {value}")));
            }
            Some(_) => {}
        }
    }
    let extra = did.iter().filter(|(name, _)| !wanted.contains_key(*name));
    found.extend(extra.map(|(name, value)| (aspect, format!("extra: {name} ({value})"))));
    found
}
