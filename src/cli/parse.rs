//! The command line, the variables and the configuration file become one set of arguments, each with its origin.
//!
//! What a variable or the file says becomes the default of its flag before the words are read: a flag wins over a variable, that
//! over the file, that over the built-in default.

use crate::cli::args::Cli;
use crate::cli::args::Global;
use crate::cli::ci::Ci;
use crate::cli::config;
use crate::cli::config::Config;
use crate::cli::config::keys;
use crate::cli::failure::Failure;
use crate::io::env::Env;
use crate::origin::Origin;
use crate::origin::Sourced;
use crate::secret::mask_user_info;
use clap::ArgAction;
use clap::ArgMatches;
use clap::Command;
use clap::CommandFactory;
use clap::FromArgMatches;
use clap::parser::ValueSource;
use std::ffi::OsString;

/// What every command may want to know of the way it was called.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Every setting of the command, with its origin.
    pub settings: Vec<Setting>,
    /// The configuration file.
    pub config: Option<Config>,
    /// The build server that it runs on.
    pub ci: Ci,
}

/// A setting in force: none where a flag without a default is not set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The flag without its dashes.
    pub name: String,
    /// Its value and where it came from.
    pub value: Sourced<Option<String>>,
}

/// A value that stands in for a flag.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Preset {
    name: String,
    words: Vec<String>,
    origin: Origin,
}

/// Why a command line cannot be used.
pub enum Refused {
    /// As clap says it; help and version are among these.
    Clap(clap::Error),
    /// Anything else.
    Failure(Failure),
}

/// Reads the command line; the configuration file is not looked at yet.
pub fn parse(words: Vec<OsString>, env: &Env) -> Result<Cli, clap::Error> {
    with(words, env, None).map(|(cli, _)| cli)
}

/// Reads the command line again, with the configuration file in whose reach the run starts.
pub fn with_config(words: Vec<OsString>, first: &Cli, env: &Env) -> Result<Cli, Refused> {
    let global = &first.global;
    let config = if global.no_config {
        None
    } else {
        let keys = || keys::all(&Cli::command());
        config::load(env.directory(), global.config.as_deref(), keys).map_err(Refused::Failure)?
    };
    let (mut cli, settings) = with(words, env, config.as_ref()).map_err(Refused::Clap)?;
    let ci = Ci::of(&cli.global.ci, env);
    cli.global.context = Context {
        settings,
        config,
        ci,
    };
    Ok(cli)
}

/// The settings that a `check` from here would have.
pub fn of_check(global: &Global, env: &Env) -> Vec<Setting> {
    let words = ["tfreg-doctor", "check"].map(OsString::from).to_vec();
    let config = global.context.config.as_ref();
    let mut settings = with(words, env, config)
        .map(|(_, settings)| settings)
        .unwrap_or_default();
    for own in &global.context.settings {
        let given = matches!(own.value.origin, Origin::Flag(_));
        let same = settings.iter_mut().find(|known| known.name == own.name);
        if let Some(known) = same.filter(|_| given && own.name != "format") {
            *known = own.clone();
        }
    }
    settings
}

fn with(
    words: Vec<OsString>,
    env: &Env,
    config: Option<&Config>,
) -> Result<(Cli, Vec<Setting>), clap::Error> {
    let command = Cli::command();
    let (words, mut presets) = explicit_switches(single_dashes(words), &keys::switches(&command));
    presets.extend(of_variables(env));
    presets.extend(config.iter().flat_map(|config| of_file(config)));
    let mut command = apply(command, &presets);
    command.build();
    let matches = command.clone().try_get_matches_from(words)?;
    let cli = Cli::from_arg_matches(&matches)?;
    let settings = match matches.subcommand() {
        Some((name, inner)) => command
            .find_subcommand(name)
            .map(|command| settings(command, inner, &presets))
            .unwrap_or_default(),
        None => settings(&command, &matches, &presets),
    };
    Ok((cli, settings))
}

/// The variables that stand in for flags.
fn of_variables(env: &Env) -> Vec<Preset> {
    env.iter()
        .filter_map(|(name, value)| {
            let flag = name.strip_prefix("TFREG_DOCTOR_")?;
            Some(Preset {
                name: flag.to_ascii_lowercase().replace('_', "-"),
                words: vec![value.to_owned()],
                origin: Origin::Variable(name.to_owned()),
            })
        })
        .collect()
}

fn of_file(config: &Config) -> Vec<Preset> {
    let values = config.values.iter().map(|value| Preset {
        name: value.name.clone(),
        words: value.words.clone(),
        origin: Origin::File {
            path: config.shown.clone(),
            line: value.line,
        },
    });
    values.collect()
}

/// `--ascii=false`: a switch that is given its value takes precedence over variable and file, as a flag does.
fn explicit_switches(words: Vec<OsString>, switches: &[String]) -> (Vec<OsString>, Vec<Preset>) {
    let mut presets = Vec::new();
    let mut rest = Vec::with_capacity(words.len());
    let mut words = words.into_iter();
    for word in words.by_ref() {
        if word == "--" {
            rest.push(word);
            break;
        }
        let switch = word
            .to_str()
            .and_then(|text| text.strip_prefix("--"))
            .and_then(|text| text.split_once('='))
            .filter(|(name, value)| {
                matches!(*value, "true" | "false") && switches.iter().any(|known| known == name)
            })
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        match switch {
            None => rest.push(word),
            Some((name, value)) => {
                presets.retain(|known: &Preset| known.name != name);
                presets.push(Preset {
                    origin: Origin::Flag(format!("--{name}={value}")),
                    name,
                    words: vec![value],
                });
            }
        }
    }
    rest.extend(words);
    (rest, presets)
}

fn apply(command: Command, presets: &[Preset]) -> Command {
    if presets.is_empty() {
        return command;
    }
    let command = command.mut_args(|arg| {
        let preset = arg
            .get_long()
            .and_then(|long| presets.iter().find(|preset| preset.name == long));
        let Some(preset) = preset else { return arg };
        let word = preset.words.first().map_or("", String::as_str);
        match arg.get_action() {
            ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version => {
                arg
            }
            ArgAction::Append => {
                let words: Vec<clap::builder::OsStr> =
                    listed(preset).iter().map(|word| leak(word)).collect();
                arg.default_values(words)
            }
            ArgAction::SetTrue => arg.default_value(leak(truth(word))),
            _ => arg.default_value(leak(word)),
        }
    });
    command.mut_subcommands(|subcommand| apply(subcommand, presets))
}

/// The words of a list: a variable has commas between them.
fn listed(preset: &Preset) -> Vec<String> {
    match preset.origin {
        Origin::Variable(_) => preset
            .words
            .iter()
            .flat_map(|word| word.split(','))
            .map(|word| word.trim().to_owned())
            .filter(|word| !word.is_empty())
            .collect(),
        Origin::Flag(_) | Origin::File { .. } | Origin::Program(_) | Origin::Default => {
            preset.words.clone()
        }
    }
}

/// The spellings of true and false that people give to variables.
fn truth(word: &str) -> &str {
    match word.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => "true",
        "" | "0" | "false" | "no" | "off" => "false",
        _ => word,
    }
}

/// clap wants defaults that live as long as the program; a run reads them at most twice.
fn leak(value: &str) -> clap::builder::OsStr {
    let value: &'static str = Box::leak(value.to_owned().into_boxed_str());
    value.into()
}

fn settings(command: &Command, matches: &ArgMatches, presets: &[Preset]) -> Vec<Setting> {
    let mut found: Vec<Setting> = command
        .get_arguments()
        .filter_map(|arg| {
            let long = arg
                .get_long()
                .filter(|long| !matches!(*long, "help" | "version"))?;
            Some(setting(arg, long, matches, presets))
        })
        .collect();
    found.sort_by(|left, right| left.name.cmp(&right.name));
    found
}

fn setting(arg: &clap::Arg, long: &str, matches: &ArgMatches, presets: &[Preset]) -> Setting {
    let id = arg.get_id().as_str();
    let origin = match matches
        .try_contains_id(id)
        .ok()
        .and_then(|_| matches.value_source(id))
    {
        Some(ValueSource::CommandLine) => Origin::Flag(format!("--{long}")),
        _ => presets
            .iter()
            .find(|preset| preset.name == long)
            .map_or(Origin::Default, |preset| preset.origin.clone()),
    };
    Setting {
        name: long.to_owned(),
        value: Sourced::new(text(arg, matches), origin),
    }
}

fn text(arg: &clap::Arg, matches: &ArgMatches) -> Option<String> {
    let id = arg.get_id().as_str();
    match arg.get_action() {
        ArgAction::SetTrue => Some(matches.get_flag(id).to_string()),
        ArgAction::Count => Some(matches.get_count(id).to_string()),
        _ => {
            let words: Vec<String> = matches
                .try_get_raw(id)
                .ok()
                .flatten()?
                .map(|word| mask_user_info(&word.to_string_lossy()))
                .collect();
            Some(words.join(", "))
        }
    }
}

/// The client's own spellings with one dash, as its users type them.
fn single_dashes(words: Vec<OsString>) -> Vec<OsString> {
    let known = [
        "-update",
        "-no-color",
        "-json",
        "-chdir=",
        "-test-directory=",
    ];
    words
        .into_iter()
        .map(|word| match word.to_str() {
            Some("-json") => OsString::from("--format=json"),
            Some(text)
                if known.iter().any(|known| {
                    if known.ends_with('=') {
                        text.starts_with(known)
                    } else {
                        text == *known
                    }
                }) =>
            {
                OsString::from(format!("-{text}"))
            }
            _ => word,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Setting;
    use super::with;
    use crate::cli::config::Config;
    use crate::cli::config::Value;
    use crate::io::env::Env;

    fn settings(words: &[&str], env: &[(&str, &str)], file: &[(&str, &[&str])]) -> Vec<Setting> {
        let config = Config {
            shown: "tfreg-doctor.toml".to_owned(),
            values: file
                .iter()
                .enumerate()
                .map(|(index, (name, words))| Value {
                    name: (*name).to_owned(),
                    words: words.iter().map(|word| (*word).to_owned()).collect(),
                    line: index + 1,
                })
                .collect(),
            ..Config::default()
        };
        let words = std::iter::once("tfreg-doctor")
            .chain(words.iter().copied())
            .map(Into::into)
            .collect();
        let env = Env::from_pairs(env.iter().copied());
        with(words, &env, Some(&config))
            .expect("a good command line")
            .1
    }

    fn of(settings: &[Setting], name: &str) -> (String, String) {
        let setting = settings
            .iter()
            .find(|setting| setting.name == name)
            .expect("a setting of the command");
        (
            setting.value.value.clone().unwrap_or_default(),
            setting.value.origin.to_string(),
        )
    }

    fn pair(value: &str, origin: &str) -> (String, String) {
        (value.to_owned(), origin.to_owned())
    }

    #[test]
    fn a_flag_wins_over_a_variable_that_over_the_file_that_over_the_default() {
        let file: &[(&str, &[&str])] = &[("timeout", &["3s"])];
        let variable = [("TFREG_DOCTOR_TIMEOUT", "2s")];
        let flag = ["check", "--timeout", "1s"];
        assert_eq!(
            of(&settings(&flag, &variable, file), "timeout"),
            pair("1s", "--timeout")
        );
        let check = ["check"];
        assert_eq!(
            of(&settings(&check, &variable, file), "timeout"),
            pair("2s", "TFREG_DOCTOR_TIMEOUT")
        );
        assert_eq!(
            of(&settings(&check, &[], file), "timeout"),
            pair("3s", "tfreg-doctor.toml:1")
        );
        assert_eq!(
            of(&settings(&check, &[], &[]), "timeout"),
            pair("30s", "default")
        );
    }

    #[test]
    fn switches_take_a_value_and_lists_several() {
        let file: &[(&str, &[&str])] = &[
            ("ascii", &["true"]),
            ("client", &["terraform@1.5", "opentofu@1.8"]),
            ("verbose", &["1"]),
        ];
        let found = settings(&["check", "--ascii=false"], &[], file);
        assert_eq!(of(&found, "ascii"), pair("false", "--ascii=false"));
        assert_eq!(
            of(&found, "client"),
            pair("terraform@1.5, opentofu@1.8", "tfreg-doctor.toml:2")
        );
        assert_eq!(of(&found, "verbose").0, "1");
        let found = settings(&["check"], &[("TFREG_DOCTOR_ASCII", "1")], &[]);
        assert_eq!(of(&found, "ascii"), pair("true", "TFREG_DOCTOR_ASCII"));
        let found = settings(
            &["check"],
            &[("TFREG_DOCTOR_CLIENT", "tofu@1.8, terraform@1.5")],
            &[],
        );
        assert_eq!(of(&found, "client").0, "tofu@1.8, terraform@1.5");
    }

    #[test]
    fn a_value_behind_two_dashes_is_a_target() {
        let found = settings(&["check", "--", "--ascii=true"], &[], &[]);
        assert_eq!(of(&found, "ascii").0, "false");
    }
}
