//! What several rules need: looking things up in a trace, and the few words that they share.
//!
//! Never judges: that is each rule's own business.

pub use crate::rules::addresses::bad_locations;
pub use crate::rules::addresses::below;
pub use crate::rules::addresses::file_name;
pub use crate::rules::addresses::has_glob;
pub use crate::rules::addresses::has_stray_characters;
pub use crate::rules::addresses::is_config_name;
pub use crate::rules::addresses::joined;
pub use crate::rules::addresses::refused_sources;
pub use crate::rules::addresses::remote_code;
pub use crate::rules::addresses::shell_word;
pub use crate::rules::wording::archive_word;
pub use crate::rules::wording::asked_for;
pub use crate::rules::wording::challenge;
pub use crate::rules::wording::code;
pub use crate::rules::wording::count;
pub use crate::rules::wording::demanded;
pub use crate::rules::wording::first_call;
pub use crate::rules::wording::first_line;
pub use crate::rules::wording::ladder_rows;
pub use crate::rules::wording::named_call;
pub use crate::rules::wording::page_title;
pub use crate::rules::wording::product;
pub use crate::rules::wording::sniffed_word;
pub use crate::rules::wording::status_text;
pub use crate::rules::wording::token_variable;

use crate::finding::Owner;
use crate::foreign::Foreign;
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
use crate::trace::fact::ComputedDir;
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
use crate::trace::fact::StoreFact;
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
    /// Object stores.
    stores: Store(StoreFact);
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

/// The directory of a call's module as an installation of today gives it, where that was asked for.
pub fn computed_dir<'a>(trace: &'a Trace, key: &str) -> Option<&'a ComputedDir> {
    let step = trace.step(&Subject::Call(key.to_owned()), Stage::Manifest)?;
    step.facts.iter().find_map(|fact| match fact {
        Fact::Record(record) => record.on_disk.as_ref()?.computed.as_ref(),
        _ => None,
    })
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

/// What an object store ended with: the step, the getter, the code and the words.
pub fn store_stops(trace: &Trace) -> impl Iterator<Item = (&Step, &str, &str, &Foreign)> {
    stops(trace).filter_map(|(step, stop)| {
        let Stop::Store { code, words } = stop else {
            return None;
        };
        let getter = package_fact(trace, &step.key.subject).map_or("s3", |fact| &fact.getter);
        Some((step, getter, code.as_str(), words))
    })
}

/// What is known of the store that a step asked.
pub fn store_of(step: &Step) -> Option<&StoreFact> {
    step.facts.iter().rev().find_map(|fact| {
        if let Fact::Store(store) = fact {
            Some(store)
        } else {
            None
        }
    })
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
