//! What happened: data only.
//!
//! A [`Trace`] holds steps and calls. A step belongs to a *subject* (a host, a module, a package), not to the call that came
//! first, so shared work stands there once. No sentence, no colour, no severity, no advice and no secret is in it.

pub mod act;
pub mod archive;
pub mod archive_stop;
pub mod call;
pub mod exchange;
pub mod expected;
pub mod fact;
pub mod probe;
pub mod sniff;
pub mod steps;
pub mod stop;
pub mod throttle;
pub mod tracer;

pub use act::Act;
pub use call::Call;
pub use exchange::Exchange;
pub use expected::Expectations;
pub use fact::Fact;
pub use steps::Steps;
pub use stop::Stop;
pub use stop::Unsure;
pub use tracer::Tracer;

use std::time::Duration;

/// The whole record of one run for one client.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trace {
    /// Every step, sorted by key; one that several targets need is in the trace of each, and there once.
    pub steps: Steps,
    /// Every module call, in the client's order; the root is not among them.
    pub calls: Vec<Call>,
    /// What a person expects of it.
    pub expected: Expectations,
}

impl Trace {
    /// The steps of one stage.
    pub fn stage(&self, stage: Stage) -> impl Iterator<Item = &Step> {
        self.steps
            .iter()
            .filter(move |step| step.key.stage == stage)
    }

    /// The steps of one stage that ended in a stop.
    pub fn stopped(&self, stage: Stage) -> impl Iterator<Item = (&Step, &Stop)> {
        self.stage(stage)
            .filter_map(|step| step.stop().map(|stop| (step, stop)))
    }

    /// The last step with this subject and stage.
    pub fn step(&self, subject: &Subject, stage: Stage) -> Option<&Step> {
        self.steps
            .iter()
            .rev()
            .find(|step| step.key.stage == stage && &step.key.subject == subject)
    }

    /// The calls that used a subject, in order.
    pub fn users(&self, subject: &Subject) -> Vec<&Call> {
        self.calls
            .iter()
            .filter(|call| {
                &Subject::Call(call.key.clone()) == subject || call.used.contains(subject)
            })
            .collect()
    }

    /// The call with this key.
    pub fn call(&self, key: &str) -> Option<&Call> {
        self.calls.iter().find(|call| call.key == key)
    }

    /// Every exchange, with the step it belongs to.
    pub fn exchanges(&self) -> impl Iterator<Item = (&Step, &Exchange)> {
        self.steps
            .iter()
            .flat_map(|step| step.exchanges().map(move |exchange| (step, exchange)))
    }
}

/// One stage's work on one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it is about.
    pub key: StepKey,
    /// What went through the doors, in order.
    pub acts: Vec<Act>,
    /// What the stage took from it.
    pub facts: Vec<Fact>,
    /// How it ended.
    pub end: End,
    /// How long it took.
    pub took: Duration,
}

impl Step {
    /// The stop that ended it.
    pub fn stop(&self) -> Option<&Stop> {
        match &self.end {
            End::Stopped(stop) => Some(stop),
            End::Done | End::Unsure(_) | End::Interrupted => None,
        }
    }

    /// The same step, its requests marked as sent for an earlier client of the same run.
    #[must_use]
    pub fn as_shared(&self) -> Self {
        let mut step = self.clone();
        for act in &mut step.acts {
            match act {
                Act::Http(exchange) => exchange.shared = true,
                Act::Process(_) | Act::File(_) => {}
            }
        }
        step
    }

    /// Its requests, in order.
    pub fn exchanges(&self) -> impl DoubleEndedIterator<Item = &Exchange> {
        self.acts.iter().filter_map(|act| match act {
            Act::Http(exchange) => Some(&**exchange),
            Act::Process(_) | Act::File(_) => None,
        })
    }

    /// What kind of archive came last, or which getter fetched what is no archive.
    pub fn package_kind(&self) -> Option<&str> {
        self.facts.iter().rev().find_map(|fact| match fact {
            Fact::Package(package) => {
                Some(package.archive.as_ref().unwrap_or(&package.getter).as_str())
            }
            _ => None,
        })
    }

    /// Size and digest of the last body that went into a file.
    pub fn stored(&self) -> Option<(u64, &str)> {
        let mut replies = self.exchanges().rev().filter_map(Exchange::reply);
        replies.find_map(|reply| match &reply.body {
            exchange::Body::Stored { size, sha256, .. } => Some((*size, sha256.as_str())),
            exchange::Body::None | exchange::Body::Text { .. } => None,
        })
    }

    /// The last request.
    pub fn last_exchange(&self) -> Option<&Exchange> {
        self.exchanges().next_back()
    }
}

/// What a step is about: stable across runs and machines.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepKey {
    /// The stage.
    pub stage: Stage,
    /// Whom or what it is about.
    pub subject: Subject,
    /// Which asking of the same question, from 1: the client asks again for a call whose answer failed.
    pub round: u32,
}

/// Whom or what a step is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// The run as a whole.
    Run,
    /// A registry host, in the form that people read, with port.
    Host(String),
    /// A registry module, `host/namespace/name/system`.
    Module(String),
    /// A version of a module, `host/namespace/name/system VERSION`.
    Release(String),
    /// A package address, normalised.
    Package(String),
    /// A module call, by key.
    Call(String),
    /// The trial of a fix.
    Trial(String),
}

impl Subject {
    /// The name inside, for people.
    pub fn name(&self) -> &str {
        match self {
            Self::Run => "",
            Self::Host(name)
            | Self::Module(name)
            | Self::Release(name)
            | Self::Package(name)
            | Self::Call(name)
            | Self::Trial(name) => name,
        }
    }
}

/// A stage of the pipeline, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// CLI configuration files and variables.
    CliConfig,
    /// Module calls read from configuration files.
    Calls,
    /// Old records of `modules.json`, and new ones.
    Manifest,
    /// The credential ladder of a host.
    Credentials,
    /// Host to modules service.
    Discovery,
    /// Module to the list of versions, and the choice.
    Versions,
    /// Version to the address of the package.
    Location,
    /// Address to package and subdirectory.
    Source,
    /// Package to bytes or tree.
    Fetch,
    /// Archive to tree.
    Unpack,
    /// The package where the client puts it.
    Place,
    /// The directory that counts.
    ModuleDir,
    /// Questions that the client does not ask.
    Probe,
}

impl Stage {
    /// The name that users know.
    pub fn public(self) -> PublicStage {
        match self {
            Self::CliConfig | Self::Calls => PublicStage::Config,
            Self::Manifest => PublicStage::Manifest,
            Self::Credentials => PublicStage::Credentials,
            Self::Discovery | Self::Probe => PublicStage::Discovery,
            Self::Versions => PublicStage::Versions,
            Self::Location | Self::Source => PublicStage::Location,
            Self::Fetch | Self::Unpack | Self::Place => PublicStage::Package,
            Self::ModuleDir => PublicStage::Layout,
        }
    }
}

/// The stages as users know them; they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PublicStage {
    /// Configuration files, addresses, CLI configuration.
    Config,
    /// Lookup, connection, TLS, proxy.
    Network,
    /// The discovery document.
    Discovery,
    /// Tokens.
    Credentials,
    /// The list of versions.
    Versions,
    /// The choice among them.
    Selection,
    /// The download endpoint and the address it gives.
    Location,
    /// Fetching and unpacking.
    Package,
    /// The module directory.
    Layout,
    /// `modules.json`.
    Manifest,
}

impl PublicStage {
    /// All of them, in order.
    pub const ALL: [Self; 10] = [
        Self::Config,
        Self::Network,
        Self::Discovery,
        Self::Credentials,
        Self::Versions,
        Self::Selection,
        Self::Location,
        Self::Package,
        Self::Layout,
        Self::Manifest,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Network => "network",
            Self::Discovery => "discovery",
            Self::Credentials => "credentials",
            Self::Versions => "versions",
            Self::Selection => "selection",
            Self::Location => "location",
            Self::Package => "package",
            Self::Layout => "layout",
            Self::Manifest => "manifest",
        }
    }

    /// The stage with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.word() == word)
    }
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// As it should.
    Done,
    /// The real client would stop this path here.
    Stopped(Stop),
    /// It could not be told.
    Unsure(Unsure),
    /// The run was interrupted.
    Interrupted,
}
