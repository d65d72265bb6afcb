//! The `source` of a module call, and the location a registry answers with.
//!
//! Never looks at a disk, though some clients do: what they would look for is kept in the error.
//! Surprises: an address that fails the registry grammar is tried as a remote one and its first error is lost, so both
//! are kept here; anything with a scheme is accepted, whether or not something can fetch it; a location that begins
//! with a slash or a dot is a URL relative to the request, never a path.
//! See <https://developer.hashicorp.com/terraform/language/modules/sources>.

use std::fmt;

use crate::addr::package::{
    PackageAddr, RemoteAddr, clean_path, join_subdirs, split_forced, split_subdir,
};
use crate::addr::registry::{RegistryAddr, RegistryError, is_local, parse_registry};
use crate::addr::rules::{
    AddrRules, Detection, LocalPaths, Shorthands, SubdirPlace, VersionArgument, Wording,
};
use crate::addr::shorthand::{ShorthandError, expand};
use crate::addr::url::{GoUrl, UrlError};
use crate::syntax::go_quote::go_quote;

/// What a `source` argument names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SourceAddr {
    /// A directory of the same package.
    Local(LocalAddr),
    /// A module of a registry.
    Registry(RegistryAddr),
    /// A package and a directory in it.
    Remote(RemoteAddr),
}

/// A path relative to the calling module; it begins with a dot.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalAddr(String);

/// Why a `source` argument names nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddrError {
    /// The argument.
    pub given: String,
    /// Why it is no registry address.
    pub strict: Box<RegistryError>,
    /// Why it is no remote one; `None` when the `version` argument kept the client from trying.
    pub remote: Option<Box<RemoteError>>,
    /// The ways of the client that refuses it.
    pub rules: AddrRules,
}

/// Why a text is no remote address.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RemoteError {
    /// The sub-directory leads out of the package.
    SubdirLeavesPackage(String),
    /// The sub-directory of a short form leads out of the package.
    DetectedSubdirLeavesPackage {
        /// The sub-directory.
        subdir: String,
        /// The package.
        package: String,
    },
    /// A short form that stands for nothing.
    Shorthand(ShorthandError),
    /// An address made of a short form and a sub-directory that is no URL.
    DetectedUrl(UrlError),
    /// Nothing is left of it; the text is what the client quotes.
    Empty(String),
    /// Neither a URL nor a short form: a path without `./`, mostly.
    NotDetected(Box<NotDetected>),
}

/// An address that is neither a URL nor a short form.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NotDetected {
    /// The address without forced getter and sub-directory, as the client quotes it.
    pub address: String,
    /// The getter it demands.
    pub forced: Option<String>,
    /// The directory it names in the package.
    pub subdir: Option<String>,
    /// Why it is no URL; `None` when it merely has no scheme.
    pub url: Option<UrlError>,
}

/// Why a registry's location names no package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocationError {
    /// The location.
    pub given: String,
    /// What is wrong with it.
    pub cause: LocationCause,
    /// The ways of the client that refuses it.
    pub rules: AddrRules,
}

/// What is wrong with a location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocationCause {
    /// It is an address, but of another kind.
    NotRemote(Box<SourceAddr>),
    /// It is no address.
    Unreadable(Box<RemoteError>),
}

/// Reads the `source` of a module call.
pub fn parse_source(
    text: &str,
    has_version: bool,
    rules: &AddrRules,
) -> Result<SourceAddr, AddrError> {
    let registry_only = match rules.version_argument {
        VersionArgument::RegistryOnly => has_version,
        VersionArgument::RefusedLater => false,
    };
    if !registry_only && is_local(text) {
        return Ok(SourceAddr::Local(LocalAddr::parse(text, rules.local_paths)));
    }
    let fail = |strict, remote: Option<RemoteError>| AddrError {
        given: text.to_owned(),
        strict: Box::new(strict),
        remote: remote.map(Box::new),
        rules: *rules,
    };
    match parse_registry(text, rules.default_host) {
        Ok(address) => Ok(SourceAddr::Registry(address)),
        Err(strict) if registry_only => Err(fail(strict, None)),
        Err(strict) => match parse_remote(text, rules) {
            Ok(address) => Ok(SourceAddr::Remote(address)),
            Err(remote) => Err(fail(strict, Some(remote))),
        },
    }
}

/// Reads a registry's location, made absolute by [`resolve_location`] before.
pub fn parse_location(text: &str, rules: &AddrRules) -> Result<RemoteAddr, LocationError> {
    let fail = |cause| LocationError {
        given: text.to_owned(),
        cause,
        rules: *rules,
    };
    let other_kind = match rules.detection {
        Detection::WhileFetching => None,
        Detection::WhileParsing if is_local(text) => {
            Some(SourceAddr::Local(LocalAddr::parse(text, rules.local_paths)))
        }
        Detection::WhileParsing => parse_registry(text, rules.default_host)
            .ok()
            .map(SourceAddr::Registry),
    };
    match other_kind {
        Some(address) => Err(fail(LocationCause::NotRemote(Box::new(address)))),
        None => parse_remote(text, rules)
            .map_err(|error| fail(LocationCause::Unreadable(Box::new(error)))),
    }
}

/// The absolute form of a location that is relative to the request; `None` for one that is not relative.
pub fn resolve_location(requested: &GoUrl, text: &str) -> Result<Option<String>, UrlError> {
    if !["/", "./", "../"]
        .iter()
        .any(|prefix| text.starts_with(prefix))
    {
        return Ok(None);
    }
    let reference = GoUrl::parse(text)?;
    Ok(Some(requested.resolve_reference(&reference).to_string()))
}

/// Reads an address that is neither local nor of a registry.
pub fn parse_remote(text: &str, rules: &AddrRules) -> Result<RemoteAddr, RemoteError> {
    let (package, subdir) = split_subdir(text);
    if let Some(subdir) = escaping(subdir.as_ref(), rules) {
        return Err(RemoteError::SubdirLeavesPackage(subdir));
    }
    let normalised =
        normalise(&package, rules).map_err(|error| with_subdir(error, subdir.as_ref()))?;
    let (package, detected) = split_subdir(&normalised);
    let was_detected = detected.is_some();
    let subdir = join_subdirs(detected.as_deref(), subdir.as_deref());
    match escaping(subdir.as_ref(), rules) {
        Some(subdir) if was_detected => {
            Err(RemoteError::DetectedSubdirLeavesPackage { subdir, package })
        }
        Some(_) | None => Ok(RemoteAddr {
            package: PackageAddr::from_normalised(package),
            subdir,
        }),
    }
}

impl SourceAddr {
    /// The address as the client records it, if it records the normalised form at all.
    pub fn recorded(&self, rules: &AddrRules) -> String {
        match (self, rules.subdir_place) {
            (Self::Remote(address), SubdirPlace::BehindQuery) => address.with_subdir_last(),
            (Self::Local(_) | Self::Registry(_) | Self::Remote(_), _) => self.to_string(),
        }
    }

    /// The reason, in words of the clients that read any source, why a `version` argument does not go with it.
    pub fn version_refusal(&self) -> Option<&'static str> {
        match self {
            Self::Local(_) => Some("it has a relative local path"),
            Self::Registry(_) => None,
            Self::Remote(_) => Some("it has a non Registry URL"),
        }
    }
}

impl fmt::Display for SourceAddr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(address) => address.fmt(formatter),
            Self::Registry(address) => address.fmt(formatter),
            Self::Remote(address) => address.fmt(formatter),
        }
    }
}

impl LocalAddr {
    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parse(text: &str, paths: LocalPaths) -> Self {
        match paths {
            LocalPaths::AsWritten => Self(text.to_owned()),
            LocalPaths::Cleaned => {
                let path = clean_path(&text.replace('\\', "/"));
                Self(if path.starts_with("../") {
                    path
                } else {
                    format!("./{path}")
                })
            }
        }
    }
}

impl fmt::Display for LocalAddr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl NotDetected {
    /// The package that clients which look while fetching make of it: a path below the module's own folder.
    ///
    /// Without a forced getter they give up where no such path exists.
    pub fn below(&self, module_folder: &str) -> RemoteAddr {
        let path = clean_path(&format!("{module_folder}/{}", self.address));
        let url = format!("file:///{}", path.trim_start_matches('/'));
        let package = match &self.forced {
            Some(getter) => format!("{getter}::{url}"),
            None => url,
        };
        RemoteAddr {
            package: PackageAddr::from_normalised(package),
            subdir: self.subdir.clone(),
        }
    }
}

impl RemoteError {
    /// The words the client prints, without the full stop that some messages get.
    pub fn client_text(&self, rules: &AddrRules) -> String {
        match self {
            Self::SubdirLeavesPackage(subdir) => {
                format!(
                    "subdirectory path {} leads outside of the module package",
                    go_quote(subdir)
                )
            }
            Self::DetectedSubdirLeavesPackage { subdir, package } => format!(
                "detected subdirectory path {} of {} leads outside of the module package",
                go_quote(subdir),
                go_quote(package)
            ),
            Self::Shorthand(error) => error.client_text(rules),
            Self::DetectedUrl(error) => format!("Error parsing URL: {}", error.client_text()),
            Self::Empty(text) => match rules.shorthands {
                Shorthands::Own => format!("invalid source address: {text}"),
                Shorthands::FetchLibrary => format!("invalid source string: {text}"),
            },
            Self::NotDetected(error) => {
                let verb = match rules.detection {
                    Detection::WhileParsing => "detect a supported external module source type",
                    Detection::WhileFetching => "determine the module source",
                };
                format!("{} cannot {verb} for {}", rules.product, error.address)
            }
        }
    }
}

impl AddrError {
    /// The first line the client prints.
    pub fn client_summary(&self) -> &'static str {
        match (self.remote.as_deref(), self.rules.wording) {
            (None, _) => "Invalid registry module source address",
            (Some(RemoteError::NotDetected(_)), Wording::Download) => "Module not found",
            (Some(_), Wording::Download) => "Failed to download module",
            (Some(_), Wording::NamesCall | Wording::Plain) => "Invalid module source address",
        }
    }

    /// What the client prints below it; the call is named, and found at `FILE:LINE`.
    pub fn client_detail(&self, call: &str, file_line: &str) -> String {
        let product = self.rules.product;
        match self.remote.as_deref() {
            None => {
                let reason = self.strict.client_text();
                let start = match self.rules.wording {
                    Wording::NamesCall => self.naming_call(call, file_line, &reason),
                    Wording::Plain | Wording::Download => {
                        format!("Failed to parse module registry address: {reason}.")
                    }
                };
                format!(
                    "{start}\n\n{product} assumed that you intended a module registry source address because you also \
                     set the argument \"version\", which applies only to registry modules."
                )
            }
            Some(remote) => self.remote_detail(remote, call, file_line),
        }
    }

    fn remote_detail(&self, remote: &RemoteError, call: &str, file_line: &str) -> String {
        let reason = remote.client_text(&self.rules);
        match (remote, self.rules.wording) {
            (_, Wording::NamesCall) => self.naming_call(call, file_line, &reason),
            (RemoteError::NotDetected(_), Wording::Download) => format!(
                "The module address {} could not be resolved.\n\n{}",
                go_quote(&self.given),
                relative_hint(&self.given)
            ),
            (RemoteError::NotDetected(error), Wording::Plain) => format!(
                "{} failed to determine your intended installation method for remote module package {}.\n\n{}",
                self.rules.product,
                go_quote(&error.address),
                relative_hint(&error.address)
            ),
            (_, Wording::Download) => format!(
                "Could not download module {} ({file_line}) source code from {}: {reason}",
                go_quote(call),
                go_quote(&self.given)
            ),
            (_, Wording::Plain) => format!("Failed to parse module source address: {reason}."),
        }
    }

    fn naming_call(&self, call: &str, file_line: &str, reason: &str) -> String {
        let (file, line) = file_line.rsplit_once(':').unwrap_or((file_line, ""));
        format!(
            "Module {} (declared at {file} line {line}) has invalid source address {}: {reason}.",
            go_quote(call),
            go_quote(&self.given)
        )
    }
}

impl LocationError {
    /// The reason in the client's words, without the sentence around it and without full stop.
    pub fn client_text(&self) -> String {
        match &self.cause {
            LocationCause::NotRemote(_) => "must be a direct remote package address".to_owned(),
            LocationCause::Unreadable(error) => error.client_text(&self.rules),
        }
    }
}

fn relative_hint(address: &str) -> String {
    format!(
        "If you intended this as a path relative to the current module, use \"./{address}\" instead. The \"./\" prefix \
         indicates that the address is a relative filesystem path."
    )
}

/// The sub-directory, if this client refuses it for leading out of the package; a bare `..` passes.
fn escaping(subdir: Option<&String>, rules: &AddrRules) -> Option<String> {
    match rules.detection {
        Detection::WhileFetching => None,
        Detection::WhileParsing => subdir.filter(|subdir| subdir.starts_with("../")).cloned(),
    }
}

fn with_subdir(error: RemoteError, subdir: Option<&String>) -> RemoteError {
    match error {
        RemoteError::NotDetected(mut error) => {
            error.subdir = join_subdirs(error.subdir.as_deref(), subdir.map(String::as_str));
            RemoteError::NotDetected(error)
        }
        RemoteError::SubdirLeavesPackage(_)
        | RemoteError::DetectedSubdirLeavesPackage { .. }
        | RemoteError::Shorthand(_)
        | RemoteError::DetectedUrl(_)
        | RemoteError::Empty(_) => error,
    }
}

/// Makes short forms explicit; what has a scheme stays as written.
fn normalise(given: &str, rules: &AddrRules) -> Result<String, RemoteError> {
    let (forced, inner) = split_forced(given);
    let (inner, subdir) = split_subdir(inner);
    let url = match GoUrl::parse(&inner) {
        Ok(url) if !url.scheme.is_empty() => return Ok(given.to_owned()),
        Ok(_) => None,
        Err(error) => Some(error),
    };
    if inner.is_empty() {
        return Err(RemoteError::Empty(given.to_owned()));
    }
    let Some(expanded) = expand(&inner, rules).map_err(RemoteError::Shorthand)? else {
        return Err(RemoteError::NotDetected(Box::new(NotDetected {
            address: inner,
            forced: forced.map(str::to_owned),
            subdir,
            url,
        })));
    };
    let (detected_getter, address) = split_forced(&expanded);
    let (address, detected_subdir) = split_subdir(address);
    let address = match join_subdirs(detected_subdir.as_deref(), subdir.as_deref()) {
        Some(subdir) => append_subdir(&address, &subdir)?,
        None => address,
    };
    Ok(match forced.or(detected_getter) {
        Some(getter) => format!("{getter}::{address}"),
        None => address,
    })
}

/// Puts a sub-directory behind the path of a URL, which escapes what is escaped already once more.
fn append_subdir(address: &str, subdir: &str) -> Result<String, RemoteError> {
    let mut url = GoUrl::parse(address).map_err(RemoteError::DetectedUrl)?;
    url.path.extend_from_slice(b"//");
    url.path.extend_from_slice(subdir.as_bytes());
    // Written as it is, so that the stars of a pattern stay bare.
    url.raw_path = url.path_text();
    Ok(url.to_string())
}
