//! Turns what a run happened to get (ports, paths, hashes) back into placeholders.

use tfreg_doctor::lab::placeholders::{Placeholders, keys};
use tfreg_doctor::lab::scenario::HASHES;

/// The way back of one run.
#[derive(Debug)]
pub(crate) struct Steady {
    /// Values with what stands for them, in the order to be replaced.
    words: Vec<(String, String)>,
    ports: Vec<(String, String)>,
}

impl Steady {
    /// Of the run of a scenario with this text.
    pub(crate) fn new(text: &str, values: &Placeholders) -> Self {
        let word = |key: &str| Some((values.value(key)?.to_owned(), format!("{{{{{key}}}}}")));
        let mut words: Vec<(String, String)> =
            ["ca_dir", "work"].into_iter().filter_map(word).collect();
        // Where several stand for the same, the scenario's own words come first.
        let mentioned = keys(text).into_iter();
        let others = values.all().map(|(key, _)| key);
        let mut computed: Vec<(String, String)> = mentioned
            .filter(|key| is_computed(key))
            .chain(others.filter(|key| is_computed(key) && !key.starts_with("git7:")))
            .filter_map(word)
            .collect();
        computed.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        words.extend(computed);
        let ports = ["port", "port2", "tls_port", "dead_port"];
        let ports = ports.into_iter().filter_map(word).collect();
        Self { words, ports }
    }

    /// `text` with placeholders.
    pub(crate) fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (value, word) in &self.words {
            if text.contains(value.as_str()) {
                text = text.replace(value.as_str(), word);
            }
        }
        self.ports
            .iter()
            .fold(text, |text, port| with_port(&text, port))
    }

    /// Bytes with placeholders, where they are text.
    pub(crate) fn bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        match String::from_utf8(bytes) {
            Ok(text) => self.text(&text).into_bytes(),
            Err(error) => error.into_bytes(),
        }
    }
}

fn is_computed(key: &str) -> bool {
    key.split_once(':')
        .is_some_and(|(kind, _)| kind.starts_with("git") || HASHES.contains(&kind))
}

/// Numbers are ports only behind a colon, escaped or not, or the word.
fn with_port(text: &str, (port, word): &(String, String)) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (at, _) in text.match_indices(port.as_str()) {
        let (before, after) = (&text[..at], &text[at + port.len()..]);
        let is_port = before.ends_with([':', 'A']) || before.ends_with("port ");
        if is_port && !after.starts_with(|next: char| next.is_ascii_digit()) {
            out.push_str(&text[done..at]);
            out.push_str(word);
            done = at + port.len();
        }
    }
    out.push_str(&text[done..]);
    out
}
