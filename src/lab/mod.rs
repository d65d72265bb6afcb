//! The registry that misbehaves on request: plays a scenario on the loopback interface.
//!
//! ```text
//! scenario    the file that describes a case      entries, archives, git_words, placeholders: its words
//! pack*       archives, byte for byte the same in every run
//! git_*       repositories, made and served without any program
//! certs       an authority and certificates of one run
//! server      listeners and connections           site, request, routes, aws, faults: one exchange
//! layout      files and environment of the client, for the caller to put in place
//! ```
//!
//! It imports nothing from the crate, reads and writes no file, and never connects to anything: it binds ports of
//! 127.0.0.1 and answers. What a client needs to reach it are ordinary user features, name overrides and a root
//! certificate. Every reply is written by hand, since most of them are ones no HTTP library agrees to send.

pub mod archives;
mod aws;
pub mod certs;
pub mod entries;
mod faults;
mod git_http;
mod git_objects;
mod git_store;
pub mod git_words;
pub mod layout;
pub mod pack;
mod pack_tar;
mod pack_xz;
mod pack_zip;
pub mod placeholders;
mod request;
mod routes;
pub mod scenario;
pub mod scenes;
mod server;
mod site;

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinSet;

use certs::Certificates;
use git_http::Hosted;
use pack::Shelf;
use placeholders::Placeholders;
use routes::Ready;
use scenario::{Certificate, Connection, Host, Route, Scenario};
use site::Site;

pub use layout::{LaidOut, environment, lay_out};
pub use site::Logged;

/// A running registry; it ends when dropped.
#[derive(Debug)]
pub struct Lab {
    site: Arc<Site>,
    shelf: Shelf,
    hosts: BTreeMap<String, Host>,
    ports: Ports,
    first: Vec<Arc<Ready>>,
    steps: Vec<Vec<Arc<Ready>>>,
    /// Bound and never listening, so that connections to its port are refused.
    _dead: TcpSocket,
    _tasks: JoinSet<()>,
}

impl Lab {
    /// Starts the registry of `scenario` for a client whose files are below the folder `work`.
    ///
    /// Everything is packed and prepared here: a mistake in the scenario is an error of the start, not of a reply.
    pub async fn start(scenario: &Scenario, work: &str) -> io::Result<Self> {
        let loopback = (Ipv4Addr::LOCALHOST, 0);
        let first = TcpListener::bind(loopback).await?;
        let second = TcpListener::bind(loopback).await?;
        let dead = TcpSocket::new_v4()?;
        dead.bind(SocketAddr::from(loopback))?;
        let (tls, certificates) = if scenario.wants_tls() {
            let default = scenario
                .tls
                .as_ref()
                .map_or(Certificate::Good, |tls| tls.certificate);
            let certificates = Certificates::new(default, &scenario.hosts)?;
            (Some(TcpListener::bind(loopback).await?), Some(certificates))
        } else {
            (None, None)
        };
        let ports = Ports {
            http: first.local_addr()?.port(),
            second: second.local_addr()?.port(),
            dead: dead.local_addr()?.port(),
            tls: tls
                .as_ref()
                .map(TcpListener::local_addr)
                .transpose()?
                .map(|address| address.port()),
        };
        let mut values = ports.placeholders(work);
        let repositories = Hosted::all(&scenario.git, &mut values)?;
        let shelf = Shelf::pack(scenario, values)?;
        let prepared = prepare(&scenario.routes, &shelf)?;
        let steps = scenario
            .then
            .iter()
            .map(|step| prepare(&step.routes, &shelf))
            .collect::<io::Result<Vec<_>>>()?;
        let site = Arc::new(Site::new(prepared.clone(), certificates, repositories));
        let mut tasks = JoinSet::new();
        tasks.spawn(server::listen(Arc::clone(&site), first, site::HTTP));
        tasks.spawn(server::listen(Arc::clone(&site), second, site::HTTP2));
        if let Some(listener) = tls {
            tasks.spawn(server::listen(Arc::clone(&site), listener, site::HTTPS));
        }
        let hosts = scenario.hosts.clone();
        Ok(Self {
            site,
            shelf,
            hosts,
            ports,
            first: prepared,
            steps,
            _dead: dead,
            _tasks: tasks,
        })
    }

    /// The port of plain HTTP, which is also the proxy.
    pub fn http_port(&self) -> u16 {
        self.ports.http
    }

    /// The second port of plain HTTP, with the same routes.
    pub fn second_port(&self) -> u16 {
        self.ports.second
    }

    /// The port of HTTPS, where the scenario has any.
    pub fn tls_port(&self) -> Option<u16> {
        self.ports.tls
    }

    /// A port that refuses connections.
    pub fn dead_port(&self) -> u16 {
        self.ports.dead
    }

    /// The certificate of the authority to trust, as PEM; empty without TLS.
    pub fn root_certificate_pem(&self) -> String {
        self.site.root_certificate_pem()
    }

    /// Where to find each virtual host: name, port asked for, address to connect to.
    pub fn resolve(&self) -> Vec<(String, u16, SocketAddr)> {
        let mut found = Vec::new();
        for (name, host) in &self.hosts {
            let (name, port) = scenario::split_port(name);
            let tls = self.ports.tls.unwrap_or(self.ports.dead);
            let secure = match host.connection {
                Connection::Tls | Connection::Hang | Connection::Drop | Connection::Alert => tls,
                Connection::Plain => self.ports.http,
                Connection::Refused => self.ports.dead,
            };
            let plain = match host.connection {
                Connection::Refused => self.ports.dead,
                Connection::Tls
                | Connection::Hang
                | Connection::Drop
                | Connection::Alert
                | Connection::Plain => self.ports.http,
            };
            found.push((
                name.to_owned(),
                port.unwrap_or(443),
                SocketAddr::from((Ipv4Addr::LOCALHOST, secure)),
            ));
            if port.is_none() {
                found.push((
                    name.to_owned(),
                    80,
                    SocketAddr::from((Ipv4Addr::LOCALHOST, plain)),
                ));
            }
        }
        found
    }

    /// The requests so far, in the order they were read.
    pub fn log(&self) -> Vec<Logged> {
        self.site.log()
    }

    /// The requests so far; the log is empty afterwards.
    pub fn take_log(&self) -> Vec<Logged> {
        self.site.take_log()
    }

    /// `text` with its placeholders filled in; unknown ones stay.
    pub fn expand(&self, text: &str) -> String {
        self.shelf.placeholders().expand(text)
    }

    /// What all placeholders of the run stand for.
    pub fn placeholders(&self) -> &Placeholders {
        self.shelf.placeholders()
    }

    /// The bytes of the archive called `name`.
    pub fn archive(&self, name: &str) -> Option<Bytes> {
        self.shelf.archive(name)
    }

    /// Puts the routes of a further step in front of the first ones; false where there is no such step.
    pub fn enter_step(&self, index: usize) -> bool {
        let Some(step) = self.steps.get(index) else {
            return false;
        };
        self.site
            .set_routes(step.iter().chain(&self.first).cloned().collect());
        true
    }
}

/// The ports bound for one run.
#[derive(Debug)]
struct Ports {
    http: u16,
    second: u16,
    dead: u16,
    tls: Option<u16>,
}

impl Ports {
    fn placeholders(&self, work: &str) -> Placeholders {
        let mut values = Placeholders::default();
        values.set("port", self.http.to_string());
        values.set("port2", self.second.to_string());
        values.set("dead_port", self.dead.to_string());
        values.set("base", format!("http://127.0.0.1:{}", self.http));
        values.set("base2", format!("http://127.0.0.1:{}", self.second));
        if let Some(port) = self.tls {
            values.set("tls_port", port.to_string());
            values.set("tls_base", format!("https://localhost:{port}"));
            values.set("ca_dir", format!("{work}/trust"));
            values.set("ca_file", format!("{work}/trust/ca.pem"));
        }
        values.set("work", work.to_owned());
        for name in ["root", "home", "tmp"] {
            values.set(name, format!("{work}/{name}"));
        }
        values
    }
}

fn prepare(routes: &[Route], shelf: &Shelf) -> io::Result<Vec<Arc<Ready>>> {
    routes
        .iter()
        .map(|route| Ok(Arc::new(Ready::new(route, shelf)?)))
        .collect()
}
