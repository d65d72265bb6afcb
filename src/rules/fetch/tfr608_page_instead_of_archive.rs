//! A web page or a message came where an archive was wanted, or a page that names no archive.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::first_line;
use crate::rules::common::package_stops;
use crate::rules::common::page_title;
use crate::rules::common::sniffed;
use crate::rules::common::sniffed_word;
use crate::rules::fetched::is_archive;
use crate::rules::fetched::is_message;
use crate::rules::fetched::is_page_stop;
use crate::rules::fetched::last_reply;
use crate::rules::fetched::misread;
use crate::rules::fetched::named_owner;
use crate::rules::fetched::package_message;
use crate::trace::PublicStage;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR608",
    name: "page-instead-of-archive",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[
        "TFR025", "TFR028", "TFR208", "TFR540", "TFR541", "TFR543", "TFR544", "TFR617", "TFR618",
    ],
    title: "A page instead of an archive",
    page: include_str!("tfr608_page_instead_of_archive.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in package_stops(case.trace) {
        let Some(reply) = last_reply(step) else {
            continue;
        };
        let seen = sniffed_word(sniffed(reply));
        let is_misread = matches!(stop, Stop::Archive(archive) if misread(step, archive).is_some());
        let (reason, summary) = if is_misread && is_message(reply) {
            ("page", format!("In place of the archive came {seen}."))
        } else if is_page_stop(stop) && !is_archive(sniffed(reply)) {
            (
                "no-tag",
                format!(
                    "The client takes the address for a page that names an archive, and {seen} came that names none."
                ),
            )
        } else {
            continue;
        };
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.reason(reason).owner(named_owner(case.trace, step));
        if let Some(title) = page_title(reply).or_else(|| first_line(reply)) {
            finding.evidence("title", title);
        }
        if let Some(media) = reply.media_type() {
            finding.evidence("content-type", visible(&media));
        }
        finding.requests_of(step);
        finding.client_says("init", package_message(case.trace, step, stop));
        finding.tell(
            finding.owner,
            "name the address of the file itself, and let it answer without a login page",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
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

    #[test]
    fn a_page_without_a_tag_fires() {
        let page = answered(
            200,
            &[("content-type", "text/html")],
            "<html><title>Files</title></html>",
        );
        let story = Story::direct().stop_after(Stage::Fetch, package(), page, Stop::NoSourceUrl);
        assert_eq!(story.codes(), ["TFR608"]);
    }

    #[test]
    fn a_message_in_place_of_an_archive_fires() {
        let stop = ArchiveStop::Opening {
            kind: Kind::TarGz,
            fault: StreamFault::GzipHeader,
        };
        let story = Story::direct().step(
            Stage::Fetch,
            package(),
            vec![stored(&[], b"{\"error\": \"no\"}")],
            vec![Fact::Unpacked(Box::new(Unpacked::new(Kind::TarGz)))],
            End::Stopped(Stop::Archive(stop)),
        );
        assert_eq!(story.codes(), ["TFR608"]);
    }

    #[test]
    fn an_archive_is_quiet() {
        let bytes = stored(&[], b"\x1f\x8b\x08\0");
        let story = Story::direct().stop_after(Stage::Fetch, package(), bytes, Stop::NoSourceUrl);
        assert!(!story.fires(&RULE));
    }
}
