//! Repositories, by the git program: the client's own sequence of commands.
//!
//! The user's git configuration is part of the truth and stays in force; what a server or a ref could turn against the
//! user is switched off (hooks, templates, `ext::`, prompts).

use crate::addr::PackageAddr;
use crate::client::Behaviour;
use crate::foreign::Foreign;
use crate::io::ask::NamedBy;
use crate::io::files;
use crate::io::process;
use crate::io::process::Program;
use crate::io::process::Ran;
use crate::stages::Cx;
use crate::stages::fetch::Leg;
use crate::stages::fetch::Package;
use crate::stages::place::project_of;
use crate::trace::Fact;
use crate::trace::Stop;
use crate::trace::fact::RepositoryFact;
use crate::trace::stop::PathProblem;
use crate::trace::stop::ProcessStop;
use crate::trace::stop::Refusal;
use crate::trace::tracer::OpenStep;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

/// The longest ref that is handed to git.
const LONGEST_REF: usize = 1_024;
/// The most directories of a clone that are looked into for links.
const MOST_DIRECTORIES: usize = 20_000;
/// The most names that are looked at in one directory.
const MOST_NAMES: usize = 100_000;
/// The most links that a record keeps.
const KEPT_LINKS: usize = 20;

/// Clones a repository.
pub async fn run(
    cx: &Cx,
    step: &mut OpenStep,
    leg: &Leg,
    package: &PackageAddr,
) -> Result<Package, Stop> {
    let mut url = package.url().map_err(|error| Stop::BadSecondLocation {
        got: Foreign::new(""),
        words: error.client_text(),
    })?;
    let mut query = url.query();
    let wanted = query.first("ref").unwrap_or_default();
    let depth = query
        .first("depth")
        .and_then(|depth| depth.parse::<u32>().ok())
        .unwrap_or(0);
    if query.first("sshkey").is_some() {
        return Err(Stop::NotFetchedYet {
            getter: "git with sshkey".to_owned(),
        });
    }
    for name in ["ref", "sshkey", "depth"] {
        query.remove(name);
    }
    url.raw_query = query.encode();
    let address = url.to_string();
    refuse(cx, leg, &url.scheme, &address, &url.path_text(), &wanted)?;
    let Some(git) = process::find(&cx.io.env, "git") else {
        return Err(Stop::Process(ProcessStop::Missing {
            program: "git".to_owned(),
        }));
    };
    let git = Git {
        cx,
        path: git,
        into: leg.into.clone(),
        local: url.scheme == "file",
    };
    git.clone_repository(step, &address, &wanted, depth).await?;
    let commit = git.commit(step).await;
    let fixed = wanted.len() == 40 && wanted.bytes().all(|byte| byte.is_ascii_hexdigit());
    let wanted = (!wanted.is_empty()).then(|| Foreign::new(wanted));
    let links_outside = links_outside(&leg.into);
    step.note(Fact::Repository(RepositoryFact {
        commit,
        wanted,
        fixed,
        links_outside,
    }));
    Ok(Package {
        root: leg.into.clone(),
        linked: false,
        beside: Vec::new(),
    })
}

/// Links of a clone that lead out of it, with their targets.
fn links_outside(root: &Path) -> Vec<Foreign> {
    let mut found = Vec::new();
    let mut todo = vec![(PathBuf::new(), 0_usize)];
    let mut seen = 0;
    while let Some((below, depth)) = todo.pop() {
        seen += 1;
        if seen > MOST_DIRECTORIES || found.len() >= KEPT_LINKS {
            break;
        }
        for name in files::list_directory(&root.join(&below), MOST_NAMES).unwrap_or_default() {
            let path = below.join(&name.name);
            match name.kind {
                files::Kind::Directory if depth > 0 || name.name != *".git" => {
                    todo.push((path, depth + 1));
                }
                files::Kind::Link => {
                    let target = files::link_target(&root.join(&path)).unwrap_or_default();
                    if leads_outside(depth, &target) && found.len() < KEPT_LINKS {
                        found.push(Foreign::new(format!(
                            "{} -> {}",
                            path.display(),
                            target.display()
                        )));
                    }
                }
                files::Kind::Directory
                | files::Kind::File
                | files::Kind::Special
                | files::Kind::Missing
                | files::Kind::Unreadable => {}
            }
        }
    }
    found.sort();
    found
}

/// Whether a link in a directory so many levels deep leads above the top.
fn leads_outside(depth: usize, target: &Path) -> bool {
    let mut level = depth;
    for part in target.components() {
        match part {
            Component::RootDir | Component::Prefix(_) => return true,
            Component::CurDir => {}
            Component::Normal(_) => level += 1,
            Component::ParentDir if level == 0 => return true,
            Component::ParentDir => level -= 1,
        }
    }
    false
}

fn refuse(
    cx: &Cx,
    leg: &Leg,
    scheme: &str,
    address: &str,
    path: &str,
    wanted: &str,
) -> Result<(), Stop> {
    let odd = |text: &str| text.starts_with('-') || text.chars().any(char::is_control);
    if odd(wanted) || wanted.len() > LONGEST_REF {
        return Err(Stop::Refused(Refusal::OptionLike(Foreign::new(wanted))));
    }
    if odd(address) || address.contains("://-") {
        return Err(Stop::Refused(Refusal::OptionLike(Foreign::new(
            cx.io.redactor.mask(address),
        ))));
    }
    if !["http", "https", "ssh", "git", "file"].contains(&scheme) {
        return Err(Stop::Refused(Refusal::Transport(Foreign::new(scheme))));
    }
    let inside = || {
        project_of(&cx.io.env).is_some_and(|project| {
            files::resolved(Path::new(path)).is_some_and(|resolved| resolved.starts_with(project))
        })
    };
    let is_missing = files::target_kind(Path::new(path)) == files::Kind::Missing;
    if scheme == "file" && leg.named_by == NamedBy::Server && is_missing {
        return Err(Stop::LocalPackage {
            path: path.to_owned(),
            problem: PathProblem::Missing,
        });
    }
    if scheme == "file" && leg.named_by == NamedBy::Server && !inside() {
        return Err(Stop::LocalPackage {
            path: path.to_owned(),
            problem: PathProblem::OutsideProject,
        });
    }
    Ok(())
}

struct Git<'a> {
    cx: &'a Cx,
    path: PathBuf,
    into: PathBuf,
    local: bool,
}

impl Git<'_> {
    async fn clone_repository(
        &self,
        step: &mut OpenStep,
        address: &str,
        wanted: &str,
        depth: u32,
    ) -> Result<(), Stop> {
        let into = self.into.display().to_string();
        let asks = self.cx.client.does(Behaviour::AsksForDefaultBranch);
        let mut branch = wanted.to_owned();
        if wanted.is_empty() && asks {
            branch = self.default_branch(step, address).await;
        }
        let count = depth.to_string();
        let mut words = vec!["clone"];
        if depth > 0 {
            words.extend(["--depth", &count]);
        }
        if depth > 0 && asks {
            words.extend(["--branch", &branch]);
        }
        words.extend(["--", address, &into]);
        let cloned = self.git(step, &words, None).await?;
        self.expect(&cloned)?;
        if !wanted.is_empty() {
            let checked_out = self
                .git(step, &["checkout", wanted], Some(&self.into))
                .await?;
            self.expect(&checked_out)?;
        }
        if files::exists(&self.into.join(".gitmodules")) {
            let mut words = vec!["submodule", "update", "--init", "--recursive"];
            if depth > 0 {
                words.extend(["--depth", &count]);
            }
            let updated = self.git(step, &words, Some(&self.into)).await?;
            self.expect(&updated)?;
        }
        Ok(())
    }

    async fn default_branch(&self, step: &mut OpenStep, address: &str) -> String {
        let ran = self
            .git(
                step,
                &["ls-remote", "--symref", "--", address, "HEAD"],
                None,
            )
            .await;
        let printed = ran
            .map(|ran| String::from_utf8_lossy(&ran.output).into_owned())
            .unwrap_or_default();
        let named = printed.lines().find_map(|line| {
            line.strip_prefix("ref: refs/heads/")?
                .split_whitespace()
                .next()
                .map(str::to_owned)
        });
        named.unwrap_or_else(|| "master".to_owned())
    }

    async fn commit(&self, step: &mut OpenStep) -> Option<String> {
        let ran = self
            .git(step, &["rev-parse", "HEAD"], Some(&self.into))
            .await
            .ok()?;
        let text = String::from_utf8_lossy(&ran.output).trim().to_owned();
        (ran.exit == Some(0) && text.len() >= 40).then_some(text)
    }

    async fn git(
        &self,
        step: &mut OpenStep,
        words: &[&str],
        within: Option<&Path>,
    ) -> Result<Ran, Stop> {
        let mut arguments: Vec<String> = Vec::new();
        let mut settings = vec![
            "core.fsmonitor=false",
            "protocol.ext.allow=never",
            "protocol.fd.allow=never",
            "transfer.bundleURI=false",
        ];
        if !self.local {
            settings.push("protocol.file.allow=never");
        }
        for setting in settings {
            arguments.extend(["-c".to_owned(), setting.to_owned()]);
        }
        for (index, word) in words.iter().enumerate() {
            arguments.push((*word).to_owned());
            if index == 0 && *word == "clone" {
                arguments.push("--template=".to_owned());
            }
        }
        let program = Program {
            path: self.path.clone(),
            arguments,
            environment: self.environment(),
            directory: within.unwrap_or(self.cx.io.env.directory()).to_owned(),
            limit: self.cx.io.limits.package,
            kept: self.cx.io.limits.output_bytes,
            growth: Some((self.into.clone(), self.cx.io.limits.clone_bytes)),
        };
        let ran = process::run(step, &self.cx.io.redactor, &program).await;
        if ran.ended_by.is_some() {
            return Err(Stop::Process(ProcessStop::TimedOut {
                program: "git".to_owned(),
            }));
        }
        Ok(ran)
    }

    fn expect(&self, ran: &Ran) -> Result<(), Stop> {
        if ran.exit == Some(0) {
            return Ok(());
        }
        let output = String::from_utf8_lossy(&ran.both).into_owned();
        Err(Stop::Process(ProcessStop::Exited {
            program: self.path.display().to_string(),
            status: ran.exit.unwrap_or(-1),
            output: Foreign::new(self.cx.io.redactor.mask(&output)),
        }))
    }

    fn environment(&self) -> Vec<(String, String)> {
        let dropped = |name: &str| {
            [
                "GIT_DIR",
                "GIT_WORK_TREE",
                "GIT_INDEX_FILE",
                "GIT_EXTERNAL_DIFF",
                "GIT_PAGER",
                "GIT_EDITOR",
            ]
            .contains(&name)
                || name.starts_with("LD_")
                || name.starts_with("TF_TOKEN_")
                || name.starts_with("TFREG_DOCTOR_")
        };
        let env = &self.cx.io.env;
        let mut pairs: Vec<(String, String)> = env
            .iter()
            .filter(|(name, _)| !dropped(name))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let mut set = |name: &str, value: &str| {
            pairs.retain(|(known, _)| known != name);
            pairs.push((name.to_owned(), value.to_owned()));
        };
        set("GIT_TERMINAL_PROMPT", "0");
        for name in ["GIT_ASKPASS", "SSH_ASKPASS"] {
            if env.filled(name).is_none() {
                set(name, "false");
            }
        }
        if env.filled("GIT_SSH_COMMAND").is_none() && env.filled("GIT_SSH").is_none() {
            set(
                "GIT_SSH_COMMAND",
                "ssh -o BatchMode=yes -o ConnectTimeout=10",
            );
        }
        pairs
    }
}
