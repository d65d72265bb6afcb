//! What several targets of a run have in common, each thing once.

use crate::report::Asked;
use crate::report::Run;
use crate::report::Section;
use crate::trace::Fact;
use crate::trace::Stage;
use crate::trace::Step;
use crate::trace::Subject;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

/// Every step of a run, with the place of the first target that needed it.
pub fn steps(run: &Run) -> impl Iterator<Item = (usize, &Step)> {
    let mut seen: HashSet<*const Step> = HashSet::new();
    run.sections
        .iter()
        .enumerate()
        .flat_map(|(index, section)| {
            section
                .trace
                .steps
                .shared()
                .iter()
                .map(move |step| (index, step))
        })
        .filter(move |(_, step)| seen.insert(Arc::as_ptr(step)))
        .map(|(index, step)| (index, &**step))
}

/// How many requests a run sent.
pub fn requests(run: &Run) -> usize {
    steps(run).map(|(_, step)| step.exchanges().count()).sum()
}

/// The registry hosts of a run.
pub fn hosts(run: &Run) -> BTreeSet<&str> {
    steps(run)
        .filter_map(|(_, step)| match &step.key.subject {
            Subject::Host(host) if step.key.stage == Stage::Credentials => Some(host.as_str()),
            _ => None,
        })
        .collect()
}

/// How long the questions of a run waited because of each host.
pub fn throttled_by(run: &Run) -> BTreeMap<String, Duration> {
    let mut waited: BTreeMap<String, Duration> = BTreeMap::new();
    for (_, step) in steps(run) {
        for fact in &step.facts {
            if let Fact::Throttled(throttle) = fact
                && !throttle.waited.is_zero()
            {
                *waited.entry(throttle.host.clone()).or_default() += throttle.waited;
            }
        }
    }
    waited
}

/// How long the questions of a run waited because of any host.
pub fn throttled(run: &Run) -> Duration {
    throttled_by(run).values().sum()
}

/// A file of a root module, as it is named from the working directory.
pub fn file_of(section: &Section, file: &str) -> String {
    match &section.target {
        Asked::Dir(directory) | Asked::Records(directory) => {
            let directory = directory.trim_end_matches('/');
            let directory = directory.strip_prefix("./").unwrap_or(directory);
            if matches!(directory, "" | ".") || file.starts_with('/') {
                file.to_owned()
            } else {
                format!("{directory}/{file}")
            }
        }
        Asked::Host(_) | Asked::Module(_) | Asked::Package(_) => file.to_owned(),
    }
}
