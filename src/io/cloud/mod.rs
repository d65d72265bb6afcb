//! Credentials of clouds, in the order in which the client's libraries look for them, and the signatures made with them.
//!
//! What is asked of a metadata service, of STS or of a token endpoint goes through the HTTP door with its step, and nothing of
//! such a reply's body is recorded. Never asks an address that an answer named. The AWS library reads `~/.aws/config` without
//! being told to only from its second version on.

pub mod aws;
mod aws_machine;
mod aws_sts;
pub mod google;
mod google_key;
pub mod profile;
pub mod sign;

use super::ask::Ask;
use super::ask::AskLimits;
use super::ask::Got;
use super::ask::Take;
use super::files;
use super::limits::Limits;
use crate::secret::Redactor;
use crate::secret::Secret;
use std::path::Path;
use std::time::Duration;

/// Largest file with credentials that is read.
const FILE_BYTES: u64 = 1024 * 1024;
/// Largest reply with a credential that is read.
const REPLY_BYTES: u64 = 256 * 1024;
/// How long a machine is waited for when it is asked about itself.
const MACHINE_WAIT: Duration = Duration::from_secs(1);

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

/// The one place where a secret of a cloud leaves its type.
fn plain(secret: &Secret) -> &str {
    secret.wire()
}

/// A question whose reply is a credential.
fn question(url: impl Into<String>, limits: &Limits) -> Ask {
    let mut ask = Ask::get(
        url,
        AskLimits::metadata(limits),
        Take::Body {
            limit: REPLY_BYTES,
            name: "credential",
        },
    );
    ask.confidential = true;
    ask
}

/// A question to the machine about itself: it answers at once or is not there.
fn machine_question(url: impl Into<String>, limits: &Limits) -> Ask {
    let mut ask = question(url, limits);
    ask.limits.connect = MACHINE_WAIT.min(ask.limits.connect);
    ask.limits.total = Some(MACHINE_WAIT.saturating_mul(5));
    ask
}

/// The body of a good reply as JSON.
fn json_of(got: &Got) -> Option<serde_json::Value> {
    serde_json::from_slice(got.bytes()).ok()
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
