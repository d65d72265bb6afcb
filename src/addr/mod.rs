//! Addresses as the client reads them: sources, registries, packages, targets.
//!
//! Pure parsing: nothing here opens a file or a connection. Texts come in, typed addresses or small errors go out, and
//! the errors know the words the client prints. Where clients differ, [`AddrRules`] says how.
//!
//! | Text | Read by |
//! |---|---|
//! | `source` of a module call | [`parse_source`] |
//! | location from a registry | [`resolve_location`], then [`parse_location`] |
//! | word on the command line | [`target::parse_target`] |
//! | name in `TF_TOKEN_*` | [`Host::from_token_variable`] |
//! | archive type of a package | [`archive::archive_choice`] |

#![deny(clippy::indexing_slicing)]

pub mod archive;
pub mod escape;
pub mod host;
pub mod package;
pub mod query;
pub mod registry;
pub mod rules;
pub mod shorthand;
pub mod source;
#[cfg(test)]
mod source_tests;
pub mod target;
pub mod url;

pub use crate::addr::host::{Host, HostError};
pub use crate::addr::package::{PackageAddr, RemoteAddr};
pub use crate::addr::registry::{RegistryAddr, RegistryError, RegistryPackage};
pub use crate::addr::rules::AddrRules;
pub use crate::addr::source::{AddrError, LocalAddr, LocationError, SourceAddr};
pub use crate::addr::source::{parse_location, parse_source, resolve_location};
