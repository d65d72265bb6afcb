//! Runs the real binary, in an environment of its own, against a registry that is played in this process.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;
use tfreg_doctor::lab::scenario::Scenario;
use tfreg_doctor::lab::{Lab, LaidOut, Logged, environment, lay_out};
use tfreg_doctor::report::Format;
use tokio::runtime::{Builder, Runtime};

/// The client that cases are played for.
pub(crate) const CLIENT: &str = "terraform@1.11.4";

/// The formats of a report that are text; a bundle is made of some of them.
pub(crate) fn formats() -> impl Iterator<Item = &'static str> + Clone {
    Format::WORDS.split(", ").filter(|word| *word != "bundle")
}

/// What a run of the binary left.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The exit status; nothing where a signal ended it.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Outcome {
    /// Of a finished process.
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout.clone()).expect("standard output is UTF-8"),
            stderr: String::from_utf8(output.stderr.clone()).expect("standard error is UTF-8"),
        }
    }
}

/// The binary with nothing of this process's environment but a search path.
pub(crate) fn binary(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tfreg-doctor"));
    command
        .args(words)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::null());
    command
}

/// Runs the binary with no registry at hand, in an empty folder.
pub(crate) fn alone(words: &[&str]) -> Outcome {
    let folder = TempDir::new().expect("a temporary folder");
    let mut command = binary(words);
    command
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .env("TMPDIR", folder.path());
    Outcome::of(&command.output().expect("the binary starts"))
}

/// A scenario that is being played: the registry runs until this is dropped.
pub(crate) struct Play {
    lab: Lab,
    folder: TempDir,
    environment: BTreeMap<String, String>,
    _runtime: Runtime,
}

impl Play {
    /// Starts the registry and writes the files of the client.
    pub(crate) fn start(text: &str) -> Self {
        let scenario = Scenario::from_json(text).unwrap_or_else(|error| panic!("{error:?}"));
        let folder = TempDir::new().expect("a temporary folder");
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let work = folder.path().display().to_string();
        let lab = runtime
            .block_on(Lab::start(&scenario, &work))
            .expect("the lab plays the scenario");
        for (path, what) in lay_out(&scenario, &lab).expect("a layout") {
            put(&folder.path().join(path), &what);
        }
        fs::write(
            folder.path().join("authority.pem"),
            lab.root_certificate_pem(),
        )
        .unwrap();
        Self {
            environment: environment(&scenario, &lab),
            lab,
            folder,
            _runtime: runtime,
        }
    }

    /// The binary, ready to be run in the root module.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = binary(words);
        // No further roots than the lab's: those of this machine only cost time.
        command
            .envs(&self.environment)
            .env("SSL_CERT_DIR", self.folder.path().join("trust"))
            .current_dir(self.root());
        if words
            .first()
            .is_some_and(|word| matches!(*word, "check" | "compat" | "get"))
        {
            if words.first() != Some(&"compat") {
                command.args(["--client", CLIENT]);
            }
            if self.lab.tls_port().is_some() {
                command.arg("--ca-file");
                command.arg(self.folder.path().join("authority.pem"));
            }
            for (host, port, address) in self.lab.resolve() {
                let (ip, to) = (address.ip(), address.port());
                command.arg("--resolve");
                command.arg(format!("{host}:{port}:{ip}:{to}"));
            }
        }
        command
    }

    /// Runs the binary to its end.
    pub(crate) fn run(&self, words: &[&str]) -> Outcome {
        Outcome::of(&self.command(words).output().expect("the binary starts"))
    }

    /// Runs the binary in a shell that sets a limit first.
    pub(crate) fn run_limited(&self, words: &[&str], limit: &str) -> Output {
        let plain = self.command(words);
        let variables = plain.get_envs();
        Command::new("/bin/sh")
            .args(["-c", &format!("{limit}; exec \"$@\""), "sh"])
            .arg(plain.get_program())
            .args(plain.get_args())
            .env_clear()
            .envs(variables.filter_map(|(name, value)| Some((name, value?))))
            .current_dir(self.root())
            .stdin(Stdio::null())
            .output()
            .expect("the shell starts")
    }

    /// The root module.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    /// The folder for temporary files of the binary.
    pub(crate) fn temporary(&self) -> PathBuf {
        self.folder.path().join("tmp")
    }

    /// Answers with the routes of a further step from now on; the requests so far are forgotten.
    pub(crate) fn enter_step(&self, index: usize) {
        assert!(self.lab.enter_step(index), "there is no step {index}");
        self.lab.take_log();
    }

    /// The requests so far.
    pub(crate) fn log(&self) -> Vec<Logged> {
        self.lab.log()
    }

    /// What differs from run to run, replaced by fixed words.
    pub(crate) fn steady(&self, text: &str) -> String {
        let work = self.folder.path().display().to_string();
        let word: String = work
            .char_indices()
            .map(|(at, letter)| if at < work.len() - 6 { letter } else { 'x' })
            .collect();
        steady(&text.replace(&work, &word))
    }
}

/// The names below a folder, sorted, with the content of files.
pub(crate) fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            if path.is_dir() && !path.is_symlink() {
                found.insert(format!("{name}/"), Vec::new());
                open.push(path);
            } else {
                found.insert(name, fs::read(&path).unwrap_or_default());
            }
        }
    }
    found
}

/// The folder of the package.
pub(crate) fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Puts something in place, whatever is there.
pub(crate) fn put(path: &Path, what: &LaidOut) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    if path.is_symlink() || (path.is_file() && !matches!(what, LaidOut::Dir)) {
        fs::remove_file(path).unwrap();
    }
    match what {
        LaidOut::Dir => fs::create_dir_all(path).unwrap(),
        LaidOut::File { bytes, mode } => {
            fs::write(path, bytes).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(*mode)).unwrap();
        }
        LaidOut::Symlink(target) => std::os::unix::fs::symlink(target, path).unwrap(),
    }
}

/// Durations, ports, fingerprints and the name of the lab's authority become fixed words of the same width; the
/// blanks beside a duration take up what its width changes, so that columns stay where they are.
fn steady(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let mut shown = String::with_capacity(line.len());
        let mut rest = line;
        while let Some((blanks, word, after)) = next_word(rest) {
            let unit = next_word(after).map_or("", |(_, next, _)| next);
            let core = unit.trim_end_matches(['.', ',', ';', ':', ')']);
            if word.parse::<f64>().is_ok() && matches!(core, "ms" | "s") {
                let (unit_blanks, _, behind) = next_word(after).unwrap_or_default();
                let old = word.len() + unit_blanks.len() + core.len();
                let end = unit.get(core.len()..).unwrap_or_default();
                // Only a line as wide as the report ends at a fixed column.
                let at_the_edge = line.chars().count() > 90;
                rest = push_time(&mut shown, (blanks, end, behind), (old, at_the_edge));
            } else {
                shown.push_str(blanks);
                shown.push_str(&steady_word(word));
                rest = after;
            }
        }
        out.push_str(&shown);
        out.push_str(rest);
        out.push('\n');
    }
    out
}

/// Writes a duration of fixed width in place of one that was `old` bytes wide, maybe at the right edge; gives what is still to be read.
fn push_time<'a>(
    shown: &mut String,
    (blanks, end, behind): (&str, &str, &'a str),
    (old, at_the_edge): (usize, bool),
) -> &'a str {
    const TIME: &str = "0 ms";
    let wider = old.saturating_sub(TIME.len());
    let narrower = TIME.len().saturating_sub(old);
    let gap = behind.len() - behind.trim_start().len();
    if blanks.len() > 1 && at_the_edge {
        let width = (blanks.len() + wider).saturating_sub(narrower);
        shown.push_str(&" ".repeat(width));
        shown.push_str(TIME);
        shown.push_str(end);
        return behind;
    }
    shown.push_str(blanks);
    shown.push_str(TIME);
    shown.push_str(end);
    if gap > 1 {
        let width = (gap + wider).saturating_sub(narrower);
        shown.push_str(&" ".repeat(width));
        return behind.trim_start();
    }
    behind
}

/// The blanks before the next word, the word, and what follows.
fn next_word(text: &str) -> Option<(&str, &str, &str)> {
    let start = text.len() - text.trim_start().len();
    let (blanks, rest) = text.split_at(start);
    if rest.is_empty() {
        return None;
    }
    let (word, after) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
    Some((blanks, word, after))
}

fn steady_word(word: &str) -> String {
    let (core, end) = word.split_at(word.trim_end_matches([',', ';', '.', ')', '"', ':']).len());
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let Some((front, port)) = core.rsplit_once(':')
        && front.ends_with("127.0.0.1")
        && port.parse::<u16>().is_ok()
    {
        return format!("{front}:{}{end}", "9".repeat(port.len()));
    }
    if core.len() == 16 && is_hex(core) {
        return format!("{}{end}", "0".repeat(16));
    }
    if let Some((front, digits)) = core.rsplit_once('#')
        && digits.len() == 4
        && is_hex(digits)
    {
        return format!("{front}#ffff{end}");
    }
    word.to_owned()
}
