//! Redirects, by the caller's policy; secrets stay with their origin.
//!
//! An origin is scheme, host and port. The client compares host names only, so it sends a token on to another port or to plain
//! http; where it would, the exchange says so and the token stays here.

use super::ask::Answer;
use super::ask::Ask;
use super::ask::Carried;
use super::ask::Credential;
use super::ask::NamedBy;
use super::http::Http;
use super::target;
use super::target::Next;
use crate::foreign::Foreign;
use crate::trace::exchange::Withheld;
use crate::trace::tracer::OpenStep;
use reqwest::Url;
use std::fmt;

/// What a caller wants of redirects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HopPolicy {
    /// How many are followed.
    pub most: u32,
    /// When the client sends a header with a credential to the next hop.
    pub rule: HostRule,
}

/// When the client sends a header with a credential to the next hop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HostRule {
    /// Where the host is that of the hop before, or below it: Go up to 1.23.4.
    #[default]
    HopBefore,
    /// Where the host is that of the first request, or below it, and never again after it was not.
    First,
}

/// Why no further hop was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HopEnd {
    /// The last answer is no redirect, or none came.
    Final,
    /// One redirect more than the policy follows.
    TooMany {
        /// How many it follows.
        limit: u32,
    },
    /// A redirect that names no address; the client takes its answer as the last one.
    NoLocation,
    /// A redirect to what the client cannot read.
    BadLocation(Foreign),
    /// A redirect to another scheme than http and https.
    ForbiddenScheme(Foreign),
}

/// A chain of redirects.
#[derive(Clone)]
pub struct Followed {
    /// The answer of the last hop.
    pub answer: Answer,
    /// The addresses that were asked, the first one included; for the wire, not for people.
    pub urls: Vec<String>,
    /// Why no further hop was made.
    pub end: HopEnd,
}

impl fmt::Debug for Followed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Addresses may hold secrets.
        formatter
            .debug_struct("Followed")
            .field("answer", &self.answer)
            .field("hops", &self.urls.len())
            .field("end", &self.end)
            .finish()
    }
}

impl Followed {
    /// The address that gave the last answer.
    pub fn last_url(&self) -> &str {
        self.urls.last().map_or("", String::as_str)
    }
}

/// Sends a request and follows its redirects; every hop is an exchange of the step.
pub async fn follow(http: &Http, step: &mut OpenStep, ask: Ask, policy: HopPolicy) -> Followed {
    let mut way = Way::new(&ask);
    let mut ask = ask;
    let mut urls = Vec::new();
    loop {
        urls.push(ask.url.clone());
        let answer = http.send(step, ask.clone()).await;
        let end = match next(&ask.url, &answer, http.limits().location_bytes) {
            Step::Ends(end) => Some(end),
            Step::To(_) if ask.hop >= policy.most => Some(HopEnd::TooMany { limit: policy.most }),
            Step::To(next) => {
                way.go(&mut ask, &next, policy.rule);
                None
            }
        };
        if let Some(end) = end {
            return Followed { answer, urls, end };
        }
    }
}

enum Step {
    Ends(HopEnd),
    To(Next),
}

fn next(base: &str, answer: &Answer, longest: usize) -> Step {
    let Some(got) = answer.got() else {
        return Step::Ends(HopEnd::Final);
    };
    if !matches!(got.status, 301 | 302 | 303 | 307 | 308) {
        return Step::Ends(HopEnd::Final);
    }
    let location = got.header("location").unwrap_or_default();
    if location.is_empty() {
        return Step::Ends(HopEnd::NoLocation);
    }
    let bad = || {
        let shown = location.get(..longest).unwrap_or(location);
        Step::Ends(HopEnd::BadLocation(Foreign::from_bytes(shown)))
    };
    if location.len() > longest {
        return bad();
    }
    let Some(next) = target::resolve(base, location) else {
        return bad();
    };
    if !next.url.starts_with("http:") && !next.url.starts_with("https:") {
        return Step::Ends(HopEnd::ForbiddenScheme(Foreign::from_bytes(location)));
    }
    Step::To(next)
}

/// Scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Origin {
    scheme: String,
    host: String,
    port: u16,
}

impl Origin {
    fn of(url: &str) -> Self {
        target::url(url).map_or_else(|_| Self::default(), |url| Self::from(&url))
    }
}

impl From<&Url> for Origin {
    fn from(url: &Url) -> Self {
        Self {
            scheme: url.scheme().to_owned(),
            host: url.host_str().unwrap_or_default().to_owned(),
            port: url.port_or_known_default().unwrap_or_default(),
        }
    }
}

/// Where a chain of redirects has been.
struct Way {
    credential: Option<Credential>,
    first: Origin,
    now: Origin,
    has_left: bool,
    is_stripped: bool,
}

impl Way {
    fn new(ask: &Ask) -> Self {
        let first = Origin::of(&ask.url);
        Self {
            credential: ask.credential.clone(),
            now: first.clone(),
            first,
            has_left: false,
            is_stripped: false,
        }
    }

    fn go(&mut self, ask: &mut Ask, next: &Next, rule: HostRule) {
        let to = Origin::of(&next.url);
        if to != self.first {
            // What the user typed may be asked again; what a server named may not be everything.
            ask.named_by = NamedBy::Server;
            self.has_left = true;
        }
        ask.credential = self
            .credential
            .clone()
            .and_then(|credential| match credential.carried {
                Carried::Address => self.with_address(credential, next),
                Carried::Header => self.with_header(credential, &to, rule),
            });
        ask.url.clone_from(&next.url);
        ask.hop += 1;
        self.now = to;
    }

    /// A relative location keeps the user information of the address, which lost it for good otherwise.
    fn with_address(&mut self, credential: Credential, next: &Next) -> Option<Credential> {
        if !next.is_relative {
            self.credential = None;
        }
        next.is_relative.then_some(credential)
    }

    fn with_header(
        &mut self,
        mut credential: Credential,
        to: &Origin,
        rule: HostRule,
    ) -> Option<Credential> {
        let client_keeps = match rule {
            HostRule::HopBefore => is_below(&to.host, &self.now.host),
            HostRule::First => !self.is_stripped && is_below(&to.host, &self.first.host),
        };
        self.is_stripped |= !client_keeps;
        if !client_keeps {
            return None;
        }
        if credential.withheld.is_none() {
            credential.withheld = self.withheld(to);
        }
        Some(credential)
    }

    fn withheld(&self, to: &Origin) -> Option<Withheld> {
        if to == &self.first && !self.has_left {
            return None;
        }
        if to == &self.first || to.host != self.first.host {
            return Some(Withheld::AfterDetour);
        }
        if self.first.scheme == "https" && to.scheme == "http" {
            return Some(Withheld::LowerScheme);
        }
        Some(Withheld::OtherPort)
    }
}

/// Whether a host is another one or lies below it, as Go compares them.
fn is_below(host: &str, parent: &str) -> bool {
    if host.eq_ignore_ascii_case(parent) {
        return true;
    }
    // Numbers have no hosts below them.
    if parent.is_empty() || host.starts_with('[') {
        return false;
    }
    host.strip_suffix(parent)
        .is_some_and(|rest| rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::HostRule;
    use super::Way;
    use crate::io::ask::Ask;
    use crate::io::ask::AskLimits;
    use crate::io::ask::Carried;
    use crate::io::ask::Credential;
    use crate::io::ask::NamedBy;
    use crate::io::ask::Scheme;
    use crate::io::ask::Take;
    use crate::io::limits::Limits;
    use crate::io::target;
    use crate::secret::Secret;
    use crate::trace::exchange::Withheld;

    fn ask(url: &str, carried: Carried) -> Ask {
        let limits = AskLimits::metadata(&Limits::default());
        let mut ask = Ask::get(url, limits, Take::Nothing);
        ask.credential = Some(Credential {
            scheme: Scheme::Bearer,
            secret: Secret::new("t0ken-value".to_owned()),
            origin: "TF_TOKEN_a".to_owned(),
            host: "a.example".to_owned(),
            carried,
            withheld: None,
        });
        ask
    }

    /// What goes with each hop: sent, withheld, or nothing.
    fn along(rule: HostRule, carried: Carried, urls: &[&str]) -> Vec<String> {
        let mut ask = ask(urls[0], carried);
        let mut way = Way::new(&ask);
        urls[1..]
            .iter()
            .map(|location| {
                let next = target::resolve(&ask.url, location.as_bytes()).expect("a location");
                way.go(&mut ask, &next, rule);
                match &ask.credential {
                    None => "none".to_owned(),
                    Some(credential) => match credential.withheld {
                        None => "sent".to_owned(),
                        Some(why) => format!("{why:?}"),
                    },
                }
            })
            .collect()
    }

    #[test]
    fn a_token_stays_with_its_origin() {
        let rows: [(&[&str], &[&str]); 8] = [
            (
                &["https://a.example/1", "/2", "https://a.example/3"],
                &["sent", "sent"],
            ),
            (&["https://a.example/1", "https://b.example/"], &["none"]),
            (
                &["https://a.example/1", "https://a.example:8443/"],
                &["OtherPort"],
            ),
            (
                &["https://a.example/1", "http://a.example/"],
                &["LowerScheme"],
            ),
            (
                &["https://a.example/1", "https://x.a.example/"],
                &["AfterDetour"],
            ),
            (&["https://a.example/1", "https://xa.example/"], &["none"]),
            (
                &[
                    "https://a.example/1",
                    "https://b.example/",
                    "https://a.example/",
                ],
                &["none", "none"],
            ),
            (
                &[
                    "https://a.example/1",
                    "https://b.example/",
                    "/2",
                    "https://a.example/",
                    "/3",
                ],
                &["none", "AfterDetour", "none", "AfterDetour"],
            ),
        ];
        for (urls, wanted) in rows {
            assert_eq!(
                along(HostRule::HopBefore, Carried::Header, urls),
                wanted,
                "{urls:?}"
            );
        }
    }

    #[test]
    fn newer_clients_never_send_a_token_again_once_it_was_dropped() {
        let urls = [
            "https://a.example/1",
            "https://b.example/",
            "/2",
            "https://a.example/",
            "/3",
        ];
        assert_eq!(
            along(HostRule::First, Carried::Header, &urls),
            ["none", "none", "none", "none"]
        );
    }

    #[test]
    fn user_information_follows_relative_locations_only() {
        let urls = ["http://a.example/1", "/2", "http://a.example/3", "/4"];
        assert_eq!(
            along(HostRule::HopBefore, Carried::Address, &urls),
            ["sent", "none", "none"]
        );
    }

    #[test]
    fn what_a_server_named_is_marked() {
        let mut ask = ask("https://a.example/", Carried::Header);
        let mut way = Way::new(&ask);
        let next = target::resolve(&ask.url, b"/x").expect("a location");
        way.go(&mut ask, &next, HostRule::First);
        assert_eq!((ask.named_by, ask.hop), (NamedBy::User, 1));
        let next = target::resolve(&ask.url, b"http://169.254.169.254/").expect("a location");
        way.go(&mut ask, &next, HostRule::First);
        assert_eq!((ask.named_by, ask.hop), (NamedBy::Server, 2));
        assert_eq!(format!("{:?}", Withheld::OtherPort), "OtherPort");
    }
}
