//! The download endpoint redirects to the archive in place of naming it.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::finding::Trial;
use crate::foreign::visible;
use crate::rules::common::status_text;
use crate::trace::Fact;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Step;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR504",
    name: "download-redirects",
    stage: PublicStage::Location,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Download endpoint redirects to the archive",
    page: include_str!("tfr504_download_redirects.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Location) {
        let words = match stop {
            Stop::NoLocation { status } => format!(
                "failed to get download URL for \"...\": {} resp:",
                status_text(*status)
            ),
            // OpenTofu reads the archive as JSON.
            Stop::Undecodable { .. } if !has_header(step) => {
                "failed to deserialize response body".to_owned()
            }
            _ => continue,
        };
        let Some(last) = step.last_exchange().filter(|exchange| exchange.hop > 0) else {
            continue;
        };
        let summary =
            "The download endpoint redirects to the archive in place of naming it in a header.";
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .evidence("final-url", visible(&last.sent.url))
            .requests_of(step);
        finding.client_says("init", words);
        let location = last.sent.url.clone();
        let mut fix = Fix::tell(Owner::Registry, "answer 204 with the address in the header")
            .value(format!("X-Terraform-Get: {}", visible(&location)));
        if let Some(call) = finding.calls.first() {
            fix = fix.trial(Trial::Location {
                call: call.clone(),
                location,
            });
        }
        finding.fix(fix);
    }
}

/// Whether the last answer names an address in its header, which `OpenTofu` reads only behind the body.
fn has_header(step: &Step) -> bool {
    step.facts.iter().any(|fact| match fact {
        Fact::Location(location) => location
            .header
            .as_ref()
            .is_some_and(|header| !header.raw().is_empty()),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::foreign;
    use crate::rules::testing::release;
    use crate::rules::testing::sent_to;
    use crate::trace::Stage;
    use crate::trace::Stop;

    fn after(hop: u32) -> Story {
        ending(hop, Stop::NoLocation { status: 200 })
    }

    fn ending(hop: u32, stop: Stop) -> Story {
        let mut exchange = sent_to(answered(200, &[], ""), "https", "cdn.example.com", 443);
        exchange.hop = hop;
        Story::registry().stop_after(Stage::Location, release(), exchange, stop)
    }

    #[test]
    fn a_redirect_fires() {
        assert_eq!(after(1).codes(), ["TFR504"]);
    }

    #[test]
    fn an_archive_that_opentofu_reads_as_json_fires() {
        let stop = Stop::Undecodable {
            pointer: String::new(),
            words: "invalid character".to_owned(),
            head: foreign("PK"),
        };
        assert!(ending(1, stop).codes().contains(&"TFR504"));
    }

    #[test]
    fn an_answer_of_its_own_is_quiet() {
        assert_eq!(after(0).codes(), ["TFR501"]);
    }
}
