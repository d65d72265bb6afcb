//! What clients print where the directory of a module is not there, or is none.

use crate::addr::package::clean_path;
use crate::client::Behaviour;
use crate::finding::Said;
use crate::rules::words::calls::About;
use crate::rules::words::package;
use crate::rules::words::table::Kind;
use crate::rules::words::table::said;
use crate::syntax::go_quote::go_quote;
use crate::trace::Fact;
use crate::trace::Step;
use crate::trace::Stop;
use crate::trace::Subject;
use crate::trace::call::SourceKind;
use crate::trace::fact::ModuleDirFact;
use crate::trace::stop::DirProblem;
use crate::trace::stop::STORE_EMPTY;

impl About<'_> {
    /// The directory that the client installs into.
    pub(super) fn install_dir(&self) -> String {
        let dir = self.call.dir.as_deref().unwrap_or_default();
        match dir.split_once("/modules/") {
            Some((data_dir, _)) => format!("{data_dir}/modules/{}", self.call.key),
            None => format!(".terraform/modules/{}", self.call.key),
        }
    }

    fn caller_dir(&self) -> &str {
        let caller = self.index.call(self.call.parent());
        caller
            .and_then(|caller| caller.dir.as_deref())
            .unwrap_or(".")
    }
}

/// Where the directory of a module ended the way; two messages where a local one is missing.
pub(super) fn said_of(about: &About<'_>, step: &Step, problem: &DirProblem) -> Vec<Said> {
    match problem {
        DirProblem::GlobNone { .. }
        | DirProblem::GlobSeveral { .. }
        | DirProblem::BadPattern { .. } => pattern(about, step, problem).into_iter().collect(),
        DirProblem::SubdirMissing { subdir } => subdirectory(about, step, subdir.raw())
            .into_iter()
            .collect(),
        DirProblem::LocalMissing { path, .. } => local_missing(about, path.raw()),
        DirProblem::EscapesPackage { path, package } => {
            if !about.client.does(Behaviour::ExpandsRegistryGlob) {
                let values = about.call().with("package", package_name(about, package));
                return said(Kind::Escapes, about.client, &values)
                    .into_iter()
                    .collect();
            }
            let joined = clean_path(&format!("{}/{}", about.caller_dir(), path.raw()));
            local_missing(about, &joined)
        }
        DirProblem::NotADirectory | DirProblem::Unreadable(_) => {
            let kind = match about.call.kind {
                SourceKind::Local => Kind::LocalUnreadable,
                SourceKind::Registry | SourceKind::Remote | SourceKind::Invalid => Kind::Unreadable,
            };
            let values = about.call().with("dir", dir(about, step));
            said(kind, about.client, &values).into_iter().collect()
        }
    }
}

/// The words of the fetch library for a sub-directory that is not just one.
pub(super) fn glob(problem: &DirProblem) -> Option<String> {
    match problem {
        DirProblem::GlobNone { subdir } => {
            Some(format!("subdir {} not found", go_quote(subdir.raw())))
        }
        DirProblem::GlobSeveral { subdir, .. } => Some(format!(
            "subdir {} matches multiple paths",
            go_quote(subdir.raw())
        )),
        DirProblem::BadPattern { .. } => Some("syntax error in pattern".to_owned()),
        DirProblem::SubdirMissing { .. }
        | DirProblem::NotADirectory
        | DirProblem::LocalMissing { .. }
        | DirProblem::EscapesPackage { .. }
        | DirProblem::Unreadable(_) => None,
    }
}

/// Whether a folder of a store holds nothing: the client finds that out when it looks for the module.
pub(super) fn is_empty_folder(stop: &Stop) -> bool {
    matches!(stop, Stop::Store { code, .. } if code == STORE_EMPTY)
}

/// What is said of such a folder.
pub(super) fn empty_folder(about: &About<'_>) -> Option<Said> {
    let values = about
        .call()
        .with("dir", about.install_dir())
        .with("why", "subdir \"\" not found");
    said(Kind::Glob, about.client, &values)
}

fn pattern(about: &About<'_>, step: &Step, problem: &DirProblem) -> Option<Said> {
    let why = glob(problem)?;
    // Early clients leave it to the fetch library.
    if about.client.does(Behaviour::ExpandsRegistryGlob) {
        return package::download(about, step, &why);
    }
    let values = about.call().with("dir", dir(about, step)).with("why", why);
    said(Kind::Glob, about.client, &values)
}

fn subdirectory(about: &About<'_>, step: &Step, subdir: &str) -> Option<Said> {
    let values = about
        .call()
        .with("dir", dir(about, step))
        .with("subdir", subdir)
        .with("package", about.install_dir())
        .with("missing", first_missing(about, subdir));
    said(Kind::Subdirectory, about.client, &values)
}

/// The first directory on the way that is not there, as far as the top of the package tells.
fn first_missing(about: &About<'_>, subdir: &str) -> String {
    let Some((first, _)) = subdir.split_once('/') else {
        return subdir.to_owned();
    };
    let packages = about.call.used.iter().rev();
    let mut trees = packages
        .filter(|subject| matches!(subject, Subject::Package(_)))
        .filter_map(|subject| about.index.tree(subject));
    let is_there = trees.next().is_some_and(|tree| {
        tree.top
            .iter()
            .any(|name| name.raw().strip_suffix('/') == Some(first))
    });
    if is_there { subdir } else { first }.to_owned()
}

fn local_missing(about: &About<'_>, path: &str) -> Vec<Said> {
    let values = about.call().with("path", path).with("dir", "");
    [Kind::Link, Kind::LocalUnreadable]
        .into_iter()
        .filter_map(|kind| said(kind, about.client, &values))
        .collect()
}

/// The package of the caller: the address of a registry's module, not that of its archive.
fn package_name(about: &About<'_>, package: &str) -> String {
    let mut key = about.call.parent();
    while let Some(caller) = about.index.call(key) {
        if caller.kind == SourceKind::Registry {
            let recorded = caller.recorded_source.as_str();
            return recorded
                .split_once("//")
                .map_or(recorded, |(package, _)| package)
                .to_owned();
        }
        if caller.kind != SourceKind::Local {
            break;
        }
        key = caller.parent();
    }
    package.to_owned()
}

fn dir(about: &About<'_>, step: &Step) -> String {
    module_dir(step)
        .map(|fact| fact.dir.clone())
        .or_else(|| about.call.dir.clone())
        .unwrap_or_default()
}

fn module_dir(step: &Step) -> Option<&ModuleDirFact> {
    step.facts.iter().find_map(|fact| match fact {
        Fact::ModuleDir(fact) => Some(fact),
        _ => None,
    })
}
