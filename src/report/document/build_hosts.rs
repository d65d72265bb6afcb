//! The registries of a run: how each was reached, and which tokens there are for it.

use crate::report::Run;
use crate::report::Section;
use crate::report::document::CredentialInfo;
use crate::report::document::HostInfo;
use crate::report::document::LimitsInfo;
use crate::report::document::ServiceInfo;
use crate::report::document::TlsInfo;
use crate::report::document::Tried;
use crate::report::document::build::clean;
use crate::report::shared;
use crate::trace::Exchange;
use crate::trace::Fact;
use crate::trace::Stage;
use crate::trace::Step;
use crate::trace::Subject;
use crate::trace::Trace;
use crate::trace::fact::Rung;
use crate::trace::fact::RungKind;
use crate::trace::fact::RungState;
use std::collections::HashSet;

/// Each registry once, as the first target that asked it saw it.
pub(super) fn hosts(run: &Run) -> Vec<HostInfo> {
    let mut seen = HashSet::new();
    let mut hosts = Vec::new();
    for section in &run.sections {
        for step in section.trace.stage(Stage::Credentials) {
            let Subject::Host(name) = &step.key.subject else {
                continue;
            };
            if step.key.round == 1 && seen.insert(name.as_str()) {
                hosts.push(host(section, step, name, run));
            }
        }
    }
    hosts
}

fn host(section: &Section, step: &Step, name: &str, run: &Run) -> HostInfo {
    let discovery = section.trace.step(&step.key.subject, Stage::Discovery);
    let contact = discovery.and_then(|step| step.exchanges().next());
    HostInfo {
        host: name.to_owned(),
        address: contact
            .and_then(|exchange| exchange.peer)
            .map(|peer| peer.ip().to_string()),
        port: contact.map(|exchange| exchange.sent.port),
        tls: contact.and_then(tls),
        proxy: contact
            .and_then(|exchange| exchange.proxy.as_ref())
            .map(|proxy| clean(&proxy.url)),
        services: discovery.map(services).unwrap_or_default(),
        credentials: credentials(step, &section.trace),
        limits: limits(name, run),
    }
}

fn tls(exchange: &Exchange) -> Option<TlsInfo> {
    let session = exchange.tls.as_ref()?;
    let first = session.chain.first();
    Some(TlsInfo {
        version: session.version.clone(),
        issuer: first.map(|certificate| certificate.issuer.raw().to_owned()),
        not_after: first
            .and_then(|certificate| jiff::Timestamp::from_second(certificate.not_after).ok())
            .map(|time| time.to_string()),
        store: session.store.clone(),
    })
}

fn services(step: &Step) -> Vec<ServiceInfo> {
    let urls = step.facts.iter().filter_map(|fact| match fact {
        Fact::Service { url, .. } => Some(ServiceInfo {
            id: "modules.v1".to_owned(),
            url: clean(url.raw()),
        }),
        _ => None,
    });
    urls.collect()
}

fn credentials(step: &Step, trace: &Trace) -> Vec<CredentialInfo> {
    let ladder = step.facts.iter().find_map(|fact| match fact {
        Fact::Ladder(rungs) => Some(rungs),
        _ => None,
    });
    let rungs = ladder.into_iter().flatten().enumerate();
    rungs
        .map(|(index, rung)| CredentialInfo {
            rank: index + 1,
            source: source(rung.kind).to_owned(),
            name: rung.name.clone(),
            state: state(&rung.state).to_owned(),
            fingerprint: rung.fingerprint.as_ref().map(|print| print.digits.clone()),
            tried: tried(rung, trace).map(|status| Tried { status }),
        })
        .collect()
}

fn tried(rung: &Rung, trace: &Trace) -> Option<u16> {
    let print = rung.fingerprint.as_ref()?;
    trace.exchanges().find_map(|(_, exchange)| {
        let credential = exchange.sent.credential.as_ref()?;
        let sent = &credential.fingerprint == print && credential.withheld.is_none();
        exchange.status().filter(|_| sent)
    })
}

fn source(kind: RungKind) -> &'static str {
    match kind {
        RungKind::Variable => "env",
        RungKind::Block => "cli-config",
        RungKind::Helper => "helper",
        RungKind::Netrc => "netrc",
    }
}

fn state(state: &RungState) -> &'static str {
    match state {
        RungState::Used => "used",
        RungState::Hidden => "hidden",
        RungState::Absent => "absent",
        RungState::NearMiss(_) => "near-miss",
        RungState::Unreadable(_) => "unreadable",
        RungState::Unusable(_) => "unusable",
        RungState::NoUse => "no-use",
    }
}

/// What the host's last answer says of its limits, and how often it refused for them.
fn limits(name: &str, run: &Run) -> Option<LimitsInfo> {
    let mut found = LimitsInfo::default();
    let mut told = false;
    let plain = name.split(':').next().unwrap_or(name);
    let exchanges = shared::steps(run).flat_map(|(_, step)| step.exchanges());
    for exchange in exchanges.filter(|exchange| exchange.sent.host == plain) {
        let Some(reply) = exchange.reply() else {
            continue;
        };
        found.seen_429 += usize::from(reply.status == 429);
        let number = |header: &str| reply.header(header).and_then(|text| text.parse().ok());
        if let Some(limit) = number("x-ratelimit-limit") {
            found.limit = Some(limit);
            told = true;
        }
        if let Some(remaining) = number("x-ratelimit-remaining") {
            found.remaining = Some(remaining);
            told = true;
        }
        // Small numbers are seconds from now, large ones a time; only the latter can be told without a clock.
        if let Some(reset) = number("x-ratelimit-reset").filter(|reset| *reset > 1_000_000_000) {
            found.reset_at = i64::try_from(reset)
                .ok()
                .and_then(|reset| jiff::Timestamp::from_second(reset).ok())
                .map(|time| time.to_string());
        }
    }
    if found.reset_at.is_none() {
        found.reset_at = reset_noted(run, plain);
    }
    (told || found.seen_429 > 0).then_some(found)
}

/// The end of a limit as it was worked out when the answer came.
fn reset_noted(run: &Run, host: &str) -> Option<String> {
    let facts = shared::steps(run).flat_map(|(_, step)| &step.facts);
    facts
        .filter_map(|fact| match fact {
            Fact::Throttled(throttle) if throttle.host.split(':').next() == Some(host) => {
                throttle.reset.clone()
            }
            _ => None,
        })
        .last()
}
