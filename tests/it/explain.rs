//! Pasted output on standard input.

use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use crate::support::{Outcome, alone, binary};

const PASTED: &str = "\u{1b}[31m\u{2577}\u{1b}[0m\n\u{1b}[31m\u{2502}\u{1b}[0m \u{1b}[1mError: Error accessing remote module registry\u{1b}[0m\n\u{2502}\n\u{2502}   on main.tf line 1:\n\u{2502}    1: module \"m\" {\n\u{2502}\n\u{2502} Failed to retrieve available versions for module \"m\" (main.tf:1) from\n\u{2502} tf.example.com: discovery URL returned an unsupported Content-Type\n\u{2502} \"text/html\".\n\u{2575}\n";

fn explain(words: &[&str], input: &[u8]) -> Outcome {
    let mut command = binary(&[&["explain"][..], words].concat());
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut standard_input = child.stdin.take().expect("it is piped");
    let bytes = input.to_vec();
    let writer = std::thread::spawn(move || standard_input.write_all(&bytes));
    let output = child.wait_with_output().expect("it ends");
    writer.join().unwrap().expect("all was read");
    Outcome::of(&output)
}

#[test]
fn pasted_output_names_codes_best_first() {
    let outcome = explain(&["-"], PASTED.as_bytes());
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let mut lines = outcome.stdout.lines();
    let first = lines.next().unwrap();
    assert!(
        first.starts_with("TFR303  discovery-content-type  likely"),
        "{first}"
    );
    assert!(
        first.ends_with("\"discovery URL returned an unsupported Content-Type \"text/html\""),
        "{first}"
    );
    assert!(lines.next().unwrap().starts_with("TFR208  intercepted"));
    assert!(
        lines
            .next()
            .unwrap()
            .starts_with("Tell them apart:  `tfreg-doctor check .")
    );
}

#[test]
fn the_document_has_its_members() {
    let outcome = explain(&["-", "--format", "json"], PASTED.as_bytes());
    let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(document["schema"], "tfreg-doctor/explain/v1");
    let first = &document["matches"][0];
    assert_eq!(first["code"], "TFR303");
    assert_eq!(first["name"], "discovery-content-type");
    assert_eq!(first["confidence"], "likely");
    assert!(first["quote"].is_string() && first["ask"].is_string());
}

#[test]
fn text_about_something_else_is_said_to_be_unknown() {
    for input in [
        &b""[..],
        b"\xff\xfe\x00",
        b"Error: Error acquiring the state lock\n",
    ] {
        let outcome = explain(&["-"], input);
        assert_eq!(
            (outcome.code, outcome.stdout.as_str()),
            (Some(0), "nothing known about this\n")
        );
        let outcome = explain(&["-", "-f", "json"], input);
        let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!(document["matches"], Value::Array(Vec::new()));
    }
}

#[test]
fn a_secret_in_pasted_text_is_not_repeated() {
    let text = "Error: Failed to download module\n\nCould not download module \"m\" (main.tf:1) source code from \"https://me:hunter22secret@h/a.zip?archive=rar&token=s3cr3tvalue\": error downloading 'https://me:hunter22secret@h/a.zip?token=s3cr3tvalue': XML syntax error on line 1: illegal character code U+0003";
    for words in [&["-"][..], &["-", "--format", "json"]] {
        let outcome = explain(words, text.as_bytes());
        assert!(outcome.stdout.contains("TFR540"), "{outcome:?}");
        assert!(!outcome.stdout.contains("hunter22"), "{outcome:?}");
        assert!(!outcome.stdout.contains("s3cr3t"), "{outcome:?}");
    }
}

#[test]
fn the_end_of_a_long_log_counts() {
    let mut log = vec![b'x'; 3 * 1024 * 1024];
    log.push(b'\n');
    log.extend_from_slice(PASTED.as_bytes());
    let outcome = explain(&["-"], &log);
    assert!(outcome.stdout.starts_with("TFR303"), "{}", outcome.stdout);
    assert!(outcome.stderr.contains("last 2 MiB"), "{}", outcome.stderr);
}

#[test]
fn a_page_ends_with_the_words_of_the_clients() {
    let page = alone(&["explain", "TFR535"]).stdout;
    let (_, words) = page.split_once("## What the client prints").unwrap();
    assert!(
        words.contains("opentofu 1.11 and later: `Module subdirectory not found"),
        "{words}"
    );
    let refused = alone(&["explain", "TFR535", "--format", "json"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
}
