//! The listeners: one request for each connection, over plain HTTP, TLS or as a proxy.
//!
//! The plain listeners are also forward proxies that play every host themselves: absolute targets, and CONNECT with
//! TLS inside. Nothing is ever forwarded. Replies end their connection, since a client that reuses one silently
//! repeats what failed on it, and then the number of requests depends on timing. What is answered is decided by `site`.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::rustls::server::Acceptor;
use tokio_rustls::server::TlsStream;

use super::faults::{Ending, Reply};
use super::request;
use super::request::NoRequest;
use super::scenario::Connection;
use super::site::{HTTPS, Site, TEXT, Way};

/// How long a client may take to send a request, or to notice that its connection ended.
const PATIENCE: Duration = Duration::from_secs(20);
const TUNNEL_OPEN: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";
/// A fatal alert: the version of the protocol is not supported.
const VERSION_ALERT: [u8; 7] = [0x15, 3, 1, 0, 2, 2, 70];

/// Answers connections until it is dropped.
pub(super) async fn listen(site: Arc<Site>, listener: TcpListener, name: &'static str) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(Arc::clone(&site), name, stream));
                }
                // Out of descriptors: some will be free again.
                Err(_) => sleep(Duration::from_millis(5)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(site: Arc<Site>, name: &'static str, mut stream: TcpStream) {
    // A failure only costs speed.
    let _ = stream.set_nodelay(true);
    if name == HTTPS {
        encrypted(&site, Way::Tls, stream).await;
    } else if talk(&site, Way::Plain(name), &mut stream).await == Next::Tunnel {
        encrypted(&site, Way::Tunnel, stream).await;
    }
}

/// Speaks TLS as the host asked for does, and answers one request.
async fn encrypted(site: &Site, way: Way, stream: TcpStream) {
    let Some(certificates) = site.certificates() else {
        return;
    };
    let Ok(Ok(hello)) = timeout(
        PATIENCE,
        LazyConfigAcceptor::new(Acceptor::default(), stream),
    )
    .await
    else {
        return;
    };
    let served = certificates
        .served(hello.client_hello().server_name())
        .clone();
    let mut hello = hello;
    match served.connection {
        Connection::Tls | Connection::Plain | Connection::Refused => {}
        Connection::Drop => return,
        Connection::Hang => return wait_for_end(&mut hello.io).await,
        Connection::Alert => {
            let _ = hello.io.write_all(&VERSION_ALERT).await;
            let _ = hello.io.shutdown().await;
            return wait_for_end(&mut hello.io).await;
        }
    }
    if let Ok(Ok(mut stream)) = timeout(PATIENCE, hello.into_stream(served.config)).await {
        talk(site, way, &mut stream).await;
    }
}

/// A connection whose socket can be reached.
trait Wire: AsyncRead + AsyncWrite + Unpin {
    fn socket(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Wire for TlsStream<TcpStream> {
    fn socket(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// What becomes of a connection after a request.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    /// It is over.
    Over,
    /// It is a tunnel now.
    Tunnel,
}

async fn talk(site: &Site, way: Way, stream: &mut impl Wire) -> Next {
    let reply = match timeout(PATIENCE, request::read(stream)).await {
        Err(_) | Ok(Err(NoRequest::Gone)) => return Next::Over,
        Ok(Err(NoRequest::NotHttp)) => Reply::own(400, &[TEXT], "400 Bad Request\n"),
        Ok(Ok(request)) if request.method == "CONNECT" && !way.is_tls() => {
            let Some(reply) = site.answer_connect(way, &request) else {
                let opened = stream.write_all(TUNNEL_OPEN).await;
                return if opened.is_ok() {
                    Next::Tunnel
                } else {
                    Next::Over
                };
            };
            reply
        }
        Ok(Ok(request)) => site.answer(way, &request),
    };
    if !reply.delay.is_zero() {
        sleep(reply.delay).await;
    }
    // A client may hang up at any time, and that is nothing to tell anybody.
    if send(stream, &reply).await.is_ok() {
        end(stream, reply.ending).await;
    }
    Next::Over
}

async fn send(stream: &mut impl Wire, reply: &Reply) -> std::io::Result<()> {
    stream
        .write_all(&[reply.head.as_bytes(), &reply.body].concat())
        .await?;
    stream.flush().await
}

async fn end(stream: &mut impl Wire, ending: Ending) {
    match ending {
        Ending::Orderly => {
            let _ = stream.shutdown().await;
            // Closing with bytes unread would reset the connection and take the reply with it.
            let _ = timeout(PATIENCE, wait_for_end(stream)).await;
        }
        Ending::Abrupt => {}
        Ending::Reset => {
            let _ = stream.socket().set_zero_linger();
        }
        Ending::Never => wait_for_end(stream).await,
    }
}

async fn wait_for_end(stream: &mut (impl AsyncRead + Unpin)) {
    let mut ignored = [0; 1024];
    while stream.read(&mut ignored).await.is_ok_and(|count| count > 0) {}
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio_rustls::TlsConnector;
    use tokio_rustls::client::TlsStream;
    use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
    use tokio_rustls::rustls::pki_types::pem::PemObject;
    use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
    use tokio_rustls::rustls::{
        AlertDescription, CertificateError, ClientConfig, Error, RootCertStore,
    };

    use crate::lab::Lab;
    use crate::lab::scenario::Scenario;

    async fn lab(text: &str) -> Lab {
        let scenario = Scenario::from_json(text).expect("a scenario");
        Lab::start(&scenario, "/nowhere").await.expect("a lab")
    }

    async fn plain(port: u16) -> TcpStream {
        TcpStream::connect(("127.0.0.1", port))
            .await
            .expect("a connection")
    }

    /// Sends `line` with a host; returns what comes until the end, whatever the end is.
    async fn exchange(
        mut stream: impl AsyncRead + AsyncWrite + Unpin,
        line: &str,
    ) -> (String, io::Result<usize>) {
        let request = format!("{line} HTTP/1.1\r\nHost: h.example:80\r\nX-A: 1\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = Vec::new();
        let end = stream.read_to_end(&mut answer).await;
        (String::from_utf8(answer).expect("text"), end)
    }

    async fn answer(port: u16, line: &str) -> String {
        let (answer, end) = exchange(plain(port).await, line).await;
        end.expect("an orderly end");
        answer
    }

    async fn tls(lab: &Lab, stream: TcpStream, name: &str) -> io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        let root = CertificateDer::from_pem_slice(lab.root_certificate_pem().as_bytes())
            .expect("a certificate");
        roots.add(root).expect("a root");
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(name.to_owned()).expect("a name");
        TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await
    }

    async fn handshake(lab: &Lab, name: &str) -> io::Result<TlsStream<TcpStream>> {
        tls(lab, plain(lab.tls_port().expect("a port")).await, name).await
    }

    fn tls_error(result: io::Result<TlsStream<TcpStream>>) -> Error {
        let error = result
            .expect_err("a refused handshake")
            .into_inner()
            .expect("a cause");
        *error.downcast::<Error>().expect("an error of TLS")
    }

    #[tokio::test]
    async fn routes_answer_on_both_plain_listeners_and_all_is_written_down() {
        let lab = lab(r#"{"routes": [{"path": "/a", "body": "{{port}}"},
            {"path": "/b", "listener": "http2", "json": {"k": 1}}]}"#)
        .await;
        let first = answer(lab.http_port(), "GET /a?x=1").await;
        assert!(first.starts_with("HTTP/1.1 200 OK\r\n"), "{first}");
        assert!(
            first.ends_with(&format!("\r\n\r\n{}", lab.http_port())),
            "{first}"
        );
        assert!(
            answer(lab.http_port(), "GET /b")
                .await
                .ends_with("404 page not found\n")
        );
        assert!(
            answer(lab.second_port(), "HEAD /b")
                .await
                .ends_with("\r\n\r\n")
        );
        let log = lab.take_log();
        let rows: Vec<_> = log
            .iter()
            .map(|row| (row.listener, row.target.as_str(), row.status, row.matched))
            .collect();
        let wanted = [
            ("http", "/a?x=1", Some(200), true),
            ("http", "/b", Some(404), false),
            ("http2", "/b", Some(200), true),
        ];
        assert_eq!(rows, wanted);
        assert_eq!(
            (log[0].host.as_str(), log[0].headers.len(), log[0].tls),
            ("h.example:80", 2, false)
        );
        assert_eq!(lab.log(), []);
    }

    #[tokio::test]
    async fn faults_are_seen_on_the_wire() {
        let lab = lab(
            r#"{"routes": [{"path": "/drop", "drop": true}, {"path": "/reset", "reset": true},
            {"path": "/short", "body": "abcdef", "short": 4, "delay_ms": 1},
            {"path": "/raw", "raw": "220 ftp ready\r\n"},
            {"path": "/stalled", "body": "abcdef", "short": 4, "hang": true}]}"#,
        )
        .await;
        assert_eq!(answer(lab.http_port(), "GET /drop").await, "");
        let (nothing, end) = exchange(plain(lab.http_port()).await, "GET /reset").await;
        assert_eq!(
            (nothing.as_str(), end.expect_err("a reset").kind()),
            ("", io::ErrorKind::ConnectionReset)
        );
        let short = answer(lab.http_port(), "GET /short").await;
        assert!(
            short.contains("Content-Length: 6\r\n") && short.ends_with("\r\n\r\nab"),
            "{short}"
        );
        assert_eq!(
            answer(lab.http_port(), "GET /raw").await,
            "220 ftp ready\r\n"
        );
        let mut stalled = plain(lab.http_port()).await;
        stalled
            .write_all(b"GET /stalled HTTP/1.1\r\n\r\n")
            .await
            .expect("sent");
        // The farewell of the client is what ends it.
        stalled.shutdown().await.expect("half closed");
        let mut answer = String::new();
        stalled.read_to_string(&mut answer).await.expect("an end");
        assert!(answer.ends_with("\r\n\r\nab"), "{answer}");
        let statuses: Vec<_> = lab.log().iter().map(|row| row.status).collect();
        assert_eq!(statuses, [None, None, Some(200), None, Some(200)]);
    }

    #[tokio::test]
    async fn bytes_that_are_no_request_are_answered_at_once() {
        let lab = lab("{}").await;
        let mut stream = plain(lab.http_port()).await;
        stream
            .write_all(b"\x16\x03\x01\x00\x05")
            .await
            .expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        assert!(
            answer.starts_with("HTTP/1.1 400 Bad Request\r\n"),
            "{answer}"
        );
    }

    #[tokio::test]
    async fn virtual_hosts_share_one_port_each_with_its_own_certificate() {
        let lab = lab(r#"{"hosts": {"tf.example.com": {}, "old.test": {"certificate": "expired"},
            "new.test": {"certificate": "not-yet-valid"}, "wrong.test": {"certificate": "wronghost"},
            "other.test": {"certificate": "other"}, "part.test": {"certificate": "incomplete"},
            "alert.test": {"connection": "alert"}, "drop.test": {"connection": "drop"}},
            "routes": [{"path": "/", "listener": "https", "body": "ok", "no_length": true}]}"#)
        .await;
        for name in [
            "tf.example.com",
            "TF.example.com",
            "127.0.0.1",
            "localhost",
            "registry.terraform.io",
        ] {
            let stream = handshake(&lab, name).await.expect("a trusted host");
            let (answer, end) = exchange(stream, "GET /").await;
            end.expect("a farewell of TLS");
            assert!(answer.ends_with("\r\n\r\nok"), "{answer}");
        }
        assert!(
            lab.log()
                .iter()
                .all(|row| row.tls && row.listener == "https")
        );
        let certificate = |error| match error {
            Error::InvalidCertificate(error) => error,
            other => panic!("{other}"),
        };
        let refused = async |name| certificate(tls_error(handshake(&lab, name).await));
        assert!(matches!(
            refused("old.test").await,
            CertificateError::ExpiredContext { .. }
        ));
        assert!(matches!(
            refused("new.test").await,
            CertificateError::NotValidYetContext { .. }
        ));
        assert!(matches!(
            refused("wrong.test").await,
            CertificateError::NotValidForNameContext { .. }
        ));
        assert_eq!(refused("other.test").await, CertificateError::UnknownIssuer);
        assert_eq!(refused("part.test").await, CertificateError::UnknownIssuer);
        assert!(matches!(
            refused("nobody.test").await,
            CertificateError::NotValidForNameContext { .. }
        ));
        let alert = tls_error(handshake(&lab, "alert.test").await);
        assert_eq!(
            alert,
            Error::AlertReceived(AlertDescription::ProtocolVersion)
        );
        assert!(handshake(&lab, "drop.test").await.is_err());
    }

    #[tokio::test]
    async fn a_dropped_answer_has_no_farewell() {
        let lab = lab(r#"{"tls": {}, "routes": [{"path": "/", "drop": true}]}"#).await;
        let stream = handshake(&lab, "localhost").await.expect("a trusted host");
        let (nothing, end) = exchange(stream, "GET /").await;
        assert_eq!(
            (nothing.as_str(), end.expect_err("no farewell").kind()),
            ("", io::ErrorKind::UnexpectedEof)
        );
    }

    #[tokio::test]
    async fn the_proxy_plays_every_host_itself() {
        let lab = lab(r#"{"proxy": true, "routes": [
            {"path": "refused.test:443", "method": "CONNECT", "status": 407},
            {"path": "/a", "host": "far.test", "body": "far"}, {"path": "/b", "listener": "https", "body": "in"}]}"#)
        .await;
        assert!(
            answer(lab.http_port(), "GET http://far.test:81/a?")
                .await
                .ends_with("\r\n\r\nfar")
        );
        let refusal = answer(lab.http_port(), "CONNECT refused.test:443").await;
        assert!(refusal.starts_with("HTTP/1.1 407 "), "{refusal}");
        let mut stream = plain(lab.http_port()).await;
        stream
            .write_all(b"CONNECT www.example.com:443 HTTP/1.1\r\n\r\n")
            .await
            .expect("sent");
        let mut opened = vec![0; super::TUNNEL_OPEN.len()];
        stream.read_exact(&mut opened).await.expect("a tunnel");
        assert_eq!(opened, super::TUNNEL_OPEN);
        let stream = tls(&lab, stream, "www.example.com")
            .await
            .expect("a trusted host");
        assert!(exchange(stream, "GET /b").await.0.ends_with("\r\n\r\nin"));
        let log = lab.log();
        let rows: Vec<_> = log
            .iter()
            .map(|row| {
                (
                    row.listener,
                    row.host.as_str(),
                    row.target.as_str(),
                    row.tls,
                )
            })
            .collect();
        let wanted = [
            ("proxy", "far.test:81", "/a", false),
            ("proxy", "refused.test:443", "refused.test:443", false),
            ("proxy", "www.example.com:443", "www.example.com:443", false),
            ("proxied-https", "h.example:80", "/b", true),
        ];
        assert_eq!(rows, wanted);
    }

    #[tokio::test]
    async fn names_lead_to_the_port_that_behaves_as_told() {
        let lab = lab(
            r#"{"hosts": {"a.test": {}, "b.test:8443": {}, "c.test": {"connection": "refused"},
            "d.test": {"connection": "plain"}}}"#,
        )
        .await;
        let (tls, http, dead) = (
            lab.tls_port().expect("a port"),
            lab.http_port(),
            lab.dead_port(),
        );
        let resolved = lab.resolve();
        let rows: Vec<_> = resolved
            .iter()
            .map(|(name, port, to)| (name.as_str(), *port, to.port()))
            .collect();
        let wanted = [
            ("a.test", 443, tls),
            ("a.test", 80, http),
            ("b.test", 8443, tls),
            ("c.test", 443, dead),
            ("c.test", 80, dead),
            ("d.test", 443, http),
            ("d.test", 80, http),
        ];
        assert_eq!(rows, wanted);
        let refused = TcpStream::connect(("127.0.0.1", dead))
            .await
            .expect_err("refused");
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    }

    #[tokio::test]
    async fn the_routes_of_a_step_come_first() {
        let lab = lab(r#"{"routes": [{"path": "/", "body": "first"}],
            "then": [{"routes": [{"path": "/", "body": "second", "times": 1}]}]}"#)
        .await;
        assert!(answer(lab.http_port(), "GET /").await.ends_with("first"));
        assert!(lab.enter_step(0) && !lab.enter_step(1));
        assert!(answer(lab.http_port(), "GET /").await.ends_with("second"));
        assert!(answer(lab.http_port(), "GET /").await.ends_with("first"));
    }

    #[tokio::test]
    async fn two_runs_never_share_an_authority() {
        let (one, two) = (lab(r#"{"tls": {}}"#).await, lab(r#"{"tls": {}}"#).await);
        assert_ne!(one.root_certificate_pem(), two.root_certificate_pem());
        let stream = plain(one.tls_port().expect("a port")).await;
        let refused = tls_error(tls(&two, stream, "localhost").await);
        assert_eq!(
            refused,
            Error::InvalidCertificate(CertificateError::UnknownIssuer)
        );
    }
}
