//! Turns what went over the wire into an `Exchange`; everything is masked here, once.

use super::ask::Ask;
use super::ask::Credential;
use super::ask::Got;
use super::ask::GotBody;
use crate::foreign::Foreign;
use crate::secret::MASK;
use crate::secret::MASKED_HEADERS;
use crate::secret::Redactor;
use crate::trace::exchange::Body;
use crate::trace::exchange::CredentialUse;
use crate::trace::exchange::Reply;
use crate::trace::exchange::Sent;
use reqwest::Url;

/// Bytes of a text body that are kept.
const KEPT: usize = 64 * 1024;
/// Bytes that are kept of an answer that a stage reads as a whole: what counts becomes a fact, and a sweep has thousands.
const KEPT_OF_JSON: usize = 4 * 1024;
/// Bytes beyond, so that a secret on the border is masked as a whole.
const MARGIN: usize = 8 * 1024;

/// The word for a version of HTTP.
pub(super) fn version_word(version: http::Version) -> &'static str {
    if version == http::Version::HTTP_2 {
        return "HTTP/2";
    }
    if version == http::Version::HTTP_10 {
        return "HTTP/1.0";
    }
    "HTTP/1.1"
}

/// What masks, and what tells secrets of one run apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mask<'a> {
    pub(super) redactor: &'a Redactor,
    pub(super) salt: u64,
}

impl Mask<'_> {
    /// What is sent; the URL is missing where the address is none.
    pub(super) fn sent(
        &self,
        ask: &Ask,
        url: Option<&Url>,
        credential: Option<&Credential>,
        headers: &[(String, String)],
    ) -> Sent {
        let used = credential.map(|credential| self.credential(credential));
        let mut headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (name.clone(), self.header(name, value)))
            .collect();
        if let Some(credential) = credential.filter(|credential| credential.withheld.is_none()) {
            let value = format!("{} {MASK}", credential.scheme.word());
            headers.push(("authorization".to_owned(), value));
        }
        Sent {
            method: ask.method.word().to_owned(),
            url: self.redactor.mask(&ask.url),
            scheme: url.map(|url| url.scheme().to_owned()).unwrap_or_default(),
            host: url
                .and_then(Url::host_str)
                .map(str::to_owned)
                .unwrap_or_default(),
            port: url.and_then(Url::port_or_known_default).unwrap_or_default(),
            headers,
            credential: used,
        }
    }

    /// What came back.
    pub(super) fn reply(&self, got: &Got, version: &str) -> Reply {
        Reply {
            status: got.status,
            version: version.to_owned(),
            headers: got
                .headers
                .iter()
                .map(|(name, value)| {
                    let text = String::from_utf8_lossy(value);
                    (name.clone(), Foreign::new(self.header(name, &text)))
                })
                .collect(),
            body: self.body(got.status, &got.body),
            cut: got.cut.clone(),
        }
    }

    /// What came back, where the body is a credential.
    pub(super) fn sealed_reply(&self, got: &Got, version: &str) -> Reply {
        Reply {
            body: match &got.body {
                GotBody::Bytes(bytes) if !bytes.is_empty() => Body::Text {
                    text: Foreign::new(MASK),
                    size: bytes.len() as u64,
                },
                GotBody::None | GotBody::Bytes(_) | GotBody::File(_) => Body::None,
            },
            ..self.reply(got, version)
        }
    }

    fn credential(&self, credential: &Credential) -> CredentialUse {
        CredentialUse {
            scheme: credential.scheme.word().to_owned(),
            origin: credential.origin.clone(),
            fingerprint: credential.secret.fingerprint(self.salt),
            withheld: credential.withheld,
        }
    }

    fn header(&self, name: &str, value: &str) -> String {
        let hidden = MASKED_HEADERS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name));
        if hidden {
            return MASK.to_owned();
        }
        self.redactor.mask(value)
    }

    fn body(&self, status: u16, body: &GotBody) -> Body {
        match body {
            GotBody::None => Body::None,
            GotBody::Bytes(bytes) if bytes.is_empty() => Body::None,
            GotBody::Bytes(bytes) => {
                let is_json = bytes.trim_ascii_start().starts_with(b"{");
                let kept = if is_json && (200..300).contains(&status) {
                    KEPT_OF_JSON
                } else {
                    KEPT
                };
                let shown = bytes.get(..kept + MARGIN).unwrap_or(bytes);
                let mut text = self.redactor.mask(&String::from_utf8_lossy(shown));
                let end = (0..=kept.min(text.len()))
                    .rev()
                    .find(|end| text.is_char_boundary(*end))
                    .unwrap_or_default();
                text.truncate(end);
                text.shrink_to_fit();
                Body::Text {
                    text: Foreign::new(text),
                    size: bytes.len() as u64,
                }
            }
            GotBody::File(file) => Body::Stored {
                size: file.size,
                sha256: file.sha256.clone(),
                head: file.head.clone(),
            },
        }
    }
}
