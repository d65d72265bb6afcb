//! A source is no path, no registry address, no repository and no URL.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::code;
use crate::rules::sources::SourceFault;
use crate::rules::sources::add_refused;
use crate::rules::sources::refused;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR009",
    name: "source-not-an-address",
    stage: PublicStage::Config,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &["TFR536"],
    title: "Source is no address of any kind",
    page: include_str!("tfr009_source_not_an_address.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, got, error, fault) in refused(case.trace) {
        if fault != SourceFault::NotAnAddress {
            continue;
        }
        let summary = if got.raw().is_empty() {
            "The source of the call is empty.".to_owned()
        } else {
            format!("{} is no address of any kind.", code(got.raw()))
        };
        let Some(finding) = add_refused(found, &RULE, case, step, error, summary) else {
            continue;
        };
        if got.raw().contains("${") {
            finding.reason("template");
            finding.explain("In JSON syntax a template in `source` is not evaluated: the text is taken as it stands.");
        }
        let owner = finding.owner;
        finding.tell(
            owner,
            "write `./PATH`, `HOST/NAMESPACE/NAME/SYSTEM`, `git::URL` or `https://URL`",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::refused_source;

    #[test]
    fn a_number_or_nothing_fires() {
        assert_eq!(refused_source("12", false).codes(), ["TFR009"]);
        assert_eq!(refused_source("", false).codes(), ["TFR009"]);
    }

    #[test]
    fn three_components_are_quiet() {
        assert!(!refused_source("gitlab.com/net/sg", false).fires(&RULE));
    }
}
