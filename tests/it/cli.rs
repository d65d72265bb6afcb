//! Flags, exit statuses, the closed pipe, and what an interrupt leaves.

use std::io::Read;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Outcome, Play, alone, tree};

const HEALTHY: &str = include_str!("../../fixtures/layout/tfr740-nested-root/quiet/scenario.json");
const NESTED: &str = include_str!("../../fixtures/layout/tfr740-nested-root/fires/scenario.json");
const CUT: &str = include_str!("../../fixtures/fetch/tfr610-short-body/fires/scenario.json");

#[test]
fn mistakes_of_usage_end_with_two_and_say_what_is_wrong_on_standard_error() {
    let cases: [&[&str]; 14] = [
        &["--nonsense"],
        &["check", "--nonsense"],
        &["check", ".", "--format", "nonsense"],
        &["check", "word"],
        &["check", "./missing"],
        &["check", ".", "--report", "json=missing/report.json"],
        &["check", ".", "--output", "missing/report.txt"],
        &["check", ".", "--report", "json"],
        &["check", ".", "--timeout", "10"],
        &["check", ".", "--until", "nonsense"],
        &["check", ".", "--client", "pulumi"],
        &["get", "./missing"],
        &["demo", "nonsense"],
        &["explain", "nonsense"],
    ];
    for words in cases {
        let outcome = alone(words);
        assert_eq!(outcome.code, Some(2), "{words:?}: {outcome:?}");
        assert!(outcome.stdout.is_empty(), "{words:?}: {outcome:?}");
        assert!(!outcome.stderr.is_empty(), "{words:?}");
        assert!(!outcome.stderr.contains("panicked"), "{words:?}");
    }
}

#[test]
fn version_help_and_pages_end_with_zero() {
    let version = alone(&["--version"]);
    assert_eq!(version.code, Some(0));
    assert_eq!(
        version.stdout,
        format!("tfreg-doctor {}\n", env!("CARGO_PKG_VERSION"))
    );
    for words in [&["--help"][..], &["check", "--help"], &["get", "--help"]] {
        let help = alone(words);
        assert_eq!(help.code, Some(0), "{words:?}");
        assert!(help.stdout.contains("Usage: tfreg-doctor"), "{words:?}");
    }
    for word in ["TFR740", "tfr740", "nested-root"] {
        let page = alone(&["explain", word]);
        assert_eq!(page.code, Some(0), "{word}");
        assert!(page.stdout.contains("TFR740 nested-root"), "{word}");
    }
    let list = alone(&["explain", "--list"]);
    let rules = tfreg_doctor::rules::ALL;
    assert!(rules.iter().all(|rule| list.stdout.contains(rule.code)));
}

#[test]
fn the_demo_lists_its_scenes_and_plays_each_to_its_code() {
    let list = alone(&["demo", "--list"]);
    assert_eq!(list.code, Some(0));
    let names: Vec<&str> = list
        .stdout
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let scenes = tfreg_doctor::lab::scenes::ALL;
    assert_eq!(
        names,
        scenes.iter().map(|scene| scene.name).collect::<Vec<_>>()
    );
    let lacking: Vec<String> = thread::scope(|scope| {
        let plays: Vec<_> = names
            .chunks(names.len().div_ceil(3))
            .map(|chunk| {
                scope.spawn(|| {
                    chunk
                        .iter()
                        .filter_map(|name| plays(name))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        plays
            .into_iter()
            .flat_map(|play| play.join().unwrap())
            .collect()
    });
    assert!(lacking.is_empty(), "{lacking:?}");
}

/// What is wrong with a scene.
fn plays(name: &str) -> Option<String> {
    let code = name.split('-').next()?.to_uppercase();
    let outcome = alone(&["demo", name, "--format", "json"]);
    let fits = matches!(outcome.code, Some(0 | 1))
        && outcome.stdout.contains(&format!("\"code\": \"{code}\""));
    (!fits).then(|| format!("{name}: {:?} {}", outcome.code, outcome.stderr))
}

#[test]
fn a_host_without_an_address_is_a_finding_and_no_mistake_of_usage() {
    let outcome = alone(&["check", "registry.invalid", "--format", "json"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stdout.contains("TFR201"), "{outcome:?}");
}

#[test]
fn until_location_asks_for_no_package() {
    let play = Play::start(HEALTHY);
    let outcome = play.run(&["check", ".", "--until", "location"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let log = play.log();
    assert_eq!(log.len(), 3, "{log:?}");
    assert!(
        log.iter()
            .all(|request| request.host.starts_with("tf.example.com")),
        "{log:?}"
    );
}

#[test]
fn quiet_says_less_and_keeps_the_status() {
    let play = Play::start(NESTED);
    let full = play.run(&["check", "."]);
    let quiet = play.run(&["check", ".", "-q"]);
    let silent = play.run(&["check", ".", "-qq"]);
    for outcome in [&full, &quiet, &silent] {
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
    }
    assert!(quiet.stdout.contains("TFR740") && quiet.stdout.len() < full.stdout.len());
    assert!(
        silent.stdout.is_empty() && silent.stderr.is_empty(),
        "{silent:?}"
    );
}

#[test]
fn reports_go_to_their_files_and_the_status_follows_the_level() {
    let play = Play::start(NESTED);
    let words = [
        "check",
        ".",
        "--fail-on",
        "never",
        "--report",
        "json=../tmp/a.json",
        "--output",
        "../tmp/b.txt",
    ];
    let outcome = play.run(&words);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(outcome.stdout.is_empty(), "{outcome:?}");
    let written = tree(&play.temporary());
    assert_eq!(written.keys().collect::<Vec<_>>(), ["a.json", "b.txt"]);
    assert!(String::from_utf8_lossy(&written["b.txt"]).contains("TFR740"));
    serde_json::from_slice::<serde_json::Value>(&written["a.json"]).unwrap();
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly_with_the_same_status() {
    let play = Play::start(NESTED);
    let mut child = play
        .command(&["check", ".", "-vv"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let outcome = Outcome::of(&child.wait_with_output().unwrap());
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stderr.is_empty(), "{outcome:?}");
}

#[test]
fn a_full_disk_behind_the_report_ends_with_two() {
    let play = Play::start(NESTED);
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = play.command(&["check", "."]).stdout(full).output().unwrap();
    let outcome = Outcome::of(&output);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(outcome.stderr.contains("standard output"), "{outcome:?}");
}

#[test]
fn get_installs_what_the_manifest_names() {
    let play = Play::start(HEALTHY);
    let outcome = play.run(&["get"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let installed = tree(&play.root());
    assert!(
        installed.contains_key(".terraform/modules/modules.json"),
        "{:?}",
        installed.keys()
    );
    assert!(
        installed.contains_key(".terraform/modules/jerry/terraform-aws-sg/main.tf"),
        "{:?}",
        installed.keys()
    );
    let strangers: Vec<&String> = installed
        .keys()
        .filter(|name| !name.starts_with(".terraform/") && *name != "main.tf")
        .collect();
    assert!(strangers.is_empty(), "{strangers:?}");
    assert!(tree(&play.temporary()).is_empty());
}

#[test]
fn get_that_fails_leaves_the_tree_as_it_was() {
    let play = Play::start(CUT);
    let old = play.root().join(".terraform/modules");
    std::fs::create_dir_all(old.join("net")).unwrap();
    std::fs::write(old.join("net/main.tf"), "# old\n").unwrap();
    let record = r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"net","Source":"registry.terraform.io/a/b/c","Version":"1.0.0","Dir":".terraform/modules/net"}]}"#;
    std::fs::write(old.join("modules.json"), record).unwrap();
    let before = tree(&play.root());
    let outcome = play.run(&["get"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let after = tree(&play.root());
    assert_eq!(
        before.keys().collect::<Vec<_>>(),
        after.keys().collect::<Vec<_>>()
    );
    assert!(before == after, "a file has changed");
    assert!(tree(&play.temporary()).is_empty());
}

#[test]
fn an_interrupt_leaves_nothing_behind_and_ends_with_130() {
    for words in [&["get"][..], &["check", "."]] {
        let play = Play::start(&hanging());
        let before = tree(&play.root());
        let mut child = play
            .command(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while play.log().len() < 4 && began.elapsed() < Duration::from_secs(20) {
            thread::sleep(Duration::from_millis(10));
        }
        thread::sleep(Duration::from_millis(50));
        let pid = child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &pid])
                .status()
                .unwrap()
                .success()
        );
        let status = child.wait().unwrap();
        let mut stderr = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut stderr)
            .unwrap();
        assert_eq!(status.code(), Some(130), "{words:?}: {stderr}");
        assert!(began.elapsed() < Duration::from_secs(30), "{words:?}");
        let after = tree(&play.root());
        assert!(before == after, "{words:?}: {:?}", after.keys());
        let left = tree(&play.temporary());
        assert!(left.is_empty(), "{words:?}: {:?}", left.keys());
    }
}

/// A registry whose archive never comes.
fn hanging() -> String {
    let archive = "\"path\": \"/terraform-aws-sg_v0.2.1.tgz\", \"archive\": \"sg\"";
    assert!(HEALTHY.contains(archive));
    HEALTHY.replace(
        archive,
        &format!("{archive}, \"short\": 100, \"hang\": true"),
    )
}
