//! The keys that come from flags: every flag of the commands is a key of the same name.
//!
//! What a key takes follows from the flag itself, so that no flag can be forgotten here.

use clap::ArgAction;
use std::collections::BTreeMap;

/// Flags that belong to one run of one command and are no settings.
const NOT_KEYS: [&str; 17] = [
    "chdir",
    "config",
    "expect-partitions",
    "help",
    "ignore",
    "into",
    "list",
    "no-config",
    "no-ignores",
    "online",
    "print",
    "report",
    "try",
    "update",
    "version",
    "write-baseline",
    "listen",
];

/// Switches of `serve` and the like that would widen what others may do are set where the command is written.
const COMMANDS_WITHOUT_KEYS: [&str; 1] = ["serve"];

/// A key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The flag without its dashes.
    pub name: String,
    /// What it takes.
    pub kind: Kind,
    /// Whether it takes several.
    pub is_list: bool,
    /// The words it takes, where only some are allowed.
    pub words: Vec<String>,
    /// The flag's help.
    pub help: String,
    /// The value without any setting.
    pub default: Option<String>,
}

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// True or false.
    Switch,
    /// A whole number.
    Number,
    /// A duration with its unit.
    Duration,
    /// A size with its unit.
    Size,
    /// So many a second.
    Rate,
    /// A path, relative to the file that names it.
    File,
    /// Any text.
    Text,
}

impl Kind {
    /// What is expected, in words.
    pub fn expects(self) -> &'static str {
        match self {
            Self::Switch => "true or false is expected",
            Self::Number => "a whole number is expected",
            Self::Duration => {
                "a duration with its unit is expected, such as \"500ms\", \"10s\" or \"2m\""
            }
            Self::Size => "a size with its unit is expected, such as \"512MiB\"",
            Self::Rate => "a rate is expected, such as \"10/s\"",
            Self::File => "a path is expected",
            Self::Text => "a text is expected",
        }
    }
}

/// The keys of all commands, by name.
pub fn all(command: &clap::Command) -> Vec<Key> {
    let mut found = BTreeMap::new();
    let commands = command
        .get_subcommands()
        .filter(|sub| !COMMANDS_WITHOUT_KEYS.contains(&sub.get_name()));
    for command in std::iter::once(command).chain(commands) {
        for arg in command.get_arguments() {
            let Some(name) = arg.get_long() else { continue };
            if !NOT_KEYS.contains(&name) {
                found
                    .entry(name.to_owned())
                    .or_insert_with(|| key(name, arg));
            }
        }
    }
    found.into_values().collect()
}

/// The names of the switches of all commands.
pub fn switches(command: &clap::Command) -> Vec<String> {
    std::iter::once(command)
        .chain(command.get_subcommands())
        .flat_map(clap::Command::get_arguments)
        .filter(|arg| matches!(arg.get_action(), ArgAction::SetTrue))
        .filter_map(|arg| arg.get_long().map(str::to_owned))
        .collect()
}

fn key(name: &str, arg: &clap::Arg) -> Key {
    let words: Vec<String> = arg
        .get_possible_values()
        .iter()
        .map(|value| value.get_name().to_owned())
        .collect();
    let value = arg
        .get_value_names()
        .and_then(|names| names.first())
        .map_or("", |name| name.as_str());
    let kind = match (arg.get_action(), value) {
        (ArgAction::SetTrue, _) => Kind::Switch,
        (ArgAction::Count, _) | (_, "N") => Kind::Number,
        (_, "DUR") => Kind::Duration,
        (_, "SIZE") => Kind::Size,
        (_, "N/s") => Kind::Rate,
        (_, "FILE") => Kind::File,
        _ => Kind::Text,
    };
    Key {
        name: name.to_owned(),
        kind,
        is_list: matches!(arg.get_action(), ArgAction::Append),
        words: if kind == Kind::Switch {
            Vec::new()
        } else {
            words
        },
        help: arg.get_help().map(ToString::to_string).unwrap_or_default(),
        default: arg
            .get_default_values()
            .first()
            .map(|value| value.to_string_lossy().into_owned())
            .filter(|_| kind != Kind::Switch),
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;
    use super::all;
    use crate::cli::args::Cli;
    use clap::CommandFactory;

    #[test]
    fn flags_are_keys_and_take_what_the_flag_takes() {
        let keys = all(&Cli::command());
        let kind = |name: &str| keys.iter().find(|key| key.name == name).map(|key| key.kind);
        assert_eq!(kind("timeout"), Some(Kind::Duration));
        assert_eq!(kind("max-bytes"), Some(Kind::Size));
        assert_eq!(kind("jobs"), Some(Kind::Number));
        assert_eq!(kind("ascii"), Some(Kind::Switch));
        assert_eq!(kind("ca-file"), Some(Kind::File));
        assert_eq!(kind("client"), Some(Kind::Text));
        assert_eq!(kind("chdir"), None);
        assert_eq!(kind("report"), None);
    }
}
