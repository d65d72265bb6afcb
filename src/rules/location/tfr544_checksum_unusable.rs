//! A `checksum=` value that the client cannot use.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::address_owner;
use crate::rules::common::package_fact;
use crate::rules::common::package_stops;
use crate::rules::common::packages;
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
        let Stop::Checksum(ChecksumStop::Unusable(words)) = stop else {
            continue;
        };
        let summary = "The value of `checksum=` is none that the client can use.";
        if let Some(finding) = found.once(&RULE, case, step, summary) {
            let owner = address_owner(case.trace, &step.key.subject);
            finding
                .owner(owner)
                .reason("unusable")
                .client_says("init", visible(words));
            if let Some(value) =
                package_fact(case.trace, &step.key.subject).and_then(|fact| fact.checksum.as_ref())
            {
                finding.evidence("checksum", value.shown());
            }
            finding.explain("It is read before any request.");
            finding.tell(
                owner,
                "write `TYPE:HEX` with md5, sha1, sha256 or sha512, computed from the archive",
            );
        }
    }
    for (step, fact) in packages(case.trace) {
        let is_empty = fact
            .checksum
            .as_ref()
            .is_some_and(|value| value.raw().is_empty());
        let stopped = case
            .trace
            .steps
            .iter()
            .any(|other| other.key.subject == step.key.subject && other.stop().is_some());
        if !is_empty || stopped {
            continue;
        }
        if let Some(finding) = found.once(
            &RULE,
            case,
            step,
            "`checksum=` is empty, so nothing is compared.",
        ) {
            let owner = address_owner(case.trace, &step.key.subject);
            finding.aside().owner(owner).reason("empty");
            finding.tell(owner, "write the checksum, or remove the parameter");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::finding::Severity;
    use crate::rules::testing::Story;
    use crate::rules::testing::archive_package;
    use crate::rules::testing::foreign;
    use crate::rules::testing::package;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::stop::ChecksumStop;

    #[test]
    fn an_unknown_type_fires() {
        let stop = Stop::Checksum(ChecksumStop::Unusable(
            "invalid checksum: unsupported checksum type: crc32".to_owned(),
        ));
        assert_eq!(
            Story::direct().stop(Stage::Source, package(), stop).codes(),
            ["TFR544"]
        );
    }

    #[test]
    fn an_empty_value_is_a_warning_and_a_good_one_quiet() {
        let mut fact = archive_package(Some("tgz"));
        fact.checksum = Some(foreign(""));
        let story = Story::direct().fact(Stage::Source, package(), Fact::Package(fact.clone()));
        assert_eq!(
            story
                .findings(&RULE)
                .first()
                .map(|finding| finding.severity),
            Some(Severity::Warning)
        );
        fact.checksum = Some(foreign("md5:00112233445566778899aabbccddeeff"));
        assert!(
            !Story::direct()
                .fact(Stage::Source, package(), Fact::Package(fact))
                .fires(&RULE)
        );
    }
}
