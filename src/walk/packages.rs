//! Packages of one run, fetched and unpacked once for all clients that do it alike.

use crate::addr::AddrRules;
use crate::addr::PackageAddr;
use crate::client::Behaviour;
use crate::io::ask::NamedBy;
use crate::io::scratch::Scratch;
use crate::io::trees;
use crate::stages::Cx;
use crate::stages::fetch;
use crate::stages::fetch::Package;
use crate::stages::fetch::Unfetched;
use crate::trace::Step;
use crate::walk::once::Once;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

/// What the stages of fetching and unpacking ask of a client; a test compares the list with their text.
pub const ASKED_BY_FETCHING: &[Behaviour] = &[
    Behaviour::AsksForDefaultBranch,
    Behaviour::KeepsStoreScheme,
    Behaviour::LooksForPackageRoot,
    Behaviour::ReadsLineWithoutEnd,
    Behaviour::AsksS3HostOfAddress,
    Behaviour::CrashesOnBucketWithoutKey,
    Behaviour::HeadLengthZeroSkips,
    Behaviour::LimitsLocationChain,
    Behaviour::RefusesShortLocations,
    Behaviour::ObjectsKeepUmask,
    Behaviour::ReadsTofuFiles,
    Behaviour::SecondAwsSdk,
];

/// The packages of one run.
#[derive(Debug)]
pub struct Packages {
    scratch: Arc<Scratch>,
    fetched: Once<Key, Arc<Fetched>>,
    count: AtomicUsize,
}

/// Clients with the same key get the same tree.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    package: PackageAddr,
    named_by: NamedBy,
    does: Vec<bool>,
    rules: AddrRules,
}

/// A tree and how it came.
#[derive(Debug)]
struct Fetched {
    outcome: Result<Package, Unfetched>,
    steps: Vec<Arc<Step>>,
}

impl Packages {
    /// None yet.
    pub fn new(scratch: Arc<Scratch>) -> Self {
        Self {
            scratch,
            fetched: Once::default(),
            count: AtomicUsize::new(0),
        }
    }

    /// A package for one client: a tree of its own in a directory of its own, of the same bytes.
    pub async fn get(
        &self,
        cx: &Cx,
        package: &PackageAddr,
        named_by: NamedBy,
        own: &Path,
    ) -> Result<Package, Unfetched> {
        let key = Key {
            package: package.clone(),
            named_by,
            does: ASKED_BY_FETCHING
                .iter()
                .map(|behaviour| cx.client.does(*behaviour))
                .collect(),
            rules: cx.rules,
        };
        let mut first = false;
        let fetched = self
            .fetched
            .get(&key, async {
                first = true;
                Arc::new(self.fetch(cx, package, named_by).await)
            })
            .await;
        for step in &fetched.steps {
            let step = if first {
                Arc::clone(step)
            } else {
                Arc::new(step.as_shared())
            };
            cx.tracer.adopt(step);
        }
        match &fetched.outcome {
            Ok(package) => copied(package, own).map_err(|_| Unfetched::default()),
            Err(unfetched) => Err(Unfetched {
                left: unfetched.left.as_ref().and_then(|left| {
                    let tree = own.join("tree");
                    same_tree(left, &tree).ok().map(|()| tree)
                }),
            }),
        }
    }

    async fn fetch(&self, cx: &Cx, package: &PackageAddr, named_by: NamedBy) -> Fetched {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let aside = Cx {
            tracer: cx.tracer.beside(),
            ..cx.clone()
        };
        let outcome = match self.scratch.directory(&format!("package{number}")) {
            Ok(work) => {
                let into = work.join("tree");
                fetch::run(&aside, package, named_by, &into, &work, 1).await
            }
            Err(_) => Err(Unfetched::default()),
        };
        Fetched {
            outcome,
            steps: aside.tracer.finish(Vec::new()).steps.shared().to_vec(),
        }
    }
}

/// The same package below another directory; the user's own directory stays where it is.
fn copied(package: &Package, own: &Path) -> std::io::Result<Package> {
    if package.linked {
        return Ok(package.clone());
    }
    let root = own.join("tree");
    same_tree(&package.root, &root)?;
    let mut beside: Vec<(String, PathBuf)> = Vec::new();
    for (name, path) in &package.beside {
        let target = own.join(format!("beside{}", beside.len()));
        same_tree(path, &target)?;
        beside.push((name.clone(), target));
    }
    Ok(Package {
        root,
        linked: false,
        beside,
    })
}

/// A second tree of the same files; a disk that knows no second names gets a copy.
fn same_tree(from: &Path, to: &Path) -> std::io::Result<()> {
    trees::link_tree(from, to).or_else(|_| {
        let _ = trees::remove_tree(to);
        trees::copy_tree(from, to, trees::Names::All)
    })
}
