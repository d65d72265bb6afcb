//! A run becomes its document.

use crate::finding::Severity;
use crate::report::Asked;
use crate::report::InForce;
use crate::report::Run;
use crate::report::Section;
use crate::report::document::ClientInfo;
use crate::report::document::Document;
use crate::report::document::Exit;
use crate::report::document::Partition;
use crate::report::document::RunInfo;
use crate::report::document::SCHEMA;
use crate::report::document::Setting;
use crate::report::document::Summary;
use crate::report::document::Tool;
use crate::report::document::build_findings;
use crate::report::document::build_hosts;
use crate::report::document::build_requests;
use crate::report::document::build_targets;
use crate::report::document::matrix;
use crate::report::shared;
use crate::secret::mask_places;
use crate::trace::Call;
use crate::trace::StepKey;
use crate::trace::call::CallState;
use std::collections::HashMap;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

impl Document {
    /// The document of a run; a steady one has no times in it.
    pub fn of(run: &Run, steady: bool) -> Self {
        let maker = Maker {
            run,
            ids: Ids::of(run),
            steady,
        };
        let sections = || run.sections.iter().enumerate();
        // The longest parts of a large run's document know nothing of each other.
        let targets = || {
            sections()
                .flat_map(|(index, section)| build_targets::targets(&maker, index, section))
                .collect::<Vec<_>>()
        };
        let (targets, findings, requests) = thread::scope(|scope| {
            let beside = thread::Builder::new().spawn_scoped(scope, targets);
            let findings = sections()
                .flat_map(|(index, section)| build_findings::findings(&maker, index, section))
                .chain(build_findings::set_aside(&maker))
                .collect();
            let requests = build_requests::requests(&maker);
            let targets = match beside.map(thread::ScopedJoinHandle::join) {
                Ok(Ok(targets)) => targets,
                Ok(Err(panic)) => std::panic::resume_unwind(panic),
                // A machine that allows no further thread.
                Err(_) => targets(),
            };
            (targets, findings, requests)
        });
        Self {
            schema: SCHEMA.to_owned(),
            tool: tool(run, steady),
            run: maker.run_info(),
            summary: maker.summary(),
            hosts: build_hosts::hosts(run),
            targets,
            findings,
            other_clients: run
                .sections
                .iter()
                .flat_map(|section| &section.others)
                .map(build_findings::other_client)
                .collect(),
            matrix: matrix::matrices(run),
            requests,
            settings: run.judged.settings.iter().map(setting).collect(),
        }
    }
}

fn tool(run: &Run, steady: bool) -> Tool {
    Tool {
        name: "tfreg-doctor".to_owned(),
        version: run.about.version.to_owned(),
        commit: run.about.commit.map(str::to_owned).filter(|_| !steady),
        target: if steady {
            String::new()
        } else {
            run.about.machine.clone()
        },
    }
}

fn setting(setting: &InForce) -> Setting {
    Setting {
        name: setting.name.clone(),
        value: clean(&setting.value),
        origin: setting.origin.clone(),
    }
}

/// A text for the document: a password in a URL is no part of it, whoever wrote it there.
pub(super) fn clean(text: impl Into<String>) -> String {
    let text = text.into();
    if text.contains("://") {
        mask_places(&text)
    } else {
        text
    }
}

/// What the parts of a document have in common.
pub(super) struct Maker<'a> {
    /// The run.
    pub(super) run: &'a Run,
    /// The identifiers.
    pub(super) ids: Ids<'a>,
    steady: bool,
}

impl Maker<'_> {
    /// A duration in milliseconds, to a tenth.
    pub(super) fn ms(&self, took: Duration) -> f64 {
        if self.steady {
            return 0.0;
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "microseconds of one run fit a double exactly"
        )]
        let micros = took.as_micros() as f64;
        (micros / 100.0).round() / 10.0
    }

    /// A time, where times are wanted.
    pub(super) fn time(&self, text: impl FnOnce() -> String) -> String {
        if self.steady {
            "1970-01-01T00:00:00Z".to_owned()
        } else {
            text()
        }
    }

    fn run_info(&self) -> RunInfo {
        let about = &self.run.about;
        RunInfo {
            id: if self.steady {
                "0".repeat(26)
            } else {
                about.id.clone()
            },
            started_at: self.time(|| about.started_at.clone()),
            duration_ms: self.ms(about.took),
            complete: about.complete,
            command: about.command.iter().map(clean).collect(),
            directory: about.directory.clone(),
            clients: about
                .clients
                .iter()
                .map(|(client, chosen_by)| ClientInfo {
                    name: client.product.word().to_owned(),
                    version: client.version().clone(),
                    chosen_by: chosen_by.clone(),
                    range: about.span(client).numbers(),
                    note: client.note(),
                })
                .collect(),
            partition: about.partition.as_ref().map(|share| Partition {
                kind: share.kind.to_owned(),
                index: share.index,
                total: share.total,
                list_digest: share.list_digest.clone(),
                list_size: share.list_size,
            }),
            exit: Exit {
                code: self.run.code(),
                reason: self.run.verdict.reason(self.run),
            },
        }
    }

    fn summary(&self) -> Summary {
        let run = self.run;
        let (suppressed, known) = crate::report::aside::numbers(run);
        Summary {
            targets: self.ids.targets.len(),
            fine: self.fine(),
            error: run.count(Severity::Error),
            warning: run.count(Severity::Warning),
            note: run.count(Severity::Note),
            inconclusive: run.count(Severity::Inconclusive),
            suppressed,
            known,
            requests: self.ids.requests_total,
            bytes: shared::steps(run)
                .flat_map(|(_, step)| step.exchanges())
                .map(build_requests::body_size)
                .sum(),
            throttled_ms: self.ms(shared::throttled(run)),
        }
    }

    fn fine(&self) -> usize {
        let hit = |section: &Section, key: &str| {
            section.findings.iter().any(|finding| {
                finding.severity < Severity::Note
                    && (finding.calls.is_empty() || finding.calls.iter().any(|call| call == key))
            })
        };
        let sections = self.run.sections.iter();
        sections
            .map(|section| {
                if section.trace.calls.is_empty() {
                    return usize::from(!section.is_cut_off() && !hit(section, ""));
                }
                let calls = section.trace.calls.iter();
                let done = |call: &&Call| !section.cut || call.state != CallState::NotReached;
                calls
                    .filter(done)
                    .filter(|call| !hit(section, &call.key))
                    .count()
            })
            .sum()
    }
}

/// Identifiers of requests, targets and findings, in order.
pub(super) struct Ids<'a> {
    requests: HashMap<(usize, &'a StepKey), usize>,
    requests_total: usize,
    targets: HashMap<(usize, &'a str), usize>,
    findings: Vec<usize>,
}

impl<'a> Ids<'a> {
    fn of(run: &'a Run) -> Self {
        let mut ids = Self {
            requests: HashMap::new(),
            requests_total: 0,
            targets: HashMap::new(),
            findings: Vec::new(),
        };
        let mut known = HashMap::new();
        let mut findings = 0;
        for (index, section) in run.sections.iter().enumerate() {
            for step in section.trace.steps.shared() {
                // What several targets share is told once.
                let first = *known.entry(Arc::as_ptr(step)).or_insert_with(|| {
                    let first = ids.requests_total;
                    ids.requests_total += step.exchanges().count();
                    first
                });
                ids.requests.insert((index, &step.key), first);
            }
            let next = ids.targets.len();
            if section.trace.calls.is_empty() {
                ids.targets.insert((index, ""), next);
            }
            for call in &section.trace.calls {
                let next = ids.targets.len();
                ids.targets.entry((index, &call.key)).or_insert(next);
            }
            ids.findings.push(findings);
            findings += section.findings.len();
        }
        ids.findings.push(findings);
        ids
    }

    /// The identifier of a step's request.
    pub(super) fn request(&self, section: usize, key: &StepKey, number: usize) -> Option<String> {
        let first = self.requests.get(&(section, key))?;
        Some(format!("r{}", first + number + 1))
    }

    /// The identifier of a call, or of a target without calls.
    pub(super) fn target(&self, section: usize, key: &str) -> Option<String> {
        let at = self.targets.get(&(section, key))?;
        Some(format!("t{}", at + 1))
    }

    /// The identifier of a section's finding; those that are set aside come behind the last section.
    pub(super) fn finding(&self, section: usize, number: usize) -> String {
        let before = self.findings.get(section).copied().unwrap_or_default();
        format!("f{}", before + number + 1)
    }
}

/// The host that a target names, where it is a host.
pub(super) fn asked_host(section: &Section) -> Option<String> {
    match &section.target {
        Asked::Host(host) => Some(host.clone()),
        Asked::Module(_) | Asked::Package(_) | Asked::Dir(_) | Asked::Records(_) => None,
    }
}
