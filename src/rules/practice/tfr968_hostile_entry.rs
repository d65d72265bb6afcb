//! Entries that try to leave the module, or that hide what they are. This tool writes none of them outside the module.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::Foreign;
use crate::rules::common::repositories;
use crate::rules::fetched::archive_message;
use crate::rules::fetched::beside;
use crate::rules::fetched::entry_name;
use crate::rules::fetched::unpackings;
use crate::trace::PublicStage;
use crate::trace::Stop;
use crate::trace::archive::Remark;
use crate::trace::archive_stop::ArchiveStop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR968",
    name: "hostile-entry",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Author,
    yields_to: &["TFR705"],
    title: "Hostile entry names",
    page: include_str!("tfr968_hostile_entry.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, unpacked) in unpackings(case.trace) {
        let refused = if let Some(Stop::Archive(
            ArchiveStop::ParentInName { name } | ArchiveStop::NulInName { name, .. },
        )) = step.stop()
        {
            Some(name)
        } else {
            None
        };
        let mut lines: Vec<String> = unpacked
            .remarks
            .iter()
            .filter_map(described)
            .take(8)
            .collect();
        if let Some(name) = refused {
            lines.insert(
                0,
                format!("{} leaves the module or is no name", entry_name(name)),
            );
        }
        if lines.is_empty() {
            continue;
        }
        let summary = if refused.is_some() {
            "An entry of the archive has a name that the client refuses."
        } else {
            "The archive holds entries that a module does not need and an attacker does."
        };
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.evidence_lines("entries", lines);
        if let Some(Stop::Archive(ending)) = step.stop().filter(|_| refused.is_some()) {
            let words = archive_message(case.trace, step, ending);
            finding.client_says("init", words.unwrap_or_default());
        } else {
            beside(step, finding);
            finding.explain("The client installs them as plain files inside the module.");
        }
        finding.tell(
            Owner::Author,
            "pack again; if nobody made this on purpose, do not trust the source",
        );
    }
    warn_of_links(case, found);
}

fn described(remark: &Remark) -> Option<String> {
    match remark {
        Remark::AbsoluteName { name } => Some(format!("{} is an absolute name", entry_name(name))),
        Remark::DriveLetter { name } => Some(format!("{} names a drive", entry_name(name))),
        Remark::Duplicate { name } => Some(format!(
            "{} stands there twice, with different bytes",
            entry_name(name)
        )),
        Remark::Special { name, .. } => Some(format!("{} is a device or a pipe", entry_name(name))),
        Remark::LinkLost {
            name,
            target,
            outside: true,
            ..
        } => Some(format!(
            "{} links to {}, outside the module",
            entry_name(name),
            entry_name(target)
        )),
        Remark::LinkLost { .. }
        | Remark::BackslashName { .. }
        | Remark::IllegalElsewhere { .. }
        | Remark::Collides { .. }
        | Remark::SetId { .. }
        | Remark::WorldWritable { .. }
        | Remark::Unreadable { .. }
        | Remark::SizeDisagrees { .. }
        | Remark::BodyNotSkipped { .. }
        | Remark::NameDisagrees { .. }
        | Remark::GlobalIgnored { .. }
        | Remark::TrailerWrong { .. }
        | Remark::TrailingData { .. }
        | Remark::ReservedFlags { .. }
        | Remark::ZipDisagrees { .. }
        | Remark::EncryptedFlag { .. }
        | Remark::Growth { .. } => None,
    }
}

/// In a clone links stay links.
fn warn_of_links(case: &Case<'_>, found: &mut Findings) {
    for (step, repository) in repositories(case.trace) {
        if repository.links_outside.is_empty() {
            continue;
        }
        let summary = "Links in the repository lead out of it.";
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.aside().reason("clone");
        finding.evidence_lines(
            "links",
            repository
                .links_outside
                .iter()
                .take(8)
                .map(Foreign::shown)
                .collect(),
        );
        finding.explain(
            "In a clone links stay links: the client reads what they lead to on this machine.",
        );
        finding.tell(Owner::Author, "take the links out of the repository");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::finding::Severity;
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
    use crate::trace::fact::RepositoryFact;

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
    fn a_name_that_leaves_the_module_fires() {
        let stop = ArchiveStop::ParentInName {
            name: b"../evil.tf".to_vec(),
        };
        let end = End::Stopped(Stop::Archive(stop));
        assert_eq!(
            unpacked(Kind::TarGz, Vec::new(), end, Vec::new()).codes(),
            ["TFR968"]
        );
    }

    #[test]
    fn an_absolute_name_is_a_warning() {
        let remark = Remark::AbsoluteName {
            name: b"/main.tf".to_vec(),
        };
        let findings = unpacked(Kind::TarGz, vec![remark], End::Done, Vec::new()).findings(&RULE);
        assert_eq!(
            findings.first().map(|finding| finding.severity),
            Some(Severity::Warning)
        );
    }

    #[test]
    fn a_link_inside_and_a_clone_without_links_are_quiet() {
        let remark = Remark::Growth { ratio: 200 };
        assert!(!unpacked(Kind::TarGz, vec![remark], End::Done, Vec::new()).fires(&RULE));
        let fact = RepositoryFact {
            commit: None,
            wanted: None,
            fixed: false,
            links_outside: Vec::new(),
        };
        assert!(
            !Story::direct()
                .fact(Stage::Fetch, package(), Fact::Repository(fact))
                .fires(&RULE)
        );
    }
}
