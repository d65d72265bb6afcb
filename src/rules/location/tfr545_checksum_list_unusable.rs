//! `checksum=file:` names a list that cannot be fetched, or that has no line for the archive.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::package_stops;
use crate::rules::fetched::address_of;
use crate::rules::fetched::named_owner;
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
        let summary = "The list of checksums cannot be fetched, or has no line for the archive.";
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        if let Some(value) = address_of(step).and_then(|fact| fact.checksum.as_ref()) {
            finding.evidence("checksum", value.shown());
        }
        finding.requests_of(step);
        finding.client_says("init", format!("invalid checksum: {}", visible(words)));
        finding.explain("The archive itself is not asked for.");
        finding.tell(
            Owner::Registry,
            "publish the list, with a line for the archive's file name",
        );
        finding.fix(
            Fix::tell(
                named_owner(case.trace, step),
                "or write the sum into the address",
            )
            .value("checksum=sha256:HEX"),
        );
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
    fn a_list_without_the_archive_fires() {
        let stop = Stop::Checksum(ChecksumStop::List("no checksum found in: URL".to_owned()));
        assert_eq!(
            Story::direct().stop(Stage::Fetch, package(), stop).codes(),
            ["TFR545"]
        );
    }

    #[test]
    fn another_fault_is_quiet() {
        let stop = Stop::Checksum(ChecksumStop::DirectoryDownload);
        assert!(
            !Story::direct()
                .stop(Stage::Fetch, package(), stop)
                .fires(&RULE)
        );
    }
}
