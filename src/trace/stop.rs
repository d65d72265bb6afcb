//! Everything that can end a path: the mechanical reason, as the real client sees it.
//!
//! Every stop carries what was found and, where it helps, what would have been accepted. Why that happened is a rule's
//! business.

use crate::addr::AddrError;
use crate::addr::LocationError;
use crate::foreign::Foreign;
use crate::trace::archive_stop::ArchiveStop;
use crate::trace::exchange::Failure;

/// The code of [`Stop::Store`] for an address that the client does not take; no store says so.
pub const STORE_BAD_ADDRESS: &str = "InvalidAddress";
/// The code of [`Stop::Store`] for a folder without objects; no store says so.
pub const STORE_EMPTY: &str = "EmptyListing";
/// The code of [`Stop::Store`] for a credential that is nowhere.
pub const STORE_NO_CREDENTIAL: &str = "NoCredentialProviders";
/// The code of [`Stop::Store`] for a region that is nowhere.
pub const STORE_NO_REGION: &str = "MissingRegion";

/// The code of [`Stop::Store`] for a credential for which no token was given.
pub const STORE_TOKEN_REFUSED: &str = "TokenRefused";
/// The code of [`Stop::Store`] for a kind of credential that this tool does not exchange.
pub const STORE_NOT_EXCHANGED: &str = "NotExchanged";

/// What ended a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// No reply came, or it ended too early.
    Failed(Failure),
    /// Another status than the client accepts.
    Status {
        /// The status that came.
        got: u16,
        /// The statuses that the client accepts.
        expected: &'static str,
    },
    /// More redirects than the client follows.
    Redirects {
        /// How many it follows.
        limit: u32,
    },
    /// A redirect that cannot be followed.
    BadRedirect(Foreign),

    /// The media type is missing or no media type.
    BadContentType(Option<Foreign>),
    /// The media type is another than JSON's.
    NotJson {
        /// The media type that came.
        got: Foreign,
    },
    /// A document is larger than the client reads.
    TooLarge {
        /// The announced size.
        got: u64,
        /// The limit.
        limit: u64,
    },
    /// The body is no JSON, or not of the kind expected; the text is the client's.
    Undecodable {
        /// Where in the document, as a JSON pointer; empty for the whole.
        pointer: String,
        /// What the client says.
        words: String,
        /// The body's beginning.
        head: Foreign,
    },
    /// The real client crashes on this answer.
    ClientCrashes {
        /// Where in the document.
        pointer: String,
    },
    /// The host offers no modules service (404, JSON null, or no `modules.` key).
    NoService(NoService),
    /// The modules service is no URL that the client takes.
    BadServiceUrl {
        /// The value.
        got: Foreign,
        /// What is wrong with it, in the client's words.
        words: String,
    },

    /// 404 for a module.
    ModuleNotFound,
    /// `modules` is null, missing or empty.
    NoModules,
    /// The list is empty, or nothing in it counts.
    NoVersions,
    /// No listed version fits; the choice is in the facts.
    NoMatch {
        /// The constraint as written.
        constraint: Foreign,
        /// The newest version that counts.
        newest: String,
    },

    /// 404 for the download of a version.
    NoDownload,
    /// An accepted status and no location.
    NoLocation {
        /// The status.
        status: u16,
    },
    /// The location is no address that the client takes.
    BadLocation {
        /// The value as it came.
        got: Foreign,
        /// Why.
        error: LocationError,
    },
    /// The source is no address that the client takes.
    BadSource {
        /// The value as written.
        got: Foreign,
        /// Why.
        error: AddrError,
    },
    /// The call cannot be used: missing source, expression, and so on; the word names the case.
    BadCall(CallProblem),

    /// No fetcher for a scheme.
    NoGetter {
        /// The scheme or forced name.
        scheme: String,
    },
    /// A page was asked for a location and named none.
    NoSourceUrl,
    /// A page could not be read up to its tag.
    PageUnreadable {
        /// What the client says.
        words: String,
    },
    /// The second location is no absolute URL with a known scheme.
    BadSecondLocation {
        /// The value.
        got: Foreign,
        /// What the client says.
        words: String,
    },
    /// The chain of locations is longer than the client follows.
    LocationChain {
        /// The limit.
        limit: u32,
    },
    /// `checksum=` cannot be used or does not match.
    Checksum(ChecksumStop),
    /// The netrc file does not parse.
    Netrc {
        /// The path.
        path: String,
        /// What the client says.
        words: String,
    },
    /// The archive cannot be unpacked.
    Archive(ArchiveStop),
    /// A program failed.
    Process(ProcessStop),
    /// A local package path cannot be used.
    LocalPackage {
        /// The path.
        path: String,
        /// What is wrong.
        problem: PathProblem,
    },
    /// An object store answered with an error.
    Store {
        /// The code, such as `AccessDenied`.
        code: String,
        /// The words, the client's where known.
        words: Foreign,
    },
    /// The tool refuses what the client would do (security.md 0.1); the word names the case.
    Refused(Refusal),

    /// The module's directory is not there, or cannot be read.
    NoModuleDir(DirProblem),
    /// The configuration of a called module does not load.
    ModuleConfig {
        /// How many problems.
        problems: usize,
    },
    /// The module excludes the client.
    ClientExcluded {
        /// The constraint.
        required: Foreign,
    },
    /// A package calls itself.
    Cycle {
        /// The keys of the chain.
        chain: Vec<String>,
    },
    /// A limit of the tool.
    Limit {
        /// Its name.
        name: String,
        /// Its number.
        number: u64,
    },
    /// `modules.json` cannot be used.
    Manifest {
        /// The file, as the client names it.
        path: String,
        /// What the client says.
        words: String,
    },
    /// A directory or file of the destination cannot be written.
    Disk {
        /// The path.
        path: String,
        /// The system's word.
        word: String,
    },
    /// A path is there already where the client makes a directory.
    InTheWay {
        /// The path.
        path: String,
    },
}

/// Why there is no modules service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoService {
    /// The document is 404.
    NotFound,
    /// The document is JSON `null`.
    Null,
    /// No key begins with `modules.`.
    NoKey,
    /// A key begins with `modules.`, but it is not `modules.v1`, or its value is no string.
    OtherVersion {
        /// The key found.
        key: Foreign,
        /// What kind of value it has.
        kind: String,
    },
}

/// Why a call cannot be used before its address is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallProblem {
    /// No `source`.
    SourceMissing,
    /// `source` is null.
    SourceNull,
    /// `source` is an expression this client does not evaluate.
    SourceExpression,
    /// `source` is a list, an object or the like.
    SourceNotAString,
    /// `version` together with a local or remote source.
    VersionWithoutRegistry,
}

/// Why a checksum ended the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChecksumStop {
    /// The value cannot be read; the words are the client's.
    Unusable(String),
    /// It needs an archive and there is none.
    DirectoryDownload,
    /// The list of checksums cannot be used; the words are the client's.
    List(String),
    /// It does not match.
    Mismatch {
        /// What was asked for.
        expected: String,
        /// What came.
        got: String,
        /// The algorithm.
        algorithm: String,
    },
}

/// Why a program ended the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProcessStop {
    /// It is not on PATH.
    Missing {
        /// Its name.
        program: String,
    },
    /// It exited with an error.
    Exited {
        /// Its path as the client prints it.
        program: String,
        /// The status.
        status: i32,
        /// The beginning of what it printed.
        output: Foreign,
        /// The directory that it filled, as it names it; the client has another.
        place: String,
        /// The directory that the client would work in.
        here: String,
    },
    /// A limit of time ended it.
    TimedOut {
        /// Its name.
        program: String,
    },
    /// A parameter cannot be used; the words are the client's.
    Parameter(String),
}

/// What is wrong with a local path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PathProblem {
    /// It is not there.
    Missing,
    /// It is a file.
    NotADirectory,
    /// It lies outside the project and a server named it.
    OutsideProject,
}

/// What the tool refuses although the client would do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A ref, revision or address that begins with `-`, holds a control character or is too long.
    OptionLike(Foreign),
    /// A transport that git is not given.
    Transport(Foreign),
    /// A submodule that git is not let near; the word says why.
    Submodule {
        /// Its name, path or address.
        entry: Foreign,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A metadata address that a server named.
    Metadata(Foreign),
    /// A location string longer than the limit.
    LongLocation(u64),
}

/// Why a module directory cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DirProblem {
    /// The subdirectory of a registry module does not exist.
    SubdirMissing {
        /// The subdirectory.
        subdir: Foreign,
    },
    /// A pattern, or a literal subdirectory of a direct source, matches nothing.
    GlobNone {
        /// The subdirectory.
        subdir: Foreign,
    },
    /// A pattern matches several entries.
    GlobSeveral {
        /// The subdirectory.
        subdir: Foreign,
        /// The matches, sorted.
        matches: Vec<Foreign>,
    },
    /// The pattern cannot be read.
    BadPattern {
        /// The subdirectory.
        subdir: Foreign,
    },
    /// It is a file.
    NotADirectory,
    /// A local directory is not there.
    LocalMissing {
        /// The path.
        path: Foreign,
        /// An entry that differs only by case.
        other_case: Option<Foreign>,
    },
    /// A local path leaves its package.
    EscapesPackage {
        /// The path as written.
        path: Foreign,
        /// The package.
        package: String,
    },
    /// It cannot be opened.
    Unreadable(String),
}

/// Why something could not be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsure {
    /// A rate limit, longer than the tool waits.
    RateLimited {
        /// The status.
        status: u16,
        /// Seconds until it resets, where the server says.
        reset: Option<u64>,
    },
    /// The run's own deadline.
    Deadline,
    /// So many connections to the host had failed that it was not asked any more.
    HostDown,
    /// The tool cannot speak what the server speaks.
    CannotSpeak(Foreign),
}
