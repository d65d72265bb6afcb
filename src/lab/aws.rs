//! Whether a request carries the signature that its secret gives: version 4 of the scheme of Amazon.
//!
//! The one who signs is the client; here the same is reckoned again from what arrived, and never from its code.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::entries::Pairs;
use super::routes::Asked;

const SCHEME: &str = "AWS4-HMAC-SHA256";
/// What stands for itself in a canonical query.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Whether the request is signed with the secret of one of these access keys.
pub(super) fn is_signed(asked: &Asked<'_>, secrets: &Pairs) -> bool {
    expected(asked, secrets).is_some_and(|(wanted, given)| wanted == given)
}

/// The signature that the request must have, and the one it has.
fn expected(asked: &Asked<'_>, secrets: &Pairs) -> Option<(String, String)> {
    let header = asked.request.header("Authorization")?;
    let mut parts = header.strip_prefix(SCHEME)?.split(',').map(str::trim);
    let credential = parts.next()?.strip_prefix("Credential=")?;
    let signed = parts.next()?.strip_prefix("SignedHeaders=")?;
    let given = parts.next()?.strip_prefix("Signature=")?;
    let (access, scope) = credential.split_once('/')?;
    let secret = secrets.given().find(|(name, _)| *name == access)?.1;
    let digest = hex::encode(Sha256::digest(canonical(asked, signed)));
    let date = asked.request.header("X-Amz-Date").unwrap_or("");
    let text = format!("{SCHEME}\n{date}\n{scope}\n{digest}");
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in scope.split('/').chain([text.as_str()]) {
        key = keyed(&key, part.as_bytes());
    }
    Some((hex::encode(key), given.to_owned()))
}

/// The request in the one form that both sides can reckon.
fn canonical(asked: &Asked<'_>, signed: &str) -> String {
    let request = asked.request;
    let (path, query) = asked.target.split_once('?').unwrap_or((asked.target, ""));
    let mut parameters: Vec<(String, String)> = query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (encoded_again(name), encoded_again(value))
        })
        .collect();
    parameters.sort();
    let parameters: Vec<String> = parameters
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mut text = format!("{}\n{path}\n{}\n", request.method, parameters.join("&"));
    for name in signed.split(';') {
        let value = request.header(name).unwrap_or("");
        let words: Vec<&str> = value.split_whitespace().collect();
        let _ = writeln!(text, "{name}:{}", words.join(" "));
    }
    let content = request.header("X-Amz-Content-Sha256");
    let _ = write!(
        text,
        "\n{signed}\n{}",
        content.unwrap_or("UNSIGNED-PAYLOAD")
    );
    text
}

fn encoded_again(text: &str) -> String {
    let plain = text.replace('+', " ");
    let bytes: Vec<u8> = percent_decode_str(&plain).collect();
    utf8_percent_encode(&String::from_utf8_lossy(&bytes), KEPT).to_string()
}

/// HMAC with SHA-256.
fn keyed(key: &[u8], text: &[u8]) -> Vec<u8> {
    let keyed = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length will do");
    keyed.chain_update(text).finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::{is_signed, keyed};
    use crate::lab::entries::Pairs;
    use crate::lab::request::Request;
    use crate::lab::routes::Asked;

    /// The example that Amazon publishes for the scheme: a range of an object.
    fn published(range: &str, signature: &str) -> bool {
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
             SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature={signature}"
        );
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let headers = [
            ("Host", "examplebucket.s3.amazonaws.com"),
            ("Authorization", &authorization),
            ("Range", range),
            ("x-amz-content-sha256", empty),
            ("x-amz-date", "20130524T000000Z"),
        ];
        let request = Request {
            method: "GET".to_owned(),
            target: "/test.txt".to_owned(),
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            body: Vec::new(),
        };
        let asked = Asked {
            request: &request,
            listener: "http",
            host: "examplebucket.s3.amazonaws.com",
            target: "/test.txt",
        };
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned();
        let secrets = Pairs(vec![("AKIAIOSFODNN7EXAMPLE".to_owned(), Some(secret))]);
        is_signed(&asked, &secrets)
    }

    #[test]
    fn the_published_example_is_signed_and_a_changed_one_is_not() {
        let signature = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
        assert!(published("bytes=0-9", signature));
        assert!(!published("bytes=0-8", signature));
        assert!(!published("bytes=0-9", "00"));
    }

    #[test]
    fn long_keys_are_hashed_first() {
        // Case 6 of RFC 4231.
        let text = b"Test Using Larger Than Block-Size Key - Hash Key First";
        assert_eq!(
            hex::encode(keyed(&[0xaa; 131], text)),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }
}
