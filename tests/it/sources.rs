//! Sources other than plain archives: repositories with their programs, object stores with their credential chains.
//!
//! Programs are the real git with a stand-in for ssh, and a stand-in for hg; stores, token services and machines are played by
//! the lab.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value, json};

use crate::support::{Outcome, Play, tree};

/// A scenario with one call, and further members.
fn scenario(source: &str, further: &Value) -> Value {
    let mut scenario = json!({
        "name": "source",
        "story": "One call.",
        "hosts": {"packages.example.com": {}},
        "root": {"main.tf": format!("module \"m\" {{\n  source = \"{source}\"\n}}\n")},
        "archives": {"pkg": {"format": "zip", "entries": {"main.tf": "variable \"a\" {}\n"}}}
    });
    for (name, value) in further.as_object().into_iter().flatten() {
        scenario[name] = value.clone();
    }
    scenario
}

fn start(source: &str, further: &Value) -> Play {
    Play::start(&scenario(source, further).to_string())
}

fn work(play: &Play) -> PathBuf {
    play.root()
        .parent()
        .expect("the root has a parent")
        .to_owned()
}

fn installed(play: &Play, name: &str) -> bool {
    play.root().join(".terraform/modules/m").join(name).exists()
}

/// The codes of the findings of a check.
fn codes(play: &Play) -> Vec<String> {
    let outcome = play.run(&["check", ".", "--format", "json"]);
    let document: Value = serde_json::from_str(&outcome.stdout).expect("a document");
    let mut found = Vec::new();
    collect(&document, &mut found);
    found.sort();
    found.dedup();
    found
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(members) => {
            if let Some(findings) = members.get("findings").and_then(Value::as_array) {
                let of = |finding: &Value| finding["code"].as_str().map(str::to_owned);
                found.extend(findings.iter().filter_map(of));
            }
            members.values().for_each(|member| collect(member, found));
        }
        _ => {}
    }
}

/// Nothing of a secret in anything that is printed, and nothing left behind.
fn hides(play: &Play, secrets: &[&str]) {
    for words in [
        &["check", ".", "--format", "json"][..],
        &["check", ".", "-vv", "--color", "never"],
    ] {
        let Outcome { stdout, stderr, .. } = play.run(words);
        for secret in secrets {
            assert!(!stdout.contains(secret), "{secret} in {stdout}");
            assert!(!stderr.contains(secret), "{secret} in {stderr}");
        }
    }
    assert!(tree(&play.temporary()).is_empty());
}

/// The lines of the lab's log: method, host, target.
fn asked(play: &Play) -> Vec<String> {
    let line = |logged: tfreg_doctor::lab::Logged| {
        let host = logged.host.split(':').next().unwrap_or_default().to_owned();
        format!("{} {host} {}", logged.method, logged.target)
    };
    play.log().into_iter().map(line).collect()
}

fn git(directory: &Path, words: &[&str]) {
    let status = Command::new("git")
        .args([
            "-c",
            "protocol.file.allow=always",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
        .args(words)
        .current_dir(directory)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("HOME", directory)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("git starts");
    assert!(status.success(), "git {words:?}");
}

/// A repository with files, tagged v1.
fn repository(play: &Play, name: &str, files: &[(&str, &str)]) -> PathBuf {
    let path = work(play).join(name);
    fs::create_dir_all(&path).unwrap();
    git(&path, &["init", "-q"]);
    for (file, text) in files {
        fs::write(path.join(file), text).unwrap();
    }
    git(&path, &["add", "-A"]);
    git(&path, &["commit", "-q", "-m", "one"]);
    git(&path, &["tag", "v1"]);
    path
}

const SSH: &str = "#!/bin/sh\nlog={{work}}/ssh.log\necho \"$*\" >> $log\n\
    while [ $# -gt 0 ]; do case \"$1\" in\n\
    -i) stat -c %a \"$2\" >> $log; cat \"$2\" >> $log; shift 2;;\n\
    -o) shift 2;;\n-*) shift;;\n*) break;;\nesac; done\nshift\nexec sh -c \"$*\"\n";

#[test]
fn a_key_of_an_address_reaches_ssh_and_nothing_else() {
    let further = json!({
        "files": {"ssh": {"text": SSH, "mode": "755"}},
        "env": {"GIT_SSH_COMMAND": "{{work}}/ssh"}
    });
    let source = "git::ssh://git@git.example.com{{work}}/r?ref=v1&sshkey=cGw0bnRlZC1wcml2YXRlLWtleS10ZXh0Cg==";
    let play = start(source, &further);
    repository(&play, "r", &[("main.tf", "variable \"a\" {}\n")]);
    let outcome = play.run(&["get"]);
    assert_eq!(
        outcome.code,
        Some(0),
        "{}{}",
        outcome.stdout,
        outcome.stderr
    );
    assert!(installed(&play, "main.tf"));
    let log = fs::read_to_string(work(&play).join("ssh.log")).unwrap();
    assert!(log.contains("600\npl4nted-private-key-text\n"), "{log}");
    let used: Vec<&str> = log
        .lines()
        .filter_map(|line| line.strip_prefix("-i "))
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(used.len(), 1, "{log}");
    assert!(!Path::new(used[0]).exists());
    hides(&play, &["pl4nted-private-key", "cGw0bnRlZC1wcml2YXRl"]);
}

#[test]
fn a_key_that_is_no_base64_ends_before_git_is_asked_for_more() {
    let play = start("git::ssh://git@git.example.com/r?sshkey=abc$", &json!({}));
    assert_eq!(play.run(&["get"]).code, Some(1));
    assert_eq!(codes(&play), ["TFR633", "TFR967"]);
}

#[test]
fn the_default_branch_and_the_depth_are_those_of_the_client() {
    let source = "git::file://{{work}}/r?depth=1";
    let play = start(source, &json!({}));
    repository(&play, "r", &[("main.tf", "variable \"a\" {}\n")]);
    let outcome = play.run(&["check", ".", "--format", "json"]);
    let text = outcome.stdout.replace("\", \"", " ").replace("\",\"", " ");
    assert_eq!(outcome.code, Some(0), "{text}");
    assert_eq!(play.run(&["get"]).code, Some(0));
    assert!(installed(&play, ".git/shallow"));
}

#[test]
fn a_file_of_a_repository_is_taken_for_the_archive() {
    let further =
        json!({"files": {"r/x.zip": {"archive": "pkg"}, "r/l.zip": {"symlink": "/etc/hostname"}}});
    let play = start("git::file://{{work}}/r/x.zip?ref=v1", &further);
    repository(&play, "r", &[]);
    assert_eq!(play.run(&["get"]).code, Some(0));
    assert!(installed(&play, "main.tf"));
    let play = start("git::file://{{work}}/r/l.zip", &further);
    repository(&play, "r", &[]);
    assert_eq!(play.run(&["get"]).code, Some(1));
}

#[test]
fn submodules_of_every_level_are_fetched() {
    let further = json!({"home": {".gitconfig": "[protocol \"file\"]\n\tallow = always\n"}});
    let play = start("git::file://{{work}}/r", &further);
    let leaf = repository(&play, "leaf", &[("leaf.txt", "x")]);
    let middle = repository(&play, "middle", &[("middle.txt", "x")]);
    git(
        &middle,
        &[
            "submodule",
            "add",
            "-q",
            &leaf.display().to_string(),
            "leaf",
        ],
    );
    git(&middle, &["commit", "-q", "-m", "two"]);
    let root = repository(&play, "r", &[("main.tf", "variable \"a\" {}\n")]);
    git(&root, &["submodule", "add", "-q", "../middle", "middle"]);
    git(&root, &["commit", "-q", "-m", "two"]);
    let outcome = play.run(&["get"]);
    assert_eq!(
        outcome.code,
        Some(0),
        "{}{}",
        outcome.stdout,
        outcome.stderr
    );
    assert!(installed(&play, "middle/leaf/leaf.txt"));
}

#[test]
fn one_bad_submodule_keeps_all_from_being_fetched() {
    let good = "[submodule \"a\"]\n\tpath = a\n\turl = https://{{dead}}/r\n";
    for bad in [
        "[submodule \"b\"]\n\tpath = b\n\turl = ext::sh -c touch% X\n",
        "[submodule \"b\"]\n\tpath = b\n\turl = -u./x\n",
        "[submodule \"b\"]\n\tpath = ../b\n\turl = https://h/r\n",
        "[submodule \"b\"]\n\tpath = \"b\\r\"\n\turl = https://h/r\n",
        "[submodule \"b\"]\n\tpath = l/b\n\turl = https://h/r\n",
        "[submodule \"b\"]\n\tpath = b\n\turl = http://169.254.169.254/r\n",
        "[submodule \"b\"]\n\tpath = b\n\turl = /etc\n",
        "[submodule \"b\"]\n\tpath = b\n\turl = https://h/r\n\tupdate = !touch X\n",
        "[submodule \"b\n",
    ] {
        let play = start("git::file://{{work}}/r", &json!({}));
        let path = work(&play).join("r");
        fs::create_dir_all(&path).unwrap();
        std::os::unix::fs::symlink("/tmp", path.join("l")).unwrap();
        repository(
            &play,
            "r",
            &[("main.tf", ""), (".gitmodules", &format!("{good}{bad}"))],
        );
        assert_eq!(play.run(&["get"]).code, Some(1), "{bad}");
        assert_eq!(codes(&play), ["TFR637"], "{bad}");
        assert!(!installed(&play, "main.tf"));
    }
}

const HG: &str = "#!/bin/sh\necho \"$*|$HGPLAIN\" >> {{work}}/hg.log\n\
    if [ \"$1\" = clone ]; then mkdir -p \"$5\" && echo 'variable \"a\" {}' > \"$5/main.tf\"; fi\n\
    if [ \"$3\" = bad ]; then echo \"abort: unknown revision 'bad'\" >&2; exit 255; fi\n";

fn mercurial(source: &str) -> Play {
    let further = json!({
        "files": {"bin/hg": {"text": HG, "mode": "755"}},
        "env": {"PATH": "{{work}}/bin:/usr/bin:/bin"}
    });
    start(source, &further)
}

#[test]
fn hg_gets_the_commands_of_the_client() {
    let play = mercurial("hg::http://hg.example.com/r?rev=1.0&a=b");
    assert_eq!(play.run(&["get"]).code, Some(0));
    assert!(installed(&play, "main.tf"));
    let log = fs::read_to_string(work(&play).join("hg.log")).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(lines.len(), 3, "{log}");
    assert!(
        lines[0].starts_with("clone -U -- http://hg.example.com/r?a=b /"),
        "{log}"
    );
    assert_eq!(lines[1..], ["pull|1", "update -- 1.0|1"]);
}

#[test]
fn hg_fails_as_for_the_client() {
    let failing = mercurial("hg::http://hg.example.com/r?rev=bad");
    assert_eq!(failing.run(&["get"]).code, Some(1));
    let option = mercurial("hg::http://hg.example.com/r?rev=--config=x");
    assert_eq!(codes(&option), ["TFR643"]);
    assert!(!work(&option).join("hg.log").exists());
    let absent = start(
        "hg::http://hg.example.com/r",
        &json!({"env": {"PATH": "{{work}}/bin"}}),
    );
    assert_eq!(codes(&absent), ["TFR636"]);
}

const BUCKET: &str = "s3::https://bkt.s3.eu-west-1.amazonaws.com/x.zip";

fn role_key() -> Value {
    json!({
        "Code": "Success", "AccessKeyId": "ASIAPLANTEDROLE", "SecretAccessKey": "pl4nted-role-secret",
        "Token": "pl4nted-role-token", "Expiration": "2099-01-01T00:00:00Z"
    })
}

fn object() -> Value {
    json!({"host": "bkt.s3.eu-west-1.amazonaws.com", "path": "/x.zip", "archive": "pkg"})
}

#[test]
fn the_role_of_an_instance_signs() {
    let token =
        json!({"path": "/latest/api/token", "method": ["PUT"], "body": "pl4nted-imds-token"});
    let list = json!({"path": "/latest/meta-data/iam/security-credentials/", "body": "my-role"});
    let key = json!({
        "path": "/latest/meta-data/iam/security-credentials/my-role", "json": role_key(),
        "when": {"x-aws-ec2-metadata-token": "pl4nted-imds-token"}
    });
    let further = json!({
        "hosts": {"bkt.s3.eu-west-1.amazonaws.com": {}},
        "env": {"AWS_EC2_METADATA_SERVICE_ENDPOINT": "{{base}}"},
        "routes": [token, list, key, object()]
    });
    let play = start(BUCKET, &further);
    assert_eq!(play.run(&["get"]).code, Some(0));
    let log = play.log();
    let signed = log.last().expect("a request");
    let authorization = signed
        .headers
        .iter()
        .find(|(name, _)| name == "authorization");
    assert!(
        authorization.is_some_and(|(_, value)| value.contains("Credential=ASIAPLANTEDROLE/")),
        "{signed:?}"
    );
    hides(&play, &["pl4nted"]);
}

#[test]
fn a_container_hands_out_a_key() {
    let creds = json!({"path": "/creds", "json": role_key(), "when": {"authorization": "Basic pl4nted-ecs"}});
    let further = json!({
        "hosts": {"bkt.s3.eu-west-1.amazonaws.com": {}},
        "env": {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "{{base}}/creds",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Basic pl4nted-ecs"
        },
        "routes": [creds, object()]
    });
    let play = start(BUCKET, &further);
    assert_eq!(play.run(&["get"]).code, Some(0));
    hides(&play, &["pl4nted"]);
}

const ASSUMED: &str = "<R><AssumeRoleResult><Credentials><AccessKeyId>ASIAPLANTEDSTS</AccessKeyId>\
    <SecretAccessKey>pl4nted-sts-secret</SecretAccessKey><SessionToken>pl4nted-sts-token</SessionToken></Credentials></AssumeRoleResult></R>";

fn sts(config: &str, environment: &Value, answer: &Value) -> Play {
    let mut reply = json!({"host": "sts.amazonaws.com", "path": "/", "method": ["POST"]});
    for (name, value) in answer.as_object().into_iter().flatten() {
        reply[name] = value.clone();
    }
    let further = json!({
        "hosts": {"bkt.s3.eu-west-1.amazonaws.com": {}, "sts.amazonaws.com": {}},
        "home": {".aws/config": config},
        "files": {"token": "pl4nted-web-token"},
        "env": environment,
        "routes": [reply, object()]
    });
    start(BUCKET, &further)
}

const ROLE: &str = "[default]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\n\
    [profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = pl4nted-base-secret\n";

#[test]
fn a_role_is_taken_on_where_the_settings_are_read() {
    let play = sts(
        ROLE,
        &json!({"AWS_SDK_LOAD_CONFIG": "1"}),
        &json!({"body": ASSUMED}),
    );
    assert_eq!(play.run(&["get"]).code, Some(0));
    assert_eq!(asked(&play)[0], "POST sts.amazonaws.com /");
    hides(&play, &["pl4nted"]);
    let off = json!({"AWS_EC2_METADATA_DISABLED": "true"});
    let unread = sts(ROLE, &off, &json!({"body": ASSUMED}));
    assert_eq!(codes(&unread), ["TFR660"]);
    assert!(asked(&unread).is_empty());
}

#[test]
fn a_web_identity_is_exchanged() {
    let environment = json!({
        "AWS_SDK_LOAD_CONFIG": "1",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "{{work}}/token",
        "AWS_ROLE_ARN": "arn:aws:iam::1:role/w"
    });
    let play = sts("", &environment, &json!({"body": ASSUMED}));
    assert_eq!(play.run(&["get"]).code, Some(0));
    hides(&play, &["pl4nted"]);
    let refused = json!({"status": 403, "body": "<E><Error><Code>AccessDenied</Code><Message>no</Message></Error></E>"});
    let play = sts("", &environment, &refused);
    assert_eq!(codes(&play), ["TFR660"]);
}

#[test]
fn a_cached_single_sign_on_is_used() {
    // The name is the digest of the start address.
    let cache = ".aws/sso/cache/dceda8b3b3f3a1ac2ee4a9f2e1d9a0cfe1c7a1bb.json";
    let config = "[default]\nsso_start_url = https://x.awsapps.com/start\nsso_region = us-east-1\n\
        sso_account_id = 123\nsso_role_name = dev\n";
    let digest = sha1_of("https://x.awsapps.com/start");
    let cache = cache.replace("dceda8b3b3f3a1ac2ee4a9f2e1d9a0cfe1c7a1bb", &digest);
    let cached = json!({"accessToken": "pl4nted-sso-token", "expiresAt": "2099-01-01T00:00:00Z"});
    let reply = json!({
        "host": "portal.sso.us-east-1.amazonaws.com", "path": "/federation/credentials",
        "when": {"x-amz-sso_bearer_token": "pl4nted-sso-token"},
        "json": {"roleCredentials": {
            "accessKeyId": "ASIASSO", "secretAccessKey": "pl4nted-sso-secret", "sessionToken": "pl4nted-sso-session"
        }}
    });
    let mut home = json!({".aws/config": config});
    home[cache.as_str()] = json!(cached.to_string());
    let further = json!({
        "hosts": {"bkt.s3.eu-west-1.amazonaws.com": {}, "portal.sso.us-east-1.amazonaws.com": {}},
        "home": home,
        "env": {"AWS_SDK_LOAD_CONFIG": "1"},
        "routes": [reply, object()]
    });
    let play = start(BUCKET, &further);
    assert_eq!(play.run(&["get"]).code, Some(0));
    hides(&play, &["pl4nted"]);
}

fn sha1_of(text: &str) -> String {
    use sha1::Digest;
    hex::encode(sha1::Sha1::digest(text.as_bytes()))
}

const GCS: &str = "gcs::https://www.googleapis.com/storage/v1/b/mods/x.zip";

fn google(source: &str, further: Value) -> Play {
    let mut further = further;
    further["hosts"] = json!({"storage.googleapis.com": {}});
    let object = json!({
        "host": "storage.googleapis.com", "path": "/b/mods/x.zip", "archive": "pkg",
        "when": {"authorization": "Bearer pl4nted-google-token"}
    });
    let mut routes = further["routes"].as_array().cloned().unwrap_or_default();
    routes.push(object);
    further["routes"] = json!(routes);
    start(source, &further)
}

fn token_reply(path: &str) -> Value {
    json!({"path": path, "method": ["GET", "POST"], "json": {"access_token": "pl4nted-google-token", "expires_in": 3600}})
}

#[test]
fn a_google_token_comes_from_the_environment_or_an_account() {
    let variable = google(
        GCS,
        json!({"env": {"GOOGLE_OAUTH_ACCESS_TOKEN": "pl4nted-google-token"}}),
    );
    assert_eq!(variable.run(&["get"]).code, Some(0));
    hides(&variable, &["pl4nted"]);
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("a key");
    let pem = key.serialize_pem();
    let account = json!({
        "type": "service_account", "client_email": "a@example.com", "private_key_id": "k",
        "private_key": pem, "token_uri": "{{base}}/token"
    });
    let further = |file: &Value| {
        json!({
            "files": {"account.json": file.to_string()},
            "env": {"GOOGLE_APPLICATION_CREDENTIALS": "{{work}}/account.json"},
            "routes": [token_reply("/token")]
        })
    };
    let play = google(GCS, further(&account));
    assert_eq!(play.run(&["get"]).code, Some(0));
    assert_eq!(asked(&play)[0], "POST 127.0.0.1 /token");
    hides(&play, &["pl4nted", &pem[60..100]]);
    let user = json!({
        "type": "authorized_user", "client_id": "c", "client_secret": "pl4nted-client-secret",
        "refresh_token": "pl4nted-refresh-token", "token_uri": "{{base}}/token"
    });
    let play = google(GCS, further(&user));
    assert_eq!(play.run(&["get"]).code, Some(0));
    hides(&play, &["pl4nted"]);
    let external = google(GCS, further(&json!({"type": "external_account"})));
    assert_eq!(external.run(&["get"]).code, Some(1));
    assert_eq!(codes(&external), ["TFR670"]);
}

#[test]
fn a_machine_of_google_gives_a_token() {
    let further = json!({
        "env": {"GCE_METADATA_HOST": "127.0.0.1:{{port}}"},
        "routes": [token_reply("/computeMetadata/v1/instance/service-accounts/default/token")]
    });
    let play = google(GCS, further);
    assert_eq!(play.run(&["get"]).code, Some(0));
    hides(&play, &["pl4nted"]);
}

#[test]
fn a_folder_of_google_has_neighbours_too() {
    let names = ["mods/a/main.tf", "mods/a/sub/", "mods/a2/n.tf"];
    let items: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
    let further = json!({
        "env": {"STORAGE_EMULATOR_HOST": "127.0.0.1:{{port}}"},
        "routes": [
            {"path": "/storage/v1/b/b/o", "json": {"items": items}},
            {"path": "/b/mods/a/main.tf", "body": "variable \"a\" {}\n"},
            {"path": "/b/mods/a2/n.tf", "body": "# n\n"}
        ]
    });
    let play = start(
        "gcs::https://www.googleapis.com/storage/v1/b/mods/a",
        &further,
    );
    assert_eq!(play.run(&["get"]).code, Some(0));
    assert!(installed(&play, "main.tf") && installed(&play, "../a2/n.tf"));
    assert!(codes(&play).contains(&"TFR666".to_owned()));
    // Once more over what lies there, as the client does.
    let again = play.run(&["get", "-update"]);
    assert_eq!(again.code, Some(0), "{}{}", again.stdout, again.stderr);
    assert!(installed(&play, "../a2/n.tf"));
}

#[test]
fn a_list_of_checksums_comes_by_any_getter() {
    let routes = json!([
        {"path": "/x.zip", "archive": "pkg"},
        {"path": "/open", "body": "{{sha256:pkg}}  x.zip"},
        {"path": "/list.gz", "archive": {"format": "gz", "text": "{{sha256:pkg}}  x.zip\n"}}
    ]);
    for list in ["{{base}}/open", "{{base}}/list.gz", "file://{{work}}/SUMS"] {
        let source = format!("{{{{base}}}}/x.zip?checksum=file:{list}");
        let further = json!({"routes": routes, "files": {"SUMS": "{{sha256:pkg}}  x.zip\n"}});
        let play = start(&source, &further);
        assert_eq!(play.run(&["get"]).code, Some(0), "{list}");
    }
    let play = start(
        "{{base}}/x.zip?checksum=file:{{work}}/SUMS",
        &json!({"routes": routes}),
    );
    assert_eq!(codes(&play), ["TFR545"]);
}
