//! The archive is of a format that the client has no unpacker for, or uses a method that it does not know.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::archive_word;
use crate::rules::common::package_stops;
use crate::rules::common::sniffed;
use crate::rules::common::sniffed_word;
use crate::rules::fetched::body_text;
use crate::rules::fetched::is_archive;
use crate::rules::fetched::is_page_stop;
use crate::rules::fetched::last_reply;
use crate::rules::fetched::package_message;
use crate::rules::fetched::unpacked_of;
use crate::rules::fetched::unpackings;
use crate::trace::PublicStage;
use crate::trace::Step;
use crate::trace::Stop;
use crate::trace::archive::Remark;
use crate::trace::archive_stop::ArchiveStop;
use crate::trace::archive_stop::StreamFault;
use crate::trace::archive_stop::ZipFault;
use crate::trace::sniff::Sniffed;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR702",
    name: "unsupported-format",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Author,
    yields_to: &[],
    title: "Format not supported",
    page: include_str!("tfr702_unsupported_format.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in package_stops(case.trace) {
        let Some((reason, what)) = lacking(step, stop) else {
            continue;
        };
        let summary = format!("The archive is {what}, which the client cannot unpack.");
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.reason(reason).requests_of(step);
        finding.client_says("init", package_message(case.trace, step, stop));
        if reason == "format" {
            finding.explain(
                "The client takes what it does not know for a web page; no `archive=` helps.",
            );
        }
        finding.tell(
            Owner::Author,
            "pack it as tar.gz, or as a zip with deflate and without a password",
        );
    }
    warn_of_encrypted(case, found);
}

/// What of an archive the client lacks.
fn lacking(step: &Step, ending: &Stop) -> Option<(&'static str, String)> {
    if is_page_stop(ending) {
        let reply = last_reply(step)?;
        // Bytes that are no UTF-8 were replaced when the page was kept.
        let is_seven = body_text(reply).starts_with("7z\u{fffd}\u{fffd}'\u{1c}");
        let seen = if is_seven {
            Sniffed::SevenZip
        } else {
            sniffed(reply)
        };
        return (is_archive(seen) && archive_word(seen).is_none())
            .then(|| ("format", sniffed_word(seen).to_owned()));
    }
    let Stop::Archive(archive) = ending else {
        return None;
    };
    if let ArchiveStop::Unsupported { found } = archive {
        return Some(("format", sniffed_word(*found).to_owned()));
    }
    if let ArchiveStop::Zip(ZipFault::Method { method, .. }) = archive {
        return Some(("method", format!("a zip with compression method {method}")));
    }
    if let ArchiveStop::Opening {
        fault: StreamFault::XzFilter(filter),
        ..
    }
    | ArchiveStop::Stream(StreamFault::XzFilter(filter)) = archive
    {
        return Some(("method", format!("an xz with filter {filter:#x}")));
    }
    let is_zip = matches!(archive, ArchiveStop::Zip(_));
    (is_zip && is_encrypted(step)).then(|| ("encrypted", "a zip with a password".to_owned()))
}

/// Whether an entry is marked as encrypted.
fn is_encrypted(step: &Step) -> bool {
    unpacked_of(step).is_some_and(|unpacked| {
        unpacked
            .remarks
            .iter()
            .any(|remark| matches!(remark, Remark::EncryptedFlag { .. }))
    })
}

fn warn_of_encrypted(case: &Case<'_>, found: &mut Findings) {
    for (step, _) in unpackings(case.trace) {
        if step.stop().is_some() || !is_encrypted(step) {
            continue;
        }
        let summary =
            "Entries of the zip are marked as encrypted; the client reads them as they are.";
        if let Some(finding) = found.once(&RULE, case, step, summary) {
            finding.aside().reason("marked");
            finding.tell(Owner::Author, "pack it without a password");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::package;
    use crate::rules::testing::stored;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::archive_stop::ArchiveStop;
    use crate::trace::archive_stop::ZipFault;

    #[test]
    fn a_tar_that_is_taken_for_a_page_fires() {
        let mut tar = vec![b'a'; 512];
        tar.splice(257..262, *b"ustar");
        let story = Story::registry().stop_after(
            Stage::Fetch,
            package(),
            stored(&[], &tar),
            Stop::NoSourceUrl,
        );
        assert_eq!(story.codes(), ["TFR702"]);
    }

    #[test]
    fn a_method_of_a_zip_fires_and_a_gzip_is_quiet() {
        let fault = ZipFault::Method {
            name: b"main.tf".to_vec(),
            method: 12,
        };
        let stop = Stop::Archive(ArchiveStop::Zip(fault));
        assert_eq!(
            Story::registry()
                .stop(Stage::Fetch, package(), stop)
                .codes(),
            ["TFR702"]
        );
        let gzip = stored(&[], b"\x1f\x8b\x08\0");
        assert!(
            !Story::registry()
                .stop_after(Stage::Fetch, package(), gzip, Stop::NoSourceUrl)
                .fires(&RULE)
        );
    }
}
