//! What Bitbucket says of a repository: its kind, and nothing else is looked at.
//!
//! Surprise: what follows the first JSON value is not read, as a client that reads a stream does not.

#![deny(clippy::indexing_slicing)]

use super::go_json::{JsonError, parse_first};
use super::go_shape::{Shape, StructShape, WrongType};
use super::go_shape::{check, fill_text, for_each_field};

/// Why a description cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RepositoryError {
    /// It is no JSON.
    Json(JsonError),
    /// A member has the wrong type.
    WrongType(WrongType),
}

/// The kind of a repository: `git`, `hg`, or nothing.
pub fn decode_repository(body: &[u8]) -> Result<String, RepositoryError> {
    let (document, _) = parse_first(body).map_err(RepositoryError::Json)?;
    let mut kind = String::new();
    for_each_field(&document, &["scm"], |_, value| fill_text(&mut kind, value));
    check(&document, &REPOSITORY).map_err(RepositoryError::WrongType)?;
    Ok(kind)
}

static REPOSITORY: StructShape = StructShape {
    name: "",
    go_type: "struct { SCM string \"json:\\\"scm\\\"\" }",
    fields: &[("scm", Shape::Text)],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_all_that_counts() {
        assert_eq!(
            decode_repository(b"{\"scm\": \"git\", \"size\": 1} x"),
            Ok("git".to_owned())
        );
        assert_eq!(decode_repository(b"{}"), Ok(String::new()));
        assert!(matches!(
            decode_repository(b"<html>"),
            Err(RepositoryError::Json(_))
        ));
        assert!(matches!(
            decode_repository(b"{\"scm\": 1}"),
            Err(RepositoryError::WrongType(_))
        ));
    }
}
