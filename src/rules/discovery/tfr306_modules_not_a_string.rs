//! `modules.v1` is no string.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;
use crate::trace::stop::NoService;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR306",
    name: "modules-not-a-string",
    stage: PublicStage::Discovery,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &["TFR010", "TFR011", "TFR013", "TFR014", "TFR016", "TFR018"],
    title: "`modules.v1` is not a string",
    page: include_str!("tfr306_modules_not_a_string.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Discovery) {
        let Stop::NoService(NoService::OtherVersion { key, kind }) = stop else {
            continue;
        };
        if key.raw() != "modules.v1" {
            continue;
        }
        let summary = format!(
            "`modules.v1` of the discovery document is no string but of the kind `{}`.",
            visible(kind)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.requests_of(step);
        finding.client_says(
            "init",
            format!(
                "host {} does not support modules version v1",
                visible(step.key.subject.name())
            ),
        );
        finding.explain("The message misleads: the version is right, its value is not.");
        finding.fix(
            Fix::tell(Owner::Registry, "write the base URL as a string")
                .value("\"modules.v1\": \"/v1/modules/\""),
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

    fn of(key: &str) -> Story {
        let stop = Stop::NoService(NoService::OtherVersion {
            key: foreign(key),
            kind: "a number".to_owned(),
        });
        Story::registry().stop(Stage::Discovery, host(), stop)
    }

    #[test]
    fn a_number_fires() {
        assert_eq!(of("modules.v1").codes(), ["TFR306"]);
    }

    #[test]
    fn another_version_is_quiet() {
        assert!(!of("modules.v2").fires(&RULE));
    }
}
