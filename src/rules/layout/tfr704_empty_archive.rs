//! No entry of the archive is a file. A tar ends the installation; a zip with directories alone installs as an empty module.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::product;
use crate::rules::fetched::unpackings;
use crate::trace::PublicStage;
use crate::trace::Stop;
use crate::trace::archive::Kind;
use crate::trace::archive_stop::ArchiveStop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR704",
    name: "empty-archive",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Author,
    yields_to: &["TFR610", "TFR616", "TFR617"],
    title: "Empty archive",
    page: include_str!("tfr704_empty_archive.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, unpacked) in unpackings(case.trace) {
        let stops = matches!(step.stop(), Some(Stop::Archive(ArchiveStop::Empty)));
        let is_hollow = step.stop().is_none() && unpacked.kind == Kind::Zip && unpacked.files == 0;
        if !stops && !is_hollow {
            continue;
        }
        let summary = "The archive holds no file.";
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .evidence(
                "entries",
                format!(
                    "{} files, {} directories",
                    unpacked.files, unpacked.directories
                ),
            )
            .requests_of(step);
        if stops {
            finding.client_says("init", "empty archive: <tmp>/archive");
        } else {
            finding.reason("directories-only");
            finding.explain(format!(
                "{} installs it as an empty module and reports success.",
                product(case)
            ));
        }
        finding.tell(
            Owner::Author,
            "pack from the directory of the module, and look at the filters of the packer",
        );
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
        let end = End::Stopped(Stop::Archive(ArchiveStop::Empty));
        assert_eq!(
            unpacked(Kind::TarGz, Vec::new(), end, Vec::new()).codes(),
            ["TFR704"]
        );
    }

    #[test]
    fn another_stop_is_quiet() {
        let end = End::Stopped(Stop::Archive(ArchiveStop::Interrupted));
        assert!(!unpacked(Kind::TarGz, Vec::new(), end, Vec::new()).fires(&RULE));
    }
}
