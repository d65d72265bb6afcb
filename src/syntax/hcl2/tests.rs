//! Cases settled with Terraform 1.11.4.

use std::time::{Duration, Instant};

use super::*;

fn errors(text: &str) -> Vec<(u32, &'static str)> {
    parse(text.as_bytes())
        .errors
        .iter()
        .map(|error| (error.span.line, error.fault.client_summary()))
        .collect()
}

#[test]
fn correct_files_have_no_errors() {
    for text in [
        "",
        "a = 1",
        "\u{feff}a = 1\n",
        "a = 1\r\nb = 2\r\n",
        "a {}\n",
        "a { b = 1 }\n",
        "a b \"c\" {\n}\n",
        "a = [for x in [for y in z : y] : x if x]\n",
        "a = {for k, v in b : k => v... if v != null}\n",
        "a = {\n  b = 1, c: 2\n  (d) = 3\n  \"${e}\" = 4\n}\n",
        "a = f(\n  b,\n  c...\n)\n",
        "a = provider::b::c(1)\n",
        "a = b.*.c.0\n",
        "a = b[*].c[0].d[\"e\"]\n",
        "a = -1 + !true ? b : c ? d : e\n",
        "a = \"%{ if b ~}c%{ else }d%{ endif }\"\n",
        "a = <<-EOT\n  ${b}\n  %{ for c in d }${c}%{ endfor }\n  EOT\n",
        "a = f(<<EOT\nb\nEOT\n)\n",
        "a = \"$${b} %%{c} $ % $$ \\\" \\u00e9\"\n",
        "a = { b = 1, b = 2 }\n",
        "é = \"ü\" # ß\n",
        "/* a\n*/ b = 1 // c\n",
        "a = \"${ { b = \"}\" }[\"b\"] }\"\n",
    ] {
        assert_eq!(errors(text), [], "{text}");
    }
}

/// Texts, and the line and summary of each error.
const WRONG: &[(&str, &[(u32, &str)])] = &[
    ("a {\n", &[(1, "Unclosed configuration block")]),
    ("a\n", &[(1, "Argument or block definition required")]),
    ("\"a\" = 1\n", &[(1, "Invalid argument name")]),
    ("a = 1 b = 2\n", &[(1, "Missing newline after argument")]),
    ("a = 1, b = 2\n", &[(1, "Unexpected comma after argument")]),
    ("a = 1\na = 2\n", &[(2, "Attribute redefined")]),
    ("a {}}\n", &[(1, "Missing newline after block definition")]),
    ("a \"b\" = {\n}\n", &[(1, "Invalid block definition")]),
    ("a\n{\n}\n", &[(1, "Argument or block definition required")]),
    (
        "a { b = 1, c = 2 }\n",
        &[(1, "Invalid single-argument block definition")],
    ),
    ("a { b {} }\n", &[(1, "Argument definition required")]),
    ("a = [1 2]\n", &[(1, "Missing item separator")]),
    ("a = f(1 2)\n", &[(1, "Missing argument separator")]),
    (
        "a = b ? c\n",
        &[(1, "Missing false expression in conditional")],
    ),
    ("a = \n", &[(1, "Invalid expression")]),
    ("a =", &[(1, "Missing expression")]),
    ("a = \"\\q\"\n", &[(1, "Invalid escape sequence")]),
    (
        "a = \"b\nc\"\n",
        &[
            (1, "Invalid multi-line string"),
            (1, "Unterminated template string"),
        ],
    ),
    (
        "a = \"${b\"\n",
        &[
            (1, "Invalid multi-line string"),
            (1, "Unclosed template interpolation sequence"),
        ],
    ),
    ("a = \"%{ if b }\"\n", &[(1, "Unexpected end of template")]),
    ("a = <<EOT\nb\nEOT", &[(3, "Unterminated template string")]),
    (
        "a = 'b'\n",
        &[
            (1, "Invalid character"),
            (1, "Invalid character"),
            (1, "Invalid expression"),
        ],
    ),
    (
        "a = b & c\n",
        &[
            (1, "Unsupported operator"),
            (1, "Missing newline after argument"),
        ],
    ),
    ("a = b.0.1\n", &[(1, "Invalid legacy index syntax")]),
    ("a \"${b}\" {\n}\n", &[(1, "Invalid string literal")]),
];

#[test]
fn wrong_files_have_the_errors_of_the_client() {
    for (text, expected) in WRONG {
        assert_eq!(errors(text), *expected, "{text}");
    }
}

#[test]
fn bytes_that_are_no_utf_8_are_harmless_in_comments_only() {
    assert_eq!(parse(b"# caf\xe9\na = 1 /* \xff */\n").errors, []);
    let error = parse(b"a = \"caf\xe9\"\n")
        .errors
        .into_iter()
        .next()
        .expect("there is an error");
    assert_eq!(
        (error.fault, error.span.line, error.span.column),
        (SyntaxFault::Encoding, 1, 9)
    );
}

#[test]
fn a_broken_item_costs_only_itself() {
    let parsed = parse(b"a b\nc {\n  d = 1 +\n  e = 2\n}\nf {\n}\n");
    let kinds: Vec<_> = parsed
        .body
        .blocks
        .iter()
        .map(|block| block.kind.as_str())
        .collect();
    assert_eq!(kinds, ["a", "c", "f"]);
}

#[test]
fn references_leave_loop_variables_and_keys_out() {
    let source = "a = [for x in y : { key = x.z, (var.b) = local }]\n";
    let parsed = parse(source.as_bytes());
    let expression = &parsed
        .body
        .attributes
        .first()
        .expect("there is one argument")
        .expression;
    let names: Vec<_> = expression
        .references
        .iter()
        .map(|reference| source.get(reference.root.clone()).unwrap_or_default())
        .collect();
    assert_eq!(names, ["y", "var", "local"]);
}

/// The shapes that make other parsers exponential, and some that make them overflow the stack.
#[test]
fn hostile_nesting_takes_linear_time() {
    let started = Instant::now();
    let halves = format!(
        "x = {}1 & 2{}\n",
        "(b + c + ".repeat(20_000),
        ")".repeat(20_000)
    );
    assert!(!parse(halves.as_bytes()).errors.is_empty());
    for open in [
        "(",
        "[",
        "{",
        "a[",
        "f(",
        "!",
        "-",
        "a ? ",
        "\"${",
        "<<A\n${",
        "{a=",
        "[for a in ",
        "\"%{if ",
    ] {
        let text = format!("x = {}", open.repeat(50_000));
        let _ = parse(text.as_bytes());
    }
    for open in [
        "a {\n",
        "/*",
        "a \"",
        "%{",
        "\"",
        "<<A\n",
        "${",
        "a = \"${\"",
        "}",
    ] {
        let _ = parse(open.repeat(50_000).as_bytes());
    }
    let chain = format!("x = {}1\n", "1 + ".repeat(100_000));
    assert_eq!(parse(chain.as_bytes()).errors, []);
    let choices = format!("x = {}1\n", "a ? 1 : ".repeat(100_000));
    assert_eq!(parse(choices.as_bytes()).errors, []);
    assert!(
        started.elapsed() < Duration::from_secs(60),
        "took {:?}",
        started.elapsed()
    );
}

#[test]
fn brackets_nested_too_deep_are_taken_for_correct() {
    let text = format!("x = {}1{}\ny = 2\n", "[".repeat(1000), "]".repeat(1000));
    let parsed = parse(text.as_bytes());
    assert_eq!(parsed.errors, []);
    assert_eq!(parsed.body.attributes.len(), 2);
    let blocks = format!("{}{}y = 2\n", "a {\n".repeat(1000), "}\n".repeat(1000));
    let parsed = parse(blocks.as_bytes());
    assert_eq!((parsed.errors.len(), parsed.body.attributes.len()), (0, 1));
}
