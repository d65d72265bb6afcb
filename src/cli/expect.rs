//! What is expected of targets: the checks and hosts of the configuration file, and `--slow`.
//!
//! The expectations of a target enter its trace, so that rules judge them like everything else.

use crate::addr::AddrRules;
use crate::addr::target::Target;
use crate::addr::target::parse_target;
use crate::cli::args::Global;
use crate::cli::args::Judgement;
use crate::cli::args::Network;
use crate::cli::check;
use crate::cli::config::HostSettings;
use crate::cli::failure::Failure;
use crate::cli::settings;
use crate::io::IoSettings;
use crate::io::env::Env;
use crate::io::files;
use crate::io::tls;
use crate::report::Asked;
use crate::trace::Trace;
use crate::trace::expected::Expectations;
use crate::trace::expected::Expected;
use crate::trace::expected::SlowLimit;
use crate::walk::Goal;
use crate::walk::Settled;
use std::time::Duration;

/// Everything that is expected, by target.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    entries: Vec<(String, Expected)>,
    hosts: Vec<HostSettings>,
    slow: Option<(Duration, String)>,
    file: String,
}

impl Watch {
    /// What flags and the configuration file expect.
    pub fn of(global: &Global, judgement: &Judgement) -> Result<Self, Failure> {
        let slow = judgement.slow.as_deref().map(|text| {
            let origin = global
                .context
                .settings
                .iter()
                .find(|setting| setting.name == "slow")
                .map_or_else(
                    || "--slow".to_owned(),
                    |setting| setting.value.origin.to_string(),
                );
            settings::duration(text, "--slow").map(|limit| (limit, origin))
        });
        let config = global.context.config.clone().unwrap_or_default();
        Ok(Self {
            entries: config
                .checks
                .into_iter()
                .map(|entry| (entry.target, entry.expected))
                .collect(),
            hosts: config.hosts,
            slow: slow.transpose()?,
            file: config.shown,
        })
    }

    /// The targets: those named, else those of the configuration file, else the directory where it has configuration.
    pub fn words(&self, named: &[String], env: &Env) -> Vec<String> {
        if !named.is_empty() {
            return named.to_vec();
        }
        let mut words: Vec<String> = Vec::new();
        for (target, _) in &self.entries {
            if !words.contains(target) {
                words.push(target.clone());
            }
        }
        if words.is_empty() && crate::cli::has_configuration(env) {
            words.push(".".to_owned());
        }
        words
    }

    /// A target; a host with a canary is walked through that module.
    pub fn target(
        &self,
        asked: Asked,
        goal: Goal,
        rules: &AddrRules,
    ) -> Result<(Asked, Goal), Failure> {
        let Asked::Host(host) = &asked else {
            return Ok((asked, goal));
        };
        let Some((canary, settings)) = self.canary(host) else {
            return Ok((asked, goal));
        };
        let wrong = || {
            Failure::Usage(format!(
                "{}:{}: canary \"{}\": NAMESPACE/NAME/SYSTEM is expected",
                self.file,
                settings.line,
                crate::foreign::visible(canary)
            ))
        };
        let parsed = parse_target(&format!("{host}/{canary}"), rules).map_err(|_| wrong())?;
        match parsed.target {
            Target::Module { address, version } => Ok((
                asked,
                Goal::Module {
                    address,
                    constraint: version,
                },
            )),
            Target::Host(_) | Target::Package(_) | Target::Directory(_) => Err(wrong()),
        }
    }

    /// Puts what is expected of a target beside what happened to it.
    pub fn enter(
        &self,
        trace: &mut Trace,
        asked: &Asked,
        listed: Vec<Expected>,
        settled: &Settled,
    ) {
        let title = asked.title();
        let slow = self.slow.iter().map(|(limit, origin)| SlowLimit {
            stage: None,
            host: None,
            limit: *limit,
            origin: origin.clone(),
        });
        let of_hosts = self.hosts.iter().filter_map(|host| {
            Some(SlowLimit {
                stage: None,
                host: Some(host.host.clone()),
                limit: host.slow?,
                origin: format!("{}:{}", self.file, host.line),
            })
        });
        let mut entries: Vec<Expected> = self
            .entries
            .iter()
            .filter(|(target, _)| target == title)
            .map(|(_, expected)| expected.clone())
            .chain(listed)
            .collect();
        for entry in &mut entries {
            entry.missing = missing(entry, trace, settled);
        }
        let canary = match asked {
            Asked::Host(host) => self.canary(host).map(|(canary, _)| canary.to_owned()),
            Asked::Module(_) | Asked::Package(_) | Asked::Dir(_) | Asked::Records(_) => None,
        };
        trace.expected = Expectations {
            entries,
            slow: slow.chain(of_hosts).collect(),
            canary,
        };
    }

    fn canary(&self, host: &str) -> Option<(&str, &HostSettings)> {
        let settings = self.hosts.iter().find(|settings| settings.host == host)?;
        Some((settings.canary.as_deref()?, settings))
    }

    /// A target of the configuration file that cannot be used is named with its place.
    pub fn at_entry(&self, failure: Failure) -> Failure {
        let text = failure.to_string();
        let place = self
            .entries
            .iter()
            .find(|(target, _)| text.starts_with(&format!("{target}: ")))
            .and_then(|(_, expected)| expected.place.as_ref());
        match place {
            Some(place) => Failure::Usage(format!(
                "{}:{}:{}: {text}",
                place.file, place.line, place.column
            )),
            None => failure,
        }
    }
}

/// The network flags of a command that is no check, with what the configuration file sets for single hosts.
pub fn network(global: &Global, network: &Network) -> Result<IoSettings, Failure> {
    let mut settings = check::network(network)?;
    hosts(global, 1, &mut settings)?;
    Ok(settings)
}

fn with_port(host: &str) -> String {
    if host
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok())
    {
        host.to_owned()
    } else {
        format!("{host}:443")
    }
}

/// What the configuration file sets for single hosts, among so many jobs that share a rate. A further root counts for its host
/// alone, on every port: a host that it redirects to has a table of its own.
pub fn hosts(global: &Global, jobs: u32, settings: &mut IoSettings) -> Result<(), Failure> {
    let Some(config) = &global.context.config else {
        return Ok(());
    };
    for host in &config.hosts {
        if let Some(file) = &host.ca_file {
            if let Err(problem) = tls::count_roots(file) {
                return Err(Failure::Usage(format!(
                    "{}:{}: ca-file {}: no certificate can be read from it ({problem:?})",
                    config.shown,
                    host.line,
                    file.display()
                )));
            }
            let name = host.ascii.split(':').next().unwrap_or_default();
            let own = (name.to_owned(), file.clone());
            settings.host_ca_files.push(own);
        }
        if let Some(rate) = host.rate {
            let interval = Duration::from_secs_f64(f64::from(jobs) / rate);
            settings
                .host_intervals
                .insert(with_port(&host.ascii), interval);
        }
    }
    Ok(())
}

/// The expected files that are not in the module's directory; nothing where the directory was not reached.
fn missing(entry: &Expected, trace: &Trace, settled: &Settled) -> Option<Vec<String>> {
    let call = trace.calls.first()?;
    let dir = settled.workspace.physical(call.dir.as_deref()?);
    if files::target_kind(&dir) != files::Kind::Directory {
        return None;
    }
    let lacking = entry
        .files
        .iter()
        .filter(|file| files::target_kind(&dir.join(file)) != files::Kind::File);
    Some(lacking.cloned().collect())
}
