//! Names with backslashes: outside Windows these are files with odd names at the top, and no directories.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::fetched::fails_to_load;
use crate::rules::fetched::is_config_entry;
use crate::rules::fetched::name_lines;
use crate::rules::fetched::unpackings;
use crate::trace::PublicStage;
use crate::trace::archive::Remark;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR707",
    name: "backslash-names",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Author,
    yields_to: &[],
    title: "Backslashes as separators",
    page: include_str!("tfr707_backslash_names.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, unpacked) in unpackings(case.trace) {
        let names: Vec<&[u8]> = unpacked
            .remarks
            .iter()
            .filter_map(|remark| {
                if let Remark::BackslashName { name } = remark {
                    Some(name.as_slice())
                } else {
                    None
                }
            })
            .collect();
        if names.is_empty() {
            continue;
        }
        let summary = "The archive separates directories with backslashes; outside Windows these are parts of file names.";
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.evidence_lines("names", name_lines(&names));
        let installs = step.stop().is_none();
        finding.explains_stop = installs && fails_to_load(case.trace, &step.key.subject);
        if !installs {
            finding.step = None;
        }
        let is_config = names.iter().any(|name| is_config_entry(name));
        if is_config && installs {
            finding.explain(
                "Such files end in `.tf`, so they are loaded as parts of the root of the module.",
            );
            finding.client_says("init", "Duplicate variable declaration");
        } else {
            finding.severity(Severity::Warning);
        }
        finding.tell(Owner::Author, "pack again with a tool that writes slashes");
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
        let remarks = vec![Remark::BackslashName {
            name: b"modules\\a\\main.tf".to_vec(),
        }];
        assert_eq!(
            unpacked(Kind::TarGz, remarks, End::Done, Vec::new()).codes(),
            ["TFR707"]
        );
    }

    #[test]
    fn another_entry_is_quiet() {
        let remarks = vec![Remark::Growth { ratio: 200 }];
        assert!(!unpacked(Kind::TarGz, remarks, End::Done, Vec::new()).fires(&RULE));
    }
}
