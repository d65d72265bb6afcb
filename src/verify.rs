//! Tries a fix: the same stage with a changed input, against the evidence of the run, for each client asked for.
//!
//! A fix that needs another download or another host is left untested.

use crate::addr::RemoteAddr;
use crate::addr::SourceAddr;
use crate::addr::archive::ArchiveChoice;
use crate::addr::archive::Hop;
use crate::addr::archive::archive_choice;
use crate::addr::package::clean_path;
use crate::addr::package::join_subdirs;
use crate::addr::parse_location;
use crate::addr::parse_source;
use crate::client::Behaviour;
use crate::client::Client;
use crate::finding::Finding;
use crate::finding::Fix;
use crate::finding::Trial;
use crate::finding::Tried;
use crate::io::files;
use crate::stages::Cx;
use crate::stages::module_dir;
use crate::stages::place::Workspace;
use crate::stages::versions;
use crate::syntax::glob::is_pattern;
use crate::trace::Call;
use crate::trace::Fact;
use crate::trace::Stage;
use crate::trace::Subject;
use crate::trace::Trace;
use crate::trace::fact::LocationFact;
use std::path::Path;
use std::path::PathBuf;

/// What fixes are tried against.
pub struct Evidence<'a> {
    /// What stages get; its client is replaced for each trial.
    pub cx: &'a Cx,
    /// The clients asked for.
    pub clients: &'a [Client],
    /// The record of the run.
    pub trace: &'a Trace,
    /// Where the packages lie.
    pub workspace: &'a Workspace,
}

/// Tries all fixes, and puts those that work first.
pub fn run(evidence: &Evidence<'_>, findings: &mut [Finding]) {
    for finding in findings {
        for fix in &mut finding.fixes {
            for client in evidence.clients {
                let tried = evidence.attempt(client, &fix.trial);
                fix.tried.push((client.clone(), tried));
            }
            how(fix).clone_into(&mut fix.how);
        }
        finding.fixes.sort_by_key(|fix| {
            let class = match (fix.verdict(), fix.tempting) {
                (Tried::Verified, _) => 0,
                (Tried::Untested, false) => 1,
                (Tried::Refuted, false) => 2,
                (Tried::Untested | Tried::Refuted, true) => 3,
            };
            let marks = fix.tried.iter();
            (
                class,
                marks.filter(|(_, tried)| *tried == Tried::Refuted).count(),
            )
        });
    }
}

fn how(fix: &Fix) -> &'static str {
    match (fix.verdict(), &fix.trial) {
        (Tried::Untested, _) | (_, Trial::None) => "",
        (_, Trial::Probed { .. }) => "asked once",
        (_, Trial::Constraint { .. }) => "replayed selection",
        (
            _,
            Trial::Location { .. }
            | Trial::Source { .. }
            | Trial::FlatArchive { .. }
            | Trial::ServiceUrl { .. },
        ) => "replayed layout",
    }
}

impl Evidence<'_> {
    fn attempt(&self, client: &Client, trial: &Trial) -> Tried {
        let cx = Cx::new(
            self.cx.io.clone(),
            client.clone(),
            crate::trace::Tracer::default(),
            self.cx.manner,
        );
        match trial {
            Trial::None | Trial::ServiceUrl { .. } => Tried::Untested,
            Trial::Probed { works: true } => Tried::Verified,
            Trial::Probed { works: false } => Tried::Refuted,
            Trial::Location { call, location } => self
                .location(&cx, call, location)
                .unwrap_or(Tried::Untested),
            Trial::Source { call, source } => {
                self.source(&cx, call, source).unwrap_or(Tried::Untested)
            }
            Trial::FlatArchive { call, wrapper } => {
                self.flat(&cx, call, wrapper).unwrap_or(Tried::Untested)
            }
            Trial::Constraint { call, constraint } => self
                .constraint(&cx, call, constraint)
                .unwrap_or(Tried::Untested),
        }
    }

    fn call(&self, key: &str) -> Option<&Call> {
        self.trace.call(key)
    }

    /// The package of a call on the disk.
    fn root(&self, key: &str) -> Option<PathBuf> {
        let root = self.workspace.physical(&self.workspace.install_dir(key));
        (files::target_kind(&root) == files::Kind::Directory).then_some(root)
    }

    fn location_fact(&self, call: &Call) -> Option<&LocationFact> {
        let release = call
            .used
            .iter()
            .find(|subject| matches!(subject, Subject::Release(_)))?;
        self.trace
            .step(release, Stage::Location)?
            .facts
            .iter()
            .find_map(|fact| match fact {
                Fact::Location(location) => Some(location),
                _ => None,
            })
    }

    /// Whether an address leads to the bytes that were unpacked already, in the same way.
    fn same_bytes(call: &Call, address: &RemoteAddr) -> Option<bool> {
        let known = call.used.iter().find_map(|subject| match subject {
            Subject::Package(name) => Some(name.clone()),
            _ => None,
        })?;
        let known = archive_choice(
            &crate::addr::PackageAddr::from_normalised(known),
            Hop::First,
        )
        .ok()?;
        let wanted = archive_choice(&address.package, Hop::First).ok()?;
        let key = |choice: &ArchiveChoice| (choice.kind, choice.stripped.clone());
        Some(key(&known) == key(&wanted))
    }

    fn location(&self, cx: &Cx, key: &str, location: &str) -> Option<Tried> {
        let call = self.call(key)?;
        let Ok(address) = parse_location(location, &cx.rules) else {
            return Some(Tried::Refuted);
        };
        if !Self::same_bytes(call, &address)? {
            return None;
        }
        let caller = match parse_source(call.source.raw(), true, &cx.rules) {
            Ok(SourceAddr::Registry(source)) => source.subdir,
            Ok(SourceAddr::Local(_) | SourceAddr::Remote(_)) | Err(_) => None,
        };
        self.registry_dir(
            cx,
            key,
            join_subdirs(address.subdir.as_deref(), caller.as_deref()),
        )
    }

    fn registry_dir(&self, cx: &Cx, key: &str, subdir: Option<String>) -> Option<Tried> {
        let root = self.root(key)?;
        let directory = match subdir {
            None => Some(root),
            Some(subdir) if cx.client.does(Behaviour::ExpandsRegistryGlob) => {
                module_dir::expand(&root, &subdir).ok()
            }
            Some(subdir) => Some(root.join(clean_path(&subdir))),
        };
        Some(judge(cx, directory.as_deref()))
    }

    fn source(&self, cx: &Cx, key: &str, source: &str) -> Option<Tried> {
        let call = self.call(key)?;
        match parse_source(source, call.constraint.is_some(), &cx.rules) {
            Err(_) => Some(Tried::Refuted),
            Ok(SourceAddr::Local(_)) => None,
            Ok(SourceAddr::Registry(address)) => {
                let module = call
                    .used
                    .iter()
                    .any(|subject| *subject == Subject::Module(address.package().to_string()));
                let location = self.location_fact(call).filter(|_| module)?;
                let base = location.subdir.as_ref().map(crate::foreign::Foreign::raw);
                self.registry_dir(cx, key, join_subdirs(base, address.subdir.as_deref()))
            }
            Ok(SourceAddr::Remote(address)) => {
                if !Self::same_bytes(call, &address)? {
                    return None;
                }
                let root = self.root(key)?;
                let subdir = address.subdir.unwrap_or_default();
                let directory = if cx.client.does(Behaviour::ExpandsDirectGlob) {
                    module_dir::expand(&root, &subdir).ok()
                } else {
                    Some(root.join(subdir))
                };
                Some(judge(cx, directory.as_deref()))
            }
        }
    }

    fn flat(&self, cx: &Cx, key: &str, wrapper: &str) -> Option<Tried> {
        let call = self.call(key)?;
        let location = self
            .location_fact(call)
            .and_then(|location| location.subdir.as_ref())
            .map(crate::foreign::Foreign::raw)
            // A wildcard stood for the wrapper, and goes with it.
            .filter(|subdir| !is_pattern(subdir));
        let caller = match parse_source(call.source.raw(), call.constraint.is_some(), &cx.rules) {
            Ok(SourceAddr::Registry(source)) => source.subdir,
            Ok(SourceAddr::Remote(source)) => source.subdir,
            Ok(SourceAddr::Local(_)) | Err(_) => None,
        };
        let root = self.root(key)?.join(wrapper);
        let directory = match join_subdirs(location, caller.as_deref()) {
            Some(subdir) => root.join(subdir),
            None => root,
        };
        Some(judge(cx, Some(&directory)))
    }

    fn constraint(&self, cx: &Cx, key: &str, constraint: &str) -> Option<Tried> {
        let call = self.call(key)?;
        let module = call
            .used
            .iter()
            .find(|subject| matches!(subject, Subject::Module(_)))?;
        let listed = self
            .trace
            .step(module, Stage::Versions)?
            .facts
            .iter()
            .find_map(|fact| match fact {
                Fact::Versions(versions) => Some(
                    versions
                        .listed
                        .iter()
                        .map(|version| version.raw().to_owned())
                        .collect::<Vec<String>>(),
                ),
                _ => None,
            })?;
        let chosen = versions::pick_from(cx, &listed, Some(constraint));
        Some(if chosen.is_some() {
            Tried::Verified
        } else {
            Tried::Refuted
        })
    }
}

/// A directory with configuration files is a module; anything else is not what was meant.
fn judge(cx: &Cx, directory: Option<&Path>) -> Tried {
    let Some(directory) =
        directory.filter(|directory| files::target_kind(directory) == files::Kind::Directory)
    else {
        return Tried::Refuted;
    };
    let (mine, _) = module_dir::config_files(directory, cx);
    if mine.is_empty() {
        Tried::Refuted
    } else {
        Tried::Verified
    }
}
