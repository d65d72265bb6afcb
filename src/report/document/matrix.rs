//! The part of the document that says what works for whom.

use crate::client::releases::Span;
use crate::report::Run;
use crate::report::Section;
use crate::report::document::build::clean;
use crate::report::matrix::Cell;
use crate::report::matrix::Matrix;
use crate::report::matrix::Rows;
use serde::Deserialize;
use serde::Serialize;

/// What works for whom, for one target.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MatrixInfo {
    /// The target, as written.
    pub target: String,
    /// Clients for which every row says the same.
    pub columns: Vec<MatrixColumn>,
    /// Outcomes, findings and fixes.
    pub rows: Vec<MatrixRow>,
}

/// Clients for which every row says the same.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MatrixColumn {
    /// `terraform` or `opentofu`.
    pub name: String,
    /// The releases, such as `1.1–1.2`.
    pub range: String,
    /// The clients that were walked.
    pub clients: Vec<String>,
}

/// One thing that is so for some clients.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MatrixRow {
    /// `outcome`, `finding` or `fix`.
    pub kind: String,
    /// The key of the call, where it is about one.
    pub call: Option<String>,
    /// What it is.
    pub text: String,
    /// The codes of the findings that go with it.
    pub codes: Vec<String>,
    /// The value of a fix.
    pub value: Option<String>,
    /// For each column: `works`, `flawed`, `fails`, `found`, `absent`, `verified`, `refuted` or `untested`.
    pub cells: Vec<String>,
}

/// The matrices of a run; none where it has one client.
pub(super) fn matrices(run: &Run) -> Vec<MatrixInfo> {
    let several = |section: &&Section| !section.others.is_empty();
    let sections = run.sections.iter().filter(several);
    sections
        .map(|section| info(section, &Matrix::of(&run.about, section, Rows::All)))
        .collect()
}

fn info(section: &Section, matrix: &Matrix) -> MatrixInfo {
    let columns = matrix.columns.iter().map(|column| {
        let numbers: Vec<String> = column.spans.iter().map(Span::numbers).collect();
        MatrixColumn {
            name: column
                .spans
                .first()
                .map(|span| span.product.word().to_owned())
                .unwrap_or_default(),
            range: numbers.join(", "),
            clients: column.clients.iter().map(ToString::to_string).collect(),
        }
    });
    let rows = matrix.rows.iter().map(|row| MatrixRow {
        kind: row.kind.word().to_owned(),
        call: Some(row.call.clone()).filter(|call| !call.is_empty()),
        text: clean(&row.text),
        codes: row
            .codes
            .iter()
            .filter_map(|code| code.split(' ').next().map(str::to_owned))
            .collect(),
        value: row.value.as_ref().map(clean),
        cells: row
            .cells
            .iter()
            .copied()
            .map(|cell| Cell::word(cell).to_owned())
            .collect(),
    });
    MatrixInfo {
        target: clean(section.target.title()),
        columns: columns.collect(),
        rows: rows.collect(),
    }
}
