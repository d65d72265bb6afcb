//! The JSON document has its members; the human report holds no control byte, keeps its width, and can be plain ASCII.

use std::fmt::Write;

use serde_json::Value;
use tfreg_doctor::report::document::Document;

use crate::support::{Play, alone};

const NESTED: &str = include_str!("../../fixtures/layout/tfr740-nested-root/fires/scenario.json");

/// What a terminal, a log or a reader's eye would obey.
const EVIL: &str = "\u{1b}[31mred\u{1b}]0;title\u{7}\u{1b}]8;;http://x\u{7}\u{9b}2J\u{8}\u{7f}\u{202e}gnp\u{200b}\u{feff}\u{2066}\r::error::x ##[error]y";

#[test]
fn a_saved_document_reads_back_to_the_same_bytes() {
    let play = Play::start(NESTED);
    let outcome = play.run(&["check", ".", "--format", "json"]);
    let document: Document = serde_json::from_str(&outcome.stdout).unwrap();
    let mut again = Vec::new();
    tfreg_doctor::report::json::write(&document, &mut again).unwrap();
    assert_eq!(String::from_utf8(again).unwrap(), outcome.stdout);
    assert_eq!(document.run.id.len(), 26);
    let finding = document.findings.first().unwrap();
    assert!(finding.fingerprint.starts_with("sha256:"));
    assert!(
        finding
            .targets
            .iter()
            .all(|id| document.target(id).is_some())
    );
    let asked: Vec<&String> = document
        .targets
        .iter()
        .flat_map(|target| &target.stages)
        .flat_map(|stage| &stage.requests)
        .collect();
    assert!(!asked.is_empty());
    assert!(asked.iter().all(|id| document.request(id).is_some()));
}

#[expect(clippy::too_many_lines, reason = "the document is one list of members")]
#[test]
fn the_document_has_the_members_of_version_one() {
    let play = Play::start(NESTED);
    let outcome = play.run(&["check", ".", "--format", "json"]);
    let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let members: [(&str, &[&str]); 12] = [
        (
            "",
            &[
                "schema", "tool", "run", "summary", "hosts", "targets", "findings", "requests",
                "settings",
            ],
        ),
        ("/tool", &["name", "version"]),
        (
            "/run",
            &["started_at", "duration_ms", "complete", "clients", "exit"],
        ),
        ("/run/clients/0", &["name", "version", "chosen_by"]),
        ("/run/exit", &["code", "reason"]),
        (
            "/summary",
            &[
                "targets",
                "fine",
                "error",
                "warning",
                "note",
                "inconclusive",
                "suppressed",
                "known",
                "requests",
                "bytes",
                "throttled_ms",
            ],
        ),
        (
            "/hosts/0",
            &[
                "host",
                "address",
                "port",
                "tls",
                "proxy",
                "services",
                "credentials",
            ],
        ),
        (
            "/targets/0",
            &[
                "id",
                "key",
                "host",
                "address",
                "subdir",
                "constraint",
                "selected",
                "status",
                "calls",
                "package",
                "manifest",
                "stages",
            ],
        ),
        (
            "/targets/0/package",
            &["url", "kind", "bytes", "sha256", "root"],
        ),
        (
            "/findings/0",
            &[
                "id",
                "code",
                "name",
                "severity",
                "confidence",
                "status",
                "title",
                "message",
                "stage",
                "owner",
                "targets",
                "locations",
                "evidence",
                "client_message",
                "fixes",
                "reproduce",
                "fingerprint",
                "suppressed",
                "docs",
            ],
        ),
        (
            "/findings/0/fixes/0",
            &[
                "audience",
                "text",
                "verified",
                "value",
                "commands",
                "by_client",
            ],
        ),
        (
            "/requests/0",
            &[
                "id",
                "stage",
                "method",
                "url",
                "attempt",
                "status",
                "http",
                "credential",
                "redirects",
                "phases_ms",
                "request_headers",
                "response_headers",
            ],
        ),
    ];
    let mut missing = String::new();
    for (place, names) in members {
        let value = document.pointer(place);
        for name in names {
            let path = format!("{place}/{name}");
            let is_there = value.and_then(|value| value.get(name)).is_some();
            if !is_there {
                writeln!(missing, "{path}").unwrap();
            }
        }
    }
    assert!(missing.is_empty(), "missing:\n{missing}");
    assert_eq!(document["schema"], "tfreg-doctor/report/v1");
    assert_eq!(document["run"]["complete"], true);
}

#[test]
fn evil_text_of_servers_archives_and_files_is_made_visible() {
    let mut problems = Vec::new();
    for (name, scenario) in evil() {
        let play = Play::start(&scenario);
        for words in [
            &["check", ".", "--color", "never"][..],
            &["check", ".", "--color", "never", "-vv", "--curl"],
            &["check", ".", "--color", "never", "--ascii", "-vv"],
            &["get", "--color", "never"],
        ] {
            let outcome = play.run(words);
            for text in [&outcome.stdout, &outcome.stderr] {
                problems.extend(bad(text).map(|what| format!("{name}, {words:?}: {what}")));
                if words.contains(&"--ascii") && !text.is_ascii() {
                    let odd = text.lines().find(|line| !line.is_ascii());
                    problems.push(format!("{name}, {words:?}: not ASCII: {odd:?}"));
                }
            }
        }
        let outcome = play.run(&["check", ".", "--format", "json"]);
        if let Err(error) = serde_json::from_str::<Value>(&outcome.stdout) {
            problems.push(format!("{name}: {error}: {}", outcome.stderr));
        }
        problems.extend(invisible(&outcome.stdout).map(|what| format!("{name}, JSON: {what}")));
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn prose_keeps_to_the_width() {
    let mut problems = Vec::new();
    for scenario in [
        NESTED,
        include_str!("../../fixtures/credentials/tfr107-token-shadowed/fires/scenario.json"),
        include_str!("../../fixtures/versions/tfr450-no-matching-version/fires/scenario.json"),
        include_str!("../../fixtures/network/tfr203-untrusted-certificate/fires/scenario.json"),
    ] {
        let play = Play::start(scenario);
        for width in [80, 120] {
            let mut command = play.command(&["check", ".", "--color", "never"]);
            let output = command.env("COLUMNS", width.to_string()).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            problems.extend(
                text.lines()
                    .filter(|line| line.chars().count() > width && !may_be_long(line, width))
                    .map(|line| format!("{width}: {line}")),
            );
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn colour_comes_only_where_it_is_asked_for() {
    let plain = alone(&["demo", "--color", "never"]);
    let piped = alone(&["demo"]);
    let coloured = alone(&["demo", "--color", "always"]);
    assert!(!plain.stdout.contains('\u{1b}') && !piped.stdout.contains('\u{1b}'));
    assert!(coloured.stdout.contains("\u{1b}["));
    let ascii = alone(&["demo", "--ascii"]);
    assert!(ascii.stdout.is_ascii(), "{}", ascii.stdout);
}

/// Commands, values to be copied and addresses stand on one line whatever its length.
fn may_be_long(line: &str, width: usize) -> bool {
    let text = line.trim_start_matches(['│', '|', ' ']);
    [
        "curl ",
        "X-Terraform-Get:",
        "source = ",
        "tar ",
        "Reproduce",
    ]
    .iter()
    .any(|start| text.starts_with(start))
        || text
            .split_whitespace()
            .any(|word| word.chars().count() + 30 > width)
}

/// The first character that must not be printed, or a line that a log would obey.
fn bad(text: &str) -> Option<String> {
    let command = text
        .lines()
        .find(|line| line.trim_start().starts_with("::") || line.contains("##["));
    invisible(text).or_else(|| command.map(|line| format!("a log would obey {line:?}")))
}

fn invisible(text: &str) -> Option<String> {
    let letter = text.chars().find(|&letter| {
        (letter.is_control() && letter != '\n')
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    })?;
    let line = text.lines().find(|line| line.contains(letter));
    Some(format!("{letter:?} in {line:?}"))
}

/// One scenario for each place that a server, an archive or a file fills.
#[expect(
    clippy::too_many_lines,
    reason = "one entry per place where a server writes"
)]
fn evil() -> Vec<(&'static str, String)> {
    let text = serde_json::to_string(EVIL).unwrap();
    let evil = text.trim_matches('"');
    let ok_versions = r#""json": {"modules": [{"versions": [{"version": "1.0.0"}]}]}"#;
    let ok_location =
        r#""status": 204, "headers": {"X-Terraform-Get": "https://packages.example.com/net.tgz"}"#;
    let ok_package = r#""archive": "net""#;
    let build = |discovery: &str, versions: &str, location: &str, package: &str| {
        format!(
            r#"{{"command": ["check", "."],
  "root": {{"main.tf": "module \"net\" {{\n  source  = \"tf.example.com/acme/net/aws\"\n  version = \"1.0.0\"\n}}\n"}},
  "hosts": {{"tf.example.com": {{}}, "packages.example.com": {{}}}},
  "archives": {{"net": {{"format": "tar.gz", "entries": {{"top {evil}/main.tf": "", "top {evil}/{evil}.txt": ""}}}}}},
  "routes": [
    {{"host": "tf.example.com", "path": "/.well-known/terraform.json", {discovery}}},
    {{"host": "tf.example.com", "path": "/v1/acme/net/aws/versions", {versions}}},
    {{"host": "tf.example.com", "path": "/v1/acme/net/aws/1.0.0/download", {location}}},
    {{"host": "packages.example.com", "path": "/net.tgz", {package}}}
  ]}}"#
        )
    };
    let ok = r#""json": {"modules.v1": "/v1/"}"#;
    let header = "\\u001b[31m\\u202e::error::x ##[error]y";
    vec![
        (
            "names in an archive",
            build(ok, ok_versions, ok_location, ok_package),
        ),
        (
            "service address",
            build(
                &format!(r#""json": {{"modules.v1": "{evil}"}}"#),
                ok_versions,
                ok_location,
                ok_package,
            ),
        ),
        (
            "discovery document",
            build(
                &format!(r#""headers": {{"Content-Type": "application/json"}}, "body": "{evil}""#),
                ok_versions,
                ok_location,
                ok_package,
            ),
        ),
        (
            "version",
            build(
                ok,
                &format!(r#""json": {{"modules": [{{"versions": [{{"version": "{evil}"}}]}}]}}"#),
                ok_location,
                ok_package,
            ),
        ),
        (
            "error body",
            build(
                ok,
                &format!(
                    r#""status": 401, "headers": {{"WWW-Authenticate": "{header}"}}, "body": "{evil}""#
                ),
                ok_location,
                ok_package,
            ),
        ),
        (
            "location",
            build(
                ok,
                ok_versions,
                &format!(r#""status": 204, "headers": {{"X-Terraform-Get": "{header}"}}"#),
                ok_package,
            ),
        ),
        (
            "location in a body",
            build(
                ok,
                ok_versions,
                &format!(
                    r#""json": {{"location": "https://packages.example.com/net.tgz//{evil}"}}"#
                ),
                ok_package,
            ),
        ),
        (
            "page in place of an archive",
            build(
                ok,
                ok_versions,
                ok_location,
                &format!(
                    r#""headers": {{"Content-Type": "text/html"}}, "body": "<html><title>{evil}</title></html>""#
                ),
            ),
        ),
        (
            "reason phrase",
            build(
                ok,
                ok_versions,
                ok_location,
                &format!(r#""status": 404, "reason": "{header}", "body": "{evil}""#),
            ),
        ),
    ]
}
