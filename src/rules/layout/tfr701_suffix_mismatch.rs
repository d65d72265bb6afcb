//! The archive is of another format than its suffix says. Clients go by the name alone.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::archive_word;
use crate::rules::common::code;
use crate::rules::common::sniffed_word;
use crate::rules::fetched::address_of;
use crate::rules::fetched::archive_message;
use crate::rules::fetched::archive_stops;
use crate::rules::fetched::is_archive;
use crate::rules::fetched::misread;
use crate::rules::fetched::offer_parameter;
use crate::trace::PublicStage;
use crate::trace::fact::ArchiveBy;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR701",
    name: "suffix-mismatch",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &["TFR540", "TFR544", "TFR610", "TFR616", "TFR617", "TFR702"],
    title: "Content does not match the suffix",
    page: include_str!("tfr701_suffix_mismatch.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in archive_stops(case.trace) {
        let Some(seen) = misread(step, stop).filter(|seen| is_archive(*seen)) else {
            continue;
        };
        let Some(fact) = address_of(step).filter(|fact| fact.found_by == ArchiveBy::Suffix) else {
            continue;
        };
        let kind = fact.archive.as_deref().unwrap_or_default();
        let summary = format!(
            "The name ends in {}, and the bytes are {}.",
            code(&format!(".{kind}")),
            sniffed_word(seen)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .evidence("bytes", sniffed_word(seen))
            .requests_of(step);
        finding.explain(
            "Clients go by the suffix alone and look at neither the bytes nor the media type.",
        );
        finding.client_says(
            "init",
            archive_message(case.trace, step, stop).unwrap_or_default(),
        );
        match archive_word(seen) {
            Some(word) => offer_parameter(
                case,
                step,
                ("archive", word),
                "say in the query what it is, until the name is corrected",
                finding,
            ),
            None => {
                finding.tell(
                    Owner::Registry,
                    "pack it as tar.gz or zip; no `archive=` helps with this format",
                );
            }
        }
        finding.tell(Owner::Registry, "give the file the suffix of its format");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::archive_package;
    use crate::rules::testing::package;
    use crate::rules::testing::stored;
    use crate::trace::End;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::archive::Kind;
    use crate::trace::archive::Unpacked;
    use crate::trace::archive_stop::ArchiveStop;
    use crate::trace::archive_stop::StreamFault;

    fn story(head: &[u8]) -> Story {
        let stop = ArchiveStop::Opening {
            kind: Kind::TarGz,
            fault: StreamFault::GzipHeader,
        };
        Story::registry().step(
            Stage::Fetch,
            package(),
            vec![stored(&[], head)],
            vec![
                Fact::Package(archive_package(Some("tar.gz"))),
                Fact::Unpacked(Box::new(Unpacked::new(Kind::TarGz))),
            ],
            End::Stopped(Stop::Archive(stop)),
        )
    }

    #[test]
    fn a_zip_under_the_suffix_of_a_tar_fires() {
        assert_eq!(story(b"PK\x03\x04").codes(), ["TFR701"]);
    }

    #[test]
    fn damaged_bytes_are_quiet() {
        assert!(!story(b"\x1e\x8b\x08\0").fires(&RULE));
    }
}
