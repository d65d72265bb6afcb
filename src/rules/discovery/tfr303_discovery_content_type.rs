//! The discovery document has another media type than JSON.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::Foreign;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR303",
    name: "discovery-content-type",
    stage: PublicStage::Discovery,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[
        "TFR208", "TFR010", "TFR011", "TFR013", "TFR014", "TFR016", "TFR018",
    ],
    title: "Wrong or missing content type",
    page: include_str!("tfr303_discovery_content_type.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Discovery) {
        let (reason, got, message) = match stop {
            Stop::NotJson { got } => (
                "other-type",
                got.shown(),
                format!(
                    "discovery URL returned an unsupported Content-Type \"{}\"",
                    got.shown()
                ),
            ),
            Stop::BadContentType(got) => {
                let got = got.as_ref().map_or_else(String::new, Foreign::shown);
                (
                    "malformed",
                    got.clone(),
                    format!("discovery URL has a malformed Content-Type \"{got}\""),
                )
            }
            _ => continue,
        };
        let summary = if got.is_empty() {
            "The discovery document comes without a content type.".to_owned()
        } else {
            format!("The discovery document comes as `{got}` and not as `application/json`.")
        };
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .reason(reason)
            .evidence("content-type", got)
            .requests_of(step);
        finding.client_says("init", message);
        finding.fix(
            Fix::tell(Owner::Registry, "set the header").value("Content-Type: application/json"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::host;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::stop::NoService;

    #[test]
    fn another_type_fires() {
        let stop = Stop::NotJson {
            got: foreign("text/plain"),
        };
        assert_eq!(
            Story::registry()
                .stop(Stage::Discovery, host(), stop)
                .codes(),
            ["TFR303"]
        );
        let stop = Stop::BadContentType(None);
        assert_eq!(
            Story::registry()
                .stop(Stage::Discovery, host(), stop)
                .codes(),
            ["TFR303"]
        );
    }

    #[test]
    fn a_missing_document_is_quiet() {
        let stop = Stop::NoService(NoService::NotFound);
        assert!(
            !Story::registry()
                .stop(Stage::Discovery, host(), stop)
                .fires(&RULE)
        );
    }
}
