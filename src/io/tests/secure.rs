//! TLS: certificates, roots, peers that speak something else.

use crate::io::Io;
use crate::io::IoSettings;
use crate::io::ask::Answer;
use crate::io::dns::Override;
use crate::io::env::Env;
use crate::io::testing::Certificates;
use crate::io::testing::Server;
use crate::io::testing::ask;
use crate::io::testing::doors;
use crate::io::testing::exchanges;
use crate::io::testing::raw;
use crate::io::testing::reply;
use crate::io::testing::step;
use crate::io::testing::trace_of;
use crate::trace::Tracer;
use crate::trace::exchange::CertificateFailure;
use crate::trace::exchange::Exchange;
use crate::trace::exchange::Failure;
use std::sync::Arc;

fn settings(server: &Server) -> IoSettings {
    let resolve = Override::parse(&format!("reg.example:443:127.0.0.1:{}", server.port));
    IoSettings {
        resolve: vec![resolve.expect("an override")],
        closed: true,
        ..IoSettings::default()
    }
}

fn trusting(server: &Server, certificates: &Certificates) -> Io {
    doors(IoSettings {
        ca_files: vec![certificates.root()],
        ..settings(server)
    })
}

async fn asked(io: &Io) -> (Answer, Exchange) {
    let tracer = Tracer::default();
    let mut step = step(&tracer);
    let answer = io.http.send(&mut step, ask("https://reg.example/x")).await;
    step.done(());
    (answer, exchanges(&trace_of(&tracer)).remove(0))
}

fn certificate(answer: &Answer) -> Option<&CertificateFailure> {
    match answer.failure() {
        Some(Failure::Certificate(why)) => Some(why),
        _ => None,
    }
}

#[tokio::test]
async fn a_trusted_host_answers_and_its_chain_is_kept() {
    let certificates = Certificates::new("reg.example", -2, 2);
    let server = Server::tls(&certificates, |_| reply("200 OK", "", b"hello"));
    let io = trusting(&server, &certificates);
    let (answer, exchange) = asked(&io).await;
    assert_eq!(
        answer.got().map(|got| got.bytes().to_vec()),
        Some(b"hello".to_vec())
    );
    let tls = exchange.tls.expect("a session");
    assert_eq!((tls.version.as_str(), tls.chain.len()), ("1.3", 1));
    assert_eq!(tls.chain[0].names[0].raw(), "reg.example");
    assert_eq!(tls.chain[0].issuer.raw(), "authority of reg.example");
    assert!(exchange.phases.tls.is_some() && exchange.phases.dns.is_some());
    let (_, again) = asked(&io).await;
    assert!(again.phases.reused && again.tls.is_some());
    assert_eq!(server.log()[0].header("host"), Some("reg.example"));
}

#[tokio::test]
async fn roots_come_from_the_environment_too() {
    let certificates = Certificates::new("reg.example", -2, 2);
    let server = Server::tls(&certificates, |_| reply("200 OK", "", b""));
    let root = certificates.root().to_string_lossy().into_owned();
    let env = Env::from_pairs([("SSL_CERT_FILE", root)]);
    let (answer, exchange) = asked(&Io::new(env, settings(&server))).await;
    assert_eq!(answer.status(), Some(200));
    assert_eq!(
        exchange.tls.map(|tls| tls.store),
        Some("SSL_CERT_FILE".to_owned())
    );
}

#[tokio::test]
async fn refused_certificates_are_told_apart() {
    let stranger = Certificates::new("reg.example", -2, 2);
    for (certificates, trusted, wanted) in [
        (
            Certificates::new("reg.example", -2, 2),
            false,
            CertificateFailure::UnknownIssuer,
        ),
        (
            Certificates::new("other.example", -2, 2),
            true,
            CertificateFailure::WrongName,
        ),
        (
            Certificates::new("reg.example", -9, -2),
            true,
            CertificateFailure::Expired,
        ),
        (
            Certificates::new("reg.example", 2, 9),
            true,
            CertificateFailure::NotYetValid,
        ),
        (
            Certificates::new("other.example", -2, 2),
            false,
            CertificateFailure::WrongName,
        ),
        (
            Certificates::own("reg.example"),
            false,
            CertificateFailure::UnknownIssuer,
        ),
    ] {
        let server = Server::tls(&certificates, |_| reply("200 OK", "", b""));
        let roots = if trusted { &certificates } else { &stranger };
        let (answer, exchange) = asked(&trusting(&server, roots)).await;
        assert_eq!(certificate(&answer), Some(&wanted));
        assert_eq!(exchange.tls.map(|tls| tls.chain.len()), Some(1));
        assert!(server.log().is_empty());
    }
}

#[tokio::test]
async fn no_roots_at_all_know_nobody() {
    let certificates = Certificates::new("reg.example", -2, 2);
    let server = Server::tls(&certificates, |_| reply("200 OK", "", b""));
    let (answer, _) = asked(&doors(settings(&server))).await;
    assert_eq!(
        certificate(&answer),
        Some(&CertificateFailure::UnknownIssuer)
    );
}

#[tokio::test]
async fn a_certificate_that_is_itself_a_root_is_trusted_for_its_name() {
    let certificates = Certificates::own("reg.example");
    let server = Server::tls(&certificates, |_| reply("200 OK", "", b""));
    let (answer, _) = asked(&trusting(&server, &certificates)).await;
    assert_eq!(answer.status(), Some(200), "{answer:?}");
    let other = Certificates::own("other.example");
    let server = Server::tls(&other, |_| reply("200 OK", "", b""));
    let (answer, _) = asked(&trusting(&server, &other)).await;
    assert_eq!(certificate(&answer), Some(&CertificateFailure::WrongName));
}

#[tokio::test]
async fn a_peer_without_tls_is_told() {
    // The server waits for the end of a request head that never comes in clear text, so it speaks first.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            use std::io::Read;
            use std::io::Write;
            let _ = stream.read(&mut [0; 2048]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let resolve = Override::parse(&format!("reg.example:443:127.0.0.1:{port}"));
    let io = doors(IoSettings {
        resolve: vec![resolve.expect("an override")],
        ..IoSettings::default()
    });
    let (answer, _) = asked(&io).await;
    assert_eq!(answer.failure(), Some(&Failure::NotTls), "{answer:?}");
}

#[tokio::test]
async fn a_peer_with_tls_on_a_plain_port_is_told() {
    let certificates = Certificates::new("127.0.0.1", -2, 2);
    let server = Server::tls(&certificates, |_| raw(""));
    let io = doors(IoSettings::default());
    let tracer = Tracer::default();
    let mut step = step(&tracer);
    let answer = io.http.send(&mut step, ask(server.url("/"))).await;
    assert!(
        matches!(
            answer.failure(),
            Some(Failure::Malformed(_) | Failure::Closed | Failure::Connect(_))
        ),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_handshake_that_ends_at_once_is_told() {
    let server = Server::resetting();
    let (answer, _) = asked(&doors(settings(&server))).await;
    assert!(
        matches!(
            answer.failure(),
            Some(Failure::Closed | Failure::Connect(_))
        ),
        "{answer:?}"
    );
}

/// Serves one body over HTTP/2, or whatever the client settles on.
async fn modern(certificates: &Certificates) -> u16 {
    let mut config = (*certificates.server()).clone();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let stream = acceptor.accept(stream).await.expect("a handshake");
                let service = hyper::service::service_fn(|request: hyper::Request<_>| async move {
                    let _: hyper::body::Incoming = request.into_body();
                    let body = http_body_util::Full::new(bytes::Bytes::from(vec![b'x'; 900]));
                    Ok::<_, std::convert::Infallible>(hyper::Response::new(body))
                });
                let stream = hyper_util::rt::TokioIo::new(stream);
                let executor = hyper_util::rt::TokioExecutor::new();
                let _ = hyper_util::server::conn::auto::Builder::new(executor)
                    .serve_connection(stream, service)
                    .await;
            });
        }
    });
    port
}

#[tokio::test]
async fn requests_share_a_connection_of_the_newer_protocol() {
    let certificates = Certificates::new("reg.example", -2, 2);
    let port = modern(&certificates).await;
    let resolve = Override::parse(&format!("reg.example:443:127.0.0.1:{port}"));
    let io = doors(IoSettings {
        resolve: vec![resolve.expect("an override")],
        ca_files: vec![certificates.root()],
        ..IoSettings::default()
    });
    let (first, exchange) = asked(&io).await;
    assert_eq!(first.failure(), None);
    assert_eq!(first.got().map(|got| got.bytes().len()), Some(900));
    assert_eq!(
        exchange.reply().map(|reply| reply.version.as_str()),
        Some("HTTP/2")
    );
    let (one, two) = tokio::join!(asked(&io), asked(&io));
    for (answer, exchange) in [one, two] {
        assert_eq!(answer.status(), Some(200));
        assert!(exchange.phases.reused && exchange.tls.is_some());
    }
}
