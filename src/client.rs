//! The emulated client: its names, limits and quirks per version, as a table.
//!
//! Stages ask [`Client::does`] and never compare names or versions themselves.

pub mod releases;

use std::fmt;

/// A product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Product {
    /// Terraform.
    Terraform,
    /// OpenTofu.
    OpenTofu,
}

impl Product {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Terraform => "terraform",
            Self::OpenTofu => "opentofu",
        }
    }

    /// The name as its makers write it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Terraform => "Terraform",
            Self::OpenTofu => "OpenTofu",
        }
    }
}

/// Three numbers of a release.
pub type Release = (u64, u64, u64);

/// The client that is emulated.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Client {
    /// Which product.
    pub product: Product,
    /// Which release.
    pub release: Release,
}

/// The newest releases that were recorded.
pub const NEWEST_TERRAFORM: Release = (1, 15, 9);
/// The newest OpenTofu release that was recorded.
pub const NEWEST_OPENTOFU: Release = (1, 12, 6);

/// Why a client cannot be named so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadClient {
    /// No such product.
    Product(String),
    /// Not a version.
    Version(String),
    /// Older than anything that is known.
    TooOld(String),
}

impl Client {
    /// Reads `NAME[@VERSION]`; `tofu` stands for `opentofu`, and missing numbers mean the newest such release that is known.
    pub fn parse(text: &str) -> Result<Self, BadClient> {
        let (name, version) = match text.split_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (text, None),
        };
        let product = match name.trim() {
            "terraform" => Product::Terraform,
            "opentofu" | "tofu" => Product::OpenTofu,
            other => return Err(BadClient::Product(other.to_owned())),
        };
        let Some(version) = version else {
            return Ok(Self::newest(product));
        };
        let release = parse_release(product, version.trim())
            .ok_or_else(|| BadClient::Version(version.to_owned()))?;
        let oldest = match product {
            Product::Terraform => (0, 12, 0),
            Product::OpenTofu => (1, 6, 0),
        };
        if release < oldest {
            return Err(BadClient::TooOld(version.to_owned()));
        }
        Ok(Self { product, release })
    }

    /// The newest release known.
    pub fn newest(product: Product) -> Self {
        let release = match product {
            Product::Terraform => NEWEST_TERRAFORM,
            Product::OpenTofu => NEWEST_OPENTOFU,
        };
        Self { product, release }
    }

    /// Whether it is newer than everything that was recorded.
    pub fn is_unknown(&self) -> bool {
        *self > Self::newest(self.product)
    }

    /// A note for people where the client is newer than everything that was recorded.
    pub fn note(&self) -> Option<String> {
        self.is_unknown().then(|| {
            format!(
                "{self} is newer than what is known; judged as {}",
                Self::newest(self.product)
            )
        })
    }

    /// The version as text.
    pub fn version(&self) -> String {
        let (major, minor, patch) = self.release;
        format!("{major}.{minor}.{patch}")
    }

    /// Whether this client behaves so.
    pub fn does(&self, behaviour: Behaviour) -> bool {
        let ranges = behaviour.ranges(self.product);
        ranges
            .iter()
            .any(|(from, to)| self.release >= *from && to.is_none_or(|to| self.release < to))
    }

    /// The registry that an address without host means.
    pub fn default_registry(&self) -> &'static str {
        match self.product {
            Product::Terraform => "registry.terraform.io",
            Product::OpenTofu => "registry.opentofu.org",
        }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}@{}", self.product.word(), self.version())
    }
}

fn parse_release(product: Product, text: &str) -> Option<Release> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let core = text.split(['-', '+']).next().unwrap_or_default();
    let numbers: Vec<u64> = core
        .split('.')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    match numbers.as_slice() {
        [major, minor, patch] => Some((*major, *minor, *patch)),
        [major, minor] => Some(newest_patch(product, *major, *minor)),
        [1] => Some(Client::newest(product).release),
        [0] if product == Product::Terraform => Some((0, 15, 5)),
        _ => None,
    }
}

/// The last release of a minor version.
fn newest_patch(product: Product, major: u64, minor: u64) -> Release {
    releases::series(product)
        .iter()
        .copied()
        .find(|(a, b, _)| (*a, *b) == (major, minor))
        .unwrap_or((major, minor, 0))
}

/// Ranges of releases: from, and up to but without; `None` is open.
type Ranges = &'static [(Release, Option<Release>)];

const ALWAYS: Ranges = &[((0, 0, 0), None)];
const NEVER: Ranges = &[];

macro_rules! behaviours {
    ($($(#[doc = $doc:literal])+ $name:ident { terraform: $terraform:expr, opentofu: $opentofu:expr, shown_by: $shown:literal })+) => {
        /// Something in which clients differ.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Behaviour {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Behaviour {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// What shows it: a recorded scenario in which clients on both sides differ, or else a test by the name of its function.
            pub fn shown_by(self) -> &'static str {
                match self {
                    $(Self::$name => $shown,)+
                }
            }

            fn ranges(self, product: Product) -> Ranges {
                match (self, product) {
                    $((Self::$name, Product::Terraform) => $terraform, (Self::$name, Product::OpenTofu) => $opentofu,)+
                }
            }
        }
    };
}

behaviours! {
    /// Expands a glob in a registry's location.
    ExpandsRegistryGlob { terraform: &[((0, 0, 0), Some((1, 1, 0)))], opentofu: NEVER, shown_by: "seed-b-glob-in-location" }
    /// Expands a glob in the subdirectory of a direct source.
    ExpandsDirectGlob { terraform: &[((0, 0, 0), Some((1, 1, 0))), ((1, 3, 0), None)], opentofu: ALWAYS, shown_by: "glob-prefix" }
    /// Reads `TF_TOKEN_*`.
    ReadsTokenVariables { terraform: &[((1, 2, 0), None)], opentofu: ALWAYS, shown_by: "cred-env" }
    /// Repeats failed registry calls once.
    RetriesRegistryCalls { terraform: &[((0, 12, 24), None)], opentofu: ALWAYS, shown_by: "versions-500-twice" }
    /// Asks for a discovery document again, three times.
    RetriesDiscovery { terraform: &[((1, 15, 0), None)], opentofu: NEVER, shown_by: "disco-status-500" }
    /// Asks for versions anew for every sub-directory of a registry module.
    AsksVersionsPerSubdir { terraform: &[((0, 0, 0), Some((1, 1, 0)))], opentofu: NEVER, shown_by: "tree-registry-subdirs-share" }
    /// Asks for locations anew for every sub-directory of a registry module.
    AsksLocationPerSubdir { terraform: &[((0, 0, 0), Some((1, 1, 0)))], opentofu: &[((1, 12, 0), None)], shown_by: "tree-registry-subdirs-share" }
    /// Reads the finer rule of prereleases.
    FinerPrereleaseRule { terraform: &[((1, 3, 7), None)], opentofu: ALWAYS, shown_by: "pre-exact-no-space" }
    /// Tries a constraint again without its `v`s, where the finer rule of prereleases cannot read it.
    StripsVInConstraint { terraform: NEVER, opentofu: &[((1, 9, 0), None)], shown_by: "each_client_has_its_rule_of_prereleases" }
    /// Reads `location` of a 200 download body and requires JSON there.
    ReadsLocationBody { terraform: NEVER, opentofu: ALWAYS, shown_by: "dl-200-header" }
    /// Falls back to the header when a 200 download body has no `location`.
    BodyWithoutLocationFallsBack { terraform: NEVER, opentofu: &[((1, 7, 4), Some((1, 8, 0))), ((1, 8, 4), None)], shown_by: "seed-a-nested-root-no-subdir" }
    /// Fetches a body's `location` directly when it says `use_registry_credentials`.
    DirectPackages { terraform: NEVER, opentofu: &[((1, 12, 0), None)], shown_by: "location_and_credentials_are_read" }
    /// Works with registry hosts outside ASCII.
    NonAsciiHosts { terraform: &[((0, 0, 0), Some((1, 1, 0)))], opentofu: &[((1, 12, 0), None)], shown_by: "host-idn" }
    /// Reads `.tofu` files.
    ReadsTofuFiles { terraform: NEVER, opentofu: &[((1, 8, 0), None)], shown_by: "cfg-ignored-files" }
    /// Skips a download whose HEAD announces ranges and length 0.
    HeadLengthZeroSkips { terraform: &[((0, 0, 0), Some((1, 14, 0)))], opentofu: &[((0, 0, 0), Some((1, 11, 0)))], shown_by: "head-length-zero-with-ranges" }
    /// Reads module calls of test files.
    ReadsTestFiles { terraform: &[((1, 6, 0), None)], opentofu: ALWAYS, shown_by: "cfg-test-file-module" }
    /// Writes the manifest after a failed `get`.
    WritesManifestAfterFailure { terraform: &[((0, 0, 0), Some((1, 6, 0)))], opentofu: NEVER, shown_by: "dl-404" }
    /// Writes no manifest after any error, that of the root's configuration included.
    NoManifestAfterAnyError { terraform: &[((1, 15, 0), None)], opentofu: NEVER, shown_by: "cfg-syntax-error-in-root" }
    /// Takes what only a root module may hold for an error in a called module.
    RefusesRootOnlyBlocks { terraform: &[((1, 5, 0), Some((1, 6, 0))), ((1, 15, 0), None)], opentofu: NEVER, shown_by: "tree-child-import" }
    /// Looks at `required_version` in `get`.
    ChecksRequiredVersion { terraform: &[((1, 5, 0), None)], opentofu: &[((0, 0, 0), Some((1, 12, 0)))], shown_by: "tree-root-required-version" }
    /// Takes a manifest that is no JSON as empty.
    ToleratesCorruptManifest { terraform: &[((0, 0, 0), Some((0, 13, 0)))], opentofu: NEVER, shown_by: "man-damaged" }
    /// Records `source` as it was normalised.
    RecordsNormalisedSource { terraform: &[((1, 1, 0), None)], opentofu: ALWAYS, shown_by: "src-local-untidy" }
    /// Looks for the path of a `file://` address as it is written, escapes and query included, before it fetches.
    LooksForFilePathAsWritten { terraform: &[((0, 0, 0), Some((1, 1, 0)))], opentofu: NEVER, shown_by: "src-file-url-encoded" }
    /// Reads configuration leniently before it installs: few things are errors, and what HCL 1 can read is none.
    InspectsConfiguration { terraform: &[((0, 0, 0), Some((1, 5, 0)))], opentofu: NEVER, shown_by: "cfg-duplicate-call" }
    /// Installs nothing of a module whose files do not load.
    StopsAtLoadErrors { terraform: &[((1, 15, 0), None)], opentofu: NEVER, shown_by: "cfg-syntax-error-in-root" }
    /// Passes over calls whose `version` it cannot read, instead of installing the newest.
    PassesOverBadVersions { terraform: &[((0, 0, 0), Some((1, 5, 0))), ((1, 15, 0), None)], opentofu: NEVER, shown_by: "ver-bad-constraint" }
    /// Compares the arguments of a call with the variables of its module while it installs.
    ChecksInputs { terraform: &[((1, 15, 0), None)], opentofu: NEVER, shown_by: "cfg-unknown-arguments" }
    /// Reads the configuration directory even where a variable names the CLI configuration file.
    ReadsConfigDirBesideVariable { terraform: &[((0, 0, 0), Some((0, 13, 0)))], opentofu: NEVER, shown_by: "cred-file-ignored-with-env" }
    /// Leaves a `crash.log` where it crashes.
    WritesCrashLog { terraform: &[((0, 0, 0), Some((0, 14, 0)))], opentofu: NEVER, shown_by: "versions-null-entry" }
    /// Crashes on an entry of a zip archive that it cannot open.
    CrashesOnUnopenableZipEntry { terraform: &[((0, 14, 0), Some((1, 2, 0)))], opentofu: NEVER, shown_by: "zip-method-bzip2" }
    /// Asks a repository for its default branch, and names the branch of a shallow clone.
    AsksForDefaultBranch { terraform: &[((1, 1, 0), None)], opentofu: ALWAYS, shown_by: "git-depth-tag" }
    /// Looks for the root of a package of a direct source before it records the module.
    LooksForPackageRoot { terraform: &[((1, 3, 0), None)], opentofu: ALWAYS, shown_by: "s3-folder-empty" }
    /// Refuses more than ten locations in a chain.
    LimitsLocationChain { terraform: &[((1, 3, 0), None)], opentofu: ALWAYS, shown_by: "xget-loop" }
    /// Takes nothing but a URL with a known scheme for the location that a page names.
    RefusesShortLocations { terraform: &[((1, 2, 0), None)], opentofu: ALWAYS, shown_by: "short_locations_of_pages_end_with_1_2" }
    /// Follows nine redirects at discovery instead of three.
    ManyDiscoveryRedirects { terraform: NEVER, opentofu: &[((1, 11, 0), None)], shown_by: "disco-four-redirects" }
    /// Sends every S3 request to the host of its address, and knows no host with bucket and region in it.
    AsksS3HostOfAddress { terraform: &[((0, 0, 0), Some((0, 14, 0)))], opentofu: NEVER, shown_by: "s3-aws-path-style" }
    /// Lets the umask apply to the objects of a folder.
    ObjectsKeepUmask { terraform: &[((0, 0, 0), Some((0, 14, 0)))], opentofu: NEVER, shown_by: "s3-folder" }
    /// Crashes on an S3 address with a bucket and no key.
    CrashesOnBucketWithoutKey { terraform: &[((0, 0, 0), Some((1, 12, 0)))], opentofu: &[((0, 0, 0), Some((1, 11, 0)))], shown_by: "a_bucket_without_a_key_ends_early_clients" }
    /// Asks a store by `http` where its address says so.
    KeepsStoreScheme { terraform: &[((0, 0, 0), Some((1, 13, 0))), ((1, 14, 0), None)], opentofu: ALWAYS, shown_by: "s3-tgz" }
    /// Reads the last line of a list of checksums also where it has no end.
    ReadsLineWithoutEnd { terraform: &[((0, 14, 0), None)], opentofu: ALWAYS, shown_by: "a_list_is_read_line_by_line_until_a_name_fits" }
    /// Asks S3 with the second version of the SDK.
    SecondAwsSdk { terraform: &[((1, 13, 0), None)], opentofu: &[((1, 11, 0), None)], shown_by: "s3-aws-path-style" }
}

#[cfg(test)]
mod tests {
    use super::{Behaviour, Client, Product};

    #[test]
    fn a_name_without_version_is_the_newest_release() {
        assert_eq!(
            Client::parse("tofu").map(|client| client.to_string()),
            Ok("opentofu@1.12.6".to_owned())
        );
        assert_eq!(
            Client::parse("terraform@1.11").map(|client| client.to_string()),
            Ok("terraform@1.11.4".to_owned())
        );
        assert!(Client::parse("terraform@0.11").is_err());
        assert!(Client::parse("pulumi").is_err());
    }

    #[test]
    fn the_registry_glob_ends_with_1_1() {
        let does = |text: &str| {
            Client::parse(text)
                .expect("a client")
                .does(Behaviour::ExpandsRegistryGlob)
        };
        assert!(does("terraform@0.12.20") && does("terraform@1.0.11"));
        assert!(!does("terraform@1.1.0") && !does("opentofu@1.6.3"));
        assert_eq!(Client::newest(Product::Terraform).version(), "1.15.9");
    }
}
