//! The archive host refuses the credentials of the netrc file. Without them it might answer: old entries do this to public archives.

use crate::finding::Case;
use crate::finding::Confidence;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::sent_credential;
use crate::rules::common::status_text;
use crate::rules::fetched::refused_packages;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR603",
    name: "netrc-breaks-download",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Environment,
    yields_to: &["TFR208", "TFR606", "TFR607"],
    title: "netrc credentials break a public download",
    page: include_str!("tfr603_netrc_breaks_download.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, got) in refused_packages(case.trace) {
        let Some(sent) = sent_credential(step).filter(|sent| sent.origin.contains("netrc")) else {
            continue;
        };
        if !matches!(got, 401 | 403) {
            continue;
        }
        let summary = format!(
            "The archive host refuses the credentials of the netrc file ({}).",
            status_text(got)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .confidence(Confidence::Likely)
            .evidence(
                "credential",
                format!("{} #{}", visible(&sent.origin), sent.fingerprint.digits),
            )
            .requests_of(step);
        finding.explain("An entry is used whenever its machine matches, also for archives that everybody may read.");
        finding.client_says("init", format!("bad response code: {got}"));
        finding.tell(
            Owner::Environment,
            "repair the entry of this machine, or remove it if the archive is public",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::package;
    use crate::rules::testing::with_token;
    use crate::trace::Stage;
    use crate::trace::Stop;

    fn refused(origin: &str) -> Story {
        let mut exchange = with_token(answered(401, &[], ""));
        if let Some(sent) = &mut exchange.sent.credential {
            origin.clone_into(&mut sent.origin);
        }
        let stop = Stop::Status {
            got: 401,
            expected: "200 or 206",
        };
        Story::direct().stop_after(Stage::Fetch, package(), exchange, stop)
    }

    #[test]
    fn a_refused_netrc_entry_fires() {
        assert_eq!(refused("/home/me/.netrc").codes(), ["TFR603"]);
    }

    #[test]
    fn another_origin_is_quiet() {
        assert!(!refused("address").fires(&RULE));
    }
}
