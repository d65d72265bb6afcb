//! The download endpoint answers a success status that the client does not take.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::status_text;
use crate::trace::Exchange;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR508",
    name: "download-unaccepted-status",
    stage: PublicStage::Location,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Download endpoint answers another success status",
    page: include_str!("tfr508_download_unaccepted_status.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Location) {
        let Stop::Status {
            got: got @ (201..=203 | 205..=299),
            ..
        } = stop
        else {
            continue;
        };
        let summary = format!(
            "The download endpoint answers {}, which the client takes for a failure.",
            status_text(*got)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        let reply = step.last_exchange().and_then(Exchange::reply);
        if let Some(header) = reply.and_then(|reply| reply.header("x-terraform-get")) {
            finding
                .evidence("location", visible(header))
                .explain("The header with the location is there.");
        }
        finding.requests_of(step);
        finding.client_says(
            "init",
            format!(
                "error getting download location for \"...\": {} resp:",
                status_text(*got)
            ),
        );
        finding.tell(
            Owner::Registry,
            "answer 204 (or 200) with `X-Terraform-Get`",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::release;
    use crate::trace::Stage;
    use crate::trace::Stop;

    fn status(got: u16) -> Story {
        Story::registry().stop(
            Stage::Location,
            release(),
            Stop::Status {
                got,
                expected: "200, 204",
            },
        )
    }

    #[test]
    fn a_201_fires() {
        assert_eq!(status(201).codes(), ["TFR508"]);
    }

    #[test]
    fn a_500_is_quiet() {
        assert!(!status(500).fires(&RULE));
    }
}
