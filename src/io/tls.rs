//! Roots in, peer chain out.
//!
//! Roots are found as the real client finds them on Unix (`SSL_CERT_FILE`, `SSL_CERT_DIR`, the usual files and directories);
//! `--ca-file` adds. Nothing here can switch verification off. Loading takes milliseconds, so it waits for the first https
//! request. Sessions are never resumed, as in the client, so every connection shows its chain.

use super::env::Env;
use super::watch::Watch;
use crate::foreign::Foreign;
use crate::syntax::der;
use crate::trace::exchange::Certificate;
use crate::trace::exchange::CertificateFailure;
use crate::trace::exchange::TlsSession;
use rustls::CertificateError;
use rustls::ClientConfig;
use rustls::DigitallySignedStruct;
use rustls::NamedGroup;
use rustls::RootCertStore;
use rustls::SignatureScheme;
use rustls::client::ClientSessionStore;
use rustls::client::Resumption;
use rustls::client::Tls12ClientSessionValue;
use rustls::client::Tls13ClientSessionValue;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::client::danger::ServerCertVerified;
use rustls::client::danger::ServerCertVerifier;
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::UnixTime;
use rustls::pki_types::pem::PemObject;
use rustls::server::ParsedCertificate;
use std::collections::HashMap;
use std::collections::HashSet;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// Where certificate bundles lie, the first readable one counts.
const FILES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];
/// Where single certificates lie; all of them count.
const DIRECTORIES: [&str; 2] = ["/etc/ssl/certs", "/etc/pki/tls/certs"];
/// More certificates of one chain than any server sends; the rest is left out of the record.
const LONGEST_CHAIN: usize = 32;

/// Where this run takes its roots from.
#[derive(Debug, Clone, Default)]
pub struct RootSource {
    files: Vec<PathBuf>,
    directories: Vec<PathBuf>,
    added: Vec<PathBuf>,
    of_hosts: Vec<(String, PathBuf)>,
    name: String,
}

impl RootSource {
    /// The source that an environment and the files of `--ca-file` make.
    pub fn new(env: &Env, added: &[PathBuf]) -> Self {
        let file = env.filled("SSL_CERT_FILE");
        let directories = env.filled("SSL_CERT_DIR");
        let mut names = Vec::new();
        names.extend(file.map(|_| "SSL_CERT_FILE"));
        names.extend(directories.map(|_| "SSL_CERT_DIR"));
        if names.is_empty() {
            names.push("system");
        }
        if !added.is_empty() {
            names.push("--ca-file");
        }
        Self {
            files: file.map_or_else(
                || FILES.iter().map(PathBuf::from).collect(),
                |file| vec![PathBuf::from(file)],
            ),
            directories: directories.map_or_else(
                || DIRECTORIES.iter().map(PathBuf::from).collect(),
                |list| list.split(':').map(PathBuf::from).collect(),
            ),
            added: added.to_vec(),
            of_hosts: Vec::new(),
            name: names.join(" + "),
        }
    }

    /// The same with further roots of single hosts.
    pub fn with_hosts(self, of_hosts: Vec<(String, PathBuf)>) -> Self {
        Self { of_hosts, ..self }
    }

    /// For each host with roots of its own, these besides all others.
    fn load_own(&self, all: &Roots) -> HashMap<String, Roots> {
        let mut own: HashMap<String, Roots> = HashMap::new();
        for (host, file) in &self.of_hosts {
            let roots = own.entry(host.clone()).or_insert_with(|| all.clone());
            if let Ok(bytes) = std::fs::read(file) {
                roots.add(&bytes);
            }
        }
        own
    }

    fn load(&self) -> Roots {
        let mut roots = Roots::none();
        if let Some(bytes) = self.files.iter().find_map(|file| std::fs::read(file).ok()) {
            roots.add(&bytes);
        }
        for directory in &self.directories {
            let Ok(entries) = std::fs::read_dir(directory) else {
                continue;
            };
            for entry in entries.flatten() {
                if entry.path().is_file()
                    && let Ok(bytes) = std::fs::read(entry.path())
                {
                    roots.add(&bytes);
                }
            }
        }
        for file in &self.added {
            if let Ok(bytes) = std::fs::read(file) {
                roots.add(&bytes);
            }
        }
        roots
    }
}

#[derive(Debug, Clone)]
struct Roots {
    store: RootCertStore,
    known: HashSet<Vec<u8>>,
}

impl Roots {
    fn none() -> Self {
        Self {
            store: RootCertStore::empty(),
            known: HashSet::new(),
        }
    }

    fn add(&mut self, pem: &[u8]) {
        for certificate in CertificateDer::pem_slice_iter(pem).flatten() {
            // The same certificate stands in a bundle and in a file of its own.
            if self.known.insert(certificate.to_vec()) {
                // What this library cannot use as a root is skipped, as in the client.
                let _ = self.store.add(certificate);
            }
        }
    }
}

/// Why a file of roots cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadRoots {
    /// It cannot be read; the word is the system's.
    Unreadable(String),
    /// It holds no certificate.
    Empty,
}

/// The number of certificates in a file of `--ca-file`.
pub fn count_roots(path: &Path) -> Result<usize, BadRoots> {
    let bytes =
        std::fs::read(path).map_err(|error| BadRoots::Unreadable(error.kind().to_string()))?;
    let mut roots = Roots::none();
    roots.add(&bytes);
    match roots.store.len() {
        0 => Err(BadRoots::Empty),
        count => Ok(count),
    }
}

/// A client certificate with its key: two PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The certificate and its chain.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// The TLS settings for https requests.
pub(super) fn secure(
    source: &RootSource,
    identity: Option<&Identity>,
) -> Result<ClientConfig, String> {
    let all = source.load();
    let own = source.load_own(&all);
    config(all, own, &source.name, identity)
}

/// The TLS settings for requests that never use TLS: no roots, so that none have to be loaded.
pub(super) fn plain() -> Result<ClientConfig, String> {
    config(Roots::none(), HashMap::new(), "", None)
}

fn config(
    all: Roots,
    own: HashMap<String, Roots>,
    name: &str,
    identity: Option<&Identity>,
) -> Result<ClientConfig, String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Verifier::new(all, own, name, &provider);
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let chain = CertificateDer::pem_file_iter(&identity.certificate)
                .map_err(|error| error.to_string())?
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| error.to_string())?;
            let key =
                PrivateKeyDer::from_pem_file(&identity.key).map_err(|error| error.to_string())?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| error.to_string())?
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.resumption = Resumption::store(Arc::new(Beginning));
    Ok(config)
}

/// Verifies as the TLS library does, and keeps what was received and why it was refused.
#[derive(Debug)]
struct Verifier {
    all: Trust,
    /// Of hosts with roots of their own, by name.
    own: HashMap<String, Trust>,
    provider: Arc<CryptoProvider>,
}

/// Whom a server's certificate may come from.
#[derive(Debug)]
struct Trust {
    /// None where there is no root at all: then nobody is known.
    inner: Option<Arc<WebPkiServerVerifier>>,
    known: HashSet<Vec<u8>>,
    /// What the roots are called.
    store: String,
}

impl Trust {
    fn new(roots: Roots, store: String, provider: &Arc<CryptoProvider>) -> Self {
        let found = Arc::new(roots.store);
        let builder = WebPkiServerVerifier::builder_with_provider(found, Arc::clone(provider));
        Self {
            inner: builder.build().ok(),
            known: roots.known,
            store,
        }
    }
}

impl Verifier {
    fn new(
        all: Roots,
        own: HashMap<String, Roots>,
        store: &str,
        provider: &Arc<CryptoProvider>,
    ) -> Self {
        let own = own.into_iter().map(|(host, roots)| {
            let trust = Trust::new(roots, format!("{store} + ca-file of the host"), provider);
            (host, trust)
        });
        Self {
            own: own.collect(),
            all: Trust::new(all, store.to_owned(), provider),
            provider: Arc::clone(provider),
        }
    }

    fn trust(&self, name: &ServerName<'_>) -> &Trust {
        self.own.get(name.to_str().as_ref()).unwrap_or(&self.all)
    }

    fn verdict(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<(), CertificateError> {
        // The client looks at dates and names before the chain, and so names these where several things are wrong.
        check_dates(leaf, now)?;
        let parsed = ParsedCertificate::try_from(leaf).map_err(certificate_error)?;
        let trust = self.trust(name);
        let chain = match &trust.inner {
            // A certificate that is itself a root needs no chain, even where it may sign others.
            _ if trust.known.contains(leaf.as_ref()) => Ok(()),
            None => Err(CertificateError::UnknownIssuer),
            Some(inner) => inner
                .verify_server_cert(leaf, intermediates, name, ocsp, now)
                .map(|_| ())
                .map_err(certificate_error),
        };
        verify_server_name(&parsed, name).map_err(certificate_error)?;
        chain.map_err(|error| stranger(error, leaf))
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verdict = self.verdict(leaf, intermediates, name, ocsp, now);
        if let Some(watch) = Watch::current() {
            let chain = std::iter::once(leaf)
                .chain(intermediates)
                .take(LONGEST_CHAIN)
                .map(described)
                .collect();
            let mut seen = watch.seen();
            seen.tls = Some(TlsSession {
                version: String::new(),
                chain,
                store: self.trust(name).store.clone(),
            });
            seen.certificate = verdict.as_ref().err().map(failure);
        }
        match verdict {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(error) => Err(rustls::Error::InvalidCertificate(error)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        note_version("1.2");
        rustls::crypto::verify_tls12_signature(
            message,
            certificate,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        note_version("1.3");
        rustls::crypto::verify_tls13_signature(
            message,
            certificate,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

fn note_version(version: &str) {
    if let Some(watch) = Watch::current() {
        let mut seen = watch.seen();
        version.clone_into(&mut seen.tls.get_or_insert_default().version);
    }
}

fn check_dates(leaf: &CertificateDer<'_>, now: UnixTime) -> Result<(), CertificateError> {
    let Some(details) = der::details(leaf) else {
        return Ok(());
    };
    let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if seconds < details.not_before {
        return Err(CertificateError::NotValidYet);
    }
    if seconds > details.not_after {
        return Err(CertificateError::Expired);
    }
    Ok(())
}

fn certificate_error(error: rustls::Error) -> CertificateError {
    match error {
        rustls::Error::InvalidCertificate(error) => error,
        other => CertificateError::Other(rustls::OtherError(Arc::new(other))),
    }
}

/// The client calls both of these unknown: an issuer of the same name with another key, and a certificate that signed itself
/// and may sign others, which the library refuses for that.
fn stranger(error: CertificateError, leaf: &CertificateDer<'_>) -> CertificateError {
    let own = der::details(leaf).is_some_and(|details| details.self_issued);
    match error {
        CertificateError::BadSignature => CertificateError::UnknownIssuer,
        CertificateError::Other(_) if own => CertificateError::UnknownIssuer,
        other => other,
    }
}

fn described(certificate: &CertificateDer<'_>) -> Certificate {
    let details = der::details(certificate).unwrap_or_default();
    Certificate {
        subject: Foreign::new(details.subject),
        issuer: Foreign::new(details.issuer),
        names: details.names.into_iter().map(Foreign::new).collect(),
        not_before: details.not_before,
        not_after: details.not_after,
        self_signed: details.self_issued,
    }
}

/// A verdict of the TLS library in the words of the trace.
pub(super) fn failure(error: &CertificateError) -> CertificateFailure {
    match error {
        CertificateError::UnknownIssuer => CertificateFailure::UnknownIssuer,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateFailure::WrongName
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            CertificateFailure::Expired
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            CertificateFailure::NotYetValid
        }
        other => CertificateFailure::Other(Foreign::new(other.to_string())),
    }
}

/// A session store that stores nothing: it only hears when a handshake begins.
#[derive(Debug)]
struct Beginning;

impl ClientSessionStore for Beginning {
    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

    fn kx_hint(&self, name: &ServerName<'_>) -> Option<NamedGroup> {
        if let Some(watch) = Watch::current()
            && name
                .to_str()
                .eq_ignore_ascii_case(watch.host.trim_matches(['[', ']']))
        {
            watch.seen().tls_began = Some(Instant::now());
        }
        None
    }

    fn set_tls12_session(&self, _: ServerName<'static>, _: Tls12ClientSessionValue) {}

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, _: Tls13ClientSessionValue) {}

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::BadRoots;
    use super::RootSource;
    use super::count_roots;
    use crate::io::env::Env;
    use std::path::PathBuf;

    #[test]
    fn a_named_file_leaves_the_directories_in_place() {
        let env = Env::from_pairs([("SSL_CERT_FILE", "/one.pem")]);
        let source = RootSource::new(&env, &[PathBuf::from("/more.pem")]);
        assert_eq!(source.files, [PathBuf::from("/one.pem")]);
        assert_eq!(source.directories.len(), 2);
        assert_eq!(source.name, "SSL_CERT_FILE + --ca-file");
    }

    #[test]
    fn an_empty_variable_counts_as_none() {
        let source = RootSource::new(&Env::from_pairs([("SSL_CERT_FILE", "")]), &[]);
        assert_eq!((source.files.len(), source.name.as_str()), (6, "system"));
    }

    #[test]
    fn a_file_without_certificates_is_told_from_one_with() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("roots.pem");
        assert!(matches!(count_roots(&path), Err(BadRoots::Unreadable(_))));
        std::fs::write(&path, "garbage").expect("a file");
        assert_eq!(count_roots(&path), Err(BadRoots::Empty));
        let key = rcgen::KeyPair::generate().expect("a key");
        let authority = rcgen::CertificateParams::new(Vec::new())
            .expect("parameters")
            .self_signed(&key)
            .expect("a certificate");
        std::fs::write(&path, authority.pem().repeat(2)).expect("a file");
        assert_eq!(count_roots(&path), Ok(1));
    }
}
