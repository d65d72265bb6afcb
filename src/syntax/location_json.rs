//! The body of a download answer, in which `OpenTofu` looks for the package's address.
//!
//! Never reads the address. Terraform ignores the body altogether; `OpenTofu` wants valid JSON, and falls back to the
//! header where `location` is missing or empty.

#![deny(clippy::indexing_slicing)]

use super::go_json::{JsonError, Value, parse_whole};
use super::go_shape::{Shape, StructShape, WrongType};
use super::go_shape::{check, fill_text, for_each_field};

/// What `OpenTofu` takes from the body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocationBody {
    /// Whether it is an object; `null` is none, and names no address.
    pub is_object: bool,
    /// The address; empty if none is given.
    pub location: String,
    /// Whether a direct download is asked for, and with the registry's credentials or without.
    pub use_registry_credentials: Option<bool>,
}

/// Which members a release of `OpenTofu` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocationMembers {
    /// `location`: up to 1.11.
    Location,
    /// `use_registry_credentials` as well: since 1.12.
    LocationAndCredentials,
}

/// Why `OpenTofu` cannot use the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocationError {
    /// It is no JSON, or something follows it.
    Json(JsonError),
    /// `location` is no string, or the body no object.
    WrongType(WrongType),
    /// `use_registry_credentials` is neither `true` nor `false`.
    NotABoolean {
        /// Go's word for what it is.
        got: &'static str,
    },
}

/// The location that the body of a download answer gives.
pub fn decode_location_body(
    body: &[u8],
    members: LocationMembers,
) -> Result<LocationBody, LocationError> {
    let document = parse_whole(body).map_err(LocationError::Json)?;
    let mut decoded = LocationBody {
        is_object: document.members().is_some(),
        ..LocationBody::default()
    };
    let mut not_a_boolean = None;
    for_each_field(
        &document,
        &["location", "use_registry_credentials"],
        |field, value| match (field, value) {
            ("location", value) => fill_text(&mut decoded.location, value),
            (_, Value::Null) => decoded.use_registry_credentials = None,
            (_, Value::Bool(choice)) => decoded.use_registry_credentials = Some(*choice),
            (_, Value::Number(_) | Value::Text(_) | Value::Array(_) | Value::Object(_)) => {
                not_a_boolean = not_a_boolean.or(Some(value.go_kind()));
            }
        },
    );
    match members {
        LocationMembers::Location => decoded.use_registry_credentials = None,
        // The client stops at this error, but only notes the others.
        LocationMembers::LocationAndCredentials => {
            if let Some(got) = not_a_boolean {
                return Err(LocationError::NotABoolean { got });
            }
        }
    }
    check(&document, &LOCATION).map_err(LocationError::WrongType)?;
    Ok(decoded)
}

impl LocationError {
    /// The client's message; none where it would read on.
    pub fn go_message(&self) -> Option<String> {
        match self {
            Self::Json(error) => error.go_message(),
            Self::WrongType(wrong) => Some(wrong.go_message()),
            Self::NotABoolean { .. } => Some(String::from("must be either true or false")),
        }
    }
}

static LOCATION: StructShape = StructShape {
    name: "ModuleLocationRegistryResp",
    go_type: "response.ModuleLocationRegistryResp",
    fields: &[
        ("location", Shape::Text),
        ("use_registry_credentials", Shape::Any),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: LocationMembers = LocationMembers::LocationAndCredentials;

    #[test]
    fn location_and_credentials_are_read() {
        for (body, location, credentials) in [
            (
                r#"{"location":"https://x/a.zip","use_registry_credentials":true}"#,
                "https://x/a.zip",
                Some(true),
            ),
            (
                r#"{"Location":"./a.zip","use_registry_credentials":false}"#,
                "./a.zip",
                Some(false),
            ),
            (
                r#"{"location":null,"use_registry_credentials":null}"#,
                "",
                None,
            ),
            ("null", "", None),
            ("{}", "", None),
        ] {
            let expected = LocationBody {
                is_object: body != "null",
                location: location.to_owned(),
                use_registry_credentials: credentials,
            };
            assert_eq!(
                decode_location_body(body.as_bytes(), BOTH),
                Ok(expected),
                "{body}"
            );
        }
    }

    #[test]
    fn bodies_that_do_not_fit_are_refused() {
        for (body, message) in [
            ("", "unexpected end of JSON input"),
            (
                "<p>",
                "invalid character '<' looking for beginning of value",
            ),
            ("{} {}", "invalid character '{' after top-level value"),
            (
                "[]",
                "json: cannot unmarshal array into Go value of type response.ModuleLocationRegistryResp",
            ),
            (
                r#"{"location":7}"#,
                "json: cannot unmarshal number into Go struct field ModuleLocationRegistryResp.location of type string",
            ),
            (
                r#"{"location":7,"use_registry_credentials":"yes"}"#,
                "must be either true or false",
            ),
        ] {
            let error = decode_location_body(body.as_bytes(), BOTH)
                .expect_err("the body of a test is broken");
            assert_eq!(error.go_message().as_deref(), Some(message), "{body}");
        }
    }

    #[test]
    fn releases_that_do_not_know_the_credentials_ignore_them() {
        let body = br#"{"location":"x","use_registry_credentials":"yes"}"#;
        let expected = LocationBody {
            is_object: true,
            location: String::from("x"),
            use_registry_credentials: None,
        };
        assert_eq!(
            decode_location_body(body, LocationMembers::Location),
            Ok(expected)
        );
    }
}
