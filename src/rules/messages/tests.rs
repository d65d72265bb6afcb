use super::Clients;
use super::explain;
use super::is_summary;
use super::rows;
use super::words_of;
use crate::client::Client;
use crate::finding::Confidence;
use crate::rules;
use std::collections::HashSet;

/// Each frame with one of its rows: the pasted text and the codes that come first.
const SAMPLES: [(&str, &str, &[&str]); 34] = [
    (
        "Error accessing remote module registry",
        "Failed to retrieve available versions for module \"jerry\" (main.tf:1) from tf.example.com: error looking up module versions: 401 Unauthorized.",
        &["TFR101", "TFR102"],
    ),
    (
        "Error accessing remote module registry",
        "Failed to retrieve available versions for module \"jerry\" (main.tf:1) from tf.example.com: discovery URL returned an unsupported Content-Type \"text/plain\".",
        &["TFR303", "TFR208"],
    ),
    (
        "Error accessing remote module registry",
        "Failed to retrieve available versions for module \"jerry\" (main.tf:1) from tf.example.com: Discovery URL has a malformed Content-Type \"\".",
        &["TFR303"],
    ),
    (
        "Error accessing remote module registry",
        "Failed to retrieve available versions for module \"jerry\" (main.tf:1) from tf.example.com: host does not provide a modules service.",
        &["TFR301", "TFR013"],
    ),
    (
        "Error accessing remote module registry",
        "Failed to retrieve available versions for module \"jerry\" (main.tf:1) from tf.example.com: host tf.example.com does not provide a modules service.",
        &["TFR302", "TFR014"],
    ),
    (
        "Error accessing remote module registry",
        "Failed to retrieve available versions for module \"jerry\" (main.tf:1) from tf.example.com: failed to request discovery document: GET https://tf.example.com/.well-known/terraform.json giving up after 4 attempt(s): Get \"https://tf.example.com/.well-known/terraform.json\": dial tcp 10.0.0.1:443: connect: connection refused.",
        &["TFR202"],
    ),
    (
        "Error accessing remote module registry",
        "Failed to retrieve a download URL for tf.example.com/net/sg/aws 0.2.1 from tf.example.com: failed to get download URL for \"tf.example.com/net/sg/aws\": 200 OK resp:{\"location\": \"http://h/sg.tgz\"}",
        &["TFR502", "TFR501"],
    ),
    (
        "Error accessing remote module registry",
        "Failed to retrieve a download URL for tf.example.com/net/sg/aws 0.2.1 from tf.example.com: module \"tf.example.com/net/sg/aws\" version \"0.2.1\" not found",
        &["TFR505"],
    ),
    (
        "Error accessing remote module registry",
        "Failed to retrieve a download URL for tf.example.com/net/sg/aws 0.2.1 from tf.example.com: module \"tf.example.com/net/sg/aws\" version \"0.2.1\" failed to deserialize response body : unexpected end of JSON input",
        &["TFR503", "TFR504"],
    ),
    (
        "Invalid package location from module registry",
        "Module registry tf.example.com returned invalid source location \"sg.tgz\" for tf.example.com/net/sg/aws 0.2.1: Terraform cannot detect a supported external module source type for sg.tgz.",
        &["TFR531"],
    ),
    (
        "Module not found",
        "Module \"jerry\" (from main.tf:1) cannot be found in the module registry at tf.example.com.",
        &["TFR401", "TFR308"],
    ),
    (
        "Module not found",
        "Module net/sg/aws (\"jerry\" from main.tf:1) cannot be found in the module registry at tf.example.com.",
        &["TFR401", "TFR308"],
    ),
    (
        "Module not found",
        "The module address \"modules/x\" could not be resolved.\n\nIf you intended this as a path relative to the current module, use \"./modules/x\" instead. The \"./\" prefix indicates that the address is a relative filesystem path.",
        &["TFR005", "TFR001"],
    ),
    (
        "Unresolvable module version constraint",
        "There is no available version of module \"tf.example.com/net/sg/aws\" (main.tf:1) which matches the given version constraint. The newest available version is 1.0.0.",
        &["TFR450", "TFR451"],
    ),
    (
        "Module has no versions",
        "Module \"tf.example.com/net/sg/aws\" (main.tf:1) has no versions available on tf.example.com.",
        &["TFR406", "TFR451"],
    ),
    (
        "Failed to download module",
        "Could not download module \"jerry\" (main.tf:1) source code from \"http://h/pkg/sg.tgz\": bad response code: 404",
        &["TFR605"],
    ),
    (
        "Failed to download module",
        "Could not download module \"jerry\" (main.tf:1) source code from {\"http://h/pkg/sg.tgz\"}: bad response code: 401.",
        &["TFR601"],
    ),
    (
        "Failed to download module",
        "Could not download module \"jerry\" (main.tf:1) source code from {\"http://h/sg?archive=tar.gz//*\"}: error downloading 'http://h/sg': XML syntax error on line 2: illegal character code U+001F.",
        &["TFR534"],
    ),
    (
        "Failed to download module",
        "Could not download module \"jerry\" (main.tf:1) source code from \"git::https://h/sg.git?ref=v9\": error downloading 'https://h/sg.git?ref=v9': git exited with 1: error: pathspec 'v9' did not match any file(s) known to git",
        &["TFR634"],
    ),
    (
        "Failed to download module",
        "Could not download module \"jerry\" (main.tf:1) source code from \"http://h/pkg/sg.tgz\": Error opening a gzip reader for /tmp/getter1/archive: gzip: invalid header",
        &["TFR701", "TFR208"],
    ),
    (
        "Failed to download module",
        "Could not download module \"jerry\" (main.tf:1) source code from \"http://h/mod\": error downloading 'http://h/mod': error downloading 'http://h/mod': error downloading 'http://h/mod': x",
        &["TFR539"],
    ),
    (
        "Failed to expand subdir globs",
        "subdir \"*\" matches multiple paths",
        &["TFR745"],
    ),
    ("subdir \"nope\" not found", "", &["TFR743"]),
    (
        "Unreadable module subdirectory",
        "The directory .terraform/modules/jerry/* does not exist. The target submodule * does not exist within the target module.",
        &["TFR535"],
    ),
    (
        "Module subdirectory not found",
        "Cannot find directory \"nope\" in module \".terraform/modules/jerry\". The requested subdirectory was \"nope\".",
        &["TFR743"],
    ),
    (
        "Unreadable module directory",
        "Unable to evaluate directory symlink: lstat modules/nope: no such file or directory",
        &["TFR854"],
    ),
    (
        "Failed to read module directory",
        "Module directory sg.zip does not exist or cannot be read.",
        &["TFR856", "TFR854"],
    ),
    (
        "Local module path escapes module package",
        "The given source directory for module.a.module.x would be outside of its containing package \"tf.example.com/net/sg/aws\". Local source addresses starting with \"../\" must stay within the same package that the calling module belongs to.",
        &["TFR850"],
    ),
    (
        "failed to read module manifest: error unmarshalling snapshot: unexpected end of JSON input",
        "",
        &["TFR801"],
    ),
    (
        "Failed to read modules manifest file",
        "Error reading manifest for .terraform/modules: snapshot file contains two records for path jerry.",
        &["TFR802"],
    ),
    (
        "Unsupported Terraform Core version",
        "Module module.jerry (from tf.example.com/net/sg/aws) does not support Terraform version 1.11.4. To proceed, either choose another supported Terraform version or update this version constraint.",
        &["TFR455"],
    ),
    (
        "Missing required argument",
        "The argument \"source\" is required, but no definition was found.",
        &["TFR020"],
    ),
    (
        "Error parsing /home/me/.terraformrc: At 7:2: object expected closing RBRACE got: EOF",
        "As a result of the above problems, Terraform may not behave as intended.",
        &["TFR011"],
    ),
    (
        "Invalid registry module source address",
        "Failed to parse module registry address: invalid module registry hostname: must contain at least one dot.\n\nTerraform assumed that you intended a module registry source address because you also set the argument \"version\", which applies only to registry modules.",
        &["TFR006"],
    ),
];

fn codes(text: &str) -> Vec<&'static str> {
    explain(text).into_iter().map(|found| found.code).collect()
}

/// A sample as the client prints it.
fn printed(summary: &str, detail: &str) -> String {
    format!("Error: {summary}\n\n  on main.tf line 1:\n   1: module \"jerry\" {{\n\n{detail}\n")
}

/// Breaks lines at blanks, or after so many characters, wherever that is.
fn wrapped(text: &str, width: usize, is_hard: bool) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut current = String::new();
        for word in line.split_inclusive(' ') {
            for character in word.chars() {
                if is_hard && current.chars().count() >= width {
                    lines.push(std::mem::take(&mut current));
                }
                current.push(character);
            }
            if !is_hard && current.chars().count() >= width && !current.starts_with("Error:") {
                lines.push(std::mem::take(&mut current));
            }
        }
        lines.push(current);
    }
    lines.join("\n")
}

fn led(text: &str, lead: &str) -> String {
    text.lines()
        .map(|line| format!("{lead}{line}"))
        .collect::<Vec<_>>()
        .join("\r\n")
}

#[test]
fn every_code_of_the_table_has_a_rule_and_every_row_an_ask() {
    for row in rows() {
        for (code, _) in row.codes {
            assert!(rules::by_name(code).is_some(), "{code} in {}", row.says);
        }
        assert_eq!(row.ask.is_empty(), row.codes.is_empty(), "{}", row.says);
        assert!(!row.frames.is_empty());
        let unique: HashSet<&str> = row.codes.iter().map(|(code, _)| *code).collect();
        assert_eq!(unique.len(), row.codes.len(), "{}", row.says);
        assert!(
            row.codes.is_sorted_by_key(|(_, confidence)| *confidence),
            "{}",
            row.says
        );
    }
}

#[test]
fn messages_of_all_clients_name_their_codes() {
    for (summary, detail, expected) in SAMPLES {
        let found = codes(&printed(summary, detail));
        assert!(
            found.starts_with(expected),
            "{summary}: {detail}: {found:?}"
        );
    }
}

#[test]
fn what_stands_around_a_message_changes_nothing() {
    for (summary, detail, expected) in SAMPLES {
        let text = printed(summary, detail);
        let boxed = format!(
            "\u{2577}\n{}\n\u{2575}\n",
            led(&wrapped(&text, 60, false), "\u{2502} ")
        );
        let coloured = format!(
            "\u{1b}[31m\u{2577}\u{1b}[0m\u{1b}[0m\n{}\n",
            led(
                &wrapped(&text, 78, false),
                "\u{1b}[31m\u{2502}\u{1b}[0m \u{1b}[0m"
            )
        );
        let json = serde_json::json!({
            "@level": "error", "@message": format!("Error: {summary}"), "type": "diagnostic",
            "diagnostic": {"severity": "error", "summary": summary, "detail": detail},
        });
        let variants = [
            wrapped(&text, 30, false),
            wrapped(&text, 40, true),
            format!(
                "Initializing modules...\nDownloading http://h/a.tgz for jerry...\n{boxed}\nError: Terraform exited with code 1."
            ),
            coloured.clone(),
            led(&coloured, "2026-08-22T13:31:04.123Z "),
            led(&boxed, "2026-08-22T13:31:04.1234567Z ##[error]"),
            led(&boxed, "svc-1  | "),
            led(&boxed, "13:31:04.123 STDERR [net/vpc] terraform: "),
            led(&text, "[net/vpc] "),
            led(&text, "> "),
            json.to_string(),
            format!("time=2026-08-22T13:31:04Z level=error prefix=[a] msg={text:?}"),
            format!("section_start:1692711064:init\r\u{1b}[0K{boxed}"),
        ];
        let without_word = is_summary(summary).then(|| text.replace("Error: ", ""));
        for variant in variants.into_iter().chain(without_word) {
            let found = codes(&variant);
            assert!(found.starts_with(expected), "{variant}: {found:?}");
        }
    }
}

#[test]
fn text_about_something_else_matches_nothing() {
    let others = [
        "",
        "\n\n",
        "Terraform has been successfully initialized!",
        "Error: Failed to query available provider packages\n\nCould not retrieve the list of available versions for provider hashicorp/aws: could not connect to registry.terraform.io: failed to request discovery document: Get \"https://registry.terraform.io/.well-known/terraform.json\": dial tcp: lookup registry.terraform.io: no such host",
        "Could not retrieve the list of available versions for provider hashicorp/aws: could not connect to registry.terraform.io: failed to request discovery document: 401 Unauthorized",
        "Error: Failed to install provider\n\nError while installing hashicorp/aws v5.0.0: bad response code: 404",
        "Error: Error acquiring the state lock\n\nError message: ConditionalCheckFailedException: The conditional request failed\nLock Info:\n  ID: 1\n",
        "Error: Unsupported argument\n\n  on main.tf line 3, in resource \"aws_instance\" \"x\":\n   3:   a = 1\n\nAn argument named \"a\" is not expected here.",
        "Error: Reference to undeclared resource\n\n  on main.tf line 3, in module \"x\":\n   3:   a = aws_vpc.x.id\n\nA managed resource \"aws_vpc\" \"x\" has not been declared in the root module.",
        "Error: Invalid count argument\n\nThe \"count\" value depends on resource attributes that cannot be determined until apply.",
        "Error: Variables not allowed\n\n  on variables.tf line 2, in variable \"x\":\n   2:   default = var.y\n\nVariables may not be used here.",
        "Error: creating S3 Bucket (x): operation error S3: CreateBucket, https response error StatusCode: 403, api error AccessDenied: Access Denied",
        "Error: Backend initialization required, please run \"terraform init\"",
        "bad response code",
        "panic: runtime error: invalid memory address or nil pointer dereference\ngoroutine 12 [running]:\nmain.x()",
        "{\"a\":1}",
    ];
    for other in others {
        assert_eq!(explain(other), [], "{other}");
    }
}

#[test]
fn a_fragment_is_recognised_and_less_sure() {
    let found = explain("... failed to request discovery document: 503 Service Unavailable.");
    assert_eq!(
        found.first().map(|found| (found.code, found.confidence)),
        Some(("TFR305", Confidence::Possible))
    );
    let found = explain(
        "error downloading 'ssh://git@h/sg.git': /usr/bin/git exited with 128: Cloning into 'x'... git@h: Permission denied (publickey).",
    );
    assert_eq!(
        found.first().map(|found| (found.code, found.confidence)),
        Some(("TFR633", Confidence::Likely))
    );
}

#[test]
fn errors_come_before_warnings_and_the_quote_is_of_the_text() {
    let text = "Warning: Unable to open CLI configuration file\n\nThe CLI configuration file at \"/x\" does not exist.\n\nError: Module not found\n\nModule \"m\" (from main.tf:1) cannot be found\nin the module registry at tf.example.com.";
    let found = explain(text);
    assert_eq!(found.first().map(|found| found.code), Some("TFR401"));
    assert_eq!(
        found.first().map(|found| found.quote.as_str()),
        Some("cannot be found in the module registry at")
    );
    assert!(found.iter().any(|found| found.code == "TFR010"));
}

#[test]
fn the_words_of_a_code_come_with_their_clients() {
    let words = words_of("TFR743");
    assert!(
        words
            .iter()
            .any(|(clients, text)| clients == "opentofu 1.11 and later"
                && text
                    .starts_with("Module subdirectory not found: Cannot find directory \"DIR\"")),
        "{words:?}"
    );
    assert!(
        words
            .iter()
            .any(|(clients, text)| clients == "terraform 1.3 to 1.4" && text.starts_with("subdir")),
        "{words:?}"
    );
    let words = words_of("TFR101");
    assert_eq!(
        words.first().map(|(_, text)| text.as_str()),
        Some(
            "Error accessing remote module registry: Failed to retrieve available versions for module \"NAME\" (PLACE) from HOST: failed to request discovery document: 401"
        )
    );
}

#[test]
fn ranges_of_clients_are_read_and_shown() {
    let old = super::frames::OLD_DIRECTORY.clients;
    let client = |text: &str| Client::parse(text).expect("a client");
    assert!(old.include(&client("terraform@0.12.20")) && old.include(&client("terraform@1.4.7")));
    assert!(!old.include(&client("terraform@1.5.0")) && !old.include(&client("opentofu@1.6.3")));
    let shown = |clients: Clients| clients.shown();
    assert_eq!(shown(old), "terraform 0.12 to 1.4");
}

#[test]
fn hostile_text_ends_soon() {
    for unit in [
        "Error: Failed to download module\n",
        "error downloading '",
        "source code from \"",
        "? ",
        "Could not download module \"x\" error downloading 'a': ",
    ] {
        let start = std::time::Instant::now();
        let body = unit.repeat((1 << 16) / unit.len());
        let _ = explain(&body);
        let _ = explain(&format!("Error: Failed to download module\n{body}"));
        assert!(start.elapsed().as_secs() < 20, "{unit}");
    }
}
