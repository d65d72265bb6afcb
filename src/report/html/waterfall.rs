//! Requests over time, each with its phases.

use crate::report::common;
use crate::report::document::RequestInfo;

/// Requests over time.
#[derive(Debug, Clone, Default)]
pub(super) struct Waterfall {
    /// A row a request.
    pub(super) rows: Vec<Row>,
    /// The end of the scale, in words.
    pub(super) end: String,
    /// Requests that are not drawn.
    pub(super) more: usize,
}

/// A request.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// Where it is described.
    pub(super) id: String,
    /// What was asked.
    pub(super) label: String,
    /// Its times in words.
    pub(super) told: String,
    /// Its phases.
    pub(super) bars: Vec<Bar>,
    /// How long it took.
    pub(super) took: String,
}

/// A phase, in thousandths of the scale.
#[derive(Debug, Clone)]
pub(super) struct Bar {
    /// Which phase.
    pub(super) class: &'static str,
    /// Where it begins.
    pub(super) x: String,
    /// How long it is.
    pub(super) width: String,
}

impl Waterfall {
    /// The first requests of some, by the time they were sent.
    pub(super) fn of<'a>(requests: impl Iterator<Item = &'a RequestInfo>, most: usize) -> Self {
        let mut timed: Vec<(f64, &RequestInfo)> = requests
            .filter_map(|request| Some((began(request)?, request)))
            .collect();
        timed.sort_by(|(left, _), (right, _)| left.total_cmp(right));
        let Some(first) = timed.first().map(|(at, _)| *at) else {
            return Self::default();
        };
        let more = timed.len().saturating_sub(most);
        timed.truncate(most);
        let ends = timed
            .iter()
            .map(|(at, request)| at - first + request.phases_ms.total);
        let end = ends.fold(1.0_f64, f64::max);
        Self {
            rows: timed
                .iter()
                .map(|(at, request)| row(request, at - first, end))
                .collect(),
            end: took(end),
            more,
        }
    }
}

fn began(request: &RequestInfo) -> Option<f64> {
    let at: jiff::Timestamp = request.started_at.parse().ok()?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds of this age fit a double exactly"
    )]
    let millis = at.as_millisecond() as f64;
    Some(millis)
}

fn row(request: &RequestInfo, offset: f64, end: f64) -> Row {
    let phases = &request.phases_ms;
    let mut at = offset;
    let mut bars = Vec::new();
    for (class, took) in [
        ("dns", phases.dns),
        ("connect", phases.connect),
        ("connect", phases.tls),
        ("wait", phases.wait),
        ("transfer", phases.transfer),
    ] {
        let Some(took) = took.filter(|took| *took > 0.0) else {
            continue;
        };
        bars.push(bar(class, at, took, end));
        at += took;
    }
    if bars.is_empty() {
        bars.push(bar("wait", offset, phases.total, end));
    }
    Row {
        id: common::one_line(&request.id),
        label: common::one_line(&format!("{} {}", request.method, short(&request.url))),
        told: format!("after {}, {}", took(offset), took(phases.total)),
        bars,
        took: took(phases.total),
    }
}

fn bar(class: &'static str, at: f64, took: f64, end: f64) -> Bar {
    let x = (at / end * 1000.0).clamp(0.0, 998.0);
    let width = (took / end * 1000.0).clamp(2.0, 1000.0 - x);
    Bar {
        class,
        x: format!("{x:.1}"),
        width: format!("{width:.1}"),
    }
}

/// The host and the path.
fn short(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('?').next().unwrap_or(rest)
}

/// A duration as people read it.
pub(super) fn took(millis: f64) -> String {
    if millis >= 1000.0 {
        format!("{:.2} s", millis / 1000.0)
    } else if millis >= 10.0 {
        format!("{millis:.0} ms")
    } else {
        format!("{millis:.1} ms")
    }
}
