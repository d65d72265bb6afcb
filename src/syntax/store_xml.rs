//! Reads what object stores answer: listings and errors, as XML.
//!
//! Never fails and never expands entities of a document's own: what does not fit is left out. Name prefixes are dropped,
//! and a store's error counts by the first `Code` and `Message` wherever they stand.
#![deny(clippy::indexing_slicing)]

use quick_xml::events::Event;
use quick_xml::reader::Reader;

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
    walk(bytes, |path, text| match path {
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
    walk(bytes, |path, text| match path.last() {
        Some(&"Code") if error.code.is_empty() => text.trim().clone_into(&mut error.code),
        Some(&"Message") if error.message.is_empty() => {
            text.trim().clone_into(&mut error.message);
        }
        _ => {}
    });
    error
}

/// A temporary key, as STS answers with it.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct TemporaryKey {
    /// Its name.
    pub id: String,
    /// Its secret half.
    pub secret: String,
    /// Its token.
    pub session: String,
}

impl std::fmt::Debug for TemporaryKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TemporaryKey")
    }
}

/// Reads a temporary key, where there is a whole one.
pub fn credentials(bytes: &[u8]) -> Option<TemporaryKey> {
    let mut key = TemporaryKey::default();
    walk(bytes, |path, text| match path {
        [.., "Credentials", "AccessKeyId"] => text.trim().clone_into(&mut key.id),
        [.., "Credentials", "SecretAccessKey"] => text.trim().clone_into(&mut key.secret),
        [.., "Credentials", "SessionToken"] => text.trim().clone_into(&mut key.session),
        _ => {}
    });
    (!key.id.is_empty() && !key.secret.is_empty()).then_some(key)
}

/// Calls `leaf` with the path and the text of every element's end.
fn walk(bytes: &[u8], mut leaf: impl FnMut(&[&str], &str)) {
    let text = String::from_utf8_lossy(bytes);
    let mut reader = Reader::from_str(&text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    let mut path: Vec<String> = Vec::new();
    let mut value = String::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                if path.len() >= DEEPEST {
                    return;
                }
                path.push(tag.local_name().as_ref().to_owned());
                value.clear();
            }
            Ok(Event::Empty(tag)) => {
                path.push(tag.local_name().as_ref().to_owned());
                tell(&path, "", &mut leaf);
                path.pop();
                value.clear();
            }
            Ok(Event::End(_)) => {
                tell(&path, &value, &mut leaf);
                path.pop();
                value.clear();
            }
            Ok(Event::Text(part)) => value.push_str(&part),
            Ok(Event::CData(part)) => value.push_str(&part),
            Ok(Event::GeneralRef(name)) => {
                let own = name.resolve_char_ref().ok().flatten();
                let name: &str = &name;
                if let Some(character) = own.or_else(|| entity(name)) {
                    value.push(character);
                } else {
                    value.push('&');
                    value.push_str(name);
                    value.push(';');
                }
            }
            Ok(Event::Eof) | Err(_) => return,
            Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_)) => {}
        }
    }
}

fn tell(path: &[String], value: &str, leaf: &mut impl FnMut(&[&str], &str)) {
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    leaf(&names, value);
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::credentials;
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

    #[test]
    fn a_temporary_key_is_read_whole_or_not() {
        let whole = b"<R><A><Credentials><AccessKeyId>AK</AccessKeyId><SecretAccessKey>s&amp;t</SecretAccessKey>\
            <SessionToken>x</SessionToken></Credentials></A></R>";
        let key = credentials(whole).expect("a key");
        assert_eq!(
            (key.id.as_str(), key.secret.as_str(), key.session.as_str()),
            ("AK", "s&t", "x")
        );
        assert_eq!(format!("{key:?}"), "TemporaryKey");
        assert_eq!(credentials(b"<R><Credentials><AccessKeyId>AK"), None);
    }
}
