//! The compression of the archive is declared as one of the transfer: the client undoes it, and a bare tar is left.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::package_stops;
use crate::rules::common::sniffed;
use crate::rules::common::sniffed_word;
use crate::rules::fetched::fits;
use crate::rules::fetched::last_reply;
use crate::rules::fetched::unpacked_of;
use crate::trace::PublicStage;
use crate::trace::Stop;
use crate::trace::archive::Kind;
use crate::trace::archive_stop::ArchiveStop;
use crate::trace::stop::ChecksumStop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR616",
    name: "content-encoding-gzip",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Archive labelled `Content-Encoding: gzip`",
    page: include_str!("tfr616_content_encoding_gzip.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in package_stops(case.trace) {
        let is_tgz = unpacked_of(step).is_some_and(|unpacked| unpacked.kind == Kind::TarGz);
        let is_archive_stop = matches!(
            stop,
            Stop::Archive(ArchiveStop::Opening { .. } | ArchiveStop::Stream(_))
                | Stop::Checksum(ChecksumStop::Mismatch { .. })
        );
        let Some(reply) = last_reply(step) else {
            continue;
        };
        let is_labelled = reply
            .header("content-encoding")
            .is_some_and(|value| value.to_ascii_lowercase().contains("gzip"));
        if !is_archive_stop || !is_labelled || !is_tgz || fits(Kind::TarGz, sniffed(reply)) {
            continue;
        }
        let summary = "The archive is labelled `Content-Encoding: gzip`: the client unpacks it once on the way, and a bare tar is left.";
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .evidence("content-encoding", "gzip")
            .evidence("body", sniffed_word(sniffed(reply)))
            .requests_of(step);
        finding.client_says(
            "init",
            "Error opening a gzip reader for <tmp>/archive: gzip: invalid header",
        );
        finding.fix(
            Fix::tell(
                Owner::Registry,
                "send no content encoding with archives; clear it in the store too",
            )
            .value("Content-Type: application/gzip"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
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

    fn story(headers: &[(&str, &str)], head: &[u8]) -> Story {
        let stop = ArchiveStop::Opening {
            kind: Kind::TarGz,
            fault: StreamFault::GzipHeader,
        };
        Story::direct().step(
            Stage::Fetch,
            package(),
            vec![stored(headers, head)],
            vec![Fact::Unpacked(Box::new(Unpacked::new(Kind::TarGz)))],
            End::Stopped(Stop::Archive(stop)),
        )
    }

    #[test]
    fn a_bare_tar_behind_the_label_fires() {
        let mut tar = vec![0_u8; 512];
        tar.splice(257..262, *b"ustar");
        let story = story(&[("content-encoding", "gzip")], &tar);
        assert_eq!(story.codes(), ["TFR616"]);
    }

    #[test]
    fn a_body_without_the_label_is_quiet() {
        assert!(!story(&[], b"x").fires(&RULE));
    }
}
