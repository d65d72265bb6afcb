//! Many targets, lists, shares, patience, and runs that end early.

use std::fs::{self, File};
use std::io::Write;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Outcome, Play, alone};

/// A registry whose modules all have the same versions and location.
fn registry(first: &str) -> String {
    format!(
        r#"{{"hosts": {{"tf.example.com": {{}}}}, "root": {{}}, "routes": [{first}
            {{"path": "/.well-known/terraform.json", "json": {{"modules.v1": "/v1/"}}}},
            {{"path": "*", "status": 200, "headers": {{"X-Terraform-Get": "https://packages.example.com/m.tar.gz"}},
              "json": {{"modules": [{{"versions": [{{"version": "1.0.0"}}]}}]}}}}]}}"#
    )
}

fn list(count: usize) -> String {
    let lines: Vec<String> = (0..count)
        .map(|number| format!("tf.example.com/net/m{number}/aws"))
        .collect();
    lines.join("\n")
}

fn document(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", outcome.stdout, outcome.stderr))
}

fn codes(document: &Value) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let word = |key: &str| finding[key].as_str().unwrap().to_owned();
            (word("code"), word("severity"))
        })
        .collect();
    found.dedup();
    found
}

fn json(play: &Play, words: &[&str]) -> (Option<i32>, Value) {
    let mut all = vec!["check", "--until", "location", "-f", "json"];
    all.extend(words);
    let outcome = play.run(&all);
    (outcome.code, document(&outcome))
}

#[test]
fn what_targets_share_is_asked_and_told_once() {
    let play = Play::start(&registry(""));
    fs::write(play.root().join("targets"), list(40)).unwrap();
    let (code, document) = json(&play, &["@targets"]);
    assert_eq!(code, Some(0), "{document}");
    let discoveries = play
        .log()
        .iter()
        .filter(|logged| logged.target.starts_with("/.well-known"))
        .count();
    assert_eq!((discoveries, play.log().len()), (1, 81));
    assert_eq!(document["summary"]["requests"], 81);
    assert_eq!(document["requests"].as_array().unwrap().len(), 81);
    assert_eq!(document["hosts"].as_array().unwrap().len(), 1);
    let targets = document["targets"].as_array().unwrap();
    assert_eq!(targets.len(), 40);
    assert!(targets.iter().all(|target| target["selected"] == "1.0.0"));
}

#[test]
fn shares_are_the_whole_list_and_have_its_digest() {
    let play = Play::start(&registry(""));
    fs::write(play.root().join("targets"), list(9)).unwrap();
    let mut asked = Vec::new();
    let mut digests = Vec::new();
    for share in ["slice:1/4", "slice:2/4", "slice:3/4", "slice:4/4"] {
        let (code, document) = json(&play, &["@targets", "--partition", share]);
        assert_eq!(code, Some(0));
        let partition = &document["run"]["partition"];
        assert_eq!(partition["list_size"], 9);
        digests.push(partition["list_digest"].clone());
        let targets = document["targets"].as_array().unwrap();
        asked.extend(targets.iter().map(|target| target["asked"].to_string()));
    }
    digests.dedup();
    assert_eq!(digests.len(), 1);
    asked.sort();
    asked.dedup();
    assert_eq!(asked.len(), 9);
    let (code, empty) = json(&play, &["tf.example.com", "--partition", "slice:2/2"]);
    assert_eq!((code, &empty["summary"]["targets"]), (Some(0), &0.into()));
}

#[test]
fn a_share_that_is_not_told_is_no_green_run() {
    let outcome = alone(&["check", "tf.example.com", "--partition", "auto"]);
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.stderr.contains("TFREG_DOCTOR_PARTITION_TOTAL"));
    for spec in ["slice:0/2", "slice:3/2", "count:1/2", "1/2"] {
        let outcome = alone(&["check", "tf.example.com", "--partition", spec]);
        assert_eq!(outcome.code, Some(2), "{spec}");
    }
}

#[test]
fn lists_come_from_standard_input_and_mistakes_have_a_line() {
    let play = Play::start(&registry(""));
    let mut command = play.command(&["check", "-", "--until", "versions", "-f", "json"]);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let lines = "# two of them\ntf.example.com/net/a/aws\n\ntf.example.com/net/b/aws # why\n";
    child
        .stdin
        .take()
        .unwrap()
        .write_all(lines.as_bytes())
        .unwrap();
    let outcome = Outcome::of(&child.wait_with_output().unwrap());
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(document(&outcome)["summary"]["targets"], 2);
    fs::write(play.root().join("bad"), "tf.example.com\nword\n").unwrap();
    let outcome = play.run(&["check", "@bad"]);
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.stderr.contains("bad:2: word"), "{}", outcome.stderr);
    fs::write(play.root().join("empty"), "# nothing\n").unwrap();
    assert_eq!(play.run(&["check", "@empty"]).code, Some(4));
    assert!(
        play.log().len() == 3,
        "nothing is asked before the list is read"
    );
}

#[test]
fn a_fault_that_passes_is_a_warning() {
    let fault = r#"{"path": "/.well-known/terraform.json", "times": 1, "reset": true},"#;
    let play = Play::start(&registry(fault));
    let (code, document) = json(&play, &["tf.example.com/net/a/aws"]);
    assert_eq!(code, Some(0), "{document}");
    let flaky = ("TFR936".to_owned(), "warning".to_owned());
    assert!(codes(&document).contains(&flaky), "{document}");
    assert_eq!(play.log().len(), 4);
}

#[test]
fn what_fails_for_good_is_asked_three_times() {
    let fault = r#"{"path": "/v1/net/a/aws/versions", "status": 503},"#;
    let play = Play::start(&registry(fault));
    let (code, document) = json(&play, &["tf.example.com/net/a/aws"]);
    assert_eq!(code, Some(1), "{document}");
    assert_eq!(play.log().len(), 4);
    let (code, _) = json(&play, &["tf.example.com/net/a/aws", "--retries", "0"]);
    assert_eq!((code, play.log().len()), (Some(1), 6));
}

#[test]
fn a_limit_that_lasts_too_long_leaves_the_question_open() {
    let limit =
        r#"{"path": "/v1/net/a/aws/versions", "status": 429, "headers": {"Retry-After": "3600"}},"#;
    let play = Play::start(&registry(limit));
    let began = Instant::now();
    let (code, document) = json(&play, &["tf.example.com/net/a/aws"]);
    assert!(began.elapsed() < Duration::from_secs(20));
    assert_eq!(code, Some(3), "{document}");
    let limited = ("TFR410".to_owned(), "inconclusive".to_owned());
    assert!(codes(&document).contains(&limited), "{document}");
    assert_eq!(document["hosts"][0]["limits"]["seen_429"], 1);
    assert!(document["hosts"][0]["limits"]["reset_at"].is_string());
    assert_eq!(play.log().len(), 2);
}

#[test]
fn a_limit_that_ends_soon_is_waited_for_by_everybody() {
    let limit = r#"{"path": "/v1/net/m0/aws/versions", "status": 429, "times": 1, "headers": {"Retry-After": "1"}},"#;
    let play = Play::start(&registry(limit));
    fs::write(play.root().join("targets"), list(8)).unwrap();
    let (code, document) = json(&play, &["@targets"]);
    assert_eq!(code, Some(0), "{document}");
    assert_eq!(play.log().len(), 18);
    assert_eq!(document["summary"]["throttled_ms"], 1000.0);
}

#[test]
fn the_deadline_leaves_a_whole_report() {
    let silence = r#"{"path": "/v1/net/m3/aws/versions", "hang": true},"#;
    let play = Play::start(&registry(silence));
    fs::write(play.root().join("targets"), list(6)).unwrap();
    let (code, document) = json(&play, &["@targets", "--deadline", "4s"]);
    assert_eq!(code, Some(3), "{document}");
    assert_eq!(document["run"]["complete"], false);
    let states: Vec<&str> = document["targets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|target| target["status"].as_str().unwrap())
        .collect();
    assert_eq!(
        states
            .iter()
            .filter(|state| **state == "inconclusive")
            .count(),
        1
    );
    assert_eq!(states.len(), 6);
}

#[test]
fn an_interrupt_leaves_whole_reports() {
    let silence = r#"{"path": "/v1/net/m3/aws/versions", "hang": true},"#;
    let play = Play::start(&registry(silence));
    fs::write(play.root().join("targets"), list(6)).unwrap();
    let words = [
        "check",
        "@targets",
        "--until",
        "location",
        "-f",
        "json",
        "--report",
        "json=saved.json",
    ];
    let mut command = play.command(&words);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let began = Instant::now();
    while play.log().len() < 12 && began.elapsed() < Duration::from_secs(30) {
        thread::sleep(Duration::from_millis(20));
    }
    let process = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
    let outcome = Outcome::of(&child.wait_with_output().unwrap());
    assert_eq!(outcome.code, Some(130), "{}", outcome.stderr);
    let document = document(&outcome);
    assert_eq!(document["run"]["complete"], false);
    assert_eq!(document["targets"].as_array().unwrap().len(), 6);
    let saved = fs::read_to_string(play.root().join("saved.json")).unwrap();
    let saved: Value = serde_json::from_str(&saved).unwrap();
    assert_eq!(saved["run"]["complete"], false);
    assert!(
        fs::read_dir(play.temporary()).unwrap().next().is_none(),
        "nothing is left behind"
    );
}

#[test]
fn a_full_disk_is_said_and_a_closed_pipe_is_not() {
    let play = Play::start(&registry(""));
    let words = ["check", "tf.example.com", "-f", "json"];
    let mut command = play.command(&words);
    command.stdout(File::options().write(true).open("/dev/full").unwrap());
    let outcome = Outcome::of(&command.output().unwrap());
    assert_eq!(outcome.code, Some(2));
    assert!(
        outcome.stderr.contains("standard output"),
        "{}",
        outcome.stderr
    );
    let mut command = play.command(&words);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let outcome = Outcome::of(&child.wait_with_output().unwrap());
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
}

#[test]
fn many_targets_have_a_line_each_and_a_defect_one_block() {
    let fault = r#"{"path": "/v1/net/m1/aws/versions", "status": 404}, {"path": "/v1/net/m2/aws/versions", "status": 404},"#;
    let play = Play::start(&registry(fault));
    fs::write(play.root().join("targets"), list(7)).unwrap();
    let outcome = play.run(&[
        "check",
        "@targets",
        "--until",
        "location",
        "--slowest",
        "2",
        "--partition",
        "slice:1/1",
    ]);
    assert_eq!(outcome.code, Some(1), "{}", outcome.stdout);
    let text = &outcome.stdout;
    for wanted in [
        "7 targets, 1 host",
        "tf.example.com/net/m0/aws  1.0.0",
        "slowest",
        "partition slice 1/1: 7 of 7 targets",
    ] {
        assert!(text.contains(wanted), "{wanted} is missing:\n{text}");
    }
}

#[test]
fn waiting_ends_when_everything_is_healthy() {
    let fault = r#"{"path": "/.well-known/terraform.json", "times": 2, "status": 404},"#;
    let play = Play::start(&registry(fault));
    let words = [
        "check",
        "tf.example.com",
        "--wait",
        "30s",
        "--interval",
        "100ms",
        "-f",
        "json",
    ];
    let outcome = play.run(&words);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(
        outcome.stderr.matches("not healthy yet").count(),
        2,
        "{}",
        outcome.stderr
    );
    assert_eq!(document(&outcome)["run"]["exit"]["code"], 0);
}
