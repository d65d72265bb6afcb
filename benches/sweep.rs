//! How long a sweep takes, against the time that its slowest limit allows, and how much memory it needs.
//!
//! `cargo bench --bench sweep` checks 2,000 modules of a registry in this process that answers after 20 ms and, as registries
//! do, keeps connections open (the lab ends each, so that tests see the same every time). `MODULES`, `LATENCY_MS`,
//! `HOST_RATE` (such as 400/s) and `ARGS` change that. It fails where more than one and a half times the floor or more than
//! 64 MiB were needed; `ANY=1` only prints.

use std::env;
use std::error::Error;
use std::fs;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;

/// Requests at a time to one host, by default.
const HOST_JOBS: f64 = 100.0;
const MOST_RATIO: f64 = 1.5;
const MOST_KIB: u64 = 64 * 1024;

fn main() -> ExitCode {
    match run() {
        Ok(fits) if fits || env::var_os("ANY").is_some() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            report(&format!("the sweep could not be measured: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool, Box<dyn Error>> {
    let modules: u32 = number("MODULES", 2_000);
    let latency: u32 = number("LATENCY_MS", 20);
    let rate = env::var("HOST_RATE").ok();
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
    let service = format!("http://{}/", listener.local_addr()?);
    let answered = Arc::new(AtomicUsize::new(0));
    let latency_of_all = Duration::from_millis(u64::from(latency));
    runtime.spawn(registry(listener, latency_of_all, Arc::clone(&answered)));
    let folder = TempDir::new()?;
    let list: Vec<String> = (0..modules)
        .map(|module| format!("tf.example.com/net/m{module}/aws"))
        .collect();
    fs::write(folder.path().join("targets"), list.join("\n"))?;
    let config = format!(
        "host \"tf.example.com\" {{\n  services = {{ \"modules.v1\" = \"{service}\" }}\n}}\n"
    );
    fs::write(folder.path().join("cli.tfrc"), config)?;

    let mut command = Command::new(env!("CARGO_BIN_EXE_tfreg-doctor"));
    command
        .args(["check", "@targets", "--until", "location", "--no-probe"])
        .args(["--client", "terraform@1.11.4", "--cli-config", "cli.tfrc"])
        .args(["--report", "json=report.json", "-q"])
        .args(env::var("ARGS").unwrap_or_default().split_whitespace())
        .current_dir(folder.path())
        .stdout(Stdio::null());
    if let Some(rate) = &rate {
        command.args(["--host-rate", rate]);
    }
    let began = Instant::now();
    let (code, peak) = watched(command.spawn()?)?;
    let wall = began.elapsed().as_secs_f64();

    let requests = answered.load(Ordering::Relaxed);
    let asked = f64::from(modules) * 2.0;
    let by_connections = asked * f64::from(latency) / 1_000.0 / HOST_JOBS;
    let by_rate = rate
        .as_deref()
        .and_then(per_second)
        .map_or(0.0, |rate| asked / rate);
    let floor = by_connections.max(by_rate);
    let ratio = wall / floor;
    report(&format!(
        "{modules} modules, {requests} requests, exit {code}\nwall {wall:.2} s, floor {floor:.2} s, ratio {ratio:.2}, peak {:.1} MiB",
        f64::from(u32::try_from(peak)?) / 1024.0
    ));
    let complete = code == 0 && requests == usize::try_from(modules)? * 2;
    Ok(complete && ratio <= MOST_RATIO && peak <= MOST_KIB)
}

/// Answers both questions with one answer that does for both: a list of versions with a location in its header.
async fn registry(listener: TcpListener, latency: Duration, answered: Arc<AtomicUsize>) {
    let versions: Vec<String> = (0..10)
        .map(|minor| format!("{{\"version\": \"1.{minor}.0\"}}"))
        .collect();
    let body = format!(
        "{{\"modules\": [{{\"versions\": [{}]}}]}}",
        versions.join(", ")
    );
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         x-terraform-get: https://packages.example.com/m.tar.gz\r\n\r\n{body}",
        body.len()
    );
    let answer: Arc<[u8]> = answer.into_bytes().into();
    while let Ok((stream, _)) = listener.accept().await {
        let (answer, answered) = (Arc::clone(&answer), Arc::clone(&answered));
        tokio::spawn(async move {
            // The client went away: there is nobody to tell.
            let _ = connection(stream, latency, &answer, &answered).await;
        });
    }
}

/// One request after the other, none of which has a body.
async fn connection(
    mut stream: TcpStream,
    latency: Duration,
    answer: &[u8],
    answered: &AtomicUsize,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut got = Vec::new();
    while stream.read_buf(&mut got).await? > 0 {
        if got.ends_with(b"\r\n\r\n") {
            got.clear();
            tokio::time::sleep(latency).await;
            answered.fetch_add(1, Ordering::Relaxed);
            stream.write_all(answer).await?;
        }
    }
    Ok(())
}

/// The exit status, and the most memory in KiB that was seen.
fn watched(mut child: Child) -> Result<(i32, u64), Box<dyn Error>> {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        peak = peak.max(number.and_then(|number| number.parse().ok()).unwrap_or(0));
        if let Some(status) = child.try_wait()? {
            return Ok((status.code().unwrap_or(-1), peak));
        }
        thread::sleep(Duration::from_millis(10));
    }
}

fn number(name: &str, usual: u32) -> u32 {
    env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(usual)
}

fn per_second(rate: &str) -> Option<f64> {
    let (number, unit) = rate.split_once('/')?;
    let number: f64 = number.parse().ok()?;
    match unit {
        "s" => Some(number),
        "m" => Some(number / 60.0),
        _ => None,
    }
}

#[expect(clippy::print_stdout, reason = "this is what the program is for")]
fn report(text: &str) {
    println!("{text}");
}
