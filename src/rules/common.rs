//! What several rules need: looking things up in a trace, and the few words that they share.
//!
//! Never judges: that is each rule's own business.

use crate::addr::registry::RegistryError;
use crate::addr::shorthand::ShorthandError;
use crate::addr::source::AddrError;
use crate::addr::source::LocationCause;
use crate::addr::source::LocationError;
use crate::addr::source::RemoteError;
use crate::addr::source::SourceAddr;
use crate::finding::Case;
use crate::finding::Owner;
use crate::foreign::Foreign;
use crate::foreign::visible;
use crate::trace::Fact;
use crate::trace::Stage;
use crate::trace::Step;
use crate::trace::Stop;
use crate::trace::Subject;
use crate::trace::Trace;
use crate::trace::call::Call;
use crate::trace::call::SourceKind;
use crate::trace::exchange::Body;
use crate::trace::exchange::CredentialUse;
use crate::trace::exchange::Exchange;
use crate::trace::exchange::Failure;
use crate::trace::exchange::Reply;
use crate::trace::fact::ChoiceFact;
use crate::trace::fact::ConfigFile;
use crate::trace::fact::ConfigProblem;
use crate::trace::fact::HostBlockFact;
use crate::trace::fact::IgnoredSetting;
use crate::trace::fact::LocationFact;
use crate::trace::fact::ModuleDirFact;
use crate::trace::fact::NetrcFact;
use crate::trace::fact::PackageFact;
use crate::trace::fact::ProbeFact;
use crate::trace::fact::RecordFact;
use crate::trace::fact::RecordsFact;
use crate::trace::fact::RepositoryFact;
use crate::trace::fact::Rung;
use crate::trace::fact::TreeFact;
use crate::trace::fact::VersionsFact;
use crate::trace::sniff::Sniffed;
use crate::trace::sniff::sniff;

macro_rules! facts_of_a_kind {
    ($($(#[doc = $doc:literal])+ $name:ident: $variant:ident($type:ty);)+) => {
        $($(#[doc = $doc])+
        pub fn $name(trace: &Trace) -> impl Iterator<Item = (&Step, &$type)> {
            facts(trace).filter_map(|(step, fact)| if let Fact::$variant(inner) = fact { Some((step, inner)) } else { None })
        })+
    };
}

facts_of_a_kind! {
    /// Configuration files that were looked at.
    config_files: ConfigFile(ConfigFile);
    /// Settings that are dropped.
    ignored_settings: SettingIgnored(IgnoredSetting);
    /// Host blocks.
    host_blocks: HostBlock(HostBlockFact);
    /// Ladders of credentials.
    ladders: Ladder(Vec<Rung>);
    /// Lists of versions.
    version_lists: Versions(VersionsFact);
    /// Choices among versions.
    choices: Chosen(ChoiceFact);
    /// Answers of download endpoints.
    locations: Location(LocationFact);
    /// Package addresses.
    packages: Package(PackageFact);
    /// Packages on disk.
    trees: Tree(TreeFact);
    /// Module directories.
    module_dirs: ModuleDir(ModuleDirFact);
    /// Problems in configuration files.
    config_problems: ConfigProblem(ConfigProblem);
    /// Answers to questions that the client does not ask.
    probes: Probe(ProbeFact);
    /// Netrc files.
    netrcs: Netrc(NetrcFact);
    /// What git told.
    repositories: Repository(RepositoryFact);
    /// Records of `modules.json`.
    records: Record(RecordFact);
    /// `modules.json` files as a whole.
    records_files: Records(RecordsFact);
}

/// Every fact, with the step that noted it.
pub fn facts(trace: &Trace) -> impl Iterator<Item = (&Step, &Fact)> {
    trace
        .steps
        .iter()
        .flat_map(|step| step.facts.iter().map(move |fact| (step, fact)))
}

/// Every step that ended in a stop.
pub fn stops(trace: &Trace) -> impl Iterator<Item = (&Step, &Stop)> {
    trace
        .steps
        .iter()
        .filter_map(|step| step.stop().map(|stop| (step, stop)))
}

/// Every stop in what a registry is asked for: document, list, location.
pub fn registry_stops(trace: &Trace) -> impl Iterator<Item = (&Step, &Stop)> {
    stops(trace).filter(|(step, _)| {
        matches!(
            step.key.stage,
            Stage::Discovery | Stage::Versions | Stage::Location
        )
    })
}

/// Every stop on the way from an address to bytes.
pub fn package_stops(trace: &Trace) -> impl Iterator<Item = (&Step, &Stop)> {
    stops(trace).filter(|(step, _)| {
        matches!(
            step.key.stage,
            Stage::Source | Stage::Fetch | Stage::Unpack | Stage::Place
        )
    })
}

/// The registry host that a subject belongs to, with port.
pub fn host_of(subject: &Subject) -> Option<&str> {
    match subject {
        Subject::Host(host) => Some(host),
        Subject::Module(name) | Subject::Release(name) => name.split('/').next(),
        Subject::Run | Subject::Package(_) | Subject::Call(_) | Subject::Trial(_) => None,
    }
}

/// The registry host of a step: that of its subject, or of the call that it is about.
pub fn host_of_step<'a>(trace: &'a Trace, step: &'a Step) -> Option<&'a str> {
    host_of(&step.key.subject).or_else(|| {
        let users = trace.users(&step.key.subject);
        users.first()?.used.iter().find_map(host_of)
    })
}

/// The host with port of a request, as registries are named: without the port where it is 443.
pub fn authority(exchange: &Exchange) -> String {
    match exchange.sent.port {
        443 => exchange.sent.host.clone(),
        port => format!("{}:{port}", exchange.sent.host),
    }
}

/// The package that a call uses.
pub fn package_of(call: &Call) -> Option<&Subject> {
    call.used
        .iter()
        .rev()
        .find(|subject| matches!(subject, Subject::Package(_)))
}

/// The release that a call uses.
pub fn release_of(call: &Call) -> Option<&Subject> {
    call.used
        .iter()
        .rev()
        .find(|subject| matches!(subject, Subject::Release(_)))
}

/// The answer of the download endpoint for a call.
pub fn location_of<'a>(trace: &'a Trace, call: &Call) -> Option<&'a LocationFact> {
    let release = release_of(call)?;
    locations(trace)
        .find(|(step, _)| &step.key.subject == release)
        .map(|(_, location)| location)
}

/// What is known of a package's address: that of the last hop.
pub fn package_fact<'a>(trace: &'a Trace, package: &Subject) -> Option<&'a PackageFact> {
    packages(trace)
        .filter(|(step, _)| &step.key.subject == package)
        .map(|(_, fact)| fact)
        .last()
}

/// What a call's package looks like on disk.
pub fn tree_of<'a>(trace: &'a Trace, call: &Call) -> Option<&'a TreeFact> {
    let package = package_of(call);
    trees(trace)
        .find(|(step, _)| Some(&step.key.subject) == package || step.key.subject == call.subject())
        .map(|(_, tree)| tree)
}

/// The directory fact of a call.
pub fn module_dir_of<'a>(trace: &'a Trace, call: &Call) -> Option<&'a ModuleDirFact> {
    module_dirs(trace)
        .find(|(step, _)| step.key.subject == call.subject())
        .map(|(_, fact)| fact)
}

/// The credential ladder of a host.
pub fn ladder_of<'a>(trace: &'a Trace, host: &str) -> Option<&'a [Rung]> {
    ladders(trace)
        .find(|(step, _)| matches!(&step.key.subject, Subject::Host(known) if known == host))
        .map(|(_, rungs)| rungs.as_slice())
}

/// The host block that serves a host.
pub fn host_block_of<'a>(trace: &'a Trace, host: &str) -> Option<&'a HostBlockFact> {
    host_blocks(trace)
        .find(|(_, block)| block.host == host)
        .map(|(_, block)| block)
}

/// The call that a step is about, where it is about one.
pub fn call_of<'a>(trace: &'a Trace, step: &Step) -> Option<&'a Call> {
    match &step.key.subject {
        Subject::Call(key) => trace.call(key),
        Subject::Run
        | Subject::Host(_)
        | Subject::Module(_)
        | Subject::Release(_)
        | Subject::Package(_)
        | Subject::Trial(_) => None,
    }
}

/// The request that brought a package's bytes, last one first, with its step.
pub fn download<'a>(trace: &'a Trace, package: &Subject) -> Option<(&'a Step, &'a Exchange)> {
    trace
        .exchanges()
        .filter(|(step, exchange)| &step.key.subject == package && exchange.sent.method == "GET")
        .filter(|(_, exchange)| exchange.reply().is_some())
        .last()
}

/// What the body of a reply is by its first bytes.
pub fn sniffed(reply: &Reply) -> Sniffed {
    match &reply.body {
        Body::None => Sniffed::Empty,
        Body::Stored { head, .. } => sniff(head),
        Body::Text { text, .. } => sniffed_text(text.raw()),
    }
}

/// Bytes that are no UTF-8 were replaced when the text was kept.
fn sniffed_text(text: &str) -> Sniffed {
    if text.starts_with("\u{1f}\u{fffd}") {
        Sniffed::Gzip
    } else if text.starts_with("\u{fffd}7zXZ") {
        Sniffed::Xz
    } else if text.starts_with("(\u{fffd}/\u{fffd}") {
        Sniffed::Zstd
    } else {
        sniff(text.as_bytes())
    }
}

/// The `archive=` value that fits bytes, where the client has an unpacker for them.
pub fn archive_word(found: Sniffed) -> Option<&'static str> {
    match found {
        Sniffed::Gzip => Some("tar.gz"),
        Sniffed::Bzip2 => Some("tar.bz2"),
        Sniffed::Xz => Some("tar.xz"),
        Sniffed::Zip => Some("zip"),
        Sniffed::Zstd
        | Sniffed::SevenZip
        | Sniffed::Rar
        | Sniffed::TarPlain
        | Sniffed::Html
        | Sniffed::Text
        | Sniffed::Empty
        | Sniffed::Unknown => None,
    }
}

/// What bytes are, for people.
pub fn sniffed_word(found: Sniffed) -> &'static str {
    match found {
        Sniffed::Gzip => "gzip",
        Sniffed::Bzip2 => "bzip2",
        Sniffed::Xz => "xz",
        Sniffed::Zip => "zip",
        Sniffed::Zstd => "zstd",
        Sniffed::SevenZip => "7z",
        Sniffed::Rar => "rar",
        Sniffed::TarPlain => "a tar without compression",
        Sniffed::Html => "a web page",
        Sniffed::Text => "text",
        Sniffed::Empty => "nothing",
        Sniffed::Unknown => "no format that is known",
    }
}

/// Whether a registry named the address of a subject that calls use.
pub fn registry_named(trace: &Trace, subject: &Subject) -> bool {
    let users = trace.users(subject);
    match users.as_slice() {
        [] => package_fact(trace, subject).is_some_and(|fact| fact.server_named),
        users => users.iter().any(|call| call.kind == SourceKind::Registry),
    }
}

/// Who can change an address: the caller where he wrote it, else the registry that answered it.
pub fn address_owner(trace: &Trace, subject: &Subject) -> Owner {
    if registry_named(trace, subject) {
        Owner::Registry
    } else {
        Owner::Configuration
    }
}

/// Who writes a called module: its author, or the caller where it stands in the root.
pub fn module_owner(call: &Call) -> Owner {
    if call.kind == SourceKind::Local && call.parent().is_empty() {
        Owner::Configuration
    } else {
        Owner::Author
    }
}

/// Steps that the lack of a setting can explain: no service, or refused for want of a credential.
pub fn wanting(trace: &Trace) -> Vec<&Step> {
    registry_stops(trace)
        .filter(|(step, stop)| {
            step.key.stage == Stage::Discovery
                || matches!(stop, Stop::Status { got: 401 | 403, .. })
        })
        .map(|(step, _)| step)
        .collect()
}

/// Steps of the registry's API that ended with a status it did not expect, and that status.
pub fn refused_steps(trace: &Trace) -> impl Iterator<Item = (&Step, u16)> {
    stops(trace).filter_map(|(step, stop)| {
        let Stop::Status { got, .. } = stop else {
            return None;
        };
        let is_api = matches!(step.key.stage, Stage::Versions | Stage::Location);
        is_api.then_some((step, *got))
    })
}

/// The credential that went out with a step's last request.
pub fn sent_credential(step: &Step) -> Option<&CredentialUse> {
    let credential = step.last_exchange()?.sent.credential.as_ref()?;
    credential.withheld.is_none().then_some(credential)
}

/// What the last reply of a step says about how to log in.
pub fn challenge(step: &Step) -> Option<String> {
    let reply = step.last_exchange()?.reply()?;
    reply.header("www-authenticate").map(visible)
}

/// Whether a name has a suffix of configuration files; the case counts.
pub fn is_config_name(name: &str) -> bool {
    [".tf", ".tf.json"]
        .iter()
        .any(|suffix| name.strip_suffix(suffix).is_some())
}

/// The registry hosts that calls name, and the hosts of their APIs, with port.
pub fn registry_hosts(trace: &Trace) -> Vec<String> {
    let mut hosts: Vec<String> = trace
        .steps
        .iter()
        .filter_map(|step| host_of(&step.key.subject).map(str::to_owned))
        .collect();
    let api = trace.exchanges().filter(|(step, _)| {
        matches!(
            step.key.stage,
            Stage::Discovery | Stage::Versions | Stage::Location
        )
    });
    hosts.extend(api.map(|(_, exchange)| authority(exchange)));
    hosts.sort();
    hosts.dedup();
    hosts
}

/// Steps that failed at the connection or in its stream, with the last request.
pub fn failures(trace: &Trace) -> impl Iterator<Item = (&Step, &Failure)> {
    stops(trace).filter_map(|(step, stop)| {
        if let Stop::Failed(failure) = stop {
            Some((step, failure))
        } else {
            None
        }
    })
}

/// The peer of a step's last request: its subject for findings about the network, and its name.
pub fn peer_of(step: &Step) -> (Subject, String) {
    let name = step.last_exchange().map(authority);
    match name {
        Some(name) => (Subject::Host(name.clone()), name),
        None => (step.key.subject.clone(), step.key.subject.name().to_owned()),
    }
}

/// What was asked of a peer, for people.
pub fn asked_for(step: &Step) -> &'static str {
    match step.key.stage {
        Stage::Discovery | Stage::Probe => "the discovery document",
        Stage::Versions => "the list of versions",
        Stage::Location => "the download location",
        Stage::Source | Stage::Fetch | Stage::Unpack | Stage::Place => "the package",
        Stage::CliConfig
        | Stage::Calls
        | Stage::Manifest
        | Stage::Credentials
        | Stage::ModuleDir => "an answer",
    }
}

/// The module that a step chose a version of.
pub fn module_subject(trace: &Trace, step: &Step) -> Subject {
    let users = trace.users(&step.key.subject);
    let used = users.first().into_iter().flat_map(|call| call.used.iter());
    let module = used
        .into_iter()
        .find(|subject| matches!(subject, Subject::Module(_)));
    match &step.key.subject {
        Subject::Call(_) => module.unwrap_or(&step.key.subject).clone(),
        Subject::Run
        | Subject::Host(_)
        | Subject::Module(_)
        | Subject::Release(_)
        | Subject::Package(_)
        | Subject::Trial(_) => step.key.subject.clone(),
    }
}

/// The choice that a step made, or that was made about the same subject.
pub fn choice_of<'a>(trace: &'a Trace, step: &Step) -> Option<&'a ChoiceFact> {
    choices(trace)
        .find(|(other, _)| other.key == step.key)
        .or_else(|| choices(trace).find(|(other, _)| other.key.subject == step.key.subject))
        .map(|(_, choice)| choice)
}

/// The numbers of a release `1.2.3`; `None` for prereleases and everything else.
pub fn numbers(version: &str) -> Option<Vec<u64>> {
    let core = version.split('+').next()?;
    let core = core.strip_prefix('v').unwrap_or(core);
    core.split('.').map(|part| part.parse().ok()).collect()
}

/// What bytes an archive type demands.
pub fn demanded(archive: &str) -> Option<Sniffed> {
    match archive {
        "tar.gz" | "tgz" | "gz" => Some(Sniffed::Gzip),
        "tar.bz2" | "tbz2" | "tar.tbz2" | "bz2" => Some(Sniffed::Bzip2),
        "tar.xz" | "txz" | "xz" => Some(Sniffed::Xz),
        "zip" => Some(Sniffed::Zip),
        _ => None,
    }
}

/// What came in place of an archive: the step that asked, the reply, and what its bytes are.
pub fn bytes_of<'a>(trace: &'a Trace, step: &'a Step) -> Option<(&'a Step, &'a Reply, Sniffed)> {
    let (asked, exchange) = match step.last_exchange() {
        Some(exchange) => (step, exchange),
        None => download(trace, &step.key.subject)?,
    };
    let reply = exchange.reply()?;
    Some((asked, reply, sniffed(reply)))
}

/// Stops at which the client read an answer as a page, though a package was meant.
pub fn is_page_stop(stop: &Stop) -> bool {
    matches!(stop, Stop::NoSourceUrl | Stop::PageUnreadable { .. })
}

/// The code that names best why a location, or a source behind all other readings, is no address.
pub fn remote_code(error: &RemoteError, text: &str) -> &'static str {
    if has_stray_characters(text) {
        return "TFR536";
    }
    match error {
        RemoteError::SubdirLeavesPackage(_) | RemoteError::DetectedSubdirLeavesPackage { .. } => {
            "TFR026"
        }
        RemoteError::Shorthand(ShorthandError::GithubIncomplete) => "TFR027",
        RemoteError::Shorthand(_) | RemoteError::DetectedUrl(_) => "TFR546",
        RemoteError::NotDetected(problem) if problem.url.is_some() => {
            if text.contains("ssh://") {
                "TFR537"
            } else {
                "TFR546"
            }
        }
        RemoteError::NotDetected(_) | RemoteError::Empty(_) => "TFR531",
    }
}

/// The code that names best why a source is no address.
pub fn source_code(error: &AddrError) -> &'static str {
    let text = error.given.as_str();
    let front = text.split_once("//").map_or(text, |(front, _)| front);
    let parts = front.split('/').count();
    if has_stray_characters(text) {
        return "TFR536";
    }
    let strict: &RegistryError = &error.strict;
    if matches!(strict, RegistryError::SubdirLeavesPackage(_)) {
        return "TFR026";
    }
    let Some(remote) = &error.remote else {
        return if matches!(parts, 3 | 4) {
            registry_code(front)
        } else {
            "TFR003"
        };
    };
    match remote_code(remote, text) {
        "TFR531" if matches!(parts, 3 | 4) => registry_code(front),
        "TFR531" | "TFR546" => "TFR009",
        other => other,
    }
}

fn registry_code(front: &str) -> &'static str {
    let first = front.split('/').next().unwrap_or_default();
    let is_label = |text: &str| !text.is_empty() && !text.contains('.');
    let (name, port) = first.split_once(':').unwrap_or((first, "0"));
    let four_parts = front.split('/').count() == 4;
    if four_parts && is_label(name) && port.chars().all(|digit| digit.is_ascii_digit()) {
        return "TFR006";
    }
    if four_parts && !first.is_ascii() {
        "TFR030"
    } else {
        "TFR001"
    }
}

/// Whether quotes, blanks or control characters stand where none belong.
fn has_stray_characters(text: &str) -> bool {
    let quote = |character: char| matches!(character, '"' | '\'');
    text.trim() != text
        || text.starts_with(quote)
        || text.ends_with(quote)
        || text.chars().any(char::is_control)
}

/// Sources that are no address, with the code that names them best.
pub fn bad_sources(
    trace: &Trace,
) -> impl Iterator<Item = (&Step, &Foreign, &AddrError, &'static str)> {
    stops(trace).filter_map(|(step, stop)| {
        if let Stop::BadSource { got, error } = stop {
            Some((step, got, error, source_code(error)))
        } else {
            None
        }
    })
}

/// Locations that are no address, with the code that names them best.
pub fn bad_locations(
    trace: &Trace,
) -> impl Iterator<Item = (&Step, &Foreign, &LocationError, &'static str)> {
    stops(trace).filter_map(|(step, stop)| {
        let Stop::BadLocation { got, error } = stop else {
            return None;
        };
        let code = match &error.cause {
            LocationCause::NotRemote(address) => address_code(address),
            LocationCause::Unreadable(cause) => remote_code(cause, got.raw()),
        };
        Some((step, got, error, code))
    })
}

fn address_code(address: &SourceAddr) -> &'static str {
    match address {
        SourceAddr::Registry(_) => "TFR532",
        SourceAddr::Local(_) | SourceAddr::Remote(_) => "TFR531",
    }
}

/// Whether text holds a character of a glob.
pub fn has_glob(text: &str) -> bool {
    text.contains(['*', '['])
}

/// An address with a directory of the package, its query last.
pub fn below(address: &str, directory: &str) -> String {
    let (path, query) = match address.split_once('?') {
        Some((path, query)) => (path, format!("?{query}")),
        None => (address, String::new()),
    };
    let scheme_end = path.find("://").map_or(0, |at| at + 3);
    let inner = path.get(scheme_end..).unwrap_or_default();
    let separator = if inner.contains("//") { "/" } else { "//" };
    let path = path.trim_end_matches('/');
    format!("{path}{separator}{directory}{query}")
}

/// Two directories of a package, the second one inside the first.
pub fn joined(first: Option<&Foreign>, second: &str) -> String {
    match first.map(Foreign::raw).map(|first| first.trim_matches('/')) {
        None | Some("") => second.to_owned(),
        Some(first) => format!("{first}/{second}"),
    }
}

/// The last component of an address's path.
pub fn file_name(address: &str) -> &str {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    path.trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or(path)
}

/// A word that a shell takes as it is; `None` where it would need quoting.
pub fn shell_word(word: &str) -> Option<&str> {
    let is_plain = |character: char| {
        character.is_ascii_alphanumeric()
            || matches!(
                character,
                '.' | '_' | '/' | '-' | '+' | '@' | ':' | ',' | '='
            )
    };
    (!word.is_empty() && !word.starts_with('-') && word.chars().all(is_plain)).then_some(word)
}

/// A value in backticks, everything invisible made visible.
pub fn code(value: &str) -> String {
    format!("`{}`", visible(value))
}

/// A call as messages of the client name it: `"m" (main.tf:1)`.
pub fn named_call(call: &Call) -> String {
    let name = call.key.rsplit('.').next().unwrap_or_default();
    match &call.place {
        Some(place) => format!("\"{name}\" ({}:{})", place.file, place.line),
        None => format!("\"{name}\""),
    }
}

/// The first call that uses a step's subject, as messages of the client name it.
pub fn first_call(trace: &Trace, step: &Step) -> String {
    trace
        .users(&step.key.subject)
        .first()
        .map_or_else(|| "\"m\"".to_owned(), |call| named_call(call))
}

/// The name of the client's product.
pub fn product(case: &Case<'_>) -> &'static str {
    case.client.product.title()
}

/// The `TF_TOKEN_*` variable of a host; `None` for one with a port, which no variable can name.
pub fn token_variable(host: &str) -> Option<String> {
    (!host.contains(':') && host.is_ascii())
        .then(|| format!("TF_TOKEN_{}", host.replace('-', "__").replace('.', "_")))
}

/// A status with its usual words.
pub fn status_text(status: u16) -> String {
    let words = match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        203 => "Non-Authoritative Information",
        204 => "No Content",
        206 => "Partial Content",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        415 => "Unsupported Media Type",
        418 => "I'm a teapot",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        451 => "Unavailable For Legal Reasons",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => return status.to_string(),
    };
    format!("{status} {words}")
}

/// A number with its noun.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// The rows of a credential ladder, its head first.
pub fn ladder_rows(rungs: &[Rung]) -> Vec<Vec<String>> {
    use crate::trace::fact::RungState;
    let mut rows = vec![
        ["state", "source", "fingerprint"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for rung in rungs {
        let state = match &rung.state {
            RungState::Used => "used".to_owned(),
            RungState::Hidden => "hidden".to_owned(),
            RungState::Absent => "absent".to_owned(),
            RungState::NearMiss(other) => format!("near miss: {}", visible(other)),
            RungState::Unreadable(why) => format!("unreadable: {}", visible(why)),
            RungState::Unusable(why) => format!("unusable: {}", visible(why)),
            RungState::NoUse => "no use".to_owned(),
        };
        let print = rung
            .fingerprint
            .as_ref()
            .map_or_else(String::new, |print| format!("#{}", print.digits));
        rows.push(vec![state, visible(&rung.name), print]);
    }
    rows
}

/// The line that quotes the beginning of a body.
pub fn first_line(reply: &Reply) -> Option<String> {
    let Body::Text { text, .. } = &reply.body else {
        return None;
    };
    let line = text.raw().lines().find(|line| !line.trim().is_empty())?;
    let short: String = line.chars().take(120).collect();
    Some(visible(&short))
}

/// The title of a page.
pub fn page_title(reply: &Reply) -> Option<String> {
    let Body::Text { text, .. } = &reply.body else {
        return None;
    };
    let lower = text.raw().to_ascii_lowercase();
    let start = lower.find("<title")?;
    let from = start + lower.get(start..)?.find('>')? + 1;
    let to = from + lower.get(from..)?.find('<')?;
    let title: String = text.raw().get(from..to)?.trim().chars().take(120).collect();
    Some(visible(&title))
}

#[cfg(test)]
mod tests {
    use super::below;
    use super::file_name;
    use super::shell_word;
    use super::token_variable;

    #[test]
    fn a_directory_stands_before_the_query() {
        assert_eq!(
            below("https://h/x.tgz?archive=tgz", "a"),
            "https://h/x.tgz//a?archive=tgz"
        );
        assert_eq!(below("h.example/ns/n/s//b", "a"), "h.example/ns/n/s//b/a");
        assert_eq!(file_name("https://h/p/x.tgz?archive=tgz"), "x.tgz");
    }

    #[test]
    fn a_word_that_needs_quoting_is_none() {
        assert_eq!(shell_word("terraform-aws-sg"), Some("terraform-aws-sg"));
        assert_eq!(shell_word("a b"), None);
        assert_eq!(shell_word("$(x)"), None);
        assert_eq!(shell_word("-rf"), None);
    }

    #[test]
    fn a_variable_spells_dots_and_hyphens() {
        assert_eq!(
            token_variable("my-reg.example.com").as_deref(),
            Some("TF_TOKEN_my__reg_example_com")
        );
        assert_eq!(token_variable("reg.example.com:8443"), None);
    }
}
