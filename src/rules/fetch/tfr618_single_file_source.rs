//! One file is offered where a package is needed: compressed by itself, or a bare configuration file.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::file_name;
use crate::rules::common::package_stops;
use crate::rules::common::sniffed;
use crate::rules::fetched::address_of;
use crate::rules::fetched::archive_message;
use crate::rules::fetched::body_text;
use crate::rules::fetched::is_config_entry;
use crate::rules::fetched::is_page_stop;
use crate::rules::fetched::last_reply;
use crate::rules::fetched::named_owner;
use crate::rules::fetched::offer_parameter;
use crate::trace::PublicStage;
use crate::trace::Step;
use crate::trace::Stop;
use crate::trace::archive::Kind;
use crate::trace::archive_stop::ArchiveStop;
use crate::trace::sniff::Sniffed;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR618",
    name: "single-file-source",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &["TFR540", "TFR544"],
    title: "A single file is no module package",
    page: include_str!("tfr618_single_file_source.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in package_stops(case.trace) {
        let (reason, summary) = if let Stop::Archive(ArchiveStop::SingleFile { .. }) = stop {
            (
                "compressed",
                "The address names one compressed file, and a module is a directory.",
            )
        } else if is_page_stop(stop) && is_config_file(step) {
            (
                "configuration-file",
                "The address names one configuration file, and a module is a directory.",
            )
        } else {
            continue;
        };
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .reason(reason)
            .owner(named_owner(case.trace, step))
            .requests_of(step);
        if let Stop::Archive(archive) = stop {
            let words = archive_message(case.trace, step, archive);
            finding.client_says("init", words.unwrap_or_default());
            let word = if let ArchiveStop::SingleFile { kind: Kind::Bz2 } = archive {
                "tar.bz2"
            } else if let ArchiveStop::SingleFile { kind: Kind::Xz } = archive {
                "tar.xz"
            } else {
                "tar.gz"
            };
            offer_parameter(
                case,
                step,
                ("archive", word),
                "if a tar is inside, say so",
                finding,
            );
        } else {
            finding.client_says("init", "no source URL was returned");
        }
        finding.tell(
            Owner::Author,
            "pack the directory of the module as tar.gz or zip",
        );
    }
}

/// Whether the bytes are configuration and no page.
fn is_config_file(step: &Step) -> bool {
    let Some(reply) = last_reply(step).filter(|reply| sniffed(reply) == Sniffed::Text) else {
        return false;
    };
    let address = address_of(step).map_or("", |fact| fact.address.raw());
    let name = file_name(address);
    let blocks = [
        "variable ",
        "resource ",
        "module ",
        "output ",
        "locals ",
        "terraform ",
        "provider ",
        "data ",
    ];
    let text = body_text(reply);
    let opens =
        |line: &str| line.contains('{') && blocks.iter().any(|block| line.starts_with(block));
    is_config_entry(name.as_bytes()) || text.lines().any(opens)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::package;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::archive::Kind;
    use crate::trace::archive_stop::ArchiveStop;

    #[test]
    fn a_compressed_file_fires() {
        let stop = ArchiveStop::SingleFile { kind: Kind::Gz };
        let story = Story::direct().stop(Stage::Fetch, package(), Stop::Archive(stop));
        assert_eq!(story.codes(), ["TFR618"]);
    }

    #[test]
    fn a_configuration_file_fires_and_a_page_is_quiet() {
        let story = |body: &str| {
            Story::direct().stop_after(
                Stage::Fetch,
                package(),
                answered(200, &[], body),
                Stop::NoSourceUrl,
            )
        };
        assert_eq!(story("variable \"a\" {\n}\n").codes(), ["TFR618"]);
        assert!(!story("<html></html>").fires(&RULE));
    }
}
