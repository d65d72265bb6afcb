//! The terminal side: the only code that prints or exits.

pub mod about;
pub mod args;
pub mod baseline;
pub mod check;
pub mod ci;
pub mod clients;
pub mod compat;
pub mod config;
pub mod demo;
pub mod expect;
pub mod explain;
pub mod failure;
pub mod get;
pub mod get_into;
pub mod interrupt;
pub mod judge;
pub mod many;
pub mod meta;
pub mod modules;
pub mod output;
pub mod parse;
pub mod partition;
pub mod policy;
pub mod progress;
pub mod roots;
pub mod saved;
pub mod settings;
pub mod sweep;
pub mod targets;
pub mod which;

use crate::cli::args::Cli;
use crate::cli::args::Command;
use crate::cli::failure::Failure;
use crate::cli::parse::Refused;
use crate::io::env::Env;
use clap::CommandFactory;
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the command line; gives the exit status.
pub fn run(mut words: Vec<OsString>) -> ExitCode {
    let env = Env::from_process();
    let first = match parse::parse(words.clone(), &env) {
        Ok(cli) => cli,
        Err(error) => return refuse(&Refused::Clap(error)),
    };
    let env = match first.global.chdir.as_deref().map(crate::io::env::enter) {
        None => env,
        Some(Ok(())) => Env::from_process(),
        Some(Err(word)) => {
            let shown = first
                .global
                .chdir
                .as_deref()
                .map(|path| path.display().to_string())
                .unwrap_or_default();
            return fail(&Failure::Usage(format!("--chdir {shown}: {word}")));
        }
    };
    if first.command.is_none() && has_configuration(&env) {
        words.extend(["check".into(), ".".into()]);
    }
    match parse::with_config(words, &first, &env) {
        Ok(cli) => match dispatch(cli, env) {
            Ok(code) => exit(code),
            Err(failure) => fail(&failure),
        },
        Err(refused) => refuse(&refused),
    }
}

fn dispatch(cli: Cli, env: Env) -> Result<i32, Failure> {
    let global = &cli.global;
    match cli.command {
        // Without a command, and nothing here to check: the short help.
        None => {
            output::stdout(Cli::command().render_help().to_string().as_bytes())?;
            Ok(0)
        }
        Some(Command::Check(check)) => check::run(global, &check, env),
        Some(Command::Compat(compat)) => compat::run(global, *compat, env),
        Some(Command::Get(get)) => get::run(global, &get, env),
        Some(Command::Modules(modules)) => modules::run(global, &modules, env),
        Some(Command::Demo(demo)) => demo::run(global, &demo, &env),
        Some(Command::Explain(explain)) => explain::run(&explain),
        Some(Command::Report(report)) => saved::run(global, &report, &env),
        Some(Command::Config(config)) => meta::config(global, &config, &env),
        Some(Command::Schema(schema)) => meta::schema(&schema),
    }
}

fn has_configuration(env: &Env) -> bool {
    let names = crate::io::files::names(env.directory()).unwrap_or_default();
    names
        .iter()
        .any(|name| name.ends_with(".tf") || name.ends_with(".tf.json") || name.ends_with(".tofu"))
}

fn refuse(refused: &Refused) -> ExitCode {
    match refused {
        Refused::Clap(error) => {
            // Help and version are no failures; clap knows which stream each belongs to.
            let _ = error.print();
            exit(error.exit_code())
        }
        Refused::Failure(failure) => fail(failure),
    }
}

fn fail(failure: &Failure) -> ExitCode {
    output::tell(failure);
    exit(failure.code())
}

fn exit(code: i32) -> ExitCode {
    ExitCode::from(u8::try_from(code).unwrap_or(101))
}
