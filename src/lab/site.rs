//! What is answered to whom: repositories first, then routes; and the log of it.
//!
//! It decides and writes down; reading and sending are the matter of `server`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::aws;
use super::certs::Certificates;
use super::faults;
use super::faults::Reply;
use super::git_http::Hosted;
use super::request::Request;
use super::routes::{Asked, Ready};

/// The name of the first plain listener.
pub(super) const HTTP: &str = "http";
/// The name of the second plain listener.
pub(super) const HTTP2: &str = "http2";
/// The name of the TLS listener.
pub(super) const HTTPS: &str = "https";
/// The header of the server's own replies.
pub(super) const TEXT: (&str, &str) = ("Content-Type", "text/plain");

const WRONG_SIGNATURE: &str = "<Error><Code>SignatureDoesNotMatch</Code></Error>";

/// A request that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// How it came: `http`, `http2`, `https`, `proxy`, or `proxied-https` inside a CONNECT.
    pub listener: &'static str,
    /// The method.
    pub method: String,
    /// The host asked for, with port.
    pub host: String,
    /// The path with query as sent; host and port for CONNECT.
    pub target: String,
    /// All headers in order.
    pub headers: Vec<(String, String)>,
    /// The status answered; nothing where no HTTP reply was sent.
    pub status: Option<u16>,
    /// Whether a route answered.
    pub matched: bool,
    /// Whether it came over TLS.
    pub tls: bool,
    /// The repository it was for.
    pub repository: Option<String>,
}

/// The routes, certificates and log of one run.
#[derive(Debug)]
pub(super) struct Site {
    routes: Mutex<Vec<Arc<Ready>>>,
    log: Mutex<Vec<Logged>>,
    certificates: Option<Certificates>,
    repositories: Vec<Hosted>,
}

impl Site {
    /// A site with nothing in its log.
    pub(super) fn new(
        routes: Vec<Arc<Ready>>,
        certificates: Option<Certificates>,
        repositories: Vec<Hosted>,
    ) -> Self {
        Self {
            routes: Mutex::new(routes),
            log: Mutex::default(),
            certificates,
            repositories,
        }
    }

    /// The certificates, where there is TLS.
    pub(super) fn certificates(&self) -> Option<&Certificates> {
        self.certificates.as_ref()
    }

    /// The repositories.
    pub(super) fn repositories(&self) -> &[Hosted] {
        &self.repositories
    }

    /// Answers with other routes from now on.
    pub(super) fn set_routes(&self, routes: Vec<Arc<Ready>>) {
        *locked(&self.routes) = routes;
    }

    /// The certificate of the authority; empty without TLS.
    pub(super) fn root_certificate_pem(&self) -> String {
        self.certificates
            .as_ref()
            .map(|certificates| certificates.root_pem().to_owned())
            .unwrap_or_default()
    }

    /// The requests so far.
    pub(super) fn log(&self) -> Vec<Logged> {
        locked(&self.log).clone()
    }

    /// The requests so far; none are left.
    pub(super) fn take_log(&self) -> Vec<Logged> {
        std::mem::take(&mut locked(&self.log))
    }

    /// Writes the request down and says what is sent in return.
    pub(super) fn answer(&self, way: Way, request: &Request) -> Reply {
        let host = request.header("Host").unwrap_or("");
        let (host, target) = origin(&request.target).unwrap_or((host, request.target.clone()));
        let asked = Asked {
            request,
            listener: way.as_matched(),
            host,
            target: &target,
        };
        let mut log = Logged::of(way, &asked);
        let repository = self.repositories.iter().find(|hosted| hosted.has(&asked));
        let reply = if let Some(hosted) = repository {
            let (status, reply) = hosted.answer(&asked);
            log.repository = Some(hosted.name.clone());
            log.ended(Some(status), true);
            reply.without_body_for(&request.method)
        } else {
            let (status, matched, reply) = self.answer_route(&asked);
            log.ended(status, matched);
            reply
        };
        locked(&self.log).push(log);
        reply
    }

    /// The status, whether a route fits, and what is sent.
    fn answer_route(&self, asked: &Asked<'_>) -> (Option<u16>, bool, Reply) {
        let method = asked.request.method.as_str();
        let Some(ready) = self.route(asked) else {
            let reply = Reply::own(404, &[TEXT], "404 page not found\n");
            return (Some(404), false, reply.without_body_for(method));
        };
        if let Some(secrets) = &ready.route.aws
            && !aws::is_signed(asked, secrets)
        {
            let kind = ("Content-Type", "application/xml");
            let reply = Reply::own(403, &[kind], WRONG_SIGNATURE);
            return (Some(403), true, reply.without_body_for(method));
        }
        let reply = Reply::of(&ready, method);
        (faults::status(&ready), true, reply)
    }

    fn route(&self, asked: &Asked<'_>) -> Option<Arc<Ready>> {
        let routes = locked(&self.routes);
        routes.iter().find(|ready| ready.takes(asked)).cloned()
    }

    /// Answers a CONNECT: with a reply where a route says so, otherwise by opening a tunnel.
    pub(super) fn answer_connect(&self, way: Way, request: &Request) -> Option<Reply> {
        let target = request.target.as_str();
        let asked = Asked {
            request,
            listener: way.as_matched(),
            host: target,
            target,
        };
        let found = self.route(&asked);
        let status = found
            .as_ref()
            .map_or(Some(200), |ready| faults::status(ready));
        let mut log = Logged::of(way, &asked);
        log.ended(status, true);
        locked(&self.log).push(log);
        found.map(|ready| Reply::of(&ready, "CONNECT"))
    }
}

impl Logged {
    fn of(way: Way, asked: &Asked<'_>) -> Self {
        let request = asked.request;
        let absolute = request.target.starts_with("http://") || request.method == "CONNECT";
        Self {
            listener: way.as_logged(absolute),
            method: request.method.clone(),
            host: asked.host.to_owned(),
            target: asked.target.to_owned(),
            headers: request.headers.clone(),
            status: None,
            matched: false,
            tls: way.is_tls(),
            repository: None,
        }
    }

    fn ended(&mut self, status: Option<u16>, matched: bool) {
        self.status = status;
        self.matched = matched;
    }
}

impl Reply {
    fn without_body_for(mut self, method: &str) -> Self {
        if method == "HEAD" {
            self.body.clear();
        }
        self
    }
}

/// How a request comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Through the plain listener of this name.
    Plain(&'static str),
    /// Through the TLS listener.
    Tls,
    /// Through a tunnel of the proxy.
    Tunnel,
}

impl Way {
    fn as_matched(self) -> &'static str {
        match self {
            Self::Plain(name) => name,
            Self::Tls | Self::Tunnel => HTTPS,
        }
    }

    fn as_logged(self, absolute: bool) -> &'static str {
        match self {
            Self::Tunnel => "proxied-https",
            Self::Plain(_) | Self::Tls if absolute => "proxy",
            Self::Plain(name) => name,
            Self::Tls => HTTPS,
        }
    }

    /// Whether it is encrypted.
    pub(super) fn is_tls(self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls | Self::Tunnel => true,
        }
    }
}

/// The host and the rest of an absolute target.
fn origin(target: &str) -> Option<(&str, String)> {
    let rest = target
        .strip_prefix("http://")
        .or_else(|| target.strip_prefix("https://"))?;
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let path = path.strip_suffix('?').unwrap_or(path);
    Some((
        host,
        if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("/{path}")
        },
    ))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
