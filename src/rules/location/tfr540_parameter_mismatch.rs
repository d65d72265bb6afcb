//! `archive=` or `checksum=` contradicts the rest of the address.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::Foreign;
use crate::foreign::visible;
use crate::rules::common::address_owner;
use crate::rules::common::archive_word;
use crate::rules::common::bytes_of;
use crate::rules::common::demanded;
use crate::rules::common::is_page_stop;
use crate::rules::common::package_fact;
use crate::rules::common::package_stops;
use crate::rules::common::sniffed_word;
use crate::trace::PublicStage;
use crate::trace::Step;
use crate::trace::Stop;
use crate::trace::archive_stop::ArchiveStop;
use crate::trace::fact::ArchiveBy;
use crate::trace::sniff::Sniffed;
use crate::trace::stop::ChecksumStop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR540",
    name: "parameter-mismatch",
    stage: PublicStage::Location,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &["TFR641"],
    title: "`archive=` or `checksum=` contradicts the rest",
    page: include_str!("tfr540_parameter_mismatch.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in package_stops(case.trace) {
        let Some(fact) = package_fact(case.trace, &step.key.subject) else {
            continue;
        };
        if *stop == Stop::Checksum(ChecksumStop::DirectoryDownload) {
            checksum_without_archive(case, step, found);
            continue;
        }
        let parameter = fact.archive_parameter.as_ref().map_or("", Foreign::raw);
        let bytes = bytes_of(case.trace, step).map(|(_, _, bytes)| bytes);
        let no_archive = is_page_stop(stop) && fact.archive.is_none();
        let other_bytes = matches!(stop, Stop::Archive(_))
            && fact.found_by == ArchiveBy::Parameter
            && bytes.is_some_and(|bytes| {
                archive_word(bytes).is_some() && demanded(parameter) != Some(bytes)
            });
        let single =
            matches!(stop, Stop::Archive(ArchiveStop::SingleFile { .. })) && !parameter.is_empty();
        if parameter.is_empty() || !(no_archive || other_bytes || single) {
            continue;
        }
        let reason = if no_archive { "no-type" } else { "other-type" };
        report(case, step, (reason, parameter), bytes, found);
    }
}

fn checksum_without_archive(case: &Case<'_>, step: &Step, found: &mut Findings) {
    let summary = "`checksum=` needs an archive, and the client sees none in this address.";
    if let Some(finding) = found.once(&RULE, case, step, summary) {
        let owner = address_owner(case.trace, &step.key.subject);
        finding.owner(owner).reason("checksum");
        finding.client_says(
            "init",
            "checksum cannot be specified for directory download",
        );
        finding.tell(
            owner,
            "append `archive=tar.gz` (or the type that it is), or leave the checksum out",
        );
    }
}

fn report(
    case: &Case<'_>,
    step: &Step,
    (reason, parameter): (&'static str, &str),
    bytes: Option<Sniffed>,
    found: &mut Findings,
) {
    let summary = if reason == "no-type" {
        format!(
            "`archive={}` is no type that the client knows, so it takes the archive for a web page.",
            visible(parameter)
        )
    } else {
        format!(
            "`archive={}` contradicts the bytes, which are {}.",
            visible(parameter),
            sniffed_word(bytes.unwrap_or(Sniffed::Unknown))
        )
    };
    let Some(finding) = found.once(&RULE, case, step, summary) else {
        return;
    };
    let owner = address_owner(case.trace, &step.key.subject);
    finding.owner(owner).reason(reason).requests_of(step);
    if let Some(Stop::PageUnreadable { words }) = step.stop() {
        finding.client_says("init", visible(words));
    } else if let Some(Stop::NoSourceUrl) = step.stop() {
        finding.client_says("init", "no source URL was returned");
    }
    match bytes.and_then(archive_word) {
        Some(word) => finding
            .fix(Fix::tell(owner, "name the type that it is").value(format!("archive={word}"))),
        None => finding.tell(
            owner,
            "leave the parameter out, or name a type of the client: tar.gz, tar.bz2, tar.xz, zip",
        ),
    };
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::Story;
    use crate::rules::testing::archive_package;
    use crate::rules::testing::foreign;
    use crate::rules::testing::package;
    use crate::rules::testing::stored;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::archive_stop::ArchiveStop;
    use crate::trace::archive_stop::ZipFault;
    use crate::trace::fact::ArchiveBy;

    fn with_parameter(
        parameter: &str,
        archive: Option<&str>,
        found_by: ArchiveBy,
        stop: Stop,
    ) -> Story {
        let mut fact = archive_package(archive);
        fact.found_by = found_by;
        fact.archive_parameter = Some(foreign(parameter));
        Story::direct()
            .fact(Stage::Source, package(), Fact::Package(fact))
            .stop_after(
                Stage::Fetch,
                package(),
                stored(&[], b"\x1f\x8b\x08\0\0"),
                stop,
            )
    }

    #[test]
    fn a_type_that_is_unknown_fires_alone() {
        let story = with_parameter("true", None, ArchiveBy::Parameter, Stop::NoSourceUrl);
        assert_eq!(story.codes(), ["TFR540"]);
    }

    #[test]
    fn a_type_that_the_bytes_contradict_fires_alone() {
        let fault = ArchiveStop::Zip(ZipFault::NoEnd);
        let story = with_parameter(
            "zip",
            Some("zip"),
            ArchiveBy::Parameter,
            Stop::Archive(fault),
        );
        assert_eq!(story.codes(), ["TFR540"]);
    }

    #[test]
    fn no_parameter_is_quiet() {
        let story = with_parameter("", None, ArchiveBy::Nothing, Stop::NoSourceUrl);
        assert_eq!(story.codes(), ["TFR541"]);
    }
}
