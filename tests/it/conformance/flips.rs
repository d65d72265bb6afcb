//! A recording with one thing changed is told from what was done: no part of it goes unused.

use super::compare::{Aspect, compare};
use super::play::Did;
use super::recordings::{Exit, Step};

/// The changes to a right recording that the comparison does not see.
pub(crate) fn unseen(wanted: &Step, did: &Did) -> Vec<String> {
    changed(wanted)
        .into_iter()
        .filter(|(aspect, _, step)| compare(step, did).iter().all(|(found, _)| found != aspect))
        .map(|(aspect, what, _)| format!("a change of {what} is not seen as one of {aspect}"))
        .collect()
}

/// The step with one thing changed, with the aspect it belongs to.
fn changed(step: &Step) -> Vec<(Aspect, String, Step)> {
    let mut all = vec![(Aspect::Exit, "the status".to_owned(), other_exit(step))];
    let with_json = |text: Option<String>| Step {
        modules_json: text,
        ..step.clone()
    };
    match &step.modules_json {
        None => {
            let other = with_json(Some(r#"{"Modules":[]}"#.to_owned()));
            all.push((Aspect::Json, "no record".to_owned(), other));
        }
        Some(text) => {
            all.push((Aspect::Bytes, "all records".to_owned(), with_json(None)));
            let middle = text.len() / 2;
            for at in [0, middle, text.len().saturating_sub(1)] {
                let other = with_json(Some(flipped(text, at)));
                all.push((Aspect::Bytes, format!("byte {at} of the records"), other));
            }
        }
    }
    for name in step.tree.iter().flat_map(|tree| tree.keys()) {
        let mut other = step.clone();
        let tree = other.tree.as_mut().expect("a tree");
        let value = tree.get_mut(name).expect("an entry");
        *value = flipped(value, value.len() - 1);
        all.push((Aspect::Tree, format!("the entry {name}"), other));
        let mut other = step.clone();
        other.tree.as_mut().expect("a tree").remove(name);
        all.push((Aspect::Tree, format!("the entry {name}, gone"), other));
    }
    for at in 0..step.requests.as_ref().map_or(0, Vec::len) {
        let mut other = step.clone();
        let requests = other.requests.as_mut().expect("requests");
        let name = requests[at].clone();
        requests[at] = flipped(&name, name.len() - 1);
        all.push((
            Aspect::Requests,
            format!("the request {name}"),
            other.clone(),
        ));
        other.requests.as_mut().expect("requests").remove(at);
        all.push((Aspect::Requests, format!("the request {name}, gone"), other));
    }
    let mut other = step.clone();
    other.outside.push("x".to_owned());
    all.push((Aspect::Tree, "what is outside".to_owned(), other));
    all
}

fn other_exit(step: &Step) -> Step {
    let exit = match step.exit {
        Exit::Success => Exit::Failure,
        Exit::Failure | Exit::Broken => Exit::Success,
    };
    Step {
        exit,
        ..step.clone()
    }
}

/// The text with the letter at `at` or before it changed.
fn flipped(text: &str, at: usize) -> String {
    let at = (0..=at)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    let (before, after) = text.split_at(at);
    let mut letters = after.chars();
    let other = if letters.next() == Some('~') {
        '!'
    } else {
        '~'
    };
    format!("{before}{other}{}", letters.as_str())
}
