//! Targets with their stages, and requests, as the page shows them.

use crate::foreign::visible;
use crate::report::common;
use crate::report::document::Document;
use crate::report::document::RequestInfo;
use crate::report::document::TargetInfo;
use crate::report::html::parts::Fact;
use crate::report::html::parts::Link;
use crate::report::html::parts::anchor;
use crate::report::html::waterfall::Waterfall;
use crate::report::html::waterfall::took;
use std::collections::HashMap;

/// Something that was checked.
pub(super) struct TargetPart {
    pub(super) id: String,
    pub(super) class: &'static str,
    pub(super) mark: &'static str,
    pub(super) status: String,
    pub(super) name: String,
    pub(super) address: String,
    pub(super) version: String,
    pub(super) dir: String,
    pub(super) findings: Vec<Link>,
    pub(super) stages: Vec<StagePart>,
    pub(super) fall: Waterfall,
}

/// A stage.
pub(super) struct StagePart {
    pub(super) class: &'static str,
    pub(super) mark: &'static str,
    pub(super) name: String,
    pub(super) text: String,
    pub(super) took: String,
}

/// A request.
pub(super) struct RequestPart {
    pub(super) id: String,
    pub(super) class: &'static str,
    pub(super) status: String,
    pub(super) method: String,
    pub(super) url: String,
    pub(super) took: String,
    pub(super) facts: Vec<Fact>,
    pub(super) sent: String,
    pub(super) received: String,
}

/// What was checked.
pub(super) fn targets(document: &Document) -> Vec<TargetPart> {
    let requests: HashMap<&str, &RequestInfo> = document
        .requests
        .iter()
        .map(|request| (request.id.as_str(), request))
        .collect();
    let mut findings: HashMap<&str, Vec<Link>> = HashMap::new();
    for finding in common::open(document) {
        for id in &finding.targets {
            let link = Link {
                href: anchor(&finding.id),
                text: common::one_line(&finding.code),
            };
            findings.entry(id).or_default().push(link);
        }
    }
    let targets = document.targets.iter();
    targets
        .map(|target| {
            let links = findings.remove(target.id.as_str()).unwrap_or_default();
            one_target(target, links, &requests)
        })
        .collect()
}

fn one_target(
    target: &TargetInfo,
    findings: Vec<Link>,
    requests: &HashMap<&str, &RequestInfo>,
) -> TargetPart {
    let (class, mark) = state(&target.status);
    let own = target
        .stages
        .iter()
        .flat_map(|stage| &stage.requests)
        .filter_map(|id| requests.get(id.as_str()).copied());
    let host = target.host.as_ref().filter(|host| **host != target.address);
    TargetPart {
        id: anchor(&target.id),
        class,
        mark,
        status: common::one_line(&target.status),
        name: common::name_of(target),
        address: match host {
            Some(host) => common::one_line(&format!("{host}/{}", target.address)),
            None => common::one_line(&target.address),
        },
        version: common::one_line(target.selected.as_deref().unwrap_or_default()),
        dir: target
            .manifest
            .as_ref()
            .and_then(|manifest| manifest.recorded_dir.as_deref())
            .map(common::one_line)
            .unwrap_or_default(),
        findings,
        stages: target
            .stages
            .iter()
            .map(|stage| {
                let (class, mark) = state(&stage.status);
                StagePart {
                    class,
                    mark,
                    name: common::one_line(&stage.name),
                    text: common::one_line(&stage.text),
                    took: stage.duration_ms.map(took).unwrap_or_default(),
                }
            })
            .collect(),
        fall: Waterfall::of(own, 40),
    }
}

fn state(word: &str) -> (&'static str, &'static str) {
    match word {
        "pass" => ("pass", "✓"),
        "warn" => ("warn", "!"),
        "fail" => ("fail", "✗"),
        "inconclusive" => ("inconclusive", "?"),
        _ => ("not-reached", "·"),
    }
}

/// A request.
pub(super) fn request(request: &RequestInfo) -> RequestPart {
    let good = request.status.is_some_and(|status| status < 400);
    let mut facts = Vec::new();
    let mut add = |name, value: Option<String>| {
        facts.extend(value.map(|value| Fact {
            name,
            value: common::one_line(&value),
        }));
    };
    add("stage", Some(request.stage.clone()));
    add("about", Some(request.subject.clone()));
    add(
        "attempt",
        (request.attempt > 1).then(|| request.attempt.to_string()),
    );
    add("failure", request.failure.clone());
    add("answered by", request.peer.clone());
    add(
        "protocol",
        request.http.as_ref().map(|http| format!("HTTP/{http}")),
    );
    add(
        "credential",
        request.credential.as_ref().map(|credential| {
            let sent = if credential.sent { "sent" } else { "held back" };
            format!(
                "{} from {}, #{}, {sent}",
                credential.scheme, credential.source, credential.fingerprint
            )
        }),
    );
    add("leads to", request.redirects.first().cloned());
    add("body", Some(format!("{} bytes", request.bytes)));
    RequestPart {
        id: anchor(&request.id),
        class: if good { "pass" } else { "fail" },
        status: request
            .status
            .map_or_else(|| "no answer".to_owned(), |status| status.to_string()),
        method: common::one_line(&request.method),
        url: common::one_line(&request.url),
        took: took(request.phases_ms.total),
        facts,
        sent: headers(&request.request_headers),
        received: headers(request.response_headers.as_deref().unwrap_or_default()),
    }
}

fn headers(headers: &[(String, String)]) -> String {
    let lines = headers
        .iter()
        .map(|(name, value)| format!("{}: {}", visible(name), visible(value)));
    lines.collect::<Vec<_>>().join("\n")
}
