//! The registry's list of a module's versions, decoded as the client decodes it.
//!
//! Never looks at the versions themselves. Whatever follows the first JSON value is ignored, optional members must have
//! the right type all the same, and a `null` in one of the two lists makes the client crash.

#![deny(clippy::indexing_slicing)]

use super::go_json::{JsonError, Value, parse_first};
use super::go_shape::{Refilled, Shape, StructShape, WrongType};
use super::go_shape::{check, fill_text, for_each_field, has_repeated_fields};

/// Members by which registries tell that a list goes on elsewhere.
const PAGE_HINTS: [&str; 5] = ["meta", "links", "next", "next_page", "pagination"];

/// What the client takes from a list of versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionsDocument {
    /// How many modules it lists; only the first counts, and the client calls a list of none an invalid response.
    pub modules_len: usize,
    /// The version texts of the first module, in order.
    pub versions: Vec<String>,
    /// Whether a member that counts is given twice, in whatever spelling.
    pub duplicate_keys: bool,
    /// Whether something other than white space follows the document.
    pub trailing: bool,
    /// Whether a member hints at further pages, which the client never asks for.
    pub paged: bool,
}

/// Why the client cannot use a list of versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionsError {
    /// It is no JSON.
    Json(JsonError),
    /// A member has a type that the client does not take.
    WrongType(WrongType),
    /// A `null` stands where the client crashes on it.
    ClientCrashes {
        /// Where, as a JSON pointer.
        pointer: String,
    },
}

/// The versions that a registry's answer lists.
pub fn decode_versions(body: &[u8]) -> Result<VersionsDocument, VersionsError> {
    let (document, rest) = parse_first(body).map_err(VersionsError::Json)?;
    check(&document, &MODULE_VERSIONS).map_err(VersionsError::WrongType)?;
    let mut modules = Refilled::<Option<Module>>::default();
    for_each_field(&document, &["modules"], |_, value| {
        modules.fill(value, Module::fill);
    });
    let mut versions = Vec::new();
    let mut modules_len = 0;
    for (at, module) in modules.into_elements().enumerate() {
        let crash = || VersionsError::ClientCrashes {
            pointer: format!("/modules/{at}"),
        };
        let texts = module.ok_or_else(crash)?.version_texts(at)?;
        if at == 0 {
            versions = texts;
        }
        modules_len += 1;
    }
    Ok(VersionsDocument {
        modules_len,
        versions,
        duplicate_keys: has_repeated_fields(&document, Shape::Struct(&MODULE_VERSIONS)),
        trailing: !body.get(rest..).unwrap_or_default().trim_ascii().is_empty(),
        paged: PAGE_HINTS
            .iter()
            .any(|name| document.folded_member(name).is_some()),
    })
}

impl VersionsError {
    /// The client's message; none where it crashes or would read on.
    pub fn go_message(&self) -> Option<String> {
        match self {
            Self::Json(error) => error.go_message(),
            Self::WrongType(wrong) => Some(wrong.go_message()),
            Self::ClientCrashes { .. } => None,
        }
    }
}

/// One entry of `modules`; a version that is `null` is none.
#[derive(Debug, Default)]
struct Module {
    versions: Refilled<Option<String>>,
}

impl Module {
    fn fill(slot: &mut Option<Self>, value: &Value) {
        if *value == Value::Null {
            *slot = None;
            return;
        }
        let module = slot.get_or_insert_default();
        for_each_field(value, &["versions"], |_, value| {
            module.versions.fill(value, fill_version);
        });
    }

    fn version_texts(self, module: usize) -> Result<Vec<String>, VersionsError> {
        let texts = self
            .versions
            .into_elements()
            .enumerate()
            .map(|(at, version)| {
                let pointer = || format!("/modules/{module}/versions/{at}");
                version.ok_or_else(|| VersionsError::ClientCrashes { pointer: pointer() })
            });
        texts.collect()
    }
}

fn fill_version(slot: &mut Option<String>, value: &Value) {
    if *value == Value::Null {
        *slot = None;
        return;
    }
    let version = slot.get_or_insert_default();
    for_each_field(value, &["version"], |_, value| fill_text(version, value));
}

static MODULE_VERSIONS: StructShape = StructShape {
    name: "ModuleVersions",
    go_type: "response.ModuleVersions",
    fields: &[(
        "modules",
        Shape::List {
            of: &Shape::Struct(&MODULE_PROVIDER_VERSIONS),
            go_type: "[]*response.ModuleProviderVersions",
        },
    )],
};

static MODULE_PROVIDER_VERSIONS: StructShape = StructShape {
    name: "ModuleProviderVersions",
    go_type: "response.ModuleProviderVersions",
    fields: &[
        ("source", Shape::Text),
        (
            "versions",
            Shape::List {
                of: &Shape::Struct(&MODULE_VERSION),
                go_type: "[]*response.ModuleVersion",
            },
        ),
    ],
};

static MODULE_VERSION: StructShape = StructShape {
    name: "ModuleVersion",
    go_type: "response.ModuleVersion",
    fields: &[
        ("version", Shape::Text),
        ("root", Shape::Struct(&VERSION_SUBMODULE)),
        (
            "submodules",
            Shape::List {
                of: &Shape::Struct(&VERSION_SUBMODULE),
                go_type: "[]*response.VersionSubmodule",
            },
        ),
    ],
};

static VERSION_SUBMODULE: StructShape = StructShape {
    name: "VersionSubmodule",
    go_type: "response.VersionSubmodule",
    fields: &[
        ("path", Shape::Text),
        (
            "providers",
            Shape::List {
                of: &Shape::Struct(&PROVIDER_DEP),
                go_type: "[]*response.ModuleProviderDep",
            },
        ),
        (
            "dependencies",
            Shape::List {
                of: &Shape::Struct(&MODULE_DEP),
                go_type: "[]*response.ModuleDep",
            },
        ),
    ],
};

static PROVIDER_DEP: StructShape = StructShape {
    name: "ModuleProviderDep",
    go_type: "response.ModuleProviderDep",
    fields: &[("name", Shape::Text), ("version", Shape::Text)],
};

static MODULE_DEP: StructShape = StructShape {
    name: "ModuleDep",
    go_type: "response.ModuleDep",
    fields: &[
        ("name", Shape::Text),
        ("source", Shape::Text),
        ("version", Shape::Text),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(body: &str) -> Vec<String> {
        decode_versions(body.as_bytes())
            .unwrap_or_else(|error| panic!("{body}: {error:?}"))
            .versions
    }

    fn message(body: &str) -> Option<String> {
        decode_versions(body.as_bytes())
            .expect_err("the body of a test is broken")
            .go_message()
    }

    #[test]
    fn versions_of_the_first_module_are_listed() {
        for (body, versions) in [
            (
                r#"{"modules":[{"versions":[{"version":"1.0.0"}]},{"versions":[{"version":"2"}]}]}"#,
                &["1.0.0"][..],
            ),
            (
                r#"{"Modules":[{"VERSIONS":[{"Version":"1.0.0"}]}]}"#,
                &["1.0.0"],
            ),
            (
                r#"{"modules":[{"versions":[{"version":null},{}]}]}"#,
                &["", ""],
            ),
            (
                r#"{"modules":[{"versions":[{"version":"1","root":null,"submodules":[null]}]}]}"#,
                &["1"],
            ),
            (r#"{"modules":[{"versions":null}]}"#, &[]),
            (r#"{"modules":[{}]} <!-- cached -->"#, &[]),
            (
                r#"{"modules":[{"versions":[{"version":"1"}]}],"x":1e999999999}"#,
                &["1"],
            ),
        ] {
            assert_eq!(listed(body), versions, "{body}");
        }
    }

    #[test]
    fn repeated_members_write_over_what_was_there() {
        let body = r#"{"modules":[{"versions":[{"version":"1"}]}],"modules":[{"versions":[{"version":"2"}]}]}"#;
        let document = decode_versions(body.as_bytes()).expect("the body of a test is valid");
        assert_eq!(
            (document.versions, document.duplicate_keys),
            (vec![String::from("2")], true)
        );
        for (body, versions) in [
            (
                r#"{"modules":[{"versions":[{"version":"1"}]}],"modules":[{"source":"x"}]}"#,
                &["1"][..],
            ),
            (
                r#"{"modules":[{"versions":[{"version":"1"},{"version":"2"}]}],"modules":[{"versions":[{}]}]}"#,
                &["1"],
            ),
            (
                r#"{"modules":[{"versions":[{"version":"1"},{"version":"2"}],"versions":[{}],"versions":[{},{}]}]}"#,
                &["1", "2"],
            ),
            (
                r#"{"modules":[null],"modules":[{"versions":[{"version":"1"}]}]}"#,
                &["1"],
            ),
            (
                r#"{"modules":[{"versions":[{"version":"1"}],"versions":[],"versions":[{}]}]}"#,
                &[""],
            ),
        ] {
            assert_eq!(listed(body), versions, "{body}");
        }
    }

    #[test]
    fn no_modules_is_told_apart_from_no_versions() {
        for body in ["null", "{}", r#"{"modules":null}"#, r#"{"modules":[]}"#] {
            let document = decode_versions(body.as_bytes()).expect("the body of a test is valid");
            assert_eq!(document.modules_len, 0, "{body}");
        }
        let document =
            decode_versions(br#"{"modules":[{}]} x"#).expect("the body of a test is valid");
        assert!(document.modules_len == 1 && document.trailing && !document.duplicate_keys);
    }

    #[test]
    fn hints_at_further_pages_are_noticed() {
        let is_paged = |body: &str| {
            decode_versions(body.as_bytes())
                .expect("the body of a test is valid")
                .paged
        };
        assert!(is_paged(
            r#"{"modules":[{}],"meta":{"next_url":"/v1/x?page=2"}}"#
        ));
        assert!(!is_paged(r#"{"modules":[{"meta":1}]}"#));
    }

    #[test]
    fn a_wrong_type_anywhere_fails_the_whole_list() {
        for (body, expected) in [
            (
                r#"{"modules":[{"versions":[{"version":1.0}]}]}"#,
                "number into Go struct field ModuleVersion.modules.versions.version of type string",
            ),
            ("[]", "array into Go value of type response.ModuleVersions"),
            (
                r#"{"modules":["x"]}"#,
                "string into Go struct field ModuleVersions.modules of type response.ModuleProviderVersions",
            ),
            (
                r#"{"modules":[{"versions":[{"root":{"providers":{}}}]}]}"#,
                "object into Go struct field VersionSubmodule.modules.versions.root.providers of type \
                 []*response.ModuleProviderDep",
            ),
        ] {
            assert_eq!(
                message(body),
                Some(format!("json: cannot unmarshal {expected}")),
                "{body}"
            );
        }
        let body = br#"{"modules":[{},{"Versions":[{},{"version":true}]}]}"#;
        let Err(VersionsError::WrongType(wrong)) = decode_versions(body) else {
            panic!("a type is wrong")
        };
        assert_eq!(wrong.pointer, "/modules/1/Versions/1/version");
    }

    #[test]
    fn bodies_that_are_no_json_are_refused() {
        assert_eq!(message("").as_deref(), Some("EOF"));
        let expected = "invalid character '<' looking for beginning of value";
        assert_eq!(message("<html>hello</html>").as_deref(), Some(expected));
    }

    #[test]
    fn nulls_in_the_lists_crash_the_client() {
        for (body, pointer) in [
            (r#"{"modules":[null]}"#, "/modules/0"),
            (r#"{"modules":[{},null]}"#, "/modules/1"),
            (
                r#"{"modules":[{"versions":[null,{"version":"1.0.0"}]}]}"#,
                "/modules/0/versions/0",
            ),
            (
                r#"{"modules":[{},{"versions":[{},null]}]}"#,
                "/modules/1/versions/1",
            ),
        ] {
            let crash = VersionsError::ClientCrashes {
                pointer: pointer.to_owned(),
            };
            assert_eq!(decode_versions(body.as_bytes()), Err(crash), "{body}");
        }
    }
}
