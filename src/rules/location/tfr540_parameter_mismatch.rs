//! A parameter of the address contradicts the archive: a type that is none or another one, or a checksum where no archive is seen.

use crate::finding::Case;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::archive_word;
use crate::rules::common::package_stops;
use crate::rules::common::sniffed;
use crate::rules::common::sniffed_word;
use crate::rules::fetched::address_of;
use crate::rules::fetched::is_archive;
use crate::rules::fetched::is_page_stop;
use crate::rules::fetched::last_reply;
use crate::rules::fetched::misread;
use crate::rules::fetched::named_owner;
use crate::rules::fetched::offer_parameter;
use crate::rules::fetched::package_message;
use crate::trace::PublicStage;
use crate::trace::Step;
use crate::trace::Stop;
use crate::trace::archive_stop::ArchiveStop;
use crate::trace::fact::ArchiveBy;
use crate::trace::fact::PackageFact;
use crate::trace::stop::ChecksumStop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR540",
    name: "parameter-mismatch",
    stage: PublicStage::Location,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &["TFR534", "TFR544", "TFR616", "TFR617", "TFR641", "TFR702"],
    title: "`archive=` or `checksum=` contradicts the rest",
    page: include_str!("tfr540_parameter_mismatch.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in package_stops(case.trace) {
        let Some(fact) = address_of(step) else {
            continue;
        };
        let Some((reason, summary)) = contradiction(step, stop, fact) else {
            continue;
        };
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .reason(reason)
            .owner(named_owner(case.trace, step))
            .requests_of(step);
        finding.client_says("init", package_message(case.trace, step, stop));
        offer(case, step, (fact, reason), finding);
    }
}

/// In what the parameters contradict the rest.
fn contradiction(step: &Step, ending: &Stop, fact: &PackageFact) -> Option<(&'static str, String)> {
    if let Stop::Checksum(ChecksumStop::DirectoryDownload) = ending {
        let summary = "`checksum=` needs an archive, and the client sees none in this address.";
        return Some(("checksum", summary.to_owned()));
    }
    let value = fact.archive_parameter.as_ref()?;
    if is_page_stop(ending) && fact.found_by == ArchiveBy::Disabled {
        let word = value.raw().to_ascii_lowercase();
        let (reason, what) = if matches!(word.as_str(), "false" | "0" | "f") {
            ("off", "switches unpacking off")
        } else {
            ("unknown", "is no type that the client knows")
        };
        let summary = format!(
            "`archive={}` {what}, so it looks for a web page.",
            value.shown()
        );
        return Some((reason, summary));
    }
    let Stop::Archive(archive) = ending else {
        return None;
    };
    if fact.found_by != ArchiveBy::Parameter {
        return None;
    }
    if let Some(seen) = misread(step, archive).filter(|seen| is_archive(*seen)) {
        let summary = format!(
            "`archive={}` is said of {}.",
            value.shown(),
            sniffed_word(seen)
        );
        return Some(("other-type", summary));
    }
    let is_tar = by_suffix(fact).is_some_and(|word| word.starts_with('t'));
    let is_single = matches!(archive, ArchiveStop::SingleFile { .. });
    (is_tar && is_single).then(|| {
        let summary = format!(
            "`archive={}` makes one compressed file of what is a tar.",
            value.shown()
        );
        ("single-file", summary)
    })
}

/// The type that the path's suffix names.
fn by_suffix(fact: &PackageFact) -> Option<&'static str> {
    let path = fact
        .address
        .raw()
        .split(['?', '#'])
        .next()
        .unwrap_or_default();
    ["tar.gz", "tgz", "tar.bz2", "tbz2", "tar.xz", "txz", "zip"]
        .into_iter()
        .find(|suffix| {
            path.strip_suffix(suffix)
                .is_some_and(|stem| stem.ends_with('.'))
        })
}

fn offer(
    case: &Case<'_>,
    step: &Step,
    (fact, reason): (&PackageFact, &str),
    finding: &mut Finding,
) {
    let is_git = matches!(fact.getter.as_str(), "git" | "hg");
    if reason == "checksum" && is_git {
        offer_parameter(
            case,
            step,
            ("checksum", ""),
            "drop `checksum=`: a commit id fixes a repository",
            finding,
        );
        return;
    }
    let seen = last_reply(step).map(sniffed).and_then(archive_word);
    let suffix = by_suffix(fact);
    match (seen, suffix) {
        // A suffix of a tar says more than the magic of its compression.
        (_, Some(suffix))
            if reason == "single-file" || (reason != "other-type" && seen.is_none()) =>
        {
            offer_parameter(case, step, ("archive", suffix), "say what it is", finding);
        }
        (Some(word), _) => {
            offer_parameter(case, step, ("archive", word), "say what it is", finding);
        }
        (None, _) => {
            finding.tell(
                finding.owner,
                "write the type of the archive: `archive=tar.gz` or `archive=zip`",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::archive_package;
    use crate::rules::testing::foreign;
    use crate::rules::testing::package;
    use crate::rules::testing::stored;
    use crate::trace::End;
    use crate::trace::Exchange;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::archive::Kind;
    use crate::trace::archive::Unpacked;
    use crate::trace::archive_stop::ArchiveStop;
    use crate::trace::archive_stop::ZipFault;
    use crate::trace::fact::ArchiveBy;

    fn story(value: &str, by: ArchiveBy, exchange: Exchange, stop: Stop) -> Story {
        let mut fact = archive_package(None);
        fact.archive_parameter = Some(foreign(value));
        fact.found_by = by;
        Story::direct().step(
            Stage::Fetch,
            package(),
            vec![exchange],
            vec![
                Fact::Package(fact),
                Fact::Unpacked(Box::new(Unpacked::new(Kind::Zip))),
            ],
            End::Stopped(stop),
        )
    }

    #[test]
    fn an_unknown_type_fires() {
        let zip = stored(&[], b"PK\x03\x04");
        let story = story("ZIP", ArchiveBy::Disabled, zip, Stop::NoSourceUrl);
        assert_eq!(story.codes(), ["TFR540"]);
    }

    #[test]
    fn another_type_fires() {
        let gzip = stored(&[], b"\x1f\x8b\x08\0");
        let stop = Stop::Archive(ArchiveStop::Zip(ZipFault::NoEnd));
        assert_eq!(
            story("zip", ArchiveBy::Parameter, gzip, stop).codes(),
            ["TFR540"]
        );
    }

    #[test]
    fn a_damaged_archive_is_quiet() {
        let zip = stored(&[], b"PK\x03\x04");
        let stop = Stop::Archive(ArchiveStop::Zip(ZipFault::NoEnd));
        assert!(!story("zip", ArchiveBy::Parameter, zip, stop).fires(&RULE));
    }
}
