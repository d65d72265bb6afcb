//! Together with the directory of the call and a usual place of the checkout, a path is longer than Windows takes.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::fetched::entry_name;
use crate::rules::fetched::unpackings;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR711",
    name: "path-too-long",
    stage: PublicStage::Package,
    severity: Severity::Warning,
    owner: Owner::Author,
    yields_to: &["TFR705", "TFR709", "TFR853", "TFR968"],
    title: "Paths too long on Windows",
    page: include_str!("tfr711_path_too_long.md"),
    check,
};

/// Characters that Windows takes in a path.
const MOST: usize = 259;
/// Characters of a usual checkout directory.
const PREFIX: usize = 60;

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, unpacked) in unpackings(case.trace) {
        let longest = unpacked
            .entries
            .iter()
            .map(|entry| {
                (
                    String::from_utf8_lossy(&entry.name).chars().count(),
                    entry.name.as_slice(),
                )
            })
            .max();
        let users = case.trace.users(&step.key.subject);
        let key = users.iter().map(|call| call.key.len()).max();
        let (Some((length, name)), Some(key)) = (longest, key) else {
            continue;
        };
        let whole = PREFIX + 1 + ".terraform/modules/".len() + key + 1 + length;
        if whole <= MOST || step.stop().is_some() {
            continue;
        }
        let summary = format!(
            "On Windows a path of this module has about {whole} characters; {MOST} are the limit."
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        let shown: String = entry_name(name).chars().take(160).collect();
        finding.aside().evidence("name", shown);
        finding.explain(format!("{PREFIX} characters are taken for the directory of the checkout; the keys of nested calls count too."));
        finding.fix(
            Fix::tell(Owner::Environment, "allow long paths on Windows")
                .command("git config --system core.longpaths true"),
        );
        finding.tell(Owner::Author, "use shorter names and fewer levels");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::package;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::archive::Done;
    use crate::trace::archive::Entry;
    use crate::trace::archive::EntryKind;
    use crate::trace::archive::Kind;
    use crate::trace::archive::Unpacked;

    fn named(length: usize) -> Story {
        let entry = Entry {
            name: vec![b'a'; length],
            kind: EntryKind::File,
            mode: 0o644,
            size: 0,
            link: None,
            done: Done::Written,
        };
        let mut fact = Unpacked::new(Kind::TarGz);
        fact.entries.push(entry);
        fact.files = 1;
        Story::registry().fact(Stage::Fetch, package(), Fact::Unpacked(Box::new(fact)))
    }

    #[test]
    fn a_long_path_fires() {
        assert_eq!(named(200).codes(), ["TFR711"]);
    }

    #[test]
    fn a_usual_path_is_quiet() {
        assert!(!named(40).fires(&RULE));
    }
}
