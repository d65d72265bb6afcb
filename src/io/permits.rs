//! How many requests may be under way: to one host, and in all.
//!
//! A host begins with a few permits, gets one more for each good answer and loses half of them when it signals distress. A
//! host that asked to be left alone is left alone by every task.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// How many requests a host gets at the beginning.
const FIRST: usize = 16;
/// How many failures in a row make a host count as dead.
const DEAD_AFTER: u32 = 5;

/// How an exchange ended, as far as politeness is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// An answer that shows no distress.
    Good,
    /// 429, 503 or a failed connection.
    Distress,
    /// Neither: nothing was asked, or the reason lies here.
    Neutral,
}

/// The permits of a run.
#[derive(Debug)]
pub struct Gate {
    all: Arc<Semaphore>,
    most_per_host: usize,
    interval: Option<Duration>,
    hosts: Mutex<HashMap<String, Arc<Host>>>,
}

#[derive(Debug, Default)]
struct Host {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    allowed: usize,
    used: usize,
    failures: u32,
    quiet_until: Option<Instant>,
}

impl Gate {
    /// Permits for so many requests in all and to one host, with at least so much time between two to one host.
    pub fn new(jobs: usize, host_jobs: usize, interval: Option<Duration>) -> Self {
        Self {
            all: Arc::new(Semaphore::new(jobs.clamp(1, Semaphore::MAX_PERMITS))),
            most_per_host: host_jobs.max(1),
            interval,
            hosts: Mutex::default(),
        }
    }

    /// Waits for the host's permit and then for the general one; both are back when the value is dropped.
    pub async fn enter(&self, host: &str) -> Permit {
        let host = self.host(host);
        loop {
            // Begun before the look, so that no permit that comes back in between is missed.
            let changed = host.changed.notified();
            match self.take(&host) {
                Taken::Yes => break,
                Taken::At(when) => tokio::time::sleep_until(when).await,
                Taken::Full => changed.await,
            }
        }
        let host = Held(host);
        // The semaphore is never closed, so waiting for it cannot fail; without one the request goes out all the same.
        let all = Arc::clone(&self.all).acquire_owned().await.ok();
        Permit { host, _all: all }
    }

    /// Keeps every request away from a host for so long.
    pub fn quiet(&self, host: &str, wait: Duration) {
        let host = self.host(host);
        let until = Instant::now() + wait;
        let mut state = host.lock();
        state.quiet_until = state.quiet_until.max(Some(until));
    }

    /// Whether so many requests to a host failed in a row that asking again is useless.
    pub fn is_dead(&self, host: &str) -> bool {
        self.host(host).lock().failures >= DEAD_AFTER
    }

    fn take(&self, host: &Host) -> Taken {
        let now = Instant::now();
        let mut state = host.lock();
        if let Some(until) = state.quiet_until.filter(|until| *until > now) {
            return Taken::At(until);
        }
        if state.used >= state.allowed {
            return Taken::Full;
        }
        state.used += 1;
        state.quiet_until = self.interval.map(|interval| now + interval);
        Taken::Yes
    }

    fn host(&self, name: &str) -> Arc<Host> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let host = hosts.entry(name.to_owned()).or_insert_with(|| {
            let host = Host::default();
            host.lock().allowed = FIRST.min(self.most_per_host);
            Arc::new(host)
        });
        Arc::clone(host)
    }
}

enum Taken {
    Yes,
    At(Instant),
    Full,
}

impl Host {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A host's place that is given back even where the wait for the general permit is given up.
#[derive(Debug)]
struct Held(Arc<Host>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.lock().used -= 1;
        self.0.changed.notify_waiters();
    }
}

/// The right to send one request.
#[derive(Debug)]
pub struct Permit {
    host: Held,
    _all: Option<OwnedSemaphorePermit>,
}

impl Permit {
    /// Tells how the exchange ended and gives the permit back.
    pub fn done(self, gate: &Gate, mood: Mood) {
        let mut state = self.host.0.lock();
        match mood {
            Mood::Good => {
                state.failures = 0;
                state.allowed = (state.allowed + 1).min(gate.most_per_host);
            }
            Mood::Distress => {
                state.failures = state.failures.saturating_add(1);
                state.allowed = (state.allowed / 2).max(1);
            }
            Mood::Neutral => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Gate;
    use super::Mood;
    use std::time::Duration;
    use tokio::time::timeout;

    const SHORT: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn a_host_grows_with_good_answers_and_is_halved_by_distress() {
        let gate = Gate::new(128, 2, None);
        let first = gate.enter("a").await;
        let second = gate.enter("a").await;
        assert!(timeout(SHORT, gate.enter("a")).await.is_err());
        let other = gate.enter("b").await;
        first.done(&gate, Mood::Distress);
        second.done(&gate, Mood::Neutral);
        other.done(&gate, Mood::Good);
        let third = gate.enter("a").await;
        assert!(timeout(SHORT, gate.enter("a")).await.is_err());
        third.done(&gate, Mood::Good);
        let _fourth = gate.enter("a").await;
        assert!(timeout(SHORT, gate.enter("a")).await.is_ok());
    }

    #[tokio::test]
    async fn a_waiting_task_goes_on_when_a_permit_comes_back() {
        let gate = Gate::new(1, 100, None);
        let first = gate.enter("a").await;
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
    async fn five_failures_in_a_row_make_a_host_dead() {
        let gate = Gate::new(8, 8, None);
        for _ in 0..5 {
            assert!(!gate.is_dead("a"));
            gate.enter("a").await.done(&gate, Mood::Distress);
        }
        assert!(gate.is_dead("a"));
    }
}
