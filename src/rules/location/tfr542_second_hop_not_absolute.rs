//! The second location is no absolute URL.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::authority;
use crate::rules::common::code;
use crate::rules::common::package_stops;
use crate::trace::PublicStage;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR542",
    name: "second-hop-not-absolute",
    stage: PublicStage::Location,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Second `X-Terraform-Get` is no absolute URL",
    page: include_str!("tfr542_second_hop_not_absolute.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in package_stops(case.trace) {
        let Stop::BadSecondLocation { got, words } = stop else {
            continue;
        };
        let summary = format!(
            "The page behind the location names {}, and there only an absolute URL works.",
            code(got.raw())
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .evidence("second-location", got.shown())
            .requests_of(step);
        finding.explain(
            "Relative values and short forms are understood in the registry's own answer only.",
        );
        finding.client_says("init", visible(words));
        let absolute = step
            .last_exchange()
            .filter(|_| got.raw().starts_with('/'))
            .map(|exchange| {
                format!(
                    "{}://{}{}",
                    exchange.sent.scheme,
                    authority(exchange),
                    got.raw()
                )
            });
        let mut fix = Fix::tell(
            Owner::Registry,
            "name a full URL there, or `git::` with one",
        );
        if let Some(absolute) = absolute {
            fix = fix.value(format!("X-Terraform-Get: {}", visible(&absolute)));
        }
        finding.fix(fix);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::package;
    use crate::trace::Stage;
    use crate::trace::Stop;

    #[test]
    fn a_relative_value_fires() {
        let stop = Stop::BadSecondLocation {
            got: foreign("./pkg/sg.tgz"),
            words: "invalid source string: ./pkg/sg.tgz".to_owned(),
        };
        assert_eq!(
            Story::registry()
                .stop(Stage::Fetch, package(), stop)
                .codes(),
            ["TFR542"]
        );
    }

    #[test]
    fn a_page_without_a_value_is_quiet() {
        assert!(
            !Story::registry()
                .stop(Stage::Fetch, package(), Stop::NoSourceUrl)
                .fires(&RULE)
        );
    }
}
