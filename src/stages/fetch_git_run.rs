//! The git program: its words, its environment, and the order of the client's commands.
//!
//! Of the commands only `clone` and `submodule` get the key of an address, as in the client.

use crate::addr::url::GoUrl;
use crate::client::Behaviour;
use crate::io::files::PrivateFile;
use crate::io::process::Program;
use crate::io::process::Ran;
use crate::stages::Cx;
use crate::stages::Manner;
use crate::stages::fetch::Leg;
use crate::stages::fetch_git_modules;
use crate::stages::fetch_repository::environment;
use crate::stages::fetch_repository::run_program;
use crate::stages::fetch_repository::set;
use crate::stages::fetch_repository::succeeded;
use crate::trace::Stop;
use crate::trace::stop::ProcessStop;
use crate::trace::tracer::OpenStep;
use std::path::Path;
use std::path::PathBuf;

/// What ssh is where neither the environment nor the user's configuration names another.
const SSH: &str = "ssh -o BatchMode=yes -o ConnectTimeout=10";

/// What is cloned.
pub(super) struct Wanted<'a> {
    pub(super) address: &'a str,
    /// The ref; empty for the default branch.
    pub(super) name: &'a str,
    pub(super) depth: Option<i64>,
}

/// One repository on its way.
pub(super) struct Git<'a> {
    pub(super) cx: &'a Cx,
    pub(super) into: PathBuf,
    /// Whether the source is a path of this machine.
    pub(super) local: bool,
    pub(super) key: Option<PrivateFile>,
    path: PathBuf,
    over_ssh: bool,
    own_ssh: bool,
}

impl<'a> Git<'a> {
    pub(super) fn new(cx: &'a Cx, path: PathBuf, leg: &Leg, url: &GoUrl) -> Self {
        Self {
            cx,
            into: leg.into.clone(),
            local: url.scheme == "file",
            key: None,
            path,
            over_ssh: url.scheme == "ssh",
            own_ssh: false,
        }
    }

    /// Whether the program is new enough for a key.
    pub(super) async fn check_version(&self, step: &mut OpenStep) -> Result<(), Stop> {
        let ran = self.git(step, &["version"], None).await?;
        let printed = String::from_utf8_lossy(&ran.output).into_owned();
        let found = printed.split_whitespace().nth(2).unwrap_or_default();
        let mut parts = found
            .split('.')
            .map(|part| part.parse::<u32>().unwrap_or(0));
        let version = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        if version >= (2, 3) {
            return Ok(());
        }
        Err(Stop::Process(ProcessStop::Parameter(format!(
            "Error using ssh key: Required git version = 2.3, have {found}"
        ))))
    }

    pub(super) async fn clone_repository(
        &mut self,
        step: &mut OpenStep,
        wanted: &Wanted<'_>,
    ) -> Result<(), Stop> {
        if self.over_ssh {
            self.know_ssh(step).await;
        }
        let mut branch = wanted.name.to_owned();
        let asks = self.cx.client.does(Behaviour::AsksForDefaultBranch);
        if wanted.name.is_empty() && asks {
            branch = self.default_branch(step, wanted.address).await;
        }
        let into = self.into.display().to_string();
        let count = wanted.depth.map(|depth| depth.to_string());
        let mut words = vec!["clone"];
        if let Some(count) = &count {
            words.extend(["--depth", count]);
            if asks {
                words.extend(["--branch", &branch]);
            }
        }
        words.extend(["--", wanted.address, &into]);
        let cloned = self.git(step, &words, None).await?;
        self.expect(&cloned)?;
        let times = match (wanted.name.is_empty(), wanted.depth) {
            (true, _) => 0,
            (false, None) if asks => 2,
            (false, _) => 1,
        };
        for _ in 0..times {
            let into = self.into.clone();
            let checked_out = self
                .git(step, &["checkout", wanted.name], Some(&into))
                .await?;
            self.expect(&checked_out)?;
        }
        fetch_git_modules::update(self, step, count.as_deref()).await
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
            .ok()
            .filter(|ran| ran.exit == Some(0))
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

    pub(super) async fn commit(&self, step: &mut OpenStep) -> Option<String> {
        let ran = self
            .git(step, &["rev-parse", "HEAD"], Some(&self.into))
            .await
            .ok()?;
        let text = String::from_utf8_lossy(&ran.output).trim().to_owned();
        (ran.exit == Some(0) && text.len() >= 40).then_some(text)
    }

    /// Finds out whether the user's configuration names an ssh command, which a variable would overrule.
    pub(super) async fn know_ssh(&mut self, step: &mut OpenStep) {
        let env = &self.cx.io.env;
        let is_given = env.filled("GIT_SSH_COMMAND").is_some() || env.filled("GIT_SSH").is_some();
        if is_given || self.own_ssh {
            return;
        }
        let ran = self
            .git(step, &["config", "--get", "core.sshCommand"], None)
            .await;
        self.own_ssh = ran.is_ok_and(|ran| ran.exit == Some(0));
    }

    /// Runs a command.
    pub(super) async fn git(
        &self,
        step: &mut OpenStep,
        words: &[&str],
        within: Option<&Path>,
    ) -> Result<Ran, Stop> {
        let program = self.program(words, within);
        self.run(step, &program).await
    }

    /// The command as a program.
    pub(super) fn program(&self, words: &[&str], within: Option<&Path>) -> Program {
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
        let limits = &self.cx.io.limits;
        Program {
            path: self.path.clone(),
            arguments,
            environment: self.environment(words.first().copied().unwrap_or_default()),
            directory: within.unwrap_or(self.cx.io.env.directory()).to_owned(),
            limit: limits.package,
            kept: limits.output_bytes,
            growth: Some((self.into.clone(), limits.clone_bytes)),
        }
    }

    /// Runs a program.
    pub(super) async fn run(&self, step: &mut OpenStep, program: &Program) -> Result<Ran, Stop> {
        run_program(self.cx, step, "git", program).await
    }

    /// Ends the path where a command failed.
    pub(super) fn expect(&self, ran: &Ran) -> Result<(), Stop> {
        succeeded(self.cx, &self.path, &self.into, ran)
    }

    fn environment(&self, command: &str) -> Vec<(String, String)> {
        let env = &self.cx.io.env;
        let mut pairs = environment(self.cx);
        set(&mut pairs, "GIT_TERMINAL_PROMPT", "0");
        if env.filled("GIT_ASKPASS").is_none() {
            set(&mut pairs, "GIT_ASKPASS", "false");
        }
        if self.cx.manner == Manner::Check {
            set(&mut pairs, "GIT_LFS_SKIP_SMUDGE", "1");
        }
        let given = env.filled("GIT_SSH_COMMAND");
        let key = self
            .key
            .as_ref()
            .filter(|_| matches!(command, "clone" | "submodule"));
        if let Some(key) = key {
            let ssh = format!("{} -i {}", given.unwrap_or(SSH), key.path().display());
            set(&mut pairs, "GIT_SSH_COMMAND", &ssh);
        } else if given.is_none() && env.filled("GIT_SSH").is_none() && !self.own_ssh {
            set(&mut pairs, "GIT_SSH_COMMAND", SSH);
        }
        pairs
    }
}
