//! `check`: walk → rules → trials of fixes → reports.

use crate::addr::AddrRules;
use crate::addr::target::Target;
use crate::addr::target::TargetError;
use crate::addr::target::parse_target;
use crate::cli::about::Begun;
use crate::cli::args::Check;
use crate::cli::args::Global;
use crate::cli::args::Network;
use crate::cli::expect::Watch;
use crate::cli::failure::Failure;
use crate::cli::get;
use crate::cli::judge;
use crate::cli::judge::Judge;
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::cli::settings;
use crate::cli::settings::Outputs;
use crate::cli::which;
use crate::client::Client;
use crate::finding::Case;
use crate::finding::Finding;
use crate::finding::Severity;
use crate::finding::View;
use crate::io::Io;
use crate::io::IoSettings;
use crate::io::dns::Override;
use crate::io::env::Env;
use crate::io::files;
use crate::io::limits::Limits;
use crate::io::tls;
use crate::io::trees;
use crate::io::trees::Scratch;
use crate::report::About;
use crate::report::Asked;
use crate::report::Judged;
use crate::report::OtherClient;
use crate::report::Run;
use crate::report::Section;
use crate::report::Verdict;
use crate::rules;
use crate::stages::Cx;
use crate::stages::Manner;
use crate::stages::cli_config;
use crate::trace::PublicStage;
use crate::trace::Trace;
use crate::trace::Tracer;
use crate::verify;
use crate::walk;
use crate::walk::Goal;
use crate::walk::Options;
use crate::walk::Settled;
use crate::walk::answers::Answers;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What a check needs to know, whoever asked for it.
#[derive(Clone)]
pub struct Plan {
    /// The targets, with how they are named.
    pub targets: Vec<(Asked, Goal)>,
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
    let judge = Judge::of(global, &arguments.judgement, &env)?;
    if arguments.list {
        return judge.list();
    }
    let outputs = settings::outputs(global, &arguments.output, &env)?;
    output::prepare(&outputs)?;
    let settings = network(&arguments.network)?;
    let io = Io::new(env, settings);
    let runtime = runtime()?;
    let scratch = scratch(&io)?;
    let chosen = runtime.block_on(which::run(&io, &arguments.client, &scratch))?;
    let plan = plan(&io, global, arguments, &chosen.clients)?;
    if plan.targets.is_empty() {
        return Ok(judge::nothing(&arguments.judgement.no_targets));
    }
    let progress = Progress::start(global);
    progress.answer_signals(&runtime);
    let mut run = runtime.block_on(execute(&io, &plan, &chosen, &scratch, &progress));
    progress.stop();
    end(runtime);
    judge.run(&mut run, &plan)?;
    let code = finish(&run, &outputs)?;
    global.context.ci.finish(&run, &outputs, &io.env)?;
    Ok(code)
}

/// Writes all reports; the exit status.
pub fn finish(run: &Run, outputs: &Outputs) -> Result<i32, Failure> {
    output::write(run, outputs)?;
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
    trees::sweep(&parent);
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

fn plan(
    io: &Io,
    global: &Global,
    arguments: &Check,
    clients: &[(Client, String)],
) -> Result<Plan, Failure> {
    let watch = Watch::of(global, &arguments.judgement)?;
    let judgement = &arguments.judgement;
    let until = match &judgement.until {
        None => PublicStage::Layout,
        Some(word) => PublicStage::from_word(word).ok_or_else(|| {
            let words: Vec<&str> = PublicStage::ALL.iter().map(|stage| stage.word()).collect();
            Failure::Usage(format!(
                "--until {word}: no such stage; one of: {}",
                words.join(", ")
            ))
        })?,
    };
    let rules = clients
        .first()
        .map(|(client, _)| rules_of(io, client))
        .unwrap_or_default();
    let words = watch.words(&arguments.targets, &io.env);
    let targets = words
        .iter()
        .map(|word| watch.target(word, &rules, target(io, word, &rules)))
        .collect::<Result<Vec<_>, _>>()?;
    let data_dir = settings::data_dir(&arguments.client, &io.env);
    Ok(Plan {
        targets,
        options: Options {
            until,
            update: true,
            test_directory: "tests".to_owned(),
            data_dir,
            only: judgement.module.clone(),
            versions: HashMap::new(),
        },
        cli_config: arguments.client.cli_config.clone(),
        probes: !judgement.no_probe,
        trials: judgement.verify != "never",
        fail_on: match judgement.fail_on.as_str() {
            "warning" => FailOn::Warning,
            "never" => FailOn::Never,
            _ => FailOn::Error,
        },
        unsure_fails: judgement.inconclusive != "pass",
        command: std::iter::once("check".to_owned()).chain(words).collect(),
        deadline: arguments
            .network
            .deadline
            .as_deref()
            .map(|text| settings::duration(text, "--deadline"))
            .transpose()?,
        watch,
    })
}

fn rules_of(io: &Io, client: &Client) -> AddrRules {
    Cx::new(io.clone(), client.clone(), Tracer::default(), Manner::Check).rules
}

/// Reads one target.
pub fn target(io: &Io, word: &str, rules: &AddrRules) -> Result<(Asked, Goal), Failure> {
    let parsed =
        parse_target(word, rules).map_err(|error| Failure::Usage(target_message(word, &error)))?;
    Ok(match parsed.target {
        Target::Host(host) => (Asked::Host(host.for_display()), Goal::Host(host)),
        Target::Module { address, version } => (
            Asked::Module(word.to_owned()),
            Goal::Module {
                address,
                constraint: version,
            },
        ),
        Target::Package(address) => (Asked::Package(word.to_owned()), Goal::Package(address)),
        Target::Directory(path) => {
            let directory = io.env.directory().join(&path);
            match files::target_kind(&directory) {
                files::Kind::Directory => (Asked::Dir(word.to_owned()), Goal::Dir(directory)),
                files::Kind::Missing => {
                    return Err(Failure::Usage(format!("{word}: no such directory")));
                }
                files::Kind::File
                | files::Kind::Link
                | files::Kind::Special
                | files::Kind::Unreadable => {
                    return Err(Failure::Usage(format!(
                        "{word}: not a directory that can be read"
                    )));
                }
            }
        }
    })
}

fn target_message(word: &str, error: &TargetError) -> String {
    const EXPECTED: &str = "expected HOST[:PORT], [HOST/]NAMESPACE/NAME/SYSTEM[//SUBDIR][@VERSION], a source address, or a directory as ./DIR";
    match error {
        TargetError::Empty => format!("an empty target; {EXPECTED}"),
        TargetError::BareWord {
            as_directory,
            as_host,
            ..
        } => format!(
            "{word}: neither a host nor a directory; write {as_directory} for the directory, or {as_host} for a host"
        ),
        TargetError::Host { cause, .. } => format!("{word}: no host name: {}", cause.client_text()),
        TargetError::Module {
            as_directory,
            cause,
            ..
        } => format!(
            "{word}: no module address: {}; for a directory write {as_directory}",
            cause.client_text()
        ),
        TargetError::VersionMissing(_) => {
            format!("{word}: nothing stands behind the @; a version or a constraint is expected")
        }
        TargetError::Package { .. } => {
            format!("{word}: no source address that the client would take; {EXPECTED}")
        }
        TargetError::Url(cause) => format!("{word}: no URL: {}", cause.client_text()),
    }
}

/// Walks all targets and judges them; an interrupt ends it early, with what there is.
pub async fn execute(
    io: &Io,
    plan: &Plan,
    chosen: &which::Chosen,
    scratch: &Arc<Scratch>,
    progress: &Progress,
) -> Run {
    let began = Begun::now();
    let mut sections = Vec::new();
    let mut interrupted = None;
    for (asked, goal) in &plan.targets {
        let work = section(io, plan, &chosen.clients, scratch, progress, asked, goal);
        match interruptible(
            Box::pin(work),
            plan.deadline
                .map(|deadline| deadline.saturating_sub(began.elapsed())),
        )
        .await
        {
            Ok(section) => sections.push(section),
            Err(ended) => {
                interrupted = Some(ended);
                break;
            }
        }
    }
    let mut run = Run {
        about: About {
            complete: interrupted.is_none(),
            ..began.about(
                chosen.clients.clone(),
                chosen.note.clone(),
                plan.command.clone(),
            )
        },
        sections,
        verdict: Verdict::Clean,
        judged: Judged::default(),
    };
    run.verdict = match interrupted {
        Some(Ended::Signal(signal)) => Verdict::Interrupted(signal),
        Some(Ended::Deadline) => Verdict::Unsure,
        None => verdict(&run, plan),
    };
    run
}

/// What the findings that count come to.
pub fn verdict(run: &Run, plan: &Plan) -> Verdict {
    let fails = match plan.fail_on {
        FailOn::Error => run.count(Severity::Error) > 0,
        FailOn::Warning => run.count(Severity::Error) + run.count(Severity::Warning) > 0,
        FailOn::Never => false,
    };
    if fails {
        Verdict::Findings
    } else if run.count(Severity::Inconclusive) > 0
        && plan.unsure_fails
        && plan.fail_on != FailOn::Never
    {
        Verdict::Unsure
    } else {
        Verdict::Clean
    }
}

/// Why a run ended early.
pub enum Ended {
    /// A signal.
    Signal(i32),
    /// The run's own limit.
    Deadline,
}

/// Work that a signal or a deadline ends; signals are heard before it begins.
pub async fn interruptible<T>(
    work: impl Future<Output = T>,
    limit: Option<Duration>,
) -> Result<T, Ended> {
    let deadline = async {
        match limit {
            Some(limit) => tokio::time::sleep(limit).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        signal = signal() => Err(Ended::Signal(signal)),
        done = work => Ok(done),
        () = deadline => Err(Ended::Deadline),
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

async fn section(
    io: &Io,
    plan: &Plan,
    clients: &[(Client, String)],
    scratch: &Arc<Scratch>,
    progress: &Progress,
    asked: &Asked,
    goal: &Goal,
) -> Section {
    let mut walked = Vec::new();
    for (index, (client, _)) in clients.iter().enumerate() {
        let cx = get::context(io, client.clone(), progress, Manner::Check);
        let directory = scratch.path().join(format!("client{index}"));
        let own = files::make_directories(&directory)
            .ok()
            .and_then(|()| Scratch::new_in(&directory).ok())
            .map(Arc::new);
        let own = own.unwrap_or_else(|| Arc::clone(scratch));
        walked.push(Box::pin(one_client(cx, plan, goal, own)).await);
    }
    let all: Vec<Client> = clients.iter().map(|(client, _)| client.clone()).collect();
    let mut rest = walked.into_iter();
    let (cx, mut trace, settled) = rest.next().expect("a run has at least one client");
    plan.watch.enter(&mut trace, asked, &settled);
    let mut findings = rules::diagnose(&Case {
        trace: &trace,
        client: &cx.client,
        view: View::Install,
    });
    if plan.trials {
        verify::run(
            &verify::Evidence {
                cx: &cx,
                clients: &all,
                trace: &trace,
                workspace: &settled.workspace,
            },
            &mut findings,
        );
    }
    let others = rest.map(|(cx, trace, _)| other(&cx, trace)).collect();
    Section {
        target: asked.clone(),
        trace,
        findings,
        others,
    }
}

fn other(cx: &Cx, trace: Trace) -> OtherClient {
    let findings: Vec<Finding> = rules::diagnose(&Case {
        trace: &trace,
        client: &cx.client,
        view: View::Install,
    });
    OtherClient {
        client: cx.client.clone(),
        trace,
        findings,
    }
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
    let settled = walk::run(answers, goal, &plan.options).await;
    let trace = cx.tracer.finish(settled.calls.clone());
    (cx, trace, settled)
}
