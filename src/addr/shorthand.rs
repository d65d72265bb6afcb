//! Short forms of addresses, and the explicit addresses they stand for.
//!
//! Never asks anyone: the question that some clients put to Bitbucket first is only named, see [`bitbucket_question`].
//! Surprises: prefixes are compared with case, there is no short form for GitLab, and a modern host of S3 with its
//! region becomes one that the client misreads when it fetches.
//! See <https://developer.hashicorp.com/terraform/language/modules/sources#github>.

use crate::addr::package::{split_forced, split_subdir};
use crate::addr::query::{Query, QueryError};
use crate::addr::rules::{AddrRules, FolderQuery, Shorthands};
use crate::addr::url::{GoUrl, UrlError, User};

/// A short form that is begun but stands for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ShorthandError {
    /// `github.com` with an owner and no repository.
    GithubIncomplete,
    /// `github.com` with something that makes no URL.
    GithubUrl(UrlError),
    /// An scp-like address whose query cannot be read.
    ScpQuery(QueryError),
    /// `bitbucket.org` with something that makes no URL.
    BitbucketUrl(UrlError),
    /// An address of Google's with too few components.
    GcsIncomplete,
    /// An address of Google's with something that makes no URL.
    GcsUrl(UrlError),
    /// A host of Amazon's with a wrong number of dots.
    S3Host,
    /// An address of Amazon's with something that makes no URL.
    S3Url(UrlError),
}

impl ShorthandError {
    /// The words the client prints.
    pub fn client_text(&self, rules: &AddrRules) -> String {
        match self {
            Self::GithubIncomplete => "GitHub URLs should be github.com/username/repo".to_owned(),
            Self::GithubUrl(error) => format!("error parsing GitHub URL: {}", error.client_text()),
            Self::ScpQuery(error) => {
                let name = match rules.shorthands {
                    Shorthands::Own => "Git",
                    Shorthands::FetchLibrary => "GitHub",
                };
                format!("error parsing {name} SSH URL: {}", error.client_text())
            }
            Self::BitbucketUrl(error) => {
                format!("error parsing BitBucket URL: {}", error.client_text())
            }
            Self::GcsIncomplete => "URL is not a valid GCS URL".to_owned(),
            Self::GcsUrl(error) => format!("error parsing GCS URL: {}", error.client_text()),
            Self::S3Host => "URL is not a valid S3 URL".to_owned(),
            Self::S3Url(error) => format!("error parsing S3 URL: {}", error.client_text()),
        }
    }
}

/// The explicit address a short form stands for; the text has neither a forced getter nor a sub-directory.
pub fn expand(text: &str, rules: &AddrRules) -> Result<Option<String>, ShorthandError> {
    if text.starts_with("github.com/") {
        return github(text, rules).map(Some);
    }
    if let Some(address) = scp(text)? {
        return Ok(Some(address));
    }
    if text.starts_with("bitbucket.org/") {
        return bitbucket(text).map(Some);
    }
    if text.contains("googleapis.com/") {
        return gcs(text).map(Some);
    }
    if text.contains(".amazonaws.com/") {
        return s3(text).map(Some);
    }
    Ok(text.starts_with('/').then(|| format!("file://{text}")))
}

/// The URL that clients with the fetch library's short forms ask what kind of repository a source names.
pub fn question_of_source(source: &str, rules: &AddrRules) -> Option<String> {
    let (_, address) = split_forced(source);
    let (package, _) = split_subdir(address);
    bitbucket_question(&package, rules)
}

/// The same for a text without a getter and a sub-directory.
pub fn bitbucket_question(text: &str, rules: &AddrRules) -> Option<String> {
    match rules.shorthands {
        Shorthands::Own => None,
        Shorthands::FetchLibrary => {
            text.strip_prefix("bitbucket.org/")?;
            let url = GoUrl::parse(&format!("https://{text}")).ok()?;
            Some(format!(
                "https://api.bitbucket.org/2.0/repositories{}",
                url.path_text()
            ))
        }
    }
}

fn github(text: &str, rules: &AddrRules) -> Result<String, ShorthandError> {
    let (address, query) = match rules.folder_query {
        FolderQuery::Kept => text.split_once('?').unwrap_or((text, "")),
        FolderQuery::InFolder => (text, ""),
    };
    let mut parts = address.splitn(4, '/');
    let (Some(host), Some(owner), Some(repository)) = (parts.next(), parts.next(), parts.next())
    else {
        return Err(ShorthandError::GithubIncomplete);
    };
    let mut url = GoUrl::parse(&format!("https://{host}/{owner}/{repository}"))
        .map_err(ShorthandError::GithubUrl)?;
    if !query.is_empty() {
        query.clone_into(&mut url.raw_query);
    }
    end_in_git(&mut url);
    if let Some(folder) = parts.next() {
        url.path.extend_from_slice(b"//");
        url.path.extend_from_slice(folder.as_bytes());
    }
    Ok(format!("git::{url}"))
}

/// `git@HOST:PATH`; other users than `git` are none of it, yet their queries must be readable.
fn scp(text: &str) -> Result<Option<String>, ShorthandError> {
    let Some((user, host, path)) = split_scp(text) else {
        return Ok(None);
    };
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => {
            let (query, dropped) = Query::parse_strictly(query);
            match dropped {
                Some(error) => return Err(ShorthandError::ScpQuery(error)),
                None => (path, query.encode()),
            }
        }
        None => (path, String::new()),
    };
    if user != "git" {
        return Ok(None);
    }
    let url = GoUrl {
        scheme: "ssh".to_owned(),
        user: Some(User {
            name: b"git".to_vec(),
            password: None,
        }),
        host: host.to_owned(),
        path: path.as_bytes().to_vec(),
        raw_query: query,
        ..GoUrl::default()
    };
    Ok(Some(format!("git::{url}")))
}

/// User, host and path of `[USER@]HOST:PATH`.
fn split_scp(text: &str) -> Option<(&str, &str, &str)> {
    let host_and_path = |text| {
        let (host, path): (&str, &str) = str::split_once(text, ':')?;
        let path = path
            .strip_prefix('/')
            .filter(|path| !path.is_empty())
            .unwrap_or(path);
        // The client's pattern does not reach across line breaks.
        let fits = !host.is_empty() && !path.is_empty() && !path.contains('\n');
        fits.then_some((host, path))
    };
    let with_user = text
        .split_once('@')
        .filter(|(user, _)| !user.is_empty())
        .and_then(|(user, rest)| host_and_path(rest).map(|(host, path)| (user, host, path)));
    with_user.or_else(|| host_and_path(text).map(|(host, path)| ("", host, path)))
}

fn bitbucket(text: &str) -> Result<String, ShorthandError> {
    let mut url = GoUrl::parse(&format!("https://{text}")).map_err(ShorthandError::BitbucketUrl)?;
    end_in_git(&mut url);
    Ok(format!("git::{url}"))
}

fn gcs(text: &str) -> Result<String, ShorthandError> {
    let mut parts = text.splitn(5, '/').skip(2);
    let (Some(version), Some(bucket), Some(object)) = (parts.next(), parts.next(), parts.next())
    else {
        return Err(ShorthandError::GcsIncomplete);
    };
    let url = GoUrl::parse(&format!(
        "https://www.googleapis.com/storage/{version}/{bucket}/{object}"
    ))
    .map_err(ShorthandError::GcsUrl)?;
    Ok(format!("gcs::{url}"))
}

fn s3(text: &str) -> Result<String, ShorthandError> {
    let (host, key) = text.split_once('/').ok_or(ShorthandError::S3Host)?;
    let labels: Vec<&str> = host.split('.').collect();
    let address = match labels.as_slice() {
        [region, _, _] => format!("https://{region}.amazonaws.com/{key}"),
        [bucket, region, _, _] => format!("https://{region}.amazonaws.com/{bucket}/{key}"),
        [bucket, "s3", region, _, _] => format!("https://s3.{region}.amazonaws.com/{bucket}/{key}"),
        _ => return Err(ShorthandError::S3Host),
    };
    let url = GoUrl::parse(&address).map_err(ShorthandError::S3Url)?;
    Ok(format!("s3::{url}"))
}

fn end_in_git(url: &mut GoUrl) {
    if !url.path.ends_with(b".git") {
        url.path.extend_from_slice(b".git");
    }
}

#[cfg(test)]
mod tests {
    use super::{bitbucket_question, expand};
    use crate::addr::rules::AddrRules;

    fn form(text: &str) -> String {
        let rules = AddrRules::default();
        match expand(text, &rules) {
            Ok(Some(address)) => address,
            Ok(None) => "-".to_owned(),
            Err(error) => error.client_text(&rules),
        }
    }

    #[test]
    fn short_forms_of_repositories_become_explicit() {
        for (text, expected) in [
            ("github.com/o/r", "git::https://github.com/o/r.git"),
            ("github.com/o/r.git", "git::https://github.com/o/r.git"),
            (
                "github.com/o/r/a/b?ref=v1",
                "git::https://github.com/o/r.git//a/b?ref=v1",
            ),
            ("github.com/o/", "git::https://github.com/o/.git"),
            ("github.com/o/r/", "git::https://github.com/o/r.git//"),
            (
                "github.com/o",
                "GitHub URLs should be github.com/username/repo",
            ),
            (
                "github.com/o/%zz",
                "error parsing GitHub URL: parse \"https://github.com/o/%zz\": invalid URL escape \"%zz\"",
            ),
            ("GitHub.com/o/r", "-"),
            ("git@h:o/r.git", "git::ssh://git@h/o/r.git"),
            ("git@h:/o/r.git", "git::ssh://git@h/o/r.git"),
            (
                "git@h:o/r.git?ref=a b&z=1",
                "git::ssh://git@h/o/r.git?ref=a+b&z=1",
            ),
            (
                "git@h:o/r.git?a;b",
                "error parsing Git SSH URL: invalid semicolon separator in query",
            ),
            (
                "git@github.com/org:repo",
                "git::ssh://git@github.com%2Forg/repo",
            ),
            ("git@h:/", "git::ssh://git@h/"),
            ("git@h:", "-"),
            ("user@h:o/r", "-"),
            (
                "user@h:o/r?a;b",
                "error parsing Git SSH URL: invalid semicolon separator in query",
            ),
            (
                "bitbucket.org/o/r?ref=v1",
                "git::https://bitbucket.org/o/r.git?ref=v1",
            ),
            (
                "bitbucket.org/o/%41%2F",
                "git::https://bitbucket.org/o/A/.git",
            ),
            ("gitlab.com/o/r", "-"),
        ] {
            assert_eq!(form(text), expected, "{text}");
        }
    }

    #[test]
    fn stores_and_paths_become_explicit() {
        for (text, expected) in [
            (
                "www.googleapis.com/storage/v1/b/o/x.zip",
                "gcs::https://www.googleapis.com/storage/v1/b/o/x.zip",
            ),
            (
                "foo.googleapis.com/a/b/c/d e",
                "gcs::https://www.googleapis.com/storage/b/c/d%20e",
            ),
            (
                "www.googleapis.com/storage/v1",
                "URL is not a valid GCS URL",
            ),
            ("s3.amazonaws.com/b/k", "s3::https://s3.amazonaws.com/b/k"),
            (
                "s3-eu-west-1.amazonaws.com/b/k",
                "s3::https://s3-eu-west-1.amazonaws.com/b/k",
            ),
            (
                "b.s3.amazonaws.com/k k",
                "s3::https://s3.amazonaws.com/b/k%20k",
            ),
            (
                "b.s3-eu-west-1.amazonaws.com/k",
                "s3::https://s3-eu-west-1.amazonaws.com/b/k",
            ),
            (
                "b.s3.eu-west-1.amazonaws.com/k",
                "s3::https://s3.eu-west-1.amazonaws.com/b/k",
            ),
            (
                "s3.eu-west-1.amazonaws.com/b/k",
                "s3::https://eu-west-1.amazonaws.com/s3/b/k",
            ),
            ("x.y.z.amazonaws.com/k", "URL is not a valid S3 URL"),
            ("a.b.c.d.amazonaws.com/k", "URL is not a valid S3 URL"),
            ("/abs/my dir", "file:///abs/my dir"),
            ("", "-"),
            ("modules/x", "-"),
        ] {
            assert_eq!(form(text), expected, "{text}");
        }
    }

    #[test]
    fn only_the_fetch_library_asks_bitbucket() {
        let tofu = AddrRules::opentofu((1, 12, 6));
        assert_eq!(
            bitbucket_question("bitbucket.org/mt5225/sg?ref=v1.0.0", &tofu).as_deref(),
            Some("https://api.bitbucket.org/2.0/repositories/mt5225/sg")
        );
        assert_eq!(
            bitbucket_question("bitbucket.org/o/r", &AddrRules::default()),
            None
        );
        assert_eq!(bitbucket_question("github.com/o/r", &tofu), None);
    }
}
