//! Arguments and environment become settings; nothing below `cli` sees clap.

use crate::cli::args::ClientArgs;
use crate::cli::args::Global;
use crate::cli::args::Network;
use crate::cli::args::Output;
use crate::cli::clients::Named;
use crate::cli::failure::Failure;
use crate::io::env::Env;
use crate::origin::Origin;
use crate::report::Format;
use crate::report::Style;
use crate::report::style::Colour;
use crate::report::style::Detail;
use crate::report::style::Glyphs;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

/// Where and how reports are written.
#[derive(Debug)]
pub struct Outputs {
    /// The format of the main output.
    pub format: Format,
    /// The file of the main output; stdout otherwise.
    pub file: Option<PathBuf>,
    /// Further reports.
    pub reports: Vec<(Format, PathBuf)>,
    /// The look of the human format.
    pub style: Style,
}

/// Reads the output flags.
pub fn outputs(global: &Global, output: &Output, env: &Env) -> Result<Outputs, Failure> {
    let format = format(&output.format, "--format")?;
    let mut reports = output
        .report
        .iter()
        .map(|word| report(word))
        .collect::<Result<Vec<_>, _>>()?;
    // A format that a flag or a variable names is written there and nowhere else.
    let named: Vec<Format> = reports.iter().map(|(format, _)| *format).collect();
    let configured = global
        .context
        .config
        .iter()
        .flat_map(|config| &config.reports);
    reports.extend(
        configured
            .filter(|(format, _)| !named.contains(format))
            .cloned(),
    );
    let mut style = style(global, env, output.output.is_none());
    style.timings = output.timings;
    style.curl = output.curl;
    Ok(Outputs {
        format,
        file: output.output.clone(),
        reports,
        style,
    })
}

fn format(word: &str, flag: &str) -> Result<Format, Failure> {
    Format::from_word(word).ok_or_else(|| {
        Failure::Usage(format!(
            "{flag}: unknown format \"{word}\"; one of: {}",
            Format::WORDS
        ))
    })
}

fn report(word: &str) -> Result<(Format, PathBuf), Failure> {
    let (kind, path) = word.split_once('=').ok_or_else(|| {
        Failure::Usage(format!(
            "--report {word}: FORMAT=PATH is expected, such as json=report.json"
        ))
    })?;
    if path.is_empty() {
        return Err(Failure::Usage(format!(
            "--report {word}: the path is empty"
        )));
    }
    Ok((format(kind, "--report")?, PathBuf::from(path)))
}

fn style(global: &Global, env: &Env, to_stdout: bool) -> Style {
    let terminal = to_stdout && std::io::stdout().is_terminal();
    let dumb = env.var("TERM") == Some("dumb");
    let utf8 = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| env.filled(name))
        .is_none_or(|locale| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        });
    let width = env
        .filled("COLUMNS")
        .and_then(|columns| columns.parse().ok())
        .or_else(|| {
            terminal_size::terminal_size()
                .filter(|_| terminal)
                .map(|(width, _)| usize::from(width.0))
        })
        .unwrap_or(100);
    Style {
        width: width.clamp(40, 120),
        colour: if wants_colour(global, env, terminal && !dumb) {
            Colour::On
        } else {
            Colour::Off
        },
        glyphs: if global.ascii || dumb || !utf8 {
            Glyphs::Ascii
        } else {
            Glyphs::Unicode
        },
        detail: match (global.quiet, global.verbose) {
            (2.., _) => Detail::Silent,
            (1, _) => Detail::Quiet,
            (0, 0) => Detail::Normal,
            (0, 1) => Detail::Verbose,
            (0, 2..) => Detail::Bodies,
        },
        ..Style::default()
    }
}

fn wants_colour(global: &Global, env: &Env, terminal: bool) -> bool {
    match global.color.as_str() {
        "always" => true,
        "never" => false,
        _ if global.no_color || env.filled("NO_COLOR").is_some() => false,
        _ if forces(env.var("CLICOLOR_FORCE")) || forces(env.var("FORCE_COLOR")) => true,
        _ if env.var("CLICOLOR") == Some("0") => false,
        _ => terminal,
    }
}

fn forces(value: Option<&str>) -> bool {
    value.is_some_and(|value| !value.is_empty() && value != "0")
}

/// The clients asked for; none where none is named.
pub fn clients(global: &Global, arguments: &ClientArgs) -> Result<Named, Failure> {
    let settings = &global.context.settings;
    let origin = settings.iter().find(|setting| setting.name == "client");
    let chosen_by = match origin.map(|setting| &setting.value.origin) {
        None | Some(Origin::Default) => "--client".to_owned(),
        Some(origin) => origin.to_string(),
    };
    Named::parse(&arguments.client, &chosen_by)
}

/// The data directory, as the client names it.
pub fn data_dir(arguments: &ClientArgs, env: &Env) -> String {
    let named = arguments.data_dir.as_deref();
    let named = named.or_else(|| env.filled("TF_DATA_DIR"));
    named.unwrap_or(".terraform").to_owned()
}

/// The limit of the whole run.
pub fn deadline(network: &Network) -> Result<Option<Duration>, Failure> {
    let text = network.deadline.as_deref();
    text.map(|text| duration(text, "--deadline")).transpose()
}

/// Reads a duration with its unit.
pub fn duration(text: &str, flag: &str) -> Result<Duration, Failure> {
    let split = text
        .find(|character: char| !character.is_ascii_digit() && character != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        _ => 0.0,
    };
    let value: f64 = number.parse().unwrap_or(-1.0);
    if factor == 0.0 || !(0.0..=1e7).contains(&value) {
        return Err(Failure::Usage(format!(
            "{flag} {text}: a duration with its unit is expected, such as 500ms, 10s or 2m"
        )));
    }
    Ok(Duration::from_secs_f64(value * factor))
}

/// Reads a size with its unit.
pub fn size(text: &str, flag: &str) -> Result<u64, Failure> {
    let split = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor: Option<u64> = match unit {
        "" | "B" => Some(1),
        "KiB" => Some(1 << 10),
        "MiB" => Some(1 << 20),
        "GiB" => Some(1 << 30),
        _ => None,
    };
    let value = number
        .parse::<u64>()
        .ok()
        .zip(factor)
        .and_then(|(number, factor)| number.checked_mul(factor));
    value
        .ok_or_else(|| Failure::Usage(format!("{flag} {text}: a size is expected, such as 512MiB")))
}
