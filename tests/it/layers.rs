//! Who may import whom, which folder may call what, and how long files and functions may be.
//!
//! It reads the sources line by line, without parsing them: imports are written one module a line for its sake.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::support::{formats, package};

const LEVEL_ZERO: [&str; 8] = [
    "addr", "syntax", "version", "manifest", "secret", "foreign", "client", "origin",
];

/// What a module may use of the crate besides itself; `0` stands for everything of level zero.
const MAY_USE: [(&str, &[&str]); 21] = [
    ("addr", &["secret", "syntax"]),
    ("syntax", &[]),
    ("version", &[]),
    ("manifest", &["addr", "version", "syntax"]),
    ("secret", &[]),
    ("foreign", &[]),
    ("client", &["version"]),
    ("origin", &[]),
    ("trace", &["0"]),
    ("finding", &["0", "trace"]),
    ("filter", &["0", "trace", "finding"]),
    ("io", &["0", "trace"]),
    ("stages", &["0", "trace", "io"]),
    // Of `io` these two take what a step must be given (who named an address, the scratch folder) and pure helpers of `files`.
    ("walk", &["0", "trace", "stages", "io"]),
    ("verify", &["0", "trace", "finding", "stages", "io"]),
    ("rules", &["0", "trace", "finding"]),
    ("report", &["0", "trace", "finding"]),
    ("lab", &[]),
    (
        "cli",
        &[
            "0", "trace", "finding", "filter", "io", "stages", "walk", "verify", "rules", "report",
            "lab",
        ],
    ),
    ("lib", &[]),
    ("main", &["cli"]),
];

/// Outside crates and the only modules that may name them.
const CRATES: [(&str, &[&str]); 37] = [
    ("reqwest", &["io"]),
    ("rustls", &["io"]),
    ("http", &["io", "report"]),
    ("http_body_util", &["io"]),
    ("tower_layer", &["io"]),
    ("tower_service", &["io"]),
    ("tempfile", &["io"]),
    ("walkdir", &["io"]),
    ("rustix", &["io"]),
    ("url", &["addr", "io"]),
    ("idna", &["addr"]),
    ("tokio", &["io", "stages", "walk", "lab", "cli"]),
    ("tokio_rustls", &["lab"]),
    ("rcgen", &["lab"]),
    ("serde", &["syntax", "report", "lab", "io"]),
    ("serde_json", &["syntax", "report", "lab", "io", "cli"]),
    ("flate2", &["stages", "lab", "io"]),
    ("tar", &["stages", "lab"]),
    ("zip", &["stages", "lab", "report"]),
    ("bzip2", &["stages", "lab"]),
    ("lzma_rust2", &["stages", "lab"]),
    ("hmac", &["io", "lab"]),
    ("sha1", &["stages", "lab", "io"]),
    ("sha2", &["stages", "lab", "io", "report", "secret", "cli"]),
    ("md5", &["stages", "lab"]),
    ("clap", &["cli"]),
    ("toml", &["cli"]),
    ("anstream", &["cli"]),
    ("indicatif", &["cli"]),
    ("terminal_size", &["cli"]),
    ("thiserror", &["cli"]),
    ("comfy_table", &["report"]),
    ("textwrap", &["report"]),
    ("shlex", &["report"]),
    ("unicode_width", &["report"]),
    ("anstyle", &["report", "cli"]),
    ("jiff", &["io", "stages", "report", "cli"]),
];

/// Calls and the only modules, or files, that may make them.
const CALLS: [(&str, &[&str]); 16] = [
    ("std::env::", &["io", "main.rs"]),
    ("env::var", &["io"]),
    ("std::fs", &["io"]),
    ("File::open", &["io"]),
    ("println!", &[]),
    ("print!", &[]),
    ("io::stdout()", &["cli"]),
    ("io::stderr()", &["cli"]),
    ("std::process::Command", &["io"]),
    ("tokio::process", &["io"]),
    ("process::exit", &["cli/interrupt.rs"]),
    ("std::net::Tcp", &["io"]),
    ("TcpListener", &["lab"]),
    ("Instant::now", &["io", "trace", "cli"]),
    ("SystemTime", &["io"]),
    (".wire()", &["io"]),
];

/// Files and functions that were too long when the limits came; what is named here may only shrink.
const LONG_FILES: [(&str, usize); 9] = [
    ("finding.rs", 589),
    ("report/human.rs", 633),
    ("report/lines.rs", 638),
    ("report/words.rs", 537),
    ("stages/cli_config.rs", 605),
    ("stages/records.rs", 513),
    ("stages/unpack_names.rs", 603),
    ("trace/fact.rs", 634),
    ("walk/settle.rs", 575),
];
const LONG_FUNCTIONS: [(&str, usize); 2] =
    [("report/words.rs: stop", 80), ("walk/settle.rs: load", 99)];

const FILE_LIMIT: usize = 500;
const FUNCTION_LIMIT: usize = 70;

#[test]
fn a_module_uses_only_what_lies_below_it() {
    let mut problems = Vec::new();
    for source in sources() {
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == source.module) else {
            problems.push(format!("{}: a module that is not listed", source.name));
            continue;
        };
        for used in uses(&source.text) {
            let fits = used == source.module
                || allowed.contains(&used.as_str())
                || (allowed.contains(&"0") && LEVEL_ZERO.contains(&used.as_str()));
            if !fits {
                problems.push(format!("{} uses {used}", source.name));
            }
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn imports_are_written_one_module_a_line() {
    for source in sources() {
        assert!(!source.text.contains("use crate::{"), "{}", source.name);
    }
}

#[test]
fn no_rule_imports_another_and_no_format_another() {
    for source in sources() {
        let file = source.name.rsplit('/').next().unwrap();
        if file.starts_with("tfr") {
            let other = source.text.lines().find(|line| {
                line.contains("use ") && (line.contains("::tfr") || line.contains("super::"))
            });
            assert_eq!(other, None, "{}", source.name);
        }
        let is_own = |format: &str| {
            source.name == format!("report/{format}.rs")
                || source.name.starts_with(&format!("report/{format}/"))
        };
        // Each has one file, and none leans on another.
        if formats().any(is_own) {
            for format in formats().filter(|format| !is_own(format)) {
                assert!(
                    !source.text.contains(&format!("report::{format}::")),
                    "{} uses {format}",
                    source.name
                );
            }
        }
    }
}

#[test]
fn outside_crates_stay_where_they_belong() {
    let mut problems = Vec::new();
    for source in sources() {
        for (name, modules) in CRATES {
            if names_crate(&source.text, name) && !modules.contains(&source.module.as_str()) {
                problems.push(format!("{} uses the crate {name}", source.name));
            }
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn the_outside_is_reached_only_through_its_doors() {
    let mut problems = Vec::new();
    for source in sources() {
        for (call, places) in CALLS {
            let allowed =
                places.contains(&source.module.as_str()) || places.contains(&source.name.as_str());
            if source.text.contains(call) && !allowed {
                problems.push(format!("{} calls {call}", source.name));
            }
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn rules_and_reports_neither_wait_nor_read_a_clock() {
    for source in sources() {
        if matches!(source.module.as_str(), "rules" | "report" | "finding") {
            for word in ["async ", ".await", "Instant::", "Timestamp::now"] {
                assert!(!source.text.contains(word), "{} has {word}", source.name);
            }
        }
    }
}

#[test]
fn a_secret_leaves_its_type_in_at_most_five_places() {
    let places: usize = sources()
        .iter()
        .map(|source| source.text.matches(".wire()").count())
        .sum();
    assert!((1..=5).contains(&places), "{places} places");
}

#[test]
fn files_keep_to_their_length() {
    let long: BTreeMap<String, usize> = sources()
        .into_iter()
        .map(|source| (source.name, source.lines))
        .filter(|(_, lines)| *lines > FILE_LIMIT)
        .collect();
    hold("file", &long, &LONG_FILES);
}

#[test]
fn functions_keep_to_their_length() {
    let long: BTreeMap<String, usize> = sources()
        .iter()
        .flat_map(|source| {
            functions(&source.text)
                .into_iter()
                .map(|(name, lines)| (format!("{}: {name}", source.name), lines))
        })
        .filter(|(_, lines)| *lines > FUNCTION_LIMIT)
        .collect();
    hold("function", &long, &LONG_FUNCTIONS);
}

/// Nothing is long that is not listed, nothing has grown, and nothing stays listed that is short by now.
fn hold(what: &str, long: &BTreeMap<String, usize>, listed: &[(&str, usize)]) {
    let mut problems = Vec::new();
    for (name, lines) in long {
        match listed.iter().find(|(known, _)| known == name) {
            None => problems.push(format!("{what} {name} has {lines} lines")),
            Some((_, before)) if lines > before => {
                problems.push(format!(
                    "{what} {name} has grown from {before} to {lines} lines"
                ));
            }
            Some(_) => {}
        }
    }
    for (name, _) in listed {
        if !long.contains_key(*name) {
            problems.push(format!(
                "{what} {name} is short by now: strike it out of the list"
            ));
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

/// A source file without its tests and comments.
struct Source {
    /// Its path below `src`.
    name: String,
    /// The first folder, or the file's own name.
    module: String,
    text: String,
    /// Lines without tests.
    lines: usize,
}

fn sources() -> Vec<Source> {
    let root = package().join("src");
    let mut found = Vec::new();
    let mut open = vec![root.clone()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                found.extend(source(&root, &path));
            }
        }
    }
    found.sort_by(|left, right| left.name.cmp(&right.name));
    found
}

fn source(root: &Path, path: &Path) -> Option<Source> {
    let name = path.strip_prefix(root).unwrap().display().to_string();
    if is_for_tests(&name) {
        return None;
    }
    let text = fs::read_to_string(path).unwrap();
    let product: Vec<&str> = without_tests(&text);
    let lines = product.len();
    let code: Vec<&str> = product
        .into_iter()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let module = name
        .split('/')
        .next()
        .unwrap()
        .trim_end_matches(".rs")
        .to_owned();
    Some(Source {
        name,
        module,
        text: code.join("\n"),
        lines,
    })
}

/// `tests.rs`, `testing.rs`, `unpack_testing_zip.rs` and what lies in a folder `tests`.
fn is_for_tests(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    name.contains("/tests/") || file == "tests.rs" || file.contains("testing")
}

/// The lines before a module of tests.
fn without_tests(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().collect();
    let end = lines
        .windows(2)
        .position(|pair| {
            pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{')
        })
        .unwrap_or(lines.len());
    lines[..end].to_vec()
}

/// The modules of the crate that a text names.
fn uses(text: &str) -> Vec<String> {
    let mut found: Vec<String> = ["crate::", "tfreg_doctor::"]
        .iter()
        .flat_map(|start| text.split(start).skip(1))
        .map(|rest| {
            rest.chars()
                .take_while(|letter| letter.is_ascii_lowercase() || *letter == '_')
                .collect()
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

/// Whether a text names a crate by a path that begins with it.
fn names_crate(text: &str, name: &str) -> bool {
    let path = format!("{name}::");
    text.match_indices(&path).any(|(at, _)| {
        let before = text.get(..at).and_then(|front| front.chars().next_back());
        !before.is_some_and(|letter| {
            letter.is_alphanumeric() || matches!(letter, '_' | ':' | '/' | '.' | '"')
        })
    })
}

/// Functions with their lines but comments, from the line of the name to the closing brace at the same indentation.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let indent: String = line.chars().take_while(|letter| *letter == ' ').collect();
        let Some((before, after)) = line.split_once("fn ") else {
            continue;
        };
        let is_start = before.split_whitespace().all(|word| {
            word.starts_with("pub") || matches!(word, "const" | "async" | "in" | "super)")
        });
        let name: String = after
            .chars()
            .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
            .collect();
        if !is_start || name.is_empty() || line.ends_with(';') {
            continue;
        }
        let close = format!("{indent}}}");
        if let Some(length) = lines[at..].iter().position(|line| *line == close) {
            found.push((name, length + 1));
        }
    }
    found
}
