//! One request → one `Exchange`.
//!
//! [`Http::send`] is the only function of the project that sends HTTP. It needs the open step, so that the record has a place
//! before the first byte leaves, and it cannot fail: what went wrong is part of the answer. The library's own redirects,
//! retries, decompression, cookies and proxy settings are off. A connection that turned out to be closed while it lay in the
//! pool is replaced without a word, as Go does it.

use super::ask::Answer;
use super::ask::Ask;
use super::ask::Coding;
use super::ask::Got;
use super::ask::GotBody;
use super::ask::Method;
use super::ask::NamedBy;
use super::ask::Pool;
use super::body;
use super::dns;
use super::dns::Names;
use super::failure;
use super::limits::Limits;
use super::memory::View;
use super::permits::Gate;
use super::permits::Mood;
use super::proxy;
use super::proxy::Proxies;
use super::ready::Ready;
use super::record::Mask;
use super::record::version_word;
use super::tls;
use super::tls::Identity;
use super::tls::RootSource;
use super::watch::ConnectLayer;
use super::watch::Seen;
use super::watch::Watch;
use crate::foreign::Foreign;
use crate::secret::Redactor;
use crate::trace::act::Act;
use crate::trace::exchange::Came;
use crate::trace::exchange::ConnectFailure;
use crate::trace::exchange::Exchange;
use crate::trace::exchange::Failure;
use crate::trace::exchange::Forbidden;
use crate::trace::exchange::Phases;
use crate::trace::exchange::TlsSession;
use crate::trace::tracer::OpenStep;
use reqwest::Url;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;

/// Replacing a closed connection more often than this is no accident.
const MOST_REPLACED: u32 = 4;

/// What a run's HTTP is made of.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) names: Names,
    pub(super) proxies: Proxies,
    pub(super) roots: RootSource,
    pub(super) identity: Option<Identity>,
    pub(super) gate: Gate,
    pub(super) redactor: Arc<Redactor>,
    pub(super) salt: u64,
    pub(super) limits: Arc<Limits>,
    pub(super) user_agent: String,
    pub(super) token_over_http: Vec<String>,
}

/// The door to HTTP: one per run, cheap to clone.
#[derive(Debug, Clone)]
pub struct Http {
    shared: Arc<Shared>,
    /// What other clients of the run were told.
    pub(super) view: Option<View>,
}

#[derive(Debug)]
struct Shared {
    parts: Parts,
    /// Made when first needed: reading the roots costs more than most commands.
    clients: [OnceLock<Result<reqwest::Client, String>>; 8],
    sessions: Mutex<HashMap<String, TlsSession>>,
    fetched: AtomicU64,
}

impl Http {
    pub(super) fn new(parts: Parts) -> Self {
        Self {
            shared: Arc::new(Shared {
                parts,
                clients: Default::default(),
                sessions: Mutex::default(),
                fetched: AtomicU64::new(0),
            }),
            view: None,
        }
    }

    /// Sends one request, records it in the step and gives back what came.
    pub async fn send(&self, step: &mut OpenStep, ask: Ask) -> Answer {
        let (answer, exchange) = match &self.view {
            Some(view) => Box::pin(view.ask(&ask, self.anew(step, &ask))).await,
            None => self.anew(step, &ask).await,
        };
        step.act(Act::Http(Box::new(exchange)));
        answer
    }

    async fn anew(&self, step: &OpenStep, ask: &Ask) -> (Answer, Exchange) {
        let parts = &self.shared.parts;
        let ready = Ready::new(ask, parts);
        let (outcome, draft) = match ready {
            Ok(ready) => {
                let gate = &parts.gate;
                let outcome = match gate.enter(&ready.authority()).await {
                    None => Outcome::failed(Failure::Forbidden(Forbidden::DeadHost)),
                    Some(permit) => {
                        let outcome = self.exchange(step, ask, &ready).await;
                        permit.done(gate, outcome.mood());
                        outcome
                    }
                };
                (outcome, ready.draft)
            }
            Err(refused) => (Outcome::failed(refused.failure), refused.draft),
        };
        let mask = Mask {
            redactor: &parts.redactor,
            salt: parts.salt,
        };
        let url = draft.url.as_ref();
        let sent = mask.sent(ask, url, draft.credential.as_ref(), &draft.headers);
        let came = match &outcome.came {
            Ok(got) if ask.confidential => Came::Reply(mask.sealed_reply(got, outcome.version)),
            Ok(got) => Came::Reply(mask.reply(got, outcome.version)),
            Err(failure) => Came::Failure(failure.clone()),
        };
        let exchange = Exchange {
            sent,
            came,
            phases: outcome.phases,
            peer: outcome.peer,
            addresses: outcome.addresses,
            proxy: draft.proxy,
            tls: outcome.tls,
            attempt: ask.attempt,
            hop: ask.hop,
            shared: false,
        };
        (Answer { came: outcome.came }, exchange)
    }

    /// Keeps every request away from the host of an address for so long.
    pub fn quiet(&self, url: &str, wait: Duration) {
        if let Ok(url) = super::target::url(url)
            && let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default())
        {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            self.shared
                .parts
                .gate
                .quiet(&format!("{host}:{port}"), wait);
        }
    }

    /// The limits of the run.
    pub fn limits(&self) -> &Limits {
        &self.shared.parts.limits
    }

    async fn exchange(&self, step: &OpenStep, ask: &Ask, ready: &Ready) -> Outcome {
        let client = match self.client(ready, ask.pool) {
            Ok(client) => client,
            Err(words) => return Outcome::failed(Failure::Other(Foreign::new(words))),
        };
        let mut tries = 0;
        loop {
            tries += 1;
            let outcome = self.once(client, step, ask, ready).await;
            if !outcome.is_stale() || tries > MOST_REPLACED {
                return outcome;
            }
        }
    }

    async fn once(
        &self,
        client: &reqwest::Client,
        step: &OpenStep,
        ask: &Ask,
        ready: &Ready,
    ) -> Outcome {
        let began = Instant::now();
        let end = ask
            .limits
            .total
            .map(|total| (tokio::time::Instant::now() + total, total));
        let watch = Watch::new(
            ready.dial(),
            ready.host.clone(),
            ask.named_by == NamedBy::Server,
            ask.limits.connect,
        );
        let sending = Arc::clone(&watch).over(client.execute(ready.request(ask)));
        let wait_limit = shortest(ask.limits.total, ask.limits.idle);
        let sent = match wait_limit {
            None => Ok(sending.await),
            Some(limit) => tokio::time::timeout(limit, sending)
                .await
                .map_err(|_| limit),
        };
        let seen = watch.seen().clone();
        let response = match sent {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                let failure = failure::of_request(&error, &seen, ready.through.is_some());
                return Outcome::failed(failure).with(&seen, began);
            }
            Err(limit) => {
                let phase = seen.phase();
                return Outcome::failed(Failure::Timeout { phase, limit }).with(&seen, began);
            }
        };
        let answered = Instant::now();
        let mut outcome = self
            .reply(response, step, ask, end)
            .await
            .with(&seen, began);
        let waited_from = seen.connected.unwrap_or(began);
        outcome.phases.wait = Some(answered.saturating_duration_since(waited_from));
        if outcome.has_body() {
            outcome.phases.transfer = Some(answered.elapsed());
        }
        outcome.phases.reused = seen.connected.is_none();
        outcome.tls = self.session(ready, &seen);
        outcome
    }

    async fn reply(
        &self,
        response: reqwest::Response,
        step: &OpenStep,
        ask: &Ask,
        end: Option<(tokio::time::Instant, Duration)>,
    ) -> Outcome {
        let limits = &self.shared.parts.limits;
        let peer = response.remote_addr();
        let version = version_word(response.version());
        let (head, body) = http::Response::<reqwest::Body>::from(response).into_parts();
        let status = head.status.as_u16();
        let headers: Vec<(String, Vec<u8>)> = head
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
            .collect();
        if let Some(failure) = failure::of_headers(&headers, limits) {
            return Outcome {
                peer,
                ..Outcome::failed(failure)
            };
        }
        let mut got = Got {
            url: ask.url.clone(),
            status,
            reason: head
                .status
                .canonical_reason()
                .unwrap_or_default()
                .to_owned(),
            headers,
            body: GotBody::None,
            cut: None,
            undone: None,
        };
        let has_body = ask.method != Method::Head && !matches!(status, 204 | 304);
        if has_body {
            let plan = body::Plan {
                take: &ask.take,
                status,
                coding: coding(ask, &got),
                expected: got.content_length(),
                clock: body::Clock::new(end, ask.limits.idle, ask.limits.rate),
                fetched: &self.shared.fetched,
                run_bytes: limits.run_bytes,
            };
            let read = body::read(body, plan, step).await;
            got.body = read.body;
            got.cut = read.cut;
            got.undone = read.undone;
        }
        Outcome {
            came: Ok(got),
            version,
            peer,
            ..Outcome::default()
        }
    }

    fn session(&self, ready: &Ready, seen: &Seen) -> Option<TlsSession> {
        if ready.url().scheme() != "https" {
            return None;
        }
        let mut sessions = self
            .shared
            .sessions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = &seen.tls {
            sessions.insert(ready.authority(), session.clone());
        }
        sessions.get(&ready.authority()).cloned()
    }

    fn client(&self, ready: &Ready, pool: Pool) -> Result<&reqwest::Client, String> {
        let through_tls = ready
            .through
            .as_ref()
            .is_some_and(|choice| choice.url.scheme() == "https");
        let secure = ready.url().scheme() == "https" || through_tls;
        let place = match pool {
            Pool::Discovery => 0,
            Pool::Registry => 1,
            Pool::Package => 2,
            Pool::Machine => 3,
        };
        let place = if secure { place + 4 } else { place };
        let slot = self.shared.clients.get(place).ok_or("no such client")?;
        slot.get_or_init(|| {
            let parts = &self.shared.parts;
            let tls = if secure {
                tls::secure(&parts.roots, parts.identity.as_ref())
            } else {
                tls::plain()
            };
            build(parts, tls?, pool)
        })
        .as_ref()
        .map_err(Clone::clone)
    }
}

fn build(parts: &Parts, tls: rustls::ClientConfig, pool: Pool) -> Result<reqwest::Client, String> {
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .tls_backend_preconfigured(tls)
        .dns_resolver(dns::resolver(parts.names.clone()))
        .connector_layer(ConnectLayer)
        // More than the limit, so that the limit and not the library speaks.
        .http1_max_headers(parts.limits.header_fields.saturating_add(64))
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true)
        .http2_max_header_list_size(u32::try_from(parts.limits.header_bytes).unwrap_or(u32::MAX));
    if !parts.proxies.is_empty() && pool != Pool::Machine {
        let proxies = parts.proxies.clone();
        builder = builder.proxy(reqwest::Proxy::custom(move |url: &Url| {
            match proxies.choose(url) {
                proxy::Choice::Through(choice) => Some(choice.url),
                proxy::Choice::Direct { .. } | proxy::Choice::Refused => None,
            }
        }));
    }
    if pool == Pool::Package {
        builder = builder.pool_max_idle_per_host(0);
    }
    builder.build().map_err(|error| error.to_string())
}

/// Go undoes a coding only where it asked for it by itself, and reads only the first value.
fn coding(ask: &Ask, got: &Got) -> Coding {
    let labelled = got
        .header("content-encoding")
        .is_some_and(|value| value.eq_ignore_ascii_case(b"gzip"));
    if ask.coding == Coding::Gzip && labelled {
        Coding::Gzip
    } else {
        Coding::Identity
    }
}

fn shortest(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (only, None) | (None, only) => only,
    }
}

/// What came of a request, before it is recorded.
#[derive(Debug)]
struct Outcome {
    came: Result<Got, Failure>,
    version: &'static str,
    phases: Phases,
    peer: Option<SocketAddr>,
    addresses: Vec<SocketAddr>,
    tls: Option<TlsSession>,
}

impl Default for Outcome {
    fn default() -> Self {
        Self::failed(Failure::Closed)
    }
}

impl Outcome {
    fn failed(failure: Failure) -> Self {
        Self {
            came: Err(failure),
            version: "",
            phases: Phases::default(),
            peer: None,
            addresses: Vec::new(),
            tls: None,
        }
    }

    fn with(mut self, seen: &Seen, began: Instant) -> Self {
        self.phases.dns = seen.lookup_took;
        self.phases.connect = seen.connect_took();
        self.phases.tls = seen.tls_took();
        self.phases.total = began.elapsed();
        self.phases.began = SystemTime::UNIX_EPOCH
            .elapsed()
            .ok()
            .and_then(|now| now.checked_sub(self.phases.total));
        self.phases.reused = seen.connect_began.is_none();
        self.addresses.clone_from(&seen.addresses);
        self.tls.clone_from(&seen.tls);
        self
    }

    /// Whether a connection out of the pool was closed before the request reached anybody.
    fn is_stale(&self) -> bool {
        let lost = matches!(
            &self.came,
            Err(Failure::Closed | Failure::Connect(ConnectFailure::Reset))
        );
        lost && self.phases.reused
    }

    fn has_body(&self) -> bool {
        self.came
            .as_ref()
            .is_ok_and(|got| got.body != GotBody::None)
    }

    fn mood(&self) -> Mood {
        match &self.came {
            Ok(got) if matches!(got.status, 429 | 503) => Mood::Throttled,
            Ok(_) => Mood::Good,
            Err(
                Failure::Lookup(_)
                | Failure::Connect(_)
                | Failure::Handshake(_)
                | Failure::NotTls
                | Failure::Timeout { .. }
                | Failure::Closed
                | Failure::Malformed(_)
                | Failure::Proxy(_),
            ) => Mood::Distress,
            Err(
                Failure::Certificate(_)
                | Failure::ShortBody { .. }
                | Failure::Coding(_)
                | Failure::Limit { .. }
                | Failure::Forbidden(
                    Forbidden::Metadata
                    | Forbidden::Scheme
                    | Forbidden::Closed
                    | Forbidden::DeadHost,
                )
                | Failure::BadUrl(_)
                | Failure::BadHeader { .. }
                | Failure::Disk(_)
                | Failure::Other(_),
            ) => Mood::Neutral,
        }
    }
}
