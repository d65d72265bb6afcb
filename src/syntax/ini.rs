//! Reads the AWS configuration and credentials files as the client's AWS SDK (for Go, version 1) does.
//!
//! It never interprets values, never follows `source_profile`, and never fails: a line that is neither a section nor
//! a key is left out, where the SDK may refuse the whole file.
//!
//! Surprises of this format: a section that comes twice replaces the first one; names and keys count case; behind a
//! key without a value, indented lines are nested settings, which the SDK skips; a comment may also follow a value,
//! with a blank in front of it.
#![deny(clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::fmt;

/// The sections of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ini {
    /// The sections by name: the text in brackets, runs of blanks made one.
    pub sections: BTreeMap<String, Section>,
}

/// One section. `Debug` hides the values.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Section {
    /// Keys and values; the last value of a key counts.
    pub values: BTreeMap<String, String>,
    /// The line of the brackets, from 1.
    pub line: usize,
}

impl fmt::Debug for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<&String> = self.values.keys().collect();
        f.debug_struct("Section")
            .field("keys", &keys)
            .field("line", &self.line)
            .finish()
    }
}

impl Ini {
    /// Parses a file. Bytes that are no UTF-8 become U+FFFD.
    pub fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let mut ini = Self::default();
        let mut name: Option<String> = None;
        let mut nested = false;
        for (index, line) in text.lines().enumerate() {
            if nested && line.starts_with([' ', '\t']) {
                continue;
            }
            let line = line.trim();
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            nested = false;
            if let Some(opened) = section_name(line) {
                ini.sections.insert(
                    opened.clone(),
                    Section {
                        line: index + 1,
                        ..Section::default()
                    },
                );
                name = Some(opened);
            } else if let Some((key, value)) = setting(line) {
                nested = value.is_empty();
                let section = name.as_ref().and_then(|name| ini.sections.get_mut(name));
                if let Some(section) = section.filter(|_| !nested) {
                    section.values.insert(key.to_owned(), value.to_owned());
                }
            }
        }
        ini
    }

    /// The section of a profile: of just this name, else `profile NAME`.
    pub fn profile(&self, name: &str) -> Option<&Section> {
        self.sections
            .get(name)
            .or_else(|| self.sections.get(&format!("profile {name}")))
    }
}

fn section_name(line: &str) -> Option<String> {
    let (name, _) = line.strip_prefix('[')?.split_once(']')?;
    Some(name.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn setting(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once('=')?;
    let value = value.trim_start();
    let quoted = value
        .strip_prefix('"')
        .and_then(|rest| rest.split_once('"'));
    let value = match quoted {
        Some((inside, _)) => inside,
        None => without_comment(value).trim_end(),
    };
    Some((key.trim_end(), value))
}

fn without_comment(value: &str) -> &str {
    let mut after_blank = true;
    for (index, character) in value.char_indices() {
        if after_blank && matches!(character, '#' | ';') {
            return value.get(..index).unwrap_or(value);
        }
        after_blank = character.is_whitespace();
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\u{feff}# start\nlost = 1\n[default]\naws_access_key_id = AKIA ; mine\naws_secret_access_key=a#b;c=d==\n\n\
        [ profile  x ]\nregion = \"eu west\"\ns3 =\n  max = 1\n\tmin = 2\n  ; note\nendpoint_url = http://h/\nno equals\n\
        [profile twice]\na = 1\n[profile twice]\nb = 2\n[open\r\n";

    #[test]
    fn a_file_is_read_section_by_section() {
        let ini = Ini::parse(FILE.as_bytes());
        let default = ini.profile("default").expect("default is there");
        assert_eq!(default.line, 3);
        assert_eq!(
            default.values.get("aws_access_key_id").map(String::as_str),
            Some("AKIA")
        );
        assert_eq!(
            default
                .values
                .get("aws_secret_access_key")
                .map(String::as_str),
            Some("a#b;c=d==")
        );
        let profile = ini.profile("x").expect("x is there");
        let keys: Vec<_> = profile.values.keys().map(String::as_str).collect();
        assert_eq!(keys, ["endpoint_url", "region"]);
        assert_eq!(
            profile.values.get("region").map(String::as_str),
            Some("eu west")
        );
    }

    #[test]
    fn a_section_that_comes_twice_replaces_the_first() {
        let twice = Ini::parse(FILE.as_bytes())
            .profile("twice")
            .cloned()
            .expect("twice is there");
        assert_eq!(
            twice.values.into_iter().collect::<Vec<_>>(),
            [("b".to_owned(), "2".to_owned())]
        );
    }

    #[test]
    fn names_count_case_and_nothing_is_found_in_an_empty_file() {
        assert!(Ini::parse(FILE.as_bytes()).profile("Default").is_none());
        assert_eq!(Ini::parse(b"\xff\x00["), Ini::default());
    }

    #[test]
    fn debug_output_hides_values() {
        let shown = format!("{:?}", Ini::parse(FILE.as_bytes()));
        assert!(
            shown.contains("aws_access_key_id") && !shown.contains("AKIA"),
            "{shown}"
        );
    }
}
