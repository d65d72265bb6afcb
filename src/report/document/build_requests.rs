//! The requests of a run, redacted before they were recorded.

use crate::report::document::CredentialSent;
use crate::report::document::PhasesInfo;
use crate::report::document::RequestInfo;
use crate::report::document::build::Maker;
use crate::report::document::build::clean;
use crate::report::shared;
use crate::report::words;
use crate::trace::Exchange;
use crate::trace::Step;
use crate::trace::exchange::Body;
use crate::trace::exchange::Phases;
use std::time::Duration;

/// The requests of a run, in order of its targets and their steps; those of shared steps once.
pub(super) fn requests(maker: &Maker<'_>) -> Vec<RequestInfo> {
    shared::steps(maker.run)
        .flat_map(|(index, step)| {
            step.exchanges()
                .enumerate()
                .map(move |(number, exchange)| request(maker, index, step, number, exchange))
        })
        .collect()
}

/// The size of an answer's body.
pub(super) fn body_size(exchange: &Exchange) -> u64 {
    match exchange.reply().map(|reply| &reply.body) {
        Some(Body::Text { size, .. } | Body::Stored { size, .. }) => *size,
        Some(Body::None) | None => 0,
    }
}

fn request(
    maker: &Maker<'_>,
    index: usize,
    step: &Step,
    number: usize,
    exchange: &Exchange,
) -> RequestInfo {
    let reply = exchange.reply();
    let credential = exchange.sent.credential.as_ref();
    let received = reply.map(|reply| {
        let headers = reply.headers.iter();
        headers
            .map(|(name, value)| (name.clone(), clean(value.raw())))
            .collect()
    });
    RequestInfo {
        id: maker
            .ids
            .request(index, &step.key, number)
            .unwrap_or_default(),
        stage: step.key.stage.public().word().to_owned(),
        subject: clean(step.key.subject.name()),
        method: exchange.sent.method.clone(),
        url: clean(&exchange.sent.url),
        started_at: maker.time(|| exchange.phases.began.map(moment).unwrap_or_default()),
        attempt: exchange.attempt,
        hop: exchange.hop,
        status: exchange.status(),
        failure: exchange.failure().map(words::failure_phrase),
        http: reply.map(|reply| reply.version.trim_start_matches("HTTP/").to_owned()),
        credential: credential.map(|credential| CredentialSent {
            scheme: credential.scheme.clone(),
            source: credential.origin.clone(),
            fingerprint: credential.fingerprint.digits.clone(),
            sent: credential.withheld.is_none(),
        }),
        redirects: redirects(exchange),
        bytes: body_size(exchange),
        peer: exchange.peer.map(|peer| peer.ip().to_string()),
        phases_ms: phases(maker, &exchange.phases),
        request_headers: exchange.sent.headers.clone(),
        response_headers: received,
    }
}

fn moment(began: Duration) -> String {
    i64::try_from(began.as_millis())
        .ok()
        .and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok())
        .map(|time| time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
        .unwrap_or_default()
}

fn redirects(exchange: &Exchange) -> Vec<String> {
    let reply = exchange.reply();
    let onward = reply.filter(|reply| (300..400).contains(&reply.status));
    let location = onward.and_then(|reply| reply.header("location"));
    location.map(clean).into_iter().collect()
}

fn phases(maker: &Maker<'_>, phases: &Phases) -> PhasesInfo {
    let phase = |took: Option<Duration>| took.map(|took| maker.ms(took));
    PhasesInfo {
        dns: phase(phases.dns),
        connect: phase(phases.connect),
        tls: phase(phases.tls),
        wait: phase(phases.wait),
        transfer: phase(phases.transfer),
        total: maker.ms(phases.total),
    }
}
