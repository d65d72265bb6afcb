//! Many targets while something is wrong with one host, with the proxy, or with everybody's patience.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::support::{Outcome, Play};

const MODULES: usize = 40;

/// Modules of a registry, each with a package on a host of its own or on the same one.
fn scenario(first: &[Value], package_host: &str) -> Value {
    let mut routes = first.to_vec();
    routes.push(json!({"path": "/.well-known/terraform.json", "json": {"modules.v1": "/v1/"}}));
    for module in 0..MODULES {
        let host = if module % 2 == 0 {
            package_host
        } else {
            "packages.example.com"
        };
        routes.push(
            json!({"path": format!("/v1/net/m{module}/aws/1.0.0/download"), "status": 204,
            "headers": {"X-Terraform-Get": format!("https://{host}/m{module}.tgz")}}),
        );
        routes.push(json!({"path": format!("/m{module}.tgz"), "archive": "net"}));
    }
    routes.push(json!({"path": "*", "json": {"modules": [{"versions": [{"version": "1.0.0"}]}]}}));
    json!({
        "hosts": {"tf.example.com": {}, "packages.example.com": {}, "dead.example.com": {"connection": "refused"}},
        "root": {}, "routes": routes,
        "archives": {"net": {"format": "tar.gz", "entries": {"main.tf": "# net\n"}}},
    })
}

fn list(play: &Play, hosts: &[&str]) {
    let names = (0..MODULES).map(|module| {
        let host = hosts[module % hosts.len()];
        format!("{host}/net/m{module}/aws\n")
    });
    fs::write(play.root().join("targets"), names.collect::<String>()).unwrap();
}

fn check(play: &Play, words: &[&str]) -> (Option<i32>, Value) {
    let all = [&["check", "@targets", "-f", "json"], words].concat();
    let outcome = play.run(&all);
    let document = serde_json::from_str(&outcome.stdout);
    (
        outcome.code,
        document.unwrap_or_else(|error| panic!("{error}: {outcome:?}")),
    )
}

/// How many targets have each status.
fn statuses(document: &Value) -> Vec<(String, usize)> {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for target in document["targets"].as_array().unwrap() {
        let status = target["status"].as_str().unwrap();
        match counts.iter_mut().find(|(known, _)| known == status) {
            Some((_, count)) => *count += 1,
            None => counts.push((status.to_owned(), 1)),
        }
    }
    counts.sort();
    counts
}

fn counted(pairs: &[(&str, usize)]) -> Vec<(String, usize)> {
    pairs
        .iter()
        .map(|(word, count)| ((*word).to_owned(), *count))
        .collect()
}

/// The requests to a host, and how many of them a connection was tried for.
fn requests(document: &Value, host: &str) -> (usize, usize) {
    let all = document["requests"].as_array().unwrap();
    let to = all.iter().filter(|request| {
        request["url"]
            .as_str()
            .unwrap()
            .starts_with(&format!("https://{host}/"))
    });
    let failures: Vec<&str> = to
        .map(|request| request["failure"].as_str().unwrap_or(""))
        .collect();
    let tried = failures
        .iter()
        .filter(|failure| failure.contains("refused"))
        .count();
    (failures.len(), tried)
}

#[test]
fn a_dead_registry_is_asked_once_and_takes_no_other_target_down() {
    let play = Play::start(&scenario(&[], "packages.example.com").to_string());
    list(&play, &["tf.example.com", "dead.example.com"]);
    let (code, document) = check(&play, &["--until", "location"]);
    assert_eq!(code, Some(1), "an unreachable registry is a finding");
    assert_eq!(statuses(&document), counted(&[("fail", 20), ("pass", 20)]));
    assert_eq!(
        requests(&document, "dead.example.com"),
        (3, 3),
        "once, and two retries"
    );
    assert_eq!(document["summary"]["fine"], 20);
    assert_eq!(document["hosts"].as_array().unwrap().len(), 2);
}

#[test]
fn a_dead_archive_host_is_left_alone_after_some_failures() {
    let play = Play::start(&scenario(&[], "dead.example.com").to_string());
    list(&play, &["tf.example.com"]);
    let (code, document) = check(&play, &["-j", "4"]);
    assert_eq!(code, Some(1), "{document:#}");
    let (all, tried) = requests(&document, "dead.example.com");
    assert!(tried < 30, "{tried} of {all} were tried");
    let told = statuses(&document);
    let passed = told.iter().find(|(status, _)| status == "pass");
    assert_eq!(passed.map(|(_, count)| *count), Some(20), "{told:?}");
    let bad: usize = told
        .iter()
        .filter(|(status, _)| status == "fail" || status == "inconclusive")
        .map(|(_, count)| count)
        .sum();
    assert_eq!(bad, 20, "{told:?}");
}

#[test]
fn a_registry_that_limits_everybody_leaves_everything_open() {
    let limit = json!({"path": "*", "host": "tf.example.com", "status": 429, "headers": {"Retry-After": "3600"}});
    let discovery = json!({"path": "/.well-known/terraform.json", "json": {"modules.v1": "/v1/"}});
    let play = Play::start(&scenario(&[discovery, limit], "packages.example.com").to_string());
    list(&play, &["tf.example.com"]);
    let (code, document) = check(&play, &[]);
    assert_eq!(code, Some(3), "{}", document["run"]["exit"]);
    assert_eq!(statuses(&document), counted(&[("inconclusive", MODULES)]));
    let codes: Vec<&Value> = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| &finding["code"])
        .collect();
    assert!(codes.iter().all(|code| *code == "TFR410"), "{codes:?}");
    assert_eq!(document["summary"]["error"], 0);
    assert!(play.log().len() <= MODULES + 1, "nobody is asked twice");
}

#[test]
fn a_limit_that_ends_is_waited_out_by_everybody_together() {
    let limit = json!({"path": "*", "host": "tf.example.com", "status": 429, "times": 3, "headers": {"Retry-After": "1"}});
    let discovery = json!({"path": "/.well-known/terraform.json", "json": {"modules.v1": "/v1/"}});
    let play = Play::start(&scenario(&[discovery, limit], "packages.example.com").to_string());
    list(&play, &["tf.example.com"]);
    let (code, document) = check(&play, &["--until", "location"]);
    assert_eq!(code, Some(0), "{}", document["run"]["exit"]);
    assert_eq!(statuses(&document), counted(&[("pass", MODULES)]));
    assert_eq!(document["hosts"][0]["limits"]["seen_429"], 3);
}

/// A proxy in front of the lab's that refuses every third tunnel of the first twelve.
fn flaky_proxy(behind: u16) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let refused = Arc::clone(&count);
    thread::spawn(move || {
        for (index, client) in listener.incoming().enumerate() {
            let Ok(mut client) = client else { return };
            // The first one is for the discovery document, which the client does not ask for again; and there are no more
            // refusals than a request has repeats, whoever meets them.
            let is_refused = index % 3 == 0 && index < 12;
            if is_refused {
                refused.fetch_add(1, Ordering::SeqCst);
            }
            thread::spawn(move || {
                if is_refused {
                    let mut head = [0; 4096];
                    let _ = client.read(&mut head);
                    let _ =
                        client.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
                    return;
                }
                let Ok(server) = TcpStream::connect(("127.0.0.1", behind)) else {
                    return;
                };
                let pipe = |mut from: TcpStream, mut to: TcpStream| {
                    let _ = std::io::copy(&mut from, &mut to);
                    let _ = to.shutdown(std::net::Shutdown::Write);
                };
                let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                thread::spawn(move || pipe(from, to));
                pipe(server, client);
            });
        }
    });
    (port, count)
}

#[test]
fn a_flaky_proxy_is_overcome_and_named() {
    let mut scenario = scenario(&[], "packages.example.com");
    scenario["proxy"] = json!(true);
    scenario["env"] = json!({"LAB_PORT": "{{port}}"});
    let play = Play::start(&scenario.to_string());
    list(&play, &["tf.example.com"]);
    let run = |retries: &str| {
        let words = [
            "check",
            "@targets",
            "-f",
            "json",
            "-j",
            "1",
            "--until",
            "location",
            "--retries",
            retries,
        ];
        let mut command = play.command(&words);
        let port = command
            .get_envs()
            .find(|(name, _)| *name == "LAB_PORT")
            .and_then(|(_, value)| value?.to_str()?.parse().ok())
            .unwrap();
        let (port, refused) = flaky_proxy(port);
        for name in ["HTTPS_PROXY", "https_proxy"] {
            command.env(name, format!("http://127.0.0.1:{port}"));
        }
        let outcome = Outcome::of(&command.output().unwrap());
        let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
        (outcome.code, document, refused.load(Ordering::SeqCst))
    };
    let (code, document, refused) = run("4");
    assert_eq!(code, Some(0), "{}", document["run"]["exit"]);
    assert!(refused > 0);
    assert_eq!(statuses(&document), counted(&[("pass", MODULES)]));
    let findings = document["findings"].as_array().unwrap();
    let flaky = findings
        .iter()
        .filter(|finding| finding["code"] == "TFR936")
        .count();
    assert!(flaky > 0, "{findings:#?}");
    assert!(document["hosts"][0]["proxy"].is_string());
    let (code, document, refused) = run("0");
    assert!(refused > 0);
    assert_eq!(code, Some(1), "{}", document["run"]["exit"]);
    assert_ne!(statuses(&document), counted(&[("pass", MODULES)]));
}
