//! Turns a question into a request, or says why it cannot be sent.
//!
//! Here it is decided what goes out: which headers, which credential, through which proxy. A credential that stays here is
//! recorded with the reason.

use super::ask::Ask;
use super::ask::Carried;
use super::ask::Coding;
use super::ask::Credential;
use super::ask::Method;
use super::ask::NamedBy;
use super::ask::Pool;
use super::ask::Scheme;
use super::dns;
use super::http::Parts;
use super::proxy;
use super::proxy::ProxyChoice;
use super::target;
use crate::foreign::Foreign;
use crate::secret::Redactor;
use crate::secret::Secret;
use crate::secret::is_masked_name;
use crate::trace::exchange::Failure;
use crate::trace::exchange::ProxyUse;
use crate::trace::exchange::Withheld;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use reqwest::header::HeaderMap;
use reqwest::header::HeaderName;
use reqwest::header::HeaderValue;
use std::net::SocketAddr;

/// What the record says of a request, whether it was sent or not.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) url: Option<Url>,
    pub(super) credential: Option<Credential>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) proxy: Option<ProxyUse>,
}

/// A request that was not sent.
pub(super) struct Refused {
    pub(super) failure: Failure,
    pub(super) draft: Draft,
}

/// A request that can be sent.
pub(super) struct Ready {
    pub(super) draft: Draft,
    address: Url,
    pub(super) host: String,
    port: u16,
    wire: HeaderMap,
    pub(super) through: Option<ProxyChoice>,
}

impl Ready {
    pub(super) fn new(ask: &Ask, parts: &Parts) -> Result<Self, Box<Refused>> {
        let mut draft = Draft {
            headers: headers(ask, parts),
            ..Draft::default()
        };
        let mut url = match target::url(&ask.url) {
            Ok(url) => url,
            Err(failure) => return refuse(failure, draft),
        };
        let user = target::take_user_info(&mut url);
        draft.url = Some(url.clone());
        learn_parameters(&parts.redactor, &url);
        let host = url.host_str().unwrap_or_default().to_owned();
        let port = url.port_or_known_default().unwrap_or_default();
        let server_named = ask.named_by == NamedBy::Server;
        draft.credential = ask
            .credential
            .clone()
            .or_else(|| user.map(|pair| own_credential(Secret::new(pair), &host)));
        if let Some(credential) = &draft.credential {
            learn(&parts.redactor, credential);
        }
        if let Some(credential) = &mut draft.credential
            && is_in_the_clear(credential, &url, &host, parts)
        {
            credential.withheld = Some(Withheld::ClearText);
        }
        if let Some(forbidden) = parts.names.refused(&host, port, server_named) {
            return refuse(Failure::Forbidden(forbidden), draft);
        }
        let through = match parts.proxies.choose(&url) {
            _ if ask.pool == Pool::Machine => None,
            proxy::Choice::Direct { .. } => None,
            proxy::Choice::Through(choice) => Some(choice),
            proxy::Choice::Refused => {
                let words = "refusing to use HTTP_PROXY value in CGI environment";
                return refuse(Failure::Proxy(Foreign::new(words)), draft);
            }
        };
        draft.proxy = through.as_ref().map(|choice| ProxyUse {
            url: choice.shown(),
            rule: choice.rule.clone(),
        });
        if let Some(password) = through.as_ref().and_then(ProxyChoice::password) {
            parts.redactor.learn(&password);
        }
        let mut wire = match on_the_wire(&draft) {
            Ok(wire) => wire,
            Err(name) => return refuse(Failure::BadHeader { name }, draft),
        };
        let given = parts.names.given(&host, port);
        if through.is_none()
            && let Some(address) = given
        {
            connect_elsewhere(&mut url, &mut wire, address);
        }
        Ok(Self {
            draft,
            address: url,
            host,
            port,
            wire,
            through,
        })
    }

    pub(super) fn url(&self) -> &Url {
        &self.address
    }

    pub(super) fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    pub(super) fn dial(&self) -> (String, u16) {
        self.through
            .as_ref()
            .map_or_else(|| (self.host.clone(), self.port), ProxyChoice::dial)
    }

    pub(super) fn request(&self, ask: &Ask) -> reqwest::Request {
        let method = match ask.method {
            Method::Get => reqwest::Method::GET,
            Method::Head => reqwest::Method::HEAD,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
        };
        let mut request = reqwest::Request::new(method, self.address.clone());
        *request.headers_mut() = self.wire.clone();
        if let Some(body) = &ask.body {
            *request.body_mut() = Some(body.wire().to_owned().into());
        }
        request
    }
}

fn refuse(failure: Failure, draft: Draft) -> Result<Ready, Box<Refused>> {
    Err(Box::new(Refused { failure, draft }))
}

/// A resolver can change the port only where the address names none, so here it is changed for it.
fn connect_elsewhere(url: &mut Url, wire: &mut HeaderMap, address: SocketAddr) {
    let Some(port) = url.port() else {
        return;
    };
    if port == address.port() {
        return;
    }
    let shown = format!("{}:{port}", url.host_str().unwrap_or_default());
    if let Ok(value) = HeaderValue::from_str(&shown)
        && url.set_port(Some(address.port())).is_ok()
    {
        wire.insert(reqwest::header::HOST, value);
    }
}

/// A server may repeat the password without its user.
fn learn(redactor: &Redactor, credential: &Credential) {
    redactor.learn(&credential.secret);
    if credential.scheme != Scheme::Basic {
        return;
    }
    if let Some((user, password)) = credential.secret.wire().split_once(':') {
        let part = if password.is_empty() { user } else { password };
        redactor.learn(&Secret::new(part.to_owned()));
    }
}

/// A server may repeat a signature or a token of the address that it refuses.
fn learn_parameters(redactor: &Redactor, url: &Url) {
    for (name, value) in url.query_pairs() {
        // The name `key` also stands for the path of an object, which every tree of a package repeats.
        if is_masked_name(&name) && !name.eq_ignore_ascii_case("key") {
            redactor.learn(&Secret::new(value.into_owned()));
        }
    }
}

fn own_credential(secret: Secret, host: &str) -> Credential {
    Credential {
        scheme: Scheme::Basic,
        secret,
        origin: "address".to_owned(),
        host: host.to_owned(),
        carried: Carried::Address,
        withheld: None,
    }
}

/// Tokens of a registry go over plain http only to this machine, and to hosts that the user named for it.
fn is_in_the_clear(credential: &Credential, url: &Url, host: &str, parts: &Parts) -> bool {
    let allowed = parts.token_over_http.iter().any(|known| {
        known.eq_ignore_ascii_case(&credential.host) || known.eq_ignore_ascii_case(host)
    });
    credential.scheme == Scheme::Bearer
        && credential.withheld.is_none()
        && url.scheme() != "https"
        && !dns::is_loopback_host(host)
        && !allowed
}

fn headers(ask: &Ask, parts: &Parts) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = ask
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
        .collect();
    let has =
        |headers: &[(String, String)], name: &str| headers.iter().any(|(known, _)| known == name);
    if !has(&headers, "user-agent") {
        headers.push(("user-agent".to_owned(), parts.user_agent.clone()));
    }
    if ask.coding == Coding::Gzip && !has(&headers, "accept-encoding") {
        headers.push(("accept-encoding".to_owned(), "gzip".to_owned()));
    }
    headers
}

fn on_the_wire(draft: &Draft) -> Result<HeaderMap, String> {
    let mut wire = HeaderMap::new();
    for (name, value) in &draft.headers {
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| name.clone())?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| name.clone())?;
        wire.append(key, value);
    }
    let Some(credential) = &draft.credential else {
        return Ok(wire);
    };
    if credential.withheld.is_some() {
        return Ok(wire);
    }
    let secret = credential.secret.wire();
    let value = match credential.scheme {
        Scheme::Bearer => format!("Bearer {secret}"),
        Scheme::Basic => format!("Basic {}", STANDARD.encode(secret)),
    };
    let mut value =
        HeaderValue::from_bytes(value.as_bytes()).map_err(|_| "Authorization".to_owned())?;
    value.set_sensitive(true);
    wire.insert(reqwest::header::AUTHORIZATION, value);
    Ok(wire)
}
