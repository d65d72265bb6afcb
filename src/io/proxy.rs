//! Which proxy a request goes through, and which rule chose it: the rules of Go's HTTP client, which the real client uses.
//!
//! `ALL_PROXY` is no such rule. Loopback never goes through a proxy. With `REQUEST_METHOD` set, a plain http request for
//! which `HTTP_PROXY` is set fails, whatever its host.

use super::env::Env;
use crate::secret::Secret;
use percent_encoding::percent_decode_str;
use reqwest::Url;
use std::fmt;
use std::net::IpAddr;

/// The proxy settings of a run.
#[derive(Clone, Default)]
pub struct Proxies {
    plain: Option<Setting>,
    secure: Option<Setting>,
    exceptions: Vec<Exception>,
    is_cgi: bool,
}

/// What is done with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// It goes straight to its host; the entry that said so, where one did.
    Direct {
        /// The entry of `NO_PROXY`.
        exception: Option<String>,
    },
    /// It goes through a proxy.
    Through(ProxyChoice),
    /// It fails as the client's would.
    Refused,
}

/// A proxy, and why it.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyChoice {
    /// Its address with user information: for the wire only.
    pub url: Url,
    /// The variable or flag that named it.
    pub rule: String,
}

impl ProxyChoice {
    /// The address without user information.
    pub fn shown(&self) -> String {
        let port = self
            .url
            .port()
            .map(|port| format!(":{port}"))
            .unwrap_or_default();
        format!(
            "{}://{}{port}",
            self.url.scheme(),
            self.url.host_str().unwrap_or_default()
        )
    }

    /// The password that goes to it.
    pub fn password(&self) -> Option<Secret> {
        let encoded = self.url.password()?;
        let decoded = percent_decode_str(encoded).decode_utf8_lossy();
        Some(Secret::new(decoded.into_owned()))
    }

    /// The host and port that are connected to.
    pub fn dial(&self) -> (String, u16) {
        let default = match self.url.scheme() {
            "https" => 443,
            "socks5" | "socks5h" => 1080,
            _ => 80,
        };
        (
            bare_host(&self.url).to_owned(),
            self.url.port().unwrap_or(default),
        )
    }
}

impl fmt::Debug for ProxyChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} by {}", self.shown(), self.rule)
    }
}

impl fmt::Debug for Proxies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Proxies")
            .field("exceptions", &self.exceptions)
            .finish_non_exhaustive()
    }
}

#[derive(Clone)]
struct Setting {
    url: Url,
    rule: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Exception {
    entry: String,
    port: String,
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    All,
    Network(IpAddr, u8),
    Address(IpAddr),
    /// A suffix with its dot, and whether the domain itself counts.
    Domain(String, bool),
}

impl Proxies {
    /// The settings of an environment; the flags `--proxy` and `--no-proxy` stand above it.
    pub fn new(env: &Env, proxy: Option<&str>, no_proxy: Option<&str>) -> Self {
        let variable = |upper: &'static str, lower: &'static str| {
            env.filled(upper)
                .map(|value| (value, upper))
                .or_else(|| env.filled(lower).map(|value| (value, lower)))
        };
        let flag = proxy.map(|value| (value, "--proxy"));
        let setting = |found: Option<(&str, &str)>| {
            found.and_then(|(value, rule)| {
                address(value).map(|url| Setting {
                    url,
                    rule: rule.to_owned(),
                })
            })
        };
        let exceptions = no_proxy
            .or_else(|| variable("NO_PROXY", "no_proxy").map(|(value, _)| value))
            .unwrap_or_default();
        Self {
            plain: setting(flag.or_else(|| variable("HTTP_PROXY", "http_proxy"))),
            secure: setting(flag.or_else(|| variable("HTTPS_PROXY", "https_proxy"))),
            exceptions: exceptions_of(exceptions),
            is_cgi: flag.is_none() && env.filled("REQUEST_METHOD").is_some(),
        }
    }

    /// Whether no request can go through a proxy.
    pub fn is_empty(&self) -> bool {
        self.plain.is_none() && self.secure.is_none()
    }

    /// What is done with a request to this address.
    pub fn choose(&self, url: &Url) -> Choice {
        let setting = match url.scheme() {
            "https" => self.secure.as_ref(),
            "http" => self.plain.as_ref(),
            _ => None,
        };
        let Some(setting) = setting else {
            return Choice::Direct { exception: None };
        };
        if url.scheme() == "http" && self.is_cgi {
            return Choice::Refused;
        }
        let host = bare_host(url).to_ascii_lowercase();
        let ip: Option<IpAddr> = host.parse().ok();
        if host == "localhost" || ip.is_some_and(|ip| ip.is_loopback()) {
            return Choice::Direct { exception: None };
        }
        let port = url.port_or_known_default().unwrap_or_default().to_string();
        let exception = self
            .exceptions
            .iter()
            .find(|exception| exception.fits(&host, &port, ip));
        match exception {
            Some(exception) => Choice::Direct {
                exception: Some(exception.entry.clone()),
            },
            None => Choice::Through(ProxyChoice {
                url: setting.url.clone(),
                rule: setting.rule.clone(),
            }),
        }
    }
}

impl Exception {
    fn fits(&self, host: &str, port: &str, ip: Option<IpAddr>) -> bool {
        let port_fits = self.port.is_empty() || self.port == port;
        match &self.what {
            What::All => true,
            What::Network(network, bits) => ip.is_some_and(|ip| contains(*network, *bits, ip)),
            What::Address(known) => port_fits && ip.is_some_and(|ip| unmapped(ip) == *known),
            What::Domain(suffix, itself) => {
                let is_it = *itself && suffix.strip_prefix('.') == Some(host);
                port_fits && (host.ends_with(suffix.as_str()) || is_it)
            }
        }
    }
}

fn bare_host(url: &Url) -> &str {
    let host = url.host_str().unwrap_or_default();
    host.strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host)
}

/// The address of a proxy as the client reads it: without scheme it is http, and what is no address counts as nothing.
fn address(value: &str) -> Option<Url> {
    if has_bad_escape(value) {
        return None;
    }
    let given = Url::parse(value)
        .ok()
        .filter(|url| url.has_host() && value.contains("://"));
    let mut url = match given {
        Some(url) => url,
        None => Url::parse(&format!("http://{value}")).ok()?,
    };
    if !matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") {
        // Go speaks http to a proxy whose scheme it does not know.
        let rest = value.split_once("://").map_or(value, |(_, rest)| rest);
        url = Url::parse(&format!("http://{rest}")).ok()?;
    }
    if url.scheme() == "socks5" {
        // Go leaves the lookup to such a proxy; the HTTP client does so only under this name.
        url.set_scheme("socks5h").ok()?;
    }
    url.has_host().then_some(url)
}

fn has_bad_escape(value: &str) -> bool {
    value.split('%').skip(1).any(|part| {
        let digits = part.as_bytes();
        !matches!(digits, [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit())
    })
}

fn exceptions_of(list: &str) -> Vec<Exception> {
    let mut found = Vec::new();
    for entry in list.split(',') {
        let entry = entry.trim().to_lowercase();
        if entry == "*" {
            return vec![Exception {
                entry,
                port: String::new(),
                what: What::All,
            }];
        }
        found.extend(exception(&entry));
    }
    found
}

fn exception(entry: &str) -> Option<Exception> {
    let made = |port: &str, what| {
        Some(Exception {
            entry: entry.to_owned(),
            port: port.to_owned(),
            what,
        })
    };
    if let Some((network, bits)) = network(entry) {
        return made("", What::Network(network, bits));
    }
    let (host, port) = split_port(entry).unwrap_or((entry, ""));
    if let Ok(ip) = host.parse::<IpAddr>() {
        return made(port, What::Address(unmapped(ip)));
    }
    let host = host
        .strip_prefix('*')
        .filter(|rest| rest.starts_with('.'))
        .unwrap_or(host);
    if host.is_empty() {
        return None;
    }
    if host.starts_with('.') {
        return made(port, What::Domain(ascii(host), false));
    }
    made(port, What::Domain(format!(".{}", ascii(host)), true))
}

/// Splits as Go does: one colon outside brackets, or a bracketed host.
fn split_port(entry: &str) -> Option<(&str, &str)> {
    let (host, port) = entry.rsplit_once(':')?;
    if let Some(inner) = host.strip_prefix('[') {
        return Some((inner.strip_suffix(']')?, port));
    }
    (!host.contains([':', '[', ']']) && !port.contains(']')).then_some((host, port))
}

fn network(entry: &str) -> Option<(IpAddr, u8)> {
    let (ip, bits) = entry.split_once('/')?;
    let ip: IpAddr = ip.parse().ok()?;
    let bits: u8 = bits.parse().ok()?;
    let most = if ip.is_ipv4() { 32 } else { 128 };
    (bits <= most).then_some((ip, bits))
}

fn contains(network: IpAddr, bits: u8, ip: IpAddr) -> bool {
    match (network, unmapped(ip)) {
        (IpAddr::V4(network), IpAddr::V4(ip)) => {
            let shift = 32 - u32::from(bits);
            u32::from(network).checked_shr(shift) == u32::from(ip).checked_shr(shift)
        }
        (IpAddr::V6(network), IpAddr::V6(ip)) => {
            let shift = 128 - u32::from(bits);
            u128::from(network).checked_shr(shift) == u128::from(ip).checked_shr(shift)
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

fn unmapped(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(six) => six.to_ipv4_mapped().map_or(ip, IpAddr::V4),
        IpAddr::V4(_) => ip,
    }
}

fn ascii(host: &str) -> String {
    if host.is_ascii() {
        return host.to_owned();
    }
    // The client writes such a name in its ASCII form; the URL parser is what knows that form here.
    let (dot, name) = host
        .strip_prefix('.')
        .map_or(("", host), |rest| (".", rest));
    Url::parse(&format!("http://{name}/"))
        .ok()
        .and_then(|url| url.host_str().map(|known| format!("{dot}{known}")))
        .unwrap_or_else(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::Choice;
    use super::Proxies;
    use crate::io::env::Env;
    use reqwest::Url;

    fn chosen(variables: &str, url: &str) -> String {
        let pairs = variables
            .split_whitespace()
            .filter_map(|pair| pair.split_once('='));
        let proxies = Proxies::new(&Env::from_pairs(pairs), None, None);
        match proxies.choose(&Url::parse(url).expect("a URL")) {
            Choice::Direct { .. } => "-".to_owned(),
            Choice::Through(choice) => choice.shown(),
            Choice::Refused => "refused".to_owned(),
        }
    }

    /// Variables, an address, and what comes of it: a proxy, `-` for none, `refused`.
    const ROWS: &[(&str, &str, &str)] = &[
        ("", "http://h/", "-"),
        ("HTTP_PROXY=http://p:1", "http://h/", "http://p:1"),
        ("HTTP_PROXY=http://p:1", "https://h/", "-"),
        ("HTTPS_PROXY=http://p:1", "https://h/", "http://p:1"),
        ("HTTPS_PROXY=http://p:1", "http://h/", "-"),
        ("http_proxy=http://p:1", "http://h/", "http://p:1"),
        ("https_proxy=http://p:1", "https://h/", "http://p:1"),
        (
            "HTTPS_PROXY= https_proxy=http://q:2",
            "https://h/",
            "http://q:2",
        ),
        (
            "HTTP_PROXY=http://p:1 http_proxy=http://q:2",
            "http://h/",
            "http://p:1",
        ),
        (
            "ALL_PROXY=http://p:1 all_proxy=http://p:1",
            "http://h/",
            "-",
        ),
        ("HTTP_PROXY=p:3128", "http://h/", "http://p:3128"),
        ("HTTP_PROXY=p", "http://h/", "http://p"),
        ("HTTP_PROXY=10.0.0.1:80", "http://h/", "http://10.0.0.1"),
        ("HTTP_PROXY=socks5://p:1", "http://h/", "socks5h://p:1"),
        ("HTTP_PROXY=ftp://p:7", "http://h/", "http://p:7"),
        ("HTTP_PROXY=http://%zz", "http://h/", "-"),
        ("HTTP_PROXY=http://u:pw@p:1", "http://h/", "http://p:1"),
        (
            "HTTP_PROXY=http://p:1 REQUEST_METHOD=GET",
            "http://h/",
            "refused",
        ),
        (
            "HTTP_PROXY=http://p:1 REQUEST_METHOD=GET",
            "http://127.0.0.1/",
            "refused",
        ),
        (
            "HTTPS_PROXY=http://p:1 REQUEST_METHOD=GET",
            "https://h/",
            "http://p:1",
        ),
        ("HTTP_PROXY=http://p:1", "http://localhost:8/", "-"),
        ("HTTP_PROXY=http://p:1", "http://127.8.8.8/", "-"),
        ("HTTP_PROXY=http://p:1", "http://[::1]:9/", "-"),
        (
            "HTTP_PROXY=http://p:1",
            "http://sub.localhost/",
            "http://p:1",
        ),
        ("HTTP_PROXY=http://p:1 NO_PROXY=*", "http://h/", "-"),
        ("HTTP_PROXY=http://p:1 NO_PROXY=a,*,b", "http://h/", "-"),
        (
            "HTTP_PROXY=http://p:1 NO_PROXY=foo.com",
            "http://foo.com/",
            "-",
        ),
        (
            "HTTP_PROXY=http://p:1 NO_PROXY=foo.com",
            "http://bar.foo.com/",
            "-",
        ),
        (
            "HTTP_PROXY=http://p:1 NO_PROXY=foo.com",
            "http://barfoo.com/",
            "http://p:1",
        ),
        (
            "HTTP_PROXY=http://p:1 NO_PROXY=.foo.com",
            "http://foo.com/",
            "http://p:1",
        ),
        (
            "HTTP_PROXY=http://p:1 NO_PROXY=.foo.com",
            "http://a.foo.com/",
            "-",
        ),
        (
            "HTTP_PROXY=http://p:1 NO_PROXY=*.foo.com",
            "http://a.foo.com/",
            "-",
        ),
        (
            "HTTP_PROXY=http://p:1 NO_PROXY=*.foo.com",
            "http://foo.com/",
            "http://p:1",
        ),
        (
            "HTTP_PROXY=http://p:1 NO_PROXY=foo.com:80",
            "http://foo.com/",
            "-",
        ),
        (
            "HTTP_PROXY=http://p:1 NO_PROXY=foo.com:81",
            "http://foo.com/",
            "http://p:1",
        ),
        (
            "HTTPS_PROXY=http://p:1 NO_PROXY=foo.com:443",
            "https://foo.com/",
            "-",
        ),
        (
            "HTTP_PROXY=http://p:1 NO_PROXY=FOO.com",
            "http://Foo.COM/",
            "-",
        ),
        (
            "HTTP_PROXY=http://p:1 NO_PROXY=10.0.0.0/8",
            "http://10.9.9.9/",
            "-",
        ),
        (
            "HTTP_PROXY=http://p:1 NO_PROXY=10.0.0.0/8",
            "http://11.9.9.9/",
            "http://p:1",
        ),
        (
            "HTTP_PROXY=http://p:1 NO_PROXY=0.0.0.0/0",
            "http://11.9.9.9/",
            "-",
        ),
        (
            "HTTP_PROXY=http://p:1 NO_PROXY=10.0.0.1",
            "http://10.0.0.1:99/",
            "-",
        ),
        (
            "HTTP_PROXY=http://p:1 NO_PROXY=10.0.0.1:98",
            "http://10.0.0.1:99/",
            "http://p:1",
        ),
        (
            "HTTP_PROXY=http://p:1 NO_PROXY=[fd00::1]:99",
            "http://[fd00::1]:99/",
            "-",
        ),
        (
            "HTTP_PROXY=http://p:1 NO_PROXY=fd00::/16",
            "http://[fd00::1]/",
            "-",
        ),
        (
            "HTTP_PROXY=http://p:1 NO_PROXY=http://foo.com",
            "http://foo.com/",
            "http://p:1",
        ),
        (
            "HTTP_PROXY=http://p:1 no_proxy=foo.com",
            "http://foo.com/",
            "-",
        ),
        (
            "HTTP_PROXY=http://p:1 NO_PROXY=:80,,",
            "http://foo.com/",
            "http://p:1",
        ),
    ];

    #[test]
    fn the_table_of_variables() {
        assert!(ROWS.len() >= 40);
        for (variables, url, wanted) in ROWS {
            assert_eq!(chosen(variables, url), *wanted, "{variables} {url}");
        }
    }

    #[test]
    fn flags_stand_above_the_environment() {
        let env = Env::from_pairs([
            ("HTTP_PROXY", "http://p:1"),
            ("NO_PROXY", "h"),
            ("REQUEST_METHOD", "GET"),
        ]);
        let url = Url::parse("http://h/").expect("a URL");
        let proxies = Proxies::new(&env, Some("http://flag:9"), Some("other"));
        let Choice::Through(choice) = proxies.choose(&url) else {
            panic!("direct");
        };
        assert_eq!(
            (choice.shown().as_str(), choice.rule.as_str()),
            ("http://flag:9", "--proxy")
        );
    }

    #[test]
    fn user_information_is_not_shown() {
        let env = Env::from_pairs([("HTTP_PROXY", "http://user:pr0xy-password@p:1")]);
        let proxies = Proxies::new(&env, None, None);
        let choice = proxies.choose(&Url::parse("http://h/").expect("a URL"));
        assert!(!format!("{choice:?} {proxies:?}").contains("pr0xy"));
    }
}
