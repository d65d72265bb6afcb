//! Several clients in one run: what is shared, in what they differ, and what works for all.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::support::{Outcome, Play, package};

const NESTED: &str = include_str!("../../fixtures/layout/tfr740-nested-root/fires/scenario.json");
const HEALTHY: &str = include_str!("../../fixtures/layout/tfr740-nested-root/quiet/scenario.json");
const WILDCARD: &str =
    include_str!("../../fixtures/location/tfr535-glob-in-location/fires/scenario.json");

fn document(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome:?}"))
}

/// How often each request was sent.
fn requests(play: &Play) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    for logged in play.log() {
        *count
            .entry(format!(
                "{} {} {}",
                logged.method, logged.host, logged.target
            ))
            .or_insert(0) += 1;
    }
    count
}

#[test]
fn all_clients_together_send_each_request_once() {
    let play = Play::start(HEALTHY);
    let outcome = play.run(&["compat", "."]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let sent = requests(&play);
    assert!(!sent.is_empty());
    assert!(sent.values().all(|count| *count == 1), "{sent:?}");
}

#[test]
fn the_wildcard_worked_before_1_1_and_the_named_directory_works_for_all() {
    let play = Play::start(WILDCARD);
    let outcome = play.run(&["compat", ".", "--format", "json"]);
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    let document = document(&outcome);
    let matrix = &document["matrix"][0];
    let ranges: Vec<String> = matrix["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| {
            format!(
                "{} {}",
                column["name"].as_str().unwrap(),
                column["range"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        ranges,
        [
            "terraform 0.12–1.0",
            "terraform 1.1–1.15",
            "opentofu 1.6–1.12"
        ]
    );
    let rows = matrix["rows"].as_array().unwrap();
    let words = |row: &Value| -> Vec<String> {
        row["cells"]
            .as_array()
            .unwrap()
            .iter()
            .map(|cell| cell.as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(words(&rows[0]), ["works", "absent", "absent"]);
    assert_eq!(words(&rows[1]), ["absent", "fails", "fails"]);
    let fixes = rows.iter().filter(|row| row["kind"] == "fix");
    assert_eq!(fixes.count(), 2);
    let best = rows.iter().find(|row| row["kind"] == "fix").unwrap();
    assert_eq!(words(best), ["verified"; 3]);
    let others = document["other_clients"].as_array().unwrap();
    let shared = others
        .iter()
        .flat_map(|other| other["requests"].as_array().unwrap())
        .filter(|request| request["shared"] == true)
        .count();
    assert!(shared > 0);
}

#[test]
fn the_matrix_fits_a_screen_of_80_by_40() {
    for scenario in [WILDCARD, NESTED] {
        let play = Play::start(scenario);
        let mut command = play.command(&["compat", "."]);
        let output = command.env("COLUMNS", "80").output().unwrap();
        let outcome = Outcome::of(&output);
        let lines: Vec<&str> = outcome.stdout.lines().collect();
        assert!(lines.len() <= 40, "{}", outcome.stdout);
        let long = lines
            .iter()
            .find(|line| line.chars().count() > 80 && !line.contains("http"));
        assert_eq!(long, None, "{}", outcome.stdout);
    }
}

#[test]
fn check_shows_only_in_what_clients_differ() {
    let play = Play::start(HEALTHY);
    let words = ["check", ".", "--client", "terraform@0.12,tofu@1.12"];
    let outcome = play.run(&words);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        outcome.stdout.contains("the same for all 3 clients"),
        "{}",
        outcome.stdout
    );
    let play = Play::start(WILDCARD);
    let outcome = play.run(&words);
    assert!(outcome.stdout.contains("0.12.31"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("installs to"), "{}", outcome.stdout);
}

#[test]
fn the_stages_of_fetching_ask_only_for_what_their_trees_are_shared_by() {
    let known: Vec<String> = tfreg_doctor::walk::packages::ASKED_BY_FETCHING
        .iter()
        .map(|behaviour| format!("{behaviour:?}"))
        .collect();
    for entry in fs::read_dir(package().join("src/stages")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let fetches = ["fetch", "unpack", "checksum", "module_dir"];
        if !fetches.iter().any(|start| name.starts_with(start)) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for word in ["client.release", "client.product", "client.version"] {
            assert!(!text.contains(word), "{name} asks {word}");
        }
        for part in text.split("Behaviour::").skip(1) {
            let end = part
                .find(|letter: char| !letter.is_alphanumeric())
                .unwrap_or(part.len());
            let asked = &part[..end];
            assert!(
                known.iter().any(|known| known == asked),
                "{name} asks {asked}"
            );
        }
    }
}
