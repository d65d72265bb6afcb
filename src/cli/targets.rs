//! The list to check: words, `-`, `@FILE`, and every root module below a directory.
//!
//! A list has one target a line; `#` begins a comment, and a line that begins with `{` is a JSON object with a target and
//! what is expected of it. Reading a list asks nothing of any network, so that every job of several reads the same one.

use crate::addr::AddrRules;
use crate::addr::target::Target;
use crate::addr::target::TargetError;
use crate::addr::target::parse_target;
use crate::cli::failure::Failure;
use crate::cli::roots;
use crate::io::Io;
use crate::io::files;
use crate::report::Asked;
use crate::stages::Cx;
use crate::trace::PublicStage;
use crate::trace::call::Place;
use crate::trace::expected::Expected;
use crate::version::Constraints;
use crate::walk::Goal;
use serde_json::Map;
use serde_json::Value;
use std::collections::HashSet;
use std::io::Read;

/// Bytes of a list.
const LIST_BYTES: u64 = 64 << 20;

/// One target, as it was asked for.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its name in reports.
    pub asked: Asked,
    /// What is walked.
    pub goal: Goal,
    /// The same for every way to write it.
    pub address: String,
    /// What is expected of it.
    pub expected: Option<Expected>,
    /// Its place in the whole list as one job would check it, from 1.
    pub place: usize,
}

/// How a list is read.
pub struct Reader<'a> {
    /// The doors.
    pub io: &'a Io,
    /// How the client reads addresses.
    pub rules: &'a AddrRules,
    /// To look for root modules below each directory, as this client would read them.
    pub below: Option<&'a Cx>,
}

/// The targets of a run, each once.
#[derive(Debug, Default)]
pub struct Selection {
    /// The targets, in the order in which they are told.
    pub targets: Vec<Listed>,
    /// Whether they came from a list: then they are sorted.
    pub sorted: bool,
}

impl Reader<'_> {
    /// Reads every word of a command line.
    pub fn read(&self, words: &[String]) -> Result<Selection, Failure> {
        let mut found = Vec::new();
        let mut sorted = self.below.is_some();
        for word in words {
            let text = match word.strip_prefix('@') {
                None if word == "-" => standard_input()?,
                None => {
                    found.push(self.target(word, None)?);
                    continue;
                }
                Some(path) => self.file(path)?,
            };
            sorted = true;
            let name = word.strip_prefix('@').unwrap_or("standard input");
            self.lines(&text, name, &mut found)?;
        }
        if let Some(cx) = self.below {
            found = self.roots(cx, found)?;
        }
        let mut seen = HashSet::new();
        found.retain(|listed: &Listed| {
            seen.insert((listed.address.clone(), listed.expected.clone()))
        });
        let mut selection = Selection {
            targets: found,
            sorted: false,
        };
        if sorted {
            selection.sort();
        }
        for (index, listed) in selection.targets.iter_mut().enumerate() {
            listed.place = index + 1;
        }
        Ok(selection)
    }

    fn file(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let place = self.io.env.directory().join(path);
        let (read, bytes) = files::read(&place, LIST_BYTES);
        bytes.ok_or_else(|| {
            Failure::Usage(format!(
                "@{path}: the list cannot be read: {:?}",
                read.outcome
            ))
        })
    }

    fn lines(&self, bytes: &[u8], name: &str, found: &mut Vec<Listed>) -> Result<(), Failure> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = before.split(|byte| *byte == b'\n').count();
            Failure::Usage(format!("{name}:{line}: the list is no UTF-8 text"))
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (index, line) in text.lines().enumerate() {
            let place = Place {
                file: name.to_owned(),
                line: index + 1,
                column: 1,
            };
            let origin = format!("{name}:{}", place.line);
            let at = |failure: Failure| Failure::Usage(format!("{origin}: {failure}"));
            let line = line.trim();
            if line.starts_with('{') {
                let (word, expected) = object(line, &place).map_err(&at)?;
                found.push(self.target(&word, Some(expected)).map_err(&at)?);
                continue;
            }
            let line = without_comment(line);
            if !line.is_empty() {
                found.push(self.target(line, None).map_err(&at)?);
            }
        }
        Ok(())
    }

    fn target(&self, word: &str, expected: Option<Expected>) -> Result<Listed, Failure> {
        let (asked, goal) = target(self.io, word, self.rules)?;
        let address = address(&goal, word);
        Ok(Listed {
            asked,
            goal,
            address,
            expected,
            place: 0,
        })
    }

    /// Every root module below each directory in its place.
    fn roots(&self, cx: &Cx, found: Vec<Listed>) -> Result<Vec<Listed>, Failure> {
        let mut all = Vec::new();
        for listed in found {
            let (Goal::Dir(directory), Asked::Dir(word)) = (&listed.goal, &listed.asked) else {
                all.push(listed);
                continue;
            };
            for below in roots::below(cx, directory).map_err(Failure::Usage)? {
                let base = word.trim_end_matches('/');
                let base = if base.is_empty() { "/" } else { base };
                let word = match (base, below.as_str()) {
                    (_, "") => word.clone(),
                    ("/", below) => format!("/{below}"),
                    (base, below) => format!("{base}/{below}"),
                };
                all.push(self.target(&word, listed.expected.clone())?);
            }
        }
        Ok(all)
    }
}

impl Selection {
    /// Brings the targets into the order that every job of several finds them in.
    pub fn sort(&mut self) {
        self.targets
            .sort_by(|left, right| left.address.cmp(&right.address));
        self.sorted = true;
    }
}

fn standard_input() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = std::io::stdin()
        .lock()
        .take(LIST_BYTES + 1)
        .read_to_end(&mut bytes);
    match read {
        Ok(_) if bytes.len() as u64 > LIST_BYTES => Err(Failure::Usage(
            "standard input: the list is too long".to_owned(),
        )),
        Ok(_) => Ok(bytes),
        Err(error) => Err(Failure::Usage(format!(
            "standard input: the list cannot be read: {}",
            files::word(&error)
        ))),
    }
}

/// A `#` begins a comment at the start and behind a blank: addresses may have one inside.
fn without_comment(line: &str) -> &str {
    let end = line.match_indices('#').map(|(at, _)| at).find(|at| {
        line[..*at]
            .chars()
            .next_back()
            .is_none_or(char::is_whitespace)
    });
    line.get(..end.unwrap_or(line.len()))
        .unwrap_or(line)
        .trim_end()
}

/// What a target with expectations may say of itself, in a line and in the configuration file.
pub(super) const KEYS: [&str; 7] = [
    "target",
    "version",
    "min-versions",
    "dir",
    "files",
    "sha256",
    "max-ms",
];

/// A line that is an object: the target, with its version, and what is expected.
fn object(line: &str, place: &Place) -> Result<(String, Expected), Failure> {
    let wrong = |what: String| Failure::Usage(what);
    let value: Value =
        serde_json::from_str(line).map_err(|error| wrong(format!("no JSON object: {error}")))?;
    let Value::Object(members) = value else {
        return Err(wrong("no JSON object".to_owned()));
    };
    if let Some(unknown) = members.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(wrong(format!(
            "unknown key \"{unknown}\"; one of: {}",
            KEYS.join(", ")
        )));
    }
    let Some(target) = text(&members, "target")? else {
        return Err(wrong("the key \"target\" is missing".to_owned()));
    };
    let version = text(&members, "version")?;
    if let Some(version) = version
        .as_ref()
        .filter(|version| Constraints::parse(version).is_err())
    {
        return Err(wrong(format!(
            "\"version\": \"{version}\" is no version constraint"
        )));
    }
    let files = match members.get("files") {
        None => Some(Vec::new()),
        Some(Value::Array(files)) => files
            .iter()
            .map(|file| file.as_str().map(str::to_owned))
            .collect(),
        Some(_) => None,
    };
    let expected = Expected {
        version,
        missing: None,
        min_versions: number(members.get("min-versions"), "min-versions")?,
        dir: text(&members, "dir")?.map(|dir| dir.trim_matches('/').to_owned()),
        files: files.ok_or_else(|| wrong("\"files\" is no list of texts".to_owned()))?,
        sha256: text(&members, "sha256")?
            .as_deref()
            .map(digest)
            .transpose()?,
        max_ms: max_ms(members.get("max-ms"))?,
        place: Some(place.clone()),
    };
    Ok((target, expected))
}

fn text(members: &Map<String, Value>, key: &str) -> Result<Option<String>, Failure> {
    match members.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Failure::Usage(format!("\"{key}\" is no text"))),
    }
}

fn number(value: Option<&Value>, key: &str) -> Result<Option<u64>, Failure> {
    match value {
        None => Ok(None),
        Some(value) => value
            .as_u64()
            .map(Some)
            .ok_or_else(|| Failure::Usage(format!("\"{key}\" is no whole number from 0"))),
    }
}

fn digest(text: &str) -> Result<String, Failure> {
    let is_digest = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digest {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(Failure::Usage(
            "\"sha256\" is no digest of 64 hexadecimal digits".to_owned(),
        ))
    }
}

fn max_ms(value: Option<&Value>) -> Result<Vec<(PublicStage, u64)>, Failure> {
    let members = match value {
        None => return Ok(Vec::new()),
        Some(Value::Object(members)) => members,
        Some(_) => {
            return Err(Failure::Usage(
                "\"max-ms\" is no object of stages and milliseconds".to_owned(),
            ));
        }
    };
    members
        .iter()
        .map(|(stage, value)| {
            let known = PublicStage::from_word(stage)
                .ok_or_else(|| Failure::Usage(format!("\"max-ms\": \"{stage}\" is no stage")))?;
            let limit = number(Some(value), stage)?.unwrap_or_default();
            Ok((known, limit))
        })
        .collect()
}

/// The same text for every way to write a target.
fn address(goal: &Goal, word: &str) -> String {
    match goal {
        Goal::Host(host) => host.for_display(),
        Goal::Module {
            address,
            constraint: None,
        } => address.to_string(),
        Goal::Module {
            address,
            constraint: Some(constraint),
        } => format!("{address}@{constraint}"),
        Goal::Package(address) => address.to_string(),
        Goal::Dir(_) => {
            let plain = word.strip_prefix("./").unwrap_or(word);
            let plain = plain.trim_end_matches('/');
            match (plain, word.starts_with('/')) {
                ("", true) => "/".to_owned(),
                ("" | ".", false) => ".".to_owned(),
                (plain, true) => plain.to_owned(),
                (plain, false) => format!("./{plain}"),
            }
        }
    }
}

/// Reads one target.
pub fn target(io: &Io, word: &str, rules: &AddrRules) -> Result<(Asked, Goal), Failure> {
    let parsed =
        parse_target(word, rules).map_err(|error| Failure::Usage(target_message(word, &error)))?;
    Ok(match parsed.target {
        Target::Host(host) => (Asked::Host(host.for_display()), Goal::Host(host)),
        Target::Module { address, version } => (
            Asked::Module(word.to_owned()),
            Goal::Module {
                address,
                constraint: version,
            },
        ),
        Target::Package(address) => (Asked::Package(word.to_owned()), Goal::Package(address)),
        Target::Directory(path) => {
            let directory = io.env.directory().join(&path);
            match files::target_kind(&directory) {
                files::Kind::Directory => (Asked::Dir(word.to_owned()), Goal::Dir(directory)),
                files::Kind::Missing => {
                    return Err(Failure::Usage(format!("{word}: no such directory")));
                }
                files::Kind::File
                | files::Kind::Link
                | files::Kind::Special
                | files::Kind::Unreadable => {
                    return Err(Failure::Usage(format!(
                        "{word}: not a directory that can be read"
                    )));
                }
            }
        }
    })
}

fn target_message(word: &str, error: &TargetError) -> String {
    const EXPECTED: &str = "expected HOST[:PORT], [HOST/]NAMESPACE/NAME/SYSTEM[//SUBDIR][@VERSION], a source address, or a directory as ./DIR";
    match error {
        TargetError::Empty => format!("an empty target; {EXPECTED}"),
        TargetError::BareWord {
            as_directory,
            as_host,
            ..
        } => format!(
            "{word}: neither a host nor a directory; write {as_directory} for the directory, or {as_host} for a host"
        ),
        TargetError::Host { cause, .. } => format!("{word}: no host name: {}", cause.client_text()),
        TargetError::Module {
            as_directory,
            cause,
            ..
        } => format!(
            "{word}: no module address: {}; for a directory write {as_directory}",
            cause.client_text()
        ),
        TargetError::VersionMissing(_) => {
            format!("{word}: nothing stands behind the @; a version or a constraint is expected")
        }
        TargetError::Package { .. } => {
            format!("{word}: no source address that the client would take; {EXPECTED}")
        }
        TargetError::Url(cause) => format!("{word}: no URL: {}", cause.client_text()),
    }
}

#[cfg(test)]
mod tests {
    use super::Reader;
    use super::Selection;
    use crate::addr::AddrRules;
    use crate::io::Env;
    use crate::io::Io;
    use crate::io::IoSettings;
    use crate::trace::PublicStage;

    fn read(list: &str) -> Result<Selection, String> {
        let folder = tempfile::TempDir::new().expect("a folder");
        std::fs::write(folder.path().join("list"), list).expect("a file");
        let env = Env::from_pairs([("A", "b")]).in_directory(folder.path());
        let io = Io::new(env, IoSettings::default());
        let rules = AddrRules::default();
        let reader = Reader {
            io: &io,
            rules: &rules,
            below: None,
        };
        reader
            .read(&["@list".to_owned()])
            .map_err(|failure| failure.to_string())
    }

    fn addresses(list: &str) -> Vec<String> {
        let selection = read(list).expect("a list");
        selection
            .targets
            .into_iter()
            .map(|listed| listed.address)
            .collect()
    }

    #[test]
    fn a_list_has_comments_blank_lines_and_each_target_once() {
        let list = "\u{feff}# nightly\r\n\r\n  b.example.com/n/m/s@~> 1.2  # why\n\
                    a.example.com\nhttps://a.example.com/\na.example.com#\n";
        let broken = read(list).expect_err("the last line");
        assert!(broken.starts_with("list:6: a.example.com#"), "{broken}");
        assert_eq!(
            addresses(list.trim_end_matches("a.example.com#\n")),
            ["a.example.com", "b.example.com/n/m/s@~> 1.2"]
        );
        assert!(addresses("# nothing\n").is_empty());
    }

    #[test]
    fn a_line_may_be_an_object_with_expectations() {
        let list = r#"{"target": "a.example.com/n/m/s", "version": "1.0.0", "min-versions": 3, "dir": "", "files": ["main.tf"], "max-ms": {"versions": 800}}"#;
        let selection = read(list).expect("a list");
        assert_eq!(selection.targets[0].address, "a.example.com/n/m/s");
        let expected = selection.targets[0].expected.clone().expect("expectations");
        assert_eq!(expected.min_versions, Some(3));
        assert_eq!(expected.dir.as_deref(), Some(""));
        assert_eq!(expected.files, ["main.tf"]);
        assert_eq!(expected.max_ms, [(PublicStage::Versions, 800)]);
        assert_eq!(expected.version.as_deref(), Some("1.0.0"));
        assert_eq!(expected.place.map(|place| place.line), Some(1));
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_line() {
        for wrong in [
            "{\"target\": \"a.example.com\", \"verson\": \"1\"}",
            "{\"version\": \"1\"}",
            "{\"target\": 1}",
            "{",
            "{\"target\": \"a.example.com\", \"files\": [1]}",
            "{\"target\": \"a.example.com\", \"sha256\": \"12\"}",
            "{\"target\": \"a.example.com\", \"max-ms\": {\"x\": 1}}",
            "./nowhere",
            "word",
        ] {
            let error = read(&format!("# one\n{wrong}\n")).expect_err(wrong);
            assert!(error.starts_with("list:2: "), "{error}");
        }
    }
}
