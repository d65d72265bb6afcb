//! The host of the archive says that too much was asked of it. What it would answer otherwise is not known.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::authority;
use crate::rules::common::code;
use crate::rules::common::status_text;
use crate::rules::fetched::body_text;
use crate::trace::End;
use crate::trace::Exchange;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Step;
use crate::trace::Stop;
use crate::trace::Unsure;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR607",
    name: "rate-limited",
    stage: PublicStage::Package,
    severity: Severity::Inconclusive,
    owner: Owner::Environment,
    yields_to: &[],
    title: "Archive or API host limits you",
    page: include_str!("tfr607_rate_limited.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for step in &case.trace.steps {
        let (is_package, is_listed) = match step.key.stage {
            Stage::Fetch | Stage::Source => (true, true),
            Stage::Discovery | Stage::Location => (false, true),
            _ => (false, false),
        };
        let (got, reset) = match &step.end {
            End::Stopped(Stop::Status { got, .. }) if is_package && limits(step, *got) => {
                (*got, None)
            }
            End::Unsure(Unsure::RateLimited { status, reset }) if is_listed => (*status, *reset),
            End::Stopped(_) | End::Unsure(_) | End::Done | End::Interrupted => continue,
        };
        let host = step.last_exchange().map(authority).unwrap_or_default();
        let summary = format!(
            "{} limits how often it is asked ({}).",
            code(&host),
            status_text(got)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.explains_stop = true;
        let seen = headers(step);
        if !seen.is_empty() {
            finding.evidence_lines("headers", seen);
        }
        finding.requests_of(step);
        if let Some(seconds) = reset {
            finding.explain(format!(
                "{} wants to be left alone for {seconds} s more.",
                code(&host)
            ));
        }
        if !is_package {
            finding
                .owner(Owner::Registry)
                .stage(step.key.stage.public())
                .tell(
                    Owner::Registry,
                    "allow more requests, or serve this answer from a cache",
                );
            finding.tell(
                Owner::Environment,
                "run again when the limit has ended, with fewer jobs or a `--host-rate`",
            );
            continue;
        }
        finding.explain("Clients do not repeat the request for an archive.");
        finding.client_says("init", format!("bad response code: {got}"));
        finding.tell(
            Owner::Environment,
            "log in with the host (netrc), so that its larger limit counts",
        );
        finding.tell(
            Owner::Registry,
            "answer locations that need no API of a forge, or mirror the archives",
        );
    }
}

/// Whether the answer says that it is about a limit.
fn limits(step: &Step, got: u16) -> bool {
    let Some(reply) = step.last_exchange().and_then(Exchange::reply) else {
        return got == 429;
    };
    let used_up = reply.header("x-ratelimit-remaining") == Some("0")
        || reply.header("retry-after").is_some()
        || body_text(reply).to_ascii_lowercase().contains("rate limit");
    got == 429 || (got == 403 && used_up)
}

/// What the headers say about the limit.
fn headers(step: &Step) -> Vec<String> {
    let reply = step.last_exchange().and_then(Exchange::reply);
    let wanted = |name: &str| name.starts_with("x-ratelimit") || name == "retry-after";
    reply
        .map(|reply| reply.headers.as_slice())
        .unwrap_or_default()
        .iter()
        .filter(|(name, _)| wanted(name))
        .map(|(name, value)| format!("{}: {}", visible(name), value.shown()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::package;
    use crate::trace::Stage;
    use crate::trace::Stop;

    fn story(got: u16, headers: &[(&str, &str)]) -> Story {
        let stop = Stop::Status {
            got,
            expected: "200 or 206",
        };
        Story::direct().stop_after(Stage::Fetch, package(), answered(got, headers, ""), stop)
    }

    #[test]
    fn a_used_up_limit_fires() {
        assert_eq!(story(429, &[]).codes(), ["TFR607"]);
        assert_eq!(
            story(403, &[("x-ratelimit-remaining", "0")]).codes(),
            ["TFR607"]
        );
    }

    #[test]
    fn a_plain_refusal_is_quiet() {
        assert!(!story(403, &[("x-ratelimit-remaining", "12")]).fires(&RULE));
    }
}
