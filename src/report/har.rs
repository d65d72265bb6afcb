//! HAR 1.2: the requests, redacted, for the developer tools of a browser.

use crate::report::common;
use crate::report::document::Document;
use crate::report::document::PhasesInfo;
use crate::report::document::RequestInfo;
use serde_json::Value;
use serde_json::json;
use std::io;
use std::io::Write;

/// Writes the archive.
pub fn write(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    let entries: Vec<Value> = document
        .requests
        .iter()
        .map(|request| entry(document, request))
        .collect();
    let mut comment = common::clients_of(document);
    if !document.run.complete {
        comment.push_str("; this run did not come to its end");
    }
    let log = json!({ "log": {
        "version": "1.2",
        "creator": { "name": "tfreg-doctor", "version": document.tool.version },
        "comment": comment,
        "pages": [{
            "startedDateTime": document.run.started_at,
            "id": "run",
            "title": common::one_line(&document.run.command.join(" ")),
            "pageTimings": { "onContentLoad": null, "onLoad": document.run.duration_ms },
        }],
        "entries": entries,
    } });
    common::write_json(&log, out)
}

fn entry(document: &Document, request: &RequestInfo) -> Value {
    let version = request
        .http
        .as_ref()
        .map_or_else(String::new, |http| format!("HTTP/{http}"));
    let began = if request.started_at.is_empty() {
        &document.run.started_at
    } else {
        &request.started_at
    };
    let mut entry = json!({
        "pageref": "run",
        "startedDateTime": began,
        "time": request.phases_ms.total,
        "request": {
            "method": request.method,
            "url": request.url,
            "httpVersion": version,
            "cookies": [],
            "headers": headers(&request.request_headers),
            "queryString": query(&request.url),
            "headersSize": -1,
            "bodySize": 0,
        },
        "response": response(request, &version),
        "cache": {},
        "timings": timings(&request.phases_ms),
        "_id": request.id,
        "_stage": request.stage,
        "_attempt": request.attempt,
    });
    if let Some(peer) = &request.peer {
        entry["serverIPAddress"] = json!(peer);
    }
    if let Some(failure) = &request.failure {
        entry["_error"] = json!(failure);
    }
    if let Some(credential) = &request.credential {
        entry["_credential"] = json!({ "source": credential.source, "fingerprint": credential.fingerprint, "sent": credential.sent });
    }
    entry
}

fn response(request: &RequestInfo, version: &str) -> Value {
    let received = request.response_headers.as_deref().unwrap_or_default();
    let header = |name: &str| {
        received
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value.as_str())
    };
    json!({
        "status": request.status.unwrap_or(0),
        "statusText": "",
        "httpVersion": version,
        "cookies": [],
        "headers": headers(received),
        "content": { "size": request.bytes, "mimeType": header("content-type") },
        "redirectURL": header("location"),
        "headersSize": -1,
        "bodySize": request.bytes,
    })
}

fn headers(headers: &[(String, String)]) -> Vec<Value> {
    headers
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect()
}

fn query(url: &str) -> Vec<Value> {
    let query = url
        .split('#')
        .next()
        .and_then(|url| url.split_once('?'))
        .map_or("", |(_, query)| query);
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            json!({ "name": name, "value": value })
        })
        .collect()
}

/// The phases as that format counts them: connecting includes TLS, and what did not happen is -1.
fn timings(phases: &PhasesInfo) -> Value {
    let connect = match (phases.connect, phases.tls) {
        (None, None) => None,
        (connect, tls) => Some(connect.unwrap_or_default() + tls.unwrap_or_default()),
    };
    let or_none = |took: Option<f64>| took.unwrap_or(-1.0);
    let known = phases.dns.unwrap_or_default()
        + connect.unwrap_or_default()
        + phases.wait.unwrap_or_default()
        + phases.transfer.unwrap_or_default();
    json!({
        "blocked": (phases.total - known).max(0.0),
        "dns": or_none(phases.dns),
        "connect": or_none(connect),
        "ssl": or_none(phases.tls),
        "send": 0,
        "wait": phases.wait.unwrap_or_default(),
        "receive": phases.transfer.unwrap_or_default(),
    })
}
