//! Clients write plain files only. A link in a tar becomes an empty file, one in a zip a file that holds its target.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::count;
use crate::rules::fetched::beside;
use crate::rules::fetched::fails_to_load;
use crate::rules::fetched::name_lines;
use crate::rules::fetched::unpackings;
use crate::trace::PublicStage;
use crate::trace::archive::Kind;
use crate::trace::archive::Remark;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR706",
    name: "links-lost",
    stage: PublicStage::Package,
    severity: Severity::Warning,
    owner: Owner::Author,
    yields_to: &["TFR705", "TFR709"],
    title: "Links do not survive unpacking",
    page: include_str!("tfr706_links_lost.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, unpacked) in unpackings(case.trace) {
        let links = || {
            unpacked.remarks.iter().filter_map(|remark| {
                let Remark::LinkLost {
                    name,
                    outside,
                    config_file,
                    ..
                } = remark
                else {
                    return None;
                };
                // A link that leads outside is another rule's, unless it costs a configuration file.
                (*config_file || !*outside).then_some((name.as_slice(), *config_file))
            })
        };
        let names: Vec<&[u8]> = links().map(|(name, _)| name).collect();
        let costs_config = links().any(|(_, config_file)| config_file);
        if names.is_empty() {
            continue;
        }
        let left = if unpacked.kind == Kind::Zip {
            "files that hold the name of their target"
        } else {
            "empty files"
        };
        let summary = format!(
            "Links of the archive become {left}: {} lost.",
            count(names.len(), "link")
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.evidence_lines("links", name_lines(&names));
        let installs = step.stop().is_none();
        beside(step, finding);
        if costs_config && installs {
            finding.reason("configuration").severity(Severity::Error);
            finding.explains_stop = fails_to_load(case.trace, &step.key.subject);
            finding.explain("Among them are configuration files, so the module is another one than its author wrote.");
        }
        finding.fix(
            Fix::tell(Owner::Author, "pack the files in place of the links")
                .command("tar -chzf module.tgz ."),
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
        let remarks = vec![Remark::LinkLost {
            name: b"a".to_vec(),
            target: b"b".to_vec(),
            kind: EntryKind::Symlink,
            outside: false,
            config_file: false,
        }];
        assert_eq!(
            unpacked(Kind::TarGz, remarks, End::Done, Vec::new()).codes(),
            ["TFR706"]
        );
    }

    #[test]
    fn another_entry_is_quiet() {
        let remarks = vec![Remark::Growth { ratio: 200 }];
        assert!(!unpacked(Kind::TarGz, remarks, End::Done, Vec::new()).fires(&RULE));
    }
}
