//! What the tool says about itself: effective settings, a first configuration file, JSON Schemas.

use crate::cli::args;
use crate::cli::args::Cli;
use crate::cli::args::Global;
use crate::cli::config::find;
use crate::cli::config::keys;
use crate::cli::failure::Failure;
use crate::cli::output;
use crate::cli::parse;
use crate::cli::parse::Setting;
use crate::foreign::visible;
use crate::io::env::Env;
use crate::io::files;
use crate::report::schema;
use clap::CommandFactory;
use serde_json::json;
use std::fmt::Write;

/// `config show` and `config init`.
pub fn config(global: &Global, arguments: &args::Config, env: &Env) -> Result<i32, Failure> {
    if arguments.what == "init" {
        return init(env);
    }
    let settings = parse::of_check(global, env);
    let text = if arguments.format == "json" {
        as_json(global, &settings)
    } else {
        as_text(global, &settings)
    };
    output::stdout(text.as_bytes())?;
    Ok(0)
}

/// `schema`.
pub fn schema(arguments: &args::Schema) -> Result<i32, Failure> {
    let text = match arguments.what.as_str() {
        "report" => schema::REPORT.to_owned(),
        "event" => schema::EVENT.to_owned(),
        _ => config_schema(),
    };
    output::stdout(text.as_bytes())?;
    Ok(0)
}

fn as_json(global: &Global, settings: &[Setting]) -> String {
    let config = global.context.config.as_ref();
    let settings = settings.iter().map(|setting| {
        json!({
            "name": setting.name,
            "value": setting.value.value,
            "origin": setting.value.origin.to_string(),
        })
    });
    let document = json!({
        "config": config.map(|config| config.shown.clone()),
        "settings": settings.collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

fn as_text(global: &Global, settings: &[Setting]) -> String {
    let mut text = match &global.context.config {
        Some(config) => format!("configuration file: {}\n\n", visible(&config.shown)),
        None if global.no_config => "no configuration file: --no-config\n\n".to_owned(),
        None => "no configuration file; `tfreg-doctor config init` writes one\n\n".to_owned(),
    };
    let value = |setting: &Setting| {
        let value = setting.value.value.as_deref();
        visible(value.filter(|value| !value.is_empty()).unwrap_or("-"))
    };
    let width = |of: &dyn Fn(&Setting) -> usize| settings.iter().map(of).max().unwrap_or(0);
    let names = width(&|setting| setting.name.len());
    let values = width(&|setting| value(setting).chars().count()).min(40);
    for setting in settings {
        let _ = writeln!(
            text,
            "{:<names$}  {:<values$}  {}",
            setting.name,
            value(setting),
            visible(&setting.value.origin.to_string())
        );
    }
    if let Some(config) = &global.context.config {
        text.push_str(&tables(config));
    }
    text
}

/// The parts of the configuration file that are no flags.
fn tables(config: &crate::cli::config::Config) -> String {
    let mut text = String::new();
    let at = |line: usize| format!("{}:{line}", config.shown);
    for host in &config.hosts {
        let slow = host.slow.map(|slow| format!("slow {slow:?}"));
        let parts = [
            host.canary
                .as_ref()
                .map(|canary| format!("canary {canary}")),
            host.rate.map(|rate| format!("rate {rate}/s")),
            slow,
            host.ca_file
                .as_ref()
                .map(|file| format!("ca-file {}", file.display())),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let _ = writeln!(
            text,
            "host    {}  {}  {}",
            visible(&host.host),
            visible(&parts.join(", ")),
            at(host.line)
        );
    }
    for entry in &config.checks {
        let line = entry.expected.place.as_ref().map_or(0, |place| place.line);
        let _ = writeln!(text, "check   {}  {}", visible(&entry.target), at(line));
    }
    for ignore in &config.ignores {
        let _ = writeln!(
            text,
            "ignore  {}{}  {}  {}",
            ignore.code,
            ignore
                .target
                .as_ref()
                .map(|glob| format!("@{}", visible(glob)))
                .unwrap_or_default(),
            visible(&ignore.reason),
            ignore.origin
        );
    }
    for (word, line) in &config.report_words {
        let _ = writeln!(text, "report  {}  {}", visible(word), at(*line));
    }
    if text.is_empty() {
        text
    } else {
        format!("\n{text}")
    }
}

fn init(env: &Env) -> Result<i32, Failure> {
    for name in find::NAMES {
        let path = env.directory().join(name);
        if files::exists(&path) {
            return Err(Failure::Usage(format!(
                "config init: {name} is there already, and is left as it is"
            )));
        }
    }
    let [name, _] = find::NAMES;
    let path = env.directory().join(name);
    files::write_atomic(&path, template().as_bytes(), 0o644).map_err(|error| Failure::Report {
        path: name.to_owned(),
        word: files::word(&error),
    })?;
    output::stdout(format!("{name} written; every line of it is a comment\n").as_bytes())?;
    Ok(0)
}

/// The commented file: each key with its help and default, then an example of each table.
fn template() -> String {
    let mut text = String::from(
        "#:schema ./tfreg-doctor.schema.json\n\
         # Settings of tfreg-doctor for this repository. A flag wins over a variable (TFREG_DOCTOR_...), that over this file.\n\
         # For completion in an editor: tfreg-doctor schema config > tfreg-doctor.schema.json\n\n",
    );
    let _ = writeln!(
        text,
        "# required-version = \">={}\"\n",
        env!("CARGO_PKG_VERSION")
    );
    for key in keys::all(&Cli::command()) {
        let _ = writeln!(text, "# {}", key.help);
        let _ = writeln!(text, "# {} = {}\n", key.name, example(&key));
    }
    text.push_str(EXAMPLES);
    text
}

fn example(key: &keys::Key) -> String {
    if let ("client", true) = (key.name.as_str(), key.is_list) {
        return "[\"terraform\", \"opentofu\"]".to_owned();
    }
    if key.is_list {
        return "[]".to_owned();
    }
    match (key.kind, &key.default) {
        (keys::Kind::Switch, _) => "false".to_owned(),
        (keys::Kind::Number, default) => default.clone().unwrap_or_else(|| "0".to_owned()),
        (keys::Kind::Duration, None) => "\"10m\"".to_owned(),
        (keys::Kind::Rate, None) => "\"10/s\"".to_owned(),
        (_, default) => format!("\"{}\"", default.as_deref().unwrap_or_default()),
    }
}

const EXAMPLES: &str = r#"# Settings of one registry.
# [hosts."registry.example.com"]
# canary  = "platform/canary/null"     # a module that proves versions, location, package and layout for the host
# rate    = "30/s"                     # the registry's documented limit
# slow    = "2s"                       # a stage slower than this is a warning (TFR938)
# ca-file = "certs/corporate-root.pem" # a further trusted root, for the whole run; paths start from this file's directory

# The smoke test of a registry: `tfreg-doctor check` without a target checks these.
# [[check]]
# target       = "registry.example.com/net/sg/aws"
# version      = "~> 1.2"              # the selected version meets this
# min-versions = 3
# dir          = ""                    # the module sits at the package root
# files        = ["main.tf", "variables.tf"]
# sha256       = "…"                   # of the archive: it must never change
# max-ms       = { versions = 800, package = 5000 }

# A finding that is accepted for now.
# [[ignore]]
# code    = "slow-stage"
# target  = "registry.example.com/legacy/**"
# reason  = "old storage, replaced in the first quarter"
# expires = 2027-03-31

# The same as --report.
# [report]
# json = "reports/run.json"
"#;

/// The schema of the configuration file: the tables as written down, the other keys as the flags have them.
pub fn config_schema() -> String {
    let mut schema: serde_json::Value =
        serde_json::from_str(schema::CONFIG).expect("the schema is JSON, a test reads it");
    if let Some(properties) = schema["properties"].as_object_mut() {
        for key in keys::all(&Cli::command()) {
            properties.insert(key.name.clone(), property(&key));
        }
    }
    format!("{schema:#}\n")
}

fn property(key: &keys::Key) -> serde_json::Value {
    let mut one = match key.kind {
        keys::Kind::Switch => json!({ "type": "boolean" }),
        keys::Kind::Number => json!({ "type": "integer", "minimum": 0 }),
        keys::Kind::Duration => {
            json!({ "type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?(ms|s|m|h)$" })
        }
        keys::Kind::Size => json!({ "type": ["string", "integer"] }),
        keys::Kind::Rate => json!({ "type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?/[smh]$" }),
        keys::Kind::File | keys::Kind::Text => json!({ "type": "string" }),
    };
    if !key.words.is_empty() {
        one = json!({ "enum": key.words });
    }
    let mut property = if key.is_list {
        json!({ "oneOf": [one, { "type": "array", "items": one }] })
    } else {
        one
    };
    property["description"] = json!(key.help);
    property
}
