//! `check`: walk → rules → trials of fixes → reports.

use crate::cli::args::Check;
use crate::cli::args::Global;
use crate::cli::args::Network;
use crate::cli::expect;
use crate::cli::expect::Watch;
use crate::cli::failure::Failure;
use crate::cli::judge;
use crate::cli::judge::Judge;
use crate::cli::many;
use crate::cli::output;
use crate::cli::output::Reports;
use crate::cli::progress::Progress;
use crate::cli::settings;
use crate::cli::settings::Outputs;
use crate::cli::sweep;
use crate::cli::targets;
use crate::cli::which;
use crate::client::Client;
use crate::io::Io;
use crate::io::IoSettings;
use crate::io::dns::Override;
use crate::io::env::Env;
use crate::io::files;
use crate::io::limits::Limits;
use crate::io::scratch;
use crate::io::scratch::Scratch;
use crate::io::tls;
use crate::report::Asked;
use crate::report::Run;
use crate::report::Share;
use crate::report::style::Scope;
use crate::stages::Cx;
use crate::stages::Manner;
use crate::stages::cli_config;
use crate::trace::PublicStage;
use crate::trace::Trace;
use crate::trace::Tracer;
use crate::trace::expected::Expected;
use crate::walk;
use crate::walk::Goal;
use crate::walk::Options;
use crate::walk::Settled;
use crate::walk::answers::Answers;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What a check needs to know, whoever asked for it.
#[derive(Clone)]
pub struct Plan {
    /// The targets, with how they are named.
    pub targets: Vec<(Asked, Goal)>,
    /// What is expected of some of them, by their place in that list.
    pub expectations: Vec<(usize, Expected)>,
    /// Which share of a longer list they are.
    pub partition: Option<Share>,
    /// How they are walked.
    pub options: Options,
    /// The CLI configuration file, where one is named.
    pub cli_config: Option<PathBuf>,
    /// Whether questions are asked that the client does not ask.
    pub probes: bool,
    /// Whether fixes are tried.
    pub trials: bool,
    /// The severity that fails the run.
    pub fail_on: FailOn,
    /// Whether an inconclusive answer fails the run.
    pub unsure_fails: bool,
    /// The words of the command.
    pub command: Vec<String>,
    /// The limit of the whole run.
    pub deadline: Option<Duration>,
    /// What is expected of them.
    pub watch: Watch,
}

impl Plan {
    /// A plan without targets: probes and trials are made, errors and what cannot be told fail the run.
    pub fn of(options: Options, command: Vec<String>) -> Self {
        Self {
            targets: Vec::new(),
            expectations: Vec::new(),
            partition: None,
            options,
            cli_config: None,
            probes: true,
            trials: true,
            fail_on: FailOn::Error,
            unsure_fails: true,
            command,
            deadline: None,
            watch: Watch::default(),
        }
    }
}

/// The severity that fails a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOn {
    /// Errors.
    Error,
    /// Errors and warnings.
    Warning,
    /// Nothing.
    Never,
}

/// Runs the command.
pub fn run(global: &Global, arguments: &Check, env: Env) -> Result<i32, Failure> {
    run_as(global, arguments, env, Scope::Whole)
}

/// Runs `check` or `compat`: the same but for what people are shown.
pub fn run_as(global: &Global, arguments: &Check, env: Env, scope: Scope) -> Result<i32, Failure> {
    let judge = Judge::of(global, &arguments.judgement, &env)?;
    if arguments.list {
        return judge.list();
    }
    let mut outputs = settings::outputs(global, &arguments.output, &env)?;
    outputs.style.scope = scope;
    outputs.style.slowest = arguments.many.slowest;
    output::prepare(&outputs)?;
    let mut settings = network(&arguments.network)?;
    let manner = many::manner(&arguments.many, &env, &mut settings)?;
    expect::hosts(global, manner.sharing, &mut settings)?;
    let io = Io::new(env, settings);
    let runtime = runtime()?;
    let scratch = scratch(&io)?;
    let chosen = runtime.block_on(which::run(&io, global, &arguments.client, &scratch))?;
    let mut plan = plan(&io, global, arguments, (&chosen.clients, &manner))?;
    if let (Scope::Matrix, Some(word)) = (scope, plan.command.first_mut()) {
        "compat".clone_into(word);
    }
    let is_share = plan
        .partition
        .as_ref()
        .is_some_and(|share| share.list_size > 0);
    if plan.targets.is_empty() && !is_share {
        return Ok(judge::nothing(&arguments.judgement.no_targets));
    }
    let progress = Progress::start(global);
    progress.answer_signals(&runtime);
    let look = async || {
        let mut run = sweep::run(&io, &plan, &chosen, &scratch, &progress).await;
        judge.run(&mut run, &plan);
        run
    };
    let run = runtime.block_on(many::patiently(manner.wait, look));
    progress.done(&run);
    progress.stop();
    end(runtime);
    drop(scratch);
    let reports = Reports::of(&run);
    // One that cannot be written does not take the others along.
    output::all([
        judge.save(&run),
        output::write(&reports, &outputs),
        global.context.ci.finish(&reports, &outputs, &io.env),
    ])?;
    let code = run.code();
    // The process ends: giving back thousands of records one by one would take longer than a large report.
    std::mem::forget(reports);
    std::mem::forget(run);
    Ok(code)
}

/// Writes all reports; the exit status.
pub fn finish(run: &Run, outputs: &Outputs) -> Result<i32, Failure> {
    output::write(&Reports::of(run), outputs)?;
    Ok(run.code())
}

/// A runtime with few threads: the work waits for the network.
pub fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::Machine(format!("no runtime: {}", files::word(&error))))
}

/// Ends what an interrupt left running, so that nothing is written any more when the run's directory is removed. A lookup
/// that hangs in the system is not waited for.
pub fn end(runtime: tokio::runtime::Runtime) {
    runtime.shutdown_timeout(Duration::from_secs(1));
}

/// The run's own directory below `TMPDIR`.
pub fn scratch(io: &Io) -> Result<Arc<Scratch>, Failure> {
    let parent = io.env.temporary();
    scratch::sweep(&parent);
    Scratch::new_in(&parent).map(Arc::new).map_err(|error| {
        Failure::Machine(format!(
            "{}: no temporary directory can be made: {}",
            parent.display(),
            files::word(&error)
        ))
    })
}

/// The network flags as settings.
pub fn network(network: &Network) -> Result<IoSettings, Failure> {
    let mut limits = Limits::default();
    limits.metadata = settings::duration(&network.timeout, "--timeout")?;
    limits.idle = limits.metadata;
    limits.connect = settings::duration(&network.connect_timeout, "--connect-timeout")?;
    limits.package = settings::duration(&network.package_timeout, "--package-timeout")?;
    limits.max_wait = settings::duration(&network.max_wait, "--max-wait")?;
    limits.package_bytes = settings::size(&network.max_bytes, "--max-bytes")?;
    limits.unpacked_bytes = limits.package_bytes.saturating_mul(2);
    limits.entries = network.max_files;
    for file in &network.ca_file {
        if let Err(problem) = tls::count_roots(file) {
            return Err(Failure::Usage(format!(
                "--ca-file {}: no certificate can be read from it ({problem:?})",
                file.display()
            )));
        }
    }
    let resolve = network
        .resolve
        .iter()
        .map(|word| {
            Override::parse(word).map_err(|_| {
                Failure::Usage(format!("--resolve {word}: HOST:PORT:ADDRESS is expected"))
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    if network.jobs == 0 || network.host_jobs == 0 {
        return Err(Failure::Usage(
            "--jobs and --host-jobs must be at least 1".to_owned(),
        ));
    }
    Ok(IoSettings {
        resolve,
        ca_files: network.ca_file.clone(),
        token_over_http: network.token_over_http.clone(),
        jobs: network.jobs,
        host_jobs: network.host_jobs,
        limits,
        ..IoSettings::default()
    })
}

/// What is to be checked, as the flags and the configuration file want it.
pub fn plan(
    io: &Io,
    global: &Global,
    arguments: &Check,
    (clients, manner): (&[(Client, String)], &many::Manner),
) -> Result<Plan, Failure> {
    let watch = Watch::of(global, &arguments.judgement)?;
    let judgement = &arguments.judgement;
    let until = match &judgement.until {
        // Nothing behind what is asked for is looked at.
        None => judge::last_stage(&judgement.only).unwrap_or(PublicStage::Layout),
        Some(word) => PublicStage::from_word(word).ok_or_else(|| {
            let words: Vec<&str> = PublicStage::ALL.iter().map(|stage| stage.word()).collect();
            Failure::Usage(format!(
                "--until {word}: no such stage; one of: {}",
                words.join(", ")
            ))
        })?,
    };
    let words = watch.words(&arguments.targets, &io.env);
    let cx = clients
        .first()
        .map(|(client, _)| Cx::new(io.clone(), client.clone(), Tracer::default(), Manner::Check));
    let rules = cx.as_ref().map(|cx| cx.rules).unwrap_or_default();
    let reader = targets::Reader {
        io,
        rules: &rules,
        below: cx.as_ref().filter(|_| arguments.many.recursive),
    };
    let mut selection = reader
        .read(&words)
        .map_err(|failure| watch.at_entry(failure))?;
    let partition = many::share(&mut selection, manner.partition);
    let mut targets = Vec::new();
    let mut expectations = Vec::new();
    for listed in selection.targets {
        expectations.extend(listed.expected.map(|expected| (targets.len(), expected)));
        targets.push(watch.target(listed.asked, listed.goal, &rules)?);
    }
    let data_dir = settings::data_dir(&arguments.client, &io.env);
    Ok(Plan {
        targets,
        expectations,
        partition,
        options: Options {
            until,
            only: judgement.module.clone(),
            ..Options::of(data_dir, "tests")
        },
        cli_config: arguments.client.cli_config.clone(),
        probes: !judgement.no_probe,
        trials: judgement.verify != "never",
        fail_on: judgement.threshold.fail_on(),
        unsure_fails: judgement.threshold.unsure_fails(),
        command: std::iter::once("check".to_owned()).chain(words).collect(),
        deadline: settings::deadline(&arguments.network)?,
        watch,
    })
}

/// Walks a goal as one client would.
pub async fn one_client(
    cx: Cx,
    plan: &Plan,
    goal: &Goal,
    scratch: Arc<Scratch>,
) -> (Cx, Trace, Settled) {
    let config = cli_config::run(&cx, plan.cli_config.as_deref());
    let answers = Arc::new(Answers::new(cx.clone(), config, scratch, plan.probes));
    let settled = walk::run(Arc::clone(&answers), goal, &plan.options).await;
    let trace = answers.trace(settled.calls.clone());
    (cx, trace, settled)
}
