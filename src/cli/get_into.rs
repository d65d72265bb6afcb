//! `get ADDRESS --into DIR`: a check of one module that keeps what it fetched.
//!
//! Requests, limits and modes are those of `check`, not of the client. The directory appears whole or not at all.

use crate::cli::about::Begun;
use crate::cli::args::Get;
use crate::cli::args::Global;
use crate::cli::check;
use crate::cli::check::Plan;
use crate::cli::expect;
use crate::cli::failure::Failure;
use crate::cli::get;
use crate::cli::judge::Judge;
use crate::cli::output;
use crate::cli::output::Reports;
use crate::cli::progress::Progress;
use crate::cli::settings;
use crate::cli::settings::Outputs;
use crate::cli::targets;
use crate::cli::which;
use crate::finding::Case;
use crate::finding::View;
use crate::foreign::visible;
use crate::io::Io;
use crate::io::env::Env;
use crate::io::exchange;
use crate::io::files;
use crate::manifest::Manifest;
use crate::manifest::Order;
use crate::report::About;
use crate::report::Asked;
use crate::report::Format;
use crate::report::Run;
use crate::report::Section;
use crate::report::Verdict;
use crate::report::style::Detail;
use crate::report::style::Glyphs;
use crate::rules;
use crate::stages::Cx;
use crate::stages::Manner;
use crate::trace::Trace;
use crate::trace::call::CallState;
use crate::verify;
use crate::walk::Goal;
use crate::walk::Options;
use crate::walk::Settled;
use std::fmt::Write;
use std::path::Path;
use std::path::PathBuf;

/// The most lines of a tree that are shown.
const MOST_LINES: usize = 100;
/// The most names of one directory that are looked at.
const MOST_NAMES: usize = 10_000;

/// Runs the command.
pub fn run(
    global: &Global,
    arguments: &Get,
    into: &Path,
    (outputs, judge): (&Outputs, &Judge),
    env: Env,
) -> Result<i32, Failure> {
    let io = Io::new(env, expect::network(global, &arguments.network)?);
    let target = io.env.directory().join(into);
    let runtime = check::runtime()?;
    let elsewhere = check::scratch(&io)?;
    let chosen = runtime.block_on(which::run(&io, global, &arguments.client, &elsewhere))?;
    let client = get::first(&chosen);
    let (asked, goal) = one_module(&io, arguments, &client)?;
    is_free(&target, into)?;
    let scratch = exchange::beside(&target).map_err(Failure::Machine)?;
    let plan = plan(&io, arguments)?;
    let progress = Progress::start(global);
    progress.answer_signals(&runtime);
    let began = Begun::now();
    let cx = get::context(&io, client, &progress, Manner::Check);
    let ended = get::walked((runtime, progress), &cx, &plan, &goal, scratch);
    let clients = chosen.clients.iter().take(1).cloned().collect();
    let mut about = began.about(clients, chosen.note.clone(), plan.command.clone());
    let (run, kept) = match ended {
        Ok((cx, trace, settled)) => {
            let kept = keep(&settled, &target)?;
            let mut run = judged(about, &cx, trace, &settled, asked);
            judge.set_aside(&mut run, &plan);
            run.verdict = match run.worst() {
                Verdict::Clean if kept.is_none() => Verdict::Findings,
                verdict => verdict,
            };
            (run, kept)
        }
        Err(ended) => {
            about.complete = false;
            let trace = cx.tracer.finish(Vec::new());
            (
                Run::of(
                    about,
                    vec![Section::of(asked, trace, Vec::new())],
                    ended.verdict(),
                ),
                None,
            )
        }
    };
    output::all([
        judge.save(&run),
        tell(&run, arguments, into, kept.as_ref(), outputs),
    ])?;
    Ok(run.verdict.code())
}

/// The module that is named; hosts and directories are none.
fn one_module(
    io: &Io,
    arguments: &Get,
    client: &crate::client::Client,
) -> Result<(Asked, Goal), Failure> {
    let word = arguments.dir.as_str();
    let rules = Cx::new(
        io.clone(),
        client.clone(),
        crate::trace::Tracer::default(),
        Manner::Check,
    )
    .rules;
    let (asked, goal) = targets::target(io, word, &rules)?;
    let what = match &goal {
        Goal::Module { .. } | Goal::Package(_) => return Ok((asked, goal)),
        Goal::Host(_) => "a host",
        Goal::Dir(_) => "a directory",
    };
    Err(Failure::Usage(format!(
        "{word}: {what}; with --into, the address of a module is expected"
    )))
}

/// Nothing is ever overwritten.
fn is_free(target: &Path, into: &Path) -> Result<(), Failure> {
    let problem = match files::target_kind(target) {
        files::Kind::Missing if !files::exists(target) => return Ok(()),
        files::Kind::Directory => match files::names(target) {
            Some(names) if names.is_empty() => return Ok(()),
            Some(_) => "the directory is not empty",
            None => "the directory cannot be read",
        },
        files::Kind::Missing
        | files::Kind::File
        | files::Kind::Link
        | files::Kind::Special
        | files::Kind::Unreadable => "something that is no directory is there",
    };
    Err(Failure::Usage(format!(
        "--into {}: {problem}; a new or empty one is expected",
        into.display()
    )))
}

fn plan(io: &Io, arguments: &Get) -> Result<Plan, Failure> {
    let data_dir = settings::data_dir(&arguments.client, &io.env);
    let options = Options::of(data_dir, &arguments.test_directory);
    Ok(Plan {
        cli_config: arguments.client.cli_config.clone(),
        deadline: settings::deadline(&arguments.network)?,
        ..Plan::of(options, vec!["get".to_owned(), arguments.dir.clone()])
    })
}

/// A module that was kept.
struct Kept {
    /// Its directory below the one that was named; empty for that itself.
    below: PathBuf,
    /// Its record as the client would write it.
    record: String,
}

/// Moves the package to where it was wanted, if its module was installed.
fn keep(settled: &Settled, target: &Path) -> Result<Option<Kept>, Failure> {
    let call = settled.calls.first();
    let Some(call) = call.filter(|call| call.state == CallState::Installed) else {
        return Ok(None);
    };
    let staged = settled.workspace.staged().find(|(key, _)| *key == call.key);
    let (Some((key, from)), Some(record)) = (staged, settled.manifest.find(&call.key)) else {
        return Ok(None);
    };
    let whole = settled
        .workspace
        .physical(&settled.workspace.install_dir(key));
    let module = settled
        .workspace
        .physical(call.dir.as_deref().unwrap_or_default());
    let below = module
        .strip_prefix(&whole)
        .unwrap_or(Path::new(""))
        .to_owned();
    let one = Manifest {
        records: vec![record.clone()],
    };
    let written = String::from_utf8_lossy(&one.write(Order::Sorted)).into_owned();
    let record = written
        .strip_prefix("{\"Modules\":[")
        .and_then(|rest| rest.strip_suffix("]}"))
        .unwrap_or(&written)
        .to_owned();
    exchange::put(from, target, settled.workspace.scratch()).map_err(Failure::Install)?;
    Ok(Some(Kept { below, record }))
}

fn judged(about: About, cx: &Cx, trace: Trace, settled: &Settled, asked: Asked) -> Run {
    let mut findings = rules::diagnose(&Case {
        trace: &trace,
        client: &cx.client,
        view: View::Install,
    });
    verify::run(
        &verify::Evidence {
            cx,
            clients: std::slice::from_ref(&cx.client),
            trace: &trace,
            workspace: &settled.workspace,
        },
        &mut findings,
    );
    let section = Section::of(asked, trace, findings);
    Run::of(about, vec![section], Verdict::Clean)
}

/// Prints what was kept, and the report behind it.
fn tell(
    run: &Run,
    arguments: &Get,
    into: &Path,
    kept: Option<&Kept>,
    outputs: &Outputs,
) -> Result<(), Failure> {
    let Some(kept) = kept else {
        if arguments.print.is_some() {
            output::stderr(&format!(
                "tfreg-doctor: {}: not installed; without --print the report says why",
                arguments.dir
            ));
            return Ok(());
        }
        return output::write(&Reports::of(run), outputs);
    };
    let directory = if kept.below.as_os_str().is_empty() {
        into.to_owned()
    } else {
        into.join(&kept.below)
    };
    if arguments.print.is_some() {
        let mut line = directory.into_os_string().into_encoded_bytes();
        line.push(b'\n');
        return output::stdout(&line);
    }
    let is_read = outputs.format == Format::Human && outputs.file.is_none();
    if is_read && outputs.style.detail > Detail::Quiet {
        let mut text = tree(into, outputs.style.glyphs);
        if !kept.below.as_os_str().is_empty() {
            let shown = visible(&directory.display().to_string());
            let _ = writeln!(text, "\nthe module is in {shown}");
        }
        let _ = writeln!(text, "\n{}\n", visible(&kept.record));
        output::stdout(text.as_bytes())?;
    }
    output::write(&Reports::of(run), outputs)
}

/// The tree below a directory, bounded.
fn tree(root: &Path, glyphs: Glyphs) -> String {
    let (fork, end, pass, blank) = match glyphs {
        Glyphs::Unicode => ("├── ", "└── ", "│   ", "    "),
        Glyphs::Ascii => ("|-- ", "`-- ", "|   ", "    "),
    };
    let mut text = format!("{}\n", visible(&root.display().to_string()));
    let mut left_out = 0_usize;
    let mut lines = 0_usize;
    let mut todo = entries(root, "");
    while let Some((path, indent, is_last)) = todo.pop() {
        let is_directory = files::kind(&path) == files::Kind::Directory;
        if is_directory {
            let below = format!("{indent}{}", if is_last { blank } else { pass });
            todo.extend(entries(&path, &below));
        }
        if lines >= MOST_LINES {
            left_out += 1;
            continue;
        }
        lines += 1;
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let _ = writeln!(
            text,
            "{indent}{}{}{}",
            if is_last { end } else { fork },
            visible(&name),
            if is_directory { "/" } else { "" }
        );
    }
    if left_out > 0 {
        let _ = writeln!(text, "and {left_out} more");
    }
    text
}

/// The entries of a directory, the last one first.
fn entries(directory: &Path, indent: &str) -> Vec<(PathBuf, String, bool)> {
    let names = files::list_directory(directory, MOST_NAMES).unwrap_or_default();
    names
        .into_iter()
        .rev()
        .enumerate()
        .map(|(index, name)| (directory.join(&name.name), indent.to_owned(), index == 0))
        .collect()
}
