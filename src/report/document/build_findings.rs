//! Findings, their fixes, and what further clients make of the same.

use crate::client::Client;
use crate::finding::Evidence;
use crate::finding::EvidenceValue;
use crate::finding::Finding;
use crate::finding::Fix;
use crate::finding::Said;
use crate::finding::Status;
use crate::report::OtherClient;
use crate::report::Section;
use crate::report::document::ByClient;
use crate::report::document::ClientWords;
use crate::report::document::EvidenceInfo;
use crate::report::document::FindingInfo;
use crate::report::document::FixInfo;
use crate::report::document::Location;
use crate::report::document::OtherCall;
use crate::report::document::OtherClientInfo;
use crate::report::document::OtherFinding;
use crate::report::document::OtherRequest;
use crate::report::document::Reproduce;
use crate::report::document::SaidInfo;
use crate::report::document::build::Maker;
use crate::report::document::build::clean;
use crate::report::fingerprint::fingerprint;
use crate::report::shared::file_of;
use crate::report::words;
use crate::trace::call::CallState;
use serde_json::Value;

/// The findings of a section.
pub(super) fn findings(maker: &Maker<'_>, index: usize, section: &Section) -> Vec<FindingInfo> {
    let findings = section.findings.iter().enumerate();
    findings
        .map(|(number, finding)| one(maker, index, section, (index, number), finding))
        .collect()
}

/// The findings that do not count, behind all that do.
pub(super) fn set_aside(maker: &Maker<'_>) -> Vec<FindingInfo> {
    let sections = &maker.run.sections;
    let aside = maker.run.judged.aside.iter().enumerate();
    aside
        .filter_map(|(number, (index, finding))| {
            let section = sections.get(*index)?;
            Some(one(
                maker,
                *index,
                section,
                (sections.len(), number),
                finding,
            ))
        })
        .collect()
}

fn one(
    maker: &Maker<'_>,
    index: usize,
    section: &Section,
    (group, number): (usize, usize),
    finding: &Finding,
) -> FindingInfo {
    let message: Vec<&str> = std::iter::once(finding.summary.as_str())
        .chain(finding.explanation.iter().map(String::as_str))
        .collect();
    let locations = finding.places.iter().map(|place| Location {
        file: file_of(section, &place.file),
        line: place.line,
        column: place.column,
    });
    let evidence = finding.evidence.iter();
    FindingInfo {
        id: maker.ids.finding(group, number),
        code: finding.rule.code.to_owned(),
        name: finding.rule.name.to_owned(),
        severity: finding.severity.word().to_owned(),
        confidence: finding.confidence.word().to_owned(),
        status: status_word(&finding.status).to_owned(),
        title: finding.rule.title.to_owned(),
        message: clean(message.join(" ")),
        reason: finding.reason.map(str::to_owned),
        stage: finding.stage.word().to_owned(),
        owner: finding.owner.word().to_owned(),
        targets: targets(maker, index, finding),
        locations: locations.collect(),
        evidence: evidence
            .map(|evidence| evidence_info(maker, index, evidence))
            .collect(),
        client_message: client_words(maker, finding),
        fixes: finding.fixes.iter().map(fix).collect(),
        reproduce: Reproduce {
            command: None,
            curl: words::reproduce(&section.trace, finding),
        },
        fingerprint: fingerprint(section.target.title(), finding),
        suppressed: match &finding.status {
            Status::Suppressed(reason) => Some(reason.clone()),
            Status::Open | Status::Known => None,
        },
        docs: None,
    }
}

fn targets(maker: &Maker<'_>, index: usize, finding: &Finding) -> Vec<String> {
    let mut targets: Vec<String> = finding
        .calls
        .iter()
        .filter_map(|key| maker.ids.target(index, key))
        .collect();
    if targets.is_empty() {
        targets.extend(maker.ids.target(index, ""));
    }
    targets
}

fn evidence_info(maker: &Maker<'_>, index: usize, evidence: &Evidence) -> EvidenceInfo {
    let mut request = None;
    let value = match &evidence.value {
        EvidenceValue::Text(text) => Value::String(clean(text)),
        EvidenceValue::Lines(lines) => lines.iter().map(clean).collect(),
        EvidenceValue::Table(rows) => rows
            .iter()
            .map(|row| row.iter().map(clean).collect::<Value>())
            .collect(),
        EvidenceValue::Request(key, number) => {
            request = maker.ids.request(index, key, *number);
            Value::Null
        }
    };
    EvidenceInfo {
        kind: evidence.kind.to_owned(),
        value,
        request,
    }
}

fn client_words(maker: &Maker<'_>, finding: &Finding) -> Option<ClientWords> {
    let message = finding.client_message.as_ref()?;
    let client = maker.run.about.clients.first();
    Some(ClientWords {
        client: client.map(|(client, _)| client.product.word().to_owned()),
        phase: message.phase.to_owned(),
        text: clean(message.short()),
        summary: message.said.first().map(|said| clean(&said.summary)),
        detail: message.said.first().map(|said| clean(&said.detail)),
        more: message.said.iter().skip(1).map(said).collect(),
    })
}

fn said(said: &Said) -> SaidInfo {
    SaidInfo {
        summary: clean(&said.summary),
        detail: clean(&said.detail),
    }
}

fn fix(fix: &Fix) -> FixInfo {
    let tried = fix.tried.iter().map(|(client, tried)| ByClient {
        client: Client::to_string(client),
        verified: tried.word().to_owned(),
    });
    FixInfo {
        audience: fix.owner.word().to_owned(),
        text: clean(&fix.text),
        value: fix.value.as_ref().map(clean),
        commands: fix.commands.iter().map(clean).collect(),
        verified: fix.verdict().word().to_owned(),
        how: fix.how.clone(),
        by_client: tried.collect(),
    }
}

fn status_word(status: &Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Known => "known",
        Status::Suppressed(_) => "suppressed",
    }
}

/// What a further client makes of the same target.
pub(super) fn other_client(other: &OtherClient) -> OtherClientInfo {
    let calls = other.trace.calls.iter().map(|call| OtherCall {
        key: call.key.clone(),
        selected: call.version.clone(),
        dir: call.dir.clone(),
        installed: matches!(call.state, CallState::Installed | CallState::Kept),
    });
    let findings = other.findings.iter().map(|finding| OtherFinding {
        code: finding.rule.code.to_owned(),
        severity: finding.severity.word().to_owned(),
    });
    let requests = other.trace.exchanges().map(|(_, exchange)| OtherRequest {
        method: exchange.sent.method.clone(),
        url: clean(&exchange.sent.url),
        status: exchange.status(),
        shared: exchange.shared,
    });
    OtherClientInfo {
        client: other.client.to_string(),
        calls: calls.collect(),
        findings: findings.collect(),
        requests: requests.collect(),
    }
}
