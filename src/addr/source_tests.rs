//! What clients were seen to make of sources and locations.

use proptest::prelude::{ProptestConfig, proptest};

use crate::addr::registry::RegistryError;
use crate::addr::rules::AddrRules;
use crate::addr::source::{
    LocationCause, RemoteError, SourceAddr, parse_location, parse_remote, parse_source,
    resolve_location,
};
use crate::addr::url::{GoUrl, UrlCause};

fn recorded(text: &str, rules: &AddrRules) -> String {
    match parse_source(text, false, rules) {
        Ok(address) => address.recorded(rules),
        Err(error) => format!(
            "{} / {}",
            error.client_summary(),
            error.client_detail("jerry", "main.tf:1")
        ),
    }
}

fn plain(text: &str) -> String {
    recorded(text, &AddrRules::default())
}

#[test]
fn sources_are_recorded_normalised() {
    for (text, expected) in [
        ("./foo/", "./foo"),
        ("././foo", "./foo"),
        (".\\modules\\x", "./modules/x"),
        ("./", "./."),
        ("./../foo", "../foo"),
        ("../../", "../.."),
        ("./foo?ref=x", "./foo?ref=x"),
        (".//modules/./y/../x/", "./modules/x"),
        ("mt5225/sg/aws", "registry.terraform.io/mt5225/sg/aws"),
        ("gitlab.com/ns/name/aws", "gitlab.com/ns/name/aws"),
        (
            "www.googleapis.com/storage/v1/bucket",
            "www.googleapis.com/storage/v1/bucket",
        ),
        (
            "github.com/mt5225/sg/aws",
            "git::https://github.com/mt5225/sg.git//aws",
        ),
        (
            "github.com/o/r//sub?ref=v1",
            "git::https://github.com/o/r.git//sub?ref=v1",
        ),
        (
            "github.com/o/r/a//b",
            "git::https://github.com/o/r.git//a/b",
        ),
        (
            "github.com/o/r/sub?ref=v1",
            "git::https://github.com/o/r.git//sub?ref=v1",
        ),
        (
            "github.com/o/r/a b",
            "git::https://github.com/o/r.git//a%2520b",
        ),
        ("github.com/o/r/", "git::https://github.com/o/r.git"),
        ("github.com/o/r/*", "git::https://github.com/o/r.git//%252A"),
        ("github.com/o/r//*", "git::https://github.com/o/r.git//*"),
        ("hg::github.com/o/r", "hg::https://github.com/o/r.git"),
        ("git::git@h:o/r//s/../t?x=1", "git::ssh://git@h/o/r//t?x=1"),
        ("https://github.com/o/r", "https://github.com/o/r"),
        ("HTTP://H/x.zip", "HTTP://H/x.zip"),
        (
            "tf.example.com:70000/mt5225/sg/aws",
            "tf.example.com:70000/mt5225/sg/aws",
        ),
        ("localhost:8080/a/b/c", "localhost:8080/a/b/c"),
        ("C:/foo", "C:/foo"),
        ("git::", "git::"),
        ("git://h/r", "git://h/r"),
        ("/abs/lib//sg", "file:///abs/lib//sg"),
        ("/abs/lib/other/../sg", "file:///abs/lib/other/../sg"),
        ("file::/abs/dir", "file::file:///abs/dir"),
        ("git::/abs/repo", "git::file:///abs/repo"),
        ("https://h//pkg//sg.zip", "https://h//pkg/sg.zip"),
        ("https://h/a%20b.zip//c%20d", "https://h/a%20b.zip//c%20d"),
        ("https://h/a.zip//..", "https://h/a.zip//.."),
    ] {
        assert_eq!(plain(text), expected, "{text}");
    }
}

#[test]
fn refusals_read_as_the_client_prints_them() {
    let undetected = |address: &str| {
        format!(
            "Invalid module source address / Terraform failed to determine your intended installation method for \
             remote module package \"{address}\".\n\nIf you intended this as a path relative to the current module, \
             use \"./{address}\" instead. The \"./\" prefix indicates that the address is a relative filesystem path."
        )
    };
    for (text, address) in [
        ("modules/x", "modules/x"),
        ("modules//x", "modules"),
        ("gitlab.com/mt5225/sg", "gitlab.com/mt5225/sg"),
        ("mt5225/sg/aws?ref=v1", "mt5225/sg/aws?ref=v1"),
        (
            "git::ssh://git@git.example.com:mt5225/sg.git",
            "ssh://git@git.example.com:mt5225/sg.git",
        ),
        ("git::./x", "./x"),
        ("https://h/%zz", "https://h/%zz"),
        (" ./foo", " ./foo"),
        (".", "."),
        ("github.com//r", "github.com"),
    ] {
        assert_eq!(plain(text), undetected(address), "{text}");
    }
    let reason = |text: &str| {
        format!("Invalid module source address / Failed to parse module source address: {text}.")
    };
    for (text, expected) in [
        ("", "invalid source address: "),
        (
            "github.com/mt5225",
            "GitHub URLs should be github.com/username/repo",
        ),
        (
            "git@h:o/r.git?ref=%zz",
            "error parsing Git SSH URL: invalid URL escape \"%zz\"",
        ),
        (
            "a/b/c//../x",
            "subdirectory path \"../x\" leads outside of the module package",
        ),
        (
            "github.com/o/r/..//..",
            "detected subdirectory path \"../..\" of \"git::https://github.com/o/r.git\" leads outside of the module \
             package",
        ),
    ] {
        assert_eq!(plain(text), reason(expected), "{text}");
    }
}

#[test]
fn a_version_admits_registry_addresses_only() {
    let rules = AddrRules::default();
    let error = parse_source("./modules/x", true, &rules).expect_err("local");
    assert_eq!(
        error.client_summary(),
        "Invalid registry module source address"
    );
    assert_eq!(
        error.client_detail("jerry", "main.tf:1"),
        "Failed to parse module registry address: can't use local directory \"./modules/x\" as a module registry \
         address.\n\nTerraform assumed that you intended a module registry source address because you also set the \
         argument \"version\", which applies only to registry modules."
    );
    assert_eq!(error.remote, None);
    let old = AddrRules::terraform((1, 1, 9));
    let local = parse_source("./modules/x", true, &old).expect("read all the same");
    assert_eq!(
        local.version_refusal(),
        Some("it has a relative local path")
    );
    let named = AddrRules::terraform((1, 3, 10));
    let error = parse_source("./modules/x", true, &named).expect_err("local");
    assert!(error.client_detail("jerry", "main.tf:1").starts_with(
        "Module \"jerry\" (declared at main.tf line 1) has invalid source address \"./modules/x\": can't use local \
         directory \"./modules/x\" as a module registry address.\n\nTerraform assumed"
    ));
}

#[test]
fn both_readings_are_kept_for_an_explanation() {
    let rules = AddrRules::default();
    let error = parse_source("host.io/ns/name/AWS", false, &rules).expect_err("capitals");
    assert_eq!(*error.strict, RegistryError::System("AWS".to_owned()));
    assert!(matches!(
        error.remote.as_deref(),
        Some(RemoteError::NotDetected(_))
    ));
    let error = parse_source("git::ssh://git@h:org/r.git", false, &rules).expect_err("two styles");
    let Some(RemoteError::NotDetected(found)) = error.remote.map(|error| *error) else {
        panic!("not detected");
    };
    assert_eq!(found.forced.as_deref(), Some("git"));
    assert_eq!(
        found.url.map(|error| error.cause),
        Some(UrlCause::Port(":org".to_owned()))
    );
}

#[test]
fn clients_differ_in_named_ways() {
    let terraform = AddrRules::terraform;
    assert_eq!(
        recorded(
            "github.com/mt5225/sg//modules/rules?ref=v1.0.0",
            &terraform((1, 3, 10))
        ),
        "git::https://github.com/mt5225/sg.git?ref=v1.0.0//modules/rules"
    );
    assert_eq!(
        recorded("github.com/o/r/sub?ref=v1", &terraform((1, 9, 8))),
        "git::https://github.com/o/r.git//sub%253Fref=v1"
    );
    assert_eq!(
        recorded(".\\modules\\x", &terraform((1, 0, 11))),
        ".\\modules\\x"
    );
    assert_eq!(
        recorded("a/b/c", &AddrRules::opentofu((1, 6, 3))),
        "registry.opentofu.org/a/b/c"
    );
    assert_eq!(
        recorded("github.com/mt5225", &terraform((1, 4, 7))),
        "Invalid module source address / Module \"jerry\" (declared at main.tf line 1) has invalid source address \
         \"github.com/mt5225\": GitHub URLs should be github.com/username/repo."
    );
    assert_eq!(
        recorded("gitlab.com/mt5225/sg", &terraform((1, 4, 7))),
        "Invalid module source address / Module \"jerry\" (declared at main.tf line 1) has invalid source address \
         \"gitlab.com/mt5225/sg\": Terraform cannot detect a supported external module source type for \
         gitlab.com/mt5225/sg."
    );
    assert_eq!(
        recorded("", &terraform((1, 0, 11))),
        "Failed to download module / Could not download module \"jerry\" (main.tf:1) source code from \"\": invalid \
         source string: "
    );
    assert!(recorded("modules/x", &terraform((0, 12, 20))).starts_with(
        "Module not found / The module address \"modules/x\" could not be resolved.\n\nIf you intended"
    ));
    assert!(
        recorded("modules/x", &AddrRules::opentofu((1, 12, 6)))
            .contains("/ OpenTofu failed to determine")
    );
    assert!(recorded("", &AddrRules::opentofu((1, 12, 6))).ends_with("invalid source string: ."));
}

#[test]
fn old_clients_look_below_the_modules_folder() {
    let rules = AddrRules::terraform((1, 0, 11));
    let Err(RemoteError::NotDetected(error)) =
        parse_remote("git::ssh://git@h:o/r.git//sub", &rules)
    else {
        panic!("not detected");
    };
    assert_eq!(
        error.below(".terraform/modules/jerry").to_string(),
        "git::file:///.terraform/modules/jerry/ssh:/git@h:o/r.git//sub"
    );
    assert!(parse_remote("https://h/a.zip//../x", &rules).is_ok());
}

#[test]
fn locations_must_be_remote() {
    let rules = AddrRules::default();
    let text = |location: &str| match parse_location(location, &rules) {
        Ok(address) => address.to_string(),
        Err(error) => error.client_text(),
    };
    for (location, expected) in [
        (
            "https://h/a.tgz//*?archive=tgz",
            "https://h/a.tgz//*?archive=tgz",
        ),
        ("github.com/o/r", "git::https://github.com/o/r.git"),
        ("file:///dir", "file:///dir"),
        ("ftp://127.0.0.1/sg.tgz", "ftp://127.0.0.1/sg.tgz"),
        ("mt5225/sg/aws", "must be a direct remote package address"),
        (".\\x", "must be a direct remote package address"),
        (
            "sg.tgz",
            "Terraform cannot detect a supported external module source type for sg.tgz",
        ),
        (
            "http://h/pkg/sg.tgz//../other",
            "subdirectory path \"../other\" leads outside of the module package",
        ),
        (
            "github.com/o",
            "GitHub URLs should be github.com/username/repo",
        ),
    ] {
        assert_eq!(text(location), expected, "{location}");
    }
    let error = parse_location("a/b/c", &rules).expect_err("an address");
    let LocationCause::NotRemote(found) = error.cause else {
        panic!("an address");
    };
    assert!(matches!(*found, SourceAddr::Registry(_)));
    let old = AddrRules::terraform((1, 0, 11));
    let error = parse_location("mt5225/sg/aws", &old).expect_err("nothing");
    assert_eq!(
        error.client_text(),
        "Terraform cannot determine the module source for mt5225/sg/aws"
    );
}

#[test]
fn locations_are_relative_to_the_request() {
    let requested =
        GoUrl::parse("https://tf.example.com/v1/modules/a/b/c/0.2.1/download").expect("a URL");
    let resolve = |text: &str| match resolve_location(&requested, text) {
        Ok(location) => location.unwrap_or_else(|| "-".to_owned()),
        Err(error) => error.client_text(),
    };
    for (text, expected) in [
        ("/pkg/a%2Fb.tgz", "https://tf.example.com/pkg/a%2Fb.tgz"),
        (
            "./sg.tgz?x=1",
            "https://tf.example.com/v1/modules/a/b/c/0.2.1/sg.tgz?x=1",
        ),
        (
            "../../../../../../../../sg.tgz//sub",
            "https://tf.example.com/sg.tgz//sub",
        ),
        ("//other/x.tgz", "https://other/x.tgz"),
        ("sg.tgz", "-"),
        ("https://h/x", "-"),
        ("/pkg/%zz", "parse \"/pkg/%zz\": invalid URL escape \"%zz\""),
    ] {
        assert_eq!(resolve(text), expected, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn nothing_makes_the_parser_panic(text in "\\PC{0,30}") {
        for rules in [AddrRules::default(), AddrRules::terraform((1, 0, 11)), AddrRules::opentofu((1, 6, 3))] {
            let source = parse_source(&text, false, &rules);
            let location = parse_location(&text, &rules);
            assert!(location.is_err() || matches!(source, Ok(SourceAddr::Remote(_))) || text.starts_with('.') || source.is_ok());
        }
    }

    #[test]
    fn a_recorded_source_reads_the_same(text in "(git::|s3::)?(https://|file://|/|github\\.com/|git@h:|\\./|)[a-z.]{1,4}(/[a-z*.]{1,3}){0,4}(//[a-z./]{0,5})?(\\?[a-z=&]{0,6})?") {
        let rules = AddrRules::default();
        if let Ok(address) = parse_source(&text, false, &rules) {
            let again = parse_source(&address.to_string(), false, &rules);
            assert_eq!(again.map(|address| address.to_string()), Ok(address.to_string()));
        }
    }
}
