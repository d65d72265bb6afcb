//! Live lines on stderr, fed by the tracer; nothing waits for them.

use crate::cli::args::Global;
use crate::foreign::visible;
use crate::report::style::size;
use crate::trace::tracer::Event;
use indicatif::ProgressBar;
use indicatif::ProgressDrawTarget;
use indicatif::ProgressStyle;
use std::io::IsTerminal;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::Sender;
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

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
            _ if terminal => How::Bar,
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

fn bar(events: &Receiver<Event>) {
    let spinner = ProgressBar::new_spinner();
    spinner.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
        spinner.set_style(style);
    }
    let mut done = 0_usize;
    for event in events {
        match event {
            Event::Began(key) => spinner.set_message(format!(
                "{done} done · {} {}",
                key.stage.public().word(),
                visible(key.subject.name())
            )),
            Event::Ended(_) => done += 1,
            Event::Over => break,
            Event::Bytes { key, got, expected } => {
                let of = expected
                    .map(|expected| format!(" of {}", size(expected)))
                    .unwrap_or_default();
                spinner.set_message(format!(
                    "{done} done · {}{of} · {}",
                    size(got),
                    visible(key.subject.name())
                ));
            }
        }
        spinner.tick();
    }
    spinner.finish_and_clear();
}

/// One line at most every ten seconds, for logs.
fn counter(events: &Receiver<Event>) {
    let mut done = 0_usize;
    let mut last = Instant::now();
    for event in events {
        match event {
            Event::Over => break,
            Event::Ended(_) => done += 1,
            Event::Began(_) | Event::Bytes { .. } => {}
        }
        if last.elapsed() >= Duration::from_secs(10) {
            crate::cli::output::stderr(&format!("{done} steps done"));
            last = Instant::now();
        }
    }
}
