//! `modules.json` read, and held against configuration and disk.
//!
//! Nothing is installed, written or asked. A record says where a module is, and the calls of that module are looked for there,
//! as the client does it; a directory outside the project is never opened, whatever a record says.

use crate::addr::SourceAddr;
use crate::addr::package::clean_path;
use crate::addr::parse_source;
use crate::client::Behaviour;
use crate::foreign::Foreign;
use crate::io::files;
use crate::manifest::Manifest;
use crate::manifest::Record;
use crate::stages::Cx;
use crate::stages::calls;
use crate::stages::calls::Repeated;
use crate::stages::module_dir;
use crate::stages::records_file::RecordsFile;
use crate::stages::records_file::read_file;
use crate::syntax::tf_files::ArgumentValue;
use crate::syntax::tf_files::CallDecl;
use crate::trace::Call;
use crate::trace::Fact;
use crate::trace::Stage;
use crate::trace::StepKey;
use crate::trace::Stop;
use crate::trace::Subject;
use crate::trace::Tracer;
use crate::trace::call::CallState;
use crate::trace::call::Place;
use crate::trace::call::SourceKind;
use crate::trace::fact::ComputedDir;
use crate::trace::fact::ModuleDirFact;
use crate::trace::fact::OnDisk;
use crate::trace::fact::RecordFact;
use crate::trace::fact::RecordFate;
use crate::trace::fact::RecordsFact;
use crate::version::Version;
use crate::version::meets;
use std::collections::HashMap;
use std::collections::HashSet;
use std::path::Path;
use std::path::PathBuf;

/// The most directories without a record that are named.
const MOST_UNRECORDED: usize = 200;

/// Which records are looked at.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// The root module.
    pub root: PathBuf,
    /// The data directory, as the client names it.
    pub data_dir: String,
    /// Where test files are.
    pub test_directory: String,
    /// Directories as an installation of today gives them, by key; empty where none was asked for.
    pub computed: HashMap<String, ComputedDir>,
}

/// Holds the records against configuration and disk; gives back the calls, each with what its record says.
pub fn run(cx: &Cx, question: &Question) -> Vec<Call> {
    let step = cx.open(Subject::Run, Stage::Manifest, 1);
    let Ok((mut step, file)) = read_file(cx, step, &question.root, &question.data_dir) else {
        return Vec::new();
    };
    step.note(Fact::Records(records_fact(cx, question, &file)));
    step.done(());
    let mut tree = Tree {
        cx,
        question,
        home: [
            files::resolved(&question.root),
            files::resolved(&question.root.join(clean_path(&question.data_dir))),
        ]
        .into_iter()
        .flatten()
        .collect(),
        records: file
            .manifest
            .records
            .iter()
            .map(|record| (record.key.as_str(), record))
            .collect(),
        calls: Vec::new(),
    };
    let mut todo = tree.root_calls();
    todo.reverse();
    while let Some(wanted) = todo.pop() {
        if tree.calls.len() >= cx.io.limits.calls || wanted.depth > cx.io.limits.tree_depth {
            tree.end_by_limit(&wanted);
            break;
        }
        let children = tree.call(&wanted);
        todo.extend(children.into_iter().rev());
    }
    let Tree { calls, .. } = tree;
    note_stale(cx, &file.manifest, &calls);
    calls
}

/// The file as a whole.
fn records_fact(cx: &Cx, question: &Question, file: &RecordsFile) -> RecordsFact {
    let data_dir = question.root.join(clean_path(&question.data_dir));
    let modules = data_dir.join("modules");
    let known: HashSet<&str> = file
        .manifest
        .records
        .iter()
        .map(|record| record.key.as_str())
        .collect();
    let unrecorded = files::list_directory(&modules, 100_000)
        .unwrap_or_default()
        .into_iter()
        .filter(|name| matches!(name.kind, files::Kind::Directory | files::Kind::Link))
        .map(|name| name.name.to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && !known.contains(name.as_str()))
        .take(MOST_UNRECORDED)
        .map(Foreign::new)
        .collect();
    let usual = question.root.join(".terraform/modules");
    let leftover = clean_path(&question.data_dir) != ".terraform"
        && files::kind(&usual) == files::Kind::Directory
        && files::resolved(&usual) != files::resolved(&modules);
    RecordsFact {
        path: format!("{}/modules/modules.json", question.data_dir),
        data_dir: question.data_dir.clone(),
        data_dir_exists: files::target_kind(&data_dir) == files::Kind::Directory,
        exists: file.exists,
        records: file.manifest.records.len(),
        root_files: module_dir::config_files(&question.root, cx).0.len(),
        root_dir: file
            .manifest
            .find("")
            .map(|record| Foreign::new(dir_name(record))),
        unrecorded,
        leftover: leftover.then(|| ".terraform/modules".to_owned()),
    }
}

/// Records that no call has.
fn note_stale(cx: &Cx, manifest: &Manifest, calls: &[Call]) {
    let called: HashSet<&str> = calls.iter().map(|call| call.key.as_str()).collect();
    for record in &manifest.records {
        if record.key.is_empty() || called.contains(record.key.as_str()) {
            continue;
        }
        let mut step = cx.open(Subject::Call(record.key.clone()), Stage::Manifest, 1);
        step.note(Fact::Record(RecordFact {
            key: record.key.clone(),
            source: Foreign::new(record.source.clone()),
            version: shown_version(record),
            dir: Foreign::new(dir_name(record)),
            fate: RecordFate::Stale,
            dir_exists: false,
            config_files: 0,
            on_disk: None,
        }));
        step.done(());
    }
}

/// A call whose record is wanted.
struct Wanted {
    key: String,
    decl: CallDecl,
    /// The calling module's directory, as its record names it.
    parent: String,
    repeated: Repeated,
    depth: usize,
}

struct Tree<'a> {
    cx: &'a Cx,
    question: &'a Question,
    /// Where directories may be opened, without links.
    home: Vec<PathBuf>,
    records: HashMap<&'a str, &'a Record>,
    calls: Vec<Call>,
}

impl Tree<'_> {
    fn root_calls(&self) -> Vec<Wanted> {
        let mut step = self.cx.open(Subject::Run, Stage::Calls, 1);
        let root = &self.question.root;
        let module = calls::read(self.cx, &mut step, "", root, ".");
        let mut found: Vec<(String, CallDecl)> = module
            .calls
            .into_iter()
            .map(|decl| (decl.name.clone(), decl))
            .collect();
        if self.cx.client.does(Behaviour::ReadsTestFiles) {
            let directory = &self.question.test_directory;
            let (tests, _) = calls::read_tests(self.cx, &mut step, root, directory);
            found.extend(tests);
        }
        step.done(());
        found
            .into_iter()
            .map(|(key, decl)| Wanted {
                key,
                decl,
                parent: ".".to_owned(),
                repeated: Repeated::No,
                depth: 0,
            })
            .collect()
    }

    /// Looks at the record of a call; gives back the calls of the module that it names.
    fn call(&mut self, wanted: &Wanted) -> Vec<Wanted> {
        let mut call = call_of(wanted);
        let source = match &wanted.decl.source.value {
            ArgumentValue::Text(text) => {
                parse_source(text, wanted.decl.version_beside_source, &self.cx.rules).ok()
            }
            ArgumentValue::Missing
            | ArgumentValue::Null
            | ArgumentValue::Expression { .. }
            | ArgumentValue::NotText(_) => None,
        };
        let Some(source) = source else {
            self.calls.push(call);
            return Vec::new();
        };
        call.kind = kind_of(&source);
        call.recorded_source = source.recorded(&self.cx.rules);
        let children = match self.records.get(wanted.key.as_str()).copied() {
            None => {
                self.note_missing(wanted, &source);
                Vec::new()
            }
            Some(record) => self.record(wanted, &mut call, &source, record),
        };
        self.calls.push(call);
        children
    }

    fn note_missing(&self, wanted: &Wanted, source: &SourceAddr) {
        let dir = self.expected(wanted, source);
        let mut step = self
            .cx
            .open(Subject::Call(wanted.key.clone()), Stage::Manifest, 1);
        let exists = files::exists(&self.physical(&dir));
        step.note(Fact::NoRecord { dir, exists });
        step.done(());
    }

    fn record(
        &self,
        wanted: &Wanted,
        call: &mut Call,
        source: &SourceAddr,
        record: &Record,
    ) -> Vec<Wanted> {
        let dir = dir_name(record);
        let path = self.physical(&dir);
        let kind = files::target_kind(&path);
        let is_directory = kind == files::Kind::Directory;
        let fate = self.fate(call, record, is_directory);
        let expected = self.expected(wanted, source);
        let agrees = self.agrees(source, &expected, &dir);
        let opened = is_directory && self.may_open(wanted, source, agrees, &path);
        let config_files = if opened {
            module_dir::config_files(&path, self.cx).0.len()
        } else {
            0
        };
        let mut step = self
            .cx
            .open(Subject::Call(wanted.key.clone()), Stage::Manifest, 1);
        step.note(Fact::Record(RecordFact {
            key: record.key.clone(),
            source: Foreign::new(record.source.clone()),
            version: shown_version(record),
            dir: Foreign::new(dir.clone()),
            fate,
            dir_exists: is_directory,
            config_files,
            on_disk: Some(OnDisk {
                blocked: self.is_blocked(source, &expected),
                expected,
                agrees,
                opened,
                computed: self.question.computed.get(&wanted.key).cloned(),
            }),
        }));
        step.done(());
        call.version = record.version.as_ref().map(Version::to_string);
        call.dir = Some(dir.clone());
        if fate == RecordFate::Kept {
            call.state = CallState::Kept;
        }
        if opened {
            self.module(wanted, fate, &path, &dir)
        } else {
            Vec::new()
        }
    }

    /// What the client will do with a record when it installs next.
    fn fate(&self, call: &Call, record: &Record, dir_exists: bool) -> RecordFate {
        let known = parse_source(&record.source, false, &self.cx.rules).map_or_else(
            |_| record.source.clone(),
            |known| known.recorded(&self.cx.rules),
        );
        let fits = meets(
            record.version.as_ref(),
            call.constraint.as_ref().map(Foreign::raw),
        );
        if known != call.recorded_source {
            RecordFate::SourceDiffers
        } else if !fits {
            RecordFate::VersionDiffers
        } else if dir_exists {
            RecordFate::Kept
        } else {
            RecordFate::DirMissing
        }
    }

    /// The directory that the caller's directory and a local source give, or the one that packages of this key have.
    fn expected(&self, wanted: &Wanted, source: &SourceAddr) -> String {
        match source {
            SourceAddr::Local(local) => {
                clean_path(&format!("{}/{}", wanted.parent, local.as_str()))
            }
            SourceAddr::Registry(_) | SourceAddr::Remote(_) => clean_path(&format!(
                "{}/modules/{}",
                self.question.data_dir, wanted.key
            )),
        }
    }

    fn agrees(&self, source: &SourceAddr, expected: &str, dir: &str) -> bool {
        let dir = clean_path(dir);
        match source {
            // The client resolves the links on the way to a local module.
            SourceAddr::Local(_) => {
                let here = files::resolved(&self.physical(&dir));
                dir == expected
                    || (here.is_some() && here == files::resolved(&self.physical(expected)))
            }
            SourceAddr::Registry(_) | SourceAddr::Remote(_) => dir
                .strip_prefix(expected)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
        }
    }

    /// Whether a directory is the project's own, or one that the root module itself names.
    fn may_open(&self, wanted: &Wanted, source: &SourceAddr, agrees: bool, path: &Path) -> bool {
        let Some(resolved) = files::resolved(path) else {
            return false;
        };
        if self.home.iter().any(|home| resolved.starts_with(home)) {
            return true;
        }
        let names_disk = match source {
            SourceAddr::Local(_) => true,
            SourceAddr::Registry(_) => false,
            SourceAddr::Remote(remote) => {
                let address = remote.package.as_str();
                address.starts_with('/') || address.starts_with("file://")
            }
        };
        agrees && wanted.depth == 0 && names_disk
    }

    fn is_blocked(&self, source: &SourceAddr, expected: &str) -> bool {
        let path = self.physical(expected);
        match source {
            SourceAddr::Local(_) => false,
            SourceAddr::Registry(_) | SourceAddr::Remote(_) => {
                files::exists(&path) && files::target_kind(&path) != files::Kind::Directory
            }
        }
    }

    /// Reads the module that a record names.
    fn module(&self, wanted: &Wanted, fate: RecordFate, path: &Path, dir: &str) -> Vec<Wanted> {
        let key = StepKey {
            stage: Stage::ModuleDir,
            subject: Subject::Call(wanted.key.clone()),
            round: 1,
        };
        // What is wrong in a module that will be replaced is nobody's trouble.
        let mut step = if fate == RecordFate::Kept {
            self.cx.tracer.open(key)
        } else {
            Tracer::default().open(key)
        };
        let (mine, other) = module_dir::config_files(path, self.cx);
        let nested = if mine.is_empty() {
            module_dir::nested(path, self.cx)
        } else {
            None
        };
        step.note(Fact::ModuleDir(ModuleDirFact {
            dir: dir.to_owned(),
            location_subdir: None,
            caller_subdir: None,
            config_files: mine.into_iter().map(Foreign::new).collect(),
            other_client_files: other.into_iter().map(Foreign::new).collect(),
            nested: nested.map(|(below, count)| (Foreign::new(below), count)),
            exists: true,
        }));
        let repeated = match wanted.repeated {
            Repeated::Yes => Repeated::Yes,
            Repeated::No if wanted.decl.count || wanted.decl.for_each => Repeated::Yes,
            Repeated::No => Repeated::No,
        };
        let module = calls::read_called(self.cx, &mut step, &wanted.key, path, dir, repeated);
        if module.problems > usize::from(module.only_excluded) {
            let problems = module.problems;
            let _ = step.stop::<()>(Stop::ModuleConfig { problems });
        } else {
            step.done(());
        }
        module
            .calls
            .into_iter()
            .map(|decl| Wanted {
                key: format!("{}.{}", wanted.key, decl.name),
                decl,
                parent: dir.to_owned(),
                repeated,
                depth: wanted.depth + 1,
            })
            .collect()
    }

    fn physical(&self, dir: &str) -> PathBuf {
        self.question.root.join(clean_path(dir))
    }

    fn end_by_limit(&self, wanted: &Wanted) {
        let limits = &self.cx.io.limits;
        let (name, number) = if self.calls.len() >= limits.calls {
            ("module calls", limits.calls)
        } else {
            ("depth of the module tree", limits.tree_depth)
        };
        let step = self
            .cx
            .open(Subject::Call(wanted.key.clone()), Stage::Manifest, 1);
        let _ = step.stop::<()>(Stop::Limit {
            name: name.to_owned(),
            number: number as u64,
        });
    }
}

fn call_of(wanted: &Wanted) -> Call {
    let text = |value: &ArgumentValue| match value {
        ArgumentValue::Text(text) => Some(text.clone()),
        ArgumentValue::Missing
        | ArgumentValue::Null
        | ArgumentValue::Expression { .. }
        | ArgumentValue::NotText(_) => None,
    };
    let place = &wanted.decl.place;
    let file = if wanted.parent == "." {
        place.file.clone()
    } else {
        format!("{}/{}", wanted.parent, place.file)
    };
    Call {
        key: wanted.key.clone(),
        place: Some(Place {
            file,
            line: usize::try_from(place.line).unwrap_or(0),
            column: usize::try_from(place.column).unwrap_or(0),
        }),
        source: Foreign::new(text(&wanted.decl.source.value).unwrap_or_default()),
        constraint: text(&wanted.decl.version.value).map(Foreign::new),
        kind: SourceKind::Invalid,
        recorded_source: String::new(),
        version: None,
        used: Vec::new(),
        dir: None,
        state: CallState::NotReached,
        first_use: true,
    }
}

fn kind_of(source: &SourceAddr) -> SourceKind {
    match source {
        SourceAddr::Local(_) => SourceKind::Local,
        SourceAddr::Registry(_) => SourceKind::Registry,
        SourceAddr::Remote(_) => SourceKind::Remote,
    }
}

/// The directory of a record as the client names it, with forward slashes.
fn dir_name(record: &Record) -> String {
    record
        .dir
        .to_string_lossy()
        .replace(std::path::MAIN_SEPARATOR, "/")
}

fn shown_version(record: &Record) -> Option<Foreign> {
    record
        .version
        .as_ref()
        .map(|version| Foreign::new(version.to_string()))
}

#[cfg(test)]
mod tests {
    use super::Question;
    use super::run;
    use crate::client::Client;
    use crate::io::Io;
    use crate::io::IoSettings;
    use crate::io::env::Env;
    use crate::stages::Cx;
    use crate::stages::Manner;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Trace;
    use crate::trace::Tracer;
    use crate::trace::fact::OnDisk;
    use crate::trace::fact::RecordFact;
    use crate::trace::fact::RecordFate;
    use std::path::Path;

    /// Files of a root module with its `modules.json`.
    fn looked(files: &[(&str, &str)], change: impl FnOnce(&Path)) -> Trace {
        let root = tempfile::tempdir().expect("a directory");
        for (name, text) in files {
            let path = root.path().join(name);
            let parent = path.parent().expect("a parent");
            std::fs::create_dir_all(parent).expect("directories");
            std::fs::write(path, text).expect("a file");
        }
        change(root.path());
        let client = Client::parse("terraform@1.11.4").expect("a client");
        let io = Io::new(Env::from_process(), IoSettings::default());
        let cx = Cx::new(io, client, Tracer::default(), Manner::Check);
        let question = Question {
            root: root.path().to_owned(),
            data_dir: ".terraform".to_owned(),
            test_directory: "tests".to_owned(),
            ..Question::default()
        };
        let calls = run(&cx, &question);
        cx.tracer.finish(calls)
    }

    const CALL: (&str, &str) = (
        "main.tf",
        "module \"m\" {\n  source  = \"reg.example.com/net/sg/aws\"\n  version = \"~> 1.0\"\n}\n",
    );

    fn file(dir: &str) -> String {
        format!(
            "{{\"Modules\":[{{\"Key\":\"m\",\"Source\":\"reg.example.com/net/sg/aws\",\"Version\":\"1.0.0\",\"Dir\":{dir:?}}}]}}"
        )
    }

    const FILE: &str = ".terraform/modules/modules.json";

    fn records(trace: &Trace) -> Vec<&RecordFact> {
        trace
            .stage(Stage::Manifest)
            .flat_map(|step| &step.facts)
            .filter_map(|fact| match fact {
                Fact::Record(record) => Some(record),
                _ => None,
            })
            .collect()
    }

    fn on_disk(trace: &Trace) -> (RecordFate, OnDisk) {
        let records = records(trace);
        let record = records.first().expect("a record");
        (record.fate, record.on_disk.clone().expect("a used record"))
    }

    #[test]
    fn a_module_that_is_there_is_kept_and_its_calls_are_looked_for() {
        let text = file(".terraform/modules/m");
        let files = [
            CALL,
            (FILE, text.as_str()),
            (
                ".terraform/modules/m/main.tf",
                "module \"n\" {\n  source = \"./n\"\n}\n",
            ),
        ];
        let trace = looked(&files, |_| ());
        let (fate, on_disk) = on_disk(&trace);
        assert_eq!(fate, RecordFate::Kept);
        assert!(on_disk.agrees && on_disk.opened);
        let keys: Vec<&str> = trace.calls.iter().map(|call| call.key.as_str()).collect();
        assert_eq!(keys, ["m", "m.n"]);
    }

    #[test]
    fn directories_outside_the_project_are_not_opened() {
        for dir in ["/etc", "../../../../etc", "/"] {
            let text = file(dir);
            let trace = looked(&[CALL, (FILE, text.as_str())], |_| ());
            let (_, on_disk) = on_disk(&trace);
            assert!(!on_disk.opened && !on_disk.agrees, "{dir}");
            assert_eq!(trace.stage(Stage::ModuleDir).count(), 0);
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_out_or_nowhere_are_not_opened() {
        for target in ["/etc", "m"] {
            let text = file(".terraform/modules/m");
            let trace = looked(&[CALL, (FILE, text.as_str())], |root| {
                std::os::unix::fs::symlink(target, root.join(".terraform/modules/m"))
                    .expect("a link");
            });
            assert!(!on_disk(&trace).1.opened, "{target}");
        }
    }

    #[test]
    fn odd_directories_are_no_trouble() {
        let long = "x/".repeat(200_000);
        for dir in ["", "a\\b", "/dev/zero", "..", long.as_str()] {
            let text = format!(
                "{{\"Modules\":[{{\"Key\":\"m\",\"Source\":\"x\",\"Dir\":\"{}\"}}]}}",
                dir.replace('\\', "\\\\")
            );
            let trace = looked(&[CALL, (FILE, text.as_str())], |_| ());
            assert_eq!(records(&trace).len(), 1, "{}", dir.len());
        }
    }

    #[test]
    fn a_cycle_of_records_ends() {
        let mut list = Vec::new();
        for depth in 1..100 {
            let key = vec!["m"; depth].join(".");
            list.push(format!(
                "{{\"Key\":\"{key}\",\"Source\":\"./\",\"Dir\":\".\"}}"
            ));
        }
        let text = format!("{{\"Modules\":[{}]}}", list.join(","));
        let root = ("main.tf", "module \"m\" {\n  source = \"./\"\n}\n");
        let trace = looked(&[root, (FILE, text.as_str())], |_| ());
        assert!(trace.calls.len() < 40);
        assert!(trace.stopped(Stage::Manifest).next().is_some());
    }

    #[test]
    fn a_file_cut_at_any_byte_never_panics() {
        let text = file(".terraform/modules/m");
        for end in 0..text.len() {
            let cut = text.get(..end).expect("ASCII");
            let trace = looked(&[CALL, (FILE, cut)], |_| ());
            assert_eq!(end == 0, trace.stopped(Stage::Manifest).next().is_none());
        }
    }
}
