//! What a rule says: findings, their evidence and their fixes.

mod client_message;

pub use client_message::ClientMessage;
pub use client_message::Said;

use crate::client::Client;
use crate::trace::PublicStage;
use crate::trace::Step;
use crate::trace::StepKey;
use crate::trace::Subject;
use crate::trace::Trace;
use crate::trace::call::Place;

/// One rule: a static value with a plain function.
#[derive(Debug)]
pub struct Rule {
    /// `TFR740`.
    pub code: &'static str,
    /// `nested-root`.
    pub name: &'static str,
    /// The public stage of its findings, unless the finding says otherwise.
    pub stage: PublicStage,
    /// The usual severity.
    pub severity: Severity,
    /// Who must fix it, unless the evidence points elsewhere.
    pub owner: Owner,
    /// Codes that explain the same cause better: where one of them speaks about the same thing, this one is silent.
    pub yields_to: &'static [&'static str],
    /// The title of the catalogue.
    pub title: &'static str,
    /// The page.
    pub page: &'static str,
    /// The predicate.
    pub check: fn(&Case<'_>, &mut Findings),
}

/// What a rule sees.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The record of the run.
    pub trace: &'a Trace,
    /// The client that is emulated.
    pub client: &'a Client,
    /// The question: which command judges.
    pub view: View,
}

/// Which command judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// `check` and `get`: an installation.
    Install,
    /// `modules`: the records on disk.
    Records,
}

/// How bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The client fails, or succeeds with a wrong module.
    Error,
    /// It could not be told.
    Inconclusive,
    /// Works now, breaks under a foreseeable change.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Inconclusive => "inconclusive",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// How sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Confidence {
    /// The evidence allows nothing else.
    Certain,
    /// The evidence speaks for it.
    Likely,
    /// It would explain the evidence.
    Possible,
}

impl Confidence {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
            Self::Possible => "possible",
        }
    }
}

/// Who must fix it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Owner {
    /// Whoever runs the registry, or the host that answers.
    Registry,
    /// Whoever writes or packs the module.
    Author,
    /// The caller's configuration files.
    Configuration,
    /// CLI configuration, credentials, variables and programs of the machine that installs.
    Environment,
    /// Names, firewalls and proxies in between.
    Network,
    /// `.terraform` and `modules.json`.
    WorkingDirectory,
}

impl Owner {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Author => "author",
            Self::Configuration => "configuration",
            Self::Environment => "environment",
            Self::Network => "network",
            Self::WorkingDirectory => "working-directory",
        }
    }
}

/// One thing found.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// Who must fix it.
    pub owner: Owner,
    /// The stage, as users know it.
    pub stage: PublicStage,
    /// What it is about: with the code, the identity of the cause.
    pub about: Subject,
    /// The step whose evidence it rests on.
    pub step: Option<StepKey>,
    /// Whether it explains why the client stops.
    pub explains_stop: bool,
    /// Which case of the rule, a stable word.
    pub reason: Option<&'static str>,
    /// One sentence: what is wrong.
    pub summary: String,
    /// Further sentences: why, and what the client makes of it.
    pub explanation: Vec<String>,
    /// What was seen.
    pub evidence: Vec<Evidence>,
    /// The calls it hits, by key.
    pub calls: Vec<String>,
    /// Where it shows in configuration files.
    pub places: Vec<Place>,
    /// What the client says, and when.
    pub client_message: Option<ClientMessage>,
    /// What can be done.
    pub fixes: Vec<Fix>,
    /// What became of it in the filter.
    pub status: Status,
}

/// What became of a finding in the filter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Status {
    /// It counts.
    #[default]
    Open,
    /// A baseline knows it.
    Known,
    /// An ignore, with its reason.
    Suppressed(String),
}

/// Something that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// A word for it, stable: `content-type`, `archive-tree`.
    pub kind: &'static str,
    /// What it says.
    pub value: EvidenceValue,
}

/// The value of an evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EvidenceValue {
    /// One text.
    Text(String),
    /// Lines, such as a tree.
    Lines(Vec<String>),
    /// A table, its head first.
    Table(Vec<Vec<String>>),
    /// The request number within the step.
    Request(StepKey, usize),
}

/// Something that can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// Who does it.
    pub owner: Owner,
    /// What to do, a phrase.
    pub text: String,
    /// The value to set, or the line to write.
    pub value: Option<String>,
    /// Commands that are safe to copy.
    pub commands: Vec<String>,
    /// How it can be tried.
    pub trial: Trial,
    /// What came of it, per client asked for.
    pub tried: Vec<(Client, Tried)>,
    /// How it was tried, a phrase; empty when it was not.
    pub how: String,
    /// Offered to show that it does not work.
    pub tempting: bool,
}

impl Fix {
    /// Advice that cannot be tried from here.
    pub fn tell(owner: Owner, text: impl Into<String>) -> Self {
        Self {
            owner,
            text: text.into(),
            value: None,
            commands: Vec::new(),
            trial: Trial::None,
            tried: Vec::new(),
            how: String::new(),
            tempting: false,
        }
    }

    /// The value to set.
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = Some(value.into());
        self
    }

    /// A command that is safe to copy.
    pub fn command(mut self, command: impl Into<String>) -> Self {
        self.commands.push(command.into());
        self
    }

    /// How it can be tried.
    pub fn trial(mut self, trial: Trial) -> Self {
        self.trial = trial;
        self
    }

    /// Marks it as something people try, to show what comes of it.
    pub fn tempting(mut self) -> Self {
        self.tempting = true;
        self
    }

    /// The mark over all clients: verified only if it is for each.
    pub fn verdict(&self) -> Tried {
        let mut verdict = Tried::Untested;
        for (_, tried) in &self.tried {
            match tried {
                Tried::Refuted => return Tried::Refuted,
                Tried::Untested => return Tried::Untested,
                Tried::Verified => verdict = Tried::Verified,
            }
        }
        verdict
    }
}

/// How a fix can be tried: the same stage with a changed input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trial {
    /// It cannot be tried from here.
    None,
    /// The registry answers this location for the release that the call uses.
    Location {
        /// The call.
        call: String,
        /// The value of `X-Terraform-Get`.
        location: String,
    },
    /// The caller writes this source.
    Source {
        /// The call.
        call: String,
        /// The source.
        source: String,
    },
    /// The archive is packed without its wrapper directory.
    FlatArchive {
        /// The call.
        call: String,
        /// The wrapper, relative to the module directory.
        wrapper: String,
    },
    /// The caller writes this constraint.
    Constraint {
        /// The call.
        call: String,
        /// The constraint.
        constraint: String,
    },
    /// Already tried by a probe during the run.
    Probed {
        /// Whether it worked.
        works: bool,
    },
    /// The modules service is at this base URL.
    ServiceUrl {
        /// The host.
        host: String,
        /// The base URL.
        url: String,
    },
}

/// What came of trying a fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tried {
    /// It works.
    Verified,
    /// It does not.
    Refuted,
    /// It was not tried.
    Untested,
}

impl Tried {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Refuted => "refuted",
            Self::Untested => "untested",
        }
    }
}

/// The findings of one run, as rules add to them.
#[derive(Debug, Default)]
pub struct Findings {
    list: Vec<Finding>,
}

impl Findings {
    /// Adds a finding about a step and all calls that use its subject; one of the same rule about the same subject is given back
    /// instead of a second one.
    pub fn add(
        &mut self,
        rule: &'static Rule,
        case: &Case<'_>,
        step: &Step,
        summary: impl Into<String>,
    ) -> &mut Finding {
        let subject = step.key.subject.clone();
        self.add_about(rule, case, &subject, Some(step.key.clone()), summary.into())
    }

    /// Adds a finding about a subject that need not have a step.
    pub fn add_about(
        &mut self,
        rule: &'static Rule,
        case: &Case<'_>,
        about: &Subject,
        step: Option<StepKey>,
        summary: String,
    ) -> &mut Finding {
        let known = self
            .list
            .iter()
            .position(|finding| finding.rule.code == rule.code && &finding.about == about);
        let index = known.unwrap_or_else(|| {
            let explains_stop = step
                .as_ref()
                .and_then(|key| case.trace.steps.iter().find(|step| &step.key == key))
                .is_some_and(|step| step.stop().is_some());
            self.list.push(Finding {
                rule,
                severity: rule.severity,
                confidence: Confidence::Certain,
                owner: rule.owner,
                stage: rule.stage,
                about: about.clone(),
                step,
                explains_stop,
                reason: None,
                summary,
                explanation: Vec::new(),
                evidence: Vec::new(),
                calls: Vec::new(),
                places: Vec::new(),
                client_message: None,
                fixes: Vec::new(),
                status: Status::Open,
            });
            self.list.len() - 1
        });
        let finding = self
            .list
            .get_mut(index)
            .expect("the index was found or pushed just now");
        for call in case.trace.users(about) {
            finding.hit(&call.key, call.place.as_ref());
        }
        finding
    }

    /// Adds a finding about a cause that several steps may share, for the calls that use this step's subject. `None` when the
    /// cause was known already: then only the calls were added to it.
    pub fn cause(
        &mut self,
        rule: &'static Rule,
        case: &Case<'_>,
        about: &Subject,
        step: &Step,
        summary: impl Into<String>,
    ) -> Option<&mut Finding> {
        let is_known =
            |finding: &Finding| finding.rule.code == rule.code && &finding.about == about;
        let before = self.list.iter().find(|finding| is_known(finding));
        let calls = before.map(|known| (known.calls.clone(), known.places.clone()));
        let finding = self.add_about(rule, case, about, Some(step.key.clone()), summary.into());
        let is_new = calls.is_none();
        (finding.calls, finding.places) = calls.unwrap_or_default();
        for call in case.trace.users(&step.key.subject) {
            finding.hit(&call.key, call.place.as_ref());
        }
        if !finding.explains_stop && step.stop().is_some() && !is_new {
            finding.step = Some(step.key.clone());
            finding.explains_stop = true;
        }
        is_new.then_some(finding)
    }

    /// Adds a finding about a step's own subject; `None` when an earlier round had the same.
    pub fn once(
        &mut self,
        rule: &'static Rule,
        case: &Case<'_>,
        step: &Step,
        summary: impl Into<String>,
    ) -> Option<&mut Finding> {
        self.cause(rule, case, &step.key.subject, step, summary)
    }

    /// All of them, in the order in which they were added.
    pub fn into_vec(self) -> Vec<Finding> {
        self.list
    }

    /// All of them so far.
    pub fn as_slice(&self) -> &[Finding] {
        &self.list
    }
}

impl Finding {
    /// Adds a call that it hits.
    pub fn hit(&mut self, key: &str, place: Option<&Place>) {
        if !self.calls.iter().any(|known| known == key) {
            self.calls.push(key.to_owned());
        }
        if let Some(place) = place
            && !self.places.contains(place)
        {
            self.places.push(place.clone());
        }
    }

    /// Sets the severity.
    pub fn severity(&mut self, severity: Severity) -> &mut Self {
        self.severity = severity;
        self
    }

    /// Makes it a thing that stands beside what happened: it explains no stop and is at most a warning.
    pub fn aside(&mut self) -> &mut Self {
        self.explains_stop = false;
        self.severity = self.severity.max(Severity::Warning);
        self
    }

    /// Sets how sure it is.
    pub fn confidence(&mut self, confidence: Confidence) -> &mut Self {
        self.confidence = confidence;
        self
    }

    /// Sets who must fix it.
    pub fn owner(&mut self, owner: Owner) -> &mut Self {
        self.owner = owner;
        self
    }

    /// Sets the stage.
    pub fn stage(&mut self, stage: PublicStage) -> &mut Self {
        self.stage = stage;
        self
    }

    /// Names the case of the rule.
    pub fn reason(&mut self, reason: &'static str) -> &mut Self {
        self.reason = Some(reason);
        self
    }

    /// Adds a sentence.
    pub fn explain(&mut self, sentence: impl Into<String>) -> &mut Self {
        self.explanation.push(sentence.into());
        self
    }

    /// Adds a text that was seen.
    pub fn evidence(&mut self, kind: &'static str, value: impl Into<String>) -> &mut Self {
        self.evidence.push(Evidence {
            kind,
            value: EvidenceValue::Text(value.into()),
        });
        self
    }

    /// Adds lines that were seen.
    pub fn evidence_lines(&mut self, kind: &'static str, lines: Vec<String>) -> &mut Self {
        self.evidence.push(Evidence {
            kind,
            value: EvidenceValue::Lines(lines),
        });
        self
    }

    /// Adds a table of what was seen, its head first.
    pub fn evidence_table(&mut self, kind: &'static str, rows: Vec<Vec<String>>) -> &mut Self {
        self.evidence.push(Evidence {
            kind,
            value: EvidenceValue::Table(rows),
        });
        self
    }

    /// Points to the requests of the step, the last one first.
    pub fn requests_of(&mut self, step: &Step) -> &mut Self {
        let last = step.exchanges().count();
        if last > 0 {
            self.evidence.push(Evidence {
                kind: "request",
                value: EvidenceValue::Request(step.key.clone(), last - 1),
            });
        }
        self
    }

    /// Adds what the client says.
    pub fn client_says(&mut self, phase: &'static str, text: impl Into<String>) -> &mut Self {
        self.client_message = Some(ClientMessage {
            phase,
            text: text.into(),
            said: Vec::new(),
        });
        self
    }

    /// Adds advice that cannot be tried from here.
    pub fn tell(&mut self, owner: Owner, text: impl Into<String>) -> &mut Self {
        self.fix(Fix::tell(owner, text))
    }

    /// Adds something that can be done.
    pub fn fix(&mut self, fix: Fix) -> &mut Self {
        self.fixes.push(fix);
        self
    }
}
