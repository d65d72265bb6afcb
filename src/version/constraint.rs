//! Version constraints: clauses joined by commas, each an operator and a version.
//!
//! Never repairs a constraint: what the client does not read is an error here as well. Two oddities are the client's:
//! `~> 1` has no upper bound, and comparisons (not `=` and `!=`) let prereleases meet only prereleases of the same
//! numbers.

use super::BadVersion;
use super::Version;
use std::cmp::Ordering;
use std::ops::Range;

/// The longest constraint that is read, in bytes.
pub const MAX_CONSTRAINT_BYTES: usize = 16 * 1024;

/// All clauses of a `version` argument; a version must meet each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraints {
    text: String,
    clauses: Vec<Clause>,
}

/// One operator with its version, and where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Where the clause lies in the constraint, without the spaces around it.
    pub span: Range<usize>,
    /// How versions are compared.
    pub operator: Operator,
    /// What they are compared with; it knows how many numbers were written.
    pub version: Version,
}

/// How a clause compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `=`, or nothing.
    Equal,
    /// `!=`.
    NotEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `~>`.
    Pessimistic,
}

/// What makes a text no constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadConstraint {
    /// Neither a version nor an operator stands here.
    NoVersion {
        /// Offset in the constraint.
        at: usize,
    },
    /// The version of a clause does not parse; the position in `bad` counts from `at`.
    Version {
        /// Where the version begins in the constraint.
        at: usize,
        /// What is wrong with it.
        bad: BadVersion,
    },
    /// The text has more bytes than are looked at.
    TooLong {
        /// How many it has.
        got: usize,
        /// How many are read.
        expected: usize,
    },
}

/// The releases a clause allows, spelled out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expansion {
    /// This version alone.
    Only(Version),
    /// Every version but this one.
    AllBut(Version),
    /// What lies between two bounds.
    Between {
        /// The lowest allowed.
        lower: Option<Bound>,
        /// The highest allowed.
        upper: Option<Bound>,
    },
}

/// One end of a range of versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// The version at the end.
    pub version: Version,
    /// Whether it is allowed itself.
    pub inclusive: bool,
}

impl Constraints {
    /// The clauses that `text` spells.
    pub fn parse(text: &str) -> Result<Self, BadConstraint> {
        if text.len() > MAX_CONSTRAINT_BYTES {
            return Err(BadConstraint::TooLong {
                got: text.len(),
                expected: MAX_CONSTRAINT_BYTES,
            });
        }
        let mut clauses = Vec::new();
        let mut at = 0;
        for single in text.split(',') {
            clauses.push(parse_clause(single, at)?);
            at += single.len() + 1;
        }
        Ok(Self {
            text: text.to_owned(),
            clauses,
        })
    }

    /// The text the constraint was read from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The clauses, in the order written.
    pub fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// What was written for a clause.
    pub fn clause_text(&self, clause: &Clause) -> &str {
        self.text.get(clause.span.clone()).unwrap_or_default()
    }

    /// Whether a version meets every clause.
    pub fn allows(&self, version: &Version) -> bool {
        self.clauses.iter().all(|clause| clause.allows(version))
    }
}

/// Whether a recorded version is one that a call asks for; what is missing or cannot be read asks for nothing.
pub fn meets(version: Option<&Version>, constraint: Option<&str>) -> bool {
    let constraints = constraint.and_then(|text| Constraints::parse(text).ok());
    version
        .zip(constraints)
        .is_none_or(|(version, constraints)| constraints.allows(version))
}

impl Clause {
    /// Whether a version meets the clause.
    pub fn allows(&self, version: &Version) -> bool {
        let order = version.cmp_precedence(&self.version);
        match self.operator {
            Operator::Equal => order.is_eq(),
            Operator::NotEqual => order.is_ne(),
            Operator::Greater => order.is_gt() && self.admits_prerelease(version),
            Operator::GreaterOrEqual => order.is_ge() && self.admits_prerelease(version),
            Operator::Less => order.is_lt() && self.admits_prerelease(version),
            Operator::LessOrEqual => order.is_le() && self.admits_prerelease(version),
            Operator::Pessimistic => self.allows_pessimistically(version, order),
        }
    }

    /// How many numbers of the version were written.
    pub fn numbers_written(&self) -> usize {
        self.version.numbers_written()
    }

    /// What the clause allows, with `~>` resolved into its bounds.
    pub fn expansion(&self) -> Expansion {
        let bound = |inclusive| {
            Some(Bound {
                version: self.version.clone(),
                inclusive,
            })
        };
        let (lower, upper) = match self.operator {
            Operator::Equal => return Expansion::Only(self.version.clone()),
            Operator::NotEqual => return Expansion::AllBut(self.version.clone()),
            Operator::Greater => (bound(false), None),
            Operator::GreaterOrEqual => (bound(true), None),
            Operator::Less => (None, bound(false)),
            Operator::LessOrEqual => (None, bound(true)),
            Operator::Pessimistic => (bound(true), self.pessimistic_upper_bound()),
        };
        Expansion::Between { lower, upper }
    }

    /// Whether an inequality lets this mixture of release and prerelease meet at all.
    fn admits_prerelease(&self, version: &Version) -> bool {
        match (version.is_prerelease(), self.version.is_prerelease()) {
            (true, true) => version.numbers() == self.version.numbers(),
            (true, false) => false,
            (false, true | false) => true,
        }
    }

    fn allows_pessimistically(&self, version: &Version, order: Ordering) -> bool {
        let release_for_prerelease = self.version.is_prerelease() && !version.is_prerelease();
        if !self.admits_prerelease(version) || release_for_prerelease || order.is_lt() {
            return false;
        }
        let (asked, given) = (self.version.numbers(), version.numbers());
        let last = asked.len().saturating_sub(1);
        let fixed = self.numbers_written().saturating_sub(1);
        asked.len() <= given.len()
            && asked
                .iter()
                .zip(given)
                .take(fixed)
                .all(|(asked, given)| asked == given)
            && asked.get(last) <= given.get(last)
    }

    /// The first version that `~>` no longer allows: the last number but one may not grow.
    fn pessimistic_upper_bound(&self) -> Option<Bound> {
        let fixed = self
            .numbers_written()
            .checked_sub(1)
            .filter(|&count| count > 0)?;
        let mut numbers: Vec<u64> = self.version.numbers().iter().copied().take(fixed).collect();
        let last = numbers.last_mut()?;
        *last = last.checked_add(1)?;
        numbers.resize(fixed.max(3), 0);
        Some(Bound {
            version: Version::of_numbers(numbers),
            inclusive: false,
        })
    }
}

/// The clause that `text` spells; it begins at `start` in the constraint.
fn parse_clause(text: &str, start: usize) -> Result<Clause, BadConstraint> {
    let trimmed = text.trim_start_matches(is_space);
    let clause_start = start + text.len() - trimmed.len();
    let clause = trimmed.trim_end_matches(is_space);
    let (operator, rest) = split_operator(clause);
    let spelled = rest.trim_start_matches(is_space);
    let at = clause_start + clause.len() - spelled.len();
    if !spelled.starts_with(|first: char| first == 'v' || first.is_ascii_digit()) {
        return Err(BadConstraint::NoVersion { at });
    }
    let version = Version::parse(spelled).map_err(|bad| BadConstraint::Version { at, bad })?;
    Ok(Clause {
        span: clause_start..clause_start + clause.len(),
        operator,
        version,
    })
}

fn split_operator(clause: &str) -> (Operator, &str) {
    let operators = [
        ("!=", Operator::NotEqual),
        (">=", Operator::GreaterOrEqual),
        ("<=", Operator::LessOrEqual),
        ("~>", Operator::Pessimistic),
        ("=", Operator::Equal),
        (">", Operator::Greater),
        ("<", Operator::Less),
    ];
    for (sign, operator) in operators {
        if let Some(rest) = clause.strip_prefix(sign) {
            return (operator, rest);
        }
    }
    (Operator::Equal, clause)
}

/// Whether the client's grammar takes the character for white space; a vertical tab it does not.
fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\x0c')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(constraint: &str, version: &str) -> bool {
        let constraints =
            Constraints::parse(constraint).unwrap_or_else(|bad| panic!("{constraint}: {bad:?}"));
        constraints.allows(&Version::parse(version).expect("the version of a test is valid"))
    }

    #[test]
    fn clauses_allow_what_the_client_allows() {
        for (constraint, allowed, refused) in [
            ("~> 1.2.3", "1.2.3.4", "1.3.0"),
            ("~> 1.2", "1.9.0", "2.0.0"),
            ("~> 1", "3.1.0", "0.9.0"),
            ("~> 1.2.3.4", "1.2.3.5", "1.2.4"),
            ("1.2.3.0", "1.2.3", "1.2.3.1"),
            ("= 1.0.0+b", "1.0.0+a", "1.0.1"),
            ("!= 2.0.0", "1.10.0", "2.0.0+x"),
            (">= 1.0.0, < 1.10.0", "1.9.9", "1.10.0"),
            (">1.0", "1.0.1", "1.0.0"),
            ("<= 1.2.9", "1.2.9", "1.2.10"),
            (">= 1.0.0-beta", "1.0.0", "1.0.1-beta"),
            (">= 1.0.0-beta", "1.0.0-rc", "1.0.0-alpha"),
            ("~> 1.0.0-beta", "1.0.0-rc", "1.0.0"),
            ("< 2.0.0", "1.9.9", "1.9.9-beta"),
        ] {
            assert!(allows(constraint, allowed), "{constraint} {allowed}");
            assert!(!allows(constraint, refused), "{constraint} {refused}");
        }
    }

    #[test]
    fn texts_that_are_no_constraint_are_refused() {
        for text in [
            "",
            " ",
            "latest",
            "1.x",
            "*",
            "^1.0",
            "=> 1.0",
            "== 1.0",
            "1.0 || 2.0",
            ">= 1 < 2",
            ",",
            "1.0,",
            "~>",
            "> = 1.0",
            "\u{b}1.0",
            "\u{a0}1.0",
            "one point two",
            "1.0.0 -beta",
        ] {
            assert!(Constraints::parse(text).is_err(), "{text}");
        }
        assert_eq!(
            Constraints::parse("~> 1.0, ^2"),
            Err(BadConstraint::NoVersion { at: 8 })
        );
        let bad = BadVersion::Malformed { at: 1 };
        assert_eq!(
            Constraints::parse(">=  1.x"),
            Err(BadConstraint::Version { at: 4, bad })
        );
    }

    #[test]
    fn clauses_know_where_they_were_written() {
        let constraints =
            Constraints::parse("  >=   1.0.0  ,<1.2 ").expect("the constraint of a test is valid");
        let texts: Vec<&str> = constraints
            .clauses()
            .iter()
            .map(|clause| constraints.clause_text(clause))
            .collect();
        assert_eq!(texts, [">=   1.0.0", "<1.2"]);
        assert_eq!(
            constraints
                .clauses()
                .iter()
                .map(Clause::numbers_written)
                .collect::<Vec<_>>(),
            [3, 2]
        );
    }

    #[test]
    fn the_pessimistic_operator_is_spelled_out() {
        for (text, upper) in [
            ("~> 4.2", Some("5.0.0")),
            ("~> 4", None),
            ("~> 1.2.3", Some("1.3.0")),
            ("~> 1.2.3.4", Some("1.2.4")),
        ] {
            let constraints = Constraints::parse(text).expect("the constraint of a test is valid");
            let Expansion::Between { lower, upper: got } = constraints.clauses()[0].expansion()
            else {
                panic!("{text} is a range");
            };
            assert!(lower.is_some_and(|bound| bound.inclusive));
            assert_eq!(
                got.map(|bound| bound.version.to_string()).as_deref(),
                upper,
                "{text}"
            );
        }
    }
}
