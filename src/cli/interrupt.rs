//! What ends a run early: a signal, or the run's own deadline.
//!
//! The first signal ends the work, and what there is is told. A second one ends the process.

use crate::io::leftovers;
use crate::report::Verdict;
use std::sync::OnceLock;
use std::time::Duration;
use std::time::Instant;
use tokio::runtime::Builder;
use tokio::sync::watch::Receiver;
use tokio::sync::watch::channel;

/// Signals this close together are one: programs that start others pass on what the terminal sent to all of them already.
const SAME: Duration = Duration::from_millis(300);

/// Why a run ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// A signal.
    Signal(i32),
    /// The run's own limit.
    Deadline,
}

impl Ended {
    /// The verdict of a run that was cut off.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Signal(signal) => Verdict::Interrupted(*signal),
            Self::Deadline => Verdict::Unsure,
        }
    }
}

/// Work that a signal or a deadline ends; signals are heard before it begins.
pub async fn interruptible<T>(
    work: impl Future<Output = T>,
    limit: Option<Duration>,
) -> Result<T, Ended> {
    tokio::select! {
        biased;
        ended = until(limit) => Err(ended),
        done = work => Ok(done),
    }
}

/// Waits for a signal or the deadline, whichever comes first.
pub async fn until(limit: Option<Duration>) -> Ended {
    let deadline = async {
        match limit {
            Some(limit) => tokio::time::sleep(limit).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        signal = signal() => Ended::Signal(signal),
        () = deadline => Ended::Deadline,
    }
}

/// The first signal of this process.
async fn signal() -> i32 {
    let mut first = FIRST.get_or_init(listen).clone();
    match first.wait_for(Option::is_some).await.map(|signal| *signal) {
        Ok(Some(signal)) => signal,
        Ok(None) | Err(_) => std::future::pending().await,
    }
}

static FIRST: OnceLock<Receiver<Option<i32>>> = OnceLock::new();

/// Hears signals for as long as the process lives, whatever else it is busy with.
fn listen() -> Receiver<Option<i32>> {
    let (tell, first) = channel(None);
    let (ready, is_ready) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let Ok(runtime) = Builder::new_current_thread().enable_all().build() else {
            return;
        };
        runtime.block_on(async {
            let Some(mut signals) = Signals::listen() else {
                return;
            };
            let _ = ready.send(());
            let _ = tell.send(Some(signals.next().await));
            let first = Instant::now();
            let mut second = signals.next().await;
            while first.elapsed() < SAME {
                second = signals.next().await;
            }
            leave(second);
        });
    });
    // Signals are heard from here on; where none can be, the thread is over.
    let _ = is_ready.recv();
    first
}

/// Ends the process at once: whoever sends a second signal does not want to wait for reports.
#[expect(
    clippy::exit,
    reason = "the rest of the process may be blocked for good"
)]
fn leave(signal: i32) -> ! {
    leftovers::remove_all();
    std::process::exit(128 + signal)
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> Option<Self> {
        use tokio::signal::unix::SignalKind;
        let listen = |kind: SignalKind| tokio::signal::unix::signal(kind).ok();
        Some(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hangup: listen(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> i32 {
        tokio::select! {
            _ = self.interrupt.recv() => 2,
            _ = self.terminate.recv() => 15,
            _ = self.hangup.recv() => 1,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Option<Self> {
        Some(Self)
    }

    async fn next(&mut self) -> i32 {
        match tokio::signal::ctrl_c().await {
            Ok(()) => 2,
            Err(_) => std::future::pending().await,
        }
    }
}
