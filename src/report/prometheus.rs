//! Metrics in the text format, for a textfile collector.

use crate::report::common;
use crate::report::document::Document;
use crate::report::document::TargetInfo;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::io::Write;

/// Writes all families, each once, with its samples together.
pub fn write(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    let mut families = Families::default();
    run(document, &mut families);
    for target in &document.targets {
        of_target(document, target, &mut families);
    }
    hosts(document, &mut families);
    for finding in common::open(document) {
        for target in finding.targets.iter().filter_map(|id| document.target(id)) {
            families.add(
                "tfreg_finding",
                &[
                    ("target", &common::name_of(target)),
                    ("code", &finding.code),
                    ("name", &finding.name),
                    ("owner", &finding.owner),
                    ("severity", &finding.severity),
                ],
                1.0,
            );
        }
    }
    out.write_all(families.text().as_bytes())
}

/// Name and help, in the order of the file.
const FAMILIES: [(&str, &str); 15] = [
    (
        "tfreg_run_info",
        "The run: version of the tool and clients emulated.",
    ),
    ("tfreg_run_complete", "1 when the run came to its end."),
    ("tfreg_run_duration_seconds", "The whole run."),
    ("tfreg_run_timestamp_seconds", "When the run began."),
    ("tfreg_findings", "Findings that count, by severity."),
    (
        "probe_success",
        "1 when the target is in order; absent when it could not be told.",
    ),
    (
        "probe_duration_seconds",
        "The stages of the target together.",
    ),
    (
        "probe_ssl_earliest_cert_expiry",
        "When the certificate of the host ends.",
    ),
    ("tfreg_probe_inconclusive", "1 when nothing can be said."),
    ("tfreg_finding", "1 for each finding of a target."),
    ("tfreg_stage_success", "1 when the stage is in order."),
    ("tfreg_stage_duration_seconds", "How long the stage took."),
    ("tfreg_selected_version_info", "The version chosen."),
    ("tfreg_package_bytes", "The size of the archive."),
    (
        "tfreg_ratelimit_remaining",
        "Requests left, when the server tells.",
    ),
];

#[derive(Default)]
struct Families {
    samples: BTreeMap<&'static str, BTreeMap<String, f64>>,
}

impl Families {
    /// Adds a sample; of two with the same labels the worse, the smaller, stays.
    fn add(&mut self, name: &'static str, labels: &[(&str, &str)], value: f64) {
        let labels: Vec<String> = labels
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", label(value)))
            .collect();
        let samples = self.samples.entry(name).or_default();
        samples
            .entry(labels.join(","))
            .and_modify(|known| *known = known.min(value))
            .or_insert(value);
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (name, help) in FAMILIES {
            let Some(samples) = self.samples.get(name) else {
                continue;
            };
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
            for (labels, value) in samples {
                let _ = if labels.is_empty() {
                    writeln!(text, "{name} {value}")
                } else {
                    writeln!(text, "{name}{{{labels}}} {value}")
                };
            }
        }
        text
    }
}

fn label(value: &str) -> String {
    crate::foreign::visible(value)
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
}

fn run(document: &Document, families: &mut Families) {
    let clients = common::clients_of(document);
    families.add(
        "tfreg_run_info",
        &[("version", &document.tool.version), ("clients", &clients)],
        1.0,
    );
    families.add("tfreg_run_complete", &[], truth(document.run.complete));
    families.add(
        "tfreg_run_duration_seconds",
        &[],
        document.run.duration_ms / 1000.0,
    );
    if let Some(began) = seconds(&document.run.started_at) {
        families.add("tfreg_run_timestamp_seconds", &[], began);
    }
    for (severity, count) in [
        ("error", document.summary.error),
        ("warning", document.summary.warning),
        ("note", document.summary.note),
        ("inconclusive", document.summary.inconclusive),
    ] {
        families.add(
            "tfreg_findings",
            &[("severity", severity)],
            whole(count as u64),
        );
    }
}

fn of_target(document: &Document, target: &TargetInfo, families: &mut Families) {
    let name = common::name_of(target);
    let host = target.host.as_deref().unwrap_or_default();
    let labels = [("target", name.as_str()), ("host", host)];
    let has = |severity: &str| {
        document
            .findings_of(&target.id)
            .any(|finding| common::is_open(finding) && finding.severity == severity)
    };
    let is_open = matches!(target.status.as_str(), "not-reached" | "inconclusive");
    let unsure = !has("error") && (has("inconclusive") || is_open);
    families.add("tfreg_probe_inconclusive", &labels, truth(unsure));
    if !unsure {
        families.add("probe_success", &labels, truth(!has("error")));
    }
    let took: f64 = target
        .stages
        .iter()
        .filter_map(|stage| stage.duration_ms)
        .sum();
    families.add("probe_duration_seconds", &labels, took / 1000.0 + 0.0);
    for stage in &target.stages {
        let labels = [("target", name.as_str()), ("stage", stage.name.as_str())];
        if matches!(stage.status.as_str(), "pass" | "fail") {
            families.add(
                "tfreg_stage_success",
                &labels,
                truth(stage.status == "pass"),
            );
        }
        if let Some(took) = stage.duration_ms {
            families.add("tfreg_stage_duration_seconds", &labels, took / 1000.0);
        }
    }
    if let Some(version) = &target.selected {
        families.add(
            "tfreg_selected_version_info",
            &[("target", &name), ("version", version)],
            1.0,
        );
    }
    if let Some(bytes) = target.package.as_ref().and_then(|package| package.bytes) {
        families.add("tfreg_package_bytes", &[("target", &name)], whole(bytes));
    }
}

fn hosts(document: &Document, families: &mut Families) {
    for host in &document.hosts {
        let end = host.tls.as_ref().and_then(|tls| tls.not_after.as_deref());
        if let Some(end) = end.and_then(seconds) {
            families.add(
                "probe_ssl_earliest_cert_expiry",
                &[("host", &host.host)],
                end,
            );
        }
        if let Some(remaining) = host.limits.as_ref().and_then(|limits| limits.remaining) {
            families.add(
                "tfreg_ratelimit_remaining",
                &[("host", &host.host)],
                whole(remaining),
            );
        }
    }
}

fn truth(value: bool) -> f64 {
    if value { 1.0 } else { 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "sizes and counts below 2^53")]
fn whole(number: u64) -> f64 {
    number as f64
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds of this age fit a double exactly"
)]
fn seconds(time: &str) -> Option<f64> {
    let time: jiff::Timestamp = time.parse().ok()?;
    Some(time.as_second() as f64)
}
