//! What a user may name on the command line.
//!
//! Never looks at a disk and never turns a bare word into a path: what could be meant is handed back.
//! Surprises: hosts without a dot are fine here when they have a port, though no module address may have one; `@` ends
//! an address only where a registry address stands before it, since `git@host:` begins with one.

use crate::addr::host::{Host, HostError};
use crate::addr::package::{RemoteAddr, split_forced};
use crate::addr::registry::{RegistryAddr, RegistryError, is_local, parse_registry};
use crate::addr::rules::AddrRules;
use crate::addr::shorthand::expand;
use crate::addr::source::{RemoteError, parse_remote};
use crate::addr::url::{GoUrl, UrlError};

/// Something to check.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// A registry.
    Host(Host),
    /// A module of a registry.
    Module {
        /// Its address.
        address: RegistryAddr,
        /// A version or a constraint, as written.
        version: Option<String>,
    },
    /// A package that is fetched without a registry.
    Package(RemoteAddr),
    /// A directory with configuration.
    Directory(String),
}

/// A target and how it was written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParsedTarget {
    /// The target.
    pub target: Target,
    /// Whether it was pasted from a browser: a host with a scheme or a slash.
    pub pasted: bool,
}

/// Why a word is no target.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TargetError {
    /// There is nothing.
    Empty,
    /// A single word: a host has a dot or a port, a directory begins with a dot or a slash.
    BareWord {
        /// The word.
        word: String,
        /// How it would be written as a directory.
        as_directory: String,
        /// How it would be written as a host.
        as_host: String,
    },
    /// No host.
    Host {
        /// The word.
        word: String,
        /// What is wrong with it.
        cause: HostError,
    },
    /// Several components that are no registry address, and no short form of a package.
    Module {
        /// The word.
        word: String,
        /// How it would be written as a directory.
        as_directory: String,
        /// What is wrong with it as a registry address.
        cause: RegistryError,
    },
    /// Nothing stands behind the `@`.
    VersionMissing(String),
    /// It begins like the address of a package.
    Package {
        /// The word.
        word: String,
        /// What is wrong with it.
        cause: RemoteError,
    },
    /// It begins like a URL.
    Url(UrlError),
}

/// Reads one target; addresses without a host belong to the registry in the rules.
pub fn parse_target(word: &str, rules: &AddrRules) -> Result<ParsedTarget, TargetError> {
    let word = word.trim();
    let plain = |target| ParsedTarget {
        target,
        pasted: false,
    };
    if word.is_empty() {
        return Err(TargetError::Empty);
    }
    if is_directory(word) {
        return Ok(plain(Target::Directory(word.to_owned())));
    }
    if split_forced(word).0.is_some() {
        return package(word, rules).map(plain);
    }
    if word.contains("://") && GoUrl::parse(word).map_or(true, |url| !url.scheme.is_empty()) {
        return url_target(word, rules);
    }
    if let Some(module) = module(word, rules)? {
        return Ok(plain(module));
    }
    let without_slash = word.trim_end_matches('/');
    if without_slash.contains('/') || word.starts_with("git@") {
        return path_target(word, rules).map(plain);
    }
    let target = Target::Host(host(without_slash)?);
    Ok(ParsedTarget {
        target,
        pasted: without_slash != word,
    })
}

/// Whether a word is a directory by its beginning alone.
fn is_directory(word: &str) -> bool {
    let has_drive =
        matches!(word.as_bytes(), [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic());
    matches!(word, "." | "..") || is_local(word) || word.starts_with(['/', '\\']) || has_drive
}

fn package(word: &str, rules: &AddrRules) -> Result<Target, TargetError> {
    parse_remote(word, rules)
        .map(Target::Package)
        .map_err(|cause| TargetError::Package {
            word: word.to_owned(),
            cause,
        })
}

/// A URL: of a package, or of a registry's front page.
fn url_target(word: &str, rules: &AddrRules) -> Result<ParsedTarget, TargetError> {
    let url = GoUrl::parse(word).map_err(TargetError::Url)?;
    let is_web = matches!(url.scheme.as_str(), "https" | "http");
    let is_front_page =
        matches!(url.path.as_slice(), b"" | b"/") && url.raw_query.is_empty() && url.user.is_none();
    if is_web && is_front_page {
        return Ok(ParsedTarget {
            target: Target::Host(host(&url.host)?),
            pasted: true,
        });
    }
    Ok(ParsedTarget {
        target: package(word, rules)?,
        pasted: false,
    })
}

/// A registry address, perhaps with a version behind it; `None` if it is no registry address.
fn module(word: &str, rules: &AddrRules) -> Result<Option<Target>, TargetError> {
    let read = |text: &str| parse_registry(text, rules.default_host);
    if let Some((before, version)) = word
        .split_once('@')
        .filter(|(before, _)| before.contains('/'))
    {
        // A directory may have the sign in its name; the version comes last.
        let (before, version) = if before.contains("//") {
            word.rsplit_once('@').unwrap_or((before, version))
        } else {
            (before, version)
        };
        if let Ok(address) = read(before.trim_end()) {
            let version = version.trim();
            if version.is_empty() {
                return Err(TargetError::VersionMissing(word.to_owned()));
            }
            return Ok(Some(Target::Module {
                address,
                version: Some(version.to_owned()),
            }));
        }
    }
    Ok(read(word).ok().map(|address| Target::Module {
        address,
        version: None,
    }))
}

/// Several components: a short form of a package, or a registry address that is wrong.
fn path_target(word: &str, rules: &AddrRules) -> Result<Target, TargetError> {
    let is_package = match expand(word, rules) {
        Ok(expanded) => expanded.is_some(),
        Err(_) => true,
    };
    if is_package {
        return package(word, rules);
    }
    let address = word.split_once('@').map_or(word, |(address, _)| address);
    let Err(cause) = parse_registry(address, rules.default_host) else {
        // Only what follows the sign can be at fault.
        return Err(TargetError::VersionMissing(word.to_owned()));
    };
    Err(TargetError::Module {
        word: word.to_owned(),
        as_directory: format!("./{word}"),
        cause,
    })
}

fn host(word: &str) -> Result<Host, TargetError> {
    let host = Host::parse(word).map_err(|cause| TargetError::Host {
        word: word.to_owned(),
        cause,
    })?;
    if host.ascii.contains('.') || word.contains(':') {
        return Ok(host);
    }
    Err(TargetError::BareWord {
        word: word.to_owned(),
        as_directory: format!("./{word}"),
        as_host: format!("{word}:443"),
    })
}

#[cfg(test)]
mod tests {
    use super::{ParsedTarget, Target, TargetError, parse_target};
    use crate::addr::host::HostError;
    use crate::addr::registry::RegistryError;
    use crate::addr::rules::AddrRules;

    fn parse(word: &str) -> Result<ParsedTarget, TargetError> {
        parse_target(word, &AddrRules::default())
    }

    fn form(word: &str) -> String {
        let parsed = match parse(word) {
            Ok(parsed) => parsed,
            Err(error) => return format!("{error:?}"),
        };
        let pasted = if parsed.pasted { " pasted" } else { "" };
        match parsed.target {
            Target::Host(host) => format!("host {host}{pasted}"),
            Target::Module { address, version } => {
                format!("module {address} {}", version.unwrap_or_default())
            }
            Target::Package(address) => format!("package {address}"),
            Target::Directory(path) => format!("directory {path}"),
        }
    }

    #[test]
    fn hosts_and_modules_are_told_apart() {
        for (word, expected) in [
            ("registry.example.com", "host registry.example.com"),
            (
                "Registry.Example.com:8443",
                "host registry.example.com:8443",
            ),
            ("127.0.0.1:8080", "host 127.0.0.1:8080"),
            ("localhost:8080", "host localhost:8080"),
            (
                "https://registry.example.com/",
                "host registry.example.com pasted",
            ),
            ("http://127.0.0.1:8080", "host 127.0.0.1:8080 pasted"),
            ("registry.example.com/", "host registry.example.com pasted"),
            ("café.fr", "host café.fr"),
            ("net/sg/aws", "module registry.terraform.io/net/sg/aws "),
            (
                "tf.example.com/net/sg/aws@1.2.0",
                "module tf.example.com/net/sg/aws 1.2.0",
            ),
            (
                "tf.example.com/net/sg/aws@~>1.2",
                "module tf.example.com/net/sg/aws ~>1.2",
            ),
            (
                "net/sg/aws@>= 1.0, < 2.0",
                "module registry.terraform.io/net/sg/aws >= 1.0, < 2.0",
            ),
            (
                "net/sg/aws//modules/x@1.0",
                "module registry.terraform.io/net/sg/aws//modules/x 1.0",
            ),
            (
                "net/sg/aws//a@b@1.0",
                "module registry.terraform.io/net/sg/aws//a@b 1.0",
            ),
            (
                "127.0.0.1:8080/net/sg/aws",
                "module 127.0.0.1:8080/net/sg/aws ",
            ),
        ] {
            assert_eq!(form(word), expected, "{word}");
        }
    }

    #[test]
    fn directories_and_packages_are_told_by_their_beginning() {
        for (word, expected) in [
            (".", "directory ."),
            ("..", "directory .."),
            ("./x", "directory ./x"),
            ("../x", "directory ../x"),
            ("/abs/x", "directory /abs/x"),
            ("C:\\x", "directory C:\\x"),
            (
                "git::https://h/r.git?ref=x",
                "package git::https://h/r.git?ref=x",
            ),
            ("git::git@h:o/r", "package git::ssh://git@h/o/r"),
            ("git@h:o/r.git", "package git::ssh://git@h/o/r.git"),
            (
                "git@1.2.3.4:o/r.git",
                "package git::ssh://git@1.2.3.4/o/r.git",
            ),
            ("git@h:r.git", "package git::ssh://git@h/r.git"),
            ("https://h/x.tar.gz//sub", "package https://h/x.tar.gz//sub"),
            ("github.com/o/r", "package git::https://github.com/o/r.git"),
            (
                "github.com/o/r/a/b",
                "package git::https://github.com/o/r.git//a/b",
            ),
            (
                "s3::https://s3.amazonaws.com/b/k",
                "package s3::https://s3.amazonaws.com/b/k",
            ),
            ("ssh://git@h/o/r", "package ssh://git@h/o/r"),
        ] {
            assert_eq!(form(word), expected, "{word}");
        }
    }

    #[test]
    fn a_bare_word_is_never_a_path() {
        assert_eq!(
            parse("modules"),
            Err(TargetError::BareWord {
                word: "modules".to_owned(),
                as_directory: "./modules".to_owned(),
                as_host: "modules:443".to_owned(),
            })
        );
        let Err(TargetError::Module {
            as_directory,
            cause,
            ..
        }) = parse("modules/x")
        else {
            panic!("two components");
        };
        assert_eq!(as_directory, "./modules/x");
        assert_eq!(cause, RegistryError::Components(2));
    }

    #[test]
    fn what_is_wrong_is_told_as_data() {
        assert_eq!(parse("  "), Err(TargetError::Empty));
        assert_eq!(
            parse("net/sg/aws@"),
            Err(TargetError::VersionMissing("net/sg/aws@".to_owned()))
        );
        assert_eq!(
            parse("foo_bar.com"),
            Err(TargetError::Host {
                word: "foo_bar.com".to_owned(),
                cause: HostError::Character('_'),
            })
        );
        for (word, cause) in [
            ("net/sg/AWS", RegistryError::System("AWS".to_owned())),
            ("net/sg/AWS@1.0", RegistryError::System("AWS".to_owned())),
            (
                "localhost:8080/a/b/c",
                RegistryError::HostWithoutDot("localhost:8080".to_owned()),
            ),
            ("h.io/a/b/c/modules/x", RegistryError::Components(6)),
        ] {
            let Err(TargetError::Module { cause: found, .. }) = parse(word) else {
                panic!("{word}");
            };
            assert_eq!(found, cause, "{word}");
        }
        assert!(matches!(
            parse("github.com/o"),
            Err(TargetError::Package { .. })
        ));
        assert!(matches!(parse("https://a b/"), Err(TargetError::Url(_))));
    }
}
