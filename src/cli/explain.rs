//! Rule pages.

use crate::cli::args::Explain;
use crate::cli::failure::Failure;
use crate::cli::output;
use crate::rules;

/// Runs the command.
pub fn run(arguments: &Explain) -> Result<i32, Failure> {
    let Some(what) = arguments.what.as_deref().filter(|_| !arguments.list) else {
        output::stdout(list().as_bytes())?;
        return Ok(0);
    };
    let Some(rule) = rules::by_name(what) else {
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
        return Err(Failure::Usage(format!(
            "explain {what}: no such code or name{}; `tfreg-doctor explain --list` shows all",
            hint.unwrap_or_default()
        )));
    };
    output::stdout(rule.page.as_bytes())?;
    Ok(0)
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
