use super::*;
use crate::syntax::hcl1;

fn read(text: &str) -> Decoded {
    decode(
        &hcl1::parse(text.as_bytes()).expect(text),
        Dialect::Terraform,
    )
}

fn tofu(text: &str) -> Decoded {
    decode(
        &hcl1::parse(text.as_bytes()).expect(text),
        Dialect::OpenTofu,
    )
}

fn services(text: &str) -> Vec<String> {
    let decoded = read(text);
    assert_eq!(decoded.type_error, None, "{text}");
    let all = decoded.hosts.into_iter().flat_map(|host| {
        let label = host.label;
        let services = host.services.unwrap_or_default().into_iter();
        services.map(move |service| {
            format!(
                "{label} {}={}",
                service.key,
                service.value.as_text().unwrap_or("?")
            )
        })
    });
    all.collect()
}

fn token(text: &str) -> TokenValue {
    let decoded = read(text);
    assert_eq!(decoded.type_error, None, "{text}");
    decoded
        .credentials
        .into_iter()
        .find(|block| block.label == "h")
        .expect(text)
        .token
}

fn at(line: u32, column: u32) -> Position {
    Position { line, column }
}

#[test]
fn blocks_and_attributes_of_hosts_are_the_same() {
    let cases = [
        r#"host "h" { services = { "modules.v1" = "u" } }"#,
        "host h { services { modules.v1 = \"u\" } }",
        r#"host = { "h" = { services = { "modules.v1" = "u" } } }"#,
        r#"host { h { services { "modules.v1" = "u" } } }"#,
        r#"HOST "h" { Services { "modules.v1" = "u" } }"#,
        r#"host "h" "services" { modules.v1 = "u" }"#,
        r#"host "h" { services "x" {} } host "h" { services { modules.v1 = "u" } }"#,
        r#"host "h" { services { modules.v1 = "v" } services { modules.v1 = "u" } }"#,
        r#"host { h { services { modules.v1 = "u" } } } host "h" { services { modules.v1 = "v" } }"#,
        r#"{"host": {"h": {"services": {"modules.v1": "u"}}}}"#,
        r#"{"host": [{"h": [{"services": [{"modules.v1": "u"}]}]}]}"#,
    ];
    for text in cases {
        assert_eq!(services(text), ["h modules.v1=u"], "{text}");
    }
}

#[test]
fn a_host_block_may_define_nothing_useful() {
    let cases = [
        (r#"host "a" "b" { services { x = "u" } }"#, "a", None),
        ("host \"a\" {}", "a", None),
        ("host \"a\" { services = {} }", "a", Some(0)),
        (
            "host { services { \"modules.v1\" = \"u\" } }",
            "services",
            None,
        ),
        ("host \"a\" { services = } }", "a", None),
    ];
    for (text, label, count) in cases {
        let hosts = read(text).hosts;
        let found: Vec<_> = hosts
            .iter()
            .map(|host| (host.label.as_str(), host.services.as_ref().map(Vec::len)))
            .collect();
        assert_eq!(found, [(label, count)], "{text}");
    }
}

#[test]
fn a_later_host_block_replaces_an_earlier_one() {
    let text =
        "host h { services { a = \"1\" b = \"2\" } }\nhost h { services { a = \"3\" } }\nhost H {}";
    assert_eq!(services(text), ["h a=3"]);
    let replaced = read(text).replaced_hosts;
    assert_eq!(
        replaced
            .iter()
            .map(|host| host.position)
            .collect::<Vec<_>>(),
        [at(1, 6)]
    );
}

#[test]
fn values_of_services_have_kinds() {
    let text = "host h { services { a = 5 b = 1.5 c = true d = [1] e = {} f = <<E\nu\nE\n } }";
    let hosts = read(text).hosts;
    let values: Vec<_> = hosts
        .iter()
        .flat_map(|host| host.services.iter().flatten())
        .map(|s| &s.value)
        .collect();
    let other = ServiceValue::Other;
    let text = ServiceValue::Str("u\n".to_owned());
    let kinds = [
        ValueKind::Number,
        ValueKind::Number,
        ValueKind::Bool,
        ValueKind::List,
        ValueKind::Map,
    ]
    .map(other);
    assert_eq!(values, kinds.iter().chain([&text]).collect::<Vec<_>>());
}

#[test]
fn tokens_are_read() {
    let cases = [
        (
            r#"credentials "h" { token = "t" }"#,
            TokenValue::Str("t".to_owned()),
        ),
        (
            r#"credentials = { "h" = { token = "t" } }"#,
            TokenValue::Str("t".to_owned()),
        ),
        (
            r#"credentials "h" { token = "${TOK}" }"#,
            TokenValue::Str("${TOK}".to_owned()),
        ),
        (
            r#"credentials "h" { token = "" }"#,
            TokenValue::Str(String::new()),
        ),
        (
            "credentials \"h\" { token = <<E\nt\nE\n}",
            TokenValue::Str("t\n".to_owned()),
        ),
        (
            r#"credentials "h" { token = 5 }"#,
            TokenValue::NotAString(ValueKind::Number),
        ),
        (
            r#"credentials "h" { token = true }"#,
            TokenValue::NotAString(ValueKind::Bool),
        ),
        (
            r#"credentials "h" { token = ["t"] }"#,
            TokenValue::NotAString(ValueKind::List),
        ),
        (r#"credentials "h" { user = "t" }"#, TokenValue::Absent),
        (r#"credentials "h" { Token = "t" }"#, TokenValue::Absent),
        (
            r#"credentials "h" { token = "a" token = 5 }"#,
            TokenValue::Str("5".to_owned()),
        ),
        (
            r#"credentials "h" { token = 5 token = "7" }"#,
            TokenValue::NotAString(ValueKind::Number),
        ),
        (
            r#"credentials h { token = "t" } credentials h { user = "u" }"#,
            TokenValue::Str("t".to_owned()),
        ),
        (
            r#"{"credentials": {"h": {"token": null}}}"#,
            TokenValue::Null,
        ),
        (
            r#"{"credentials": {"h": {"token": "t"}}}"#,
            TokenValue::Str("t".to_owned()),
        ),
        (
            r#"{"credentials": [{"h": {"token": "t"}}, {"h": {"n": 1}}]}"#,
            TokenValue::Str("t".to_owned()),
        ),
    ];
    for (text, expected) in cases {
        assert!(token(text) == expected, "{text}");
    }
}

#[test]
fn credentials_keep_what_rules_ask_for() {
    let text = "credentials \"h\" {\n tokn = 1\n token = \"a\"\n}\ncredentials \"h\" {\n token = \"b\"\n}\n";
    let blocks = read(text).credentials;
    let block = blocks.first().expect("one block");
    assert_eq!(block.other_keys, [("tokn".to_owned(), at(2, 2))]);
    assert_eq!(block.token_position, Some(at(6, 10)));
    assert_eq!(block.replaced_token, Some(at(3, 10)));
    assert_eq!(block.positions, [at(1, 13), at(5, 13)]);
    assert_eq!(block.nested_block, None);
}

#[test]
fn nested_blocks_in_credentials_are_found() {
    let crashing = [
        r#"credentials "h" { x {} }"#,
        r#"credentials "h" { x = { a = 1 } }"#,
        r#"credentials "h" { x = [{ a = {} }] }"#,
        r#"credentials "h" "x" { token = "t" }"#,
        r#"{"credentials": {"h": {"a": {"b": 1}}}}"#,
    ];
    for text in crashing {
        assert!(
            read(text)
                .credentials
                .iter()
                .all(|block| block.nested_block.is_some()),
            "{text}"
        );
    }
    let harmless = read(r#"credentials "h" { x = [{ a = 1 }, [1]] }"#).credentials;
    assert!(harmless.iter().all(|block| block.nested_block.is_none()));
}

/// All of these are what terraform 1.11.4 prints.
const TYPE_ERRORS: &[(&str, &str)] = &[
    (
        "disable_checkpoint = \"yes\"",
        "At 1:22: root.disable_checkpoint: unknown type *ast.LiteralType",
    ),
    (
        "plugin_cache_dir = 1.5",
        "At 1:20: root.plugin_cache_dir: unknown type for string *ast.LiteralType",
    ),
    (
        "providers { a = 1.5 }",
        "At 1:17: root.Providers.a: unknown type for string *ast.LiteralType",
    ),
    (
        "host = 5",
        "At 1:8: root.host: not an object type for map (*ast.LiteralType)",
    ),
    (
        "{\"host\": 5}",
        "At -: root.host: not an object type for map (*ast.LiteralType)",
    ),
    (
        "host = [{ a = {} }]",
        "At 1:8: root.host: not an object type for map (*ast.ListType)",
    ),
    (
        "host { a = 5 }",
        "At 1:12: root.host.a: not an object type for struct (*ast.LiteralType)",
    ),
    (
        "host \"a.b\" { services = 5 }",
        "At 1:25: root.host.a.b.services: not an object type for map (*ast.LiteralType)",
    ),
    (
        "host a { services { x = true x = \"a\" } }",
        "At 1:34: root.host.a.services.x: unknown type *ast.LiteralType",
    ),
    (
        "host a { services { x = \"a\" x = {} } }",
        "At 1:33: root.host.a.services.x: unknown type for string *ast.ObjectType",
    ),
    (
        "host a { services { x = [] x = \"a\" } }",
        "At 1:32: unknown slice type: *ast.LiteralType",
    ),
    (
        "host a { services { x y {} x {} } }",
        "At -: root.host.a.services.x[1]: map must have string keys",
    ),
    (
        "host a { services { x = 5 x = \"a\" } }",
        "strconv.ParseInt: parsing \"a\": invalid syntax",
    ),
    (
        "host a { services { x = 08 } }",
        "strconv.ParseInt: parsing \"08\": invalid syntax",
    ),
    (
        "host a { services { x = 1.5ex } }",
        "strconv.ParseFloat: parsing \"1.5ex\": invalid syntax",
    ),
    (
        "host a { services { x = 9e999 } }",
        "strconv.ParseFloat: parsing \"9e999\": value out of range",
    ),
    (
        "credentials h { token = 99999999999999999999 }",
        "strconv.ParseInt: parsing \"99999999999999999999\": value out of range",
    ),
    (
        "credentials_helper x { args = \"y\" }",
        "At 1:31: unknown slice type: *ast.LiteralType",
    ),
    (
        "credentials_helper x { args = [\"y\", true] }",
        "At 1:37: root.credentials_helper.x.args[1]: unknown type for string *ast.LiteralType",
    ),
];

#[test]
fn type_errors_read_like_the_client_s() {
    for (text, expected) in TYPE_ERRORS {
        let error = read(text).type_error.expect(text);
        assert_eq!(error.client_text(), *expected, "{text}");
    }
}

#[test]
fn a_type_error_anywhere_costs_the_whole_file() {
    let block = "host h { services { a = \"u\" } }\ncredentials h { token = \"t\" }\n";
    for bad in [
        "credentials_helper x { args = 5 }",
        "disable_checkpoint = \"yes\"",
        "host = 5",
        "credentials = 5",
    ] {
        let decoded = read(&format!("{block}{bad}\nfoo = 1"));
        assert!(decoded.type_error.is_some(), "{bad}");
        assert!(
            decoded.hosts.is_empty() && decoded.credentials.is_empty(),
            "{bad}"
        );
        assert_eq!(decoded.unknown_keys.len(), 1, "{bad}");
    }
}

#[test]
fn crashes_while_decoding_are_known() {
    let empty = read("plugin_cache_dir {}")
        .crash
        .expect("the client crashes");
    assert_eq!(
        empty,
        Crash {
            kind: CrashKind::EmptyBlock,
            position: Some(at(1, 18))
        }
    );
    let text = read("host h { services { x = \"\\400\" } }")
        .crash
        .expect("the client crashes");
    assert_eq!(
        text,
        Crash {
            kind: CrashKind::UnreadableText,
            position: Some(at(1, 25))
        }
    );
    assert!(read("\"\\400\" = 1").crash.is_some());
    assert_eq!(read("x { \"\\400\" = \"\\400\" }").crash, None);
}

#[test]
fn helpers_have_names_and_arguments() {
    let text = "credentials_helper \"x\" {\n args = [\"--a\", 5]\n verbose = true\n}\ncredentials_helper y {}";
    let decoded = read(text);
    let found: Vec<_> = decoded
        .helpers
        .iter()
        .map(|helper| (helper.label.as_str(), helper.args.join(" ")))
        .collect();
    assert_eq!(found, [("x", "--a 5".to_owned()), ("y", String::new())]);
    let place = UnknownPlace::Helper("x".to_owned());
    assert_eq!(
        decoded.unknown_keys,
        [UnknownKey {
            name: "verbose".to_owned(),
            place,
            position: at(3, 2)
        }]
    );
}

#[test]
fn words_without_effect_are_listed() {
    let text = "credential h {}\nhost a {\n service = {}\n}\nProviders {}\nprovider_installation {}\nregistry_protocols {}\n";
    let names = |decoded: Decoded| {
        decoded
            .unknown_keys
            .into_iter()
            .map(|unknown| unknown.name)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(names(read(text)), "credential service registry_protocols");
    assert_eq!(names(tofu(text)), "credential service");
}

#[test]
fn registry_protocols_are_read_for_opentofu() {
    let text = "registry_protocols {\n retry_count = 2\n request_timeout_seconds = \"30\"\n}\nregistry_protocols {}";
    let block = tofu(text).registry_protocols.expect("a block");
    assert_eq!(
        (block.retry_count, block.request_timeout_seconds),
        (Some(2), Some(30))
    );
    assert_eq!(
        (block.position, block.duplicate),
        (at(1, 1), Some(at(5, 1)))
    );
    assert_eq!(read(text).registry_protocols, None);
    let bad =
        tofu("registry_protocols { retry_count = 2 request_timeout_seconds = true }\nhost h {}");
    assert_eq!(bad.hosts.len(), 1);
    let block = bad.registry_protocols.expect("a block");
    assert!(block.problem.is_some() && block.retry_count.is_none());
    assert!(
        tofu("registry_protocols = 5")
            .registry_protocols
            .expect("a block")
            .problem
            .is_some()
    );
}

#[test]
fn hostile_trees_are_decoded_in_time_or_refused() {
    let deep = |open: &str, close: &str| {
        let depth = hcl1::MAX_DEPTH - 2;
        format!(
            "host h {{ services {{ {}{} }} }}",
            open.repeat(depth),
            close.repeat(depth)
        )
    };
    assert_eq!(read(&deep("a {", "}")).type_error, None);
    assert_eq!(
        read(&format!(
            "credentials {} {{}}",
            "a ".repeat(hcl1::MAX_DEPTH - 1)
        ))
        .credentials
        .len(),
        1
    );
    let keys = "\"k\" ".repeat(90);
    let json = format!("{{\"credentials\": {}", format!("{{{keys}: ").repeat(90));
    assert!(read(&json).crash.is_none());
    let json = format!("{json}{{}}{}", "}".repeat(90));
    assert!(read(&json).over_limit);
    let many = "host \"a\" \"b\" {}\n".repeat(50_000);
    assert_eq!(read(&many).hosts.len(), 1);
    let labels: Vec<String> = (0_u32..60_000).map(spelling).collect();
    let spellings = format!("host {} b {{}}", labels.join(" b {}\nhost "));
    assert!(read(&spellings).over_limit);
}

fn spelling(bits: u32) -> String {
    (0..17)
        .map(|bit| if bits >> bit & 1 == 0 { 'a' } else { 'A' })
        .collect()
}

#[test]
fn debug_output_hides_values() {
    let text = "credentials h { token = \"hush\" }\nhost h { services { a = \"http://u:hush@h/\" } }\n\
        credentials_helper x { args = [\"hush\"] }";
    assert!(!format!("{:?}", read(text)).contains("hush"));
    let error = read("credentials h { token = 5 token = \"hush\" }")
        .type_error
        .expect("an error");
    assert!(!format!("{error:?}").contains("hush"));
    assert_eq!(error.foreign(), Some("hush"));
}
