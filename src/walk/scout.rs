//! The pass that runs ahead: it asks what the tree will need, everything at once.
//!
//! It works on fetched packages where they lie, writes no record of calls and stops at anything unusual: the walk looks at
//! that in its own order.

use crate::addr::SourceAddr;
use crate::addr::parse_source;
use crate::addr::shorthand::question_of_source;
use crate::io::ask::NamedBy;
use crate::io::files;
use crate::manifest::Manifest;
use crate::stages::module_dir;
use crate::stages::versions;
use crate::trace::PublicStage;
use crate::walk::Options;
use crate::walk::Parent;
use crate::walk::Pending;
use crate::walk::Written;
use crate::walk::answers::Answers;
use crate::walk::answers::Asked;
use crate::walk::answers::Asker;
use crate::walk::settle;
use std::collections::HashSet;
use std::collections::VecDeque;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::task::JoinSet;

/// A directory on the disk whose calls were found.
struct Found {
    directory: PathBuf,
    identity: String,
    depth: usize,
    foreign: bool,
}

/// Asks ahead for a tree.
pub(super) async fn run(
    answers: Arc<Answers>,
    root: &Path,
    calls: &[Pending],
    manifest: &Manifest,
    options: &Options,
) {
    let kept = |call: &Pending| manifest.find(&call.key).is_some() && !options.update;
    let mut todo: VecDeque<(Pending, PathBuf, usize)> = calls
        .iter()
        .filter(|call| !kept(call))
        .map(|call| (call.clone(), root.to_owned(), 1))
        .collect();
    let mut seen: HashSet<String> = HashSet::new();
    let mut tasks: JoinSet<Option<Found>> = JoinSet::new();
    let mut count = 0;
    loop {
        while let Some((call, directory, depth)) = todo.pop_front() {
            count += 1;
            if count > answers.cx.io.limits.calls || depth > answers.cx.io.limits.tree_depth {
                continue;
            }
            let answers = Arc::clone(&answers);
            let options = options.clone();
            tasks.spawn(async move { visit(&answers, &call, &directory, depth, &options).await });
        }
        let Some(finished) = tasks.join_next().await else {
            return;
        };
        // A task that panicked is the walk's to meet again, in its own order.
        let Ok(Some(found)) = finished else { continue };
        if !seen.insert(found.identity) {
            continue;
        }
        let calls = settle::calls_quietly(&answers.cx, &found.directory);
        let parent = Parent {
            foreign: found.foreign,
            ..Parent::default()
        };
        todo.extend(calls.into_iter().map(|call| {
            (
                Pending {
                    parent: parent.clone(),
                    ..call
                },
                found.directory.clone(),
                found.depth + 1,
            )
        }));
    }
}

/// Whether the client may never fetch a source: it refuses it, or asks something else first.
fn is_not_asked_ahead(answers: &Answers, call: &Pending, text: &str, source: &SourceAddr) -> bool {
    settle::version_is_refused(call, source)
        || question_of_source(text, &answers.cx.rules).is_some()
}

async fn visit(
    answers: &Answers,
    call: &Pending,
    directory: &Path,
    depth: usize,
    options: &Options,
) -> Option<Found> {
    let Written::Text(text) = &call.source else {
        return None;
    };
    let source = parse_source(text, call.registry_only, &answers.cx.rules).ok()?;
    let waits = is_not_asked_ahead(answers, call, text, &source);
    let (package, subdir, named_by, expands) = match source {
        SourceAddr::Remote(_) if waits => return None,
        SourceAddr::Local(local) => {
            let directory = directory.join(local.as_str());
            let resolved = files::resolved(&directory)?;
            let identity = resolved.display().to_string();
            return Some(Found {
                directory: resolved,
                identity,
                depth,
                foreign: call.parent.foreign,
            });
        }
        SourceAddr::Remote(remote) => (remote.package, remote.subdir, call.parent.named_by(), true),
        SourceAddr::Registry(address) => {
            let service = answers.service(Asker::Scout, &address.host).await.ok()?;
            if !options.reaches(PublicStage::Versions) {
                return None;
            }
            let module = address.package();
            let asked = Asked {
                asker: Asker::Scout,
                service: &service,
                module: &module,
                below: address.subdir.as_deref(),
            };
            let list = answers.list(asked).await.ok()?;
            // Only calls of the root have their whole key here.
            let taken = options.versions.get(&call.key).filter(|_| depth == 1);
            let constraint = taken.or(call.constraint.as_ref()).map(String::as_str);
            let chosen = versions::pick(&answers.cx, &list, constraint)?;
            if !options.reaches(PublicStage::Location) {
                return None;
            }
            let location = answers.release(asked, &chosen.to_string()).await.ok()?;
            let location = location.below(address.subdir.as_deref());
            (location.package, location.subdir, NamedBy::Server, false)
        }
    };
    if !options.reaches(PublicStage::Package) {
        return None;
    }
    let fetched = answers
        .package(Asker::Scout, &package, named_by)
        .await
        .ok()?;
    let found = match &subdir {
        Some(subdir) if expands => module_dir::expand(&fetched.root, subdir).ok()?,
        Some(subdir) => fetched.root.join(subdir),
        None => fetched.root,
    };
    let identity = format!("{package}//{}", subdir.unwrap_or_default());
    (files::target_kind(&found) == files::Kind::Directory).then_some(Found {
        directory: found,
        identity,
        depth,
        foreign: true,
    })
}
