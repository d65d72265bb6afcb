//! What hosts, registries and package addresses answered: asked once per key, whoever needs it.

use crate::addr::Host;
use crate::addr::PackageAddr;
use crate::addr::RegistryPackage;
use crate::addr::RemoteAddr;
use crate::client::Behaviour;
use crate::io::ask::NamedBy;
use crate::io::scratch::Scratch;
use crate::io::trees;
use crate::stages::Cx;
use crate::stages::Manner;
use crate::stages::bitbucket;
use crate::stages::cli_config::CliConfig;
use crate::stages::credentials;
use crate::stages::credentials::Credentials;
use crate::stages::discovery;
use crate::stages::discovery::Service;
use crate::stages::discovery::Unserved;
use crate::stages::fetch;
use crate::stages::fetch::Package;
use crate::stages::fetch::Unfetched;
use crate::stages::location;
use crate::stages::probe;
use crate::stages::versions;
use crate::syntax::versions_json::VersionsDocument;
use crate::trace::Call;
use crate::trace::Subject;
use crate::trace::Trace;
use crate::trace::tracer::Stopped;
use crate::walk::course::Course;
use crate::walk::once::Once;
use crate::walk::packages::Packages;
use std::collections::HashMap;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

/// Answers for one target and one client; what they come from may be shared with other targets.
pub struct Answers {
    /// What stages get, for what concerns this target alone.
    pub cx: Cx,
    /// Where the modules of this target are placed.
    pub scratch: Arc<Scratch>,
    shared: Arc<Shared>,
    asked: Mutex<HashSet<Subject>>,
    /// What is known of the tree so far.
    pub(super) course: Course,
}

/// Whether other targets need the same answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// There is one target.
    Alone,
    /// There are several.
    Shared,
}

/// What hosts, registries and package addresses answered in one run, for one client.
pub struct Shared {
    /// What stages get, for what belongs to no single target.
    pub cx: Cx,
    /// The CLI configuration.
    pub config: CliConfig,
    /// Where packages are fetched into.
    scratch: Arc<Scratch>,
    /// Whether questions are asked that the client does not ask.
    probes: bool,
    sharing: Sharing,
    credentials: Once<Host, Arc<Credentials>>,
    services: Once<Host, Result<Service, Unserved>>,
    lists: Once<(RegistryPackage, String), Result<Arc<VersionsDocument>, Stopped>>,
    releases: Once<(RegistryPackage, String, String), Result<RemoteAddr, Stopped>>,
    packages: Once<PackageAddr, Result<Package, Unfetched>>,
    repositories: Once<String, Result<(), Stopped>>,
    rounds: Mutex<HashMap<(Subject, String), u32>>,
    count: AtomicUsize,
    /// Packages of the run, where other clients need them too.
    of_all: Option<Arc<Packages>>,
}

/// Who asks: a failure that was asked for ahead is given once to the walk that follows the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// The scout, which runs ahead.
    Scout,
    /// The walk in the client's order.
    Walk,
}

/// For which call a module is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Who asks.
    pub asker: Asker,
    /// The registry's modules service.
    pub service: &'a Service,
    /// The module.
    pub module: &'a RegistryPackage,
    /// The directory below it that the call names.
    pub below: Option<&'a str>,
}

impl Shared {
    /// No answers yet.
    pub fn new(
        cx: Cx,
        config: CliConfig,
        scratch: Arc<Scratch>,
        probes: bool,
        sharing: Sharing,
    ) -> Self {
        Self {
            cx,
            config,
            scratch,
            probes,
            sharing,
            credentials: Once::default(),
            services: Once::default(),
            lists: Once::default(),
            releases: Once::default(),
            packages: Once::default(),
            repositories: Once::default(),
            rounds: Mutex::default(),
            count: AtomicUsize::new(0),
            of_all: None,
        }
    }

    /// The same for a client that shares its packages with others.
    #[must_use]
    pub fn with_packages(mut self, packages: Option<Arc<Packages>>) -> Self {
        self.of_all = packages;
        self
    }
}

impl Answers {
    /// No answers yet, for the only target.
    pub fn new(cx: Cx, config: CliConfig, scratch: Arc<Scratch>, probes: bool) -> Self {
        let shared = Shared::new(cx, config, Arc::clone(&scratch), probes, Sharing::Alone);
        let shared = Arc::new(shared);
        Self {
            cx: shared.cx.clone(),
            ..Self::of(&shared, scratch)
        }
    }

    /// The answers of a run, for one of its targets, which has a record and a directory of its own.
    pub fn of(shared: &Arc<Shared>, scratch: Arc<Scratch>) -> Self {
        let mut cx = shared.cx.clone();
        cx.tracer = cx.tracer.beside();
        Self {
            cx,
            scratch,
            shared: Arc::clone(shared),
            asked: Mutex::new(HashSet::from([Subject::Run])),
            course: Course::default(),
        }
    }

    /// The record of this target: its own steps, and those that it shares.
    pub fn trace(&self, calls: Vec<Call>) -> Trace {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        self.cx
            .tracer
            .finish_with(&self.shared.cx.tracer, &asked, calls)
    }

    /// The record of this target where its walk is cut off.
    pub fn cut_off(&self) -> Trace {
        self.trace(self.course.calls())
    }

    fn asks(&self, subject: &Subject) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if !asked.contains(subject) {
            asked.insert(subject.clone());
        }
    }

    /// The round in which a failed question is asked again, where the client asks it again for the next call.
    fn again(&self, asker: Asker, question: (Subject, String), failed: bool) -> Option<u32> {
        if asker == Asker::Scout || !failed {
            return None;
        }
        let mut rounds = self
            .shared
            .rounds
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let round = rounds.entry(question).or_insert(0);
        *round += 1;
        (*round > 1 && self.cx.manner == Manner::Get).then_some(*round)
    }

    /// The directory that tells one question from another, for clients that keep answers by it.
    fn apart(&self, asked: Asked<'_>, behaviour: Behaviour) -> String {
        let tells = self.cx.manner == Manner::Get && self.cx.client.does(behaviour);
        asked.below.filter(|_| tells).unwrap_or_default().to_owned()
    }

    /// The credentials of a host.
    pub async fn credentials(&self, host: &Host) -> Arc<Credentials> {
        let shared = &self.shared;
        self.asks(&Subject::Host(host.for_display()));
        shared
            .credentials
            .get(host, async {
                Arc::new(credentials::run(&shared.cx, &shared.config, host).await)
            })
            .await
    }

    /// The modules service of a host.
    pub async fn service(&self, asker: Asker, host: &Host) -> Result<Service, Stopped> {
        let credentials = self.credentials(host).await;
        let shared = &self.shared;
        let ask = |round| {
            discovery::run(
                &shared.cx,
                &shared.config,
                host,
                credentials.used.as_ref(),
                round,
            )
        };
        let known = shared.services.get(host, ask(1)).await;
        let asks_again = known.as_ref().is_err_and(|unserved| !unserved.remembered);
        let question = (Subject::Host(host.for_display()), String::new());
        let answer = match self.again(asker, question, asks_again) {
            None => known,
            Some(round) => {
                let fresh = ask(round).await;
                shared.services.replace(host, fresh.clone());
                fresh
            }
        };
        answer.map_err(|_| Stopped)
    }

    /// The list of versions of a module.
    pub async fn list(&self, asked: Asked<'_>) -> Result<Arc<VersionsDocument>, Stopped> {
        let Asked {
            asker,
            service,
            module,
            ..
        } = asked;
        let apart = self.apart(asked, Behaviour::AsksVersionsPerSubdir);
        let key = (module.clone(), apart.clone());
        let credentials = self.credentials(&module.host).await;
        let shared = &self.shared;
        self.asks(&Subject::Module(module.to_string()));
        let ask = async |round| {
            let answer = versions::run(
                &shared.cx,
                service,
                module,
                credentials.used.as_ref(),
                round,
            )
            .await;
            if answer.is_err() && shared.probes && !credentials.hidden.is_empty() {
                probe::hidden_credentials(&shared.cx, service, module, &credentials).await;
            }
            answer.map(Arc::new)
        };
        let known = shared.lists.get(&key, ask(1)).await;
        let question = (Subject::Module(module.to_string()), apart);
        match self.again(asker, question, known.is_err()) {
            None => known,
            Some(round) => {
                let fresh = ask(round).await;
                shared.lists.replace(&key, fresh.clone());
                fresh
            }
        }
    }

    /// The location of a version.
    pub async fn release(&self, asked: Asked<'_>, version: &str) -> Result<RemoteAddr, Stopped> {
        let Asked {
            asker,
            service,
            module,
            ..
        } = asked;
        let apart = self.apart(asked, Behaviour::AsksLocationPerSubdir);
        let key = (module.clone(), version.to_owned(), apart.clone());
        let credentials = self.credentials(&module.host).await;
        let shared = &self.shared;
        self.asks(&Subject::Release(format!("{module} {version}")));
        let ask = |round| {
            location::run(
                &shared.cx,
                service,
                module,
                version,
                credentials.used.as_ref(),
                round,
            )
        };
        let known = shared.releases.get(&key, ask(1)).await;
        let question = (Subject::Release(format!("{module} {version}")), apart);
        match self.again(asker, question, known.is_err()) {
            None => known,
            Some(round) => {
                let fresh = ask(round).await;
                shared.releases.replace(&key, fresh.clone());
                fresh
            }
        }
    }

    /// Whether Bitbucket has a repository for the client, which asks so at this address.
    pub async fn repository(&self, question: &str) -> Result<(), Stopped> {
        // On the heap, as every future of a walk holds this one.
        let shared = &self.shared;
        self.asks(&Subject::Package(question.to_owned()));
        let ask = Box::pin(bitbucket::run(&shared.cx, question));
        shared.repositories.get(&question.to_owned(), ask).await
    }

    /// A package.
    pub async fn package(
        &self,
        asker: Asker,
        package: &PackageAddr,
        named_by: NamedBy,
    ) -> Result<Package, Unfetched> {
        let shared = &self.shared;
        let cx = &shared.cx;
        self.asks(&Subject::Package(cx.io.redactor.mask(package.as_str())));
        let ask = async |round| {
            let number = shared.count.fetch_add(1, Ordering::Relaxed);
            let work = shared
                .scratch
                .directory(&format!("fetch{number}"))
                .map_err(|_| Unfetched::default())?;
            if let Some(packages) = shared.of_all.as_ref().filter(|_| round == 1) {
                // On the heap, as every future of a walk holds this one.
                return Box::pin(packages.get(cx, package, named_by, &work)).await;
            }
            let into = work.join("tree");
            fetch::run(cx, package, named_by, &into, &work, round).await
        };
        let known = shared.packages.get(package, ask(1)).await;
        let question = (Subject::Package(package.as_str().to_owned()), String::new());
        let answer = match self.again(asker, question, known.is_err()) {
            None => known,
            Some(round) => {
                let fresh = ask(round).await;
                shared.packages.replace(package, fresh.clone());
                fresh
            }
        }?;
        match (shared.sharing, asker) {
            (Sharing::Shared, Asker::Walk) => {
                self.own_copy(&answer).map_err(|_| Unfetched::default())
            }
            (Sharing::Alone, _) | (Sharing::Shared, Asker::Scout) => Ok(answer),
        }
    }

    /// A copy of a package that others need too: a walk moves what it is given.
    fn own_copy(&self, package: &Package) -> std::io::Result<Package> {
        if package.linked {
            return Ok(package.clone());
        }
        let number = self.shared.count.fetch_add(1, Ordering::Relaxed);
        let place = self.scratch.directory(&format!("copy{number}"))?;
        let copy = |from: &Path, name: &str| {
            let to = place.join(name);
            trees::copy_tree(from, &to, trees::Names::All).map(|()| to)
        };
        let mut beside = Vec::new();
        for (index, (name, path)) in package.beside.iter().enumerate() {
            beside.push((name.clone(), copy(path, &format!("beside{index}"))?));
        }
        Ok(Package {
            root: copy(&package.root, "tree")?,
            linked: false,
            beside,
        })
    }
}
