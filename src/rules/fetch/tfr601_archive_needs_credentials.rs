//! The host of the archive wants credentials.
//! The token of a registry is for the registry's own endpoints; an archive is asked for with netrc or with nothing.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::authority;
use crate::rules::common::code;
use crate::rules::common::registry_named;
use crate::rules::common::sent_credential;
use crate::rules::common::status_text;
use crate::rules::fetched::refused_packages;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR601",
    name: "archive-needs-credentials",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &["TFR208", "TFR603", "TFR606", "TFR607"],
    title: "Archive host asks for credentials the client will not send",
    page: include_str!("tfr601_archive_needs_credentials.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, got) in refused_packages(case.trace) {
        let from_netrc = sent_credential(step).is_some_and(|sent| sent.origin.contains("netrc"));
        if !matches!(got, 401 | 403 | 407) || from_netrc {
            continue;
        }
        let host = step.last_exchange().map(authority).unwrap_or_default();
        let summary = format!(
            "{} asks for credentials ({}), and the client sends none with an archive.",
            code(&host),
            status_text(got)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.requests_of(step);
        finding.explain("The token of the registry goes to the registry's own endpoints only, even where the archive is on the same host.");
        finding.client_says("init", format!("bad response code: {got}"));
        if sent_credential(step).is_some() {
            finding.reason("refused");
            finding.explain("The user name and password of the address were sent and refused.");
        }
        if registry_named(case.trace, &step.key.subject) {
            finding.tell(
                Owner::Registry,
                "answer a location with a signed link of short life",
            );
        } else {
            finding.owner(Owner::Environment);
        }
        finding.fix(
            Fix::tell(
                Owner::Environment,
                "or give netrc an entry for the host, with its port if there is one",
            )
            .value(format!(
                "machine {} login NAME password SECRET",
                visible(&host)
            )),
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
        assert!(status(401).fires(&RULE));
        assert!(status(403).fires(&RULE));
    }

    #[test]
    fn another_status_is_quiet() {
        assert!(!status(404).fires(&RULE));
        assert!(!status(500).fires(&RULE));
    }
}
