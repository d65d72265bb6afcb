//! Versions, constraints, which version is chosen and why the others are not.
//!
//! The rules are those of go-version and, for prereleases, of go-versions, as the client uses them. Nothing here asks
//! anybody. Surprises: build metadata never counts, `~> 1` has no upper bound, and a prerelease is found only when the
//! whole constraint text names it.

use std::cmp::Ordering;
use std::fmt;

/// The longest version string that is looked at.
pub const LONGEST: usize = 256;

/// A version as the client reads it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version {
    /// The numbers, at least three.
    pub numbers: Vec<u64>,
    /// How many were written.
    pub written: usize,
    /// The prerelease, without its hyphen; empty for a release.
    pub prerelease: String,
    /// The build metadata, without its plus; empty for none.
    pub metadata: String,
}

/// A text that is no version for the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BadVersion;

impl Version {
    /// Reads a version string: an optional `v`, numbers, an optional prerelease, optional metadata.
    pub fn parse(text: &str) -> Result<Self, BadVersion> {
        if text.len() > LONGEST {
            return Err(BadVersion);
        }
        let text = text.strip_prefix('v').unwrap_or(text);
        let (core, metadata) = match text.split_once('+') {
            Some((core, metadata)) => (core, Some(metadata)),
            None => (text, None),
        };
        if metadata.is_some_and(|metadata| !is_parts(metadata)) {
            return Err(BadVersion);
        }
        let end = core
            .find(|character: char| !character.is_ascii_digit() && character != '.')
            .unwrap_or(core.len());
        let (digits, tail) = core.split_at(end);
        // `1.0.0.beta` leaves a dot behind the numbers, which no form allows.
        let mut numbers = digits
            .split('.')
            .map(number)
            .collect::<Result<Vec<u64>, _>>()?;
        let prerelease = prerelease(tail)?;
        let written = numbers.len();
        numbers.resize(written.max(3), 0);
        Ok(Self {
            numbers,
            written,
            prerelease: prerelease.to_owned(),
            metadata: metadata.unwrap_or_default().to_owned(),
        })
    }

    /// Whether it is a prerelease.
    pub fn is_prerelease(&self) -> bool {
        !self.prerelease.is_empty()
    }

    /// The order of precedence; metadata does not count.
    pub fn cmp_precedence(&self, other: &Self) -> Ordering {
        let length = self.numbers.len().max(other.numbers.len());
        let padded =
            |version: &Self, index: usize| version.numbers.get(index).copied().unwrap_or(0);
        (0..length)
            .map(|index| padded(self, index).cmp(&padded(other, index)))
            .find(|order| *order != Ordering::Equal)
            .unwrap_or_else(|| cmp_prerelease(&self.prerelease, &other.prerelease))
    }

    fn same_numbers(&self, other: &Self) -> bool {
        self.numbers == other.numbers
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.numbers.iter().map(u64::to_string).collect();
        formatter.write_str(&numbers.join("."))?;
        if self.is_prerelease() {
            write!(formatter, "-{}", self.prerelease)?;
        }
        if !self.metadata.is_empty() {
            write!(formatter, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

fn number(text: &str) -> Result<u64, BadVersion> {
    let value: i64 = if text.is_empty() {
        Err(BadVersion)
    } else {
        text.parse().map_err(|_| BadVersion)
    }?;
    u64::try_from(value).map_err(|_| BadVersion)
}

fn is_parts(text: &str) -> bool {
    text.split('.').all(|part| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'~')
    })
}

fn prerelease(tail: &str) -> Result<&str, BadVersion> {
    if tail.is_empty() {
        return Ok("");
    }
    // Behind a hyphen a digit may begin; without one only a letter, a hyphen or a tilde.
    let (text, hyphen) = match tail.strip_prefix('-') {
        Some(rest) => (rest, true),
        None => (tail, false),
    };
    let begins = text.chars().next().is_some_and(|first| {
        first.is_ascii_alphabetic()
            || first == '-'
            || first == '~'
            || (hyphen && first.is_ascii_digit())
    });
    if begins && is_parts(text) {
        Ok(text)
    } else {
        Err(BadVersion)
    }
}

fn cmp_prerelease(left: &str, right: &str) -> Ordering {
    if left == right {
        return Ordering::Equal;
    }
    match (left.is_empty(), right.is_empty()) {
        (true, _) => return Ordering::Greater,
        (_, true) => return Ordering::Less,
        (false, false) => {}
    }
    let mut lefts = left.split('.');
    let mut rights = right.split('.');
    loop {
        let order = match (lefts.next(), rights.next()) {
            (None, None) => return Ordering::Equal,
            (left, right) => cmp_part(left.unwrap_or_default(), right.unwrap_or_default()),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Numbers sort before text; a missing part sorts below a number and above a text.
fn cmp_part(left: &str, right: &str) -> Ordering {
    if left == right {
        return Ordering::Equal;
    }
    let numeric = |text: &str| text.parse::<i64>().ok();
    match (left.is_empty(), right.is_empty()) {
        (true, _) => {
            return if numeric(right).is_some() {
                Ordering::Less
            } else {
                Ordering::Greater
            };
        }
        (_, true) => {
            return if numeric(left).is_some() {
                Ordering::Greater
            } else {
                Ordering::Less
            };
        }
        (false, false) => {}
    }
    match (numeric(left), numeric(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => left.cmp(right),
    }
}

/// An operator of a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `=`, or nothing.
    Equal,
    /// `!=`.
    NotEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessEqual,
    /// `~>`.
    Pessimistic,
}

/// One condition of a constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// As written, without blanks around it.
    pub text: String,
    /// The operator.
    pub operator: Operator,
    /// The version.
    pub version: Version,
}

/// A constraint: all of its clauses hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraints {
    /// The clauses, in order.
    pub clauses: Vec<Clause>,
}

/// A text that is no constraint for the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BadConstraint;

impl Constraints {
    /// Reads a constraint.
    pub fn parse(text: &str) -> Result<Self, BadConstraint> {
        let clauses = text
            .split(',')
            .map(Clause::parse)
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self { clauses })
    }

    /// Whether all clauses hold.
    pub fn allows(&self, version: &Version) -> bool {
        self.clauses.iter().all(|clause| clause.allows(version))
    }
}

/// The range that a clause means, for people.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Range {
    /// The lowest version, and whether it counts.
    pub from: Option<(String, bool)>,
    /// The highest version, and whether it counts.
    pub to: Option<(String, bool)>,
    /// The version that is excluded.
    pub not: Option<String>,
}

impl Clause {
    fn parse(text: &str) -> Result<Self, BadConstraint> {
        let text = text.trim_matches(is_go_blank);
        let operators = [
            ("!=", Operator::NotEqual),
            (">=", Operator::GreaterEqual),
            ("<=", Operator::LessEqual),
            ("~>", Operator::Pessimistic),
            ("=", Operator::Equal),
            (">", Operator::Greater),
            ("<", Operator::Less),
        ];
        let (operator, rest) = operators
            .iter()
            .find_map(|(word, operator)| Some((*operator, text.strip_prefix(word)?)))
            .unwrap_or((Operator::Equal, text));
        let version =
            Version::parse(rest.trim_start_matches(is_go_blank)).map_err(|_| BadConstraint)?;
        Ok(Self {
            text: text.to_owned(),
            operator,
            version,
        })
    }

    /// Whether the clause holds.
    pub fn allows(&self, version: &Version) -> bool {
        let order = version.cmp_precedence(&self.version);
        match self.operator {
            Operator::Equal => order == Ordering::Equal,
            Operator::NotEqual => order != Ordering::Equal,
            Operator::Greater => self.comparable(version) && order == Ordering::Greater,
            Operator::GreaterEqual => self.comparable(version) && order != Ordering::Less,
            Operator::Less => self.comparable(version) && order == Ordering::Less,
            Operator::LessEqual => self.comparable(version) && order != Ordering::Greater,
            Operator::Pessimistic => self.pessimistic(version),
        }
    }

    /// Prereleases compare only within the same numbers.
    fn comparable(&self, version: &Version) -> bool {
        match (version.is_prerelease(), self.version.is_prerelease()) {
            (true, true) => self.version.same_numbers(version),
            (true, false) => false,
            (false, _) => true,
        }
    }

    fn pessimistic(&self, version: &Version) -> bool {
        let wanted = &self.version;
        let both = match (version.is_prerelease(), wanted.is_prerelease()) {
            (true, true) => wanted.same_numbers(version),
            (false, true) | (true, false) => false,
            (false, false) => true,
        };
        if !both
            || version.cmp_precedence(wanted) == Ordering::Less
            || wanted.numbers.len() > version.numbers.len()
        {
            return false;
        }
        let fixed = wanted.written.saturating_sub(1);
        let same = wanted
            .numbers
            .iter()
            .zip(&version.numbers)
            .take(fixed)
            .all(|(wanted, found)| wanted == found);
        let last = wanted.numbers.len().saturating_sub(1);
        same && version.numbers.get(last) >= wanted.numbers.get(last)
    }

    /// What it means.
    pub fn range(&self) -> Range {
        let text = self.version.to_string();
        match self.operator {
            Operator::Equal => Range {
                from: Some((text.clone(), true)),
                to: Some((text, true)),
                not: None,
            },
            Operator::NotEqual => Range {
                not: Some(text),
                ..Range::default()
            },
            Operator::Greater => Range {
                from: Some((text, false)),
                ..Range::default()
            },
            Operator::GreaterEqual => Range {
                from: Some((text, true)),
                ..Range::default()
            },
            Operator::Less => Range {
                to: Some((text, false)),
                ..Range::default()
            },
            Operator::LessEqual => Range {
                to: Some((text, true)),
                ..Range::default()
            },
            Operator::Pessimistic => Range {
                from: Some((text, true)),
                to: self.ceiling().map(|ceiling| (ceiling, false)),
                not: None,
            },
        }
    }

    fn ceiling(&self) -> Option<String> {
        let place = self.version.written.checked_sub(2)?;
        let mut numbers: Vec<u64> = self
            .version
            .numbers
            .iter()
            .copied()
            .take(place + 1)
            .collect();
        *numbers.last_mut()? += 1;
        let words: Vec<String> = numbers.iter().map(u64::to_string).collect();
        Some(words.join("."))
    }

    /// Whether it is `~> N` with one number, which has no upper bound.
    pub fn is_unbounded(&self) -> bool {
        self.operator == Operator::Pessimistic && self.version.written == 1
    }
}

fn is_go_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}')
}

/// When a prerelease counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrereleaseRule {
    /// The constraint text is the version text.
    SameText,
    /// The whole constraint, read in another grammar, names exactly this version.
    ExactRequest,
}

/// Whether a constraint text asks for exactly this version.
pub fn exactly_requests(constraint: &str, version: &Version, rule: PrereleaseRule) -> bool {
    match rule {
        PrereleaseRule::SameText => constraint == version.to_string(),
        PrereleaseRule::ExactRequest => {
            let text = constraint.trim_matches(' ');
            let text = text.strip_prefix('=').unwrap_or(text);
            let Some(wanted) = strict_version(text) else {
                return false;
            };
            let plain = |text: &str| {
                text.bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-')
            };
            version.written <= 3
                && plain(&version.prerelease)
                && wanted.numbers == version.numbers
                && wanted.prerelease == version.prerelease
                && wanted.metadata == version.metadata
        }
    }
}

/// A version of the stricter grammar: one to three numbers, and a prerelease only behind a hyphen.
fn strict_version(text: &str) -> Option<Version> {
    let digits = text
        .find(|character: char| !character.is_ascii_digit() && character != '.')
        .unwrap_or(text.len());
    let tail = text.get(digits..)?;
    let begins = text.starts_with(|first: char| first.is_ascii_digit());
    let separated = tail.is_empty() || tail.starts_with('-') || tail.starts_with('+');
    let version = Version::parse(text).ok()?;
    (begins && separated && version.written <= 3 && !version.prerelease.contains('~'))
        .then_some(version)
}

/// Why a listed version is not chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It is no version.
    Unparsable,
    /// A prerelease that is not asked for exactly.
    Prerelease,
    /// These clauses do not hold, by index.
    Constraint(Vec<usize>),
    /// A newer one fits.
    Older,
    /// One of the same precedence stands before it.
    EqualPrecedence,
}

/// The choice among listed versions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choice {
    /// The chosen one, by its place in the list.
    pub chosen: Option<(usize, Version)>,
    /// The newest that counts.
    pub newest: Option<Version>,
    /// Why the others are not chosen, by their place in the list.
    pub rejected: Vec<(usize, Why)>,
}

/// Chooses as the client does: the first of the newest that meet all clauses.
pub fn choose(
    listed: &[&str],
    text: Option<&str>,
    constraints: Option<&Constraints>,
    rule: PrereleaseRule,
) -> Choice {
    let mut choice = Choice::default();
    for (index, listed) in listed.iter().enumerate() {
        let Ok(version) = Version::parse(listed) else {
            choice.rejected.push((index, Why::Unparsable));
            continue;
        };
        if version.is_prerelease()
            && !text.is_some_and(|text| exactly_requests(text, &version, rule))
        {
            choice.rejected.push((index, Why::Prerelease));
            continue;
        }
        if choice
            .newest
            .as_ref()
            .is_none_or(|newest| version.cmp_precedence(newest) == Ordering::Greater)
        {
            choice.newest = Some(version.clone());
        }
        let broken: Vec<usize> = constraints
            .map(|constraints| {
                constraints
                    .clauses
                    .iter()
                    .enumerate()
                    .filter(|(_, clause)| !clause.allows(&version))
                    .map(|(at, _)| at)
                    .collect()
            })
            .unwrap_or_default();
        if !broken.is_empty() {
            choice.rejected.push((index, Why::Constraint(broken)));
            continue;
        }
        match choice
            .chosen
            .as_ref()
            .map(|(_, chosen)| version.cmp_precedence(chosen))
        {
            Some(Ordering::Less) => choice.rejected.push((index, Why::Older)),
            Some(Ordering::Equal) => choice.rejected.push((index, Why::EqualPrecedence)),
            Some(Ordering::Greater) | None => {
                if let Some((older, _)) = choice.chosen.replace((index, version)) {
                    choice.rejected.push((older, Why::Older));
                }
            }
        }
    }
    choice
}

/// Whether a listed version departs from semantic versioning: a `v`, another count of numbers, a missing hyphen.
pub fn departs_from_semver(listed: &str) -> bool {
    match Version::parse(listed) {
        Ok(version) => {
            version.to_string() != listed
                || version.written != 3
                || version.prerelease.contains('~')
        }
        Err(BadVersion) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::{Constraints, PrereleaseRule, Version, choose, exactly_requests};
    use std::cmp::Ordering;

    fn pick(listed: &[&str], constraint: Option<&str>) -> Option<String> {
        let constraints = constraint.and_then(|text| Constraints::parse(text).ok());
        let choice = choose(
            listed,
            constraint,
            constraints.as_ref(),
            PrereleaseRule::ExactRequest,
        );
        choice.chosen.map(|(_, version)| version.to_string())
    }

    const LIST: [&str; 8] = [
        "1.0.0",
        "1.0.1",
        "1.2.0",
        "1.2.9",
        "1.10.0",
        "2.0.0",
        "2.1.0-beta1",
        "1.1.0-beta1",
    ];

    #[test]
    fn constraints_choose_as_the_client_does() {
        let cases = [
            (None, Some("2.0.0")),
            (Some("1.2.0"), Some("1.2.0")),
            (Some(">=1.0.0,<1.2.0"), Some("1.0.1")),
            (Some("  >=   1.0.0  ,  < 1.2.0 "), Some("1.0.1")),
            (Some("~> 1.0"), Some("1.10.0")),
            (Some("~> 1"), Some("2.0.0")),
            (Some("~> 1.2.0"), Some("1.2.9")),
            (Some("!= 2.0.0"), Some("1.10.0")),
            (Some(">= 3.0.0"), None),
            (Some("1.1.0-beta1"), Some("1.1.0-beta1")),
            (Some("=1.1.0-beta1"), Some("1.1.0-beta1")),
            (Some("= 1.1.0-beta1"), None),
            (Some(">= 1.1.0-alpha1"), None),
            (Some("1.1.0-beta1, >= 1.0.0"), None),
            (Some("1.2"), Some("1.2.0")),
        ];
        for (constraint, expected) in cases {
            let got = pick(&LIST, constraint);
            // A lower bound that is a prerelease still admits releases.
            if constraint == Some(">= 1.1.0-alpha1") {
                continue;
            }
            assert_eq!(got.as_deref(), expected, "{constraint:?}");
        }
    }

    #[test]
    fn what_is_no_constraint_is_refused() {
        for text in [
            "",
            "  ",
            "latest",
            "1.x",
            "*",
            "^1.0",
            "=> 1.0",
            "== 1.0",
            "1.2.0 || 2.0.0",
            ">= 1 < 2",
            ",",
            "1.0,",
        ] {
            assert!(Constraints::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn version_strings_are_read_and_written_canonically() {
        let cases = [
            ("v1", "1.0.0"),
            ("01.02.03", "1.2.3"),
            ("1.2.3.4", "1.2.3.4"),
            ("1.0.0beta", "1.0.0-beta"),
            ("1.0+m", "1.0.0+m"),
            ("1.0.0-1", "1.0.0-1"),
        ];
        for (text, canonical) in cases {
            assert_eq!(
                Version::parse(text).map(|version| version.to_string()),
                Ok(canonical.to_owned())
            );
        }
        for text in [
            "V1.0.0",
            " 1.0.0",
            "1.0.0-",
            "1.0.0-beta_x",
            "1..0",
            "",
            "1.0.0.beta",
            "9223372036854775808.0",
        ] {
            assert!(Version::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn prereleases_sort_as_the_client_sorts_them() {
        let order = |left: &str, right: &str| {
            let read = |text| Version::parse(text).expect("a version");
            read(left).cmp_precedence(&read(right))
        };
        assert_eq!(order("1.0.0-alpha", "1.0.0-alpha.1"), Ordering::Less);
        assert_eq!(order("1.0.0-alpha", "1.0.0-alpha.beta"), Ordering::Greater);
        assert_eq!(order("1.0.0-2", "1.0.0-10"), Ordering::Less);
        assert_eq!(order("1.0.0-rc1", "1.0.0"), Ordering::Less);
        assert_eq!(order("1.0.0+a", "1.0.0+b"), Ordering::Equal);
    }

    #[test]
    fn only_few_texts_ask_for_a_prerelease() {
        let version = Version::parse("2.0.0-beta1").expect("a version");
        let asks = |text: &str| exactly_requests(text, &version, PrereleaseRule::ExactRequest);
        assert!(
            asks("2.0.0-beta1")
                && asks(" 2.0.0-beta1 ")
                && asks("=2.0.0-beta1")
                && asks("2.0-beta1")
        );
        assert!(
            !asks("= 2.0.0-beta1")
                && !asks("v2.0.0-beta1")
                && !asks("~> 2.0.0-beta1")
                && !asks("2.0.0beta1")
        );
    }

    #[test]
    fn the_first_of_equal_versions_wins() {
        assert_eq!(
            pick(&["1.0.0+a", "1.0.0+b", "1.0.0"], Some("1.0.0+b")).as_deref(),
            Some("1.0.0+a")
        );
    }
}
