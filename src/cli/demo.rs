//! `demo`: the lab plays a case on loopback, and `check` looks at it. No network, no set-up.

use crate::cli::args::Check;
use crate::cli::args::Command;
use crate::cli::args::Demo;
use crate::cli::args::Global;
use crate::cli::check;
use crate::cli::check::Plan;
use crate::cli::clients::Named;
use crate::cli::config;
use crate::cli::failure::Failure;
use crate::cli::judge::Judge;
use crate::cli::many::Manner;
use crate::cli::output;
use crate::cli::parse;
use crate::cli::parse::Refused;
use crate::cli::progress::Progress;
use crate::cli::settings;
use crate::cli::sweep;
use crate::cli::which::Chosen;
use crate::io::Io;
use crate::io::IoSettings;
use crate::io::dns::Override;
use crate::io::env::Env;
use crate::io::files;
use crate::io::scratch::Scratch;
use crate::lab::Lab;
use crate::lab::LaidOut;
use crate::lab::environment;
use crate::lab::lay_out;
use crate::lab::scenario::Scenario;
use crate::lab::scenes;
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

/// The clients of a demo that names none: one that expands a wildcard of a registry, and one that does not.
const CLIENTS: [&str; 2] = ["terraform@1.11.4", "terraform@0.12.31"];

/// Runs the command.
pub fn run(global: &Global, arguments: &Demo, env: &Env) -> Result<i32, Failure> {
    if arguments.list {
        let width = scenes::ALL
            .iter()
            .map(|scene| scene.name.len())
            .max()
            .unwrap_or(0);
        let lines: Vec<String> = scenes::ALL
            .iter()
            .map(|scene| format!("{:<width$}  {}", scene.name, scene.story()))
            .collect();
        let lines = lines.join(
            "
",
        ) + "
";
        output::stdout(lines.as_bytes())?;
        return Ok(0);
    }
    let name = arguments.scenario.as_deref().unwrap_or(scenes::DEFAULT);
    let Some(scene) = scenes::find(name) else {
        return Err(Failure::Usage(format!(
            "demo {name}: no such scenario; `tfreg-doctor demo --list` shows them"
        )));
    };
    let outputs = settings::outputs(global, &arguments.output, env)?;
    output::prepare(&outputs)?;
    let mut named = settings::clients(global, &arguments.client)?;
    if named.clients.is_empty() {
        named = Named::parse(&CLIENTS.map(str::to_owned), "demo")?;
    }
    let scenario = Scenario::from_json(scene.json)
        .map_err(|error| Failure::Machine(format!("scenario {name}: {error:?}")))?;
    let runtime = check::runtime()?;
    let own = Io::new(env.clone(), IoSettings::default());
    let scratch = check::scratch(&own)?;
    let played = runtime.block_on(play(&scenario, &scratch, env))?;
    let chosen = Chosen::from(named);
    let (own, arguments) = command(&scenario, &played)?;
    let judge = Judge::of(&own, &arguments.judgement, &played.io.env)?;
    let manner = Manner::alone();
    let plan = Plan {
        command: vec!["demo".to_owned(), scenario.name.clone()],
        ..check::plan(&played.io, &own, &arguments, (&chosen.clients, &manner))?
    };
    let progress = Progress::start(global);
    let mut run = runtime.block_on(sweep::run(&played.io, &plan, &chosen, &scratch, &progress));
    progress.stop();
    check::end(runtime);
    judge.run(&mut run, &plan);
    check::finish(&run, &outputs)
}

/// The scenario's command, read as a command line in its root module, with the configuration file that lies there.
fn command(scenario: &Scenario, played: &Played) -> Result<(Global, Box<Check>), Failure> {
    let file = played.root.join(config::find::NAMES[0]);
    let mut words: Vec<OsString> = vec!["tfreg-doctor".into()];
    if files::target_kind(&file) == files::Kind::File {
        words.extend(["--config".into(), config::find::NAMES[0].into()]);
    } else {
        words.push("--no-config".into());
    }
    words.extend(scenario.command.iter().map(Into::into));
    let env = &played.io.env;
    let wrong = |word: String| Failure::Machine(format!("scenario {}: {word}", scenario.name));
    let first = parse::parse(words.clone(), env).map_err(|error| wrong(error.to_string()))?;
    let cli = parse::with_config(words, &first, env).map_err(|refused| match refused {
        Refused::Clap(error) => wrong(error.to_string()),
        Refused::Failure(failure) => wrong(failure.to_string()),
    })?;
    match cli.command {
        Some(Command::Check(check)) => Ok((cli.global, check)),
        _ => Err(wrong("its command is no check".to_owned())),
    }
}

/// A scenario that is being played.
struct Played {
    io: Io,
    root: std::path::PathBuf,
    _lab: Lab,
}

async fn play(scenario: &Scenario, scratch: &Arc<Scratch>, env: &Env) -> Result<Played, Failure> {
    let machine = |word: String| Failure::Machine(format!("the lab cannot play: {word}"));
    let work = scratch
        .directory("lab")
        .map_err(|error| machine(files::word(&error)))?;
    let lab = Lab::start(scenario, &work.display().to_string())
        .await
        .map_err(|error| machine(files::word(&error)))?;
    let laid = lay_out(scenario, &lab).map_err(|error| machine(files::word(&error)))?;
    for (path, what) in laid {
        put(&work.join(path), &what).map_err(machine)?;
    }
    let mut pairs: Vec<(String, String)> = environment(scenario, &lab).into_iter().collect();
    pairs.push((
        "PATH".to_owned(),
        env.var("PATH").unwrap_or_default().to_owned(),
    ));
    let root = work.join("root");
    let authority = work.join("authority.pem");
    files::write_atomic(&authority, lab.root_certificate_pem().as_bytes(), 0o644)
        .map_err(|error| machine(files::word(&error)))?;
    let resolve = lab
        .resolve()
        .into_iter()
        .filter_map(|(host, port, address)| {
            Override::parse(&format!(
                "{host}:{port}:{}:{}",
                address.ip(),
                address.port()
            ))
            .ok()
        })
        .collect();
    let settings = IoSettings {
        resolve,
        closed: true,
        ca_files: vec![authority],
        ..IoSettings::default()
    };
    let io = Io::new(Env::from_pairs(pairs).in_directory(&root), settings);
    Ok(Played {
        io,
        root,
        _lab: lab,
    })
}

fn put(path: &Path, what: &LaidOut) -> Result<(), String> {
    if let Some(parent) = path.parent() {
        files::make_directories(parent)?;
    }
    match what {
        LaidOut::Dir => files::make_directories(path),
        LaidOut::File { bytes, mode } => {
            files::write_atomic(path, bytes, *mode).map_err(|error| files::word(&error))
        }
        LaidOut::Symlink(target) => files::make_link(target, path),
    }
}
