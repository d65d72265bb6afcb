//! Servers on loopback that say exactly what a test wants.

use super::Io;
use super::IoSettings;
use super::ask::Ask;
use super::ask::AskLimits;
use super::ask::Carried;
use super::ask::Credential;
use super::ask::Scheme;
use super::ask::Take;
use super::env::Env;
use super::limits::Limits;
use crate::secret::Secret;
use crate::trace::Stage;
use crate::trace::StepKey;
use crate::trace::Subject;
use crate::trace::Trace;
use crate::trace::Tracer;
use crate::trace::exchange::Exchange;
use crate::trace::tracer::OpenStep;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// A step to write into.
pub(super) fn step(tracer: &Tracer) -> OpenStep {
    tracer.open(StepKey {
        stage: Stage::Fetch,
        subject: Subject::Run,
        round: 1,
    })
}

/// What was written.
pub(super) fn trace_of(tracer: &Tracer) -> Trace {
    tracer.finish(Vec::new())
}

/// The exchanges of a trace.
pub(super) fn exchanges(trace: &Trace) -> Vec<Exchange> {
    trace
        .exchanges()
        .map(|(_, exchange)| exchange.clone())
        .collect()
}

/// Doors with an empty environment.
pub(super) fn doors(settings: IoSettings) -> Io {
    Io::new(
        Env::from_pairs([("SSL_CERT_FILE", "/nowhere"), ("SSL_CERT_DIR", "/nowhere")]),
        settings,
    )
}

/// Limits that end a test soon.
pub(super) fn quick() -> AskLimits {
    AskLimits {
        connect: Duration::from_secs(2),
        total: Some(Duration::from_secs(5)),
        idle: None,
        rate: None,
    }
}

/// A question for a small body.
pub(super) fn ask(url: impl Into<String>) -> Ask {
    let take = Take::Body {
        limit: 1000,
        name: "metadata body",
    };
    Ask::get(url, quick(), take)
}

/// A token of a host.
pub(super) fn token(host: &str) -> Credential {
    Credential {
        scheme: Scheme::Bearer,
        secret: Secret::new("pl4nted-t0ken".to_owned()),
        origin: "TF_TOKEN_x".to_owned(),
        host: host.to_owned(),
        carried: Carried::Header,
        withheld: None,
    }
}

/// Settings with other limits.
pub(super) fn limited(limits: Limits) -> IoSettings {
    IoSettings {
        limits,
        ..IoSettings::default()
    }
}

/// One request as it came.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) line: String,
    pub(super) path: String,
    headers: Vec<(String, String)>,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// What a server does with a request, in order; then it closes.
#[derive(Debug, Clone)]
pub(super) enum Do {
    Send(Vec<u8>),
    Wait(u64),
    /// Sends the same bytes until the other side leaves.
    Endless(Vec<u8>),
    /// Takes the next request of this connection.
    Keep,
}

/// A whole reply with a length, on a connection that stays open.
pub(super) fn reply(status: &str, headers: &str, body: &[u8]) -> Vec<Do> {
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n",
        body.len()
    );
    vec![Do::Send([head.as_bytes(), body].concat()), Do::Keep]
}

/// Bytes as they are, then the end of the connection.
pub(super) fn raw(bytes: impl AsRef<[u8]>) -> Vec<Do> {
    vec![Do::Send(bytes.as_ref().to_vec())]
}

type Play = Arc<dyn Fn(&Request) -> Vec<Do> + Send + Sync>;

/// A listener on loopback, until the test ends.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) port: u16,
    log: Arc<Mutex<Vec<Request>>>,
    connections: Arc<AtomicUsize>,
    sent: Arc<AtomicU64>,
}

impl Server {
    pub(super) fn plain(play: impl Fn(&Request) -> Vec<Do> + Send + Sync + 'static) -> Self {
        Self::start(None, Arc::new(play))
    }

    pub(super) fn tls(
        certificate: &Certificates,
        play: impl Fn(&Request) -> Vec<Do> + Send + Sync + 'static,
    ) -> Self {
        Self::start(Some(certificate.server()), Arc::new(play))
    }

    /// A server that takes connections and hangs up before it has read the request, which resets the connection.
    pub(super) fn resetting() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let server = Self::at(&listener);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = stream.peek(&mut [0; 64]);
            }
        });
        server
    }

    /// A server that takes connections and says nothing.
    pub(super) fn silent() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let server = Self::at(&listener);
        std::thread::spawn(move || listener.incoming().flatten().collect::<Vec<_>>());
        server
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(super) fn log(&self) -> Vec<Request> {
        self.log.lock().expect("the log").clone()
    }

    pub(super) fn paths(&self) -> Vec<String> {
        self.log().into_iter().map(|request| request.path).collect()
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }

    fn at(listener: &TcpListener) -> Self {
        Self {
            port: listener.local_addr().expect("an address").port(),
            log: Arc::default(),
            connections: Arc::default(),
            sent: Arc::default(),
        }
    }

    fn start(tls: Option<Arc<rustls::ServerConfig>>, play: Play) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let server = Self::at(&listener);
        let shared = server.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                shared.connections.fetch_add(1, Ordering::SeqCst);
                let (shared, tls, play) = (shared.clone(), tls.clone(), Arc::clone(&play));
                std::thread::spawn(move || shared.connection(stream, tls, &play));
            }
        });
        server
    }

    fn connection(
        &self,
        mut stream: TcpStream,
        tls: Option<Arc<rustls::ServerConfig>>,
        play: &Play,
    ) {
        let Some(config) = tls else {
            return self.talk(&mut stream, play);
        };
        let connection = rustls::ServerConnection::new(config).expect("a connection");
        let mut stream = rustls::StreamOwned::new(connection, stream);
        self.talk(&mut stream, play);
        stream.conn.send_close_notify();
        let _ = stream.flush();
    }

    fn talk(&self, stream: &mut (impl Read + Write), play: &Play) {
        while let Some(request) = read_request(stream) {
            self.log.lock().expect("the log").push(request.clone());
            let mut keeps = false;
            for action in play(&request) {
                match action {
                    Do::Send(bytes) => {
                        self.sent.fetch_add(bytes.len() as u64, Ordering::SeqCst);
                        if stream
                            .write_all(&bytes)
                            .and_then(|()| stream.flush())
                            .is_err()
                        {
                            return;
                        }
                    }
                    Do::Wait(millis) => std::thread::sleep(Duration::from_millis(millis)),
                    Do::Endless(bytes) => {
                        while stream.write_all(&bytes).is_ok() {
                            self.sent.fetch_add(bytes.len() as u64, Ordering::SeqCst);
                        }
                        return;
                    }
                    Do::Keep => keeps = true,
                }
            }
            if !keeps {
                return;
            }
        }
    }
}

fn read_request(stream: &mut impl Read) -> Option<Request> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let mut lines = text.lines();
    let line = lines.next()?.to_owned();
    let path = line.split(' ').nth(1)?.to_owned();
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    Some(Request {
        line,
        path,
        headers,
    })
}

/// An authority and a certificate of it.
pub(super) struct Certificates {
    directory: tempfile::TempDir,
    chain: Vec<rustls::pki_types::CertificateDer<'static>>,
    key: Vec<u8>,
}

impl Certificates {
    /// A certificate for a name, valid for days from and to now.
    pub(super) fn new(name: &str, from: i64, to: i64) -> Self {
        let authority_key = rcgen::KeyPair::generate().expect("a key");
        let mut authority = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        authority
            .distinguished_name
            .push(rcgen::DnType::CommonName, format!("authority of {name}"));
        let root = authority.self_signed(&authority_key).expect("a root");
        let issuer = rcgen::Issuer::new(authority, authority_key);
        let key = rcgen::KeyPair::generate().expect("a key");
        let mut leaf = rcgen::CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        let day = |days: i64| {
            let now = std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .expect("a time after 1970")
                .as_secs();
            let date =
                jiff::Timestamp::from_second(i64::try_from(now).expect("a time") + days * 86_400)
                    .expect("a time")
                    .to_zoned(jiff::tz::TimeZone::UTC);
            rcgen::date_time_ymd(
                i32::from(date.year()),
                u8::try_from(date.month()).expect("a month"),
                u8::try_from(date.day()).expect("a day"),
            )
        };
        leaf.not_before = day(from);
        leaf.not_after = day(to);
        let certificate = leaf.signed_by(&key, &issuer).expect("a certificate");
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::write(directory.path().join("root.pem"), root.pem()).expect("a file");
        Self {
            directory,
            chain: vec![certificate.der().clone()],
            key: key.serialize_der(),
        }
    }

    /// A certificate that signed itself and may sign others.
    pub(super) fn own(name: &str) -> Self {
        let key = rcgen::KeyPair::generate().expect("a key");
        let mut params = rcgen::CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).expect("a certificate");
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::write(directory.path().join("root.pem"), certificate.pem()).expect("a file");
        Self {
            directory,
            chain: vec![certificate.der().clone()],
            key: key.serialize_der(),
        }
    }

    /// The file with the root.
    pub(super) fn root(&self) -> std::path::PathBuf {
        self.directory.path().join("root.pem")
    }

    /// A server with the certificate.
    pub(super) fn server(&self) -> Arc<rustls::ServerConfig> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let key = rustls::pki_types::PrivateKeyDer::try_from(self.key.clone()).expect("a key");
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(self.chain.clone(), key)
            .expect("a server");
        Arc::new(config)
    }
}
