//! What a build server gets besides the reports: details in a group of the log, annotations, the job's summary and outputs.
//!
//! No check appears or disappears because of it, and standard output in a machine format stays what it is.

use crate::cli::failure::Failure;
use crate::cli::output;
use crate::cli::output::Reports;
use crate::cli::settings::Outputs;
use crate::finding::Severity;
use crate::io::env::Env;
use crate::io::files;
use crate::report::Format;
use crate::report::Run;
use crate::report::Style;
use crate::report::style::Detail;
use std::fmt::Write;
use std::path::Path;

/// The build server that a run is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ci {
    /// None.
    #[default]
    Off,
    /// GitHub Actions.
    Github,
    /// GitLab CI.
    Gitlab,
    /// One without a language of its own.
    Other,
}

impl Ci {
    /// What `--ci` says; `auto` goes by `CI`, `GITHUB_ACTIONS` and `GITLAB_CI`.
    pub fn of(word: &str, env: &Env) -> Self {
        let is_set = |name: &str| env.filled(name).is_some_and(|value| value != "false");
        match word {
            "github" => Self::Github,
            "gitlab" => Self::Gitlab,
            "off" => Self::Off,
            _ if !is_set("CI") => Self::Off,
            _ if is_set("GITHUB_ACTIONS") => Self::Github,
            _ if is_set("GITLAB_CI") => Self::Gitlab,
            _ => Self::Other,
        }
    }

    /// Whether nobody watches: then nothing on the screen moves.
    pub fn is_on(self) -> bool {
        self != Self::Off
    }

    /// Tells the build server what a finished run came to.
    pub fn finish(
        self,
        reports: &Reports<'_>,
        outputs: &Outputs,
        env: &Env,
    ) -> Result<(), Failure> {
        let human = outputs.format == Format::Human && outputs.file.is_none();
        if human && outputs.style.detail == Detail::Normal {
            self.group(reports, outputs)?;
        }
        if self != Self::Github {
            return Ok(());
        }
        let annotations = reports.text(Format::Github, &Style::default())?;
        if human {
            output::stdout(annotations.as_bytes())?;
        } else {
            for line in annotations.lines() {
                output::stderr(line);
            }
        }
        if let Some(path) = env.filled("GITHUB_STEP_SUMMARY") {
            append(
                path,
                env,
                &reports.text(Format::Markdown, &Style::default())?,
            )?;
        }
        if let Some(path) = env.filled("GITHUB_OUTPUT") {
            append(path, env, &job_outputs(reports.run, outputs))?;
        }
        Ok(())
    }

    /// The run with its requests, folded away in the log.
    fn group(self, reports: &Reports<'_>, outputs: &Outputs) -> Result<(), Failure> {
        const TITLE: &str = "tfreg-doctor: every request of this run";
        let now = jiff::Timestamp::now().as_second();
        let (begin, end) = match self {
            Self::Off | Self::Other => return Ok(()),
            Self::Github => (format!("::group::{TITLE}\n"), "::endgroup::\n".to_owned()),
            Self::Gitlab => (
                format!(
                    "\u{1b}[0Ksection_start:{now}:tfreg_doctor[collapsed=true]\r\u{1b}[0K{TITLE}\n"
                ),
                format!("\u{1b}[0Ksection_end:{now}:tfreg_doctor\r\u{1b}[0K\n"),
            ),
        };
        let style = Style {
            detail: Detail::Verbose,
            ..outputs.style.clone()
        };
        let text = reports.text(Format::Human, &style)?;
        output::stdout(format!("{begin}{text}{end}").as_bytes())
    }
}

/// The step's outputs: the exit status, how many findings fail the run, the version, and where the document is.
fn job_outputs(run: &Run, outputs: &Outputs) -> String {
    let threshold = run.judged.threshold.unwrap_or(Severity::Error);
    let failing = run
        .findings()
        .filter(|finding| {
            finding.severity <= threshold && finding.severity != Severity::Inconclusive
        })
        .count();
    let mut text = format!(
        "exit-code={}\nfindings={failing}\nversion={}\n",
        run.code(),
        run.about.version
    );
    let document = outputs
        .reports
        .iter()
        .find(|(format, _)| *format == Format::Json);
    if let Some((_, path)) = document {
        let path = path.display().to_string();
        if !path.chars().any(char::is_control) {
            let _ = writeln!(text, "json={path}");
        }
    }
    text
}

fn append(path: &str, env: &Env, text: &str) -> Result<(), Failure> {
    let place = env.directory().join(Path::new(path));
    files::append(&place, text.as_bytes()).map_err(|word| Failure::Report {
        path: path.to_owned(),
        word,
    })
}

#[cfg(test)]
mod tests {
    use super::Ci;
    use crate::io::env::Env;

    #[test]
    fn the_build_server_is_known_by_its_variables() {
        let of = |word: &str, pairs: &[(&str, &str)]| {
            Ci::of(word, &Env::from_pairs(pairs.iter().copied()))
        };
        assert_eq!(of("auto", &[]), Ci::Off);
        assert_eq!(of("auto", &[("CI", "false")]), Ci::Off);
        assert_eq!(of("auto", &[("CI", "1")]), Ci::Other);
        let github = [("CI", "true"), ("GITHUB_ACTIONS", "true")];
        assert_eq!(of("auto", &github), Ci::Github);
        assert_eq!(of("off", &github), Ci::Off);
        assert_eq!(
            of("auto", &[("CI", "true"), ("GITLAB_CI", "true")]),
            Ci::Gitlab
        );
        assert_eq!(of("gitlab", &[]), Ci::Gitlab);
    }
}
