//! What can be typed: clap types and nothing else.

use crate::cli::compat::Compat;
use crate::cli::parse::Context;
use crate::cli::policy::SetAside;
use crate::cli::policy::Threshold;
use clap::Args;
use clap::Parser;
use clap::Subcommand;
use std::path::PathBuf;

/// Diagnoses Terraform and OpenTofu module installation.
///
/// It walks the path of the real client (CLI configuration, credentials, discovery, versions, location, package,
/// module directory), writes down what was asked and answered, and says what is wrong, who can fix it, and which fix works.
#[derive(Debug, Parser)]
#[command(name = "tfreg-doctor", version, propagate_version = true, after_help = EXAMPLES, max_term_width = 100)]
pub struct Cli {
    /// Flags of every command.
    #[command(flatten)]
    pub global: Global,
    /// The command; without one, `check .` in a directory with configuration.
    #[command(subcommand)]
    pub command: Option<Command>,
}

const EXAMPLES: &str = "\
Examples:
  tfreg-doctor demo                                     the story of a module one directory too deep
  tfreg-doctor check tf.example.com                     a registry
  tfreg-doctor check tf.example.com/net/sg/aws@~>1.2    a module of it
  tfreg-doctor check .                                  every module call of this directory
  tfreg-doctor compat tf.example.com/net/sg/aws         what works for which client
  tfreg-doctor check . --format json --report human=report.txt
  tfreg-doctor explain TFR740                           what a code means
  terraform init 2>&1 | tfreg-doctor explain -          which codes an error may be

Exit status: 0 fine, 1 findings, 2 usage, 3 could not tell, 4 nothing to check, 128 + signal interrupted.";

/// Flags of every command.
#[derive(Debug, Args)]
pub struct Global {
    /// Run as if started in this directory.
    #[arg(short = 'C', long, global = true, value_name = "DIR")]
    pub chdir: Option<PathBuf>,
    /// The configuration file, instead of the nearest tfreg-doctor.toml.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Read no configuration file.
    #[arg(long, global = true)]
    pub no_config: bool,
    /// Findings and summary only; twice: nothing but the exit status.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub quiet: u8,
    /// Each request with its headers; twice: with bodies, bounded.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Colour: auto, always, never.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", value_parser = ["auto", "always", "never"])]
    pub color: String,
    /// The same as --color never.
    #[arg(long, global = true)]
    pub no_color: bool,
    /// No box drawing, nothing outside ASCII.
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Progress on stderr: auto, bar, counter, none.
    #[arg(long, global = true, value_name = "HOW", default_value = "auto", value_parser = ["auto", "bar", "counter", "none"])]
    pub show_progress: String,
    /// The build server that it runs on: auto, github, gitlab, off.
    #[arg(long, global = true, value_name = "KIND", default_value = "auto", value_parser = ["auto", "github", "gitlab", "off"])]
    pub ci: String,
    /// How these came about.
    #[arg(skip)]
    pub context: Context,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Diagnose hosts, modules, packages and root modules.
    Check(Box<Check>),
    /// The same for every client version: what works where.
    Compat(Box<Compat>),
    /// Install a root module's tree as the client does.
    Get(Get),
    /// modules.json against configuration and disk; with --online, against the registry too.
    Modules(Modules),
    /// Practise on a built-in faulty registry; no network.
    Demo(Demo),
    /// What a code means, or which codes fit the client's output on standard input.
    Explain(Explain),
    /// Saved JSON reports: render, merge, compare; no network.
    #[command(subcommand)]
    Report(Report),
    /// Effective settings with their origin, or a first configuration file.
    Config(Config),
    /// The JSON Schema of the report document, of an event, or of the configuration file.
    Schema(Schema),
}

/// `report`.
#[derive(Debug, Subcommand)]
pub enum Report {
    /// Write a saved report in other formats.
    Render(ReportRender),
    /// Make one report of several, such as the shares of a partition.
    Merge(ReportMerge),
    /// Show what differs between two reports; exit status 1 where something does.
    Diff(ReportDiff),
}

/// `report render`.
#[derive(Debug, Args)]
pub struct ReportRender {
    /// A report written with --format json or --report json=FILE.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The output.
    #[command(flatten)]
    pub output: Output,
}

/// `report merge`.
#[derive(Debug, Args)]
pub struct ReportMerge {
    /// Reports written with --format json or --report json=FILE.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Prove that these are all shares of one list, each once; exit status 3 where they are not.
    #[arg(long, value_name = "N")]
    pub expect_partitions: Option<u32>,
    /// The output.
    #[command(flatten)]
    pub output: Output,
}

/// `report diff`.
#[derive(Debug, Args)]
pub struct ReportDiff {
    /// A report.
    #[arg(value_name = "A")]
    pub left: PathBuf,
    /// Another report.
    #[arg(value_name = "B")]
    pub right: PathBuf,
    /// human or json.
    #[arg(short, long, value_name = "FORMAT", default_value = "human", value_parser = ["human", "json"])]
    pub format: String,
}

/// `config`.
#[derive(Debug, Args)]
pub struct Config {
    /// show, or init: write a commented tfreg-doctor.toml, never over one that is there.
    #[arg(value_name = "WHAT", default_value = "show", value_parser = ["show", "init"])]
    pub what: String,
    /// human or json.
    #[arg(short, long, value_name = "FORMAT", default_value = "human", value_parser = ["human", "json"])]
    pub format: String,
}

/// `schema`.
#[derive(Debug, Args)]
pub struct Schema {
    /// Of what.
    #[arg(value_name = "WHAT", value_parser = ["report", "event", "config"])]
    pub what: String,
}

/// `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// HOST[:PORT], [HOST/]NAMESPACE/NAME/SYSTEM[//SUBDIR][@VERSION], a source address, or a directory (., ./x, /x); @FILE
    /// and - (standard input) list targets, one a line.
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
    /// Show the codes that would be looked for, and ask nothing.
    #[arg(long)]
    pub list: bool,
    /// Many targets.
    #[command(flatten)]
    pub many: Many,
    /// The client to emulate.
    #[command(flatten)]
    pub client: ClientArgs,
    /// The network.
    #[command(flatten)]
    pub network: Network,
    /// What is asked and judged.
    #[command(flatten)]
    pub judgement: Judgement,
    /// The output.
    #[command(flatten)]
    pub output: Output,
}

/// What a check of many targets needs besides.
#[derive(Debug, Args)]
pub struct Many {
    /// Every root module below the directories named.
    #[arg(long, help_heading = "Selection")]
    pub recursive: bool,
    /// One job's share of the targets: slice:M/N, hash:M/N, or auto as the CI system says.
    #[arg(long, value_name = "SPEC", help_heading = "Selection")]
    pub partition: Option<String>,
    /// How often a request that failed in passing is repeated.
    #[arg(long, value_name = "N", default_value_t = 2, help_heading = "Network")]
    pub retries: u32,
    /// The most requests to one host, such as 10/s or 600/m; all jobs of a partition together.
    #[arg(long, value_name = "N/s", help_heading = "Network")]
    pub host_rate: Option<String>,
    /// Whose rate that is: run (all jobs of a partition), process.
    #[arg(long, value_name = "SCOPE", default_value = "run", value_parser = ["run", "process"], help_heading = "Network")]
    pub host_rate_scope: String,
    /// Look again until everything is healthy, at most for so long.
    #[arg(long, value_name = "DUR", help_heading = "Network")]
    pub wait: Option<String>,
    /// Time between two looks of --wait.
    #[arg(
        long,
        value_name = "DUR",
        default_value = "5s",
        help_heading = "Network"
    )]
    pub interval: String,
    /// List the slowest targets.
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Output")]
    pub slowest: usize,
}

/// `get`.
#[derive(Debug, Args)]
pub struct Get {
    /// The root module; with --into the address of a module.
    #[arg(value_name = "DIR|ADDRESS", default_value = ".")]
    pub dir: String,
    /// Install the one module of ADDRESS into this directory, which is new or empty.
    #[arg(long, value_name = "DIR")]
    pub into: Option<PathBuf>,
    /// With --into: print nothing but the module's directory: dir.
    #[arg(long, value_name = "WHAT", value_parser = ["dir"], requires = "into")]
    pub print: Option<String>,
    /// Ask for newer versions of what is installed.
    #[arg(long)]
    pub update: bool,
    /// Where test files are.
    #[arg(long, value_name = "PATH", default_value = "tests")]
    pub test_directory: String,
    /// The client to emulate.
    #[command(flatten)]
    pub client: ClientArgs,
    /// The network.
    #[command(flatten)]
    pub network: Network,
    /// What is set aside.
    #[command(flatten)]
    pub aside: SetAside,
    /// The output.
    #[command(flatten)]
    pub output: Output,
}

/// `modules`.
#[derive(Debug, Args)]
pub struct Modules {
    /// The root module.
    #[arg(value_name = "DIR", default_value = ".")]
    pub dir: String,
    /// Ask the registries too, and compute each directory anew.
    #[arg(long)]
    pub online: bool,
    /// Where test files are.
    #[arg(long, value_name = "PATH", default_value = "tests")]
    pub test_directory: String,
    /// The client to emulate.
    #[command(flatten)]
    pub client: ClientArgs,
    /// The network.
    #[command(flatten)]
    pub network: Network,
    /// What is set aside.
    #[command(flatten)]
    pub aside: SetAside,
    /// What makes the run fail.
    #[command(flatten)]
    pub threshold: Threshold,
    /// The output.
    #[command(flatten)]
    pub output: Output,
}

/// The client to emulate.
#[derive(Debug, Args)]
pub struct ClientArgs {
    /// terraform or opentofu (tofu), with a version or a range behind an @ (terraform@1.11, terraform@>=1.1), or all; may be
    /// given several times.
    #[arg(long, value_name = "NAME[@VERSION]", help_heading = "Client")]
    pub client: Vec<String>,
    /// Instead of TF_CLI_CONFIG_FILE and the default places.
    #[arg(long, value_name = "FILE", help_heading = "Client")]
    pub cli_config: Option<PathBuf>,
    /// Instead of TF_DATA_DIR.
    #[arg(long, value_name = "DIR", help_heading = "Client")]
    pub data_dir: Option<String>,
}

/// The network.
#[derive(Debug, Args)]
pub struct Network {
    /// Time for one request.
    #[arg(
        long,
        value_name = "DUR",
        default_value = "30s",
        help_heading = "Network"
    )]
    pub timeout: String,
    /// Time for one connection, TLS included.
    #[arg(
        long,
        value_name = "DUR",
        default_value = "10s",
        help_heading = "Network"
    )]
    pub connect_timeout: String,
    /// Time for one package.
    #[arg(
        long,
        value_name = "DUR",
        default_value = "10m",
        help_heading = "Network"
    )]
    pub package_timeout: String,
    /// Time for the whole run.
    #[arg(long, value_name = "DUR", help_heading = "Network")]
    pub deadline: Option<String>,
    /// How long Retry-After is honoured, in total.
    #[arg(
        long,
        value_name = "DUR",
        default_value = "60s",
        help_heading = "Network"
    )]
    pub max_wait: String,
    /// Requests at a time.
    #[arg(
        short,
        long,
        value_name = "N",
        default_value_t = 128,
        help_heading = "Network"
    )]
    pub jobs: usize,
    /// Requests at a time to one host.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 100,
        help_heading = "Network"
    )]
    pub host_jobs: usize,
    /// A file with further trusted roots, PEM.
    #[arg(long, value_name = "FILE", help_heading = "Network")]
    pub ca_file: Vec<PathBuf>,
    /// Use this address for a name and port, as curl does.
    #[arg(long, value_name = "HOST:PORT:ADDR", help_heading = "Network")]
    pub resolve: Vec<String>,
    /// Send HOST's token over plain http, as the client would (TFR960).
    #[arg(long, value_name = "HOST", help_heading = "Network")]
    pub token_over_http: Vec<String>,
    /// The largest package, such as 512MiB.
    #[arg(
        long,
        value_name = "SIZE",
        default_value = "512MiB",
        help_heading = "Network"
    )]
    pub max_bytes: String,
    /// The most entries of a package.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 100_000,
        help_heading = "Network"
    )]
    pub max_files: u64,
}

/// What is asked and judged.
#[derive(Debug, Args)]
pub struct Judgement {
    /// Stop after this stage: config, network, discovery, credentials, versions, selection, location, package, layout.
    #[arg(long, value_name = "STAGE", help_heading = "Judgement")]
    pub until: Option<String>,
    /// Only module calls with this key; * stays between dots, ** does not.
    #[arg(long, value_name = "KEY", help_heading = "Judgement")]
    pub module: Vec<String>,
    /// Try fixes: auto, never, all.
    #[arg(long, value_name = "HOW", default_value = "auto", value_parser = ["auto", "never", "all"], help_heading = "Judgement")]
    pub verify: String,
    /// Ask nothing that the client does not ask.
    #[arg(long, help_heading = "Judgement")]
    pub no_probe: bool,
    /// Count only these stages or codes; what they need is asked all the same.
    #[arg(long, value_name = "LIST", help_heading = "Judgement")]
    pub only: Vec<String>,
    /// Leave out these stages or codes.
    #[arg(long, value_name = "LIST", help_heading = "Judgement")]
    pub skip: Vec<String>,
    /// What is set aside.
    #[command(flatten)]
    pub aside: SetAside,
    /// A stage slower than this is a warning (TFR938).
    #[arg(long, value_name = "DUR", help_heading = "Judgement")]
    pub slow: Option<String>,
    /// What makes the run fail.
    #[command(flatten)]
    pub threshold: Threshold,
    /// What an empty list of targets does: fail (4), warn, pass.
    #[arg(long, value_name = "HOW", default_value = "fail", value_parser = ["fail", "warn", "pass"], help_heading = "Judgement")]
    pub no_targets: String,
}

/// The output.
#[derive(Debug, Args)]
pub struct Output {
    /// human, compact, json, ndjson, junit, sarif, gitlab, markdown, html, prometheus or csv; in --report github, har and
    /// bundle too.
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        default_value = "human",
        help_heading = "Output"
    )]
    pub format: String,
    /// Write the report to this file instead of stdout.
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Write a further report; may be given several times.
    #[arg(long, value_name = "FORMAT=PATH", help_heading = "Output")]
    pub report: Vec<String>,
    /// The phases of each request.
    #[arg(long, help_heading = "Output")]
    pub timings: bool,
    /// A curl line for each request.
    #[arg(long, help_heading = "Output")]
    pub curl: bool,
}

/// `demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// The scenario; without one, the module one directory too deep.
    #[arg(value_name = "SCENARIO")]
    pub scenario: Option<String>,
    /// Show the scenarios.
    #[arg(long)]
    pub list: bool,
    /// The clients to emulate, instead of the scenario's own.
    #[command(flatten)]
    pub client: ClientArgs,
    /// The output.
    #[command(flatten)]
    pub output: Output,
}

/// `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// A code such as TFR740, a name such as nested-root, or - for the client's output on standard input.
    #[arg(value_name = "CODE|NAME|-")]
    pub what: Option<String>,
    /// The form of the answer to -.
    #[arg(short, long, value_name = "FORMAT", default_value = "human", value_parser = ["human", "json"])]
    pub format: String,
    /// Show all codes.
    #[arg(long)]
    pub list: bool,
}
