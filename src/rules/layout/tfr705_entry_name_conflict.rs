//! One name stands for a file and for a directory: the second one cannot be written.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::fetched::archive_message;
use crate::rules::fetched::archive_stops;
use crate::rules::fetched::entry_name;
use crate::trace::PublicStage;
use crate::trace::archive_stop::ArchiveStop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR705",
    name: "entry-name-conflict",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Author,
    yields_to: &[],
    title: "One name is both file and folder in the archive",
    page: include_str!("tfr705_entry_name_conflict.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in archive_stops(case.trace) {
        let name = match stop {
            ArchiveStop::FileInTheWay { file, .. } => file.as_slice(),
            ArchiveStop::DirectoryInTheWay { path } => path.as_slice(),
            ArchiveStop::NamesDestination { name } => name.as_slice(),
            ArchiveStop::Opening { .. }
            | ArchiveStop::Stream(_)
            | ArchiveStop::Tar(_)
            | ArchiveStop::Zip(_)
            | ArchiveStop::Empty
            | ArchiveStop::SingleFile { .. }
            | ArchiveStop::Unsupported { .. }
            | ArchiveStop::ParentInName { .. }
            | ArchiveStop::NulInName { .. }
            | ArchiveStop::NameTooLong { .. }
            | ArchiveStop::TooDeep { .. }
            | ArchiveStop::Limit { .. }
            | ArchiveStop::Disk(_)
            | ArchiveStop::Interrupted => continue,
        };
        let summary = format!(
            "`{}` is both a file and a directory in the archive.",
            entry_name(name)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.evidence("name", entry_name(name));
        finding.explain("Links and devices become plain files, so nothing can lie below them.");
        finding.client_says(
            "init",
            archive_message(case.trace, step, stop).unwrap_or_default(),
        );
        finding.tell(
            Owner::Author,
            "rename or drop one of the two, and pack the module in one piece",
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
        let end = End::Stopped(Stop::Archive(ArchiveStop::DirectoryInTheWay {
            path: b"a".to_vec(),
        }));
        assert_eq!(
            unpacked(Kind::TarGz, Vec::new(), end, Vec::new()).codes(),
            ["TFR705"]
        );
    }

    #[test]
    fn another_stop_is_quiet() {
        let end = End::Stopped(Stop::Archive(ArchiveStop::Interrupted));
        assert!(!unpacked(Kind::TarGz, Vec::new(), end, Vec::new()).fires(&RULE));
    }
}
