//! A limit of this tool is hit. Clients have no such limits and would go on.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::product;
use crate::rules::common::stops;
use crate::rules::fetched::unpackings;
use crate::trace::PublicStage;
use crate::trace::Stop;
use crate::trace::archive::Remark;
use crate::trace::archive_stop::ArchiveStop;
use crate::trace::archive_stop::LimitName;
use crate::trace::exchange::Failure;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR973",
    name: "oversized",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Archive, clone or answer grows beyond the limits",
    page: include_str!("tfr973_oversized.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in stops(case.trace) {
        let (name, number) = if let Stop::Archive(ArchiveStop::Limit { name, number }) = stop
            && *name != LimitName::ExtendedHeader
        {
            (limit_words(*name).to_owned(), *number)
        } else if let Stop::Failed(Failure::Limit { name, number }) = stop {
            (visible(name), *number)
        } else {
            continue;
        };
        let summary = format!("A limit of this tool is hit: {name}, {number}.");
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .reason("limit")
            .stage(step.key.stage.public())
            .requests_of(step);
        finding.explain(format!(
            "{} has no such limit and would go on.",
            product(case)
        ));
        finding.tell(Owner::Registry, "make it smaller");
        finding.tell(
            Owner::Environment,
            "raise the limit for this package alone: `--max-bytes`, `--max-files`",
        );
    }
    warn_of_growth(case, found);
}

fn limit_words(name: LimitName) -> &'static str {
    match name {
        LimitName::UnpackedBytes => "bytes of all files",
        LimitName::FileBytes => "bytes of one file",
        LimitName::SparseBytes => "bytes of a file with holes",
        LimitName::Entries => "entries",
        LimitName::ExtendedHeader => "bytes of an extended header",
        LimitName::ConsecutiveExtended => "extended headers in a row",
        LimitName::XzDictionary => "bytes of the xz dictionary",
        LimitName::Overlap => "entries that share bytes",
    }
}

fn warn_of_growth(case: &Case<'_>, found: &mut Findings) {
    for (step, unpacked) in unpackings(case.trace) {
        let ratio = unpacked.remarks.iter().find_map(|remark| {
            if let Remark::Growth { ratio } = remark {
                Some(*ratio)
            } else {
                None
            }
        });
        let Some(ratio) = ratio.filter(|_| step.stop().is_none()) else {
            continue;
        };
        let summary = format!(
            "The archive grows to {ratio} times its size, to {} bytes.",
            unpacked.bytes
        );
        if let Some(finding) = found.once(&RULE, case, step, summary) {
            finding.aside().reason("growth");
            finding.tell(Owner::Author, "leave out what is not part of the module");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::archive_package;
    use crate::rules::testing::package;
    use crate::trace::End;
    use crate::trace::Exchange;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::archive::Kind;
    use crate::trace::archive::Remark;
    use crate::trace::archive::Unpacked;
    use crate::trace::archive_stop::ArchiveStop;
    use crate::trace::archive_stop::LimitName;

    fn unpacked(kind: Kind, remarks: Vec<Remark>, end: End, exchanges: Vec<Exchange>) -> Story {
        let mut fact = Unpacked::new(kind);
        fact.remarks = remarks;
        fact.files = 1;
        Story::registry().step(
            Stage::Fetch,
            package(),
            exchanges,
            vec![
                Fact::Package(archive_package(Some("tar.gz"))),
                Fact::Unpacked(Box::new(fact)),
            ],
            end,
        )
    }

    #[test]
    fn such_an_archive_fires() {
        let end = End::Stopped(Stop::Archive(ArchiveStop::Limit {
            name: LimitName::Entries,
            number: 100_000,
        }));
        assert_eq!(
            unpacked(Kind::TarGz, Vec::new(), end, Vec::new()).codes(),
            ["TFR973"]
        );
    }

    #[test]
    fn another_stop_is_quiet() {
        let end = End::Stopped(Stop::Archive(ArchiveStop::Interrupted));
        assert!(!unpacked(Kind::TarGz, Vec::new(), end, Vec::new()).fires(&RULE));
    }
}
