//! Planted tokens appear in no output: not raw, percent-encoded, in base64 or hexadecimal.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::support::{Play, tree};

/// A secret with characters that every encoding changes.
const TOKEN: &str = "k2Vw8sQe+atlas/v1~Jm4Tz0pLx%R7uNcY1bHf=";
/// One that can stand in an address as it is.
const PLAIN: &str = "q8Wt3nYxLr6Zp1Vb9Kd4Jh7Mf2Gs5Cu0";

/// What is planted: the name of the kind, the secret, and the scenario's words for it.
struct Plant {
    kind: &'static str,
    secret: &'static str,
    /// Further members of the scenario.
    words: String,
    source: String,
    location: String,
}

impl Plant {
    fn new(kind: &'static str, secret: &'static str) -> Self {
        Self {
            kind,
            secret,
            words: String::new(),
            source: "tf.example.com/acme/net/aws".to_owned(),
            location: "https://packages.example.com/net.tgz".to_owned(),
        }
    }
}

fn plants() -> Vec<Plant> {
    let mut variable = Plant::new("variable", TOKEN);
    variable.words = format!(r#""env": {{"TF_TOKEN_tf_example_com": "{TOKEN}"}},"#);
    let mut block = Plant::new("credentials block", PLAIN);
    block.words = format!(
        r#""cli_config": "credentials \"tf.example.com\" {{\n  token = \"{PLAIN}\"\n}}\n","#
    );
    let mut file = Plant::new("credentials file", PLAIN);
    file.words = format!(
        r#""home": {{".terraform.d/credentials.tfrc.json": "{{\"credentials\": {{\"tf.example.com\": {{\"token\": \"{PLAIN}\"}}}}}}"}}, "cli_config_at": ".terraformrc","#
    );
    let mut netrc = Plant::new("netrc", PLAIN);
    netrc.words = format!(
        r#""home": {{".netrc": "machine packages.example.com login robot password {PLAIN}\n"}},"#
    );
    let mut user = Plant::new("user information of a location", PLAIN);
    user.location = format!("https://robot:{PLAIN}@packages.example.com/net.tgz");
    let mut source = Plant::new("user information of a source", PLAIN);
    source.source = format!("https://robot:{PLAIN}@packages.example.com/net.tgz");
    let mut query = Plant::new("signed query", PLAIN);
    query.location = format!(
        "https://packages.example.com/net.tgz?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=60&X-Amz-Signature={PLAIN}"
    );
    let mut parameter = Plant::new("token in a query", PLAIN);
    parameter.location = format!("https://packages.example.com/net.tgz?private_token={PLAIN}");
    let mut proxy = Plant::new("proxy", PLAIN);
    proxy.words =
        format!(r#""env": {{"HTTPS_PROXY": "http://robot:{PLAIN}@127.0.0.1:{{{{port}}}}"}},"#);
    vec![
        variable, block, file, netrc, user, source, query, parameter, proxy,
    ]
}

/// How a run ends.
#[derive(Debug, Clone, Copy)]
enum Ending {
    /// With an installed module.
    Well,
    /// With a refusal that repeats the `Authorization` header's value in its body.
    Refused,
    /// With a package that is not there.
    Missing,
}

#[test]
fn planted_secrets_are_printed_nowhere() {
    let mut hits = Vec::new();
    std::thread::scope(|scope| {
        let runs: Vec<_> = [Ending::Well, Ending::Refused, Ending::Missing]
            .into_iter()
            .map(|ending| scope.spawn(move || search(ending)))
            .collect();
        for run in runs {
            hits.extend(run.join().unwrap());
        }
    });
    assert!(hits.is_empty(), "\n{}", hits.join("\n"));
}

fn search(ending: Ending) -> Vec<String> {
    let mut hits = Vec::new();
    for plant in plants() {
        let play = Play::start(&scenario(&plant, ending));
        for (format, other) in [("human", "json"), ("json", "human")] {
            let report = format!("{other}=../tmp/report");
            let words = [
                "check",
                ".",
                "-vv",
                "--curl",
                "--timings",
                "--format",
                format,
                "--report",
                &report,
                "--show-progress",
                "counter",
            ];
            let outcome = play.run(&words);
            let written = tree(&play.temporary());
            let report = String::from_utf8_lossy(&written["report"]).into_owned();
            for (place, text) in [
                ("stdout", &outcome.stdout),
                ("stderr", &outcome.stderr),
                ("report", &report),
            ] {
                hits.extend(find(text, plant.secret).map(|(how, around)| {
                    format!(
                        "{} ({ending:?}), {place} of {format}, {how}: {around}",
                        plant.kind
                    )
                }));
            }
        }
        let outcome = play.run(&["get"]);
        for text in [&outcome.stdout, &outcome.stderr] {
            hits.extend(
                find(text, plant.secret).map(|(how, around)| {
                    format!("{} ({ending:?}), get, {how}: {around}", plant.kind)
                }),
            );
        }
    }
    hits
}

fn scenario(plant: &Plant, ending: Ending) -> String {
    let versions = match ending {
        Ending::Well | Ending::Missing => {
            r#""json": {"modules": [{"versions": [{"version": "1.0.0"}]}]}"#.to_owned()
        }
        // Only a secret that was sent can come back; this question carries the registry's token and nothing else.
        Ending::Refused if !plant.words.contains("oken") => r#""status": 401"#.to_owned(),
        Ending::Refused => format!(
            r#""status": 401, "headers": {{"WWW-Authenticate": "Bearer error_description=\"{0} is not known\""}}, "json": {{"errors": ["token {0} is not known"]}}"#,
            plant.secret
        ),
    };
    let package = match ending {
        Ending::Well | Ending::Refused => r#""archive": "net""#.to_owned(),
        Ending::Missing => format!(
            r#""status": 403, "body": "no access with {}""#,
            plant.secret
        ),
    };
    let registry = plant.source.starts_with("tf.");
    let version = if registry {
        "\\n  version = \\\"1.0.0\\\""
    } else {
        ""
    };
    format!(
        r#"{{
  "command": ["check", "."],
  "root": {{"main.tf": "module \"net\" {{\n  source = \"{source}\"{version}\n}}\n"}},
  {words}
  "hosts": {{"tf.example.com": {{}}, "packages.example.com": {{}}}},
  "archives": {{"net": {{"format": "tar.gz", "entries": {{"main.tf": ""}}}}}},
  "routes": [
    {{"host": "tf.example.com", "path": "/.well-known/terraform.json", "json": {{"modules.v1": "/v1/"}}}},
    {{"host": "tf.example.com", "path": "/v1/acme/net/aws/versions", {versions}}},
    {{"host": "tf.example.com", "path": "/v1/acme/net/aws/1.0.0/download", "status": 204, "headers": {{"X-Terraform-Get": "{location}"}}}},
    {{"host": "packages.example.com", "path": "/net.tgz", {package}}}
  ]
}}"#,
        source = plant.source,
        version = version.replace("\\\\", "\\"),
        words = plant.words,
        location = plant.location,
    )
}

/// The first place where a secret shows, and how.
fn find(text: &str, secret: &str) -> Option<(String, String)> {
    for (how, needle) in needles(secret) {
        if let Some(at) = text.find(&needle) {
            let around: String = text.get(..at)?.chars().rev().take(60).collect();
            let around: String = around.chars().rev().collect();
            return Some((how, around));
        }
    }
    None
}

fn needles(secret: &str) -> Vec<(String, String)> {
    let percent = |upper: bool| -> String {
        secret
            .bytes()
            .map(|byte| match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    char::from(byte).to_string()
                }
                _ if upper => format!("%{byte:02X}"),
                _ => format!("%{byte:02x}"),
            })
            .collect()
    };
    let mut found = vec![
        ("raw".to_owned(), secret.to_owned()),
        ("percent-encoded".to_owned(), percent(true)),
        ("percent-encoded, lower case".to_owned(), percent(false)),
        (
            "percent-encoded twice".to_owned(),
            percent(true).replace('%', "%25"),
        ),
        ("half".to_owned(), secret.chars().take(20).collect()),
        ("reversed".to_owned(), secret.chars().rev().collect()),
        ("hexadecimal".to_owned(), hex::encode(secret)),
        (
            "Basic".to_owned(),
            STANDARD.encode(format!("robot:{secret}")),
        ),
    ];
    for shift in 0..3 {
        let padded = format!("{}{secret}", "x".repeat(shift));
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            // The first and last letters depend on what stands beside the secret.
            let text = engine.encode(&padded);
            let end = text.len() - 3;
            if let Some(inner) = text.get(4..end) {
                found.push((format!("base64, shifted by {shift}"), inner.to_owned()));
            }
        }
    }
    found
}
