//! Messages of the client inside pasted output, freed from boxes, colours, wrapping and what logs put in front.
//!
//! It never says what a message means, and it takes every text: what is no message is no error. Words are compared without
//! blanks later on, because terminals break lines inside words; here lines are joined with one blank.

mod json;
mod prefix;

use serde_json::Value;

/// No message is longer; what follows in it is passed over.
const LONGEST: usize = 64 * 1024;

/// One message, or a paragraph that may hold a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// How it begins.
    pub kind: Kind,
    /// Summary, place and detail on one line, without the word in front.
    pub text: String,
}

/// How a message begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// With `Error:`, or with a summary that is known.
    Error,
    /// With `Warning:`.
    Warning,
    /// With neither: a paragraph.
    Loose,
}

/// The messages of a text, in its order. `is_summary` tells whether a line, free from all around it, is a known summary.
pub fn read(text: &str, is_summary: impl Fn(&str) -> bool) -> Vec<Message> {
    let mut collector = Collector {
        is_summary,
        messages: Vec::new(),
        current: None,
    };
    if let Some(found) = whole_document(text) {
        return found;
    }
    for line in text.split(['\n', '\r']) {
        collector.raw_line(line);
    }
    collector.close();
    collector.messages
}

/// What `validate -json` prints: one object over many lines.
fn whole_document(text: &str) -> Option<Vec<Message>> {
    let trimmed = text.trim();
    if !trimmed.starts_with('{') {
        return None;
    }
    let value: Value = serde_json::from_str(trimmed).ok()?;
    let list = value.get("diagnostics")?.as_array()?;
    Some(list.iter().filter_map(json::diagnostic).collect())
}

struct Collector<F> {
    is_summary: F,
    messages: Vec<Message>,
    current: Option<Message>,
}

impl<F: Fn(&str) -> bool> Collector<F> {
    fn raw_line(&mut self, line: &str) {
        let line = prefix::without_colour(line);
        match json::line(&line) {
            Some(json::Line::Diagnostic(message)) => {
                self.close();
                self.messages.push(message);
            }
            Some(json::Line::Text(text)) => {
                for line in text.split(['\n', '\r']) {
                    self.line(&prefix::without_colour(line));
                }
            }
            None => self.line(&line),
        }
    }

    fn line(&mut self, line: &str) {
        let bare = prefix::bare(line);
        let text = bare.text.trim();
        if bare.is_box_edge && text.is_empty() {
            self.close();
            return;
        }
        if let Some((kind, rest)) = headed(text) {
            self.open(kind, rest);
        } else if (self.is_summary)(text) {
            let waits = self
                .current
                .as_ref()
                .is_some_and(|message| message.kind != Kind::Loose && message.text.is_empty());
            if waits {
                self.add(text);
            } else {
                self.open(Kind::Error, text);
            }
        } else if text.is_empty() {
            self.blank();
        } else {
            self.add(text);
        }
    }

    fn open(&mut self, kind: Kind, text: &str) {
        self.close();
        self.current = Some(Message {
            kind,
            text: collapsed(text),
        });
    }

    /// A blank line ends a paragraph, but not a message: those have several.
    fn blank(&mut self) {
        if self
            .current
            .as_ref()
            .is_some_and(|message| message.kind == Kind::Loose)
        {
            self.close();
        }
    }

    fn add(&mut self, text: &str) {
        let current = self.current.get_or_insert_with(|| Message {
            kind: Kind::Loose,
            text: String::new(),
        });
        if current.text.len() >= LONGEST {
            return;
        }
        if !current.text.is_empty() {
            current.text.push(' ');
        }
        let room = LONGEST.saturating_sub(current.text.len());
        let end = (0..=room.min(text.len()))
            .rev()
            .find(|end| text.is_char_boundary(*end))
            .unwrap_or_default();
        current
            .text
            .push_str(&collapsed(text.get(..end).unwrap_or_default()));
    }

    fn close(&mut self) {
        if let Some(message) = self.current.take()
            && !message.text.is_empty()
        {
            self.messages.push(message);
        }
    }
}

/// The kind and the rest of a line that begins a message.
fn headed(text: &str) -> Option<(Kind, &str)> {
    let heads = [
        ("Error:", Kind::Error),
        ("ERROR:", Kind::Error),
        ("Warning:", Kind::Warning),
    ];
    heads.into_iter().find_map(|(word, kind)| {
        let rest = text.strip_prefix(word)?;
        Some((kind, rest.trim_start()))
    })
}

fn collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
