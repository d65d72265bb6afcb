//! The discovery document of a host, decoded as the client decodes it.
//!
//! Never reads the service URL. Unlike elsewhere nothing may follow the document, and keys match exactly.

#![deny(clippy::indexing_slicing)]

use super::go_json::{JsonError, Member, Value, parse_whole};

/// The key of the module registry.
pub const MODULES_KEY: &str = "modules.v1";

/// What the client takes from a discovery document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscoveryDocument {
    /// Whether it is `null`, which stands for a host without services.
    pub is_null: bool,
    /// What stands under `modules.v1`, of whatever type; the last one if there are several.
    pub modules: Option<Value>,
    /// The first key that begins with `modules.`, with Go's word for what it holds: the client says that the version is
    /// not supported if it finds nothing better.
    pub modules_like: Option<(String, &'static str)>,
    /// All keys as written, repeated ones included.
    pub keys: Vec<String>,
    /// Whether a key is given twice.
    pub duplicate_keys: bool,
}

/// Why the client cannot use a discovery document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiscoveryError {
    /// It is no JSON, or something follows it.
    Json(JsonError),
    /// It is JSON, but no object.
    NotAnObject {
        /// Go's word for what it is.
        got: &'static str,
    },
    /// A number in it, wherever, does not fit 64-bit floating point.
    NumberTooLarge {
        /// The number as written.
        number: String,
    },
}

/// The services that a discovery document names.
pub fn decode_discovery(body: &[u8]) -> Result<DiscoveryDocument, DiscoveryError> {
    let document = parse_whole(body).map_err(DiscoveryError::Json)?;
    let members = match &document {
        Value::Null => &[][..],
        Value::Object(members) => members,
        Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Array(_) => {
            return Err(DiscoveryError::NotAnObject {
                got: document.go_kind(),
            });
        }
    };
    if let Some(number) = first_number_too_large(&document) {
        return Err(DiscoveryError::NumberTooLarge {
            number: number.to_owned(),
        });
    }
    let keys: Vec<String> = members.iter().map(|member| member.key.clone()).collect();
    let mut distinct: Vec<&String> = keys.iter().collect();
    distinct.sort_unstable();
    distinct.dedup();
    Ok(DiscoveryDocument {
        is_null: document == Value::Null,
        modules: document.exact_member(MODULES_KEY).cloned(),
        modules_like: members
            .iter()
            .find(|member| member.key.starts_with("modules."))
            .map(|member| (member.key.clone(), member.value.go_kind())),
        duplicate_keys: distinct.len() < keys.len(),
        keys,
    })
}

impl DiscoveryError {
    /// The message of Go's library; none where Go would read on.
    pub fn go_message(&self) -> Option<String> {
        let (what, go_type) = match self {
            Self::Json(error) => return error.go_message(),
            Self::NotAnObject { got } => ((*got).to_owned(), "map[string]interface {}"),
            Self::NumberTooLarge { number } => (format!("number {number}"), "float64"),
        };
        Some(format!(
            "json: cannot unmarshal {what} into Go value of type {go_type}"
        ))
    }
}

/// The first number, in document order, that is infinite as a float.
fn first_number_too_large(document: &Value) -> Option<&str> {
    let mut pending = vec![document];
    while let Some(value) = pending.pop() {
        match value {
            Value::Number(number) if number.parse::<f64>().is_ok_and(f64::is_infinite) => {
                return Some(number);
            }
            Value::Array(elements) => pending.extend(elements.iter().rev()),
            Value::Object(members) => {
                pending.extend(members.iter().rev().map(|Member { value, .. }| value));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(body: &str) -> DiscoveryDocument {
        decode_discovery(body.as_bytes()).unwrap_or_else(|error| panic!("{body}: {error:?}"))
    }

    fn text(url: &str) -> Value {
        Value::Text(url.to_owned())
    }

    #[test]
    fn the_service_is_found_by_its_exact_key_and_the_last_one_wins() {
        let document = decoded(r#"{"modules.v1": "/wrong/", "modules.v1": "/v1/modules/"}"#);
        assert_eq!(
            (document.modules, document.duplicate_keys),
            (Some(text("/v1/modules/")), true)
        );
        let document = decoded(r#"{"Modules.v1": "/v1/", "providers.v1": "/p/"}"#);
        assert_eq!((document.modules, document.modules_like), (None, None));
        let document = decoded(r#"{"modules.v1": "/v1/", "modules.v1": 7}"#);
        assert_eq!(document.modules, Some(Value::Number(String::from("7"))));
        assert_eq!(decoded(r#"{"modules.v1": ""}"#).modules, Some(text("")));
    }

    #[test]
    fn another_version_of_the_service_is_noticed() {
        let document = decoded(r#"{"modules.v2": "/v2/modules/"}"#);
        let other = (String::from("modules.v2"), "string");
        assert_eq!(
            (document.modules, document.modules_like),
            (None, Some(other))
        );
    }

    #[test]
    fn null_is_a_host_without_services() {
        let document = decoded(" null\n");
        assert!(document.is_null && document.keys.is_empty());
        assert!(!decoded("{}").is_null);
    }

    #[test]
    fn anything_but_one_object_is_refused() {
        for (body, message) in [
            (
                r#"{"modules.v1": "/v1/modules/",}"#,
                "invalid character '}' looking for beginning of object key string",
            ),
            (
                r#"{"modules.v1": "/v1/modules/"} x"#,
                "invalid character 'x' after top-level value",
            ),
            ("", "unexpected end of JSON input"),
            (
                "[]",
                "json: cannot unmarshal array into Go value of type map[string]interface {}",
            ),
            (
                r#""x""#,
                "json: cannot unmarshal string into Go value of type map[string]interface {}",
            ),
            (
                r#"{"a": [{"b": -1e999}]}"#,
                "json: cannot unmarshal number -1e999 into Go value of type float64",
            ),
        ] {
            let error =
                decode_discovery(body.as_bytes()).expect_err("the body of a test is broken");
            assert_eq!(error.go_message().as_deref(), Some(message), "{body}");
        }
    }
}
