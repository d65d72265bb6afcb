//! `get`: the walk as the client makes it, then the exchange of old and new.

mod endless;

use crate::cli::about::Begun;
use crate::cli::args::Get;
use crate::cli::args::Global;
use crate::cli::check;
use crate::cli::check::Plan;
use crate::cli::expect;
use crate::cli::failure::Failure;
use crate::cli::get_into;
use crate::cli::interrupt;
use crate::cli::interrupt::Ended;
use crate::cli::judge::Judge;
use crate::cli::output;
use crate::cli::output::Reports;
use crate::cli::progress::Progress;
use crate::cli::settings;
use crate::cli::which;
use crate::client::Behaviour;
use crate::client::Client;
use crate::finding::Case;
use crate::finding::View;
use crate::io::Io;
use crate::io::env::Env;
use crate::io::exchange;
use crate::io::files;
use crate::io::scratch::Scratch;
use crate::report::About;
use crate::report::Asked;
use crate::report::Run;
use crate::report::Section;
use crate::report::Verdict;
use crate::rules;
use crate::stages::Cx;
use crate::stages::Manner;
use crate::trace::PublicStage;
use crate::trace::Trace;
use crate::trace::Tracer;
use crate::walk::Goal;
use crate::walk::Options;
use crate::walk::Settled;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// Runs the command.
pub fn run(global: &Global, arguments: &Get, env: Env) -> Result<i32, Failure> {
    let judge = Judge::by(global, &arguments.aside, &env)?;
    let outputs = settings::outputs(global, &arguments.output, &env)?;
    output::prepare(&outputs)?;
    if let Some(into) = &arguments.into {
        return get_into::run(global, arguments, into, (&outputs, &judge), env);
    }
    let settings = expect::network(global, &arguments.network)?;
    let root = env.directory().join(&arguments.dir);
    if files::target_kind(&root) != files::Kind::Directory {
        return Err(Failure::Usage(format!(
            "{}: no such directory",
            arguments.dir
        )));
    }
    // The client reads everything else relative to the root module.
    let io = Io::new(env.for_root(&root), settings);
    let runtime = check::runtime()?;
    let elsewhere = check::scratch(&io)?;
    let chosen = runtime.block_on(which::run(&io, global, &arguments.client, &elsewhere))?;
    let client = first(&chosen);
    let plan = plan(&io, arguments, &root)?;
    let data = root.join(&plan.options.data_dir);
    let scratch = exchange::open(&data.join("modules")).map_err(Failure::Machine)?;
    let progress = Progress::start(global);
    progress.answer_signals(&runtime);
    let began = Begun::now();
    let cx = context(&io, client, &progress, Manner::Get);
    let goal = Goal::Dir(root.clone());
    let ended = walked((runtime, progress), &cx, &plan, &goal, scratch);
    let (trace, verdict) = match ended {
        Ok((cx, trace, settled)) => {
            let verdict = match endless::of(&cx.client, &trace) {
                Some(end) => endless::leave(&cx.client, end, &root)?,
                None => conclude(&cx, &settled, &data)?,
            };
            (trace, verdict)
        }
        Err(ended) => (cx.tracer.finish(Vec::new()), ended.verdict()),
    };
    let about = About {
        complete: matches!(verdict, Verdict::Clean | Verdict::Findings),
        ..began.about(
            chosen.clients.into_iter().take(1).collect(),
            chosen.note,
            plan.command.clone(),
        )
    };
    let target = Asked::Dir(arguments.dir.clone());
    let mut run = judged(about, &cx, trace, target, verdict);
    judge.set_aside(&mut run, &plan);
    output::all([
        judge.save(&run),
        output::write(&Reports::of(&run), &outputs),
    ])?;
    Ok(run.code())
}

/// What is walked for one client, unless something ends it early. The scratch directory lives until nothing is left running that
/// could write into it while it is removed.
pub fn walked(
    (runtime, progress): (Runtime, Progress),
    cx: &Cx,
    plan: &Plan,
    goal: &Goal,
    scratch: Scratch,
) -> Result<(Cx, Trace, Settled), Ended> {
    let scratch = Arc::new(scratch);
    let work = check::one_client(cx.clone(), plan, goal, Arc::clone(&scratch));
    let ended = runtime.block_on(interrupt::interruptible(Box::pin(work), plan.deadline));
    progress.stop();
    check::end(runtime);
    ended
}

/// The client that is emulated.
pub fn first(chosen: &which::Chosen) -> Client {
    chosen
        .clients
        .first()
        .map(|(client, _)| client.clone())
        .expect("a run has at least one client")
}

/// What stages get, with the display listening.
pub fn context(io: &Io, client: Client, progress: &Progress, manner: Manner) -> Cx {
    let tracer = progress
        .sender()
        .map_or_else(Tracer::default, Tracer::with_listener);
    Cx::new(io.clone(), client, tracer, manner)
}

/// What is installed, and how.
fn plan(io: &Io, arguments: &Get, root: &Path) -> Result<Plan, Failure> {
    let data_dir = settings::data_dir(&arguments.client, &io.env);
    let options = Options {
        until: PublicStage::Manifest,
        update: arguments.update,
        ..Options::of(data_dir, &arguments.test_directory)
    };
    Ok(Plan {
        targets: vec![(
            Asked::Dir(arguments.dir.clone()),
            Goal::Dir(root.to_owned()),
        )],
        cli_config: arguments.client.cli_config.clone(),
        probes: false,
        trials: false,
        unsure_fails: false,
        deadline: settings::deadline(&arguments.network)?,
        ..Plan::of(options, vec!["get".to_owned(), arguments.dir.clone()])
    })
}

/// The finished run; the exit status is the client's, whatever the findings say.
fn judged(about: About, cx: &Cx, trace: Trace, target: Asked, verdict: Verdict) -> Run {
    let findings = if about.complete {
        rules::diagnose(&Case {
            trace: &trace,
            client: &cx.client,
            view: View::Install,
        })
    } else {
        Vec::new()
    };
    Run::of(about, vec![Section::of(target, trace, findings)], verdict)
}

/// Exchanges old and new where the client would have written; whether the client fails.
fn conclude(cx: &Cx, settled: &Settled, data: &Path) -> Result<Verdict, Failure> {
    let failed = settled.failures > 0 || !settled.readable;
    let any = failed || settled.root_problems + settled.unreadable_calls > 0;
    let writes = if cx.client.does(Behaviour::NoManifestAfterAnyError) {
        !any
    } else {
        settled.readable && (!failed || cx.client.does(Behaviour::WritesManifestAfterFailure))
    };
    if writes {
        let staged: Vec<(String, PathBuf)> = settled
            .workspace
            .staged()
            .map(|(key, path)| (key.to_owned(), path.to_owned()))
            .collect();
        let order = exchange::Order {
            modules: data.join("modules"),
            scratch: settled.workspace.scratch().to_owned(),
            removed: settled.workspace.removed().to_vec(),
            staged,
            manifest: settled.modules_json(),
        };
        exchange::run(&order).map_err(Failure::Install)?;
    }
    Ok(if any {
        Verdict::Findings
    } else {
        Verdict::Clean
    })
}
