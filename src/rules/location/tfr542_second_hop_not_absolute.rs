//! A page, or the header of an archive host, names a relative address. Only the registry's own answer is resolved.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
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
        let has_scheme = got.raw().split_once(':').is_some_and(|(scheme, _)| {
            !scheme.is_empty()
                && scheme
                    .chars()
                    .all(|character| character.is_ascii_alphanumeric() || "+-.".contains(character))
        });
        let is_forced = got.raw().contains("::");
        if got.raw().is_empty()
            || (has_scheme && !is_forced)
            || words.contains("no getter available")
        {
            continue;
        }
        let summary = format!(
            "The second location is {}, which is no absolute URL.",
            code(got.raw())
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.evidence("value", got.shown()).requests_of(step);
        finding
            .explain("Relative addresses and short forms count in the registry's own answer only.");
        finding.client_says("init", visible(words));
        finding.tell(
            Owner::Registry,
            "answer a full URL; for a repository `git::https://...`",
        );
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

    fn second(got: &str, words: &str) -> Story {
        let stop = Stop::BadSecondLocation {
            got: foreign(got),
            words: words.to_owned(),
        };
        Story::registry().stop(Stage::Fetch, package(), stop)
    }

    #[test]
    fn a_relative_address_fires() {
        assert_eq!(
            second("./sg.tgz", "invalid source string: ./sg.tgz").codes(),
            ["TFR542"]
        );
        assert!(second("/sg.tgz", "invalid source string: /sg.tgz").fires(&RULE));
    }

    #[test]
    fn an_unknown_scheme_is_quiet() {
        assert!(!second("ftp://h/sg.tgz", "no getter available for ...").fires(&RULE));
    }
}
