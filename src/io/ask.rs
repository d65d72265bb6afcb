//! What a stage asks of HTTP, and what it gets: the unmasked side, which never enters the trace.

use super::limits::Limits;
use crate::secret::Secret;
use crate::trace::exchange::Failure;
use crate::trace::exchange::Withheld;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// One request: exactly one hop.
#[derive(Clone)]
pub struct Ask {
    /// The method.
    pub method: Method,
    /// The address as the client would ask for it.
    pub url: String,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// The credential that goes with it.
    pub credential: Option<Credential>,
    /// What is sent as a body; all of it counts as secret.
    pub body: Option<Secret>,
    /// Whether the reply is itself a credential, so that nothing of its body is recorded.
    pub confidential: bool,
    /// What is wanted of the body.
    pub take: Take,
    /// The limits of time.
    pub limits: AskLimits,
    /// Which try of the same question, from 1.
    pub attempt: u32,
    /// Which hop of a chain of redirects, from 0.
    pub hop: u32,
    /// Who named the address.
    pub named_by: NamedBy,
    /// Whether a compressed body is asked for and undone, as Go does by itself.
    pub coding: Coding,
    /// Whose connections are used again.
    pub pool: Pool,
}

impl Ask {
    /// A `GET` of a small body, compressed where the server likes.
    pub fn get(url: impl Into<String>, limits: AskLimits, take: Take) -> Self {
        Self {
            method: Method::Get,
            url: url.into(),
            headers: Vec::new(),
            credential: None,
            body: None,
            confidential: false,
            take,
            limits,
            attempt: 1,
            hop: 0,
            named_by: NamedBy::User,
            coding: Coding::Gzip,
            pool: Pool::Registry,
        }
    }

    /// A `HEAD`, which never asks for a coding.
    pub fn head(url: impl Into<String>, limits: AskLimits) -> Self {
        Self {
            method: Method::Head,
            coding: Coding::Identity,
            ..Self::get(url, limits, Take::Nothing)
        }
    }
}

impl fmt::Debug for Ask {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Address and headers may hold secrets.
        formatter
            .debug_struct("Ask")
            .field("method", &self.method)
            .field("attempt", &self.attempt)
            .field("hop", &self.hop)
            .finish_non_exhaustive()
    }
}

/// The methods that are ever sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// `GET`.
    Get,
    /// `HEAD`.
    Head,
    /// `POST`: tokens of clouds only.
    Post,
    /// `PUT`: tokens of clouds only.
    Put,
}

impl Method {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

/// Who named an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NamedBy {
    /// The user: any address may be contacted.
    User,
    /// A server: addresses at which clouds hand out credentials may not be contacted.
    Server,
}

/// Whether a content coding is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Coding {
    /// None, and none is undone.
    Identity,
    /// Gzip is asked for, and undone where the reply has it.
    Gzip,
}

/// Requests that use each other's connections, as the client's HTTP clients do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pool {
    /// Discovery.
    Discovery,
    /// Versions and locations.
    Registry,
    /// Packages: every request gets a connection of its own.
    Package,
    /// What a machine tells about itself: never through a proxy.
    Machine,
}

/// A credential, and where it belongs.
#[derive(Debug, Clone)]
pub struct Credential {
    /// How it is sent.
    pub scheme: Scheme,
    /// The token, or `user:password`.
    pub secret: Secret,
    /// Where it came from, for people: a variable, a file.
    pub origin: String,
    /// The host it was configured for.
    pub host: String,
    /// How the client carries it to the next hop.
    pub carried: Carried,
    /// Why it stays here although the client would send it.
    pub withheld: Option<Withheld>,
}

/// How a credential is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `Authorization: Bearer TOKEN`.
    Bearer,
    /// `Authorization: Basic BASE64`.
    Basic,
}

impl Scheme {
    /// The word in the header.
    pub fn word(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Basic => "Basic",
        }
    }
}

/// How the client carries a credential to the next hop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Carried {
    /// As a header, which follows to the same host and hosts below it.
    Header,
    /// As user information of the address, which only a relative location keeps.
    Address,
}

/// What is wanted of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Take {
    /// Nothing: the connection is closed or left as soon as the headers are there.
    Nothing,
    /// The bytes.
    Body {
        /// So many at most, decoded.
        limit: u64,
        /// What the limit is called.
        name: &'static str,
    },
    /// A new file; replies other than 200 and 206 are kept as a body of at most 64 KiB.
    File {
        /// The directory it is made in.
        directory: PathBuf,
        /// Its name.
        name: String,
        /// So many bytes at most, decoded.
        limit: u64,
    },
}

/// The limits of time of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AskLimits {
    /// Lookup, connection and handshake.
    pub connect: Duration,
    /// Everything together.
    pub total: Option<Duration>,
    /// Silence, while waiting for the reply or inside its body.
    pub idle: Option<Duration>,
    /// The slowest rate of the body.
    pub rate: Option<Rate>,
}

/// A slowest rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Bytes a second.
    pub bytes: u64,
    /// Measured over so long.
    pub over: Duration,
}

impl AskLimits {
    /// The limits of a metadata request.
    pub fn metadata(limits: &Limits) -> Self {
        Self {
            connect: limits.connect,
            total: Some(limits.metadata),
            idle: None,
            rate: None,
        }
    }

    /// The limits of a package.
    pub fn package(limits: &Limits) -> Self {
        Self {
            connect: limits.connect,
            total: Some(limits.package),
            idle: Some(limits.idle),
            rate: Some(Rate {
                bytes: limits.rate,
                over: limits.rate_over,
            }),
        }
    }
}

/// What came of a request.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The reply, or why there is none.
    pub came: Result<Got, Failure>,
}

impl Answer {
    /// The reply, where one came.
    pub fn got(&self) -> Option<&Got> {
        self.came.as_ref().ok()
    }

    /// The status, where a reply came.
    pub fn status(&self) -> Option<u16> {
        self.got().map(|got| got.status)
    }

    /// The failure: no reply, or a body that ended too early.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.came {
            Ok(got) => got.cut.as_ref(),
            Err(failure) => Some(failure),
        }
    }
}

/// A reply as it came, unmasked.
#[derive(Clone)]
pub struct Got {
    /// The address as asked for.
    pub url: String,
    /// The status.
    pub status: u16,
    /// The reason phrase as the client would print it.
    pub reason: String,
    /// The headers in order, names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    /// What was wanted of the body, or as much of it as came.
    pub body: GotBody,
    /// Why the body ended too early, where it did.
    pub cut: Option<Failure>,
    /// What was undone before the body was kept.
    pub undone: Option<Undone>,
}

impl fmt::Debug for Got {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers, address and body may hold secrets.
        formatter
            .debug_struct("Got")
            .field("status", &self.status)
            .field("cut", &self.cut)
            .finish_non_exhaustive()
    }
}

/// A content coding that was undone, as Go does by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    /// Bytes on the wire.
    pub wire: u64,
    /// The first bytes on the wire, at most 16.
    pub head: Vec<u8>,
}

impl Got {
    /// The first value of a header, by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_slice())
    }

    /// The first value of a header as text; what is no UTF-8 becomes U+FFFD.
    pub fn header_text(&self, name: &str) -> Option<String> {
        self.header(name)
            .map(|value| String::from_utf8_lossy(value).into_owned())
    }

    /// The announced length, which is unknown to the client where a coding was undone.
    pub fn content_length(&self) -> Option<u64> {
        if self.undone.is_some() {
            return None;
        }
        self.header_text("content-length")?.trim().parse().ok()
    }

    /// The bytes of the body; none where it went into a file.
    pub fn bytes(&self) -> &[u8] {
        match &self.body {
            GotBody::Bytes(bytes) => bytes,
            GotBody::None | GotBody::File(_) => &[],
        }
    }
}

/// A body as it came.
#[derive(Clone, PartialEq, Eq)]
pub enum GotBody {
    /// Nothing was wanted.
    None,
    /// The bytes.
    Bytes(Vec<u8>),
    /// The file they went into.
    File(GotFile),
}

/// A body in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GotFile {
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub size: u64,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: String,
    /// Its first bytes, at most 512.
    pub head: Vec<u8>,
}
