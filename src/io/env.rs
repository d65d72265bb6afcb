//! The environment, read once.
//!
//! Nothing else in the project asks for variables, the home directory or the working directory.

use std::collections::HashMap;
use std::path::Path;
use std::path::PathBuf;

/// A snapshot of the environment.
#[derive(Clone, Default)]
pub struct Env {
    pairs: Vec<(String, String)>,
    places: HashMap<String, usize>,
    directory: PathBuf,
    /// Where the process began, where that is another directory.
    began: Option<PathBuf>,
    fallback_home: Option<PathBuf>,
}

impl std::fmt::Debug for Env {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Values may be tokens.
        formatter
            .debug_struct("Env")
            .field("variables", &self.pairs.len())
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}

impl Env {
    /// The environment of this process.
    pub fn from_process() -> Self {
        let pairs = std::env::vars_os().map(|(name, value)| {
            (
                name.to_string_lossy().into_owned(),
                value.to_string_lossy().into_owned(),
            )
        });
        let mut env = Self::from_pairs(pairs);
        env.directory = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        env.fallback_home = std::env::home_dir();
        env
    }

    /// An environment made of pairs; of a name that stands twice the first counts, as for the client.
    pub fn from_pairs<N: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let mut env = Self {
            directory: PathBuf::from("."),
            ..Self::default()
        };
        for (name, value) in pairs {
            let name = name.into();
            if !env.places.contains_key(&name) {
                env.places.insert(name.clone(), env.pairs.len());
                env.pairs.push((name, value.into()));
            }
        }
        env
    }

    /// The same environment seen from another working directory.
    pub fn in_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = directory.into();
        self
    }

    /// The same environment for a root module in another directory, as when the client is told to change into it: what was
    /// named before that is still relative to where the process began.
    pub fn for_root(self, root: impl Into<PathBuf>) -> Self {
        let began = self.began_in().to_owned();
        Self {
            began: Some(began),
            ..self.in_directory(root)
        }
    }

    /// The directory that the process began in.
    pub fn began_in(&self) -> &Path {
        self.began.as_deref().unwrap_or(&self.directory)
    }

    /// The value of a variable, also where it is empty.
    pub fn var(&self, name: &str) -> Option<&str> {
        let place = self.places.get(name)?;
        self.pairs.get(*place).map(|(_, value)| value.as_str())
    }

    /// The value of a variable that is set and not empty.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.var(name).filter(|value| !value.is_empty())
    }

    /// All variables, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The home directory: `HOME`, else what the system says.
    pub fn home(&self) -> Option<PathBuf> {
        self.filled("HOME")
            .map(PathBuf::from)
            .or_else(|| self.fallback_home.clone())
    }

    /// The working directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The directory for temporary files: `TMPDIR`, else the system's.
    pub fn temporary(&self) -> PathBuf {
        self.filled("TMPDIR")
            .map_or_else(|| PathBuf::from("/tmp"), PathBuf::from)
    }
}

/// The working directory below the root of its repository, with slashes and one at its end; empty at the root, and where
/// there is no repository.
pub fn below_repository() -> String {
    let directory = std::env::current_dir().unwrap_or_default();
    let root = directory
        .ancestors()
        .find(|above| above.join(".git").exists());
    let below = root.and_then(|root| directory.strip_prefix(root).ok());
    below.map_or_else(String::new, |below| {
        let mut text = String::new();
        for part in below.components() {
            text.push_str(&part.as_os_str().to_string_lossy());
            text.push('/');
        }
        text
    })
}

/// The machine this program was built for.
pub fn machine() -> String {
    format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS)
}

/// Makes a directory the working directory of the process; the error is the system's word.
pub fn enter(directory: &Path) -> Result<(), String> {
    std::env::set_current_dir(directory).map_err(|error| super::files::word(&error))
}

/// How many files the process may have open; nothing where there is no such limit.
#[cfg(unix)]
pub fn most_open_files() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current
}

/// How many files the process may have open; nothing where there is no such limit.
#[cfg(not(unix))]
pub fn most_open_files() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::Env;

    #[test]
    fn the_first_of_two_values_counts_and_order_is_kept() {
        let env = Env::from_pairs([("B", "1"), ("A", ""), ("B", "2")]);
        assert_eq!(env.var("B"), Some("1"));
        assert_eq!(env.var("A"), Some(""));
        assert_eq!(env.filled("A"), None);
        assert_eq!(env.iter().collect::<Vec<_>>(), [("B", "1"), ("A", "")]);
    }

    #[test]
    fn values_are_not_in_the_debug_form() {
        let env = Env::from_pairs([("TF_TOKEN_a", "s3cret-value")]);
        assert!(!format!("{env:?}").contains("s3cret"));
    }
}
