use super::*;

fn machines(text: &str) -> Vec<String> {
    let netrc = Netrc::parse(text.as_bytes()).expect(text);
    let show = |machine: &Machine| {
        format!(
            "{} {} {} {}",
            machine.line, machine.name, machine.login, machine.password
        )
    };
    netrc.machines.iter().map(show).collect()
}

fn error(text: &str) -> String {
    Netrc::parse(text.as_bytes()).expect_err(text).client_text()
}

#[test]
fn machines_are_read_in_order() {
    let cases = [
        ("", &[] as &[&str]),
        ("machine h login joe password pw", &["1 h joe pw"]),
        (
            "machine h:8443\nlogin joe\npassword pw\n",
            &["1 h:8443 joe pw"],
        ),
        (
            "\r\nmachine h\r\n\tpassword pw\r\n\tlogin joe\r\n",
            &["2 h joe pw"],
        ),
        (
            "machine a login u password p account x\ndefault login v password q",
            &["1 a u p", "2  v q"],
        ),
        ("machine h login password x", &[] as &[&str]),
        ("machine h", &["1 h  "]),
        ("machine", &["1   "]),
        ("machine h password p#1", &["1 h  p#1"]),
        ("machine h password #p q\nlogin u", &["1 h u #p q"]),
        ("# note\nmachine h # why\nlogin u #x y\n", &["2 h u "]),
        ("machine h login \u{a0} u", &["1 h u "]),
    ];
    for (text, expected) in cases {
        if text.ends_with("password x") {
            assert_eq!(error(text), "line 1: keyword expected; got x");
        } else {
            assert_eq!(machines(text), expected, "{text:?}");
        }
    }
}

#[test]
fn macros_end_at_a_known_word_behind_an_empty_line() {
    assert_eq!(
        machines("macdef init\ncd /pub\nls\n\nmachine h login u\n"),
        ["5 h u "]
    );
    assert_eq!(machines("macdef init\nfoo machine h\nbar"), ["2 h  "]);
    assert_eq!(
        error("macdef init\ncd\n\nmachine h\ngarbage"),
        "line 5: keyword expected; got garbage"
    );
    assert_eq!(
        error("macdef init\nlogin x"),
        "line 2: unexpected token login "
    );
}

#[test]
fn mistakes_are_refused_in_the_words_of_the_client() {
    let cases = [
        ("{\"a\":1}", "line 1: keyword expected; got {\"a\":1}"),
        (
            "machine 127.0.0.1\nlogin joe\ngarbage here\n",
            "line 3: keyword expected; got garbage",
        ),
        (
            "default login u\nmachine h",
            "line 2: default token must appear after all machine tokens",
        ),
        ("default\ndefault", "line 2: multiple default token"),
        ("login u", "line 1: unexpected token login "),
        (
            "machine h login u login v",
            "line 1: unexpected token login ",
        ),
        (
            "machine h\npassword p\npassword q",
            "line 3: unexpected token password",
        ),
        ("account a", "line 1: unexpected token account"),
        (
            "\u{feff}machine h",
            "line 1: keyword expected; got \u{feff}machine",
        ),
        ("HOST=x", "line 1: keyword expected; got HOST=x"),
    ];
    for (text, expected) in cases {
        assert_eq!(error(text), expected, "{text:?}");
    }
}

#[test]
fn the_port_is_part_of_the_name_and_the_default_serves_the_rest() {
    let netrc = Netrc::parse(b"machine h login a\nmachine h:1 login b\nmachine h login c\n")
        .expect("it parses");
    let login = |netrc: &Netrc, host: &str| netrc.find(host).map(|machine| machine.login.clone());
    assert_eq!(login(&netrc, "h"), Some("a".to_owned()));
    assert_eq!(login(&netrc, "h:1"), Some("b".to_owned()));
    assert_eq!(login(&netrc, "h:2"), None);
    assert_eq!(login(&netrc, "H"), None);
    let netrc = Netrc::parse(b"machine h login a\ndefault login d").expect("it parses");
    assert_eq!(login(&netrc, "h:2"), Some("d".to_owned()));
    assert!(netrc.find("x").is_some_and(Machine::is_default));
}

#[test]
fn a_value_is_lost_where_the_first_read_ends() {
    let entry = "machine h login u password p\n";
    let comment = |length: usize| format!("#{}\n", "x".repeat(length - 2));
    let cut = format!("{}{entry}", comment(FIRST_READ - "machine ".len()));
    assert_eq!(error(&cut), "line 2: keyword expected; got h");
    let whole = format!("{}{entry}", comment(FIRST_READ - "machine ".len() + 1));
    assert_eq!(machines(&whole), ["2 h u p"]);
}

#[test]
fn hostile_files_end_in_time() {
    for piece in [
        "machine h ",
        "#",
        "\n",
        " ",
        "x",
        "macdef a ",
        "macdef a\n\n",
        "\u{a0}",
        "# x\n",
        "default ",
    ] {
        let text = piece.repeat((1 << 18) / piece.len());
        let _ = Netrc::parse(text.as_bytes());
    }
    assert_eq!(error(&"x".repeat(1 << 20)), "bufio.Scanner: token too long");
    assert_eq!(
        error(&format!("machine {}", "x".repeat(1 << 20))),
        "line 1: line 1: bufio.Scanner: token too long"
    );
    assert!(Netrc::parse(b"machine h login \xff\0 password x").is_ok());
}

#[test]
fn debug_output_hides_values() {
    let netrc = Netrc::parse(b"machine h login u password hush account hush").expect("it parses");
    assert!(!format!("{netrc:?}").contains("hush"));
    let error = Netrc::parse(b"machine h password a hush").expect_err("a stray word");
    assert!(!format!("{error:?}").contains("hush"));
    assert_eq!(error.foreign(), Some("hush"));
}
