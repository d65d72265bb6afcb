//! A signed link does not work when the archive is asked for: its time is over, or the `HEAD` that clients send first used it up.

use crate::finding::Case;
use crate::finding::Confidence;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::status_text;
use crate::rules::fetched::query_pairs;
use crate::rules::fetched::refused_packages;
use crate::trace::Exchange;
use crate::trace::PublicStage;
use crate::trace::Step;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR606",
    name: "signed-link-expired",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &["TFR208"],
    title: "Signed link expired or single-use",
    page: include_str!("tfr606_signed_link_expired.md"),
    check,
};

/// Parameters that only signed links have.
const SIGNED: [&str; 8] = [
    "x-amz-expires",
    "x-amz-signature",
    "x-goog-expires",
    "x-goog-signature",
    "expires",
    "se",
    "signature",
    "token",
];

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, got) in refused_packages(case.trace) {
        let Some(last) = step.last_exchange() else {
            continue;
        };
        let is_used_up = matches!(got, 401 | 403 | 404 | 410) && head_succeeded(step);
        let pairs = query_pairs(&last.sent.url);
        let signed = pairs
            .iter()
            .find(|(name, _)| SIGNED.contains(&name.to_ascii_lowercase().as_str()));
        let is_expired = matches!(got, 400 | 403 | 410) && signed.is_some();
        if !is_used_up && !is_expired {
            continue;
        }
        let summary = if is_used_up {
            "The link worked for `HEAD` and not for the `GET` behind it: it is good for one request."
        } else {
            "The signed link is refused: its time is over, or its signature is for something else."
        };
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .reason(if is_used_up { "single-use" } else { "expired" })
            .evidence("status", status_text(got))
            .requests_of(step);
        if let Some((name, _)) = signed {
            finding.evidence("parameter", visible(name));
        }
        if !is_used_up {
            finding.confidence(Confidence::Likely);
        }
        finding.explain(
            "Clients send `HEAD` before each archive, and many calls may wait in front of it.",
        );
        finding.client_says("init", format!("bad response code: {got}"));
        finding.tell(
            Owner::Registry,
            "sign links for `GET` and `HEAD`, for some minutes, and for more than one request",
        );
    }
}

/// Whether the last `HEAD` of a step ended well.
fn head_succeeded(step: &Step) -> bool {
    let head = step
        .exchanges()
        .rev()
        .find(|exchange| exchange.sent.method == "HEAD");
    head.and_then(Exchange::status) == Some(200)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::package;
    use crate::trace::End;
    use crate::trace::Stage;
    use crate::trace::Stop;

    fn story(url: &str, head: u16, get: u16) -> Story {
        let mut first = answered(head, &[], "");
        "HEAD".clone_into(&mut first.sent.method);
        let mut second = answered(get, &[], "");
        url.clone_into(&mut second.sent.url);
        let stop = Stop::Status {
            got: get,
            expected: "200 or 206",
        };
        Story::registry().step(
            Stage::Fetch,
            package(),
            vec![first, second],
            Vec::new(),
            End::Stopped(stop),
        )
    }

    #[test]
    fn a_link_that_head_used_up_fires() {
        assert_eq!(
            story("https://cdn.example.com/sg.tgz", 200, 404).codes(),
            ["TFR606"]
        );
    }

    #[test]
    fn a_refused_signature_fires_and_a_plain_refusal_is_quiet() {
        let signed = "https://cdn.example.com/sg.tgz?X-Amz-Expires=60";
        assert_eq!(story(signed, 403, 403).codes(), ["TFR606"]);
        assert!(!story("https://cdn.example.com/sg.tgz", 403, 403).fires(&RULE));
    }
}
