//! Build servers: the log, annotations, the job's summary and outputs; the action's script; the published schemas.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::support::{Outcome, Play, alone, package};

const NESTED: &str = include_str!("../../fixtures/layout/tfr740-nested-root/fires/scenario.json");

fn on(play: &Play, words: &[&str], variables: &[(&str, &str)]) -> Outcome {
    let mut command = play.command(words);
    command.envs(variables.iter().copied());
    Outcome::of(&command.output().expect("the binary starts"))
}

const GITHUB: [(&str, &str); 4] = [
    ("CI", "true"),
    ("GITHUB_ACTIONS", "true"),
    ("GITHUB_STEP_SUMMARY", "../tmp/summary.md"),
    ("GITHUB_OUTPUT", "../tmp/output"),
];

#[test]
fn github_gets_a_summary_outputs_a_group_and_annotations() {
    let play = Play::start(NESTED);
    fs::write(play.temporary().join("summary.md"), "before\n").unwrap();
    let words = ["check", ".", "--report", "json=../tmp/run.json"];
    let outcome = on(&play, &words, &GITHUB);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let read = |name: &str| fs::read_to_string(play.temporary().join(name)).unwrap();
    assert!(read("summary.md").starts_with("before\n"));
    assert!(read("summary.md").contains("TFR740"));
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        read("output"),
        format!("exit-code=1\nfindings=1\nversion={version}\njson=../tmp/run.json\n")
    );
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    let group = lines.iter().position(|line| line.starts_with("::group::"));
    let end = lines.iter().position(|line| *line == "::endgroup::");
    assert!(group < end && group.is_some(), "{outcome:?}");
    let annotation = lines
        .iter()
        .find(|line| line.starts_with("::error file=main.tf,line=1"));
    assert!(annotation.is_some(), "{outcome:?}");
    let off = on(&play, &["check", ".", "--ci", "off"], &GITHUB);
    assert!(!off.stdout.contains("::"), "{off:?}");
}

#[test]
fn a_machine_format_stays_whole_on_standard_output() {
    let play = Play::start(NESTED);
    let outcome = on(&play, &["check", ".", "--format", "json"], &GITHUB);
    serde_json::from_str::<Value>(&outcome.stdout).expect("one document");
    assert!(
        outcome.stderr.contains("::error file=main.tf"),
        "{outcome:?}"
    );
}

#[test]
fn gitlab_gets_a_section_and_another_server_nothing_of_its_own() {
    let play = Play::start(NESTED);
    let gitlab = on(
        &play,
        &["check", "."],
        &[("CI", "true"), ("GITLAB_CI", "true")],
    );
    assert!(gitlab.stdout.contains("section_start:"), "{gitlab:?}");
    assert!(gitlab.stdout.contains("section_end:"), "{gitlab:?}");
    let other = on(&play, &["check", "."], &[("CI", "true")]);
    assert!(
        !other.stdout.contains("section_") && !other.stdout.contains("::"),
        "{other:?}"
    );
}

/// Runs the action's script as the action does.
fn action(play: &Play, inputs: &[(&str, &str)]) -> Outcome {
    let check = play.command(&["check"]);
    let flags: Vec<String> = check
        .get_args()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let mut command = Command::new("bash");
    command
        .arg(package().join(".ci/action.sh"))
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .current_dir(play.root());
    for (name, value) in check.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    command
        .env("RUNNER_TEMP", play.temporary())
        .env("GITHUB_OUTPUT", play.temporary().join("output"))
        .env("GITHUB_STEP_SUMMARY", play.temporary().join("summary.md"))
        .env("INPUT_PATH", env!("CARGO_BIN_EXE_tfreg-doctor"))
        .env("INPUT_ARGS", flags.join("\n"))
        .envs(inputs.iter().copied());
    Outcome::of(&command.output().expect("bash starts"))
}

#[test]
fn the_script_of_the_action_runs_reports_and_lets_only_findings_through() {
    let play = Play::start(NESTED);
    let read = |name: &str| fs::read_to_string(play.temporary().join(name)).unwrap_or_default();
    let fails = action(&play, &[("INPUT_ANNOTATIONS", "always")]);
    assert_eq!(fails.code, Some(1), "{fails:?}");
    assert!(fails.stdout.contains("::error file=main.tf"), "{fails:?}");
    assert!(read("summary.md").contains("TFR740"));
    let output = read("output");
    for line in ["exit-code=1", "findings=1", "json=", "version=0"] {
        assert!(output.contains(line), "{line}: {output}");
    }
    let passes = action(
        &play,
        &[("INPUT_FAIL", "false"), ("INPUT_SARIF", "out.sarif")],
    );
    assert_eq!(passes.code, Some(0), "{passes:?}");
    assert!(!passes.stdout.contains("::error"), "{passes:?}");
    assert!(play.root().join("out.sarif").is_file());
    let wrong = action(
        &play,
        &[("INPUT_FAIL", "false"), ("INPUT_TARGETS", "nonsense")],
    );
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    let hostile = [
        ("INPUT_FAIL", "false"),
        (
            "INPUT_TARGETS",
            "$(touch${IFS}evil) `touch evil` * ;touch evil",
        ),
    ];
    let outcome = action(&play, &hostile);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(!play.root().join("evil").exists());
    let none = action(&play, &[("INPUT_PATH", "")]);
    assert_eq!(none.code, Some(2), "{none:?}");
}

#[test]
fn the_action_hands_every_input_over_as_a_variable_and_nothing_into_the_script() {
    let text = fs::read_to_string(package().join("action.yml")).unwrap();
    let script = fs::read_to_string(package().join(".ci/action.sh")).unwrap();
    let inputs: BTreeSet<String> = text
        .lines()
        .skip_while(|line| *line != "inputs:")
        .skip(1)
        .take_while(|line| line.starts_with(' '))
        .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'))
        .filter(|name| !name.starts_with(' '))
        .map(str::to_owned)
        .collect();
    assert_eq!(inputs.len(), 13, "{inputs:?}");
    for name in inputs {
        let variable = format!("INPUT_{}", name.to_uppercase().replace('-', "_"));
        assert!(
            text.contains(&format!("{variable}: ${{{{ inputs.{name} }}}}")),
            "{name}"
        );
        assert!(
            script.contains(&variable) || name == "upload" || name == "download",
            "{name}"
        );
    }
    for line in text.lines().filter(|line| line.contains("run:")) {
        assert!(!line.contains("${{"), "{line}");
    }
    assert!(!script.contains("eval "));
}

#[test]
fn every_flag_of_the_examples_is_one_of_the_program() {
    let help = ["check", "report"]
        .map(|command| alone(&[command, "--help"]).stdout)
        .concat();
    let merge = alone(&["report", "merge", "--help"]).stdout;
    for name in [
        "docs/ci/gitlab-ci.yml",
        "docs/ci/github-matrix.yml",
        "docs/ci/kubernetes.yaml",
    ] {
        let text = fs::read_to_string(package().join(name)).unwrap();
        let flags = text
            .split_whitespace()
            .filter(|word| word.starts_with("--") && word.len() > 2);
        for flag in flags {
            assert!(
                help.contains(flag) || merge.contains(flag),
                "{name}: {flag}"
            );
        }
    }
}

#[test]
fn a_report_and_its_events_fit_their_schemas() {
    let schema = |what: &str| -> Value {
        let outcome = alone(&["schema", what]);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        serde_json::from_str(&outcome.stdout).expect("one schema")
    };
    let play = Play::start(NESTED);
    let report = on(&play, &["check", ".", "--format", "json"], &[]);
    let document: Value = serde_json::from_str(&report.stdout).unwrap();
    let known = schema("report");
    assert_eq!(misfit(&known, &known, &document, "$"), None);
    let mut wrong = document.clone();
    wrong["findings"][0]["severity"] = "fatal".into();
    assert!(misfit(&known, &known, &wrong, "$").is_some());
    let known = schema("event");
    let events = on(&play, &["check", ".", "--format", "ndjson"], &[]);
    assert!(events.stdout.lines().count() > 5, "{events:?}");
    for line in events.stdout.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        assert_eq!(misfit(&known, &known, &event, "$"), None, "{line}");
    }
}

/// Where a value does not fit a schema, as far as our schemas go: types, members, lists, choices and references.
fn misfit(root: &Value, schema: &Value, value: &Value, at: &str) -> Option<String> {
    if let Some(name) = schema["$ref"].as_str() {
        let target = root.pointer(name.trim_start_matches('#')).unwrap();
        return misfit(root, target, value, at);
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(any) = schema[choice].as_array()
            && any.iter().all(|one| misfit(root, one, value, at).is_some())
        {
            return Some(format!("{at}: fits none of {choice}"));
        }
    }
    let is = |kind: &str| match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        _ => value.is_null(),
    };
    let fits = match &schema["type"] {
        Value::String(kind) => is(kind),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).any(is),
        _ => true,
    };
    let is_chosen = schema["enum"]
        .as_array()
        .is_none_or(|words| words.contains(value));
    let is_constant = schema.get("const").is_none_or(|constant| constant == value);
    if !fits || !is_chosen || !is_constant {
        return Some(format!("{at}: {value}"));
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        if value.get(name.as_str()?).is_none() {
            return Some(format!("{at}: {name} is missing"));
        }
    }
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(member) = value.get(name)
            && let Some(problem) = misfit(root, inner, member, &format!("{at}.{name}"))
        {
            return Some(problem);
        }
    }
    if let (Some(items), Some(inner)) = (value.as_array(), schema.get("items")) {
        return items
            .iter()
            .enumerate()
            .find_map(|(index, item)| misfit(root, inner, item, &format!("{at}[{index}]")));
    }
    None
}
