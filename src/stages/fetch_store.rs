//! Packages of object stores: S3; of GCS only the address and the credential are looked at.
//!
//! One object is an archive, everything else a folder: a listing and every object in it. Objects whose names only begin
//! like the folder's end beside the module's directory, as with the client, but never in that of another call. The host
//! of an address counts only when keys stand in it, or for clients with the second version of the SDK.

use crate::addr::PackageAddr;
use crate::addr::archive::ArchiveKind;
use crate::addr::url::GoUrl;
use crate::client::Behaviour;
use crate::foreign::Foreign;
use crate::io::ask::Answer;
use crate::io::ask::Ask;
use crate::io::ask::AskLimits;
use crate::io::ask::Coding;
use crate::io::ask::Got;
use crate::io::ask::GotBody;
use crate::io::ask::Pool;
use crate::io::ask::Take;
use crate::io::cloud;
use crate::io::cloud::AwsKey;
use crate::io::cloud::SharedFiles;
use crate::io::cloud::StoreRequest;
use crate::io::files;
use crate::stages::Cx;
use crate::stages::Manner;
use crate::stages::checksum::Wanted;
use crate::stages::fetch::Leg;
use crate::stages::fetch::Package;
use crate::stages::fetch_http::unpack_file;
use crate::stages::fetch_http::verify;
use crate::stages::fetch_store_address::AmazonHosts;
use crate::stages::fetch_store_address::BadS3Address;
use crate::stages::fetch_store_address::S3Place;
use crate::stages::fetch_store_address::amazon_host;
use crate::stages::fetch_store_address::below;
use crate::stages::fetch_store_address::gcs_place;
use crate::stages::fetch_store_address::s3_place;
use crate::syntax::store_xml;
use crate::trace::Act;
use crate::trace::Fact;
use crate::trace::Stop;
use crate::trace::fact::StoreFact;
use crate::trace::stop::ChecksumStop;
use crate::trace::stop::STORE_BAD_ADDRESS;
use crate::trace::stop::STORE_EMPTY;
use crate::trace::stop::STORE_NO_CREDENTIAL;
use crate::trace::stop::STORE_NO_REGION;
use crate::trace::tracer::OpenStep;
use jiff::Timestamp;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

/// Neighbours that are named in a fact.
const NEIGHBOURS: usize = 20;
/// The client writes this one itself, last.
const MANIFEST: &str = "modules.json";

/// A store, ready to be asked.
struct Store {
    place: S3Place,
    scheme: &'static str,
    host: String,
    bucket_in_host: bool,
    key: AwsKey,
    version: Option<String>,
}

/// Fetches a package from S3.
pub async fn run(
    cx: &Cx,
    step: &mut OpenStep,
    leg: &Leg,
    package: &PackageAddr,
    kind: Option<ArchiveKind>,
    wanted: Option<Wanted>,
) -> Result<Package, Stop> {
    let url = read_url(package)?;
    let store = open(cx, step, &url)?;
    match kind {
        Some(kind) => archive(cx, step, leg, &store, kind, wanted).await,
        None => folder(cx, step, leg, &store, &url).await,
    }
}

/// Looks at a GCS address and its credential.
pub fn gcs(cx: &Cx, package: &PackageAddr) -> Stop {
    let url = match read_url(package) {
        Ok(url) => url,
        Err(stop) => return stop,
    };
    if let Err(words) = gcs_place(&url) {
        return stop(STORE_BAD_ADDRESS, words);
    }
    let has_token = [
        "GOOGLE_OAUTH_ACCESS_TOKEN",
        "GOOGLE_APPLICATION_CREDENTIALS",
    ]
    .iter()
    .any(|name| cx.io.env.filled(name).is_some());
    let well_known = cx.io.env.home().is_some_and(|home| {
        files::exists(&home.join(".config/gcloud/application_default_credentials.json"))
    });
    if has_token || well_known {
        return Stop::NotFetchedYet {
            getter: "gcs".to_owned(),
        };
    }
    stop(
        STORE_NO_CREDENTIAL,
        "dialing: google: could not find default credentials.",
    )
}

fn read_url(package: &PackageAddr) -> Result<GoUrl, Stop> {
    package.url().map_err(|error| Stop::BadSecondLocation {
        got: Foreign::new(""),
        words: error.client_text(),
    })
}

fn stop(code: &str, words: impl Into<String>) -> Stop {
    Stop::Store {
        code: code.to_owned(),
        words: Foreign::new(words.into()),
    }
}

/// Reads the address and finds a key.
fn open(cx: &Cx, step: &mut OpenStep, url: &GoUrl) -> Result<Store, Stop> {
    let second = cx.client.does(Behaviour::SecondAwsSdk);
    let own_host = cx.client.does(Behaviour::AsksS3HostOfAddress);
    let hosts = match (own_host, second) {
        (true, _) => AmazonHosts::Old,
        (false, true) => AmazonHosts::Suffixes,
        (false, false) => AmazonHosts::Usual,
    };
    let mut place = s3_place(url, hosts).map_err(|error| bad_address(cx, error))?;
    let query = url.query();
    let found = find_key(cx, step, url)?;
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
    let fact = StoreFact {
        written_host: Foreign::new(url.host.clone()),
        host: Foreign::new(host.clone()),
        bucket: Foreign::new(place.bucket.clone()),
        key: Foreign::new(place.key.clone()),
        region: place.region.clone(),
        key_origin: found.key.as_ref().map(|key| key.origin.clone()),
        sso: found.sso,
        listed: None,
        neighbours: Vec::new(),
    };
    step.note(Fact::Store(fact));
    let key = found
        .key
        .ok_or_else(|| stop(STORE_NO_CREDENTIAL, "no valid providers in chain"))?;
    let version = query.first("version").filter(|text| !text.is_empty());
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
}

fn find_key(cx: &Cx, step: &mut OpenStep, url: &GoUrl) -> Result<FoundKey, Stop> {
    let query = url.query();
    let redactor = &cx.io.redactor;
    let shared = if cx.client.does(Behaviour::SecondAwsSdk)
        || cx.io.env.filled("AWS_SDK_LOAD_CONFIG").is_some()
    {
        SharedFiles::Both
    } else {
        SharedFiles::Credentials
    };
    if let Some(name) = query.first("aws_profile").filter(|name| !name.is_empty()) {
        let found = cloud::profile(&cx.io.env, redactor, Some(&name), SharedFiles::Both);
        let region = ["AWS_REGION", "AWS_DEFAULT_REGION"]
            .iter()
            .find_map(|name| cx.io.env.filled(name).map(str::to_owned))
            .or(found.region);
        for read in found.reads {
            step.act(Act::File(read));
        }
        if region.is_none() {
            return Err(stop(STORE_NO_REGION, "could not find region configuration"));
        }
        return Ok(FoundKey {
            key: found.key,
            profile: true,
            sso: found.sso,
            region,
            ..FoundKey::default()
        });
    }
    let part = |name: &str| query.first(name);
    let parts = [
        part("aws_access_key_id"),
        part("aws_access_key_secret"),
        part("aws_access_token"),
    ];
    if let [id, secret, token] = &parts
        && parts.iter().any(Option::is_some)
    {
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        let key = AwsKey::new(
            redactor,
            &text(id),
            &text(secret),
            token.as_deref(),
            "the address",
        );
        return Ok(FoundKey {
            key: Some(key).filter(|key| !key.id.is_empty() && !key.secret.is_empty()),
            in_address: true,
            ..FoundKey::default()
        });
    }
    if let Some(key) = cloud::environment_key(&cx.io.env, redactor) {
        return Ok(FoundKey {
            key: Some(key),
            ..FoundKey::default()
        });
    }
    let found = cloud::profile(&cx.io.env, redactor, None, shared);
    for read in found.reads {
        step.act(Act::File(read));
    }
    Ok(FoundKey {
        key: found.key,
        sso: found.sso,
        ..FoundKey::default()
    })
}

async fn archive(
    cx: &Cx,
    step: &mut OpenStep,
    leg: &Leg,
    store: &Store,
    kind: ArchiveKind,
    wanted: Option<Wanted>,
) -> Result<Package, Stop> {
    let sum = match wanted {
        None => None,
        Some(Wanted::Value(sum)) => Some(sum),
        Some(Wanted::List(list)) => {
            return Err(Stop::Checksum(ChecksumStop::List(format!(
                "invalid source string: {list}"
            ))));
        }
    };
    let take = Take::File {
        directory: leg.work.clone(),
        name: format!("archive{}", leg.hop),
        limit: cx.io.limits.package_bytes,
    };
    let request = object_request(cx, store, &store.place.key, store.version.clone());
    let got = send(cx, step, leg, store, &request, take).await?;
    let GotBody::File(file) = &got.body else {
        return Err(Stop::NoSourceUrl);
    };
    if let Some(sum) = sum {
        verify(&file.path, "archive", &sum)?;
    }
    unpack_file(cx, step, &file.path, kind, &leg.into).await
}

async fn folder(
    cx: &Cx,
    step: &mut OpenStep,
    leg: &Leg,
    store: &Store,
    url: &GoUrl,
) -> Result<Package, Stop> {
    let mut place = Marker::Start;
    let mut written = Written::default();
    loop {
        let take = Take::Body {
            limit: cx.io.limits.metadata_bytes,
            name: "listing",
        };
        let got = send(cx, step, leg, store, &list_request(cx, store, &place), take).await?;
        let page = store_xml::listing(got.bytes());
        for key in &page.keys {
            take_object(cx, step, leg, store, key, &mut written).await?;
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
    step.note(Fact::Store(StoreFact {
        written_host: Foreign::new(url.host.clone()),
        host: Foreign::new(store.host.clone()),
        bucket: Foreign::new(store.place.bucket.clone()),
        key: Foreign::new(store.place.key.clone()),
        region: store.place.region.clone(),
        key_origin: Some(store.key.origin.clone()),
        sso: false,
        listed: Some(written.listed),
        neighbours: written.neighbours,
    }));
    if written.files == 0 && cx.client.does(Behaviour::LooksForPackageRoot) {
        return Err(stop(STORE_EMPTY, "subdir \"\" not found"));
    }
    Ok(Package {
        root: leg.into.clone(),
        linked: false,
        beside: written.beside,
    })
}

/// Where a listing goes on.
#[derive(Debug, PartialEq, Eq)]
enum Marker {
    Start,
    After(String),
    Token(String),
}

#[derive(Default)]
struct Written {
    listed: usize,
    files: u64,
    bytes: u64,
    neighbours: Vec<Foreign>,
    beside: Vec<(String, PathBuf)>,
}

/// Where an object of a listing goes: the directory, and the names below it.
fn target<'a>(
    leg: &Leg,
    store: &Store,
    key: &'a str,
    written: &mut Written,
) -> Option<(PathBuf, Vec<&'a str>)> {
    if let Some(path) = below(&store.place.key, key) {
        return Some((leg.into.clone(), safe_names(path)?));
    }
    if written.neighbours.len() < NEIGHBOURS {
        written.neighbours.push(Foreign::new(key.to_owned()));
    }
    let parent = store.place.key.rfind('/').map_or(0, |at| at + 1);
    let names = safe_names(key.get(parent..)?)?;
    let top = names.first().filter(|name| **name != MANIFEST)?;
    let root = leg.work.join(format!("beside{}", leg.hop));
    if !written.beside.iter().any(|(known, _)| known == top) {
        written.beside.push(((*top).to_owned(), root.join(top)));
    }
    Some((root, names))
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
    if key.ends_with('/') {
        return Ok(());
    }
    written.listed += 1;
    if written.listed as u64 > cx.io.limits.entries {
        return Err(limit("entries", cx.io.limits.entries));
    }
    let Some((root, names)) = target(leg, store, key, written) else {
        return Ok(());
    };
    let Some((name, parents)) = names.split_last() else {
        return Ok(());
    };
    let is_own = root == leg.into;
    let directory = parents.iter().fold(root, |path, name| path.join(name));
    files::make_directories(&directory).map_err(disk)?;
    let left = cx.io.limits.unpacked_bytes.saturating_sub(written.bytes);
    let take = Take::File {
        directory,
        name: (*name).to_owned(),
        limit: left.min(cx.io.limits.file_bytes),
    };
    let got = send(
        cx,
        step,
        leg,
        store,
        &object_request(cx, store, key, None),
        take,
    )
    .await?;
    let GotBody::File(file) = &got.body else {
        return Err(Stop::NoSourceUrl);
    };
    written.files += u64::from(is_own);
    written.bytes = written.bytes.saturating_add(file.size);
    finish(cx, &file.path)
}

fn finish(cx: &Cx, path: &Path) -> Result<(), Stop> {
    let is_client = cx.manner == Manner::Get && !cx.client.does(Behaviour::ObjectsKeepUmask);
    cloud::set_mode(path, if is_client { 0o666 } else { 0o644 }).map_err(disk)
}

fn disk(word: String) -> Stop {
    Stop::Disk {
        path: "package".to_owned(),
        word,
    }
}

fn limit(name: &str, number: u64) -> Stop {
    Stop::Limit {
        name: name.to_owned(),
        number,
    }
}

/// The names of a path that stays below its directory.
fn safe_names(path: &str) -> Option<Vec<&str>> {
    let names: Vec<&str> = path
        .split('/')
        .filter(|name| !name.is_empty() && *name != ".")
        .collect();
    let is_safe = names
        .iter()
        .all(|name| *name != ".." && !name.contains(['\0', '\\']));
    is_safe.then_some(names)
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
        ask.headers = cloud::sign(request, &store.key, &store.place.region, Timestamp::now());
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

fn is_passing(answer: &Answer) -> bool {
    match answer.status() {
        Some(status) => {
            answer.failure().is_none() && (status == 429 || (status >= 500 && status != 501))
        }
        None => answer.failure().is_some(),
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
