//! When a prerelease counts as asked for: the whole constraint must be that one version.
//!
//! Never says whether the version also meets the constraint. Since 1.3.7 the client reads the constraint a second time,
//! in the grammar of another library: `=1.0.0-beta` is fine there, but a space behind the operator, a `v`, a list and a
//! hyphen left out are not.

use super::Version;
use super::prerelease_end;

/// How a client decides whether a prerelease was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrereleaseRule {
    /// The constraint is the canonical text of the version, byte for byte: Terraform up to 1.3.6.
    SameText,
    /// The constraint, read in the second grammar, is that version: Terraform since 1.3.7.
    SecondGrammar,
    /// As [`PrereleaseRule::SecondGrammar`]; if that grammar refuses, it is tried without each `v`: later `OpenTofu`.
    SecondGrammarWithoutV,
}

/// Whether the constraint asks for this very prerelease.
pub fn exactly_requests(constraint: &str, version: &Version, rule: PrereleaseRule) -> bool {
    let requested = match rule {
        PrereleaseRule::SameText => return constraint == version.to_string(),
        PrereleaseRule::SecondGrammar => parse_exact(strip_equals(constraint.trim())),
        PrereleaseRule::SecondGrammarWithoutV => {
            let stripped = strip_v_prefixes(constraint);
            parse_exact(strip_equals(constraint.trim()))
                .or_else(|| parse_exact(strip_equals(stripped.trim())))
        }
    };
    let canonical = version.to_string();
    requested.is_some_and(|requested| {
        !requested.prerelease.is_empty() && Some(requested) == parse_exact(&canonical)
    })
}

/// A version as the second grammar reads it.
#[derive(Debug, PartialEq, Eq)]
struct Exact {
    numbers: [u64; 3],
    prerelease: String,
    metadata: String,
}

/// One exact version in the second grammar: one to three numbers, the missing ones zero.
fn parse_exact(text: &str) -> Option<Exact> {
    let numbers_end = text.find(['-', '+']).unwrap_or(text.len());
    let (written, rest) = text.split_at_checked(numbers_end)?;
    let mut numbers = [0; 3];
    let mut places = numbers.iter_mut();
    for number in written.split('.') {
        let in_digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        *places.next()? = number.parse().ok().filter(|_| in_digits)?;
    }
    let (prerelease, metadata) = match rest.split_once('+') {
        Some((prerelease, metadata)) => (prerelease, Some(metadata)),
        None => (rest, None),
    };
    let prerelease = match prerelease.strip_prefix('-') {
        Some(prerelease) => Some(prerelease),
        None => None.filter(|_: &&str| !prerelease.is_empty()),
    };
    let is_extra = |extra: &str| {
        !extra.is_empty()
            && extra
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-')
    };
    let valid = prerelease.is_none_or(is_extra) && metadata.is_none_or(is_extra);
    valid.then(|| Exact {
        numbers,
        prerelease: prerelease.unwrap_or_default().to_owned(),
        metadata: metadata.unwrap_or_default().to_owned(),
    })
}

fn strip_equals(text: &str) -> &str {
    text.strip_prefix('=').unwrap_or(text)
}

/// The text without the `v` of everything in it that looks like the beginning of a version.
///
/// This reaches into build metadata (`+v1`), but not into prereleases: they belong to the number before them.
fn strip_v_prefixes(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut stripped = String::with_capacity(text.len());
    let mut kept_from = 0;
    let mut at = 0;
    while at < bytes.len() {
        let has_v = bytes.get(at) == Some(&b'v');
        let digits = bytes
            .iter()
            .skip(at + usize::from(has_v))
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if digits == 0 {
            at += 1;
            continue;
        }
        if has_v {
            stripped.push_str(text.get(kept_from..at).unwrap_or_default());
            kept_from = at + 1;
        }
        at += usize::from(has_v) + digits;
        at = prerelease_end(bytes, at).unwrap_or(at);
    }
    stripped.push_str(text.get(kept_from..).unwrap_or_default());
    stripped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requests(constraint: &str, version: &str, rule: PrereleaseRule) -> bool {
        exactly_requests(
            constraint,
            &Version::parse(version).expect("the version of a test is valid"),
            rule,
        )
    }

    #[test]
    fn the_second_grammar_wants_the_bare_version() {
        let rule = PrereleaseRule::SecondGrammar;
        for text in [
            "2.0.0-beta1",
            " 2.0.0-beta1 ",
            "=2.0.0-beta1",
            "2.0-beta1",
            "2-beta1",
            "02.0.0-beta1",
        ] {
            assert!(requests(text, "2.0.0-beta1", rule), "{text}");
        }
        for text in [
            "= 2.0.0-beta1",
            "v2.0.0-beta1",
            "~> 2.0.0-beta1",
            ">=2.0.0-beta1",
            "!= 2.0.0-beta1",
            "2.0.0-beta1, >= 1.0",
            "2.0.0beta1",
            "2.0.0",
            "2.0.0-beta1+m",
            "2.0.0.0-beta1",
            "",
        ] {
            assert!(!requests(text, "2.0.0-beta1", rule), "{text}");
        }
    }

    #[test]
    fn the_listed_spelling_does_not_matter_but_metadata_does() {
        let rule = PrereleaseRule::SecondGrammar;
        assert!(requests("2.0.0-beta1", "v2.0.0beta1", rule));
        assert!(requests("1.0.0-beta+m", "1.0.0-beta+m", rule));
        assert!(!requests("1.0.0-beta", "1.0.0-beta+m", rule));
        assert!(!requests("1.0.0.0-beta", "1.0.0.0-beta", rule));
        assert!(!requests("1.0.0-beta~1", "1.0.0-beta~1", rule));
    }

    #[test]
    fn old_clients_want_the_same_text() {
        let rule = PrereleaseRule::SameText;
        assert!(requests("2.0.0-beta1", "v2.0.0-beta1", rule));
        for text in ["=2.0.0-beta1", " 2.0.0-beta1", "2.0-beta1", "v2.0.0-beta1"] {
            assert!(!requests(text, "2.0.0-beta1", rule), "{text}");
        }
    }

    #[test]
    fn later_opentofu_forgives_the_v() {
        let rule = PrereleaseRule::SecondGrammarWithoutV;
        for text in ["v1.0.0-beta1", "=v1.0.0-beta1", "1.0.0-beta1"] {
            assert!(requests(text, "1.0.0-beta1", rule), "{text}");
        }
        assert!(requests("v1.0.0-b-v1+v2", "1.0.0-b-v1+2", rule));
        assert!(requests("1.0.0-b+v2", "1.0.0-b+v2", rule));
        assert!(!requests("= v1.0.0-beta1", "1.0.0-beta1", rule));
        assert!(!requests("v1.0.0beta1", "1.0.0-beta1", rule));
    }
}
