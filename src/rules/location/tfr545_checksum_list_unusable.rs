//! The list of checksums is missing, or has no line for the archive.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::address_owner;
use crate::rules::common::file_name;
use crate::rules::common::package_stops;
use crate::trace::PublicStage;
use crate::trace::Stop;
use crate::trace::stop::ChecksumStop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR545",
    name: "checksum-list-unusable",
    stage: PublicStage::Location,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Checksum list missing, or without a line for the archive",
    page: include_str!("tfr545_checksum_list_unusable.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in package_stops(case.trace) {
        let Stop::Checksum(ChecksumStop::List(words)) = stop else {
            continue;
        };
        let summary = "The list of checksums cannot be had, or has no line for this archive.";
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        let owner = address_owner(case.trace, &step.key.subject);
        finding
            .owner(Owner::Registry)
            .requests_of(step)
            .client_says("init", visible(words));
        let name = visible(file_name(step.key.subject.name()));
        finding.tell(
            Owner::Registry,
            format!("publish the list with a line for `{name}`"),
        );
        finding.tell(owner, "or write `TYPE:HEX` in place of `file:URL`");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::package;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::stop::ChecksumStop;

    #[test]
    fn a_list_without_the_line_fires() {
        let stop = Stop::Checksum(ChecksumStop::List(
            "invalid checksum: no checksum found in: URL".to_owned(),
        ));
        assert_eq!(
            Story::direct().stop(Stage::Fetch, package(), stop).codes(),
            ["TFR545"]
        );
    }

    #[test]
    fn a_mismatch_is_quiet() {
        let stop = Stop::Checksum(ChecksumStop::Mismatch {
            expected: "00".to_owned(),
            got: "11".to_owned(),
            algorithm: "md5".to_owned(),
        });
        assert!(
            !Story::direct()
                .stop(Stage::Fetch, package(), stop)
                .fires(&RULE)
        );
    }
}
