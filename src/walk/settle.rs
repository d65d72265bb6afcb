//! The pass in the client's order: depth first, calls sorted by name, one after the other.

mod inputs;
mod keep;
mod landing;

use crate::addr::SourceAddr;
use crate::addr::package::clean_path;
use crate::addr::parse_source;
use crate::addr::rules::Detection;
use crate::addr::shorthand::question_of_source;
use crate::client::Behaviour;
use crate::foreign::Foreign;
use crate::io::files;
use crate::manifest::Manifest;
use crate::manifest::Order;
use crate::manifest::Record;
use crate::stages::Cx;
use crate::stages::calls;
use crate::stages::calls::Repeated;
use crate::stages::module_dir;
use crate::stages::place::Workspace;
use crate::syntax::tf_files::ArgumentValue;
use crate::syntax::tf_files::CallDecl;
use crate::trace::Call;
use crate::trace::Fact;
use crate::trace::Stage;
use crate::trace::Stop;
use crate::trace::Subject;
use crate::trace::call::CallState;
use crate::trace::call::Place;
use crate::trace::call::SourceKind;
use crate::trace::fact::ModuleDirFact;
use crate::trace::fact::ProbeFact;
use crate::trace::fact::ProbeQuestion;
use crate::trace::stop::CallProblem;
use crate::trace::stop::DirProblem;
use crate::trace::tracer::Stopped;
use crate::version::Version;
use crate::walk::Options;
use crate::walk::Parent;
use crate::walk::Pending;
use crate::walk::Written;
use crate::walk::answers::Answers;
use crate::walk::course;
use crate::walk::root_record;
use std::collections::HashMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

/// What a walk came to.
#[derive(Debug)]
pub struct Settled {
    /// The calls, in the client's order.
    pub calls: Vec<Call>,
    /// Where everything is.
    pub workspace: Workspace,
    /// The records after the walk.
    pub manifest: Manifest,
    /// Whether the manifest was read at all.
    pub readable: bool,
    /// Problems of the root module's own files.
    pub root_problems: usize,
    /// How many calls failed while they were installed.
    pub failures: usize,
    /// How many calls of the root module could not be read.
    pub unreadable_calls: usize,
}

impl Settled {
    /// The records as `modules.json` holds them: in order, which is one of the random ones of early clients.
    pub fn modules_json(&self) -> Vec<u8> {
        self.manifest.write(Order::Sorted)
    }
}

/// How far a walk goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// The calls of called modules too.
    Tree,
    /// The call alone.
    OneCall,
}

/// A walk without calls.
pub(super) fn nothing(answers: &Answers, options: &Options) -> Settled {
    Settled {
        calls: Vec::new(),
        workspace: Workspace::new(
            Path::new("."),
            &options.data_dir,
            Arc::clone(&answers.scratch),
        ),
        manifest: Manifest::default(),
        readable: true,
        root_problems: 0,
        failures: 0,
        unreadable_calls: 0,
    }
}

/// A walk that ended before its first call.
pub(super) fn nothing_failed(answers: &Answers, options: &Options) -> Settled {
    Settled {
        readable: false,
        failures: 1,
        ..nothing(answers, options)
    }
}

/// The calls of the root module, and how many problems its files have.
pub(super) fn root_calls(cx: &Cx, root: &Path, options: &Options) -> (Vec<Pending>, usize) {
    let mut step = cx.open(Subject::Run, Stage::Calls, 1);
    let module = calls::read(cx, &mut step, "", root, ".");
    let mut pending: Vec<Pending> = module
        .calls
        .iter()
        .map(|call| pending(call, "", "."))
        .collect();
    for call in &mut pending {
        ".".clone_into(&mut call.parent.dir);
    }
    let mut problems = module.problems;
    if cx.client.does(Behaviour::ReadsTestFiles) {
        let (tests, more) = calls::read_tests(cx, &mut step, root, &options.test_directory);
        problems += more;
        pending.extend(tests.into_iter().map(|(key, call)| Pending {
            parent: Parent {
                dir: ".".to_owned(),
                ..Parent::default()
            },
            ..self::pending(&CallDecl { name: key, ..call }, "", ".")
        }));
    }
    step.done((pending, problems))
}

/// The calls of a directory without any record.
pub(super) fn calls_quietly(cx: &Cx, directory: &Path) -> Vec<Pending> {
    let quiet = crate::trace::Tracer::default();
    let mut step = quiet.open(crate::trace::StepKey {
        stage: Stage::Calls,
        subject: Subject::Run,
        round: 1,
    });
    let module = calls::read(cx, &mut step, "", directory, ".");
    step.done(
        module
            .calls
            .iter()
            .map(|call| pending(call, "", "."))
            .collect(),
    )
}

fn pending(call: &CallDecl, prefix: &str, shown: &str) -> Pending {
    let key = if prefix.is_empty() {
        call.name.clone()
    } else {
        format!("{prefix}.{}", call.name)
    };
    let source = match &call.source.value {
        ArgumentValue::Text(text) => Written::Text(text.clone()),
        ArgumentValue::Missing => Written::Missing,
        ArgumentValue::Null => Written::Null,
        ArgumentValue::Expression { text, .. } => Written::Expression(text.clone()),
        ArgumentValue::NotText(_) => Written::NotText,
    };
    let constraint = match &call.version.value {
        ArgumentValue::Text(text) => Some(text.clone()),
        ArgumentValue::Missing
        | ArgumentValue::Null
        | ArgumentValue::Expression { .. }
        | ArgumentValue::NotText(_) => None,
    };
    let file = if shown == "." {
        call.place.file.clone()
    } else {
        format!("{shown}/{}", call.place.file)
    };
    let place = Place {
        file,
        line: usize::try_from(call.place.line).unwrap_or(0),
        column: usize::try_from(call.place.column).unwrap_or(0),
    };
    Pending {
        key,
        source,
        constraint,
        registry_only: call.version_beside_source,
        place: Some(place),
        repeated: repeated(call),
        inputs: Some(call.inputs.keys().cloned().collect()),
        parent: Parent::default(),
    }
}

fn repeated(call: &CallDecl) -> Repeated {
    if call.count || call.for_each {
        Repeated::Yes
    } else {
        Repeated::No
    }
}

/// Walks calls and, where wanted, the calls below them.
pub(super) async fn run(
    answers: Arc<Answers>,
    root: PathBuf,
    first: Vec<Pending>,
    manifest: Manifest,
    depth: Depth,
    options: &Options,
) -> Settled {
    let workspace = Workspace::new(&root, &options.data_dir, Arc::clone(&answers.scratch));
    let mut walk = Walk {
        answers: &answers,
        options,
        workspace,
        manifest,
        calls: Vec::new(),
        installed: HashMap::new(),
        failures: 0,
        unreadable_calls: 0,
    };
    walk.manifest.put(root_record());
    let mut stack: Vec<Pending> = first.into_iter().rev().collect();
    let limits = Arc::clone(&answers.cx.io.limits);
    while let Some(pending) = stack.pop() {
        if walk.calls.len() >= limits.calls || pending.parent.ancestors.len() > limits.tree_depth {
            walk.fail_by_limit(&pending);
            continue;
        }
        // On the heap, as the future of every command holds this one.
        let children = Box::pin(walk.call(pending)).await;
        if depth == Depth::Tree {
            answers.course.expect(&answers.cx, &children);
            stack.extend(children.into_iter().rev());
        }
    }
    Settled {
        calls: walk.calls,
        workspace: walk.workspace,
        manifest: walk.manifest,
        readable: true,
        root_problems: 0,
        failures: walk.failures,
        unreadable_calls: walk.unreadable_calls,
    }
}

struct Walk<'a> {
    answers: &'a Answers,
    options: &'a Options,
    workspace: Workspace,
    manifest: Manifest,
    calls: Vec<Call>,
    /// Where each package was placed first.
    installed: HashMap<String, PathBuf>,
    failures: usize,
    unreadable_calls: usize,
}

/// A module whose directory is known.
struct Landed {
    dir: String,
    package_dir: String,
    package: String,
    version: Option<Version>,
    location_subdir: Option<String>,
    caller_subdir: Option<String>,
    foreign: bool,
}

impl Walk<'_> {
    fn cx(&self) -> &Cx {
        &self.answers.cx
    }

    /// Installs one call; gives back the calls of its module.
    async fn call(&mut self, pending: Pending) -> Vec<Pending> {
        let mut call = course::call(&pending, CallState::Failed);
        let children = self.install(&pending, &mut call).await;
        let children = children.unwrap_or_default();
        let is_root_call = pending.parent.ancestors.is_empty();
        match (call.state, call.kind) {
            (CallState::Failed, SourceKind::Invalid) if is_root_call => self.unreadable_calls += 1,
            (CallState::Failed, _) => self.failures += 1,
            (CallState::Installed | CallState::Kept | CallState::NotReached, _) => {}
        }
        self.answers.course.done(&call);
        self.calls.push(call);
        children
    }

    async fn install(
        &mut self,
        pending: &Pending,
        call: &mut Call,
    ) -> Result<Vec<Pending>, Stopped> {
        let source = self.source(pending)?;
        let while_parsing = self.cx().rules.detection == Detection::WhileParsing;
        if while_parsing {
            self.ask_bitbucket(pending, call, &source).await?;
        }
        call.kind = match &source {
            SourceAddr::Local(_) => SourceKind::Local,
            SourceAddr::Registry(_) => SourceKind::Registry,
            SourceAddr::Remote(_) => SourceKind::Remote,
        };
        call.recorded_source = self.recorded(pending, &source);
        if let Some(children) = self.keep(pending, call, &source) {
            return children;
        }
        let refused = version_is_refused(pending, &source);
        if !while_parsing && !refused {
            self.ask_bitbucket(pending, call, &source).await?;
        }
        let landed = match &source {
            SourceAddr::Local(local) => self.local(pending, call, local)?,
            SourceAddr::Remote(_) if refused => return Err(self.refuse_version(pending)),
            SourceAddr::Registry(address) => match self.registry(pending, call, address).await? {
                Some(landed) => landed,
                None => return Ok(not_reached(call)),
            },
            SourceAddr::Remote(remote) => match self.remote(pending, call, remote).await? {
                Some(landed) => landed,
                None => return Ok(not_reached(call)),
            },
        };
        let children = self.load(pending, call, landed);
        if refused {
            // A local module is loaded all the same.
            let Stopped = self.refuse_version(pending);
            call.state = CallState::Failed;
        }
        children
    }

    async fn ask_bitbucket(
        &self,
        pending: &Pending,
        call: &mut Call,
        source: &SourceAddr,
    ) -> Result<(), Stopped> {
        let (SourceAddr::Remote(_), Written::Text(text)) = (source, &pending.source) else {
            return Ok(());
        };
        match question_of_source(text, &self.cx().rules) {
            None => Ok(()),
            Some(question) => {
                call.used.push(Subject::Package(question.clone()));
                self.answers.repository(&question).await
            }
        }
    }

    /// A `version` beside something else than a registry address, found when it is installed.
    fn refuse_version(&self, pending: &Pending) -> Stopped {
        let step = self
            .cx()
            .open(Subject::Call(pending.key.clone()), Stage::Source, 2);
        let stopped = step.stop::<()>(Stop::BadCall(CallProblem::VersionWithoutRegistry));
        stopped.err().unwrap_or(Stopped)
    }

    fn source(&self, pending: &Pending) -> Result<SourceAddr, Stopped> {
        let cx = self.cx();
        let mut step = cx.open(Subject::Call(pending.key.clone()), Stage::Source, 1);
        let text = match &pending.source {
            Written::Text(text) => text,
            Written::Missing => return step.stop(Stop::BadCall(CallProblem::SourceMissing)),
            Written::Null => return step.stop(Stop::BadCall(CallProblem::SourceNull)),
            Written::Expression(_) => {
                return step.stop(Stop::BadCall(CallProblem::SourceExpression));
            }
            Written::NotText => return step.stop(Stop::BadCall(CallProblem::SourceNotAString)),
        };
        match parse_source(text, pending.registry_only, &cx.rules) {
            Ok(source) => step.done(Ok(source)),
            Err(error) => {
                if let Some(beside) = self.beside(pending, text) {
                    step.note(Fact::Probe(beside));
                }
                step.stop(Stop::BadSource {
                    got: Foreign::new(text.clone()),
                    error,
                })
            }
        }
    }

    /// A directory beside the caller that a source without `./` may mean.
    fn beside(&self, pending: &Pending, text: &str) -> Option<ProbeFact> {
        let plain =
            !text.is_empty() && !text.starts_with('/') && !text.contains(':') && text.len() < 1_024;
        let joined = landing::join_local(&pending.parent.dir, text);
        let is_there = plain
            && files::target_kind(&self.workspace.physical(&joined)) == files::Kind::Directory;
        is_there.then(|| ProbeFact {
            question: ProbeQuestion::OtherAddress(format!("./{}", clean_path(text))),
            answer: Foreign::new("a directory"),
            confirms: true,
        })
    }

    /// Reads the module in its directory, and records it.
    fn load(
        &mut self,
        pending: &Pending,
        call: &mut Call,
        landed: Landed,
    ) -> Result<Vec<Pending>, Stopped> {
        call.dir = Some(landed.dir.clone());
        let identity = format!(
            "{}//{}",
            landed.package,
            landed
                .dir
                .strip_prefix(&landed.package_dir)
                .unwrap_or(&landed.dir)
        );
        let cx = self.cx().clone();
        let mut step = cx.open(Subject::Call(pending.key.clone()), Stage::ModuleDir, 1);
        if pending.parent.ancestors.contains(&identity) {
            let chain = pending.key.split('.').map(str::to_owned).collect();
            return step.stop(Stop::Cycle { chain });
        }
        self.manifest.put(Record {
            key: pending.key.clone(),
            source: call.recorded_source.clone(),
            version: landed.version.clone(),
            dir: PathBuf::from(&landed.dir),
        });
        let directory = self.workspace.physical(&landed.dir);
        let (mine, other) = module_dir::config_files(&directory, &cx);
        let kind = files::target_kind(&directory);
        let nested = if mine.is_empty() && kind == files::Kind::Directory {
            module_dir::nested(&directory, &cx)
        } else {
            None
        };
        step.note(Fact::ModuleDir(ModuleDirFact {
            dir: landed.dir.clone(),
            location_subdir: landed.location_subdir.clone().map(Foreign::new),
            caller_subdir: landed.caller_subdir.clone().map(Foreign::new),
            config_files: mine.iter().map(|name| Foreign::new(name.clone())).collect(),
            other_client_files: other.into_iter().map(Foreign::new).collect(),
            nested: nested.map(|(below, count)| (Foreign::new(below), count)),
            exists: kind == files::Kind::Directory,
        }));
        if kind != files::Kind::Directory {
            return step.stop(Stop::NoModuleDir(dir_problem(kind, call.kind, &landed)));
        }
        let repeated = if pending.parent.repeated == Repeated::Yes {
            Repeated::Yes
        } else {
            pending.repeated
        };
        let module = calls::read_called(
            &cx,
            &mut step,
            &pending.key,
            &directory,
            &landed.dir,
            repeated,
        );
        let mut ancestors = pending.parent.ancestors.clone();
        ancestors.push(identity);
        let parent = Parent {
            dir: landed.dir.clone(),
            package_dir: landed.package_dir,
            package: landed.package,
            ancestors,
            foreign: landed.foreign,
            repeated,
        };
        let children = module
            .calls
            .iter()
            .map(|child| Pending {
                parent: parent.clone(),
                ..self::pending(child, &pending.key, &landed.dir)
            })
            .collect();
        let wrong_inputs = inputs::note(&cx, &mut step, pending, &module.variables);
        let problems = module.problems - usize::from(module.only_excluded) + wrong_inputs;
        match module.excluded {
            Some(required) => {
                let _ = step.stop::<()>(Stop::ClientExcluded {
                    required: Foreign::new(required),
                });
            }
            None if problems > 0 => {
                let _ = step.stop::<()>(Stop::ModuleConfig { problems });
            }
            None => {
                call.state = CallState::Installed;
                step.done(());
            }
        }
        Ok(children)
    }

    fn fail_by_limit(&mut self, pending: &Pending) {
        let limits = &self.cx().io.limits;
        let (name, number) = if self.calls.len() >= limits.calls {
            ("module calls", limits.calls)
        } else {
            ("depth of the module tree", limits.tree_depth)
        };
        let stop = Stop::Limit {
            name: name.to_owned(),
            number: number as u64,
        };
        let _ = self
            .cx()
            .open(Subject::Call(pending.key.clone()), Stage::Source, 1)
            .stop::<()>(stop);
        self.failures += 1;
    }
}

/// Whether a `version` stands beside something else than a registry address, which is found only when it is installed.
pub(super) fn version_is_refused(pending: &Pending, source: &SourceAddr) -> bool {
    pending.constraint.is_some() && source.version_refusal().is_some()
}

fn not_reached(call: &mut Call) -> Vec<Pending> {
    call.state = CallState::NotReached;
    Vec::new()
}

fn dir_problem(kind: files::Kind, source: SourceKind, landed: &Landed) -> DirProblem {
    let subdir = landed
        .dir
        .strip_prefix(&landed.package_dir)
        .unwrap_or_default()
        .trim_start_matches('/');
    match (kind, source) {
        (files::Kind::Missing, SourceKind::Registry | SourceKind::Remote | SourceKind::Invalid) => {
            DirProblem::SubdirMissing {
                subdir: Foreign::new(subdir),
            }
        }
        (files::Kind::Missing, SourceKind::Local) => DirProblem::LocalMissing {
            path: Foreign::new(landed.dir.clone()),
            other_case: None,
        },
        (files::Kind::Unreadable, _) => DirProblem::Unreadable("permission denied".to_owned()),
        (
            files::Kind::File | files::Kind::Link | files::Kind::Special | files::Kind::Directory,
            _,
        ) => DirProblem::NotADirectory,
    }
}
