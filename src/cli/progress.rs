//! Live lines on stderr, fed by the tracer; nothing waits for them.
//!
//! A bar shows what is going on, a counter what is done; `SIGUSR1` makes either say what is in flight.

use crate::cli::args::Global;
use crate::foreign::visible;
use crate::report::Run;
use crate::report::shared;
use crate::report::style::size;
use crate::trace::StepKey;
use crate::trace::tracer::Event;
use crate::trace::tracer::TargetDone;
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

/// When a log is told that everything is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// On a build server.
    Always,
    /// Where it was told of progress before.
    WhereLong,
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
        let ends = if global.context.ci.is_on() {
            Ends::Always
        } else {
            Ends::WhereLong
        };
        let thread = std::thread::spawn(move || match how {
            How::Bar => bar(&receiver),
            How::Counter | How::Nothing => counter(&receiver, ends),
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

    /// Says what there is to say of a run whose targets are done.
    pub fn done(&self, run: &Run) {
        if let Some(sender) = &self.sender {
            let _ = sender.send(Event::Done(whole(run)));
        }
    }

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
    /// How many targets there are, and how many are done.
    targets: (usize, usize),
    /// The last one that is done and was not told yet.
    last: Option<TargetDone>,
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
            targets: (0, 0),
            last: None,
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
            Event::Targets(count) => self.targets = (count, 0),
            Event::Target(done) => {
                self.targets.1 += 1;
                self.last = Some(done);
            }
            Event::Done(_) | Event::Asked | Event::Over => {}
        }
    }

    /// The line of a log: the last target that is done, else what is in flight.
    fn line(&mut self) -> String {
        match self.last.take().filter(|_| self.targets.0 > 1) {
            None => self.summary(),
            Some(last) => {
                let title = visible(&last.title);
                let line = format!("{:<5} {title:<48}  {}", last.word, short(last.took));
                format!("{} {line}", self.count())
            }
        }
    }

    /// How many targets are done, as wide as it will ever be.
    fn count(&self) -> String {
        let (all, done) = self.targets;
        let width = all.to_string().len();
        format!("[{done:>width$}/{all}]")
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
fn counter(events: &Receiver<Event>, ends: Ends) {
    let mut state = State::new();
    let mut told = ends == Ends::Always;
    let mut last = Instant::now();
    loop {
        match events.recv_timeout(PAUSE.saturating_sub(last.elapsed())) {
            Ok(Event::Over) | Err(RecvTimeoutError::Disconnected) => break,
            Ok(Event::Asked) => tell(&state),
            Ok(Event::Done(text)) if told && state.targets.0 > 1 => {
                crate::cli::output::stderr(&format!("{} done  {text}", state.count()));
            }
            Ok(event) => state.take(event),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if last.elapsed() >= PAUSE {
            crate::cli::output::stderr(&state.line());
            last = Instant::now();
            told = true;
        }
    }
}

/// How long a run took, and who made it wait.
fn whole(run: &Run) -> String {
    let mut text = short(run.about.took);
    for (host, waited) in shared::throttled_by(run) {
        text.extend([", throttled ", &short(waited), " by ", &visible(&host)]);
    }
    text
}

fn short(took: Duration) -> String {
    if took < Duration::from_secs(1) {
        format!("{} ms", took.as_millis())
    } else {
        format!("{:.1} s", took.as_secs_f64())
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

#[cfg(test)]
mod tests {
    use super::State;
    use crate::trace::tracer::Event;
    use crate::trace::tracer::TargetDone;
    use std::time::Duration;

    fn done(title: &str, millis: u64) -> Event {
        Event::Target(TargetDone {
            word: "ok",
            title: title.to_owned(),
            took: Duration::from_millis(millis),
        })
    }

    #[test]
    fn a_log_hears_of_the_last_target_that_is_done() {
        let mut state = State::new();
        state.take(Event::Targets(31));
        assert_eq!(state.line(), "0 done, 0 in flight");
        state.take(done("a.example.com", 1));
        state.take(done("b.example.com/net/zone/aws 2.6.0", 197));
        let line = state.line();
        assert_eq!(
            line,
            format!(
                "[ 2/31] ok    {:<48}  197 ms",
                "b.example.com/net/zone/aws 2.6.0"
            )
        );
        assert_eq!(state.line(), "0 done, 0 in flight");
        state.take(done("c.example.com\u{1b}", 2_500));
        assert!(state.line().ends_with("  2.5 s"));
        assert_eq!(state.count(), "[ 3/31]");
        state.take(Event::Targets(1));
        state.take(done("a.example.com", 1));
        assert_eq!(state.line(), "0 done, 0 in flight");
    }
}
