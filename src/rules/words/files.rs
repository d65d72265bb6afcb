//! What clients print about files: configuration, `modules.json`, the CLI configuration.

use crate::addr::package::clean_path;
use crate::client::Behaviour;
use crate::client::Client;
use crate::client::Product;
use crate::finding::Said;
use crate::rules::words::calls::module_of;
use crate::rules::words::fill::Values;
use crate::rules::words::index::Index;
use crate::rules::words::table::Kind;
use crate::rules::words::table::said;
use crate::trace::fact::ConfigFile;
use crate::trace::fact::ConfigPlace;
use crate::trace::fact::ConfigProblem;
use crate::trace::fact::ConfigProblemKind;
use crate::trace::fact::ConfigState;
use crate::trace::fact::IgnoredSetting;
use crate::trace::fact::WhyIgnored;

/// The first release that says what is wrong with configuration beside the lines that it quotes.
const QUOTES_LINES: (u64, u64, u64) = (1, 5, 0);
/// The first releases that write this error of versions in small letters.
const SMALL_LETTERS: [(Product, (u64, u64, u64)); 2] = [
    (Product::Terraform, (1, 14, 0)),
    (Product::OpenTofu, (1, 11, 0)),
];

/// What is said of a problem in a configuration file.
pub(super) fn problem(index: &Index<'_>, client: &Client, problem: &ConfigProblem) -> Option<Said> {
    match problem.kind {
        ConfigProblemKind::Unreadable => {
            let file = problem.place.file.rsplit('/').next().unwrap_or_default();
            said(Kind::File, client, &Values::default().with("file", file))
        }
        ConfigProblemKind::Settings if problem.summary.ends_with(" Core version") => {
            if problem.module.is_empty() {
                return said(Kind::RootExcluded, client, &Values::default());
            }
            let address = index
                .call(&problem.module)
                .map_or("", |call| call.recorded_source.as_str());
            let values = Values::default()
                .with("module", module_of(&problem.module))
                .with("address", address);
            said(Kind::Excluded, client, &values)
        }
        ConfigProblemKind::RootOnly => {
            let is_error = client.does(Behaviour::RefusesRootOnlyBlocks)
                && problem.summary == "Invalid import configuration";
            let values = Values::default().with("module", module_of(&problem.module));
            said(Kind::ChildImport, client, &values).filter(|_| is_error)
        }
        ConfigProblemKind::Syntax
        | ConfigProblemKind::ModuleCall
        | ConfigProblemKind::Settings
        | ConfigProblemKind::Constraint
        | ConfigProblemKind::Expression
        | ConfigProblemKind::SourceMissing
        | ConfigProblemKind::CredentialsBlock
        | ConfigProblemKind::Other => Some(loaded(client, problem)),
    }
}

fn loaded(client: &Client, problem: &ConfigProblem) -> Said {
    let retold = problem
        .detail
        .strip_prefix("Unsuitable value: ")
        .and_then(|why| retold(client, why));
    let (summary, told) = match &retold {
        Some(said) => (&said.summary, &said.detail),
        None => (&problem.summary, &problem.detail),
    };
    let is_placed = client.product == Product::Terraform
        && client.release < QUOTES_LINES
        && problem.kind != ConfigProblemKind::Constraint;
    let detail = if is_placed {
        format!(
            "On {} line {}: {}",
            problem.place.file, problem.place.line, told
        )
    } else {
        told.clone()
    };
    Said::plain(summary, &detail)
}

/// What is said of a value of the wrong type.
fn retold(client: &Client, why: &str) -> Option<Said> {
    let kind = if why == "null value is not allowed" {
        Kind::NullSource
    } else {
        Kind::ValueType
    };
    said(kind, client, &Values::default().with("why", why))
}

/// What is said of a `modules.json` that cannot be used.
pub(super) fn manifest(client: &Client, file: &str, words: &str) -> Vec<Said> {
    let why = words
        .strip_prefix("failed to read module manifest: ")
        .unwrap_or(words);
    let is_small = SMALL_LETTERS
        .iter()
        .any(|(product, from)| client.product == *product && client.release >= *from);
    let why = if is_small {
        why.replacen(": Malformed version: ", ": malformed version: ", 1)
    } else {
        why.to_owned()
    };
    let dir = file.rsplit_once('/').map_or(file, |(dir, _)| dir);
    let values = Values::default()
        .with("why", why)
        .with("dir", clean_path(dir));
    [Kind::Manifest, Kind::ManifestAgain]
        .into_iter()
        .filter_map(|kind| said(kind, client, &values))
        .collect()
}

/// What is said of a CLI configuration file.
pub(super) fn setting(client: &Client, file: &ConfigFile) -> Option<Said> {
    if matches!(file.place, ConfigPlace::NotRead(_)) {
        return None;
    }
    let (words, at) = match &file.state {
        ConfigState::Syntax {
            line,
            column,
            words,
        } => (words, Some((line, column))),
        ConfigState::WrongType { words, .. } => (words, None),
        ConfigState::Read | ConfigState::Missing | ConfigState::Unreadable(_) => return None,
    };
    let start = format!("Error parsing {}: ", file.path);
    let reason = words.strip_prefix(&start).unwrap_or(words);
    let reason = reason
        .strip_prefix("At ")
        .and_then(|rest| rest.split_once(": "))
        .map_or(reason, |(_, reason)| reason);
    let placed = match at {
        Some((line, column)) => format!("{start}At {line}:{column}: {reason}"),
        None => words.clone(),
    };
    let values = Values::default()
        .with("why", format!("{start}{reason}"))
        .with("placed", placed);
    said(Kind::Setting, client, &values)
}

/// What is said of a setting that cannot be used.
pub(super) fn ignored(client: &Client, setting: &IgnoredSetting) -> Option<Said> {
    let words = match &setting.why {
        WhyIgnored::BadHost(words) => words.as_str(),
        WhyIgnored::SecondHelper => "No more than one credentials_helper block may be specified",
        WhyIgnored::Unknown { .. }
        | WhyIgnored::Duplicate { .. }
        | WhyIgnored::NotAString { .. }
        | WhyIgnored::Unread { .. }
        | WhyIgnored::BadValue(_)
        | WhyIgnored::OtherProgram(_)
        | WhyIgnored::Crashes => return None,
    };
    let values = Values::default().with("why", words).with("placed", words);
    said(Kind::Setting, client, &values)
}
