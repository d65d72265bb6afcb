//! Again or not, and when: pure decisions.
//!
//! `get` repeats what the client repeats, `check` what helps against passing faults. Nothing here waits or sends.

use crate::trace::exchange::Failure;
use jiff::SignedDuration;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use std::time::Duration;

/// What is repeated, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Whose rules.
    pub rules: Rules,
    /// How often after the first try.
    pub retries: u32,
    /// The longest wait that a server may ask for.
    pub max_wait: Duration,
    /// Spreads the waits of `check`; the same seed gives the same waits.
    pub seed: u64,
}

/// Whose rules decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rules {
    /// The client's for registry requests.
    Client,
    /// The client's for discovery documents.
    Discovery,
    /// The tool's own.
    Check,
}

/// What came of a try.
#[derive(Debug, Clone, Copy)]
pub enum Outcome<'a> {
    /// A status.
    Status(u16),
    /// No reply, or one that ended too early.
    Failed(&'a Failure),
    /// More redirects than are followed, or one that cannot be followed.
    BadRedirect,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Ask again.
    Again {
        /// After so long.
        wait: Duration,
    },
    /// Leave it.
    GiveUp(GiveUp),
}

/// Why nothing is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GiveUp {
    /// This outcome is never repeated.
    Final,
    /// It was repeated often enough.
    Exhausted,
    /// The server wants a longer wait than is granted.
    WaitTooLong {
        /// What it wants.
        wanted: Duration,
    },
}

/// What to do after a try, counted from 1.
pub fn decide(
    policy: &RetryPolicy,
    attempt: u32,
    outcome: Outcome<'_>,
    retry_after: Option<&str>,
    now: Timestamp,
) -> Decision {
    let repeats = match policy.rules {
        Rules::Client => client_repeats(outcome),
        Rules::Discovery => discovery_repeats(outcome),
        Rules::Check => check_repeats(outcome),
    };
    if !repeats {
        return Decision::GiveUp(GiveUp::Final);
    }
    if attempt > policy.retries {
        return Decision::GiveUp(GiveUp::Exhausted);
    }
    let asked = match outcome {
        Outcome::Status(429 | 503) => {
            retry_after.and_then(|value| asked_wait(policy.rules, value, now))
        }
        Outcome::Status(_) | Outcome::Failed(_) | Outcome::BadRedirect => None,
    };
    match asked {
        Some(wanted) if wanted > policy.max_wait => {
            Decision::GiveUp(GiveUp::WaitTooLong { wanted })
        }
        Some(wait) => Decision::Again { wait },
        None => Decision::Again {
            wait: own_wait(policy, attempt),
        },
    }
}

/// How long a `Retry-After` wants to wait: seconds or a date; a date in the past means at once.
pub fn asked_wait(rules: Rules, value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    let digits = value.strip_prefix('-').unwrap_or(value);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let is_negative = digits.len() < value.len();
        return match (rules, is_negative) {
            (Rules::Client | Rules::Discovery, true) => None,
            (Rules::Check, true) => Some(Duration::ZERO),
            (Rules::Client | Rules::Discovery, false) => value
                .parse::<i64>()
                .ok()?
                .try_into()
                .ok()
                .map(Duration::from_secs),
            (Rules::Check, false) => Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX))),
        };
    }
    let until = http_date(value)?.duration_since(now);
    Some(if until > SignedDuration::ZERO {
        until.unsigned_abs()
    } else {
        Duration::ZERO
    })
}

fn http_date(value: &str) -> Option<Timestamp> {
    // The parser would take many other forms; the client takes this one only.
    if !value.ends_with(" GMT") {
        return None;
    }
    // Nor does the client look whether the day of the week is the right one.
    let (_, date) = value.split_once(", ")?;
    rfc2822::DateTimeParser::new().parse_timestamp(date).ok()
}

fn client_repeats(outcome: Outcome<'_>) -> bool {
    match outcome {
        Outcome::Status(status) => status == 429 || (status >= 500 && status != 501),
        Outcome::BadRedirect => false,
        Outcome::Failed(failure) => match failure {
            Failure::Certificate(_)
            | Failure::Forbidden(_)
            | Failure::BadUrl(_)
            | Failure::BadHeader { .. }
            | Failure::Disk(_) => false,
            Failure::Lookup(_)
            | Failure::Connect(_)
            | Failure::Handshake(_)
            | Failure::NotTls
            | Failure::Timeout { .. }
            | Failure::Closed
            | Failure::Malformed(_)
            | Failure::ShortBody { .. }
            | Failure::Coding(_)
            | Failure::Proxy(_)
            | Failure::Limit { .. }
            | Failure::Other(_) => true,
        },
    }
}

/// A document that began to come is not asked for again.
fn discovery_repeats(outcome: Outcome<'_>) -> bool {
    match outcome {
        Outcome::BadRedirect => true,
        Outcome::Failed(Failure::Limit { .. } | Failure::ShortBody { .. } | Failure::Coding(_)) => {
            false
        }
        Outcome::Status(_) | Outcome::Failed(_) => client_repeats(outcome),
    }
}

fn check_repeats(outcome: Outcome<'_>) -> bool {
    match outcome {
        Outcome::Status(status) => matches!(status, 408 | 429 | 500 | 502 | 503 | 504),
        Outcome::BadRedirect => false,
        Outcome::Failed(failure) => match failure {
            Failure::Lookup(_)
            | Failure::Connect(_)
            | Failure::Handshake(_)
            | Failure::NotTls
            | Failure::Closed
            | Failure::Malformed(_)
            | Failure::ShortBody { .. }
            | Failure::Proxy(_) => true,
            Failure::Certificate(_)
            | Failure::Timeout { .. }
            | Failure::Coding(_)
            | Failure::Limit { .. }
            | Failure::Forbidden(_)
            | Failure::BadUrl(_)
            | Failure::BadHeader { .. }
            | Failure::Disk(_)
            | Failure::Other(_) => false,
        },
    }
}

/// The client waits 1 s, 2 s, 4 s and at most 30 s, for discovery a tenth of that; `check` waits between a quarter and a half of
/// that.
fn own_wait(policy: &RetryPolicy, attempt: u32) -> Duration {
    let whole =
        Duration::from_secs(1_u64 << attempt.saturating_sub(1).min(5)).min(Duration::from_secs(30));
    match policy.rules {
        Rules::Client => whole,
        Rules::Discovery => whole / 10,
        Rules::Check => {
            let spread = scattered(policy.seed, attempt);
            whole / 4 + (whole / 4).mul_f64(spread)
        }
    }
}

/// A number from 0 to 1 that looks random.
fn scattered(seed: u64, attempt: u32) -> f64 {
    let mut value = seed ^ u64::from(attempt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    f64::from(u32::try_from(value >> 33).unwrap_or_default()) / f64::from(u32::MAX >> 1)
}

#[cfg(test)]
mod tests {
    use super::Decision;
    use super::GiveUp;
    use super::Outcome;
    use super::RetryPolicy;
    use super::Rules;
    use super::decide;
    use crate::trace::exchange::CertificateFailure;
    use crate::trace::exchange::ConnectFailure;
    use crate::trace::exchange::Failure;
    use jiff::Timestamp;
    use std::time::Duration;

    fn policy(rules: Rules) -> RetryPolicy {
        RetryPolicy {
            rules,
            retries: 2,
            max_wait: Duration::from_secs(60),
            seed: 7,
        }
    }

    fn after(rules: Rules, retry_after: &str) -> Decision {
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().expect("a time");
        decide(
            &policy(rules),
            1,
            Outcome::Status(429),
            Some(retry_after),
            now,
        )
    }

    fn repeated(rules: Rules, outcome: Outcome<'_>) -> bool {
        let decision = decide(&policy(rules), 1, outcome, None, Timestamp::UNIX_EPOCH);
        matches!(decision, Decision::Again { .. })
    }

    #[test]
    fn statuses_that_are_repeated() {
        let repeats = |rules| -> Vec<u16> {
            (400..600)
                .filter(|status| repeated(rules, Outcome::Status(*status)))
                .collect()
        };
        assert_eq!(repeats(Rules::Check), [408, 429, 500, 502, 503, 504]);
        let client = repeats(Rules::Client);
        assert_eq!(client.len(), 100);
        assert!(client.contains(&429) && client.contains(&599) && !client.contains(&501));
    }

    #[test]
    fn certificates_and_redirects_are_never_repeated() {
        let certificate = Failure::Certificate(CertificateFailure::Expired);
        let refused = Failure::Connect(ConnectFailure::Refused);
        let late = Failure::Timeout {
            phase: crate::trace::exchange::Phase::Wait,
            limit: Duration::from_secs(1),
        };
        for rules in [Rules::Client, Rules::Check] {
            assert!(!repeated(rules, Outcome::Failed(&certificate)));
            assert!(!repeated(rules, Outcome::BadRedirect));
            assert!(repeated(rules, Outcome::Failed(&refused)));
        }
        assert!(repeated(Rules::Client, Outcome::Failed(&late)));
        assert!(!repeated(Rules::Check, Outcome::Failed(&late)));
    }

    #[test]
    fn the_servers_wish_is_granted_up_to_the_limit() {
        let again = |seconds| Decision::Again {
            wait: Duration::from_secs(seconds),
        };
        assert_eq!(after(Rules::Check, "1"), again(1));
        assert_eq!(after(Rules::Check, "0"), again(0));
        assert_eq!(after(Rules::Check, "-5"), again(0));
        assert_eq!(after(Rules::Client, "-5"), again(1));
        assert_eq!(
            after(Rules::Client, "Tue, 24 Nov 2026 12:00:07 GMT"),
            again(7)
        );
        assert_eq!(
            after(Rules::Check, "Thu, 01 Jan 1970 00:00:00 GMT"),
            again(0)
        );
        for long in [
            "3600",
            "99999999999999999999",
            "Wed, 01 Jan 2399 00:00:00 GMT",
        ] {
            let decision = after(Rules::Check, long);
            assert!(
                matches!(decision, Decision::GiveUp(GiveUp::WaitTooLong { .. })),
                "{long}"
            );
        }
        assert_eq!(after(Rules::Client, "garbage"), again(1));
        assert_eq!(after(Rules::Client, ""), again(1));
    }

    #[test]
    fn waits_double_and_end() {
        let waits: Vec<Decision> = (1..=9)
            .map(|attempt| {
                let policy = RetryPolicy {
                    retries: 8,
                    ..policy(Rules::Client)
                };
                decide(
                    &policy,
                    attempt,
                    Outcome::Status(500),
                    None,
                    Timestamp::UNIX_EPOCH,
                )
            })
            .collect();
        let again = |seconds| Decision::Again {
            wait: Duration::from_secs(seconds),
        };
        let wanted: Vec<Decision> = [1, 2, 4, 8, 16, 30, 30, 30].map(again).to_vec();
        assert_eq!(waits[..8], wanted);
        assert_eq!(waits[8], Decision::GiveUp(GiveUp::Exhausted));
    }

    #[test]
    fn the_tools_own_waits_are_spread_and_repeatable() {
        let wait = |seed, attempt| {
            let policy = RetryPolicy {
                seed,
                ..policy(Rules::Check)
            };
            match decide(
                &policy,
                attempt,
                Outcome::Status(503),
                None,
                Timestamp::UNIX_EPOCH,
            ) {
                Decision::Again { wait } => wait,
                Decision::GiveUp(why) => panic!("{why:?}"),
            }
        };
        for seed in 0..50 {
            let total = wait(seed, 1) + wait(seed, 2);
            assert!(total >= Duration::from_millis(750) && total <= Duration::from_millis(1500));
        }
        assert_eq!(wait(1, 1), wait(1, 1));
        assert_ne!(wait(1, 1), wait(2, 1));
    }
}
