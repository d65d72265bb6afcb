//! `compat`: `check` for every client that is known, as a matrix.

use crate::cli::args::Check;
use crate::cli::args::ClientArgs;
use crate::cli::args::Global;
use crate::cli::args::Judgement;
use crate::cli::args::Many;
use crate::cli::args::Network;
use crate::cli::args::Output;
use crate::cli::check;
use crate::cli::failure::Failure;
use crate::io::env::Env;
use crate::report::style::Scope;
use clap::Args;

/// `compat`.
#[derive(Debug, Args)]
pub struct Compat {
    /// HOST[:PORT], [HOST/]NAMESPACE/NAME/SYSTEM[//SUBDIR][@VERSION], a source address, or a directory (., ./x, /x).
    #[arg(value_name = "TARGET")]
    pub target: Option<String>,
    /// The clients to emulate; all without one.
    #[command(flatten)]
    pub client: ClientArgs,
    /// The network.
    #[command(flatten)]
    pub network: Network,
    /// What is asked and judged.
    #[command(flatten)]
    pub judgement: Judgement,
    /// What many targets need besides.
    #[command(flatten)]
    pub many: Many,
    /// The output.
    #[command(flatten)]
    pub output: Output,
}

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
