//! The words that describe git repositories.
//!
//! It only gives them types; `git_store` makes the commits and `git_http` serves them.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::entries::{Entries, WordError};

/// The branch of commits that name none, where the repository has no other head.
const USUAL_HEAD: &str = "main";

/// Repositories by name, in order: a later one may hold commits of an earlier one as submodules.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub struct Repositories(pub Vec<(String, Repository)>);

impl TryFrom<Map<String, Value>> for Repositories {
    type Error = WordError;

    fn try_from(map: Map<String, Value>) -> Result<Self, WordError> {
        let read = |(name, value)| match serde_json::from_value(value) {
            Ok(repository) => Ok((name, repository)),
            Err(error) => Err(WordError::NotRepository(error.to_string())),
        };
        map.into_iter()
            .map(read)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// A bare repository.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Repository {
    /// Its commits, each after its parent.
    pub commits: Vec<Commit>,
    /// The branch that is checked out unless another is asked for.
    pub head: Option<String>,
    /// The paths it is served at, each maybe behind a host name.
    pub serve: Option<Vec<String>>,
    /// The name and password that it asks for, with a colon between them.
    pub auth: Option<String>,
}

impl Repository {
    /// The branch that is checked out unless another is asked for.
    pub fn head(&self) -> &str {
        self.head.as_deref().unwrap_or(USUAL_HEAD)
    }

    /// The branch of one of its commits.
    pub fn branch<'a>(&'a self, commit: &'a Commit) -> &'a str {
        commit.branch.as_deref().unwrap_or(self.head())
    }

    /// Whether it has a branch or tag of this name.
    pub fn has(&self, revision: &str) -> bool {
        self.commits.iter().any(|commit| {
            self.branch(commit) == revision
                || commit.tag.as_deref() == Some(revision)
                || commit.annotated.as_deref() == Some(revision)
        })
    }
}

/// A commit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Commit {
    /// The files that it adds or changes.
    pub files: Entries,
    /// The paths that it deletes.
    pub delete: Vec<String>,
    /// The branch that it is on.
    pub branch: Option<String>,
    /// The branch that its own branch begins at.
    pub from: Option<String>,
    /// A tag that is no more than a name.
    pub tag: Option<String>,
    /// A tag with a note of its own.
    pub annotated: Option<String>,
    /// The message.
    pub message: Option<String>,
}
