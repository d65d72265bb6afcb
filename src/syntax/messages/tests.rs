use super::Kind;
use super::Message;
use super::read;

const SUMMARY: &str = "Error accessing remote module registry";
const DETAIL: &str = "Failed to retrieve available versions for module \"jerry\" (main.tf:1) from tf.example.com: error looking up module versions: 401 Unauthorized.";

fn texts(pasted: &str) -> Vec<(Kind, String)> {
    read(pasted, |line| line == SUMMARY)
        .into_iter()
        .map(|Message { kind, text }| (kind, text))
        .collect()
}

#[test]
fn a_box_ends_a_message_and_a_blank_line_does_not() {
    let pasted = "Initializing modules...\n\u{2577}\n\u{2502} Error: A\n\u{2502} \n\u{2502}   on main.tf line 1:\n\u{2502}\n\u{2502} b\n\u{2502} c\n\u{2575}\nafter\n\n\u{2577}\n\u{2502} Warning: D\n\u{2575}\n";
    assert_eq!(
        texts(pasted),
        [
            (Kind::Loose, "Initializing modules...".to_owned()),
            (Kind::Error, "A on main.tf line 1: b c".to_owned()),
            (Kind::Loose, "after".to_owned()),
            (Kind::Warning, "D".to_owned()),
        ]
    );
}

#[test]
fn a_summary_without_its_word_begins_a_message_too() {
    let expected = format!("{SUMMARY} {DETAIL}");
    for pasted in [
        format!("{SUMMARY}\n\n{DETAIL}"),
        format!("Error:\n{SUMMARY}\n{DETAIL}"),
        format!("Error: {SUMMARY}\r\n\r\n{DETAIL}\r\n"),
    ] {
        assert_eq!(texts(&pasted), [(Kind::Error, expected.clone())]);
    }
}

#[test]
fn json_lines_and_documents_are_read() {
    let quoted = DETAIL.replace('"', "\\\"");
    let diagnostic = format!(
        "{{\"severity\":\"error\",\"summary\":\"{SUMMARY}\",\"detail\":\"{quoted}\",\"range\":{{\"filename\":\"main.tf\",\"start\":{{\"line\":1}}}},\"snippet\":{{\"context\":null,\"code\":\"module {{\"}}}}"
    );
    let line =
        format!("{{\"@level\":\"error\",\"@message\":\"Error: x\",\"diagnostic\":{diagnostic}}}");
    let document = format!("{{\n \"diagnostics\": [{diagnostic}]\n}}");
    let expected = format!("{SUMMARY} on main.tf line 1 module {{ {DETAIL}");
    for pasted in [
        line.clone(),
        format!("2026-08-22T13:31:04Z {line}"),
        document,
    ] {
        assert_eq!(texts(&pasted), [(Kind::Error, expected.clone())]);
    }
    let logged = format!("{{\"level\":\"error\",\"msg\":\"Error: {SUMMARY}\\n\\n{quoted}\"}}");
    let paired = format!(
        "time=2026-08-22T13:31:04Z level=error prefix=[a] msg=\"Error: {SUMMARY}\\n\\n{quoted}\" x=y"
    );
    for pasted in [logged, paired] {
        assert_eq!(
            texts(&pasted),
            [(Kind::Error, format!("{SUMMARY} {DETAIL}"))]
        );
    }
}

#[test]
fn hostile_text_ends_in_linear_time() {
    for unit in [
        "{\"",
        "[",
        "\u{1b}[",
        "\u{1b}]",
        "^[",
        "│",
        "[a] ",
        "Error: ",
        "time=msg=\"\\",
        "\u{feff}\t",
    ] {
        let text = unit.repeat((1 << 18) / unit.len());
        let start = std::time::Instant::now();
        let _ = read(&text, |_| false);
        let lines = text.replace(' ', "\n");
        let _ = read(&lines, |_| false);
        assert!(start.elapsed().as_secs() < 20, "{unit}");
    }
}
