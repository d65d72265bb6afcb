//! Sizes, lengths, chunks and codings.

use crate::io::IoSettings;
use crate::io::ask::Answer;
use crate::io::ask::Ask;
use crate::io::ask::GotBody;
use crate::io::ask::Take;
use crate::io::limits::Limits;
use crate::io::testing::Do;
use crate::io::testing::Server;
use crate::io::testing::ask;
use crate::io::testing::doors;
use crate::io::testing::exchanges;
use crate::io::testing::limited;
use crate::io::testing::quick;
use crate::io::testing::raw;
use crate::io::testing::reply;
use crate::io::testing::step;
use crate::io::testing::trace_of;
use crate::trace::Tracer;
use crate::trace::exchange::Body;
use crate::trace::exchange::Exchange;
use crate::trace::exchange::Failure;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::Digest;
use sha2::Sha256;
use std::io::Write;

async fn asked(ask: Ask, settings: IoSettings) -> (Answer, Exchange) {
    let tracer = Tracer::default();
    let mut step = step(&tracer);
    let answer = doors(settings).http.send(&mut step, ask).await;
    step.done(());
    let mut found = exchanges(&trace_of(&tracer));
    assert_eq!(found.len(), 1);
    (answer, found.remove(0))
}

async fn answer_to(actions: Vec<Do>) -> Answer {
    let server = Server::plain(move |_| actions.clone());
    asked(ask(server.url("/")), IoSettings::default()).await.0
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).expect("encoded");
    encoder.finish().expect("encoded")
}

fn labelled(body: &[u8]) -> Vec<Do> {
    reply("200 OK", "Content-Encoding: GZIP\r\n", body)
}

fn bytes(answer: &Answer) -> &[u8] {
    answer.got().expect("a reply").bytes()
}

#[tokio::test]
async fn a_reply_comes_back_whole_and_is_recorded_once() {
    let server = Server::plain(|_| reply("200 OK", "X-Thing: a\r\nx-thing: b\r\n", b"hello"));
    let (answer, exchange) = asked(ask(server.url("/p?q=1")), IoSettings::default()).await;
    let got = answer.got().expect("a reply");
    assert_eq!(
        (got.status, got.bytes(), got.content_length()),
        (200, b"hello".as_slice(), Some(5))
    );
    assert_eq!(got.header("x-thing"), Some(b"a".as_slice()));
    assert!(got.cut.is_none());
    assert_eq!(exchange.sent.url, server.url("/p?q=1"));
    assert_eq!(
        (exchange.sent.host.as_str(), exchange.sent.port),
        ("127.0.0.1", server.port)
    );
    let reply = exchange.reply().expect("a reply");
    assert_eq!(reply.version, "HTTP/1.1");
    assert!(matches!(&reply.body, Body::Text { text, size: 5 } if text.raw() == "hello"));
    assert_eq!(exchange.peer.map(|peer| peer.port()), Some(server.port));
    assert!(exchange.phases.connect.is_some() && !exchange.phases.reused);
    let request = server.log().remove(0);
    assert_eq!(request.line, "GET /p?q=1 HTTP/1.1");
    assert_eq!(request.header("accept-encoding"), Some("gzip"));
    assert!(request.header("referer").is_none());
}

#[tokio::test]
async fn limits_hold_to_the_byte() {
    for (size, cut) in [(999, false), (1000, false), (1001, true)] {
        let answer = answer_to(reply("200 OK", "", &vec![b'x'; size])).await;
        assert_eq!(answer.failure().is_some(), cut, "{size}");
        assert_eq!(bytes(&answer).len(), size.min(1000));
    }
    let answer = answer_to(reply("200 OK", "", &[b'x'; 1001])).await;
    assert_eq!(
        answer.failure(),
        Some(&Failure::Limit {
            name: "metadata body".to_owned(),
            number: 1000
        })
    );
}

#[tokio::test]
async fn an_endless_body_is_left_soon() {
    let server = Server::plain(|_| {
        vec![
            Do::Send(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()),
            Do::Endless(vec![b' '; 8192]),
        ]
    });
    let (answer, _) = asked(ask(server.url("/")), IoSettings::default()).await;
    assert!(matches!(answer.failure(), Some(Failure::Limit { .. })));
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    let sent = server.sent();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!(server.sent(), sent);
}

#[tokio::test]
async fn short_bodies_give_what_came() {
    let answer = answer_to(raw("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf.")).await;
    assert_eq!(bytes(&answer), b"half.");
    assert_eq!(
        answer.failure(),
        Some(&Failure::ShortBody {
            got: 5,
            expected: Some(10)
        })
    );
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhalf.\r\n";
    let answer = answer_to(raw(chunked)).await;
    assert_eq!(bytes(&answer), b"half.");
    assert!(matches!(
        answer.failure(),
        Some(Failure::ShortBody {
            got: 5,
            expected: None
        })
    ));
}

#[tokio::test]
async fn lengths_that_are_none_are_no_http() {
    for length in ["-1", "0x40", "+5", "9223372036854775808000", "5, 6"] {
        let answer = answer_to(raw(format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\nhello"
        )))
        .await;
        assert!(
            matches!(answer.came, Err(Failure::Malformed(_))),
            "{length}: {:?}",
            answer.came
        );
    }
    let two = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello";
    assert!(matches!(
        answer_to(raw(two)).await.came,
        Err(Failure::Malformed(_))
    ));
}

#[tokio::test]
async fn chunked_wins_over_a_length() {
    let answer = answer_to(raw(
        "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ))
    .await;
    assert_eq!(bytes(&answer), b"hello");
}

#[tokio::test]
async fn broken_chunks_are_told() {
    for chunks in [
        "zz\r\nhello\r\n",
        "ffffffffffffffffff\r\nhello",
        "5\r\nhelloXX0\r\n\r\n",
    ] {
        let answer = answer_to(raw(format!(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunks}"
        )))
        .await;
        assert!(
            matches!(
                answer.failure(),
                Some(Failure::Malformed(_) | Failure::ShortBody { .. })
            ),
            "{chunks}: {:?}",
            answer.failure()
        );
    }
}

#[tokio::test]
async fn one_coding_is_undone_and_counted_decoded() {
    let answer = answer_to(labelled(&gzip(b"hello"))).await;
    assert_eq!(bytes(&answer), b"hello");
    let got = answer.got().expect("a reply");
    assert_eq!(got.content_length(), None);
    let undone = got.undone.as_ref().expect("undone");
    assert_eq!(undone.wire, gzip(b"hello").len() as u64);
    assert!(undone.head.starts_with(&[0x1f, 0x8b]));
    let two = [gzip(b"he"), gzip(b"llo")].concat();
    assert_eq!(bytes(&answer_to(labelled(&two)).await), b"hello");
    let bomb = answer_to(labelled(&gzip(&vec![0; 5_000_000]))).await;
    assert!(matches!(
        bomb.failure(),
        Some(Failure::Limit { number: 1000, .. })
    ));
    assert_eq!(bytes(&bomb).len(), 1000);
}

#[tokio::test]
async fn codings_that_cannot_be_undone_are_told() {
    let good = gzip(b"hello hello hello");
    let mut corrupt = good.clone();
    let at = corrupt.len() - 6;
    corrupt[at] ^= 0xff;
    let trailing = [good.as_slice(), b"\0\0\0\0\0\0\0\0\0\0"].concat();
    for body in [
        b"no gzip at all".as_slice(),
        &corrupt,
        &good[..12],
        &good[..5],
        &trailing,
    ] {
        let answer = answer_to(labelled(body)).await;
        assert!(
            matches!(answer.failure(), Some(Failure::Coding(_))),
            "{body:?}: {:?}",
            answer.failure()
        );
    }
}

#[tokio::test]
async fn an_empty_body_with_a_coding_is_no_failure() {
    for status in ["204 No Content", "200 OK"] {
        let answer = answer_to(labelled_status(status)).await;
        assert_eq!(answer.failure(), None, "{status}");
        assert!(bytes(&answer).is_empty());
    }
    let server = Server::plain(|_| {
        raw("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 9\r\n\r\n")
    });
    let (answer, _) = asked(Ask::head(server.url("/"), quick()), IoSettings::default()).await;
    assert_eq!(answer.failure(), None);
    assert_eq!(
        answer
            .got()
            .and_then(super::super::ask::Got::content_length),
        Some(9)
    );
    let request = server.log().remove(0);
    assert_eq!(
        (request.line.as_str(), request.header("accept-encoding")),
        ("HEAD / HTTP/1.1", None)
    );
}

fn labelled_status(status: &str) -> Vec<Do> {
    raw(format!(
        "HTTP/1.1 {status}\r\ncontent-encoding: gzip\r\ncontent-length: 0\r\n\r\n"
    ))
}

#[tokio::test]
async fn other_codings_are_left_as_they_are() {
    for coding in ["br", "gzip, gzip", "x-gzip"] {
        let answer = answer_to(reply(
            "200 OK",
            &format!("content-encoding: {coding}\r\n"),
            b"raw",
        ))
        .await;
        assert_eq!(
            (bytes(&answer), answer.failure()),
            (b"raw".as_slice(), None),
            "{coding}"
        );
    }
}

#[tokio::test]
async fn header_sections_have_limits() {
    let limits = Limits {
        header_fields: 20,
        header_value: 500,
        header_bytes: 2000,
        ..Limits::default()
    };
    let cases: [(String, Option<&str>); 5] = [
        ("a: b\r\n".repeat(18), None),
        ("a: b\r\n".repeat(21), Some("header fields")),
        (format!("a: {}\r\n", "x".repeat(500)), None),
        (
            format!("a: {}\r\n", "x".repeat(501)),
            Some("one header value"),
        ),
        (
            format!("a: {}\r\n", "x".repeat(450)).repeat(6),
            Some("header section"),
        ),
    ];
    for (headers, wanted) in cases {
        let server = Server::plain(move |_| reply("200 OK", &headers, b""));
        let (answer, _) = asked(ask(server.url("/")), limited(limits.clone())).await;
        let name = answer.failure().map(|failure| match failure {
            Failure::Limit { name, .. } => name.clone(),
            other => format!("{other:?}"),
        });
        assert_eq!(name.as_deref(), wanted);
    }
}

#[tokio::test]
async fn huge_header_sections_are_left_soon() {
    let one = format!("HTTP/1.1 200 OK\r\na: {}", "x".repeat(10_000));
    for (start, more) in [
        (one, vec![b'x'; 65_536]),
        ("HTTP/1.1 200 OK\r\n".to_owned(), b"a: b\r\n".repeat(5000)),
    ] {
        let server = Server::plain(move |_| {
            vec![
                Do::Send(start.clone().into_bytes()),
                Do::Endless(more.clone()),
            ]
        });
        let (answer, _) = asked(ask(server.url("/")), IoSettings::default()).await;
        assert!(
            matches!(
                answer.came,
                Err(Failure::Limit { .. } | Failure::Malformed(_))
            ),
            "{:?}",
            answer.came
        );
    }
}

#[tokio::test]
async fn what_is_no_http_is_told() {
    for bytes in [
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/1.1 000 X\r\n\r\n",
        "<html>hello</html>",
        "\x16\x03\x01\x02\x00",
    ] {
        let answer = answer_to(raw(bytes)).await;
        assert!(
            matches!(answer.came, Err(Failure::Malformed(_) | Failure::Closed)),
            "{bytes}: {:?}",
            answer.came
        );
    }
    assert!(matches!(
        answer_to(Vec::new()).await.came,
        Err(Failure::Closed)
    ));
}

#[tokio::test]
async fn odd_headers_that_go_takes_are_taken() {
    for head in [
        "a: b\n\n",
        "a : b\r\n\r\n",
        "a: b\r\n  more\r\n\r\n",
        "a: caf\u{e9}\r\n\r\n",
    ] {
        let eol = if head.contains('\r') { "\r\n" } else { "\n" };
        let answer = answer_to(raw(format!("HTTP/1.1 200 OK{eol}{head}body"))).await;
        assert_eq!(answer.status(), Some(200), "{head:?} {:?}", answer.came);
    }
}

#[tokio::test]
async fn a_package_goes_into_a_new_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let take = Take::File {
        directory: directory.path().to_owned(),
        name: "archive".to_owned(),
        limit: 2000,
    };
    let server = Server::plain(|request| match request.path.as_str() {
        "/good" => reply("200 OK", "", &[b'x'; 2000]),
        "/big" => reply("200 OK", "", &[b'x'; 2001]),
        _ => reply("404 Not Found", "", b"gone"),
    });
    let file_of = |answer: Answer| match answer.came.expect("a reply").body {
        GotBody::File(file) => Some(file),
        GotBody::Bytes(_) | GotBody::None => None,
    };
    let (answer, exchange) = asked(
        Ask::get(server.url("/good"), quick(), take.clone()),
        IoSettings::default(),
    )
    .await;
    let file = file_of(answer).expect("a file");
    assert_eq!((file.size, file.head.len()), (2000, 512));
    assert_eq!(std::fs::read(&file.path).expect("read").len(), 2000);
    assert_eq!(file.sha256, hex::encode(Sha256::digest(vec![b'x'; 2000])));
    assert!(matches!(
        exchange.reply().expect("a reply").body,
        Body::Stored { size: 2000, .. }
    ));
    let again = asked(
        Ask::get(server.url("/good"), quick(), take.clone()),
        IoSettings::default(),
    )
    .await
    .0;
    assert!(matches!(again.failure(), Some(Failure::Disk(_))));
    std::fs::remove_file(&file.path).expect("removed");
    let big = asked(
        Ask::get(server.url("/big"), quick(), take.clone()),
        IoSettings::default(),
    )
    .await
    .0;
    assert!(matches!(
        big.failure(),
        Some(Failure::Limit { number: 2000, .. })
    ));
    std::fs::remove_file(&file.path).expect("removed");
    let gone = asked(
        Ask::get(server.url("/gone"), quick(), take),
        IoSettings::default(),
    )
    .await
    .0;
    assert_eq!(
        (gone.status(), bytes(&gone)),
        (Some(404), b"gone".as_slice())
    );
    assert!(!file.path.exists());
}

#[tokio::test]
async fn the_bytes_of_a_run_are_counted() {
    let limits = Limits {
        run_bytes: 1500,
        ..Limits::default()
    };
    let server = Server::plain(|_| reply("200 OK", "", &[b'x'; 1000]));
    let http = doors(limited(limits)).http;
    let tracer = Tracer::default();
    let mut step = step(&tracer);
    assert_eq!(
        http.send(&mut step, ask(server.url("/"))).await.failure(),
        None
    );
    let second = http.send(&mut step, ask(server.url("/"))).await;
    assert!(matches!(
        second.failure(),
        Some(Failure::Limit { number: 1500, .. })
    ));
}
