//! Addresses as rules look at them: which rule names a bad one best, and how a better one is written.
//!
//! Never asks whether the better one works: that is tried elsewhere.

use crate::addr::shorthand::ShorthandError;
use crate::addr::source::AddrError;
use crate::addr::source::LocationCause;
use crate::addr::source::LocationError;
use crate::addr::source::RemoteError;
use crate::addr::source::SourceAddr;
use crate::foreign::Foreign;
use crate::rules::common::stops;
use crate::trace::Step;
use crate::trace::Stop;
use crate::trace::Trace;

/// Whether a name has a suffix of configuration files; the case counts.
pub fn is_config_name(name: &str) -> bool {
    [".tf", ".tf.json"]
        .iter()
        .any(|suffix| name.strip_suffix(suffix).is_some())
}

/// The code that names best why a location, or a source behind all other readings, is no address.
pub fn remote_code(error: &RemoteError, text: &str) -> &'static str {
    if has_stray_characters(text) {
        return "TFR536";
    }
    match error {
        RemoteError::SubdirLeavesPackage(_) | RemoteError::DetectedSubdirLeavesPackage { .. } => {
            "TFR026"
        }
        RemoteError::Shorthand(ShorthandError::GithubIncomplete) => "TFR027",
        RemoteError::Shorthand(_) | RemoteError::DetectedUrl(_) => "TFR546",
        RemoteError::NotDetected(problem) if problem.url.is_some() => {
            if text.contains("ssh://") {
                "TFR537"
            } else {
                "TFR546"
            }
        }
        RemoteError::NotDetected(_) | RemoteError::Empty(_) => "TFR531",
    }
}

/// Whether quotes, blanks or control characters stand where none belong.
pub fn has_stray_characters(text: &str) -> bool {
    let quote = |character: char| matches!(character, '"' | '\'');
    text.trim() != text
        || text.starts_with(quote)
        || text.ends_with(quote)
        || text.chars().any(char::is_control)
}

/// Locations that are no address, with the code that names them best.
pub fn bad_locations(
    trace: &Trace,
) -> impl Iterator<Item = (&Step, &Foreign, &LocationError, &'static str)> {
    stops(trace).filter_map(|(step, stop)| {
        let Stop::BadLocation { got, error } = stop else {
            return None;
        };
        let code = match &error.cause {
            LocationCause::NotRemote(address) => address_code(address),
            LocationCause::Unreadable(cause) => remote_code(cause, got.raw()),
        };
        Some((step, got, error, code))
    })
}

fn address_code(address: &SourceAddr) -> &'static str {
    match address {
        SourceAddr::Registry(_) => "TFR532",
        SourceAddr::Local(_) | SourceAddr::Remote(_) => "TFR531",
    }
}

/// Whether text holds a character of a glob.
pub fn has_glob(text: &str) -> bool {
    text.contains(['*', '['])
}

/// An address with a directory of the package, its query last.
pub fn below(address: &str, directory: &str) -> String {
    let (path, query) = match address.split_once('?') {
        Some((path, query)) => (path, format!("?{query}")),
        None => (address, String::new()),
    };
    let scheme_end = path.find("://").map_or(0, |at| at + 3);
    let inner = path.get(scheme_end..).unwrap_or_default();
    let separator = if inner.contains("//") { "/" } else { "//" };
    let path = path.trim_end_matches('/');
    format!("{path}{separator}{directory}{query}")
}

/// Two directories of a package, the second one inside the first.
pub fn joined(first: Option<&Foreign>, second: &str) -> String {
    match first.map(Foreign::raw).map(|first| first.trim_matches('/')) {
        None | Some("") => second.to_owned(),
        Some(first) => format!("{first}/{second}"),
    }
}

/// The last component of an address's path.
pub fn file_name(address: &str) -> &str {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    path.trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or(path)
}

/// A word that a shell takes as it is; `None` where it would need quoting.
pub fn shell_word(word: &str) -> Option<&str> {
    let is_plain = |character: char| {
        character.is_ascii_alphanumeric()
            || matches!(
                character,
                '.' | '_' | '/' | '-' | '+' | '@' | ':' | ',' | '='
            )
    };
    (!word.is_empty() && !word.starts_with('-') && word.chars().all(is_plain)).then_some(word)
}

/// Sources that are no address, with why.
pub fn refused_sources(trace: &Trace) -> impl Iterator<Item = (&Step, &Foreign, &AddrError)> {
    stops(trace).filter_map(|(step, stop)| {
        if let Stop::BadSource { got, error } = stop {
            Some((step, got, error))
        } else {
            None
        }
    })
}

#[cfg(test)]
mod tests {
    use super::below;
    use super::file_name;
    use super::shell_word;

    #[test]
    fn a_directory_stands_before_the_query() {
        assert_eq!(
            below("https://h/x.tgz?archive=tgz", "a"),
            "https://h/x.tgz//a?archive=tgz"
        );
        assert_eq!(below("h.example/ns/n/s//b", "a"), "h.example/ns/n/s//b/a");
        assert_eq!(file_name("https://h/p/x.tgz?archive=tgz"), "x.tgz");
    }

    #[test]
    fn a_word_that_needs_quoting_is_none() {
        assert_eq!(shell_word("terraform-aws-sg"), Some("terraform-aws-sg"));
        assert_eq!(shell_word("a b"), None);
        assert_eq!(shell_word("$(x)"), None);
        assert_eq!(shell_word("-rf"), None);
    }
}
