//! Every folder of `fixtures/`: played, judged, compared with the expected report, and nothing is left behind.
//!
//! `CASE=tfr303` narrows it to the cases whose folder contains the word; `UPDATE=1` writes the expected reports.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use serde_json::Value;
use tfreg_doctor::lab::scenario::Scenario;
use tfreg_doctor::rules;

use crate::support::{Play, package};

#[test]
fn every_case_says_what_it_must() {
    let wanted = env::var("CASE").unwrap_or_default();
    let cases: Vec<PathBuf> = all()
        .into_iter()
        .filter(|path| path.display().to_string().contains(&wanted))
        .collect();
    assert!(!cases.is_empty(), "no case is called {wanted}");
    let queue = Mutex::new(cases);
    let problems = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().unwrap().pop();
                    let Some(path) = next else { break };
                    let found = play(&path);
                    problems.lock().unwrap().extend(
                        found
                            .into_iter()
                            .map(|problem| format!("{}: {problem}", path.display())),
                    );
                }
            });
        }
    });
    let mut problems = problems.into_inner().unwrap();
    problems.sort();
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

/// Every folder with a scenario, relative to `fixtures/`.
pub(crate) fn all() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in children(&package().join("fixtures")) {
        for case in children(&folder) {
            for kind in children(&case) {
                if kind.join("scenario.json").is_file() {
                    let name = kind.strip_prefix(package().join("fixtures")).unwrap();
                    found.push(name.to_owned());
                }
            }
        }
    }
    found
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

/// What is wrong with a case.
fn play(path: &Path) -> Vec<String> {
    let folder = package().join("fixtures").join(path);
    let text = fs::read_to_string(folder.join("scenario.json")).unwrap();
    let name = path.iter().nth(1).unwrap().to_str().unwrap();
    let code = name.split('-').next().unwrap().to_uppercase();
    if rules::by_name(&code).is_none() {
        return vec![format!("there is no rule {code}")];
    }
    let play = Play::start(&text);
    let scenario = Scenario::from_json(&text).unwrap();
    let command: Vec<&str> = scenario.command.iter().map(String::as_str).collect();
    let before = crate::support::tree(&play.root());
    let json = play.run(&with(&command, &["--format", "json"]));
    let human = play.run(&with(&command, &["--color", "never"]));
    let mut problems = Vec::new();
    match serde_json::from_str::<Value>(&json.stdout) {
        Ok(document) => judge(path, &code, json.code, &document, &mut problems),
        Err(error) => problems.push(format!(
            "standard output is not one document ({error}); {}",
            json.stderr
        )),
    }
    if human.code != json.code {
        problems.push(format!("status {:?}, as JSON {:?}", human.code, json.code));
    }
    let left = crate::support::tree(&play.temporary());
    if !left.is_empty() {
        problems.push(format!("left behind: {:?}", left.keys()));
    }
    if crate::support::tree(&play.root()) != before {
        problems.push("the root module has changed".to_owned());
    }
    for secret in &scenario.plant {
        if [&json.stdout, &json.stderr, &human.stdout, &human.stderr]
            .iter()
            .any(|text| text.contains(secret.as_str()))
        {
            problems.push("a planted secret is printed".to_owned());
        }
    }
    compare(
        &folder.join("expected.txt"),
        &play.steady(&human.stdout),
        &mut problems,
    );
    problems
}

fn with<'a>(command: &[&'a str], further: &[&'a str]) -> Vec<&'a str> {
    [command, further].concat()
}

fn judge(
    path: &Path,
    code: &str,
    status: Option<i32>,
    document: &Value,
    problems: &mut Vec<String>,
) {
    if document["schema"] != "tfreg-doctor/report/v1" {
        problems.push(format!("schema {}", document["schema"]));
    }
    let findings = document["findings"].as_array().cloned().unwrap_or_default();
    let codes: Vec<&str> = findings
        .iter()
        .filter_map(|finding| finding["code"].as_str())
        .collect();
    let fires = path.ends_with("fires");
    if codes.contains(&code) != fires {
        problems.push(format!("{code} expected: {fires}; got {codes:?}"));
    }
    if codes.contains(&"TFR999") {
        problems.push("something is unexplained".to_owned());
    }
    let has = |severity: &str| {
        findings
            .iter()
            .any(|finding| finding["severity"] == severity)
    };
    let fitting = match (has("error"), has("inconclusive")) {
        (true, _) => 1,
        (false, true) => 3,
        (false, false) => 0,
    };
    if status != Some(fitting) || document["run"]["exit"]["code"] != fitting {
        problems.push(format!(
            "status {status:?}, document {}, findings {codes:?}",
            document["run"]["exit"]
        ));
    }
}

fn compare(file: &Path, got: &str, problems: &mut Vec<String>) {
    if env::var_os("UPDATE").is_some() {
        fs::write(file, got).unwrap();
        return;
    }
    let wanted = fs::read_to_string(file).unwrap_or_default();
    if wanted == got {
        return;
    }
    let mut difference = String::from("the report differs from expected.txt (UPDATE=1 writes it)");
    let (old, new): (Vec<&str>, Vec<&str>) = (wanted.lines().collect(), got.lines().collect());
    let same = old
        .iter()
        .zip(&new)
        .take_while(|(old, new)| old == new)
        .count();
    for (sign, lines) in [("-", &old), ("+", &new)] {
        for line in lines.iter().skip(same).take(6) {
            difference.push_str(&["\n    ", sign, " ", line].concat());
        }
    }
    problems.push(difference);
}
