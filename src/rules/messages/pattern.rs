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

    /// The original text from the first to the last of some places. What lies between them is left out where it is long or may
    /// hold a secret, as addresses do.
    pub(super) fn quote(&self, places: &[Range<usize>]) -> String {
        const LONGEST_GAP: usize = 60;
        let mut shown = String::new();
        let mut end = None;
        for place in places {
            if let Some(end) = end.filter(|end| *end < place.start) {
                let gap = self.original(end, place.start);
                if gap.len() > LONGEST_GAP || gap.contains(['?', '@', '=']) {
                    shown.push('…');
                } else {
                    shown.push_str(gap);
                }
            }
            // From the beginning of the words to that of the next text, so that blanks between stay.
            shown.push_str(self.original(place.start, place.end));
            end = Some(place.end);
        }
        shown.trim_end().to_owned()
    }

    /// The original text from one place up to another, with the blanks before the second.
    fn original(&self, from: usize, to: usize) -> &'a str {
        let place = |at: usize| self.places.get(at).copied().unwrap_or(self.original.len());
        self.original
            .get(place(from)..place(to))
            .unwrap_or_default()
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

    /// Where its fixed words are, from a place on.
    pub(super) fn find(&self, text: &Squeezed<'_>, from: usize) -> Option<Vec<Range<usize>>> {
        let mut at = from;
        let mut places: Vec<Range<usize>> = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let rest = text.text.get(at..)?;
            let found = rest.find(&part.words)?;
            // The first words may stand anywhere: the text before them is no gap.
            if !places.is_empty() && rest.get(..found)?.contains(part.barred) {
                return None;
            }
            let end = at + found + part.words.len();
            places.push(at + found..end);
            at = end;
        }
        Some(places)
    }

    /// Where it ends, when the text begins with it.
    pub(super) fn find_at_start(&self, text: &Squeezed<'_>) -> Option<usize> {
        let first = self.parts.first()?;
        if !text.text.starts_with(&first.words) {
            return None;
        }
        self.find(text, 0)?.last().map(|range| range.end)
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
                .map(|places| text.quote(&places))
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
        assert_eq!(found("", "x"), Some(String::new()));
        assert_eq!(
            found("from \"‹q›\": no", "from \"http://h/?token=abc\": no x").as_deref(),
            Some("from \"…\": no")
        );
    }

    #[test]
    fn a_beginning_is_a_beginning() {
        let text = Squeezed::new("Failed to read it");
        assert_eq!(Pattern::new("failed to").find_at_start(&text), Some(8));
        assert_eq!(Pattern::new("read").find_at_start(&text), None);
    }
}
