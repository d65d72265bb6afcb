//! Stages, facts and stops in words; the only place with such sentences.

pub use crate::report::aside::canary;

use crate::finding::EvidenceValue;
use crate::finding::Finding;
use crate::foreign::Foreign;
use crate::foreign::visible;
use crate::report::Style;
use crate::report::style::Detail;
use crate::report::style::size;
use crate::trace::End;
use crate::trace::Exchange;
use crate::trace::Stop;
use crate::trace::Trace;
use crate::trace::Unsure;
use crate::trace::archive_stop::ArchiveStop;
use crate::trace::archive_stop::ClientPaths;
use crate::trace::exchange::Body;
use crate::trace::exchange::CertificateFailure;
use crate::trace::exchange::ConnectFailure;
use crate::trace::exchange::Failure;
use crate::trace::exchange::Forbidden;
use crate::trace::exchange::LookupFailure;
use crate::trace::exchange::Phase;
use crate::trace::fact::RungKind;
use crate::trace::stop::CallProblem;
use crate::trace::stop::ChecksumStop;
use crate::trace::stop::DirProblem;
use crate::trace::stop::NoService;
use crate::trace::stop::PathProblem;
use crate::trace::stop::ProcessStop;
use crate::trace::stop::Refusal;
use std::io;
use std::io::Write;

/// A stop, as a phrase.
pub fn stop(stop: &Stop) -> String {
    match stop {
        Stop::Failed(failure) => failure_phrase(failure),
        Stop::Status { got, .. } => status(*got),
        Stop::Redirects { limit } => format!("more than {limit} redirects"),
        Stop::BadRedirect(to) => format!("a redirect to {} cannot be followed", to.shown()),
        Stop::BadContentType(got) => format!(
            "no usable content type: {}",
            got.as_ref()
                .map_or_else(|| "none".to_owned(), Foreign::shown)
        ),
        Stop::NotJson { got } => format!("200 OK but {}", got.shown()),
        Stop::TooLarge { got, limit } => format!(
            "{} announced, the client reads {}",
            size(*got),
            size(*limit)
        ),
        Stop::Undecodable { pointer, words, .. } if pointer.is_empty() => {
            format!("cannot be decoded: {words}")
        }
        Stop::Undecodable { pointer, words, .. } => {
            format!("cannot be decoded at {pointer}: {words}")
        }
        Stop::ClientCrashes { pointer } => format!("null at {pointer}: the client crashes on it"),
        Stop::NoService(why) => no_service(why),
        Stop::BadServiceUrl { got, words } => {
            format!("service URL {} is refused: {words}", got.shown())
        }
        Stop::ModuleNotFound => "404: no such module".to_owned(),
        Stop::NoModules => "the answer lists no module".to_owned(),
        Stop::NoVersions => "no version that counts".to_owned(),
        Stop::NoMatch { constraint, newest } => format!(
            "no version satisfies \"{}\"; newest is {newest}",
            constraint.shown()
        ),
        Stop::NoDownload => "404: the version has no download".to_owned(),
        Stop::NoLocation { status } => format!("{status} without X-Terraform-Get"),
        Stop::BadLocation { got, .. } => format!("location {} is no package address", got.shown()),
        Stop::BadSource { got, .. } => format!("source \"{}\" is no address", got.shown()),
        Stop::BadCall(problem) => call_problem(problem).to_owned(),
        Stop::NoGetter { scheme } => format!("nothing fetches the scheme {}", visible(scheme)),
        Stop::NoSourceUrl => "the page names no source".to_owned(),
        Stop::PageUnreadable { words } => format!("read as a web page: {}", visible(words)),
        Stop::BadSecondLocation { got, .. } => {
            format!("second location {} cannot be used", got.shown())
        }
        Stop::LocationChain { limit } => format!("more than {limit} locations in a chain"),
        Stop::Checksum(problem) => checksum(problem),
        Stop::Netrc { path, words } => format!(
            "netrc file {} does not parse: {}",
            visible(path),
            visible(words)
        ),
        Stop::Archive(archive) => archive_phrase(archive),
        Stop::Process(process) => process_stop(process),
        Stop::LocalPackage { path, problem } => {
            format!("{}: {}", visible(path), path_problem(*problem))
        }
        Stop::Store { code, words } => {
            format!("the object store answered {code}: {}", words.shown())
        }
        Stop::Refused(refusal) => refused(refusal),
        Stop::NoModuleDir(problem) => dir_problem(problem),
        Stop::ModuleConfig { problems } => {
            format!("the module's configuration does not load ({problems} problems)")
        }
        Stop::ClientExcluded { required } => format!(
            "the module requires version \"{}\" of the client",
            required.shown()
        ),
        Stop::Cycle { chain } => format!("the module calls itself: {}", chain.join(" → ")),
        Stop::Limit { name, number } => format!("stopped at the limit of {number} for {name}"),
        Stop::Manifest { words, .. } => visible(words),
        Stop::Disk { path, word } => format!("{} cannot be written: {word}", visible(path)),
        Stop::InTheWay { path } => format!("{} is already there", visible(path)),
    }
}

/// An end, as a phrase.
pub fn end(end: &End) -> String {
    match end {
        End::Done => "done".to_owned(),
        End::Stopped(reason) => stop(reason),
        End::Unsure(Unsure::RateLimited { status: got, reset }) => {
            let when = reset
                .map(|seconds| format!(", resets in {seconds} s"))
                .unwrap_or_default();
            format!("rate limited ({got}){when}")
        }
        End::Unsure(Unsure::HostDown) => "not asked: the host is down".to_owned(),
        End::Unsure(Unsure::Deadline) => "the run's deadline came first".to_owned(),
        End::Unsure(Unsure::CannotSpeak(what)) => {
            format!("this tool cannot test it: {}", what.shown())
        }
        End::Interrupted => "interrupted".to_owned(),
    }
}

/// A status with its usual name.
pub fn status(code: u16) -> String {
    let name = http::StatusCode::from_u16(code)
        .ok()
        .and_then(|status| status.canonical_reason());
    name.map_or_else(|| code.to_string(), |name| format!("{code} {name}"))
}

fn no_service(why: &NoService) -> String {
    match why {
        NoService::NotFound => "404: no discovery document".to_owned(),
        NoService::Null => "the document is null".to_owned(),
        NoService::NoKey => "the document has no modules.v1".to_owned(),
        NoService::OtherVersion { key, kind } => format!(
            "{} is {kind}, modules.v1 as a string is missing",
            key.shown()
        ),
    }
}

fn call_problem(problem: &CallProblem) -> &'static str {
    match problem {
        CallProblem::SourceMissing => "the module block has no source",
        CallProblem::SourceNull => "the source is null",
        CallProblem::SourceExpression => "the source is an expression",
        CallProblem::SourceNotAString => "the source is no string",
        CallProblem::VersionWithoutRegistry => {
            "version is set, and the source is no registry address"
        }
    }
}

fn checksum(problem: &ChecksumStop) -> String {
    match problem {
        ChecksumStop::Unusable(words) | ChecksumStop::List(words) => visible(words),
        ChecksumStop::DirectoryDownload => "checksum= without an archive".to_owned(),
        ChecksumStop::Mismatch {
            expected,
            got,
            algorithm,
        } => format!("{algorithm} is {got}, expected {expected}"),
    }
}

fn process_stop(process: &ProcessStop) -> String {
    match process {
        ProcessStop::Missing { program } => format!("{program} is not on PATH"),
        ProcessStop::Exited {
            program,
            status,
            output,
            ..
        } => {
            let first = output
                .raw()
                .lines()
                .rfind(|line| !line.trim().is_empty())
                .unwrap_or_default();
            format!("{program} exited with {status}: {}", visible(first))
        }
        ProcessStop::TimedOut { program } => format!("{program} did not end in time"),
        ProcessStop::Parameter(words) => visible(words),
    }
}

fn path_problem(problem: PathProblem) -> &'static str {
    match problem {
        PathProblem::Missing => "no such directory",
        PathProblem::NotADirectory => "not a directory",
        PathProblem::OutsideProject => "outside the project, and a server named it: not opened",
    }
}

fn refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::OptionLike(text) => format!(
            "refused: {} would reach the program as an option",
            text.shown()
        ),
        Refusal::Submodule { entry, why } => format!("refused: submodule {}: {why}", entry.shown()),
        Refusal::Transport(text) => format!("refused: the transport {}", text.shown()),
        Refusal::Metadata(text) => format!(
            "refused: {} is a metadata address that a server named",
            text.shown()
        ),
        Refusal::LongLocation(length) => format!("refused: a location of {length} bytes"),
    }
}

fn dir_problem(problem: &DirProblem) -> String {
    match problem {
        DirProblem::SubdirMissing { subdir } => {
            format!("the package has no directory {}", subdir.shown())
        }
        DirProblem::GlobNone { subdir } => format!("subdir {} not found", subdir.shown()),
        DirProblem::GlobSeveral { subdir, matches } => {
            format!("{} matches {} entries", subdir.shown(), matches.len())
        }
        DirProblem::BadPattern { subdir } => format!("{} is no pattern", subdir.shown()),
        DirProblem::NotADirectory => "a file, not a directory".to_owned(),
        DirProblem::LocalMissing { path, .. } => format!("no directory {}", path.shown()),
        DirProblem::EscapesPackage { path, .. } => format!("{} leaves the package", path.shown()),
        DirProblem::Unreadable(word) => format!("cannot be read: {word}"),
    }
}

/// A failure with the host it hit.
pub fn failure(failure: &Failure, exchange: &Exchange) -> String {
    let at = format!("{}:{}", visible(&exchange.sent.host), exchange.sent.port);
    format!("{at}: {}", failure_phrase(failure))
}

/// A failure, as a phrase.
pub fn failure_phrase(failure: &Failure) -> String {
    match failure {
        Failure::Lookup(LookupFailure::NotFound) => "no such host".to_owned(),
        Failure::Lookup(LookupFailure::NoAddress) => "the name has no address".to_owned(),
        Failure::Lookup(LookupFailure::Timeout) => {
            "the name lookup did not answer in time".to_owned()
        }
        Failure::Lookup(LookupFailure::Other(words)) => {
            format!("the name lookup failed: {}", words.shown())
        }
        Failure::Connect(ConnectFailure::Refused) => "connection refused".to_owned(),
        Failure::Connect(ConnectFailure::Reset) => "connection reset".to_owned(),
        Failure::Connect(ConnectFailure::Unreachable) => "unreachable".to_owned(),
        Failure::Connect(ConnectFailure::Other) => "no connection".to_owned(),
        Failure::Certificate(CertificateFailure::UnknownIssuer) => {
            "certificate signed by an unknown authority".to_owned()
        }
        Failure::Certificate(CertificateFailure::WrongName) => {
            "the certificate is for another name".to_owned()
        }
        Failure::Certificate(CertificateFailure::Expired) => {
            "the certificate has expired".to_owned()
        }
        Failure::Certificate(CertificateFailure::NotYetValid) => {
            "the certificate is not valid yet".to_owned()
        }
        Failure::Certificate(CertificateFailure::Other(words)) => {
            format!("certificate refused: {}", words.shown())
        }
        Failure::Handshake(words) => format!("TLS handshake failed: {}", words.shown()),
        Failure::NotTls => "answered without TLS".to_owned(),
        Failure::Timeout { phase, limit } => format!(
            "no answer in {} s ({})",
            limit.as_secs_f64(),
            phase_word(*phase)
        ),
        Failure::Closed => "hung up without an answer".to_owned(),
        Failure::Malformed(words) => format!("not an HTTP answer: {}", words.shown()),
        Failure::ShortBody {
            got,
            expected: Some(expected),
        } => format!("the body ended after {got} of {expected} bytes"),
        Failure::ShortBody {
            got,
            expected: None,
        } => format!("the body ended early, after {got} bytes"),
        Failure::Coding(words) => format!("the content coding is broken: {}", words.shown()),
        Failure::Proxy(words) => format!("the proxy failed: {}", words.shown()),
        Failure::Limit { name, number } => format!("larger than the limit of {number} for {name}"),
        Failure::Forbidden(Forbidden::Metadata) => {
            "a metadata address that a server named: not contacted".to_owned()
        }
        Failure::Forbidden(Forbidden::Scheme) => "not an http address".to_owned(),
        Failure::Forbidden(Forbidden::DeadHost) => "a host that is down".to_owned(),
        Failure::Forbidden(Forbidden::Closed) => "a name outside this closed run".to_owned(),
        Failure::BadUrl(words) => format!("not a URL that can be asked: {}", words.shown()),
        Failure::BadHeader { name } => format!("the value of {name} is no header value"),
        Failure::Disk(word) => format!("a local file could not be written: {word}"),
        Failure::Other(words) => words.shown(),
    }
}

/// A phase's word.
pub fn phase_word(phase: Phase) -> &'static str {
    match phase {
        Phase::Dns => "dns",
        Phase::Connect => "connect",
        Phase::Tls => "tls",
        Phase::Wait => "wait",
        Phase::Transfer => "transfer",
    }
}

/// How a host was reached.
pub fn connection(exchange: &Exchange) -> String {
    let peer = exchange.peer.map_or_else(
        || format!("{}:{}", exchange.sent.host, exchange.sent.port),
        |peer| peer.to_string(),
    );
    let mut text = peer;
    match &exchange.tls {
        Some(session) => {
            text.push_str(", TLS ");
            text.push_str(&session.version);
            if let Some(first) = session.chain.first() {
                text.push_str(&[", issuer \"", &first.issuer.shown(), "\""].concat());
            }
        }
        None if exchange.sent.scheme == "http" => text.push_str(", no TLS"),
        None => {}
    }
    if let Some(proxy) = &exchange.proxy {
        let (url, rule) = (visible(&proxy.url), visible(&proxy.rule));
        text.push_str(&[", through proxy ", &url, " (", &rule, ")"].concat());
    }
    text
}

/// The word for a kind of credential source.
pub fn rung_kind(kind: RungKind) -> &'static str {
    match kind {
        RungKind::Variable => "environment",
        RungKind::Block => "CLI configuration",
        RungKind::Helper => "credentials helper",
        RungKind::Netrc => "netrc",
    }
}

/// Lines that repeat the requests behind a finding; a credential is named and never shown.
pub fn reproduce(trace: &Trace, finding: &Finding) -> Vec<String> {
    let referred = finding
        .evidence
        .iter()
        .filter_map(|evidence| match &evidence.value {
            EvidenceValue::Request(key, index) => trace
                .steps
                .iter()
                .find(|step| &step.key == key)
                .and_then(|step| step.exchanges().nth(*index)),
            EvidenceValue::Text(_) | EvidenceValue::Lines(_) | EvidenceValue::Table(_) => None,
        });
    let fallback = finding
        .step
        .as_ref()
        .and_then(|key| trace.steps.iter().find(|step| &step.key == key))
        .and_then(crate::trace::Step::last_exchange);
    let mut lines: Vec<String> = referred.map(curl).collect();
    if lines.is_empty() {
        lines.extend(fallback.map(curl));
    }
    lines.dedup();
    lines
}

/// One request as a curl line that is safe to paste.
pub fn curl(exchange: &Exchange) -> String {
    let stored = matches!(
        exchange.reply().map(|reply| &reply.body),
        Some(Body::Stored { .. })
    );
    let mut words: Vec<String> = match exchange.sent.method.as_str() {
        "HEAD" => vec!["curl".to_owned(), "-sSI".to_owned()],
        _ if stored => vec![
            "curl".to_owned(),
            "-sS".to_owned(),
            "-o".to_owned(),
            "package".to_owned(),
        ],
        _ => vec!["curl".to_owned(), "-sSi".to_owned()],
    };
    if let Some(credential) = exchange
        .sent
        .credential
        .as_ref()
        .filter(|credential| credential.withheld.is_none())
    {
        words.push("-H".to_owned());
        words.push(format!(
            "\"Authorization: {} ${}\"",
            credential.scheme,
            variable_for(&credential.origin)
        ));
    }
    let url = visible(&exchange.sent.url);
    let quoted =
        shlex::try_quote(&url).map_or_else(|_| "''".to_owned(), std::borrow::Cow::into_owned);
    // A URL cannot begin with a dash after `--`.
    words.push("--".to_owned());
    words.push(quoted);
    words.join(" ")
}

/// The variable that a pasted line refers to: the credential's own where it is one that a shell can name.
fn variable_for(origin: &str) -> &str {
    let nameable = origin
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if origin.starts_with("TF_TOKEN_") && nameable {
        origin
    } else {
        "TOKEN"
    }
}

/// The requests of a trace, one by one.
pub fn write_requests(trace: &Trace, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for (step, exchange) in trace.exchanges() {
        if style.curl {
            writeln!(out, "{}", curl(exchange))?;
        }
        if style.timings || style.detail >= Detail::Verbose {
            let came = exchange
                .status()
                .map_or_else(|| failure_phrase_of(exchange), status);
            writeln!(
                out,
                "{} {} {}   {came}",
                step.key.stage.public().word(),
                exchange.sent.method,
                visible(&exchange.sent.url)
            )?;
        }
        if style.timings {
            writeln!(out, "    {}", ladder(exchange, style))?;
        }
        if style.detail >= Detail::Verbose {
            write_headers(exchange, style, out)?;
        }
    }
    Ok(())
}

fn failure_phrase_of(exchange: &Exchange) -> String {
    exchange.failure().map(failure_phrase).unwrap_or_default()
}

fn ladder(exchange: &Exchange, style: &Style) -> String {
    let phases = &exchange.phases;
    let named = [
        ("dns", phases.dns),
        ("connect", phases.connect),
        ("tls", phases.tls),
        ("wait", phases.wait),
        ("transfer", phases.transfer),
    ];
    let mut parts: Vec<String> = named
        .iter()
        .filter_map(|(name, took)| took.map(|took| format!("{name} {}", style.duration(took))))
        .collect();
    if phases.reused {
        parts.insert(0, "open connection".to_owned());
    }
    parts.push(format!("total {}", style.duration(phases.total)));
    parts.join(style.pick(" · ", " - "))
}

fn write_headers(exchange: &Exchange, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for (name, value) in &exchange.sent.headers {
        writeln!(out, "    > {}: {}", visible(name), visible(value))?;
    }
    let Some(reply) = exchange.reply() else {
        return Ok(());
    };
    for (name, value) in &reply.headers {
        writeln!(out, "    < {}: {}", visible(name), value.shown())?;
    }
    if style.detail >= Detail::Bodies
        && let Body::Text { text, .. } = &reply.body
    {
        let head: String = text.raw().chars().take(1_024).collect();
        for line in head.lines() {
            writeln!(out, "    | {}", visible(line))?;
        }
    }
    Ok(())
}

/// What ended an unpacking, as a phrase: the client's own words where it has some.
pub fn archive_phrase(stop: &ArchiveStop) -> String {
    let paths = ClientPaths {
        archive: "the archive",
        destination: "the module directory",
    };
    stop.client_text(paths).map_or_else(
        || format!("the archive cannot be unpacked ({})", archive_word(stop)),
        |text| visible(&text),
    )
}

fn archive_word(stop: &ArchiveStop) -> &'static str {
    match stop {
        ArchiveStop::Opening { .. } | ArchiveStop::Stream(_) => "damaged stream",
        ArchiveStop::Tar(_) => "bad tar",
        ArchiveStop::Zip(_) => "bad zip",
        ArchiveStop::Empty => "no file in it",
        ArchiveStop::SingleFile { .. } => "a single file",
        ArchiveStop::Unsupported { .. } => "unsupported format",
        ArchiveStop::ParentInName { .. }
        | ArchiveStop::NulInName { .. }
        | ArchiveStop::NamesDestination { .. } => "hostile name",
        ArchiveStop::FileInTheWay { .. } | ArchiveStop::DirectoryInTheWay { .. } => {
            "one name twice"
        }
        ArchiveStop::NameTooLong { .. } | ArchiveStop::TooDeep { .. } => "name too long",
        ArchiveStop::Limit { .. } => "larger than the limit",
        ArchiveStop::Disk(_) => "disk",
        ArchiveStop::Interrupted => "interrupted",
    }
}
