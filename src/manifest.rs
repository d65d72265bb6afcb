//! `modules.json`: records, read and written byte for byte as the client does.
//!
//! It never touches a disk. Surprises: member names match whatever their case, an empty file is an empty manifest, and
//! `&`, `<` and `>` are written as escapes.

use crate::syntax::go_json::JsonError;
use crate::syntax::go_json::Value;
use crate::syntax::go_json::parse_whole;
use crate::version::Version;
use std::fmt::Write;

/// The most records that are read.
pub const MOST_RECORDS: usize = 100_000;

/// The records of `modules.json`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    /// The records, in the order of the file.
    pub records: Vec<Record>,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    /// Names from the root, joined with dots; empty for the root.
    pub key: String,
    /// The source.
    pub source: String,
    /// The version, canonical where it parses.
    pub version: Option<String>,
    /// The directory, with forward slashes.
    pub dir: String,
}

/// Why the file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManifestError {
    /// No JSON.
    Syntax(JsonError),
    /// A member of the wrong type; the words are Go's.
    Type(String),
    /// A version that does not parse.
    Version {
        /// The text.
        text: String,
        /// The record's key.
        key: String,
    },
    /// Two records for one key.
    Twice(String),
    /// More records than are read.
    TooMany,
}

impl ManifestError {
    /// The client's words.
    pub fn client_text(&self) -> String {
        let words = match self {
            Self::Syntax(error) => {
                format!("error unmarshalling snapshot: {}", error.client_text(false))
            }
            Self::Type(words) => format!("error unmarshalling snapshot: {words}"),
            Self::Version { text, key } => {
                format!("invalid version \"{text}\" for {key}: Malformed version: {text}")
            }
            Self::Twice(key) => format!("snapshot file contains two records for path {key}"),
            Self::TooMany => format!("more than {MOST_RECORDS} records"),
        };
        format!("failed to read module manifest: {words}")
    }
}

impl Manifest {
    /// Reads the file's bytes.
    pub fn read(bytes: &[u8]) -> Result<Self, ManifestError> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let root = parse_whole(bytes).map_err(ManifestError::Syntax)?;
        match root {
            Value::Null => return Ok(Self::default()),
            Value::Object(_) => {}
            other => {
                return Err(ManifestError::Type(format!(
                    "json: cannot unmarshal {} into Go value of type modsdir.manifestSnapshotFile",
                    other.go_kind()
                )));
            }
        }
        let mut records = Vec::new();
        for list in root.folded("Modules") {
            records = match list {
                Value::Null => Vec::new(),
                Value::List(items) if items.len() > MOST_RECORDS => {
                    return Err(ManifestError::TooMany);
                }
                Value::List(items) => items.iter().map(record).collect::<Result<Vec<_>, _>>()?,
                other => {
                    return Err(wrong(
                        other,
                        "manifestSnapshotFile.Modules",
                        "[]modsdir.Record",
                    ));
                }
            };
        }
        let mut seen = std::collections::HashSet::new();
        for record in &mut records {
            if let Some(text) = record.version.take() {
                let version = Version::parse(&text).map_err(|_| ManifestError::Version {
                    text: text.clone(),
                    key: record.key.clone(),
                })?;
                record.version = Some(version.to_string());
            }
            if !seen.insert(record.key.clone()) {
                return Err(ManifestError::Twice(record.key.clone()));
            }
        }
        Ok(Self { records })
    }

    /// The record with this key.
    pub fn get(&self, key: &str) -> Option<&Record> {
        self.records.iter().find(|record| record.key == key)
    }

    /// Puts a record in the place of an older one with its key.
    pub fn put(&mut self, record: Record) {
        match self
            .records
            .iter_mut()
            .find(|known| known.key == record.key)
        {
            Some(known) => *known = record,
            None => self.records.push(record),
        }
    }

    /// Takes out a record and all records below it.
    pub fn remove_tree(&mut self, key: &str) {
        let below = format!("{key}.");
        self.records
            .retain(|record| record.key != key && !record.key.starts_with(&below));
    }

    /// The file's bytes, records sorted by key.
    pub fn write(&self) -> Vec<u8> {
        if self.records.is_empty() {
            return b"{\"Modules\":null}".to_vec();
        }
        let mut sorted: Vec<&Record> = self.records.iter().collect();
        sorted.sort_by(|left, right| left.key.as_bytes().cmp(right.key.as_bytes()));
        let rows: Vec<String> = sorted.into_iter().map(row).collect();
        format!("{{\"Modules\":[{}]}}", rows.join(",")).into_bytes()
    }
}

fn record(item: &Value) -> Result<Record, ManifestError> {
    match item {
        Value::Null => return Ok(Record::default()),
        Value::Object(_) => {}
        other => {
            return Err(wrong(
                other,
                "manifestSnapshotFile.Modules",
                "modsdir.Record",
            ));
        }
    }
    let mut texts = [None, None, None, None];
    for (slot, name) in texts.iter_mut().zip(["Key", "Source", "Version", "Dir"]) {
        for value in item.folded(name) {
            match value {
                Value::Null => {}
                Value::Text(text) => *slot = Some(text.clone()),
                other => return Err(wrong(other, &format!("Record.Modules.{name}"), "string")),
            }
        }
    }
    let [key, source, version, dir] = texts;
    Ok(Record {
        key: key.unwrap_or_default(),
        source: source.unwrap_or_default(),
        version: version.filter(|version| !version.is_empty()),
        dir: dir.unwrap_or_default(),
    })
}

fn wrong(value: &Value, path: &str, wanted: &str) -> ManifestError {
    ManifestError::Type(format!(
        "json: cannot unmarshal {} into Go struct field {path} of type {wanted}",
        value.go_kind()
    ))
}

fn row(record: &Record) -> String {
    let version = record
        .version
        .as_ref()
        .map(|version| format!(",\"Version\":{}", go_string(version)))
        .unwrap_or_default();
    format!(
        "{{\"Key\":{},\"Source\":{}{version},\"Dir\":{}}}",
        go_string(&record.key),
        go_string(&record.source),
        go_string(&record.dir)
    )
}

/// A string as Go writes it into JSON.
pub fn go_string(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + 2);
    written.push('"');
    for character in text.chars() {
        match character {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            '\u{8}' => written.push_str("\\b"),
            '\u{c}' => written.push_str("\\f"),
            '&' | '<' | '>' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                write!(written, "\\u{:04x}", u32::from(character))
                    .expect("a string takes everything");
            }
            other => written.push(other),
        }
    }
    written.push('"');
    written
}

#[cfg(test)]
mod tests {
    use super::{Manifest, ManifestError, Record};

    #[test]
    fn records_are_written_as_the_client_writes_them() {
        let mut manifest = Manifest::default();
        assert_eq!(manifest.write(), b"{\"Modules\":null}");
        manifest.put(Record {
            key: "jerry".into(),
            source: "https://h/a.zip?x=1&y=<2>".into(),
            version: None,
            dir: ".terraform/modules/jerry".into(),
        });
        manifest.put(Record {
            dir: ".".into(),
            ..Record::default()
        });
        let text = String::from_utf8(manifest.write()).expect("text");
        assert_eq!(
            text,
            r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"jerry","Source":"https://h/a.zip?x=1\u0026y=\u003c2\u003e","Dir":".terraform/modules/jerry"}]}"#
        );
        assert_eq!(
            Manifest::read(text.as_bytes()).map(|read| read.records.len()),
            Ok(2)
        );
    }

    #[test]
    fn what_the_client_refuses_is_refused() {
        assert_eq!(Manifest::read(b""), Ok(Manifest::default()));
        assert_eq!(Manifest::read(b"null"), Ok(Manifest::default()));
        let twice = br#"{"Modules":[{"Key":"a"},{"Key":"a"}]}"#;
        assert_eq!(
            Manifest::read(twice),
            Err(ManifestError::Twice("a".to_owned()))
        );
        let words = Manifest::read(br#"{"Modules":[{"Key":"jerry","Version":"zz"}]}"#)
            .map_err(|error| error.client_text());
        assert_eq!(words, Err("failed to read module manifest: invalid version \"zz\" for jerry: Malformed version: zz".to_owned()));
    }
}
