//! What clients print where a registry's answer ends the way: discovery, versions, location.

use crate::addr::Host;
use crate::client::Behaviour;
use crate::client::Client;
use crate::finding::Said;
use crate::rules::wording::status_text;
use crate::rules::words::calls::About;
use crate::rules::words::fill::Values;
use crate::rules::words::go;
use crate::rules::words::table::Kind;
use crate::rules::words::table::said;
use crate::rules::words::table::words;
use crate::trace::Fact;
use crate::trace::Step;
use crate::trace::Stop;
use crate::trace::Subject;
use crate::trace::exchange::Body;
use crate::trace::exchange::CertificateFailure;
use crate::trace::exchange::Failure;
use crate::trace::stop::NoService;

/// How often a discovery document is asked for by clients that ask again.
const DISCOVERY_TRIES: u32 = 4;
/// How often clients that ask again ask for versions and locations.
const TRIES: u32 = 2;
/// The first release that says why there is no location.
const LONG_ANSWERS: (u64, u64, u64) = (0, 12, 24);

/// Where the discovery of a host ended.
pub(super) fn discovery(about: &About<'_>, step: &Step, stop: &Stop) -> Option<Said> {
    let client = about.client;
    let values = about.registry();
    let of = |kind: Kind, values: &Values| Some(words(kind, client, values));
    let error = |error: &str| values.clone().with("error", error);
    let stop = &as_status(step, stop);
    let why = match stop {
        Stop::Failed(Failure::Limit { number, .. }) => {
            let announced = step
                .last_exchange()
                .and_then(|exchange| exchange.reply()?.header("content-length"));
            let sizes = values
                .clone()
                .with("got", announced?)
                .with("limit", number.to_string());
            of(Kind::DiscoverySize, &sizes)
        }
        Stop::Failed(failure) if is_body(step) => {
            let failed = go::failed(step.last_exchange()?, failure, client)?;
            of(Kind::DiscoveryBody, &error(&failed))
        }
        Stop::Failed(_) | Stop::Status { .. } | Stop::Redirects { .. } | Stop::BadRedirect(_) => {
            of(
                Kind::DiscoveryRequest,
                &error(&request(client, step, stop)?),
            )
        }
        Stop::BadContentType(got) => {
            let got = got.as_ref().map_or("", |got| got.raw());
            of(Kind::DiscoveryNoType, &values.clone().with("type", got))
        }
        Stop::NotJson { got } => of(Kind::DiscoveryType, &values.clone().with("type", got.raw())),
        Stop::TooLarge { got, limit } => {
            let sizes = values
                .clone()
                .with("got", got.to_string())
                .with("limit", limit.to_string());
            of(Kind::DiscoverySize, &sizes)
        }
        Stop::Undecodable { words, .. } => of(Kind::DiscoveryDecode, &error(words)),
        Stop::BadServiceUrl { words, .. } => {
            match words.strip_prefix("Failed to parse service URL: ") {
                Some(reason) => of(Kind::ServiceUrl, &error(reason)),
                None => Some(words.clone()),
            }
        }
        Stop::NoService(NoService::NotFound | NoService::Null) => of(Kind::NoService, &values),
        Stop::NoService(NoService::NoKey) => of(Kind::NoServiceKey, &values),
        Stop::NoService(NoService::OtherVersion { .. }) => of(Kind::OtherService, &values),
        _ => None,
    }?;
    said(Kind::Versions, client, &values.with("why", why))
}

/// Why the request for a document failed.
fn request(client: &Client, step: &Step, stop: &Stop) -> Option<String> {
    let last = step.last_exchange()?;
    let (text, tries) = match stop {
        Stop::Status { got, .. } => {
            let status = status_text(*got);
            return Some(if is_asked_again(*got) {
                given_up(client, step, DISCOVERY_TRIES, "", &status)
            } else {
                status
            });
        }
        Stop::BadRedirect(to) => match go::bad_redirect(last, to.raw()) {
            (text, true) => (text, DISCOVERY_TRIES),
            (text, false) => (text, 1),
        },
        Stop::Failed(failure) => (go::failed(last, failure, client)?, discovery_tries(failure)),
        Stop::Redirects { limit } if client.does(Behaviour::ManyDiscoveryRedirects) => {
            let words = format!("stopped after {} redirects", limit + 1);
            (go::redirects(last, &words), DISCOVERY_TRIES)
        }
        Stop::Redirects { .. } => (go::redirects(last, "too many redirects"), DISCOVERY_TRIES),
        _ => return None,
    };
    Some(given_up(client, step, tries, &format!(": {text}"), &text))
}

/// Whether clients that ask again do so after a status.
fn is_asked_again(status: u16) -> bool {
    status == 429 || (status >= 500 && status != 501)
}

/// Whether a reply came, and its body broke off.
fn is_body(step: &Step) -> bool {
    step.last_exchange()
        .is_some_and(|exchange| exchange.reply().is_some())
}

fn given_up(client: &Client, step: &Step, tries: u32, error: &str, once: &str) -> String {
    if !client.does(Behaviour::RetriesDiscovery) {
        return once.to_owned();
    }
    let asked = step.exchanges().next();
    let values = Values::default()
        .with(
            "url",
            asked.map_or("", |exchange| exchange.sent.url.as_str()),
        )
        .with("tries", tries.to_string())
        .with("error", error);
    words(Kind::GivenUp, client, &values)
}

fn discovery_tries(failure: &Failure) -> u32 {
    match failure {
        Failure::Certificate(CertificateFailure::UnknownIssuer | CertificateFailure::WrongName) => {
            1
        }
        _ => DISCOVERY_TRIES,
    }
}

/// Where a list of versions, or the choice from it, ended the way.
pub(super) fn versions(about: &About<'_>, step: &Step, stop: &Stop) -> Option<Said> {
    let client = about.client;
    let values = about.registry();
    let stop = &as_status(step, stop);
    let why = match stop {
        Stop::ModuleNotFound => return said(Kind::NotFound, client, &values),
        Stop::NoModules => return said(Kind::NoModules, client, &values),
        Stop::NoVersions => return said(Kind::NoVersions, client, &values),
        Stop::NoMatch { newest, .. } => {
            return said(Kind::NoMatch, client, &values.with("newest", newest));
        }
        Stop::Status { got, .. } => repeated_status(client, step, *got).unwrap_or_else(|| {
            let status = values.clone().with("status", status_text(*got));
            words(Kind::VersionsStatus, client, &status)
        }),
        other => common(client, step, other)?,
    };
    said(Kind::Versions, client, &values.with("why", why))
}

/// Where the question for a location ended.
pub(super) fn location(about: &About<'_>, step: &Step, stop: &Stop) -> Option<Said> {
    let client = about.client;
    let values = location_values(about, step);
    if let Stop::BadLocation { got, error } = stop {
        return bad_location(about, step, got.raw(), &error.client_text());
    }
    let stop = &as_status(step, stop);
    let why = match stop {
        Stop::NoDownload => words(Kind::NoDownload, client, &values),
        Stop::Status { got, .. } => repeated_status(client, step, *got).unwrap_or_else(|| {
            let status = values.clone().with("status", status_text(*got));
            words(Kind::LocationStatus, client, &status)
        }),
        Stop::NoLocation { status } => {
            let status = values.clone().with("status", status_text(*status));
            words(Kind::NoLocation, client, &status)
        }
        Stop::Undecodable {
            pointer,
            words: text,
            head,
        } if pointer == "X-Terraform-Get" => {
            let error = text.strip_prefix("invalid relative URL: ").unwrap_or(text);
            let values = values.clone().with("url", head.raw()).with("error", error);
            words(Kind::RelativeUrl, client, &values)
        }
        Stop::Undecodable { words: text, .. } => {
            words(Kind::Body, client, &values.clone().with("error", text))
        }
        other => common(client, step, other)?,
    };
    let kind = if client.release < LONG_ANSWERS {
        Kind::LocationInShort
    } else {
        Kind::Location
    };
    said(kind, client, &values.with("why", why))
}

/// A location that is no address; early clients meet it when they fetch.
fn bad_location(about: &About<'_>, step: &Step, got: &str, why: &str) -> Option<Said> {
    let client = about.client;
    let taken = step.facts.iter().find_map(|fact| match fact {
        Fact::Location(fact) => fact.taken.as_ref(),
        _ => None,
    });
    let values = location_values(about, step)
        .with("url", taken.map_or(got, |taken| taken.raw()))
        .with("why", why);
    if client.does(Behaviour::ExpandsRegistryGlob) {
        return said(Kind::DownloadNamed, client, &values);
    }
    said(Kind::BadLocation, client, &values).or_else(|| {
        let why = words(Kind::LocationRefused, client, &values);
        said(Kind::Location, client, &values.with("why", why))
    })
}

fn location_values(about: &About<'_>, step: &Step) -> Values {
    let (module, version) = match &step.key.subject {
        Subject::Release(name) => name.rsplit_once(' ').unwrap_or((name, "")),
        other => (other.name(), ""),
    };
    let body = step
        .last_exchange()
        .and_then(|exchange| exchange.reply())
        .map(|reply| match &reply.body {
            Body::Text { text, .. } => text.raw(),
            Body::None | Body::Stored { .. } => "",
        });
    about
        .registry()
        .with("module", module)
        .with("version", version)
        .with("body", body.unwrap_or_default())
}

/// A redirect without a location is an answer like any other.
fn as_status(step: &Step, stop: &Stop) -> Stop {
    let status = step
        .last_exchange()
        .and_then(crate::trace::Exchange::status);
    match (stop, status) {
        (Stop::BadRedirect(to), Some(got)) if to.raw().is_empty() => Stop::Status {
            got,
            expected: "200",
        },
        _ => stop.clone(),
    }
}

/// What is said of connections and documents, whatever was asked for.
fn common(client: &Client, step: &Step, stop: &Stop) -> Option<String> {
    match stop {
        Stop::Undecodable { words, .. } => Some(words.clone()),
        Stop::BadRedirect(to) => {
            let (text, again) = go::bad_redirect(step.last_exchange()?, to.raw());
            Some(repeated(client, if again { TRIES } else { 1 }, &text))
        }
        Stop::Failed(failure) => {
            let exchange = step.last_exchange()?;
            let failed = go::failed(exchange, failure, client)?;
            if exchange.reply().is_some() {
                return Some(failed);
            }
            let tries = match failure {
                Failure::Certificate(_) => 1,
                _ => TRIES,
            };
            Some(repeated(client, tries, &failed))
        }
        // The answer that redirects once too often counts for more than the error.
        Stop::Redirects { .. } if client.does(Behaviour::RetriesRegistryCalls) => {
            let status = step.last_exchange()?.status()?;
            Some(repeated(client, 1, &returned(client, step, status)))
        }
        Stop::Redirects { limit } => Some(go::redirects(
            step.last_exchange()?,
            &format!("stopped after {} redirects", limit + 1),
        )),
        _ => None,
    }
}

/// What is said of a status for which the client asks again; nothing where it does not.
fn repeated_status(client: &Client, step: &Step, status: u16) -> Option<String> {
    if !client.does(Behaviour::RetriesRegistryCalls) || !is_asked_again(status) {
        return None;
    }
    let error = returned(client, step, status);
    Some(repeated(client, TRIES, &error))
}

/// A status as the error of a request; early clients leave out whose it is.
fn returned(client: &Client, step: &Step, status: u16) -> String {
    if client.does(Behaviour::ExpandsRegistryGlob) {
        return status.to_string();
    }
    let last = step.last_exchange();
    let url = last.map_or("", |last| last.sent.url.as_str());
    format!("{} returned from {url}", status_text(status))
}

fn repeated(client: &Client, tries: u32, error: &str) -> String {
    if !client.does(Behaviour::RetriesRegistryCalls) {
        return error.to_owned();
    }
    let kind = if tries > 1 {
        Kind::Repeated
    } else {
        Kind::NotRepeated
    };
    let values = Values::default()
        .with("tries", tries.to_string())
        .with("error", error);
    words(kind, client, &values)
}

/// The host of a call as messages about versions name it.
pub(super) fn plain_host(shown: &str) -> String {
    Host::parse(shown).map_or_else(|_| shown.to_owned(), |host| host.ascii_with_port())
}
