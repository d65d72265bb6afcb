//! The words shared by file trees, archives and repositories: texts, pairs and entries.
//!
//! It only gives them types; what they look like as bytes is the matter of `pack` and `layout`. The order of the
//! entries is kept, since it is the order in the archive.

use std::fmt;

use serde::Deserialize;
use serde::Deserializer;
use serde_json::Value;

use super::placeholders::Placeholders;

/// The most bytes a repeated text may have.
const LONGEST_REPEAT: usize = 1 << 30;

/// A content: a string, a list of lines, `{"repeat": [STRING, COUNT]}` or `{"hex": "..."}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub enum Text {
    /// Nothing was given.
    #[default]
    Empty,
    /// A string.
    Plain(String),
    /// Lines, each to be ended by a line feed.
    Lines(Vec<String>),
    /// A string, so many times.
    Repeat(String, usize),
    /// Bytes, in which no placeholder is filled in.
    Bytes(Vec<u8>),
}

impl Text {
    /// The content of a file read from elsewhere: placeholders are filled in where it is text.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self::Plain(text),
            Err(error) => Self::Bytes(error.into_bytes()),
        }
    }

    /// The bytes it stands for.
    pub fn render(&self, placeholders: &Placeholders) -> Vec<u8> {
        match self {
            Self::Empty => Vec::new(),
            Self::Plain(text) => placeholders.expand(text).into_bytes(),
            Self::Lines(lines) => (placeholders.expand(&lines.join("\n")) + "\n").into_bytes(),
            Self::Repeat(piece, count) => placeholders.expand(piece).repeat(*count).into_bytes(),
            Self::Bytes(bytes) => bytes.clone(),
        }
    }
}

impl TryFrom<Value> for Text {
    type Error = WordError;

    fn try_from(value: Value) -> Result<Self, WordError> {
        match value {
            Value::Null => Ok(Self::Empty),
            Value::String(text) => Ok(Self::Plain(text)),
            Value::Array(lines) => lines
                .into_iter()
                .map(string)
                .collect::<Option<_>>()
                .map(Self::Lines)
                .ok_or(WordError::NotText),
            Value::Object(object) => {
                if let (Some(repeat), 1) = (object.get("repeat"), object.len()) {
                    return repeated(repeat);
                }
                let hex = object
                    .get("hex")
                    .filter(|_| object.len() == 1)
                    .and_then(Value::as_str);
                hex::decode(hex.ok_or(WordError::NotText)?)
                    .map(Self::Bytes)
                    .map_err(|_| WordError::NotHex)
            }
            Value::Bool(_) | Value::Number(_) => Err(WordError::NotText),
        }
    }
}

/// Names with values, in order: an object or a list of pairs. A value of `null` is kept as `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub struct Pairs(pub Vec<(String, Option<String>)>);

impl Pairs {
    /// The pairs that have a value.
    pub fn given(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.as_deref()?)))
    }
}

impl TryFrom<Value> for Pairs {
    type Error = WordError;

    fn try_from(value: Value) -> Result<Self, WordError> {
        let pairs: Vec<(String, Value)> = match value {
            Value::Object(object) => object.into_iter().collect(),
            Value::Array(list) => list
                .into_iter()
                .map(|pair| serde_json::from_value(pair).map_err(|_| WordError::NotPairs))
                .collect::<Result<_, _>>()?,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                return Err(WordError::NotPairs);
            }
        };
        let text = |(name, value)| match value {
            Value::Null => Ok((name, None)),
            Value::String(text) => Ok((name, Some(text))),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                Err(WordError::NotPairs)
            }
        };
        pairs
            .into_iter()
            .map(text)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// What an entry of an archive is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An ordinary file.
    File,
    /// A link to an earlier entry.
    Hardlink,
    /// A symbolic link.
    Symlink,
    /// A character device.
    Char,
    /// A block device.
    Block,
    /// A folder.
    Dir,
    /// A named pipe.
    Fifo,
    /// A contiguous file, which is a file to all readers.
    Contiguous,
    /// A pax header for all that follows.
    Global,
    /// A pax header for the next entry.
    Pax,
}

/// How an entry of a zip file is compressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Not at all.
    Store,
    /// As nearly all are.
    #[default]
    Deflate,
    /// Method 12, which the client does not know.
    Bzip2,
    /// Method 14, which the client does not know.
    Lzma,
}

/// The system a zip entry claims to come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MadeOn {
    /// DOS attributes instead of permission bits.
    Dos,
}

/// One entry of a tree or an archive.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Where it is; a slash at the end makes it a folder.
    pub path: String,
    /// The content.
    #[serde(default)]
    pub text: Text,
    /// The permission bits, written in octal.
    #[serde(default, deserialize_with = "octal")]
    pub mode: Option<u32>,
    /// What it is, where the other words do not tell.
    #[serde(default, rename = "type")]
    pub kind: Option<Kind>,
    /// The target of a symbolic link.
    pub symlink: Option<String>,
    /// The target of a hard link.
    pub hardlink: Option<String>,
    /// The records of a global pax header.
    pub global: Option<Pairs>,
    /// The pax records of this entry.
    pub pax: Option<Pairs>,
    /// The records of an entry that is itself a pax header.
    pub records: Option<Pairs>,
    /// A raw tar type flag.
    #[serde(default, deserialize_with = "flag")]
    pub flag: Option<u8>,
    /// The compression in a zip file.
    #[serde(default)]
    pub method: Method,
    /// The system in a zip file.
    pub made_on: Option<MadeOn>,
    /// The DOS attributes, written in hexadecimal.
    #[serde(default, deserialize_with = "hexadecimal")]
    pub dos_attr: Option<u32>,
    /// The archive that is the content, in a file tree.
    pub archive: Option<String>,
    /// The commit of a submodule, in a repository: `REPOSITORY:REVISION`.
    pub gitlink: Option<String>,
}

impl Entry {
    /// A file.
    pub fn file(path: &str, bytes: Vec<u8>, mode: u32) -> Self {
        Self {
            path: path.to_owned(),
            text: Text::from_bytes(bytes),
            mode: Some(mode),
            ..Self::default()
        }
    }

    /// A symbolic link.
    pub fn symlink(path: &str, target: &str) -> Self {
        Self {
            path: path.to_owned(),
            symlink: Some(target.to_owned()),
            ..Self::default()
        }
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        if let Some(kind) = self.kind {
            kind
        } else if self.symlink.is_some() {
            Kind::Symlink
        } else if self.hardlink.is_some() {
            Kind::Hardlink
        } else if self.global.is_some() {
            Kind::Global
        } else if self.path.ends_with('/') {
            Kind::Dir
        } else {
            Kind::File
        }
    }

    /// The permission bits it has in an archive.
    pub fn mode(&self) -> u32 {
        self.mode.unwrap_or(match self.kind() {
            Kind::Dir => 0o755,
            Kind::Symlink => 0o777,
            Kind::File
            | Kind::Hardlink
            | Kind::Char
            | Kind::Block
            | Kind::Fifo
            | Kind::Contiguous
            | Kind::Global
            | Kind::Pax => 0o644,
        })
    }
}

/// Entries in order: an object from path to content, or a list where names repeat.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub struct Entries(pub Vec<Entry>);

impl TryFrom<Value> for Entries {
    type Error = WordError;

    fn try_from(value: Value) -> Result<Self, WordError> {
        match value {
            Value::Array(list) => list
                .into_iter()
                .map(|entry| read_entry("", entry))
                .collect::<Result<_, _>>(),
            Value::Object(object) => object
                .into_iter()
                .map(|(path, value)| named_entry(&path, value))
                .collect::<Result<_, _>>(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                Err(WordError::NotEntries)
            }
        }
        .map(Self)
    }
}

/// What is wrong with a word of a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WordError {
    /// Expected a text in one of its forms.
    NotText,
    /// Expected pairs of hexadecimal digits.
    NotHex,
    /// Expected a number in this base.
    NotNumber(u32),
    /// Expected names with texts or `null`.
    NotPairs,
    /// Expected an object or a list of entries.
    NotEntries,
    /// Expected an entry; the path and the JSON error.
    NotEntry(String, String),
    /// Expected a git repository; the JSON error.
    NotRepository(String),
    /// Expected an archive; the JSON error.
    NotArchive(String),
    /// Expected a text of at most this many bytes.
    TooLong(usize),
    /// Expected one character of one byte.
    NotFlag,
}

impl fmt::Display for WordError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}

fn string(value: Value) -> Option<String> {
    if let Value::String(text) = value {
        Some(text)
    } else {
        None
    }
}

fn repeated(value: &Value) -> Result<Text, WordError> {
    let (piece, count): (String, usize) =
        serde_json::from_value(value.clone()).map_err(|_| WordError::NotText)?;
    if piece
        .len()
        .checked_mul(count)
        .is_none_or(|length| length > LONGEST_REPEAT)
    {
        return Err(WordError::TooLong(LONGEST_REPEAT));
    }
    Ok(Text::Repeat(piece, count))
}

fn named_entry(path: &str, value: Value) -> Result<Entry, WordError> {
    match value {
        Value::Object(mut object)
            if !object.contains_key("repeat") && !object.contains_key("hex") =>
        {
            object.insert("path".to_owned(), Value::String(path.to_owned()));
            read_entry(path, Value::Object(object))
        }
        text => Ok(Entry {
            path: path.to_owned(),
            text: Text::try_from(text)?,
            ..Entry::default()
        }),
    }
}

fn read_entry(path: &str, value: Value) -> Result<Entry, WordError> {
    serde_json::from_value(value)
        .map_err(|error| WordError::NotEntry(path.to_owned(), error.to_string()))
}

fn octal<'a, D: Deserializer<'a>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    number(deserializer, 8)
}

fn hexadecimal<'a, D: Deserializer<'a>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    number(deserializer, 16)
}

fn number<'a, D: Deserializer<'a>>(deserializer: D, base: u32) -> Result<Option<u32>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let error = |_| serde::de::Error::custom(WordError::NotNumber(base));
    u32::from_str_radix(&text, base).map(Some).map_err(error)
}

fn flag<'a, D: Deserializer<'a>>(deserializer: D) -> Result<Option<u8>, D::Error> {
    match String::deserialize(deserializer)?.as_bytes() {
        [flag] => Ok(Some(*flag)),
        _ => Err(serde::de::Error::custom(WordError::NotFlag)),
    }
}
