//! A name, or a part of it, is longer than file systems take.

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
    code: "TFR709",
    name: "name-too-long",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Author,
    yields_to: &[],
    title: "Entry name too long for the file system",
    page: include_str!("tfr709_name_too_long.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in archive_stops(case.trace) {
        let (name, got, limit, noun) = match stop {
            ArchiveStop::NameTooLong {
                name, got, limit, ..
            } => (name, got, limit, "bytes"),
            ArchiveStop::TooDeep { name, got, limit } => (name, got, limit, "levels"),
            ArchiveStop::Opening { .. }
            | ArchiveStop::Stream(_)
            | ArchiveStop::Tar(_)
            | ArchiveStop::Zip(_)
            | ArchiveStop::Empty
            | ArchiveStop::SingleFile { .. }
            | ArchiveStop::Unsupported { .. }
            | ArchiveStop::ParentInName { .. }
            | ArchiveStop::NulInName { .. }
            | ArchiveStop::NamesDestination { .. }
            | ArchiveStop::FileInTheWay { .. }
            | ArchiveStop::DirectoryInTheWay { .. }
            | ArchiveStop::Limit { .. }
            | ArchiveStop::Disk(_)
            | ArchiveStop::Interrupted => continue,
        };
        let summary = format!("An entry's name has {got} {noun}; {limit} are the limit.");
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        let shown: String = entry_name(name).chars().take(120).collect();
        finding.evidence("name", shown);
        finding.client_says(
            "init",
            archive_message(case.trace, step, stop).map_or_else(
                || "file name too long".to_owned(),
                |text| text.chars().take(300).collect(),
            ),
        );
        finding.tell(Owner::Author, "give the file a shorter name");
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
        let end = End::Stopped(Stop::Archive(ArchiveStop::TooDeep {
            name: b"a".to_vec(),
            got: 200,
            limit: 128,
        }));
        assert_eq!(
            unpacked(Kind::TarGz, Vec::new(), end, Vec::new()).codes(),
            ["TFR709"]
        );
    }

    #[test]
    fn another_stop_is_quiet() {
        let end = End::Stopped(Stop::Archive(ArchiveStop::Interrupted));
        assert!(!unpacked(Kind::TarGz, Vec::new(), end, Vec::new()).fires(&RULE));
    }
}
