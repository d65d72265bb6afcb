//! The configuration file: where it is found, what it may say, and what wins over it.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Outcome, binary};

/// Runs the binary in a folder below one of its own.
fn run_in(folder: &Path, words: &[&str], variables: &[(&str, &str)]) -> Outcome {
    let output = binary(words)
        .current_dir(folder)
        .env("HOME", folder)
        .env("TMPDIR", folder)
        .envs(variables.iter().copied())
        .output()
        .expect("the binary starts");
    Outcome::of(&output)
}

fn folder() -> TempDir {
    TempDir::new().expect("a temporary folder")
}

/// The value and the origin of a setting.
fn setting(outcome: &Outcome, name: &str) -> (String, String) {
    let document: Value = serde_json::from_str(&outcome.stdout).expect("one document");
    let settings = document["settings"].as_array().expect("settings");
    let found = settings
        .iter()
        .find(|setting| setting["name"] == name)
        .unwrap_or_else(|| panic!("no setting {name}"));
    (
        found["value"].as_str().unwrap_or("-").to_owned(),
        found["origin"].as_str().unwrap_or("-").to_owned(),
    )
}

const SHOW: [&str; 4] = ["config", "show", "--format", "json"];

fn pair(value: &str, origin: &str) -> (String, String) {
    (value.to_owned(), origin.to_owned())
}

#[test]
fn the_nearest_file_counts_and_none_above_the_repository() {
    let outer = folder();
    let inner = outer.path().join("repository/envs/prod");
    fs::create_dir_all(&inner).unwrap();
    fs::write(outer.path().join("tfreg-doctor.toml"), "timeout = \"1s\"\n").unwrap();
    let seen = |folder: &Path| setting(&run_in(folder, &SHOW, &[]), "timeout");
    assert_eq!(seen(&inner), pair("1s", "../../../tfreg-doctor.toml:1"));
    fs::create_dir(outer.path().join("repository/.git")).unwrap();
    assert_eq!(seen(&inner), pair("30s", "default"));
    let config = outer.path().join("repository/.config");
    fs::create_dir(&config).unwrap();
    fs::write(config.join("tfreg-doctor.toml"), "\ntimeout = \"2s\"\n").unwrap();
    assert_eq!(
        seen(&inner),
        pair("2s", "../../.config/tfreg-doctor.toml:2")
    );
    fs::write(inner.join("tfreg-doctor.toml"), "timeout = \"3s\"\n").unwrap();
    assert_eq!(seen(&inner), pair("3s", "tfreg-doctor.toml:1"));
}

#[test]
fn a_flag_or_a_variable_names_the_file_or_none() {
    let place = folder();
    fs::write(place.path().join("tfreg-doctor.toml"), "timeout = \"1s\"\n").unwrap();
    fs::write(place.path().join("other.toml"), "timeout = \"2s\"\n").unwrap();
    let seen = |words: &[&str], variables: &[(&str, &str)]| {
        let outcome = run_in(place.path(), &[&SHOW[..], words].concat(), variables);
        setting(&outcome, "timeout")
    };
    assert_eq!(
        seen(&["--config", "other.toml"], &[]),
        pair("2s", "other.toml:1")
    );
    let variable = [("TFREG_DOCTOR_CONFIG", "other.toml")];
    assert_eq!(seen(&[], &variable), pair("2s", "other.toml:1"));
    assert_eq!(seen(&["--no-config"], &[]), pair("30s", "default"));
    let timeout = [("TFREG_DOCTOR_TIMEOUT", "4s")];
    assert_eq!(seen(&[], &timeout), pair("4s", "TFREG_DOCTOR_TIMEOUT"));
    let missing = run_in(place.path(), &["config", "--config", "none.toml"], &[]);
    assert_eq!(missing.code, Some(2), "{missing:?}");
}

#[test]
fn every_mistake_ends_with_two_and_names_file_line_and_column() {
    let cases = [
        ("fail_on = \"error\"", "1:1", "did you mean fail-on?"),
        ("\nfail-on = \"eror\"", "2:11", "did you mean error?"),
        ("timeout = 10", "1:11", "a duration"),
        ("timeout = \"10\"", "1:11", "a duration"),
        ("jobs = \"many\"", "1:8", "a whole number"),
        ("ascii = \"yes\"", "1:9", "true or false"),
        ("max-bytes = \"lots\"", "1:13", "a size"),
        ("[[check]]\ntargt = \"x\"", "2:1", "did you mean target?"),
        ("[[check]]\nversion = \"1\"", "1:1", "target is missing"),
        (
            "[[check]]\ntarget = \"x\"\nversion = \"~\"",
            "3:11",
            "constraint",
        ),
        (
            "[[check]]\ntarget = \"x\"\nmax-ms = { version = 3 }",
            "3:12",
            "did you mean versions?",
        ),
        (
            "[[check]]\ntarget = \"x\"\nsha256 = \"5d1c\"",
            "3:10",
            "64 hexadecimal",
        ),
        (
            "[[ignore]]\ncode = \"nested-rot\"\nreason = \"x\"",
            "2:8",
            "did you mean nested-root?",
        ),
        (
            "[[ignore]]\ncode = \"nested-root\"",
            "1:1",
            "a reason is required",
        ),
        (
            "[[ignore]]\ncode = \"TFR740\"\nreason = \"x\"\nexpires = \"soon\"",
            "4:11",
            "a day",
        ),
        (
            "[hosts.\"a.example.com\"]\nrate = \"fast\"",
            "2:8",
            "a rate",
        ),
        ("[report]\njsn = \"x\"", "2:1", "did you mean json?"),
        (
            "required-version = \">= 9\"\nsome-key-of-version-9 = 1",
            "1:20",
            "is required",
        ),
        ("x = ", "1:5", "no TOML"),
        (
            "[hosts.\"a.example.com\"]\n\"rat\u{202e}\" = 1",
            "2:1",
            "unknown key",
        ),
        ("[hosts.\"a\u{202e}\"]\nrate = \"1/s\"", "1:8", "is no host"),
    ];
    for (text, at, word) in cases {
        let place = folder();
        fs::write(place.path().join("tfreg-doctor.toml"), text).unwrap();
        let outcome = run_in(place.path(), &["check", "tf.example.com"], &[]);
        assert_eq!(outcome.code, Some(2), "{text}: {outcome:?}");
        assert!(outcome.stdout.is_empty(), "{text}: {outcome:?}");
        let start = format!("tfreg-doctor: tfreg-doctor.toml:{at}: ");
        assert!(outcome.stderr.starts_with(&start), "{text}: {outcome:?}");
        assert!(outcome.stderr.contains(word), "{text}: {outcome:?}");
        assert!(!outcome.stderr.contains('\u{202e}'), "{outcome:?}");
    }
}

#[test]
fn init_writes_a_file_that_changes_nothing_and_never_over_another() {
    let place = folder();
    let first = run_in(place.path(), &["config", "init"], &[]);
    assert_eq!(first.code, Some(0), "{first:?}");
    let path = place.path().join("tfreg-doctor.toml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(
        text.lines()
            .all(|line| line.is_empty() || line.starts_with('#'))
    );
    let shown = run_in(place.path(), &SHOW, &[]);
    assert_eq!(setting(&shown, "timeout"), pair("30s", "default"));
    let again = run_in(place.path(), &["config", "init"], &[]);
    assert_eq!(again.code, Some(2), "{again:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    // The examples are good ones.
    let examples: Vec<&str> = text
        .lines()
        .map(|line| line.strip_prefix("# ").unwrap_or(line))
        .skip_while(|line| !line.starts_with("[hosts"))
        .filter(|line| line.starts_with('[') || line.contains(" = "))
        .filter(|line| !line.contains('…'))
        .collect();
    fs::write(&path, examples.join("\n")).unwrap();
    let good = run_in(place.path(), &["config"], &[]);
    assert_eq!(good.code, Some(0), "{good:?}");
    assert!(
        good.stdout
            .contains("TFR938@registry.example.com/legacy/**"),
        "{good:?}"
    );
}

#[test]
fn the_schema_knows_every_key_that_the_file_may_have() {
    let place = folder();
    let outcome = run_in(place.path(), &["schema", "config"], &[]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let schema: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let properties = schema["properties"].as_object().unwrap();
    run_in(place.path(), &["config", "init"], &[]);
    let text = fs::read_to_string(place.path().join("tfreg-doctor.toml")).unwrap();
    let keys: Vec<&str> = text
        .lines()
        .take_while(|line| !line.starts_with("# [hosts"))
        .filter_map(|line| line.strip_prefix("# ")?.split_once(" = "))
        .map(|(key, _)| key)
        .collect();
    assert!(keys.len() > 30, "{keys:?}");
    for key in keys
        .into_iter()
        .chain(["hosts", "check", "ignore", "report"])
    {
        assert!(properties.contains_key(key), "{key}");
    }
}

#[test]
fn the_published_schema_lacks_no_key_that_it_had() {
    let outcome = run_in(folder().path(), &["schema", "config"], &[]);
    let now: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let path = crate::support::package().join("docs/tfreg-doctor.schema.json");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &outcome.stdout).unwrap();
    }
    let published: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    for key in published["properties"].as_object().unwrap().keys() {
        assert!(now["properties"].get(key).is_some(), "{key}");
    }
}
