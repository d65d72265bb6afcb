//! The download endpoint was content and named no location.

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
    code: "TFR501",
    name: "no-location",
    stage: PublicStage::Location,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &["TFR502", "TFR504"],
    title: "No location in the answer",
    page: include_str!("tfr501_no_location.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Location) {
        let Stop::NoLocation { status } = stop else {
            continue;
        };
        let summary = format!(
            "The download endpoint answers {} and names no location.",
            status_text(*status)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        if let Some(line) = step
            .last_exchange()
            .and_then(Exchange::reply)
            .and_then(first_line)
        {
            finding.evidence("body", line);
        }
        finding.requests_of(step);
        finding.client_says(
            "init",
            format!(
                "failed to get download URL for \"...\": {} resp:",
                status_text(*status)
            ),
        );
        finding.tell(
            Owner::Registry,
            "send the package's address in the header `X-Terraform-Get`",
        );
        finding.tell(
            Owner::Network,
            "if the registry sends it, let the gateway in between pass the header on",
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

    #[test]
    fn a_204_without_header_fires() {
        let story =
            Story::registry().stop(Stage::Location, release(), Stop::NoLocation { status: 204 });
        assert_eq!(story.codes(), ["TFR501"]);
    }

    #[test]
    fn a_missing_download_is_quiet() {
        let story = Story::registry().stop(Stage::Location, release(), Stop::NoDownload);
        assert!(!story.fires(&RULE));
    }
}
