//! What works for whom: outcomes, findings and fixes as rows, spans of clients as columns.
//!
//! Columns beside each other whose cells are all equal are one column.

use crate::client::Client;
use crate::client::Product;
use crate::client::releases::Span;
use crate::finding::Finding;
use crate::finding::Fix;
use crate::finding::Severity;
use crate::finding::Tried;
use crate::report::About;
use crate::report::Section;
use crate::trace::Trace;
use crate::trace::call::CallState;
use std::collections::HashSet;

/// What works for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// Spans of clients, by product and release.
    pub columns: Vec<Column>,
    /// Outcomes first, then findings, then fixes.
    pub rows: Vec<Row>,
}

/// Clients for which every row says the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The releases, joined where one span follows the other.
    pub spans: Vec<Span>,
    /// The clients that were walked.
    pub clients: Vec<Client>,
}

/// One thing that is so for some clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What kind of thing.
    pub kind: Kind,
    /// The call it is about; empty where it is about all.
    pub call: String,
    /// What it is.
    pub text: String,
    /// Codes and names of the findings that go with it.
    pub codes: Vec<String>,
    /// The value of a fix.
    pub value: Option<String>,
    /// For each column.
    pub cells: Vec<Cell>,
}

/// A kind of row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What becomes of a call.
    Outcome,
    /// A finding that no outcome names.
    Finding,
    /// What can be done.
    Fix,
}

impl Kind {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Outcome => "outcome",
            Self::Finding => "finding",
            Self::Fix => "fix",
        }
    }
}

/// What a row says of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// It comes to this, and works.
    Works,
    /// It comes to this, and is wrong all the same.
    Flawed,
    /// It comes to this, and the client stops.
    Fails,
    /// The finding is there.
    Found,
    /// It is not so.
    Absent,
    /// The fix was tried.
    Tried(Tried),
}

impl Cell {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Flawed => "flawed",
            Self::Fails => "fails",
            Self::Found => "found",
            Self::Absent => "absent",
            Self::Tried(tried) => tried.word(),
        }
    }
}

/// Which rows are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// All.
    All,
    /// Outcomes and findings in which clients differ.
    Differing,
}

/// One client's view of a section.
pub struct View<'a> {
    /// The releases it stands for.
    pub span: Span,
    /// The client.
    pub client: &'a Client,
    /// Its record.
    pub trace: &'a Trace,
    /// Its findings.
    pub findings: &'a [Finding],
}

impl View<'_> {
    /// Whether everything is installed as it should be.
    pub fn works(&self) -> bool {
        let failed = |call: &crate::trace::Call| call.state == CallState::Failed;
        !self.trace.calls.iter().any(failed)
            && !self
                .findings
                .iter()
                .any(|finding| matches!(finding.severity, Severity::Error | Severity::Inconclusive))
    }
}

/// All views of a section, by product and release.
pub fn views<'a>(about: &'a About, section: &'a Section) -> Vec<View<'a>> {
    let first = about.clients.first().map(|(client, _)| View {
        span: about.span(client),
        client,
        trace: &section.trace,
        findings: &section.findings,
    });
    let others = section.others.iter().map(|other| View {
        span: about.span(&other.client),
        client: &other.client,
        trace: &other.trace,
        findings: &other.findings,
    });
    let mut views: Vec<View<'a>> = first.into_iter().chain(others).collect();
    views.sort_by(|left, right| left.span.cmp(&right.span));
    views
}

/// Spans in words: `terraform 0.12–1.0, 1.3 and opentofu 1.6–1.12`.
pub fn named(spans: impl IntoIterator<Item = Span>) -> String {
    let mut spans: Vec<Span> = spans.into_iter().collect();
    spans.sort();
    let joined = join(spans);
    let of = |product: Product| {
        let numbers: Vec<String> = joined
            .iter()
            .filter(|span| span.product == product)
            .map(Span::numbers)
            .collect();
        (!numbers.is_empty()).then(|| format!("{} {}", product.word(), numbers.join(", ")))
    };
    let parts: Vec<String> = [Product::Terraform, Product::OpenTofu]
        .into_iter()
        .filter_map(of)
        .collect();
    parts.join(" and ")
}

/// Joins spans that follow each other.
fn join(spans: Vec<Span>) -> Vec<Span> {
    let mut joined: Vec<Span> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if last.touches(&span) => *last = last.up_to(&span),
            Some(_) | None => joined.push(span),
        }
    }
    joined
}

impl Matrix {
    /// The matrix of a section.
    pub fn of(about: &About, section: &Section, wanted: Rows) -> Self {
        let views = views(about, section);
        let mut rows = outcomes(&views);
        rows.extend(findings(&views, &rows));
        match wanted {
            Rows::All => rows.extend(fixes(&views)),
            Rows::Differing => rows.retain(Row::differs),
        }
        fold(&views, rows)
    }
}

impl Row {
    fn differs(&self) -> bool {
        self.cells.windows(2).any(|pair| pair[0] != pair[1])
    }

    fn new(kind: Kind, call: &str, text: String, width: usize) -> Self {
        Self {
            kind,
            call: call.to_owned(),
            text,
            codes: Vec::new(),
            value: None,
            cells: vec![Cell::Absent; width],
        }
    }

    fn set(&mut self, at: usize, cell: Cell) {
        if let Some(place) = self.cells.get_mut(at) {
            *place = cell;
        }
    }
}

/// Makes one column of neighbours that are equal in every row.
fn fold(views: &[View<'_>], rows: Vec<Row>) -> Matrix {
    let column_of = |at: usize| -> Vec<Cell> {
        rows.iter()
            .filter_map(|row| row.cells.get(at).copied())
            .collect()
    };
    let mut columns: Vec<Column> = Vec::new();
    let mut kept: Vec<usize> = Vec::new();
    for (at, view) in views.iter().enumerate() {
        let same = kept.last().is_some_and(|last| {
            column_of(*last) == column_of(at)
                && views.get(*last).map(|view| view.client.product) == Some(view.client.product)
        });
        match columns.last_mut() {
            Some(column) if same => {
                column.clients.push(view.client.clone());
                column.spans.push(view.span.clone());
            }
            Some(_) | None => {
                kept.push(at);
                columns.push(Column {
                    spans: vec![view.span.clone()],
                    clients: vec![view.client.clone()],
                });
            }
        }
    }
    for column in &mut columns {
        column.spans = join(std::mem::take(&mut column.spans));
    }
    let rows = rows
        .into_iter()
        .map(|row| Row {
            cells: kept
                .iter()
                .filter_map(|at| row.cells.get(*at).copied())
                .collect(),
            ..row
        })
        .collect();
    Matrix { columns, rows }
}

fn outcomes(views: &[View<'_>]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for key in keys(views) {
        let begin = rows.len();
        for (at, view) in views.iter().enumerate() {
            let (text, codes, cell) = outcome(view, &key);
            let known = rows
                .iter_mut()
                .skip(begin)
                .find(|row| row.codes == codes && alike(&row.text, &text));
            if let Some(row) = known {
                row.set(at, cell);
                continue;
            }
            let mut row = Row::new(Kind::Outcome, &key, text, views.len());
            row.codes = codes;
            row.set(at, cell);
            rows.push(row);
        }
    }
    rows
}

/// Failures with the same codes are one, whatever words a client has for it.
fn alike(one: &str, other: &str) -> bool {
    one == other || (one.starts_with(FAILS) && other.starts_with(FAILS))
}

const FAILS: &str = "fails";

/// The calls of all clients, those of the first client first; one without a name where there are none.
fn keys(views: &[View<'_>]) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut keys: Vec<String> = Vec::new();
    for call in views.iter().flat_map(|view| &view.trace.calls) {
        if seen.insert(call.key.as_str()) {
            keys.push(call.key.clone());
        }
    }
    if keys.is_empty() {
        keys.push(String::new());
    }
    keys
}

fn outcome(view: &View<'_>, key: &str) -> (String, Vec<String>, Cell) {
    let about_it = |finding: &&Finding| {
        finding.severity == Severity::Error
            && (finding.calls.is_empty() || finding.calls.iter().any(|call| call == key))
    };
    let errors: Vec<&Finding> = view.findings.iter().filter(about_it).collect();
    let mut codes: Vec<String> = errors.iter().map(|finding| code(finding)).collect();
    codes.dedup();
    let Some(call) = view.trace.call(key) else {
        return match (key.is_empty(), errors.first()) {
            (true, None) => ("answers".to_owned(), codes, Cell::Works),
            (true, Some(first)) => (failure(Some(first)), codes, Cell::Fails),
            (false, _) => ("is not called".to_owned(), codes, Cell::Absent),
        };
    };
    match call.state {
        CallState::Installed | CallState::Kept => {
            let text = match &call.dir {
                Some(dir) => format!("installs to {dir}"),
                None => "installs".to_owned(),
            };
            let cell = if codes.is_empty() {
                Cell::Works
            } else {
                Cell::Flawed
            };
            (text, codes, cell)
        }
        CallState::Failed => (failure(errors.first().copied()), codes, Cell::Fails),
        CallState::NotReached => ("is not reached".to_owned(), codes, Cell::Works),
    }
}

/// What a client says when it stops, as far as that is known.
fn failure(finding: Option<&Finding>) -> String {
    let words = finding.map(|finding| match &finding.client_message {
        Some(message) if !message.text.is_empty() => message.text.clone(),
        Some(_) | None => finding.summary.clone(),
    });
    words.map_or_else(|| FAILS.to_owned(), |words| format!("{FAILS}: {words}"))
}

fn code(finding: &Finding) -> String {
    format!("{} {}", finding.rule.code, finding.rule.name)
}

/// Findings above a note that no outcome names.
fn findings(views: &[View<'_>], outcomes: &[Row]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for (at, view) in views.iter().enumerate() {
        for finding in view.findings {
            let text = code(finding);
            let told = outcomes.iter().any(|row| row.codes.contains(&text));
            if told || finding.severity == Severity::Note {
                continue;
            }
            if let Some(row) = rows.iter_mut().find(|row| row.text == text) {
                row.set(at, Cell::Found);
                continue;
            }
            let mut row = Row::new(Kind::Finding, "", text.clone(), views.len());
            row.codes.push(text);
            row.set(at, Cell::Found);
            rows.push(row);
        }
    }
    rows
}

/// Fixes that were tried, those first that work for most.
fn fixes(views: &[View<'_>]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let all = views
        .iter()
        .flat_map(|view| view.findings)
        .flat_map(|finding| finding.fixes.iter().map(move |fix| (finding, fix)));
    for (finding, fix) in all {
        let was_tried = fix.tried.iter().any(|(_, tried)| *tried != Tried::Untested);
        let known = rows
            .iter()
            .any(|row| row.text == fix.text && row.value == shown(fix));
        if known || !was_tried {
            continue;
        }
        let mut row = Row::new(Kind::Fix, "", fix.text.clone(), views.len());
        row.value = shown(fix);
        row.codes.push(code(finding));
        for (at, view) in views.iter().enumerate() {
            let tried = fix.tried.iter().find(|(client, _)| client == view.client);
            let tried = tried.map_or(Tried::Untested, |(_, tried)| *tried);
            row.set(at, Cell::Tried(tried));
        }
        rows.push(row);
    }
    let count = |row: &Row, wanted: Tried| {
        let hits = row.cells.iter();
        hits.filter(|cell| **cell == Cell::Tried(wanted)).count()
    };
    rows.sort_by_key(|row| {
        (
            std::cmp::Reverse(count(row, Tried::Verified)),
            count(row, Tried::Refuted),
        )
    });
    rows
}

fn shown(fix: &Fix) -> Option<String> {
    fix.value.clone().or_else(|| fix.commands.first().cloned())
}
