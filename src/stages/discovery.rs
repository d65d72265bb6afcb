//! Host → modules service.
//!
//! One request to `/.well-known/terraform.json`, unless a host block of the CLI configuration answers for the host.
//! Surprises: the client does not repeat this request, wants the media type to be exactly JSON's, and reads a 404 as a host
//! without services. See <https://developer.hashicorp.com/terraform/internals/remote-service-discovery>.

use crate::addr::Host;
use crate::addr::url::GoUrl;
use crate::client::Behaviour;
use crate::foreign::Foreign;
use crate::io::ask::Ask;
use crate::io::ask::AskLimits;
use crate::io::ask::Carried;
use crate::io::ask::Credential;
use crate::io::ask::Pool;
use crate::io::ask::Scheme;
use crate::io::ask::Take;
use crate::stages::Cx;
use crate::stages::Token;
use crate::stages::cli_config::CliConfig;
use crate::stages::head_of;
use crate::stages::json_stop;
use crate::stages::redirect_stop;
use crate::syntax::cli_config::HostBlock;
use crate::syntax::cli_config::ServiceValue;
use crate::syntax::discovery_json::DiscoveryDocument;
use crate::syntax::discovery_json::DiscoveryError;
use crate::syntax::discovery_json::MODULES_KEY;
use crate::syntax::discovery_json::decode_discovery;
use crate::syntax::go_json::Value;
use crate::trace::Fact;
use crate::trace::Stage;
use crate::trace::Stop;
use crate::trace::Subject;
use crate::trace::exchange::Failure;
use crate::trace::fact::ServiceFrom;
use crate::trace::stop::NoService;
use crate::trace::tracer::OpenStep;
use std::time::Duration;

/// The time that the client grants this request.
const CLIENT_LIMIT: Duration = Duration::from_secs(11);

/// The largest document that the client takes.
const CLIENT_SIZE: u64 = 1 << 20;

/// The modules service of a host.
#[derive(Debug, Clone)]
pub struct Service {
    /// The base URL, with a slash at its end.
    pub url: GoUrl,
}

/// Finds the modules service of a host.
pub async fn run(
    cx: &Cx,
    config: &CliConfig,
    host: &Host,
    token: Option<&Token>,
    round: u32,
) -> Result<Service, Unserved> {
    let mut step = cx.open(Subject::Host(host.for_display()), Stage::Discovery, round);
    match service(cx, &mut step, config, host, token).await {
        Ok(service) => step.done(Ok(service)),
        Err(stop) => {
            let remembered = matches!(stop, Stop::NoService(_) | Stop::BadServiceUrl { .. });
            let _ = cx.end::<()>(step, stop);
            Err(Unserved { remembered })
        }
    }
}

/// A host without a modules service; the trace says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unserved {
    /// Whether the client keeps this answer: a document that it could read, or a 404.
    pub remembered: bool,
}

async fn service(
    cx: &Cx,
    step: &mut OpenStep,
    config: &CliConfig,
    host: &Host,
    token: Option<&Token>,
) -> Result<Service, Stop> {
    if host.is_international() && !cx.client.does(Behaviour::NonAsciiHosts) {
        let words = format!(
            "hostname label \"{}\" specified in punycode format; service hostnames must be given in unicode",
            host.ascii
                .split('.')
                .find(|label| label.starts_with("xn--"))
                .unwrap_or(&host.ascii)
        );
        return Err(Stop::BadServiceUrl {
            got: Foreign::new(host.ascii.clone()),
            words,
        });
    }
    let asked = format!(
        "https://{}/.well-known/terraform.json",
        host.ascii_with_port()
    );
    if let Some((_, block, at)) = config.hosts.iter().find(|(known, _, _)| known == host) {
        return from_block(step, block, at, &asked);
    }
    let ask = request(cx, &asked, token);
    let followed = cx.ask_discovery(step, ask, redirects(cx)).await;
    if let Some(stop) = redirect_stop(&followed) {
        return Err(stop);
    }
    let got = match (followed.answer.failure(), followed.answer.got()) {
        (None, Some(got)) => got,
        (failure, _) => {
            return Err(Stop::Failed(failure.cloned().unwrap_or(Failure::Closed)));
        }
    };
    let answered = followed.last_url().to_owned();
    let document = document(
        got.status,
        got.header_text("content-type"),
        got.content_length(),
        got.bytes(),
    )?;
    let written = written_in(&document)?;
    let from = ServiceFrom::Document {
        asked,
        answered: answered.clone(),
    };
    accept(step, &written, &answered, from)
}

/// The value of the modules service in a document.
fn written_in(document: &DiscoveryDocument) -> Result<String, Stop> {
    let other = |key: &str, kind: &str| {
        Stop::NoService(NoService::OtherVersion {
            key: Foreign::new(key),
            kind: kind.to_owned(),
        })
    };
    match (&document.modules, &document.modules_like) {
        (Some(Value::Text(text)), _) => Ok(text.clone()),
        (Some(value), _) => Err(other(MODULES_KEY, value.go_kind())),
        (None, _) if document.is_null => Err(Stop::NoService(NoService::Null)),
        (None, Some((key, kind))) => Err(other(key, kind)),
        (None, None) => Err(Stop::NoService(NoService::NoKey)),
    }
}

fn redirects(cx: &Cx) -> u32 {
    if cx.client.does(Behaviour::ManyDiscoveryRedirects) {
        cx.io.limits.redirects
    } else {
        cx.io.limits.discovery_redirects
    }
}

fn request(cx: &Cx, url: &str, token: Option<&Token>) -> Ask {
    let limits = AskLimits {
        total: Some(CLIENT_LIMIT),
        ..AskLimits::metadata(&cx.io.limits)
    };
    let take = Take::Body {
        limit: cx.io.limits.discovery_bytes,
        name: "discovery document",
    };
    let mut ask = Ask::get(url, limits, take);
    ask.pool = Pool::Discovery;
    ask.headers
        .push(("Accept".to_owned(), "application/json".to_owned()));
    ask.credential = token.map(bearer);
    ask
}

/// A token as a credential of a request.
pub fn bearer(token: &Token) -> Credential {
    Credential {
        scheme: Scheme::Bearer,
        secret: token.secret.clone(),
        origin: token.origin.clone(),
        host: token.host.ascii_with_port(),
        carried: Carried::Header,
        withheld: None,
    }
}

fn document(
    status: u16,
    content_type: Option<String>,
    length: Option<u64>,
    body: &[u8],
) -> Result<DiscoveryDocument, Stop> {
    match status {
        200 => {}
        404 => return Err(Stop::NoService(NoService::NotFound)),
        other => {
            return Err(Stop::Status {
                got: other,
                expected: "200",
            });
        }
    }
    let Some(media) = content_type.as_deref().and_then(media_type) else {
        return Err(Stop::BadContentType(content_type.map(Foreign::new)));
    };
    if media != "application/json" {
        return Err(Stop::NotJson {
            got: Foreign::new(media),
        });
    }
    if let Some(length) = length.filter(|length| *length > CLIENT_SIZE) {
        return Err(Stop::TooLarge {
            got: length,
            limit: CLIENT_SIZE,
        });
    }
    decode_discovery(body).map_err(|error| match &error {
        DiscoveryError::Json(error) => json_stop(error, body),
        DiscoveryError::NotAnObject { .. } | DiscoveryError::NumberTooLarge { .. } => {
            Stop::Undecodable {
                pointer: String::new(),
                words: error.go_message().unwrap_or_default(),
                head: head_of(body),
            }
        }
    })
}

/// The media type in lower case; `None` where the client cannot read it.
fn media_type(value: &str) -> Option<String> {
    let kind = value
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let token = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&byte))
    };
    match kind.split_once('/') {
        Some((main, sub)) if token(main) && token(sub) => Some(kind),
        Some(_) => None,
        None => token(&kind).then_some(kind),
    }
}

fn from_block(
    step: &mut OpenStep,
    block: &HostBlock,
    at: &str,
    base: &str,
) -> Result<Service, Stop> {
    let services = block.services.as_deref().unwrap_or_default();
    let exact = services
        .iter()
        .rev()
        .find(|service| service.key == MODULES_KEY);
    let written = match exact.map(|service| &service.value) {
        Some(ServiceValue::Other(kind)) => {
            let kind = format!("{kind:?}").to_ascii_lowercase();
            return Err(Stop::NoService(NoService::OtherVersion {
                key: Foreign::new(MODULES_KEY),
                kind,
            }));
        }
        Some(value) => value.as_text().unwrap_or_default().to_owned(),
        None => match services
            .iter()
            .find(|service| service.key.starts_with("modules."))
        {
            Some(other) => {
                let why = NoService::OtherVersion {
                    key: Foreign::new(other.key.clone()),
                    kind: "another version".to_owned(),
                };
                return Err(Stop::NoService(why));
            }
            None => return Err(Stop::NoService(NoService::NoKey)),
        },
    };
    accept(step, &written, base, ServiceFrom::HostBlock(at.to_owned()))
}

fn accept(
    step: &mut OpenStep,
    written: &str,
    base: &str,
    from: ServiceFrom,
) -> Result<Service, Stop> {
    match service_url(written, base) {
        Ok(url) => {
            step.note(Fact::Service {
                url: Foreign::new(url.to_string()),
                written: Foreign::new(written),
                from,
            });
            Ok(Service { url })
        }
        Err(words) => {
            step.note(Fact::Service {
                url: Foreign::new(""),
                written: Foreign::new(written),
                from,
            });
            Err(Stop::BadServiceUrl {
                got: Foreign::new(written),
                words,
            })
        }
    }
}

/// The base URL that a value means, or what is wrong with it in the client's words.
pub fn service_url(written: &str, base: &str) -> Result<GoUrl, String> {
    let failed = |words: String| format!("Failed to parse service URL: {words}");
    let url = GoUrl::parse(written).map_err(|error| failed(error.client_text()))?;
    let mut url = if url.scheme.is_empty() {
        let base = GoUrl::parse(base).map_err(|error| failed(error.client_text()))?;
        base.resolve_reference(&url)
    } else {
        url
    };
    if url.scheme != "http" && url.scheme != "https" {
        return Err(failed(format!("unsupported scheme {}", url.scheme)));
    }
    if url.user.is_some() {
        return Err(failed(
            "embedded username/password information is not permitted".to_owned(),
        ));
    }
    url.fragment.clear();
    url.raw_fragment.clear();
    if !url.path.ends_with(b"/") {
        url.path.push(b'/');
        if !url.raw_path.is_empty() {
            url.raw_path.push('/');
        }
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::{media_type, service_url};

    const BASE: &str = "https://reg.example.com/.well-known/terraform.json";

    #[test]
    fn service_urls_are_completed_as_the_client_completes_them() {
        let text = |written: &str| service_url(written, BASE).map(|url| url.to_string());
        assert_eq!(
            text("/v1/modules/"),
            Ok("https://reg.example.com/v1/modules/".to_owned())
        );
        assert_eq!(
            text("modules/"),
            Ok("https://reg.example.com/.well-known/modules/".to_owned())
        );
        assert_eq!(
            text("https://api.example.com/m"),
            Ok("https://api.example.com/m/".to_owned())
        );
        assert_eq!(
            text("//other.example.com/m"),
            Ok("https://other.example.com/m/".to_owned())
        );
        assert_eq!(
            text("ftp://x/"),
            Err("Failed to parse service URL: unsupported scheme ftp".to_owned())
        );
        assert!(text("https://u:p@x/").is_err());
    }

    #[test]
    fn media_types_are_compared_without_parameters() {
        assert_eq!(
            media_type("Application/JSON; charset=utf-8").as_deref(),
            Some("application/json")
        );
        assert_eq!(media_type(""), None);
    }
}
