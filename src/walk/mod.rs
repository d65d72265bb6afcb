//! Recursion and concurrency.
//!
//! Two passes. A *scout* runs ahead and asks everything that the tree needs, all at once; it writes no record of calls and
//! places nothing. Then the *walk* goes through the tree in the client's order, one call after the other, and finds the
//! answers waiting. So the result does not depend on who was faster.

pub mod answers;
mod course;
pub mod once;
pub mod packages;
mod scout;
mod settle;

pub use settle::Settled;

use crate::addr::Host;
use crate::addr::RegistryAddr;
use crate::addr::RemoteAddr;
use crate::io::ask::NamedBy;
use crate::io::files;
use crate::manifest::Manifest;
use crate::manifest::Record;
use crate::stages::Cx;
use crate::stages::Manner;
use crate::stages::calls::Repeated;
use crate::stages::records_file;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Subject;
use crate::trace::call::Place;
use answers::Answers;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

/// What is walked.
#[derive(Debug, Clone)]
pub enum Goal {
    /// A host alone.
    Host(Host),
    /// A registry module, as if a root module called it.
    Module {
        /// The address.
        address: RegistryAddr,
        /// The constraint.
        constraint: Option<String>,
    },
    /// A package, as if a root module called it.
    Package(RemoteAddr),
    /// The root module in a directory.
    Dir(PathBuf),
}

/// How it is walked.
#[derive(Debug, Clone)]
pub struct Options {
    /// The last stage.
    pub until: PublicStage,
    /// Whether old records are replaced.
    pub update: bool,
    /// Where test files are.
    pub test_directory: String,
    /// The data directory, as the client names it.
    pub data_dir: String,
    /// Globs of keys; nothing means all.
    pub only: Vec<String>,
    /// Versions to take in place of what the constraint gives, by key.
    pub versions: HashMap<String, String>,
}

impl Options {
    /// Everything is installed anew, down to the module's directory.
    pub fn of(data_dir: impl Into<String>, test_directory: impl Into<String>) -> Self {
        Self {
            until: PublicStage::Layout,
            update: true,
            test_directory: test_directory.into(),
            data_dir: data_dir.into(),
            only: Vec::new(),
            versions: HashMap::new(),
        }
    }

    /// Whether a stage is reached.
    pub fn reaches(&self, stage: PublicStage) -> bool {
        self.until >= stage
    }
}

/// A call that is to be installed.
#[derive(Debug, Clone)]
struct Pending {
    key: String,
    source: Written,
    constraint: Option<String>,
    registry_only: bool,
    place: Option<Place>,
    repeated: Repeated,
    /// The names of the values it gives; none for a module named on the command line.
    inputs: Option<Vec<String>>,
    parent: Parent,
}

/// The `source` of a call, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Written {
    Text(String),
    Missing,
    Null,
    Expression(String),
    NotText,
}

/// The module that calls.
#[derive(Debug, Clone, Default)]
struct Parent {
    /// Its directory, as the client names it; for the scout, on the disk.
    dir: String,
    /// The directory of the package that it lies in; empty for the root's own tree.
    package_dir: String,
    /// The package's address; empty for the root's own tree.
    package: String,
    /// What lies above it: package and directory of each ancestor.
    ancestors: Vec<String>,
    /// Whether a server or a package named what it calls.
    foreign: bool,
    /// Whether a call on the way to it is repeated.
    repeated: Repeated,
}

impl Parent {
    fn named_by(&self) -> NamedBy {
        if self.foreign {
            NamedBy::Server
        } else {
            NamedBy::User
        }
    }
}

/// Walks a goal.
pub async fn run(answers: Arc<Answers>, goal: &Goal, options: &Options) -> Settled {
    match goal {
        Goal::Host(host) => {
            let _ = answers.service(answers::Asker::Walk, host).await;
            settle::nothing(&answers, options)
        }
        Goal::Module {
            address,
            constraint,
        } => {
            let pending = Pending {
                key: address.name.clone(),
                source: Written::Text(address.to_string()),
                constraint: constraint.clone(),
                registry_only: true,
                place: None,
                repeated: Repeated::No,
                inputs: None,
                parent: Parent {
                    dir: ".".to_owned(),
                    ..Parent::default()
                },
            };
            one(answers, pending, options).await
        }
        Goal::Package(address) => {
            let pending = Pending {
                key: "module".to_owned(),
                source: Written::Text(address.to_string()),
                constraint: None,
                registry_only: false,
                place: None,
                repeated: Repeated::No,
                inputs: None,
                parent: Parent {
                    dir: ".".to_owned(),
                    ..Parent::default()
                },
            };
            one(answers, pending, options).await
        }
        Goal::Dir(root) => directory(answers, root.clone(), options).await,
    }
}

async fn one(answers: Arc<Answers>, pending: Pending, options: &Options) -> Settled {
    let root = answers.scratch.path().join("root");
    // Most of the time of a sweep that fetches nothing would go into such directories.
    if options.reaches(PublicStage::Package) {
        let _ = files::make_directories(&root);
    }
    settle::run(
        answers,
        root,
        vec![pending],
        Manifest::default(),
        settle::Depth::OneCall,
        options,
    )
    .await
}

async fn directory(answers: Arc<Answers>, root: PathBuf, options: &Options) -> Settled {
    let Ok(manifest) = read_manifest(&answers.cx, &root, options) else {
        return settle::nothing_failed(&answers, options);
    };
    let (pending, problems) = settle::root_calls(&answers.cx, &root, options);
    let wanted: Vec<Pending> = pending
        .into_iter()
        .filter(|call| wanted(&call.key, options))
        .collect();
    answers.course.expect(&answers.cx, &wanted);
    scout::run(Arc::clone(&answers), &root, &wanted, &manifest, options).await;
    let mut settled = settle::run(
        answers,
        root,
        wanted,
        manifest,
        settle::Depth::Tree,
        options,
    )
    .await;
    settled.root_problems = problems;
    settled
}

fn wanted(key: &str, options: &Options) -> bool {
    options.only.is_empty()
        || options.only.iter().any(|glob| {
            crate::syntax::glob::target_glob(glob, key, '.') || glob.starts_with(&format!("{key}."))
        })
}

/// The old records; `check` installs beside them and starts from nothing.
fn read_manifest(cx: &Cx, root: &std::path::Path, options: &Options) -> Result<Manifest, ()> {
    if cx.manner == Manner::Check {
        return Ok(Manifest {
            records: vec![root_record()],
        });
    }
    let step = cx.open(Subject::Run, Stage::Manifest, 1);
    let (step, file) =
        records_file::read_file(cx, step, root, &options.data_dir).map_err(|_| ())?;
    step.done(Ok(file.manifest))
}

fn root_record() -> Record {
    Record {
        key: String::new(),
        source: String::new(),
        version: None,
        dir: PathBuf::from("."),
    }
}
