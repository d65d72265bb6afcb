//! Live lines on stderr, fed by the tracer; nothing waits for them.
//!
//! A bar shows what is going on, a counter what is done; `SIGUSR1` makes either say what is in flight.

use crate::cli::args::Global;
use crate::foreign::visible;
use crate::report::style::size;
use crate::trace::StepKey;
use crate::trace::tracer::Event;
use indicatif::MultiProgress;
use indicatif::ProgressBar;
use indicatif::ProgressDrawTarget;
use indicatif::ProgressStyle;
use std::io::IsTerminal;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::Sender;
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

/// How many steps in flight a terminal shows.
const MOST_LINES: usize = 4;
/// How many steps in flight are named when a signal asks.
const MOST_NAMED: usize = 20;
/// How often a log hears of progress.
const PAUSE: Duration = Duration::from_secs(10);

/// A running display.
pub struct Progress {
    sender: Option<Sender<Event>>,
    thread: Option<JoinHandle<()>>,
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Bar,
    Counter,
    Nothing,
}

impl Progress {
    /// Starts what the flags and the terminal allow.
    pub fn start(global: &Global) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let how = match (global.show_progress.as_str(), global.quiet) {
            ("none", _) | (_, 1..) => How::Nothing,
            ("counter", _) => How::Counter,
            ("bar", _) => How::Bar,
            _ if terminal && !global.context.ci.is_on() => How::Bar,
            _ => How::Counter,
        };
        if how == How::Nothing {
            return Self {
                sender: None,
                thread: None,
            };
        }
        let (sender, receiver) = channel();
        let thread = std::thread::spawn(move || match how {
            How::Bar => bar(&receiver),
            How::Counter | How::Nothing => counter(&receiver),
        });
        Self {
            sender: Some(sender),
            thread: Some(thread),
        }
    }

    /// Where events go.
    pub fn sender(&self) -> Option<Sender<Event>> {
        self.sender.clone()
    }

    /// Says what is in flight whenever `SIGUSR1` comes, for as long as the runtime lives.
    #[cfg(unix)]
    pub fn answer_signals(&self, runtime: &tokio::runtime::Runtime) {
        use tokio::signal::unix::SignalKind;
        let sender = self.sender.clone();
        runtime.spawn(async move {
            let Ok(mut signals) = tokio::signal::unix::signal(SignalKind::user_defined1()) else {
                return;
            };
            while signals.recv().await.is_some() {
                // Without a display the signal must still not end the run.
                if let Some(sender) = &sender {
                    let _ = sender.send(Event::Asked);
                }
            }
        });
    }

    /// There is no such signal here.
    #[cfg(not(unix))]
    pub fn answer_signals(&self, _: &tokio::runtime::Runtime) {}

    /// Ends the display and cleans its lines, whoever still holds a tracer.
    pub fn stop(mut self) {
        if let Some(sender) = self.sender.take() {
            let _ = sender.send(Event::Over);
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What is known of a run.
#[derive(Debug)]
struct State {
    began: Instant,
    done: usize,
    /// Steps in flight, in the order they began.
    open: Vec<Open>,
}

/// A step in flight.
#[derive(Debug)]
struct Open {
    key: StepKey,
    began: Instant,
    /// The bytes of a body that came.
    got: Option<u64>,
    /// The bytes that were announced.
    expected: Option<u64>,
}

impl State {
    fn new() -> Self {
        Self {
            began: Instant::now(),
            done: 0,
            open: Vec::new(),
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Began(key) => self.open.push(Open {
                key,
                began: Instant::now(),
                got: None,
                expected: None,
            }),
            Event::Ended(step) => {
                self.done += 1;
                if let Some(at) = self.open.iter().position(|open| open.key == step.key) {
                    self.open.remove(at);
                }
            }
            Event::Bytes { key, got, expected } => {
                if let Some(open) = self.open.iter_mut().find(|open| open.key == key) {
                    open.got = Some(got);
                    open.expected = expected;
                }
            }
            Event::Asked | Event::Over => {}
        }
    }

    fn summary(&self) -> String {
        format!("{} done, {} in flight", self.done, self.open.len())
    }

    /// The steps that have been in flight longest, one a line.
    fn lines(&self, most: usize) -> Vec<String> {
        self.open
            .iter()
            .take(most)
            .map(|open| {
                let bytes = match (open.got, open.expected) {
                    (None, _) => String::new(),
                    (Some(got), None) => format!("  {}", size(got)),
                    (Some(got), Some(all)) => format!("  {} of {}", size(got), size(all)),
                };
                format!(
                    "{:<11} {}{bytes}  {} s",
                    open.key.stage.public().word(),
                    visible(open.key.subject.name()),
                    open.began.elapsed().as_secs()
                )
            })
            .collect()
    }
}

/// A few live lines for a terminal.
fn bar(events: &Receiver<Event>) {
    let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
    let head = all.add(ProgressBar::new_spinner());
    let mut lines: Vec<ProgressBar> = Vec::new();
    let mut state = State::new();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
        head.set_style(style);
    }
    for _ in 0..MOST_LINES {
        let line = all.add(ProgressBar::new_spinner());
        if let Ok(style) = ProgressStyle::with_template("  {wide_msg}") {
            line.set_style(style);
        }
        lines.push(line);
    }
    loop {
        match events.recv_timeout(Duration::from_millis(200)) {
            Ok(Event::Over) | Err(RecvTimeoutError::Disconnected) => break,
            Ok(Event::Asked) => {
                all.suspend(|| tell(&state));
            }
            Ok(event) => state.take(event),
            Err(RecvTimeoutError::Timeout) => {}
        }
        head.set_message(state.summary());
        head.tick();
        let mut texts = state.lines(MOST_LINES).into_iter();
        for line in &lines {
            line.set_message(texts.next().unwrap_or_default());
        }
    }
    for line in &lines {
        line.finish_and_clear();
    }
    head.finish_and_clear();
}

/// One line at most every ten seconds, for logs.
fn counter(events: &Receiver<Event>) {
    let mut state = State::new();
    let mut last = Instant::now();
    loop {
        match events.recv_timeout(PAUSE.saturating_sub(last.elapsed())) {
            Ok(Event::Over) | Err(RecvTimeoutError::Disconnected) => break,
            Ok(Event::Asked) => tell(&state),
            Ok(event) => state.take(event),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if last.elapsed() >= PAUSE {
            crate::cli::output::stderr(&state.summary());
            last = Instant::now();
        }
    }
}

/// Answers a signal.
fn tell(state: &State) {
    crate::cli::output::stderr(&format!(
        "{}, {} s",
        state.summary(),
        state.began.elapsed().as_secs()
    ));
    for line in state.lines(MOST_NAMED) {
        crate::cli::output::stderr(&format!("  {line}"));
    }
}
