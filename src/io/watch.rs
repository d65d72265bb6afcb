//! What is seen below a request while it runs: lookup, connection, handshake.
//!
//! Resolver, connector and certificate verifier belong to the HTTP client and not to one request. They find the request that
//! they work for in a task-local variable; the connector carries it into connections that end up in the background.

use crate::trace::exchange::CertificateFailure;
use crate::trace::exchange::Failure;
use crate::trace::exchange::Phase;
use crate::trace::exchange::TlsSession;
use std::error::Error;
use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::task::Context;
use std::task::Poll;
use std::time::Duration;
use std::time::Instant;
use tower_layer::Layer;
use tower_service::Service;

tokio::task_local! {
    static CURRENT: Arc<Watch>;
}

/// What one request wants of the layers below, and what they saw.
#[derive(Debug)]
pub(super) struct Watch {
    /// The host and port that are connected to: the proxy's, where there is one.
    pub(super) dial: (String, u16),
    /// The host that the certificate has to be for.
    pub(super) host: String,
    /// Whether a server named the address, so that metadata addresses are out of bounds.
    pub(super) server_named: bool,
    /// The limit for lookup, connection and handshake together.
    pub(super) connect: Duration,
    seen: Mutex<Seen>,
}

/// What was seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) lookup_began: Option<Instant>,
    pub(super) lookup_took: Option<Duration>,
    pub(super) addresses: Vec<SocketAddr>,
    pub(super) lookup_failure: Option<Failure>,
    pub(super) connect_began: Option<Instant>,
    pub(super) tls_began: Option<Instant>,
    pub(super) connected: Option<Instant>,
    pub(super) tls: Option<TlsSession>,
    pub(super) certificate: Option<CertificateFailure>,
}

impl Seen {
    /// The phase that is under way before a reply.
    pub(super) fn phase(&self) -> Phase {
        if self.connected.is_some() || self.connect_began.is_none() {
            return Phase::Wait;
        }
        if self.tls_began.is_some() {
            return Phase::Tls;
        }
        if self.lookup_began.is_some() && self.lookup_took.is_none() {
            return Phase::Dns;
        }
        Phase::Connect
    }

    /// How long connecting took, without lookup and handshake.
    pub(super) fn connect_took(&self) -> Option<Duration> {
        let began = self.connect_began?;
        let end = self.tls_began.or(self.connected)?;
        Some(
            end.saturating_duration_since(began)
                .saturating_sub(self.lookup_took.unwrap_or_default()),
        )
    }

    /// How long the handshake took.
    pub(super) fn tls_took(&self) -> Option<Duration> {
        Some(self.connected?.saturating_duration_since(self.tls_began?))
    }
}

impl Watch {
    /// A watch for a request that connects there.
    pub(super) fn new(
        dial: (String, u16),
        host: String,
        server_named: bool,
        connect: Duration,
    ) -> Arc<Self> {
        Arc::new(Self {
            dial,
            host,
            server_named,
            connect,
            seen: Mutex::default(),
        })
    }

    /// The watch of the request for which this code runs.
    pub(super) fn current() -> Option<Arc<Self>> {
        CURRENT.try_with(Arc::clone).ok()
    }

    /// Runs a future for this request.
    pub(super) async fn over<F: Future>(self: Arc<Self>, future: F) -> F::Output {
        CURRENT.scope(self, future).await
    }

    /// What was seen so far, to read or to add to.
    pub(super) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The hook around the HTTP client's connector.
#[derive(Debug, Clone, Copy)]
pub(super) struct ConnectLayer;

impl<S> Layer<S> for ConnectLayer {
    type Service = Connect<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Connect { inner }
    }
}

/// A connector that tells the request's watch what it does.
#[derive(Debug, Clone)]
pub(super) struct Connect<S> {
    inner: S,
}

type BoxError = Box<dyn Error + Send + Sync>;

impl<S, R> Service<R> for Connect<S>
where
    S: Service<R, Error = BoxError>,
    S::Future: Send + 'static,
    S::Response: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let connecting = self.inner.call(request);
        let Some(watch) = Watch::current() else {
            return Box::pin(connecting);
        };
        Box::pin(async move {
            watch.seen().connect_began = Some(Instant::now());
            let limit = watch.connect;
            let connecting = Arc::clone(&watch).over(connecting);
            let Ok(connected) = tokio::time::timeout(limit, connecting).await else {
                let phase = watch.seen().phase();
                return Err(BoxError::from(ConnectTimedOut { phase, limit }));
            };
            if connected.is_ok() {
                watch.seen().connected = Some(Instant::now());
            }
            connected
        })
    }
}

/// The limit for connecting was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ConnectTimedOut {
    /// Which phase was under way.
    pub(super) phase: Phase,
    /// The limit.
    pub(super) limit: Duration,
}

impl fmt::Display for ConnectTimedOut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "connecting took longer than {:?}", self.limit)
    }
}

impl Error for ConnectTimedOut {}
