//! Redirects and credentials on the wire.

use crate::io::Io;
use crate::io::IoSettings;
use crate::io::ask::Ask;
use crate::io::ask::Credential;
use crate::io::dns::Override;
use crate::io::hops::Followed;
use crate::io::hops::HopEnd;
use crate::io::hops::HopPolicy;
use crate::io::hops::HostRule;
use crate::io::hops::follow;
use crate::io::testing::Do;
use crate::io::testing::Server;
use crate::io::testing::ask;
use crate::io::testing::doors;
use crate::io::testing::exchanges;
use crate::io::testing::raw;
use crate::io::testing::reply;
use crate::io::testing::step;
use crate::io::testing::token;
use crate::io::testing::trace_of;
use crate::trace::Tracer;
use crate::trace::exchange::Exchange;
use crate::trace::exchange::Failure;
use crate::trace::exchange::Forbidden;
use crate::trace::exchange::Withheld;

const NINE: HopPolicy = HopPolicy {
    most: 9,
    rule: HostRule::HopBefore,
};

async fn followed(io: &Io, ask: Ask, policy: HopPolicy) -> (Followed, Vec<Exchange>) {
    let tracer = Tracer::default();
    let mut step = step(&tracer);
    let followed = follow(&io.http, &mut step, ask, policy).await;
    step.done(());
    (followed, exchanges(&trace_of(&tracer)))
}

fn redirect(location: &str) -> Vec<Do> {
    reply("302 Found", &format!("Location: {location}\r\n"), b"moved")
}

fn with(url: String, credential: Credential) -> Ask {
    Ask {
        credential: Some(credential),
        ..ask(url)
    }
}

fn named(pairs: &[(&str, u16, u16)]) -> Io {
    let resolve = pairs
        .iter()
        .map(|(host, port, to)| {
            Override::parse(&format!("{host}:{port}:127.0.0.1:{to}")).expect("an override")
        })
        .collect();
    doors(IoSettings {
        resolve,
        closed: true,
        token_over_http: vec!["a.example".to_owned()],
        ..IoSettings::default()
    })
}

fn authorizations(server: &Server) -> Vec<bool> {
    server
        .log()
        .iter()
        .map(|request| request.header("authorization").is_some())
        .collect()
}

#[tokio::test]
async fn every_redirect_is_one_exchange_and_the_token_stays_with_its_origin() {
    let server = Server::plain(
        |request| match (request.header("host"), request.path.as_str()) {
            (Some("a.example"), "/1") => redirect("/2"),
            (Some("a.example"), "/2") => redirect("http://b.example/3"),
            (Some("b.example"), "/3") => redirect("/4"),
            (Some("b.example"), "/4") => redirect("http://a.example/5"),
            _ => reply("200 OK", "", b"end"),
        },
    );
    let io = named(&[
        ("a.example", 80, server.port),
        ("b.example", 80, server.port),
    ]);
    let (followed, exchanges) = followed(
        &io,
        with("http://a.example/1".to_owned(), token("a.example")),
        NINE,
    )
    .await;
    assert_eq!(followed.end, HopEnd::Final);
    assert_eq!(
        followed.answer.got().map(|got| got.bytes().to_vec()),
        Some(b"end".to_vec())
    );
    assert_eq!(server.paths(), ["/1", "/2", "/3", "/4", "/5"]);
    assert_eq!(authorizations(&server), [true, true, false, false, false]);
    let withheld: Vec<_> = exchanges
        .iter()
        .map(|exchange| exchange.sent.credential.as_ref().map(|used| used.withheld))
        .collect();
    assert_eq!(
        withheld,
        [
            Some(None),
            Some(None),
            None,
            Some(Some(Withheld::AfterDetour)),
            None
        ]
    );
    assert_eq!(
        exchanges
            .iter()
            .map(|exchange| exchange.hop)
            .collect::<Vec<_>>(),
        [0, 1, 2, 3, 4]
    );
    assert_eq!(followed.last_url(), "http://a.example/5");
}

#[tokio::test]
async fn another_port_gets_no_token_and_the_record_says_that_the_client_sends_it() {
    let other = Server::plain(|_| reply("200 OK", "", b""));
    let location = other.url("/");
    let first = Server::plain(move |_| redirect(&location));
    let (_, exchanges) = followed(
        &doors(IoSettings::default()),
        with(first.url("/"), token("127.0.0.1")),
        NINE,
    )
    .await;
    assert_eq!(
        (authorizations(&first), authorizations(&other)),
        (vec![true], vec![false])
    );
    let used = exchanges[1].sent.credential.as_ref().expect("a credential");
    assert_eq!(used.withheld, Some(Withheld::OtherPort));
}

#[tokio::test]
async fn plain_http_gets_a_token_only_on_loopback_or_on_request() {
    let server = Server::plain(|_| reply("200 OK", "", b""));
    let io = named(&[
        ("a.example", 80, server.port),
        ("c.example", 80, server.port),
    ]);
    for (url, host, wanted) in [
        (server.url("/"), "127.0.0.1", None),
        ("http://a.example/".to_owned(), "a.example", None),
        (
            "http://c.example/".to_owned(),
            "c.example",
            Some(Withheld::ClearText),
        ),
    ] {
        let (_, exchanges) = followed(&io, with(url, token(host)), NINE).await;
        assert_eq!(
            exchanges[0]
                .sent
                .credential
                .as_ref()
                .expect("a credential")
                .withheld,
            wanted
        );
    }
    assert_eq!(authorizations(&server), [true, true, false]);
}

#[tokio::test]
async fn user_information_follows_relative_locations_only() {
    let server = Server::plain(|request| match request.path.as_str() {
        "/1" => redirect("/2"),
        "/2" => redirect(&format!(
            "http://{}/3",
            request.header("host").unwrap_or_default()
        )),
        _ => reply("200 OK", "", b""),
    });
    let url = format!("http://user:pl4nted-pw@127.0.0.1:{}/1", server.port);
    let (_, exchanges) = followed(&doors(IoSettings::default()), ask(url), NINE).await;
    assert_eq!(authorizations(&server), [true, true, false]);
    assert_eq!(
        server.log()[0].header("authorization"),
        Some("Basic dXNlcjpwbDRudGVkLXB3")
    );
    let text = format!("{exchanges:?}");
    assert!(
        !text.contains("pl4nted") && !text.contains("dXNlcjpwbDRudGVk"),
        "{text}"
    );
}

#[tokio::test]
async fn chains_end_where_the_policy_says() {
    let server = Server::plain(|request| {
        let left: u32 = request.path.trim_start_matches('/').parse().unwrap_or(0);
        match left {
            0 => reply("200 OK", "", b"end"),
            _ => redirect(&format!("/{}", left - 1)),
        }
    });
    let io = doors(IoSettings::default());
    for (hops, most, wanted, requests) in [
        (9, 9, HopEnd::Final, 10),
        (10, 9, HopEnd::TooMany { limit: 9 }, 10),
        (30, 9, HopEnd::TooMany { limit: 9 }, 10),
        (3, 3, HopEnd::Final, 4),
        (4, 3, HopEnd::TooMany { limit: 3 }, 4),
    ] {
        let policy = HopPolicy { most, ..NINE };
        let (followed, exchanges) =
            followed(&io, ask(server.url(&format!("/{hops}"))), policy).await;
        assert_eq!(
            (followed.end, exchanges.len()),
            (wanted, requests),
            "{hops}"
        );
    }
}

#[tokio::test]
async fn targets_that_cannot_be_followed_are_told_and_not_asked() {
    for (location, wanted) in [
        ("Location: http://[::bad\r\n", "BadLocation"),
        ("Location: /%zz\r\n", "BadLocation"),
        ("Location: file:///etc/passwd\r\n", "ForbiddenScheme"),
        ("Location: gopher://h/\r\n", "ForbiddenScheme"),
        ("Location: javascript:x\r\n", "ForbiddenScheme"),
        ("Location: \r\n", "NoLocation"),
        ("", "NoLocation"),
    ] {
        let headers = location.to_owned();
        let server = Server::plain(move |_| reply("302 Found", &headers, b""));
        let (followed, exchanges) =
            followed(&doors(IoSettings::default()), ask(server.url("/")), NINE).await;
        assert!(
            format!("{:?}", followed.end).starts_with(wanted),
            "{location}: {:?}",
            followed.end
        );
        assert_eq!(exchanges.len(), 1);
    }
    let long = format!("Location: /{}\r\n", "x".repeat(20_000));
    let server = Server::plain(move |_| reply("302 Found", &long, b""));
    let (followed, _) = followed(&doors(IoSettings::default()), ask(server.url("/")), NINE).await;
    assert!(matches!(followed.end, HopEnd::BadLocation(_)));
}

#[tokio::test]
async fn only_five_statuses_are_followed() {
    for (status, asked) in [
        (300, 1),
        (301, 2),
        (302, 2),
        (303, 2),
        (304, 1),
        (305, 1),
        (306, 1),
        (307, 2),
        (308, 2),
    ] {
        let server = Server::plain(move |request| match request.path.as_str() {
            "/" => raw(format!(
                "HTTP/1.1 {status} X\r\nlocation: /next\r\ncontent-length: 0\r\n\r\n"
            )),
            _ => reply("200 OK", "", b""),
        });
        let (_, exchanges) =
            followed(&doors(IoSettings::default()), ask(server.url("/")), NINE).await;
        assert_eq!(exchanges.len(), asked, "{status}");
    }
}

#[tokio::test]
async fn metadata_addresses_are_never_asked_because_a_server_said_so() {
    for target in [
        "http://169.254.169.254/latest",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "http://0251.0376.0251.0376/",
        "http://[::ffff:169.254.169.254]/",
        "http://[fd00:ec2::254]/",
        "http://100.100.100.200/",
        "http://metadata.google.internal/",
        "http://inward.example/",
    ] {
        let server = Server::plain(move |_| redirect(target));
        let resolve =
            vec![Override::parse("inward.example:80:169.254.169.254").expect("an override")];
        let io = doors(IoSettings {
            resolve,
            ..IoSettings::default()
        });
        let (followed, exchanges) = followed(&io, ask(server.url("/")), NINE).await;
        assert_eq!(
            followed.answer.failure(),
            Some(&Failure::Forbidden(Forbidden::Metadata)),
            "{target}"
        );
        assert_eq!((exchanges.len(), server.connections()), (2, 1));
    }
}

#[tokio::test]
async fn cookies_are_never_sent_back() {
    let server = Server::plain(|request| match request.path.as_str() {
        "/" => reply(
            "302 Found",
            "Location: /2\r\nSet-Cookie: s=pl4nted-cookie\r\n",
            b"",
        ),
        _ => reply("200 OK", "", b""),
    });
    let (_, exchanges) = followed(&doors(IoSettings::default()), ask(server.url("/")), NINE).await;
    assert!(
        server
            .log()
            .iter()
            .all(|request| request.header("cookie").is_none())
    );
    assert!(!format!("{exchanges:?}").contains("pl4nted"));
}

#[tokio::test]
async fn a_token_that_the_server_repeats_is_masked_in_the_record_only() {
    let server = Server::plain(|request| {
        let value = request
            .header("authorization")
            .unwrap_or_default()
            .to_owned();
        reply(
            "401 Unauthorized",
            &format!("X-Was: {value}\r\n"),
            format!("not {value}").as_bytes(),
        )
    });
    let (followed, exchanges) = followed(
        &doors(IoSettings::default()),
        with(server.url("/?token=pl4nted-t0ken"), token("127.0.0.1")),
        NINE,
    )
    .await;
    assert_eq!(
        followed.answer.got().map(|got| got.bytes().to_vec()),
        Some(b"not Bearer pl4nted-t0ken".to_vec())
    );
    assert!(
        !format!("{exchanges:?}").contains("pl4nted"),
        "{exchanges:?}"
    );
    assert!(!format!("{:?}", followed.answer).contains("pl4nted"));
}

#[tokio::test]
async fn a_closed_connection_of_the_pool_is_replaced_without_a_word() {
    let server = Server::plain(|request| match request.path.as_str() {
        "/first" => reply("200 OK", "", b"one"),
        "/never" => Vec::new(),
        _ => vec![Do::Send(
            b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\ntwo".to_vec(),
        )],
    });
    let io = doors(IoSettings::default());
    for (path, connections) in [("/first", 1), ("/second", 1), ("/third", 2)] {
        let (followed, exchanges) = followed(&io, ask(server.url(path)), NINE).await;
        assert_eq!(
            (followed.answer.status(), exchanges.len()),
            (Some(200), 1),
            "{path}"
        );
        assert_eq!(server.connections(), connections, "{path}");
    }
    let (never, _) = followed(&io, ask(server.url("/never")), NINE).await;
    assert_eq!(never.answer.failure(), Some(&Failure::Closed));
}
