//! What findings come to: ignores, comments, the baseline, expectations, and the exit status.

use std::fs;

use serde_json::Value;

use crate::support::{Outcome, Play};

const NESTED: &str = include_str!("../../fixtures/layout/tfr740-nested-root/fires/scenario.json");
const HEALTHY: &str = include_str!("../../fixtures/layout/tfr740-nested-root/quiet/scenario.json");

fn document(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome:?}"))
}

/// The status of each finding with a code.
fn statuses(outcome: &Outcome, code: &str) -> Vec<String> {
    let document = document(outcome);
    let findings = document["findings"].as_array().unwrap();
    findings
        .iter()
        .filter(|finding| finding["code"] == code)
        .map(|finding| finding["status"].as_str().unwrap().to_owned())
        .collect()
}

fn check(play: &Play, words: &[&str]) -> Outcome {
    play.run(&[&["check", ".", "--format", "json"], words].concat())
}

#[test]
fn an_ignore_by_flag_or_file_or_comment_sets_aside_and_is_counted() {
    let ignore = |target: &str| {
        format!("[[ignore]]\ncode = \"nested-root\"\nreason = \"known\"\n{target}\n")
    };
    let play = Play::start(NESTED);
    let config = play.root().join("tfreg-doctor.toml");
    let by_flag = check(&play, &["--ignore", "nested-root@tf.example.com/**"]);
    assert_eq!(by_flag.code, Some(0), "{by_flag:?}");
    assert_eq!(statuses(&by_flag, "TFR740"), ["suppressed"]);
    for target in [
        "",
        "target = \"tf.example.com/mt5225/**\"",
        "target = \"jerry\"",
        "expires = 2999-01-01",
    ] {
        fs::write(&config, ignore(target)).unwrap();
        let outcome = check(&play, &[]);
        assert_eq!(outcome.code, Some(0), "{target}: {outcome:?}");
        let document = document(&outcome);
        assert_eq!(document["summary"]["suppressed"], 1);
        assert_eq!(document["summary"]["error"], 0);
        let all = check(&play, &["--no-ignores"]);
        assert_eq!(all.code, Some(1), "{target}: {all:?}");
    }
    for (target, remark) in [
        ("target = \"tf.example.com/other/**\"", ""),
        ("expires = 2020-01-01", "expired on 2020-01-01"),
    ] {
        fs::write(&config, ignore(target)).unwrap();
        let outcome = check(&play, &[]);
        assert_eq!(outcome.code, Some(1), "{target}: {outcome:?}");
        assert_eq!(statuses(&outcome, "TFR740"), ["open"]);
        assert!(outcome.stdout.contains(remark), "{target}: {outcome:?}");
    }
    fs::remove_file(&config).unwrap();
    let main = play.root().join("main.tf");
    let text = fs::read_to_string(&main).unwrap();
    let comment = "# tfreg-doctor: ignore[nested-root] waiting for release 1.3\n";
    fs::write(&main, format!("{comment}{text}")).unwrap();
    let outcome = check(&play, &[]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        outcome
            .stdout
            .contains("waiting for release 1.3 (main.tf:1)")
    );
    let human = play.run(&["check", ".", "-v", "--color", "never"]);
    assert!(human.stdout.contains(", 1 suppressed"), "{human:?}");
    assert!(
        human.stdout.contains("suppressed TFR740 nested-root"),
        "{human:?}"
    );
}

#[test]
fn an_ignore_that_is_of_no_use_is_named_and_one_of_another_target_is_not() {
    let play = Play::start(HEALTHY);
    let text = "[[ignore]]\ncode = \"TFR741\"\nreason = \"a\"\n[[ignore]]\ncode = \"TFR742\"\nreason = \"b\"\ntarget = \"other.example.com/**\"\n";
    fs::write(play.root().join("tfreg-doctor.toml"), text).unwrap();
    let outcome = play.run(&["check", ".", "--color", "never"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        outcome
            .stdout
            .contains("tfreg-doctor.toml:1: the ignore of TFR741 sets nothing aside"),
        "{outcome:?}"
    );
    assert!(!outcome.stdout.contains("TFR742"), "{outcome:?}");
    let wrong = check(&play, &["--ignore", "nested-rot"]);
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    assert!(
        wrong.stderr.contains("did you mean nested-root?"),
        "{wrong:?}"
    );
}

#[test]
fn findings_of_the_baseline_are_known_and_those_that_are_gone_are_named() {
    let play = Play::start(NESTED);
    let written = check(&play, &["--write-baseline", "known.json"]);
    assert_eq!(written.code, Some(1), "{written:?}");
    let known = check(&play, &["--baseline", "known.json"]);
    assert_eq!(known.code, Some(0), "{known:?}");
    assert_eq!(statuses(&known, "TFR740"), ["known"]);
    assert_eq!(document(&known)["summary"]["known"], 1);
    let human = play.run(&["check", ".", "--baseline", "known.json", "--color", "never"]);
    assert!(
        human.stdout.contains("known TFR740 nested-root   jerry"),
        "{human:?}"
    );
    let again = check(
        &play,
        &["--baseline", "known.json", "--write-baseline", "again.json"],
    );
    assert_eq!(again.code, Some(0), "{again:?}");
    let read = |name: &str| fs::read_to_string(play.root().join(name)).unwrap();
    assert_eq!(read("known.json"), read("again.json"));
    let healthy = Play::start(HEALTHY);
    fs::write(healthy.root().join("known.json"), read("known.json")).unwrap();
    let gone = healthy.run(&["check", ".", "--baseline", "known.json"]);
    assert_eq!(gone.code, Some(0), "{gone:?}");
    assert!(
        gone.stdout
            .contains("the baseline's TFR740 nested-root of . no longer occurs"),
        "{gone:?}"
    );
    for (name, content) in [("missing.json", None), ("bad.json", Some("{}"))] {
        if let Some(content) = content {
            fs::write(play.root().join(name), content).unwrap();
        }
        let outcome = check(&play, &["--baseline", name]);
        assert_eq!(outcome.code, Some(2), "{name}: {outcome:?}");
    }
}

#[test]
fn only_skip_and_exit_zero_change_what_counts() {
    let play = Play::start(NESTED);
    for (words, code) in [
        (&["--only", "layout"][..], 1),
        (&["--only", "TFR740"], 1),
        (&["--only", "TFR741,discovery"], 0),
        (&["--skip", "layout"], 0),
        (&["--skip", "nested-root"], 0),
        (&["--exit-zero"], 0),
        (&["--only", "nonsense"], 2),
    ] {
        let outcome = check(&play, words);
        assert_eq!(outcome.code, Some(code), "{words:?}: {outcome:?}");
    }
    let zero = document(&check(&play, &["--exit-zero"]));
    assert_eq!(zero["run"]["exit"]["code"], 0);
    assert_eq!(zero["summary"]["error"], 1);
    let list = play.run(&["check", "--list", "--only", "layout", "--skip", "TFR741"]);
    assert_eq!(list.code, Some(0), "{list:?}");
    assert!(list.stdout.contains("TFR740  layout"), "{list:?}");
    assert!(
        !list.stdout.contains("TFR741") && !list.stdout.contains("TFR301"),
        "{list:?}"
    );
}

#[test]
fn the_checks_of_the_file_are_the_targets_and_what_they_expect_is_judged() {
    let play = Play::start(HEALTHY);
    let config = play.root().join("tfreg-doctor.toml");
    let entry = |expects: &str| {
        let text =
            format!("[[check]]\ntarget = \"tf.example.com/mt5225/sg/aws@0.2.1\"\n{expects}\n");
        fs::write(&config, text).unwrap();
        play.run(&["check", "--format", "json"])
    };
    let good = entry(
        "version = \"~> 0.2\"\nmin-versions = 2\nfiles = [\"main.tf\"]\nmax-ms = { versions = 60000 }",
    );
    assert_eq!(good.code, Some(0), "{good:?}");
    for expects in [
        "version = \"~> 1.0\"",
        "min-versions = 3",
        "dir = \"elsewhere\"",
        "files = [\"main.tf\", \"none.tf\"]",
        "sha256 = \"0000000000000000000000000000000000000000000000000000000000000000\"",
    ] {
        let outcome = entry(expects);
        assert_eq!(outcome.code, Some(1), "{expects}: {outcome:?}");
        assert_eq!(statuses(&outcome, "TFR940"), ["open"], "{expects}");
        assert!(
            outcome.stdout.contains("\"file\": \"tfreg-doctor.toml\""),
            "{expects}"
        );
    }
    let slow = entry("max-ms = { versions = 0 }");
    assert_eq!(slow.code, Some(0), "{slow:?}");
    assert_eq!(statuses(&slow, "TFR938"), ["open"]);
    let strict = play.run(&["check", "--fail-on", "warning"]);
    assert_eq!(strict.code, Some(1), "{strict:?}");
}

#[test]
fn a_host_is_checked_with_its_canary_and_its_own_limit() {
    let play = Play::start(HEALTHY);
    let text = "[hosts.\"tf.example.com\"]\ncanary = \"mt5225/sg/aws\"\nslow = \"0ms\"\n";
    fs::write(play.root().join("tfreg-doctor.toml"), text).unwrap();
    let outcome = play.run(&["check", "tf.example.com", "--color", "never"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        outcome.stdout.contains("canary mt5225/sg/aws: 2 published"),
        "{outcome:?}"
    );
    assert!(outcome.stdout.contains("TFR938 slow-stage"), "{outcome:?}");
    let without = play.run(&["check", "tf.example.com", "--no-config", "--slow", "10m"]);
    assert!(!without.stdout.contains("TFR938"), "{without:?}");
    assert!(
        without.stdout.contains("not checked, no module named"),
        "{without:?}"
    );
}

#[test]
fn the_document_has_the_settings_with_their_origins() {
    let play = Play::start(HEALTHY);
    fs::write(
        play.root().join("tfreg-doctor.toml"),
        "\ntimeout = \"9s\"\n",
    )
    .unwrap();
    let document = document(&check(&play, &[]));
    let settings = document["settings"].as_array().unwrap();
    let timeout = settings
        .iter()
        .find(|setting| setting["name"] == "timeout")
        .unwrap();
    assert_eq!(timeout["value"], "9s");
    assert_eq!(timeout["origin"], "tfreg-doctor.toml:2");
}

#[test]
fn a_host_has_its_own_rate_and_a_root_that_can_be_read() {
    let play = Play::start(HEALTHY);
    let config = play.root().join("tfreg-doctor.toml");
    fs::write(&config, "[hosts.\"tf.example.com\"]\nrate = \"5/s\"\n").unwrap();
    let began = std::time::Instant::now();
    let outcome = check(&play, &["--until", "location"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    // Three requests, and a fifth of a second between two of them.
    assert!(began.elapsed().as_millis() >= 350, "{:?}", began.elapsed());
    fs::write(
        &config,
        "[hosts.\"tf.example.com\"]\nca-file = \"none.pem\"\n",
    )
    .unwrap();
    let outcome = check(&play, &[]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(
        outcome
            .stderr
            .contains("tfreg-doctor.toml:1: ca-file none.pem"),
        "{outcome:?}"
    );
}
