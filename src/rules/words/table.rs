//! Everything the clients print, as data: what is said, by whom, in which words.
//!
//! The first row that fits says it. What is said inside of another message has no summary. Words are those of recordings.

use crate::client::Client;
use crate::client::Product;
use crate::finding::Said;
use crate::rules::messages::Clients;
use crate::rules::words::fill::Values;
use crate::rules::words::fill::fill;

/// What is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Versions,
    Location,
    LocationInShort,
    BadLocation,
    NotFound,
    NoVersions,
    NoModules,
    NoMatch,
    Download,
    DownloadNamed,
    NotResolved,
    VersionRefused,
    SourceRefused,
    SourceUnknown,
    ValueType,
    NullSource,
    ChildImport,
    Lookup,
    Glob,
    Subdirectory,
    Unreadable,
    LocalUnreadable,
    Link,
    Escapes,
    Excluded,
    RootExcluded,
    File,
    Manifest,
    ManifestAgain,
    Setting,

    DiscoveryRequest,
    DiscoveryBody,
    DiscoveryDecode,
    DiscoveryType,
    DiscoveryNoType,
    DiscoverySize,
    ServiceUrl,
    NoService,
    NoServiceKey,
    OtherService,
    GivenUp,
    Repeated,
    NotRepeated,
    VersionsStatus,
    LocationStatus,
    NoLocation,
    NoDownload,
    Body,
    RelativeUrl,
    LocationRefused,
    Getting,
    Mismatch,
    UnknownSum,
    Exited,
    NoRef,
    Certificate,
    Store,
    StoreApi,
}

/// What is said, by whom, in which words.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) kind: Kind,
    pub(super) clients: Clients,
    pub(super) summary: &'static str,
    pub(super) detail: &'static str,
}

const fn row(kind: Kind, clients: Clients, summary: &'static str, detail: &'static str) -> Row {
    Row {
        kind,
        clients,
        summary,
        detail,
    }
}

const ALL: Clients = Clients::ALL;
const TERRAFORM: Clients = Clients::TERRAFORM;
const TOFU: Clients = Clients::OPENTOFU;

/// A message as a client prints it.
pub(super) fn said(kind: Kind, client: &Client, values: &Values) -> Option<Said> {
    let row = find(kind, &as_built(kind, client))?;
    let values = values
        .clone()
        .with("product", client.product.title())
        .with("client", client.version());
    Some(Said {
        summary: fill(row.summary, &values),
        detail: fill(row.detail, &values),
    })
}

/// Words inside of a message.
pub(super) fn words(kind: Kind, client: &Client, values: &Values) -> String {
    said(kind, client, values).map_or_else(String::new, |said| said.detail)
}

fn find(kind: Kind, client: &Client) -> Option<&'static Row> {
    ROWS.iter()
        .find(|row| row.kind == kind && row.clients.include(client))
}

/// The client whose words these are: the last release of 0.12 was built with the library of later ones.
fn as_built(kind: Kind, client: &Client) -> Client {
    let is_late = client.product == Product::Terraform
        && client.release >= LATE_BUILD
        && client.release < (0, 13, 0);
    let of_library = matches!(kind, Kind::Certificate | Kind::Mismatch);
    Client {
        product: client.product,
        release: if is_late && of_library {
            (0, 14, 0)
        } else {
            client.release
        },
    }
}

const LATE_BUILD: (u64, u64, u64) = (0, 12, 31);

const REGISTRY: &str = "Error accessing remote module registry";
const INVALID_RESPONSE: &str = "Invalid response from remote module registry";
const DOWNLOAD: &str = "Failed to download module";
const DIRECTORY: &str = "Unreadable module directory";
const OLD_DIRECTORY: &str = "Failed to read module directory";
const OLD_DIRECTORY_WORDS: &str = "Module directory ‹dir› does not exist or cannot be read.";

/// Every row, special ones first.
#[rustfmt::skip] // One row a line: it is read as a table.
pub(super) static ROWS: &[Row] = &[
    // The registry.
    row(Kind::Versions, ALL, REGISTRY, "Failed to retrieve available versions for module \"‹name›\" (‹place›) from ‹host›: ‹why›."),
    row(Kind::Location, ALL, REGISTRY, "Failed to retrieve a download URL for ‹address› ‹version› from ‹host›: ‹why›"),
    row(Kind::LocationInShort, ALL, INVALID_RESPONSE, "The remote registry at ‹host› failed to return a download URL for ‹address› ‹version›."),
    row(Kind::BadLocation, ALL.terraform_from((1, 1)).opentofu_until((1, 12)), "Invalid package location from module registry", "Module registry ‹host› returned invalid source location \"‹url›\" for ‹address› ‹version›: ‹why›."),
    row(Kind::NotFound, TERRAFORM, "Module not found", "Module \"‹name›\" (from ‹place›) cannot be found in the module registry at ‹host›."),
    row(Kind::NotFound, TOFU, "Module not found", "Module ‹path› (\"‹name›\" from ‹place›) cannot be found in the module registry at ‹host›."),
    row(Kind::NoVersions, ALL, "Module has no versions", "Module \"‹address›\" (‹place›) has no versions available on ‹host›."),
    row(Kind::NoModules, ALL, INVALID_RESPONSE, "The registry at ‹host› returned an invalid response when ‹product› requested available versions for module \"‹name›\" (‹place›)."),
    row(Kind::NoMatch, ALL, "Unresolvable module version constraint", "There is no available version of module \"‹address›\" (‹place›) which matches the given version constraint. The newest available version is ‹newest›."),

    // Packages; those that a registry named have a full stop more.
    row(Kind::Download, ALL, DOWNLOAD, "Could not download module \"‹name›\" (‹place›) source code from \"‹url›\": ‹why›"),
    row(Kind::DownloadNamed, TOFU.opentofu_from((1, 12)), DOWNLOAD, "Could not download module \"‹name›\" (‹place›) source code from {\"‹url›\"}: ‹why›."),
    row(Kind::DownloadNamed, ALL, DOWNLOAD, "Could not download module \"‹name›\" (‹place›) source code from \"‹url›\": ‹why›."),
    row(Kind::NotResolved, ALL, "Module not found", "The module address \"‹url›\" could not be resolved. If you intended this as a path relative to the current module, use \"./‹url›\" instead. The \"./\" prefix indicates that the address is a relative filesystem path."),

    // Calls.
    row(Kind::VersionRefused, TERRAFORM.terraform_until((1, 2)), "Invalid version constraint", "Cannot apply a version constraint to module \"‹name›\" (at ‹place›) because ‹why›."),
    row(Kind::SourceRefused, TERRAFORM.terraform_until((1, 1)), DOWNLOAD, "Could not download module \"‹name›\" (‹place›) source code from \"\": invalid source string: "),
    row(Kind::SourceRefused, TERRAFORM.terraform_until((1, 5)), "Invalid module source address", "Module \"‹name›\" (declared at ‹file› line ‹line›) has invalid source address \"\": invalid source string: ."),
    row(Kind::SourceUnknown, TERRAFORM.terraform_from((1, 15)), "Unknown module source", "Only literal values and const variables can be evaluated during init."),
    row(Kind::ValueType, TERRAFORM.terraform_from((1, 15)), "Incorrect value type", "Invalid expression value: ‹why›."),
    row(Kind::ValueType, ALL, "Unsuitable value type", "Unsuitable value: ‹why›"),
    row(Kind::NullSource, TERRAFORM.terraform_from((1, 15)), "Unsuitable module source", "Unsuitable value: ‹why›."),
    row(Kind::NullSource, ALL, "Unsuitable value type", "Unsuitable value: ‹why›"),
    row(Kind::ChildImport, ALL, "Invalid import configuration", "An import block was detected in \"‹module›\". Import blocks are only allowed in the root module."),
    row(Kind::Lookup, TERRAFORM.terraform_until((1, 1)), DOWNLOAD, "Could not download module \"‹name›\" (‹place›) source code from \"‹url›\": ‹why›"),
    row(Kind::Lookup, TERRAFORM.terraform_until((1, 5)), "Invalid module source address", "Module \"‹name›\" (declared at ‹file› line ‹line›) has invalid source address \"‹url›\": ‹why›."),
    row(Kind::Lookup, ALL, "Invalid module source address", "Failed to parse module source address: ‹why›."),

    // Directories.
    row(Kind::Glob, TERRAFORM.terraform_from((1, 1)).terraform_until((1, 3)), OLD_DIRECTORY, OLD_DIRECTORY_WORDS),
    row(Kind::Glob, TERRAFORM.terraform_from((1, 3)).terraform_until((1, 5)), "‹why›", ""),
    row(Kind::Glob, ALL.terraform_from((1, 5)), "Failed to expand subdir globs", "‹why›"),
    row(Kind::Subdirectory, TERRAFORM.terraform_from((1, 9)), "Unreadable module subdirectory", "The directory ‹dir› does not exist. The target submodule ‹subdir› does not exist within the target module."),
    row(Kind::Subdirectory, TOFU.opentofu_from((1, 11)), "Module subdirectory not found", "Cannot find directory \"‹missing›\" in module \"‹package›\". The requested subdirectory was \"‹subdir›\"."),
    row(Kind::Subdirectory, TERRAFORM.terraform_until((1, 5)), OLD_DIRECTORY, OLD_DIRECTORY_WORDS),
    row(Kind::Subdirectory, ALL, DIRECTORY, "The directory ‹dir› could not be read. This is a bug in ‹product› and should be reported."),
    row(Kind::Unreadable, TERRAFORM.terraform_until((1, 5)), OLD_DIRECTORY, OLD_DIRECTORY_WORDS),
    row(Kind::Unreadable, ALL, DIRECTORY, "The directory ‹dir› could not be read. This is a bug in ‹product› and should be reported."),
    row(Kind::LocalUnreadable, TERRAFORM.terraform_until((1, 5)), OLD_DIRECTORY, OLD_DIRECTORY_WORDS),
    row(Kind::LocalUnreadable, ALL, DIRECTORY, "The directory ‹dir› could not be read for module \"‹name›\" at ‹place›."),
    row(Kind::Link, ALL, DIRECTORY, "Unable to evaluate directory symlink: lstat ‹path›: no such file or directory"),
    row(Kind::Escapes, ALL.terraform_from((1, 1)), "Local module path escapes module package", "The given source directory for ‹module› would be outside of its containing package \"‹package›\". Local source addresses starting with \"../\" must stay within the same package that the calling module belongs to."),

    // Files.
    row(Kind::Excluded, ALL, "Unsupported ‹product› Core version", "Module ‹module› (from ‹address›) does not support ‹product› version ‹client›. To proceed, either choose another supported ‹product› version or update this version constraint. Version constraints are normally set for good reason, so updating the constraint may lead to other errors or unexpected behavior."),
    row(Kind::RootExcluded, ALL, "Unsupported ‹product› Core version", "This configuration does not support ‹product› version ‹client›. To proceed, either choose another supported ‹product› version or update this version constraint. Version constraints are normally set for good reason, so updating the constraint may lead to other errors or unexpected behavior."),
    row(Kind::File, TERRAFORM.terraform_until((1, 5)), "Failed to read file", "The configuration file \"‹file›\" could not be read."),
    row(Kind::File, ALL, "Failed to read file", "The file \"‹file›\" could not be read."),
    row(Kind::Manifest, TERRAFORM.terraform_until((1, 5)), "Failed to read modules manifest file", "Error reading manifest for ‹dir›: ‹why›."),
    row(Kind::Manifest, ALL, "failed to read module manifest: ‹why›", ""),
    row(Kind::ManifestAgain, TOFU.opentofu_from((1, 12)), "Failed to create the config loader", "failed to read module manifest: ‹why›"),
    row(Kind::Setting, TERRAFORM.terraform_until((1, 6)), "‹why›", "As a result of the above problems, ‹product› may not behave as intended."),
    row(Kind::Setting, ALL, "‹placed›", "As a result of the above problems, ‹product› may not behave as intended."),

    // Inside of messages about the versions.
    row(Kind::DiscoveryRequest, TERRAFORM.terraform_until((1, 4)), "", "Failed to request discovery document: ‹error›"),
    row(Kind::DiscoveryRequest, ALL, "", "failed to request discovery document: ‹error›"),
    row(Kind::DiscoveryBody, TERRAFORM.terraform_until((1, 4)), "", "Error reading discovery document body: ‹error›"),
    row(Kind::DiscoveryBody, ALL, "", "error reading discovery document body: ‹error›"),
    row(Kind::DiscoveryDecode, TERRAFORM.terraform_until((1, 4)), "", "Failed to decode discovery document as a JSON object: ‹error›"),
    row(Kind::DiscoveryDecode, ALL, "", "failed to decode discovery document as a JSON object: ‹error›"),
    row(Kind::DiscoveryType, TERRAFORM.terraform_until((1, 4)), "", "Discovery URL returned an unsupported Content-Type \"‹type›\""),
    row(Kind::DiscoveryType, ALL, "", "discovery URL returned an unsupported Content-Type \"‹type›\""),
    row(Kind::DiscoveryNoType, TERRAFORM.terraform_until((1, 4)), "", "Discovery URL has a malformed Content-Type \"‹type›\""),
    row(Kind::DiscoveryNoType, ALL, "", "discovery URL has a malformed Content-Type \"‹type›\""),
    row(Kind::DiscoverySize, TERRAFORM.terraform_until((1, 4)), "", "Discovery doc response is too large (got ‹got› bytes; limit ‹limit›)"),
    row(Kind::DiscoverySize, ALL, "", "discovery doc response is too large (got ‹got› bytes; limit ‹limit›)"),
    row(Kind::ServiceUrl, TERRAFORM.terraform_until((1, 15)), "", "Failed to parse service URL: ‹error›"),
    row(Kind::ServiceUrl, TOFU.opentofu_until((1, 11)), "", "Failed to parse service URL: ‹error›"),
    row(Kind::ServiceUrl, ALL, "", "failed to parse service URL: ‹error›"),
    row(Kind::NoService, ALL, "", "host does not provide a modules service"),
    row(Kind::NoServiceKey, ALL, "", "host ‹host› does not provide a modules service"),
    row(Kind::OtherService, TOFU.opentofu_from((1, 11)), "", "host ‹host› does not support modules version 1"),
    row(Kind::OtherService, ALL, "", "host ‹host› does not support modules version v1"),
    row(Kind::GivenUp, ALL, "", "GET ‹url› giving up after ‹tries› attempt(s)‹error›"),
    row(Kind::VersionsStatus, ALL, "", "error looking up module versions: ‹status›"),

    // Inside of messages about the versions or the location.
    row(Kind::Repeated, TOFU.opentofu_from((1, 10)), "", "request failed after ‹tries› attempts: ‹error›"),
    row(Kind::Repeated, ALL, "", "the request failed after ‹tries› attempts, please try again later: ‹error›"),
    row(Kind::NotRepeated, TOFU.opentofu_from((1, 10)), "", "request failed: ‹error›"),
    row(Kind::NotRepeated, ALL, "", "the request failed, please try again later: ‹error›"),
    row(Kind::LocationStatus, ALL, "", "error getting download location for \"‹module›\": ‹status› resp:‹body›"),
    row(Kind::NoLocation, TOFU.opentofu_from((1, 12)), "", "registry did not return a location for this package"),
    row(Kind::NoLocation, ALL, "", "failed to get download URL for \"‹module›\": ‹status› resp:‹body›"),
    row(Kind::NoDownload, ALL, "", "module \"‹module›\" version \"‹version›\" not found"),
    row(Kind::Body, ALL, "", "module \"‹module›\" version \"‹version›\" failed to deserialize response body ‹body›: ‹error›"),
    row(Kind::RelativeUrl, TOFU.opentofu_from((1, 12)), "", "invalid relative URL \"‹url›\": ‹error›"),
    row(Kind::RelativeUrl, ALL, "", "invalid relative URL for \"‹module›\": ‹error›"),
    row(Kind::LocationRefused, ALL, "", "registry returned invalid package location \"‹url›\": ‹why›"),

    // Inside of messages about a package.
    row(Kind::Getting, ALL, "", "error downloading '‹url›': ‹why›"),
    row(Kind::Mismatch, TERRAFORM.terraform_until((0, 14)), "", "Checksums did not match for ‹archive›. Expected: ‹expected› Got: ‹got› *‹sum›.digest"),
    row(Kind::Mismatch, TERRAFORM.terraform_from((1, 11)).terraform_until((1, 12)), "", "Checksums did not match for ‹archive›. Expected: ‹expected› Got: ‹got› *‹sum›.digest"),
    row(Kind::Mismatch, ALL, "", "Checksums did not match for ‹archive›. Expected: ‹expected› Got: ‹got› *‹sum›.Digest"),
    row(Kind::UnknownSum, ALL.terraform_from((1, 13)).opentofu_from((1, 11)), "", "invalid checksum: unknown type for checksum ‹sum›"),
    row(Kind::UnknownSum, ALL, "", "invalid checksum: Unknown type for checksum ‹sum›"),
    row(Kind::Exited, ALL, "", "‹program› exited with ‹status›: ‹printed›"),
    row(Kind::NoRef, ALL.terraform_from((1, 14)).opentofu_from((1, 11)), "", "invalid ref: \"‹ref›\""),
    row(Kind::NoRef, ALL, "", "‹program› exited with ‹status›: ‹printed›"),
    row(Kind::Store, ALL.terraform_from((1, 13)).opentofu_from((1, 11)), "", "operation error S3: ‹operation›, https response error StatusCode: ‹status›, RequestID: , HostID: , ‹code›: ‹why›"),
    row(Kind::Store, ALL, "", "‹code›: ‹why› status code: ‹status›, request id: , host id: "),
    row(Kind::StoreApi, ALL, "", "operation error S3: ‹operation›, exceeded maximum number of attempts, 3, https response error StatusCode: 0, RequestID: , HostID: , request send failed, ‹why›"),

    // Inside of all of them.
    row(Kind::Certificate, TERRAFORM.terraform_until((0, 14)), "", "x509: ‹why›"),
    row(Kind::Certificate, ALL, "", "tls: failed to verify certificate: x509: ‹why›"),
];
