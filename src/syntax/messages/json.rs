//! Lines of JSON: the client's own (`-json`), Terragrunt's, and those of log collectors.
//!
//! What stands before the object, such as a time, is passed over. An object without a message in it is nothing.

use super::Kind;
use super::Message;
use serde_json::Value;

/// What a line of JSON holds.
#[derive(Debug)]
pub(super) enum Line {
    /// A whole message.
    Diagnostic(Message),
    /// Text, to be read line by line.
    Text(String),
}

/// Reads a line that holds an object or `key=value` pairs with a message; anything else is `None`.
pub(super) fn line(text: &str) -> Option<Line> {
    object(text).or_else(|| pairs(text).map(Line::Text))
}

fn object(text: &str) -> Option<Line> {
    let trimmed = text.trim_end();
    if !trimmed.ends_with('}') {
        return None;
    }
    let start = trimmed.find("{\"")?;
    let value: Value = serde_json::from_str(trimmed.get(start..)?).ok()?;
    if let Some(found) = value.get("diagnostic").and_then(diagnostic) {
        return Some(Line::Diagnostic(found));
    }
    ["@message", "msg", "message", "log", "textPayload"]
        .into_iter()
        .find_map(|key| value.get(key)?.as_str())
        .map(|text| Line::Text(text.to_owned()))
}

/// A diagnostic of the client's JSON as one message.
pub(super) fn diagnostic(value: &Value) -> Option<Message> {
    let field = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
    let summary = field("summary");
    let kind = match field("severity") {
        "warning" => Kind::Warning,
        _ => Kind::Error,
    };
    let place = value.get("range").map(|range| {
        let file = range.get("filename").and_then(Value::as_str);
        let line = range.pointer("/start/line").and_then(Value::as_u64);
        format!(
            "on {} line {}",
            file.unwrap_or_default(),
            line.unwrap_or_default()
        )
    });
    let snippet = value.get("snippet");
    let part = |name: &str| snippet.and_then(|snippet| snippet.get(name)?.as_str());
    let context = part("context").map(|context| format!(", in {context}"));
    let parts = [
        summary.to_owned(),
        place.unwrap_or_default() + &context.unwrap_or_default(),
        part("code").unwrap_or_default().to_owned(),
        field("detail").to_owned(),
    ];
    let text = super::collapsed(&parts.join(" "));
    (!text.is_empty()).then_some(Message { kind, text })
}

/// The value of `msg=` in a line of pairs that begins with a time or a level.
fn pairs(text: &str) -> Option<String> {
    let trimmed = text.trim_start();
    if !(trimmed.starts_with("time=")
        || trimmed.starts_with("level=")
        || trimmed.starts_with("ts="))
    {
        return None;
    }
    let (_, value) = trimmed.split_once("msg=")?;
    let Some(quoted) = value.strip_prefix('"') else {
        return Some(value.to_owned());
    };
    let mut shown = String::new();
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\\' => match characters.next() {
                Some('n') => shown.push('\n'),
                Some('t') => shown.push('\t'),
                Some('r') => {}
                Some(other) => shown.push(other),
                None => break,
            },
            other => shown.push(other),
        }
    }
    Some(shown)
}
