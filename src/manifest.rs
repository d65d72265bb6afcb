//! `modules.json`: the record of installed modules, read and written byte for byte as the client does.
//!
//! Never opens the file, and never normalises a source: that takes the address parser. Members the client does not know
//! are dropped, and one record for a key is all it bears.

use crate::syntax::go_json::{JsonError, Value, parse_whole};
use crate::syntax::go_quote::go_quote;
use crate::syntax::go_shape::{Refilled, Shape, StructShape, WrongType};
use crate::syntax::go_shape::{check, fill_text, for_each_field};
use crate::version::{BadVersion, Version};
use std::collections::HashSet;
use std::path::PathBuf;

/// The largest file that is read, in bytes.
pub const MAX_MANIFEST_BYTES: usize = 64 * 1024 * 1024;

/// The most records that are read.
pub const MAX_RECORDS: usize = 100_000;

/// All records of a `modules.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// The records, in the order of the file.
    pub records: Vec<Record>,
}

/// One installed module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The names of the calls that lead to it, joined by dots; empty for the root module.
    pub key: String,
    /// The source address as recorded; empty for the root module.
    pub source: String,
    /// The version, of modules from a registry.
    pub version: Option<Version>,
    /// Its directory, relative to the configuration unless the data directory is absolute.
    pub dir: PathBuf,
}

/// In which order records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By key, bytewise: Terraform since 1.4, and `OpenTofu`.
    Sorted,
    /// As they are: before 1.4 the client's order is random.
    AsIs,
}

/// Why the client refuses a manifest, and every command with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManifestError {
    /// It is no JSON.
    Json(JsonError),
    /// A member has another type than the client writes.
    WrongType(WrongType),
    /// The version of a record does not parse.
    BadVersion {
        /// The key of the record.
        key: String,
        /// The version as written.
        version: String,
        /// What is wrong with it.
        bad: BadVersion,
    },
    /// Two records have one key.
    TwoRecords {
        /// The key.
        key: String,
    },
    /// It has more bytes than are read; the client would read on.
    TooLarge {
        /// How many it has.
        got: usize,
        /// How many are read.
        expected: usize,
    },
    /// It has more records than are read; the client would read on.
    TooManyRecords {
        /// How many it has.
        got: usize,
        /// How many are read.
        expected: usize,
    },
}

impl Manifest {
    /// The records of a file; none if it is empty or `null`.
    pub fn read(file: &[u8]) -> Result<Self, ManifestError> {
        if file.is_empty() {
            return Ok(Self::default());
        }
        if file.len() > MAX_MANIFEST_BYTES {
            return Err(ManifestError::TooLarge {
                got: file.len(),
                expected: MAX_MANIFEST_BYTES,
            });
        }
        let document = parse_whole(file).map_err(ManifestError::Json)?;
        check(&document, &SNAPSHOT).map_err(ManifestError::WrongType)?;
        let mut written = Refilled::<Written>::default();
        for_each_field(&document, &["Modules"], |_, value| {
            written.fill(value, Written::fill);
        });
        drop(document);
        let written: Vec<Written> = written.into_elements().collect();
        if written.len() > MAX_RECORDS {
            return Err(ManifestError::TooManyRecords {
                got: written.len(),
                expected: MAX_RECORDS,
            });
        }
        let mut keys = HashSet::with_capacity(written.len());
        let mut records = Vec::with_capacity(written.len());
        for record in written {
            let record = record.into_record()?;
            if !keys.insert(record.key.clone()) {
                return Err(ManifestError::TwoRecords { key: record.key });
            }
            records.push(record);
        }
        Ok(Self { records })
    }

    /// The file the client would write.
    pub fn write(&self, order: Order) -> Vec<u8> {
        if self.records.is_empty() {
            return b"{\"Modules\":null}".to_vec();
        }
        let mut records: Vec<&Record> = self.records.iter().collect();
        match order {
            Order::Sorted => records.sort_by(|left, right| left.key.cmp(&right.key)),
            Order::AsIs => {}
        }
        let mut file = b"{\"Modules\":[".to_vec();
        for (index, record) in records.into_iter().enumerate() {
            if index > 0 {
                file.push(b',');
            }
            write_record(&mut file, record);
        }
        file.extend_from_slice(b"]}");
        file
    }

    /// The record of a key.
    pub fn find(&self, key: &str) -> Option<&Record> {
        self.records.iter().find(|record| record.key == key)
    }

    /// Puts a record in the place of the one with its key, or behind all others.
    pub fn put(&mut self, record: Record) {
        let known = self
            .records
            .iter_mut()
            .find(|known| known.key == record.key);
        match known {
            Some(known) => *known = record,
            None => self.records.push(record),
        }
    }

    /// Takes out the record of a key and all records of modules below it.
    pub fn remove_tree(&mut self, key: &str) {
        let is_below = |other: &str| {
            other
                .strip_prefix(key)
                .is_some_and(|rest| rest.starts_with('.'))
        };
        self.records
            .retain(|record| record.key != key && !is_below(&record.key));
    }
}

impl ManifestError {
    /// What the client says, behind `failed to read module manifest: `; none where it would read on.
    pub fn go_message(&self) -> Option<String> {
        match self {
            Self::Json(error) => error
                .go_message()
                .map(|message| format!("error unmarshalling snapshot: {message}")),
            Self::WrongType(wrong) => Some(format!(
                "error unmarshalling snapshot: {}",
                wrong.go_message()
            )),
            Self::BadVersion { key, version, bad } => Some(format!(
                "invalid version {} for {key}: {}",
                go_quote(version),
                bad.go_message(version)
            )),
            Self::TwoRecords { key } => {
                Some(format!("snapshot file contains two records for path {key}"))
            }
            Self::TooLarge { .. } | Self::TooManyRecords { .. } => None,
        }
    }
}

/// A record as it stands in the file.
#[derive(Debug, Default)]
struct Written {
    key: String,
    source: String,
    version: String,
    dir: String,
}

impl Written {
    fn fill(&mut self, value: &Value) {
        for_each_field(
            value,
            &["Key", "Source", "Version", "Dir"],
            |field, value| match field {
                "Key" => fill_text(&mut self.key, value),
                "Source" => fill_text(&mut self.source, value),
                "Version" => fill_text(&mut self.version, value),
                _ => fill_text(&mut self.dir, value),
            },
        );
    }

    fn into_record(self) -> Result<Record, ManifestError> {
        let Self {
            key,
            source,
            version,
            dir,
        } = self;
        let dir = PathBuf::from(if cfg!(windows) {
            dir.replace('/', "\\")
        } else {
            dir
        });
        if version.is_empty() {
            return Ok(Record {
                key,
                source,
                version: None,
                dir,
            });
        }
        match Version::parse(&version) {
            Ok(version) => Ok(Record {
                key,
                source,
                version: Some(version),
                dir,
            }),
            Err(bad) => Err(ManifestError::BadVersion { key, version, bad }),
        }
    }
}

fn write_record(file: &mut Vec<u8>, record: &Record) {
    file.extend_from_slice(b"{\"Key\":");
    write_text(file, record.key.as_bytes());
    file.extend_from_slice(b",\"Source\":");
    write_text(file, record.source.as_bytes());
    if let Some(version) = &record.version {
        file.extend_from_slice(b",\"Version\":");
        write_text(file, version.to_string().as_bytes());
    }
    file.extend_from_slice(b",\"Dir\":");
    let mut dir = record.dir.as_os_str().as_encoded_bytes().to_vec();
    if cfg!(windows) {
        dir.iter_mut()
            .filter(|byte| **byte == b'\\')
            .for_each(|byte| *byte = b'/');
    }
    write_text(file, &dir);
    file.push(b'}');
}

/// A JSON string with Go's escapes, which are also safe inside HTML and JavaScript.
fn write_text(file: &mut Vec<u8>, text: &[u8]) {
    file.push(b'"');
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            write_character(file, character);
        }
        for _ in chunk.invalid() {
            file.extend_from_slice(b"\\ufffd");
        }
    }
    file.push(b'"');
}

fn write_character(file: &mut Vec<u8>, character: char) {
    let short = match character {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\x08' => "\\b",
        '\x0c' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ => "",
    };
    if !short.is_empty() {
        file.extend_from_slice(short.as_bytes());
    } else if character < ' ' || matches!(character, '<' | '>' | '&' | '\u{2028}' | '\u{2029}') {
        file.extend_from_slice(format!("\\u{:04x}", u32::from(character)).as_bytes());
    } else {
        file.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

static SNAPSHOT: StructShape = StructShape {
    name: "manifestSnapshotFile",
    go_type: "modsdir.manifestSnapshotFile",
    fields: &[(
        "Modules",
        Shape::List {
            of: &Shape::Struct(&RECORD),
            go_type: "[]modsdir.Record",
        },
    )],
};

static RECORD: StructShape = StructShape {
    name: "Record",
    go_type: "modsdir.Record",
    fields: &[
        ("Key", Shape::Text),
        ("Source", Shape::Text),
        ("Version", Shape::Text),
        ("Dir", Shape::Text),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str) -> Manifest {
        Manifest::read(file.as_bytes()).unwrap_or_else(|error| panic!("{file}: {error:?}"))
    }

    fn record(key: &str, source: &str, version: &str, dir: &str) -> Record {
        let version = (!version.is_empty())
            .then(|| Version::parse(version).expect("the version of a test is valid"));
        Record {
            key: key.to_owned(),
            source: source.to_owned(),
            version,
            dir: PathBuf::from(dir),
        }
    }

    #[test]
    fn a_file_is_read_and_written_unchanged() {
        let file = concat!(
            r#"{"Modules":[{"Key":"","Source":"","Dir":"."},"#,
            r#"{"Key":"jerry","Source":"reg.example.com/ns/sg/aws","Version":"1.0.0","Dir":".terraform/modules/jerry"}]}"#
        );
        let manifest = read(file);
        let jerry = record(
            "jerry",
            "reg.example.com/ns/sg/aws",
            "1.0.0",
            ".terraform/modules/jerry",
        );
        assert_eq!(manifest.find("jerry"), Some(&jerry));
        assert_eq!(
            String::from_utf8(manifest.write(Order::Sorted)).as_deref(),
            Ok(file)
        );
    }

    #[test]
    fn records_are_sorted_bytewise_or_left_alone() {
        let records = ["tom", "", "a-b", "Zed", "a.b", "a"].map(|key| record(key, "", "", "."));
        let manifest = Manifest {
            records: records.to_vec(),
        };
        let keys = |order| {
            let records = read(&String::from_utf8_lossy(&manifest.write(order))).records;
            records
                .into_iter()
                .map(|record| record.key)
                .collect::<Vec<_>>()
        };
        assert_eq!(keys(Order::Sorted), ["", "Zed", "a", "a-b", "a.b", "tom"]);
        assert_eq!(keys(Order::AsIs), ["tom", "", "a-b", "Zed", "a.b", "a"]);
    }

    #[test]
    fn a_record_replaces_its_predecessor_and_goes_with_all_below_it() {
        let records = ["", "a", "a.b", "a.b.c", "ab", "c.a"].map(|key| record(key, "", "", "."));
        let mut manifest = Manifest {
            records: records.to_vec(),
        };
        manifest.put(record("a.b", "new", "", "."));
        manifest.put(record("z", "", "", "."));
        assert_eq!(
            manifest.find("a.b").map(|record| record.source.as_str()),
            Some("new")
        );
        manifest.remove_tree("a");
        let keys: Vec<&str> = manifest
            .records
            .iter()
            .map(|record| record.key.as_str())
            .collect();
        assert_eq!(keys, ["", "ab", "c.a", "z"]);
    }

    #[test]
    fn text_is_escaped_as_go_escapes_it() {
        let source = "https://x/a?b=1&c=<é>\"\\\u{2028}\u{2029}\u{8}\u{c}\n\r\t\u{1}\u{7f}";
        let manifest = Manifest {
            records: vec![record("k", source, "v1.0", "a/b")],
        };
        let expected = concat!(
            r#"{"Modules":[{"Key":"k","Source":"https://x/a?b=1\u0026c=\u003cé\u003e\"\\\u2028\u2029\b\f\n\r\t\u0001"#,
            "\u{7f}",
            r#"","Version":"1.0.0","Dir":"a/b"}]}"#
        );
        assert_eq!(
            String::from_utf8(manifest.write(Order::Sorted)).as_deref(),
            Ok(expected)
        );
        assert_eq!(
            read(expected)
                .records
                .first()
                .map(|record| record.source.as_str()),
            Some(source)
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_that_is_no_utf_8_is_written_with_replacements() {
        use std::os::unix::ffi::OsStringExt;
        let dir = PathBuf::from(std::ffi::OsString::from_vec(b"a\xe2\x82b".to_vec()));
        let manifest = Manifest {
            records: vec![Record {
                dir,
                ..record("k", "", "", "")
            }],
        };
        let expected = r#"{"Modules":[{"Key":"k","Source":"","Dir":"a\ufffd\ufffdb"}]}"#;
        assert_eq!(
            String::from_utf8(manifest.write(Order::Sorted)).as_deref(),
            Ok(expected)
        );
    }

    #[test]
    fn empty_files_hold_no_records() {
        for file in ["", "null", "{}", r#"{"Modules":null}"#, r#"{"Modules":[]}"#] {
            assert_eq!(read(file), Manifest::default(), "{file}");
        }
        assert_eq!(
            Manifest::default().write(Order::Sorted),
            b"{\"Modules\":null}"
        );
    }

    #[test]
    fn keys_match_without_case_and_unknown_members_are_dropped() {
        let manifest = read(
            r#"{"modules":[{"key":"a","SOURCE":"s","version":"v1.0","dir":"d","More":[1]},null]}"#,
        );
        let version = manifest
            .find("a")
            .and_then(|record| record.version.as_ref())
            .map(Version::to_string);
        assert_eq!(version.as_deref(), Some("1.0.0"));
        assert_eq!(manifest.find(""), Some(&record("", "", "", "")));
    }

    #[test]
    fn broken_files_are_refused_in_the_words_of_the_client() {
        for (file, message) in [
            (
                "x",
                "error unmarshalling snapshot: invalid character 'x' looking for beginning of value",
            ),
            (
                r#"{"Modules":["#,
                "error unmarshalling snapshot: unexpected end of JSON input",
            ),
            (
                r#"{"Modules":{}}"#,
                "error unmarshalling snapshot: json: cannot unmarshal object into Go struct field \
                 manifestSnapshotFile.Modules of type []modsdir.Record",
            ),
            (
                r#"{"Modules":[{"Key":1}]}"#,
                "error unmarshalling snapshot: json: cannot unmarshal number into Go struct field \
                 Record.Modules.Key of type string",
            ),
            (
                r#"{"Modules":[{"Key":"jerry","Version":"zz"}]}"#,
                "invalid version \"zz\" for jerry: Malformed version: zz",
            ),
            (
                r#"{"Modules":[{"Key":"j","Version":"1.9999999999999999999"}]}"#,
                "invalid version \"1.9999999999999999999\" for j: Error parsing version: strconv.ParseInt: parsing \
                 \"9999999999999999999\": value out of range",
            ),
            (
                r#"{"Modules":[{"Key":"jerry"},{"Key":"jerry"}]}"#,
                "snapshot file contains two records for path jerry",
            ),
        ] {
            let error = Manifest::read(file.as_bytes()).expect_err("the file of a test is broken");
            assert_eq!(error.go_message().as_deref(), Some(message), "{file}");
        }
    }

    #[test]
    fn size_and_number_of_records_have_limits() {
        let file = |count: usize| {
            let records: Vec<String> = (0..count)
                .map(|number| format!("{{\"Key\":\"{number}\"}}"))
                .collect();
            format!("{{\"Modules\":[{}]}}", records.join(","))
        };
        assert_eq!(read(&file(MAX_RECORDS)).records.len(), MAX_RECORDS);
        let many = Manifest::read(file(MAX_RECORDS + 1).as_bytes());
        assert_eq!(
            many,
            Err(ManifestError::TooManyRecords {
                got: MAX_RECORDS + 1,
                expected: MAX_RECORDS
            })
        );
        let large = vec![b' '; MAX_MANIFEST_BYTES + 1];
        let expected = ManifestError::TooLarge {
            got: MAX_MANIFEST_BYTES + 1,
            expected: MAX_MANIFEST_BYTES,
        };
        assert_eq!(Manifest::read(&large), Err(expected));
    }
}
