//! Ignores and the baseline beyond `check`, settings of single hosts, where settings came from, and what is not asked.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Outcome, Play, binary};

const NESTED: &str = include_str!("../../fixtures/layout/tfr740-nested-root/fires/scenario.json");
const HEALTHY: &str = include_str!("../../fixtures/layout/tfr740-nested-root/quiet/scenario.json");
const IGNORE: &str = "[[ignore]]\ncode = \"nested-root\"\nreason = \"known\"\n";

fn document(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome:?}"))
}

/// The status of each finding with a code.
fn statuses(document: &Value, code: &str) -> Vec<String> {
    let findings = document["findings"].as_array().unwrap();
    let of_code = findings.iter().filter(|finding| finding["code"] == code);
    let status = of_code.map(|finding| finding["status"].as_str().unwrap().to_owned());
    status.collect()
}

#[test]
fn get_sets_aside_what_it_tells_and_ends_as_the_client_does() {
    let told = |config: &str, words: &[&str]| {
        let play = Play::start(NESTED);
        fs::write(play.root().join("tfreg-doctor.toml"), config).unwrap();
        let outcome = play.run(&[&["get", "--format", "json"], words].concat());
        let document = document(&outcome);
        let settings = document["settings"].as_array().unwrap();
        assert!(settings.iter().any(|setting| setting["name"] == "timeout"));
        (outcome.code, statuses(&document, "TFR740"))
    };
    let (code, open) = told("", &[]);
    assert_eq!(open, ["open"]);
    let suppressed = vec!["suppressed".to_owned()];
    assert_eq!(told(IGNORE, &[]), (code, suppressed.clone()));
    assert_eq!(told(IGNORE, &["--no-ignores"]), (code, open));
    assert_eq!(told("", &["--ignore", "TFR740@jerry"]), (code, suppressed));
    let play = Play::start(NESTED);
    let main = play.root().join("main.tf");
    let text = fs::read_to_string(&main).unwrap();
    fs::write(
        &main,
        format!("# tfreg-doctor: ignore[nested-root] later\n{text}"),
    )
    .unwrap();
    let outcome = play.run(&["get", "--format", "json"]);
    assert_eq!(statuses(&document(&outcome), "TFR740"), ["suppressed"]);
}

#[test]
fn one_module_is_judged_as_check_judges_it() {
    let play = Play::start(NESTED);
    let address = "tf.example.com/mt5225/sg/aws";
    let into = |directory: &str, words: &[&str]| {
        let all = [&["get", address, "--into", directory], words].concat();
        play.run(&all).code
    };
    assert_eq!(into("one", &[]), Some(1));
    assert_eq!(into("two", &["--ignore", "TFR740"]), Some(0));
    fs::write(play.root().join("tfreg-doctor.toml"), IGNORE).unwrap();
    assert_eq!(into("three", &[]), Some(0));
}

#[test]
fn modules_ends_as_check_does() {
    let folder = TempDir::new().unwrap();
    let modules = folder.path().join(".terraform/modules");
    fs::create_dir_all(&modules).unwrap();
    let call =
        "module \"jerry\" {\n  source  = \"tf.example.com/net/sg/aws\"\n  version = \"1.0.0\"\n}\n";
    fs::write(folder.path().join("main.tf"), call).unwrap();
    let records = json!({"Modules": [{"Key": "", "Source": "", "Dir": "."},
        {"Key": "jerry", "Source": "tf.example.com/net/sg/aws", "Version": "0.9.0", "Dir": ".terraform/modules/jerry"}]});
    fs::write(modules.join("modules.json"), records.to_string()).unwrap();
    let run = |words: &[&str]| {
        let fixed = [
            "modules",
            "--client",
            "terraform@1.11.4",
            "--format",
            "json",
        ];
        let mut command = binary(&[&fixed, words].concat());
        command.current_dir(folder.path());
        command
            .env("HOME", folder.path())
            .env("TMPDIR", folder.path());
        Outcome::of(&command.output().unwrap())
    };
    assert_eq!(run(&[]).code, Some(0));
    let strict = run(&["--fail-on", "warning", "--write-baseline", "known.json"]);
    assert_eq!(strict.code, Some(1), "{strict:?}");
    assert_eq!(statuses(&document(&strict), "TFR810"), ["open"]);
    let known = run(&["--fail-on", "warning", "--baseline", "known.json"]);
    assert_eq!(known.code, Some(0), "{known:?}");
    assert_eq!(statuses(&document(&known), "TFR810"), ["known"]);
    let zero = run(&["--fail-on", "warning", "--exit-zero"]);
    assert_eq!(zero.code, Some(0), "{zero:?}");
    let comment = format!("# tfreg-doctor: ignore[call-changed] later\n{call}");
    fs::write(folder.path().join("main.tf"), comment).unwrap();
    let commented = run(&["--fail-on", "warning"]);
    assert_eq!(commented.code, Some(0), "{commented:?}");
    assert_eq!(statuses(&document(&commented), "TFR810"), ["suppressed"]);
}

/// The command without the roots and the client that the tests name.
fn bare(play: &Play, words: &[&str]) -> Command {
    let plain = play.command(words);
    let mut kept = Vec::new();
    let mut arguments = plain.get_args();
    while let Some(argument) = arguments.next() {
        if argument == "--ca-file" || argument == "--client" {
            arguments.next();
        } else {
            kept.push(argument);
        }
    }
    let mut command = binary(&[]);
    let variables = plain.get_envs();
    let variables = variables.filter_map(|(name, value)| Some((name, value?)));
    command.args(kept).envs(variables).current_dir(play.root());
    let nobody = play.root().join("nobody.pem");
    fs::write(&nobody, "").unwrap();
    command
        .env("SSL_CERT_FILE", nobody)
        .env("SSL_CERT_DIR", "/nonexistent");
    command
}

#[test]
fn the_root_of_a_host_counts_for_no_other_host() {
    let play = Play::start(HEALTHY);
    let authority = play.root().parent().unwrap().join("authority.pem");
    let trusting = |hosts: &[&str]| {
        let tables = hosts.iter().map(|host| {
            format!(
                "[hosts.\"{host}\"]\nca-file = \"{}\"\n",
                authority.display()
            )
        });
        let config = tables.collect::<String>();
        fs::write(play.root().join("tfreg-doctor.toml"), config).unwrap();
        let words = ["check", "tf.example.com/mt5225/sg/aws", "-f", "json"];
        let outcome = Outcome::of(&bare(&play, &words).output().unwrap());
        let document = document(&outcome);
        let requests = document["requests"].as_array().unwrap();
        let failed = requests.iter().find(|request| request["status"].is_null());
        let url = failed.map(|request| request["url"].as_str().unwrap().to_owned());
        let store = document["hosts"][0]["tls"]["store"].clone();
        (url.unwrap_or_default(), store)
    };
    let discovery = "https://tf.example.com/.well-known/terraform.json";
    assert_eq!(trusting(&[]).0, discovery);
    assert_eq!(trusting(&["packages.example.com"]).0, discovery);
    let (failed, store) = trusting(&["TF.example.com:443"]);
    assert!(
        failed.starts_with("https://packages.example.com/"),
        "{failed}"
    );
    assert!(store.as_str().unwrap().contains("ca-file"), "{store}");
    let both = trusting(&["tf.example.com", "packages.example.com"]);
    assert_eq!(both.0, "");
}

#[test]
fn a_table_of_a_host_names_a_host_once() {
    let folder = TempDir::new().unwrap();
    for (config, told) in [
        (
            "[hosts.\"https://x.example.com\"]\nslow = \"1s\"\n",
            "tfreg-doctor.toml:1:8: hosts: \"https://x.example.com\" is no host",
        ),
        (
            "[hosts.\"a.example.com\"]\nslow = \"1s\"\n[hosts.\"A.example.com:443\"]\n",
            "hosts: \"a.example.com\" is there already",
        ),
    ] {
        fs::write(folder.path().join("tfreg-doctor.toml"), config).unwrap();
        let mut command = binary(&["config", "show"]);
        command
            .current_dir(folder.path())
            .env("HOME", folder.path());
        let outcome = Outcome::of(&command.output().unwrap());
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        assert!(outcome.stderr.contains(told), "{outcome:?}");
    }
}

#[test]
fn the_report_says_who_chose_the_client() {
    let play = Play::start(HEALTHY);
    let chosen = |words: &[&str], variable: Option<&str>| {
        let words = [
            &["check", "tf.example.com", "--ca-file", "a", "-f", "json"],
            words,
        ]
        .concat();
        let mut command = bare(&play, &words);
        if let Some(value) = variable {
            command.env("TFREG_DOCTOR_CLIENT", value);
        }
        let document = document(&Outcome::of(&command.output().unwrap()));
        let client = &document["run"]["clients"][0];
        let word = |key: &str| client[key].as_str().unwrap().to_owned();
        (word("version"), word("chosen_by"))
    };
    let pair = |version: &str, by: &str| (version.to_owned(), by.to_owned());
    fs::write(
        play.root().join("tfreg-doctor.toml"),
        "\nclient = [\"terraform@1.5.7\"]\n",
    )
    .unwrap();
    assert_eq!(chosen(&[], None), pair("1.5.7", "tfreg-doctor.toml:2"));
    let by_variable = chosen(&[], Some("terraform@1.6.6"));
    assert_eq!(by_variable, pair("1.6.6", "TFREG_DOCTOR_CLIENT"));
    let by_flag = chosen(&["--client=terraform@1.7.5"], Some("terraform@1.6.6"));
    assert_eq!(by_flag, pair("1.7.5", "--client"));
}

#[test]
fn nothing_is_asked_behind_the_stages_that_count() {
    for (only, requests) in [("discovery", 1), ("versions", 2), ("discovery,location", 3)] {
        let play = Play::start(HEALTHY);
        let outcome = play.run(&["check", "tf.example.com/mt5225/sg/aws", "--only", only]);
        assert_eq!(outcome.code, Some(0), "{only}: {outcome:?}");
        assert_eq!(play.log().len(), requests, "{only}");
    }
    let play = Play::start(HEALTHY);
    play.run(&["check", "tf.example.com/mt5225/sg/aws", "--only", "TFR401"]);
    assert!(play.log().len() > 3, "a code may need any stage");
}

#[test]
fn findings_below_a_directory_name_it() {
    let play = Play::start(NESTED);
    let main = fs::read_to_string(play.root().join("main.tf")).unwrap();
    for name in ["envs/prod", "envs/test"] {
        fs::create_dir_all(play.root().join(name)).unwrap();
        fs::write(play.root().join(name).join("main.tf"), &main).unwrap();
    }
    let words = ["check", "envs", "--recursive", "--color", "never"];
    let outcome = play.run(&["check", "./envs", "--recursive", "--color", "never"]);
    assert_eq!(outcome.code, Some(1), "{words:?}: {outcome:?}");
    for place in ["envs/prod/main.tf:", "envs/test/main.tf:"] {
        assert!(outcome.stdout.contains(&format!("({place}")), "{outcome:?}");
    }
    let compact = play.run(&["check", "./envs", "--recursive", "-f", "compact"]);
    for place in ["envs/prod/main.tf:", "envs/test/main.tf:"] {
        assert!(
            compact.stdout.lines().any(|line| line.starts_with(place)),
            "{compact:?}"
        );
    }
}

#[test]
fn a_build_server_hears_that_all_targets_are_done() {
    let play = Play::start(HEALTHY);
    let words = [
        "check",
        "tf.example.com",
        "tf.example.com/mt5225/sg/aws",
        "--ci",
    ];
    let github = play.run(&[&words[..], &["github"]].concat());
    assert_eq!(github.code, Some(0), "{github:?}");
    assert!(github.stderr.starts_with("[2/2] done  "), "{github:?}");
    let quiet = play.run(&[&words[..], &["github", "-q"]].concat());
    assert_eq!(quiet.stderr, "", "{quiet:?}");
    let off = play.run(&[&words[..], &["off"]].concat());
    assert_eq!(off.stderr, "", "{off:?}");
}
