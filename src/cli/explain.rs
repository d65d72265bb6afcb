//! Rule pages, and the codes that fit the client's output on standard input.

use crate::cli::args::Explain;
use crate::cli::failure::Failure;
use crate::cli::output;
use crate::finding::Rule;
use crate::foreign::visible;
use crate::io::files;
use crate::io::input;
use crate::rules;
use crate::rules::messages;
use crate::rules::messages::Match;
use crate::rules::words;
use serde_json::Value;
use serde_json::json;

/// So much of the end of standard input is looked at.
const KEPT: usize = 2 * 1024 * 1024;
/// More than this is no pasted text.
const MOST: u64 = 256 * 1024 * 1024;

/// Runs the command.
pub fn run(arguments: &Explain) -> Result<i32, Failure> {
    let Some(what) = arguments.what.as_deref().filter(|_| !arguments.list) else {
        output::stdout(list().as_bytes())?;
        return Ok(0);
    };
    if what == "-" {
        return pasted(arguments);
    }
    if arguments.format != "human" {
        return Err(Failure::Usage(
            "explain: --format belongs to `explain -`; a page has one form".to_owned(),
        ));
    }
    let rule = rules::by_name(what).ok_or_else(|| unknown(what))?;
    output::stdout(page(rule).as_bytes())?;
    Ok(0)
}

fn pasted(arguments: &Explain) -> Result<i32, Failure> {
    if input::is_terminal() {
        output::stderr("tfreg-doctor: paste the client's output, then press Ctrl-D");
    }
    let input = input::read(KEPT, MOST)
        .map_err(|error| Failure::Machine(format!("standard input: {}", files::word(&error))))?
        .ok_or_else(|| {
            Failure::Usage("explain -: standard input is longer than 256 MiB".to_owned())
        })?;
    if input.is_tail {
        output::stderr("tfreg-doctor: only the last 2 MiB of standard input are looked at");
    }
    let found = messages::explain(&String::from_utf8_lossy(&input.bytes));
    let shown = match arguments.format.as_str() {
        "json" => format!("{:#}\n", document(&found)),
        _ => human(&found),
    };
    output::stdout(shown.as_bytes())?;
    Ok(0)
}

fn document(found: &[Match]) -> Value {
    let matches: Vec<Value> = found
        .iter()
        .map(|found| {
            json!({
                "code": found.code,
                "name": found.name,
                "confidence": found.confidence.word(),
                "quote": visible(&found.quote),
                "ask": found.ask,
            })
        })
        .collect();
    json!({ "schema": "tfreg-doctor/explain/v1", "matches": matches })
}

fn human(found: &[Match]) -> String {
    if found.is_empty() {
        return "nothing known about this\n".to_owned();
    }
    let name_width = found.iter().map(|found| found.name.len()).max();
    let name_width = name_width.unwrap_or_default();
    let mut lines = Vec::new();
    let mut last_quote = "";
    for found in found {
        let quote = if found.quote == last_quote {
            "the same words".to_owned()
        } else {
            format!("\"{}\"", visible(&found.quote))
        };
        last_quote = &found.quote;
        lines.push(format!(
            "{}  {:<name_width$}  {:<8}  {quote}",
            found.code,
            found.name,
            found.confidence.word(),
        ));
    }
    let mut asks: Vec<&str> = found.iter().map(|found| found.ask).collect();
    asks.dedup();
    let mut seen: Vec<&str> = Vec::new();
    for ask in asks {
        if !seen.contains(&ask) {
            lines.push(format!("Tell them apart:  {ask}"));
            seen.push(ask);
        }
    }
    if let Some(first) = found.first() {
        lines.push(format!(
            "More:             tfreg-doctor explain {}",
            first.code
        ));
    }
    lines.join("\n") + "\n"
}

/// The page, with the words of the clients behind it.
fn page(rule: &Rule) -> String {
    let words = printed(rule.code);
    if words.is_empty() {
        return rule.page.to_owned();
    }
    let lines: Vec<String> = words
        .iter()
        .map(|(clients, text)| format!("- {clients}: `{text}`"))
        .collect();
    format!(
        "{}\n\n## What the client prints\n\n{}\n",
        rule.page.trim_end(),
        lines.join("\n")
    )
}

/// What clients print where a code applies: whole messages, or else what is recognised of them.
fn printed(code: &str) -> Vec<(String, String)> {
    let whole = words::messages_of(code);
    if whole.is_empty() {
        return messages::words_of(code);
    }
    let lines = whole.into_iter().map(|(clients, said)| {
        let text = format!("{}: {}", said.summary, said.detail);
        (clients, text.trim_end_matches([':', ' ']).to_owned())
    });
    lines.collect()
}

fn unknown(what: &str) -> Failure {
    let near = rules::ALL
        .iter()
        .map(|rule| {
            (
                strsim::osa_distance(what, rule.name)
                    .min(strsim::osa_distance(&what.to_ascii_uppercase(), rule.code)),
                rule,
            )
        })
        .min_by_key(|(distance, rule)| (*distance, rule.code));
    let hint = near
        .filter(|(distance, _)| *distance <= 3)
        .map(|(_, rule)| format!("; did you mean {} {}?", rule.code, rule.name));
    Failure::Usage(format!(
        "explain {}: no such code or name{}; `tfreg-doctor explain --list` shows all",
        visible(what),
        hint.unwrap_or_default()
    ))
}

fn list() -> String {
    let width = rules::ALL
        .iter()
        .map(|rule| rule.name.len())
        .max()
        .unwrap_or(0);
    let lines: Vec<String> = rules::ALL
        .iter()
        .map(|rule| {
            let severity = rule.severity.word();
            format!(
                "{}  {:<width$}  {severity:<7}  {}",
                rule.code, rule.name, rule.title
            )
        })
        .collect();
    lines.join("\n") + "\n"
}
