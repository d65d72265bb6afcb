//! Connections that do not come about.

use crate::io::Io;
use crate::io::IoSettings;
use crate::io::ask::Answer;
use crate::io::ask::Ask;
use crate::io::dns::Override;
use crate::io::env::Env;
use crate::io::hops::HopPolicy;
use crate::io::hops::HostRule;
use crate::io::hops::follow;
use crate::io::testing::Server;
use crate::io::testing::ask;
use crate::io::testing::doors;
use crate::io::testing::exchanges;
use crate::io::testing::reply;
use crate::io::testing::step;
use crate::io::testing::token;
use crate::io::testing::trace_of;
use crate::secret::Secret;
use crate::trace::Tracer;
use crate::trace::exchange::ConnectFailure;
use crate::trace::exchange::Exchange;
use crate::trace::exchange::Failure;
use crate::trace::exchange::Forbidden;
use crate::trace::exchange::LookupFailure;

async fn asked(io: &Io, ask: Ask) -> (Answer, Exchange) {
    let tracer = Tracer::default();
    let mut step = step(&tracer);
    let answer = io.http.send(&mut step, ask).await;
    step.done(());
    let mut found = exchanges(&trace_of(&tracer));
    assert_eq!(found.len(), 1);
    (answer, found.remove(0))
}

fn closed_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

#[tokio::test]
async fn refused_and_reset_are_told_apart() {
    let io = doors(IoSettings::default());
    let refused = asked(&io, ask(format!("http://127.0.0.1:{}/", closed_port())))
        .await
        .0;
    assert_eq!(
        refused.failure(),
        Some(&Failure::Connect(ConnectFailure::Refused))
    );
    let reset = asked(&io, ask(Server::resetting().url("/"))).await.0;
    assert_eq!(
        reset.failure(),
        Some(&Failure::Connect(ConnectFailure::Reset))
    );
}

#[tokio::test]
async fn names_that_do_not_exist_are_a_failed_lookup() {
    let (answer, exchange) = asked(
        &doors(IoSettings::default()),
        ask("http://no-such-host.invalid/"),
    )
    .await;
    assert!(
        matches!(
            answer.failure(),
            Some(Failure::Lookup(
                LookupFailure::NotFound | LookupFailure::Other(_)
            ))
        ),
        "{answer:?}"
    );
    assert!(exchange.phases.dns.is_some() && exchange.peer.is_none());
}

#[tokio::test]
async fn a_closed_resolver_contacts_only_what_it_was_given() {
    let server = Server::plain(|_| reply("200 OK", "", b""));
    let resolve = vec![
        Override::parse(&format!("a.example:80:127.0.0.1:{}", server.port)).expect("an override"),
        Override::parse(&format!("a.example:8080:127.0.0.1:{}", server.port)).expect("an override"),
    ];
    let io = doors(IoSettings {
        resolve,
        closed: true,
        ..IoSettings::default()
    });
    let (given, exchange) = asked(&io, ask("http://a.example/x")).await;
    assert_eq!(given.status(), Some(200));
    assert_eq!(exchange.addresses.len(), 1);
    let (with_port, exchange) = asked(&io, ask("http://a.example:8080/y")).await;
    assert_eq!((with_port.status(), exchange.sent.port), (Some(200), 8080));
    let hosts: Vec<_> = server
        .log()
        .iter()
        .map(|request| request.header("host").map(str::to_owned))
        .collect();
    assert_eq!(
        hosts,
        [
            Some("a.example".to_owned()),
            Some("a.example:8080".to_owned())
        ]
    );
    for other in [
        "http://b.example/",
        "http://a.example:81/",
        "http://192.0.2.1/",
        "https://a.example/",
    ] {
        let (answer, exchange) = asked(&io, ask(other)).await;
        assert_eq!(
            answer.failure(),
            Some(&Failure::Forbidden(Forbidden::Closed)),
            "{other}"
        );
        assert_eq!(exchange.sent.url, other);
    }
}

#[tokio::test]
async fn addresses_that_are_none_are_recorded_and_not_sent() {
    let io = doors(IoSettings::default());
    for (url, wanted) in [
        ("http://a b/", "BadUrl"),
        ("http://[::1%25eth0]/", "BadUrl"),
        ("file:///etc/passwd", "Forbidden(Scheme)"),
    ] {
        let (answer, exchange) = asked(&io, ask(url)).await;
        assert!(
            format!("{:?}", answer.failure()).contains(wanted),
            "{answer:?}"
        );
        assert!(exchange.failure().is_some());
    }
}

#[tokio::test]
async fn a_token_with_a_line_end_is_no_header() {
    let server = Server::plain(|_| reply("200 OK", "", b""));
    let mut credential = token("127.0.0.1");
    credential.secret = Secret::new("pl4nted\nt0ken".to_owned());
    let (answer, exchange) = asked(
        &doors(IoSettings::default()),
        Ask {
            credential: Some(credential),
            ..ask(server.url("/"))
        },
    )
    .await;
    assert_eq!(
        answer.failure(),
        Some(&Failure::BadHeader {
            name: "Authorization".to_owned()
        })
    );
    assert!(!format!("{exchange:?}").contains("pl4nted"));
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_proxy_gets_the_request_and_its_own_credential_only() {
    let proxy = Server::plain(|_| reply("200 OK", "", b"by proxy"));
    let env = |url: String| Env::from_pairs([("HTTP_PROXY", url)]);
    let io = Io::new(
        env(format!("http://us:pl4nted-proxy@127.0.0.1:{}", proxy.port)),
        IoSettings::default(),
    );
    let (answer, exchange) = asked(&io, ask("http://origin.example/x")).await;
    assert_eq!(
        answer.got().map(|got| got.bytes().to_vec()),
        Some(b"by proxy".to_vec())
    );
    let request = proxy.log().remove(0);
    assert_eq!(request.line, "GET http://origin.example/x HTTP/1.1");
    assert!(request.header("proxy-authorization").is_some());
    assert_eq!(
        exchange.proxy.as_ref().map(|used| used.rule.as_str()),
        Some("HTTP_PROXY")
    );
    assert!(!format!("{exchange:?}").contains("pl4nted"));
    let dead = Io::new(
        env(format!("http://127.0.0.1:{}", closed_port())),
        IoSettings::default(),
    );
    let (answer, _) = asked(&dead, ask("http://origin.example/x")).await;
    assert!(
        matches!(answer.failure(), Some(Failure::Proxy(_))),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_tunnel_that_is_refused_is_the_proxys_failure() {
    let proxy = Server::plain(|_| reply("407 Proxy Authentication Required", "", b""));
    let env = Env::from_pairs([("HTTPS_PROXY", format!("http://127.0.0.1:{}", proxy.port))]);
    let (answer, _) = asked(
        &Io::new(env, IoSettings::default()),
        ask("https://origin.example/x"),
    )
    .await;
    assert!(
        matches!(answer.failure(), Some(Failure::Proxy(_))),
        "{answer:?}"
    );
    assert_eq!(
        proxy.log().remove(0).line,
        "CONNECT origin.example:443 HTTP/1.1"
    );
}

fn is_sendable<T: Send>(_: &T) {}

#[tokio::test]
async fn the_future_of_a_request_may_change_threads() {
    let io = doors(IoSettings::default());
    let tracer = Tracer::default();
    let mut step = step(&tracer);
    let policy = HopPolicy {
        most: 9,
        rule: HostRule::First,
    };
    is_sendable(&follow(
        &io.http,
        &mut step,
        ask("http://127.0.0.1/"),
        policy,
    ));
}

#[tokio::test]
async fn a_password_that_a_server_repeats_alone_is_masked() {
    let server = Server::plain(|_| reply("200 OK", "", b"you said pl4nted-pw"));
    let url = format!("http://user:pl4nted-pw@127.0.0.1:{}/", server.port);
    let (_, exchange) = asked(&doors(IoSettings::default()), ask(url)).await;
    assert!(!format!("{exchange:?}").contains("pl4nted"));
}
