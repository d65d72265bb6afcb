//! Reads what Google Cloud Storage answers as JSON: a page of names, and errors.
//!
//! Never fails on members that it does not know; a name of another type is left out.

use serde_json::Value;

/// One page of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The names of the objects, in order.
    pub names: Vec<String>,
    /// How the next page is asked for.
    pub next: Option<String>,
}

/// What the store says of a failure.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refusal {
    /// The message; empty when there is none.
    pub message: String,
    /// The reason as one word; empty when there is none.
    pub reason: String,
}

/// Reads a page; nothing where the bytes are no JSON object.
pub fn page(bytes: &[u8]) -> Option<Page> {
    let document: Value = serde_json::from_slice(bytes).ok()?;
    let document = document.as_object()?;
    let items = document.get("items").and_then(Value::as_array);
    Some(Page {
        names: items
            .into_iter()
            .flatten()
            .filter_map(|item| item.get("name")?.as_str().map(str::to_owned))
            .collect(),
        next: document
            .get("nextPageToken")
            .and_then(Value::as_str)
            .filter(|token| !token.is_empty())
            .map(str::to_owned),
    })
}

/// Reads an error.
pub fn error(bytes: &[u8]) -> Refusal {
    let document: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let text = |pointer: &str| {
        document
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    Refusal {
        message: text("/error/message"),
        reason: text("/error/errors/0/reason"),
    }
}

#[cfg(test)]
mod tests {
    use super::error;
    use super::page;

    #[test]
    fn a_page_gives_names_and_where_it_goes_on() {
        let found = page(br#"{"items":[{"name":"a/b"},{"name":7},{}],"nextPageToken":"t"}"#);
        let found = found.expect("a page");
        assert_eq!(found.names, ["a/b"]);
        assert_eq!(found.next.as_deref(), Some("t"));
        assert_eq!(page(b"{}"), Some(super::Page::default()));
        assert_eq!(page(b"<html>"), None);
    }

    #[test]
    fn an_error_gives_message_and_reason() {
        let found = error(br#"{"error":{"message":"gone","errors":[{"reason":"notFound"}]}}"#);
        assert_eq!(
            (found.message.as_str(), found.reason.as_str()),
            ("gone", "notFound")
        );
        assert_eq!(error(b""), super::Refusal::default());
    }
}
