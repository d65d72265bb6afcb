//! What hosts, registries and package addresses answered: asked once per key, whoever needs it.

use crate::addr::Host;
use crate::addr::PackageAddr;
use crate::addr::RegistryPackage;
use crate::addr::RemoteAddr;
use crate::io::ask::NamedBy;
use crate::io::trees::Scratch;
use crate::stages::Cx;
use crate::stages::Manner;
use crate::stages::cli_config::CliConfig;
use crate::stages::credentials;
use crate::stages::credentials::Credentials;
use crate::stages::discovery;
use crate::stages::discovery::Service;
use crate::stages::discovery::Unserved;
use crate::stages::fetch;
use crate::stages::fetch::Package;
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
    lists: Once<RegistryPackage, Result<Arc<VersionsDocument>, Stopped>>,
    releases: Once<(RegistryPackage, String), Result<RemoteAddr, Stopped>>,
    packages: Once<PackageAddr, Result<Package, Stopped>>,
    rounds: Mutex<HashMap<Subject, u32>>,
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
            rounds: Mutex::default(),
            count: AtomicUsize::new(0),
        }
    }

    /// The round in which a failed question is asked again, where the client asks it again for the next call.
    fn again(&self, asker: Asker, subject: Subject, failed: bool) -> Option<u32> {
        if asker == Asker::Scout || !failed {
            return None;
        }
        let mut rounds = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
        let round = rounds.entry(subject).or_insert(0);
        *round += 1;
        (*round > 1 && self.cx.manner == Manner::Get).then_some(*round)
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
        let answer = match self.again(asker, Subject::Host(host.for_display()), asks_again) {
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
    pub async fn list(
        &self,
        asker: Asker,
        service: &Service,
        module: &RegistryPackage,
    ) -> Result<Arc<VersionsDocument>, Stopped> {
        let credentials = self.credentials(&module.host).await;
        let ask = async |round| {
            let answer =
                versions::run(&self.cx, service, module, credentials.used.as_ref(), round).await;
            if answer.is_err() && self.probes && !credentials.hidden.is_empty() {
                probe::hidden_credentials(&self.cx, service, module, &credentials).await;
            }
            answer.map(Arc::new)
        };
        let known = self.lists.get(module, ask(1)).await;
        match self.again(asker, Subject::Module(module.to_string()), known.is_err()) {
            None => known,
            Some(round) => {
                let fresh = ask(round).await;
                self.lists.replace(module, fresh.clone());
                fresh
            }
        }
    }

    /// The location of a version.
    pub async fn release(
        &self,
        asker: Asker,
        service: &Service,
        module: &RegistryPackage,
        version: &str,
    ) -> Result<RemoteAddr, Stopped> {
        let credentials = self.credentials(&module.host).await;
        let key = (module.clone(), version.to_owned());
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
        match self.again(
            asker,
            Subject::Release(format!("{module} {version}")),
            known.is_err(),
        ) {
            None => known,
            Some(round) => {
                let fresh = ask(round).await;
                self.releases.replace(&key, fresh.clone());
                fresh
            }
        }
    }

    /// A package.
    pub async fn package(
        &self,
        asker: Asker,
        package: &PackageAddr,
        named_by: NamedBy,
    ) -> Result<Package, Stopped> {
        let ask = async |round| {
            let number = self.count.fetch_add(1, Ordering::Relaxed);
            let work = self
                .scratch
                .directory(&format!("fetch{number}"))
                .map_err(|_| Stopped)?;
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
        match self.again(
            asker,
            Subject::Package(package.as_str().to_owned()),
            known.is_err(),
        ) {
            None => known,
            Some(round) => {
                let fresh = ask(round).await;
                self.packages.replace(package, fresh.clone());
                fresh
            }
        }
    }
}
