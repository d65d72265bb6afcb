//! How a stage asks: along redirects, again where that helps, and not at all where a host wants to be left alone.
//!
//! `get` repeats what the client repeats. `check` repeats what a passing fault may have spoilt; a host that limits it is given
//! the time that it asks for, and what it would answer stays open where that is too long.

use crate::addr::url::GoUrl;
use crate::client::Behaviour;
use crate::io::ask::Ask;
use crate::io::ask::Got;
use crate::io::ask::Take;
use crate::io::hops::Followed;
use crate::io::hops::HopEnd;
use crate::io::hops::HopPolicy;
use crate::io::hops::HostRule;
use crate::io::hops::follow;
use crate::io::retry;
use crate::stages::Cx;
use crate::stages::Manner;
use crate::trace::Fact;
use crate::trace::Stop;
use crate::trace::Unsure;
use crate::trace::exchange::Failure;
use crate::trace::exchange::Forbidden;
use crate::trace::throttle::ThrottleFact;
use crate::trace::tracer::OpenStep;
use crate::trace::tracer::Stopped;
use jiff::Timestamp;
use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;
use std::time::Duration;

/// How often clients that ask for discovery documents again do so.
const DISCOVERY_RETRIES: u32 = 3;

impl Cx {
    /// Sends a request and follows its redirects.
    pub async fn ask(&self, step: &mut OpenStep, ask: Ask, redirects: u32) -> Followed {
        // On the heap, as every future of a walk holds this one.
        Box::pin(follow(
            &self.io.http,
            step,
            ask,
            HopPolicy {
                most: redirects,
                rule: HostRule::HopBefore,
            },
        ))
        .await
    }

    /// Sends a request that the client does not repeat; `check` repeats it after a passing fault.
    pub async fn ask_patiently(&self, step: &mut OpenStep, ask: Ask, redirects: u32) -> Followed {
        match self.manner {
            Manner::Get => self.ask(step, ask, redirects).await,
            Manner::Check => {
                let policy = self.own_policy(&ask);
                Box::pin(self.again(step, ask, redirects, policy)).await
            }
        }
    }

    /// Sends a registry request; `get` repeats it as the client would.
    pub async fn ask_registry(&self, step: &mut OpenStep, ask: Ask) -> Followed {
        let policy = match self.manner {
            Manner::Get => self.client_policy(),
            Manner::Check => self.own_policy(&ask),
        };
        let redirects = self.io.limits.redirects;
        Box::pin(self.again(step, ask, redirects, policy)).await
    }

    /// Sends a request for a discovery document; `get` repeats it as the client would.
    pub async fn ask_discovery(&self, step: &mut OpenStep, ask: Ask, redirects: u32) -> Followed {
        let policy = match self.manner {
            Manner::Get => self.discovery_policy(),
            Manner::Check => self.own_policy(&ask),
        };
        Box::pin(self.again(step, ask, redirects, policy)).await
    }

    /// Ends a step where the client would stop, or without an answer where it cannot be told what the client would get.
    pub fn end<T>(&self, step: OpenStep, stop: Stop) -> Result<T, Stopped> {
        match self.unsure(&step, &stop) {
            Some(unsure) => step.unsure(unsure),
            None => step.stop(stop),
        }
    }

    fn unsure(&self, step: &OpenStep, stop: &Stop) -> Option<Unsure> {
        if self.manner == Manner::Get {
            return None;
        }
        match stop {
            Stop::Failed(Failure::Forbidden(Forbidden::DeadHost)) => Some(Unsure::HostDown),
            Stop::Status { got, .. } => step.facts().iter().rev().find_map(|fact| match fact {
                Fact::Throttled(throttle) if throttle.gave_up && throttle.status == *got => {
                    Some(Unsure::RateLimited {
                        status: *got,
                        reset: throttle.reset.as_deref().and_then(seconds_until),
                    })
                }
                _ => None,
            }),
            _ => None,
        }
    }

    async fn again(
        &self,
        step: &mut OpenStep,
        ask: Ask,
        redirects: u32,
        policy: retry::RetryPolicy,
    ) -> Followed {
        let mut attempt = 1;
        let mut waited = Duration::ZERO;
        let mut before: Option<Followed> = None;
        loop {
            let followed = self.ask(step, numbered(&ask, attempt), redirects).await;
            let Some(outcome) = outcome(&followed) else {
                return followed;
            };
            // What made the host count as down says more than that nobody asks it any more.
            let is_spared = matches!(
                outcome,
                retry::Outcome::Failed(Failure::Forbidden(Forbidden::DeadHost))
            );
            if let Some(before) = before.take().filter(|_| is_spared) {
                return before;
            }
            let now = Timestamp::now();
            let throttle = followed
                .answer
                .got()
                .filter(|_| policy.rules == retry::Rules::Check)
                .and_then(|got| Throttle::of(got, now));
            let policy = retry::RetryPolicy {
                max_wait: policy.max_wait.saturating_sub(waited),
                ..policy
            };
            let decision = if let Some(throttle) = &throttle {
                throttle.decide(&policy, attempt, now)
            } else {
                let got = followed.answer.got();
                let asked = got.and_then(|got| got.header_text("retry-after"));
                retry::decide(&policy, attempt, outcome, asked.as_deref(), now)
            };
            let wait = match decision {
                retry::Decision::Again { wait } => Some(wait),
                retry::Decision::GiveUp(_) => None,
            };
            if let Some(throttle) = throttle {
                if let Some(wait) = wait {
                    self.io.http.quiet(followed.last_url(), wait);
                    waited += wait;
                }
                step.note(Fact::Throttled(throttle.fact(followed.last_url(), wait)));
            }
            let Some(wait) = wait else { return followed };
            // Nobody is spared by waiting for an answer that is known already.
            if !self.io.http.remembers(&ask) {
                tokio::time::sleep(wait).await;
            }
            attempt += 1;
            before = Some(followed);
        }
    }

    fn client_policy(&self) -> retry::RetryPolicy {
        let wanted = self
            .io
            .env
            .var("TF_REGISTRY_DISCOVERY_RETRY")
            .and_then(|text| text.parse::<u32>().ok())
            .filter(|count| *count > 0);
        let retries = if self.client.does(Behaviour::RetriesRegistryCalls) {
            wanted.unwrap_or(1)
        } else {
            0
        };
        retry::RetryPolicy {
            rules: retry::Rules::Client,
            retries,
            max_wait: self.io.limits.max_wait,
            seed: 0,
        }
    }

    fn discovery_policy(&self) -> retry::RetryPolicy {
        let repeats = self.client.does(Behaviour::RetriesDiscovery);
        retry::RetryPolicy {
            rules: retry::Rules::Discovery,
            retries: if repeats { DISCOVERY_RETRIES } else { 0 },
            ..self.client_policy()
        }
    }

    fn own_policy(&self, ask: &Ask) -> retry::RetryPolicy {
        let mut seed = DefaultHasher::new();
        self.io.salt.hash(&mut seed);
        ask.url.hash(&mut seed);
        retry::RetryPolicy {
            rules: retry::Rules::Check,
            retries: self.io.limits.retries,
            max_wait: self.io.limits.max_wait,
            seed: seed.finish(),
        }
    }
}

/// The request of an attempt; what a failed one left in its file stays there.
fn numbered(ask: &Ask, attempt: u32) -> Ask {
    let mut ask = Ask {
        attempt,
        ..ask.clone()
    };
    if let Take::File { name, .. } = &mut ask.take
        && attempt > 1
    {
        *name = format!("{name}.{attempt}");
    }
    ask
}

fn outcome(followed: &Followed) -> Option<retry::Outcome<'_>> {
    let answer = &followed.answer;
    match (&followed.end, answer.status(), answer.failure()) {
        (HopEnd::TooMany { .. } | HopEnd::BadLocation(_) | HopEnd::ForbiddenScheme(_), _, _) => {
            Some(retry::Outcome::BadRedirect)
        }
        (_, Some(status), None) => Some(retry::Outcome::Status(status)),
        (_, _, Some(failure)) => Some(retry::Outcome::Failed(failure)),
        (_, None, None) => None,
    }
}

/// What an answer says about a limit.
struct Throttle {
    status: u16,
    limit: Option<u64>,
    remaining: Option<u64>,
    /// How long it wants to be left alone.
    asked: Option<Duration>,
    reset: Option<Timestamp>,
}

impl Throttle {
    /// 429; 503 with a time; 403 with nothing left.
    fn of(got: &Got, now: Timestamp) -> Option<Self> {
        let number = |name: &str| -> Option<u64> { got.header_text(name)?.trim().parse().ok() };
        let first = |names: [&str; 2]| names.into_iter().find_map(number);
        let remaining = first(["x-ratelimit-remaining", "ratelimit-remaining"]);
        let retry_after = got
            .header_text("retry-after")
            .and_then(|value| retry::asked_wait(retry::Rules::Check, &value, now));
        let throttled = match got.status {
            429 => true,
            503 => retry_after.is_some(),
            403 => remaining == Some(0),
            _ => false,
        };
        if !throttled {
            return None;
        }
        let reset = first(["x-ratelimit-reset", "ratelimit-reset"])
            .filter(|_| remaining.is_none_or(|left| left == 0));
        let asked = retry_after.or_else(|| reset.map(|reset| until(reset, now)));
        Some(Self {
            status: got.status,
            limit: first(["x-ratelimit-limit", "ratelimit-limit"]),
            remaining,
            asked,
            reset: asked.and_then(|asked| now.checked_add(asked).ok()),
        })
    }

    fn decide(&self, policy: &retry::RetryPolicy, attempt: u32, now: Timestamp) -> retry::Decision {
        // A refusal for good looks the same where it does not say when it ends.
        if self.status == 403 && self.asked.is_none() {
            return retry::Decision::GiveUp(retry::GiveUp::Final);
        }
        let asked = self.asked.map(|asked| asked.as_secs().to_string());
        let outcome = retry::Outcome::Status(429);
        retry::decide(policy, attempt, outcome, asked.as_deref(), now)
    }

    fn fact(self, url: &str, wait: Option<Duration>) -> ThrottleFact {
        ThrottleFact {
            host: GoUrl::parse(url).map_or_else(|_| String::new(), |url| url.host),
            status: self.status,
            limit: self.limit,
            remaining: self.remaining,
            reset: self
                .reset
                .map(|reset| reset.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
            waited: wait.unwrap_or_default(),
            gave_up: wait.is_none(),
        }
    }
}

/// Some hosts write the seconds that are left, others the seconds since 1970.
fn until(reset: u64, now: Timestamp) -> Duration {
    const FIRST_DATE: u64 = 1_000_000_000;
    if reset < FIRST_DATE {
        return Duration::from_secs(reset);
    }
    let now = u64::try_from(now.as_second()).unwrap_or_default();
    // The clocks of two machines differ by a second now and then.
    Duration::from_secs(reset.saturating_sub(now).saturating_add(1))
}

fn seconds_until(reset: &str) -> Option<u64> {
    let reset: Timestamp = reset.parse().ok()?;
    let left = reset
        .as_second()
        .saturating_sub(Timestamp::now().as_second());
    Some(u64::try_from(left).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::Throttle;
    use super::until;
    use crate::io::ask::Got;
    use crate::io::ask::GotBody;
    use jiff::Timestamp;
    use std::time::Duration;

    fn got(status: u16, headers: &[(&str, &str)]) -> Got {
        Got {
            url: "https://a.example/".to_owned(),
            status,
            reason: String::new(),
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
                .collect(),
            body: GotBody::None,
            cut: None,
            undone: None,
        }
    }

    fn asked(status: u16, headers: &[(&str, &str)]) -> Result<Option<Duration>, &'static str> {
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().expect("a time");
        Throttle::of(&got(status, headers), now)
            .map(|throttle| throttle.asked)
            .ok_or("no limit")
    }

    #[test]
    fn limits_are_told_from_refusals() {
        let seconds = |seconds| Ok(Some(Duration::from_secs(seconds)));
        assert_eq!(asked(429, &[]), Ok(None));
        assert_eq!(asked(429, &[("retry-after", "7")]), seconds(7));
        assert_eq!(asked(429, &[("ratelimit-reset", "9")]), seconds(9));
        assert_eq!(asked(503, &[]), Err("no limit"));
        assert_eq!(asked(503, &[("retry-after", "2")]), seconds(2));
        assert_eq!(
            asked(403, &[("x-ratelimit-remaining", "3")]),
            Err("no limit")
        );
        assert_eq!(asked(403, &[("x-ratelimit-remaining", "0")]), Ok(None));
        let reset = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1795521605"),
        ];
        assert_eq!(asked(403, &reset), seconds(6));
        assert_eq!(
            asked(200, &[("x-ratelimit-remaining", "0")]),
            Err("no limit")
        );
    }

    #[test]
    fn a_reset_is_seconds_or_a_date() {
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().expect("a time");
        assert_eq!(until(30, now), Duration::from_secs(30));
        assert_eq!(until(1_000_000_000, now), Duration::from_secs(1));
        assert_eq!(
            until(u64::MAX, now),
            Duration::from_secs(u64::MAX - 1_795_521_600 + 1)
        );
    }
}
