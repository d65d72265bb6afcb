//! Templates with gaps, and what fills them.
//!
//! A gap is `‹name›`; one in double quotes is filled as Go quotes a text. Whatever fills a gap is made visible and put into one
//! line, as it may come from outside.

use crate::foreign::visible;
use crate::syntax::go_quote::go_quote;

/// Longer messages are cut.
const LONGEST: usize = 4_096;

/// What fills gaps, by their names.
#[derive(Debug, Clone, Default)]
pub(super) struct Values {
    known: Vec<(&'static str, String)>,
    /// Whether a gap without a value shows its name, in capitals.
    is_named: bool,
}

impl Values {
    /// Nothing but the names of the gaps.
    pub(super) fn named() -> Self {
        Self {
            known: Vec::new(),
            is_named: true,
        }
    }

    /// With one more value; it counts before an earlier one of the same name.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.known.push((name, value.into()));
        self
    }

    fn get(&self, name: &str) -> String {
        let found = self.known.iter().rev().find(|(known, _)| *known == name);
        match found {
            Some((_, value)) => value.clone(),
            None if self.is_named => name.to_uppercase(),
            None => String::new(),
        }
    }
}

/// A template with its gaps filled.
pub(super) fn fill(template: &str, values: &Values) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((words, after)) = rest.split_once('‹') {
        let (name, after) = after.split_once('›').unwrap_or((after, ""));
        let value = one_line(&values.get(name));
        let quoted = words.strip_suffix('"').zip(after.strip_prefix('"'));
        if let Some((words, after)) = quoted {
            text.push_str(words);
            text.push_str(&visible(&go_quote(&value)));
            rest = after;
        } else {
            text.push_str(words);
            text.push_str(&visible(&value));
            rest = after;
        }
    }
    text.push_str(rest);
    short(text.trim_end())
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

fn short(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::Values;
    use super::fill;

    #[test]
    fn gaps_are_filled_visibly_and_in_one_line() {
        let values = Values::default()
            .with("name", "a\"b")
            .with("why", "x\n\ty\u{1b}[31m");
        assert_eq!(
            fill("module \"‹name›\" (‹place›): ‹why›.", &values),
            "module \"a\\\"b\" (): x y\\x1b[31m."
        );
    }

    #[test]
    fn a_later_value_counts() {
        let values = Values::default().with("a", "1").with("a", "2");
        assert_eq!(fill("‹a›‹b›", &values), "2");
    }
}
