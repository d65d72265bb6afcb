//! Reports of runs that end badly: a disk that takes no more, a signal, a second signal.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::{sleep, spawn};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tfreg_doctor::report::Format;

use crate::support::{Outcome, Play};

const OLD: &str = "what stood here before\n";

/// All formats of a report.
fn formats() -> impl Iterator<Item = &'static str> {
    Format::WORDS.split(", ")
}

fn file(format: &str) -> String {
    format!("out.{format}")
}

fn flags() -> Vec<String> {
    let flag = |format| ["--report".to_owned(), format!("{format}={}", file(format))];
    formats().flat_map(flag).collect()
}

/// A registry with some modules; the versions of one are never told.
fn scenario(root: &str) -> Play {
    let mut routes = vec![
        json!({"path": "/.well-known/terraform.json", "json": {"modules.v1": "/v1/"}}),
        json!({"path": "/v1/net/hang/aws/versions", "hang": true}),
        json!({"path": "/v1/net/gone/aws/versions", "status": 404}),
        json!({"path": "/net.tgz", "archive": "net"}),
    ];
    routes.push(json!({"path": "*", "status": 200,
        "headers": {"X-Terraform-Get": "https://packages.example.com/net.tgz"},
        "json": {"modules": [{"versions": [{"version": "1.0.0"}]}]}}));
    let text = json!({
        "hosts": {"tf.example.com": {}, "packages.example.com": {}},
        "root": {"main.tf": root}, "routes": routes,
        "archives": {"net": {"format": "tar.gz", "entries": {"main.tf": "# net\n"}}},
    });
    Play::start(&text.to_string())
}

fn old_reports(play: &Play) {
    for format in formats() {
        fs::write(play.root().join(file(format)), OLD).unwrap();
    }
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// Runs the binary with a limit of the size of files, in blocks of 512 bytes.
fn limited(play: &Play, words: &[&str], blocks: u32) -> Outcome {
    Outcome::of(&play.run_limited(words, &format!("trap '' XFSZ; ulimit -f {blocks}")))
}

#[test]
fn a_report_that_finds_no_room_is_named_and_the_old_one_stands() {
    let play = scenario("");
    let flags = flags();
    let mut words = vec!["check", "tf.example.com", "-o", "main.json", "-f", "json"];
    words.extend(flags.iter().map(String::as_str));
    for blocks in [0, 1, 16] {
        old_reports(&play);
        fs::write(play.root().join("main.json"), OLD).unwrap();
        let before = names(&play.root());
        let outcome = limited(&play, &words, blocks);
        assert_eq!(outcome.code, Some(2), "{blocks}: {}", outcome.stderr);
        assert_eq!(names(&play.root()), before, "{blocks}");
        assert!(names(&play.temporary()).is_empty(), "{blocks}");
        let mut told = 0;
        let all = formats().map(file).chain(["main.json".to_owned()]);
        for name in all {
            let bytes = fs::read(play.root().join(&name)).unwrap();
            let message =
                format!("tfreg-doctor: {name}: the report cannot be written: file too large\n");
            let messages = outcome.stderr.matches(&message).count();
            if bytes == OLD.as_bytes() {
                assert_eq!(messages, 1, "{blocks} {name}: {}", outcome.stderr);
                told += 1;
            } else {
                assert_eq!(messages, 0, "{blocks} {name}: {}", outcome.stderr);
                assert!(bytes.len() <= blocks as usize * 512);
                assert!(is_whole(&name, &bytes), "{blocks} {name}");
            }
        }
        assert_eq!(outcome.stderr.lines().count(), told, "{}", outcome.stderr);
        let expected = match blocks {
            // A report without a word needs no room.
            0 => told >= 13,
            1 => (1..15).contains(&told),
            _ => (1..8).contains(&told),
        };
        assert!(expected, "{blocks}: {told}");
    }
}

/// Whether a report is the whole one, as far as its end tells.
fn is_whole(name: &str, bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_end();
    match name.rsplit('.').next().unwrap() {
        "json" | "sarif" | "har" | "gitlab" => serde_json::from_str::<Value>(text).is_ok(),
        "ndjson" => text.lines().last().unwrap().contains("run_end"),
        "junit" => text.ends_with("</testsuites>"),
        "html" => text.ends_with("</html>"),
        "bundle" => zip::ZipArchive::new(std::io::Cursor::new(bytes)).is_ok(),
        _ => text != OLD.trim_end(),
    }
}

#[test]
fn a_report_into_a_pipe_or_onto_a_device_replaces_neither() {
    let play = scenario("");
    let pipe = play.root().join("pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    let reader = spawn({
        let pipe = pipe.clone();
        move || fs::read_to_string(pipe).unwrap()
    });
    let words = ["check", "tf.example.com", "-qq", "--report", "json=pipe"];
    let outcome = play.run(&words);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let document: Value = serde_json::from_str(&reader.join().unwrap()).unwrap();
    assert_eq!(document["run"]["complete"], true);
    assert!(names(&play.root()).contains("pipe"));
}

/// Starts a check and waits until a path was asked for.
fn start(play: &Play, words: &[&str], path: &str) -> Child {
    let mut command = play.command(words);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    while !play.log().iter().any(|logged| logged.target == path) {
        assert!(child.try_wait().unwrap().is_none(), "the run ended before");
        sleep(Duration::from_millis(2));
    }
    child
}

fn interrupt(child: &Child) {
    let id = i32::try_from(child.id()).unwrap();
    kill_process(Pid::from_raw(id).unwrap(), Signal::INT).unwrap();
}

fn targets(play: &Play, count: usize) {
    let names: Vec<String> = (0..count)
        .map(|number| format!("tf.example.com/net/m{number}/aws"))
        .collect();
    let list = names.join("\n") + "\ntf.example.com/net/hang/aws\n";
    fs::write(play.root().join("targets"), list).unwrap();
}

#[test]
fn every_report_of_an_interrupted_run_is_whole_and_says_so() {
    let play = scenario("");
    targets(&play, 40);
    old_reports(&play);
    let flags = flags();
    let mut words = vec!["check", "@targets"];
    words.extend(flags.iter().map(String::as_str));
    let child = start(&play, &words, "/v1/net/hang/aws/versions");
    interrupt(&child);
    let outcome = Outcome::of(&child.wait_with_output().unwrap());
    assert_eq!(outcome.code, Some(130), "{}", outcome.stderr);
    for format in formats() {
        let bytes = fs::read(play.root().join(file(format))).unwrap();
        assert!(is_whole(&file(format), &bytes), "{format}");
        let text = String::from_utf8_lossy(&bytes);
        let sign = match format {
            "json" | "ndjson" => "\"complete\":false",
            "junit" => "name=\"complete\" value=\"false\"",
            "sarif" => "\"executionSuccessful\":false",
            "compact" | "markdown" => "not complete",
            "prometheus" => "tfreg_run_complete 0",
            "html" | "har" => "did not come to its end",
            "human" => "interrupted",
            _ => "",
        };
        assert!(
            text.replace("\": ", "\":").contains(sign),
            "{format}: {text}"
        );
    }
    assert!(names(&play.temporary()).is_empty());
}

#[test]
fn a_second_signal_ends_the_process_at_once() {
    let play = scenario("");
    targets(&play, 200);
    old_reports(&play);
    let before = names(&play.root());
    let words = [
        "check",
        "@targets",
        "-f",
        "json",
        "--report",
        "html=out.html",
    ];
    let mut child = start(&play, &words, "/v1/net/hang/aws/versions");
    interrupt(&child);
    // The report is larger than a pipe: the process waits for a reader.
    let mut first = [0; 16];
    let mut output = child.stdout.take().unwrap();
    output.read_exact(&mut first).unwrap();
    assert!(child.try_wait().unwrap().is_none());
    // What comes right behind the first one counts as the same.
    let status = loop {
        interrupt(&child);
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        sleep(Duration::from_millis(50));
    };
    assert_eq!(status.code(), Some(130));
    let html = fs::read(play.root().join("out.html")).unwrap();
    assert!(html == OLD.as_bytes());
    assert_eq!(names(&play.root()), before);
    assert!(names(&play.temporary()).is_empty());
}

#[test]
fn calls_that_an_interrupt_cuts_off_are_told_as_not_done() {
    let call =
        |name: &str, source: &str| format!("module \"{name}\" {{\n  source = \"{source}\"\n}}\n");
    let main = [
        call("alpha", "tf.example.com/net/fine/aws"),
        call("beta", "tf.example.com/net/gone/aws"),
        call("gamma", "tf.example.com/net/hang/aws"),
        call("omega", "./here"),
    ];
    let play = scenario(&main.concat());
    fs::create_dir(play.root().join("here")).unwrap();
    fs::write(play.root().join("here/main.tf"), "# here\n").unwrap();
    let flags = ["human", "junit", "prometheus"].map(|format| format!("{format}={}", file(format)));
    let mut words = vec!["check", ".", "-f", "json"];
    words.extend(flags.iter().flat_map(|flag| ["--report", flag]));
    let child = start(&play, &words, "/v1/net/hang/aws/versions");
    while play.log().len() < 5 {
        sleep(Duration::from_millis(2));
    }
    // What was asked for the others is answered before long.
    sleep(Duration::from_millis(300));
    interrupt(&child);
    let outcome = Outcome::of(&child.wait_with_output().unwrap());
    assert_eq!(outcome.code, Some(130), "{}", outcome.stderr);
    let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(document["run"]["complete"], false);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let calls: Vec<(String, String)> = document["targets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|target| (text(&target["key"]), text(&target["status"])))
        .collect();
    let expected = [
        ("alpha", "inconclusive"),
        ("beta", "fail"),
        ("gamma", "inconclusive"),
        ("omega", "not-reached"),
    ];
    let expected = expected.map(|(key, status)| (key.to_owned(), status.to_owned()));
    assert_eq!(calls, expected, "{document:#}");
    assert_eq!(document["summary"]["fine"], 0);
    let stages = |target: usize| document["targets"][target]["stages"].to_string();
    assert!(stages(2).contains("\"inconclusive\""), "{}", stages(2));
    let junit = fs::read_to_string(play.root().join("out.junit")).unwrap();
    assert_eq!(
        junit.matches("<error type=\"interrupted\"").count(),
        2,
        "{junit}"
    );
    assert!(!junit.contains("time=\"-"), "{junit}");
    let metrics = fs::read_to_string(play.root().join("out.prometheus")).unwrap();
    let successes = metrics
        .lines()
        .filter(|line| line.starts_with("probe_success{"));
    assert!(
        successes.into_iter().all(|line| line.ends_with(" 0")),
        "{metrics}"
    );
    assert_eq!(document["targets"][0]["calls"][0]["line"], 1);
    let human = fs::read_to_string(play.root().join("out.human")).unwrap();
    for name in ["alpha", "beta", "gamma", "omega"] {
        assert!(human.contains(name), "{name}: {human}");
    }
}
