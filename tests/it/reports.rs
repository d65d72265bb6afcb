//! Each format over a document that is hostile in every field: still one line a record, still well-formed, nothing obeyed.

use std::fmt::Write;
use std::fs;

use serde_json::Value;
use tfreg_doctor::foreign::is_invisible;
use tfreg_doctor::report::Format;
use tfreg_doctor::report::document::Document;
use tfreg_doctor::report::write_document;
use tfreg_doctor::rules;

use tempfile::TempDir;

use crate::support::{Play, formats};

const NESTED: &str = include_str!("../../fixtures/layout/tfr740-nested-root/fires/scenario.json");

/// What a terminal, a log, a parser or a reader's eye would obey.
const EVIL: &str = "\u{1b}[31m]]><script>alert(1)</script>\r\n::error::x ##[error]y \"q\" 'a' `b` \\ & | \u{202e}gnp\u{200b}\u{9b}\u{7f}\u{0}\u{ffff} =1+1,{} %0A";

/// Words of closed sets: they come from the program itself.
const CLOSED: [&str; 11] = [
    "severity",
    "status",
    "verified",
    "id",
    "targets",
    "requests",
    "findings",
    "started_at",
    "ref",
    "code",
    "schema",
];

fn document() -> Document {
    let play = Play::start(NESTED);
    let outcome = play.run(&["check", ".", "--format", "json"]);
    serde_json::from_str(&outcome.stdout).unwrap()
}

fn hostile() -> Document {
    let mut value = serde_json::to_value(document()).unwrap();
    poison(&mut value);
    serde_json::from_value(value).unwrap()
}

fn poison(value: &mut Value) {
    match value {
        Value::String(text) => EVIL.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(poison),
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                if !CLOSED.contains(&name.as_str())
                    || member.is_object()
                    || is_list_of_objects(member)
                {
                    poison(member);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn is_list_of_objects(value: &Value) -> bool {
    value
        .as_array()
        .is_some_and(|items| items.iter().any(Value::is_object))
}

fn written(format: &str, document: &Document) -> String {
    let mut bytes = Vec::new();
    write_document(
        Format::from_word(format).unwrap(),
        document,
        rules::ALL,
        &mut bytes,
    )
    .unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn no_format_lets_a_character_through_that_is_obeyed() {
    let document = hostile();
    let mut problems = String::new();
    for format in formats() {
        let text = written(format, &document);
        let raw = text
            .replace("\r\n", "\n")
            .chars()
            .find(|character| *character != '\n' && is_invisible(*character));
        if let Some(raw) = raw {
            writeln!(problems, "{format}: {raw:?}").unwrap();
        }
        let starts = text
            .lines()
            .filter(|line| line.trim_start().starts_with("::error::x"));
        if starts.count() > 0 {
            writeln!(problems, "{format}: a line that is a command").unwrap();
        }
        let markup = ["markdown", "junit"].contains(&format);
        if markup && (text.contains("<script") || text.contains("]]>")) {
            writeln!(problems, "{format}: markup").unwrap();
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}

#[test]
fn json_formats_stay_json() {
    let document = hostile();
    for format in ["json", "sarif", "gitlab", "har"] {
        let text = written(format, &document);
        assert!(serde_json::from_str::<Value>(&text).is_ok(), "{format}");
    }
    let events: Vec<Value> = written("ndjson", &document)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(events.first().unwrap()["event"], "run_start");
    assert_eq!(events.last().unwrap()["event"], "run_end");
    let requests = events.iter().filter(|event| event["event"] == "request");
    assert_eq!(requests.count(), document.requests.len());
}

#[test]
fn junit_is_well_formed_and_counts_its_cases() {
    for document in [document(), hostile()] {
        let text = written("junit", &document);
        let mut reader = quick_xml::Reader::from_str(&text);
        let mut cases = 0;
        loop {
            match reader.read_event().unwrap() {
                quick_xml::events::Event::Eof => break,
                quick_xml::events::Event::Start(start) | quick_xml::events::Event::Empty(start) => {
                    cases += usize::from(start.name().as_ref() == "testcase");
                }
                _ => {}
            }
        }
        assert_eq!(cases, document.targets.len());
        assert!(text.contains("failures=\"1\""), "{text}");
        assert!(text.contains("type=\"TFR740\""), "{text}");
    }
}

#[test]
fn the_page_loads_nothing_and_runs_only_its_own_script() {
    let text = written("html", &hostile());
    assert!(!text.contains("<script>alert"), "markup of others");
    assert!(text.contains("default-src 'none'; style-src 'sha256-"));
    assert_eq!(text.matches("<script>").count(), 1);
    assert_eq!(text.matches("</script>").count(), 2);
    for outside in [
        "src=",
        "href=\"http",
        "@import",
        "url(",
        " style=",
        " onclick",
    ] {
        assert!(!text.contains(outside), "{outside}");
    }
    let document = document();
    let page = written("html", &document);
    for finding in &document.findings {
        assert!(page.contains(&format!("<article id=\"{}\"", finding.id)));
    }
    for request in &document.requests {
        assert!(page.contains(&format!("<details id=\"{}\"", request.id)));
        assert!(page.contains(&format!("href=\"#{}\"", request.id)));
    }
}

#[test]
fn annotations_are_commands_of_one_line_with_a_place() {
    let text = written("github", &hostile());
    assert!(!text.is_empty());
    for line in text.lines() {
        assert!(
            line.starts_with("::error file=") || line.starts_with("::warning file="),
            "{line}"
        );
    }
    let mut many = document();
    let finding = many.findings.first().unwrap().clone();
    many.findings = vec![finding; 25];
    let lines: Vec<String> = written("github", &many)
        .lines()
        .map(str::to_owned)
        .collect();
    assert_eq!(lines.len(), 10);
    assert!(lines.last().unwrap().contains("and 16 more"));
}

#[test]
fn metrics_are_samples_with_one_family_each() {
    let text = written("prometheus", &hostile());
    let mut families = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            families.push(rest.split(' ').next().unwrap().to_owned());
        } else if !line.starts_with("# HELP ") {
            let (series, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
            let name = series.split('{').next().unwrap();
            assert_eq!(families.last().map(String::as_str), Some(name), "{line}");
        }
    }
    let mut unique = families.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), families.len());
    assert!(text.contains("tfreg_finding{"), "{text}");
}

#[test]
fn code_scanning_gets_every_rule_and_a_fingerprint() {
    let document = document();
    let log: Value = serde_json::from_str(&written("sarif", &document)).unwrap();
    let run = &log["runs"][0];
    assert_eq!(
        run["tool"]["driver"]["rules"].as_array().unwrap().len(),
        rules::ALL.len()
    );
    let result = &run["results"][0];
    assert_eq!(result["ruleId"], "TFR740");
    assert_eq!(result["level"], "error");
    let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(run["tool"]["driver"]["rules"][index]["id"], "TFR740");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "main.tf");
    assert_eq!(place["region"]["startLine"], 1);
    assert_eq!(
        result["partialFingerprints"]["tfregDoctor/v1"]
            .as_str()
            .unwrap()
            .len(),
        64
    );
}

#[test]
fn several_reports_of_one_run_say_the_same() {
    let play = Play::start(NESTED);
    let directory = TempDir::new().unwrap();
    let mut words = vec![
        "check".to_owned(),
        ".".to_owned(),
        "--format".to_owned(),
        "json".to_owned(),
    ];
    for format in formats() {
        words.push("--report".to_owned());
        words.push(format!("{format}={}/{format}", directory.path().display()));
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = play.run(&words);
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    let document: Document = serde_json::from_str(&outcome.stdout).unwrap();
    for format in formats().filter(|format| *format != "human") {
        let text = fs::read_to_string(directory.path().join(format)).unwrap();
        assert_eq!(text, written(format, &document), "{format}");
    }
}

#[test]
fn saved_reports_are_rendered_merged_and_compared() {
    let play = Play::start(NESTED);
    let saved = play.root().join("run.json");
    let path = saved.display().to_string();
    let direct = play.run(&[
        "check",
        ".",
        "--report",
        &format!("json={path}"),
        "--format",
        "junit",
    ]);
    let again = play.run(&["report", "render", &path, "--format", "junit"]);
    assert_eq!((again.code, &again.stdout), (Some(0), &direct.stdout));
    let merged = play.run(&["report", "merge", &path, "--format", "json"]);
    assert_eq!(merged.code, Some(1), "{}", merged.stderr);
    let whole: Document = serde_json::from_str(&merged.stdout).unwrap();
    let one: Document = serde_json::from_str(&fs::read_to_string(&saved).unwrap()).unwrap();
    assert_eq!(whole.targets, one.targets);
    assert_eq!(whole.findings, one.findings);
    assert_eq!(whole.requests, one.requests);
    assert_eq!(whole.summary, one.summary);
    let unproved = play.run(&["report", "merge", &path, "--expect-partitions", "2"]);
    assert_eq!(unproved.code, Some(3));
    assert!(
        unproved.stderr.contains("no share of a partition"),
        "{}",
        unproved.stderr
    );
    let same = play.run(&["report", "diff", &path, &path]);
    assert_eq!(
        (same.code, same.stdout.as_str()),
        (Some(0), "no difference\n")
    );
    let other = one_with_another_version(one);
    let changed = play.root().join("changed.json");
    fs::write(&changed, serde_json::to_string(&other).unwrap()).unwrap();
    let differs = play.run(&["report", "diff", &path, &changed.display().to_string()]);
    assert_eq!(differs.code, Some(1));
    assert!(
        differs.stdout.contains("0.2.1") && differs.stdout.contains("9.9.9"),
        "{}",
        differs.stdout
    );
    let wrong = play.run(&["report", "render", "main.tf"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.contains("main.tf"), "{}", wrong.stderr);
}

fn one_with_another_version(mut document: Document) -> Document {
    for target in &mut document.targets {
        target.selected = Some("9.9.9".to_owned());
    }
    document
}

#[test]
fn the_bundle_is_a_zip_file_with_a_list_of_what_is_in_it() {
    let mut bytes = Vec::new();
    write_document(Format::Bundle, &document(), rules::ALL, &mut bytes).unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let names: Vec<String> = archive
        .file_names()
        .map(|name| name.unwrap().into_owned())
        .collect();
    for name in [
        "README.txt",
        "report.json",
        "report.html",
        "requests.har",
        "settings.txt",
    ] {
        assert!(names.iter().any(|known| known == name), "{name}");
    }
    let mut text = String::new();
    std::io::Read::read_to_string(&mut archive.by_name("report.json").unwrap(), &mut text).unwrap();
    assert!(serde_json::from_str::<Document>(&text).is_ok());
}
