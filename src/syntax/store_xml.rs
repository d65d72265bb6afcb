//! Reads what object stores answer: listings and errors, as XML.
//!
//! Never fails and never expands entities of a document's own: what does not fit is left out. Name prefixes are dropped,
//! and a store's error counts by the first `Code` and `Message` wherever they stand.
#![deny(clippy::indexing_slicing)]

/// Deepest element that is looked at.
const DEEPEST: usize = 32;

/// One page of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// The keys, in order.
    pub keys: Vec<String>,
    /// Whether there are more.
    pub truncated: bool,
    /// How the next page is asked for, in the second version of the listing.
    pub token: Option<String>,
}

/// What a store says of a failure.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoreError {
    /// The code; empty when there is none.
    pub code: String,
    /// The message; empty when there is none.
    pub message: String,
}

/// Reads a page of a listing.
pub fn listing(bytes: &[u8]) -> Listing {
    let mut listing = Listing::default();
    walk(&String::from_utf8_lossy(bytes), |path, text| match path {
        [_, "Contents", "Key"] => listing.keys.push(text.to_owned()),
        [_, "IsTruncated"] => listing.truncated = text.trim() == "true",
        [_, "NextContinuationToken"] => listing.token = Some(text.to_owned()),
        _ => {}
    });
    listing
}

/// Reads an error.
pub fn error(bytes: &[u8]) -> StoreError {
    let mut error = StoreError::default();
    walk(&String::from_utf8_lossy(bytes), |path, text| {
        match path.last() {
            Some(&"Code") if error.code.is_empty() => text.trim().clone_into(&mut error.code),
            Some(&"Message") if error.message.is_empty() => {
                text.trim().clone_into(&mut error.message);
            }
            _ => {}
        }
    });
    error
}

/// Calls `leaf` with the path and the text of every element's end.
fn walk(text: &str, mut leaf: impl FnMut(&[&str], &str)) {
    let mut path: Vec<&str> = Vec::new();
    let mut value = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        unescape(before, &mut value);
        if let Some(inside) = after.strip_prefix("![CDATA[") {
            let (raw, next) = inside.split_once("]]>").unwrap_or((inside, ""));
            value.push_str(raw);
            rest = next;
            continue;
        }
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, next)| next);
            continue;
        }
        let Some((tag, next)) = after.split_once('>') else {
            return;
        };
        rest = next;
        if tag.starts_with(['?', '!']) {
            continue;
        }
        if tag.starts_with('/') {
            leaf(&path, &value);
            path.pop();
        } else {
            if path.len() >= DEEPEST {
                return;
            }
            path.push(local_name(tag));
            if tag.ends_with('/') {
                leaf(&path, "");
                path.pop();
            }
        }
        value.clear();
    }
}

fn local_name(tag: &str) -> &str {
    let name = tag
        .split(|c: char| c.is_whitespace() || c == '/')
        .next()
        .unwrap_or_default();
    name.rsplit(':').next().unwrap_or(name)
}

fn unescape(text: &str, into: &mut String) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        into.push_str(before);
        let Some((name, next)) = after.split_once(';').filter(|(name, _)| name.len() <= 8) else {
            into.push('&');
            rest = after;
            continue;
        };
        if let Some(character) = entity(name) {
            into.push(character);
        } else {
            into.push('&');
            into.push_str(name);
            into.push(';');
        }
        rest = next;
    }
    into.push_str(rest);
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let value = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(value)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::error;
    use super::listing;

    #[test]
    fn a_listing_gives_its_keys() {
        let page = listing(
            b"<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://x/\"><Name>b</Name><IsTruncated>true</IsTruncated>\
              <NextContinuationToken>t&#x3d;</NextContinuationToken><Contents><Key>a/b&amp;c</Key><Owner><ID>1</ID></Owner>\
              </Contents><Contents><Key><![CDATA[d<e]]></Key></Contents></ListBucketResult>",
        );
        assert_eq!(page.keys, ["a/b&c", "d<e"]);
        assert!(page.truncated);
        assert_eq!(page.token.as_deref(), Some("t="));
    }

    #[test]
    fn an_error_gives_code_and_message() {
        let found = error(b"<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>");
        assert_eq!(
            (found.code.as_str(), found.message.as_str()),
            ("NoSuchKey", "gone")
        );
        assert_eq!(error(b"<<<</></>>&&").code, "");
        assert_eq!(error(&b"<a>".repeat(1000)).code, "");
    }
}
