use super::EXCHANGE_PREFIX;
use super::NEXT;
use super::Order;
use super::Steps;
use super::open;
use super::piecewise;
use super::prepare;
use super::run;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use tempfile::TempDir;

/// The files below a directory, with what is in them; links with their targets.
fn tree(path: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut todo = vec![path.to_owned()];
    while let Some(next) = todo.pop() {
        for entry in fs::read_dir(&next).expect("a listing") {
            let entry = entry.expect("an entry").path();
            let name = entry
                .strip_prefix(path)
                .expect("below")
                .display()
                .to_string();
            if let Ok(target) = entry.read_link() {
                found.insert(name, target.display().to_string());
            } else if entry.is_dir() {
                found.insert(name, "/".to_owned());
                todo.push(entry);
            } else {
                found.insert(name, fs::read_to_string(&entry).expect("text"));
            }
        }
    }
    found
}

fn put(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
    fs::write(path, text).expect("a file");
}

struct Bench {
    folder: TempDir,
}

impl Bench {
    /// A root module with three modules and something that no record names.
    fn installed() -> Self {
        let bench = Self::empty();
        for key in ["a", "b", "c"] {
            put(
                &bench.modules().join(key).join("main.tf"),
                &format!("old {key}"),
            );
        }
        put(&bench.modules().join("stray/deep/x"), "x");
        put(&bench.modules().join("modules.json"), "old manifest");
        bench
    }

    fn empty() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    fn modules(&self) -> PathBuf {
        self.folder.path().join(".terraform/modules")
    }

    /// `b` goes, `c` is replaced, `d` comes, `a` and the stray stay.
    fn order(&self, scratch: &Path) -> Order {
        let staged = ["c", "d"].map(|key| {
            let path = scratch.join(NEXT).join(key);
            put(&path.join("main.tf"), &format!("new {key}"));
            (key.to_owned(), path)
        });
        Order {
            modules: self.modules(),
            scratch: scratch.to_owned(),
            removed: vec!["b".to_owned(), "c".to_owned(), "absent".to_owned()],
            staged: staged.to_vec(),
            manifest: b"new manifest".to_vec(),
        }
    }

    fn leftovers(&self) -> Vec<String> {
        tree(self.folder.path())
            .into_keys()
            .filter(|name| name.contains(EXCHANGE_PREFIX))
            .collect()
    }

    fn is_new(&self) -> bool {
        let found = tree(&self.modules());
        let text = |name: &str| found.get(name).map(String::as_str);
        text("a/main.tf") == Some("old a")
            && text("c/main.tf") == Some("new c")
            && text("d/main.tf") == Some("new d")
            && text("stray/deep/x") == Some("x")
            && text("modules.json") == Some("new manifest")
            && !found.contains_key("b")
            && found.len() == 10
    }
}

#[test]
fn the_new_state_takes_the_place_of_the_old_one() {
    let bench = Bench::installed();
    let scratch = open(&bench.modules()).expect("a scratch directory");
    run(&bench.order(scratch.path())).expect("exchanged");
    assert!(bench.is_new(), "{:?}", tree(&bench.modules()));
    drop(scratch);
    assert!(bench.is_new());
    assert_eq!(bench.leftovers(), Vec::<String>::new());
}

#[test]
fn a_first_installation_makes_the_directory() {
    let bench = Bench::empty();
    let scratch = open(&bench.modules()).expect("a scratch directory");
    let order = bench.order(scratch.path());
    run(&order).expect("exchanged");
    drop(scratch);
    let found = tree(bench.folder.path());
    assert_eq!(
        found
            .get(".terraform/modules/d/main.tf")
            .map(String::as_str),
        Some("new d")
    );
    assert_eq!(found.len(), 7, "{found:?}");
}

#[test]
fn a_directory_outside_is_linked_to_and_the_manifest_may_change_alone() {
    let bench = Bench::installed();
    let outside = bench.folder.path().join("outside");
    put(&outside.join("main.tf"), "mine");
    for staged in [vec![("c".to_owned(), outside.clone())], Vec::new()] {
        let scratch = open(&bench.modules()).expect("a scratch directory");
        let order = Order {
            modules: bench.modules(),
            scratch: scratch.path().to_owned(),
            removed: Vec::new(),
            manifest: format!("{} new", staged.len()).into_bytes(),
            staged,
        };
        run(&order).expect("exchanged");
    }
    let found = tree(&bench.modules());
    assert_eq!(found.get("c"), Some(&outside.display().to_string()));
    assert_eq!(found.get("modules.json").map(String::as_str), Some("0 new"));
    assert_eq!(found.get("b/main.tf").map(String::as_str), Some("old b"));
}

#[test]
fn whatever_step_an_exchange_in_pieces_ends_at_the_next_run_goes_back_or_finds_it_done() {
    let mut completed = 0;
    for left in 0..20 {
        let bench = Bench::installed();
        let before = tree(&bench.modules());
        let scratch = open(&bench.modules()).expect("a scratch directory");
        let order = bench.order(scratch.path());
        let next = scratch.path().join(NEXT);
        prepare(&order, &next).expect("prepared");
        let ended = piecewise(&order, &next, &mut Steps { left: Some(left) });
        // As when the process is gone: the lock is free, and nothing was removed.
        let path = scratch.path().to_owned();
        let kept = path.with_extension("kept");
        fs::rename(&path, &kept).expect("renamed");
        drop(scratch);
        fs::rename(&kept, &path).expect("renamed back");
        drop(open(&bench.modules()).expect("recovered"));
        let is_old = tree(&bench.modules()) == before;
        assert!(
            is_old || bench.is_new(),
            "{left}: {:?}",
            tree(&bench.modules())
        );
        assert!(is_old || left > 4, "{left}");
        assert_eq!(bench.leftovers(), Vec::<String>::new(), "{left}");
        completed += usize::from(ended.is_ok());
    }
    assert_eq!(completed, 13);
}

#[test]
fn a_journal_of_another_directory_or_with_paths_is_not_followed() {
    for journal in [
        r#"["elsewhere", ["a"], []]"#,
        r#"[".terraform/modules", ["../a"], []]"#,
        r#"[".terraform/modules", ["a"], ["/etc"]]"#,
        "{",
    ] {
        let bench = Bench::installed();
        let scratch = bench.folder.path().join(format!("{EXCHANGE_PREFIX}x"));
        put(&scratch.join("journal"), journal);
        put(&scratch.join("modules/modules.json"), "{}");
        put(&scratch.join("aside/a/main.tf"), "planted");
        let before = tree(&bench.modules());
        drop(open(&bench.modules()).expect("a scratch directory"));
        assert_eq!(tree(&bench.modules()), before, "{journal}");
        assert!(scratch.exists(), "{journal}");
    }
}

#[test]
fn a_tree_appears_where_nothing_or_an_empty_directory_was() {
    let bench = Bench::installed();
    let tree_of = bench.modules().join("stray");
    for target in ["x/y", "empty"] {
        let target = bench.folder.path().join(target);
        fs::create_dir_all(bench.folder.path().join("empty")).expect("a directory");
        let scratch = super::beside(&target).expect("a scratch directory");
        super::put(&tree_of, &target, scratch.path()).expect("put");
        assert_eq!(tree(&target), tree(&tree_of));
    }
    let full = bench.modules();
    let scratch = super::beside(&full).expect("a scratch directory");
    assert!(super::put(&tree_of, &full, scratch.path()).is_err());
    assert_eq!(
        fs::read_to_string(full.join("modules.json")).expect("text"),
        "old manifest"
    );
}

#[test]
fn two_runs_leave_each_other_alone() {
    let bench = Bench::installed();
    let first = open(&bench.modules()).expect("a scratch directory");
    let second = open(&bench.modules()).expect("another one");
    assert!(first.path().exists() && second.path().exists());
    assert_ne!(first.path(), second.path());
}
