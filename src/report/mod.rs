//! Bytes out: one function per format, over one finished run.
//!
//! Reports never act, never ask and never judge; they do not know the rules but for the catalogue that the run hands them.

pub mod aside;
pub mod bundle;
mod common;
pub mod compact;
mod compat;
pub mod csv;
pub mod diff;
pub mod document;
pub mod fingerprint;
mod format;
pub mod github;
pub mod gitlab;
pub mod har;
pub mod html;
pub mod human;
pub mod json;
pub mod junit;
pub mod lines;
pub mod many;
pub mod markdown;
pub mod matrix;
mod matrix_table;
pub mod merge;
pub mod ndjson;
pub mod prometheus;
mod records;
pub mod sarif;
pub mod schema;
pub mod shared;
pub mod style;
pub mod words;

pub use format::Format;
pub use format::write_document;
pub use style::Style;

use crate::client::Client;
use crate::client::releases::Span;
use crate::finding::Finding;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::trace::End;
use crate::trace::Step;
use crate::trace::Trace;
use crate::trace::Unsure;
use std::time::Duration;

/// A finished run.
#[derive(Debug)]
pub struct Run {
    /// What ran, when, and for whom.
    pub about: About,
    /// What was asked for, in the order of the command line.
    pub sections: Vec<Section>,
    /// What the run comes to.
    pub verdict: Verdict,
    /// What was judged about its findings.
    pub judged: Judged,
}

/// What was judged about the findings of a run, and by which settings.
#[derive(Debug, Default)]
pub struct Judged {
    /// Findings that do not count, with the index of their section.
    pub aside: Vec<(usize, Finding)>,
    /// What is to be told of ignores and of the baseline.
    pub remarks: Vec<String>,
    /// The settings in force.
    pub settings: Vec<InForce>,
    /// Whether warnings fail the run.
    pub threshold: Option<Severity>,
    /// Whether findings leave the exit status at 0.
    pub exit_zero: bool,
}

/// A setting in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// Its name, as the flag is spelt.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Where it came from.
    pub origin: String,
}

impl Run {
    /// A run of which nothing was set aside.
    pub fn of(about: About, sections: Vec<Section>, verdict: Verdict) -> Self {
        Self {
            about,
            sections,
            verdict,
            judged: Judged::default(),
        }
    }

    /// The findings of all sections, most important first within each.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.sections.iter().flat_map(|section| &section.findings)
    }

    /// The exit status.
    pub fn code(&self) -> i32 {
        match self.verdict {
            Verdict::Findings | Verdict::Unsure if self.judged.exit_zero => 0,
            verdict => verdict.code(),
        }
    }

    /// Whether any client has a finding of a severity.
    pub fn any(&self, severity: Severity) -> bool {
        let others = self.sections.iter().flat_map(|section| &section.others);
        others
            .flat_map(|other| &other.findings)
            .chain(self.findings())
            .any(|finding| finding.severity == severity)
    }

    /// What the findings come to where errors and what cannot be told fail the run.
    pub fn worst(&self) -> Verdict {
        if self.count(Severity::Error) > 0 {
            Verdict::Findings
        } else if self.count(Severity::Inconclusive) > 0 {
            Verdict::Unsure
        } else {
            Verdict::Clean
        }
    }

    /// How many findings of a severity count.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings()
            .filter(|finding| finding.severity == severity)
            .count()
    }
}

/// What ran, when, and for whom.
#[derive(Debug, Clone)]
pub struct About {
    /// The tool's version.
    pub version: &'static str,
    /// The commit it was built from, where the build knew.
    pub commit: Option<&'static str>,
    /// The machine it was built for.
    pub machine: String,
    /// An identifier of the run that sorts by time.
    pub id: String,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// The whole run.
    pub took: Duration,
    /// The clients emulated, the first of which the screen shows, and how each was chosen.
    pub clients: Vec<(Client, String)>,
    /// The spans of releases that some of them stand for.
    pub spans: Vec<Span>,
    /// A note on the choice of the client, for people.
    pub client_note: Option<String>,
    /// The words of the command, for reproduction.
    pub command: Vec<String>,
    /// The working directory below the root of its repository, with a slash at its end; empty at the root.
    pub directory: String,
    /// Whether the run came to its end.
    pub complete: bool,
    /// Which share of a longer list the targets are.
    pub partition: Option<Share>,
    /// All rules.
    pub catalogue: &'static [&'static Rule],
}

impl About {
    /// The releases that a client stands for.
    pub fn span(&self, client: &Client) -> Span {
        let known = self
            .spans
            .iter()
            .find(|span| span.representative() == *client);
        known.cloned().unwrap_or_else(|| Span::of(client))
    }
}

/// One job's share of a list that several jobs check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// `slice` or `hash`.
    pub kind: &'static str,
    /// Which share, from 1.
    pub index: u32,
    /// How many there are.
    pub total: u32,
    /// The digest of the whole list, which all jobs must have in common.
    pub list_digest: String,
    /// How many targets the whole list has.
    pub list_size: usize,
    /// For each section its place in the whole list as one job would check it, from 1.
    pub places: Vec<usize>,
}

/// One target with everything that was learned about it.
#[derive(Debug)]
pub struct Section {
    /// What was asked for.
    pub target: Asked,
    /// The record for the first client.
    pub trace: Trace,
    /// What the rules say, most important first.
    pub findings: Vec<Finding>,
    /// For each further client: its call outcomes, where they differ.
    pub others: Vec<OtherClient>,
    /// Whether the walk was cut off: calls that were not reached were not asked for in vain.
    pub cut: bool,
}

impl Section {
    /// A target as one client sees it.
    pub fn of(target: Asked, trace: Trace, findings: Vec<Finding>) -> Self {
        Self {
            target,
            trace,
            findings,
            others: Vec::new(),
            cut: false,
        }
    }

    /// Whether the run ended before this target was done, or even begun.
    pub fn is_cut_off(&self) -> bool {
        let steps = &self.trace.steps;
        let cut =
            |step: &Step| matches!(step.end, End::Interrupted | End::Unsure(Unsure::Deadline));
        self.cut || self.trace.calls.is_empty() && (steps.is_empty() || steps.iter().any(cut))
    }
}

/// What another client makes of the same target.
#[derive(Debug)]
pub struct OtherClient {
    /// The client.
    pub client: Client,
    /// Its own record.
    pub trace: Trace,
    /// Its findings.
    pub findings: Vec<Finding>,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// A registry host.
    Host(String),
    /// A registry module, as written.
    Module(String),
    /// A package address, as written.
    Package(String),
    /// A root module.
    Dir(String),
    /// The records of a root module's `modules.json`.
    Records(String),
}

impl Asked {
    /// The text a person named it by.
    pub fn title(&self) -> &str {
        match self {
            Self::Host(text)
            | Self::Module(text)
            | Self::Package(text)
            | Self::Dir(text)
            | Self::Records(text) => text,
        }
    }
}

/// What a run comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing at or above the threshold.
    Clean,
    /// At least one finding at or above it.
    Findings,
    /// It could not be told.
    Unsure,
    /// There was nothing to check.
    Nothing,
    /// A signal ended it.
    Interrupted(i32),
}

impl Verdict {
    /// The exit status.
    pub fn code(self) -> i32 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Unsure => 3,
            Self::Nothing => 4,
            Self::Interrupted(signal) => 128 + signal,
        }
    }

    /// The reason in words.
    pub fn reason(self, run: &Run) -> String {
        let threshold = run.judged.threshold.unwrap_or(Severity::Error);
        let failing = [Severity::Error, Severity::Warning]
            .into_iter()
            .filter(|severity| *severity <= threshold)
            .map(|severity| run.count(severity))
            .sum::<usize>();
        let zero = if run.judged.exit_zero {
            "; --exit-zero"
        } else {
            ""
        };
        match self {
            Self::Clean => format!("nothing at or above {}", threshold.word()),
            Self::Findings
                if failing == 0 && run.sections.iter().all(|it| it.others.is_empty()) =>
            {
                format!("the client fails{zero}")
            }
            Self::Findings if failing == 0 => format!(
                "findings at or above {} for further clients{zero}",
                threshold.word()
            ),
            Self::Findings => format!(
                "{failing} finding{} at or above {}{zero}",
                if failing == 1 { "" } else { "s" },
                threshold.word()
            ),
            Self::Unsure => format!("something could not be told{zero}"),
            Self::Nothing => "nothing to check".to_owned(),
            Self::Interrupted(signal) => format!("interrupted by signal {signal}"),
        }
    }
}
