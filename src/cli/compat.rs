//! `compat`: `check` for every client that is known, as a matrix.

use crate::cli::args::Check;
use crate::cli::args::Compat;
use crate::cli::args::Global;
use crate::cli::check;
use crate::cli::failure::Failure;
use crate::io::env::Env;
use crate::report::style::Scope;

/// Runs the command.
pub fn run(global: &Global, arguments: Compat, env: Env) -> Result<i32, Failure> {
    let mut check = Check {
        targets: arguments.target.into_iter().collect(),
        list: false,
        client: arguments.client,
        network: arguments.network,
        judgement: arguments.judgement,
        many: arguments.many,
        output: arguments.output,
    };
    if check.client.client.is_empty() {
        check.client.client.push("all".to_owned());
    }
    check::run_as(global, &check, env, Scope::Matrix)
}
