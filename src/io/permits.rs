//! How many requests may be under way: to one host, and in all.
//!
//! A host begins with a few permits, gets one more for each good answer and loses half of them when it signals distress. A
//! host that asked to be left alone is left alone by every task. Whoever waits is served in the order of coming.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// How many requests a host gets at the beginning.
const FIRST: usize = 16;
/// How many failed connections in a row make a host count as dead.
const DEAD_AFTER: u32 = 5;
/// How late a request may go out without the next one of a rate being put off as well: timers are no finer.
const SLACK: Duration = Duration::from_millis(5);
/// Files that are open besides those of requests.
const OTHER_FILES: u64 = 40;

/// How an exchange ended, as far as politeness is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// An answer that shows no distress.
    Good,
    /// 429 or 503: the host is there, and wants less.
    Throttled,
    /// A failed connection.
    Distress,
    /// Neither: nothing was asked, or the reason lies here.
    Neutral,
}

/// As many requests at a time as the files allow that may be open: each needs a connection and perhaps a file.
pub fn within_open_files(jobs: usize, files: Option<u64>) -> usize {
    let room = files.map_or(u64::MAX, |files| files.saturating_sub(OTHER_FILES) / 2);
    jobs.min(usize::try_from(room).unwrap_or(usize::MAX)).max(1)
}

/// The permits of a run.
#[derive(Debug)]
pub struct Gate {
    all: Arc<Semaphore>,
    most_per_host: usize,
    interval: Option<Duration>,
    /// The same for single hosts.
    intervals: HashMap<String, Duration>,
    rest: Option<Duration>,
    hosts: Mutex<HashMap<String, Arc<Host>>>,
}

#[derive(Debug)]
struct Host {
    places: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    allowed: usize,
    /// Permits to take away as soon as they come back.
    surplus: usize,
    failures: u32,
    failed_at: Option<Instant>,
    quiet_until: Option<Instant>,
    /// When the next request of a rate may go out.
    next: Option<Instant>,
}

impl Gate {
    /// Permits for so many requests in all and to one host, with so much time between two to one host on average.
    pub fn new(jobs: usize, host_jobs: usize, interval: Option<Duration>) -> Self {
        Self {
            all: Arc::new(Semaphore::new(jobs.clamp(1, Semaphore::MAX_PERMITS))),
            most_per_host: host_jobs.clamp(1, Semaphore::MAX_PERMITS),
            interval,
            intervals: HashMap::new(),
            rest: None,
            hosts: Mutex::default(),
        }
    }

    /// Hosts with another time between two requests than the others.
    pub fn with_intervals(mut self, intervals: HashMap<String, Duration>) -> Self {
        self.intervals = intervals;
        self
    }

    /// Leaves a host alone for so long after one connection after the other failed, but for one look now and then.
    pub fn resting(mut self, rest: Option<Duration>) -> Self {
        self.rest = rest;
        self
    }

    /// Waits for the host's permit and then for the general one; both are back when the value is dropped. Nothing where the
    /// host is down.
    pub async fn enter(&self, host: &str) -> Option<Permit> {
        let interval = self.intervals.get(host).copied().or(self.interval);
        let host = self.host(host);
        // Neither semaphore is ever closed, so waiting cannot fail; without a permit the request goes out all the same.
        let place = Arc::clone(&host.places).acquire_owned().await.ok();
        let held = Held {
            host: Arc::clone(&host),
            place,
        };
        while let Some(when) = host.not_before(interval) {
            tokio::time::sleep_until(when).await;
        }
        if self.rest.is_some_and(|rest| host.lock().is_down(rest)) {
            return None;
        }
        let all = Arc::clone(&self.all).acquire_owned().await.ok();
        Some(Permit { held, _all: all })
    }

    /// Keeps every request away from a host for so long.
    pub fn quiet(&self, host: &str, wait: Duration) {
        let host = self.host(host);
        let until = Instant::now() + wait;
        let mut state = host.lock();
        state.quiet_until = state.quiet_until.max(Some(until));
    }

    fn host(&self, name: &str) -> Arc<Host> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let host = hosts.entry(name.to_owned()).or_insert_with(|| {
            let allowed = FIRST.min(self.most_per_host);
            Arc::new(Host {
                places: Arc::new(Semaphore::new(allowed)),
                state: Mutex::new(State {
                    allowed,
                    ..State::default()
                }),
            })
        });
        Arc::clone(host)
    }
}

impl Host {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn not_before(&self, interval: Option<Duration>) -> Option<Instant> {
        self.lock().not_before(interval)
    }
}

impl State {
    /// When to look again before a request goes out; nothing where it may go out now, which takes its turn of the rate.
    fn not_before(&mut self, interval: Option<Duration>) -> Option<Instant> {
        let now = Instant::now();
        if let Some(until) = self.quiet_until.filter(|until| *until > now) {
            return Some(until);
        }
        let interval = interval?;
        let next = self.next.unwrap_or(now);
        if next > now {
            return Some(next);
        }
        let due = now.checked_sub(SLACK).map_or(now, |early| next.max(early));
        self.next = Some(due + interval);
        None
    }
}

/// A host's place that is given back even where the wait for the general permit is given up.
#[derive(Debug)]
struct Held {
    host: Arc<Host>,
    place: Option<OwnedSemaphorePermit>,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut state = self.host.lock();
        if state.surplus > 0
            && let Some(place) = self.place.take()
        {
            state.surplus -= 1;
            place.forget();
        }
    }
}

/// The right to send one request.
#[derive(Debug)]
pub struct Permit {
    held: Held,
    _all: Option<OwnedSemaphorePermit>,
}

impl Permit {
    /// Tells how the exchange ended and gives the permit back.
    pub fn done(self, gate: &Gate, mood: Mood) {
        let host = &self.held.host;
        let mut state = host.lock();
        match mood {
            Mood::Good => {
                state.failures = 0;
                if state.allowed < gate.most_per_host {
                    state.allowed += 1;
                    if state.surplus > 0 {
                        state.surplus -= 1;
                    } else {
                        host.places.add_permits(1);
                    }
                }
            }
            Mood::Throttled => {
                state.failures = 0;
                state.halve();
            }
            Mood::Distress => {
                state.failures = state.failures.saturating_add(1);
                state.failed_at = Some(Instant::now());
                state.halve();
            }
            Mood::Neutral => {}
        }
    }
}

impl State {
    /// Whether the host is not worth a request; when it had its rest, one is sent to see.
    fn is_down(&mut self, rest: Duration) -> bool {
        if self.failures < DEAD_AFTER {
            return false;
        }
        let now = Instant::now();
        let rested = self.failed_at.is_none_or(|at| now >= at + rest);
        if rested {
            self.failed_at = Some(now);
        }
        !rested
    }

    fn halve(&mut self) {
        let left = (self.allowed / 2).max(1);
        self.surplus += self.allowed - left;
        self.allowed = left;
    }
}

#[cfg(test)]
mod tests {
    use super::Gate;
    use super::Mood;
    use super::within_open_files;
    use std::time::Duration;
    use tokio::time::timeout;

    const SHORT: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn a_host_grows_with_good_answers_and_is_halved_by_distress() {
        let gate = Gate::new(128, 2, None);
        let first = gate.enter("a").await.expect("a permit");
        let second = gate.enter("a").await.expect("a permit");
        assert!(timeout(SHORT, gate.enter("a")).await.is_err());
        let other = gate.enter("b").await.expect("a permit");
        first.done(&gate, Mood::Distress);
        second.done(&gate, Mood::Neutral);
        other.done(&gate, Mood::Good);
        let third = gate.enter("a").await.expect("a permit");
        assert!(timeout(SHORT, gate.enter("a")).await.is_err());
        third.done(&gate, Mood::Good);
        let _fourth = gate.enter("a").await.expect("a permit");
        assert!(timeout(SHORT, gate.enter("a")).await.is_ok());
    }

    #[tokio::test]
    async fn a_waiting_task_goes_on_when_a_permit_comes_back() {
        let gate = Gate::new(1, 100, None);
        let first = gate.enter("a").await.expect("a permit");
        assert!(timeout(SHORT, gate.enter("b")).await.is_err());
        first.done(&gate, Mood::Good);
        assert!(timeout(SHORT, gate.enter("b")).await.is_ok());
    }

    #[tokio::test]
    async fn a_host_that_asked_for_quiet_is_left_alone() {
        let gate = Gate::new(8, 8, None);
        gate.quiet("a", Duration::from_millis(80));
        assert!(timeout(SHORT, gate.enter("a")).await.is_err());
        assert!(timeout(SHORT, gate.enter("b")).await.is_ok());
        assert!(
            timeout(Duration::from_secs(2), gate.enter("a"))
                .await
                .is_ok()
        );
    }

    #[tokio::test]
    async fn a_rate_is_kept_on_average_and_by_everybody() {
        let gate = std::sync::Arc::new(Gate::new(64, 64, Some(Duration::from_millis(10))));
        let began = std::time::Instant::now();
        let tasks: Vec<_> = (0..21)
            .map(|_| {
                let gate = std::sync::Arc::clone(&gate);
                tokio::spawn(async move {
                    gate.enter("a")
                        .await
                        .expect("a permit")
                        .done(&gate, Mood::Good);
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("a permit");
        }
        assert!(began.elapsed() >= Duration::from_millis(190));
    }

    #[test]
    fn few_open_files_allow_few_requests() {
        assert_eq!(within_open_files(128, None), 128);
        assert_eq!(within_open_files(128, Some(1024)), 128);
        assert_eq!(within_open_files(128, Some(64)), 12);
        assert_eq!(within_open_files(128, Some(10)), 1);
    }

    #[tokio::test]
    async fn after_five_failures_in_a_row_a_host_has_its_rest() {
        let rest = Duration::from_secs(3600);
        let gate = Gate::new(8, 8, None).resting(Some(rest));
        for _ in 0..5 {
            let permit = gate.enter("a").await.expect("not down yet");
            permit.done(&gate, Mood::Distress);
        }
        assert!(gate.enter("a").await.is_none());
        assert!(gate.enter("b").await.is_some());
        let patient = Gate::new(8, 8, None);
        for _ in 0..6 {
            let permit = patient.enter("a").await.expect("never down");
            permit.done(&patient, Mood::Distress);
        }
    }
}
