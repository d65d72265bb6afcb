//! The base URL of the modules service cannot be used.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR307",
    name: "base-url-refused",
    stage: PublicStage::Discovery,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[
        "TFR010", "TFR011", "TFR013", "TFR014", "TFR016", "TFR018", "TFR030",
    ],
    title: "Base URL not acceptable",
    page: include_str!("tfr307_base_url_refused.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Discovery) {
        let Stop::BadServiceUrl { got, words } = stop else {
            continue;
        };
        let summary = format!(
            "The base URL {} of the modules service cannot be used.",
            code(got.raw())
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .evidence("modules.v1", got.shown())
            .requests_of(step);
        finding.client_says("init", visible(words));
        finding.tell(Owner::Registry, "give an http or https URL, absolute or with a leading slash, without user and password");
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
    fn another_scheme_fires() {
        let stop = Stop::BadServiceUrl {
            got: foreign("ftp://x/"),
            words: "unsupported scheme ftp".to_owned(),
        };
        assert_eq!(
            Story::registry()
                .stop(Stage::Discovery, host(), stop)
                .codes(),
            ["TFR307"]
        );
    }

    #[test]
    fn no_key_is_quiet() {
        let stop = Stop::NoService(NoService::NoKey);
        assert!(
            !Story::registry()
                .stop(Stage::Discovery, host(), stop)
                .fires(&RULE)
        );
    }
}
