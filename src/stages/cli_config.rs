//! CLI configuration files and variables, merged as the client merges them.
//!
//! No problem of these files is fatal for the client; it goes on without what it could not read.
//! See <https://developer.hashicorp.com/terraform/cli/config/config-file>.

use crate::addr::Host;
use crate::client::Behaviour;
use crate::client::Product;
use crate::foreign::Foreign;
use crate::io::files;
use crate::secret::Secret;
use crate::stages::Cx;
use crate::syntax::cli_config::CredentialsBlock;
use crate::syntax::cli_config::Decoded;
use crate::syntax::cli_config::Dialect;
use crate::syntax::cli_config::HostBlock;
use crate::syntax::cli_config::TOP_LEVEL_WORDS;
use crate::syntax::cli_config::TokenValue;
use crate::syntax::cli_config::UnknownPlace;
use crate::syntax::cli_config::decode;
use crate::syntax::hcl1;
use crate::trace::Act;
use crate::trace::Fact;
use crate::trace::Stage;
use crate::trace::Subject;
use crate::trace::act::ReadOutcome;
use crate::trace::fact::ConfigFile;
use crate::trace::fact::ConfigPlace;
use crate::trace::fact::ConfigState;
use crate::trace::fact::HostBlockFact;
use crate::trace::fact::IgnoredSetting;
use crate::trace::fact::WhyIgnored;
use crate::trace::tracer::OpenStep;
use std::path::Path;
use std::path::PathBuf;

/// What the CLI configuration comes to.
#[derive(Debug, Clone, Default)]
pub struct CliConfig {
    /// The host blocks, normalised, each with the place it stands.
    pub hosts: Vec<(Host, HostBlock, String)>,
    /// The tokens of credentials blocks, each with the place it stands.
    pub tokens: Vec<(Host, BlockToken, String)>,
    /// The helper: its name, its arguments, the place it stands.
    pub helper: Option<(String, Vec<String>, String)>,
    /// The configuration directory, where helpers are.
    pub directory: Option<PathBuf>,
    /// Credentials files that exist and are not read.
    pub unread: Vec<PathBuf>,
}

/// A token of a credentials block.
#[derive(Debug, Clone)]
pub enum BlockToken {
    /// It is sent.
    Sent(Secret),
    /// The block has none that counts; a helper is not asked either.
    Nothing(String),
}

/// Reads all of it.
pub fn run(cx: &Cx, named: Option<&Path>) -> CliConfig {
    let mut step = cx.open(Subject::Run, Stage::CliConfig, 1);
    let mut merged = Merged::default();
    let directory = config_directory(cx);
    let override_file = override_file(cx, named);
    if let Some((path, place)) = &override_file {
        read_file(cx, &mut step, path, place.clone(), &mut merged);
        let beside = cx.client.does(Behaviour::ReadsConfigDirBesideVariable);
        let files = directory_files(directory.as_deref());
        for path in files.iter().filter(|_| beside) {
            read_file(cx, &mut step, path, ConfigPlace::Directory, &mut merged);
        }
        let passed_over = directory.as_deref().filter(|_| !beside);
        note_unread(cx, &mut step, &mut merged, passed_over, place);
    } else {
        if let Some(path) = main_file(cx) {
            read_file(cx, &mut step, &path, ConfigPlace::Home, &mut merged);
        }
        for path in directory_files(directory.as_deref()) {
            read_file(cx, &mut step, &path, ConfigPlace::Directory, &mut merged);
        }
        note_passed_over(cx, &mut step);
    }
    let mut config = merged.into_config(&mut step);
    config.directory = directory;
    for (name, problem) in odd_variables(cx) {
        step.note(Fact::SettingIgnored(IgnoredSetting {
            name: Foreign::new(name.clone()),
            at: name,
            why: problem,
        }));
    }
    step.done(config)
}

fn override_file(cx: &Cx, named: Option<&Path>) -> Option<(PathBuf, ConfigPlace)> {
    let env = &cx.io.env;
    let place = |path: &str| env.began_in().join(path);
    if let Some(path) = named {
        return Some((env.began_in().join(path), ConfigPlace::Flag));
    }
    ["TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG"]
        .iter()
        .find_map(|name| {
            env.filled(name)
                .map(|path| (place(path), ConfigPlace::Variable((*name).to_owned())))
        })
}

fn config_directory(cx: &Cx) -> Option<PathBuf> {
    let home = cx.io.env.home()?;
    let classic = home.join(".terraform.d");
    if cx.client.product == Product::OpenTofu
        && !classic.is_dir_now()
        && let Some(base) = cx.io.env.filled("XDG_CONFIG_HOME")
    {
        return Some(Path::new(base).join("opentofu"));
    }
    Some(classic)
}

fn main_file(cx: &Cx) -> Option<PathBuf> {
    let home = cx.io.env.home()?;
    let classic = home.join(".terraformrc");
    match cx.client.product {
        Product::Terraform => Some(classic),
        Product::OpenTofu => {
            let own = home.join(".tofurc");
            if own.exists_now() {
                return Some(own);
            }
            let modern = cx
                .io
                .env
                .filled("XDG_CONFIG_HOME")
                .map(|base| Path::new(base).join("opentofu/tofurc"));
            if classic.exists_now() {
                Some(classic)
            } else {
                modern.filter(OnDisk::exists_now).or(Some(own))
            }
        }
    }
}

trait OnDisk {
    fn exists_now(&self) -> bool;
    fn is_dir_now(&self) -> bool;
}

impl OnDisk for PathBuf {
    fn exists_now(&self) -> bool {
        files::exists(self)
    }

    fn is_dir_now(&self) -> bool {
        files::target_kind(self) == files::Kind::Directory
    }
}

fn directory_files(directory: Option<&Path>) -> Vec<PathBuf> {
    let Some(directory) = directory else {
        return Vec::new();
    };
    let mut names: Vec<String> = files::names(directory).unwrap_or_default();
    names.retain(|name| name.ends_with(".tfrc") || name.ends_with(".tfrc.json"));
    names.sort();
    names.into_iter().map(|name| directory.join(name)).collect()
}

fn note_unread(
    cx: &Cx,
    step: &mut OpenStep,
    merged: &mut Merged,
    directory: Option<&Path>,
    place: &ConfigPlace,
) {
    let reason = match place {
        ConfigPlace::Variable(name) => name.clone(),
        ConfigPlace::Flag
        | ConfigPlace::Home
        | ConfigPlace::Directory
        | ConfigPlace::NotRead(_) => "--cli-config".to_owned(),
    };
    let mut hidden: Vec<PathBuf> = main_file(cx)
        .into_iter()
        .filter(OnDisk::exists_now)
        .collect();
    hidden.extend(directory_files(directory));
    for path in hidden {
        unread(cx, step, &path, &reason);
        merged.unread.push(path);
    }
}

/// Files that would be read if another one were not there, or that stand where nobody looks.
fn note_passed_over(cx: &Cx, step: &mut OpenStep) {
    let Some(read) = main_file(cx) else { return };
    let env = &cx.io.env;
    let mut others: Vec<(PathBuf, String)> = Vec::new();
    if let Some(home) = env.home() {
        let reason = read.display().to_string();
        let names: &[&str] = if cx.client.product == Product::OpenTofu {
            &[".tofurc", ".terraformrc"]
        } else {
            &[]
        };
        others.extend(names.iter().map(|name| (home.join(name), reason.clone())));
    }
    others.push((
        env.directory().join(".terraformrc"),
        "the working directory".to_owned(),
    ));
    others.retain(|(path, _)| *path != read && path.exists_now());
    others.dedup_by(|left, right| left.0 == right.0);
    for (path, reason) in others {
        unread(cx, step, &path, &reason);
    }
}

/// A file that is not read, and for which hosts it would have something.
fn unread(cx: &Cx, step: &mut OpenStep, path: &Path, reason: &str) {
    let shown = path.display().to_string();
    step.note(Fact::ConfigFile(ConfigFile {
        path: shown.clone(),
        place: ConfigPlace::NotRead(reason.to_owned()),
        state: ConfigState::Read,
    }));
    let (_, bytes) = files::read(path, cx.io.limits.cli_config_bytes);
    let Ok(document) = hcl1::parse(&bytes.unwrap_or_default()) else {
        return;
    };
    let decoded = decode(&document, dialect(cx));
    let hosts = decoded
        .hosts
        .iter()
        .map(|block| ("host", &block.label, block.position.line));
    let tokens = decoded
        .credentials
        .iter()
        .filter(|block| matches!(block.token, TokenValue::Str(_)));
    let tokens = tokens.map(|block| {
        (
            "credentials",
            &block.label,
            block.positions.first().map_or(0, |position| position.line),
        )
    });
    for (kind, label, line) in hosts.chain(tokens) {
        let host = Host::parse(label).map_or_else(|_| label.clone(), |host| host.for_display());
        step.note(Fact::SettingIgnored(IgnoredSetting {
            name: Foreign::new(format!("{kind} \"{label}\"")),
            at: format!("{shown}:{line}"),
            why: WhyIgnored::Unread {
                host,
                services: kind == "host",
                because: reason.to_owned(),
            },
        }));
    }
}

fn dialect(cx: &Cx) -> Dialect {
    match cx.client.product {
        Product::Terraform => Dialect::Terraform,
        Product::OpenTofu => Dialect::OpenTofu,
    }
}

fn read_file(cx: &Cx, step: &mut OpenStep, path: &Path, place: ConfigPlace, merged: &mut Merged) {
    let (read, bytes) = files::read(path, cx.io.limits.cli_config_bytes);
    let shown = path.display().to_string();
    let missing_is_silent = matches!(place, ConfigPlace::Home | ConfigPlace::Directory);
    let state = match (&read.outcome, bytes) {
        (ReadOutcome::Read(_), Some(bytes)) => parse_file(cx, step, &shown, &bytes, merged),
        (ReadOutcome::Missing, _) | (ReadOutcome::Read(_), None) => ConfigState::Missing,
        (ReadOutcome::Directory, _) => ConfigState::Unreadable(format!(
            "Error reading {shown}: read {shown}: is a directory"
        )),
        (ReadOutcome::Unreadable(word), _) => ConfigState::Unreadable(word.clone()),
        (ReadOutcome::TooLarge { limit }, _) => {
            ConfigState::Unreadable(format!("larger than {limit} bytes"))
        }
    };
    step.act(Act::File(read));
    if !(missing_is_silent && state == ConfigState::Missing) {
        step.note(Fact::ConfigFile(ConfigFile {
            path: shown,
            place,
            state,
        }));
    }
}

fn parse_file(
    cx: &Cx,
    step: &mut OpenStep,
    path: &str,
    bytes: &[u8],
    merged: &mut Merged,
) -> ConfigState {
    let document = match hcl1::parse(bytes) {
        Ok(document) => document,
        Err(error) => {
            return ConfigState::Syntax {
                line: usize::try_from(error.position.line).unwrap_or(0),
                column: usize::try_from(error.position.column).unwrap_or(0),
                words: format!("Error parsing {path}: {}", error.client_text()),
            };
        }
    };
    let decoded = decode(&document, dialect(cx));
    note_unknown(step, path, &decoded);
    let state = match &decoded.type_error {
        Some(error) => ConfigState::WrongType {
            line: error
                .position
                .map_or(0, |position| usize::try_from(position.line).unwrap_or(0)),
            words: format!("Error parsing {path}: {}", error.client_text()),
        },
        None => ConfigState::Read,
    };
    merged.add(path, decoded, step);
    state
}

fn note_unknown(step: &mut OpenStep, path: &str, decoded: &Decoded) {
    for key in &decoded.unknown_keys {
        let (inside, known): (String, Vec<&str>) = match &key.place {
            UnknownPlace::TopLevel => (String::new(), TOP_LEVEL_WORDS.to_vec()),
            UnknownPlace::Host(label) => (format!("host \"{label}\""), vec!["services"]),
            UnknownPlace::Helper(label) => {
                (format!("credentials_helper \"{label}\""), vec!["args"])
            }
        };
        let near = nearest(&key.name, &known);
        step.note(Fact::SettingIgnored(IgnoredSetting {
            name: Foreign::new(key.name.clone()),
            at: format!("{path}:{}", key.position.line),
            why: WhyIgnored::Unknown { inside, near },
        }));
    }
    for block in &decoded.credentials {
        for (name, position) in &block.other_keys {
            let near = nearest(name, &["token"]);
            step.note(Fact::SettingIgnored(IgnoredSetting {
                name: Foreign::new(name.clone()),
                at: format!("{path}:{}", position.line),
                why: WhyIgnored::Unknown {
                    inside: format!("credentials \"{}\"", block.label),
                    near,
                },
            }));
        }
    }
}

fn nearest(name: &str, known: &[&str]) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let best = known
        .iter()
        .map(|word| (strsim::osa_distance(&lower, word), word))
        .min()?;
    (best.0 <= 2).then(|| (*best.1).to_owned())
}

/// Blocks of all files: later files replace earlier ones of the same label.
#[derive(Default)]
struct Merged {
    hosts: Vec<(String, HostBlock, String)>,
    credentials: Vec<(String, CredentialsBlock, String)>,
    helpers: Vec<(String, Vec<String>, String)>,
    unread: Vec<PathBuf>,
}

impl Merged {
    fn add(&mut self, path: &str, decoded: Decoded, step: &mut OpenStep) {
        for block in &decoded.replaced_hosts {
            let wins = decoded
                .hosts
                .iter()
                .find(|winner| winner.label == block.label);
            let at = format!("{path}:{}", block.position.line);
            duplicate(
                step,
                "host",
                &block.label,
                at,
                wins.map(|winner| format!("{path}:{}", winner.position.line)),
                wins.is_none_or(|winner| winner.services != block.services),
            );
        }
        for block in decoded.hosts {
            let at = format!("{path}:{}", block.position.line);
            if let Some((_, old, place)) = take(&mut self.hosts, &block.label) {
                duplicate(
                    step,
                    "host",
                    &block.label,
                    place,
                    Some(at.clone()),
                    old.services != block.services,
                );
            }
            self.hosts.push((block.label.clone(), block, at));
        }
        for block in decoded.credentials {
            let line = block
                .token_position
                .or_else(|| block.positions.first().copied())
                .map_or(0, |position| position.line);
            let at = format!("{path}:{line}");
            if let Some(position) = block.replaced_token {
                duplicate(
                    step,
                    "credentials",
                    &block.label,
                    format!("{path}:{}", position.line),
                    Some(at.clone()),
                    true,
                );
            }
            if let Some((_, old, place)) = take(&mut self.credentials, &block.label) {
                duplicate(
                    step,
                    "credentials",
                    &block.label,
                    place,
                    Some(at.clone()),
                    old.token != block.token,
                );
            }
            self.credentials.push((block.label.clone(), block, at));
        }
        for block in decoded.helpers {
            let at = format!("{path}:{}", block.position.line);
            take(&mut self.helpers, &block.label);
            self.helpers.push((block.label, block.args, at));
        }
    }

    fn into_config(self, step: &mut OpenStep) -> CliConfig {
        let mut config = CliConfig {
            unread: self.unread,
            ..CliConfig::default()
        };
        for (label, block, at) in self.hosts {
            let Some(host) = host_of(step, "host", &label, &at) else {
                continue;
            };
            step.note(Fact::HostBlock(host_fact(&host, &block, &at)));
            if let Some((_, old, place)) = take(&mut config.hosts, &host) {
                duplicate(
                    step,
                    "host",
                    &label,
                    place,
                    Some(at.clone()),
                    old.services != block.services,
                );
            }
            config.hosts.push((host, block, at));
        }
        for (label, block, at) in self.credentials {
            let Some(host) = host_of(step, "credentials", &label, &at) else {
                continue;
            };
            if block.nested_block.is_some() {
                step.note(Fact::SettingIgnored(IgnoredSetting {
                    name: Foreign::new(format!("credentials \"{label}\"")),
                    at: at.clone(),
                    why: WhyIgnored::Crashes,
                }));
            }
            let token = block_token(step, &host, &block, &at);
            if let Some((_, _, place)) = take(&mut config.tokens, &host) {
                duplicate(step, "credentials", &label, place, Some(at.clone()), true);
            }
            config.tokens.push((host, token, at));
        }
        let mut helpers = self.helpers.into_iter();
        config.helper = helpers.next();
        for (name, _, at) in helpers {
            step.note(Fact::SettingIgnored(IgnoredSetting {
                name: Foreign::new(format!("credentials_helper \"{name}\"")),
                at,
                why: WhyIgnored::SecondHelper,
            }));
        }
        config
    }
}

fn take<K: PartialEq, V, P>(list: &mut Vec<(K, V, P)>, key: &K) -> Option<(K, V, P)> {
    let at = list.iter().position(|(known, _, _)| known == key)?;
    Some(list.remove(at))
}

fn duplicate(
    step: &mut OpenStep,
    kind: &str,
    label: &str,
    at: String,
    wins: Option<String>,
    differs: bool,
) {
    step.note(Fact::SettingIgnored(IgnoredSetting {
        name: Foreign::new(format!("{kind} \"{label}\"")),
        at,
        why: WhyIgnored::Duplicate {
            host: label.to_owned(),
            wins: wins.unwrap_or_default(),
            differs,
        },
    }));
}

fn host_of(step: &mut OpenStep, kind: &str, label: &str, at: &str) -> Option<Host> {
    match Host::parse(label) {
        Ok(host) => Some(host),
        Err(error) => {
            let words = format!(
                "The {kind} \"{label}\" block has an invalid hostname: {}",
                error.client_text()
            );
            step.note(Fact::SettingIgnored(IgnoredSetting {
                name: Foreign::new(format!("{kind} \"{label}\"")),
                at: at.to_owned(),
                why: WhyIgnored::BadHost(words),
            }));
            None
        }
    }
}

fn host_fact(host: &Host, block: &HostBlock, at: &str) -> HostBlockFact {
    let services = block.services.as_deref().unwrap_or_default();
    let modules = services
        .iter()
        .rev()
        .find(|service| service.key == "modules.v1")
        .and_then(|service| service.value.as_text());
    HostBlockFact {
        host: host.for_display(),
        at: at.to_owned(),
        modules: modules.map(Foreign::new),
        services: services
            .iter()
            .map(|service| Foreign::new(service.key.clone()))
            .collect(),
        uninterpolated: modules.is_some_and(|text| text.contains("${") || text.starts_with('$')),
    }
}

fn block_token(step: &mut OpenStep, host: &Host, block: &CredentialsBlock, at: &str) -> BlockToken {
    match &block.token {
        TokenValue::Str(text) => BlockToken::Sent(Secret::new(text.clone())),
        TokenValue::Null => BlockToken::Sent(Secret::new(String::new())),
        TokenValue::Absent => BlockToken::Nothing("no token".to_owned()),
        TokenValue::NotAString(kind) => {
            let kind = format!("{kind:?}").to_ascii_lowercase();
            step.note(Fact::SettingIgnored(IgnoredSetting {
                name: Foreign::new("token"),
                at: at.to_owned(),
                why: WhyIgnored::NotAString {
                    host: host.for_display(),
                    kind: kind.clone(),
                },
            }));
            BlockToken::Nothing(format!("the token is a {kind}, not a string"))
        }
    }
}

/// Variables whose value or name the client does not take.
fn odd_variables(cx: &Cx) -> Vec<(String, WhyIgnored)> {
    let env = &cx.io.env;
    let mut odd = Vec::new();
    for name in ["TF_REGISTRY_DISCOVERY_RETRY", "TF_REGISTRY_CLIENT_TIMEOUT"] {
        if let Some(value) = env
            .filled(name)
            .filter(|value| value.parse::<u32>().map_or(true, |number| number == 0))
        {
            odd.push((name.to_owned(), WhyIgnored::BadValue(Foreign::new(value))));
        }
    }
    for (name, program) in [
        ("TG_TF_REGISTRY_TOKEN", "Terragrunt"),
        ("TF_REGISTRY_TOKEN", "other tools"),
        ("TFC_TOKEN", "other tools"),
        ("TFE_TOKEN", "a provider"),
    ] {
        if env.filled(name).is_some() {
            odd.push((
                name.to_owned(),
                WhyIgnored::OtherProgram(program.to_owned()),
            ));
        }
    }
    odd
}
