//! Fills in `{{port}}` and the like.
//!
//! A name is `[a-z0-9_]+`, with an argument after a colon where there is one; anything else in braces is text. It
//! never fails: what has no value stays as written.

use std::collections::BTreeMap;

/// What the placeholders of one run stand for.
#[derive(Debug, Clone, Default)]
pub struct Placeholders {
    values: BTreeMap<String, String>,
}

impl Placeholders {
    /// Gives `{{key}}` a value.
    pub fn set(&mut self, key: &str, value: String) {
        self.values.insert(key.to_owned(), value);
    }

    /// The value of `{{key}}`.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// Every key with its value, sorted by key.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// `text` with every known placeholder filled in.
    pub fn expand(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, key, after)) = next(rest) {
            out.push_str(before);
            if let Some(value) = self.value(key) {
                out.push_str(value);
            } else {
                out.push_str("{{");
                out.push_str(key);
                out.push_str("}}");
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

/// The keys of all placeholders in `text`, in order.
pub fn keys(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, key, after)) = next(rest) {
        found.push(key);
        rest = after;
    }
    found
}

/// The text before the first placeholder, its key, and the text after it.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(at) = text.get(from..)?.find("{{") {
        let start = from + at;
        let inner = text.get(start + 2..)?;
        if let Some(length) = key_length(inner) {
            return Some((
                text.get(..start)?,
                inner.get(..length)?,
                inner.get(length + 2..)?,
            ));
        }
        // One brace on, since `{{{port}}` holds a placeholder behind its first brace.
        from = start + 1;
    }
    None
}

fn key_length(inner: &str) -> Option<usize> {
    let name = inner
        .bytes()
        .take_while(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'_')
        .count();
    let after = inner.get(name..)?;
    let argument = if after.starts_with(':') {
        after.find(['{', '}'])?
    } else {
        0
    };
    (name > 0 && after.get(argument..)?.starts_with("}}")).then_some(name + argument)
}

#[cfg(test)]
mod tests {
    use super::{Placeholders, keys};

    #[test]
    fn known_names_are_filled_in_and_others_stay() {
        let mut values = Placeholders::default();
        values.set("port", "80".to_owned());
        values.set("sha256:a b", "ff".to_owned());
        let text = "{{{port}}} {{nope}} {{sha256:a b}} {{port} {{ port }} {{port}}{{";
        assert_eq!(
            values.expand(text),
            "{80} {{nope}} ff {{port} {{ port }} 80{{"
        );
        assert_eq!(keys(text), ["port", "nope", "sha256:a b", "port"]);
    }

    #[test]
    fn braces_without_an_end_cost_linear_time() {
        let text = "{{a".repeat(200_000);
        assert_eq!(Placeholders::default().expand(&text), text);
    }
}
