//! What git and hg share: what is refused before either begins, their environment, and a file out of a repository.
//!
//! A revision or an address that would be read as an option never reaches a program.

use crate::addr::PackageAddr;
use crate::addr::url::GoUrl;
use crate::foreign::Foreign;
use crate::io::ask::NamedBy;
use crate::io::dns;
use crate::io::files;
use crate::io::process;
use crate::io::process::Program;
use crate::io::process::Ran;
use crate::stages::Cx;
use crate::stages::fetch::Leg;
use crate::stages::fetch::read_url;
use crate::stages::fetch_git;
use crate::stages::fetch_hg;
use crate::stages::fetch_one::One;
use crate::stages::place::project_of;
use crate::trace::Stop;
use crate::trace::stop::PathProblem;
use crate::trace::stop::ProcessStop;
use crate::trace::stop::Refusal;
use crate::trace::tracer::OpenStep;
use std::path::Path;
use std::path::PathBuf;

/// The longest revision that is handed on.
const LONGEST_REVISION: usize = 1_024;
/// What is not handed on to a program.
const DROPPED: [&str; 6] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_EXTERNAL_DIFF",
    "GIT_PAGER",
    "GIT_EDITOR",
];

/// Fetches a file out of the repository one level up: what an archive type in an address of a repository means.
pub(super) async fn one_file(
    cx: &Cx,
    step: &mut OpenStep,
    leg: &Leg,
    one: One<'_>,
) -> Result<PathBuf, Stop> {
    let mut url = read_url(one.package)?;
    let path = url.path_text();
    let trimmed = path.trim_end_matches('/');
    let (above, name) = trimmed.rsplit_once('/').unwrap_or((".", trimmed));
    let above = if above.is_empty() { "/" } else { above };
    url.path = above.as_bytes().to_vec();
    url.raw_path.clear();
    let package = PackageAddr::from_normalised(format!("{}::{url}", one.getter));
    let within = Leg {
        into: leg.work.join(format!("repository{}", leg.hop)),
        ..leg.clone()
    };
    let fetched = if one.getter == "hg" {
        Box::pin(fetch_hg::run(cx, step, &within, &package)).await?
    } else {
        Box::pin(fetch_git::run(cx, step, &within, &package)).await?
    };
    let file = fetched.root.join(name);
    let missing = |problem| Stop::LocalPackage {
        path: name.to_owned(),
        problem,
    };
    // A link of a repository is followed only inside it.
    let resolved = files::resolved(&file).zip(files::resolved(&fetched.root));
    match resolved {
        Some((file, root)) if file.starts_with(&root) => match files::kind(&file) {
            files::Kind::File => Ok(file),
            files::Kind::Directory
            | files::Kind::Link
            | files::Kind::Special
            | files::Kind::Missing
            | files::Kind::Unreadable => Err(missing(PathProblem::NotADirectory)),
        },
        Some(_) => Err(missing(PathProblem::OutsideProject)),
        None => Err(missing(PathProblem::Missing)),
    }
}

/// The program with this name on the user's PATH.
pub(super) fn find_program(cx: &Cx, name: &str) -> Result<PathBuf, Stop> {
    process::find(&cx.io.env, name).ok_or_else(|| {
        Stop::Process(ProcessStop::Missing {
            program: name.to_owned(),
        })
    })
}

/// Runs a program within the time of a package.
pub(super) async fn run_program(
    cx: &Cx,
    step: &mut OpenStep,
    name: &str,
    program: &Program,
) -> Result<Ran, Stop> {
    let ran = process::run(step, &cx.io.redactor, program).await;
    if ran.ended_by.is_some() {
        return Err(Stop::Process(ProcessStop::TimedOut {
            program: name.to_owned(),
        }));
    }
    Ok(ran)
}

/// Ends the path where a program failed.
pub(super) fn succeeded(cx: &Cx, path: &Path, into: &Path, ran: &Ran) -> Result<(), Stop> {
    if ran.exit == Some(0) {
        return Ok(());
    }
    let output = String::from_utf8_lossy(&ran.both).into_owned();
    Err(Stop::Process(ProcessStop::Exited {
        program: path.display().to_string(),
        status: ran.exit.unwrap_or(-1),
        output: Foreign::new(cx.io.redactor.mask(&output)),
        place: into.display().to_string(),
        here: cx.io.env.directory().display().to_string(),
    }))
}

/// Refuses what a server could turn against the user.
pub(super) fn refuse(
    cx: &Cx,
    leg: &Leg,
    url: &GoUrl,
    address: &str,
    revision: &str,
) -> Result<(), Stop> {
    let masked = || Foreign::new(cx.io.redactor.mask(address));
    if is_odd(revision) || revision.len() > LONGEST_REVISION {
        return Err(Stop::Refused(Refusal::OptionLike(Foreign::new(revision))));
    }
    if is_odd(address) || address.contains("://-") || url.hostname().starts_with('-') {
        return Err(Stop::Refused(Refusal::OptionLike(masked())));
    }
    if !["http", "https", "ssh", "git", "file"].contains(&url.scheme.as_str()) {
        let scheme = Foreign::new(url.scheme.clone());
        return Err(Stop::Refused(Refusal::Transport(scheme)));
    }
    if leg.named_by == NamedBy::User {
        return Ok(());
    }
    if dns::is_metadata_host(url.hostname()) {
        return Err(Stop::Refused(Refusal::Metadata(masked())));
    }
    let path = url.path_text();
    if url.scheme == "file" {
        let problem = if files::target_kind(Path::new(&path)) == files::Kind::Missing {
            PathProblem::Missing
        } else if is_inside_project(cx, Path::new(&path)) {
            return Ok(());
        } else {
            PathProblem::OutsideProject
        };
        return Err(Stop::LocalPackage { path, problem });
    }
    Ok(())
}

/// Whether a word would be read as an option, or holds what no word of a command should.
pub(super) fn is_odd(text: &str) -> bool {
    text.starts_with('-') || text.chars().any(char::is_control)
}

/// Whether a path lies in the project.
pub(super) fn is_inside_project(cx: &Cx, path: &Path) -> bool {
    project_of(&cx.io.env).is_some_and(|project| {
        files::resolved(path).is_some_and(|resolved| resolved.starts_with(project))
    })
}

/// The environment of a program: the user's, without what would lead it elsewhere or is none of its business; nobody is asked
/// anything.
pub(super) fn environment(cx: &Cx) -> Vec<(String, String)> {
    let env = &cx.io.env;
    let is_dropped = |name: &str| {
        DROPPED.contains(&name)
            || name.starts_with("LD_")
            || name.starts_with("TF_TOKEN_")
            || name.starts_with("TFREG_DOCTOR_")
    };
    let mut pairs: Vec<(String, String)> = env
        .iter()
        .filter(|(name, _)| !is_dropped(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    if env.filled("SSH_ASKPASS").is_none() {
        set(&mut pairs, "SSH_ASKPASS", "false");
        // Else ssh opens the terminal by itself.
        set(&mut pairs, "SSH_ASKPASS_REQUIRE", "force");
    }
    pairs
}

/// Sets a variable.
pub(super) fn set(pairs: &mut Vec<(String, String)>, name: &str, value: &str) {
    pairs.retain(|(known, _)| known != name);
    pairs.push((name.to_owned(), value.to_owned()));
}
