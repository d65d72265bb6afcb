//! The client's own words: what the JSON document quotes is what each client was recorded to print.
//!
//! `check` is asked in every step, and `modules` too where the client stops at old records. Passwords are hidden here and
//! were printed there.

use std::env;
use std::process::Stdio;
use std::sync::Arc;

use serde_json::Value;
use tokio::process::Command;

use super::play::Called;
use super::play::Play;
use super::play::search_path;
use super::{Case, case, is_published, judge_all, listed, problems, recordings, speakers, wanted};

/// Scenarios and clients of which not all words are right; it may only shrink.
const UNQUOTED: &str = include_str!("unquoted.txt");
/// What stands for a password.
const HIDDEN: &str = "***";

/// A message: summary and detail.
type Said = (String, String);

#[test]
fn each_client_is_quoted_as_it_was_recorded() {
    if is_published() {
        return;
    }
    let (wanted, every) = wanted();
    let clients = recordings::clients();
    let mut runs = Vec::new();
    for (name, recorded) in recordings::all() {
        let Some(case) = case(&name, &recorded)
            .ok()
            .filter(|_| name.contains(&wanted))
        else {
            continue;
        };
        for printed in &recorded.said {
            for client in speakers(printed.clients(&clients), every) {
                runs.push((Arc::clone(&case), client, printed.steps.clone()));
            }
        }
    }
    let judged = judge_all(runs.into_iter().map(|(case, client, steps)| async move {
        let lines = judge(&case, &client, &steps).await;
        ((case.name.clone(), client), lines)
    }));
    let problems = problems(&judged, &listed(UNQUOTED));
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// What is wrong in each step.
async fn judge(case: &Case, client: &str, steps: &[Vec<Said>]) -> Vec<String> {
    let (play, mut called) = Play::set_up(&case.text, &case.scenario, client).await;
    let mut lines = Vec::new();
    for (index, wanted) in steps.iter().enumerate() {
        if index > 0 {
            play.enter(&case.scenario, index - 1, &mut called);
        }
        if !wanted.is_empty() {
            lines.extend(differences(&play, &called, wanted).await);
        }
        if index + 1 < steps.len() {
            play.run(&called.args, &called.variables).await;
        }
    }
    lines
}

async fn differences(play: &Play<'_>, called: &Called, wanted: &[Said]) -> Vec<String> {
    let mut said = quoted(play, called, "check").await;
    let is_said = |wanted: &Said, said: &[Said]| said.iter().any(|said| is_alike(said, wanted));
    let extra = said
        .iter()
        .filter(|said| !wanted.iter().any(|wanted| is_alike(said, wanted)))
        .map(|said| format!("extra: {said:?}"));
    let mut lines: Vec<String> = extra.collect();
    if !wanted.iter().all(|wanted| is_said(wanted, &said)) {
        said.extend(quoted(play, called, "modules").await);
    }
    let missing = wanted.iter().filter(|wanted| !is_said(wanted, &said));
    lines.extend(missing.map(|wanted| format!("missing: {wanted:?}")));
    lines
}

/// What the document of a command quotes, as recordings write it.
async fn quoted(play: &Play<'_>, called: &Called, command: &str) -> Vec<Said> {
    let tests = called
        .args
        .iter()
        .filter(|arg| arg.contains("test-directory"));
    let output = Command::new(env!("CARGO_BIN_EXE_tfreg-doctor"))
        .args([command, "--client", play.client, "--format", "json"])
        .args(tests)
        .arg(".")
        .current_dir(&play.root)
        .env_clear()
        .envs(&called.variables)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .expect("the binary starts");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let messages = document["findings"].as_array().into_iter().flatten();
    messages
        .map(|finding| &finding["client_message"])
        .flat_map(|message| {
            let more = message["more"].as_array().into_iter().flatten();
            std::iter::once(message).chain(more)
        })
        .filter(|message| message["summary"].is_string())
        .map(|message| {
            (
                plain(play, &message["summary"]),
                plain(play, &message["detail"]),
            )
        })
        .collect()
}

fn plain(play: &Play<'_>, text: &Value) -> String {
    let git = env::split_paths(&search_path())
        .map(|folder| folder.join("git"))
        .find(|path| path.is_file());
    let text = play.steady.text(text.as_str().unwrap_or_default());
    let text = match git {
        Some(git) => text.replace(&git.display().to_string(), "git"),
        None => text,
    };
    one_line(&text)
}

/// Blanks count once, and not behind a colon: JSON that the lab writes has none there.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace("\": ", "\":")
}

fn is_alike(said: &Said, wanted: &Said) -> bool {
    fits(&said.0, &one_line(&wanted.0)) && fits(&said.1, &one_line(&wanted.1))
}

/// Whether a text is the one wanted, apart from what is hidden in it.
fn fits(said: &str, wanted: &str) -> bool {
    let mut parts = said.split(HIDDEN);
    let Some(mut rest) = wanted.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    for part in parts {
        let hidden = rest.find(['&', '"', '\'', ' ']).unwrap_or(rest.len());
        match rest[hidden..].strip_prefix(part) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    rest.is_empty()
}

#[test]
fn hidden_words_fit_one_value_each() {
    assert!(fits("a?x=***&y=***\"b", "a?x=1&y=2\"b"));
    assert!(!fits("a?x=***", "a?x=1&y=2"));
    assert!(!fits("a", "ab") && fits("ab", "ab"));
}
