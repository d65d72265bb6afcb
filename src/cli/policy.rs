//! The flags that say which findings count, for every command that has findings.

use crate::cli::check::FailOn;
use crate::finding::Severity;
use clap::Args;
use std::path::PathBuf;

/// What is set aside.
#[derive(Debug, Args)]
pub struct SetAside {
    /// Set aside findings of this code, or name; with a glob, only of these targets or module keys.
    #[arg(long, value_name = "CODE[@GLOB]", help_heading = "Judgement")]
    pub ignore: Vec<String>,
    /// Set nothing aside, whatever flags, file and comments say.
    #[arg(long, help_heading = "Judgement")]
    pub no_ignores: bool,
    /// Findings of this file are known and never fail the run.
    #[arg(long, value_name = "FILE", help_heading = "Judgement")]
    pub baseline: Option<PathBuf>,
    /// Write what is found into this file, for --baseline.
    #[arg(long, value_name = "FILE", help_heading = "Judgement")]
    pub write_baseline: Option<PathBuf>,
}

/// What makes a run fail.
#[derive(Debug, Args)]
pub struct Threshold {
    /// Exit 0 whatever is found.
    #[arg(long, help_heading = "Judgement")]
    pub exit_zero: bool,
    /// The severity that makes the run fail: error, warning, never.
    #[arg(long, value_name = "LEVEL", default_value = "error", value_parser = ["error", "warning", "never"], help_heading = "Judgement")]
    pub fail_on: String,
    /// What an inconclusive answer does to the exit status: fail (3) or pass.
    #[arg(long, value_name = "HOW", default_value = "fail", value_parser = ["fail", "pass"], help_heading = "Judgement")]
    pub inconclusive: String,
}

impl Threshold {
    /// The severity that fails the run.
    pub fn fail_on(&self) -> FailOn {
        match self.fail_on.as_str() {
            "warning" => FailOn::Warning,
            "never" => FailOn::Never,
            _ => FailOn::Error,
        }
    }

    /// The same for the summary.
    pub fn severity(&self) -> Severity {
        match self.fail_on() {
            FailOn::Warning => Severity::Warning,
            FailOn::Error | FailOn::Never => Severity::Error,
        }
    }

    /// Whether an inconclusive answer fails the run.
    pub fn unsure_fails(&self) -> bool {
        self.inconclusive != "pass"
    }
}
