use super::*;

const BOM: &[u8] = "\u{feff}".as_bytes();

fn error(text: &str) -> String {
    parse(text.as_bytes()).expect_err(text).client_text()
}

fn value(text: &str) -> Value {
    let document = parse(text.as_bytes()).expect(text);
    document
        .items
        .into_iter()
        .next_back()
        .expect(text)
        .node
        .value
}

fn keys(document: &Document) -> Vec<String> {
    let joined = |item: &Item| {
        item.keys
            .iter()
            .map(|key| &*key.text)
            .collect::<Vec<_>>()
            .join(" ")
    };
    document.items.iter().map(joined).collect()
}

fn at(line: u32, column: u32) -> Position {
    Position { line, column }
}

/// All of these are what terraform 1.11.4 prints.
const ERRORS: &[(&str, &str)] = &[
    ("\u{feff}a = 1", "At 1:1: illegal char"),
    ("a : 1", "At 1:3: illegal char"),
    ("a = 1;", "At 1:6: illegal char"),
    ("a = abc", "At 1:5: Unknown token: 1:5 IDENT abc"),
    ("a = - 5", "At 1:5: Unknown token: 1:5 SUB -"),
    (
        "a b",
        "At 1:5: key 'a b' expected start of object ('{') or assignment ('=')",
    ),
    (
        "x { a b }",
        "At 1:9: key 'a b' expected start of object ('{') or assignment ('=')",
    ),
    (
        "a b = 5",
        "At 1:5: nested object expected: LBRACE got: ASSIGN",
    ),
    ("= 5", "At 1:1: no object keys found!"),
    (
        "x { 5 }",
        "At 1:5: expected: IDENT | STRING | ASSIGN | LBRACE got: NUMBER",
    ),
    (
        "[]",
        "At 1:1: expected: IDENT | STRING | ASSIGN | LBRACE got: LBRACK",
    ),
    ("a {} {}", "At 1:6: expected: IDENT | STRING got: LBRACE"),
    (
        "host \"broken\" {\n",
        "At 2:2: object expected closing RBRACE got: EOF",
    ),
    (
        "a = [1 2]",
        "At 1:8: error parsing list, expected comma or list end, got: NUMBER",
    ),
    (
        "a = [{ b = ]",
        "At 1:6: error while trying to parse object within list: At 1:12: Unknown token: 1:12 RBRACK ]",
    ),
    (
        "a = [[ 1 }]",
        "At 1:6: error while trying to parse list within list: \
         At 1:10: error parsing list, expected comma or list end, got: RBRACE",
    ),
    ("a = \"b\nc\"", "At 2:3: literal not terminated"),
    ("a = \"b", "At 1:7: literal not terminated"),
    ("a = \"\\q\"", "At 1:7: illegal char escape"),
    ("/* x", "At 1:5: comment not terminated"),
    ("/x", "At 1:1: expected '/' for comment"),
    (
        "a = <E",
        "At 1:6: heredoc expected second '<', didn't see it",
    ),
    (
        "a = <<E F\nE\n",
        "At 1:8: invalid characters in heredoc anchor",
    ),
    ("a = <<\n", "At 1:7: zero-length heredoc anchor"),
    ("a = <<-EOF\n  x\nEOF\n", "At 4:1: heredoc not terminated"),
    ("a = 0x", "At 1:7: illegal hexadecimal number"),
    ("a = 088", "At 1:8: illegal octal number"),
    (
        "a = 1_000",
        "At 1:11: key '_000' expected start of object ('{') or assignment ('=')",
    ),
    ("a = \"\0\"", "At 1:8: literal not terminated"),
    ("{\"host\": abc}", "1:12: illegal char"),
    ("{5}", "expected: STRING got: NUMBER"),
    ("{\"a\": 1, // c\n}", "1:10: illegal char: /"),
    (
        "{\"a\": [null]}",
        "unexpected token while parsing list: NULL",
    ),
    (
        "{\"a\": ]}",
        "Expected object value, got unknown token: 1:7 RBRACK ]",
    ),
    ("{\"a\": 01}", "1:8: numbers cannot start with 0"),
    ("{\"a\": \"\\/\"}", "1:9: illegal char escape"),
];

#[test]
fn wrong_files_are_refused_in_the_words_of_the_client() {
    for (text, expected) in ERRORS {
        assert_eq!(error(text), *expected, "{text:?}");
    }
}

#[test]
fn the_last_wrong_character_is_the_one_reported() {
    assert_eq!(
        error("a = \"\\q\" b = \"\\q\""),
        "At 1:16: illegal char escape"
    );
    assert_eq!(error("a = \"\\q\\q\""), "At 1:9: illegal char escape");
}

#[test]
fn files_that_look_wrong_are_accepted() {
    let accepted = [
        ("", ""),
        ("a =", ""),
        ("a = 1 b = 2,c = 3", "a b c"),
        ("host \"a.b\" { services = } }", "host a.b"),
        ("x { y = [ } }", "x"),
        ("a = [,,1,]", "a"),
        ("a = [[1] 2]", "a"),
        ("\"a\"\n=\n1", "a"),
        ("# c\r\n// d\r\n/* e\r\n */ a = 1\r\n", "a"),
        ("{}", ""),
        ("{\"a\": 1,}", "a"),
        ("{\"a\": 1", "a"),
        ("{\"a\":", ""),
        ("{\"a\": }", ""),
        ("{\"a\": [true, [1]]}", "a"),
        ("{\"a\": 1 \"b\": 2}", "a"),
        ("\u{a0}{\"a\": 1}", ""),
    ];
    for (text, expected) in accepted {
        match parse(text.as_bytes()) {
            Ok(document) => {
                let found: Vec<String> = keys(&document);
                assert_eq!(found.join(" "), expected, "{text:?}");
            }
            Err(error) => assert_eq!(error.client_text(), "1:1: illegal char: \u{a0}", "{text:?}"),
        }
    }
}

#[test]
fn strings_are_unquoted_like_the_client_does() {
    let cases = [
        (r#"a = "b""#, "b"),
        (
            r#"a = "\a\b\f\n\r\t\v\\\"""#,
            "\u{7}\u{8}\u{c}\n\r\t\u{b}\\\"",
        ),
        (r#"a = "\101\x41\u0041\U00000041""#, "AAAA"),
        (r#"a = "${TOK}""#, "${TOK}"),
        (r#"a = "${ "q" { "\n" } }é""#, r#"${ "q" { "\n" } }é"#),
        ("a = \"${\n}\"", "${\n}"),
        (r#"a = "$${a}""#, "$${a}"),
        (r#"a = "\ud800""#, "\u{fffd}"),
        (r#"a = "\xff""#, "\u{fffd}"),
        (r#"{"a": "${x\u0041}"}"#, "${xA}"),
    ];
    for (text, expected) in cases {
        assert_eq!(value(text), Value::Text(expected.to_owned()), "{text}");
    }
}

#[test]
fn heredocs_keep_their_last_line_feed() {
    let cases = [
        ("a = <<EOF\nEOF\n", ""),
        ("a = <<EOF\nx\n\ny\nEOF\n", "x\n\ny\n"),
        ("a = <<EOF\n  x\n  EOF\n", "  x\n  "),
        ("a = <<-EOF\n    x\n  y\n  EOF\n", "  x\ny\n"),
        ("a = <<-EOF\n x\n  EOF\n", " x\n"),
        ("a = <<-EOF\r\n x\r\n EOF\r\n", "x\n"),
        ("a = <<-EOF\n EOF\n", ""),
    ];
    for (text, expected) in cases {
        assert_eq!(value(text), Value::Heredoc(expected.to_owned()), "{text:?}");
    }
}

#[test]
fn numbers_are_kept_as_written() {
    for number in ["0", "-3", "0x1F", "007", "08", "99999999999999999999"] {
        assert_eq!(
            value(&format!("a = {number}")),
            Value::Number(number.to_owned())
        );
    }
    for float in ["1.5", "-0.5e-3", "1e5", ".5", "1.", "0159.2"] {
        assert_eq!(
            value(&format!("a = {float}\n")),
            Value::Float(float.trim().to_owned()).clone(),
            "{float}"
        );
    }
}

#[test]
fn strings_that_crash_the_client_are_told_apart() {
    let unreadable = [
        r#"a = "\400""#,
        r#"a = "\U00110000""#,
        "a = \"${\u{fffd}}\"",
        r#"{"a": "\ud83d\ude00"}"#,
    ];
    for text in unreadable {
        assert_eq!(value(text), Value::Unreadable, "{text}");
    }
    let document = parse(br#""\400" = 1"#).expect("it scans");
    assert!(
        document
            .items
            .iter()
            .all(|item| item.keys.iter().all(|key| !key.readable))
    );
    for text in ["{\"a\": \"\\1", "{\"a\": \"\\x"] {
        assert!(
            parse(text.as_bytes()).expect_err(text).crashes_client(),
            "{text}"
        );
    }
}

#[test]
fn json_is_flattened() {
    let cases = [
        (
            r#"{"host": {"a": {"services": {"m": 1}}, "b": {}}}"#,
            ["host a services", "host b"].as_slice(),
        ),
        (
            r#"{"host": [{"a": {"x": 1}}, {"b": {"x": 1}}]}"#,
            &["host a", "host b"],
        ),
        (r#"{"host": {"a": [{"x": 1}, {"y": 2}]}}"#, &["host"]),
        (r#"{"a": {"b": 1, "c": {}}, "d": []}"#, &["a", "d"]),
        (r#"{"a" "b": {"c": 1}}"#, &["a b"]),
    ];
    for (text, expected) in cases {
        let document = parse(text.as_bytes()).expect(text);
        assert_eq!(keys(&document), expected, "{text}");
        assert_eq!(document.form, Form::Json);
    }
}

#[test]
fn text_the_json_reader_never_sees_is_reported() {
    let unread = |text: &str| parse(text.as_bytes()).expect(text).unread_from;
    assert_eq!(unread("{\"a\": 1}\n"), None);
    assert_eq!(unread("{\"a\": 1"), None);
    assert_eq!(unread("{\"a\": 1} garbage"), Some(at(1, 10)));
    assert_eq!(unread("{\"a\": 1\n \"b\": 2}"), Some(at(2, 2)));
}

#[test]
fn keys_and_values_carry_their_positions() {
    let document =
        parse("a = 1\r\nhöst \"x\" {\r\n  t = \"v\"\r\n}\r\n".as_bytes()).expect("it parses");
    let item = document.items.get(1).expect("two items");
    let positions: Vec<_> = item.keys.iter().map(|key| key.position).collect();
    assert_eq!(positions, [at(2, 1), at(2, 6)]);
    assert_eq!(item.node.position, at(2, 10));
    let Value::Object(inner) = &item.node.value else {
        panic!("an object is expected")
    };
    let inner = inner.first().expect("one item");
    assert_eq!(
        (
            inner.keys.first().map(|key| key.position),
            inner.node.position
        ),
        (Some(at(3, 3)), at(3, 7))
    );
}

#[test]
fn hostile_files_end_in_an_error_and_in_time() {
    let mebibyte = 1 << 20;
    for piece in [
        "[", "{", "a{", "a=[", "a=[{", "{\"a\":", "{\"a\":[", "a ", "\"", "\"${", "<<E\n", "/*",
        "\\", "\0", "\r", "=", "}", ",",
    ] {
        let size = if matches!(piece, "[" | "{") {
            mebibyte
        } else {
            mebibyte / 8
        };
        let text = piece.repeat(size / piece.len());
        assert!(
            parse(text.as_bytes()).is_err() || piece == "\r",
            "{piece:?}"
        );
        assert!(
            parse(format!("a = {text}").as_bytes()).is_err() || piece == "\r",
            "{piece:?}"
        );
        let _ = parse(format!("{{\"a\": {text}").as_bytes());
    }
    let lines = format!("a = <<E\n{}", "x\n".repeat(mebibyte / 2));
    assert_eq!(
        error(&lines),
        format!("At {}:1: heredoc not terminated", mebibyte / 2 + 2)
    );
}

#[test]
fn nesting_has_a_limit() {
    let nested = |depth: usize| format!("{}{}", "a {".repeat(depth), "}".repeat(depth));
    assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
    let error = parse(nested(MAX_DEPTH + 1).as_bytes()).expect_err("too deep");
    assert!(error.is_own_limit());
    assert_eq!(error.client_text(), "");
    let fan = [
        "{\"a\":".repeat(90),
        "{".to_owned(),
        "\"b\":{},".repeat(20_000),
    ]
    .concat();
    assert!(
        parse(fan.as_bytes())
            .expect_err("too many keys")
            .is_own_limit()
    );
}

#[test]
fn bytes_that_are_no_text_are_refused_or_replaced() {
    assert_eq!(
        parse(b"a = \"\xff\"").expect_err("no UTF-8").client_text(),
        "At 1:6: illegal UTF-8 encoding"
    );
    assert_eq!(
        parse(b"{\"a\": \"\xff\"}")
            .expect_err("no UTF-8")
            .client_text(),
        "1:8: illegal UTF-8 encoding"
    );
    assert!(parse(&[BOM, b"{}"].concat()).is_err());
    assert!(parse(b"\xff\xfea\0").is_err());
}

#[test]
fn debug_output_hides_values() {
    let document = parse(b"token = \"hush\"\nother = <<E\nhush\nE\n").expect("it parses");
    assert!(!format!("{document:?}").contains("hush"));
    let error = parse(b"token = hush").expect_err("a bare word");
    assert!(!format!("{error:?}").contains("hush"));
    assert_eq!(error.foreign(), Some("hush"));
}
