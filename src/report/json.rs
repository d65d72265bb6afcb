//! The report document, schema `tfreg-doctor/report/v1`: it grows only by addition.

use crate::client::Client;
use crate::finding::EvidenceValue;
use crate::finding::Finding;
use crate::finding::Fix;
use crate::finding::Severity;
use crate::finding::Status;
use crate::foreign::Foreign;
use crate::foreign::is_invisible;
use crate::report::Asked;
use crate::report::OtherClient;
use crate::report::Run;
use crate::report::Section;
use crate::report::Style;
use crate::report::lines::State;
use crate::report::lines::stage_lines;
use crate::report::words;
use crate::secret::mask_user_info;
use crate::trace::Call;
use crate::trace::Exchange;
use crate::trace::Fact;
use crate::trace::Stage;
use crate::trace::Step;
use crate::trace::StepKey;
use crate::trace::Subject;
use crate::trace::call::CallState;
use crate::trace::exchange::Body;
use crate::trace::fact::RungKind;
use crate::trace::fact::RungState;
use serde_json::Value;
use serde_json::json;
use std::io;
use std::io::Write;
use std::time::Duration;

/// The schema's name.
pub const SCHEMA: &str = "tfreg-doctor/report/v1";

/// Writes the document.
pub fn write(run: &Run, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let document = document(run, style.steady);
    let text = serde_json::to_string_pretty(&document)?;
    writeln!(out, "{}", escape_invisible(&mask_user_info(&text)))
}

/// Writes what does something else than being seen as an escape; outside of strings there is none but the line end.
fn escape_invisible(text: &str) -> String {
    if !text.chars().any(is_raw_invisible) {
        return text.to_owned();
    }
    let mut escaped = String::with_capacity(text.len() + 64);
    for character in text.chars() {
        if is_raw_invisible(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                escaped.push_str("\\u");
                escaped.push_str(&hex::encode(unit.to_be_bytes()));
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

fn is_raw_invisible(character: char) -> bool {
    character != '\n' && is_invisible(character)
}

/// The document as a value.
pub fn document(run: &Run, steady: bool) -> Value {
    let ids = Ids::of(run);
    let writer = Document { run, ids, steady };
    let exit = run.verdict.code();
    json!({
        "schema": SCHEMA,
        "tool": { "name": "tfreg-doctor", "version": run.about.version },
        "run": {
            "started_at": if steady { "1970-01-01T00:00:00Z" } else { run.about.started_at.as_str() },
            "duration_ms": writer.ms(run.about.took),
            "complete": run.about.complete,
            "command": run.about.command,
            "clients": run.about.clients.iter().map(|(client, chosen_by)| json!({
                "name": client.product.word(), "version": client.version(), "chosen_by": chosen_by,
            })).collect::<Vec<_>>(),
            "exit": { "code": exit, "reason": run.verdict.reason(run) },
        },
        "summary": writer.summary(),
        "hosts": run.sections.iter().flat_map(Document::hosts).collect::<Vec<_>>(),
        "targets": run.sections.iter().enumerate().flat_map(|(index, section)| writer.targets(index, section)).collect::<Vec<_>>(),
        "findings": run.sections.iter().enumerate().flat_map(|(index, section)| writer.findings(index, section)).collect::<Vec<_>>(),
        "other_clients": run.sections.iter().flat_map(|section| &section.others).map(other_client).collect::<Vec<_>>(),
        "requests": run.sections.iter().enumerate().flat_map(|(index, section)| writer.requests(index, section)).collect::<Vec<_>>(),
        "settings": [],
    })
}

/// What a further client makes of the same target.
fn other_client(other: &OtherClient) -> Value {
    let calls = other.trace.calls.iter().map(|call| {
        let installed = matches!(call.state, CallState::Installed | CallState::Kept);
        json!({
            "key": call.key, "selected": call.version, "dir": call.dir, "installed": installed,
        })
    });
    let findings = other
        .findings
        .iter()
        .map(|finding| json!({ "code": finding.rule.code, "severity": finding.severity.word() }));
    json!({
        "client": other.client.to_string(),
        "calls": calls.collect::<Vec<_>>(),
        "findings": findings.collect::<Vec<_>>(),
    })
}

/// Identifiers of requests and targets, in order.
struct Ids {
    requests: Vec<(usize, StepKey, usize)>,
    targets: Vec<(usize, String)>,
}

impl Ids {
    fn of(run: &Run) -> Self {
        let mut requests = Vec::new();
        let mut targets = Vec::new();
        for (index, section) in run.sections.iter().enumerate() {
            for step in &section.trace.steps {
                requests.extend(
                    (0..step.exchanges().count()).map(|number| (index, step.key.clone(), number)),
                );
            }
            if section.trace.calls.is_empty() {
                targets.push((index, String::new()));
            }
            targets.extend(
                section
                    .trace
                    .calls
                    .iter()
                    .map(|call| (index, call.key.clone())),
            );
        }
        Self { requests, targets }
    }

    fn request(&self, section: usize, key: &StepKey, number: usize) -> Option<String> {
        let at = self.requests.iter().position(|(index, known, count)| {
            *index == section && known == key && *count == number
        })?;
        Some(format!("r{}", at + 1))
    }

    fn target(&self, section: usize, key: &str) -> Option<String> {
        let at = self
            .targets
            .iter()
            .position(|(index, known)| *index == section && known == key)?;
        Some(format!("t{}", at + 1))
    }
}

struct Document<'a> {
    run: &'a Run,
    ids: Ids,
    steady: bool,
}

impl Document<'_> {
    fn ms(&self, took: Duration) -> Value {
        if self.steady {
            return json!(0);
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "microseconds of one run fit a double exactly"
        )]
        let micros = took.as_micros() as f64;
        json!((micros / 100.0).round() / 10.0)
    }

    fn summary(&self) -> Value {
        let run = self.run;
        let hit = |section: &Section, key: &str| {
            section.findings.iter().any(|finding| {
                finding.severity < Severity::Note
                    && (finding.calls.is_empty() || finding.calls.iter().any(|call| call == key))
            })
        };
        let fine = self
            .ids
            .targets
            .iter()
            .filter(|(index, key)| {
                run.sections
                    .get(*index)
                    .is_some_and(|section| !hit(section, key))
            })
            .count();
        let bytes: u64 = run
            .sections
            .iter()
            .flat_map(|section| section.trace.exchanges())
            .map(|(_, exchange)| body_size(exchange))
            .sum();
        let by_status = |wanted: fn(&Status) -> bool| {
            run.findings()
                .filter(|finding| wanted(&finding.status))
                .count()
        };
        json!({
            "targets": self.ids.targets.len(),
            "fine": fine,
            "error": run.count(Severity::Error),
            "warning": run.count(Severity::Warning),
            "note": run.count(Severity::Note),
            "inconclusive": run.count(Severity::Inconclusive),
            "suppressed": by_status(|status| matches!(status, Status::Suppressed(_))),
            "known": by_status(|status| matches!(status, Status::Known)),
            "requests": self.ids.requests.len(),
            "bytes": bytes,
            "throttled_ms": 0,
        })
    }

    fn hosts(section: &Section) -> Vec<Value> {
        let mut hosts = Vec::new();
        for step in section.trace.stage(Stage::Credentials) {
            let Subject::Host(host) = &step.key.subject else {
                continue;
            };
            if step.key.round > 1 {
                continue;
            }
            let discovery = section.trace.step(&step.key.subject, Stage::Discovery);
            let contact = discovery.and_then(|step| step.exchanges().next());
            hosts.push(json!({
                "host": host,
                "address": contact.and_then(|exchange| exchange.peer).map(|peer| peer.ip().to_string()),
                "port": contact.map(|exchange| exchange.sent.port),
                "tls": contact.and_then(tls),
                "proxy": contact.and_then(|exchange| exchange.proxy.as_ref()).map(|proxy| proxy.url.clone()),
                "services": discovery.map(services).unwrap_or_default(),
                "credentials": credentials(step, &section.trace),
            }));
        }
        hosts
    }

    fn targets(&self, index: usize, section: &Section) -> Vec<Value> {
        if section.trace.calls.is_empty() {
            let host = match &section.target {
                Asked::Host(host) => Some(host.clone()),
                Asked::Module(_) | Asked::Package(_) | Asked::Dir(_) | Asked::Records(_) => None,
            };
            return vec![json!({
                "id": self.ids.target(index, ""), "key": "", "host": host, "address": section.target.title(), "subdir": "",
                "constraint": null, "selected": null, "status": Self::status(section, None), "calls": [],
                "stages": self.stages(index, section, None),
            })];
        }
        section
            .trace
            .calls
            .iter()
            .map(|call| self.target(index, section, call))
            .collect()
    }

    fn target(&self, index: usize, section: &Section, call: &Call) -> Value {
        let module = call.used.iter().find_map(|subject| match subject {
            Subject::Module(name) => Some(name.clone()),
            _ => None,
        });
        let host = call.used.iter().find_map(|subject| match subject {
            Subject::Host(name) => Some(name.clone()),
            _ => None,
        });
        let address = match (&module, &host) {
            (Some(module), Some(host)) => module
                .strip_prefix(&format!("{host}/"))
                .unwrap_or(module)
                .to_owned(),
            _ => call.source.raw().to_owned(),
        };
        let subdir = call
            .recorded_source
            .rsplit_once("://")
            .map_or(call.recorded_source.as_str(), |(_, rest)| rest);
        let subdir = subdir
            .split_once("//")
            .map(|(_, subdir)| subdir.to_owned())
            .unwrap_or_default();
        json!({
            "id": self.ids.target(index, &call.key),
            "key": call.key,
            "host": host,
            "address": address,
            "subdir": subdir,
            "constraint": call.constraint.as_ref().map(Foreign::raw),
            "selected": call.version,
            "status": Self::status(section, Some(call)),
            "calls": call.place.iter().map(|place| json!({
                "file": place.file, "line": place.line, "column": place.column, "key": call.key,
            })).collect::<Vec<_>>(),
            "package": Self::package(section, call),
            "manifest": { "expected_dir": expected_dir(section, call), "recorded_dir": call.dir },
            "stages": self.stages(index, section, Some(call)),
        })
    }

    fn package(section: &Section, call: &Call) -> Value {
        let step =
            section.trace.steps.iter().find(|step| {
                step.key.stage == Stage::Fetch && call.used.contains(&step.key.subject)
            });
        let Some(step) = step else { return Value::Null };
        let stored = step
            .exchanges()
            .rev()
            .find_map(|exchange| match &exchange.reply()?.body {
                Body::Stored { size, sha256, .. } => Some((*size, sha256.clone())),
                Body::None | Body::Text { .. } => None,
            });
        let kind = step.facts.iter().rev().find_map(|fact| match fact {
            Fact::Package(package) => Some(
                package
                    .archive
                    .clone()
                    .unwrap_or_else(|| package.getter.clone()),
            ),
            _ => None,
        });
        let root = step.facts.iter().find_map(|fact| match fact {
            Fact::Tree(tree) => Some(
                tree.top
                    .iter()
                    .map(|name| name.raw().to_owned())
                    .collect::<Vec<_>>(),
            ),
            _ => None,
        });
        json!({
            "url": step.key.subject.name(),
            "kind": kind,
            "bytes": stored.as_ref().map(|(size, _)| size),
            "sha256": stored.as_ref().map(|(_, digest)| digest),
            "root": root,
        })
    }

    fn status(section: &Section, call: Option<&Call>) -> &'static str {
        let worst = section
            .findings
            .iter()
            .filter(|finding| call.is_none_or(|call| finding.calls.contains(&call.key)))
            .map(|finding| finding.severity)
            .min();
        match (worst, call.map(|call| call.state)) {
            (Some(Severity::Error), _) | (_, Some(CallState::Failed)) => State::Fail.word(),
            (Some(Severity::Inconclusive), _) => State::Inconclusive.word(),
            (_, Some(CallState::NotReached)) => State::NotReached.word(),
            _ => State::Pass.word(),
        }
    }

    fn stages(&self, index: usize, section: &Section, call: Option<&Call>) -> Vec<Value> {
        stage_lines(section, call)
            .into_iter()
            .filter(|line| !line.name.is_empty())
            .map(|line| {
                let findings: Vec<String> = section
                    .findings
                    .iter()
                    .enumerate()
                    .filter(|(_, finding)| {
                        finding.stage == line.stage
                            && call.is_none_or(|call| finding.calls.contains(&call.key))
                    })
                    .map(|(number, _)| self.finding_id(index, number))
                    .collect();
                json!({
                    "name": line.stage.word(),
                    "status": line.state.word(),
                    "text": line.text,
                    "duration_ms": line.took.map(|took| self.ms(took)),
                    "findings": findings,
                })
            })
            .collect()
    }

    fn finding_id(&self, section: usize, number: usize) -> String {
        let before: usize = self
            .run
            .sections
            .iter()
            .take(section)
            .map(|section| section.findings.len())
            .sum();
        format!("f{}", before + number + 1)
    }

    fn findings(&self, index: usize, section: &Section) -> Vec<Value> {
        section
            .findings
            .iter()
            .enumerate()
            .map(|(number, finding)| self.finding(index, section, number, finding))
            .collect()
    }

    fn finding(&self, index: usize, section: &Section, number: usize, finding: &Finding) -> Value {
        let mut targets: Vec<String> = finding
            .calls
            .iter()
            .filter_map(|key| self.ids.target(index, key))
            .collect();
        if targets.is_empty() {
            targets.extend(self.ids.target(index, ""));
        }
        let client = self
            .run
            .about
            .clients
            .first()
            .map(|(client, _)| client.product.word());
        let message: Vec<&str> = std::iter::once(finding.summary.as_str())
            .chain(finding.explanation.iter().map(String::as_str))
            .collect();
        json!({
            "id": self.finding_id(index, number),
            "code": finding.rule.code,
            "name": finding.rule.name,
            "severity": finding.severity.word(),
            "confidence": finding.confidence.word(),
            "status": status_word(&finding.status),
            "title": finding.rule.title,
            "message": message.join(" "),
            "reason": finding.reason,
            "stage": finding.stage.word(),
            "owner": finding.owner.word(),
            "targets": targets,
            "locations": finding.places.iter().map(|place| json!({
                "file": place.file, "line": place.line, "column": place.column,
            })).collect::<Vec<_>>(),
            "evidence": finding.evidence.iter().map(|evidence| self.evidence(index, evidence.kind, &evidence.value)).collect::<Vec<_>>(),
            "client_message": finding.client_message.as_ref().map(|message| json!({
                "client": client, "phase": message.phase, "text": message.text,
            })),
            "fixes": finding.fixes.iter().map(fix).collect::<Vec<_>>(),
            "reproduce": { "curl": words::reproduce(&section.trace, finding) },
            "suppressed": match &finding.status { Status::Suppressed(reason) => Some(reason.as_str()), Status::Open | Status::Known => None },
        })
    }

    fn evidence(&self, index: usize, kind: &str, value: &EvidenceValue) -> Value {
        match value {
            EvidenceValue::Text(text) => json!({ "kind": kind, "value": text }),
            EvidenceValue::Lines(lines) => json!({ "kind": kind, "value": lines }),
            EvidenceValue::Table(rows) => json!({ "kind": kind, "value": rows }),
            EvidenceValue::Request(key, number) => {
                json!({ "kind": kind, "ref": self.ids.request(index, key, *number) })
            }
        }
    }

    fn requests(&self, index: usize, section: &Section) -> Vec<Value> {
        let steps = section.trace.steps.iter();
        steps
            .flat_map(|step| {
                step.exchanges()
                    .enumerate()
                    .map(move |(number, exchange)| (step, number, exchange))
            })
            .map(|(step, number, exchange)| self.request(index, step, number, exchange))
            .collect()
    }

    fn request(&self, index: usize, step: &Step, number: usize, exchange: &Exchange) -> Value {
        let reply = exchange.reply();
        let phases = &exchange.phases;
        let phase = |took: Option<Duration>| took.map(|took| self.ms(took));
        json!({
            "id": self.ids.request(index, &step.key, number),
            "stage": step.key.stage.public().word(),
            "subject": step.key.subject.name(),
            "method": exchange.sent.method,
            "url": exchange.sent.url,
            "attempt": exchange.attempt,
            "hop": exchange.hop,
            "status": exchange.status(),
            "failure": exchange.failure().map(words::failure_phrase),
            "http": reply.map(|reply| reply.version.trim_start_matches("HTTP/").to_owned()),
            "credential": exchange.sent.credential.as_ref().map(|credential| json!({
                "scheme": credential.scheme, "source": credential.origin, "fingerprint": credential.fingerprint.digits,
                "sent": credential.withheld.is_none(),
            })),
            "bytes": body_size(exchange),
            "phases_ms": {
                "dns": phase(phases.dns), "connect": phase(phases.connect), "tls": phase(phases.tls),
                "wait": phase(phases.wait), "transfer": phase(phases.transfer), "total": self.ms(phases.total),
            },
            "request_headers": exchange.sent.headers,
            "response_headers": reply.map(|reply| reply.headers.iter().map(|(name, value)| json!([name, value.raw()])).collect::<Vec<_>>()),
        })
    }
}

fn body_size(exchange: &Exchange) -> u64 {
    match exchange.reply().map(|reply| &reply.body) {
        Some(Body::Text { size, .. } | Body::Stored { size, .. }) => *size,
        Some(Body::None) | None => 0,
    }
}

fn expected_dir(section: &Section, call: &Call) -> Option<String> {
    let step = section.trace.step(&call.subject(), Stage::ModuleDir)?;
    step.facts.iter().find_map(|fact| match fact {
        Fact::ModuleDir(fact) => match &fact.nested {
            Some((nested, _)) if fact.config_files.is_empty() => {
                Some(format!("{}/{}", fact.dir, nested.raw()))
            }
            _ => Some(fact.dir.clone()),
        },
        _ => None,
    })
}

fn status_word(status: &Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Known => "known",
        Status::Suppressed(_) => "suppressed",
    }
}

fn fix(fix: &Fix) -> Value {
    json!({
        "audience": fix.owner.word(),
        "text": fix.text,
        "value": fix.value,
        "commands": fix.commands,
        "verified": fix.verdict().word(),
        "how": fix.how,
        "by_client": fix.tried.iter().map(|(client, tried)| json!({
            "client": Client::to_string(client), "verified": tried.word(),
        })).collect::<Vec<_>>(),
    })
}

fn tls(exchange: &Exchange) -> Option<Value> {
    let session = exchange.tls.as_ref()?;
    let first = session.chain.first();
    Some(json!({
        "version": session.version,
        "issuer": first.map(|certificate| certificate.issuer.raw()),
        "not_after": first.and_then(|certificate| jiff::Timestamp::from_second(certificate.not_after).ok()).map(|time| time.to_string()),
        "store": session.store,
    }))
}

fn services(step: &Step) -> Vec<Value> {
    let urls = step.facts.iter().filter_map(|fact| match fact {
        Fact::Service { url, .. } => Some(json!({ "id": "modules.v1", "url": url.raw() })),
        _ => None,
    });
    urls.collect()
}

fn credentials(step: &Step, trace: &crate::trace::Trace) -> Vec<Value> {
    let ladder = step.facts.iter().find_map(|fact| match fact {
        Fact::Ladder(rungs) => Some(rungs),
        _ => None,
    });
    let rungs = ladder.into_iter().flatten().enumerate();
    rungs
        .map(|(index, rung)| {
            let tried = rung.fingerprint.as_ref().and_then(|print| {
                trace.exchanges().find_map(|(_, exchange)| {
                    let credential = exchange
                        .sent
                        .credential
                        .as_ref()
                        .filter(|credential| &credential.fingerprint == print)?;
                    credential
                        .withheld
                        .is_none()
                        .then(|| exchange.status())
                        .flatten()
                })
            });
            let source = match rung.kind {
                RungKind::Variable => "env",
                RungKind::Block => "cli-config",
                RungKind::Helper => "helper",
                RungKind::Netrc => "netrc",
            };
            let state = match &rung.state {
                RungState::Used => "used",
                RungState::Hidden => "hidden",
                RungState::Absent => "absent",
                RungState::NearMiss(_) => "near-miss",
                RungState::Unreadable(_) => "unreadable",
                RungState::Unusable(_) => "unusable",
                RungState::NoUse => "no-use",
            };
            json!({
                "rank": index + 1, "source": source, "name": rung.name, "state": state,
                "fingerprint": rung.fingerprint.as_ref().map(|print| print.digits.clone()),
                "tried": tried.map(|status| json!({ "status": status })),
            })
        })
        .collect()
}
