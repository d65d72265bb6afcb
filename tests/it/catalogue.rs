//! Rule, file, page, case and scene belong together.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;

use tfreg_doctor::finding::Rule;
use tfreg_doctor::lab::scenes;
use tfreg_doctor::rules;

use crate::cases;
use crate::support::package;

const HEADINGS: [&str; 5] = [
    "## What it means",
    "## How it shows",
    "## Why it happens",
    "## How to fix it",
    "## Try it",
];

/// The rules that have a case in which they fire and one in which they are quiet.
const WITH_CASES: [&str; 30] = [
    "TFR101", "TFR102", "TFR107", "TFR201", "TFR202", "TFR203", "TFR204", "TFR208", "TFR210",
    "TFR301", "TFR302", "TFR303", "TFR304", "TFR401", "TFR404", "TFR450", "TFR451", "TFR501",
    "TFR503", "TFR535", "TFR541", "TFR608", "TFR610", "TFR701", "TFR703", "TFR740", "TFR741",
    "TFR745", "TFR938", "TFR940",
];

/// The titles of the catalogue for the rules with cases.
const TITLES: [(&str, &str); 30] = [
    ("TFR101", "Refused and no credential was found"),
    ("TFR102", "Refused although a token was sent"),
    ("TFR107", "Environment token shadows a good one"),
    ("TFR201", "Name does not resolve"),
    ("TFR202", "Connection refused, reset or unreachable"),
    ("TFR203", "Certificate issuer not trusted"),
    ("TFR204", "Certificate name or dates wrong"),
    ("TFR208", "Something in between answers"),
    ("TFR210", "No answer in time"),
    ("TFR301", "No discovery document"),
    ("TFR302", "`modules.v1` missing"),
    ("TFR303", "Wrong or missing content type"),
    ("TFR304", "Not a JSON object"),
    ("TFR401", "Module not found"),
    ("TFR404", "Versions body is not JSON"),
    ("TFR450", "No version satisfies the constraint"),
    ("TFR451", "Only a prerelease would match"),
    ("TFR501", "No location in the answer"),
    (
        "TFR503",
        "200 with an empty or non-JSON body: OpenTofu fails",
    ),
    ("TFR535", "Glob in a registry location"),
    (
        "TFR541",
        "No archive suffix and no `archive=`: the client looks for a web page",
    ),
    ("TFR608", "A page instead of an archive"),
    ("TFR610", "Short body"),
    ("TFR701", "Content does not match the suffix"),
    ("TFR703", "Corrupt or truncated archive"),
    ("TFR740", "Nested root: the module is one directory deeper"),
    ("TFR741", "No config files at the module directory"),
    ("TFR745", "Glob matches none or several"),
    ("TFR938", "Stage slower than asked for"),
    ("TFR940", "An expectation does not hold"),
];

#[test]
fn codes_are_sorted_and_codes_and_names_unique() {
    assert!(rules::ALL.is_sorted_by(|left, right| left.code < right.code));
    let names: HashSet<&str> = rules::ALL.iter().map(|rule| rule.name).collect();
    assert_eq!(names.len(), rules::ALL.len());
}

#[test]
fn every_rule_has_its_file_its_page_and_a_unit_test_and_no_file_is_without_a_rule() {
    let mut files = rule_files();
    for rule in rules::ALL {
        let stem = stem(rule);
        let file = files
            .iter()
            .position(|path| path.file_stem().is_some_and(|name| *name == *stem))
            .map_or_else(
                || panic!("{} has no file {stem}.rs", rule.code),
                |at| files.remove(at),
            );
        let source = fs::read_to_string(&file).unwrap();
        assert!(
            source.contains(&format!("code: \"{}\"", rule.code)),
            "{stem}"
        );
        assert!(source.contains("#[test]"), "{stem} has no unit test");
        let page = fs::read_to_string(file.with_extension("md")).unwrap();
        assert_eq!(page, rule.page, "{stem}");
    }
    assert!(
        files.is_empty(),
        "files without a line in the list: {files:?}"
    );
}

#[test]
fn every_page_has_exactly_its_headings() {
    for rule in rules::ALL {
        let headings: Vec<&str> = rule
            .page
            .lines()
            .filter(|line| line.starts_with('#'))
            .collect();
        let first = format!("# {} {}", rule.code, rule.name);
        let wanted: Vec<&str> = std::iter::once(first.as_str()).chain(HEADINGS).collect();
        assert_eq!(headings, wanted, "{}", rule.code);
    }
}

#[test]
fn the_rules_of_the_list_have_their_cases_and_no_case_is_without_a_rule() {
    let cases = cases::all();
    for code in WITH_CASES {
        let rule = rules::by_name(code).unwrap_or_else(|| panic!("there is no rule {code}"));
        for kind in ["fires", "quiet"] {
            let wanted = format!("{}/{kind}", case_name(rule));
            assert!(
                cases.iter().any(|path| path.ends_with(&wanted)),
                "{wanted} is missing"
            );
        }
    }
    for path in cases {
        let name = path.iter().nth(1).unwrap().to_str().unwrap();
        let code = name.split('-').next().unwrap().to_uppercase();
        let rule = rules::by_name(&code).unwrap_or_else(|| panic!("{name} is of no rule"));
        assert_eq!(name, case_name(rule));
        let folder = path.iter().next().unwrap().to_str().unwrap();
        assert_eq!(folder, folder_of(rule), "{name} lies with other rules");
    }
}

#[test]
fn titles_are_those_of_the_catalogue() {
    for (code, title) in TITLES {
        if let Some(rule) = rules::by_name(code) {
            assert_eq!(rule.title, title, "{code}");
        }
    }
}

#[test]
fn every_case_that_fires_is_a_scene_of_the_demo_and_names_itself() {
    let fires: HashSet<String> = cases::all()
        .iter()
        .filter(|path| path.ends_with("fires"))
        .map(|path| path.iter().nth(1).unwrap().to_str().unwrap().to_owned())
        .collect();
    let scenes: HashSet<String> = scenes::ALL
        .iter()
        .map(|scene| scene.name.to_owned())
        .collect();
    assert_eq!(scenes, fires);
    assert!(scenes::ALL.is_sorted_by(|left, right| left.name < right.name));
    for scene in scenes::ALL {
        assert!(
            scene
                .json
                .contains(&format!("\"name\": \"{}\"", scene.name)),
            "{}",
            scene.name
        );
        assert!(!scene.story().is_empty(), "{}", scene.name);
    }
}

fn case_name(rule: &Rule) -> String {
    format!("{}-{}", rule.code.to_lowercase(), rule.name)
}

fn stem(rule: &Rule) -> String {
    case_name(rule).replace('-', "_")
}

fn folder_of(rule: &Rule) -> String {
    let file = rule_files()
        .into_iter()
        .find(|path| path.file_stem().is_some_and(|name| *name == *stem(rule)))
        .unwrap();
    let folder = file.parent().unwrap().file_name().unwrap();
    folder.to_str().unwrap().to_owned()
}

/// The files of `src/rules` that hold a rule.
fn rule_files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in fs::read_dir(package().join("src/rules")).unwrap() {
        let folder = folder.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        for file in fs::read_dir(folder).unwrap() {
            let file = file.unwrap().path();
            let name = file.file_name().unwrap().to_str().unwrap().to_owned();
            if name.starts_with("tfr") && name.ends_with(".rs") {
                found.push(file);
            }
        }
    }
    found.sort();
    found
}
