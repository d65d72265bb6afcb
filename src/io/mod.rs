//! The three doors to the outside: HTTP, processes, files.
//!
//! [`Io`] holds them for one run. Whatever goes through a door leaves a record in the open step; secrets leave their type only
//! here. Making an [`Io`] touches nothing: clients, roots and connections come into being when first needed.

mod body;
mod failure;
mod ready;
mod record;
mod target;
mod watch;

pub mod ask;
pub mod cloud;
pub mod dns;
pub mod env;
pub mod exchange;
pub mod files;
pub mod hops;
pub mod http;
pub mod input;
pub mod leftovers;
pub mod limits;
pub mod memory;
pub mod netrc;
pub mod permits;
pub mod process;
pub mod proxy;
pub mod retry;
pub mod scratch;
pub mod tls;
pub mod trees;
pub mod unpack_sink;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use ask::Answer;
pub use ask::Ask;
pub use ask::Got;
pub use ask::GotBody;
pub use env::Env;
pub use http::Http;
pub use limits::Limits;

use crate::secret::Redactor;
use dns::Family;
use dns::Names;
use dns::Override;
use permits::Gate;
use proxy::Proxies;
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tls::Identity;
use tls::RootSource;

/// The doors of one run, cheap to clone.
#[derive(Debug, Clone)]
pub struct Io {
    /// The door to HTTP.
    pub http: Http,
    /// The environment.
    pub env: Arc<Env>,
    /// Every cap.
    pub limits: Arc<Limits>,
    /// Requests at a time, as far as the files allow that may be open.
    pub jobs: usize,
    /// The mask over every record.
    pub redactor: Arc<Redactor>,
    /// Tells fingerprints of this run from those of others.
    pub salt: u64,
}

/// What a run wants of its doors.
#[derive(Debug, Clone)]
pub struct IoSettings {
    /// Name overrides.
    pub resolve: Vec<Override>,
    /// Whether hosts without override are refused.
    pub closed: bool,
    /// Which addresses are used.
    pub family: Family,
    /// Files with further roots.
    pub ca_files: Vec<PathBuf>,
    /// Files with further roots of single hosts, by name.
    pub host_ca_files: Vec<(String, PathBuf)>,
    /// A client certificate.
    pub identity: Option<Identity>,
    /// What is sent as `User-Agent` where a request says nothing else.
    pub user_agent: String,
    /// A proxy above those of the environment.
    pub proxy: Option<String>,
    /// A list of exceptions above that of the environment.
    pub no_proxy: Option<String>,
    /// Hosts whose token may go over plain http.
    pub token_over_http: Vec<String>,
    /// Requests at a time.
    pub jobs: usize,
    /// Requests at a time to one host.
    pub host_jobs: usize,
    /// The shortest time between two requests to one host.
    pub host_interval: Option<Duration>,
    /// The same for single hosts, by name and port.
    pub host_intervals: HashMap<String, Duration>,
    /// For how long a host is left alone after one connection after the other failed; nothing to ask on and on.
    pub rest: Option<Duration>,
    /// Every cap.
    pub limits: Limits,
}

impl Default for IoSettings {
    fn default() -> Self {
        Self {
            resolve: Vec::new(),
            closed: false,
            family: Family::Both,
            ca_files: Vec::new(),
            host_ca_files: Vec::new(),
            identity: None,
            user_agent: concat!("tfreg-doctor/", env!("CARGO_PKG_VERSION")).to_owned(),
            proxy: None,
            no_proxy: None,
            token_over_http: Vec::new(),
            jobs: 128,
            host_jobs: 100,
            host_interval: None,
            host_intervals: HashMap::new(),
            rest: None,
            limits: Limits::default(),
        }
    }
}

impl Io {
    /// The doors for an environment and what was set.
    pub fn new(env: Env, settings: IoSettings) -> Self {
        let salt = std::hash::RandomState::new().hash_one(std::process::id());
        let redactor = Arc::new(Redactor::default());
        let proxies = Proxies::new(
            &env,
            settings.proxy.as_deref(),
            settings.no_proxy.as_deref(),
        );
        let roots = RootSource::new(&env, &settings.ca_files).with_hosts(settings.host_ca_files);
        let limits = Arc::new(settings.limits);
        let jobs = permits::within_open_files(settings.jobs, env::most_open_files());
        let http = Http::new(http::Parts {
            names: Names {
                overrides: settings.resolve,
                closed: settings.closed,
                family: settings.family,
                most: limits.addresses,
            },
            proxies,
            roots,
            identity: settings.identity,
            gate: Gate::new(jobs, settings.host_jobs, settings.host_interval)
                .with_intervals(settings.host_intervals)
                .resting(settings.rest),
            redactor: Arc::clone(&redactor),
            salt,
            limits: Arc::clone(&limits),
            user_agent: settings.user_agent,
            token_over_http: settings.token_over_http,
        });
        Self {
            http,
            env: Arc::new(env),
            limits,
            jobs,
            redactor,
            salt,
        }
    }
}
