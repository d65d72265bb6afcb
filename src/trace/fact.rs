//! Everything that a stage can learn, as data.

use crate::foreign::Foreign;
use crate::secret::Fingerprint;
use crate::secret::Oddity;
use crate::trace::archive::Unpacked;
use crate::trace::call::Place;
pub use crate::trace::probe::ProbeFact;
pub use crate::trace::probe::ProbeQuestion;
use crate::trace::throttle::ThrottleFact;

/// Something that a stage learned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A CLI configuration file was looked at.
    ConfigFile(ConfigFile),
    /// A setting of the CLI configuration or the environment that the client drops or ignores.
    SettingIgnored(IgnoredSetting),
    /// A host block of the CLI configuration.
    HostBlock(HostBlockFact),
    /// The credential sources of a host, in the client's order.
    Ladder(Vec<Rung>),
    /// Where the modules service is.
    Service {
        /// The base URL, with its slash at the end.
        url: Foreign,
        /// The value as it stood in the document or block.
        written: Foreign,
        /// Where it came from.
        from: ServiceFrom,
    },
    /// A host wants to be left alone.
    Throttled(ThrottleFact),
    /// The list of versions.
    Versions(VersionsFact),
    /// The choice of a version.
    Chosen(ChoiceFact),
    /// The answer of the download endpoint.
    Location(LocationFact),
    /// A package address and what the client will do with it.
    Package(PackageFact),
    /// A second location, named by a page or a header.
    SecondLocation {
        /// The page that named it.
        from: Foreign,
        /// The value as it came.
        value: Foreign,
        /// Whether it stood in a header; otherwise in a tag.
        header: bool,
    },
    /// A page that was read for its tag.
    Page {
        /// Its address.
        url: Foreign,
        /// Its title.
        title: Option<Foreign>,
        /// A tag that is there and that the client does not read.
        unread_tag: Option<Foreign>,
    },
    /// What was unpacked.
    Unpacked(Box<Unpacked>),
    /// What a package looks like on disk.
    Tree(TreeFact),
    /// The module directory.
    ModuleDir(ModuleDirFact),
    /// A problem in a configuration file.
    ConfigProblem(ConfigProblem),
    /// A record of the old `modules.json`, and what is done with it.
    Record(RecordFact),
    /// The `modules.json` as a whole, and what lies beside it.
    Records(RecordsFact),
    /// A call without a record.
    NoRecord {
        /// Where the client will install it, or where it is.
        dir: String,
        /// Whether something is there already.
        exists: bool,
    },
    /// A question that the client does not ask, and its answer.
    Probe(ProbeFact),
    /// A netrc file was consulted.
    Netrc(NetrcFact),
    /// The fixed commit of a clone, or another thing that git told.
    Repository(RepositoryFact),
    /// An object store, and what the client asks it.
    Store(StoreFact),
}

/// A CLI configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFile {
    /// Its path.
    pub path: String,
    /// Why the client looks there.
    pub place: ConfigPlace,
    /// What came of it.
    pub state: ConfigState,
}

/// Why the client looks at a configuration file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ConfigPlace {
    /// A variable names it.
    Variable(String),
    /// A flag of the tool names it.
    Flag,
    /// The default file in the home directory.
    Home,
    /// A file of the configuration directory.
    Directory,
    /// It is there, and the client does not look at it; the word says why.
    NotRead(String),
}

/// What came of a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigState {
    /// Read.
    Read,
    /// It is not there.
    Missing,
    /// It cannot be read; the words are the client's or the system's.
    Unreadable(String),
    /// It does not parse.
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// The client's words.
        words: String,
    },
    /// It parses, and a setting has the wrong type: decoding stopped there.
    WrongType {
        /// Line, from 1.
        line: usize,
        /// The client's words.
        words: String,
    },
}

/// A setting that is dropped or ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoredSetting {
    /// The setting as written.
    pub name: Foreign,
    /// The file or variable, with line.
    pub at: String,
    /// Why.
    pub why: WhyIgnored,
}

/// Why a setting is ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhyIgnored {
    /// No such block or argument.
    Unknown {
        /// The block it stands in; empty at the top.
        inside: String,
        /// The known name that is nearest.
        near: Option<String>,
    },
    /// The label is no host name; the words are the client's.
    BadHost(String),
    /// Another block has the same host.
    Duplicate {
        /// The host.
        host: String,
        /// Where the one that counts stands.
        wins: String,
        /// Whether the services or tokens differ.
        differs: bool,
    },
    /// A token that is no string.
    NotAString {
        /// The host.
        host: String,
        /// The kind of the value.
        kind: String,
    },
    /// More than one helper block.
    SecondHelper,
    /// A block of a file that the client does not look at.
    Unread {
        /// The host it is for, as written.
        host: String,
        /// Whether it would give the host's services; otherwise a credential.
        services: bool,
        /// Why the file is not read: the variable, flag or file that comes before it.
        because: String,
    },
    /// A variable with a value that the client does not take.
    BadValue(Foreign),
    /// A variable of another program, or of a later version of the client.
    OtherProgram(String),
    /// A credentials block whose nested block crashes the client.
    Crashes,
}

/// A host block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostBlockFact {
    /// The host it serves.
    pub host: String,
    /// The file, with line.
    pub at: String,
    /// The value of `modules.v1`, where it is a string.
    pub modules: Option<Foreign>,
    /// The keys of its services.
    pub services: Vec<Foreign>,
    /// Whether the value holds `${` or begins with `$`.
    pub uninterpolated: bool,
}

/// One source of credentials for a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    /// What kind of source.
    pub kind: RungKind,
    /// The variable, the file with line, or the helper.
    pub name: String,
    /// What it does for this host.
    pub state: RungState,
    /// What can be seen of the secret.
    pub fingerprint: Option<Fingerprint>,
    /// What is odd about its form.
    pub oddities: Vec<Oddity>,
}

/// A kind of credential source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RungKind {
    /// `TF_TOKEN_*`.
    Variable,
    /// A `credentials` block.
    Block,
    /// The helper program.
    Helper,
    /// A netrc file, which counts for packages only.
    Netrc,
}

/// What a credential source does for a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RungState {
    /// Its secret is sent.
    Used,
    /// It has a secret that an earlier source hides.
    Hidden,
    /// It has nothing for this host.
    Absent,
    /// It has an entry for a name near this host's; the text is that name.
    NearMiss(String),
    /// It cannot be read, or it failed; the words say how.
    Unreadable(String),
    /// It has an entry without a usable token.
    Unusable(String),
    /// The client does not use this kind of source for this.
    NoUse,
}

/// Where a service URL came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceFrom {
    /// A discovery document, by the URL that answered last.
    Document {
        /// The URL that was asked.
        asked: String,
        /// The URL that answered.
        answered: String,
    },
    /// A host block, by file and line.
    HostBlock(String),
}

/// A list of versions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VersionsFact {
    /// The version strings, as listed.
    pub listed: Vec<Foreign>,
    /// How many elements `modules` has.
    pub modules: usize,
    /// Whether a key stands twice.
    pub duplicate_keys: bool,
    /// Whether something follows the document.
    pub trailing: bool,
    /// Whether the document hints at further pages.
    pub paged: bool,
}

/// The choice of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoiceFact {
    /// The constraint as written.
    pub constraint: Option<Foreign>,
    /// Whether it could be read.
    pub readable: bool,
    /// The version chosen, canonical.
    pub chosen: Option<String>,
    /// The chosen version as listed.
    pub chosen_listed: Option<Foreign>,
    /// The newest version that counts.
    pub newest: Option<String>,
    /// How many were listed.
    pub listed: usize,
    /// Versions listed that do not parse.
    pub unparsable: Vec<Foreign>,
    /// Prereleases left out that would meet the constraint's numbers, newest first.
    pub prereleases: Vec<String>,
    /// The clauses, and which versions each keeps.
    pub clauses: Vec<ClauseFact>,
    /// Other listed versions of the same precedence as the chosen one.
    pub equals: Vec<Foreign>,
}

/// One clause of a constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClauseFact {
    /// As written.
    pub text: String,
    /// The lowest version it allows, and whether that version counts.
    pub from: Option<(String, bool)>,
    /// The highest version it allows, and whether that version counts.
    pub to: Option<(String, bool)>,
    /// The version it excludes.
    pub not: Option<String>,
    /// How many of the versions that count it keeps.
    pub keeps: usize,
    /// `~> N` with one number.
    pub unbounded: bool,
}

/// The answer of the download endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocationFact {
    /// The status.
    pub status: u16,
    /// The header's value as it came.
    pub header: Option<Foreign>,
    /// How many such headers came.
    pub headers: usize,
    /// `location` of the body, where the body is a JSON object that has one.
    pub body_location: Option<Foreign>,
    /// What the body is.
    pub body: LocationBody,
    /// `use_registry_credentials` of the body.
    pub registry_credentials: Option<bool>,
    /// The value that this client takes, after resolving a relative one.
    pub taken: Option<Foreign>,
    /// The package address.
    pub package: Option<String>,
    /// The subdirectory of the location.
    pub subdir: Option<Foreign>,
}

/// What the body of a download answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LocationBody {
    /// Nothing.
    Empty,
    /// A JSON object.
    Object,
    /// JSON of another kind.
    OtherJson,
    /// No JSON.
    NotJson,
}

/// A package address and what the client will do with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageFact {
    /// The address, masked.
    pub address: Foreign,
    /// The address as the fetch library names it in errors, masked.
    pub asked: Foreign,
    /// The file that the client stores an archive in.
    pub stored: String,
    /// The getter's name.
    pub getter: String,
    /// The archive type, where the client sees one.
    pub archive: Option<String>,
    /// How it was found.
    pub found_by: ArchiveBy,
    /// The value of `archive=`.
    pub archive_parameter: Option<Foreign>,
    /// The value of `checksum=`.
    pub checksum: Option<Foreign>,
    /// The query as written, and as the client sends it, where they differ.
    pub query_rebuilt: Option<(Foreign, Foreign)>,
    /// Which hop of a chain of locations, from 0.
    pub hop: u32,
    /// Whether a server named the address.
    pub server_named: bool,
}

/// How an archive type was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ArchiveBy {
    /// `archive=`.
    Parameter,
    /// The suffix of the path.
    Suffix,
    /// `archive=` says none.
    Disabled,
    /// There is no type.
    Nothing,
}

/// What a package looks like on disk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TreeFact {
    /// Entries at the top, sorted, directories with a slash at the end; at most 200.
    pub top: Vec<Foreign>,
    /// How many entries at the top.
    pub top_count: usize,
    /// The single directory under which everything lies, where there is just one entry at the top.
    pub wrapper: Option<Foreign>,
    /// Directories with configuration files, with how many, at most 200; the empty name is the top.
    pub config_dirs: Vec<(Foreign, usize)>,
    /// Names of the entries of the wrapper directory, sorted; at most 50.
    pub wrapped: Vec<Foreign>,
    /// How many entries the wrapper directory has.
    pub wrapped_count: usize,
}

/// The module directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleDirFact {
    /// As `modules.json` records it.
    pub dir: String,
    /// The subdirectory that the location names.
    pub location_subdir: Option<Foreign>,
    /// The subdirectory that the caller names.
    pub caller_subdir: Option<Foreign>,
    /// Configuration files in it that this client reads.
    pub config_files: Vec<Foreign>,
    /// Configuration files that only the other client reads.
    pub other_client_files: Vec<Foreign>,
    /// The chain of single directories below it that leads to configuration files, with how many are there.
    pub nested: Option<(Foreign, usize)>,
    /// Whether it is there.
    pub exists: bool,
}

/// A problem in a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblem {
    /// The module it is in, by key; empty for the root.
    pub module: String,
    /// Where.
    pub place: Place,
    /// What kind.
    pub kind: ConfigProblemKind,
    /// The client's summary.
    pub summary: String,
    /// The client's words below it; empty where they are not known.
    pub detail: String,
}

/// Kinds of problems in configuration files, as far as rules tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ConfigProblemKind {
    /// The file does not parse.
    Syntax,
    /// The file cannot be read.
    Unreadable,
    /// A module block breaks the schema.
    ModuleCall,
    /// The `terraform` block is refused.
    Settings,
    /// A `version` that cannot be read.
    Constraint,
    /// An expression where a literal is needed.
    Expression,
    /// No source.
    SourceMissing,
    /// A `credentials` or `host` block in a configuration file.
    CredentialsBlock,
    /// Something that only a root module may hold; the client complains when it plans, not when it installs.
    RootOnly,
    /// Anything else that the client refuses when it loads the file.
    Other,
}

/// A record of the old `modules.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordFact {
    /// Its key.
    pub key: String,
    /// Its source.
    pub source: Foreign,
    /// Its version.
    pub version: Option<Foreign>,
    /// Its directory.
    pub dir: Foreign,
    /// What is done with it.
    pub fate: RecordFate,
    /// Whether the directory is there.
    pub dir_exists: bool,
    /// Configuration files in it.
    pub config_files: usize,
    /// What stands on the disk, where records are judged and nothing is installed.
    pub on_disk: Option<OnDisk>,
}

/// How the directory of a record fits the disk and its call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnDisk {
    /// The directory that the key, or the caller's directory and a local source, give; the package of the module lies there.
    pub expected: String,
    /// Whether the record's directory is that one or, for a package, lies below it.
    pub agrees: bool,
    /// Whether something that is no directory lies where the client installs.
    pub blocked: bool,
    /// Whether the directory was looked into; one outside the project is not.
    pub opened: bool,
    /// The directory as an installation of today gives it, where that was asked for.
    pub computed: Option<ComputedDir>,
}

/// The directory of a module as an installation of today gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComputedDir {
    /// As `modules.json` would record it.
    pub dir: String,
    /// Configuration files in it.
    pub config_files: usize,
    /// The version it was computed for.
    pub version: Option<String>,
}

/// A `modules.json` as a whole, and what lies beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordsFact {
    /// Its path, as the client names it.
    pub path: String,
    /// The data directory, as the client names it.
    pub data_dir: String,
    /// Whether the data directory is there.
    pub data_dir_exists: bool,
    /// Whether the file is there.
    pub exists: bool,
    /// How many records it has.
    pub records: usize,
    /// Configuration files of the root module.
    pub root_files: usize,
    /// The directory of the root's own record.
    pub root_dir: Option<Foreign>,
    /// Directories of modules without a record, sorted; at most 200.
    pub unrecorded: Vec<Foreign>,
    /// Another directory of modules in the project, which is not in use.
    pub leftover: Option<String>,
}

/// What is done with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordFate {
    /// Kept.
    Kept,
    /// Replaced: an update was asked for.
    Updated,
    /// Replaced: the source differs.
    SourceDiffers,
    /// Replaced: the version does not meet the constraint.
    VersionDiffers,
    /// Kept, but installed again: its directory is missing.
    DirMissing,
    /// No call has this key.
    Stale,
}

/// A netrc file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetrcFact {
    /// Its path.
    pub path: String,
    /// The host with port that was looked for.
    pub host: String,
    /// The machine that matched; `default` for the default entry.
    pub matched: Option<String>,
    /// A machine with the same host and no port, or another port.
    pub near: Option<String>,
}

/// What git or hg told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryFact {
    /// The commit that was checked out.
    pub commit: Option<String>,
    /// The ref asked for.
    pub wanted: Option<Foreign>,
    /// Whether the ref is a full commit id.
    pub fixed: bool,
    /// Links that lead out of the clone, with their targets; at most 20.
    pub links_outside: Vec<Foreign>,
}

/// An object store, and what the client asks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreFact {
    /// The host of the address.
    pub written_host: Foreign,
    /// The host that is asked.
    pub host: Foreign,
    /// The bucket.
    pub bucket: Foreign,
    /// The key, or the prefix of a folder.
    pub key: Foreign,
    /// The region that is signed for.
    pub region: String,
    /// Where the access key came from; nothing where none was found.
    pub key_origin: Option<String>,
    /// Whether the profile gets its key by single sign-on.
    pub sso: bool,
    /// How many objects a folder has; nothing for a single object.
    pub listed: Option<usize>,
    /// Objects that only share the beginning of their names with the folder; at most 20.
    pub neighbours: Vec<Foreign>,
}
