//! The archive host answers with a failure of its own, or refuses the request in a way that says nothing about the archive.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::authority;
use crate::rules::common::code;
use crate::rules::common::status_text;
use crate::rules::fetched::refused_packages;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR614",
    name: "archive-server-error",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &["TFR208", "TFR606", "TFR607"],
    title: "Archive host fails",
    page: include_str!("tfr614_archive_server_error.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, got) in refused_packages(case.trace) {
        if got < 400 || matches!(got, 401 | 403 | 404 | 407 | 410 | 429) {
            continue;
        }
        let host = step.last_exchange().map(authority).unwrap_or_default();
        let (reason, what) = if got >= 500 {
            ("fails", "fails")
        } else {
            ("refuses", "refuses the request")
        };
        let summary = format!(
            "The archive host {} {what} ({}).",
            code(&host),
            status_text(got)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.reason(reason).requests_of(step);
        finding.explain("Clients ask once for an archive and do not repeat it.");
        finding.client_says("init", format!("bad response code: {got}"));
        finding.tell(
            Owner::Registry,
            "repair the host of the archives; its log has the reason",
        );
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
        assert!(status(500).fires(&RULE));
        assert!(status(503).fires(&RULE));
        assert!(status(400).fires(&RULE));
    }

    #[test]
    fn another_status_is_quiet() {
        assert!(!status(404).fires(&RULE));
        assert!(!status(204).fires(&RULE));
    }
}
