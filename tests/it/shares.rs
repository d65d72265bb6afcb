//! A list that several jobs check in shares and merge gives the document of one job that checks all of it.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{Outcome, Play, binary};

const MODULES: usize = 60;

/// Modules of two registries: some in one package, two of them broken, one with a warning.
fn scenario() -> String {
    let archive = |text: &str| json!({"format": "tar.gz", "entries": {"main.tf": text}});
    let mut routes = vec![
        json!({"path": "/.well-known/terraform.json", "json": {"modules.v1": "/v1/"}}),
        json!({"host": "tf.example.com", "path": "/v1/net/m7/aws/versions", "status": 404}),
        json!({"host": "tf.example.com", "path": "/v1/net/m25/aws/1.0.0/download", "status": 204}),
        json!({"host": "packages.example.com", "path": "/shared.tgz", "archive": "shared"}),
        json!({"host": "packages.example.com", "path": "/nested.tgz", "archive": "nested"}),
        json!({"host": "packages.example.com", "path": "*", "archive": "own"}),
    ];
    for module in 0..MODULES {
        let (host, path) = (host(module), format!("/v1/net/m{module}/aws"));
        let package = match module % 5 {
            0 => "shared.tgz".to_owned(),
            1 if module == 31 => "nested.tgz".to_owned(),
            _ => format!("m{module}.tgz"),
        };
        let location = format!("https://packages.example.com/{package}");
        routes.push(json!({"host": host, "path": format!("{path}/versions"),
            "json": {"modules": [{"versions": [{"version": "1.0.0"}, {"version": "0.9.0"}]}]}}));
        routes.push(
            json!({"host": host, "path": format!("{path}/1.0.0/download"), "status": 204,
            "headers": {"X-Terraform-Get": location}}),
        );
    }
    json!({
        "hosts": {"tf.example.com": {}, "mods.example.org": {}, "packages.example.com": {}},
        "root": {}, "routes": routes,
        "archives": {"own": archive("# own\n"), "shared": archive("# shared\n"),
            "nested": {"format": "tar.gz", "entries": {"wrapped/main.tf": "# nested\n"}}},
    })
    .to_string()
}

fn host(module: usize) -> &'static str {
    if module.is_multiple_of(6) {
        "mods.example.org"
    } else {
        "tf.example.com"
    }
}

/// The list, in no order, with one target twice.
fn targets() -> Vec<String> {
    let name = |module: usize| format!("{}/net/m{module}/aws", host(module));
    let mut all: Vec<String> = (0..MODULES)
        .map(|index| name(index * 37 % MODULES))
        .collect();
    all.push(all[3].clone());
    all.push("tf.example.com".to_owned());
    all
}

/// How the list is handed over.
#[derive(Debug, Clone, Copy)]
enum Form {
    Words,
    File,
    Input,
    Checks,
}

impl Form {
    const ALL: [Self; 4] = [Self::Words, Self::File, Self::Input, Self::Checks];

    /// Runs the check of the list in this form.
    fn check(self, play: &Play, more: &[&str]) -> Outcome {
        let targets = targets();
        let mut words = vec!["check", "-f", "json"];
        match self {
            Self::Words => words.extend(targets.iter().map(String::as_str)),
            Self::File => words.push("@targets"),
            Self::Input => words.push("-"),
            Self::Checks => {}
        }
        words.extend(more);
        let mut command = play.command(&words);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        if let Self::Input = self {
            input.write_all(targets.join("\n").as_bytes()).unwrap();
        }
        drop(input);
        Outcome::of(&child.wait_with_output().unwrap())
    }

    fn lay_out(self, play: &Play) {
        let ignore = "[[ignore]]\ncode = \"TFR740\"\nreason = \"known\"\n[hosts.\"mods.example.org\"]\nslow = \"59s\"\n";
        let mut config = ignore.to_owned();
        if let Self::Checks = self {
            let check =
                |target: &String| format!("[[check]]\ntarget = \"{target}\"\nmin-versions = 3\n");
            config.extend(targets().iter().map(check));
        }
        fs::write(play.root().join("tfreg-doctor.toml"), config).unwrap();
        fs::write(play.root().join("targets"), targets().join("\n")).unwrap();
    }
}

/// A document without what no two runs have in common.
fn steady(text: &str) -> Value {
    let mut document: Value = serde_json::from_str(text).unwrap();
    forget_times(&mut document);
    document["run"]["id"] = Value::Null;
    document
}

fn forget_times(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, inner) in members {
                if name == "phases_ms" || name == "started_at" || name == "duration_ms" {
                    *inner = Value::Null;
                } else {
                    forget_times(inner);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(forget_times),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Where two documents differ first.
fn difference(left: &Value, right: &Value, at: &str) -> Option<String> {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            let names = left.keys().chain(right.keys());
            names.into_iter().find_map(|name| {
                let of = |members: &serde_json::Map<String, Value>| {
                    members.get(name).cloned().unwrap_or_default()
                };
                difference(&of(left), &of(right), &format!("{at}.{name}"))
            })
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            let mut pairs = left.iter().zip(right).enumerate();
            pairs.find_map(|(index, (left, right))| {
                difference(left, right, &format!("{at}[{index}]"))
            })
        }
        _ => (left != right).then(|| format!("{at}: {left} and {right}")),
    }
}

#[test]
fn shares_that_are_merged_give_the_document_of_the_whole() {
    let play = Play::start(&scenario());
    for form in Form::ALL {
        form.lay_out(&play);
        let whole = form.check(&play, &[]);
        assert_eq!(whole.code, Some(1), "{form:?}: {}", whole.stderr);
        let expected = steady(&whole.stdout);
        let (checks, open) = if let Form::Checks = form {
            (61, 61)
        } else {
            (61, 2)
        };
        assert_eq!(expected["summary"]["targets"], checks, "{form:?}");
        assert_eq!(expected["summary"]["error"], open, "{form:?}");
        assert_eq!(expected["summary"]["suppressed"], 1, "{form:?}");
        for kind in ["slice", "hash"] {
            let mut files = Vec::new();
            for share in [3, 1, 4, 2] {
                let part = form.check(&play, &["--partition", &format!("{kind}:{share}/4")]);
                assert!(matches!(part.code, Some(0 | 1)), "{}", part.stderr);
                let file = format!("{kind}-{share}.json");
                fs::write(play.root().join(&file), part.stdout).unwrap();
                files.push(file);
            }
            let merged = merge(&play, &files);
            assert_eq!(merged.code, Some(1), "{}", merged.stderr);
            let told = difference(&expected, &steady(&merged.stdout), "");
            assert_eq!(told, None, "{form:?} {kind}");
        }
    }
}

#[test]
fn shares_of_root_modules_and_of_several_clients_merge_too() {
    let play = Play::start(&scenario());
    for (directory, modules) in [
        ("a", [5, 7]),
        ("b", [31, 10]),
        ("c/d", [6, 25]),
        ("c/e", [7, 12]),
    ] {
        let call = |module: &usize| {
            let host = host(*module);
            format!("module \"m{module}\" {{\n  source = \"{host}/net/m{module}/aws\"\n}}\n")
        };
        let folder = play.root().join("roots").join(directory);
        fs::create_dir_all(&folder).unwrap();
        let main: String = modules.iter().map(call).collect();
        fs::write(folder.join("main.tf"), main).unwrap();
    }
    let words = [
        "check",
        "./roots",
        "--recursive",
        "--client",
        "terraform@1.0.11",
        "-f",
        "json",
    ];
    let whole = play.run(&words);
    assert_eq!(whole.code, Some(1), "{}", whole.stderr);
    let expected = steady(&whole.stdout);
    assert_eq!(expected["matrix"].as_array().unwrap().len(), 4);
    assert_eq!(expected["other_clients"].as_array().unwrap().len(), 4);
    for kind in ["slice", "hash"] {
        let files: Vec<String> = (1..5)
            .rev()
            .map(|share| {
                let spec = format!("{kind}:{share}/4");
                let part = play.run(&[&words[..], &["--partition", &spec]].concat());
                let file = format!("{kind}-{share}.json");
                fs::write(play.root().join(&file), part.stdout).unwrap();
                file
            })
            .collect();
        let merged = merge(&play, &files);
        let told = difference(&expected, &steady(&merged.stdout), "");
        assert_eq!(told, None, "{kind}: {}", merged.stderr);
    }
}

fn merge(play: &Play, files: &[String]) -> Outcome {
    let mut words = vec!["report", "merge", "--expect-partitions", "4", "-f", "json"];
    words.extend(files.iter().map(String::as_str));
    let output = binary(&words).current_dir(play.root()).output().unwrap();
    Outcome::of(&output)
}
