//! What ends a run early: a signal, or the run's own deadline.

use crate::report::Verdict;
use std::time::Duration;

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

#[cfg(unix)]
async fn signal() -> i32 {
    use tokio::signal::unix::SignalKind;
    let listen = |kind: SignalKind| tokio::signal::unix::signal(kind);
    let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)) = (
        listen(SignalKind::interrupt()),
        listen(SignalKind::terminate()),
        listen(SignalKind::hangup()),
    ) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => 2,
        _ = terminate.recv() => 15,
        _ = hangup.recv() => 1,
    }
}

#[cfg(not(unix))]
async fn signal() -> i32 {
    match tokio::signal::ctrl_c().await {
        Ok(()) => 2,
        Err(_) => std::future::pending().await,
    }
}
