//! The binary: a skin over the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    tfreg_doctor::cli::run(std::env::args_os().collect())
}
