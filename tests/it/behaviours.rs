//! Every row of the client table is asked for by some stage, and shown: by a recorded scenario in which neighbouring
//! clients on both sides of its boundaries did something different, or by a test of the package.

use serde_json::Value;
use std::fs;
use std::path::Path;
use tfreg_doctor::client::Behaviour;
use tfreg_doctor::client::Client;
use tfreg_doctor::client::Product;
use tfreg_doctor::client::Release;

use crate::support::package;

#[test]
fn every_behaviour_is_asked_for() {
    let sources = sources(&package().join("src"));
    let unasked: Vec<_> = Behaviour::ALL
        .iter()
        .map(|behaviour| format!("Behaviour::{behaviour:?}"))
        .filter(|name| !sources.iter().any(|source| asks(source, name)))
        .collect();
    assert!(unasked.is_empty(), "no stage asks for {unasked:?}");
}

#[test]
fn every_behaviour_is_shown() {
    let sources = sources(&package().join("src"));
    let clients = recorded_clients();
    let mut problems = Vec::new();
    for behaviour in Behaviour::ALL {
        let shown = behaviour.shown_by();
        if shown.contains('_') {
            if !sources
                .iter()
                .any(|source| source.contains(&format!("fn {shown}(")))
            {
                problems.push(format!("{behaviour:?}: there is no test {shown}"));
            }
        } else if shown.is_empty() {
            problems.push(format!("{behaviour:?} is shown by nothing"));
        } else if !clients.is_empty() {
            problems.extend(unshown(*behaviour, shown, &clients));
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

fn asks(source: &str, name: &str) -> bool {
    source.match_indices(name).any(|(at, _)| {
        let behind = source[at + name.len()..].chars().next();
        !behind.is_some_and(|next| next.is_ascii_alphanumeric())
    })
}

/// The texts of all source files but the table's own.
fn sources(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs")
            && !path.ends_with("client.rs")
        {
            found.push(fs::read_to_string(&path).unwrap());
        }
    }
    found
}

/// The clients that were recorded, in order; none where the recordings are not there.
fn recorded_clients() -> Vec<Client> {
    let list = fs::read(package().join("fixtures/conformance/clients.json")).unwrap_or_default();
    let names: Vec<String> = serde_json::from_slice(&list).unwrap_or_default();
    let mut clients: Vec<Client> = names
        .iter()
        .map(|name| Client::parse(name).unwrap())
        .collect();
    clients.sort();
    clients
}

/// Neighbours of one product that behave differently and were recorded as one.
fn unshown(behaviour: Behaviour, scenario: &str, clients: &[Client]) -> Vec<String> {
    let Some(groups) = groups(scenario) else {
        return vec![format!(
            "{behaviour:?}: there is no recording of {scenario}"
        )];
    };
    let group_of = |client: &Client| groups.iter().position(|group| holds(group, client));
    let mut boundaries = 0;
    let mut problems = Vec::new();
    for pair in clients.windows(2) {
        let [one, other] = pair else { continue };
        let is_boundary = one.does(behaviour) != other.does(behaviour);
        if one.product == other.product && is_boundary {
            boundaries += 1;
            if group_of(one) == group_of(other) {
                problems.push(format!(
                    "{behaviour:?}: {one} and {other} do the same in {scenario}"
                ));
            }
        }
    }
    if boundaries == 0 && groups.len() < 2 {
        problems.push(format!(
            "{behaviour:?}: all clients do the same in {scenario}"
        ));
    }
    problems
}

/// Ranges of clients: product, first and last release.
type Group = Vec<(Product, Release, Release)>;

/// The groups of clients that did the same in a scenario.
fn groups(scenario: &str) -> Option<Vec<Group>> {
    let folder = package().join("fixtures/conformance");
    let file = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().join(format!("{scenario}.json")))
        .find(|path| path.is_file())?;
    let document: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let group = |recording: &Value| {
        let ranges = recording["clients"].as_array().unwrap();
        ranges
            .iter()
            .map(|range| read_range(range.as_str().unwrap()))
            .collect()
    };
    Some(
        document["recordings"]
            .as_array()
            .unwrap()
            .iter()
            .map(group)
            .collect(),
    )
}

fn read_range(text: &str) -> (Product, Release, Release) {
    let (name, releases) = text.split_once(' ').unwrap();
    let (first, last) = releases.split_once('-').unwrap_or((releases, releases));
    let client = |release: &str| Client::parse(&format!("{name}@{release}")).unwrap();
    (
        client(first).product,
        client(first).release,
        client(last).release,
    )
}

fn holds(group: &Group, client: &Client) -> bool {
    group.iter().any(|(product, first, last)| {
        *product == client.product && (*first..=*last).contains(&client.release)
    })
}
