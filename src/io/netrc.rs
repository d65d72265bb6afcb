//! Which netrc entry a package request gets.
//!
//! The entry is looked up once for the address that is asked, by host *and port*; a redirect never looks again.

use super::env::Env;
use super::files;
use crate::secret::Secret;
use crate::syntax::netrc::Netrc;
use crate::trace::act::FileRead;
use crate::trace::act::ReadOutcome;
use std::path::PathBuf;

/// What a netrc file says about a host.
#[derive(Debug, Clone)]
pub enum Found {
    /// There is no file, or it has no entry for the host.
    Nothing,
    /// An entry.
    Entry(Entry),
    /// The file cannot be used, and the client stops.
    Unusable {
        /// The path.
        path: String,
        /// What the client says.
        words: String,
    },
}

/// An entry of a netrc file.
#[derive(Debug, Clone)]
pub struct Entry {
    /// `user:password`.
    pub secret: Secret,
    /// The file.
    pub path: String,
    /// Whether it is the one for all other hosts.
    pub is_default: bool,
}

/// The entry for a host with its port as written in the address; and the record of the file, where there is one.
pub fn entry_for(env: &Env, host_with_port: &str, limit: u64) -> (Option<FileRead>, Found) {
    let Some(path) = place(env) else {
        return (None, Found::Nothing);
    };
    let (record, bytes) = files::read(&path, limit);
    let shown = record.path.clone();
    let unusable = |words: String| Found::Unusable {
        path: shown.clone(),
        words,
    };
    let found = match &record.outcome {
        ReadOutcome::Read(_) => entry_in(&bytes.unwrap_or_default(), host_with_port, &shown),
        ReadOutcome::Missing | ReadOutcome::Directory => return (None, Found::Nothing),
        ReadOutcome::Unreadable(word) => unusable(format!("open {shown}: {word}")),
        ReadOutcome::TooLarge { limit } => unusable(format!("larger than {limit} bytes")),
    };
    (Some(record), found)
}

/// `$NETRC`, else `.netrc` in the home directory.
fn place(env: &Env) -> Option<PathBuf> {
    let path = match env.filled("NETRC") {
        None => env.home()?.join(".netrc"),
        Some(given) => match given.strip_prefix("~/") {
            Some(rest) => env.home()?.join(rest),
            None => PathBuf::from(given),
        },
    };
    Some(env.directory().join(path))
}

fn entry_in(bytes: &[u8], host: &str, path: &str) -> Found {
    match parsed(bytes, host) {
        Ok(None) => Found::Nothing,
        Ok(Some((pair, is_default))) => Found::Entry(Entry {
            secret: Secret::new(pair),
            path: path.to_owned(),
            is_default,
        }),
        Err(words) => Found::Unusable {
            path: path.to_owned(),
            words,
        },
    }
}

/// The pair for a host and whether it is the default one.
fn parsed(bytes: &[u8], host: &str) -> Result<Option<(String, bool)>, String> {
    let netrc = Netrc::parse(bytes).map_err(|error| error.client_text())?;
    Ok(netrc.find(host).map(|machine| {
        (
            format!("{}:{}", machine.login, machine.password),
            machine.is_default(),
        )
    }))
}

/// An entry whose host is this one, though with another port or none.
pub fn near(env: &Env, host: &str, limit: u64) -> Option<String> {
    let (_, bytes) = files::read(&place(env)?, limit);
    let netrc = Netrc::parse(&bytes?).ok()?;
    let same = |name: &str| name.split(':').next() == Some(host);
    netrc
        .machines
        .into_iter()
        .map(|machine| machine.name)
        .find(|name| same(name))
}

#[cfg(test)]
mod tests {
    use super::Found;
    use super::entry_for;
    use crate::io::env::Env;

    #[test]
    fn the_entry_is_found_by_host_and_port() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("netrc");
        std::fs::write(
            &path,
            "machine h:81 login u password p\nmachine h login v password q\ndefault login d password e\n",
        )
        .expect("a file");
        let env = Env::from_pairs([("NETRC", path.to_string_lossy())]);
        let pair = |host: &str| match entry_for(&env, host, 1000).1 {
            Found::Entry(entry) => (entry.secret.wire().to_owned(), entry.is_default),
            Found::Nothing | Found::Unusable { .. } => panic!("no entry"),
        };
        assert_eq!(pair("h:81"), ("u:p".to_owned(), false));
        assert_eq!(pair("h"), ("v:q".to_owned(), false));
        assert_eq!(pair("other"), ("d:e".to_owned(), true));
        assert!(matches!(entry_for(&env, "h", 3).1, Found::Unusable { .. }));
    }

    #[test]
    fn a_missing_file_and_a_directory_are_no_file() {
        let directory = tempfile::tempdir().expect("a directory");
        let home = directory.path().to_string_lossy().into_owned();
        let env = Env::from_pairs([("HOME", home.clone())]);
        let (record, found) = entry_for(&env, "h", 10);
        assert!(record.is_none() && matches!(found, Found::Nothing));
        let env = Env::from_pairs([("NETRC", home)]);
        assert!(matches!(entry_for(&env, "h", 10).1, Found::Nothing));
    }
}
