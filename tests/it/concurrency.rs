//! What runs at the same time: everything is asked once, the order of answers changes nothing, and loops end.

use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::mixed::TWELVE;
use crate::scale;
use crate::support::{Play, tree};

/// How often each request was sent.
fn counts(play: &Play) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for logged in play.log() {
        let name = format!("{} {}{}", logged.method, logged.host, logged.target);
        *counts.entry(name).or_default() += 1;
    }
    counts
}

#[test]
fn five_hundred_calls_of_a_hundred_packages_fetch_each_once_within_the_limits() {
    let text = scale::scenario();
    for words in [["check", "."], ["get", "."]] {
        let play = Play::start(&text);
        let mut command = play.command(&words);
        let child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let peak = scale::watch(child);
        assert_eq!(peak.status.code(), Some(0), "{words:?} in {:?}", peak.took);
        let counts = counts(&play);
        let often: Vec<_> = counts.iter().filter(|(_, count)| **count != 1).collect();
        assert!(often.is_empty(), "{words:?}: {often:?}");
        // For each package a list of versions, a location, a question for its size, and the package.
        assert_eq!(counts.len(), 4 * scale::PACKAGES, "{words:?}");
        if let (Some(memory), Some(files)) = (peak.memory, peak.files) {
            assert!(memory < 64 * 1024, "{words:?}: {peak:?}");
            assert!(files < 256, "{words:?}: {peak:?}");
        }
        if words[0] == "get" {
            let manifest = fs::read_to_string(play.root().join(".terraform/modules/modules.json"));
            assert_eq!(manifest.unwrap().matches("1.2.3").count(), scale::CALLS);
        }
    }
}

/// Numbers that are the same in every run of the test.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// The words of a report without those that say how long something took.
fn words(report: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in report.split_whitespace() {
        let unit = word.trim_end_matches(['.', ',', ';', ':', ')']);
        let is_time = matches!(unit, "ms" | "s")
            && words.last().is_some_and(|last| last.parse::<f64>().is_ok());
        if is_time {
            words.pop();
        } else {
            words.push(word.to_owned());
        }
    }
    words
}

#[test]
fn the_order_of_answers_changes_no_byte() {
    let mut scenario: Value = serde_json::from_str(TWELVE).unwrap();
    let routes = scenario["routes"].as_array().unwrap().clone();
    let mut numbers = Numbers(7);
    let steps: Vec<Value> = (0..20)
        .map(|_| {
            let late = routes.iter().cloned().map(|mut route| {
                route["delay_ms"] = json!(numbers.below(30));
                route
            });
            json!({"routes": late.collect::<Vec<_>>()})
        })
        .collect();
    scenario["then"] = json!(steps);
    let play = Play::start(&scenario.to_string());
    let mut first = None;
    for step in 0..20 {
        play.enter_step(step);
        let check = play.run(&["check", ".", "--color", "never"]);
        let asked = counts(&play);
        let get = play.run(&["get", "--color", "never"]);
        let installed = tree(&play.root());
        fs::remove_dir_all(play.root().join(".terraform")).unwrap();
        let seen = (
            check.code,
            words(&play.steady(&check.stdout)),
            get.code,
            words(&play.steady(&get.stdout)),
            installed,
            asked,
        );
        let wanted = first.get_or_insert_with(|| seen.clone());
        assert_eq!(wanted.1, seen.1, "the report of check, step {step}");
        assert_eq!(wanted.3, seen.3, "the report of get, step {step}");
        assert!(*wanted == seen, "step {step}");
    }
    let (check, _, get, _, installed, _) = first.unwrap();
    assert_eq!((check, get), (Some(1), Some(0)));
    assert!(installed.contains_key(".terraform/modules/cluster.kms/main.tf"));
}

/// A registry of modules that call each other in a circle, and what becomes of it.
fn circle(length: usize) -> Play {
    let mut archives = serde_json::Map::new();
    let mut routes: Vec<Value> = Vec::new();
    let call = |module: usize| {
        format!("module \"next\" {{\n  source = \"tf.example.com/acme/m{module}/aws\"\n}}\n")
    };
    for module in 0..length {
        let entries = json!({"main.tf": call((module + 1) % length)});
        archives.insert(
            format!("m{module}"),
            json!({"format": "zip", "entries": entries}),
        );
        let base = format!("/v1/acme/m{module}/aws");
        routes.push(json!({"path": format!("{base}/versions"),
            "json": {"modules": [{"versions": [{"version": "1.0.0"}]}]}}));
        routes.push(
            json!({"path": format!("{base}/1.0.0/download"), "status": 204,
            "headers": {"X-Terraform-Get": format!("{{{{base}}}}/m{module}.zip")}}),
        );
        routes.push(json!({"path": format!("/m{module}.zip"), "archive": format!("m{module}")}));
    }
    let text = json!({
        "name": "circle", "story": "Modules call each other in a circle.", "command": ["check", "."],
        "root": {"main.tf": call(0)},
        "cli_config": "host \"tf.example.com\" {\n  services = {\n    \"modules.v1\" = \"{{base}}/v1/\"\n  }\n}\n",
        "archives": archives, "routes": routes,
    });
    Play::start(&text.to_string())
}

#[test]
fn circles_end_after_each_package_was_asked_for_once() {
    for length in [1, 2, 7] {
        let play = circle(length);
        let before = tree(&play.root());
        let run = play.run(&["get", "--format", "json"]);
        assert_eq!(run.code, Some(1), "{length}: {}", run.stderr);
        let document: Value = serde_json::from_str(&run.stdout).unwrap();
        let codes: Vec<&str> = document["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|finding| finding["code"].as_str())
            .collect();
        assert!(codes.contains(&"TFR853"), "{length}: {codes:?}");
        let counts = counts(&play);
        assert!(
            counts.values().all(|count| *count == 1),
            "{length}: {counts:?}"
        );
        assert_eq!(counts.len(), 4 * length);
        assert!(tree(&play.root()) == before, "{length}");
    }
}
