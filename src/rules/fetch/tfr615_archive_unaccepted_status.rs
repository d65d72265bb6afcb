//! The archive host answers with a success that clients do not take: only 200 and 206 count.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::status_text;
use crate::rules::fetched::refused_packages;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR615",
    name: "archive-unaccepted-status",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Archive host answers a success status the client refuses",
    page: include_str!("tfr615_archive_unaccepted_status.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, got) in refused_packages(case.trace) {
        if !(200..300).contains(&got) {
            continue;
        }
        let summary = format!(
            "The archive host answers {}; clients take 200 and 206 only.",
            status_text(got)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.requests_of(step);
        finding.client_says("init", format!("bad response code: {got}"));
        finding.tell(Owner::Registry, "answer 200 with the archive");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::package;
    use crate::trace::Stage;
    use crate::trace::Stop;

    fn status(got: u16) -> Story {
        let stop = Stop::Status {
            got,
            expected: "200 or 206",
        };
        Story::registry().stop_after(Stage::Fetch, package(), answered(got, &[], ""), stop)
    }

    #[test]
    fn such_a_status_fires() {
        assert!(status(204).fires(&RULE));
        assert!(status(202).fires(&RULE));
    }

    #[test]
    fn another_status_is_quiet() {
        assert!(!status(302).fires(&RULE));
        assert!(!status(500).fires(&RULE));
    }
}
