//! The archive is damaged, cut off or empty; or it installs although its end or its beginning is wrong.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::sniffed_word;
use crate::rules::fetched::archive_message;
use crate::rules::fetched::archive_stops;
use crate::rules::fetched::entry_name;
use crate::rules::fetched::is_archive;
use crate::rules::fetched::misread;
use crate::rules::fetched::unpackings;
use crate::trace::PublicStage;
use crate::trace::archive::Remark;
use crate::trace::archive::Trailer;
use crate::trace::archive::ZipDifference;
use crate::trace::archive_stop::ArchiveStop;
use crate::trace::archive_stop::LimitName;
use crate::trace::sniff::Sniffed;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR703",
    name: "corrupt-archive",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[
        "TFR208", "TFR540", "TFR544", "TFR601", "TFR608", "TFR610", "TFR616", "TFR617", "TFR618",
        "TFR701", "TFR702", "TFR705", "TFR709", "TFR968",
    ],
    title: "Corrupt or truncated archive",
    page: include_str!("tfr703_corrupt_archive.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in archive_stops(case.trace) {
        let fails_to_decode = match stop {
            ArchiveStop::Opening { .. }
            | ArchiveStop::Stream(_)
            | ArchiveStop::Tar(_)
            | ArchiveStop::Zip(_) => true,
            ArchiveStop::Limit { name, .. } => *name == LimitName::ExtendedHeader,
            ArchiveStop::Empty
            | ArchiveStop::SingleFile { .. }
            | ArchiveStop::Unsupported { .. }
            | ArchiveStop::ParentInName { .. }
            | ArchiveStop::NulInName { .. }
            | ArchiveStop::NamesDestination { .. }
            | ArchiveStop::FileInTheWay { .. }
            | ArchiveStop::DirectoryInTheWay { .. }
            | ArchiveStop::NameTooLong { .. }
            | ArchiveStop::TooDeep { .. }
            | ArchiveStop::Disk(_)
            | ArchiveStop::Interrupted => false,
        };
        let seen = misread(step, stop);
        if !fails_to_decode || seen.is_some_and(is_archive) {
            continue;
        }
        let is_empty = seen == Some(Sniffed::Empty);
        let summary = if is_empty {
            "The archive has no bytes at all."
        } else {
            "The archive is damaged or cut off."
        };
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .reason(if is_empty { "no-bytes" } else { "damaged" })
            .requests_of(step);
        if let Some(seen) = seen {
            finding.evidence("bytes", sniffed_word(seen));
        }
        finding.evidence("fault", visible(&format!("{stop:?}")));
        finding.client_says(
            "init",
            archive_message(case.trace, step, stop).unwrap_or_default(),
        );
        finding.tell(Owner::Registry, "upload the archive again");
        finding.tell(
            Owner::Author,
            "unpack each archive once before it is published",
        );
    }
    warn_of_ends(case, found);
}

/// What is wrong with an archive that installs all the same.
fn warn_of_ends(case: &Case<'_>, found: &mut Findings) {
    for (step, unpacked) in unpackings(case.trace) {
        let odd: Vec<String> = unpacked.remarks.iter().filter_map(oddity).collect();
        if step.stop().is_some() || odd.is_empty() {
            continue;
        }
        let summary = "The archive is not whole, though the client has read enough of it to install the module.";
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .aside()
            .reason("installs")
            .evidence_lines("archive", odd);
        finding.explain("Other programs, or a later release of the client, may refuse it.");
        finding.tell(Owner::Registry, "upload the archive again");
    }
}

fn oddity(remark: &Remark) -> Option<String> {
    match remark {
        Remark::TrailerWrong { why } => Some(match why {
            Trailer::Checksum => "the checksum at its end is wrong".to_owned(),
            Trailer::Length => "the length at its end is wrong".to_owned(),
            Trailer::Missing => "its end is missing".to_owned(),
            Trailer::Damaged => "the data behind the last file are damaged".to_owned(),
        }),
        Remark::TrailingData { .. } => Some("other bytes follow it".to_owned()),
        Remark::ReservedFlags { .. } => Some("reserved flags are set in its header".to_owned()),
        Remark::ZipDisagrees { name, what } => {
            let what = match what {
                ZipDifference::Prefix(bytes) => {
                    return Some(format!("{bytes} other bytes stand before it"));
                }
                ZipDifference::NotInDirectory => "is missing in the directory",
                ZipDifference::SecondEnd => return Some("it has a second end".to_owned()),
                ZipDifference::Name(_) => "has another name in its own header",
                ZipDifference::Method(_) => "has another method in its own header",
                ZipDifference::Checksum(_) => "has another checksum in its own header",
                ZipDifference::Sizes { .. } | ZipDifference::Descriptor => {
                    "has other sizes in its own header"
                }
                ZipDifference::Flags(_)
                | ZipDifference::Disk(_)
                | ZipDifference::UnicodePath(_)
                | ZipDifference::Extra => return None,
            };
            Some(format!("{} {what}", entry_name(name)))
        }
        Remark::Duplicate { .. }
        | Remark::AbsoluteName { .. }
        | Remark::DriveLetter { .. }
        | Remark::BackslashName { .. }
        | Remark::IllegalElsewhere { .. }
        | Remark::Collides { .. }
        | Remark::SetId { .. }
        | Remark::WorldWritable { .. }
        | Remark::Unreadable { .. }
        | Remark::LinkLost { .. }
        | Remark::Special { .. }
        | Remark::SizeDisagrees { .. }
        | Remark::BodyNotSkipped { .. }
        | Remark::NameDisagrees { .. }
        | Remark::GlobalIgnored { .. }
        | Remark::EncryptedFlag { .. }
        | Remark::Growth { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::finding::Severity;
    use crate::rules::testing::Story;
    use crate::rules::testing::archive_package;
    use crate::rules::testing::package;
    use crate::rules::testing::stored;
    use crate::trace::End;
    use crate::trace::Exchange;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::archive::Kind;
    use crate::trace::archive::Remark;
    use crate::trace::archive::Trailer;
    use crate::trace::archive::Unpacked;
    use crate::trace::archive_stop::ArchiveStop;
    use crate::trace::archive_stop::StreamFault;

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
    fn damaged_bytes_fire() {
        let stop = ArchiveStop::Opening {
            kind: Kind::TarGz,
            fault: StreamFault::GzipHeader,
        };
        let end = End::Stopped(Stop::Archive(stop));
        let story = unpacked(
            Kind::TarGz,
            Vec::new(),
            end,
            vec![stored(&[], b"\x1e\x8b\x08\0")],
        );
        assert_eq!(story.codes(), ["TFR703"]);
    }

    #[test]
    fn a_wrong_end_is_a_warning_and_growth_is_quiet() {
        let remark = Remark::TrailerWrong {
            why: Trailer::Missing,
        };
        let story = unpacked(Kind::TarGz, vec![remark], End::Done, Vec::new());
        let severity = story
            .findings(&RULE)
            .first()
            .map(|finding| finding.severity);
        assert_eq!(severity, Some(Severity::Warning));
        let remark = Remark::Growth { ratio: 200 };
        assert!(!unpacked(Kind::TarGz, vec![remark], End::Done, Vec::new()).fires(&RULE));
    }
}
