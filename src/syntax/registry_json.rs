//! The documents of the registry protocol, decoded as the client decodes them.
//!
//! Members that nobody uses are typed all the same: a wrong type anywhere in them fails the whole answer.

#![deny(clippy::indexing_slicing)]

use crate::syntax::go_json::JsonError;
use crate::syntax::go_json::Value;
use crate::syntax::go_json::parse_first;
use crate::syntax::go_json::parse_whole;

/// A list of versions as the client sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VersionsDocument {
    /// How many elements `modules` has; none where it is null or missing.
    pub modules: usize,
    /// The version strings of the first element.
    pub versions: Vec<String>,
    /// Whether a member stands twice anywhere that counts.
    pub duplicate_keys: bool,
    /// Whether something follows the document.
    pub trailing: bool,
    /// Whether a member hints at further pages.
    pub paged: bool,
}

/// Why an answer cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodeError {
    /// No JSON.
    Syntax(JsonError),
    /// A member of another type than the client wants.
    Type {
        /// Where, as a JSON pointer.
        pointer: String,
        /// Go's words.
        words: String,
    },
    /// A null on which the client crashes.
    Crash {
        /// Where, as a JSON pointer.
        pointer: String,
    },
}

/// Decodes a list of versions.
pub fn decode_versions(body: &[u8]) -> Result<VersionsDocument, DecodeError> {
    let (root, rest) = parse_first(body).map_err(DecodeError::Syntax)?;
    let trailing = body
        .get(rest..)
        .is_some_and(|rest| rest.iter().any(|byte| !byte.is_ascii_whitespace()));
    let mut document = VersionsDocument {
        trailing,
        ..VersionsDocument::default()
    };
    if root == Value::Null {
        return Ok(document);
    }
    expect_object(&root, "", "response.ModuleVersions")?;
    document.paged = ["meta", "links", "next", "next_page", "pagination"]
        .iter()
        .any(|name| root.folded(name).next().is_some());
    document.duplicate_keys = root.folded("modules").count() > 1;
    let mut modules: Vec<Option<Vec<Option<String>>>> = Vec::new();
    for value in root.folded("modules") {
        modules = match value {
            Value::Null => Vec::new(),
            Value::List(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| module(item, index))
                .collect::<Result<_, _>>()?,
            other => {
                return Err(mismatch(
                    other,
                    "ModuleVersions.modules",
                    "/modules",
                    "[]*response.ModuleProviderVersions",
                ));
            }
        };
    }
    document.modules = modules.len();
    let first = match modules.into_iter().next() {
        None => return Ok(document),
        Some(None) => {
            return Err(DecodeError::Crash {
                pointer: "/modules/0".to_owned(),
            });
        }
        Some(Some(first)) => first,
    };
    for (index, version) in first.into_iter().enumerate() {
        match version {
            Some(version) => document.versions.push(version),
            None => {
                return Err(DecodeError::Crash {
                    pointer: format!("/modules/0/versions/{index}"),
                });
            }
        }
    }
    Ok(document)
}

fn module(item: &Value, index: usize) -> Result<Option<Vec<Option<String>>>, DecodeError> {
    if *item == Value::Null {
        return Ok(None);
    }
    let at = format!("/modules/{index}");
    if !matches!(item, Value::Object(_)) {
        return Err(mismatch(
            item,
            "ModuleVersions.modules",
            &at,
            "response.ModuleProviderVersions",
        ));
    }
    for value in item.folded("source") {
        expect_text(
            value,
            "ModuleProviderVersions.modules.source",
            &format!("{at}/source"),
        )?;
    }
    let mut versions = Vec::new();
    for value in item.folded("versions") {
        versions = match value {
            Value::Null => Vec::new(),
            Value::List(items) => items
                .iter()
                .enumerate()
                .map(|(number, item)| version(item, &format!("{at}/versions/{number}")))
                .collect::<Result<_, _>>()?,
            other => {
                return Err(mismatch(
                    other,
                    "ModuleProviderVersions.modules.versions",
                    &format!("{at}/versions"),
                    "[]*response.ModuleVersion",
                ));
            }
        };
    }
    Ok(Some(versions))
}

fn version(item: &Value, at: &str) -> Result<Option<String>, DecodeError> {
    match item {
        Value::Null => return Ok(None),
        Value::Object(_) => {}
        other => {
            return Err(mismatch(
                other,
                "ModuleProviderVersions.modules.versions",
                at,
                "response.ModuleVersion",
            ));
        }
    }
    let mut text = String::new();
    for value in item.folded("version") {
        if let Some(value) = expect_text(
            value,
            "ModuleVersion.modules.versions.version",
            &format!("{at}/version"),
        )? {
            value.clone_into(&mut text);
        }
    }
    for value in item.folded("root") {
        submodule(
            value,
            "ModuleVersion.modules.versions.root",
            &format!("{at}/root"),
        )?;
    }
    for value in item.folded("submodules") {
        let path = "ModuleVersion.modules.versions.submodules";
        for (index, value) in list(
            value,
            path,
            &format!("{at}/submodules"),
            "[]*response.ModuleSubmodule",
        )?
        .iter()
        .enumerate()
        {
            submodule(value, path, &format!("{at}/submodules/{index}"))?;
        }
    }
    Ok(Some(text))
}

fn submodule(value: &Value, path: &str, at: &str) -> Result<(), DecodeError> {
    match value {
        Value::Null => return Ok(()),
        Value::Object(_) => {}
        other => return Err(mismatch(other, path, at, "response.ModuleSubmodule")),
    }
    for text in value.folded("path") {
        expect_text(text, &format!("{path}.path"), &format!("{at}/path"))?;
    }
    for (member, names) in [
        ("providers", &["name", "version"][..]),
        ("dependencies", &["name", "source", "version"][..]),
    ] {
        for items in value.folded(member) {
            let inner = format!("{path}.{member}");
            for (index, item) in list(
                items,
                &inner,
                &format!("{at}/{member}"),
                "[]*response.ModuleDep",
            )?
            .iter()
            .enumerate()
            {
                let at = format!("{at}/{member}/{index}");
                match item {
                    Value::Null => continue,
                    Value::Object(_) => {}
                    other => return Err(mismatch(other, &inner, &at, "response.ModuleDep")),
                }
                for name in names {
                    for text in item.folded(name) {
                        expect_text(text, &format!("{inner}.{name}"), &format!("{at}/{name}"))?;
                    }
                }
            }
        }
    }
    Ok(())
}

fn list<'a>(
    value: &'a Value,
    path: &str,
    at: &str,
    wanted: &str,
) -> Result<&'a [Value], DecodeError> {
    match value {
        Value::Null => Ok(&[]),
        Value::List(items) => Ok(items),
        other => Err(mismatch(other, path, at, wanted)),
    }
}

fn expect_object(value: &Value, at: &str, wanted: &str) -> Result<(), DecodeError> {
    match value {
        Value::Object(_) => Ok(()),
        other => Err(DecodeError::Type {
            pointer: at.to_owned(),
            words: format!(
                "json: cannot unmarshal {} into Go value of type {wanted}",
                other.go_kind()
            ),
        }),
    }
}

fn expect_text<'a>(value: &'a Value, path: &str, at: &str) -> Result<Option<&'a str>, DecodeError> {
    match value {
        Value::Null => Ok(None),
        Value::Text(text) => Ok(Some(text)),
        other => Err(mismatch(other, path, at, "string")),
    }
}

fn mismatch(value: &Value, path: &str, at: &str, wanted: &str) -> DecodeError {
    let kind = value.go_kind();
    let words =
        format!("json: cannot unmarshal {kind} into Go struct field {path} of type {wanted}");
    DecodeError::Type {
        pointer: at.to_owned(),
        words,
    }
}

/// A discovery document as the client sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct DiscoveryDocument {
    /// The value of `modules.v1`.
    pub modules: Option<Value>,
    /// The first key that begins with `modules.`, and the kind of its value.
    pub any_modules: Option<(String, &'static str)>,
    /// Whether the document is `null`.
    pub null: bool,
    /// All keys.
    pub keys: Vec<String>,
}

/// Decodes a discovery document.
pub fn decode_discovery(body: &[u8]) -> Result<DiscoveryDocument, DecodeError> {
    let root = parse_whole(body).map_err(DecodeError::Syntax)?;
    let members = match &root {
        Value::Null => {
            return Ok(DiscoveryDocument {
                modules: None,
                any_modules: None,
                null: true,
                keys: Vec::new(),
            });
        }
        Value::Object(members) => members,
        other => {
            let words = format!(
                "json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
                other.go_kind()
            );
            return Err(DecodeError::Type {
                pointer: String::new(),
                words,
            });
        }
    };
    let any = members.iter().find(|(key, _)| key.starts_with("modules."));
    Ok(DiscoveryDocument {
        modules: root.exact("modules.v1").cloned(),
        any_modules: any.map(|(key, value)| (key.clone(), value.go_kind())),
        null: false,
        keys: members.iter().map(|(key, _)| key.clone()).collect(),
    })
}

/// The body of a download answer as OpenTofu reads it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DownloadBody {
    /// `location`.
    pub location: Option<String>,
    /// `use_registry_credentials`.
    pub registry_credentials: Option<bool>,
    /// Whether the body is an object.
    pub object: bool,
}

/// Decodes the body of a download answer.
pub fn decode_download(body: &[u8]) -> Result<DownloadBody, DecodeError> {
    let root = parse_whole(body).map_err(DecodeError::Syntax)?;
    let mut decoded = DownloadBody {
        object: matches!(root, Value::Object(_)),
        ..DownloadBody::default()
    };
    if root == Value::Null {
        return Ok(decoded);
    }
    expect_object(&root, "", "registry.moduleLocationResponse")?;
    for value in root.folded("location") {
        if let Some(text) = expect_text(value, "location", "/location")? {
            decoded.location = Some(text.to_owned());
        }
    }
    for value in root.folded("use_registry_credentials") {
        match value {
            Value::Null => {}
            Value::Bool(use_them) => decoded.registry_credentials = Some(*use_them),
            other => {
                return Err(mismatch(
                    other,
                    "use_registry_credentials",
                    "/use_registry_credentials",
                    "bool",
                ));
            }
        }
    }
    Ok(decoded)
}

#[cfg(test)]
mod tests {
    use super::{DecodeError, decode_discovery, decode_download, decode_versions};

    #[test]
    fn members_match_without_case_and_only_the_first_module_counts() {
        let body = br#"{"Modules":[{"VERSIONS":[{"version":"1.0.0"},{"version":null}]},{"versions":[{"version":"9.0.0"}]}]} trailing"#;
        let document = decode_versions(body).expect("decodes");
        assert_eq!(document.versions, ["1.0.0", ""]);
        assert_eq!((document.modules, document.trailing), (2, true));
    }

    #[test]
    fn a_wrong_type_fails_the_whole_answer() {
        let error = decode_versions(br#"{"modules":[{"versions":[{"version":1}]}]}"#)
            .expect_err("a number");
        let words = "json: cannot unmarshal number into Go struct field ModuleVersion.modules.versions.version of type string";
        assert_eq!(
            error,
            DecodeError::Type {
                pointer: "/modules/0/versions/0/version".to_owned(),
                words: words.to_owned()
            }
        );
        assert!(decode_versions(br#"{"modules":[{"versions":[{"version":"1.0.0","root":{"providers":[{"name":5}]}}]}]}"#).is_err());
        assert!(decode_versions(br#"{"modules":[{"versions":[{"version":"1.0.0","root":null,"submodules":null}]}]}"#).is_ok());
    }

    #[test]
    fn nulls_on_which_the_client_crashes_are_told_apart() {
        assert_eq!(
            decode_versions(br#"{"modules":[null]}"#),
            Err(DecodeError::Crash {
                pointer: "/modules/0".to_owned()
            })
        );
        assert!(matches!(
            decode_versions(br#"{"modules":[{"versions":[null]}]}"#),
            Err(DecodeError::Crash { .. })
        ));
        assert_eq!(
            decode_versions(b"null").map(|document| document.modules),
            Ok(0)
        );
    }

    #[test]
    fn discovery_must_be_one_object() {
        assert!(decode_discovery(b"[]").is_err());
        assert!(decode_discovery(b"{} {}").is_err());
        assert!(decode_discovery(b"null").is_ok_and(|document| document.null));
        let document =
            decode_discovery(br#"{"modules.v1":"/a/","modules.v1":"/b/"}"#).expect("decodes");
        assert_eq!(
            document.modules.as_ref().and_then(|value| value.text()),
            Some("/b/")
        );
    }

    #[test]
    fn a_trailing_comma_is_no_download_body() {
        assert!(decode_download(br#"{"version": "0.2.1", }"#).is_err());
        assert_eq!(
            decode_download(br#"{"location": "x"}"#).map(|body| body.location),
            Ok(Some("x".to_owned()))
        );
    }
}
