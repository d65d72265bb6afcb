//! The words that describe archives.
//!
//! It only gives them types; what they look like as bytes is the matter of `pack`.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::entries::{Entries, Text, WordError};
use super::placeholders::keys;

/// The kind of an archive, or of a single compressed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Format {
    /// A zip file.
    #[serde(rename = "zip")]
    Zip,
    /// A tar that is not compressed.
    #[serde(rename = "tar")]
    Tar,
    /// A tar in gzip.
    #[serde(rename = "tar.gz")]
    TarGz,
    /// A tar in bzip2.
    #[serde(rename = "tar.bz2")]
    TarBz2,
    /// A tar in xz.
    #[serde(rename = "tar.xz")]
    TarXz,
    /// One file in gzip.
    #[serde(rename = "gz")]
    Gz,
    /// One file in bzip2.
    #[serde(rename = "bz2")]
    Bz2,
    /// One file in xz.
    #[serde(rename = "xz")]
    Xz,
    /// One file as it is.
    #[serde(rename = "raw")]
    Raw,
}

/// How a tar holds names that are too long for its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// In an entry of their own, as GNU tar writes them.
    Gnu,
    /// Split in two where possible.
    Ustar,
    /// In a pax header.
    Pax,
}

/// The description of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Archive {
    /// What it is.
    pub format: Format,
    /// What is in it.
    #[serde(default)]
    pub entries: Entries,
    /// The folder given by the caller whose files come after the entries.
    pub package: Option<String>,
    /// What is put in front of every path of the package, such as `vpc-1.2.0/`.
    #[serde(default)]
    pub under: String,
    /// The content of a single file.
    #[serde(default)]
    pub text: Text,
    /// The archive that is the content of a single file.
    pub of: Option<String>,
    /// How long names are held.
    pub dialect: Option<Dialect>,
    /// Whether the tar has its end blocks.
    #[serde(default = "yes")]
    pub end: bool,
    /// How many compressed members it consists of.
    #[serde(default)]
    pub members: usize,
    /// The comment of a zip file.
    #[serde(default)]
    pub comment: String,
    /// Whether the entries of a zip file are marked as encrypted.
    #[serde(default)]
    pub encrypted: bool,
    /// How many bytes are missing at the end.
    pub cut: Option<usize>,
    /// The offset of a byte that is inverted.
    pub flip: Option<usize>,
    /// What stands before it.
    #[serde(default)]
    pub prefix: Text,
    /// What stands behind it.
    #[serde(default)]
    pub append: Text,
    /// The placeholders in the description.
    #[serde(skip)]
    pub mentions: Vec<String>,
}

/// Archives by name, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub struct Archives(pub Vec<(String, Archive)>);

impl TryFrom<Map<String, Value>> for Archives {
    type Error = WordError;

    fn try_from(map: Map<String, Value>) -> Result<Self, WordError> {
        map.into_iter()
            .map(|(name, value)| described(value).map(|archive| (name, archive)))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// The archive of a route: the name of one, or a description in place.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub enum ArchiveWord {
    /// One of the scenario's archives.
    Named(String),
    /// One of this route only.
    Described(Box<Archive>),
}

impl TryFrom<Value> for ArchiveWord {
    type Error = WordError;

    fn try_from(value: Value) -> Result<Self, WordError> {
        match value {
            Value::String(name) => Ok(Self::Named(name)),
            other => described(other).map(Box::new).map(Self::Described),
        }
    }
}

fn described(value: Value) -> Result<Archive, WordError> {
    let mentions = keys(&value.to_string())
        .into_iter()
        .map(str::to_owned)
        .collect();
    let archive: Archive =
        serde_json::from_value(value).map_err(|error| WordError::NotArchive(error.to_string()))?;
    Ok(Archive {
        mentions,
        ..archive
    })
}

fn yes() -> bool {
    true
}
