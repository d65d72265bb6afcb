//! Where the client's Google library finds a token.
//!
//! The order: an emulator needs none; `GOOGLE_OAUTH_ACCESS_TOKEN`; the file that `GOOGLE_APPLICATION_CREDENTIALS` names; the file
//! that `gcloud` leaves; the machine. A file may name the address that its token is asked of, as it may for the client. Kinds of
//! accounts that need a further exchange are named and not exchanged.

use super::FILE_BYTES;
use super::google_key::Account;
use super::google_key::statement;
use super::json_of;
use super::machine_question;
use super::question;
use super::sign::value_text;
use crate::io::Io;
use crate::io::ask::Answer;
use crate::io::ask::Ask;
use crate::io::ask::Method;
use crate::io::ask::Pool;
use crate::io::files;
use crate::secret::Secret;
use crate::trace::act::Act;
use crate::trace::act::ReadOutcome;
use crate::trace::tracer::OpenStep;
use jiff::Timestamp;
use serde_json::Value;
use std::path::Path;
use std::path::PathBuf;

/// What a token is asked for.
const SCOPES: [&str; 2] = [
    "https://www.googleapis.com/auth/devstorage.full_control",
    "https://www.googleapis.com/auth/cloud-platform",
];
/// Where tokens are asked for, unless a file says otherwise.
const TOKENS: &str = "https://oauth2.googleapis.com/token";
/// Where a machine asks.
const MACHINE: &str = "169.254.169.254";
/// What the system says of the machine.
const PRODUCT: &str = "/sys/class/dmi/id/product_name";

/// A token, with where it came from.
#[derive(Debug, Clone)]
pub struct Token {
    /// The token.
    pub secret: Secret,
    /// Where it came from, for people.
    pub origin: String,
}

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoToken {
    /// There is no credential, or one that cannot be read; the words are the client's.
    Missing(String),
    /// The credential was refused; the words are the client's.
    Refused(String),
    /// A kind of credential that is not exchanged here.
    NotExchanged(String),
}

/// Looks for a token as the library does; none is needed by an emulator.
pub async fn find(io: &Io, step: &mut OpenStep) -> Result<Option<Token>, NoToken> {
    if io.env.filled("STORAGE_EMULATOR_HOST").is_some() {
        return Ok(None);
    }
    if let Some(token) = io.env.var("GOOGLE_OAUTH_ACCESS_TOKEN") {
        return Ok(Some(Token {
            secret: learned(io, token),
            origin: "GOOGLE_OAUTH_ACCESS_TOKEN".to_owned(),
        }));
    }
    if let Some(path) = io.env.filled("GOOGLE_APPLICATION_CREDENTIALS") {
        let place = "GOOGLE_APPLICATION_CREDENTIALS environment variable".to_owned();
        return from_file(io, step, Path::new(path), &place).await.map(Some);
    }
    if let Some(path) = well_known(io) {
        let place = format!("well-known file ({})", path.display());
        return from_file(io, step, &path, &place).await.map(Some);
    }
    from_machine(io, step).await.map(Some)
}

fn learned(io: &Io, token: &str) -> Secret {
    let secret = Secret::new(token.to_owned());
    io.redactor.learn(&secret);
    secret
}

fn well_known(io: &Io) -> Option<PathBuf> {
    let path = io
        .env
        .home()?
        .join(".config/gcloud/application_default_credentials.json");
    files::exists(&path).then_some(path)
}

async fn from_file(
    io: &Io,
    step: &mut OpenStep,
    path: &Path,
    place: &str,
) -> Result<Token, NoToken> {
    let (read, bytes) = files::read(path, FILE_BYTES);
    let outcome = read.outcome.clone();
    step.act(Act::File(read));
    let broken = |words: String| {
        NoToken::Missing(format!(
            "dialing: google: error getting credentials using {place}: {words}"
        ))
    };
    let Some(bytes) = bytes else {
        return Err(broken(match outcome {
            ReadOutcome::Missing => {
                format!("open {}: no such file or directory", path.display())
            }
            ReadOutcome::Directory => format!("read {}: is a directory", path.display()),
            ReadOutcome::Unreadable(word) => format!("open {}: {word}", path.display()),
            ReadOutcome::TooLarge { limit } => format!("larger than {limit} bytes"),
            ReadOutcome::Read(_) => String::new(),
        }));
    };
    let document: Value = serde_json::from_slice(&bytes).map_err(|error| {
        broken(if error.is_eof() {
            "unexpected end of JSON input".to_owned()
        } else {
            "invalid JSON".to_owned()
        })
    })?;
    let text = |name: &str| {
        document
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let address = match text("token_uri") {
        "" => TOKENS,
        named => named,
    };
    let body = match text("type") {
        "service_account" => service_account(io, &document, address)?,
        "authorized_user" => refresh(io, &document),
        "" => return Err(broken("missing 'type' field in credentials".to_owned())),
        other @ ("external_account"
        | "external_account_authorized_user"
        | "impersonated_service_account"
        | "gdch_service_account") => {
            return Err(NoToken::NotExchanged(format!(
                "credentials of the kind {other} in {} are not exchanged here",
                path.display()
            )));
        }
        other => return Err(broken(format!("unknown credential type: \"{other}\""))),
    };
    let origin = format!("{} ({})", path.display(), text("type"));
    exchange(io, step, address, body, origin).await
}

/// The form of a service account: a signed statement.
fn service_account(
    io: &Io,
    document: &Value,
    address: &str,
) -> Result<Vec<(&'static str, String)>, NoToken> {
    let text = |name: &str| {
        document
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let account = Account {
        email: text("client_email"),
        key_id: text("private_key_id"),
        private_key: text("private_key"),
        audience: address,
        scope: &SCOPES.join(" "),
    };
    let signed = statement(&account, Timestamp::now()).map_err(NoToken::Refused)?;
    learned(io, &signed);
    Ok(vec![
        ("assertion", signed),
        (
            "grant_type",
            "urn:ietf:params:oauth:grant-type:jwt-bearer".to_owned(),
        ),
    ])
}

/// The form of a user: the token that renews.
fn refresh(io: &Io, document: &Value) -> Vec<(&'static str, String)> {
    let text = |name: &str| {
        document
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    for name in ["client_secret", "refresh_token"] {
        learned(io, &text(name));
    }
    vec![
        ("client_id", text("client_id")),
        ("client_secret", text("client_secret")),
        ("grant_type", "refresh_token".to_owned()),
        ("refresh_token", text("refresh_token")),
    ]
}

async fn exchange(
    io: &Io,
    step: &mut OpenStep,
    address: &str,
    form: Vec<(&'static str, String)>,
    origin: String,
) -> Result<Token, NoToken> {
    let pairs: Vec<String> = form
        .iter()
        .map(|(name, value)| format!("{name}={}", value_text(value)))
        .collect();
    let mut ask = question(address, &io.limits);
    ask.method = Method::Post;
    ask.headers.push((
        "content-type".to_owned(),
        "application/x-www-form-urlencoded".to_owned(),
    ));
    ask.body = Some(Secret::new(pairs.join("&")));
    let answer = send(io, step, ask).await;
    token_in(io, &answer, origin)
}

async fn from_machine(io: &Io, step: &mut OpenStep) -> Result<Token, NoToken> {
    let host = io.env.filled("GCE_METADATA_HOST").map(str::to_owned);
    if host.is_none() && !is_google_machine(io, step).await {
        return Err(NoToken::Missing(
            "dialing: google: could not find default credentials. See https://cloud.google.com/docs/authentication/external/set-up-adc for more information"
                .to_owned(),
        ));
    }
    let host = host.unwrap_or_else(|| MACHINE.to_owned());
    let base = format!("http://{host}/computeMetadata/v1");
    let mut project = flavoured(io, format!("{base}/project/project-id"));
    project.confidential = false;
    send(io, step, project).await;
    let scopes = value_text(&SCOPES.join(","));
    let address = format!("{base}/instance/service-accounts/default/token?scopes={scopes}");
    let answer = send(io, step, flavoured(io, address)).await;
    token_in(io, &answer, "the account of the machine".to_owned())
}

/// Whether this is a machine of Google's: the system says so, or the service answers as one.
async fn is_google_machine(io: &Io, step: &mut OpenStep) -> bool {
    let (_, product) = files::read(Path::new(PRODUCT), FILE_BYTES);
    let product = String::from_utf8_lossy(&product.unwrap_or_default())
        .trim()
        .to_owned();
    if matches!(product.as_str(), "Google" | "Google Compute Engine") {
        return true;
    }
    let mut probe = flavoured(io, format!("http://{MACHINE}"));
    probe.confidential = false;
    let answer = send(io, step, probe).await;
    answer
        .got()
        .and_then(|got| got.header_text("metadata-flavor"))
        .is_some_and(|flavour| flavour == "Google")
}

fn flavoured(io: &Io, address: String) -> Ask {
    let mut ask = machine_question(address, &io.limits);
    ask.headers
        .push(("metadata-flavor".to_owned(), "Google".to_owned()));
    ask.pool = Pool::Machine;
    ask
}

async fn send(io: &Io, step: &mut OpenStep, ask: Ask) -> Answer {
    Box::pin(io.http.send(step, ask)).await
}

fn token_in(io: &Io, answer: &Answer, origin: String) -> Result<Token, NoToken> {
    let Some(got) = answer.got() else {
        return Err(NoToken::Refused(
            "oauth2: cannot fetch token: no answer".to_owned(),
        ));
    };
    let document = json_of(got);
    let text = |name: &str| document.as_ref()?.get(name)?.as_str();
    match text("access_token").filter(|token| !token.is_empty()) {
        Some(token) if (200..300).contains(&got.status) => Ok(Token {
            secret: learned(io, token),
            origin,
        }),
        Some(_) | None => {
            let said = [text("error"), text("error_description")];
            let said: Vec<&str> = said.into_iter().flatten().collect();
            Err(NoToken::Refused(format!(
                "oauth2: cannot fetch token: {} {} {}",
                got.status,
                got.reason,
                said.join(": ")
            )))
        }
    }
}
