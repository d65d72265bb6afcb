//! `get ADDRESS --into DIR`: one module, whole or not at all.

use std::fs;

use crate::mixed::TWELVE;
use crate::support::{Play, tree};

#[test]
fn a_module_is_unpacked_with_its_tree_and_record_on_stdout() {
    let play = Play::start(TWELVE);
    let before = tree(&play.root());
    let address = "registry.example.com/net/vpc/aws//modules/subnets@~>4.1";
    let run = play.run(&["get", address, "--into", "new/vpc"]);
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    let record = r#"{"Key":"vpc","Source":"registry.example.com/net/vpc/aws//modules/subnets","Version":"4.3.1","Dir":".terraform/modules/vpc/modules/subnets"}"#;
    assert!(
        run.stdout.lines().any(|line| line == record),
        "{}",
        run.stdout
    );
    let shown = "new/vpc\n├── main.tf\n├── modules/\n│   └── subnets/\n│       └── main.tf\n└── outputs.tf\n";
    assert!(run.stdout.starts_with(shown), "{}", run.stdout);
    let after = tree(&play.root());
    assert!(after.contains_key("new/vpc/modules/subnets/main.tf"));
    assert_eq!(after.len(), before.len() + 7, "{:?}", after.keys());
    assert!(tree(&play.temporary()).is_empty());
}

#[test]
fn scripts_get_nothing_but_the_directory() {
    let play = Play::start(TWELVE);
    fs::create_dir(play.root().join("empty")).unwrap();
    let address = "registry.example.com/net/vpc/aws//modules/subnets";
    let run = play.run(&["get", address, "--into", "empty", "--print", "dir"]);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (Some(0), "empty/modules/subnets\n"),
        "{}",
        run.stderr
    );
    let missing = "registry.example.com/net/nothing/aws";
    let run = play.run(&["get", missing, "--into", "other", "--print", "dir"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    assert!(!play.root().join("other").exists());
}

#[test]
fn what_is_there_is_never_touched_and_only_modules_are_taken() {
    let play = Play::start(TWELVE);
    let before = tree(&play.root());
    for (address, into, said) in [
        (
            "registry.example.com/net/zone/aws",
            "modules",
            "the directory is not empty",
        ),
        (
            "registry.example.com/net/zone/aws",
            "main.tf",
            "something that is no directory is there",
        ),
        (
            "registry.example.com",
            "new",
            "a host; with --into, the address of a module is expected",
        ),
        (
            ".",
            "new",
            "a directory; with --into, the address of a module is expected",
        ),
    ] {
        let run = play.run(&["get", address, "--into", into]);
        assert_eq!(run.code, Some(2), "{address} {into}");
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
    assert!(play.log().is_empty());
    let run = play.run(&["get", "--print", "dir"]);
    assert_eq!(run.code, Some(2));
    assert!(tree(&play.root()) == before);
}

#[test]
fn a_configuration_file_is_named_from_where_the_process_began_and_the_rest_from_the_root_module() {
    let play = Play::start(TWELVE);
    let above = play.root().parent().unwrap().to_owned();
    fs::write(
        above.join("mine.tfrc"),
        "host \"tf.example.net\" {\n  services = {\n    \"modules.v1\" = \"https://registry.example.com/v1/modules/\"\n  }\n}\n",
    )
    .unwrap();
    let root = above.join("other");
    fs::create_dir(&root).unwrap();
    fs::write(
        root.join("main.tf"),
        "module \"dns\" {\n  source = \"tf.example.net/net/zone/aws\"\n}\n",
    )
    .unwrap();
    for (words, directory) in [
        (vec!["get", "other"], above.clone()),
        (vec!["get", "../other"], play.root()),
        (vec!["get", "-C", "..", "other"], play.root()),
    ] {
        let mut command = play.command(&words);
        let config = if directory == above || words.len() > 2 {
            "mine.tfrc"
        } else {
            "../mine.tfrc"
        };
        command
            .current_dir(&directory)
            .env("TF_CLI_CONFIG_FILE", config)
            .env("TF_DATA_DIR", "data/here");
        let output = command.output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(0),
            "{words:?} {}",
            String::from_utf8_lossy(&output.stdout)
        );
        let found = tree(&root);
        assert!(
            found.contains_key("data/here/modules/dns/main.tf"),
            "{words:?}: {:?}",
            found.keys()
        );
        fs::remove_dir_all(root.join("data")).unwrap();
    }
}
