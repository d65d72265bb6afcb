//! What each stage came to, as lines: the same for the screen and for the document.

use crate::finding::Finding;
use crate::finding::Severity;
use crate::report::Asked;
use crate::report::Run;
use crate::report::Section;
use crate::report::style::size;
use crate::report::words;
use crate::secret::mask_places;
use crate::trace::Call;
use crate::trace::End;
use crate::trace::Exchange;
use crate::trace::Fact;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Step;
use crate::trace::Subject;
use crate::trace::Trace;
use crate::trace::call::CallState;
use crate::trace::call::SourceKind;
use crate::trace::fact::ChoiceFact;
use crate::trace::fact::Rung;
use crate::trace::fact::RungState;
use crate::trace::fact::ServiceFrom;
use std::time::Duration;

/// What a stage came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The stage, or several that passed together.
    pub name: &'static str,
    /// The stage itself.
    pub stage: PublicStage,
    /// What it came to.
    pub state: State,
    /// What is worth telling.
    pub text: String,
    /// How long it took.
    pub took: Option<Duration>,
}

/// What a stage came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Pass,
    /// A warning.
    Warn,
    /// The client fails there, or gets a wrong module.
    Fail,
    /// It could not be told.
    Inconclusive,
    /// Not asked for.
    Skipped,
    /// The path ended before.
    NotReached,
}

impl State {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass | Self::Warn => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::Skipped => "skipped",
            Self::NotReached => "not-reached",
        }
    }
}

/// The steps of one call, or of a host alone.
struct Path<'a> {
    trace: &'a Trace,
    findings: Vec<&'a Finding>,
    subjects: Vec<Subject>,
}

impl<'a> Path<'a> {
    fn step(&self, stage: Stage) -> Option<&'a Step> {
        self.trace
            .steps
            .iter()
            .rev()
            .find(|step| step.key.stage == stage && self.subjects.contains(&step.key.subject))
    }

    fn line(
        &self,
        stage: PublicStage,
        text: String,
        took: Option<Duration>,
        ended: Option<&Step>,
    ) -> Line {
        let mine: Vec<_> = self
            .findings
            .iter()
            .filter(|finding| finding.stage == stage)
            .collect();
        let worst = mine.iter().map(|finding| finding.severity).min();
        let unsure = ended.is_some_and(|it| matches!(it.end, End::Unsure(_) | End::Interrupted));
        let stopped = ended.is_some_and(|step| step.stop().is_some());
        let state = match worst {
            Some(Severity::Error) => State::Fail,
            Some(Severity::Inconclusive) => State::Inconclusive,
            _ if unsure => State::Inconclusive,
            _ if stopped => State::Fail,
            Some(Severity::Warning) => State::Warn,
            _ => State::Pass,
        };
        Line {
            name: stage.word(),
            stage,
            state,
            text,
            took,
        }
    }
}

/// The lines of one call, or of a host when there is no call.
pub fn stage_lines(section: &Section, call: Option<&Call>) -> Vec<Line> {
    let trace = &section.trace;
    let subjects = match (call, &section.target) {
        (Some(call), _) => std::iter::once(call.subject())
            .chain(call.used.iter().cloned())
            .chain([Subject::Run])
            .collect(),
        (None, Asked::Host(host)) => vec![Subject::Host(host.clone()), Subject::Run],
        (None, _) => trace
            .steps
            .iter()
            .map(|step| step.key.subject.clone())
            .collect(),
    };
    let findings = section
        .findings
        .iter()
        .filter(|finding| {
            call.is_none_or(|call| finding.calls.is_empty() || finding.calls.contains(&call.key))
        })
        .collect();
    let path = Path {
        trace,
        findings,
        subjects,
    };
    let mut lines = Vec::new();
    lines.extend(config_line(&path));
    if call.is_none_or(|call| call.kind == SourceKind::Registry) {
        lines.extend(network_line(&path));
        lines.extend(discovery_line(&path));
        lines.extend(credentials_line(&path));
    }
    if let Some(call) = call {
        if call.kind == SourceKind::Registry {
            lines.extend(version_lines(&path));
            lines.extend(location_line(&path));
        }
        lines.extend(package_line(&path));
        lines.extend(layout_line(&path));
    }
    lines.extend(rest_line(&lines, call, section.cut));
    lines
}

/// The lines of the hosts of a tree.
pub fn host_lines(section: &Section) -> Vec<Line> {
    let mut lines = Vec::new();
    for step in section.trace.stage(Stage::Discovery) {
        let Subject::Host(host) = &step.key.subject else {
            continue;
        };
        if step.key.round > 1 {
            continue;
        }
        let path = Path {
            trace: &section.trace,
            findings: section
                .findings
                .iter()
                .filter(|finding| finding.about == step.key.subject)
                .collect(),
            subjects: vec![step.key.subject.clone()],
        };
        let inner = [
            network_line(&path),
            discovery_line(&path),
            credentials_line(&path),
        ];
        let bad = inner
            .iter()
            .flatten()
            .find(|line| line.state == State::Fail || line.state == State::Inconclusive);
        let told = inner
            .iter()
            .flatten()
            .map(|line| line.text.clone())
            .filter(|text| !text.is_empty());
        let text = match bad {
            Some(line) => line.text.clone(),
            None => told.collect::<Vec<_>>().join("; "),
        };
        lines.push(Line {
            name: "host",
            stage: PublicStage::Discovery,
            state: bad.map_or(State::Pass, |line| line.state),
            text: format!("{host}   {text}"),
            took: Some(step.took),
        });
    }
    lines
}

fn config_line(path: &Path<'_>) -> Option<Line> {
    let ended = path
        .step(Stage::CliConfig)
        .filter(|step| step.stop().is_some())
        .or_else(|| {
            path.step(Stage::Source)
                .filter(|step| step.stop().is_some())
        });
    let finding = path.findings.iter().find(|finding| {
        finding.stage == PublicStage::Config && finding.severity <= Severity::Warning
    });
    let text = match (finding, ended.and_then(Step::stop)) {
        (Some(finding), _) => finding.rule.title.to_lowercase(),
        (None, Some(stop)) => words::stop(stop),
        (None, None) => return None,
    };
    Some(path.line(PublicStage::Config, text, None, ended))
}

fn first_contact<'a>(path: &Path<'a>) -> Option<(&'a Step, &'a Exchange)> {
    [Stage::Discovery, Stage::Versions, Stage::Location]
        .into_iter()
        .filter_map(|stage| path.step(stage))
        .find_map(|step| step.exchanges().next().map(|exchange| (step, exchange)))
}

fn network_line(path: &Path<'_>) -> Option<Line> {
    let (step, exchange) = first_contact(path)?;
    let failed = exchange.reply().is_none();
    let took = [
        exchange.phases.dns,
        exchange.phases.connect,
        exchange.phases.tls,
    ]
    .into_iter()
    .flatten()
    .sum();
    let text = match exchange.failure().filter(|_| failed) {
        Some(failure) => words::failure(failure, exchange),
        None => words::connection(exchange),
    };
    let mut line = path.line(PublicStage::Network, text, Some(took), None);
    if failed && step.stop().is_some() {
        line.state = State::Fail;
    }
    Some(line)
}

fn discovery_line(path: &Path<'_>) -> Option<Line> {
    let step = path.step(Stage::Discovery)?;
    if step
        .last_exchange()
        .is_some_and(|exchange| exchange.reply().is_none())
    {
        return None;
    }
    let service = step.facts.iter().find_map(|fact| match fact {
        Fact::Service { url, from, .. } => Some((url, from)),
        _ => None,
    });
    let text = match (service, step.stop()) {
        (_, Some(stop)) => words::stop(stop),
        (Some((url, ServiceFrom::HostBlock(at))), None) => {
            format!("modules.v1 at {} (host block, {at})", url.shown())
        }
        (Some((url, ServiceFrom::Document { .. })), None) => {
            format!("modules.v1 at {}", url.shown())
        }
        (None, None) => words::end(&step.end),
    };
    Some(path.line(PublicStage::Discovery, text, Some(step.took), Some(step)))
}

fn credentials_line(path: &Path<'_>) -> Option<Line> {
    let step = path.step(Stage::Credentials)?;
    let ladder = step.facts.iter().find_map(|fact| match fact {
        Fact::Ladder(rungs) => Some(rungs),
        _ => None,
    })?;
    let used = ladder.iter().find(|rung| rung.state == RungState::Used);
    let asked = path.trace.exchanges().any(|(step, exchange)| {
        matches!(step.key.stage, Stage::Versions | Stage::Location)
            && exchange.status().is_some()
            && path.subjects.contains(&step.key.subject)
    });
    let text = match used {
        Some(rung) => format!(
            "{}{}",
            rung_words(rung),
            if asked { "" } else { ", not exercised" }
        ),
        None if asked => "none found, none needed so far".to_owned(),
        None => "none found, none exercised".to_owned(),
    };
    let mut line = path.line(PublicStage::Credentials, text, None, None);
    if line.state == State::Pass && (used.is_none() || !asked) {
        line.state = State::Skipped;
    }
    if line.state == State::Fail
        && let Some(finding) = path
            .findings
            .iter()
            .find(|finding| finding.stage == PublicStage::Credentials)
    {
        line.text = finding.rule.title.to_lowercase();
    }
    Some(line)
}

fn rung_words(rung: &Rung) -> String {
    let print = rung
        .fingerprint
        .as_ref()
        .map(|print| format!(" #{}", print.digits))
        .unwrap_or_default();
    format!("{} ({}){print}", rung.name, words::rung_kind(rung.kind))
}

fn version_lines(path: &Path<'_>) -> Vec<Line> {
    let is_list = |step: &&Step| {
        step.key.stage == Stage::Versions
            && matches!(step.key.subject, Subject::Module(_))
            && path.subjects.contains(&step.key.subject)
    };
    let Some(step) = path.trace.steps.iter().rev().find(is_list) else {
        return Vec::new();
    };
    if step
        .last_exchange()
        .is_some_and(|exchange| exchange.reply().is_none())
    {
        return Vec::new();
    }
    let listed = step.facts.iter().find_map(|fact| match fact {
        Fact::Versions(versions) => Some(versions.listed.len()),
        _ => None,
    });
    let choice = choice(path);
    let mut text = match (step.stop(), listed) {
        (Some(stop), _) => words::stop(stop),
        (None, Some(listed)) => format!("{}{listed} published", words::canary(path.trace)),
        (None, None) => words::end(&step.end),
    };
    let chosen = choice
        .as_ref()
        .and_then(|(choice, _)| choice.chosen.clone());
    let selection_failed = choice
        .as_ref()
        .is_some_and(|(_, step)| step.stop().is_some());
    let selection_judged = path.findings.iter().any(|finding| {
        finding.stage == PublicStage::Selection && finding.severity <= Severity::Warning
    });
    if let Some(chosen) = &chosen
        && !selection_judged
    {
        text = format!("{text}, {chosen} selected");
    } else if let Some(newest) = choice
        .as_ref()
        .and_then(|(choice, _)| choice.newest.clone())
    {
        text = format!("{text}, newest {newest}");
    }
    let mut lines = vec![path.line(PublicStage::Versions, text, Some(step.took), Some(step))];
    if selection_failed || selection_judged {
        let text = match (&choice, &chosen) {
            (Some((choice, _)), None) => {
                let wanted = choice
                    .constraint
                    .as_ref()
                    .map(crate::foreign::Foreign::shown)
                    .unwrap_or_default();
                format!("none of the {} satisfies \"{wanted}\"", choice.listed)
            }
            (_, Some(chosen)) => format!("{chosen} selected"),
            (None, None) => String::new(),
        };
        lines.push(path.line(
            PublicStage::Selection,
            text,
            None,
            choice.map(|(_, step)| step),
        ));
    }
    lines
}

fn choice<'a>(path: &Path<'a>) -> Option<(ChoiceFact, &'a Step)> {
    path.trace
        .steps
        .iter()
        .filter(|step| {
            step.key.stage == Stage::Versions && path.subjects.contains(&step.key.subject)
        })
        .find_map(|step| {
            step.facts.iter().find_map(|fact| match fact {
                Fact::Chosen(choice) => Some((choice.clone(), step)),
                _ => None,
            })
        })
}

fn location_line(path: &Path<'_>) -> Option<Line> {
    let step = path.step(Stage::Location)?;
    let location = step.facts.iter().find_map(|fact| match fact {
        Fact::Location(location) => location.taken.as_ref().map(crate::foreign::Foreign::shown),
        _ => None,
    });
    let text = match (step.stop(), location) {
        (Some(stop), _) => words::stop(stop),
        (None, Some(location)) => location,
        (None, None) => words::end(&step.end),
    };
    Some(path.line(PublicStage::Location, text, Some(step.took), Some(step)))
}

fn package_line(path: &Path<'_>) -> Option<Line> {
    let step = path.step(Stage::Fetch)?;
    let text = match (step.stop(), step.stored(), step.package_kind()) {
        (Some(stop), _, _) => words::stop(stop),
        (None, Some((bytes, digest)), Some(kind)) => {
            format!(
                "{}, {kind}, sha256 {}…",
                size(bytes),
                digest.get(..8).unwrap_or(digest)
            )
        }
        (None, _, Some(kind)) => format!("fetched by {kind}"),
        (None, _, None) => words::end(&step.end),
    };
    Some(path.line(PublicStage::Package, text, Some(step.took), Some(step)))
}

fn layout_line(path: &Path<'_>) -> Option<Line> {
    let step = path.step(Stage::ModuleDir)?;
    let fact = step.facts.iter().find_map(|fact| match fact {
        Fact::ModuleDir(fact) => Some(fact),
        _ => None,
    });
    let text = match (step.stop(), fact) {
        (Some(stop), _) => words::stop(stop),
        (None, Some(fact)) if fact.config_files.is_empty() => match &fact.nested {
            Some((nested, count)) => format!(
                "no .tf files in {}; {count} of them in {}",
                fact.dir,
                nested.shown()
            ),
            None => format!("no .tf files in {}", fact.dir),
        },
        (None, Some(fact)) => format!(
            "{}, {}",
            fact.dir,
            crate::report::style::counted(fact.config_files.len(), ".tf file")
        ),
        (None, None) => words::end(&step.end),
    };
    Some(path.line(PublicStage::Layout, text, None, Some(step)))
}

/// What was not reached, or not asked for, in one line.
fn rest_line(lines: &[Line], call: Option<&Call>, cut: bool) -> Option<Line> {
    let order: &[PublicStage] = match call.map(|call| call.kind) {
        None => &[PublicStage::Network, PublicStage::Discovery],
        Some(SourceKind::Registry) => &[
            PublicStage::Network,
            PublicStage::Discovery,
            PublicStage::Versions,
            PublicStage::Location,
            PublicStage::Package,
            PublicStage::Layout,
        ],
        Some(SourceKind::Remote) => &[PublicStage::Package, PublicStage::Layout],
        Some(SourceKind::Local | SourceKind::Invalid) => &[PublicStage::Layout],
    };
    let missing: Vec<&str> = order
        .iter()
        .filter(|stage| !lines.iter().any(|line| line.stage == **stage))
        .map(|stage| stage.word())
        .collect();
    let stopped = |line: &Line| matches!(line.state, State::Fail | State::Inconclusive);
    let failed = cut || lines.iter().any(stopped);
    if call.is_none() && !failed {
        return Some(Line {
            name: "versions …",
            stage: PublicStage::Versions,
            state: State::Skipped,
            text: "not checked, no module named: add /NAMESPACE/NAME/SYSTEM".to_owned(),
            took: None,
        });
    }
    if missing.is_empty() {
        return None;
    }
    let asked_short = call.is_some_and(|call| call.state == CallState::NotReached) && !failed;
    let (state, word) = if asked_short {
        (State::Skipped, "not asked for")
    } else {
        (State::NotReached, "not reached")
    };
    Some(Line {
        name: "",
        stage: PublicStage::Layout,
        state,
        text: format!("{} {word}", missing.join(", ")),
        took: None,
    })
}

/// One row of the overview of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What the call came to.
    pub state: State,
    /// The name, drawn below its caller.
    pub module: String,
    /// The source.
    pub source: String,
    /// The constraint.
    pub wants: String,
    /// The version.
    pub gets: String,
    /// The finding.
    pub remark: String,
    /// How long its own steps took.
    pub took: Option<Duration>,
}

/// The rows of the overview, in the client's order.
pub fn tree_rows(section: &Section) -> Vec<Row> {
    section
        .trace
        .calls
        .iter()
        .enumerate()
        .map(|(index, call)| row(section, call, index))
        .collect()
}

fn row(section: &Section, call: &Call, index: usize) -> Row {
    let depth = call.key.matches('.').count();
    let name = call.key.rsplit('.').next().unwrap_or_default();
    let last = !section
        .trace
        .calls
        .iter()
        .skip(index + 1)
        .take_while(|other| other.key.matches('.').count() >= depth)
        .any(|other| other.parent() == call.parent());
    let module = match depth {
        0 => name.to_owned(),
        _ => format!(
            "{}{} {name}",
            "   ".repeat(depth - 1),
            if last { "└─" } else { "├─" }
        ),
    };
    let findings: Vec<&Finding> = section
        .findings
        .iter()
        .filter(|finding| finding.calls.contains(&call.key))
        .collect();
    let worst = findings.iter().min_by_key(|finding| finding.severity);
    let state = match (call.state, worst.map(|finding| finding.severity)) {
        (_, Some(Severity::Inconclusive)) => State::Inconclusive,
        (_, Some(Severity::Error)) | (CallState::Failed, _) => State::Fail,
        (_, Some(Severity::Warning)) => State::Warn,
        (CallState::NotReached, _) => State::NotReached,
        (CallState::Installed | CallState::Kept, _) => State::Pass,
    };
    let remark = worst
        .filter(|finding| finding.severity <= Severity::Warning)
        .map(|finding| format!("{} {}", finding.rule.code, finding.rule.name))
        .unwrap_or_default();
    let took = section
        .trace
        .steps
        .iter()
        .filter(|step| call.used.contains(&step.key.subject))
        .map(|step| step.took)
        .sum();
    Row {
        state,
        module,
        source: mask_places(call.source.raw()),
        wants: call
            .constraint
            .as_ref()
            .map(|text| text.raw().to_owned())
            .unwrap_or_default(),
        gets: call.version.clone().unwrap_or_default(),
        remark,
        took: (call.kind != SourceKind::Local).then_some(took),
    }
}

/// How many stage lines passed, and how many there are, over all calls of a run.
pub fn passed(run: &Run) -> (usize, usize) {
    let mut good = 0;
    let mut all = 0;
    for section in &run.sections {
        let lines: Vec<Line> = if section.trace.calls.is_empty() {
            stage_lines(section, None)
        } else {
            section
                .trace
                .calls
                .iter()
                .flat_map(|call| stage_lines(section, Some(call)))
                .collect()
        };
        let judged = lines.iter().filter(|line| {
            matches!(
                line.state,
                State::Pass | State::Warn | State::Fail | State::Inconclusive
            )
        });
        for line in judged {
            all += 1;
            good += usize::from(matches!(line.state, State::Pass | State::Warn));
        }
    }
    (good, all)
}
