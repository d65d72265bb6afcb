//! All targets of a run, at once and within bounds; what one of them learned serves the others.
//!
//! Targets are begun in their order and told in their order, whoever is faster. What an interrupt or the deadline cut off is
//! told as far as it came.

use crate::cli::about::Begun;
use crate::cli::check::FailOn;
use crate::cli::check::Plan;
use crate::cli::get;
use crate::cli::interrupt;
use crate::cli::interrupt::Ended;
use crate::cli::progress::Progress;
use crate::cli::which::Chosen;
use crate::client::Client;
use crate::finding::Case;
use crate::finding::Finding;
use crate::finding::Severity;
use crate::finding::View;
use crate::io::Io;
use crate::io::memory::Memory;
use crate::io::scratch::Scratch;
use crate::report::About;
use crate::report::OtherClient;
use crate::report::Run;
use crate::report::Section;
use crate::report::Verdict;
use crate::rules;
use crate::stages::Manner;
use crate::stages::cli_config;
use crate::trace::End;
use crate::trace::Trace;
use crate::trace::Unsure;
use crate::trace::tracer::Event;
use crate::trace::tracer::TargetDone;
use crate::verify;
use crate::walk;
use crate::walk::Settled;
use crate::walk::answers::Answers;
use crate::walk::answers::Shared;
use crate::walk::answers::Sharing;
use crate::walk::packages::Packages;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc::Sender;
use std::time::Duration;
use std::time::Instant;
use tokio::task::JoinSet;

/// Targets under way for each request that may be: each is busy with something else than the network now and then.
const TARGETS_PER_JOB: usize = 2;

/// Walks all targets and judges them; an interrupt ends it early, with what there is.
pub async fn run(
    io: &Io,
    plan: &Plan,
    chosen: &Chosen,
    scratch: &Arc<Scratch>,
    progress: &Progress,
) -> Run {
    let began = Begun::now();
    let work = Arc::new(Work::new(io, plan, chosen, scratch, progress));
    let (sections, ended) = Arc::clone(&work).all().await;
    let about = About {
        complete: ended.is_none(),
        partition: plan.partition.clone(),
        spans: chosen.spans.clone(),
        ..began.about(
            chosen.clients.clone(),
            chosen.note.clone(),
            plan.command.clone(),
        )
    };
    let mut run = Run::of(about, sections, Verdict::Clean);
    run.verdict = match (ended, verdict(&run, plan)) {
        (Some(Ended::Signal(signal)), _) => Verdict::Interrupted(signal),
        (Some(Ended::Deadline), Verdict::Findings) => Verdict::Findings,
        (Some(Ended::Deadline), _) => Verdict::Unsure,
        (None, verdict) => verdict,
    };
    run
}

/// What the findings that count come to.
pub fn verdict(run: &Run, plan: &Plan) -> Verdict {
    let fails = match plan.fail_on {
        FailOn::Error => run.any(Severity::Error),
        FailOn::Warning => run.any(Severity::Error) || run.any(Severity::Warning),
        FailOn::Never => false,
    };
    if fails {
        Verdict::Findings
    } else if run.any(Severity::Inconclusive) && plan.unsure_fails && plan.fail_on != FailOn::Never
    {
        Verdict::Unsure
    } else {
        Verdict::Clean
    }
}

/// What every target needs.
struct Work {
    plan: Plan,
    /// The clients, each with what was learned as it.
    clients: Vec<Arc<Shared>>,
    /// A directory for each client; nothing where none could be made.
    scratch: Vec<Arc<Scratch>>,
    /// Targets under way, for the record of those that are cut off.
    running: Mutex<HashMap<usize, Arc<Answers>>>,
    /// How many targets are under way at once.
    most: usize,
    /// Who is told of each target that is done.
    listener: Option<Sender<Event>>,
}

impl Work {
    fn new(
        io: &Io,
        plan: &Plan,
        chosen: &Chosen,
        scratch: &Arc<Scratch>,
        progress: &Progress,
    ) -> Self {
        let sharing = if plan.targets.len() > 1 {
            Sharing::Shared
        } else {
            Sharing::Alone
        };
        // One client alone shares with nobody.
        let common = (chosen.clients.len() > 1)
            .then(|| scratch.directory("shared").ok())
            .flatten()
            .map(|directory| {
                let packages = Packages::new(Arc::clone(scratch));
                (Arc::new(Memory::new(directory)), Arc::new(packages))
            });
        let mut clients = Vec::new();
        let mut directories = Vec::new();
        for (client, _) in &chosen.clients {
            let mut cx = get::context(io, client.clone(), progress, Manner::Check);
            if let Some((memory, _)) = &common {
                cx.io.http = cx.io.http.sharing(Arc::clone(memory));
            }
            let config = cli_config::run(&cx, plan.cli_config.as_deref());
            let own = Arc::new(scratch.within());
            directories.push(Arc::clone(&own));
            let packages = common.as_ref().map(|(_, packages)| Arc::clone(packages));
            let shared = Shared::new(cx, config, own, plan.probes, sharing);
            clients.push(Arc::new(shared.with_packages(packages)));
        }
        Self {
            plan: plan.clone(),
            clients,
            scratch: directories,
            running: Mutex::default(),
            most: io.jobs.saturating_mul(TARGETS_PER_JOB).max(1),
            listener: progress.sender(),
        }
    }

    /// Every target, in order; and what ended the run early.
    async fn all(self: Arc<Self>) -> (Vec<Section>, Option<Ended>) {
        let count = self.plan.targets.len();
        let mut done: Vec<Option<Section>> = std::iter::repeat_with(|| None).take(count).collect();
        let mut tasks: JoinSet<(usize, Section)> = JoinSet::new();
        self.tell(Event::Targets(count));
        let mut next = 0;
        let stop = interrupt::until(self.plan.deadline);
        tokio::pin!(stop);
        // Signals are heard before the first target begins.
        let heard = tokio::select! {
            biased;
            ended = &mut stop => Some(ended),
            () = std::future::ready(()) => None,
        };
        let ended = loop {
            if heard.is_some() {
                break heard;
            }
            while next < count && tasks.len() < self.most {
                let work = Arc::clone(&self);
                let index = next;
                tasks.spawn(async move { (index, work.target(index).await) });
                next += 1;
            }
            let finished = tokio::select! {
                biased;
                ended = &mut stop => break Some(ended),
                finished = tasks.join_next() => finished,
            };
            match finished {
                None => break None,
                Some(Ok((index, section))) => {
                    if let Some(place) = done.get_mut(index) {
                        *place = Some(section);
                    }
                }
                // A defect of the tool is not hidden behind a report.
                Some(Err(error)) => {
                    if let Ok(panic) = error.try_into_panic() {
                        std::panic::resume_unwind(panic);
                    }
                }
            }
        };
        // What hangs in the system is not waited for.
        let over = async {
            tasks.shutdown().await;
            // What a target began itself ends a little later, and is recorded then.
            while self.is_held() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let _ = tokio::time::timeout(Duration::from_secs(1), over).await;
        let late = matches!(ended, Some(Ended::Deadline));
        let sections = done
            .into_iter()
            .enumerate()
            .map(|(index, section)| section.unwrap_or_else(|| self.cut_off(index, late)))
            .collect();
        (sections, ended)
    }

    fn tell(&self, event: Event) {
        if let Some(listener) = &self.listener {
            let _ = listener.send(event);
        }
    }

    async fn target(&self, index: usize) -> Section {
        let began = Instant::now();
        let section = self.section(index).await;
        self.tell(Event::Target(done(&section, began.elapsed())));
        section
    }

    async fn section(&self, index: usize) -> Section {
        let (asked, goal) = &self.plan.targets[index];
        let mut walked = Vec::new();
        for (shared, scratch) in self.clients.iter().zip(&self.scratch) {
            let own = Arc::new(scratch.within());
            let answers = Arc::new(Answers::of(shared, own));
            if walked.is_empty() {
                self.running().insert(index, Arc::clone(&answers));
            }
            let settled = Box::pin(walk::run(Arc::clone(&answers), goal, &self.plan.options)).await;
            let trace = answers.trace(settled.calls.clone());
            walked.push((answers, trace, settled));
        }
        self.running().remove(&index);
        let mut tried = HashSet::new();
        let mut rest = walked.into_iter();
        let (answers, mut trace, settled) = rest.next().expect("a run has at least one client");
        let listed = self.plan.expectations.iter();
        let listed = listed
            .filter(|(place, _)| *place == index)
            .map(|(_, expected)| expected.clone());
        let watch = &self.plan.watch;
        watch.enter(&mut trace, asked, listed.collect(), &settled);
        let findings = self.judge(&answers, &trace, &settled, &mut tried);
        let others = rest.map(|(answers, trace, settled)| OtherClient {
            client: answers.cx.client.clone(),
            findings: self.judge(&answers, &trace, &settled, &mut tried),
            trace,
        });
        let others = others.collect();
        Section {
            target: asked.clone(),
            trace,
            findings,
            others,
            cut: false,
        }
    }

    fn judge(
        &self,
        answers: &Answers,
        trace: &Trace,
        settled: &Settled,
        tried: &mut HashSet<String>,
    ) -> Vec<Finding> {
        let mut findings = diagnose(trace, &answers.cx.client);
        if !self.plan.trials {
            return findings;
        }
        let clients: Vec<Client> = self
            .clients
            .iter()
            .map(|shared| shared.cx.client.clone())
            .collect();
        let evidence = verify::Evidence {
            cx: &answers.cx,
            clients: &clients,
            trace,
            workspace: &settled.workspace,
        };
        for finding in &mut findings {
            if tried.insert(identity(finding)) {
                verify::run(&evidence, std::slice::from_mut(finding));
            }
        }
        findings
    }

    /// A target that did not come to its end: what was recorded of it, or nothing where it was not begun.
    fn cut_off(&self, index: usize, late: bool) -> Section {
        let running = self.running().remove(&index);
        let mut trace = running.map_or_else(Trace::default, |answers| answers.cut_off());
        if late {
            trace.steps = trace
                .steps
                .iter()
                .cloned()
                .map(|mut step| {
                    if step.end == End::Interrupted {
                        step.end = End::Unsure(Unsure::Deadline);
                    }
                    step
                })
                .collect();
        }
        let findings = self
            .clients
            .first()
            .map(|shared| diagnose(&trace, &shared.cx.client))
            .unwrap_or_default();
        Section {
            cut: true,
            ..Section::of(self.plan.targets[index].0.clone(), trace, findings)
        }
    }

    /// Whether anybody still works for a target that was cut off.
    fn is_held(&self) -> bool {
        let running = self.running();
        running
            .values()
            .any(|answers| Arc::strong_count(answers) > 1)
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<usize, Arc<Answers>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is told of a target that is done.
fn done(section: &Section, took: Duration) -> TargetDone {
    let worst = section
        .findings
        .iter()
        .map(|finding| finding.severity)
        .min();
    let version = match section.trace.calls.as_slice() {
        [call] => call.version.as_deref(),
        _ => None,
    };
    let title = section.target.title();
    TargetDone {
        word: match worst {
            Some(Severity::Error) => "ERR",
            Some(Severity::Inconclusive) => "?",
            Some(Severity::Warning) => "warn",
            Some(Severity::Note) | None => "ok",
        },
        title: version.map_or_else(|| title.to_owned(), |version| format!("{title} {version}")),
        took,
    }
}

fn diagnose(trace: &Trace, client: &Client) -> Vec<Finding> {
    rules::diagnose(&Case {
        trace,
        client,
        view: View::Install,
    })
}

/// What two clients have in common when they have the same finding: what was tried for one is not tried for the next.
fn identity(finding: &Finding) -> String {
    let trials: Vec<_> = finding.fixes.iter().map(|fix| &fix.trial).collect();
    format!(
        "{} {:?} {:?} {trials:?}",
        finding.rule.code, finding.about, finding.calls
    )
}
