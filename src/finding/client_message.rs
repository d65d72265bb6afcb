//! What the client says about a finding: in short, and as it prints it.

use crate::finding::Finding;
use crate::foreign::visible;

/// What the client says, and in which command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientMessage {
    /// `init`, `plan`: when a person meets it.
    pub phase: &'static str,
    /// The words in short; empty where only the whole message is known.
    pub text: String,
    /// The messages as this client prints them: that of the first call it hits, then the others.
    pub said: Vec<Said>,
}

impl Finding {
    /// What the client says about it, where that is known in short.
    pub fn short_message(&self) -> Option<&ClientMessage> {
        let message = self.client_message.as_ref();
        message.filter(|message| !message.text.is_empty())
    }
}

impl ClientMessage {
    /// The words in short, or else those of the first message.
    pub fn short(&self) -> &str {
        let first = self.said.first();
        match first {
            Some(said) if self.text.is_empty() && said.detail.is_empty() => &said.summary,
            Some(said) if self.text.is_empty() => &said.detail,
            Some(_) | None => &self.text,
        }
    }
}

/// One message as the client prints it, without its box and the lines of the source that it quotes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Said {
    /// The words behind `Error: `.
    pub summary: String,
    /// The text below, in one line.
    pub detail: String,
}

impl Said {
    /// A message of a few words that are known as they are: in one line, everything invisible made visible.
    pub fn plain(summary: &str, detail: &str) -> Self {
        let line = |text: &str| {
            let words: Vec<&str> = text.split_whitespace().collect();
            visible(&words.join(" "))
        };
        Self {
            summary: line(summary),
            detail: line(detail),
        }
    }
}
