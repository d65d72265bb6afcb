//! The download endpoint refuses or fails, though the list was given.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::first_line;
use crate::rules::common::status_text;
use crate::trace::Exchange;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR506",
    name: "download-refused",
    stage: PublicStage::Location,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &["TFR101"],
    title: "Download endpoint refuses or fails",
    page: include_str!("tfr506_download_refused.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Location) {
        let Stop::Status { got, .. } = stop else {
            continue;
        };
        if matches!(got, 200..=299 | 404) {
            continue;
        }
        let summary = format!(
            "The list of versions was given, but the download endpoint answers {}.",
            status_text(*got)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        let reply = step.last_exchange().and_then(Exchange::reply);
        let body = reply.and_then(first_line).unwrap_or_default();
        if !body.is_empty() {
            finding.evidence("body", body.clone());
        }
        finding.requests_of(step);
        finding.client_says(
            "init",
            format!(
                "error getting download location for \"...\": {} resp:{body}",
                status_text(*got)
            ),
        );
        match got {
            401 | 403 => {
                finding
                    .reason("refused")
                    .tell(Owner::Registry, "ask the same right for list and download");
                finding.tell(Owner::Environment, "or use a token that may download");
            }
            429 => {
                finding
                    .reason("limit")
                    .tell(Owner::Registry, "raise the limit of the download endpoint");
            }
            _ => {
                finding.reason("failing").tell(
                    Owner::Registry,
                    "repair the endpoint; the body of the answer says more",
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::release;
    use crate::rules::testing::with_token;
    use crate::trace::Stage;
    use crate::trace::Stop;

    fn status(got: u16) -> Story {
        Story::registry().stop_after(
            Stage::Location,
            release(),
            with_token(answered(got, &[], "{\"errors\":[\"x\"]}")),
            Stop::Status {
                got,
                expected: "200, 204",
            },
        )
    }

    #[test]
    fn a_refused_download_fires_in_place_of_the_token() {
        assert_eq!(status(403).codes(), ["TFR506"]);
        assert_eq!(status(401).codes(), ["TFR506"]);
        assert_eq!(status(500).codes(), ["TFR506"]);
    }

    #[test]
    fn another_success_is_quiet() {
        assert!(!status(201).fires(&RULE));
    }
}
