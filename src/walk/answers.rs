//! What hosts, registries and package addresses answered: asked once per key, whoever needs it.

use crate::addr::Host;
use crate::addr::PackageAddr;
use crate::addr::RegistryPackage;
use crate::addr::RemoteAddr;
use crate::client::Behaviour;
use crate::io::ask::NamedBy;
use crate::io::trees::Scratch;
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
use crate::trace::Subject;
use crate::trace::tracer::Stopped;
use crate::walk::once::Once;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

/// Answers of one run, for one client.
pub struct Answers {
    /// What stages get.
    pub cx: Cx,
    /// The CLI configuration.
    pub config: CliConfig,
    /// Where packages are fetched into.
    pub scratch: Arc<Scratch>,
    /// Whether questions are asked that the client does not ask.
    pub probes: bool,
    credentials: Once<Host, Arc<Credentials>>,
    services: Once<Host, Result<Service, Unserved>>,
    lists: Once<(RegistryPackage, String), Result<Arc<VersionsDocument>, Stopped>>,
    releases: Once<(RegistryPackage, String, String), Result<RemoteAddr, Stopped>>,
    packages: Once<PackageAddr, Result<Package, Unfetched>>,
    repositories: Once<String, Result<(), Stopped>>,
    rounds: Mutex<HashMap<(Subject, String), u32>>,
    count: AtomicUsize,
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

impl Answers {
    /// No answers yet.
    pub fn new(cx: Cx, config: CliConfig, scratch: Arc<Scratch>, probes: bool) -> Self {
        Self {
            cx,
            config,
            scratch,
            probes,
            credentials: Once::default(),
            services: Once::default(),
            lists: Once::default(),
            releases: Once::default(),
            packages: Once::default(),
            repositories: Once::default(),
            rounds: Mutex::default(),
            count: AtomicUsize::new(0),
        }
    }

    /// The round in which a failed question is asked again, where the client asks it again for the next call.
    fn again(&self, asker: Asker, question: (Subject, String), failed: bool) -> Option<u32> {
        if asker == Asker::Scout || !failed {
            return None;
        }
        let mut rounds = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
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
        self.credentials
            .get(host, async {
                Arc::new(credentials::run(&self.cx, &self.config, host).await)
            })
            .await
    }

    /// The modules service of a host.
    pub async fn service(&self, asker: Asker, host: &Host) -> Result<Service, Stopped> {
        let credentials = self.credentials(host).await;
        let ask = |round| {
            discovery::run(
                &self.cx,
                &self.config,
                host,
                credentials.used.as_ref(),
                round,
            )
        };
        let known = self.services.get(host, ask(1)).await;
        let asks_again = known.as_ref().is_err_and(|unserved| !unserved.remembered);
        let question = (Subject::Host(host.for_display()), String::new());
        let answer = match self.again(asker, question, asks_again) {
            None => known,
            Some(round) => {
                let fresh = ask(round).await;
                self.services.replace(host, fresh.clone());
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
        let ask = async |round| {
            let answer =
                versions::run(&self.cx, service, module, credentials.used.as_ref(), round).await;
            if answer.is_err() && self.probes && !credentials.hidden.is_empty() {
                probe::hidden_credentials(&self.cx, service, module, &credentials).await;
            }
            answer.map(Arc::new)
        };
        let known = self.lists.get(&key, ask(1)).await;
        let question = (Subject::Module(module.to_string()), apart);
        match self.again(asker, question, known.is_err()) {
            None => known,
            Some(round) => {
                let fresh = ask(round).await;
                self.lists.replace(&key, fresh.clone());
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
        let ask = |round| {
            location::run(
                &self.cx,
                service,
                module,
                version,
                credentials.used.as_ref(),
                round,
            )
        };
        let known = self.releases.get(&key, ask(1)).await;
        let question = (Subject::Release(format!("{module} {version}")), apart);
        match self.again(asker, question, known.is_err()) {
            None => known,
            Some(round) => {
                let fresh = ask(round).await;
                self.releases.replace(&key, fresh.clone());
                fresh
            }
        }
    }

    /// Whether Bitbucket has a repository for the client, which asks so at this address.
    pub async fn repository(&self, question: &str) -> Result<(), Stopped> {
        // On the heap, as every future of a walk holds this one.
        let ask = Box::pin(bitbucket::run(&self.cx, question));
        self.repositories.get(&question.to_owned(), ask).await
    }

    /// A package.
    pub async fn package(
        &self,
        asker: Asker,
        package: &PackageAddr,
        named_by: NamedBy,
    ) -> Result<Package, Unfetched> {
        let ask = async |round| {
            let number = self.count.fetch_add(1, Ordering::Relaxed);
            let work = self
                .scratch
                .directory(&format!("fetch{number}"))
                .map_err(|_| Unfetched::default())?;
            fetch::run(
                &self.cx,
                package,
                named_by,
                &work.join("tree"),
                &work,
                round,
            )
            .await
        };
        let known = self.packages.get(package, ask(1)).await;
        let question = (Subject::Package(package.as_str().to_owned()), String::new());
        match self.again(asker, question, known.is_err()) {
            None => known,
            Some(round) => {
                let fresh = ask(round).await;
                self.packages.replace(package, fresh.clone());
                fresh
            }
        }
    }
}
