//! Where listed versions leave Semantic Versioning 2.0, and where the client's spelling or order may surprise.
//!
//! Never judges how bad that is: clients accept most of it.

use super::Version;
use super::cmp_numbers;
use std::cmp::Ordering;
use std::collections::HashMap;

/// One way in which a version is not in the canonical form of Semantic Versioning 2.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SemverIssue {
    /// It is no version for the client either.
    Unparsable,
    /// It begins with a `v`.
    LeadingV,
    /// It has this many numbers instead of three.
    NumberCount(usize),
    /// One of its numbers, or of the numbers in its prerelease, begins with a zero.
    LeadingZero,
    /// Its prerelease does not stand behind a hyphen.
    NoHyphen,
    /// Its prerelease or metadata holds a `~`.
    Tilde,
    /// It has build metadata, which is valid but does not order versions.
    BuildMetadata,
}

/// What keeps a listed version from the plain form `1.2.3` or `1.2.3-rc.1`.
pub fn semver_issues(text: &str) -> Vec<SemverIssue> {
    let Ok(version) = Version::parse(text) else {
        return vec![SemverIssue::Unparsable];
    };
    let prerelease = version.prerelease();
    let without_v = text.strip_prefix('v').unwrap_or(text);
    let numbers_end = without_v.find(|next: char| next != '.' && !next.is_ascii_digit());
    let (numbers, extras) = without_v
        .split_at_checked(numbers_end.unwrap_or(without_v.len()))
        .unwrap_or_default();
    let starts_with_zero = |part: &str| {
        part.len() > 1 && part.starts_with('0') && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let written = version.numbers_written();
    let hyphen = extras
        .strip_prefix('-')
        .is_some_and(|rest| rest.starts_with(prerelease));
    let issues = [
        (text.starts_with('v'), SemverIssue::LeadingV),
        (written != 3, SemverIssue::NumberCount(written)),
        (
            numbers
                .split('.')
                .chain(prerelease.split('.'))
                .any(starts_with_zero),
            SemverIssue::LeadingZero,
        ),
        (version.is_prerelease() && !hyphen, SemverIssue::NoHyphen),
        (extras.contains('~'), SemverIssue::Tilde),
        (!version.metadata().is_empty(), SemverIssue::BuildMetadata),
    ];
    issues
        .into_iter()
        .filter(|(found, _)| *found)
        .map(|(_, issue)| issue)
        .collect()
}

/// The form in which the client asks for a listed version, if it is not the listed one.
pub fn respelled(text: &str) -> Option<String> {
    let canonical = Version::parse(text).ok()?.to_string();
    (canonical != text).then_some(canonical)
}

/// The order of Semantic Versioning 2.0, then that of the texts.
///
/// Lists for people are sorted by it: [`Version::cmp_precedence`] is no total order, and what the standard library does
/// with such an order is its own affair, panics included.
pub fn cmp_semver(left: &Version, right: &Version) -> Ordering {
    let key = |version: &Version| {
        let parts = version.prerelease().split('.').map(Part::of);
        (!version.is_prerelease(), parts.collect::<Vec<Part>>())
    };
    cmp_numbers(left.numbers(), right.numbers())
        .then_with(|| key(left).cmp(&key(right)))
        .then_with(|| left.text().cmp(right.text()))
}

/// A part of a prerelease; variants and fields stand in the order that sorts them.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// A number without leading zeros: how many digits, and which.
    Number(usize, String),
    Text(String),
}

impl Part {
    fn of(text: &str) -> Self {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            let digits = text.trim_start_matches('0');
            Self::Number(digits.len(), digits.to_owned())
        } else {
            Self::Text(text.to_owned())
        }
    }
}

/// Groups of entries, by their place in the list, that differ as text and rank the same: only their order decides.
///
/// An entry that repeats another byte for byte is left out.
pub fn equal_precedence(listed: &[String]) -> Vec<Vec<usize>> {
    let mut places: HashMap<(Vec<u64>, String), usize> = HashMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (index, text) in listed.iter().enumerate() {
        let Ok(version) = Version::parse(text) else {
            continue;
        };
        if !seen.insert(text) {
            continue;
        }
        let significant = version
            .numbers()
            .iter()
            .rposition(|&number| number != 0)
            .map_or(0, |last| last + 1);
        let numbers = version
            .numbers()
            .iter()
            .copied()
            .take(significant)
            .collect();
        let place = *places
            .entry((numbers, version.prerelease().to_owned()))
            .or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(index),
            None => groups.push(vec![index]),
        }
    }
    groups.retain(|group| group.len() > 1);
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_departure_from_semver_is_named() {
        for (text, issues) in [
            ("1.2.3", vec![]),
            ("1.2.3-rc.1", vec![]),
            ("v1.2.3", vec![SemverIssue::LeadingV]),
            ("1.2", vec![SemverIssue::NumberCount(2)]),
            ("1.2.3.4", vec![SemverIssue::NumberCount(4)]),
            ("1.02.3", vec![SemverIssue::LeadingZero]),
            ("1.2.3-rc.01", vec![SemverIssue::LeadingZero]),
            ("1.2.3-0a", vec![]),
            ("1.0.0beta1", vec![SemverIssue::NoHyphen]),
            ("1.0.0-", vec![SemverIssue::NoHyphen]),
            ("1.0.0-a~b", vec![SemverIssue::Tilde]),
            ("1.0.0+b1", vec![SemverIssue::BuildMetadata]),
            ("latest", vec![SemverIssue::Unparsable]),
        ] {
            assert_eq!(semver_issues(text), issues, "{text}");
        }
    }

    #[test]
    fn a_respelled_version_is_shown_as_asked_for() {
        assert_eq!(respelled("v0.0.5").as_deref(), Some("0.0.5"));
        assert_eq!(respelled("1.2").as_deref(), Some("1.2.0"));
        assert_eq!(respelled("1.2.3"), None);
        assert_eq!(respelled("nightly"), None);
    }

    #[test]
    fn lists_are_sorted_as_semver_sorts() {
        let sorted = [
            "1.0.0-2",
            "1.0.0-10",
            "1.0.0-99999999999999999999",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0",
            "1.0.0+a",
            "1.0.1",
            "1.10",
        ]
        .map(|text| Version::parse(text).expect("the version of a test is valid"));
        let mut shuffled = sorted.to_vec();
        shuffled.reverse();
        shuffled.sort_by(cmp_semver);
        assert_eq!(shuffled, sorted);
    }

    #[test]
    fn entries_of_one_rank_are_grouped_unless_they_repeat() {
        let listed = [
            "1.0.0", "2.0.0", "1.0.0+b1", "1.0.0.0", "2.0.0", "x", "2.0.0-a",
        ]
        .map(String::from);
        assert_eq!(equal_precedence(&listed), [vec![0, 2, 3]]);
    }
}
