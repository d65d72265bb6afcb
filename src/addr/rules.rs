//! In what the clients differ when they read an address: a plain table.
//!
//! Never names a scenario, and never decides anything itself.

/// A client's ways of reading addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AddrRules {
    /// The name in its messages.
    pub product: &'static str,
    /// The registry of addresses without a host.
    pub default_host: &'static str,
    /// When sources that are no registry addresses are looked at.
    pub detection: Detection,
    /// Whose code expands short forms.
    pub shorthands: Shorthands,
    /// What becomes of a query behind a folder of a `github.com` short form.
    pub folder_query: FolderQuery,
    /// What a `version` argument means for the reading of `source`.
    pub version_argument: VersionArgument,
    /// What is made of a local path.
    pub local_paths: LocalPaths,
    /// Where a sub-directory stands in an address with a query.
    pub subdir_place: SubdirPlace,
    /// How an error is worded.
    pub wording: Wording,
}

/// When a client looks at sources that are no registry addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Detection {
    /// While it reads the configuration.
    WhileParsing,
    /// When it fetches them: paths without `./` are then below the module's own folder, and a sub-directory that leads
    /// out of the package is not refused.
    WhileFetching,
}

/// Whose code expands short forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shorthands {
    /// The client's own.
    Own,
    /// The fetch library's, which first asks Bitbucket what a repository is.
    FetchLibrary,
}

/// What becomes of a query behind a folder of a `github.com` short form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FolderQuery {
    /// It stays the query.
    Kept,
    /// It ends up, escaped, in the name of the folder.
    InFolder,
}

/// What a `version` argument means for the reading of `source`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VersionArgument {
    /// Only a registry address is accepted.
    RegistryOnly,
    /// Any source is read, and refused when it is installed.
    RefusedLater,
}

/// What is made of a local path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LocalPaths {
    /// Backslashes become slashes, and the path is cleaned.
    Cleaned,
    /// It stays as written.
    AsWritten,
}

/// Where a sub-directory stands in an address with a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubdirPlace {
    /// In front of the query.
    BeforeQuery,
    /// Behind it, where the client itself would no longer find it.
    BehindQuery,
}

/// How an error about a source is worded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wording {
    /// As a failure to download.
    Download,
    /// With the name and the line of the call in the sentence.
    NamesCall,
    /// With the reason alone.
    Plain,
}

impl AddrRules {
    /// The ways of a Terraform release.
    pub fn terraform(release: (u64, u64, u64)) -> Self {
        let since = |minor: u64| release >= (1, minor, 0);
        let pick = if since(1) {
            (Detection::WhileParsing, LocalPaths::Cleaned)
        } else {
            (Detection::WhileFetching, LocalPaths::AsWritten)
        };
        Self {
            product: "Terraform",
            default_host: "registry.terraform.io",
            detection: pick.0,
            shorthands: if since(9) {
                Shorthands::Own
            } else {
                Shorthands::FetchLibrary
            },
            folder_query: if since(10) {
                FolderQuery::Kept
            } else {
                FolderQuery::InFolder
            },
            version_argument: if since(2) {
                VersionArgument::RegistryOnly
            } else {
                VersionArgument::RefusedLater
            },
            local_paths: pick.1,
            subdir_place: if since(1) && !since(4) {
                SubdirPlace::BehindQuery
            } else {
                SubdirPlace::BeforeQuery
            },
            wording: match (since(1), since(5)) {
                (false, _) => Wording::Download,
                (true, false) => Wording::NamesCall,
                (true, true) => Wording::Plain,
            },
        }
    }

    /// The ways of an OpenTofu release.
    pub fn opentofu(release: (u64, u64, u64)) -> Self {
        let folder_query = if release >= (1, 7, 0) {
            FolderQuery::Kept
        } else {
            FolderQuery::InFolder
        };
        Self {
            product: "OpenTofu",
            default_host: "registry.opentofu.org",
            shorthands: Shorthands::FetchLibrary,
            folder_query,
            ..Self::default()
        }
    }
}

impl Default for AddrRules {
    /// The ways of Terraform 1.11.4.
    fn default() -> Self {
        Self::terraform((1, 11, 4))
    }
}
