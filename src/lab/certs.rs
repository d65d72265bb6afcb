//! The certificate authority of one run, and a certificate for each host.
//!
//! Nothing is kept: keys live as long as the server. The clock is never read, since validity spans a century or lies
//! wholly in the past or the future. Subjects hold a digest of the key, so that two runs never share an authority.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};
use rcgen::{KeyUsagePurpose, SerialNumber, date_time_ymd};
use sha2::{Digest, Sha256};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::NoServerSessionStorage;

use super::scenario::{Certificate, Connection, Host, split_port};

/// The names on the certificate for all that is no virtual host.
const USUAL_NAMES: [&str; 16] = [
    "localhost",
    "127.0.0.1",
    "example.com",
    "*.example.com",
    "example.net",
    "*.example.net",
    "registry.terraform.io",
    "github.com",
    "*.github.com",
    "bitbucket.org",
    "gitlab.com",
    "*.amazonaws.com",
    "*.s3.amazonaws.com",
    "s3.eu-west-1.amazonaws.com",
    "*.s3.eu-west-1.amazonaws.com",
    "*.googleapis.com",
];

/// What the TLS listener shows to whom.
pub struct Certificates {
    root_pem: String,
    fallback: Served,
    hosts: BTreeMap<String, Served>,
}

impl Certificates {
    /// Makes an authority, a certificate for each of `hosts`, and one for all other names.
    pub fn new(default: Certificate, hosts: &BTreeMap<String, Host>) -> io::Result<Self> {
        let mut maker = Maker::new()?;
        let fallback = Served {
            connection: Connection::Tls,
            config: maker.config(default, USUAL_NAMES.map(str::to_owned).to_vec())?,
        };
        let mut served = BTreeMap::new();
        for (name, host) in hosts {
            let name = split_port(name).0.to_ascii_lowercase();
            let config = maker.config(host.certificate, vec![name.clone()])?;
            served.insert(
                name,
                Served {
                    connection: host.connection,
                    config,
                },
            );
        }
        Ok(Self {
            root_pem: maker.trusted.pem.clone(),
            fallback,
            hosts: served,
        })
    }

    /// The certificate of the authority.
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }

    /// What a client that asks for the host `name` gets.
    pub fn served(&self, name: Option<&str>) -> &Served {
        let host = name.and_then(|name| self.hosts.get(&name.to_ascii_lowercase()));
        host.unwrap_or(&self.fallback)
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Certificates")
            .field("hosts", &self.hosts.keys())
            .finish_non_exhaustive()
    }
}

/// What the TLS listener does with a connection.
#[derive(Debug, Clone)]
pub struct Served {
    /// What becomes of the handshake.
    pub connection: Connection,
    /// The certificate and key.
    pub config: Arc<ServerConfig>,
}

struct Maker {
    provider: Arc<CryptoProvider>,
    trusted: Authority,
    /// Made when first wanted.
    other: Option<Authority>,
    intermediate: Option<Authority>,
    /// One key serves all hosts: what is tested is who signed what for whom.
    key: KeyPair,
    serial: u64,
}

impl Maker {
    fn new() -> io::Result<Self> {
        let provider = Arc::new(default_provider());
        let trusted = Authority::new("trusted authority", None)?;
        let key = KeyPair::generate().map_err(io::Error::other)?;
        Ok(Self {
            provider,
            trusted,
            other: None,
            intermediate: None,
            key,
            serial: 1,
        })
    }

    fn config(
        &mut self,
        certificate: Certificate,
        names: Vec<String>,
    ) -> io::Result<Arc<ServerConfig>> {
        let leaf = self.leaf(certificate, names)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(vec![leaf], key)
            .map_err(io::Error::other)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // No handshake is a resumed one, so that connections do not depend on earlier ones.
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        Ok(Arc::new(config))
    }

    fn leaf(
        &mut self,
        certificate: Certificate,
        names: Vec<String>,
    ) -> io::Result<CertificateDer<'static>> {
        let names = match certificate {
            Certificate::WrongHost => vec!["elsewhere.example.org".to_owned()],
            Certificate::Good
            | Certificate::Expired
            | Certificate::NotYetValid
            | Certificate::Other
            | Certificate::Incomplete => names,
        };
        let common = names.first().cloned().unwrap_or_default();
        let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
        params.distinguished_name.push(DnType::CommonName, common);
        let (from, to) = match certificate {
            Certificate::Expired => (2019, 2020),
            Certificate::NotYetValid => (2110, 2111),
            Certificate::Good
            | Certificate::WrongHost
            | Certificate::Other
            | Certificate::Incomplete => (2020, 2120),
        };
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(to, 1, 1);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.serial_number = Some(SerialNumber::from(self.serial));
        self.serial += 1;
        let authority = match certificate {
            Certificate::Other => wanted(&mut self.other, "authority of nobody", None)?,
            Certificate::Incomplete => {
                wanted(&mut self.intermediate, "intermediate", Some(&self.trusted))?
            }
            Certificate::Good
            | Certificate::Expired
            | Certificate::NotYetValid
            | Certificate::WrongHost => &self.trusted,
        };
        let signed = params
            .signed_by(&self.key, &authority.issuer)
            .map_err(io::Error::other)?;
        Ok(signed.der().clone())
    }
}

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new(name: &str, signer: Option<&Self>) -> io::Result<Self> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let mut digest = hex::encode(Sha256::digest(key.public_key_raw()));
        digest.truncate(16);
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, format!("lab {name} {digest}"));
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2120, 1, 1);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = match signer {
            Some(signer) => params.signed_by(&key, &signer.issuer),
            None => params.self_signed(&key),
        };
        let pem = certificate.map_err(io::Error::other)?.pem();
        Ok(Self {
            issuer: Issuer::new(params, key),
            pem,
        })
    }
}

fn wanted<'a>(
    place: &'a mut Option<Authority>,
    name: &str,
    signer: Option<&Authority>,
) -> io::Result<&'a Authority> {
    let made = match place.take() {
        Some(made) => made,
        None => Authority::new(name, signer)?,
    };
    Ok(place.insert(made))
}
