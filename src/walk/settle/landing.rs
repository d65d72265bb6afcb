//! How a call lands in a directory: beside its caller, from a registry, from a package address.

use super::Landed;
use super::Walk;
use crate::addr::LocalAddr;
use crate::addr::RegistryAddr;
use crate::addr::RemoteAddr;
use crate::addr::package::clean_path;
use crate::client::Behaviour;
use crate::foreign::Foreign;
use crate::io::ask::NamedBy;
use crate::io::files;
use crate::manifest::Record;
use crate::stages::Manner;
use crate::stages::fetch::Package;
use crate::stages::fetch::Unfetched;
use crate::stages::module_dir;
use crate::stages::place::PlaceFault;
use crate::stages::versions;
use crate::trace::Call;
use crate::trace::Fact;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;
use crate::trace::Subject;
use crate::trace::fact::ModuleDirFact;
use crate::trace::stop::DirProblem;
use crate::trace::stop::PathProblem;
use crate::trace::tracer::Stopped;
use crate::walk::Pending;
use crate::walk::answers::Asked;
use crate::walk::answers::Asker;
use std::path::Path;
use std::path::PathBuf;

impl Walk<'_> {
    pub(super) fn local(
        &mut self,
        pending: &Pending,
        call: &Call,
        local: &LocalAddr,
    ) -> Result<Landed, Stopped> {
        self.clear(pending);
        let step = self
            .cx()
            .open(Subject::Call(pending.key.clone()), Stage::Place, 1);
        let joined = join_local(&pending.parent.dir, local.as_str());
        let landed = |dir: String| Landed {
            dir,
            package_dir: pending.parent.package_dir.clone(),
            package: pending.parent.package.clone(),
            version: None,
            location_subdir: None,
            caller_subdir: None,
            foreign: pending.parent.foreign,
        };
        match self.workspace.resolve_links(&joined) {
            Ok(dir) => step.done(Ok(landed(dir))),
            Err(missing) => {
                // The client keeps a record without a directory.
                self.manifest.put(Record {
                    key: pending.key.clone(),
                    source: call.recorded_source.clone(),
                    version: None,
                    dir: PathBuf::new(),
                });
                let inside = pending.parent.package_dir.is_empty()
                    || joined == pending.parent.package_dir
                    || joined.starts_with(&format!("{}/", pending.parent.package_dir));
                if inside {
                    let other_case = self.other_case(&missing);
                    return step.stop(Stop::NoModuleDir(DirProblem::LocalMissing {
                        path: Foreign::new(missing),
                        other_case,
                    }));
                }
                let package = pending.parent.package.clone();
                step.stop(Stop::NoModuleDir(DirProblem::EscapesPackage {
                    path: Foreign::new(local.as_str()),
                    package,
                }))
            }
        }
    }

    pub(super) fn other_case(&self, missing: &str) -> Option<Foreign> {
        let (parent, name) = missing.rsplit_once('/').unwrap_or((".", missing));
        let names = files::list_directory(&self.workspace.physical(parent), 10_000).ok()?;
        let found = names
            .into_iter()
            .map(|entry| entry.name.to_string_lossy().into_owned())
            .find(|entry| entry.eq_ignore_ascii_case(name));
        found.map(Foreign::new)
    }

    pub(super) async fn registry(
        &mut self,
        pending: &Pending,
        call: &mut Call,
        address: &RegistryAddr,
    ) -> Result<Option<Landed>, Stopped> {
        let module = address.package();
        call.used.push(Subject::Host(address.host.for_display()));
        let service = self.answers.service(Asker::Walk, &address.host).await?;
        if !self.options.reaches(PublicStage::Versions) {
            return Ok(None);
        }
        call.used.push(Subject::Module(module.to_string()));
        let below = address.subdir.as_deref();
        let asked = Asked {
            asker: Asker::Walk,
            service: &service,
            module: &module,
            below,
        };
        let list = self.answers.list(asked).await?;
        let chosen = versions::choose_for(
            self.cx(),
            &pending.key,
            &list,
            self.options
                .versions
                .get(&pending.key)
                .or(pending.constraint.as_ref())
                .map(String::as_str),
        )?;
        let version = chosen.to_string();
        call.version = Some(version.clone());
        if !self.options.reaches(PublicStage::Location) {
            return Ok(None);
        }
        call.used
            .push(Subject::Release(format!("{module} {version}")));
        let location = self.answers.release(asked, &version).await?;
        if !self.options.reaches(PublicStage::Package) {
            return Ok(None);
        }
        self.place(pending, call, &location.package, NamedBy::Server)
            .await?;
        let install_dir = self.workspace.install_dir(&pending.key);
        // A pattern counts in the location only; what the caller names below it is taken as it is.
        let top = match &location.subdir {
            Some(subdir) if self.cx().client.does(Behaviour::ExpandsRegistryGlob) => {
                self.expanded(pending, &install_dir, subdir, &location, below)?
            }
            Some(subdir) => clean_path(&format!("{install_dir}/{subdir}")),
            None => install_dir.clone(),
        };
        let dir = match below {
            Some(below) => clean_path(&format!("{top}/{below}")),
            None => top,
        };
        Ok(Some(Landed {
            dir,
            package_dir: install_dir,
            package: location.package.as_str().to_owned(),
            version: Some(chosen),
            location_subdir: location.subdir.clone(),
            caller_subdir: address.subdir.clone(),
            foreign: true,
        }))
    }

    pub(super) async fn remote(
        &mut self,
        pending: &Pending,
        call: &mut Call,
        remote: &RemoteAddr,
    ) -> Result<Option<Landed>, Stopped> {
        if !self.options.reaches(PublicStage::Package) {
            return Ok(None);
        }
        self.place(pending, call, &remote.package, pending.parent.named_by())
            .await?;
        let install_dir = self.workspace.install_dir(&pending.key);
        let subdir = remote.subdir.clone().unwrap_or_default();
        let client = &self.cx().client;
        let expands = client.does(Behaviour::ExpandsDirectGlob)
            && (!subdir.is_empty() || client.does(Behaviour::LooksForPackageRoot));
        let dir = if expands {
            self.expanded(pending, &install_dir, &subdir, remote, None)?
        } else {
            clean_path(&format!("{install_dir}/{subdir}"))
        };
        Ok(Some(Landed {
            dir,
            package_dir: install_dir,
            package: remote.package.as_str().to_owned(),
            version: None,
            location_subdir: None,
            caller_subdir: remote.subdir.clone(),
            foreign: true,
        }))
    }

    /// The directory that a pattern below an installed package means.
    pub(super) fn expanded(
        &self,
        pending: &Pending,
        install_dir: &str,
        subdir: &str,
        location: &RemoteAddr,
        caller: Option<&str>,
    ) -> Result<String, Stopped> {
        let root = self.workspace.physical(install_dir);
        let problem = if crate::syntax::glob::is_pattern(&self.options.data_dir) {
            DirProblem::GlobNone {
                subdir: Foreign::new(subdir),
            }
        } else {
            match module_dir::expand(&root, subdir) {
                Ok(path) => {
                    let below = path
                        .strip_prefix(&root)
                        .map(|below| below.to_string_lossy().into_owned())
                        .unwrap_or_default();
                    return Ok(clean_path(&format!("{install_dir}/{below}")));
                }
                Err(problem) => problem,
            }
        };
        let mut step = self
            .cx()
            .open(Subject::Call(pending.key.clone()), Stage::ModuleDir, 1);
        step.note(Fact::ModuleDir(ModuleDirFact {
            dir: clean_path(&format!("{install_dir}/{subdir}")),
            location_subdir: location.subdir.clone().map(Foreign::new),
            caller_subdir: caller.map(Foreign::new),
            config_files: Vec::new(),
            other_client_files: Vec::new(),
            nested: None,
            exists: false,
        }));
        step.stop(Stop::NoModuleDir(problem))
    }

    /// Puts a package into its place: fetched for its first call, copied for the others.
    pub(super) async fn place(
        &mut self,
        pending: &Pending,
        call: &mut Call,
        package: &crate::addr::PackageAddr,
        named_by: NamedBy,
    ) -> Result<(), Stopped> {
        self.clear(pending);
        let masked = self.cx().io.redactor.mask(package.as_str());
        call.used.push(Subject::Package(masked));
        if let Some(from) = self.installed.get(package.as_str()).cloned() {
            call.first_use = false;
            let step = self
                .cx()
                .open(Subject::Call(pending.key.clone()), Stage::Place, 1);
            if self.workspace.is_in_the_way(&pending.key) {
                return step.stop(Stop::InTheWay {
                    path: self.workspace.install_dir(&pending.key),
                });
            }
            return match self.workspace.copy(&from, &pending.key) {
                Ok(_) => step.done(Ok(())),
                Err(fault) => step.stop(self.place_stop(&pending.key, fault)),
            };
        }
        self.look_for_file(pending, package)?;
        let fetched = match self.answers.package(Asker::Walk, package, named_by).await {
            Ok(fetched) => fetched,
            Err(unfetched) => return Err(self.leave(pending, unfetched)),
        };
        let step = self
            .cx()
            .open(Subject::Call(pending.key.clone()), Stage::Place, 1);
        if self.workspace.is_a_file(&pending.key) {
            return step.stop(Stop::InTheWay {
                path: self.workspace.install_dir(&pending.key),
            });
        }
        // The directory of another call is never written to, whatever a store lists.
        let mut beside = fetched.beside.iter();
        if beside.any(|(name, _)| self.manifest.find(name).is_some()) {
            return step.stop(self.place_stop(&pending.key, PlaceFault::InTheWay));
        }
        match self.put(&pending.key, package, &fetched) {
            Ok(path) => {
                self.installed.insert(package.as_str().to_owned(), path);
                step.done(Ok(()))
            }
            Err(fault) => step.stop(self.place_stop(&pending.key, fault)),
        }
    }

    /// Clears the place of a call without a record, as the client does; a record that stands protects what lies there.
    fn clear(&mut self, pending: &Pending) {
        if self.manifest.find(&pending.key).is_none() {
            self.workspace.forget(&pending.key);
        }
    }

    /// Puts a fetched package into its place, or over what lies there.
    fn put(
        &mut self,
        key: &str,
        package: &crate::addr::PackageAddr,
        fetched: &Package,
    ) -> Result<PathBuf, PlaceFault> {
        let getter = package.forced_getter().unwrap_or_default();
        // Whole buckets replace what is there, whoever recorded it.
        if getter == "s3" || !self.workspace.is_a_directory(key) {
            return self.workspace.place(key, fetched);
        }
        let query = package
            .inner()
            .split_once('?')
            .map_or("", |(_, query)| query);
        let names_ref = query.split('&').any(|word| word.starts_with("ref="));
        if getter == "git" && !names_ref {
            // The client brings what is there up to date, and knows no branch to do it with.
            return Err(PlaceFault::InTheWay);
        }
        self.workspace.place_over(key, fetched)
    }

    /// Looks for the path of a `file://` address where this client does so before it fetches.
    fn look_for_file(
        &self,
        pending: &Pending,
        package: &crate::addr::PackageAddr,
    ) -> Result<(), Stopped> {
        let looks = self.cx().client.does(Behaviour::LooksForFilePathAsWritten);
        match package.as_str().strip_prefix("file://") {
            Some(path) if looks && files::target_kind(Path::new(path)) == files::Kind::Missing => {
                let step = self
                    .cx()
                    .open(Subject::Call(pending.key.clone()), Stage::Fetch, 1);
                step.stop(Stop::LocalPackage {
                    path: path.to_owned(),
                    problem: PathProblem::Missing,
                })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Leaves what a failed fetch began where the client leaves it.
    fn leave(&mut self, pending: &Pending, unfetched: Unfetched) -> Stopped {
        if let Some(root) = unfetched.left
            && self.cx().manner == Manner::Get
        {
            let begun = Package {
                root,
                linked: false,
                beside: Vec::new(),
            };
            // What cannot be left is not missed: the call has failed already.
            let _ = self.workspace.place(&pending.key, &begun);
        }
        Stopped
    }

    pub(super) fn place_stop(&self, key: &str, fault: PlaceFault) -> Stop {
        let path = self.workspace.install_dir(key);
        match fault {
            PlaceFault::InTheWay => Stop::InTheWay { path },
            PlaceFault::Disk(word) => Stop::Disk { path, word },
        }
    }
}

/// A local path below its caller's directory.
pub(super) fn join_local(dir: &str, local: &str) -> String {
    clean_path(&format!("{dir}/{local}"))
}
