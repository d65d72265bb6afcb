//! A root module of twelve calls over two registries: everything is shown, and one cause is blamed once.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Play, package};

/// The scenario: one package is broken.
pub(crate) const TWELVE: &str = include_str!("../../fixtures/mixed/twelve-modules/scenario.json");

#[test]
fn one_broken_package_of_twelve_modules_is_blamed_once() {
    let play = Play::start(TWELVE);
    let run = play.run(&["check", ".", "--format", "json"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let findings = document["findings"].as_array().unwrap();
    let errors: Vec<&Value> = findings
        .iter()
        .filter(|finding| finding["severity"] == "error")
        .map(|finding| &finding["code"])
        .collect();
    assert_eq!(errors, [&json!("TFR740")]);
    for (columns, name) in [("80", "expected-80.txt"), ("120", "expected-120.txt")] {
        let mut command = play.command(&["check", ".", "--color", "never"]);
        let output = command.env("COLUMNS", columns).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let shown = times_apart(&play.steady(&String::from_utf8(output.stdout).unwrap()));
        let path = package().join("fixtures/mixed/twelve-modules").join(name);
        if std::env::var("UPDATE").is_ok() {
            fs::write(&path, &shown).unwrap();
        }
        let wanted = fs::read_to_string(&path).unwrap_or_default();
        assert!(shown == wanted, "{name}; UPDATE=1 writes it anew\n{shown}");
        let table = shown
            .lines()
            .filter(|line| line.contains("├─") || line.contains("└─"));
        assert!(
            table.count() >= 4,
            "the calls of called modules stand below them"
        );
    }
}

/// The times at the end of lines, two blanks away from what stands before: how far away they are is their own width.
fn times_apart(text: &str) -> String {
    let lines = text.lines().map(|line| match line.strip_suffix("0 ms") {
        Some(front) => format!("{}  0 ms\n", front.trim_end()),
        None => format!("{line}\n"),
    });
    lines.collect()
}

#[test]
fn one_registry_that_answers_nothing_of_use_is_blamed_once() {
    let mut scenario: Value = serde_json::from_str(TWELVE).unwrap();
    let routes = scenario["routes"].as_array_mut().unwrap();
    let discovery = routes
        .iter_mut()
        .find(|route| {
            route["host"] == "mods.example.org" && route["path"] == "/.well-known/terraform.json"
        })
        .unwrap();
    *discovery = json!({"host": "mods.example.org", "path": "/.well-known/terraform.json",
        "headers": {"Content-Type": "text/html"}, "body": "<html><title>Sign in</title></html>"});
    let sound = scenario["archives"]["zone"].clone();
    scenario["archives"]["sg"] = sound;
    let play = Play::start(&scenario.to_string());
    let run = play.run(&["check", ".", "--format", "json"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let errors = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["severity"] == "error");
    assert_eq!(errors.count(), 1, "{}", document["findings"]);
}
