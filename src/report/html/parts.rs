//! What the page shows of each part of a document, as text that can be read and not obeyed.

use crate::foreign::visible;
use crate::report::common;
use crate::report::document::ClientWords;
use crate::report::document::CredentialInfo;
use crate::report::document::Document;
use crate::report::document::EvidenceInfo;
use crate::report::document::FindingInfo;
use crate::report::document::FixInfo;
use crate::report::document::HostInfo;
use crate::report::document::Setting;
use crate::report::style::counted;
use serde_json::Value;

/// A number at the top.
pub(super) struct Count {
    pub(super) class: &'static str,
    pub(super) href: &'static str,
    pub(super) mark: &'static str,
    pub(super) text: String,
}

/// A link inside of the page.
pub(super) struct Link {
    pub(super) href: String,
    pub(super) text: String,
}

/// A piece of a sentence.
pub(super) struct Piece {
    pub(super) code: bool,
    pub(super) text: String,
}

/// A name and its value.
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) value: String,
}

/// A finding.
pub(super) struct FindingPart {
    pub(super) id: String,
    pub(super) class: &'static str,
    pub(super) mark: &'static str,
    pub(super) severity: String,
    pub(super) head: String,
    pub(super) owner: String,
    pub(super) stage: String,
    pub(super) targets: Vec<Link>,
    pub(super) places: Vec<String>,
    pub(super) aside: String,
    pub(super) message: Vec<Piece>,
    pub(super) client: String,
    pub(super) said: String,
    pub(super) evidence: Vec<EvidencePart>,
    pub(super) fixes: Vec<FixPart>,
    pub(super) requests: Vec<Link>,
    pub(super) curl: String,
}

/// Something a finding rests on.
pub(super) struct EvidencePart {
    pub(super) kind: String,
    pub(super) rows: Vec<Vec<String>>,
    pub(super) text: String,
    pub(super) request: String,
}

/// A fix.
pub(super) struct FixPart {
    pub(super) class: &'static str,
    pub(super) mark: &'static str,
    pub(super) verified: String,
    pub(super) text: Vec<Piece>,
    pub(super) audience: String,
    pub(super) lines: String,
    pub(super) clients: Vec<Badge>,
}

/// What a fix does for a client.
pub(super) struct Badge {
    pub(super) class: &'static str,
    pub(super) mark: &'static str,
    pub(super) text: String,
}

/// A registry.
pub(super) struct HostPart {
    pub(super) name: String,
    pub(super) summary: String,
    pub(super) facts: Vec<Fact>,
    pub(super) credentials: Vec<RungPart>,
}

/// A place a token can come from.
pub(super) struct RungPart {
    pub(super) rank: usize,
    pub(super) source: String,
    pub(super) name: String,
    pub(super) state: String,
    pub(super) fingerprint: String,
    pub(super) tried: String,
}

/// The numbers at the top.
pub(super) fn counts(document: &Document) -> Vec<Count> {
    let summary = &document.summary;
    let mut counts = Vec::new();
    let mut add = |count: usize, class, href, mark, text: String| {
        if count > 0 {
            counts.push(Count {
                class,
                href,
                mark,
                text,
            });
        }
    };
    add(
        summary.error,
        "error",
        "only-error",
        "✗",
        counted(summary.error, "error"),
    );
    add(
        summary.warning,
        "warning",
        "only-warning",
        "!",
        counted(summary.warning, "warning"),
    );
    let unsure = format!("{} inconclusive", summary.inconclusive);
    add(
        summary.inconclusive,
        "inconclusive",
        "only-inconclusive",
        "?",
        unsure,
    );
    add(
        summary.note,
        "note",
        "findings",
        "·",
        counted(summary.note, "note"),
    );
    add(
        1,
        "fine",
        "targets",
        "✓",
        format!(
            "{} of {} fine",
            summary.fine,
            counted(summary.targets, "target")
        ),
    );
    counts
}

/// A finding.
pub(super) fn finding(document: &Document, finding: &FindingInfo) -> FindingPart {
    let targets = finding.targets.iter().filter_map(|id| document.target(id));
    let (class, mark) = severity(&finding.severity);
    FindingPart {
        id: anchor(&finding.id),
        class,
        mark,
        severity: common::one_line(&finding.severity),
        head: common::head_of(finding),
        owner: common::one_line(&finding.owner),
        stage: common::one_line(&finding.stage),
        targets: targets
            .map(|target| Link {
                href: anchor(&target.id),
                text: common::name_of(target),
            })
            .collect(),
        places: finding
            .locations
            .iter()
            .map(|place| {
                format!(
                    "{}:{}:{}",
                    common::one_line(&place.file),
                    place.line,
                    place.column
                )
            })
            .collect(),
        aside: aside(finding),
        message: pieces(&finding.message),
        client: finding
            .client_message
            .as_ref()
            .map_or_else(String::new, client),
        said: finding
            .client_message
            .as_ref()
            .map_or_else(String::new, said),
        evidence: finding.evidence.iter().map(evidence).collect(),
        fixes: finding.fixes.iter().map(fix).collect(),
        requests: requests_of(document, finding),
        curl: lines(&finding.reproduce.curl),
    }
}

/// Which client says it, when, and in short what.
fn client(words: &ClientWords) -> String {
    let client = common::one_line(words.client.as_deref().unwrap_or("the client"));
    let phase = common::one_line(&words.phase);
    let is_whole = [&words.summary, &words.detail].contains(&&Some(words.text.clone()));
    if is_whole {
        return format!("{client}, at {phase}:");
    }
    format!("{client}, at {phase}: {}", common::one_line(&words.text))
}

/// The messages that it prints, as it prints them.
fn said(words: &ClientWords) -> String {
    let first = words.summary.iter().map(|summary| {
        let detail = words.detail.as_deref().unwrap_or_default();
        (summary.as_str(), detail)
    });
    let more = words
        .more
        .iter()
        .map(|said| (said.summary.as_str(), said.detail.as_str()));
    let messages: Vec<String> = first
        .chain(more)
        .map(|(summary, detail)| {
            let message = format!(
                "Error: {}\n\n{}",
                common::one_line(summary),
                common::one_line(detail)
            );
            message.trim_end().to_owned()
        })
        .collect();
    messages.join("\n\n")
}

/// The requests a finding rests on; where it names none, the last ones before its stage.
fn requests_of(document: &Document, finding: &FindingInfo) -> Vec<Link> {
    let mut ids: Vec<&String> = finding
        .evidence
        .iter()
        .filter_map(|evidence| evidence.request.as_ref())
        .collect();
    let first = finding.targets.first().and_then(|id| document.target(id));
    if let Some(target) = first.filter(|_| ids.is_empty()) {
        let reached = target
            .stages
            .iter()
            .position(|stage| stage.name == finding.stage);
        let mut before = target
            .stages
            .iter()
            .take(reached.map_or(target.stages.len(), |at| at + 1));
        let last = before.rfind(|stage| !stage.requests.is_empty());
        ids.extend(last.into_iter().flat_map(|stage| &stage.requests));
    }
    ids.dedup();
    ids.into_iter()
        .take(8)
        .map(|id| Link {
            href: anchor(id),
            text: format!("request {}", anchor(id)),
        })
        .collect()
}

fn aside(finding: &FindingInfo) -> String {
    match (finding.status.as_str(), &finding.suppressed) {
        ("open", _) => String::new(),
        (_, Some(reason)) => format!("set aside: {}", common::one_line(reason)),
        (_, None) => "known from before".to_owned(),
    }
}

fn severity(word: &str) -> (&'static str, &'static str) {
    match word {
        "error" => ("error", "✗"),
        "warning" => ("warning", "!"),
        "inconclusive" => ("inconclusive", "?"),
        _ => ("note", "·"),
    }
}

/// What stands in backticks is code.
fn pieces(text: &str) -> Vec<Piece> {
    let text = common::one_line(text);
    let parts: Vec<&str> = text.split('`').collect();
    let balanced = !parts.len().is_multiple_of(2);
    if !balanced {
        return vec![Piece { code: false, text }];
    }
    parts
        .iter()
        .enumerate()
        .map(|(at, part)| Piece {
            code: at % 2 == 1,
            text: (*part).to_owned(),
        })
        .collect()
}

fn lines(texts: &[String]) -> String {
    texts
        .iter()
        .map(|text| visible(text))
        .collect::<Vec<_>>()
        .join("\n")
}

fn evidence(evidence: &EvidenceInfo) -> EvidencePart {
    let mut part = EvidencePart {
        kind: common::one_line(&evidence.kind.replace('-', " ")),
        rows: Vec::new(),
        text: String::new(),
        request: evidence.request.as_deref().map(anchor).unwrap_or_default(),
    };
    let text_of = |value: &Value| visible(value.as_str().unwrap_or_default());
    match &evidence.value {
        Value::String(text) => part.text = visible(text),
        Value::Array(items) if items.iter().all(Value::is_array) => {
            part.rows = items
                .iter()
                .filter_map(Value::as_array)
                .map(|row| row.iter().map(text_of).collect())
                .collect();
        }
        Value::Array(items) => {
            part.text = items.iter().map(text_of).collect::<Vec<_>>().join("\n");
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {}
    }
    part
}

fn fix(fix: &FixInfo) -> FixPart {
    let (class, mark) = tried(&fix.verified);
    let mut shown: Vec<String> = fix.value.iter().cloned().collect();
    shown.extend(fix.commands.iter().cloned());
    FixPart {
        class,
        mark,
        verified: common::one_line(&fix.verified),
        text: pieces(&fix.text),
        audience: common::one_line(&fix.audience),
        lines: lines(&shown),
        clients: fix
            .by_client
            .iter()
            .map(|by| {
                let (class, mark) = tried(&by.verified);
                Badge {
                    class,
                    mark,
                    text: common::one_line(&by.client),
                }
            })
            .collect(),
    }
}

fn tried(word: &str) -> (&'static str, &'static str) {
    match word {
        "verified" => ("verified", "✓"),
        "refuted" => ("refuted", "✗"),
        _ => ("untested", "·"),
    }
}

/// A registry.
pub(super) fn host(host: &HostInfo) -> HostPart {
    let mut facts = Vec::new();
    let mut add = |name, value: Option<String>| {
        facts.extend(value.map(|value| Fact {
            name,
            value: common::one_line(&value),
        }));
    };
    let port = host
        .port
        .map_or_else(String::new, |port| format!(", port {port}"));
    add(
        "address",
        host.address
            .as_ref()
            .map(|address| format!("{address}{port}")),
    );
    add("proxy", host.proxy.clone());
    if let Some(tls) = &host.tls {
        add("TLS", Some(tls.version.clone()));
        add("certificate by", tls.issuer.clone());
        add("certificate until", tls.not_after.clone());
        add("trusted by", Some(tls.store.clone()));
    }
    for service in &host.services {
        add("service", Some(format!("{} {}", service.id, service.url)));
    }
    if let Some(limits) = &host.limits {
        let told = |number: Option<u64>| number.map_or_else(|| "?".to_owned(), |it| it.to_string());
        let reset = limits
            .reset_at
            .as_ref()
            .map_or_else(String::new, |at| format!(", reset {at}"));
        add(
            "limit",
            Some(format!(
                "{} of {} left{reset}, {} times 429",
                told(limits.remaining),
                told(limits.limit),
                limits.seen_429
            )),
        );
    }
    HostPart {
        name: common::one_line(&host.host),
        summary: counted(host.services.len(), "service"),
        facts,
        credentials: host.credentials.iter().map(rung).collect(),
    }
}

fn rung(rung: &CredentialInfo) -> RungPart {
    RungPart {
        rank: rung.rank,
        source: common::one_line(&rung.source),
        name: common::one_line(&rung.name),
        state: common::one_line(&rung.state),
        fingerprint: rung
            .fingerprint
            .as_ref()
            .map_or_else(String::new, |print| format!("#{}", common::one_line(print))),
        tried: rung
            .tried
            .as_ref()
            .map_or_else(String::new, |tried| tried.status.to_string()),
    }
}

/// The settings in force.
pub(super) fn settings(document: &Document) -> Vec<Setting> {
    let settings = document.settings.iter();
    settings
        .map(|setting| Setting {
            name: common::one_line(&setting.name),
            value: common::one_line(&setting.value),
            origin: common::one_line(&setting.origin),
        })
        .collect()
}

/// The command line.
pub(super) fn command(document: &Document) -> String {
    let words = document.run.command.iter().map(|word| {
        let word = visible(word);
        shlex::try_quote(&word).map_or_else(|_| word.clone(), std::borrow::Cow::into_owned)
    });
    format!("tfreg-doctor {}", words.collect::<Vec<_>>().join(" "))
}

/// An identifier that is nothing but letters, digits and dashes.
pub(super) fn anchor(id: &str) -> String {
    id.chars()
        .filter(|character| character.is_ascii_alphanumeric() || *character == '-')
        .collect()
}
