//! Archives and pages over HTTP.
//!
//! File mode sends `HEAD` first and hardly listens to it: only a length of 0 with byte ranges keeps the client from asking
//! for the archive. Directory mode asks for a page with `terraform-get=1` and takes another address from its header or from a
//! tag; it knows nothing of archives, so the bytes of one are read as markup.

use crate::addr::PackageAddr;
use crate::addr::RemoteAddr;
use crate::addr::archive::ArchiveKind;
use crate::addr::package::split_forced;
use crate::addr::package::split_subdir;
use crate::addr::parse_location;
use crate::addr::source::LocationCause;
use crate::addr::source::RemoteError;
use crate::addr::url::GoUrl;
use crate::client::Behaviour;
use crate::foreign::Foreign;
use crate::io::ask::Ask;
use crate::io::ask::AskLimits;
use crate::io::ask::Carried;
use crate::io::ask::Credential;
use crate::io::ask::Got;
use crate::io::ask::GotBody;
use crate::io::ask::GotFile;
use crate::io::ask::Method;
use crate::io::ask::Pool;
use crate::io::ask::Scheme;
use crate::io::ask::Take;
use crate::io::netrc;
use crate::io::trees;
use crate::io::unpack_sink::DiskSink;
use crate::stages::Cx;
use crate::stages::Manner;
use crate::stages::checksum;
use crate::stages::fetch::Fetched;
use crate::stages::fetch::Leg;
use crate::stages::fetch::Package;
use crate::stages::fetch::kind_word;
use crate::stages::fetch::read_url;
use crate::stages::module_dir;
use crate::stages::redirect_stop;
use crate::stages::unpack;
use crate::syntax::meta_tag;
use crate::trace::Act;
use crate::trace::Fact;
use crate::trace::Stop;
use crate::trace::archive::Kind;
use crate::trace::archive::Modes;
use crate::trace::archive::UnpackLimits;
use crate::trace::fact::NetrcFact;
use crate::trace::stop::ChecksumStop;
use crate::trace::tracer::OpenStep;
use std::path::Path;
use std::path::PathBuf;

/// Fetches one file, under that name.
pub async fn one_file(
    cx: &Cx,
    step: &mut OpenStep,
    leg: &Leg,
    package: &PackageAddr,
    name: &str,
) -> Result<PathBuf, Stop> {
    let url = read_url(package)?;
    let mut ask = request(cx, step, leg, &url, Take::Nothing)?;
    ask.method = Method::Head;
    ask.coding = crate::io::ask::Coding::Identity;
    let head = cx.ask(step, ask, cx.io.limits.redirects).await;
    if head.answer.got().is_some_and(|got| skips_download(cx, got)) {
        let empty = crate::io::files::empty_file(&leg.work.join(name));
        return empty.map_err(|word| Stop::Disk {
            path: "archive".to_owned(),
            word,
        });
    }
    let take = Take::File {
        directory: leg.work.clone(),
        name: name.to_owned(),
        limit: cx.io.limits.package_bytes,
    };
    let file = download(cx, step, leg, &url, take).await?;
    Ok(file.path)
}

/// Compares a file with its checksum; `shown` names it where the disk fails.
pub fn verify(path: &Path, shown: &str, sum: &checksum::Checksum) -> Result<(), Stop> {
    let opened = crate::io::files::open(path).map_err(|word| Stop::Disk {
        path: shown.to_owned(),
        word,
    })?;
    match checksum::verify(sum, opened) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(mismatch)) => Err(Stop::Checksum(ChecksumStop::Mismatch {
            expected: hex::encode(&mismatch.expected.value),
            got: hex::encode(&mismatch.got),
            algorithm: mismatch.expected.kind.name().to_owned(),
        })),
        Err(error) => Err(Stop::Disk {
            path: shown.to_owned(),
            word: crate::io::files::word(&error),
        }),
    }
}

/// Unpacks an archive file on a thread that may block.
pub async fn unpack_file(
    cx: &Cx,
    step: &mut OpenStep,
    path: &Path,
    kind: ArchiveKind,
    into: &Path,
) -> Result<Package, Stop> {
    let kind = Kind::named(kind_word(kind))
        .expect("every archive type of an address is known to the unpacker");
    let modes = match cx.manner {
        Manner::Check => Modes::Safe,
        Manner::Get => Modes::Client,
    };
    let limits = UnpackLimits {
        unpacked_bytes: cx.io.limits.unpacked_bytes,
        file_bytes: cx.io.limits.file_bytes,
        entries: cx.io.limits.entries,
        ..UnpackLimits::default()
    };
    let from = path.to_owned();
    let to = into.to_owned();
    let disk = |word: String| Stop::Disk {
        path: "package".to_owned(),
        word,
    };
    let work = tokio::task::spawn_blocking(move || {
        let file = crate::io::files::open(&from)?;
        crate::io::files::make_directory(&to)?;
        let mut sink =
            DiskSink::below(&to, modes).map_err(|error| crate::io::files::word(&error))?;
        Ok::<_, String>(unpack::unpack(kind, file, &mut sink, &limits, modes))
    });
    let result = work
        .await
        .map_err(|_| disk("the unpacking ended by itself".to_owned()))?
        .map_err(disk)?;
    match result {
        Ok(unpacked) => {
            step.note(Fact::Unpacked(Box::new(unpacked)));
            Ok(Package {
                root: into.to_owned(),
                linked: false,
                beside: Vec::new(),
            })
        }
        Err(halted) => {
            step.note(Fact::Unpacked(Box::new(halted.unpacked)));
            Err(Stop::Archive(halted.stop))
        }
    }
}

fn skips_download(cx: &Cx, got: &Got) -> bool {
    let ranges = got
        .header_text("accept-ranges")
        .is_some_and(|value| value == "bytes");
    got.status == 200
        && ranges
        && got.content_length() == Some(0)
        && cx.client.does(Behaviour::HeadLengthZeroSkips)
}

async fn download(
    cx: &Cx,
    step: &mut OpenStep,
    leg: &Leg,
    url: &GoUrl,
    take: Take,
) -> Result<GotFile, Stop> {
    let ask = request(cx, step, leg, url, take)?;
    let followed = cx.ask_patiently(step, ask, cx.io.limits.redirects).await;
    if let Some(stop) = redirect_stop(&followed) {
        return Err(stop);
    }
    if let Some(got) = followed.answer.got()
        && !matches!(got.status, 200 | 206)
    {
        return Err(Stop::Status {
            got: got.status,
            expected: "200 or 206",
        });
    }
    match (
        followed.answer.failure(),
        followed.answer.got().map(|got| &got.body),
    ) {
        (Some(failure), _) => Err(Stop::Failed(failure.clone())),
        (None, Some(GotBody::File(file))) => Ok(file.clone()),
        (None, _) => Err(Stop::NoSourceUrl),
    }
}

/// A request to a package host, with what the netrc file has for it.
fn request(cx: &Cx, step: &mut OpenStep, leg: &Leg, url: &GoUrl, take: Take) -> Result<Ask, Stop> {
    let mut ask = Ask::get(url.to_string(), AskLimits::package(&cx.io.limits), take);
    ask.pool = Pool::Package;
    ask.named_by = leg.named_by;
    if url.user.as_ref().is_some_and(|user| !user.name.is_empty()) {
        return Ok(ask);
    }
    let (read, found) = netrc::entry_for(&cx.io.env, &url.host, cx.io.limits.netrc_bytes);
    if let Some(read) = read {
        let path = read.path.clone();
        step.act(Act::File(read));
        let (matched, near) = match &found {
            netrc::Found::Entry(entry) => (
                Some(if entry.is_default {
                    "default".to_owned()
                } else {
                    url.host.clone()
                }),
                None,
            ),
            netrc::Found::Nothing | netrc::Found::Unusable { .. } => (
                None,
                netrc::near(&cx.io.env, url.hostname(), cx.io.limits.netrc_bytes),
            ),
        };
        step.note(Fact::Netrc(NetrcFact {
            path,
            host: url.host.clone(),
            matched,
            near,
        }));
    }
    match found {
        netrc::Found::Nothing => {}
        netrc::Found::Entry(entry) => {
            cx.io.redactor.learn(&entry.secret);
            ask.credential = Some(Credential {
                scheme: Scheme::Basic,
                secret: entry.secret,
                origin: entry.path,
                host: url.host.clone(),
                carried: Carried::Address,
                withheld: None,
            });
        }
        netrc::Found::Unusable { path, words } => return Err(Stop::Netrc { path, words }),
    }
    Ok(ask)
}

/// Asks a page for another address.
pub async fn page(
    cx: &Cx,
    step: &mut OpenStep,
    leg: &Leg,
    package: &PackageAddr,
) -> Result<Fetched, Stop> {
    let mut url = read_url(package)?;
    let mut query = url.query();
    query.pairs.push((b"terraform-get".to_vec(), b"1".to_vec()));
    url.raw_query = query.encode();
    let take = Take::Body {
        limit: cx.io.limits.html_bytes,
        name: "page",
    };
    let ask = request(cx, step, leg, &url, take)?;
    let followed = cx.ask_patiently(step, ask, cx.io.limits.redirects).await;
    if let Some(stop) = redirect_stop(&followed) {
        return Err(stop);
    }
    let Some(got) = followed.answer.got() else {
        return Err(followed
            .answer
            .failure()
            .cloned()
            .map_or(Stop::NoSourceUrl, Stop::Failed));
    };
    if !(200..300).contains(&got.status) {
        return Err(Stop::Status {
            got: got.status,
            expected: "2xx",
        });
    }
    let header = got
        .header_text("x-terraform-get")
        .map(|value| value.trim().to_owned())
        .filter(|value| !value.is_empty());
    let (value, in_header) = match header {
        Some(value) => (value, true),
        None => (
            tag(step, &url, got, followed.answer.failure().is_some())?,
            false,
        ),
    };
    let mask = |text: &str| Foreign::new(cx.io.redactor.mask(text));
    step.note(Fact::SecondLocation {
        from: mask(&url.to_string()),
        value: mask(&value),
        header: in_header,
    });
    second_location(cx, leg, &value).map(Fetched::Elsewhere)
}

fn tag(step: &mut OpenStep, url: &GoUrl, got: &Got, cut: bool) -> Result<String, Stop> {
    let found = meta_tag::find(got.bytes());
    step.note(Fact::Page {
        url: Foreign::new(url.to_string()),
        title: found.title.map(Foreign::new),
        unread_tag: found.unread.map(Foreign::new),
    });
    match found.outcome {
        Ok(Some(value)) => Ok(value),
        Ok(None) if cut => Err(got.cut.clone().map_or(Stop::NoSourceUrl, Stop::Failed)),
        Ok(None) => Err(Stop::NoSourceUrl),
        Err(words) => Err(Stop::PageUnreadable { words }),
    }
}

/// The address that a page names. On the first hop only a URL with a known scheme counts; later the fetch library's own
/// short forms do too.
pub fn second_location(cx: &Cx, leg: &Leg, value: &str) -> Result<RemoteAddr, Stop> {
    let refused = |words: String| Stop::BadSecondLocation {
        got: Foreign::new(cx.io.redactor.mask(value)),
        words,
    };
    let (package, subdir) = split_subdir(value);
    let strict = leg.hop == 0 && cx.client.does(Behaviour::RefusesShortLocations);
    if strict {
        let protocol = package.split(':').next().unwrap_or_default();
        if !package.contains(':') {
            return Err(refused(format!("invalid source string: {package}")));
        }
        if !["http", "https", "file", "git", "hg", "s3", "gcs"].contains(&protocol) {
            return Err(refused(format!(
                "no getter available for X-Terraform-Get source protocol: \"{protocol}\""
            )));
        }
        let (_, inner) = split_forced(&package);
        let has_scheme = GoUrl::parse(inner).is_ok_and(|url| !url.scheme.is_empty());
        if !has_scheme {
            return Err(refused(format!("invalid source string: {package}")));
        }
        return Ok(RemoteAddr {
            package: PackageAddr::from_normalised(package),
            subdir,
        });
    }
    parse_location(value, &cx.rules).map_err(|error| {
        // The fetch library takes what it does not know for a path, and has nothing to which that is relative.
        refused(match &error.cause {
            LocationCause::Unreadable(why) if !matches!(**why, RemoteError::NotDetected(_)) => {
                error.client_text()
            }
            LocationCause::Unreadable(_) | LocationCause::NotRemote(_) => {
                "relative paths require a module with a pwd".to_owned()
            }
        })
    })
}

/// The tree that is left after the sub-directories of a chain of addresses were taken, the last address's first.
pub fn take_subdirs(package: &Package, subdirs: &[String], into: &Path) -> Result<Package, Stop> {
    let mut root = package.root.clone();
    for (index, subdir) in subdirs.iter().rev().enumerate() {
        let found = module_dir::expand(&root, subdir).map_err(Stop::NoModuleDir)?;
        let to = if index + 1 == subdirs.len() {
            into.to_owned()
        } else {
            into.with_extension(format!("part{index}"))
        };
        trees::copy_tree(&found, &to, trees::Names::All).map_err(|error| Stop::Disk {
            path: "package".to_owned(),
            word: crate::io::files::word(&error),
        })?;
        root = to;
    }
    if subdirs.is_empty() && root != into && !package.linked {
        trees::move_tree(&root, into).map_err(|error| Stop::Disk {
            path: "package".to_owned(),
            word: crate::io::files::word(&error),
        })?;
        into.clone_into(&mut root);
    }
    Ok(Package {
        root,
        linked: package.linked && subdirs.is_empty(),
        beside: package.beside.clone(),
    })
}
