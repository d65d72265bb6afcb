//! The terminal side: the only code that prints or exits.

pub mod about;
pub mod args;
pub mod check;
pub mod demo;
pub mod explain;
pub mod failure;
pub mod get;
pub mod get_into;
pub mod interrupt;
pub mod many;
pub mod modules;
pub mod output;
pub mod partition;
pub mod progress;
pub mod roots;
pub mod saved;
pub mod settings;
pub mod sweep;
pub mod targets;
pub mod which;

use crate::cli::args::Command;
use crate::cli::failure::Failure;
use crate::io::env::Env;
use clap::CommandFactory;
use clap::FromArgMatches;
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the command line; gives the exit status.
pub fn run(words: Vec<OsString>) -> ExitCode {
    let env = Env::from_process();
    let cli = match settings::parse(words, &env) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no failures; clap knows which stream each belongs to.
            let _ = error.print();
            return exit(error.exit_code());
        }
    };
    let env = match cli.global.chdir.as_deref().map(crate::io::env::enter) {
        None => env,
        Some(Ok(())) => Env::from_process(),
        Some(Err(word)) => {
            let shown = cli
                .global
                .chdir
                .as_deref()
                .map(|path| path.display().to_string())
                .unwrap_or_default();
            return fail(&Failure::Usage(format!("--chdir {shown}: {word}")));
        }
    };
    let outcome = match cli.command {
        None => bare(&cli.global, env),
        Some(Command::Check(check)) => check::run(&cli.global, &check, env),
        Some(Command::Get(get)) => get::run(&cli.global, &get, env),
        Some(Command::Modules(modules)) => modules::run(&cli.global, &modules, env),
        Some(Command::Demo(demo)) => demo::run(&cli.global, &demo, &env),
        Some(Command::Explain(explain)) => explain::run(&explain),
        Some(Command::Report(report)) => saved::run(&cli.global, &report, &env),
    };
    match outcome {
        Ok(code) => exit(code),
        Err(failure) => fail(&failure),
    }
}

/// Without a command: `check .` where there is configuration, the short help elsewhere.
fn bare(global: &args::Global, env: Env) -> Result<i32, Failure> {
    let names = crate::io::files::names(env.directory()).unwrap_or_default();
    if names
        .iter()
        .any(|name| name.ends_with(".tf") || name.ends_with(".tf.json") || name.ends_with(".tofu"))
    {
        let matches = args::Cli::command()
            .try_get_matches_from(["tfreg-doctor", "check", "."])
            .map_err(|error| Failure::Usage(error.to_string()))?;
        let cli = args::Cli::from_arg_matches(&matches)
            .map_err(|error| Failure::Usage(error.to_string()))?;
        let Some(Command::Check(check)) = cli.command else {
            return Ok(2);
        };
        return check::run(global, &check, env);
    }
    output::stdout(args::Cli::command().render_help().to_string().as_bytes())?;
    Ok(0)
}

fn fail(failure: &Failure) -> ExitCode {
    output::stderr(&format!(
        "tfreg-doctor: {}",
        crate::foreign::visible(&failure.to_string())
    ));
    exit(failure.code())
}

fn exit(code: i32) -> ExitCode {
    ExitCode::from(u8::try_from(code).unwrap_or(101))
}
