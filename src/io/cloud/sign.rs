//! Signatures of version 4, in headers only.
//!
//! Never sends anything. Path and query are signed as they are sent; S3 wants its path escaped once, as here.

use super::AwsKey;
use super::plain;
use hmac::Hmac;
use hmac::KeyInit;
use hmac::Mac;
use jiff::Timestamp;
use percent_encoding::AsciiSet;
use percent_encoding::NON_ALPHANUMERIC;
use percent_encoding::utf8_percent_encode;
use sha2::Digest;
use sha2::Sha256;

/// What stays as it is in a value of the query.
const VALUE: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
/// What stays as it is in a path.
const PATH: AsciiSet = VALUE.remove(b'/');

/// A `GET` of a store, before it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreRequest {
    /// `http` or `https`.
    pub scheme: &'static str,
    /// The host, with its port where that is not the scheme's.
    pub host: String,
    /// The path, decoded.
    pub path: String,
    /// The pairs of the query, decoded.
    pub query: Vec<(&'static str, String)>,
}

impl StoreRequest {
    /// The address as it is sent.
    pub fn url(&self) -> String {
        let query = self.sent_query();
        let mark = if query.is_empty() { "" } else { "?" };
        format!(
            "{}://{}{}{mark}{query}",
            self.scheme,
            self.host,
            self.sent_path()
        )
    }

    fn sent_path(&self) -> String {
        utf8_percent_encode(&self.path, &PATH).to_string()
    }

    fn sent_query(&self) -> String {
        let mut pairs: Vec<String> = self
            .query
            .iter()
            .map(|(name, value)| format!("{name}={}", value_text(value)))
            .collect();
        pairs.sort();
        pairs.join("&")
    }
}

/// A value as it stands in a query or a form.
pub(super) fn value_text(value: &str) -> String {
    utf8_percent_encode(value, &VALUE).to_string()
}

/// What is signed of a request.
pub(super) struct Signed<'a> {
    pub(super) method: &'static str,
    pub(super) service: &'static str,
    pub(super) region: &'a str,
    pub(super) path: String,
    pub(super) query: String,
    /// Further headers, names in lower case; `host` is one of them.
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: &'a str,
}

/// The headers that sign a request of S3.
pub fn sign(
    request: &StoreRequest,
    key: &AwsKey,
    region: &str,
    now: Timestamp,
) -> Vec<(String, String)> {
    let signed = Signed {
        method: "GET",
        service: "s3",
        region,
        path: request.sent_path(),
        query: request.sent_query(),
        headers: vec![
            ("host", request.host.clone()),
            ("x-amz-content-sha256", hex::encode(Sha256::digest(b""))),
        ],
        body: "",
    };
    headers(signed, key, now)
}

/// The headers that sign a request, without `host`.
pub(super) fn headers(signed: Signed<'_>, key: &AwsKey, now: Timestamp) -> Vec<(String, String)> {
    let stamp = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    let day = now.strftime("%Y%m%d").to_string();
    let mut sent = signed.headers;
    sent.push(("x-amz-date", stamp.clone()));
    if let Some(session) = &key.session {
        sent.push(("x-amz-security-token", plain(session).to_owned()));
    }
    sent.sort();
    let names: Vec<&str> = sent.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let lines: Vec<String> = sent
        .iter()
        .map(|(name, value)| format!("{name}:{}", value.trim()))
        .collect();
    let canonical = format!(
        "{}\n{}\n{}\n{}\n\n{names}\n{}",
        signed.method,
        signed.path,
        signed.query,
        lines.join("\n"),
        hex::encode(Sha256::digest(signed.body.as_bytes()))
    );
    let (region, service) = (signed.region, signed.service);
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let text = format!(
        "AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}",
        hex::encode(Sha256::digest(canonical.as_bytes()))
    );
    let first = format!("AWS4{}", plain(&key.secret)).into_bytes();
    let signature = [day.as_str(), region, service, "aws4_request", text.as_str()]
        .iter()
        .fold(first, |key, part| hmac(&key, part.as_bytes()));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={}",
        plain(&key.id),
        hex::encode(signature)
    );
    let mut headers: Vec<(String, String)> = sent
        .into_iter()
        .filter(|(name, _)| *name != "host")
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    headers.push(("authorization".to_owned(), authorization));
    headers
}

/// HMAC with SHA-256 (RFC 2104).
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let keyed = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length will do");
    keyed.chain_update(text).finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::AwsKey;
    use super::StoreRequest;
    use super::hmac;
    use super::sign;
    use crate::secret::Redactor;

    #[test]
    fn the_digest_is_that_of_the_standard() {
        assert_eq!(
            hex::encode(hmac(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            hex::encode(hmac(
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First"
            )),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn a_listing_is_signed_as_the_store_expects() {
        let request = StoreRequest {
            scheme: "https",
            host: "examplebucket.s3.amazonaws.com".to_owned(),
            path: "/".to_owned(),
            query: vec![("prefix", "J".to_owned()), ("max-keys", "2".to_owned())],
        };
        let key = AwsKey::new(
            &Redactor::default(),
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            None,
            "here",
        );
        let now = "2013-05-24T00:00:00Z".parse().expect("a time");
        let headers = sign(&request, &key, "us-east-1", now);
        let (_, value) = headers.last().expect("headers");
        assert!(
            value.ends_with(
                "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
            ),
            "{value}"
        );
        assert_eq!(
            request.url(),
            "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J"
        );
    }
}
