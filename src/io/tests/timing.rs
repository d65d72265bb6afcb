//! Limits of time.

use crate::io::IoSettings;
use crate::io::ask::Answer;
use crate::io::ask::Ask;
use crate::io::ask::AskLimits;
use crate::io::ask::Rate;
use crate::io::dns::Override;
use crate::io::testing::Do;
use crate::io::testing::Server;
use crate::io::testing::ask;
use crate::io::testing::doors;
use crate::io::testing::reply;
use crate::io::testing::step;
use crate::trace::Tracer;
use crate::trace::exchange::Failure;
use crate::trace::exchange::Phase;
use std::time::Duration;
use std::time::Instant;

const SHORT: Duration = Duration::from_millis(150);
const LONG: Duration = Duration::from_secs(20);

fn limits(total: Option<Duration>, idle: Option<Duration>) -> AskLimits {
    AskLimits {
        connect: LONG,
        total,
        idle,
        rate: None,
    }
}

async fn asked(settings: IoSettings, ask: Ask) -> Answer {
    let tracer = Tracer::default();
    let mut step = step(&tracer);
    let began = Instant::now();
    let answer = doors(settings).http.send(&mut step, ask).await;
    assert!(began.elapsed() < Duration::from_secs(5));
    answer
}

async fn played(actions: Vec<Do>, limits: AskLimits) -> Answer {
    let server = Server::plain(move |_| actions.clone());
    asked(
        IoSettings::default(),
        Ask {
            limits,
            ..ask(server.url("/"))
        },
    )
    .await
}

fn late(phase: Phase, limit: Duration) -> Failure {
    Failure::Timeout { phase, limit }
}

#[tokio::test]
async fn silence_is_named_by_its_phase() {
    let silent = Server::silent();
    let waiting = Ask {
        limits: limits(Some(SHORT), None),
        ..ask(silent.url("/"))
    };
    let answer = asked(IoSettings::default(), waiting).await;
    assert_eq!(answer.failure(), Some(&late(Phase::Wait, SHORT)));
    let resolve = Override::parse(&format!("reg.example:443:127.0.0.1:{}", silent.port));
    let settings = IoSettings {
        resolve: vec![resolve.expect("an override")],
        ..IoSettings::default()
    };
    let connect = AskLimits {
        connect: SHORT,
        ..limits(None, None)
    };
    let answer = asked(
        settings,
        Ask {
            limits: connect,
            ..ask("https://reg.example/")
        },
    )
    .await;
    assert_eq!(answer.failure(), Some(&late(Phase::Tls, SHORT)));
}

#[tokio::test]
async fn slow_headers_end_with_the_total() {
    let drip = |byte: &[u8]| vec![Do::Send(byte.to_vec()), Do::Wait(40)];
    let actions = b"HTTP/1.1 200 OK\r\nx: yyyyyyyyyyyyyyyyyyyyyyyy"
        .chunks(1)
        .flat_map(drip)
        .collect();
    let answer = played(actions, limits(Some(SHORT), None)).await;
    assert_eq!(answer.failure(), Some(&late(Phase::Wait, SHORT)));
}

#[tokio::test]
async fn slow_bodies_end_with_the_total_and_give_what_came() {
    let mut actions = vec![Do::Send(b"HTTP/1.1 200 OK\r\n\r\n".to_vec())];
    for _ in 0..100 {
        actions.extend([Do::Send(b"x".to_vec()), Do::Wait(40)]);
    }
    let answer = played(
        actions,
        limits(Some(Duration::from_millis(400)), Some(LONG)),
    )
    .await;
    assert_eq!(
        answer.failure(),
        Some(&late(Phase::Transfer, Duration::from_millis(400)))
    );
    assert!(!answer.got().expect("a reply").bytes().is_empty());
}

#[tokio::test]
async fn a_stalled_body_ends_with_the_silence() {
    let actions = vec![
        Do::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf.".to_vec()),
        Do::Wait(3000),
    ];
    let answer = played(actions, limits(None, Some(SHORT))).await;
    assert_eq!(answer.failure(), Some(&late(Phase::Transfer, SHORT)));
    assert_eq!(answer.got().expect("a reply").bytes(), b"half.");
}

#[tokio::test]
async fn a_dripping_body_ends_with_the_rate() {
    let mut actions = vec![Do::Send(b"HTTP/1.1 200 OK\r\n\r\n".to_vec())];
    for _ in 0..100 {
        actions.extend([Do::Send(b"x".to_vec()), Do::Wait(40)]);
    }
    let rate = Some(Rate {
        bytes: 1000,
        over: Duration::from_millis(200),
    });
    let answer = played(
        actions,
        AskLimits {
            rate,
            ..limits(None, Some(LONG))
        },
    )
    .await;
    assert_eq!(
        answer.failure(),
        Some(&Failure::Limit {
            name: "package rate".to_owned(),
            number: 1000
        })
    );
}

#[tokio::test]
async fn a_quick_answer_meets_no_limit() {
    let rate = Some(Rate {
        bytes: 1000,
        over: SHORT,
    });
    let answer = played(
        reply("200 OK", "", b"hello"),
        AskLimits {
            rate,
            ..limits(Some(LONG), Some(LONG))
        },
    )
    .await;
    assert_eq!(answer.failure(), None);
}

#[tokio::test]
async fn making_the_doors_takes_no_time() {
    let began = Instant::now();
    let io = doors(IoSettings::default());
    assert!(began.elapsed() < Duration::from_millis(50));
    drop(io);
}
