//! The files and the environment of the client, for the caller to put in place.
//!
//! It writes nothing. Paths are relative to the working folder, and one that would leave it is refused.

use std::collections::BTreeMap;
use std::io;

use super::Lab;
use super::entries::{Entries, Entry};
use super::pack::PackError;
use super::scenario::Scenario;

/// Something to put in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LaidOut {
    /// A file.
    File {
        /// The content.
        bytes: Vec<u8>,
        /// The permission bits.
        mode: u32,
    },
    /// A symbolic link with this target.
    Symlink(String),
    /// A folder.
    Dir,
}

/// What to do before a further step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepLayout {
    /// Paths to delete first.
    pub delete: Vec<String>,
    /// What to put in place.
    pub write: Vec<(String, LaidOut)>,
    /// Further environment variables of this step.
    pub env: Vec<(String, String)>,
    /// Arguments of `get` in this step.
    pub args: Vec<String>,
}

/// Everything below the working folder, in the order to be written; later ones replace earlier ones.
pub fn lay_out(scenario: &Scenario, lab: &Lab) -> io::Result<Vec<(String, LaidOut)>> {
    let mut out: Vec<(String, LaidOut)> = ["root", "home", "tmp"]
        .map(|folder| (folder.to_owned(), LaidOut::Dir))
        .into();
    if lab.tls_port().is_some() {
        let bytes = lab.root_certificate_pem().into_bytes();
        out.push((
            "trust/ca.pem".to_owned(),
            LaidOut::File { bytes, mode: 0o644 },
        ));
    }
    for repository in lab.site.repositories() {
        for (path, content) in repository.files() {
            let path = format!("git/{}.git/{path}", repository.name);
            let file = |bytes| LaidOut::File { bytes, mode: 0o644 };
            out.push((path, content.map_or(LaidOut::Dir, file)));
        }
    }
    lay_out_tree(&mut out, lab, "home/", &scenario.home)?;
    lay_out_tree(&mut out, lab, "root/", &scenario.root)?;
    lay_out_tree(&mut out, lab, "", &scenario.files)?;
    let place = scenario.cli_config_at.as_deref().unwrap_or("env");
    if place == "env" || scenario.cli_config.is_some() {
        let path = if place == "env" {
            "cli.tfrc".to_owned()
        } else {
            inside("home/", &lab.expand(place))?
        };
        let text = scenario.cli_config.clone().unwrap_or_default();
        let bytes = text.render(lab.shelf.placeholders());
        out.push((path, LaidOut::File { bytes, mode: 0o644 }));
    }
    Ok(out)
}

/// What to do before the further step `index`, where there is one.
pub fn lay_out_step(
    scenario: &Scenario,
    lab: &Lab,
    index: usize,
) -> io::Result<Option<StepLayout>> {
    let Some(step) = scenario.then.get(index) else {
        return Ok(None);
    };
    let mut layout = StepLayout::default();
    for path in &step.delete {
        layout.delete.push(inside("root/", &lab.expand(path))?);
    }
    lay_out_tree(&mut layout.write, lab, "root/", &step.write)?;
    layout.env = step
        .env
        .given()
        .map(|(name, value)| (name.to_owned(), lab.expand(value)))
        .collect();
    let args = step.args.as_ref().unwrap_or(&scenario.args);
    layout.args = args.iter().map(|arg| lab.expand(arg)).collect();
    Ok(Some(layout))
}

/// The whole environment of the client but `PATH`.
pub fn environment(scenario: &Scenario, lab: &Lab) -> BTreeMap<String, String> {
    let usual = [
        ("HOME", "{{home}}"),
        ("TMPDIR", "{{tmp}}"),
        ("LANG", "C.UTF-8"),
        ("TZ", "UTC"),
        ("CHECKPOINT_DISABLE", "1"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_TERMINAL_PROMPT", "0"),
    ];
    let tls = [
        ("SSL_CERT_FILE", "{{ca_file}}"),
        ("GIT_SSL_CAINFO", "{{ca_file}}"),
    ];
    let proxies =
        ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"].map(|name| (name, "{{base}}"));
    let in_env = scenario
        .cli_config_at
        .as_deref()
        .is_none_or(|place| place == "env");
    let config = in_env.then_some(("TF_CLI_CONFIG_FILE", "{{work}}/cli.tfrc"));
    let tls = lab.tls_port().map(|_| tls);
    let proxies = scenario.proxy.then_some(proxies);
    let given = usual
        .into_iter()
        .chain(config)
        .chain(tls.into_iter().flatten())
        .chain(proxies.into_iter().flatten());
    let mut variables: BTreeMap<String, String> = given
        .map(|(name, value)| (name.to_owned(), lab.expand(value)))
        .collect();
    for (name, value) in &scenario.env.0 {
        match value {
            Some(value) => variables.insert(lab.expand(name), lab.expand(value)),
            None => variables.remove(&lab.expand(name)),
        };
    }
    variables
}

fn lay_out_tree(
    out: &mut Vec<(String, LaidOut)>,
    lab: &Lab,
    base: &str,
    entries: &Entries,
) -> io::Result<()> {
    for entry in &entries.0 {
        let path = inside(base, &lab.expand(&entry.path))?;
        out.push((path, lay_out_entry(lab, entry)?));
    }
    Ok(())
}

fn lay_out_entry(lab: &Lab, entry: &Entry) -> io::Result<LaidOut> {
    if entry.path.ends_with('/') {
        return Ok(LaidOut::Dir);
    }
    if let Some(target) = &entry.symlink {
        return Ok(LaidOut::Symlink(lab.expand(target)));
    }
    let bytes = match &entry.archive {
        Some(name) => lab
            .archive(name)
            .ok_or_else(|| PackError::NoSuchArchive(name.clone()))?
            .to_vec(),
        None => entry.text.render(lab.shelf.placeholders()),
    };
    Ok(LaidOut::File {
        bytes,
        mode: entry.mode.unwrap_or(0o644),
    })
}

/// `path` below `base`, where it stays there.
fn inside(base: &str, path: &str) -> io::Result<String> {
    if path.starts_with('/') || path.split('/').any(|part| part == "..") {
        let problem = format!("{path:?} leaves its folder");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    }
    Ok(format!("{base}{}", path.trim_end_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::{LaidOut, environment, lay_out, lay_out_step};
    use crate::lab::Lab;
    use crate::lab::scenario::Scenario;

    async fn started(text: &str) -> (Scenario, Lab) {
        let scenario = Scenario::from_json(text).expect("a scenario");
        let lab = Lab::start(&scenario, "/w").await.expect("a lab");
        (scenario, lab)
    }

    fn file(path: &str, text: &str, mode: u32) -> (String, LaidOut) {
        (
            path.to_owned(),
            LaidOut::File {
                bytes: text.as_bytes().to_vec(),
                mode,
            },
        )
    }

    #[tokio::test]
    async fn every_tree_is_laid_out_below_its_folder() {
        let (scenario, lab) = started(
            r##"{"root": {"main.tf": ["# {{work}}", "x"], "d/": null, "l": {"symlink": "{{home}}/x"}},
                "home": {".netrc": {"text": "m", "mode": "600"}}, "files": {"a.raw": {"archive": "a"}},
                "archives": {"a": {"format": "raw", "text": "bytes"}}, "cli_config": "c", "cli_config_at": ".terraformrc"}"##,
        )
        .await;
        let folder = |path: &str| (path.to_owned(), LaidOut::Dir);
        let wanted = [
            folder("root"),
            folder("home"),
            folder("tmp"),
            file("home/.netrc", "m", 0o600),
            file("root/main.tf", "# /w\nx\n", 0o644),
            folder("root/d"),
            (
                "root/l".to_owned(),
                LaidOut::Symlink("/w/home/x".to_owned()),
            ),
            file("a.raw", "bytes", 0o644),
            file("home/.terraformrc", "c", 0o644),
        ];
        assert_eq!(lay_out(&scenario, &lab).expect("a layout"), wanted);
        assert!(!environment(&scenario, &lab).contains_key("TF_CLI_CONFIG_FILE"));
    }

    #[tokio::test]
    async fn paths_that_leave_their_folder_are_refused() {
        for path in ["../x", "/x", "a/../../x"] {
            let (scenario, lab) = started(&format!(r#"{{"root": {{"{path}": ""}}}}"#)).await;
            assert!(lay_out(&scenario, &lab).is_err(), "{path}");
        }
    }

    #[tokio::test]
    async fn the_environment_names_the_authority_the_proxy_and_the_configuration() {
        let (scenario, lab) =
            started(r#"{"proxy": true, "env": {"TZ": null, "A": "{{port}}"}, "cli_config": ""}"#)
                .await;
        let variables = environment(&scenario, &lab);
        let base = format!("http://127.0.0.1:{}", lab.http_port());
        assert_eq!(variables["HTTPS_PROXY"], base);
        assert_eq!(variables["SSL_CERT_FILE"], "/w/trust/ca.pem");
        assert_eq!(variables["TF_CLI_CONFIG_FILE"], "/w/cli.tfrc");
        assert_eq!(variables["A"], lab.http_port().to_string());
        assert!(!variables.contains_key("TZ"));
        let layout = lay_out(&scenario, &lab).expect("a layout");
        assert!(layout.contains(&file("trust/ca.pem", &lab.root_certificate_pem(), 0o644)));
    }

    #[tokio::test]
    async fn a_step_deletes_and_writes_in_the_root_module() {
        let (scenario, lab) = started(
            r#"{"args": ["-x"], "then": [{"delete": ["a"], "write": {"b": "c"}, "env": {"E": "{{work}}"}}]}"#,
        )
        .await;
        let step = lay_out_step(&scenario, &lab, 0)
            .expect("a layout")
            .expect("a step");
        assert_eq!(
            (step.delete, step.write),
            (vec!["root/a".to_owned()], vec![file("root/b", "c", 0o644)])
        );
        assert_eq!(
            (step.env, step.args),
            (
                vec![("E".to_owned(), "/w".to_owned())],
                vec!["-x".to_owned()]
            )
        );
        assert_eq!(lay_out_step(&scenario, &lab, 1).expect("a layout"), None);
    }
}
