//! The archive, or the page that should name it, is not there.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::status_text;
use crate::rules::fetched::named_owner;
use crate::rules::fetched::refused_packages;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR605",
    name: "archive-not-found",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &["TFR025", "TFR028", "TFR208", "TFR530", "TFR606", "TFR607"],
    title: "Archive not found",
    page: include_str!("tfr605_archive_not_found.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, got) in refused_packages(case.trace) {
        if !matches!(got, 404 | 410) {
            continue;
        }
        let address = step.last_exchange().map_or_else(
            || step.key.subject.name().to_owned(),
            |exchange| exchange.sent.url.clone(),
        );
        let summary = format!(
            "There is nothing at {} ({}).",
            code(&address),
            status_text(got)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .owner(named_owner(case.trace, step))
            .evidence("address", visible(&address))
            .requests_of(step);
        finding.explain("A host may also say this of an archive that it shows only to some.");
        finding.client_says("init", format!("bad response code: {got}"));
        finding.tell(
            finding.owner,
            "correct the address, or put the archive there again; look at the tag, with and without `v`",
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
        assert!(status(404).fires(&RULE));
        assert!(status(410).fires(&RULE));
    }

    #[test]
    fn another_status_is_quiet() {
        assert!(!status(403).fires(&RULE));
        assert!(!status(500).fires(&RULE));
    }
}
