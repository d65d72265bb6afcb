//! The client's own words: what it prints for each stop, filled with the values of this run.
//!
//! The same stop is told differently by different clients: [`table`] says by whom and how. What only the machine of the
//! client knows stands as a placeholder in double braces. Nothing is said of what the client does not stop at.

mod calls;
mod codes;
mod files;
mod fill;
mod go;
mod layout;
mod package;
mod registry;
mod store;
mod table;

pub use codes::messages_of;

use crate::client::Client;
use crate::finding::Case;
use crate::finding::ClientMessage;
use crate::finding::Finding;
use crate::finding::Said;
use crate::finding::Severity;
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
    let mut all: Vec<Spoken> = Vec::new();
    for step in &trace.steps {
        of_files(trace, client, step, &mut all);
    }
    for call in trace
        .calls
        .iter()
        .filter(|call| call.state == CallState::Failed)
    {
        let about = About {
            trace,
            client,
            call,
        };
        for step in ends_of(trace, call) {
            let said = end_of(step).map(|stop| of_stop(&about, step, &stop));
            for said in said.unwrap_or_default() {
                put(&mut all, step, Some(&call.key), None, said);
            }
        }
    }
    all
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

fn put(all: &mut Vec<Spoken>, step: &Step, call: Option<&str>, place: Option<&Place>, said: Said) {
    if !all.iter().any(|known| known.said == said) {
        all.push(Spoken {
            step: step.key.clone(),
            call: call.map(str::to_owned),
            place: place.cloned(),
            said,
        });
    }
}

/// The steps that ended a call, of several rounds the last.
fn ends_of<'a>(trace: &'a Trace, call: &'a Call) -> Vec<&'a Step> {
    let own = call.subject();
    let mut found: Vec<&Step> = Vec::new();
    for step in &trace.steps {
        let subject = &step.key.subject;
        let is_its = *subject == own || call.used.contains(subject);
        if end_of(step).is_none() || !is_its || step.key.stage == Stage::Probe {
            continue;
        }
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

fn of_files(trace: &Trace, client: &Client, step: &Step, all: &mut Vec<Spoken>) {
    for fact in &step.facts {
        match fact {
            Fact::ConfigProblem(problem) => {
                if let Some(said) = files::problem(trace, client, problem) {
                    put(all, step, None, Some(&problem.place), said);
                }
            }
            Fact::ConfigFile(file) => {
                if let Some(said) = files::setting(client, file) {
                    put(all, step, None, None, said);
                }
            }
            Fact::SettingIgnored(setting) => {
                if let Some(said) = files::ignored(client, setting) {
                    put(all, step, None, None, said);
                }
            }
            _ => {}
        }
    }
    if let Some(Stop::Manifest { path, words }) = step.stop() {
        for said in files::manifest(client, path, words) {
            put(all, step, None, None, said);
        }
    }
}

/// Gives each finding the messages that it is about; what no finding is about goes to the first that shares its call.
pub fn tell(case: &Case<'_>, findings: &mut [Finding]) {
    for spoken in spoken(case.trace, case.client) {
        // Records are judged as they lie there: nothing but their file is read.
        if case.view == View::Records && spoken.step.stage != Stage::Manifest {
            continue;
        }
        let fits: [&dyn Fn(&Finding) -> bool; 5] = [
            &|finding| is_at(finding, &spoken) && is_of(finding, &spoken),
            &|finding| is_at(finding, &spoken),
            &|finding| finding.step.as_ref() == Some(&spoken.step) && is_of(finding, &spoken),
            &|finding| finding.explains_stop && is_of(finding, &spoken),
            &|finding| finding.severity == Severity::Error,
        ];
        let chosen = fits.iter().find_map(|fits| {
            findings
                .iter()
                .position(|finding| speaks(finding) && fits(finding))
        });
        if let Some(finding) = chosen.and_then(|index| findings.get_mut(index)) {
            say(finding, spoken.said);
        }
    }
}

fn speaks(finding: &Finding) -> bool {
    finding.severity <= Severity::Inconclusive || finding.explains_stop
}

fn is_at(finding: &Finding, spoken: &Spoken) -> bool {
    spoken
        .place
        .as_ref()
        .is_some_and(|place| finding.places.contains(place))
}

fn is_of(finding: &Finding, spoken: &Spoken) -> bool {
    match &spoken.call {
        Some(call) => finding.calls.contains(call),
        None => finding.step.as_ref() == Some(&spoken.step),
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
