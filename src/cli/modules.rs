//! `modules`: the records of `modules.json` against configuration, disk and, where asked for, registries.
//!
//! It reads only. Nothing goes over the network without `--online`; with it, the tree is installed as `check` does, into a
//! directory of its own, and only the directories that come of it are compared.

use crate::cli::about::Begun;
use crate::cli::args::Global;
use crate::cli::args::Modules;
use crate::cli::check;
use crate::cli::check::Plan;
use crate::cli::expect;
use crate::cli::failure::Failure;
use crate::cli::interrupt;
use crate::cli::judge::Judge;
use crate::cli::output;
use crate::cli::output::Reports;
use crate::cli::progress::Progress;
use crate::cli::settings;
use crate::cli::which;
use crate::client::Client;
use crate::finding::Case;
use crate::finding::Finding;
use crate::finding::View;
use crate::io::Io;
use crate::io::env::Env;
use crate::io::files;
use crate::io::scratch::Scratch;
use crate::report::About;
use crate::report::Asked;
use crate::report::OtherClient;
use crate::report::Run;
use crate::report::Section;
use crate::report::Verdict;
use crate::rules;
use crate::stages::Cx;
use crate::stages::Manner;
use crate::stages::records;
use crate::stages::records::Question;
use crate::trace::Fact;
use crate::trace::Stage;
use crate::trace::Trace;
use crate::trace::Tracer;
use crate::trace::call::CallState;
use crate::trace::fact::ComputedDir;
use crate::trace::fact::RecordFate;
use crate::walk::Goal;
use crate::walk::Options;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// Runs the command.
pub fn run(global: &Global, arguments: &Modules, env: Env) -> Result<i32, Failure> {
    let judge = Judge::by(global, &arguments.aside, &env)?.failing(&arguments.threshold);
    let outputs = settings::outputs(global, &arguments.output, &env)?;
    output::prepare(&outputs)?;
    let root = env.directory().join(&arguments.dir);
    if files::target_kind(&root) != files::Kind::Directory {
        return Err(Failure::Usage(format!(
            "{}: no such directory",
            arguments.dir
        )));
    }
    // The client reads everything relative to the root module.
    let io = Io::new(
        env.in_directory(&root),
        expect::network(global, &arguments.network)?,
    );
    let runtime = check::runtime()?;
    let scratch = check::scratch(&io)?;
    let chosen = runtime.block_on(which::run(&io, global, &arguments.client, &scratch))?;
    let plan = plan(&io, arguments, &root)?;
    let progress = Progress::start(global);
    let began = Begun::now();
    let work = sections(&io, &plan, arguments, &chosen.clients, &root, &scratch);
    let ended = runtime.block_on(interrupt::interruptible(work, plan.deadline));
    progress.stop();
    let (sections, interrupted) = match ended {
        Ok(sections) => (sections, None),
        Err(ended) => (Vec::new(), Some(ended.verdict())),
    };
    let about = About {
        complete: interrupted.is_none(),
        spans: chosen.spans,
        ..began.about(chosen.clients, chosen.note, plan.command.clone())
    };
    let mut run = Run::of(about, sections, Verdict::Clean);
    run.verdict = interrupted.unwrap_or(Verdict::Clean);
    judge.run(&mut run, &plan);
    output::all([
        judge.save(&run),
        output::write(&Reports::of(&run), &outputs),
    ])?;
    Ok(run.code())
}

fn plan(io: &Io, arguments: &Modules, root: &Path) -> Result<Plan, Failure> {
    let data_dir = settings::data_dir(&arguments.client, &io.env);
    let mut command = vec!["modules".to_owned(), arguments.dir.clone()];
    if arguments.online {
        command.push("--online".to_owned());
    }
    Ok(Plan {
        targets: vec![(
            Asked::Dir(arguments.dir.clone()),
            Goal::Dir(root.to_owned()),
        )],
        cli_config: arguments.client.cli_config.clone(),
        trials: false,
        fail_on: arguments.threshold.fail_on(),
        unsure_fails: arguments.threshold.unsure_fails(),
        deadline: settings::deadline(&arguments.network)?,
        ..Plan::of(Options::of(data_dir, &arguments.test_directory), command)
    })
}

/// The records and, behind them, what an installation of today came to, where that was asked for.
async fn sections(
    io: &Io,
    plan: &Plan,
    arguments: &Modules,
    clients: &[(Client, String)],
    root: &Path,
    scratch: &Arc<Scratch>,
) -> Vec<Section> {
    let mut judged = Vec::new();
    let mut installed = None;
    for (index, (client, _)) in clients.iter().enumerate() {
        let mut question = Question {
            root: root.to_owned(),
            data_dir: plan.options.data_dir.clone(),
            test_directory: plan.options.test_directory.clone(),
            computed: HashMap::new(),
        };
        let mut found = judge(io, client, &question);
        if arguments.online {
            let own = scratch.path().join(format!("client{index}"));
            let own = files::make_directories(&own)
                .ok()
                .and_then(|()| Scratch::new_in(&own).ok())
                .map_or_else(|| Arc::clone(scratch), Arc::new);
            let mut plan = plan.clone();
            plan.options.versions = recorded_versions(&found.trace);
            let (computed, section) =
                Box::pin(install(io, &plan, client, root, own, arguments)).await;
            question.computed = computed;
            installed = installed.or(Some(section));
            found = judge(io, client, &question);
        }
        judged.push(found);
    }
    let mut rest = judged.into_iter();
    let first = rest.next().expect("a run has at least one client");
    let mut sections = vec![Section {
        target: Asked::Records(arguments.dir.clone()),
        trace: first.trace,
        findings: first.findings,
        others: rest.collect(),
        cut: false,
    }];
    sections.extend(installed);
    sections
}

/// Installs the tree as `check` does: the directories, and all that was learned on the way.
async fn install(
    io: &Io,
    plan: &Plan,
    client: &Client,
    root: &Path,
    scratch: Arc<Scratch>,
    arguments: &Modules,
) -> (HashMap<String, ComputedDir>, Section) {
    let cx = cx_of(io, client);
    let goal = Goal::Dir(root.to_owned());
    let (cx, trace, _settled) = Box::pin(check::one_client(cx, plan, &goal, scratch)).await;
    let computed = computed(&trace);
    let findings: Vec<Finding> = rules::diagnose(&Case {
        trace: &trace,
        client: &cx.client,
        view: View::Install,
    });
    let section = Section::of(Asked::Dir(arguments.dir.clone()), trace, findings);
    (computed, section)
}

/// The versions of records that the client keeps: what a registry says of these is what counts.
fn recorded_versions(trace: &Trace) -> HashMap<String, String> {
    let facts = trace.stage(Stage::Manifest).flat_map(|step| &step.facts);
    facts
        .filter_map(|fact| match fact {
            Fact::Record(record)
                if matches!(record.fate, RecordFate::Kept | RecordFate::DirMissing) =>
            {
                let version = record.version.as_ref()?;
                Some((record.key.clone(), version.raw().to_owned()))
            }
            _ => None,
        })
        .collect()
}

fn computed(trace: &Trace) -> HashMap<String, ComputedDir> {
    let mut found = HashMap::new();
    for call in &trace.calls {
        let (CallState::Installed, Some(dir)) = (call.state, &call.dir) else {
            continue;
        };
        let files = trace
            .step(&call.subject(), Stage::ModuleDir)
            .into_iter()
            .flat_map(|step| &step.facts)
            .find_map(|fact| match fact {
                Fact::ModuleDir(fact) => Some(fact.config_files.len()),
                _ => None,
            });
        found.insert(
            call.key.clone(),
            ComputedDir {
                dir: dir.clone(),
                config_files: files.unwrap_or(0),
                version: call.version.clone(),
            },
        );
    }
    found
}

fn judge(io: &Io, client: &Client, question: &Question) -> OtherClient {
    let cx = cx_of(io, client);
    let calls = records::run(&cx, question);
    let trace = cx.tracer.finish(calls);
    let findings = rules::diagnose(&Case {
        trace: &trace,
        client,
        view: View::Records,
    });
    OtherClient {
        client: client.clone(),
        trace,
        findings,
    }
}

fn cx_of(io: &Io, client: &Client) -> Cx {
    Cx::new(io.clone(), client.clone(), Tracer::default(), Manner::Check)
}
