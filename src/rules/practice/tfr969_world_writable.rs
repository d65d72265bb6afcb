//! The modes in the archive let everybody write, or run files as somebody else. The client takes them as they are.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::fetched::entry_name;
use crate::rules::fetched::unpackings;
use crate::trace::PublicStage;
use crate::trace::archive::Remark;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR969",
    name: "world-writable",
    stage: PublicStage::Package,
    severity: Severity::Warning,
    owner: Owner::Author,
    yields_to: &["TFR705", "TFR709"],
    title: "World-writable results",
    page: include_str!("tfr969_world_writable.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, unpacked) in unpackings(case.trace) {
        let modes: Vec<(&[u8], u32)> = unpacked
            .remarks
            .iter()
            .filter_map(|remark| {
                if let Remark::WorldWritable { name, mode } | Remark::SetId { name, mode } = remark
                {
                    Some((name.as_slice(), *mode))
                } else {
                    None
                }
            })
            .collect();
        if modes.is_empty() || step.stop().is_some() {
            continue;
        }
        let summary = "The archive has modes that let everybody write.";
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.aside();
        finding.evidence_lines(
            "modes",
            modes
                .iter()
                .take(8)
                .map(|(name, mode)| format!("{mode:04o} {}", entry_name(name)))
                .collect(),
        );
        finding.explain(
            "Modes are taken from the archive as they are; the user's umask does not count.",
        );
        finding.fix(
            Fix::tell(
                Owner::Author,
                "pack with 0644 for files and 0755 for directories",
            )
            .command("chmod -R u+rwX,go+rX,go-w ."),
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
        let remarks = vec![Remark::WorldWritable {
            name: b"main.tf".to_vec(),
            mode: 0o666,
        }];
        assert_eq!(
            unpacked(Kind::TarGz, remarks, End::Done, Vec::new()).codes(),
            ["TFR969"]
        );
    }

    #[test]
    fn another_entry_is_quiet() {
        let remarks = vec![Remark::Growth { ratio: 200 }];
        assert!(!unpacked(Kind::TarGz, remarks, End::Done, Vec::new()).fires(&RULE));
    }
}
