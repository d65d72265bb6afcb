//! The only way to write a trace.
//!
//! A step is opened, filled and ended; when its task is dropped, the step ends as interrupted by itself.

use crate::trace::End;
use crate::trace::Step;
use crate::trace::StepKey;
use crate::trace::Steps;
use crate::trace::Subject;
use crate::trace::Trace;
use crate::trace::act::Act;
use crate::trace::call::Call;
use crate::trace::fact::Fact;
use crate::trace::stop::Stop;
use crate::trace::stop::Unsure;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::mpsc::Sender;
use std::time::Duration;
use std::time::Instant;

/// Collects the steps of one run.
#[derive(Debug, Clone, Default)]
pub struct Tracer {
    steps: Arc<Mutex<HashMap<Subject, Vec<Arc<Step>>>>>,
    events: Option<Sender<Event>>,
}

/// What progress displays hear of, as it happens.
#[derive(Debug, Clone)]
pub enum Event {
    /// A step began.
    Began(StepKey),
    /// A step ended.
    Ended(Arc<Step>),
    /// Bytes of a body came: the address, how many so far, and how many are announced.
    Bytes {
        /// The step.
        key: StepKey,
        /// So far.
        got: u64,
        /// Announced.
        expected: Option<u64>,
    },
    /// So many targets are going to be checked.
    Targets(usize),
    /// One of them is done.
    Target(TargetDone),
    /// All of them are; what there is to say of the whole.
    Done(String),
    /// Somebody wants to know what is in flight.
    Asked,
    /// Nothing more will be shown.
    Over,
}

/// A target that is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetDone {
    /// What it came to, in a word.
    pub word: &'static str,
    /// How it was named, with the version that was chosen.
    pub title: String,
    /// How long it took.
    pub took: Duration,
}

impl Tracer {
    /// A tracer that also tells a listener.
    pub fn with_listener(events: Sender<Event>) -> Self {
        Self {
            steps: Arc::default(),
            events: Some(events),
        }
    }

    /// Puts a step of another record into this one.
    pub fn adopt(&self, step: Arc<Step>) {
        self.steps()
            .entry(step.key.subject.clone())
            .or_default()
            .push(step);
    }

    /// Begins a step.
    pub fn open(&self, key: StepKey) -> OpenStep {
        self.tell(|| Event::Began(key.clone()));
        OpenStep {
            tracer: self.clone(),
            step: Some(Step {
                key,
                acts: Vec::new(),
                facts: Vec::new(),
                end: End::Interrupted,
                took: Duration::ZERO,
            }),
            began: Instant::now(),
        }
    }

    /// The steps so far and the calls given, in their fixed order.
    pub fn finish(&self, calls: Vec<Call>) -> Trace {
        let steps = self.steps().values().flatten().cloned().collect();
        Trace {
            steps: Steps::sorted(steps),
            calls,
            ..Trace::default()
        }
    }

    /// The steps so far, and those of a record that several targets share as far as they are about these subjects.
    pub fn finish_with(
        &self,
        shared: &Self,
        subjects: &HashSet<Subject>,
        calls: Vec<Call>,
    ) -> Trace {
        let mut steps: Vec<Arc<Step>> = self.steps().values().flatten().cloned().collect();
        if !Arc::ptr_eq(&self.steps, &shared.steps) {
            let shared = shared.steps();
            let used = subjects.iter().filter_map(|subject| shared.get(subject));
            steps.extend(used.flatten().cloned());
        }
        Trace {
            steps: Steps::sorted(steps),
            calls,
            ..Trace::default()
        }
    }

    /// A record of its own that tells the same listener.
    pub fn beside(&self) -> Self {
        Self {
            steps: Arc::default(),
            events: self.events.clone(),
        }
    }

    fn steps(&self) -> MutexGuard<'_, HashMap<Subject, Vec<Arc<Step>>>> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self, mut step: Step) {
        // A sweep keeps thousands of steps, each with one or two of these.
        step.acts.shrink_to_fit();
        step.facts.shrink_to_fit();
        let step = Arc::new(step);
        self.tell(|| Event::Ended(Arc::clone(&step)));
        self.steps()
            .entry(step.key.subject.clone())
            .or_default()
            .push(step);
    }

    fn tell(&self, event: impl FnOnce() -> Event) {
        if let Some(events) = &self.events {
            // Nobody listening any more is no reason to stop.
            let _ = events.send(event());
        }
    }
}

/// A step being written.
#[derive(Debug)]
pub struct OpenStep {
    tracer: Tracer,
    step: Option<Step>,
    began: Instant,
}

impl OpenStep {
    /// Its key.
    pub fn key(&self) -> &StepKey {
        &self
            .step
            .as_ref()
            .expect("an open step has its step until it ends")
            .key
    }

    /// Records what went through a door.
    pub fn act(&mut self, act: Act) {
        self.inner().acts.push(act);
    }

    /// Records what the stage took from it.
    pub fn note(&mut self, fact: Fact) {
        self.inner().facts.push(fact);
    }

    /// What was noted so far.
    pub fn facts(&self) -> &[Fact] {
        self.step
            .as_ref()
            .map(|step| step.facts.as_slice())
            .unwrap_or_default()
    }

    /// Tells listeners how much of a body came.
    pub fn progress(&self, got: u64, expected: Option<u64>) {
        self.tracer.tell(|| Event::Bytes {
            key: self.key().clone(),
            got,
            expected,
        });
    }

    /// Ends the step as it should end.
    pub fn done<T>(mut self, value: T) -> T {
        self.end(End::Done);
        value
    }

    /// Ends the step where the real client would stop.
    pub fn stop<T>(mut self, stop: Stop) -> Result<T, Stopped> {
        self.end(End::Stopped(stop));
        Err(Stopped)
    }

    /// Ends the step without an answer.
    pub fn unsure<T>(mut self, unsure: Unsure) -> Result<T, Stopped> {
        self.end(End::Unsure(unsure));
        Err(Stopped)
    }

    fn inner(&mut self) -> &mut Step {
        self.step
            .as_mut()
            .expect("an open step has its step until it ends")
    }

    fn end(&mut self, end: End) {
        if let Some(mut step) = self.step.take() {
            step.end = end;
            step.took = self.began.elapsed();
            self.tracer.close(step);
        }
    }
}

impl Drop for OpenStep {
    fn drop(&mut self) {
        self.end(End::Interrupted);
    }
}

/// A token without content: the path ended, and the trace says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;
