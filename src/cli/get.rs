//! `get`: the walk as the client makes it, then the exchange of old and new.

use crate::cli::about::Begun;
use crate::cli::args::Get;
use crate::cli::args::Global;
use crate::cli::check;
use crate::cli::check::Ended;
use crate::cli::check::FailOn;
use crate::cli::check::Plan;
use crate::cli::failure::Failure;
use crate::cli::output;
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
use crate::io::trees::Scratch;
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
use std::collections::HashMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

/// Runs the command.
pub fn run(global: &Global, arguments: &Get, env: Env) -> Result<i32, Failure> {
    let outputs = settings::outputs(global, &arguments.output, &env)?;
    output::prepare(&outputs)?;
    let io = Io::new(env, check::network(&arguments.network)?);
    let root = io.env.directory().join(&arguments.dir);
    if files::target_kind(&root) != files::Kind::Directory {
        return Err(Failure::Usage(format!(
            "{}: no such directory",
            arguments.dir
        )));
    }
    // The client reads everything relative to the root module.
    let io = Io::new(
        (*io.env).clone().in_directory(&root),
        check::network(&arguments.network)?,
    );
    let runtime = check::runtime()?;
    let elsewhere = check::scratch(&io)?;
    let chosen = runtime.block_on(which::run(&io, &arguments.client, &elsewhere))?;
    let (client, chosen_by) = chosen
        .clients
        .first()
        .cloned()
        .expect("a run has at least one client");
    let plan = plan(&io, arguments)?;
    let data = root.join(&plan.options.data_dir);
    let scratch = beside(&data)?;
    let progress = Progress::start(global);
    let began = Begun::now();
    let work = install(
        &io,
        &plan,
        client.clone(),
        &root,
        Arc::clone(&scratch),
        &progress,
    );
    let ended = runtime.block_on(check::interruptible(work, plan.deadline));
    progress.stop();
    check::end(runtime);
    let (cx, trace, settled) = match ended {
        Ok(done) => done,
        Err(Ended::Signal(signal)) => return Ok(128 + signal),
        Err(Ended::Deadline) => return Ok(3),
    };
    let code = conclude(&cx, &settled, &data)?;
    let about = began.about(vec![(client, chosen_by)], chosen.note, plan.command.clone());
    output::write(&judged(about, &cx, trace, &arguments.dir, code), &outputs)?;
    Ok(code)
}

/// What is installed, and how.
fn plan(io: &Io, arguments: &Get) -> Result<Plan, Failure> {
    let data_dir = settings::data_dir(&arguments.client, &io.env);
    Ok(Plan {
        targets: Vec::new(),
        options: Options {
            until: PublicStage::Manifest,
            update: arguments.update,
            test_directory: arguments.test_directory.clone(),
            data_dir,
            only: Vec::new(),
            versions: HashMap::new(),
        },
        cli_config: arguments.client.cli_config.clone(),
        probes: false,
        trials: false,
        fail_on: FailOn::Error,
        unsure_fails: false,
        command: vec!["get".to_owned(), arguments.dir.clone()],
        deadline: arguments
            .network
            .deadline
            .as_deref()
            .map(|text| settings::duration(text, "--deadline"))
            .transpose()?,
    })
}

/// The finished run; the exit status is the client's, whatever the findings say.
fn judged(about: About, cx: &Cx, trace: Trace, dir: &str, code: i32) -> Run {
    let findings = rules::diagnose(&Case {
        trace: &trace,
        client: &cx.client,
        view: View::Install,
    });
    Run {
        about,
        sections: vec![Section {
            target: Asked::Dir(dir.to_owned()),
            trace,
            findings,
            others: Vec::new(),
        }],
        verdict: if code == 0 {
            Verdict::Clean
        } else {
            Verdict::Findings
        },
    }
}

async fn install(
    io: &Io,
    plan: &Plan,
    client: Client,
    root: &Path,
    scratch: Arc<Scratch>,
    progress: &Progress,
) -> (Cx, Trace, Settled) {
    let tracer = progress
        .sender()
        .map_or_else(Tracer::default, Tracer::with_listener);
    let cx = Cx::new(io.clone(), client, tracer, Manner::Get);
    Box::pin(check::one_client(
        cx,
        plan,
        &Goal::Dir(root.to_owned()),
        scratch,
    ))
    .await
}

/// A scratch directory on the file system of the data directory.
fn beside(data: &Path) -> Result<Arc<Scratch>, Failure> {
    let parent: PathBuf = data
        .ancestors()
        .skip(1)
        .find(|parent| files::target_kind(parent) == files::Kind::Directory)
        .map_or_else(|| PathBuf::from("."), Path::to_owned);
    Scratch::new_in(&parent).map(Arc::new).map_err(|error| {
        Failure::Machine(format!(
            "{}: no directory can be made there: {}",
            parent.display(),
            files::word(&error)
        ))
    })
}

/// Exchanges old and new where the client would have written; the client's exit status.
fn conclude(cx: &Cx, settled: &Settled, data: &Path) -> Result<i32, Failure> {
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
            manifest: settled.modules_json(&cx.client),
        };
        exchange::run(&order)
            .map_err(|word| Failure::Machine(format!("{}: {word}", data.display())))?;
    }
    Ok(i32::from(any))
}
