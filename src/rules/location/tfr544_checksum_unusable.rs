//! The value of `checksum=` is of no type that the client knows, or its digits do not fit the type.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::package_stops;
use crate::rules::common::packages;
use crate::rules::fetched::address_of;
use crate::rules::fetched::named_owner;
use crate::rules::fetched::query_pairs;
use crate::trace::PublicStage;
use crate::trace::Stop;
use crate::trace::stop::ChecksumStop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR544",
    name: "checksum-unusable",
    stage: PublicStage::Location,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "`checksum=` value the client cannot use",
    page: include_str!("tfr544_checksum_unusable.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in package_stops(case.trace) {
        let (reason, summary) = if let Stop::Checksum(ChecksumStop::Unusable(_)) = stop {
            (
                "unusable",
                "The client cannot use the value of `checksum=`.".to_owned(),
            )
        } else if let Stop::Checksum(ChecksumStop::Mismatch {
            expected,
            algorithm,
            ..
        }) = stop
            && digits_of(algorithm).is_some_and(|digits| digits != expected.len())
        {
            (
                "digits",
                format!(
                    "The checksum has {} digits, and {} needs others.",
                    expected.len(),
                    code(algorithm)
                ),
            )
        } else {
            continue;
        };
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.reason(reason).owner(named_owner(case.trace, step));
        if let Some(value) = address_of(step).and_then(|fact| fact.checksum.as_ref()) {
            finding.evidence("checksum", value.shown());
        }
        if let Stop::Checksum(ChecksumStop::Unusable(words)) = stop {
            finding.client_says("init", format!("invalid checksum: {}", visible(words)));
        } else {
            finding.client_says("init", "Checksums did not match for <tmp>/archive");
        }
        finding.explain(
            "It knows md5, sha1, sha256 and sha512, written as `TYPE:HEX`, and `file:URL`.",
        );
        finding.fix(
            Fix::tell(finding.owner, "write the sum of the archive with its type")
                .value("checksum=sha256:HEX")
                .command("sha256sum module.tgz"),
        );
    }
    warn_of_empty(case, found);
}

/// Hexadecimal digits that a sum has.
fn digits_of(algorithm: &str) -> Option<usize> {
    match algorithm {
        "md5" => Some(32),
        "sha1" => Some(40),
        "sha256" => Some(64),
        "sha512" => Some(128),
        _ => None,
    }
}

/// An empty value checks nothing.
fn warn_of_empty(case: &Case<'_>, found: &mut Findings) {
    for (step, fact) in packages(case.trace) {
        let pairs = query_pairs(fact.address.raw());
        let first = pairs.iter().find(|(name, _)| *name == "checksum");
        if step.stop().is_some() || !first.is_some_and(|(_, value)| value.is_empty()) {
            continue;
        }
        let summary = "`checksum=` is empty, so nothing is checked.";
        if let Some(finding) = found.once(&RULE, case, step, summary) {
            finding
                .aside()
                .reason("empty")
                .owner(named_owner(case.trace, step));
            finding.tell(finding.owner, "write a sum, or remove the parameter");
        }
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

    fn stopped(stop: ChecksumStop) -> Story {
        Story::direct().stop(Stage::Fetch, package(), Stop::Checksum(stop))
    }

    #[test]
    fn an_unknown_type_fires() {
        let stop = ChecksumStop::Unusable("unsupported checksum type: crc32".to_owned());
        assert_eq!(stopped(stop).codes(), ["TFR544"]);
    }

    #[test]
    fn digits_of_another_type_fire_and_a_plain_mismatch_is_quiet() {
        let mismatch = |digits: usize| ChecksumStop::Mismatch {
            expected: "0".repeat(digits),
            got: "1".repeat(64),
            algorithm: "sha256".to_owned(),
        };
        assert_eq!(stopped(mismatch(32)).codes(), ["TFR544"]);
        assert!(!stopped(mismatch(64)).fires(&RULE));
    }
}
