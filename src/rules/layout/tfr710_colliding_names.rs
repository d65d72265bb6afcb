//! Names that are one where case does not count, or that another system refuses.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::fetched::entry_name;
use crate::rules::fetched::unpackings;
use crate::trace::PublicStage;
use crate::trace::archive::Illegal;
use crate::trace::archive::Remark;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR710",
    name: "colliding-names",
    stage: PublicStage::Package,
    severity: Severity::Warning,
    owner: Owner::Author,
    yields_to: &["TFR705", "TFR707", "TFR709", "TFR968"],
    title: "Names that collide or are illegal elsewhere",
    page: include_str!("tfr710_colliding_names.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, unpacked) in unpackings(case.trace) {
        let lines: Vec<String> = unpacked
            .remarks
            .iter()
            .filter_map(described)
            .take(8)
            .collect();
        if lines.is_empty() {
            continue;
        }
        let summary =
            "The archive holds names that collide on other systems, or that these refuse.";
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.aside().evidence_lines("names", lines);
        finding
            .explain("On macOS and Windows one file overwrites the other, or the unpacking fails.");
        finding.tell(Owner::Author, "rename the files");
    }
}

fn described(remark: &Remark) -> Option<String> {
    if let Remark::Collides { first, second } = remark {
        return Some(format!(
            "{} and {} are one where case does not count",
            entry_name(first),
            entry_name(second)
        ));
    }
    let Remark::IllegalElsewhere { name, why } = remark else {
        return None;
    };
    let words = match why {
        Illegal::Reserved => "is a device on Windows",
        Illegal::Character => "has a character that Windows refuses",
        Illegal::Control => "has a control character",
        Illegal::TrailingDotOrBlank => "ends in a dot or a blank",
        Illegal::NotUnicode => "is no UTF-8",
    };
    Some(format!("{} {words}", entry_name(name)))
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
        let remarks = vec![Remark::Collides {
            first: b"Main.tf".to_vec(),
            second: b"main.tf".to_vec(),
        }];
        assert_eq!(
            unpacked(Kind::TarGz, remarks, End::Done, Vec::new()).codes(),
            ["TFR710"]
        );
    }

    #[test]
    fn another_entry_is_quiet() {
        let remarks = vec![Remark::Growth { ratio: 200 }];
        assert!(!unpacked(Kind::TarGz, remarks, End::Done, Vec::new()).fires(&RULE));
    }
}
