//! Beside the one directory with the module lie things that no module needs; a wildcard matches them too.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::Foreign;
use crate::rules::common::code;
use crate::rules::common::trees;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR746",
    name: "extra-top-entries",
    stage: PublicStage::Layout,
    severity: Severity::Warning,
    owner: Owner::Author,
    yields_to: &["TFR740", "TFR743", "TFR745"],
    title: "Extra top-level entries break single-directory layouts",
    page: include_str!("tfr746_extra_top_entries.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, tree) in trees(case.trace) {
        let has_root = tree.config_dirs.iter().any(|(dir, _)| dir.raw().is_empty());
        let (extra, rest): (Vec<&Foreign>, Vec<&Foreign>) =
            tree.top.iter().partition(|name| is_extra(name.raw()));
        let [module] = rest.as_slice() else {
            continue;
        };
        let holds_module = tree
            .config_dirs
            .iter()
            .any(|(dir, files)| *files > 0 && dir.raw() == module.raw().trim_end_matches('/'));
        if has_root || extra.is_empty() || !holds_module || tree.top_count != tree.top.len() {
            continue;
        }
        let summary = format!(
            "Beside the directory {} lie entries that no module needs.",
            code(module.raw())
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.aside();
        finding.evidence_lines(
            "extra",
            extra.iter().take(8).map(|name| name.shown()).collect(),
        );
        finding.explain("A wildcard matches them too, and then it is no longer one directory.");
        finding
            .fix(Fix::tell(Owner::Author, "pack without them").command("zip -X -r module.zip ."));
    }
}

/// Whether an entry at the top is none of the module's.
fn is_extra(name: &str) -> bool {
    let bare = name.trim_end_matches('/').to_ascii_lowercase();
    bare == "__macosx"
        || bare.starts_with("._")
        || matches!(
            bare.as_str(),
            ".ds_store"
                | ".github"
                | ".gitignore"
                | ".gitattributes"
                | "pax_global_header"
                | "thumbs.db"
        )
        || [
            "readme",
            "license",
            "licence",
            "changelog",
            "sha256sums",
            "checksums",
        ]
        .iter()
        .any(|word| bare.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::package;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::fact::TreeFact;

    fn tree(top: &[&str]) -> Story {
        let fact = TreeFact {
            top: top.iter().map(|name| foreign(name)).collect(),
            top_count: top.len(),
            config_dirs: vec![(foreign("sg"), 1)],
            ..TreeFact::default()
        };
        Story::registry().fact(Stage::Fetch, package(), Fact::Tree(fact))
    }

    #[test]
    fn things_beside_the_module_fire() {
        assert_eq!(tree(&["__MACOSX/", "sg/"]).codes(), ["TFR746"]);
    }

    #[test]
    fn the_module_alone_and_two_modules_are_quiet() {
        assert!(!tree(&["sg/"]).fires(&RULE));
        assert!(!tree(&["a/", "sg/"]).fires(&RULE));
    }
}
