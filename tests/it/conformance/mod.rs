//! Every scenario of `fixtures/conformance/`: the binary does what the real clients were recorded to do.
//!
//! Each is played once for every group of clients that behave alike. `CONFORMANCE=all` plays it for every client by
//! itself, `CASE=git-` narrows it to names that contain the word, and `UPDATE=1` writes the digests anew.

mod compare;
mod flips;
mod play;
mod recordings;
mod steady;
mod words;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io;
use std::io::Write;
use std::sync::Arc;
use std::thread;

use sha2::{Digest, Sha256};
use tfreg_doctor::lab::scenario::Scenario;
use tokio::runtime::Builder;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use self::compare::compare;
use self::recordings::{Recorded, Step};
use crate::support::package;

/// The client of which every scenario has a recording that tells most.
const BASE: &str = "terraform@1.11.4";
/// Scenarios and clients for which the binary still does something else; it may only shrink.
const DIFFERING: &str = include_str!("differing.txt");

#[test]
fn the_binary_does_what_each_client_did() {
    if is_published() {
        return;
    }
    let (wanted, every) = wanted();
    let clients = recordings::clients();
    let mut runs = Vec::new();
    let mut skipped = Vec::new();
    for (name, recorded) in recordings::all() {
        if !name.contains(&wanted) {
            continue;
        }
        match case(&name, &recorded) {
            Ok(case) => runs.extend(runs_of(&case, &recorded, &clients, every)),
            Err(unmet) => skipped.push(format!("{name} (needs {})", unmet.join(", "))),
        }
    }
    assert!(!runs.is_empty(), "no scenario is called {wanted}");
    tell(runs.len(), &skipped);
    let judged = judge_all(runs.into_iter().map(|run| async move {
        let lines = judge(&run).await;
        ((run.case.name.clone(), run.client), lines)
    }));
    let problems = problems(&judged, &listed(DIFFERING));
    assert!(
        problems.is_empty(),
        "{} of {} runs\n{}",
        problems.len(),
        judged.len(),
        problems.join("\n")
    );
}

#[test]
fn every_client_is_in_one_recording_of_each_scenario() {
    if is_published() {
        return;
    }
    let clients = recordings::clients();
    let all = recordings::all();
    for (name, recorded) in &all {
        let mut found: Vec<String> = recorded
            .recordings
            .iter()
            .flat_map(|recording| recording.clients(&clients))
            .collect();
        found.sort();
        let mut wanted = clients.clone();
        wanted.sort();
        assert_eq!(found, wanted, "{name}");
    }
    for (name, client) in listed(DIFFERING) {
        assert!(all.contains_key(name), "{name}");
        assert!(clients.iter().any(|known| known == client), "{client}");
    }
}

#[test]
fn no_recording_has_changed() {
    if is_published() {
        return;
    }
    let mut lines = Vec::new();
    for path in recordings::paths() {
        let digest = hex::encode(Sha256::digest(fs::read(&path).unwrap()));
        let name = path.strip_prefix(recordings::folder()).unwrap();
        lines.push(format!("{digest}  {}\n", name.display()));
    }
    let list = recordings::folder().join("SHA256SUMS");
    if env::var_os("UPDATE").is_some() {
        fs::write(&list, lines.concat()).unwrap();
    }
    let known = fs::read_to_string(&list).unwrap();
    let known: Vec<&str> = known.split_inclusive('\n').collect();
    assert_eq!(known, lines);
}

/// The published crate comes without the recordings.
fn is_published() -> bool {
    package().join(".cargo_vcs_info.json").is_file()
}

/// A scenario that can be played.
#[derive(Debug)]
struct Case {
    name: String,
    text: String,
    scenario: Scenario,
}

/// The case, or what it needs and this machine has not.
fn case(name: &str, recorded: &Recorded) -> Result<Arc<Case>, Vec<String>> {
    let text = recorded.scenario.to_string();
    let scenario = Scenario::from_json(&text).unwrap_or_else(|error| panic!("{name}: {error:?}"));
    let unmet = play::unmet(&scenario);
    if !unmet.is_empty() {
        return Err(unmet);
    }
    Ok(Arc::new(Case {
        name: name.to_owned(),
        text,
        scenario,
    }))
}

/// Those of clients that did alike that are played: one speaks for all, the base client where it is among them.
fn speakers(mut alike: Vec<String>, every: bool) -> Vec<String> {
    if every {
        return alike;
    }
    let speaker = alike.iter().position(|client| client == BASE).unwrap_or(0);
    vec![alike.swap_remove(speaker)]
}

/// A case to be played for one client.
struct Run {
    case: Arc<Case>,
    client: String,
    steps: Vec<Step>,
}

/// The runs of a case: one for each recording, or for each client.
fn runs_of(case: &Arc<Case>, recorded: &Recorded, clients: &[String], every: bool) -> Vec<Run> {
    let mut runs = Vec::new();
    for recording in &recorded.recordings {
        let alike = speakers(recording.clients(clients), every);
        runs.extend(alike.into_iter().map(|client| Run {
            case: Arc::clone(case),
            client,
            steps: recording.steps.clone(),
        }));
    }
    runs
}

/// What is wrong with each run, by scenario and client.
type Judged = BTreeMap<(String, String), Vec<String>>;

/// Plays all runs, some at a time.
fn judge_all<R>(runs: impl IntoIterator<Item = R>) -> Judged
where
    R: Future<Output = ((String, String), Vec<String>)> + Send + 'static,
{
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    let cores = thread::available_parallelism().map_or(2, usize::from);
    let runtime = Builder::new_multi_thread()
        .worker_threads(cores)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let places = Arc::new(Semaphore::new(cores + 2));
        let mut tasks = JoinSet::new();
        for run in runs {
            let places = Arc::clone(&places);
            tasks.spawn(async move {
                let _place = places.acquire_owned().await.expect("never closed");
                run.await
            });
        }
        tasks.join_all().await.into_iter().collect()
    })
}

/// What is wrong and not known to be, and what is known to be wrong and is right.
fn problems(judged: &Judged, known: &BTreeSet<(&str, &str)>) -> Vec<String> {
    let mut problems = Vec::new();
    for ((name, client), lines) in judged {
        let is_known = known.contains(&(name.as_str(), client.as_str()));
        if !lines.is_empty() && !is_known {
            problems.push(format!("{name} {client}\n    {}", lines.join("\n    ")));
        } else if lines.is_empty() && is_known {
            problems.push(format!(
                "{name} {client} is right by now: strike it out of the list"
            ));
        }
    }
    problems
}

async fn judge(run: &Run) -> Vec<String> {
    let case = &run.case;
    let done = play::play(&case.text, &case.scenario, &run.client).await;
    assert_eq!(done.len(), run.steps.len(), "{}", case.name);
    let allowed: BTreeSet<&str> = case
        .scenario
        .deviates
        .given()
        .map(|(name, _)| name)
        .collect();
    let mut lines = Vec::new();
    for (number, (wanted, did)) in run.steps.iter().zip(&done).enumerate() {
        let found = compare(wanted, did);
        let judged = |aspect: &compare::Aspect| !allowed.contains(aspect.to_string().as_str());
        if found.is_empty() {
            lines.extend(flips::unseen(wanted, did));
        }
        lines.extend(
            found
                .into_iter()
                .filter(|(aspect, _)| judged(aspect))
                .map(|(aspect, line)| format!("step {}: {aspect}: {line}", number + 1)),
        );
    }
    lines
}

/// The scenarios of a list, each with a client.
fn listed(list: &str) -> BTreeSet<(&str, &str)> {
    list.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(' ').expect("a scenario and a client"))
        .collect()
}

/// Which scenarios are wanted, and whether for every client.
fn wanted() -> (String, bool) {
    (
        env::var("CASE").unwrap_or_default(),
        env::var("CONFORMANCE").is_ok_and(|value| value == "all"),
    )
}

/// Says how much is played, past the capture of the test's output.
fn tell(runs: usize, skipped: &[String]) {
    let mut line = format!(
        "conformance: {runs} runs, {} scenarios skipped",
        skipped.len()
    );
    if !skipped.is_empty() {
        line = format!("{line}: {}", skipped.join(", "));
    }
    writeln!(io::stderr(), "{line}").expect("a standard error");
}
