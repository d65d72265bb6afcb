//! Packages of Google Cloud Storage.
//!
//! One object is an archive, everything else a folder. Listings come from the JSON interface, objects from the other one, as in
//! the client. The host of an address is never asked, only that of the store or of an emulator that the environment names.

use crate::addr::PackageAddr;
use crate::addr::escape::Part;
use crate::addr::escape::escaped;
use crate::addr::url::GoUrl;
use crate::foreign::Foreign;
use crate::io::ask::Ask;
use crate::io::ask::AskLimits;
use crate::io::ask::Carried;
use crate::io::ask::Credential;
use crate::io::ask::Got;
use crate::io::ask::Pool;
use crate::io::ask::Scheme;
use crate::io::ask::Take;
use crate::io::cloud::google;
use crate::io::cloud::google::NoToken;
use crate::io::cloud::google::Token;
use crate::stages::Cx;
use crate::stages::fetch::Leg;
use crate::stages::fetch::Package;
use crate::stages::fetch::read_url;
use crate::stages::fetch_store::Written;
use crate::stages::fetch_store::file_of;
use crate::stages::fetch_store::into_file;
use crate::stages::fetch_store::is_passing;
use crate::stages::fetch_store::stop;
use crate::stages::fetch_store_address::gcs_place;
use crate::syntax::store_json;
use crate::syntax::store_xml;
use crate::trace::Fact;
use crate::trace::Stop;
use crate::trace::fact::StoreFact;
use crate::trace::stop::STORE_BAD_ADDRESS;
use crate::trace::stop::STORE_NO_CREDENTIAL;
use crate::trace::stop::STORE_NOT_EXCHANGED;
use crate::trace::stop::STORE_TOKEN_REFUSED;
use crate::trace::tracer::OpenStep;
use std::path::PathBuf;
use std::time::Duration;

/// Where the store is.
const STORE: &str = "https://storage.googleapis.com";
/// Attempts of one request; the client would go on for ever.
const ATTEMPTS: u32 = 4;

/// A store, ready to be asked.
struct Store {
    base: String,
    host: String,
    bucket: String,
    object: String,
    token: Option<Token>,
}

/// Fetches one object into a file of that name.
pub async fn one_file(
    cx: &Cx,
    step: &mut OpenStep,
    leg: &Leg,
    package: &PackageAddr,
    name: &str,
) -> Result<PathBuf, Stop> {
    let url = read_url(package)?;
    let store = open(cx, step, &url).await?;
    let generation = String::from_utf8_lossy(&url.fragment).into_owned();
    if !generation.is_empty() && generation.parse::<i64>().is_err() {
        let words = format!("strconv.ParseInt: parsing \"{generation}\": invalid syntax");
        return Err(stop(STORE_BAD_ADDRESS, words));
    }
    let take = into_file(cx, leg, name);
    let mut address = store.object_address(&store.object);
    if !generation.is_empty() {
        address = format!("{address}?generation={generation}");
    }
    let got = object(cx, step, leg, &store, address, take).await?;
    Ok(file_of(got)?.path)
}

/// Fetches a folder.
pub async fn folder(
    cx: &Cx,
    step: &mut OpenStep,
    leg: &Leg,
    package: &PackageAddr,
) -> Result<Package, Stop> {
    let url = read_url(package)?;
    let store = open(cx, step, &url).await?;
    let mut written = Written::default();
    let mut page_token = String::new();
    loop {
        let page = list(cx, step, leg, &store, &page_token).await?;
        for key in &page.names {
            let Some(target) = written.target(cx, leg, &store.object, key)? else {
                continue;
            };
            let address = store.object_address(key);
            let got = object(cx, step, leg, &store, address, target.take.clone()).await?;
            let file = file_of(got)?;
            written.came(cx, &target, &file.path, file.size)?;
        }
        match page.next.filter(|next| *next != page_token) {
            Some(next) => page_token = next,
            None => break,
        }
    }
    let mut fact = store.fact(&url);
    fact.listed = Some(written.listed);
    fact.neighbours = std::mem::take(&mut written.neighbours);
    step.note(Fact::Store(fact));
    written.package(cx, leg)
}

/// Reads the address and finds a token.
async fn open(cx: &Cx, step: &mut OpenStep, url: &GoUrl) -> Result<Store, Stop> {
    let bad = |words: &str| stop(STORE_BAD_ADDRESS, words);
    let place = gcs_place(url);
    // The client finds its credential before the store's library misses the bucket.
    if let Err(words) = place
        && !words.starts_with("storage:")
    {
        return Err(bad(words));
    }
    let token = Box::pin(google::find(&cx.io, step)).await;
    let mask = |words: String| cx.io.redactor.mask(&words);
    let token = token.map_err(|fault| match fault {
        NoToken::Missing(words) => stop(STORE_NO_CREDENTIAL, mask(words)),
        NoToken::Refused(words) => stop(STORE_TOKEN_REFUSED, mask(words)),
        NoToken::NotExchanged(words) => stop(STORE_NOT_EXCHANGED, mask(words)),
    })?;
    let (bucket, object) = place.map_err(bad)?;
    let base = match cx.io.env.filled("STORAGE_EMULATOR_HOST") {
        None => STORE.to_owned(),
        Some(host) if host.contains("://") => host.trim_end_matches('/').to_owned(),
        Some(host) => format!("http://{host}"),
    };
    let host = base
        .split_once("://")
        .map_or(base.as_str(), |(_, rest)| rest)
        .to_owned();
    let store = Store {
        base,
        host,
        bucket,
        object,
        token,
    };
    step.note(Fact::Store(store.fact(url)));
    Ok(store)
}

impl Store {
    fn fact(&self, url: &GoUrl) -> StoreFact {
        StoreFact {
            written_host: Foreign::new(url.host.clone()),
            host: Foreign::new(self.host.clone()),
            bucket: Foreign::new(self.bucket.clone()),
            key: Foreign::new(self.object.clone()),
            region: String::new(),
            key_origin: self.token.as_ref().map(|token| token.origin.clone()),
            sso: false,
            listed: None,
            neighbours: Vec::new(),
        }
    }

    fn object_address(&self, object: &str) -> String {
        let path = format!("/{}/{object}", self.bucket);
        format!("{}{}", self.base, escaped(path.as_bytes(), Part::Path))
    }

    fn list_address(&self, page_token: &str) -> String {
        let value = |text: &str| escaped(text.as_bytes(), Part::Query);
        format!(
            "{}/storage/v1/b/{}/o?alt=json&delimiter=&endOffset=&includeTrailingDelimiter=false&pageToken={}&prefix={}&prettyPrint=false&projection=full&startOffset=&versions=false",
            self.base,
            escaped(self.bucket.as_bytes(), Part::PathSegment),
            value(page_token),
            value(&self.object)
        )
    }

    fn credential(&self) -> Option<Credential> {
        let token = self.token.as_ref()?;
        Some(Credential {
            scheme: Scheme::Bearer,
            secret: token.secret.clone(),
            origin: token.origin.clone(),
            host: self.host.clone(),
            carried: Carried::Header,
            withheld: None,
        })
    }
}

async fn list(
    cx: &Cx,
    step: &mut OpenStep,
    leg: &Leg,
    store: &Store,
    page_token: &str,
) -> Result<store_json::Page, Stop> {
    let take = Take::Body {
        limit: cx.io.limits.metadata_bytes,
        name: "listing",
    };
    let got = send(cx, step, leg, store, store.list_address(page_token), take).await?;
    if got.status == 200 {
        return store_json::page(got.bytes())
            .ok_or_else(|| stop("InvalidListing", "the listing is no JSON"));
    }
    let error = store_json::error(got.bytes());
    let words = if got.status == 404 {
        "storage: bucket doesn't exist".to_owned()
    } else {
        format!(
            "googleapi: Error {}: {}, {}",
            got.status, error.message, error.reason
        )
    };
    Err(stop(code_of(got.status, "NoSuchBucket"), words))
}

async fn object(
    cx: &Cx,
    step: &mut OpenStep,
    leg: &Leg,
    store: &Store,
    address: String,
    take: Take,
) -> Result<Got, Stop> {
    let got = send(cx, step, leg, store, address, take).await?;
    if (200..300).contains(&got.status) {
        return Ok(got);
    }
    let words = if got.status == 404 {
        "storage: object doesn't exist".to_owned()
    } else {
        let error = store_xml::error(got.bytes());
        format!(
            "googleapi: got HTTP response code {} with body: {}: {}",
            got.status, error.code, error.message
        )
    };
    Err(stop(code_of(got.status, "NoSuchKey"), words))
}

/// The code under which S3 says the same.
fn code_of(status: u16, missing: &'static str) -> &'static str {
    match status {
        401 => "InvalidToken",
        403 => "AccessDenied",
        404 => missing,
        _ => "InternalError",
    }
}

async fn send(
    cx: &Cx,
    step: &mut OpenStep,
    leg: &Leg,
    store: &Store,
    address: String,
    take: Take,
) -> Result<Got, Stop> {
    let mut attempt = 1;
    loop {
        let limits = AskLimits::package(&cx.io.limits);
        let mut ask = Ask::get(address.clone(), limits, take.clone());
        ask.credential = store.credential();
        ask.pool = Pool::Package;
        ask.named_by = leg.named_by;
        ask.attempt = attempt;
        let answer = Box::pin(cx.io.http.send(step, ask)).await;
        let is_slow = answer.status() == Some(408);
        if attempt < ATTEMPTS && (is_passing(&answer) || is_slow) {
            tokio::time::sleep(Duration::from_millis(100 << attempt)).await;
            attempt += 1;
            continue;
        }
        let got = answer.came.map_err(Stop::Failed)?;
        return match &got.cut {
            Some(cut) => Err(Stop::Failed(cut.clone())),
            None => Ok(got),
        };
    }
}
