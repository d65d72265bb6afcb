//! What rules about packages share: stops of one kind, names in archives, and what git printed.
//!
//! Never judges: that is each rule's own business.

use crate::finding::Case;
use crate::finding::Finding;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Trial;
use crate::foreign::Foreign;
use crate::foreign::visible;
use crate::rules::common::address_owner;
use crate::rules::common::facts;
use crate::rules::common::is_config_name;
use crate::rules::common::location_of;
use crate::rules::common::package_stops;
use crate::rules::common::sniffed;
use crate::trace::Act;
use crate::trace::Fact;
use crate::trace::Step;
use crate::trace::Stop;
use crate::trace::Subject;
use crate::trace::Trace;
use crate::trace::archive::Kind;
use crate::trace::archive::Unpacked;
use crate::trace::archive_stop::ArchiveStop;
use crate::trace::archive_stop::ClientPaths;
use crate::trace::archive_stop::ZipFault;
use crate::trace::call::SourceKind;
use crate::trace::exchange::Body;
use crate::trace::exchange::Reply;
use crate::trace::fact::PackageFact;
use crate::trace::sniff::Sniffed;
use crate::trace::stop::ChecksumStop;
use crate::trace::stop::ProcessStop;

/// The most names or lines that a finding shows.
const MOST_LINES: usize = 8;

/// Archives that were unpacked, as far as they could be.
pub fn unpackings(trace: &Trace) -> impl Iterator<Item = (&Step, &Unpacked)> {
    facts(trace).filter_map(|(step, fact)| {
        if let Fact::Unpacked(unpacked) = fact {
            Some((step, unpacked.as_ref()))
        } else {
            None
        }
    })
}

/// Every archive that could not be unpacked.
pub fn archive_stops(trace: &Trace) -> impl Iterator<Item = (&Step, &ArchiveStop)> {
    package_stops(trace).filter_map(|(step, stop)| {
        if let Stop::Archive(stop) = stop {
            Some((step, stop))
        } else {
            None
        }
    })
}

/// Every package whose host answered with a status that the client does not take.
pub fn refused_packages(trace: &Trace) -> impl Iterator<Item = (&Step, u16)> {
    package_stops(trace).filter_map(|(step, stop)| {
        if let Stop::Status { got, .. } = stop {
            Some((step, *got))
        } else {
            None
        }
    })
}

/// The address that a step fetched last.
pub fn address_of(step: &Step) -> Option<&PackageFact> {
    step.facts.iter().rev().find_map(|fact| {
        if let Fact::Package(package) = fact {
            Some(package)
        } else {
            None
        }
    })
}

/// The archive that a step unpacked last.
pub fn unpacked_of(step: &Step) -> Option<&Unpacked> {
    step.facts.iter().rev().find_map(|fact| {
        if let Fact::Unpacked(unpacked) = fact {
            Some(unpacked.as_ref())
        } else {
            None
        }
    })
}

/// Who can change the address that a step fetched last.
pub fn named_owner(trace: &Trace, step: &Step) -> Owner {
    match address_of(step) {
        Some(fact) if fact.hop > 0 => Owner::Registry,
        Some(_) | None => address_owner(trace, &step.key.subject),
    }
}

/// The reply to the last request for the package itself.
pub fn last_reply(step: &Step) -> Option<&Reply> {
    let mut asked = step
        .exchanges()
        .rev()
        .filter(|exchange| exchange.sent.method == "GET");
    asked.next()?.reply()
}

/// The beginning of a body as text.
pub fn body_text(reply: &Reply) -> String {
    match &reply.body {
        Body::None => String::new(),
        Body::Text { text, .. } => text.raw().to_owned(),
        Body::Stored { head, .. } => String::from_utf8_lossy(head).into_owned(),
    }
}

/// Whether a client looks for a page behind an address and found none that helps.
pub fn is_page_stop(stop: &Stop) -> bool {
    matches!(stop, Stop::NoSourceUrl | Stop::PageUnreadable { .. })
}

/// A name of an entry, for people.
pub fn entry_name(name: &[u8]) -> String {
    visible(&String::from_utf8_lossy(name))
}

/// Names of entries, for people, the rest counted.
pub fn name_lines(names: &[&[u8]]) -> Vec<String> {
    let mut lines: Vec<String> = names
        .iter()
        .take(MOST_LINES)
        .map(|name| entry_name(name))
        .collect();
    if names.len() > MOST_LINES {
        lines.push(format!("{} more", names.len() - MOST_LINES));
    }
    lines
}

/// Whether an entry is a configuration file by its name.
pub fn is_config_entry(name: &[u8]) -> bool {
    is_config_name(&String::from_utf8_lossy(name))
}

/// What the client says of an archive.
pub fn archive_message(trace: &Trace, step: &Step, ending: &ArchiveStop) -> Option<String> {
    let users = trace.users(&step.key.subject);
    let key = users.first().map_or("m", |call| call.key.as_str());
    let destination = format!(".terraform/modules/{key}");
    let text = ending.client_text(ClientPaths {
        archive: "<tmp>/archive",
        destination: &destination,
    })?;
    Some(visible(&text))
}

/// What the client says of a package that it cannot unpack, or of a page that names none.
pub fn package_message(trace: &Trace, step: &Step, ending: &Stop) -> String {
    if let Stop::Archive(archive) = ending {
        archive_message(trace, step, archive).unwrap_or_default()
    } else if let Stop::PageUnreadable { words } = ending {
        visible(words)
    } else if let Stop::Checksum(ChecksumStop::DirectoryDownload) = ending {
        "checksum cannot be specified for directory download".to_owned()
    } else {
        "no source URL was returned".to_owned()
    }
}

/// Whether bytes are what a kind of archive begins with.
pub fn fits(kind: Kind, found: Sniffed) -> bool {
    let wanted = match kind {
        Kind::Tar => Sniffed::TarPlain,
        Kind::TarGz | Kind::Gz => Sniffed::Gzip,
        Kind::TarBz2 | Kind::Bz2 => Sniffed::Bzip2,
        Kind::TarXz | Kind::Xz => Sniffed::Xz,
        Kind::TarZst | Kind::Zst => Sniffed::Zstd,
        Kind::Zip => Sniffed::Zip,
    };
    wanted == found
}

/// What the bytes of an archive are, where they are not of the kind as which the client read them.
pub fn misread(step: &Step, ending: &ArchiveStop) -> Option<Sniffed> {
    let kind = unpacked_of(step)?.kind;
    let found = sniffed(last_reply(step)?);
    let is_whole = match ending {
        ArchiveStop::Zip(fault) => matches!(
            fault,
            ZipFault::NoEnd
                | ZipFault::BadEnd
                | ZipFault::NoEnd64
                | ZipFault::Directory
                | ZipFault::DirectoryMissing
                | ZipFault::DirectoryCut
        ),
        ArchiveStop::Opening { .. } | ArchiveStop::Stream(_) | ArchiveStop::Tar(_) => true,
        ArchiveStop::Empty
        | ArchiveStop::SingleFile { .. }
        | ArchiveStop::Unsupported { .. }
        | ArchiveStop::ParentInName { .. }
        | ArchiveStop::NulInName { .. }
        | ArchiveStop::NamesDestination { .. }
        | ArchiveStop::FileInTheWay { .. }
        | ArchiveStop::DirectoryInTheWay { .. }
        | ArchiveStop::NameTooLong { .. }
        | ArchiveStop::TooDeep { .. }
        | ArchiveStop::Limit { .. }
        | ArchiveStop::Disk(_)
        | ArchiveStop::Interrupted => false,
    };
    (is_whole && !fits(kind, found)).then_some(found)
}

/// Whether bytes are an archive of any format, also of one that the client lacks.
pub fn is_archive(found: Sniffed) -> bool {
    match found {
        Sniffed::Gzip
        | Sniffed::Bzip2
        | Sniffed::Xz
        | Sniffed::Zip
        | Sniffed::Zstd
        | Sniffed::SevenZip
        | Sniffed::Rar
        | Sniffed::TarPlain => true,
        Sniffed::Html | Sniffed::Text | Sniffed::Empty | Sniffed::Unknown => false,
    }
}

/// Whether a body is a page or a message where an archive was wanted.
pub fn is_message(reply: &Reply) -> bool {
    match sniffed(reply) {
        Sniffed::Html => true,
        Sniffed::Text => {
            let media = reply.media_type().unwrap_or_default();
            let text = body_text(reply);
            text.trim_start().starts_with(['<', '{', '['])
                || media.starts_with("text/")
                || media.ends_with("json")
        }
        Sniffed::Gzip
        | Sniffed::Bzip2
        | Sniffed::Xz
        | Sniffed::Zip
        | Sniffed::Zstd
        | Sniffed::SevenZip
        | Sniffed::Rar
        | Sniffed::TarPlain
        | Sniffed::Empty
        | Sniffed::Unknown => false,
    }
}

/// The pairs of an address's query, as written.
pub fn query_pairs(address: &str) -> Vec<(&str, &str)> {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .collect()
}

/// An address with a parameter set, and where it stood before, replaced; an empty value takes it out.
pub fn with_parameter(address: &str, name: &str, value: &str) -> String {
    let path = address.split('?').next().unwrap_or_default();
    let mut pairs: Vec<String> = query_pairs(address)
        .into_iter()
        .filter(|(known, _)| *known != name)
        .map(|(known, value)| format!("{known}={value}"))
        .collect();
    if !value.is_empty() {
        pairs.push(format!("{name}={value}"));
    }
    if pairs.is_empty() {
        return path.to_owned();
    }
    format!("{path}?{}", pairs.join("&"))
}

/// Offers the address with a parameter set, in the location or in the source, whoever wrote it.
pub fn offer_parameter(
    case: &Case<'_>,
    step: &Step,
    (name, value): (&str, &str),
    text: &str,
    finding: &mut Finding,
) {
    let users = case.trace.users(&step.key.subject);
    let is_second = address_of(step).is_some_and(|fact| fact.hop > 0);
    let Some(call) = users.first().filter(|_| !is_second) else {
        finding.tell(finding.owner, text);
        return;
    };
    let fix = if call.kind == SourceKind::Registry {
        let taken = location_of(case.trace, call).and_then(|location| location.taken.as_ref());
        let location = with_parameter(
            taken.map_or(step.key.subject.name(), Foreign::raw),
            name,
            value,
        );
        Fix::tell(Owner::Registry, text)
            .value(format!("X-Terraform-Get: {}", visible(&location)))
            .trial(Trial::Location {
                call: call.key.clone(),
                location,
            })
    } else {
        let source = with_parameter(call.source.raw(), name, value);
        Fix::tell(Owner::Configuration, text)
            .value(format!("source = \"{}\"", visible(&source)))
            .trial(Trial::Source {
                call: call.key.clone(),
                source,
            })
    };
    finding.fix(fix);
}

/// Makes a finding one that stands beside what happened, also where its step stopped for another reason: without the step it does
/// not count as the explanation of that stop.
pub fn beside<'a>(step: &Step, finding: &'a mut Finding) -> &'a mut Finding {
    finding.aside();
    if step.stop().is_some() {
        finding.step = None;
    }
    finding
}

/// Whether the configuration of a call that uses a package does not load.
pub fn fails_to_load(trace: &Trace, package: &Subject) -> bool {
    let users = trace.users(package);
    users.iter().any(|call| {
        trace.steps.iter().any(|step| {
            step.key.subject == call.subject()
                && matches!(step.stop(), Some(Stop::ModuleConfig { .. }))
        })
    })
}

/// Whether a host is this machine.
pub fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost")
        || host.to_ascii_lowercase().ends_with(".localhost")
        || host == "::1"
        || (host.starts_with("127.") && host.parse::<std::net::Ipv4Addr>().is_ok())
}

/// A git command that failed.
#[derive(Debug, Clone, Copy)]
pub struct GitFailure<'a> {
    /// `clone`, `checkout`, `submodule`; empty when it is not known.
    pub command: &'a str,
    /// The words of the command.
    pub words: &'a [String],
    /// What it printed.
    pub output: &'a str,
    /// Its exit status.
    pub status: i32,
}

impl GitFailure<'_> {
    /// Whether it printed one of these texts; case does not count.
    pub fn says(&self, texts: &[&str]) -> bool {
        let output = self.output.to_ascii_lowercase();
        texts
            .iter()
            .any(|text| output.contains(&text.to_ascii_lowercase()))
    }

    /// The word behind an option.
    pub fn option(&self, name: &str) -> Option<&str> {
        let at = self.words.iter().position(|word| word == name)?;
        self.words.get(at + 1).map(String::as_str)
    }

    /// The address that was cloned.
    pub fn address(&self) -> Option<&str> {
        self.option("--")
    }

    /// Its last lines, for people.
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .output
            .lines()
            .rev()
            .filter(|line| !line.trim().is_empty())
            .take(MOST_LINES)
            .map(visible)
            .collect();
        lines.reverse();
        lines
    }
}

/// Every step that a git command ended.
pub fn git_failures(trace: &Trace) -> impl Iterator<Item = (&Step, GitFailure<'_>)> {
    package_stops(trace).filter_map(|(step, stop)| {
        let Stop::Process(ProcessStop::Exited { status, output, .. }) = stop else {
            return None;
        };
        let words = step.acts.iter().rev().find_map(|act| match act {
            Act::Process(run) if run.exit != Some(0) => Some(run.argv.as_slice()),
            Act::Process(_) | Act::Http(_) | Act::File(_) => None,
        });
        let words = words.unwrap_or_default();
        let known = ["clone", "checkout", "submodule", "ls-remote"];
        let command = words.iter().map(String::as_str);
        let failure = GitFailure {
            command: command
                .clone()
                .find(|word| known.contains(word))
                .unwrap_or_default(),
            words,
            output: output.raw(),
            status: *status,
        };
        Some((step, failure))
    })
}

/// Shows what git printed, and what the client makes of it.
pub fn show_git(failure: &GitFailure<'_>, finding: &mut Finding) {
    finding.evidence_lines("git", failure.lines());
    let last = failure
        .lines()
        .into_iter()
        .find(|line| line.starts_with("fatal:") || line.starts_with("error:"));
    let tail = last.map_or_else(String::new, |line| format!(": {line}"));
    finding.client_says("init", format!("git exited with {}{tail}", failure.status));
}

#[cfg(test)]
mod tests {
    use super::is_loopback;
    use super::query_pairs;
    use super::with_parameter;

    #[test]
    fn a_parameter_replaces_the_one_that_was_there() {
        assert_eq!(
            with_parameter("https://h/x.tgz//a?archive=zip&v=1", "archive", "tgz"),
            "https://h/x.tgz//a?v=1&archive=tgz"
        );
        assert_eq!(
            with_parameter("https://h/x?archive=zip", "archive", ""),
            "https://h/x"
        );
        assert_eq!(query_pairs("a?b&c=d#e"), [("b", ""), ("c", "d")]);
    }

    #[test]
    fn only_this_machine_is_loopback() {
        assert!(is_loopback("127.0.0.1"));
        assert!(is_loopback("[::1]"));
        assert!(is_loopback("a.localhost"));
        assert!(!is_loopback("127.example.com"));
    }
}
