//! Plays a scenario with the real binary, and writes down what it did as the recordings do.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tfreg_doctor::lab::layout::lay_out_step;
use tfreg_doctor::lab::scenario::Scenario;
use tfreg_doctor::lab::{Lab, Logged, environment, lay_out};
use tokio::process::Command;

use super::steady::Steady;
use crate::support::put;

/// How long one run may take.
const LIMIT: Duration = Duration::from_secs(60);
/// The folders of the working folder that a client may use as it likes.
const SPARED: [&str; 3] = ["home", "tmp", "git"];

/// What the binary did in one run.
#[derive(Debug, Clone)]
pub(crate) struct Did {
    /// The exit status; nothing where it had to be stopped.
    pub(crate) exit: Option<i32>,
    /// The text of `modules.json`.
    pub(crate) modules_json: Option<String>,
    /// Whether it succeeded or changed `modules.json`.
    pub(crate) installed: bool,
    /// The modules folder.
    pub(crate) tree: BTreeMap<String, String>,
    /// What was made outside of it, or is gone.
    pub(crate) outside: Vec<String>,
    /// The requests.
    pub(crate) requests: Vec<String>,
}

/// The needs of a scenario that this machine does not meet.
pub(crate) fn unmet(scenario: &Scenario) -> Vec<String> {
    let is_root = rustix::process::geteuid().is_root();
    let has = |need: &str| match need {
        "root" => is_root,
        "not-root" => !is_root,
        program => env::split_paths(&search_path()).any(|folder| folder.join(program).is_file()),
    };
    let mut needs = scenario.needs.clone();
    needs.extend((!scenario.git.0.is_empty()).then(|| "git".to_owned()));
    needs.retain(|need| !has(need));
    needs
}

/// Plays every step of a scenario for `client`.
pub(crate) async fn play(text: &str, scenario: &Scenario, client: &str) -> Vec<Did> {
    let (play, mut step) = Play::set_up(text, scenario, client).await;
    let mut done = vec![play.run(&step.args, &step.variables).await];
    for index in 0..scenario.then.len() {
        play.enter(scenario, index, &mut step);
        done.push(play.run(&step.args, &step.variables).await);
    }
    done
}

/// How the binary is called in one step.
#[derive(Debug, Clone)]
pub(crate) struct Called {
    /// Further arguments.
    pub(crate) args: Vec<String>,
    /// The variables of this step.
    pub(crate) variables: BTreeMap<String, String>,
    /// The variables of all steps.
    always: BTreeMap<String, String>,
}

impl<'a> Play<'a> {
    /// Everything that the first step of a scenario finds.
    pub(crate) async fn set_up(text: &str, scenario: &Scenario, client: &'a str) -> (Self, Called) {
        let folder = TempDir::new().expect("a temporary folder");
        let work = folder.path().canonicalize().expect("the folder is there");
        let lab = Lab::start(scenario, &work.display().to_string())
            .await
            .expect("the lab plays the scenario");
        for (path, what) in lay_out(scenario, &lab).expect("a layout") {
            put(&work.join(path), &what);
        }
        let modules = scenario
            .modules_dir
            .as_deref()
            .unwrap_or(".terraform/modules");
        let play = Self {
            steady: Steady::new(text, lab.placeholders()),
            root: work.join("root"),
            modules: work.join("root").join(lab.expand(modules)),
            client,
            lab,
            work,
            _folder: folder,
        };
        let mut variables = environment(scenario, &play.lab);
        variables.insert("PATH".to_owned(), search_path());
        let args: Vec<String> = scenario
            .args
            .iter()
            .map(|arg| play.lab.expand(arg))
            .collect();
        let called = Called {
            args,
            variables: variables.clone(),
            always: variables,
        };
        (play, called)
    }

    /// Makes ready for the step behind the first with this index.
    pub(crate) fn enter(&self, scenario: &Scenario, index: usize, called: &mut Called) {
        let layout = lay_out_step(scenario, &self.lab, index)
            .expect("a layout")
            .expect("a step");
        for path in &layout.delete {
            delete(&self.work.join(path));
        }
        for (path, what) in &layout.write {
            put(&self.work.join(path), what);
        }
        if !scenario.then[index].routes.is_empty() {
            self.lab.enter_step(index);
        }
        called.variables.clone_from(&called.always);
        called.variables.extend(layout.env);
        called.args = layout.args;
    }
}

/// A scenario that is being played.
pub(crate) struct Play<'a> {
    lab: Lab,
    /// The way back to placeholders.
    pub(crate) steady: Steady,
    work: PathBuf,
    /// The root module.
    pub(crate) root: PathBuf,
    modules: PathBuf,
    /// The client that is emulated.
    pub(crate) client: &'a str,
    _folder: TempDir,
}

impl Play<'_> {
    /// Installs, and writes down what was done.
    pub(crate) async fn run(&self, args: &[String], variables: &BTreeMap<String, String>) -> Did {
        let before = self.records();
        let outside_before = self.outside();
        self.lab.take_log();
        let mut command = Command::new(env!("CARGO_BIN_EXE_tfreg-doctor"));
        command
            .args(["get", "--client", self.client])
            .args(args)
            .arg(&self.root)
            .current_dir(&self.work)
            .env_clear()
            .envs(variables)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let ended = tokio::time::timeout(LIMIT, command.status()).await;
        let exit = ended
            .ok()
            .and_then(|status| status.expect("the binary starts").code());
        let after = self.records();
        let outside = self.outside();
        let gone = outside_before.difference(&outside);
        let made = outside.difference(&outside_before).cloned();
        Did {
            exit,
            installed: exit == Some(0) || after != before,
            modules_json: after.map(|bytes| self.steady.text(&String::from_utf8_lossy(&bytes))),
            tree: self.tree(),
            outside: made
                .chain(gone.map(|name| format!("gone: {name}")))
                .collect(),
            requests: self
                .lab
                .take_log()
                .iter()
                .map(|row| self.request(row))
                .collect(),
        }
    }

    fn records(&self) -> Option<Vec<u8>> {
        fs::read(self.modules.join("modules.json")).ok()
    }

    /// Everything below the modules folder but its records.
    fn tree(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let mut open = vec![self.modules.clone()];
        while let Some(folder) = open.pop() {
            for path in children(&folder) {
                let name = path
                    .strip_prefix(&self.modules)
                    .unwrap()
                    .display()
                    .to_string();
                let name = self.steady.text(&name);
                let meta = fs::symlink_metadata(&path).expect("an entry");
                let mode = format!("{:03o}", meta.permissions().mode() & 0o777);
                if meta.is_symlink() {
                    let target = fs::read_link(&path).unwrap().display().to_string();
                    found.insert(name, format!("-> {}", self.steady.text(&target)));
                } else if meta.is_dir() && path.ends_with(".git") {
                    found.insert(name, self.checked_out(&path));
                } else if meta.is_dir() {
                    found.insert(format!("{name}/"), mode);
                    open.push(path);
                } else if name != "modules.json" {
                    found.insert(name, format!("{mode} {}", self.content(&path)));
                }
            }
        }
        found
    }

    fn content(&self, path: &Path) -> String {
        let bytes = self.steady.bytes(fs::read(path).unwrap_or_default());
        format!("{} {}", bytes.len(), hex::encode(Sha256::digest(&bytes)))
    }

    /// The commit of a clone, and whether its history was cut.
    fn checked_out(&self, folder: &Path) -> String {
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
        let head = read("HEAD");
        let commit = match head.trim().strip_prefix("ref: ") {
            None => head.trim().to_owned(),
            Some(name) => {
                let packed = read("packed-refs");
                let line = packed.lines().find_map(|line| line.strip_suffix(name));
                let loose = read(name);
                match (loose.trim(), line) {
                    ("", line) => line.unwrap_or_default().trim().to_owned(),
                    (commit, _) => commit.to_owned(),
                }
            }
        };
        let shallow = if folder.join("shallow").exists() {
            " shallow"
        } else {
            ""
        };
        format!("commit {}{shallow}", self.steady.text(&commit))
    }

    /// The names of all that a client must leave alone.
    fn outside(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![self.work.clone()];
        while let Some(folder) = open.pop() {
            for path in children(&folder) {
                let name = path.strip_prefix(&self.work).unwrap().display().to_string();
                let is_dir = path.is_dir() && !path.is_symlink();
                if is_dir && (SPARED.contains(&name.as_str()) || path == self.modules) {
                    continue;
                }
                if self.modules.parent() != Some(&path) {
                    found.insert(name);
                }
                if is_dir {
                    open.push(path);
                }
            }
        }
        found
    }

    fn request(&self, row: &Logged) -> String {
        if let Some(repository) = &row.repository {
            return format!("git {repository}");
        }
        if row.method == "CONNECT" {
            return format!("CONNECT {}", self.steady.text(&row.host));
        }
        let (host, target) = (self.steady.text(&row.host), self.steady.text(&row.target));
        let request = format!("{} {} {host} {target}", row.listener, row.method);
        let authorization = row
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("Authorization"));
        match authorization {
            None => request,
            Some((_, value)) => {
                format!("{request} {}", undated(&self.steady.text(value)))
            }
        }
    }
}

/// The credential of a signature without its day, or any other value as it is.
fn undated(value: &str) -> String {
    if !value.starts_with("AWS4") {
        return value.to_owned();
    }
    let credential = value.split(',').next().unwrap_or_default();
    let is_day = |part: &&str| part.len() == 8 && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = credential
        .split('/')
        .map(|part| if is_day(&part) { "{{date}}" } else { part })
        .collect();
    parts.join("/")
}

pub(crate) fn search_path() -> String {
    env::var("PATH").unwrap_or_else(|_| "/usr/bin:/bin".to_owned())
}

fn children(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .collect()
}

fn delete(path: &Path) {
    let _ = if path.is_dir() && !path.is_symlink() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
}
