//! The list of versions has further pages, which the client does not read.

use crate::finding::Case;
use crate::finding::Confidence;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::count;
use crate::rules::common::version_lists;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR412",
    name: "versions-paged",
    stage: PublicStage::Versions,
    severity: Severity::Warning,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Paged list",
    page: include_str!("tfr412_versions_paged.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, list) in version_lists(case.trace) {
        if !list.paged {
            continue;
        }
        let summary =
            "The list of versions speaks of further pages, and the client reads only this one.";
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .aside()
            .confidence(Confidence::Likely)
            .requests_of(step);
        finding.evidence("versions", count(list.listed.len(), "version"));
        finding.tell(Owner::Registry, "answer all versions at once");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::module;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::fact::VersionsFact;

    fn list(paged: bool) -> Story {
        let fact = VersionsFact {
            paged,
            ..VersionsFact::default()
        };
        Story::registry().fact(Stage::Versions, module(), Fact::Versions(fact))
    }

    #[test]
    fn a_further_page_fires() {
        assert!(list(true).fires(&RULE));
    }

    #[test]
    fn one_page_is_quiet() {
        assert!(!list(false).fires(&RULE));
    }
}
