//! Turns the tree of one CLI configuration file into the blocks that matter for modules.
//!
//! It never reads files, never merges files, never normalises host names and never expands variables: labels and
//! values are as written.
//!
//! Surprises, measured with terraform 1.11.4:
//!
//! - Blocks and attributes are the same thing, and names match whatever their case; labels and keys of maps do not.
//! - Labelled blocks are read before label-less ones of the same kind, wherever they stand.
//! - A later `host` block replaces an earlier one of the same label, `credentials` blocks are merged.
//! - When a key comes twice in one map, the second value is read as the *kind* of the first: `token = "a"` and then
//!   `token = 5` is the string `5`; the other way round is an error.
//! - A type error anywhere in the known words drops the whole file, blocks read before it included: `args` of a
//!   helper that are no list cost all host blocks.
//! - Some files crash the client: see [`Crash`] and [`CredentialsBlock::nested_block`].
#![deny(clippy::indexing_slicing)]

use std::fmt;

use super::hcl1::Document;
use super::hcl1::Foreign;
use super::hcl1::Form;
use super::hcl1::Position;

mod argument;
mod decode;
mod ordered;
mod views;

/// Top-level words that Terraform knows.
pub const TOP_LEVEL_WORDS: &[&str] = &[
    "provider_installation",
    "credentials",
    "credentials_helper",
    "host",
    "plugin_cache_dir",
    "plugin_cache_may_break_dependency_lock_file",
    "disable_checkpoint",
    "disable_checkpoint_signature",
    "providers",
    "provisioners",
];

/// Top-level words that only `OpenTofu` knows, in addition.
pub const OPENTOFU_WORDS: &[&str] = &[
    "registry_protocols",
    "oci_credentials",
    "oci_default_credentials",
];

/// Whose words count as known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Terraform.
    Terraform,
    /// `OpenTofu`.
    OpenTofu,
}

/// What one file says. After a type error or a crash, nothing but the words without effect at top level is left.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decoded {
    /// The host blocks that count, one a label, in order of first appearance.
    pub hosts: Vec<HostBlock>,
    /// Host blocks that a later one of the same label replaced.
    pub replaced_hosts: Vec<HostBlock>,
    /// The credentials blocks, merged, one a label.
    pub credentials: Vec<CredentialsBlock>,
    /// The credentials helpers, one a label. More than one over all files is an error of the client.
    pub helpers: Vec<HelperBlock>,
    /// `OpenTofu`'s `registry_protocols`.
    pub registry_protocols: Option<RegistryProtocols>,
    /// Words without effect at top level, in host blocks and in helper blocks.
    pub unknown_keys: Vec<UnknownKey>,
    /// The error that ended decoding and cost the file all its effect.
    pub type_error: Option<TypeError>,
    /// Why the client crashes while it reads this file.
    pub crash: Option<Crash>,
    /// Whether this decoder gave up over a file made to be expensive; the client would read on.
    pub over_limit: bool,
}

/// One `host` block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostBlock {
    /// The label, as written.
    pub label: String,
    /// The services, one a key; `None` if the block has no `services` at all.
    pub services: Option<Vec<Service>>,
    /// Where the label is.
    pub position: Position,
}

/// One entry of `services`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// The service id, as written.
    pub key: String,
    /// Its value.
    pub value: ServiceValue,
    /// Where the value is.
    pub position: Position,
}

/// The value of a service. `Debug` hides texts: URLs may hold passwords.
#[derive(Clone, PartialEq, Eq)]
pub enum ServiceValue {
    /// A string.
    Str(String),
    /// JSON `null`, which counts as an empty string.
    Null,
    /// Anything else.
    Other(ValueKind),
}

impl ServiceValue {
    /// The string the client sees, if it sees one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            Self::Null => Some(""),
            Self::Other(_) => None,
        }
    }
}

impl fmt::Debug for ServiceValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Str(_) => f.write_str("Str(***)"),
            Self::Null => f.write_str("Null"),
            Self::Other(kind) => f.debug_tuple("Other").field(kind).finish(),
        }
    }
}

/// A kind of value that is no string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// A number, whole or not.
    Number,
    /// `true` or `false`.
    Bool,
    /// A list.
    List,
    /// A block or an object.
    Map,
}

/// All `credentials` blocks of one label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialsBlock {
    /// The label, as written.
    pub label: String,
    /// The token that counts.
    pub token: TokenValue,
    /// Where that token is.
    pub token_position: Option<Position>,
    /// A string token that a later one of the same file replaced by another.
    pub replaced_token: Option<Position>,
    /// Arguments other than `token` (exactly so written), which have no effect.
    pub other_keys: Vec<(String, Position)>,
    /// Where the label is; one place for each block that was merged.
    pub positions: Vec<Position>,
    /// A nested block: the client crashes on it, if the label is a valid host name and no later file has the same
    /// label.
    pub nested_block: Option<Position>,
}

/// What `token` holds. `Debug` hides the text.
#[derive(Clone, PartialEq, Eq)]
pub enum TokenValue {
    /// There is none.
    Absent,
    /// A string, possibly empty; sent as it is.
    Str(String),
    /// JSON `null`: an empty token is sent.
    Null,
    /// Something else: never sent, and a helper is not asked either.
    NotAString(ValueKind),
}

impl fmt::Debug for TokenValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("Absent"),
            Self::Str(_) => f.write_str("Str(***)"),
            Self::Null => f.write_str("Null"),
            Self::NotAString(kind) => f.debug_tuple("NotAString").field(kind).finish(),
        }
    }
}

/// One `credentials_helper` block. `Debug` hides the arguments.
#[derive(Clone, PartialEq, Eq)]
pub struct HelperBlock {
    /// The label, as written: the name of the helper.
    pub label: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Where the label is.
    pub position: Position,
}

impl fmt::Debug for HelperBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HelperBlock")
            .field("label", &self.label)
            .field("args", &self.args.len())
            .field("position", &self.position)
            .finish()
    }
}

/// `OpenTofu`'s `registry_protocols` block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryProtocols {
    /// How often a registry call is repeated.
    pub retry_count: Option<i64>,
    /// Time limit of a registry call.
    pub request_timeout_seconds: Option<i64>,
    /// Where the block is.
    pub position: Position,
    /// What is wrong with it; the settings are then not used.
    pub problem: Option<TypeError>,
    /// A second block in the same file, which is an error and has no effect.
    pub duplicate: Option<Position>,
}

/// A word without effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKey {
    /// The word, as written.
    pub name: String,
    /// Where it stands.
    pub place: UnknownPlace,
    /// Its position.
    pub position: Position,
}

/// Where a word without effect stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnknownPlace {
    /// At top level.
    TopLevel,
    /// In the host block of this label, where only `services` counts. A second label is such a word too.
    Host(String),
    /// In the helper block of this label, where only `args` counts.
    Helper(String),
}

/// Why reading a file crashes the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crash {
    /// What does it.
    pub kind: CrashKind,
    /// Where it is, if known.
    pub position: Option<Position>,
}

/// What crashes the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrashKind {
    /// A string that cannot be unquoted, such as `"\400"`, or a surrogate pair in JSON.
    UnreadableText,
    /// `{}` where a single value is wanted, such as `plugin_cache_dir {}`.
    EmptyBlock,
}

/// A value of the wrong type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeError {
    /// The client's path to the value, such as `root.host.reg.example.com.services`.
    pub path: String,
    /// What is wrong.
    pub kind: TypeErrorKind,
    /// Where the value is, if known.
    pub position: Option<Position>,
    /// Which form the file is in: in JSON the client does not know the place.
    pub form: Form,
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeErrorKind {
    /// A map is wanted.
    NotAMap(Got),
    /// A block is wanted.
    NotABlock(Got),
    /// A string is wanted.
    NotAString(Got),
    /// A boolean is wanted.
    NotABool(Got),
    /// A whole number is wanted.
    NotAnInteger(Got),
    /// A number is wanted.
    NotAFloat(Got),
    /// A list is wanted.
    NotAList(Got),
    /// An item of a list cannot be read.
    NotAValue(Got),
    /// A key is missing, because the same word stands with and without a second key.
    NoKey,
    /// A whole number that cannot be read. The text may be a token.
    BadInteger {
        /// The text.
        text: Foreign,
        /// Whether it is only too large.
        range: bool,
    },
    /// A fraction that cannot be read. The text may be a token.
    BadFloat {
        /// The text.
        text: Foreign,
        /// Whether it is only too large.
        range: bool,
    },
}

/// What the client finds instead, in its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Got {
    /// A string, number or boolean.
    Literal,
    /// A list.
    List,
    /// A block or an object.
    Object,
    /// The content of blocks.
    ObjectList,
    /// One entry of a block.
    ObjectItem,
}

impl TypeError {
    /// The client's text, without `Error parsing FILE: `.
    pub fn client_text(&self) -> String {
        let path = &self.path;
        let words = match &self.kind {
            TypeErrorKind::NotAMap(got) => {
                format!("{path}: not an object type for map ({})", got.name())
            }
            TypeErrorKind::NotABlock(got) => {
                format!("{path}: not an object type for struct ({})", got.name())
            }
            TypeErrorKind::NotAString(got) => {
                format!("{path}: unknown type for string {}", got.name())
            }
            TypeErrorKind::NotABool(got)
            | TypeErrorKind::NotAnInteger(got)
            | TypeErrorKind::NotAFloat(got) => {
                format!("{path}: unknown type {}", got.name())
            }
            TypeErrorKind::NotAList(got) => format!("unknown slice type: {}", got.name()),
            TypeErrorKind::NoKey => format!("{path}: map must have string keys"),
            TypeErrorKind::NotAValue(got) => {
                return format!("{path}: cannot decode into interface: {}", got.name());
            }
            TypeErrorKind::BadInteger { text, range } => {
                return parse_words("ParseInt", text, *range);
            }
            TypeErrorKind::BadFloat { text, range } => {
                return parse_words("ParseFloat", text, *range);
            }
        };
        match (self.position, self.form) {
            (Some(position), Form::Native) => format!("At {position}: {words}"),
            (_, Form::Json) | (None, Form::Native) => format!("At -: {words}"),
        }
    }

    /// The text of the file that [`Self::client_text`] quotes: it may be a token.
    pub fn foreign(&self) -> Option<&str> {
        if let TypeErrorKind::BadInteger { text, .. } | TypeErrorKind::BadFloat { text, .. } =
            &self.kind
        {
            return Some(&text.0);
        }
        None
    }
}

impl Got {
    fn name(self) -> &'static str {
        match self {
            Self::Literal => "*ast.LiteralType",
            Self::List => "*ast.ListType",
            Self::Object => "*ast.ObjectType",
            Self::ObjectList => "*ast.ObjectList",
            Self::ObjectItem => "*ast.ObjectItem",
        }
    }
}

/// Decodes one file. Linear in its size; a file made to be expensive ends in [`Decoded::over_limit`].
pub fn decode(document: &Document, dialect: Dialect) -> Decoded {
    decode::decode(document, dialect)
}

fn parse_words(function: &str, text: &Foreign, range: bool) -> String {
    let why = if range {
        "value out of range"
    } else {
        "invalid syntax"
    };
    format!("strconv.{function}: parsing {:?}: {why}", text.0)
}

#[cfg(test)]
mod tests;
