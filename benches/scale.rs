//! Measures the binary on a large root module: time, memory, open files. No figure is judged here.
//!
//! `cargo bench --bench scale`

#[path = "../tests/it/scale.rs"]
mod scale;

use std::fs;
use std::io;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use tfreg_doctor::lab::scenario::Scenario;
use tfreg_doctor::lab::{Lab, LaidOut, environment, lay_out};

fn main() -> io::Result<()> {
    let scenario = Scenario::from_json(&scale::scenario()).expect("a scenario");
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Runtime::new()?;
    let work = folder.path().display().to_string();
    let lab = runtime.block_on(Lab::start(&scenario, &work))?;
    for (path, what) in lay_out(&scenario, &lab)? {
        put(&folder.path().join(path), &what)?;
    }
    let variables = environment(&scenario, &lab);
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{} calls of {} packages",
        scale::CALLS,
        scale::PACKAGES
    )?;
    for words in [["check", "."], ["get", "."], ["get", "."]] {
        let child = Command::new(env!("CARGO_BIN_EXE_tfreg-doctor"))
            .args(words)
            .args(["--client", "terraform@1.11.4"])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .envs(&variables)
            .current_dir(folder.path().join("root"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let peak = scale::watch(child);
        writeln!(
            out,
            "{:<8} {}, {:.2} s, {} KiB resident at most, {} files open at most, {} requests",
            words.join(" "),
            peak.status,
            peak.took.as_secs_f64(),
            peak.memory.map_or("?".to_owned(), |kib| kib.to_string()),
            peak.files.map_or("?".to_owned(), |count| count.to_string()),
            lab.take_log().len(),
        )?;
    }
    Ok(())
}

fn put(path: &Path, what: &LaidOut) -> io::Result<()> {
    if let Some(above) = path.parent() {
        fs::create_dir_all(above)?;
    }
    match what {
        LaidOut::Dir => fs::create_dir_all(path),
        LaidOut::File { bytes, .. } => fs::write(path, bytes),
        LaidOut::Symlink(target) => link(target, path),
    }
}

#[cfg(unix)]
fn link(target: &str, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, at)
}

#[cfg(not(unix))]
fn link(_: &str, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
