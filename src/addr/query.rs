//! Query strings as the client reads and writes them: an ordered list of keys and values.
//!
//! Never keeps the spelling: whoever needs the bytes of a signed URL keeps the text.
//! Surprises: a pair that holds `;` or a bad escape is dropped and the rest is used all the same; written back, pairs
//! are sorted by key, values of one key stay in order, and a key without a value gets a `=`.

use crate::addr::escape::{EscapeError, Part, escaped, unescaped};

/// The pairs of a query string.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Query {
    /// Keys and values, decoded, in the order in which they stand.
    pub pairs: Vec<(Vec<u8>, Vec<u8>)>,
}

/// What was dropped from a query string.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum QueryError {
    /// A pair with a semicolon.
    Semicolon,
    /// A pair with a bad escape.
    Escape(EscapeError),
}

impl QueryError {
    /// The words the client prints.
    pub fn client_text(&self) -> String {
        match self {
            Self::Semicolon => "invalid semicolon separator in query".to_owned(),
            Self::Escape(error) => error.client_text(),
        }
    }
}

impl Query {
    /// The pairs that can be read.
    pub fn parse(text: &str) -> Self {
        Self::parse_strictly(text).0
    }

    /// The pairs that can be read, and what was dropped, if the client was asked to mind.
    pub fn parse_strictly(text: &str) -> (Self, Option<QueryError>) {
        let mut pairs = Vec::new();
        let mut dropped = None;
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            if pair.contains(';') {
                dropped = Some(QueryError::Semicolon);
                continue;
            }
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let read = unescaped(key, Part::Query)
                .and_then(|key| unescaped(value, Part::Query).map(|value| (key, value)));
            match read {
                Ok(pair) => pairs.push(pair),
                Err(error) => {
                    dropped.get_or_insert(QueryError::Escape(error));
                }
            }
        }
        (Self { pairs }, dropped)
    }

    /// The first value of a key; `None` when there is none, which differs from an empty one.
    pub fn first(&self, key: &str) -> Option<String> {
        self.pairs
            .iter()
            .find(|(name, _)| name == key.as_bytes())
            .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
    }

    /// Drops every pair of a key.
    pub fn remove(&mut self, key: &str) {
        self.pairs.retain(|(name, _)| name != key.as_bytes());
    }

    /// Replaces every pair of a key by one.
    pub fn set(&mut self, key: &str, value: &str) {
        self.remove(key);
        self.pairs
            .push((key.as_bytes().to_vec(), value.as_bytes().to_vec()));
    }

    /// The query string the client writes.
    pub fn encode(&self) -> String {
        let mut pairs: Vec<&(Vec<u8>, Vec<u8>)> = self.pairs.iter().collect();
        pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
        let written: Vec<String> = pairs
            .into_iter()
            .map(|(key, value)| {
                format!(
                    "{}={}",
                    escaped(key, Part::Query),
                    escaped(value, Part::Query)
                )
            })
            .collect();
        written.join("&")
    }
}

#[cfg(test)]
mod tests {
    use super::{Query, QueryError};

    #[test]
    fn a_query_is_sorted_and_written_anew() {
        let encode = |text: &str| Query::parse(text).encode();
        assert_eq!(encode("b=2&a=%7E1&c=x%20y"), "a=~1&b=2&c=x+y");
        assert_eq!(encode("c&b=&a"), "a=&b=&c=");
        assert_eq!(encode("z=2&a=1&z=1"), "a=1&z=2&z=1");
        assert_eq!(encode("a=*&x=%zz&b=1;2&&=v"), "=v&a=%2A");
        assert_eq!(encode("a=%FF"), "a=%FF");
        assert_eq!(encode(""), "");
    }

    #[test]
    fn what_is_dropped_is_told_to_those_who_ask() {
        let (_, dropped) = Query::parse_strictly("a=%zz&b;c&d=%yy");
        assert_eq!(dropped, Some(QueryError::Semicolon));
        let (query, dropped) = Query::parse_strictly("a=%zz&ref=v1&ref=v2");
        assert_eq!(
            dropped.map(|error| error.client_text()),
            Some("invalid URL escape \"%zz\"".to_owned())
        );
        assert_eq!(query.first("ref"), Some("v1".to_owned()));
        assert_eq!(query.first("rev"), None);
    }

    #[test]
    fn a_key_can_be_replaced() {
        let mut query = Query::parse("terraform-get=0&a=1&terraform-get=2");
        query.set("terraform-get", "1");
        assert_eq!(query.encode(), "a=1&terraform-get=1");
    }
}
