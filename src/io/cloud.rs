//! Keys of S3, and the signature that is made with them.
//!
//! Never asks a metadata service: what is not in the environment or a shared file counts as missing. Signs with version 4
//! and headers only. The SDK reads `~/.aws/config` without being told to only from its second version on.

use super::env::Env;
use super::files;
use crate::secret::Redactor;
use crate::secret::Secret;
use crate::syntax::ini::Ini;
use crate::syntax::ini::Section;
use crate::trace::act::FileRead;
use jiff::Timestamp;
use percent_encoding::AsciiSet;
use percent_encoding::NON_ALPHANUMERIC;
use percent_encoding::utf8_percent_encode;
use sha2::Digest;
use sha2::Sha256;
use std::path::Path;
use std::path::PathBuf;

/// Largest shared file that is read.
const SHARED_BYTES: u64 = 1024 * 1024;
/// The digest of no body.
const EMPTY_BODY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// What stays as it is in a value of the query.
const VALUE: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
/// What stays as it is in a path.
const PATH: AsciiSet = VALUE.remove(b'/');

/// An access key.
#[derive(Debug, Clone)]
pub struct AwsKey {
    /// Its name.
    pub id: Secret,
    /// Its secret half.
    pub secret: Secret,
    /// The token of a temporary key.
    pub session: Option<Secret>,
    /// Where it came from, for people.
    pub origin: String,
}

impl AwsKey {
    /// A key; its secrets are masked from now on.
    pub fn new(
        redactor: &Redactor,
        id: &str,
        secret: &str,
        session: Option<&str>,
        origin: impl Into<String>,
    ) -> Self {
        let key = Self {
            id: Secret::new(id.to_owned()),
            secret: Secret::new(secret.to_owned()),
            session: session
                .filter(|token| !token.is_empty())
                .map(|token| Secret::new(token.to_owned())),
            origin: origin.into(),
        };
        redactor.learn(&key.id);
        redactor.learn(&key.secret);
        if let Some(session) = &key.session {
            redactor.learn(session);
        }
        key
    }
}

/// Which shared files count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SharedFiles {
    /// The file of credentials.
    Credentials,
    /// That file, and the one of settings.
    Both,
}

/// What the shared files say of a profile.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// The files that were looked at.
    pub reads: Vec<FileRead>,
    /// Its key.
    pub key: Option<AwsKey>,
    /// Its region.
    pub region: Option<String>,
    /// Whether it gets its key by single sign-on.
    pub sso: bool,
}

/// The key in the environment.
pub fn environment_key(env: &Env, redactor: &Redactor) -> Option<AwsKey> {
    let either = |first, second| env.filled(first).or_else(|| env.filled(second));
    let id = either("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY")?;
    let secret = either("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY")?;
    Some(AwsKey::new(
        redactor,
        id,
        secret,
        env.filled("AWS_SESSION_TOKEN"),
        "the environment (AWS_ACCESS_KEY_ID)",
    ))
}

/// What the shared files say of a profile: the named one, else that of the environment.
pub fn profile(env: &Env, redactor: &Redactor, name: Option<&str>, shared: SharedFiles) -> Profile {
    let name = name
        .or_else(|| env.filled("AWS_PROFILE"))
        .unwrap_or("default");
    let mut found = Profile::default();
    let shared: &[(&str, &str)] = match shared {
        SharedFiles::Credentials => &[("AWS_SHARED_CREDENTIALS_FILE", "credentials")],
        SharedFiles::Both => &[
            ("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
            ("AWS_CONFIG_FILE", "config"),
        ],
    };
    for (variable, file) in shared {
        let Some(path) = shared_path(env, variable, file) else {
            continue;
        };
        let (read, bytes) = files::read(&path, SHARED_BYTES);
        let origin = format!("profile {name} of {}", read.path);
        found.reads.push(read);
        let ini = Ini::parse(&bytes.unwrap_or_default());
        let Some(section) = ini.profile(name) else {
            continue;
        };
        found.sso |= section.values.keys().any(|key| key.starts_with("sso_"));
        found.region = found
            .region
            .or_else(|| section.values.get("region").cloned());
        found.key = found.key.or_else(|| section_key(section, redactor, origin));
    }
    found
}

fn shared_path(env: &Env, variable: &str, file: &str) -> Option<PathBuf> {
    env.filled(variable)
        .map(PathBuf::from)
        .or_else(|| Some(env.home()?.join(".aws").join(file)))
}

fn section_key(section: &Section, redactor: &Redactor, origin: String) -> Option<AwsKey> {
    let value = |name: &str| section.values.get(name).map(String::as_str);
    Some(AwsKey::new(
        redactor,
        value("aws_access_key_id")?,
        value("aws_secret_access_key")?,
        value("aws_session_token"),
        origin,
    ))
}

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
            .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, &VALUE)))
            .collect();
        pairs.sort();
        pairs.join("&")
    }
}

/// The headers that sign a request.
pub fn sign(
    request: &StoreRequest,
    key: &AwsKey,
    region: &str,
    now: Timestamp,
) -> Vec<(String, String)> {
    let stamp = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    let day = now.strftime("%Y%m%d").to_string();
    let mut signed = vec![
        ("host", request.host.clone()),
        ("x-amz-content-sha256", EMPTY_BODY.to_owned()),
        ("x-amz-date", stamp.clone()),
    ];
    if let Some(session) = &key.session {
        signed.push(("x-amz-security-token", session.wire().to_owned()));
    }
    let names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let lines: Vec<String> = signed
        .iter()
        .map(|(name, value)| format!("{name}:{}", value.trim()))
        .collect();
    let lines = lines.join("\n");
    let canonical = format!(
        "GET\n{}\n{}\n{lines}\n\n{names}\n{EMPTY_BODY}",
        request.sent_path(),
        request.sent_query()
    );
    let scope = format!("{day}/{region}/s3/aws4_request");
    let text = format!(
        "AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}",
        hex::encode(Sha256::digest(canonical.as_bytes()))
    );
    let first = format!("AWS4{}", key.secret.wire()).into_bytes();
    let signature = [day.as_str(), region, "s3", "aws4_request", text.as_str()]
        .iter()
        .fold(first, |key, part| hmac(&key, part.as_bytes()));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={}",
        key.id.wire(),
        hex::encode(signature)
    );
    let mut headers: Vec<(String, String)> = signed
        .into_iter()
        .filter(|(name, _)| *name != "host")
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    headers.push(("authorization".to_owned(), authorization));
    headers
}

/// HMAC with SHA-256 (RFC 2104).
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut block = [0_u8; 64];
    let digest;
    let short = if key.len() > block.len() {
        digest = Sha256::digest(key).to_vec();
        &digest
    } else {
        key
    };
    for (place, byte) in block.iter_mut().zip(short) {
        *place = *byte;
    }
    let inner = Sha256::new()
        .chain_update(block.map(|byte| byte ^ 0x36))
        .chain_update(text)
        .finalize();
    Sha256::new()
        .chain_update(block.map(|byte| byte ^ 0x5c))
        .chain_update(inner)
        .finalize()
        .to_vec()
}

/// Gives a fetched object the mode that it has in a module.
pub fn set_mode(path: &Path, mode: u32) -> Result<(), String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
            .map_err(|error| files::word(&error))
    }
    #[cfg(not(unix))]
    {
        let _ = (path, mode);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::AwsKey;
    use super::SharedFiles;
    use super::StoreRequest;
    use super::environment_key;
    use super::hmac;
    use super::profile;
    use super::sign;
    use crate::io::Env;
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

    #[test]
    fn keys_come_from_the_environment_and_from_files() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("credentials");
        std::fs::write(
            &path,
            "[default]\naws_access_key_id = AKIAFILE\naws_secret_access_key = fromthefile\n[sso]\nsso_session = x\n",
        )
        .expect("a file");
        let env = Env::from_pairs([
            ("AWS_ACCESS_KEY_ID", "AKIAENV"),
            ("AWS_SECRET_ACCESS_KEY", "fromtheenvironment"),
            ("AWS_SHARED_CREDENTIALS_FILE", &path.display().to_string()),
        ]);
        let redactor = Redactor::default();
        let key = environment_key(&env, &redactor).expect("a key");
        assert_eq!(key.id.wire(), "AKIAENV");
        assert_eq!(redactor.mask("x fromtheenvironment"), "x ***");
        let default = profile(&env, &redactor, None, SharedFiles::Credentials);
        assert_eq!(default.key.expect("a key").id.wire(), "AKIAFILE");
        let sso = profile(&env, &redactor, Some("sso"), SharedFiles::Credentials);
        assert!(sso.sso && sso.key.is_none());
    }
}
