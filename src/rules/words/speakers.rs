//! Which finding a message belongs to.

use crate::finding::Finding;
use crate::finding::Severity;
use crate::rules::words::Spoken;
use crate::trace::StepKey;
use crate::trace::call::Place;
use std::collections::HashMap;

/// Findings that messages may belong to, by what they are about.
#[derive(Debug, Default)]
pub(super) struct Speakers {
    by_place: HashMap<Place, Vec<usize>>,
    by_step: HashMap<StepKey, Vec<usize>>,
    by_call: HashMap<String, Vec<usize>>,
    first_error: Option<usize>,
}

impl Speakers {
    pub(super) fn of(findings: &[Finding]) -> Self {
        let mut speakers = Self::default();
        let speaking = findings.iter().enumerate().filter(|(_, finding)| {
            finding.severity <= Severity::Inconclusive || finding.explains_stop
        });
        for (index, finding) in speaking {
            for place in &finding.places {
                speakers
                    .by_place
                    .entry(place.clone())
                    .or_default()
                    .push(index);
            }
            if let Some(step) = &finding.step {
                speakers
                    .by_step
                    .entry(step.clone())
                    .or_default()
                    .push(index);
            }
            for call in &finding.calls {
                speakers
                    .by_call
                    .entry(call.clone())
                    .or_default()
                    .push(index);
            }
            if finding.severity == Severity::Error {
                speakers.first_error.get_or_insert(index);
            }
        }
        speakers
    }

    /// The finding that a message belongs to: at its place, of its step, of its call, or the first error.
    pub(super) fn of_message(&self, findings: &[Finding], spoken: &Spoken) -> Option<usize> {
        let of_step = list(self.by_step.get(&spoken.step));
        let of_call = match &spoken.call {
            Some(call) => list(self.by_call.get(call)),
            None => of_step,
        };
        let place = spoken.place.as_ref();
        let at_place = place.map_or(&[][..], |place| list(self.by_place.get(place)));
        let both = |some: &[usize]| some.iter().copied().find(|index| of_call.contains(index));
        let explains = of_call.iter().copied().find(|index| {
            findings
                .get(*index)
                .is_some_and(|finding| finding.explains_stop)
        });
        both(at_place)
            .or_else(|| at_place.first().copied())
            .or_else(|| both(of_step))
            .or(explains)
            .or(self.first_error)
    }
}

fn list(found: Option<&Vec<usize>>) -> &[usize] {
    found.map_or(&[], Vec::as_slice)
}
