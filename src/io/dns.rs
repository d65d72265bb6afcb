//! Lookups: overrides first, then the system; closed mode refuses every name it was not given.
//!
//! Addresses at which clouds hand out credentials are refused here, at the last moment before connecting, where a server and
//! not the user named the host. At most a handful of addresses of one name are tried.

use super::watch::Watch;
use crate::foreign::Foreign;
use crate::trace::exchange::Failure;
use crate::trace::exchange::Forbidden;
use crate::trace::exchange::LookupFailure;
use reqwest::dns::Addrs;
use reqwest::dns::Name;
use reqwest::dns::Resolve;
use reqwest::dns::Resolving;
use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

/// A name override: `HOST:PORT:ADDR`, where the address may bring a port of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// The host name, in lower case.
    pub host: String,
    /// The port of the address that is asked for.
    pub port: u16,
    /// Where to connect instead.
    pub address: SocketAddr,
}

/// Why a text is no override.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadOverride {
    /// Fewer than three parts.
    Parts(String),
    /// The port is no number.
    Port(String),
    /// The address is no IP address.
    Address(String),
}

impl Override {
    /// Reads `HOST:PORT:ADDR` and `HOST:PORT:ADDR:PORT`; an IPv6 address may stand in brackets.
    pub fn parse(text: &str) -> Result<Self, BadOverride> {
        let mut parts = text.splitn(3, ':');
        let (Some(host), Some(port), Some(address)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(BadOverride::Parts(text.to_owned()));
        };
        if host.is_empty() || address.is_empty() {
            return Err(BadOverride::Parts(text.to_owned()));
        }
        let port: u16 = port
            .parse()
            .map_err(|_| BadOverride::Port(port.to_owned()))?;
        let bare = address
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(address);
        let address = bare
            .parse::<IpAddr>()
            .map(|ip| SocketAddr::new(ip, port))
            .or_else(|_| address.parse::<SocketAddr>())
            .map_err(|_| BadOverride::Address(address.to_owned()))?;
        Ok(Self {
            host: host.to_ascii_lowercase(),
            port,
            address,
        })
    }
}

/// Which addresses are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Family {
    /// Both families.
    #[default]
    Both,
    /// Only IPv4.
    Four,
    /// Only IPv6.
    Six,
}

/// How names become addresses in this run.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Overrides, the first that fits counts.
    pub overrides: Vec<Override>,
    /// Whether names without override are refused.
    pub closed: bool,
    /// Which addresses are used.
    pub family: Family,
    /// How many addresses of a name are tried.
    pub most: usize,
}

impl Names {
    /// The override of a host and port.
    pub fn given(&self, host: &str, port: u16) -> Option<SocketAddr> {
        self.overrides
            .iter()
            .find(|known| known.port == port && known.host.eq_ignore_ascii_case(host))
            .map(|known| known.address)
    }

    /// Why the tool refuses to contact a host before any lookup, if it does.
    pub fn refused(&self, host: &str, port: u16, server_named: bool) -> Option<Forbidden> {
        if server_named && is_metadata_host(host) {
            return Some(Forbidden::Metadata);
        }
        let outside =
            !is_loopback_host(host) && !is_never_there(host) && self.given(host, port).is_none();
        (self.closed && outside).then_some(Forbidden::Closed)
    }

    async fn look_up(&self, host: &str, watch: Option<&Watch>) -> Result<Vec<SocketAddr>, Failure> {
        let port = watch.map_or(0, |watch| watch.dial.1);
        let found = match self.given(host, port) {
            Some(address) => vec![address],
            None if self.closed && is_never_there(host) => {
                return Err(Failure::Lookup(LookupFailure::NotFound));
            }
            None if self.closed && !is_loopback_host(host) => {
                return Err(Failure::Forbidden(Forbidden::Closed));
            }
            None => system(host).await?,
        };
        let server_named = watch.is_some_and(|watch| watch.server_named);
        if server_named && found.iter().any(|address| is_metadata(address.ip())) {
            return Err(Failure::Forbidden(Forbidden::Metadata));
        }
        let fitting: Vec<SocketAddr> = found
            .into_iter()
            .filter(|address| match self.family {
                Family::Both => true,
                Family::Four => address.is_ipv4(),
                Family::Six => address.is_ipv6(),
            })
            .take(self.most)
            .collect();
        if fitting.is_empty() {
            return Err(Failure::Lookup(LookupFailure::NoAddress));
        }
        Ok(fitting)
    }
}

/// Names of the zone `invalid` do not exist by definition, so that nobody has to be asked.
fn is_never_there(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host == "invalid" || host.ends_with(".invalid")
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let names = self.clone();
        let watch = Watch::current();
        Box::pin(async move {
            let began = Instant::now();
            if let Some(watch) = &watch {
                watch.seen().lookup_began = Some(began);
            }
            let found = names.look_up(name.as_str(), watch.as_deref()).await;
            if let Some(watch) = &watch {
                let mut seen = watch.seen();
                seen.lookup_took = Some(began.elapsed());
                match &found {
                    Ok(addresses) => seen.addresses.clone_from(addresses),
                    Err(failure) => seen.lookup_failure = Some(failure.clone()),
                }
            }
            match found {
                Ok(addresses) => Ok(Box::new(addresses.into_iter()) as Addrs),
                Err(failure) => Err(Box::new(LookupError(failure)) as Box<dyn Error + Send + Sync>),
            }
        })
    }
}

/// A lookup that failed, on its way through the HTTP client.
#[derive(Debug)]
struct LookupError(Failure);

impl fmt::Display for LookupError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "lookup failed: {:?}", self.0)
    }
}

impl Error for LookupError {}

async fn system(host: &str) -> Result<Vec<SocketAddr>, Failure> {
    let began = Instant::now();
    // Port 0 is replaced by the port of the address that is asked for.
    match tokio::net::lookup_host((host, 0)).await {
        Ok(found) => Ok(found.collect()),
        Err(error) => Err(Failure::Lookup(lookup_failure(
            &error.to_string(),
            began.elapsed(),
        ))),
    }
}

/// The system's words are all that it gives: the kind of the error is always the same.
fn lookup_failure(words: &str, took: Duration) -> LookupFailure {
    const NOT_FOUND: [&str; 3] = [
        "Name or service not known",
        "nodename nor servname provided",
        "Name does not resolve",
    ];
    const PATIENCE: Duration = Duration::from_secs(4);
    if NOT_FOUND.iter().any(|known| words.contains(known)) {
        return LookupFailure::NotFound;
    }
    if words.contains("No address associated with") || words.contains("no address") {
        return LookupFailure::NoAddress;
    }
    if words.contains("Temporary failure") && took >= PATIENCE {
        return LookupFailure::Timeout;
    }
    let words = words
        .strip_prefix("failed to lookup address information: ")
        .unwrap_or(words);
    LookupFailure::Other(Foreign::new(words))
}

/// Whether an address is one at which clouds hand out credentials.
pub fn is_metadata(address: IpAddr) -> bool {
    const ALIBABA: Ipv4Addr = Ipv4Addr::new(100, 100, 100, 200);
    const AWS_SIX: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    match address {
        IpAddr::V4(four) => four.is_link_local() || four == ALIBABA,
        IpAddr::V6(six) if six == AWS_SIX => true,
        IpAddr::V6(six) => embedded(six).is_some_and(|four| is_metadata(IpAddr::V4(four))),
    }
}

/// The IPv4 address inside a mapped, compatible or translated IPv6 address.
fn embedded(six: Ipv6Addr) -> Option<Ipv4Addr> {
    let [prefix @ .., high, low] = six.segments();
    match prefix {
        [0, 0, 0, 0, 0, 0 | 0xffff] | [0x64, 0xff9b, 0, 0, 0, 0] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            Some(Ipv4Addr::new(a, b, c, d))
        }
        _ => None,
    }
}

/// Whether a host, as it stands in an address, is one at which clouds hand out credentials.
pub fn is_metadata_host(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    literal(host).map_or_else(
        || {
            ["metadata.google.internal", "metadata.goog"]
                .iter()
                .any(|known| known.eq_ignore_ascii_case(host))
        },
        is_metadata,
    )
}

/// Whether a host, as it stands in an address, is this machine by name or number.
pub fn is_loopback_host(host: &str) -> bool {
    let lower = host.trim_end_matches('.').to_ascii_lowercase();
    if lower == "localhost" || lower.ends_with(".localhost") {
        return true;
    }
    match literal(&lower) {
        Some(IpAddr::V4(four)) => four.is_loopback(),
        Some(IpAddr::V6(six)) => {
            six.is_loopback() || six.to_ipv4_mapped().is_some_and(|four| four.is_loopback())
        }
        None => false,
    }
}

fn literal(host: &str) -> Option<IpAddr> {
    host.strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host)
        .parse()
        .ok()
}

/// The resolver as the HTTP client wants it.
pub(super) fn resolver(names: Names) -> Arc<Names> {
    Arc::new(names)
}

#[cfg(test)]
mod tests {
    use super::BadOverride;
    use super::LookupFailure;
    use super::Names;
    use super::Override;
    use super::is_loopback_host;
    use super::is_metadata_host;
    use super::lookup_failure;
    use crate::trace::exchange::Forbidden;
    use std::time::Duration;

    #[test]
    fn overrides_are_read_with_and_without_a_port_of_their_own() {
        let parsed = Override::parse("Reg.example:443:127.0.0.1").expect("an override");
        assert_eq!(parsed.host, "reg.example");
        assert_eq!(parsed.address.to_string(), "127.0.0.1:443");
        let moved = Override::parse("reg.example:443:127.0.0.1:9000").expect("an override");
        assert_eq!(moved.address.to_string(), "127.0.0.1:9000");
        let six = Override::parse("reg.example:443:[::1]:9000").expect("an override");
        assert_eq!(six.address.to_string(), "[::1]:9000");
        let bare = Override::parse("reg.example:443:::1").expect("an override");
        assert_eq!(bare.address.to_string(), "[::1]:443");
        assert_eq!(
            Override::parse("a:b"),
            Err(BadOverride::Parts("a:b".to_owned()))
        );
        assert_eq!(
            Override::parse("a:b:c"),
            Err(BadOverride::Port("b".to_owned()))
        );
        assert_eq!(
            Override::parse("a:1:c"),
            Err(BadOverride::Address("c".to_owned()))
        );
    }

    #[test]
    fn metadata_addresses_are_known_in_every_form() {
        for host in [
            "169.254.169.254",
            "169.254.170.2",
            "[fd00:ec2::254]",
            "100.100.100.200",
            "[::ffff:169.254.169.254]",
            "[::ffff:a9fe:a9fe]",
            "metadata.google.internal",
            "Metadata.Google.Internal.",
            "[64:ff9b::a9fe:a9fe]",
        ] {
            assert!(is_metadata_host(host), "{host}");
        }
        for host in ["169.253.169.254", "10.0.0.1", "example.com", "[fd00::254]"] {
            assert!(!is_metadata_host(host), "{host}");
        }
    }

    #[test]
    fn loopback_is_known_by_name_and_number() {
        for host in [
            "localhost",
            "a.localhost",
            "127.0.0.1",
            "127.9.9.9",
            "[::1]",
            "::1",
        ] {
            assert!(is_loopback_host(host), "{host}");
        }
        for host in ["localhost.example", "128.0.0.1", "example.com"] {
            assert!(!is_loopback_host(host), "{host}");
        }
    }

    #[test]
    fn closed_mode_refuses_what_it_was_not_given() {
        let names = Names {
            overrides: vec![Override::parse("a.example:443:127.0.0.1").expect("an override")],
            closed: true,
            ..Names::default()
        };
        assert_eq!(names.refused("a.example", 443, true), None);
        assert_eq!(
            names.refused("a.example", 80, false),
            Some(Forbidden::Closed)
        );
        assert_eq!(
            names.refused("10.1.2.3", 443, false),
            Some(Forbidden::Closed)
        );
        assert_eq!(names.refused("127.0.0.1", 80, false), None);
    }

    #[test]
    fn the_systems_words_tell_lookup_failures_apart() {
        let prefix = "failed to lookup address information: ";
        let quick = Duration::from_millis(5);
        assert_eq!(
            lookup_failure(&format!("{prefix}Name or service not known"), quick),
            LookupFailure::NotFound
        );
        assert_eq!(
            lookup_failure(
                &format!("{prefix}No address associated with hostname"),
                quick
            ),
            LookupFailure::NoAddress
        );
        let temporary = format!("{prefix}Temporary failure in name resolution");
        assert!(matches!(
            lookup_failure(&temporary, quick),
            LookupFailure::Other(_)
        ));
        assert_eq!(
            lookup_failure(&temporary, Duration::from_secs(10)),
            LookupFailure::Timeout
        );
    }
}
