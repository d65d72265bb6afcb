//! Which listed version is installed, and why each other one is not.
//!
//! Never reads the registry's answer itself. The first of equally ranked versions wins, and entries that do not parse
//! are passed over.

use super::BadVersion;
use super::Constraints;
use super::MAX_VERSION_BYTES;
use super::PrereleaseRule;
use super::Version;
use super::exactly_requests;

/// What became of a list of versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The version to install; none if no entry was left.
    pub chosen: Option<Chosen>,
    /// The newest version that was considered, whatever the constraint: the client's messages name it.
    pub newest: Option<Version>,
    /// Every other entry, in the order of the list.
    pub rejected: Vec<Rejected>,
}

/// The entry that is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Its place in the list.
    pub index: usize,
    /// What it spells.
    pub version: Version,
}

/// An entry that is not installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Its place in the list.
    pub index: usize,
    /// What spoke against it.
    pub why: Why,
}

/// What spoke against a listed version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It is no version; the client warns.
    Unparsable(BadVersion),
    /// It is longer than anything that is looked at.
    TooLong,
    /// It is a prerelease that was not asked for exactly.
    Prerelease,
    /// It fails these clauses of the constraint, by their place.
    Constraint(Vec<usize>),
    /// A newer one is chosen.
    Older,
    /// One of the same rank stands before it in the list.
    EqualPrecedence,
}

/// The choice the client makes; an invalid constraint counts as none, as it does for the client.
pub fn choose(
    listed: &[String],
    constraints: Option<&Constraints>,
    rule: PrereleaseRule,
) -> Choice {
    let mut choice = Choice {
        chosen: None,
        newest: None,
        rejected: Vec::new(),
    };
    let mut candidates: Vec<Chosen> = Vec::new();
    for (index, text) in listed.iter().enumerate() {
        let version = match consider(text, constraints, rule) {
            Ok(version) => version,
            Err(why) => {
                choice.rejected.push(Rejected { index, why });
                continue;
            }
        };
        let failed = failed_clauses(constraints, &version);
        if choice
            .newest
            .as_ref()
            .is_none_or(|newest| version.cmp_precedence(newest).is_gt())
        {
            choice.newest = Some(version.clone());
        }
        if !failed.is_empty() {
            choice.rejected.push(Rejected {
                index,
                why: Why::Constraint(failed),
            });
            continue;
        }
        if choice
            .chosen
            .as_ref()
            .is_none_or(|chosen| version.cmp_precedence(&chosen.version).is_gt())
        {
            choice.chosen = Some(Chosen {
                index,
                version: version.clone(),
            });
        }
        candidates.push(Chosen { index, version });
    }
    choice
        .rejected
        .extend(outranked(candidates, choice.chosen.as_ref()));
    choice.rejected.sort_by_key(|rejected| rejected.index);
    choice
}

/// The entry as a version, if the client looks at it at all.
fn consider(
    text: &str,
    constraints: Option<&Constraints>,
    rule: PrereleaseRule,
) -> Result<Version, Why> {
    if text.len() > MAX_VERSION_BYTES {
        return Err(Why::TooLong);
    }
    let version = Version::parse(text).map_err(Why::Unparsable)?;
    let asked_for =
        || constraints.is_some_and(|asked| exactly_requests(asked.text(), &version, rule));
    if version.is_prerelease() && !asked_for() {
        Err(Why::Prerelease)
    } else {
        Ok(version)
    }
}

fn failed_clauses(constraints: Option<&Constraints>, version: &Version) -> Vec<usize> {
    let clauses = constraints.map(Constraints::clauses).unwrap_or_default();
    let failed = clauses
        .iter()
        .enumerate()
        .filter(|(_, clause)| !clause.allows(version));
    failed.map(|(place, _)| place).collect()
}

fn outranked(candidates: Vec<Chosen>, chosen: Option<&Chosen>) -> Vec<Rejected> {
    let Some(chosen) = chosen else {
        return Vec::new();
    };
    let others = candidates
        .into_iter()
        .filter(|candidate| candidate.index != chosen.index);
    let rejected = others.map(|other| {
        let equal = other.version.cmp_precedence(&chosen.version).is_eq();
        Rejected {
            index: other.index,
            why: if equal {
                Why::EqualPrecedence
            } else {
                Why::Older
            },
        }
    });
    rejected.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    const RULE: PrereleaseRule = PrereleaseRule::SecondGrammar;
    const PLAIN: &str = "0.9.0 1.0.0 1.0.1 1.2.0 1.2.9 1.10.0 2.0.0";
    const PRERELEASES: &str = "1.0.0 1.1.0-alpha1 1.1.0-beta1 1.1.0-beta2 1.1.0-rc.1";

    fn choice(listed: &str, constraint: &str, rule: PrereleaseRule) -> Choice {
        let listed: Vec<String> = listed.split(' ').map(String::from).collect();
        choose(&listed, Constraints::parse(constraint).ok().as_ref(), rule)
    }

    fn chosen(listed: &str, constraint: &str, rule: PrereleaseRule) -> Option<String> {
        choice(listed, constraint, rule)
            .chosen
            .map(|chosen| chosen.version.to_string())
    }

    fn whys(listed: &str, constraint: &str) -> Vec<(usize, Why)> {
        let rejected = choice(listed, constraint, RULE).rejected;
        rejected
            .into_iter()
            .map(|rejected| (rejected.index, rejected.why))
            .collect()
    }

    #[test]
    fn the_recorded_choices_of_the_client_are_made() {
        for (listed, constraint, expected) in [
            ("1.0.0+a 1.0.0+b", "1.0.0+b", "1.0.0+a"),
            ("1.0.0+build.5", "", "1.0.0+build.5"),
            ("1.0.0-rc1+a 1.0.0-rc1+b", "1.0.0-rc1+b", "1.0.0-rc1+b"),
            ("1.0.0+b 1.0.0+a 0.9.0", "", "1.0.0+b"),
            (" 1.0.0", "", "1.0.0"),
            ("1.2.3.4 1.2.3", "~> 1.0", "1.2.3.4"),
            ("latest 1.0.0 1.x", "", "1.0.0"),
            ("1.2 1.1", "~> 1.0", "1.2.0"),
            ("v1.2.0 v1.1.0", "~> 1.0", "1.2.0"),
            (PLAIN, ">= 1.0.0", "2.0.0"),
            (PLAIN, "~> 2.0", "2.0.0"),
            (PLAIN, "1.0.0", "1.0.0"),
            (PLAIN, "one point two", "2.0.0"),
            (PLAIN, "^1.2.0", "2.0.0"),
            (PLAIN, "", "2.0.0"),
            (PLAIN, "1.2.0", "1.2.0"),
            (PLAIN, "<= 1.2.9", "1.2.9"),
            (PLAIN, ">=1.0.0,<1.2.0", "1.0.1"),
            (PLAIN, "!= 2.0.0", "1.10.0"),
            (PLAIN, "  >=   1.0.0  ,  < 1.2.0 ", "1.0.1"),
            (PLAIN, "1.2.0 || 2.0.0", "2.0.0"),
            (PLAIN, "~> 1.0", "1.10.0"),
            (PLAIN, "~> 1", "2.0.0"),
            (PLAIN, "~> 1.2.0", "1.2.9"),
            (PLAIN, "~> 1.0, != 1.10.0, != 1.2.9", "1.2.0"),
            (PLAIN, ">= 1.0.0, < 1.10.0", "1.2.9"),
            (PLAIN, "1.2", "1.2.0"),
            (PLAIN, "*", "2.0.0"),
            ("1.9.0 1.10.0 1.2.0", "~> 1.0", "1.10.0"),
            (PRERELEASES, "1.1.0-rc.1", "1.1.0-rc.1"),
            (PRERELEASES, "=1.1.0-beta1", "1.1.0-beta1"),
            (PRERELEASES, "1.1.0-beta1", "1.1.0-beta1"),
            (PRERELEASES, "", "1.0.0"),
            ("1.0.0-beta.2 1.0.0-beta.11", "1.0.0-beta.2", "1.0.0-beta.2"),
        ] {
            assert_eq!(
                chosen(listed, constraint, RULE).as_deref(),
                Some(expected),
                "{constraint} of {listed}"
            );
        }
    }

    #[test]
    fn where_nothing_is_chosen_the_newest_release_is_named() {
        for (listed, constraint, newest) in [
            (PLAIN, ">= 3.0.0", Some("2.0.0")),
            (PRERELEASES, "1.1.0-beta9", Some("1.0.0")),
            (PRERELEASES, "= 1.1.0-beta1", Some("1.0.0")),
            (PRERELEASES, ">= 1.1.0-alpha1", Some("1.0.0")),
            (PRERELEASES, "1.1.0-beta1, >= 1.0.0", Some("1.0.0")),
            ("1.0.0- 0.9.0", "1.0.0-", Some("0.9.0")),
            ("1.0.0-alpha1 1.0.0-beta1", "", None),
        ] {
            let choice = choice(listed, constraint, RULE);
            let got = choice.newest.map(|newest| newest.to_string());
            assert_eq!(
                (choice.chosen, got.as_deref()),
                (None, newest),
                "{constraint} of {listed}"
            );
        }
    }

    #[test]
    fn old_clients_know_one_spelling_of_a_prerelease_only() {
        let old = PrereleaseRule::SameText;
        assert_eq!(
            chosen(PRERELEASES, "1.1.0-beta1", old).as_deref(),
            Some("1.1.0-beta1")
        );
        assert_eq!(chosen(PRERELEASES, "=1.1.0-beta1", old), None);
        let forgiving = PrereleaseRule::SecondGrammarWithoutV;
        assert!(chosen(PRERELEASES, "v1.1.0-beta1", forgiving).is_some());
    }

    #[test]
    fn every_other_entry_has_its_reason() {
        let long = format!("1.0.0-{}", "a".repeat(300));
        let listed = format!("x 1.0.0 2.0.0-rc1 1.5.0 1.5.0+b 3.0.0 0.1.0 {long}");
        let bad = BadVersion::Malformed { at: 0 };
        let expected = [
            (0, Why::Unparsable(bad)),
            (1, Why::Older),
            (2, Why::Prerelease),
            (4, Why::EqualPrecedence),
            (5, Why::Constraint(vec![1])),
            (6, Why::Constraint(vec![0])),
            (7, Why::TooLong),
        ];
        assert_eq!(whys(&listed, ">= 1.0, < 2"), expected);
    }

    #[test]
    fn a_hundred_thousand_versions_are_chosen_from_in_time() {
        let listed: Vec<String> = (0..100_000)
            .map(|number| format!("{}.{}.0", number % 317, number))
            .collect();
        let constraints = Constraints::parse(">= 1.0, != 3.0.1, ~> 300.4")
            .expect("the constraint of a test is valid");
        let started = Instant::now();
        let choice = choose(&listed, Some(&constraints), RULE);
        assert_eq!(choice.rejected.len(), 99_999);
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "{:?}",
            started.elapsed()
        );
    }
}
