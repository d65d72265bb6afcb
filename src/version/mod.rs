//! Versions as the client reads, prints and orders them.
//!
//! Never touches the network and never decides what a finding is: it answers which version a list and a constraint
//! lead to, and why the others were passed over.
//!
//! The grammar is wider than `SemVer`: a leading `v`, any count of numbers, `1.0.0beta` without its hyphen, and even
//! `1.0.0-`, whose prerelease is the hyphen itself. The order has oddities of its own, see [`Version::cmp_precedence`].

use std::cmp::Ordering;
use std::fmt;

mod choice;
mod constraint;
mod exact;
mod semver;

pub use choice::{Choice, Chosen, Rejected, Why, choose};
pub use constraint::{
    BadConstraint, Bound, Clause, Constraints, Expansion, MAX_CONSTRAINT_BYTES, Operator, meets,
};
pub use exact::{PrereleaseRule, exactly_requests};
pub use semver::{SemverIssue, cmp_semver, equal_precedence, respelled, semver_issues};

/// The longest version text that is read, in bytes.
pub const MAX_VERSION_BYTES: usize = 256;

/// A version: its numbers, prerelease and metadata, and the text it was read from.
///
/// Equality is of every field, the text included; [`Version::cmp_precedence`] compares as the client does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The numbers, padded with zeros to at least three.
    numbers: Vec<u64>,
    /// How many numbers were written.
    written: usize,
    /// Where the prerelease lies in `text`; empty if there is none.
    prerelease: (usize, usize),
    /// Where the metadata lies in `text`; empty if there is none.
    metadata: (usize, usize),
    text: String,
}

/// What makes a text no version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadVersion {
    /// The grammar is not met at this byte.
    Malformed {
        /// Offset of the first byte that does not fit.
        at: usize,
    },
    /// A number does not fit 63 bits.
    NumberTooLarge {
        /// Offset of its first digit.
        at: usize,
    },
    /// The text has more bytes than are looked at.
    TooLong {
        /// How many it has.
        got: usize,
        /// How many are read.
        expected: usize,
    },
}

impl Version {
    /// The version that `text` spells, with nothing around it.
    pub fn parse(text: &str) -> Result<Self, BadVersion> {
        if text.len() > MAX_VERSION_BYTES {
            return Err(BadVersion::TooLong {
                got: text.len(),
                expected: MAX_VERSION_BYTES,
            });
        }
        let bytes = text.as_bytes();
        let start = usize::from(bytes.first() == Some(&b'v'));
        let (mut numbers, numbers_end) = parse_numbers(bytes, start)?;
        let written = numbers.len();
        numbers.resize(written.max(3), 0);
        let prerelease = match prerelease_end(bytes, numbers_end) {
            Some(end) => (prerelease_start(bytes, numbers_end), end),
            None => (numbers_end, numbers_end),
        };
        let metadata = match bytes.get(prerelease.1) {
            Some(b'+') => {
                let end = parts_end(bytes, prerelease.1 + 1);
                (
                    prerelease.1 + 1,
                    end.ok_or(BadVersion::Malformed { at: prerelease.1 })?,
                )
            }
            Some(_) | None => (prerelease.1, prerelease.1),
        };
        if metadata.1 != bytes.len() {
            return Err(BadVersion::Malformed { at: metadata.1 });
        }
        Ok(Self {
            numbers,
            written,
            prerelease,
            metadata,
            text: text.to_owned(),
        })
    }

    /// The text the version was read from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The numbers, padded with zeros to at least three.
    pub fn numbers(&self) -> &[u64] {
        &self.numbers
    }

    /// How many numbers were written, before padding.
    pub fn numbers_written(&self) -> usize {
        self.written
    }

    /// The prerelease without its hyphen; empty for a release.
    pub fn prerelease(&self) -> &str {
        self.text
            .get(self.prerelease.0..self.prerelease.1)
            .unwrap_or_default()
    }

    /// The build metadata without its plus; empty if there is none.
    pub fn metadata(&self) -> &str {
        self.text
            .get(self.metadata.0..self.metadata.1)
            .unwrap_or_default()
    }

    /// Whether the version has a prerelease, and so is chosen only if asked for exactly.
    pub fn is_prerelease(&self) -> bool {
        self.prerelease.0 != self.prerelease.1
    }

    /// The order in which the client prefers versions; metadata does not count.
    ///
    /// It is no total order, and is copied as it is: prereleases are compared only between versions of equally many
    /// numbers (`1.0.0-beta` equals `1.0.0.0`, but is older than `1.0.0`), a prerelease that goes on with text is older
    /// than the one it goes on from (`alpha.beta` before `alpha`), and `01` and `1` are each older than the other.
    pub fn cmp_precedence(&self, other: &Self) -> Ordering {
        if self.numbers != other.numbers {
            return cmp_numbers(&self.numbers, &other.numbers);
        }
        match (self.is_prerelease(), other.is_prerelease()) {
            (false, false) => Ordering::Equal,
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (true, true) => cmp_prereleases(self.prerelease(), other.prerelease()),
        }
    }

    /// The release with the numbers of this version.
    pub fn release(&self) -> Self {
        Self::of_numbers(self.numbers.clone())
    }

    /// The version that has these numbers and nothing else, as if written so.
    fn of_numbers(numbers: Vec<u64>) -> Self {
        let text = join_numbers(&numbers);
        let end = text.len();
        let written = numbers.len();
        Self {
            numbers,
            written,
            prerelease: (end, end),
            metadata: (end, end),
            text,
        }
    }
}

impl BadVersion {
    /// What the client's library says of the text that was refused.
    pub fn go_message(&self, text: &str) -> String {
        match self {
            Self::NumberTooLarge { at } => {
                let rest = text.get(*at..).unwrap_or_default();
                let number = rest
                    .split(|next: char| !next.is_ascii_digit())
                    .next()
                    .unwrap_or_default();
                format!(
                    "Error parsing version: strconv.ParseInt: parsing \"{number}\": value out of range"
                )
            }
            Self::Malformed { .. } | Self::TooLong { .. } => format!("Malformed version: {text}"),
        }
    }
}

/// The canonical form: no `v`, no leading zeros, at least three numbers.
impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&join_numbers(&self.numbers))?;
        if self.is_prerelease() {
            write!(out, "-{}", self.prerelease())?;
        }
        if !self.metadata().is_empty() {
            write!(out, "+{}", self.metadata())?;
        }
        Ok(())
    }
}

fn join_numbers(numbers: &[u64]) -> String {
    let texts: Vec<String> = numbers.iter().map(u64::to_string).collect();
    texts.join(".")
}

fn parse_numbers(bytes: &[u8], start: usize) -> Result<(Vec<u64>, usize), BadVersion> {
    let mut numbers = Vec::with_capacity(3);
    let mut at = start;
    loop {
        let end = digits_end(bytes, at);
        if end == at {
            return Err(BadVersion::Malformed { at });
        }
        numbers.push(
            parse_number(bytes.get(at..end).unwrap_or_default())
                .ok_or(BadVersion::NumberTooLarge { at })?,
        );
        let more =
            bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
        if !more {
            return Ok((numbers, end));
        }
        at = end + 1;
    }
}

/// The value of decimal digits, if it fits 63 bits.
fn parse_number(digits: &[u8]) -> Option<u64> {
    let mut value: u64 = 0;
    for digit in digits {
        value = value
            .checked_mul(10)?
            .checked_add(u64::from(digit - b'0'))?;
    }
    i64::try_from(value).is_ok().then_some(value)
}

fn digits_end(bytes: &[u8], start: usize) -> usize {
    let digits = bytes
        .iter()
        .skip(start)
        .take_while(|byte| byte.is_ascii_digit());
    start + digits.count()
}

/// Where the text of the prerelease that is introduced at `at` begins: behind its hyphen, unless the hyphen is it.
fn prerelease_start(bytes: &[u8], at: usize) -> usize {
    let hyphen =
        bytes.get(at) == Some(&b'-') && bytes.get(at + 1).is_some_and(|&byte| is_part_byte(byte));
    at + usize::from(hyphen)
}

/// Where the prerelease that is introduced at `at` ends, if one is: only behind a hyphen may it begin with a digit.
fn prerelease_end(bytes: &[u8], at: usize) -> Option<usize> {
    let introduced = bytes
        .get(at)
        .is_some_and(|&byte| is_part_byte(byte) && !byte.is_ascii_digit());
    if introduced {
        parts_end(bytes, prerelease_start(bytes, at))
    } else {
        None
    }
}

/// Where the dot-separated parts that begin at `start` end, if there is one.
fn parts_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut end = start;
    loop {
        let part = bytes
            .iter()
            .skip(end)
            .take_while(|&&byte| is_part_byte(byte))
            .count();
        if part == 0 {
            // A dot with nothing behind it does not belong to the parts.
            return (end > start).then(|| end - 1);
        }
        end += part;
        if bytes.get(end) != Some(&b'.') {
            return Some(end);
        }
        end += 1;
    }
}

fn is_part_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'~'
}

fn cmp_numbers(left: &[u64], right: &[u64]) -> Ordering {
    let length = left.len().max(right.len());
    let padded = |numbers: &[u64], at: usize| numbers.get(at).copied().unwrap_or(0);
    let mut pairs = (0..length).map(|at| padded(left, at).cmp(&padded(right, at)));
    pairs.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

fn cmp_prereleases(left: &str, right: &str) -> Ordering {
    if left == right {
        return Ordering::Equal;
    }
    let (mut left_parts, mut right_parts) = (left.split('.'), right.split('.'));
    loop {
        let (left_part, right_part) = (left_parts.next(), right_parts.next());
        if left_part.is_none() && right_part.is_none() {
            return Ordering::Equal;
        }
        let order = cmp_parts(
            left_part.unwrap_or_default(),
            right_part.unwrap_or_default(),
        );
        if order.is_ne() {
            return order;
        }
    }
}

/// The order of two parts of prereleases; a missing part is empty.
fn cmp_parts(left: &str, right: &str) -> Ordering {
    if left == right {
        return Ordering::Equal;
    }
    let (left_number, right_number) = (Numeric::of(left), Numeric::of(right));
    if left.is_empty() {
        return if right_number.is_number {
            Ordering::Less
        } else {
            Ordering::Greater
        };
    }
    if right.is_empty() {
        return if left_number.is_number {
            Ordering::Greater
        } else {
            Ordering::Less
        };
    }
    // A number too large to be one still counts as the largest where both are text, as in the client's library.
    let greater = match (left_number.is_number, right_number.is_number) {
        (true, false) => false,
        (false, true) => true,
        (false, false) => left > right || left_number.value > right_number.value,
        (true, true) => left_number.value > right_number.value,
    };
    if greater {
        Ordering::Greater
    } else {
        Ordering::Less
    }
}

/// A part of a prerelease read as a signed number.
struct Numeric {
    is_number: bool,
    /// The nearest number there is if the text is out of range, 0 if it is no number at all.
    value: i64,
}

impl Numeric {
    fn of(part: &str) -> Self {
        if let Ok(value) = part.parse::<i64>() {
            return Self {
                is_number: true,
                value,
            };
        }
        let digits = part.strip_prefix('-').unwrap_or(part);
        let in_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let value = match (in_digits, part.starts_with('-')) {
            (false, _) => 0,
            (true, false) => i64::MAX,
            (true, true) => i64::MIN,
        };
        Self {
            is_number: false,
            value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap_or_else(|bad| panic!("{text}: {bad:?}"))
    }

    #[test]
    fn canonical_forms_are_the_clients() {
        for (text, canonical) in [
            ("v1", "1.0.0"),
            ("01.02.03", "1.2.3"),
            ("1.2.3.4", "1.2.3.4"),
            ("1.2", "1.2.0"),
            ("1.0.0beta", "1.0.0-beta"),
            ("1.0.0~rc1", "1.0.0-~rc1"),
            ("1.0.0+build.5", "1.0.0+build.5"),
            ("1.0.0-rc.1+b.c", "1.0.0-rc.1+b.c"),
            ("1.0.0-", "1.0.0--"),
            ("1.0.0--", "1.0.0--"),
            ("1.0.0-.a", "1.0.0--.a"),
            ("1.0.0-+m", "1.0.0--+m"),
            ("1-2.3", "1.0.0-2.3"),
            ("9223372036854775807.0", "9223372036854775807.0.0"),
        ] {
            assert_eq!(version(text).to_string(), canonical, "{text}");
            assert_eq!(version(text).text(), text);
        }
    }

    #[test]
    fn texts_that_the_client_refuses_are_refused() {
        for (text, bad) in [
            ("", BadVersion::Malformed { at: 0 }),
            ("V1.0.0", BadVersion::Malformed { at: 0 }),
            (" 1.0.0", BadVersion::Malformed { at: 0 }),
            ("1.0.0 ", BadVersion::Malformed { at: 5 }),
            ("1.0.0\n", BadVersion::Malformed { at: 5 }),
            ("1.0.0-beta_x", BadVersion::Malformed { at: 10 }),
            ("1..0", BadVersion::Malformed { at: 1 }),
            ("1.0.0+", BadVersion::Malformed { at: 5 }),
            ("1.0.0.beta", BadVersion::Malformed { at: 5 }),
            ("1.0.0-a.", BadVersion::Malformed { at: 7 }),
            ("latest", BadVersion::Malformed { at: 0 }),
            ("1.0.0/../..", BadVersion::Malformed { at: 5 }),
            ("1.0.0-é", BadVersion::Malformed { at: 6 }),
            (
                "1.9223372036854775808",
                BadVersion::NumberTooLarge { at: 2 },
            ),
            (
                "1.99999999999999999999999999",
                BadVersion::NumberTooLarge { at: 2 },
            ),
        ] {
            assert_eq!(Version::parse(text), Err(bad), "{text}");
        }
        let long = "1".repeat(257);
        assert_eq!(
            Version::parse(&long),
            Err(BadVersion::TooLong {
                got: 257,
                expected: 256
            })
        );
    }

    #[test]
    fn order_is_the_clients() {
        for (left, order, right) in [
            ("1.9.0", Ordering::Less, "1.10.0"),
            ("1.2.3", Ordering::Equal, "1.2.3.0"),
            ("1.0.0-beta", Ordering::Less, "1.0.0"),
            ("1.0.0-beta", Ordering::Equal, "1.0.0.0"),
            ("1.0.0-alpha", Ordering::Less, "1.0.0-alpha.1"),
            ("1.0.0-alpha", Ordering::Greater, "1.0.0-alpha.beta"),
            ("1.0.0-beta.2", Ordering::Less, "1.0.0-beta.11"),
            ("1.0.0-1", Ordering::Less, "1.0.0-a"),
            ("1.0.0-01", Ordering::Less, "1.0.0-1"),
            ("1.0.0-1", Ordering::Less, "1.0.0-01"),
            ("1.0.0+a", Ordering::Equal, "1.0.0+b"),
            ("1.0.0-99999999999999999999", Ordering::Greater, "1.0.0-a"),
        ] {
            assert_eq!(
                version(left).cmp_precedence(&version(right)),
                order,
                "{left} {right}"
            );
        }
    }
}
