//! Files or directories that their owner may not read. The superuser does not notice, so containers hide it.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::fetched::is_config_entry;
use crate::rules::fetched::name_lines;
use crate::rules::fetched::unpackings;
use crate::trace::PublicStage;
use crate::trace::archive::EntryKind;
use crate::trace::archive::Remark;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR708",
    name: "unreadable-modes",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Author,
    yields_to: &["TFR705", "TFR709"],
    title: "Unreadable modes",
    page: include_str!("tfr708_unreadable_modes.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, unpacked) in unpackings(case.trace) {
        let hidden = || {
            unpacked.remarks.iter().filter_map(|remark| {
                if let Remark::Unreadable { name, kind, .. } = remark {
                    Some((name.as_slice(), *kind))
                } else {
                    None
                }
            })
        };
        let names: Vec<&[u8]> = hidden().map(|(name, _)| name).collect();
        if names.is_empty() || step.stop().is_some() {
            continue;
        }
        let hurts =
            hidden().any(|(name, kind)| kind == EntryKind::Directory || is_config_entry(name));
        let summary = "The archive takes the right to read from the owner of its files.";
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.evidence_lines("names", name_lines(&names));
        finding.explain("The superuser reads them all the same, so it works in many containers.");
        finding.client_says("init", "Failed to read file");
        if !hurts {
            finding.severity(Severity::Warning);
        }
        finding.fix(
            Fix::tell(
                Owner::Author,
                "pack with modes: 0644 for files, 0755 for directories",
            )
            .command("chmod -R u+rwX,go+rX ."),
        );
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
    use crate::trace::archive::EntryKind;
    use crate::trace::archive::Kind;
    use crate::trace::archive::Remark;
    use crate::trace::archive::Unpacked;

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
    fn such_an_entry_fires() {
        let remarks = vec![Remark::Unreadable {
            name: b"main.tf".to_vec(),
            mode: 0,
            kind: EntryKind::File,
        }];
        assert_eq!(
            unpacked(Kind::TarGz, remarks, End::Done, Vec::new()).codes(),
            ["TFR708"]
        );
    }

    #[test]
    fn another_entry_is_quiet() {
        let remarks = vec![Remark::Growth { ratio: 200 }];
        assert!(!unpacked(Kind::TarGz, remarks, End::Done, Vec::new()).fires(&RULE));
    }
}
