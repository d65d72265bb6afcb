//! One request and what came of it, as data; secrets were masked when it was built.

use crate::foreign::Foreign;
use crate::secret::Fingerprint;
use std::net::SocketAddr;
use std::time::Duration;

/// One request and what came of it: exactly one hop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// What was sent.
    pub sent: Sent,
    /// What came back.
    pub came: Came,
    /// How long each phase took.
    pub phases: Phases,
    /// The address that answered, where a connection was made.
    pub peer: Option<SocketAddr>,
    /// The addresses that the name resolved to.
    pub addresses: Vec<SocketAddr>,
    /// The proxy in between.
    pub proxy: Option<ProxyUse>,
    /// What is known of the TLS session.
    pub tls: Option<TlsSession>,
    /// Which try of the same question, from 1.
    pub attempt: u32,
    /// Which hop of a chain of redirects, from 0.
    pub hop: u32,
    /// Whether it was sent for an earlier client of the same run, and its answer used again.
    pub shared: bool,
}

impl Exchange {
    /// The reply, where one came.
    pub fn reply(&self) -> Option<&Reply> {
        match &self.came {
            Came::Reply(reply) => Some(reply),
            Came::Failure(_) => None,
        }
    }

    /// The failure, where no reply came.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.came {
            Came::Reply(reply) => reply.cut.as_ref(),
            Came::Failure(failure) => Some(failure),
        }
    }

    /// The status, where a reply came.
    pub fn status(&self) -> Option<u16> {
        self.reply().map(|reply| reply.status)
    }
}

/// What was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The method.
    pub method: String,
    /// The address, masked.
    pub url: String,
    /// Scheme of the address.
    pub scheme: String,
    /// Host of the address, without port.
    pub host: String,
    /// Port of the address.
    pub port: u16,
    /// The headers that a person would want to see, masked.
    pub headers: Vec<(String, String)>,
    /// The credential that went out, or was held back.
    pub credential: Option<CredentialUse>,
}

/// A credential of one request: never the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialUse {
    /// `Bearer`, `Basic` or the name of a signature.
    pub scheme: String,
    /// Where it came from: a variable, a file, the address.
    pub origin: String,
    /// What can be seen of it.
    pub fingerprint: Fingerprint,
    /// Why it was not sent although the client would have sent it.
    pub withheld: Option<Withheld>,
}

/// Why a credential stayed here although the client would have sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Withheld {
    /// Plain http to another host than loopback.
    ClearText,
    /// A redirect led to another port of the same host.
    OtherPort,
    /// A redirect led from https to http.
    LowerScheme,
    /// A redirect led back after a detour over another host, or to a subdomain.
    AfterDetour,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// A reply, whole or cut.
    Reply(Reply),
    /// No reply.
    Failure(Failure),
}

/// A reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// `HTTP/1.1` or `HTTP/2`.
    pub version: String,
    /// The headers in order, names in lower case, values masked.
    pub headers: Vec<(String, Foreign)>,
    /// What is kept of the body.
    pub body: Body,
    /// Why the body ended too early, where it did.
    pub cut: Option<Failure>,
}

impl Reply {
    /// The first value of a header, by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.raw())
    }

    /// The media type without parameters, in lower case.
    pub fn media_type(&self) -> Option<String> {
        let value = self.header("content-type")?;
        Some(
            value
                .split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .to_ascii_lowercase(),
        )
    }
}

/// What is kept of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Nothing was asked for, or nothing came.
    None,
    /// Text, masked, and cut: an answer in JSON at 4 KiB, another text at 64 KiB.
    Text {
        /// The beginning.
        text: Foreign,
        /// The size of the whole, in bytes as decoded.
        size: u64,
    },
    /// Bytes that went into a file.
    Stored {
        /// The size in bytes, as the client would unpack it.
        size: u64,
        /// The SHA-256 in hexadecimal digits.
        sha256: String,
        /// The first bytes, at most 512.
        head: Vec<u8>,
    },
}

/// How long each phase took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Phases {
    /// When it was sent, from the first second of 1970 on.
    pub began: Option<Duration>,
    /// Name lookup.
    pub dns: Option<Duration>,
    /// Connection to host or proxy.
    pub connect: Option<Duration>,
    /// TLS handshake.
    pub tls: Option<Duration>,
    /// From the request to the first byte of the reply.
    pub wait: Option<Duration>,
    /// The body.
    pub transfer: Option<Duration>,
    /// The whole exchange.
    pub total: Duration,
    /// Whether an open connection was used again.
    pub reused: bool,
}

/// The proxy that a request went through, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyUse {
    /// Its address, masked.
    pub url: String,
    /// The variable or flag that named it.
    pub rule: String,
}

/// What is known of a TLS session.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TlsSession {
    /// `1.3` or `1.2`; empty while unknown.
    pub version: String,
    /// The certificates as received, the host's first.
    pub chain: Vec<Certificate>,
    /// Which roots were asked: `system`, `SSL_CERT_FILE`, `--ca-file`.
    pub store: String,
}

/// One certificate as far as people need it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Certificate {
    /// The subject's common name or organisation.
    pub subject: Foreign,
    /// The issuer's common name or organisation.
    pub issuer: Foreign,
    /// The host names it is for.
    pub names: Vec<Foreign>,
    /// Start of validity, seconds since 1970.
    pub not_before: i64,
    /// End of validity, seconds since 1970.
    pub not_after: i64,
    /// Whether it signed itself.
    pub self_signed: bool,
}

/// Why no reply came, or why it ended too early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The name was not found, or the lookup failed.
    Lookup(LookupFailure),
    /// No connection.
    Connect(ConnectFailure),
    /// The certificate was refused.
    Certificate(CertificateFailure),
    /// The handshake failed for another reason; the text is the TLS library's.
    Handshake(Foreign),
    /// The peer does not speak TLS.
    NotTls,
    /// A limit of time was reached.
    Timeout {
        /// Which phase was under way.
        phase: Phase,
        /// The limit.
        limit: Duration,
    },
    /// The connection ended before a reply.
    Closed,
    /// The reply was no HTTP; the text says what is wrong.
    Malformed(Foreign),
    /// The body was shorter than announced.
    ShortBody {
        /// What came, in bytes.
        got: u64,
        /// What was announced, where it was.
        expected: Option<u64>,
    },
    /// The content coding could not be undone.
    Coding(Foreign),
    /// The proxy failed.
    Proxy(Foreign),
    /// A limit of size or count was reached.
    Limit {
        /// The limit's name.
        name: String,
        /// Its number.
        number: u64,
    },
    /// The tool refused to contact the address.
    Forbidden(Forbidden),
    /// The address is no URL that a request can be made of.
    BadUrl(Foreign),
    /// A header cannot be sent, as its value holds a line end or another control character.
    BadHeader {
        /// The header.
        name: String,
    },
    /// A local file could not be written while the body came.
    Disk(String),
    /// Anything else; the text is the library's.
    Other(Foreign),
}

/// A phase of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Name lookup.
    Dns,
    /// Connecting.
    Connect,
    /// TLS handshake.
    Tls,
    /// Waiting for the reply.
    Wait,
    /// Reading the body.
    Transfer,
}

/// Why a name could not be turned into an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookupFailure {
    /// No such name.
    NotFound,
    /// The name is there and has no address.
    NoAddress,
    /// The resolver did not answer in time.
    Timeout,
    /// Anything else the resolver said.
    Other(Foreign),
}

/// Why there was no connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConnectFailure {
    /// Nothing listens there.
    Refused,
    /// Hung up at once.
    Reset,
    /// No route to host or network.
    Unreachable,
    /// Anything else.
    Other,
}

/// Why a certificate was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateFailure {
    /// No trusted root signed it.
    UnknownIssuer,
    /// It is for other names.
    WrongName,
    /// Its validity is over.
    Expired,
    /// Its validity has not begun.
    NotYetValid,
    /// Anything else; the text is the verifier's.
    Other(Foreign),
}

/// Why the tool refused to contact an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Forbidden {
    /// A metadata address that a server named.
    Metadata,
    /// A scheme that is no http.
    Scheme,
    /// A name outside the closed list of a test or demo.
    Closed,
    /// A host to which one connection after the other had failed.
    DeadHost,
}
