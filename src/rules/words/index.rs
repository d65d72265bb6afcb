//! Steps by subject and calls by key, so that each is found at once, however many there are.

use crate::trace::Call;
use crate::trace::Fact;
use crate::trace::Step;
use crate::trace::Subject;
use crate::trace::Trace;
use crate::trace::fact::LocationFact;
use crate::trace::fact::TreeFact;
use std::collections::HashMap;

/// A trace by subjects and keys.
#[derive(Debug, Default)]
pub(super) struct Index<'a> {
    steps: HashMap<&'a Subject, Vec<&'a Step>>,
    calls: HashMap<&'a str, &'a Call>,
}

impl<'a> Index<'a> {
    pub(super) fn of(trace: &'a Trace) -> Self {
        let mut steps: HashMap<&Subject, Vec<&Step>> = HashMap::new();
        for step in &trace.steps {
            steps.entry(&step.key.subject).or_default().push(step);
        }
        let calls = trace.calls.iter();
        Self {
            steps,
            calls: calls.map(|call| (call.key.as_str(), call)).collect(),
        }
    }

    /// The steps about a subject, in order.
    pub(super) fn steps(&self, subject: &Subject) -> &[&'a Step] {
        self.steps.get(subject).map_or(&[], Vec::as_slice)
    }

    /// The call with this key.
    pub(super) fn call(&self, key: &str) -> Option<&'a Call> {
        self.calls.get(key).copied()
    }

    /// What a package looks like.
    pub(super) fn tree(&self, package: &Subject) -> Option<&'a TreeFact> {
        let mut facts = self.steps(package).iter().flat_map(|step| &step.facts);
        facts.find_map(|fact| match fact {
            Fact::Tree(tree) => Some(tree),
            _ => None,
        })
    }

    /// What the registry answered for a release.
    pub(super) fn location(&self, release: &Subject) -> Option<&'a LocationFact> {
        let mut facts = self.steps(release).iter().flat_map(|step| &step.facts);
        facts.find_map(|fact| match fact {
            Fact::Location(location) => Some(location),
            _ => None,
        })
    }
}
