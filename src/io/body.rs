//! Reads a body frame by frame: undoes gzip as Go does, and keeps to every limit while bytes come.
//!
//! A body that ends too early is no error here: what came is kept, together with the reason.

use super::ask::Coding;
use super::ask::GotBody;
use super::ask::GotFile;
use super::ask::Rate;
use super::ask::Take;
use super::ask::Undone;
use super::failure;
use crate::foreign::Foreign;
use crate::trace::exchange::Failure;
use crate::trace::exchange::Phase;
use crate::trace::tracer::OpenStep;
use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http_body_util::BodyExt;
use sha2::Digest;
use sha2::Sha256;
use std::fs::File;
use std::io;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;

/// Bytes of a stored body that are shown.
const HEAD: usize = 512;
/// Bytes between two reports of progress.
const STEP: u64 = 64 * 1024;
/// Bytes on the wire beyond the limit of the decoded body, for codings that add instead of taking away.
const SLACK: u64 = 1024 * 1024;
/// Bytes kept of the body of an error where a file was wanted.
const ERROR_BODY: u64 = 64 * 1024;

/// How a body is to be read.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) take: &'a Take,
    pub(super) status: u16,
    pub(super) coding: Coding,
    pub(super) expected: Option<u64>,
    pub(super) clock: Clock,
    pub(super) fetched: &'a AtomicU64,
    pub(super) run_bytes: u64,
}

/// What came of it.
pub(super) struct Read {
    pub(super) body: GotBody,
    pub(super) cut: Option<Failure>,
    pub(super) undone: Option<Undone>,
}

/// The limits of time while a body is read.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    total: Option<(Instant, Duration)>,
    idle: Option<Duration>,
    rate: Option<Rate>,
    last: Instant,
    window: Instant,
    in_window: u64,
}

impl Clock {
    /// A clock for a body that begins now; the total is an end and the limit that set it.
    pub(super) fn new(
        total: Option<(Instant, Duration)>,
        idle: Option<Duration>,
        rate: Option<Rate>,
    ) -> Self {
        let now = Instant::now();
        Self {
            total,
            idle,
            rate,
            last: now,
            window: now,
            in_window: 0,
        }
    }

    fn wake(&self) -> Option<Instant> {
        let total = self.total.map(|(end, _)| end);
        let idle = self.idle.map(|idle| self.last + idle);
        let rate = self.rate.map(|rate| self.window + rate.over);
        [total, idle, rate].into_iter().flatten().min()
    }

    fn heard(&mut self, bytes: u64) {
        self.last = Instant::now();
        self.in_window += bytes;
    }

    /// The limit that was reached, if one was; a full window of the rate begins the next one.
    fn check(&mut self) -> Option<Failure> {
        let now = Instant::now();
        let late = |limit| Failure::Timeout {
            phase: Phase::Transfer,
            limit,
        };
        if let Some((end, limit)) = self.total
            && now >= end
        {
            return Some(late(limit));
        }
        if let Some(idle) = self.idle
            && now >= self.last + idle
        {
            return Some(late(idle));
        }
        let rate = self.rate?;
        if now < self.window + rate.over {
            return None;
        }
        let wanted = u128::from(rate.bytes) * rate.over.as_millis() / 1000;
        if u128::from(self.in_window) < wanted {
            return Some(Failure::Limit {
                name: "package rate".to_owned(),
                number: rate.bytes,
            });
        }
        self.window = now;
        self.in_window = 0;
        None
    }
}

/// Reads a body as planned; it always ends with what came.
pub(super) async fn read(mut body: reqwest::Body, mut plan: Plan<'_>, step: &OpenStep) -> Read {
    let mut sink = match open(&plan) {
        Ok(Some(sink)) => Decoder::new(sink, plan.coding),
        Ok(None) => return nothing(None),
        Err(failure) => return nothing(Some(failure)),
    };
    let mut wire = Wire::default();
    let cut = loop {
        let frame = match plan.clock.wake() {
            None => body.frame().await,
            Some(wake) => match tokio::time::timeout_at(wake, body.frame()).await {
                Ok(frame) => frame,
                Err(_) => match plan.clock.check() {
                    Some(failure) => break Some(failure),
                    None => continue,
                },
            },
        };
        let data = match frame {
            None => break sink.finish(wire.bytes),
            Some(Err(error)) => break Some(failure::of_body(&error, wire.bytes, plan.expected)),
            Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
        };
        plan.clock.heard(data.len() as u64);
        wire.heard(&data, plan.expected, step);
        let failure = plan
            .clock
            .check()
            .or_else(|| over_the_run(&plan, data.len() as u64))
            .or_else(|| sink.feed(&data, wire.bytes));
        if failure.is_some() {
            break failure;
        }
    };
    let undone = (plan.coding == Coding::Gzip).then_some(Undone {
        wire: wire.bytes,
        head: wire.head,
    });
    Read {
        body: sink.into_sink().into_body(),
        cut,
        undone,
    }
}

fn nothing(cut: Option<Failure>) -> Read {
    Read {
        body: GotBody::None,
        cut,
        undone: None,
    }
}

fn over_the_run(plan: &Plan<'_>, more: u64) -> Option<Failure> {
    let before = plan.fetched.fetch_add(more, Ordering::Relaxed);
    (before.saturating_add(more) > plan.run_bytes).then(|| Failure::Limit {
        name: "bytes fetched per run".to_owned(),
        number: plan.run_bytes,
    })
}

#[derive(Debug, Default)]
struct Wire {
    bytes: u64,
    told: u64,
    head: Vec<u8>,
}

impl Wire {
    fn heard(&mut self, data: &Bytes, expected: Option<u64>, step: &OpenStep) {
        let room = 16_usize.saturating_sub(self.head.len());
        self.head.extend(data.iter().take(room));
        self.bytes += data.len() as u64;
        if self.bytes >= self.told + STEP || expected == Some(self.bytes) {
            self.told = self.bytes;
            step.progress(self.bytes, expected);
        }
    }
}

/// Where decoded bytes go.
#[derive(Debug)]
struct Sink {
    into: Into,
    size: u64,
    limit: u64,
    name: &'static str,
    problem: Option<Failure>,
}

#[derive(Debug)]
enum Into {
    Memory(Vec<u8>),
    Disk {
        file: File,
        path: PathBuf,
        digest: Box<Sha256>,
        head: Vec<u8>,
    },
}

fn open(plan: &Plan<'_>) -> Result<Option<Sink>, Failure> {
    let memory = |limit, name| {
        Some(Sink {
            into: Into::Memory(Vec::new()),
            size: 0,
            limit,
            name,
            problem: None,
        })
    };
    match plan.take {
        Take::Nothing => Ok(None),
        Take::Body { limit, name } => Ok(memory(*limit, name)),
        Take::File { .. } if !matches!(plan.status, 200 | 206) => {
            Ok(memory(ERROR_BODY, "error body"))
        }
        Take::File {
            directory,
            name,
            limit,
        } => {
            let path = directory.join(name);
            let file = create(&path).map_err(|error| Failure::Disk(disk_word(&error)))?;
            let into = Into::Disk {
                file,
                path,
                digest: Box::default(),
                head: Vec::new(),
            };
            Ok(Some(Sink {
                into,
                size: 0,
                limit: *limit,
                name: "package bytes",
                problem: None,
            }))
        }
    }
}

fn create(path: &std::path::Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn disk_word(error: &io::Error) -> String {
    error.kind().to_string()
}

impl Sink {
    fn into_body(self) -> GotBody {
        match self.into {
            Into::Memory(bytes) => GotBody::Bytes(bytes),
            Into::Disk {
                path, digest, head, ..
            } => GotBody::File(GotFile {
                path,
                size: self.size,
                sha256: hex::encode(digest.finalize()),
                head,
            }),
        }
    }

    fn keep(&mut self, data: &[u8]) -> io::Result<()> {
        match &mut self.into {
            Into::Memory(bytes) => bytes.extend_from_slice(data),
            Into::Disk {
                file, digest, head, ..
            } => {
                file.write_all(data)?;
                digest.update(data);
                let room = HEAD.saturating_sub(head.len());
                head.extend(data.iter().take(room));
            }
        }
        self.size += data.len() as u64;
        Ok(())
    }
}

impl Write for Sink {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if self.problem.is_some() {
            return Err(io::Error::other("closed"));
        }
        let room = usize::try_from(self.limit - self.size).unwrap_or(usize::MAX);
        let fitting = data.get(..room.min(data.len())).unwrap_or(data);
        if let Err(error) = self.keep(fitting) {
            self.problem = Some(Failure::Disk(disk_word(&error)));
            return Err(error);
        }
        if fitting.len() < data.len() {
            self.problem = Some(Failure::Limit {
                name: self.name.to_owned(),
                number: self.limit,
            });
            return Err(io::Error::other("over the limit"));
        }
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

enum Decoder {
    Plain(Sink),
    Gzip(Box<MultiGzDecoder<Sink>>),
}

impl Decoder {
    fn new(sink: Sink, coding: Coding) -> Self {
        match coding {
            Coding::Gzip => Self::Gzip(Box::new(MultiGzDecoder::new(sink))),
            Coding::Identity => Self::Plain(sink),
        }
    }

    fn feed(&mut self, data: &[u8], wire: u64) -> Option<Failure> {
        let (fed, sink) = match self {
            Self::Plain(sink) => (sink.write_all(data), sink),
            Self::Gzip(decoder) => (decoder.write_all(data), decoder.get_mut()),
        };
        if let Some(problem) = &sink.problem {
            return Some(problem.clone());
        }
        if let Err(error) = fed {
            return Some(Failure::Coding(Foreign::new(error.to_string())));
        }
        (wire > sink.limit.saturating_add(SLACK)).then(|| Failure::Limit {
            name: sink.name.to_owned(),
            number: sink.limit,
        })
    }

    /// The end of the body: a coding that did not come to its end is a failure, nothing at all is not.
    fn finish(&mut self, wire: u64) -> Option<Failure> {
        let Self::Gzip(decoder) = self else {
            return None;
        };
        if wire == 0 {
            return None;
        }
        let finished = decoder.try_finish();
        if let Some(problem) = &decoder.get_ref().problem {
            return Some(problem.clone());
        }
        finished
            .err()
            .map(|error| Failure::Coding(Foreign::new(error.to_string())))
    }

    fn into_sink(self) -> Sink {
        let closed = Sink {
            into: Into::Memory(Vec::new()),
            size: 0,
            limit: 0,
            name: "",
            problem: Some(Failure::Closed),
        };
        match self {
            Self::Plain(sink) => sink,
            Self::Gzip(mut decoder) => {
                // What was decoded and not yet written is part of what came.
                let _ = decoder.flush();
                std::mem::replace(decoder.get_mut(), closed)
            }
        }
    }
}
