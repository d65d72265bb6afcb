//! Text and patterns with gaps, compared without blanks and capitals, in one pass.
//!
//! In a pattern `‹›` or `‹name›` stands for anything, also nothing; `‹q›` for anything without quotation marks, `‹s›` for
//! anything without these and without a slash.

use std::ops::Range;

/// A text without blanks, in small letters, that remembers where each byte was.
#[derive(Debug)]
pub(super) struct Squeezed<'a> {
    original: &'a str,
    text: String,
    /// For each byte of `text`, the place in `original`.
    places: Vec<usize>,
}

impl<'a> Squeezed<'a> {
    pub(super) fn new(original: &'a str) -> Self {
        let mut text = String::with_capacity(original.len());
        let mut places = Vec::with_capacity(original.len());
        for (place, character) in original.char_indices() {
            if character.is_whitespace() {
                continue;
            }
            let small = character.to_ascii_lowercase();
            text.push(small);
            places.resize(text.len(), place);
        }
        Self {
            original,
            text,
            places,
        }
    }

    /// Whether some words, given squeezed, are in it.
    pub(super) fn contains(&self, words: &str) -> bool {
        self.text.contains(words)
    }

    /// The original text of a range.
    pub(super) fn quote(&self, range: &Range<usize>) -> String {
        let last = range.end.saturating_sub(1).max(range.start);
        let (Some(from), Some(to)) = (self.places.get(range.start), self.places.get(last)) else {
            return String::new();
        };
        let width = self
            .original
            .get(*to..)
            .and_then(|rest| rest.chars().next())
            .map_or(0, char::len_utf8);
        self.original
            .get(*from..*to + width)
            .unwrap_or_default()
            .to_owned()
    }
}

/// Fixed words with gaps between them.
#[derive(Debug)]
pub(super) struct Pattern {
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    /// What the gap before the words must not hold.
    barred: &'static [char],
    /// The words, squeezed.
    words: String,
}

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut barred: &'static [char] = &[];
        let mut rest = text;
        while let Some((words, after)) = rest.split_once('‹') {
            push(&mut parts, barred, words);
            let (name, after) = after.split_once('›').unwrap_or((after, ""));
            barred = match name {
                "q" => &['"', '\''],
                "s" => &['"', '\'', '/'],
                _ => &[],
            };
            rest = after;
        }
        push(&mut parts, barred, rest);
        Self { parts }
    }

    /// How many characters of fixed words it has.
    pub(super) fn fixed(&self) -> usize {
        self.parts.iter().map(|part| part.words.len()).sum()
    }

    /// Where it is, from a place on; the range goes from its first to its last fixed words.
    pub(super) fn find(&self, text: &Squeezed<'_>, from: usize) -> Option<Range<usize>> {
        let mut at = from;
        let mut start = None;
        for part in &self.parts {
            let rest = text.text.get(at..)?;
            let found = rest.find(&part.words)?;
            // The first words may stand anywhere: the text before them is no gap.
            if start.is_some() && rest.get(..found)?.contains(part.barred) {
                return None;
            }
            start = start.or(Some(at + found));
            at += found + part.words.len();
        }
        Some(start.unwrap_or(from)..at)
    }

    /// Where it ends, when the text begins with it.
    pub(super) fn find_at_start(&self, text: &Squeezed<'_>) -> Option<usize> {
        let first = self.parts.first()?;
        if !text.text.starts_with(&first.words) {
            return None;
        }
        self.find(text, 0).map(|range| range.end)
    }
}

fn push(parts: &mut Vec<Part>, barred: &'static [char], words: &str) {
    let squeezed = Squeezed::new(words).text;
    if !squeezed.is_empty() {
        parts.push(Part {
            barred,
            words: squeezed,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;
    use super::Squeezed;

    #[test]
    fn gaps_take_what_they_may() {
        let found = |pattern: &str, text: &str| {
            let text = Squeezed::new(text);
            Pattern::new(pattern)
                .find(&text, 0)
                .map(|range| text.quote(&range))
        };
        assert_eq!(
            found("bad code: 4‹›.", "x Bad co\nde: 40 4. y").as_deref(),
            Some("Bad co\nde: 40 4.")
        );
        assert_eq!(
            found("\"‹q›.git\": bad", "\"a.git\": bad").as_deref(),
            Some("\"a.git\": bad")
        );
        assert_eq!(found("\"‹q›.git\": bad", "\"a\" \"b.git\": bad"), None);
        assert_eq!(found("modules/‹s›: no", "modules/a/b: no"), None);
        assert_eq!(found("é‹›ü", "É É é ü"), Some("é ü".to_owned()));
        assert_eq!(found("", "x"), Some("x".to_owned()));
    }

    #[test]
    fn a_beginning_is_a_beginning() {
        let text = Squeezed::new("Failed to read it");
        assert_eq!(Pattern::new("failed to").find_at_start(&text), Some(8));
        assert_eq!(Pattern::new("read").find_at_start(&text), None);
    }
}
