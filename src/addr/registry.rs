//! Registry addresses: `[HOST/]NAMESPACE/NAME/SYSTEM[//SUBDIR]`, read as strictly as the client reads them.
//!
//! Never tries another reading: that an address which fails here may still be a remote one is decided elsewhere.
//! Surprises: the client shows these errors only for a call with `version`; names keep their case, the host does not;
//! four components mean that the first is a host, whatever it looks like.
//! See <https://developer.hashicorp.com/terraform/language/modules/sources#terraform-registry>.

use std::fmt;

use crate::addr::host::{Host, HostError};
use crate::addr::package::split_subdir;
use crate::syntax::go_quote::go_quote;

/// A module of a registry, perhaps a sub-directory of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RegistryAddr {
    /// The registry.
    pub host: Host,
    /// Who publishes it.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The system it is for.
    pub system: String,
    /// The directory in the package, cleaned.
    pub subdir: Option<String>,
}

/// What versions are listed for: a registry address without sub-directory.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RegistryPackage {
    /// The registry.
    pub host: Host,
    /// Who publishes it.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The system it is for.
    pub system: String,
}

/// Why a text is no registry address.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RegistryError {
    /// It is a local path.
    LocalPath(String),
    /// The sub-directory leads out of the package.
    SubdirLeavesPackage(String),
    /// There are neither three nor four components but so many.
    Components(usize),
    /// The first of four components is no host.
    Host {
        /// The component.
        given: String,
        /// What is wrong with it; the client does not say.
        cause: HostError,
    },
    /// The host has no dot.
    HostWithoutDot(String),
    /// The host is one that stands for repositories.
    ReservedHost(String),
    /// The first of three components has a dot: a host, and one component too few.
    ComponentMissingAfterHost(String),
    /// The namespace has forbidden characters, or too many.
    Namespace(String),
    /// The name has forbidden characters, or too many.
    Name(String),
    /// The system has forbidden characters, or too many.
    System(String),
    /// There is a query string.
    Query(String),
}

impl RegistryAddr {
    /// The address without sub-directory, always with its host.
    pub fn package_display(&self) -> String {
        self.package().to_string()
    }

    /// The package it is in.
    pub fn package(&self) -> RegistryPackage {
        RegistryPackage {
            host: self.host.clone(),
            namespace: self.namespace.clone(),
            name: self.name.clone(),
            system: self.system.clone(),
        }
    }
}

impl fmt::Display for RegistryAddr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.package_display())?;
        match &self.subdir {
            Some(subdir) => write!(formatter, "//{subdir}"),
            None => Ok(()),
        }
    }
}

impl RegistryPackage {
    /// `NAMESPACE/NAME/SYSTEM`, as it stands in request paths.
    pub fn path(&self) -> String {
        format!("{}/{}/{}", self.namespace, self.name, self.system)
    }
}

impl fmt::Display for RegistryPackage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.host.for_display(), self.path())
    }
}

impl RegistryError {
    /// The words the client prints.
    pub fn client_text(&self) -> String {
        match self {
            Self::LocalPath(path) => {
                format!("can't use local directory {} as a module registry address", go_quote(path))
            }
            Self::SubdirLeavesPackage(subdir) => {
                format!("subdirectory path {} leads outside of the module package", go_quote(subdir))
            }
            Self::Components(_) => {
                "a module registry source address must have either three or four slash-separated components".to_owned()
            }
            Self::Host { given, .. } if given.contains("--") => format!(
                "invalid module registry hostname {}; internationalized domain names must be given as direct unicode \
                 characters, not in punycode",
                go_quote(given)
            ),
            Self::Host { given, .. } => format!("invalid module registry hostname {}", go_quote(given)),
            Self::HostWithoutDot(_) => "invalid module registry hostname: must contain at least one dot".to_owned(),
            Self::ReservedHost(host) => format!(
                "can't use {} as a module registry host, because it's reserved for installing directly from version \
                 control repositories",
                go_quote(host)
            ),
            Self::ComponentMissingAfterHost(_) => "source address must have three more components after the \
                 hostname: the namespace, the name, and the target system"
                .to_owned(),
            Self::Namespace(given) => format!("invalid namespace {}: {NAME_RULE}", go_quote(given)),
            Self::Name(given) => format!("invalid module name {}: {NAME_RULE}", go_quote(given)),
            Self::System(given) => {
                format!("invalid target system {}: must be between one and 64 ASCII letters or digits", go_quote(given))
            }
            Self::Query(_) => "module registry addresses may not include a query string portion".to_owned(),
        }
    }
}

const NAME_RULE: &str = "must be between one and 64 characters, including ASCII letters, digits, dashes, and \
                         underscores, where dashes and underscores may not be the prefix or suffix";

/// Hosts that stand for repositories and never for registries.
const RESERVED_HOSTS: [&str; 2] = ["github.com", "bitbucket.org"];

/// Whether the client takes a source for a path relative to the calling module.
pub fn is_local(text: &str) -> bool {
    ["./", "../", ".\\", "..\\"]
        .iter()
        .any(|prefix| text.starts_with(prefix))
}

/// Reads a registry address; without a host it belongs to the default one.
pub fn parse_registry(text: &str, default_host: &str) -> Result<RegistryAddr, RegistryError> {
    if is_local(text) {
        return Err(RegistryError::LocalPath(text.to_owned()));
    }
    let (package, subdir) = split_subdir(text);
    if let Some(subdir) = subdir.as_ref().filter(|subdir| subdir.starts_with("../")) {
        return Err(RegistryError::SubdirLeavesPackage(subdir.clone()));
    }
    let components: Vec<&str> = package.split('/').collect();
    let (host, [namespace, name, system]) = match components.as_slice() {
        [namespace, name, system] => (
            parse_default_host(default_host)?,
            [*namespace, *name, *system],
        ),
        [host, namespace, name, system] => (parse_host(host)?, [*namespace, *name, *system]),
        other => return Err(RegistryError::Components(other.len())),
    };
    if host.port.is_none() && RESERVED_HOSTS.contains(&host.ascii.as_str()) {
        return Err(RegistryError::ReservedHost(host.ascii));
    }
    if !is_name(namespace) {
        return Err(if namespace.contains('.') {
            RegistryError::ComponentMissingAfterHost(namespace.to_owned())
        } else {
            RegistryError::Namespace(namespace.to_owned())
        });
    }
    if !is_name(name) {
        return Err(RegistryError::Name(name.to_owned()));
    }
    if !is_system(system) {
        return Err(if system.contains('?') {
            RegistryError::Query(system.to_owned())
        } else {
            RegistryError::System(system.to_owned())
        });
    }
    Ok(RegistryAddr {
        host,
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        system: system.to_owned(),
        subdir,
    })
}

/// Whether a text can be a namespace or a name.
pub fn is_name(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let outer = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    bytes.len() <= 64
        && outer(bytes.first())
        && outer(bytes.last())
        && bytes.iter().all(|byte| inner(*byte))
}

/// Whether a text can be a target system.
pub fn is_system(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=64).contains(&text.len()) && text.bytes().all(allowed)
}

fn parse_default_host(given: &str) -> Result<Host, RegistryError> {
    Host::parse(given).map_err(|cause| RegistryError::Host {
        given: given.to_owned(),
        cause,
    })
}

fn parse_host(given: &str) -> Result<Host, RegistryError> {
    let host = parse_default_host(given)?;
    if host.ascii.contains('.') {
        Ok(host)
    } else {
        Err(RegistryError::HostWithoutDot(given.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::parse_registry;
    use proptest::prelude::{ProptestConfig, proptest};

    fn form(text: &str) -> String {
        match parse_registry(text, "registry.terraform.io") {
            Ok(address) => address.to_string(),
            Err(error) => error.client_text(),
        }
    }

    #[test]
    fn addresses_are_recorded_with_their_host() {
        for (text, expected) in [
            (
                "clouddrove/ec2/aws",
                "registry.terraform.io/clouddrove/ec2/aws",
            ),
            ("MT5225/Sg/aws", "registry.terraform.io/MT5225/Sg/aws"),
            (
                "TF.Example.COM:443/mt5225/sg/aws",
                "tf.example.com/mt5225/sg/aws",
            ),
            (
                "café.example.com/mt5225/sg/aws",
                "café.example.com/mt5225/sg/aws",
            ),
            ("127.0.0.1:8080/a/b/c", "127.0.0.1:8080/a/b/c"),
            ("gitlab.com/ns/name/aws", "gitlab.com/ns/name/aws"),
            ("github.com:8443/ns/name/aws", "github.com:8443/ns/name/aws"),
            (
                "a/b/c//modules/./x/../y/",
                "registry.terraform.io/a/b/c//modules/y",
            ),
            ("a/b/c//", "registry.terraform.io/a/b/c"),
            ("a/b/c//.", "registry.terraform.io/a/b/c//."),
            ("a/b/c//..", "registry.terraform.io/a/b/c//.."),
            ("a/b/c//*", "registry.terraform.io/a/b/c//*"),
        ] {
            assert_eq!(form(text), expected, "{text}");
        }
    }

    #[test]
    fn shapes_and_hosts_are_refused_in_the_words_of_the_client() {
        for (text, start) in [
            (
                "./modules/x",
                "can't use local directory \"./modules/x\" as a module registry address",
            ),
            (
                "a/b",
                "a module registry source address must have either three or four",
            ),
            (
                "http://h/pkg/sg.tgz",
                "a module registry source address must have either three or four",
            ),
            (
                "h.io/a/b/c/modules/x",
                "a module registry source address must have either three or four",
            ),
            (
                "localhost/a/b/c",
                "invalid module registry hostname: must contain at least one dot",
            ),
            (
                "localhost:8080/a/b/c",
                "invalid module registry hostname: must contain at least one dot",
            ),
            (
                "foo_bar.com/a/b/c",
                "invalid module registry hostname \"foo_bar.com\"",
            ),
            (
                "tf.example.com:70000/a/b/c",
                "invalid module registry hostname \"tf.example.com:70000\"",
            ),
            (
                "xn--caf-dma.fr/a/b/c",
                "invalid module registry hostname \"xn--caf-dma.fr\"; internationalized",
            ),
            (
                "github.com/a/b/c",
                "can't use \"github.com\" as a module registry host",
            ),
            (
                "tf.example.com/ns/name",
                "source address must have three more components after the hostname",
            ),
        ] {
            let text_of_client = form(text);
            assert!(
                text_of_client.starts_with(start),
                "{text}: {text_of_client}"
            );
        }
    }

    #[test]
    fn components_have_rules_of_their_own() {
        for (text, start) in [
            (
                "-a/b/c",
                "invalid namespace \"-a\": must be between one and 64 characters",
            ),
            (
                "a/b_/c",
                "invalid module name \"b_\": must be between one and 64 characters",
            ),
            (
                "a/b/AWS",
                "invalid target system \"AWS\": must be between one and 64 ASCII letters or digits",
            ),
            ("a/b/aws-x", "invalid target system \"aws-x\""),
            (
                "a/b/c?ref=v1",
                "module registry addresses may not include a query string portion",
            ),
            (
                "a/b/c//../x",
                "subdirectory path \"../x\" leads outside of the module package",
            ),
        ] {
            let text_of_client = form(text);
            assert!(
                text_of_client.starts_with(start),
                "{text}: {text_of_client}"
            );
        }
        let long = "n".repeat(65);
        assert!(form(&format!("{long}/b/c")).starts_with("invalid namespace"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn a_recorded_address_reads_the_same(text in "([a-z]{1,4}\\.[a-z]{2}(:[0-9]{1,5})?/)?[A-Za-z0-9_-]{1,5}/[a-z-]{1,4}/[a-z]{1,3}(//[a-z./*]{0,8})?") {
            if let Ok(address) = parse_registry(&text, "registry.terraform.io") {
                assert_eq!(parse_registry(&address.to_string(), "registry.opentofu.org"), Ok(address));
            }
        }
    }
}
