//! What the client prints and which codes that may stand for: a table of frames and rows, and the search in it.
//!
//! A *frame* is a summary with the beginning of its detail; a *row* is the rest, with the codes that fit. Words are data, taken
//! from what clients printed. One message gets the first row that fits, so special rows stand before general ones; a row
//! without codes says that a message is about something else. Blanks and capitals are not compared, since terminals and logs
//! break lines anywhere and versions differ in capitals. It never looks at anything but the text.

mod config;
mod download;
mod frames;
mod git;
mod pattern;
mod registry;

pub use frames::Clients;
pub use frames::Frame;

use crate::finding::Confidence;
use crate::rules;
use crate::secret::mask_user_info;
use crate::syntax::messages::Kind;
use crate::syntax::messages::Message;
use crate::syntax::messages::read;
use pattern::Pattern;
use pattern::Squeezed;
use std::sync::LazyLock;

/// One message: a frame, what follows in it, and what it may mean.
#[derive(Debug)]
pub struct Row {
    /// Summaries under which it is printed.
    pub frames: &'static [&'static Frame],
    /// The words behind the frame's, with gaps.
    pub says: &'static str,
    /// Codes that fit, best first.
    pub codes: &'static [(&'static str, Confidence)],
    /// What tells them apart.
    pub ask: &'static str,
}

/// A code that fits a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// `TFR303`.
    pub code: &'static str,
    /// `discovery-content-type`.
    pub name: &'static str,
    /// How sure.
    pub confidence: Confidence,
    /// The words of the text that say so.
    pub quote: String,
    /// What tells it from the others.
    pub ask: &'static str,
}

/// The longest quote, in characters.
const LONGEST_QUOTE: usize = 160;
/// A paragraph without summary needs that many characters of fixed words to be recognised.
const FEWEST_FIXED: usize = 16;

const fn row(
    frames: &'static [&'static Frame],
    says: &'static str,
    codes: &'static [(&'static str, Confidence)],
    ask: &'static str,
) -> Row {
    Row {
        frames,
        says,
        codes,
        ask,
    }
}

const fn certain(code: &'static str) -> (&'static str, Confidence) {
    (code, Confidence::Certain)
}

const fn likely(code: &'static str) -> (&'static str, Confidence) {
    (code, Confidence::Likely)
}

const fn possible(code: &'static str) -> (&'static str, Confidence) {
    (code, Confidence::Possible)
}

/// Every row, special ones first.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    let tables: [&'static [Row]; 4] = [registry::ROWS, git::ROWS, download::ROWS, config::ROWS];
    tables.into_iter().flatten()
}

/// The rows that name a code.
pub fn rows_of(code: &str) -> impl Iterator<Item = &'static Row> {
    rows().filter(move |row| row.codes.iter().any(|(known, _)| *known == code))
}

/// What clients print where a code applies, with the clients: only words that speak for it, where there are such.
pub fn words_of(code: &str) -> Vec<(String, String)> {
    let speaks = |row: &Row| {
        row.codes
            .iter()
            .any(|(known, confidence)| *known == code && *confidence < Confidence::Possible)
    };
    let has_strong = rows_of(code).any(speaks);
    let mut words: Vec<(String, String)> = Vec::new();
    for row in rows_of(code).filter(|row| speaks(row) || !has_strong) {
        for frame in row.frames {
            let entry = (frame.clients.shown(), frame.text(row.says));
            if !words.contains(&entry) {
                words.push(entry);
            }
        }
    }
    words
}

/// The codes that fit a pasted text, best first.
pub fn explain(text: &str) -> Vec<Match> {
    let messages = read(text, is_summary);
    let mut found: Vec<(Match, bool)> = Vec::new();
    for message in &messages {
        for candidate in matches(message) {
            let known = found
                .iter_mut()
                .find(|(known, _)| known.code == candidate.code);
            match known {
                Some((known, _)) if known.confidence <= candidate.confidence => {}
                Some((known, _)) => *known = candidate,
                None => found.push((candidate, message.kind == Kind::Warning)),
            }
        }
    }
    found.sort_by_key(|(found, is_warning)| (*is_warning, found.confidence));
    found.into_iter().map(|(found, _)| found).collect()
}

fn is_summary(line: &str) -> bool {
    COMPILED
        .iter()
        .any(|compiled| compiled.frame_summaries.contains(&line))
}

struct Compiled {
    row: &'static Row,
    frame_summaries: Vec<&'static str>,
    /// Summaries, and the first words of the details that belong to them.
    frames: Vec<(Pattern, Pattern)>,
    says: Pattern,
}

static COMPILED: LazyLock<Vec<Compiled>> = LazyLock::new(|| {
    rows()
        .map(|row| Compiled {
            row,
            frame_summaries: row.frames.iter().map(|frame| frame.summary).collect(),
            frames: row
                .frames
                .iter()
                .map(|frame| {
                    let first = frame.lead.split('‹').next().unwrap_or_default();
                    (Pattern::new(frame.summary), Pattern::new(first))
                })
                .collect(),
            says: Pattern::new(row.says),
        })
        .collect()
});

fn matches(message: &Message) -> Vec<Match> {
    let text = Squeezed::new(&message.text);
    let is_loose = message.kind == Kind::Loose;
    // Messages about providers share words with those about modules.
    if is_loose && text.contains("provider") {
        return Vec::new();
    }
    for compiled in COMPILED.iter() {
        let found = if is_loose {
            compiled.find_loose(&text)
        } else {
            compiled.find(&text)
        };
        if let Some(quote) = found {
            return compiled.found(&quote, is_loose);
        }
    }
    Vec::new()
}

impl Compiled {
    /// Looks behind a summary that stands at the beginning.
    fn find(&self, text: &Squeezed) -> Option<String> {
        let after = self.frames.iter().find_map(|(summary, lead)| {
            let after = summary.find_at_start(text)?;
            lead.find(text, after).map(|_| after)
        })?;
        let places = self.says.find(text, after)?;
        // Without words of its own a row is told by the summary alone.
        let summary = 0..after;
        let shown = if places.is_empty() {
            std::slice::from_ref(&summary)
        } else {
            places.as_slice()
        };
        Some(text.quote(shown))
    }

    /// Looks in a text without summary, for words that no other message has.
    fn find_loose(&self, text: &Squeezed) -> Option<String> {
        let frame = self.row.frames.iter().find(|frame| frame.alone.is_some())?;
        let anchors = frame.alone?;
        let is_anchored = anchors.is_empty() || anchors.iter().any(|anchor| text.contains(anchor));
        let is_telling = self.row.codes.is_empty() || self.says.fixed() >= FEWEST_FIXED;
        if !is_anchored || !is_telling {
            return None;
        }
        self.says.find(text, 0).map(|places| text.quote(&places))
    }

    fn found(&self, quote: &str, is_loose: bool) -> Vec<Match> {
        let weaker = |confidence: Confidence| match confidence {
            Confidence::Certain if is_loose => Confidence::Likely,
            Confidence::Likely | Confidence::Possible if is_loose => Confidence::Possible,
            Confidence::Certain | Confidence::Likely | Confidence::Possible => confidence,
        };
        self.row
            .codes
            .iter()
            .filter_map(|(code, confidence)| {
                let rule = rules::by_name(code)?;
                Some(Match {
                    code: rule.code,
                    name: rule.name,
                    confidence: weaker(*confidence),
                    quote: mask_user_info(quote).chars().take(LONGEST_QUOTE).collect(),
                    ask: self.row.ask,
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
