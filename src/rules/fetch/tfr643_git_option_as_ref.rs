//! A ref or an address that begins with a hyphen reaches git as an option. This tool does not run git with it.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::code;
use crate::rules::common::package_stops;
use crate::rules::fetched::named_owner;
use crate::trace::PublicStage;
use crate::trace::Stop;
use crate::trace::stop::Refusal;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR643",
    name: "git-option-as-ref",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "Address or ref reaches git or hg as an option",
    page: include_str!("tfr643_git_option_as_ref.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in package_stops(case.trace) {
        let Stop::Refused(Refusal::OptionLike(text)) = stop else {
            continue;
        };
        let summary = format!("{} would reach git as an option.", code(text.raw()));
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.owner(named_owner(case.trace, step));
        finding.evidence("value", text.shown());
        finding.explain("The client hands it over as it is: the option takes effect, and the default branch stays.");
        finding.explain("This tool did not run git.");
        finding.tell(
            finding.owner,
            "name a branch, a tag or a commit; if nobody wrote this on purpose, treat the source as hostile",
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
    use crate::trace::stop::Refusal;

    #[test]
    fn a_ref_like_an_option_fires() {
        let stop = Stop::Refused(Refusal::OptionLike(foreign("--help")));
        assert_eq!(
            Story::direct().stop(Stage::Fetch, package(), stop).codes(),
            ["TFR643"]
        );
    }

    #[test]
    fn another_refusal_is_quiet() {
        let stop = Stop::Refused(Refusal::LongLocation(1));
        assert!(
            !Story::direct()
                .stop(Stage::Fetch, package(), stop)
                .fires(&RULE)
        );
    }
}
