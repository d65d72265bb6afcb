//! URLs as the client reads and rebuilds them.
//!
//! Never normalises more than the client does, and is never what a request is sent with: the door to the network
//! compares its own reading with this one.
//! Surprises: everything before the first colon is a scheme if its characters allow it, so `localhost:8080/x` is a URL;
//! an escaped path is kept as written only while it is a spelling of the decoded one; an empty fragment vanishes.
//! See <https://pkg.go.dev/net/url>, as of Go 1.23.

use std::fmt;

use crate::addr::escape::{EscapeError, Part, escaped, is_escaped_form, unescaped};
use crate::addr::query::Query;
use crate::syntax::go_quote::go_quote;

/// A URL, or a reference relative to one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct GoUrl {
    /// The scheme in lower case; empty in a relative reference.
    pub scheme: String,
    /// What follows the scheme when it is not a slash.
    pub opaque: String,
    /// User name and password.
    pub user: Option<User>,
    /// The host with its port, decoded.
    pub host: String,
    /// The path, decoded: bytes, since an escape can stand for any.
    pub path: Vec<u8>,
    /// The path as written, when that is not how it would be written anew.
    pub raw_path: String,
    /// Whether there is no authority, as in `file:/path`.
    pub omit_host: bool,
    /// Whether there is a question mark with nothing behind it.
    pub force_query: bool,
    /// What follows the question mark, as written.
    pub raw_query: String,
    /// The fragment, decoded.
    pub fragment: Vec<u8>,
    /// The fragment as written, when that is not how it would be written anew.
    pub raw_fragment: String,
}

/// User name and password of a URL, decoded.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct User {
    /// The name.
    pub name: Vec<u8>,
    /// The password; an empty one differs from none.
    pub password: Option<Vec<u8>>,
}

/// A text that is no URL.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UrlError {
    /// The text, as the client quotes it.
    pub text: String,
    /// What is wrong with it.
    pub cause: UrlCause,
}

/// What is wrong with a URL.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UrlCause {
    /// It holds a control character.
    ControlCharacter,
    /// It begins with a colon.
    MissingScheme,
    /// It has no scheme, and a colon before the first slash.
    ColonInFirstSegment,
    /// A character that may not be in user name and password.
    Userinfo,
    /// An address in brackets that is not closed.
    MissingBracket,
    /// Something else than a colon and digits behind the host; the colon is part of it.
    Port(String),
    /// A bad escape, or a character that cannot be in a host.
    Escape(EscapeError),
    /// Escapes in the host that make no text; the client would ask for such a name in vain.
    HostNotText,
}

impl UrlError {
    /// The words the client prints.
    pub fn client_text(&self) -> String {
        format!(
            "parse {}: {}",
            go_quote(&self.text),
            self.cause.client_text()
        )
    }
}

impl UrlCause {
    /// The words the client prints for it.
    pub fn client_text(&self) -> String {
        match self {
            Self::ControlCharacter => "net/url: invalid control character in URL".to_owned(),
            Self::MissingScheme => "missing protocol scheme".to_owned(),
            Self::ColonInFirstSegment => {
                "first path segment in URL cannot contain colon".to_owned()
            }
            Self::Userinfo => "net/url: invalid userinfo".to_owned(),
            Self::MissingBracket => "missing ']' in host".to_owned(),
            Self::Port(port) => format!("invalid port {} after host", go_quote(port)),
            Self::Escape(error) => error.client_text(),
            Self::HostNotText => "invalid host name".to_owned(),
        }
    }
}

impl GoUrl {
    /// Reads a URL or a relative reference.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let fail = |text: &str, cause| UrlError {
            text: text.to_owned(),
            cause,
        };
        let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
        let mut url = parse_before_fragment(before).map_err(|cause| fail(before, cause))?;
        url.fragment = unescaped(fragment, Part::Fragment)
            .map_err(|error| fail(text, UrlCause::Escape(error)))?;
        if escaped(&url.fragment, Part::Fragment) != fragment {
            fragment.clone_into(&mut url.raw_fragment);
        }
        Ok(url)
    }

    /// The path as it is written in the URL.
    pub fn escaped_path(&self) -> String {
        if is_spelling(&self.raw_path, &self.path, Part::Path) {
            return self.raw_path.clone();
        }
        if self.path == b"*" {
            return "*".to_owned();
        }
        escaped(&self.path, Part::Path)
    }

    /// The path as text; bytes that are none are replaced.
    pub fn path_text(&self) -> String {
        String::from_utf8_lossy(&self.path).into_owned()
    }

    /// The host without port and without brackets.
    pub fn hostname(&self) -> &str {
        let host = self.split_port().0;
        host.strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host)
    }

    /// The port; empty when there is none.
    pub fn port(&self) -> &str {
        self.split_port().1
    }

    /// The pairs of the query.
    pub fn query(&self) -> Query {
        Query::parse(&self.raw_query)
    }

    /// The URL that a reference found in this one stands for.
    pub fn resolve_reference(&self, reference: &Self) -> Self {
        let mut url = reference.clone();
        if reference.scheme.is_empty() {
            url.scheme.clone_from(&self.scheme);
        }
        if !reference.scheme.is_empty() || !reference.host.is_empty() || reference.user.is_some() {
            url.reset_path(&resolve_path(&reference.escaped_path(), ""));
            return url;
        }
        if !reference.opaque.is_empty() {
            url.forget_authority_and_path();
            return url;
        }
        if reference.path.is_empty() && !reference.force_query && reference.raw_query.is_empty() {
            url.raw_query.clone_from(&self.raw_query);
            if reference.fragment.is_empty() {
                url.fragment.clone_from(&self.fragment);
                url.raw_fragment.clone_from(&self.raw_fragment);
            }
        }
        if reference.path.is_empty() && !self.opaque.is_empty() {
            url.opaque.clone_from(&self.opaque);
            url.forget_authority_and_path();
            return url;
        }
        url.host.clone_from(&self.host);
        url.user.clone_from(&self.user);
        url.reset_path(&resolve_path(
            &self.escaped_path(),
            &reference.escaped_path(),
        ));
        url
    }

    /// Takes an escaped path; one that cannot be unescaped leaves the old one.
    fn reset_path(&mut self, path: &str) {
        if let Ok(decoded) = unescaped(path, Part::Path) {
            self.raw_path = if escaped(&decoded, Part::Path) == path {
                String::new()
            } else {
                path.to_owned()
            };
            self.path = decoded;
        }
    }

    fn forget_authority_and_path(&mut self) {
        self.user = None;
        self.host.clear();
        self.path.clear();
    }

    fn split_port(&self) -> (&str, &str) {
        match self.host.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, port),
            Some(_) | None => (&self.host, ""),
        }
    }

    fn write_authority(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.omit_host && self.host.is_empty() && self.user.is_none() {
            return Ok(());
        }
        if !self.host.is_empty() || !self.path.is_empty() || self.user.is_some() {
            formatter.write_str("//")?;
        }
        if let Some(user) = &self.user {
            write!(formatter, "{user}@")?;
        }
        formatter.write_str(&escaped(self.host.as_bytes(), Part::Host))
    }
}

impl fmt::Display for GoUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.scheme.is_empty() {
            write!(formatter, "{}:", self.scheme)?;
        }
        if self.opaque.is_empty() {
            let has_authority =
                !self.scheme.is_empty() || !self.host.is_empty() || self.user.is_some();
            if has_authority {
                self.write_authority(formatter)?;
            }
            let path = self.escaped_path();
            if !path.is_empty() && !path.starts_with('/') && !self.host.is_empty() {
                formatter.write_str("/")?;
            }
            // Without this a colon in the first segment would be read as the end of a scheme.
            if !has_authority
                && path
                    .split('/')
                    .next()
                    .is_some_and(|segment| segment.contains(':'))
            {
                formatter.write_str("./")?;
            }
            formatter.write_str(&path)?;
        } else {
            formatter.write_str(&self.opaque)?;
        }
        if self.force_query || !self.raw_query.is_empty() {
            write!(formatter, "?{}", self.raw_query)?;
        }
        if !self.fragment.is_empty() {
            let fragment = if is_spelling(&self.raw_fragment, &self.fragment, Part::Fragment) {
                self.raw_fragment.clone()
            } else {
                escaped(&self.fragment, Part::Fragment)
            };
            write!(formatter, "#{fragment}")?;
        }
        Ok(())
    }
}

impl fmt::Display for User {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&escaped(&self.name, Part::User))?;
        match &self.password {
            Some(password) => write!(formatter, ":{}", escaped(password, Part::User)),
            None => Ok(()),
        }
    }
}

/// Whether a written form is one of a decoded text, though not the usual one.
fn is_spelling(written: &str, decoded: &[u8], part: Part) -> bool {
    !written.is_empty()
        && is_escaped_form(written, part)
        && unescaped(written, part).is_ok_and(|bytes| bytes == decoded)
}

fn parse_before_fragment(text: &str) -> Result<GoUrl, UrlCause> {
    if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return Err(UrlCause::ControlCharacter);
    }
    let mut url = GoUrl::default();
    if text == "*" {
        url.path = b"*".to_vec();
        return Ok(url);
    }
    let (scheme, rest) = split_scheme(text)?;
    url.scheme = scheme.to_ascii_lowercase();
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    url.force_query = query.is_empty() && text.ends_with('?');
    query.clone_into(&mut url.raw_query);

    if !rest.starts_with('/') {
        if !url.scheme.is_empty() {
            rest.clone_into(&mut url.opaque);
            return Ok(url);
        }
        if rest
            .split('/')
            .next()
            .is_some_and(|segment| segment.contains(':'))
        {
            return Err(UrlCause::ColonInFirstSegment);
        }
    }
    let mut path = rest;
    let is_path_only = url.scheme.is_empty() && rest.starts_with("///");
    if let (Some(behind), false) = (rest.strip_prefix("//"), is_path_only) {
        let end = behind.find('/').unwrap_or(behind.len());
        let (authority, behind) = behind.split_at(end);
        (url.user, url.host) = parse_authority(authority)?;
        path = behind;
    } else {
        url.omit_host = !url.scheme.is_empty() && rest.starts_with('/');
    }
    url.path = unescaped(path, Part::Path).map_err(UrlCause::Escape)?;
    if escaped(&url.path, Part::Path) != path {
        path.clone_into(&mut url.raw_path);
    }
    Ok(url)
}

/// Splits at the first colon, if all before it may be in a scheme.
fn split_scheme(text: &str) -> Result<(&str, &str), UrlCause> {
    for (at, character) in text.char_indices() {
        match character {
            'a'..='z' | 'A'..='Z' => {}
            '0'..='9' | '+' | '-' | '.' if at > 0 => {}
            ':' if at == 0 => return Err(UrlCause::MissingScheme),
            ':' => return Ok(text.split_once(':').unwrap_or(("", text))),
            _ => break,
        }
    }
    Ok(("", text))
}

fn parse_authority(authority: &str) -> Result<(Option<User>, String), UrlCause> {
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    let host = parse_host(host)?;
    let Some(user) = user else {
        return Ok((None, host));
    };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte);
    if !user.bytes().all(allowed) {
        return Err(UrlCause::Userinfo);
    }
    let decode = |text: &str| unescaped(text, Part::User).map_err(UrlCause::Escape);
    let (name, password) = match user.split_once(':') {
        Some((name, password)) => (decode(name)?, Some(decode(password)?)),
        None => (decode(user)?, None),
    };
    Ok((Some(User { name, password }), host))
}

fn parse_host(host: &str) -> Result<String, UrlCause> {
    let decode = |text: &str, part| unescaped(text, part).map_err(UrlCause::Escape);
    let mut bytes = Vec::new();
    if host.starts_with('[') {
        let (inside, port) = host.rsplit_once(']').ok_or(UrlCause::MissingBracket)?;
        check_port(port)?;
        let zone = inside.find("%25").unwrap_or(inside.len());
        let (address, zone) = inside.split_at(zone);
        bytes.extend(decode(address, Part::Host)?);
        bytes.extend(decode(zone, Part::Zone)?);
        bytes.extend(decode("]", Part::Host)?);
        bytes.extend(decode(port, Part::Host)?);
    } else {
        if let Some(colon) = host.rfind(':') {
            check_port(host.split_at(colon).1)?;
        }
        bytes = decode(host, Part::Host)?;
    }
    String::from_utf8(bytes).map_err(|_| UrlCause::HostNotText)
}

/// A port is nothing, or a colon and digits, of which there may be none.
fn check_port(port: &str) -> Result<(), UrlCause> {
    let fits = match port.strip_prefix(':') {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_digit()),
        None => port.is_empty(),
    };
    fits.then_some(())
        .ok_or_else(|| UrlCause::Port(port.to_owned()))
}

/// Puts an escaped path relative to another one and takes its dots out; steps above the root stay at the root.
fn resolve_path(base: &str, reference: &str) -> String {
    let full = if reference.is_empty() {
        base.to_owned()
    } else if reference.starts_with('/') {
        reference.to_owned()
    } else {
        let directory = base
            .rfind('/')
            .map_or("", |slash| base.split_at(slash + 1).0);
        format!("{directory}{reference}")
    };
    if full.is_empty() {
        return full;
    }
    let mut kept = String::new();
    let mut is_first = true;
    let mut last = "";
    for element in full.split('/') {
        last = element;
        match element {
            "." => is_first = false,
            ".." => {
                is_first |= !kept.contains('/');
                kept.truncate(kept.rfind('/').unwrap_or(0));
            }
            _ => {
                if !is_first {
                    kept.push('/');
                }
                kept.push_str(element);
                is_first = false;
            }
        }
    }
    if matches!(last, "." | "..") {
        kept.push('/');
    }
    if kept.starts_with('/') {
        kept
    } else {
        format!("/{kept}")
    }
}

#[cfg(test)]
mod tests {
    use super::{GoUrl, UrlCause};
    use proptest::prelude::{ProptestConfig, proptest};

    fn again(text: &str) -> String {
        match GoUrl::parse(text) {
            Ok(url) => url.to_string(),
            Err(error) => error.client_text(),
        }
    }

    #[test]
    fn urls_are_written_back_as_the_client_writes_them() {
        for (text, expected) in [
            ("https://h/a b.zip", "https://h/a%20b.zip"),
            ("HTTP://H/x", "http://H/x"),
            ("https://h/a%2Fb", "https://h/a%2Fb"),
            ("https://h/%7Ea", "https://h/%7Ea"),
            ("https://h/a%41 b", "https://h/aA%20b"),
            ("https://h/*", "https://h/*"),
            ("https://h/x#", "https://h/x"),
            ("https://h/x?", "https://h/x?"),
            ("https://h/x?a?", "https://h/x?a?"),
            ("https://h/x??", "https://h/x??"),
            ("file:/p", "file:/p"),
            ("file:///p", "file:///p"),
            ("git:://x", "git:://x"),
            ("localhost:8080/a/b", "localhost:8080/a/b"),
            ("http://an%41:b%3Ac@h:8/x", "http://anA:b%3Ac@h:8/x"),
            ("http://a@b@c/", "http://a%40b@c/"),
            ("///h/x", "///h/x"),
            ("//h/x", "//h/x"),
            ("*", "*"),
            ("", ""),
            ("https://[::1%25eth0]:8/a", "https://[::1%25eth0]:8/a"),
            ("https://h/x#a b%20c", "https://h/x#a%20b%20c"),
            ("http://h:/x", "http://h:/x"),
        ] {
            assert_eq!(again(text), expected, "{text}");
        }
    }

    #[test]
    fn errors_have_the_words_of_the_client() {
        for (text, expected) in [
            ("/pkg/%zz", "parse \"/pkg/%zz\": invalid URL escape \"%zz\""),
            (":x", "parse \":x\": missing protocol scheme"),
            (
                "http://a b/",
                "parse \"http://a b/\": invalid character \" \" in host name",
            ),
            (
                "https://h:x/a",
                "parse \"https://h:x/a\": invalid port \":x\" after host",
            ),
            (
                "git@h:o/r",
                "parse \"git@h:o/r\": first path segment in URL cannot contain colon",
            ),
            (
                "http://h/\n",
                "parse \"http://h/\\n\": net/url: invalid control character in URL",
            ),
            (
                "http://[::1/x",
                "parse \"http://[::1/x\": missing ']' in host",
            ),
            (
                "http://a\\@b/",
                "parse \"http://a\\\\@b/\": net/url: invalid userinfo",
            ),
            (
                "http://h/x#%zz",
                "parse \"http://h/x#%zz\": invalid URL escape \"%zz\"",
            ),
            (
                "http://%41/",
                "parse \"http://%41/\": invalid URL escape \"%41\"",
            ),
        ] {
            assert_eq!(again(text), expected, "{text}");
        }
        assert_eq!(
            GoUrl::parse("http://%FF/").map_err(|error| error.cause),
            Err(UrlCause::HostNotText)
        );
    }

    #[test]
    fn references_are_resolved_as_rfc_3986_says() {
        let base = GoUrl::parse("http://a/b/c/d;p?q").expect("a URL");
        for (reference, expected) in [
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("//g/x/../y", "http://g/y"),
            ("?y", "http://a/b/c/d;p?y"),
            ("#s", "http://a/b/c/d;p?q#s"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../../../g", "http://a/g"),
            (
                "../../../../../x//sub?archive=zip",
                "http://a/x//sub?archive=zip",
            ),
            ("/a%2Fb.tgz", "http://a/a%2Fb.tgz"),
            ("./x/.", "http://a/b/c/x/"),
            ("https://other/x/./y", "https://other/x/y"),
        ] {
            let reference = GoUrl::parse(reference).expect("a reference");
            assert_eq!(base.resolve_reference(&reference).to_string(), expected);
        }
    }

    #[test]
    fn host_and_port_are_told_apart() {
        let parts = |text: &str| {
            let url = GoUrl::parse(text).expect("a URL");
            (url.hostname().to_owned(), url.port().to_owned())
        };
        assert_eq!(parts("http://h:80/"), ("h".to_owned(), "80".to_owned()));
        assert_eq!(
            parts("http://[::1]:80/"),
            ("::1".to_owned(), "80".to_owned())
        );
        assert_eq!(parts("http://[::1]/"), ("::1".to_owned(), String::new()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn what_is_written_reads_the_same(text in "[a-z:/?#@%\\[\\]. A-F0-9*é]{0,24}") {
            if let Ok(url) = GoUrl::parse(&text) {
                let written = url.to_string();
                if let Ok(read) = GoUrl::parse(&written) {
                    assert_eq!(read.to_string(), written);
                }
            }
        }
    }
}
