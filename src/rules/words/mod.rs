//! The client's own words: what it prints for each stop, filled with the values of this run.
//!
//! The same stop is told differently by different clients: [`table`] says by whom and how. What only the machine of the
//! client knows stands as a placeholder in double braces. Nothing is said of what the client does not stop at.

mod calls;
mod codes;
mod files;
mod fill;
mod go;
mod index;
mod layout;
mod package;
mod registry;
mod speakers;
mod store;
mod table;

pub use codes::messages_of;

use crate::client::Client;
use crate::finding::Case;
use crate::finding::ClientMessage;
use crate::finding::Finding;
use crate::finding::Said;
use crate::finding::View;
use crate::trace::Call;
use crate::trace::End;
use crate::trace::Fact;
use crate::trace::Stage;
use crate::trace::Step;
use crate::trace::StepKey;
use crate::trace::Stop;
use crate::trace::Trace;
use crate::trace::Unsure;
use crate::trace::call::CallState;
use crate::trace::call::Place;
use calls::About;
use index::Index;
use speakers::Speakers;
use std::collections::HashSet;

/// A message, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// The step that ended so.
    pub step: StepKey,
    /// The call that it ended for; none for a file.
    pub call: Option<String>,
    /// The place in a file that it is about.
    pub place: Option<Place>,
    /// The message.
    pub said: Said,
}

/// Everything that a client prints about a run, each message once.
pub fn spoken(trace: &Trace, client: &Client) -> Vec<Spoken> {
    let is_failed = |call: &&Call| call.state == CallState::Failed;
    // Without a failed call nothing is looked up.
    let index = match trace.calls.iter().find(is_failed) {
        Some(_) => Index::of(trace),
        None => Index::default(),
    };
    let mut all = All::default();
    for step in &trace.steps {
        of_files(&index, client, step, &mut all);
    }
    for call in trace.calls.iter().filter(is_failed) {
        let about = About {
            index: &index,
            client,
            call,
        };
        for step in ends_of(&index, call) {
            let said = end_of(step).map(|stop| of_stop(&about, step, &stop));
            for said in said.unwrap_or_default() {
                all.put(step, Some(&call.key), None, said);
            }
        }
    }
    all.list
}

/// What was said so far, each message once.
#[derive(Default)]
struct All {
    list: Vec<Spoken>,
    known: HashSet<Said>,
}

impl All {
    fn put(&mut self, step: &Step, call: Option<&str>, place: Option<&Place>, said: Said) {
        if self.known.insert(said.clone()) {
            self.list.push(Spoken {
                step: step.key.clone(),
                call: call.map(str::to_owned),
                place: place.cloned(),
                said,
            });
        }
    }
}

/// What a client stops at: a limit of requests too, where this tool leaves open what comes behind it.
fn end_of(step: &Step) -> Option<Stop> {
    match &step.end {
        End::Stopped(stop) => Some(stop.clone()),
        End::Unsure(Unsure::RateLimited { status, .. }) => Some(Stop::Status {
            got: *status,
            expected: "",
        }),
        End::Unsure(Unsure::Deadline | Unsure::HostDown | Unsure::CannotSpeak(_))
        | End::Done
        | End::Interrupted => None,
    }
}

/// The steps that ended a call, of several rounds the last.
fn ends_of<'a>(index: &Index<'a>, call: &Call) -> Vec<&'a Step> {
    let own = call.subject();
    let subjects = std::iter::once(&own).chain(&call.used);
    let mut steps: Vec<&Step> = subjects
        .flat_map(|subject| index.steps(subject).iter().copied())
        .filter(|step| step.key.stage != Stage::Probe && end_of(step).is_some())
        .collect();
    steps.sort_by(|left, right| left.key.cmp(&right.key));
    let mut found: Vec<&Step> = Vec::new();
    for step in steps {
        found.retain(|known| {
            known.key.stage != step.key.stage || known.key.subject != step.key.subject
        });
        found.push(step);
    }
    // What the call itself ended at comes before the package that a look ahead fetched.
    let is_own_fetch = |step: &&Step| step.key.stage == Stage::Fetch && step.key.subject == own;
    if found.iter().any(is_own_fetch) {
        found.retain(|step| step.key.stage != Stage::Fetch || is_own_fetch(step));
    }
    found
}

fn of_stop(about: &About<'_>, step: &Step, stop: &Stop) -> Vec<Said> {
    let one = match step.key.stage {
        Stage::Discovery => registry::discovery(about, step, stop),
        Stage::Versions => registry::versions(about, step, stop),
        Stage::Location => registry::location(about, step, stop),
        Stage::Source => calls::source(about, stop),
        Stage::Fetch if layout::is_empty_folder(stop) => layout::empty_folder(about),
        Stage::Fetch | Stage::Unpack | Stage::Place | Stage::ModuleDir => {
            return match (step.key.stage, stop) {
                (Stage::Place | Stage::ModuleDir, Stop::NoModuleDir(problem)) => {
                    layout::said_of(about, step, problem)
                }
                _ => package::said_of(about, step, stop).into_iter().collect(),
            };
        }
        Stage::CliConfig | Stage::Calls | Stage::Manifest | Stage::Credentials | Stage::Probe => {
            None
        }
    };
    one.into_iter().collect()
}

fn of_files(index: &Index<'_>, client: &Client, step: &Step, all: &mut All) {
    for fact in &step.facts {
        match fact {
            Fact::ConfigProblem(problem) => {
                if let Some(said) = files::problem(index, client, problem) {
                    all.put(step, None, Some(&problem.place), said);
                }
            }
            Fact::ConfigFile(file) => {
                if let Some(said) = files::setting(client, file) {
                    all.put(step, None, None, said);
                }
            }
            Fact::SettingIgnored(setting) => {
                if let Some(said) = files::ignored(client, setting) {
                    all.put(step, None, None, said);
                }
            }
            _ => {}
        }
    }
    if let Some(Stop::Manifest { path, words }) = step.stop() {
        for said in files::manifest(client, path, words) {
            all.put(step, None, None, said);
        }
    }
}

/// Gives each finding the messages that it is about; what no finding is about goes to the first that shares its call.
pub fn tell(case: &Case<'_>, findings: &mut [Finding]) {
    let spoken: Vec<Spoken> = spoken(case.trace, case.client)
        .into_iter()
        // Records are judged as they lie there: nothing but their file is read.
        .filter(|spoken| case.view == View::Install || spoken.step.stage == Stage::Manifest)
        .collect();
    if spoken.is_empty() {
        return;
    }
    let speakers = Speakers::of(findings);
    let chosen: Vec<Option<usize>> = spoken
        .iter()
        .map(|spoken| speakers.of_message(findings, spoken))
        .collect();
    for (spoken, index) in spoken.into_iter().zip(chosen) {
        if let Some(finding) = index.and_then(|index| findings.get_mut(index)) {
            say(finding, spoken.said);
        }
    }
}

fn say(finding: &mut Finding, said: Said) {
    let message = finding.client_message.get_or_insert_with(|| ClientMessage {
        phase: "init",
        text: String::new(),
        said: Vec::new(),
    });
    message.said.push(said);
}

#[cfg(test)]
mod tests;
