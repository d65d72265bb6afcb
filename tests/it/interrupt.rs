//! `get` over an earlier installation, cut off wherever it can be: the old state stands, byte for byte, and the next run
//! needs nobody's help.
//!
//! The registry holds the request at which a run is to end, so the moment is exact and nothing waits for a clock.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::support::{Outcome, Play, tree};

/// Where runs leave what they are not done with.
const LEFT: &str = ".tfreg-doctor-get-";
const UPDATE: [&str; 4] = ["get", "-update", "--format", "json"];

/// The requests of an update: method, host and path.
const REQUESTS: [(&str, &str, &str); 12] = [
    ("GET", "tf.example.com", "/.well-known/terraform.json"),
    ("GET", "tf.example.com", "/v1/acme/net/aws/versions"),
    ("GET", "tf.example.com", "/v1/acme/net/aws/2.0.0/download"),
    ("HEAD", "packages.example.com", "/net-2.0.0.tgz"),
    ("GET", "packages.example.com", "/net-2.0.0.tgz"),
    ("GET", "mods.example.org", "/.well-known/terraform.json"),
    ("GET", "mods.example.org", "/v1/acme/dns/aws/versions"),
    ("GET", "mods.example.org", "/v1/acme/dns/aws/2.0.0/download"),
    ("HEAD", "packages.example.com", "/dns-2.0.0.tgz"),
    ("GET", "packages.example.com", "/dns-2.0.0.tgz"),
    ("HEAD", "packages.example.com", "/tool.tgz"),
    ("GET", "packages.example.com", "/tool.tgz"),
];

/// What the registries answer when modules have one version, or two.
fn world(newest: &str) -> Vec<Value> {
    let mut routes = Vec::new();
    let versions: Vec<Value> = ["1.0.0", "2.0.0"]
        .iter()
        .filter(|version| **version <= newest)
        .map(|version| json!({ "version": version }))
        .collect();
    for (host, name) in [("tf.example.com", "net"), ("mods.example.org", "dns")] {
        routes.push(json!({"host": host, "path": "/.well-known/terraform.json", "json": {"modules.v1": "/v1/"}}));
        routes.push(
            json!({"host": host, "path": format!("/v1/acme/{name}/aws/versions"),
            "json": {"modules": [{"versions": versions}]}}),
        );
        routes.push(json!({"host": host, "path": format!("/v1/acme/{name}/aws/{newest}/download"), "status": 204,
            "headers": {"X-Terraform-Get": format!("https://packages.example.com/{name}-{newest}.tgz")}}));
        routes.push(
            json!({"host": "packages.example.com", "path": format!("/{name}-{newest}.tgz"),
            "archive": format!("{name}-{newest}")}),
        );
    }
    routes.push(json!({"host": "packages.example.com", "path": "/tool.tgz", "archive": format!("tool-{newest}")}));
    routes
}

/// Three modules called, one of them by another, one that stays and one that nobody calls any more.
fn scenario(steps: &[Vec<Value>]) -> String {
    let dns = "module \"dns\" {\n  source = \"mods.example.org/acme/dns/aws\"\n}\n";
    let mut archives = serde_json::Map::new();
    for version in ["1.0.0", "2.0.0"] {
        for name in ["net", "dns", "tool"] {
            let call = if name == "net" { dns } else { "" };
            let entries = json!({"main.tf": format!("# {name} {version}\n{call}"),
                "files/big": {"text": {"repeat": [version, 8000]}}, "run.sh": {"text": "#!/bin/sh\n", "mode": "755"}});
            archives.insert(
                format!("{name}-{version}"),
                json!({"format": "tar.gz", "entries": entries}),
            );
        }
    }
    let then: Vec<Value> = steps
        .iter()
        .map(|routes| json!({ "routes": routes }))
        .collect();
    json!({
        "name": "update", "story": "An earlier installation is updated.", "command": ["get"],
        "root": {
            "main.tf": "module \"net\" {\n  source = \"tf.example.com/acme/net/aws\"\n}\n\nmodule \"tool\" {\n  source = \"https://packages.example.com/tool.tgz\"\n}\n\nmodule \"mine\" {\n  source = \"./mine\"\n}\n",
            "mine/main.tf": "# mine\n",
            ".terraform/modules/stale/main.tf": "# nobody calls it\n",
        },
        "hosts": {"tf.example.com": {}, "mods.example.org": {}, "packages.example.com": {}},
        "archives": archives, "routes": world("1.0.0"), "then": then,
    })
    .to_string()
}

/// The second world with other routes in front of it.
fn fault(front: &[Value]) -> Vec<Value> {
    front.iter().cloned().chain(world("2.0.0")).collect()
}

/// An earlier installation, and what it looks like.
struct Installed {
    play: Play,
    before: BTreeMap<String, Vec<u8>>,
}

impl Installed {
    fn new(steps: &[Vec<Value>]) -> Self {
        let play = Play::start(&scenario(steps));
        let first = play.run(&["get"]);
        assert_eq!(first.code, Some(0), "{}{}", first.stdout, first.stderr);
        let before = tree(&play.root());
        assert!(before.contains_key(".terraform/modules/net.dns/main.tf"));
        Self { play, before }
    }

    /// Nothing has changed at all.
    fn is_untouched(&self, when: &str) {
        let after = tree(&self.play.root());
        let names: Vec<&String> = after
            .iter()
            .filter(|(name, bytes)| self.before.get(*name) != Some(bytes))
            .map(|(name, _)| name)
            .collect();
        assert!(after == self.before, "{when}: {names:?}");
        assert!(tree(&self.play.temporary()).is_empty(), "{when}");
    }

    /// Modules and manifest are as they were; what a killed run left lies beside them, and is cleared by the next.
    fn has_its_modules(&self, when: &str) {
        let mut after = tree(&self.play.root());
        after.retain(|name, _| !name.contains(LEFT));
        assert!(after == self.before, "{when}");
        for entry in fs::read_dir(self.play.temporary()).unwrap() {
            fs::remove_dir_all(entry.unwrap().path()).unwrap();
        }
    }

    /// The whole new state, and nothing else.
    fn is_updated(&self) {
        let after = tree(&self.play.root());
        let text = |name: &str| {
            let bytes = after.get(&format!(".terraform/modules/{name}"));
            String::from_utf8(bytes.cloned().unwrap_or_default()).unwrap()
        };
        for name in ["net", "net.dns", "tool"] {
            assert!(
                text(&format!("{name}/main.tf")).contains(" 2.0.0"),
                "{name}"
            );
        }
        assert_eq!(text("stale/main.tf"), "# nobody calls it\n");
        assert_eq!(text("modules.json").matches("2.0.0").count(), 2);
        assert!(
            !after.keys().any(|name| name.contains(".tfreg-doctor-")),
            "{:?}",
            after.keys()
        );
        assert_eq!(after.len(), self.before.len());
    }
}

/// Starts a run and waits until the registry has a request in its hands.
fn start(play: &Play, (method, host, path): (&str, &str, &str)) -> Child {
    let mut command = play.command(&UPDATE);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    wait_for(&mut child, || {
        play.log().iter().any(|logged| {
            logged.method == method && logged.target == path && logged.host.starts_with(host)
        })
    });
    child
}

fn wait_for(child: &mut Child, is_there: impl Fn() -> bool) {
    while !is_there() {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(is_there(), "the run ended before: {status}");
        }
        sleep(Duration::from_millis(2));
    }
}

fn send(child: &Child, signal: Signal) {
    let id = i32::try_from(child.id()).unwrap();
    kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
}

fn ends_as(status: ExitStatus, signal: Signal, when: &str) {
    let number = signal.as_raw();
    if signal == Signal::KILL {
        assert_eq!(status.signal(), Some(number), "{when}");
    } else {
        assert_eq!(status.code(), Some(128 + number), "{when}");
    }
}

#[test]
fn a_signal_at_any_request_leaves_the_old_state() {
    let mut steps = vec![world("2.0.0")];
    for (method, host, path) in REQUESTS {
        steps.push(fault(&[
            json!({"host": host, "path": path, "method": [method], "hang": true}),
        ]));
    }
    let installed = Installed::new(&steps);
    let mut points = 0;
    for (index, request) in REQUESTS.into_iter().enumerate() {
        for signal in [Signal::INT, Signal::TERM, Signal::KILL] {
            let when = format!("{request:?} {signal:?}");
            installed.play.enter_step(index + 1);
            let mut child = start(&installed.play, request);
            send(&child, signal);
            ends_as(child.wait().unwrap(), signal, &when);
            if signal == Signal::KILL {
                installed.has_its_modules(&when);
            } else {
                installed.is_untouched(&when);
            }
            points += 1;
        }
    }
    assert_eq!(points, 36);
    installed.play.enter_step(0);
    assert_eq!(installed.play.run(&UPDATE).code, Some(0));
    installed.is_updated();
}

#[test]
fn a_package_that_ends_in_the_middle_leaves_the_old_state() {
    let packages = ["/net-2.0.0.tgz", "/dns-2.0.0.tgz", "/tool.tgz"];
    let archive = |path: &str| {
        let name = path.trim_start_matches('/').trim_end_matches(".tgz");
        if name == "tool" {
            "tool-2.0.0".to_owned()
        } else {
            name.to_owned()
        }
    };
    let faults = ["hang", "reset", "drop"];
    let mut steps = vec![world("2.0.0")];
    for path in packages {
        for fault_word in faults {
            let mut route = json!({"host": "packages.example.com", "path": path, "method": ["GET"],
                "archive": archive(path), "short": 100});
            route[fault_word] = json!(true);
            steps.push(fault(&[route]));
        }
    }
    let installed = Installed::new(&steps);
    for (index, path) in packages.into_iter().enumerate() {
        for (which, fault_word) in faults.into_iter().enumerate() {
            let when = format!("{path} {fault_word}");
            installed.play.enter_step(1 + index * faults.len() + which);
            if fault_word == "hang" {
                let mut child = start(&installed.play, ("GET", "packages.example.com", path));
                send(&child, Signal::INT);
                ends_as(child.wait().unwrap(), Signal::INT, &when);
            } else {
                let ended = installed.play.run(&UPDATE);
                assert_eq!(ended.code, Some(1), "{when}: {}", ended.stderr);
            }
            installed.is_untouched(&when);
        }
    }
    installed.play.enter_step(0);
    assert_eq!(installed.play.run(&UPDATE).code, Some(0));
    installed.is_updated();
}

/// The same run under a limit of the shell.
fn limited(play: &Play, limit: &str) -> (ExitStatus, String) {
    let output = play.run_limited(&UPDATE, limit);
    let outcome = Outcome::of(&output);
    (output.status, outcome.stdout + &outcome.stderr)
}

#[test]
fn a_disk_that_takes_no_more_leaves_the_old_state() {
    let installed = Installed::new(&[world("2.0.0")]);
    installed.play.enter_step(0);
    // Sizes in blocks of 512 bytes: less than an unpacked file, than an archive, than any file.
    for blocks in ["16", "1", "0"] {
        let (status, said) = limited(
            &installed.play,
            &format!("trap '' XFSZ; ulimit -f {blocks}"),
        );
        assert_eq!(status.code(), Some(1), "{blocks}: {said}");
        installed.is_untouched(blocks);
        let (status, said) = limited(&installed.play, &format!("ulimit -f {blocks}"));
        assert_ne!(status.code(), Some(0), "{blocks}: {said}");
        installed.has_its_modules(blocks);
    }
    let (status, said) = limited(&installed.play, "ulimit -n 12");
    assert_ne!(status.code(), Some(0), "{said}");
    installed.has_its_modules("descriptors");
    assert_eq!(installed.play.run(&UPDATE).code, Some(0));
    installed.is_updated();
}

#[test]
fn a_manifest_that_cannot_be_written_leaves_the_old_state() {
    let call = |name: &str| {
        format!(
            "module \"a_rather_long_name_of_a_call_{name}\" {{\n  source = \"https://packages.example.com/tool.tgz\"\n}}\n"
        )
    };
    let text = json!({
        "name": "manifest", "story": "The manifest is larger than all packages.", "command": ["get"],
        "root": {"main.tf": call("0")},
        "hosts": {"packages.example.com": {}},
        "archives": {"tool": {"format": "tar.gz", "entries": {"main.tf": "# tool\n"}}},
        "routes": [{"host": "packages.example.com", "path": "/tool.tgz", "archive": "tool"}],
    });
    let play = Play::start(&text.to_string());
    assert_eq!(play.run(&["get"]).code, Some(0));
    let more: String = (0..8).map(|index| call(&index.to_string())).collect();
    fs::write(play.root().join("main.tf"), more).unwrap();
    let before = tree(&play.root());
    let (status, said) = limited(&play, "trap '' XFSZ; ulimit -f 1");
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("modules.json: file too large"), "{said}");
    assert!(tree(&play.root()) == before);
    assert_eq!(play.run(&["get"]).code, Some(0));
    assert_eq!(
        fs::read_dir(play.root().join(".terraform/modules"))
            .unwrap()
            .count(),
        9
    );
}

#[test]
fn a_signal_while_git_runs_ends_git_too_and_leaves_the_old_state() {
    let installed = Installed::new(&[world("2.0.0")]);
    installed.play.enter_step(0);
    let folder = tempfile::tempdir().unwrap();
    let pid_file = folder.path().join("pid");
    let git = folder.path().join("git");
    let script = format!(
        "#!/bin/sh\necho $$ > {0}.new && mv {0}.new {0}\nexec sleep 1000\n",
        pid_file.display()
    );
    fs::write(&git, script).unwrap();
    fs::set_permissions(&git, fs::Permissions::from_mode(0o755)).unwrap();
    let main = installed.play.root().join("main.tf");
    let old = fs::read_to_string(&main).unwrap();
    let source = "git::https://packages.example.com/x.git";
    fs::write(
        &main,
        format!("{old}\nmodule \"git\" {{\n  source = \"{source}\"\n}}\n"),
    )
    .unwrap();
    let before = tree(&installed.play.root());
    for signal in [Signal::INT, Signal::TERM] {
        let _ = fs::remove_file(&pid_file);
        let mut command = installed.play.command(&UPDATE);
        command.env("PATH", format!("{}:/usr/bin:/bin", folder.path().display()));
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        wait_for(&mut child, || pid_file.exists());
        send(&child, signal);
        ends_as(child.wait().unwrap(), signal, "git");
        assert!(tree(&installed.play.root()) == before, "{signal:?}");
        let id = fs::read_to_string(&pid_file)
            .unwrap()
            .trim()
            .parse()
            .unwrap();
        while is_running(id) {
            sleep(Duration::from_millis(2));
        }
    }
}

/// Whether a process is there that is no corpse.
fn is_running(id: i32) -> bool {
    match fs::read_to_string(format!("/proc/{id}/stat")) {
        Ok(stat) => !stat.contains(") Z "),
        Err(_) => {
            !Path::new("/proc/self").exists()
                && rustix::process::test_kill_process(Pid::from_raw(id).unwrap()).is_ok()
        }
    }
}

#[test]
fn what_a_kill_left_between_two_states_is_put_back_by_the_next_run() {
    let installed = Installed::new(&[world("2.0.0")]);
    let data = installed.play.root().join(".terraform");
    let modules = data.join("modules");
    // Each step goes further into an exchange of `net` and `tool` that was made directory by directory.
    for step in 0..4 {
        let left = data.join(format!("{LEFT}cut{step}"));
        fs::create_dir_all(left.join("aside")).unwrap();
        fs::create_dir_all(left.join("modules/net")).unwrap();
        fs::create_dir_all(left.join("modules/tool")).unwrap();
        fs::write(left.join("modules/modules.json"), "{\"Modules\":[]}").unwrap();
        fs::write(
            left.join("journal"),
            r#"["modules",["net","tool"],["net","tool"]]"#,
        )
        .unwrap();
        if step > 0 {
            fs::rename(modules.join("net"), left.join("aside/net")).unwrap();
        }
        if step > 1 {
            fs::rename(modules.join("tool"), left.join("aside/tool")).unwrap();
        }
        if step > 2 {
            fs::rename(left.join("modules/net"), modules.join("net")).unwrap();
        }
        let next = installed.play.run(&["get"]);
        assert_eq!(next.code, Some(0), "{step}: {}{}", next.stdout, next.stderr);
        installed.is_untouched(&format!("step {step}"));
    }
    installed.play.enter_step(0);
    assert_eq!(installed.play.run(&UPDATE).code, Some(0));
    installed.is_updated();
}

#[test]
fn a_run_that_is_cut_off_still_writes_its_report() {
    let (method, host, path) = REQUESTS[4];
    let hang = json!({"host": host, "path": path, "method": [method], "hang": true});
    let installed = Installed::new(&[fault(&[hang])]);
    installed.play.enter_step(0);
    let mut command = installed.play.command(&UPDATE);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    wait_for(&mut child, || {
        let log = installed.play.log();
        log.iter()
            .any(|logged| logged.method == method && logged.target == path)
    });
    send(&child, Signal::INT);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["run"]["complete"], json!(false));
    let late = installed
        .play
        .run(&["get", "-update", "--deadline", "300ms", "--format", "json"]);
    assert_eq!(late.code, Some(3), "{}", late.stderr);
    let document: Value = serde_json::from_str(&late.stdout).unwrap();
    assert_eq!(document["run"]["complete"], json!(false));
    installed.is_untouched("deadline");
}
