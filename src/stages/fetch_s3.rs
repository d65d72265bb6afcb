//! Packages of S3.
//!
//! One object is an archive, everything else a folder: a listing and every object in it. The host of an address counts only when
//! keys stand in it, or for clients with the second version of the SDK. Every key that is found on the way is masked.

use crate::addr::PackageAddr;
use crate::addr::url::GoUrl;
use crate::client::Behaviour;
use crate::foreign::Foreign;
use crate::io::ask::Answer;
use crate::io::ask::Ask;
use crate::io::ask::AskLimits;
use crate::io::ask::Coding;
use crate::io::ask::Got;
use crate::io::ask::Pool;
use crate::io::ask::Take;
use crate::io::cloud::AwsKey;
use crate::io::cloud::aws;
use crate::io::cloud::sign;
use crate::io::cloud::sign::StoreRequest;
use crate::stages::Cx;
use crate::stages::fetch::Leg;
use crate::stages::fetch::Package;
use crate::stages::fetch::read_url;
use crate::stages::fetch_store::Written;
use crate::stages::fetch_store::file_of;
use crate::stages::fetch_store::into_file;
use crate::stages::fetch_store::is_passing;
use crate::stages::fetch_store::stop;
use crate::stages::fetch_store_address::AmazonHosts;
use crate::stages::fetch_store_address::BadS3Address;
use crate::stages::fetch_store_address::S3Place;
use crate::stages::fetch_store_address::amazon_host;
use crate::stages::fetch_store_address::s3_place;
use crate::syntax::store_xml;
use crate::trace::Fact;
use crate::trace::Stop;
use crate::trace::fact::StoreFact;
use crate::trace::stop::STORE_BAD_ADDRESS;
use crate::trace::stop::STORE_NO_CREDENTIAL;
use crate::trace::stop::STORE_NO_REGION;
use crate::trace::tracer::OpenStep;
use jiff::Timestamp;
use std::path::PathBuf;
use std::time::Duration;

/// A store, ready to be asked.
struct Store {
    place: S3Place,
    scheme: &'static str,
    host: String,
    bucket_in_host: bool,
    key: AwsKey,
    version: Option<String>,
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
    let take = into_file(cx, leg, name);
    let request = object_request(cx, &store, &store.place.key, store.version.clone());
    let got = send(cx, step, leg, &store, &request, take).await?;
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
    let mut place = Marker::Start;
    let mut written = Written::default();
    loop {
        let take = Take::Body {
            limit: cx.io.limits.metadata_bytes,
            name: "listing",
        };
        let request = list_request(cx, &store, &place);
        let got = send(cx, step, leg, &store, &request, take).await?;
        let page = store_xml::listing(got.bytes());
        for key in &page.keys {
            take_object(cx, step, leg, &store, key, &mut written).await?;
        }
        let next = if cx.client.does(Behaviour::SecondAwsSdk) {
            page.token.map(Marker::Token)
        } else {
            page.keys.last().cloned().map(Marker::After)
        };
        match next.filter(|next| page.truncated && *next != place) {
            Some(next) => place = next,
            None => break,
        }
    }
    let mut fact = store_fact(&url, &store.place, &store.host);
    fact.key_origin = Some(store.key.origin.clone());
    fact.listed = Some(written.listed);
    fact.neighbours = std::mem::take(&mut written.neighbours);
    step.note(Fact::Store(fact));
    written.package(cx, leg)
}

fn store_fact(url: &GoUrl, place: &S3Place, host: &str) -> StoreFact {
    StoreFact {
        written_host: Foreign::new(url.host.clone()),
        host: Foreign::new(host.to_owned()),
        bucket: Foreign::new(place.bucket.clone()),
        key: Foreign::new(place.key.clone()),
        region: place.region.clone(),
        key_origin: None,
        sso: false,
        listed: None,
        neighbours: Vec::new(),
    }
}

/// Reads the address and finds a key.
async fn open(cx: &Cx, step: &mut OpenStep, url: &GoUrl) -> Result<Store, Stop> {
    let second = cx.client.does(Behaviour::SecondAwsSdk);
    let own_host = cx.client.does(Behaviour::AsksS3HostOfAddress);
    let hosts = match (own_host, second) {
        (true, _) => AmazonHosts::Old,
        (false, true) => AmazonHosts::Suffixes,
        (false, false) => AmazonHosts::Usual,
    };
    let mut place = s3_place(url, hosts).map_err(|error| bad_address(cx, error))?;
    let found = find_key(cx, step, url, &place.region).await?;
    if let Some(region) = found.region {
        place.region = region;
    }
    let is_own = if second {
        !place.amazon
    } else {
        !found.profile && (own_host || found.in_address || has_metadata_url(cx))
    };
    let (host, bucket_in_host) = if is_own {
        (url.host.clone(), false)
    } else {
        amazon_host(&place.bucket, &place.region, !second)
    };
    let mut fact = store_fact(url, &place, &host);
    fact.key_origin = found.key.as_ref().map(|key| key.origin.clone());
    fact.sso = found.sso;
    step.note(Fact::Store(fact));
    let key = found.key.ok_or_else(|| {
        let tried = found.tried.join("; ");
        let words = format!("no valid providers in chain: {tried}");
        stop(
            STORE_NO_CREDENTIAL,
            cx.io.redactor.mask(words.trim_end_matches(": ")),
        )
    })?;
    let version = url.query().first("version").filter(|text| !text.is_empty());
    Ok(Store {
        scheme: if is_own && url.scheme == "http" && cx.client.does(Behaviour::KeepsStoreScheme) {
            "http"
        } else {
            "https"
        },
        place,
        host,
        bucket_in_host,
        key,
        version,
    })
}

fn bad_address(cx: &Cx, error: BadS3Address) -> Stop {
    stop(STORE_BAD_ADDRESS, error.client_text(&cx.client))
}

fn has_metadata_url(cx: &Cx) -> bool {
    cx.io.env.filled("AWS_METADATA_URL").is_some()
}

/// A key, and what else was found with it.
#[derive(Default)]
struct FoundKey {
    key: Option<AwsKey>,
    in_address: bool,
    profile: bool,
    sso: bool,
    region: Option<String>,
    tried: Vec<String>,
}

async fn find_key(
    cx: &Cx,
    step: &mut OpenStep,
    url: &GoUrl,
    region: &str,
) -> Result<FoundKey, Stop> {
    let query = url.query();
    let profile = query.first("aws_profile").filter(|name| !name.is_empty());
    if profile.is_none()
        && let Some(found) = key_in_address(cx, url)
    {
        return Ok(found);
    }
    let want = aws::Want {
        sdk: if cx.client.does(Behaviour::SecondAwsSdk) {
            aws::Sdk::Second
        } else {
            aws::Sdk::First
        },
        profile: profile.as_deref(),
        region,
    };
    let found = Box::pin(aws::find(&cx.io, step, want)).await;
    if profile.is_some() && found.region.is_none() {
        return Err(stop(STORE_NO_REGION, "could not find region configuration"));
    }
    Ok(FoundKey {
        key: found.key,
        in_address: false,
        profile: profile.is_some(),
        sso: found.sso,
        region: found.region.filter(|_| profile.is_some()),
        tried: found.tried,
    })
}

/// The key that stands in the address; there is one as soon as any part of it does.
fn key_in_address(cx: &Cx, url: &GoUrl) -> Option<FoundKey> {
    let query = url.query();
    let parts = [
        "aws_access_key_id",
        "aws_access_key_secret",
        "aws_access_token",
    ]
    .map(|name| query.first(name));
    if parts.iter().all(Option::is_none) {
        return None;
    }
    let [id, secret, token] = parts.map(Option::unwrap_or_default);
    let key = AwsKey::new(&cx.io.redactor, &id, &secret, Some(&token), "the address");
    Some(FoundKey {
        key: Some(key).filter(|key| !key.id.is_empty() && !key.secret.is_empty()),
        in_address: true,
        tried: vec!["EmptyStaticCreds: static credentials are empty".to_owned()],
        ..FoundKey::default()
    })
}

/// Where a listing goes on.
#[derive(Debug, PartialEq, Eq)]
enum Marker {
    Start,
    After(String),
    Token(String),
}

/// Fetches one object of a folder.
async fn take_object(
    cx: &Cx,
    step: &mut OpenStep,
    leg: &Leg,
    store: &Store,
    key: &str,
    written: &mut Written,
) -> Result<(), Stop> {
    let Some(target) = written.target(cx, leg, &store.place.key, key)? else {
        return Ok(());
    };
    let request = object_request(cx, store, key, None);
    let got = send(cx, step, leg, store, &request, target.take.clone()).await?;
    let file = file_of(got)?;
    written.came(cx, &target, &file.path, file.size)
}

fn object_request(cx: &Cx, store: &Store, key: &str, version: Option<String>) -> StoreRequest {
    let mut query: Vec<(&'static str, String)> = Vec::new();
    if let Some(version) = version {
        query.push(("versionId", version));
    }
    if cx.client.does(Behaviour::SecondAwsSdk) {
        query.push(("x-id", "GetObject".to_owned()));
    }
    request(store, &format!("/{key}"), query)
}

fn list_request(cx: &Cx, store: &Store, place: &Marker) -> StoreRequest {
    let mut query = vec![("prefix", store.place.key.clone())];
    if cx.client.does(Behaviour::SecondAwsSdk) {
        query.push(("list-type", "2".to_owned()));
    }
    match place {
        Marker::Start => {}
        Marker::After(key) => query.push(("marker", key.clone())),
        Marker::Token(token) => query.push(("continuation-token", token.clone())),
    }
    request(store, if store.bucket_in_host { "/" } else { "" }, query)
}

fn request(store: &Store, path: &str, query: Vec<(&'static str, String)>) -> StoreRequest {
    let standard = if store.scheme == "http" {
        ":80"
    } else {
        ":443"
    };
    let host = store.host.strip_suffix(standard).unwrap_or(&store.host);
    StoreRequest {
        scheme: store.scheme,
        host: host.to_owned(),
        path: if store.bucket_in_host {
            path.to_owned()
        } else {
            format!("/{}{path}", store.place.bucket)
        },
        query,
    }
}

/// Sends a signed request, again where the SDK would.
async fn send(
    cx: &Cx,
    step: &mut OpenStep,
    leg: &Leg,
    store: &Store,
    request: &StoreRequest,
    take: Take,
) -> Result<Got, Stop> {
    let second = cx.client.does(Behaviour::SecondAwsSdk);
    let most: u32 = if second { 3 } else { 4 };
    let mut attempt = 1;
    loop {
        let mut ask = Ask::get(
            request.url(),
            AskLimits::package(&cx.io.limits),
            take.clone(),
        );
        ask.headers = sign::sign(request, &store.key, &store.place.region, Timestamp::now());
        ask.pool = Pool::Package;
        ask.named_by = leg.named_by;
        ask.attempt = attempt;
        if second {
            ask.coding = Coding::Identity;
            ask.headers
                .push(("accept-encoding".to_owned(), "identity".to_owned()));
        }
        let answer = Box::pin(cx.io.http.send(step, ask)).await;
        if attempt < most && is_passing(&answer) {
            tokio::time::sleep(Duration::from_millis(50 << attempt)).await;
            attempt += 1;
            continue;
        }
        return accept(answer);
    }
}

fn accept(answer: Answer) -> Result<Got, Stop> {
    let got = answer.came.map_err(Stop::Failed)?;
    if let Some(cut) = &got.cut {
        return Err(Stop::Failed(cut.clone()));
    }
    if matches!(got.status, 200 | 206) {
        return Ok(got);
    }
    let error = store_xml::error(got.bytes());
    let code = if error.code.is_empty() {
        got.reason.replace(' ', "")
    } else {
        error.code
    };
    Err(stop(&code, error.message))
}
