//! Programs: run from a list of words, never through a shell, in a process group of their own.
//!
//! Standard input is closed, the environment is exactly the one given, output is bounded, and every run ends: the limit of time
//! and the loss of the caller both end the whole group.

use super::env::Env;
use super::trees;
use crate::foreign::Foreign;
use crate::secret::Redactor;
use crate::trace::act::Act;
use crate::trace::act::ProcessRun;
use crate::trace::tracer::OpenStep;
use std::fmt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;
use tokio::io::AsyncRead;
use tokio::io::AsyncReadExt;
use tokio::process::Child;
use tokio::process::Command;

/// Bytes of output that are recorded.
const RECORDED: usize = 64 * 1024;
/// How long output is waited for after the program ended: a child of its own may hold the pipe.
const LINGER: Duration = Duration::from_secs(1);
/// How often a growing directory is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// One run of a program.
#[derive(Clone)]
pub struct Program {
    /// The program, by its absolute path.
    pub path: PathBuf,
    /// The further words.
    pub arguments: Vec<String>,
    /// The whole environment.
    pub environment: Vec<(String, String)>,
    /// The working directory.
    pub directory: PathBuf,
    /// The limit of time.
    pub limit: Duration,
    /// Bytes kept of each kind of output.
    pub kept: usize,
    /// A directory that may grow only so far.
    pub growth: Option<(PathBuf, u64)>,
}

/// What came of it, unmasked.
#[derive(Clone, Default)]
pub struct Ran {
    /// The exit status; none when a signal ended it or it never began.
    pub exit: Option<i32>,
    /// Why it never began.
    pub not_started: Option<String>,
    /// What ended it, if not itself.
    pub ended_by: Option<EndedBy>,
    /// The beginning of its standard output.
    pub output: Vec<u8>,
    /// The beginning of its standard error.
    pub errors: Vec<u8>,
    /// The beginning of both, in the order in which they came.
    pub both: Vec<u8>,
}

impl fmt::Debug for Program {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Words and environment may hold secrets.
        formatter
            .debug_struct("Program")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Ran {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A credentials helper prints a token.
        formatter
            .debug_struct("Ran")
            .field("exit", &self.exit)
            .field("not_started", &self.not_started)
            .field("ended_by", &self.ended_by)
            .finish_non_exhaustive()
    }
}

/// A limit that ended a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EndedBy {
    /// Time.
    Time,
    /// The growth of its directory.
    Growth,
}

/// The absolute path of a program on `PATH`; relative entries are never searched.
pub fn find(env: &Env, name: &str) -> Option<PathBuf> {
    if name.is_empty() || name.contains('/') {
        return None;
    }
    std::env::split_paths(env.var("PATH")?)
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join(name))
        .find(|path| is_executable(path))
}

/// Runs a program and records the run in the step.
pub async fn run(step: &mut OpenStep, redactor: &Redactor, program: &Program) -> Ran {
    let began = Instant::now();
    let ran = match start(program) {
        Err(error) => Ran {
            not_started: Some(super::files::word(&error)),
            ..Ran::default()
        },
        Ok(child) => watch(child, program).await,
    };
    let mut argv = vec![program.path.to_string_lossy().into_owned()];
    argv.extend(program.arguments.iter().map(|word| redactor.mask(word)));
    let output =
        String::from_utf8_lossy(ran.both.get(..RECORDED).unwrap_or(&ran.both)).into_owned();
    step.act(Act::Process(ProcessRun {
        argv,
        exit: ran.exit,
        not_started: ran.not_started.clone(),
        output: Foreign::new(redactor.mask(&output)),
        took: began.elapsed(),
        timed_out: ran.ended_by == Some(EndedBy::Time),
    }));
    ran
}

fn start(program: &Program) -> std::io::Result<Child> {
    let mut command = Command::new(&program.path);
    command
        .args(&program.arguments)
        .env_clear()
        .envs(
            program
                .environment
                .iter()
                .map(|(name, value)| (name, value)),
        )
        .current_dir(&program.directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    command.spawn()
}

async fn watch(mut child: Child, program: &Program) -> Ran {
    let mut group = Group::of(&child);
    let mut ran = Ran::default();
    let mut output = Pipe::new(child.stdout.take());
    let mut errors = Pipe::new(child.stderr.take());
    let end = tokio::time::Instant::now() + program.limit;
    let mut look = tokio::time::interval(LOOK);
    let mut exited = false;
    let mut deadline = end;
    while !(exited && output.is_closed() && errors.is_closed()) {
        tokio::select! {
            status = child.wait(), if !exited => {
                exited = true;
                ran.exit = status.ok().and_then(|status| status.code());
                deadline = end.min(tokio::time::Instant::now() + LINGER);
            }
            read = output.next(), if !output.is_closed() => {
                keep(&read, &mut ran.output, &mut ran.both, program.kept);
            }
            read = errors.next(), if !errors.is_closed() => {
                keep(&read, &mut ran.errors, &mut ran.both, program.kept);
            }
            _ = look.tick(), if program.growth.is_some() && !exited => {
                if has_outgrown(program.growth.clone()).await {
                    ran.ended_by = Some(EndedBy::Growth);
                    break;
                }
            }
            () = tokio::time::sleep_until(deadline) => {
                if !exited {
                    ran.ended_by = Some(EndedBy::Time);
                }
                break;
            }
        }
    }
    if ran.ended_by.is_some() {
        group.end();
        // The group is dead; this only collects its leader.
        let _ = child.wait().await;
    }
    group.end();
    ran
}

async fn has_outgrown(growth: Option<(PathBuf, u64)>) -> bool {
    let Some((directory, limit)) = growth else {
        return false;
    };
    let size = tokio::task::spawn_blocking(move || (trees::tree_size(&directory, limit), limit));
    size.await.is_ok_and(|(size, limit)| size > limit)
}

fn keep(read: &[u8], own: &mut Vec<u8>, both: &mut Vec<u8>, most: usize) {
    for kept in [own, both] {
        let room = most.saturating_sub(kept.len()).min(read.len());
        kept.extend(read.iter().take(room));
    }
}

/// One output of a program, read to its end so that the program never waits for us.
struct Pipe<R> {
    inner: Option<R>,
    buffer: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Pipe<R> {
    fn new(inner: Option<R>) -> Self {
        Self {
            inner,
            buffer: Vec::with_capacity(8192),
        }
    }

    fn is_closed(&self) -> bool {
        self.inner.is_none()
    }

    async fn next(&mut self) -> Vec<u8> {
        let Some(inner) = &mut self.inner else {
            return Vec::new();
        };
        self.buffer.clear();
        match inner.read_buf(&mut self.buffer).await {
            Ok(0) | Err(_) => {
                self.inner = None;
                Vec::new()
            }
            Ok(_) => self.buffer.clone(),
        }
    }
}

/// A process group that ends with this value.
struct Group {
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
}

impl Group {
    #[cfg(unix)]
    fn of(child: &Child) -> Self {
        let leader = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(rustix::process::Pid::from_raw);
        Self { leader }
    }

    #[cfg(not(unix))]
    fn of(_: &Child) -> Self {
        Self {}
    }

    #[cfg(unix)]
    fn end(&mut self) {
        if let Some(leader) = self.leader.take() {
            // A group without members is gone already.
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
    }

    #[cfg(not(unix))]
    fn end(&mut self) {}
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

#[cfg(all(test, unix))]
mod tests {
    use super::EndedBy;
    use super::Program;
    use super::Ran;
    use super::find;
    use super::run;
    use crate::io::env::Env;
    use crate::io::testing::step;
    use crate::io::testing::trace_of;
    use crate::secret::Redactor;
    use crate::secret::Secret;
    use crate::trace::Tracer;
    use crate::trace::act::Act;
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;
    use std::time::Duration;
    use std::time::Instant;

    fn shell(script: &str) -> Program {
        Program {
            path: PathBuf::from("/bin/sh"),
            arguments: vec!["-c".to_owned(), script.to_owned()],
            environment: vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())],
            directory: PathBuf::from("/"),
            limit: Duration::from_secs(10),
            kept: 64 * 1024,
            growth: None,
        }
    }

    async fn ran(program: &Program) -> Ran {
        let tracer = Tracer::default();
        run(&mut step(&tracer), &Redactor::default(), program).await
    }

    #[tokio::test]
    async fn output_and_status_come_back() {
        let ran = ran(&shell("echo out; echo err >&2; exit 3")).await;
        assert_eq!(ran.exit, Some(3));
        assert_eq!(
            (ran.output.as_slice(), ran.errors.as_slice()),
            (b"out\n".as_slice(), b"err\n".as_slice())
        );
        assert_eq!(ran.both.len(), 8);
    }

    #[tokio::test]
    async fn a_limit_of_time_ends_the_whole_group() {
        let directory = tempfile::tempdir().expect("a directory");
        let mark = directory.path().join("late");
        let mut program = shell(&format!("(sleep 1; touch {}) & sleep 20", mark.display()));
        program.limit = Duration::from_millis(200);
        let began = Instant::now();
        let ran = ran(&program).await;
        assert_eq!(ran.ended_by, Some(EndedBy::Time));
        assert!(began.elapsed() < Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(1200)).await;
        assert!(!mark.exists());
    }

    #[tokio::test]
    async fn a_lost_caller_ends_the_whole_group() {
        let directory = tempfile::tempdir().expect("a directory");
        let mark = directory.path().join("late");
        let program = shell(&format!("(sleep 1; touch {}) & sleep 20", mark.display()));
        let lost = tokio::time::timeout(Duration::from_millis(300), ran(&program)).await;
        assert!(lost.is_err());
        tokio::time::sleep(Duration::from_millis(1200)).await;
        assert!(!mark.exists());
    }

    #[tokio::test]
    async fn endless_output_is_kept_only_at_its_beginning() {
        let mut program = shell("yes");
        program.limit = Duration::from_millis(300);
        program.kept = 1000;
        let ran = ran(&program).await;
        assert_eq!((ran.output.len(), ran.both.len()), (1000, 1000));
    }

    #[tokio::test]
    async fn a_growing_directory_ends_the_program() {
        let directory = tempfile::tempdir().expect("a directory");
        let mut program = shell("yes > big");
        program.directory = directory.path().to_owned();
        program.growth = Some((directory.path().to_owned(), 1000));
        assert_eq!(ran(&program).await.ended_by, Some(EndedBy::Growth));
    }

    #[tokio::test]
    async fn only_the_given_environment_is_seen() {
        let ran = ran(&shell("env")).await;
        let text = String::from_utf8_lossy(&ran.output).into_owned();
        assert!(!text.contains("CARGO") && !text.contains("HOME="), "{text}");
    }

    #[tokio::test]
    async fn secrets_are_not_in_the_record() {
        let tracer = Tracer::default();
        let redactor = Redactor::default();
        redactor.learn(&Secret::new("pl4nted-secret".to_owned()));
        let mut step = step(&tracer);
        run(&mut step, &redactor, &shell("echo pl4nted-secret")).await;
        step.done(());
        let trace = trace_of(&tracer);
        assert!(!format!("{trace:?}").contains("pl4nted"));
        let Some(Act::Process(run)) = trace.steps[0].acts.first() else {
            panic!("no record");
        };
        assert_eq!((run.exit, run.output.raw()), (Some(0), "***\n"));
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_never_begins() {
        let mut program = shell("");
        program.path = PathBuf::from("/nowhere/at/all");
        assert!(ran(&program).await.not_started.is_some());
    }

    #[test]
    fn programs_are_found_on_absolute_entries_only() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("tool");
        std::fs::write(&path, "#!/bin/sh\n").expect("a file");
        let list = format!(".::relative:{}", directory.path().display());
        let env = Env::from_pairs([("PATH", list)]);
        assert_eq!(find(&env, "tool"), None);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
        assert_eq!(find(&env, "tool"), Some(path));
        assert_eq!(find(&env, "../tool"), None);
        assert_eq!(find(&env, "x"), None);
    }
}
