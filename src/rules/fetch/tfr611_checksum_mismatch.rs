//! The archive is another one than `checksum=` says.

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
    code: "TFR611",
    name: "checksum-mismatch",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &["TFR540", "TFR544", "TFR606", "TFR616", "TFR617"],
    title: "Checksum mismatch",
    page: include_str!("tfr611_checksum_mismatch.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in package_stops(case.trace) {
        let Stop::Checksum(ChecksumStop::Mismatch {
            expected,
            got,
            algorithm,
        }) = stop
        else {
            continue;
        };
        let summary = format!(
            "The {} of the archive is not the one asked for.",
            visible(algorithm)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        let written = address_of(step).and_then(|fact| fact.checksum.as_ref());
        if !written.is_some_and(|text| text.raw().starts_with("file:")) {
            finding.owner(named_owner(case.trace, step));
        }
        finding
            .evidence("expected", visible(expected))
            .evidence("got", visible(got))
            .requests_of(step);
        finding.client_says(
            "init",
            format!(
                "Checksums did not match for <tmp>/archive. Expected: {} Got: {}",
                visible(expected),
                visible(got)
            ),
        );
        finding.explain("Either the archive was replaced, or the value belongs to another file.");
        finding.fix(
            Fix::tell(
                finding.owner,
                "find out which of the two is right; if it is the archive, write its value",
            )
            .value(format!("checksum={}:{}", visible(algorithm), visible(got))),
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
    fn another_value_fires() {
        let stop = Stop::Checksum(ChecksumStop::Mismatch {
            expected: "00".repeat(16),
            got: "11".repeat(16),
            algorithm: "md5".to_owned(),
        });
        assert_eq!(
            Story::direct().stop(Stage::Fetch, package(), stop).codes(),
            ["TFR611"]
        );
    }

    #[test]
    fn a_value_that_cannot_be_read_is_quiet() {
        let stop = Stop::Checksum(ChecksumStop::Unusable("x".to_owned()));
        assert!(
            !Story::direct()
                .stop(Stage::Fetch, package(), stop)
                .fires(&RULE)
        );
    }
}
